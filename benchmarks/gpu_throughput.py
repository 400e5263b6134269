"""Frames per second of every engine, network and whole pipeline: ``python -m benchmarks.gpu_throughput [--write]``.

For the default package and one of the published size (v2.3 Mark's, random weights; needs the ``train`` extra), and for
each engine that can run here, in fp32 and, on a GPU, in TF32 and fp16:

- network alone: its own calls on tensors that lie on the device already, by size of batch;
- pipeline: sound of many clips to channels in the worker's memory (windows, network, decoding, filters, exact solve),
  as a share of the network alone at the same time;
- first frame: sound to the channels of one frame, median, with everything loaded;
- error against the processor in fp32: rows, relative to their range; channels, to the range of their kind.

What cannot be measured here is named with its reason. NVIDIA's figures stand beside it for comparison; they are of
other cards and measure something a little different.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cpu_paths import pose_error
from benchmarks.main_job import DEMO
from benchmarks.published_package import make_published_package
from benchmarks.tables import replace_table
from maya_a2f.errors import A2FError
from maya_a2f.settings import checkout_folder
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.engines.regression import RegressionEngine
from maya_a2f.worker.engines.selection import choose_engine, list_engines
from maya_a2f.worker.engines.signature import regression_signature
from maya_a2f.worker.engines.torch_facts import has_torch
from maya_a2f.worker.inference import batch_inputs, infer
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser

RATE = Fraction(30)
PUBLISHED_FIGURES = (
    "NVIDIA's: 100 frames/s (v2.3) and 500 frames/s (v3.0) on an RTX 5090, whole Maya client; the service's fp16 "
    "profiles allow batches of 80 (RTX 4090) and 255 (B200) streams at 30 frames/s: 2400 and 7650 frames/s."
)
_BATCHES = (1, 16, 64, 128, 255)
_PROCESSOR_BATCHES = (1, 16)
_ERROR_FRAMES = 150
_CLIPS, _PROCESSOR_CLIPS = 32, 2
_CLIP_SECONDS, _PROCESSOR_CLIP_SECONDS = 10, 4
_TURNS = 5
_FIRST_FRAMES = 20


@dataclass(frozen=True)
class Reference:
    """What the processor makes of the recording in fp32."""

    samples: Floats
    rows: Floats
    channels: Mapping[str, Any]
    clip_seconds: int
    """Length of the clips that a processor is timed on: a few seconds' work."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, default=DEMO, help="the recording (default: the demo's)")
    parser.add_argument("--only", choices=["default", "published"], help="one package only")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    lines = [f"{platform.machine()}, {os.cpu_count()} cores, {graphics_card()}.", "", PUBLISHED_FIGURES, ""]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as name:
        if options.only != "published":
            lines += table("default package", checkout_folder() / "engines" / "default", options.clip)
        if options.only != "default":
            folder = make_published_package(Path(name) / "mark-sized")
            lines += table("published architecture, v2.3 Mark's sizes, random weights", folder, options.clip)
    if options.write:
        document = checkout_folder() / "docs" / "benchmarks.md"
        replace_table(document, "device throughput", "\n".join(lines).strip().splitlines())
    return 0


def graphics_card() -> str:
    """The GPU, in words."""
    if not has_torch():
        return "torch is not installed, so **nothing below was measured on a GPU**"
    import torch

    return (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else "no NVIDIA GPU: **nothing below was measured on one**"
    )


