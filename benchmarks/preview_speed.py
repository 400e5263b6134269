"""How fast the preview movie is made, by renderer: ``python -m benchmarks.preview_speed``.

Films 200 frames of the default head at 960 x 540 with sound, every shape moving, encoding included. Besides the frames
per second of the clock it prints the processor time of a frame, which other work on the machine disturbs less.
"""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

import maya_a2f
from maya_a2f.errors import EngineError
from maya_a2f.preview.arrays import FloatArray
from maya_a2f.preview.head_mesh import HeadMesh, load_head_mesh
from maya_a2f.preview.movie import render_movie

FRAMES, RATE, SIZE = 200, Fraction(30), (960, 540)


def moving_face(head: HeadMesh, frame_count: int) -> dict[str, FloatArray]:
    """Tracks that keep every shape, the jaw and the eyes moving."""
    seconds = np.arange(frame_count) / float(RATE)
    tracks: dict[str, FloatArray] = {}
    for part in head.parts:
        for index, shape in enumerate(part.shapes):
            wave = np.clip(np.sin(seconds * (3 + index * 0.37) + index) * 0.5 + 0.2, 0, 1)
            tracks[f"{part.name}_shapes.{shape}"] = np.asarray(wave * (1.0 if shape == "jawOpen" else 0.2), np.float32)
    turning = np.asarray(8 * np.sin(seconds * 5), np.float32)
    for joint in head.joints:
        if joint.name in {"jaw", "leftEye", "rightEye"}:
            tracks[f"{joint.name}.rotateX"] = turning
    return tracks


def main() -> None:
    """Print the table."""
    head = load_head_mesh(Path(maya_a2f.__file__).parent / "presets" / "default_head")
    tracks = moving_face(head, FRAMES)
    sound = np.random.default_rng(0).standard_normal((7 * 16000, 1)).astype(np.float32) * np.float32(0.05)
    print(f"{head.vertex_count} vertices, {sum(len(p.quads) for p in head.parts)} faces, {FRAMES} frames, {SIZE}")
    print(f"{'renderer':10} {'frames/s':>9} {'x real time':>12} {'cpu ms/frame':>13} {'frames/cpu s':>13} {'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for renderer in ("opengl", "software"):
            out = Path(folder) / f"{renderer}.mp4"
            clock, processor = time.perf_counter(), time.process_time()
            try:
                render_movie(head, tracks, RATE, (sound, 16000), out, size=SIZE, renderer=renderer)
            except EngineError as error:
                print(f"{renderer:10} {error}")
                continue
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            print(
                f"{renderer:10} {FRAMES / clock:9.1f} {FRAMES / clock / float(RATE):12.2f} "
                f"{processor / FRAMES * 1000:13.1f} {FRAMES / processor:13.1f} {out.stat().st_size / 1e6:6.2f}"
            )


if __name__ == "__main__":
    main()
