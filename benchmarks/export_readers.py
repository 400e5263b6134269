"""Exports of our own head, read back by programs of others: the vertices of every frame against our own evaluation.

    python benchmarks/export_readers.py [--bpy-python PYTHON] [--validator FOLDER] [--take NAME.a2ftake] [--frames N]

``PYTHON`` is one that has ``bpy``; ``FOLDER`` one with ``node_modules/gltf-validator``. Without a take, the tracks are
random but fixed. Printed is the largest distance in centimetres and as a share of the head's height (1e-4 is wanted).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.head import load_head
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.core.take import read_take
from maya_a2f.host.scene_file.head_rig import blend_shape_node, head_rig, joint_node
from maya_a2f.preview.head_mesh import load_head_mesh
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.worker.exports.animated_face import AnimatedFace, head_face
from maya_a2f.worker.exports.gltf_writer import write_glb
from maya_a2f.worker.exports.usd_file import write_usd
from maya_a2f.worker.rigs.gltf_file import GltfFile

HEAD = Path(__file__).resolve().parent.parent / "maya_a2f" / "presets" / "default_head"
BLENDER_SCRIPT = Path(__file__).with_name("read_with_blender.py")
WANTED = 1e-4
Frames = Mapping[str, np.ndarray]
"""Mesh -> (frames, vertices, 3) centimetres."""

_VALIDATE = (
    "const v=require(process.argv[1]+'/node_modules/gltf-validator'),fs=require('fs');"
    "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2])),{maxIssues:20}).then(r=>{"
    "console.log([r.issues.numErrors,r.issues.numWarnings,r.issues.numInfos].join(' '));"
    "for(const m of r.issues.messages)if(m.severity<2)console.log(m.code,m.pointer,m.message)})"
)


def random_tracks(count: int, seed: int = 1) -> dict[str, Sequence[float]]:
    """A value per frame for every attribute of our head; a third of the shapes move."""
    draw = np.random.default_rng(seed)
    tracks: dict[str, Sequence[float]] = {}
    for attribute in head_rig(load_head(HEAD)).attributes:
        if attribute.kind == "weight":
            tracks[attribute.name] = draw.random(count) * 0.6 * (draw.random() < 0.34)
        elif attribute.kind == "rotate":
            tracks[attribute.name] = draw.normal(0, 6, count)
        else:
            tracks[attribute.name] = attribute.rest + draw.normal(0, 0.2, count)
    return tracks


def face_of(tracks: Mapping[str, Sequence[float]], count: int, rate: Fraction) -> AnimatedFace:
    """Our head with these tracks from frame 101 on."""
    suffixes = {"joint_suffix": joint_node(""), "shapes_suffix": blend_shape_node("")}
    return head_face(load_head(HEAD), tracks, count, rate=rate, start_frame=101.0, **suffixes)


def expected_frames(tracks: Mapping[str, Sequence[float]], count: int) -> Frames:
    """The vertices as the movie shows them: by code that shares nothing with the exports."""
    head = load_head_mesh(HEAD)
    poser = HeadPoser(head, joint_suffix=joint_node(""), shapes_suffix=blend_shape_node(""), local_translations=True)
    points = poser.frames(poser.motion(tracks), 0, count).points
    return {part.name: points[:, head.slices[part.name]] for part in head.parts}


def frames_by_usd_core(path: Path, count: int, first: float) -> Frames:
    """What UsdSkel itself makes of the file."""
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.Open(str(path))
    root = UsdSkel.Root(stage.GetDefaultPrim())
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    result: dict[str, np.ndarray] = {}
    for binding in cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate):
        query = cache.GetSkelQuery(binding.GetSkeleton())
        for skinned in binding.GetSkinningTargets():
            prim = skinned.GetPrim()
            frames = [_deformed(query, skinned, Usd.TimeCode(first + at), UsdGeom, UsdSkel) for at in range(count)]
            result[prim.GetName()] = np.stack(frames)
    return result


def _deformed(query: Any, skinned: Any, code: Any, geometry: Any, skeleton: Any) -> np.ndarray:
    prim = skinned.GetPrim()
    points = geometry.Mesh(prim).GetPointsAttr().Get(code)
    if skinned.HasBlendShapes():
        shapes = skeleton.BlendShapeQuery(skeleton.BindingAPI(prim))
        weights = query.GetAnimQuery().ComputeBlendShapeWeights(code)
        mapper = skinned.GetBlendShapeMapper()
        parts = shapes.ComputeSubShapeWeights(mapper.Remap(weights) if mapper else weights)
        indices, offsets = shapes.ComputeBlendShapePointIndices(), shapes.ComputeSubShapePointOffsets()
        shapes.ComputeDeformedPoints(*parts, indices, offsets, points)
    skinned.ComputeSkinnedPoints(query.ComputeSkinningTransforms(code), points, code)
    return np.array(points, np.float64)


def frames_by_blender(python: str, path: Path, rate: Fraction, first: float, count: int, folder: Path) -> Frames:
    """What Blender makes of the file."""
    out = folder / f"{path.suffix[1:]}.npz"
    words = [python, str(BLENDER_SCRIPT), str(path), str(out), str(rate.numerator), str(rate.denominator), str(first)]
    done = subprocess.run([*words, str(count)], capture_output=True, text=True, check=False)
    if not out.is_file():
        raise RuntimeError(f"Blender did not read '{path}': {(done.stderr or done.stdout)[-800:]}")
    with np.load(out) as arrays:
        return dict(arrays)


def in_blenders_order(path: Path, expected: Frames) -> tuple[Frames, Mapping[str, np.ndarray]]:
    """Blender joins the parts of a glTF mesh, each with its vertices in order: what to expect, and which rows count."""
    file = GltfFile(path)
    ordered: dict[str, np.ndarray] = {}
    rows: dict[str, np.ndarray] = {}
    for mesh in file.items("meshes"):
        name = mesh["name"]
        used = np.concatenate([np.unique(file.accessor(part["indices"])) for part in mesh["primitives"]]).astype(int)
        own = used < expected[name].shape[1]  # the others are copies of them at seams
        ordered[name], rows[name] = expected[name][:, used[own]], own
    return ordered, rows


def largest_error(found: Frames, expected: Frames) -> float:
    """Largest distance of any vertex in any frame, centimetres."""
    if missing := set(expected) - set(found):
        raise RuntimeError(f"the reader found no mesh {sorted(missing)}")
    return max(float(np.linalg.norm(found[name] - expected[name], axis=2).max()) for name in expected)


def validator_issues(folder: Path, path: Path) -> str:
    """``errors warnings infos`` of the Khronos validator, and the first messages."""
    words = ["node", "-e", _VALIDATE, str(folder.absolute()), str(path)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def main() -> int:
    """Print the table; returns 1 where a reader disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bpy-python")
    parser.add_argument("--validator", type=Path)
    parser.add_argument("--take", type=Path)
    parser.add_argument("--frames", type=int, default=12)
    options = parser.parse_args()
    count, rate, tracks = options.frames, Fraction(24000, 1001), random_tracks(options.frames)
    if options.take is not None:
        take = read_take(options.take)
        count, rate = take.frame_count, take.rate
        result = retargeted(take, read_rig_map(HEAD / "rig_map.json"), head_rig(load_head(HEAD)))
        tracks = {track.attribute: track.samples for track in result.tracks}
    face, expected = face_of(tracks, count, rate), expected_frames(tracks, count)
    heights = np.concatenate([mesh.points[:, 1] for mesh in face.meshes])
    height = float(heights.max() - heights.min())
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        glb, usda, usdc = (folder / f"face.{ending}" for ending in ("glb", "usda", "usdc"))
        write_glb(face, glb)
        write_usd(face, usda)
        write_usd(face, usdc)
        errors = {f"usd-core, .{path.suffix[1:]}": largest_error(frames_by_usd_core(path, count, 101.0), expected)
                  for path in (usda, usdc)}  # fmt: skip
        if options.bpy_python:
            for path in (usda, usdc):
                found = frames_by_blender(options.bpy_python, path, rate, 101.0, count, folder)
                errors[f"Blender, {path.suffix}"] = largest_error(found, expected)
            found = frames_by_blender(options.bpy_python, glb, rate, 101.0, count, folder)
            ordered, rows = in_blenders_order(glb, expected)
            errors["Blender, .glb"] = largest_error({mesh: found[mesh][:, rows[mesh]] for mesh in ordered}, ordered)
        print(f"{count} frames at {rate}, {len(heights)} vertices, height {height:.2f} cm")
        print(f"{'reader':<20} {'largest error cm':>18} {'of the height':>15}")
        for reader, error in errors.items():
            failed = failed or error > WANTED * height
            print(f"{reader:<20} {error:>18.2e} {error / height:>15.1e}")
        if options.validator:
            issues = validator_issues(options.validator, glb)
            failed = failed or not issues.startswith("0 0 ")
            print(f"gltf-validator: errors, warnings, infos: {issues}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
