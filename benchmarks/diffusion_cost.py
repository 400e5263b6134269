"""What an inference of the published diffusion model costs here: ``python -m benchmarks.diffusion_cost WORK_DIR``.

A package of its size with random weights (made once in WORK_DIR, 0.8 GB; needs torch) is loaded and run on speech-like
noise: seconds per inference of half a second of sound, what is done after the network, and memory.
"""

from __future__ import annotations

import argparse
import resource
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.model import load_diffusion
from maya_a2f.worker.diffusion.noise import noise_source
from maya_a2f.worker.diffusion.projection import RowProjection
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package_hash import package_hash

_RUNS = 5


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the clip that is solved")
    given = parser.parse_args()
    folder = given.work / "published-diffusion"
    if not (folder / "network.onnx").is_file():
        from benchmarks.published_diffusion import make_published_diffusion

        make_published_diffusion(folder)
        raise SystemExit("Made the package; run it again, so that torch does not count.")
    empty = _megabytes()
    start = time.perf_counter()
    digest = package_hash(folder)
    hashed = time.perf_counter() - start
    model = load_diffusion(folder, digest, "James")
    print(f"hash {hashed:.1f} s, load {time.perf_counter() - start - hashed:.1f} s; {model.engine.description}")
    print(f"memory: empty {empty:.0f} MB, loaded {_megabytes():.0f} MB")
    info = model.source.info
    noise = noise_source(model.source)
    start = time.perf_counter()
    noise.block(0)
    print(f"noise, {4e-6 * np.prod(info.noise_shape):.0f} MB: {time.perf_counter() - start:.2f} s")
    loop = DiffusionLoop(model.source, model.runner)
    window = np.random.default_rng(0).normal(0, 0.1, (1, info.buffer_len)).astype(np.float32)
    emotion = np.zeros((1, info.kept_frames, len(info.emotions)), np.float32)
    predicted = loop.run(window, emotion)
    network = min(_seconds(lambda: loop.run(window, emotion)) for _ in range(_RUNS))
    values = effective_parameters(model.package.config.parameters, {})
    start = time.perf_counter()
    projection = RowProjection(model.source, values["faceMaskLevel"], values["faceMaskSoftness"])
    made = time.perf_counter() - start
    projected = min(_seconds(lambda: predicted.rows(0, projection)) for _ in range(_RUNS))
    print(f"network {network:.3f} s per inference (0.5 s of sound, 30 frames): {0.5 / network:.2f} x real time")
    print(f"rows of 30 frames {1000 * projected:.1f} ms ({projected / network:.1%} of it); made ready in {made:.2f} s")
    audio = np.random.default_rng(1).normal(0, 0.1, int(given.seconds * info.samplerate)).astype(np.float32)
    clip = ClipInput(audio, Fraction(30), constant_emotion(model.package.info, {}), values)
    start = time.perf_counter()
    rows = np.concatenate(list(model.rows(clip, lambda done, total: None, lambda: False)))
    inferred = time.perf_counter() - start
    start = time.perf_counter()
    model.pose(rows, clip.rate, {})
    posed = time.perf_counter() - start
    print(
        f"{given.seconds:g} s: inferred in {inferred:.1f} s, posed in {posed:.2f} s, {rows.nbytes / 1e6:.2f} MB of rows"
    )
    print(f"memory at most {_megabytes():.0f} MB")


def _seconds(action: object) -> float:
    assert callable(action)
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