def table(title: str, folder: Path, clip: Path) -> list[str]:
    """All engines on one package, printed as they come."""
    package = load_package(folder)
    lines = [
        f"### {title}",
        "",
        "| engine | network alone, frames/s (batch) | pipeline, frames/s | share of the network | first frame "
        "| error: rows; channels, largest |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    reference = on_processor(package, clip)
    for row in rows_of(package, reference):
        print(row, flush=True)
        lines.append(row)
    print(flush=True)
    return [*lines, ""]


def rows_of(package: RegressionPackage, reference: Reference) -> Iterator[str]:
    """One row per engine and precision."""
    yield measured(package, reference, "onnxruntime-cpu", "fp32", on_tensors=False)
    for status in list_engines():
        if not status.would_run:
            yield f"| {status.title} | not measured: {status.why} | | | | |"
            continue
        is_processor = status.name == "onnxruntime-cpu"
        for precision in ("fp32",) if is_processor else ("fp32", "tf32", "fp16"):
            if not has_torch():
                yield f"| {status.title}, tensors | not measured: torch is not installed | | | | |"
                break
            yield measured(package, reference, status.name, precision, on_tensors=True)


def on_processor(package: RegressionPackage, path: Path) -> Reference:
    """The first frames of a recording by the plainest way there is."""
    samples = load_audio(path).samples[: int(_ERROR_FRAMES / RATE * package.info.samplerate)]
    engine = RegressionEngine(OnnxRuntimeNetwork(package.network_path, regression_signature(package.info)))
    emotion = constant_emotion(package.info, {})
    started = time.perf_counter()
    rows = infer(package, engine, samples, RATE, emotion, lambda done, total: None, lambda: False)
    speed = len(rows) / (time.perf_counter() - started) / float(RATE)
    seconds = min(_PROCESSOR_CLIP_SECONDS, max(1, round(speed)))
    return Reference(samples, rows, Poser(package).pose(rows, RATE, {}).channels, seconds)


def measured(package: RegressionPackage, reference: Reference, name: str, precision: str, *, on_tensors: bool) -> str:
    """A row of the table."""
    try:
        engine = choose_engine(package, wanted=name, precision=precision)
        title = engine.description + ("; the rest in numpy" if not on_tensors else "; the rest in torch")
        if engine.precision != {"fp32": "float32"}.get(precision, precision):
            return f"| {engine.description} | not measured: {precision} is not used here | | | | |"
        bench = _Tensors(package, engine, reference) if on_tensors else _Arrays(package, engine, reference)
        _, batch = max((frames_per_second(bench.network(size)), size) for size in bench.batches)
        network, whole = in_turns(bench.network(batch), bench.pipeline())
        first = [bench.first_frame_seconds() for _ in range(_FIRST_FRAMES + 3)][3:]
        rows, channels = bench.answers()
    except Exception as error:  # torch's and the engines' own share no base; the other rows are still wanted
        words = error.message if isinstance(error, A2FError) else f"{type(error).__name__}: {error}"
        return f"| {name}, {precision} | failed: {words.splitlines()[0][:120]} | | | | |"
    row_error = float(np.abs(rows - reference.rows).max()) / (float(np.ptp(reference.rows)) or 1.0)
    channel_error, _ = pose_error(dict(reference.channels), dict(channels))
    return (
        f"| {title} | {network:.0f} ({batch}) | {whole:.0f} | {whole / network:.2f} "
        f"| {statistics.median(first) * 1e3:.1f} ms | {row_error:.0e}; {channel_error:.0e} |"
    )


def frames_per_second(run: Callable[[], int]) -> float:
    """The better of two runs after one that warms up; ``run`` returns its frames when they are all there."""
    run()
    return max(_timed(run) for _ in range(2))


def in_turns(one: Callable[[], int], other: Callable[[], int]) -> tuple[float, float]:
    """Frames per second of both, each the best of some runs of as many frames, one after the other."""
    one(), other()
    turns = [(_timed(one), _timed(other)) for _ in range(_TURNS)]
    return max(first for first, _ in turns), max(second for _, second in turns)


def _timed(run: Callable[[], int]) -> float:
    started = time.perf_counter()
    frames = run()
    return frames / (time.perf_counter() - started)


class _Arrays:
    """The worker's way without torch."""

    batches = _PROCESSOR_BATCHES

    def __init__(self, package: RegressionPackage, engine: RegressionEngine, reference: Reference) -> None:
        self._package, self._engine, self._reference = package, engine, reference
        self._poser = Poser(package)
        self._emotion = constant_emotion(package.info, {})
        self._sound = _looped(reference.samples, reference.clip_seconds * package.info.samplerate)

    def network(self, batch: int) -> Callable[[], int]:
        """Its own calls."""
        emotion, windows = batch_inputs(self._package, self._reference.samples, RATE, self._emotion, 0, batch)

        calls = max(1, _PROCESSOR_CLIPS * self._reference.clip_seconds * int(RATE) // batch)

        def run() -> int:
            for _ in range(calls):
                self._engine.run(emotion, windows)
            return calls * batch

        return run

    def pipeline(self) -> Callable[[], int]:
        """Sound to channels."""

        def run() -> int:
            return sum(len(self._rows(self._sound, posed=True)) for _ in range(_PROCESSOR_CLIPS))

        return run

    def first_frame_seconds(self) -> float:
        """Sound to the channels of one frame."""
        started = time.perf_counter()
        self._rows(self._sound[: self._package.info.samplerate // 40], posed=True)
        return time.perf_counter() - started

    def answers(self) -> tuple[Floats, Mapping[str, Any]]:
        """Rows and channels of the reference's sound."""
        rows = self._rows(self._reference.samples)
        return rows, self._poser.pose(rows, RATE, {}).channels

    def _rows(self, samples: Floats, *, posed: bool = False) -> Floats:
        rows = infer(self._package, self._engine, samples, RATE, self._emotion, lambda done, total: None, lambda: False)
        if posed:
            self._poser.pose(rows, RATE, {})
        return rows


class _Tensors:
    """Everything on one torch device."""

    def __init__(self, package: RegressionPackage, engine: RegressionEngine, reference: Reference) -> None:
        import torch

        from maya_a2f.worker.device.clips import HeardClip, PosedClip
        from maya_a2f.worker.device.pipeline import DevicePipeline
        from maya_a2f.worker.engines.device_port import device_engine_of

        device_engine = device_engine_of(engine, even_on_processor=True)
        if device_engine is None:
            raise RuntimeError(f"{engine.name} has no tensors")
        self._torch, self._package, self._engine, self._reference = torch, package, device_engine, reference
        self._pipeline = DevicePipeline(package, device_engine)
        self._emotion = constant_emotion(package.info, {})
        on_gpu = device_engine.device.type == "cuda"
        most = device_engine.max_batch or max(_BATCHES)
        self.batches = [size for size in (_BATCHES if on_gpu else _PROCESSOR_BATCHES) if size <= most]
        self._heard, self._posed = HeardClip, PosedClip(RATE, {})
        self._clips = _CLIPS if on_gpu else _PROCESSOR_CLIPS
        self._seconds = _CLIP_SECONDS if on_gpu else reference.clip_seconds
        self._sound = _looped(reference.samples, self._seconds * package.info.samplerate)

    def network(self, batch: int) -> Callable[[], int]:
        """Its own calls, on tensors that lie there."""
        emotion, windows = batch_inputs(self._package, self._reference.samples, RATE, self._emotion, 0, batch)
        device = self._engine.device
        tensors = {
            "emotion": self._torch.from_numpy(emotion).to(device),
            "input": self._torch.from_numpy(windows).to(device),
        }
        calls = max(1, self._clips * self._seconds * int(RATE) // batch)

        def run() -> int:
            for _ in range(calls):
                self._engine.run_on_device(tensors)
            self._pipeline.synchronize()
            return calls * batch

        return run

    def pipeline(self) -> Callable[[], int]:
        """Sound of all clips to their channels."""
        clips = [self._clip(self._sound) for _ in range(self._clips)]

        def run() -> int:
            results = self._pipeline.solve(clips, [self._posed] * len(clips))
            self._pipeline.synchronize()
            return sum(len(next(iter(result.channels.values()))) for result in results)

        return run

    def first_frame_seconds(self) -> float:
        """Sound to the channels of one frame."""
        started = time.perf_counter()
        self._pipeline.solve([self._clip(self._sound, 1)], [self._posed])
        self._pipeline.synchronize()
        return time.perf_counter() - started

    def answers(self) -> tuple[Floats, Mapping[str, Any]]:
        """Rows and channels of the reference's sound."""
        rows = self._pipeline.infer([self._clip(self._reference.samples)])
        channels = self._pipeline.pose(rows, [self._posed])[0].channels
        return rows[0].cpu().numpy(), channels

    def _clip(self, samples: Floats, count: int | None = None) -> Any:
        return self._heard(samples, RATE, self._emotion, self._package.config.input_strength, 0, count)


def _looped(samples: Floats, count: int) -> Floats:
    return np.resize(samples, count)


if __name__ == "__main__":
    sys.exit(main())
