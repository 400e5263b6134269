"""Opens an export in Blender and writes where its vertices are, frame by frame. Runs under a Python that has ``bpy``.

    python read_with_blender.py FACE.glb|FACE.usda OUT.npz RATE_NUMERATOR RATE_DENOMINATOR FIRST_FRAME FRAME_COUNT

``OUT.npz`` holds one array per mesh, (frames, vertices, 3), in centimetres and y up again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np


def main() -> int:
    """Import, step through the frames, and keep every evaluated mesh."""
    path, out = Path(sys.argv[1]), Path(sys.argv[2])
    numerator, denominator, count = int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[6])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    if path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path), merge_vertices=False, import_shading="NORMALS")
        frames = [at * denominator / numerator * 24 for at in range(count)]  # Blender counts seconds in its own frames
    else:
        bpy.ops.wm.usd_import(filepath=str(path), import_skeletons=True, import_blendshapes=True, set_frame_range=True)
        frames = [float(sys.argv[5]) + at for at in range(count)]
    objects = [item for item in scene.objects if item.type == "MESH" and not item.name.startswith("Icosphere")]
    found: dict[str, list[np.ndarray]] = {item.name: [] for item in objects}
    for frame in frames:
        scene.frame_set(int(frame), subframe=frame - int(frame))
        graph = bpy.context.evaluated_depsgraph_get()
        for item in objects:
            evaluated = item.evaluated_get(graph)
            mesh = evaluated.to_mesh()
            points = np.empty(3 * len(mesh.vertices), np.float32)
            mesh.vertices.foreach_get("co", points)
            matrix = np.array(evaluated.matrix_world, np.float64)
            world = points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
            found[item.name].append(100.0 * np.stack([world[:, 0], world[:, 2], -world[:, 1]], 1))
            evaluated.to_mesh_clear()
    np.savez(out, **{name: np.stack(frames) for name, frames in found.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
