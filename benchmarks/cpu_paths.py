"""Ways to run a network on the processor, their speed and their error: ``python -m benchmarks.cpu_paths [--write]``.

Needs the ``train`` extra (torch, onnx). Two networks: that of the default package, and the published architecture with
evened random weights (:mod:`benchmarks.evened_network`) in a package of the published size. Each way is timed beside
the file as it is (ONNX Runtime, fp32, all cores, batches of 16), in turns, so that ratios hold on a busy machine too.

Error: that of the poses (every channel after the blendshape solve) against fp32, relative to the range of motion of
its kind (weights, degrees, centimetres) in the clip; largest and root mean square. A way may become the default where
the largest is at most 1e-3.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from benchmarks.cpu_networks import Way, evened_package, onnx_ways, stretch_ways, torch_ways
from benchmarks.main_job import DEMO
from benchmarks.tables import replace_table
from maya_a2f.core.channels import channel_kind
from maya_a2f.settings import checkout_folder
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.inference import batch_inputs, frame_count
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser

RATE = Fraction(30)
ALLOWED = 1e-3
_TIMED_FRAMES = 96
_SHORTEST_SECONDS = 0.3


@dataclass(frozen=True)
class Clip:
    """What the network is given for a clip: a window of sound and the emotion of every frame."""

    emotion: Floats
    windows: Floats


@dataclass(frozen=True)
class Score:
    """One way."""

    name: str
    speed: float
    """Over that of the file as it is."""
    largest: float
    mean: float
    note: str = ""

    def row(self) -> str:
        """For the table."""
        error = "exact" if self.largest <= 2e-6 else f"{self.largest:.1e}, {self.mean:.1e}"
        verdict = "yes" if self.largest <= ALLOWED else "no"
        return f"| {self.name} | {self.speed:.2f} | {error} | {verdict} |"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, default=DEMO, help="the recording (default: the demo's)")
    parser.add_argument("--only", choices=["default", "published"], help="one network only")
    parser.add_argument("--repeat", type=int, default=5, help="turns, of which the best counts (default: 5)")
    parser.add_argument("--frames", type=int, default=150, help="frames that the error is taken of (default: 150)")
    parser.add_argument("--ways", default="", metavar="WORD", help="only those with this in their name")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    lines = [f"{platform.machine()}, {os.cpu_count()} cores, ONNX Runtime {onnxruntime.__version__}", ""]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if options.only != "published":
            package = load_package(checkout_folder() / "engines" / "default")
            as_it_is, *others = onnx_ways(package.network_path, work)
            ways = (as_it_is, *stretch_ways(package, RATE), *others)
            lines += table("default package", package, ways, options)
        if options.only != "default":
            samples = load_audio(options.clip).samples
            package, network = evened_package(work / "published", samples)
            ways = (*onnx_ways(package.network_path, work), *torch_ways(network))
            lines += table("published architecture, evened random weights", package, ways, options)
    text = "\n".join(lines)
    if options.write:
        replace_table(checkout_folder() / "docs" / "benchmarks.md", "processor paths", text.strip().splitlines())
    return 0


def table(title: str, package: RegressionPackage, ways: tuple[Any, ...], options: argparse.Namespace) -> list[str]:
    """All ways of one network, printed as they come."""
    clip = heard(package, options.clip, options.frames)
    own = ways[0]()  # the file as it is
    reference = in_batches(own, clip)
    poser = Poser(package)
    posed = dict(poser.pose(reference, RATE, {}).channels)
    seconds = timed(own, clip, options.repeat)
    count = min(_TIMED_FRAMES, len(clip.windows))
    lines = [
        f"### {title}",
        "",
        f"The file as it is: {count / seconds:.1f} frames/s, {count / seconds / float(RATE):.2f} x real time.",
        "",
        "| way | speed | error of poses: largest, rms | within 1e-3 |",
        "|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for make in (way for way in ways[1:] if options.ways in way.__name__):
        try:
            way = make()
            rows = in_batches(way, clip)
        except (
            Exception
        ) as error:  # a library's own, which share no base: a way that cannot be gone is part of the table
            line = f"| {make.__name__} | – | cannot run: {_said(error)} | no |"
        else:
            own_seconds, its_seconds = in_turns(own, way, clip, options.repeat)
            largest, mean = pose_error(posed, dict(poser.pose(rows, RATE, {}).channels))
            line = Score(way.name, own_seconds / its_seconds, largest, mean).row()
        print(line, flush=True)
        lines.append(line)
    print(flush=True)
    return [*lines, ""]


def heard(package: RegressionPackage, path: Path, frames: int) -> Clip:
    """What the network hears of the first seconds of a recording."""
    samples = load_audio(path).samples
    count = min(frame_count(package, samples, RATE), frames)
    emotion, windows = batch_inputs(package, samples, RATE, constant_emotion(package.info, {}), 0, count)
    return Clip(emotion, windows)


def in_batches(way: Way, clip: Clip) -> Floats:
    """(F, R) the rows of a whole clip."""
    return np.concatenate(list(_results(way, clip, len(clip.windows))))


def _results(way: Way, clip: Clip, count: int) -> Iterator[Floats]:
    def run(first: int) -> Floats:
        batch = slice(first, min(first + way.batch, count))
        return way.run(clip.emotion[batch], clip.windows[batch]).reshape(batch.stop - first, -1)

    if way.at_once == 1:
        yield from map(run, range(0, count, way.batch))
    else:
        with ThreadPoolExecutor(way.at_once) as pool:
            yield from pool.map(run, range(0, count, way.batch))


def timed(way: Way, clip: Clip, repeat: int) -> float:
    """Seconds for the frames that are timed, the best of some."""
    return min(_once(way, clip) for _ in range(repeat))


def in_turns(one: Way, other: Way, clip: Clip, repeat: int) -> tuple[float, float]:
    """Seconds of both, each the best of some, timed one after the other."""
    passes = max(1, math.ceil(_SHORTEST_SECONDS / _once(one, clip)))
    turns = [(_once(one, clip, passes), _once(other, clip, passes)) for _ in range(repeat)]
    return min(first for first, _ in turns), min(second for _, second in turns)


def _once(way: Way, clip: Clip, passes: int = 1) -> float:
    """Seconds of a pass over the frames that are timed."""
    started = time.perf_counter()
    for _ in range(passes):
        for _ in _results(way, clip, min(_TIMED_FRAMES, len(clip.windows))):
            pass
    return (time.perf_counter() - started) / passes


def pose_error(
    wanted: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
    found: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]],
) -> tuple[float, float]:
    """Largest and root mean square deviation, relative to the motion's range; the worst kind counts."""
    kinds: dict[str, list[str]] = {}
    for name in wanted:
        kinds.setdefault(channel_kind(name), []).append(name)
    largest = mean = 0.0
    for names in kinds.values():
        extent = max(float(np.ptp(wanted[name])) for name in names)
        error = np.stack([found[name] - wanted[name] for name in names]) / (extent or 1.0)
        largest = max(largest, float(np.abs(error).max()))
        mean = max(mean, float(np.sqrt(np.mean(error**2))))
    return largest, mean


def _said(error: Exception) -> str:
    """Its first line without the temporary file that it names."""
    return str(error).splitlines()[0].rpartition(".onnx")[2].lstrip(" :")[:90]


if __name__ == "__main__":
    sys.exit(main())
