"""What a batch costs beside its network: ``python -m benchmarks.batch_throughput``.

For each package, in one run: the network alone, in one warm process at the best of some settings (threads, windows a
call, calls at once), over the windows of the very clips, and where the package can, with overlapping windows shared;
then ``a2f batch`` on a folder of those clips, from command to
summary, verdicts and pictures included, into an empty folder with an empty cache. Prints frames per second, their
ratio, and the processor time that each takes for a frame, which says more where the machine does other things as well.
``--write`` puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.main_job import DEMO
from benchmarks.published_package import make_published_package
from benchmarks.tables import replace_table
from maya_a2f.settings import checkout_folder
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.regression import RegressionEngine
from maya_a2f.worker.engines.selection import choose_engine
from maya_a2f.worker.engines.stretch_network import StretchNetwork, open_stretches
from maya_a2f.worker.inference import batch_inputs, frame_count
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.shared_windows import sharing, stretch_inputs

RATE = Fraction(30)
_SETTINGS = ((None, 16, 1), (None, 64, 1), (1, 16, 1), (1, 64, 1), (None, 16, 2), (1, 16, 2), (1, 64, 2))
"""Threads (None: as ONNX Runtime likes it), windows per call, calls at once."""
_SECONDS = 4.0
"""Of the network alone, for each setting."""


@dataclass(frozen=True)
class Alone:
    """The network by itself."""

    threads: int | None
    batch: int
    calls: int
    """At once."""
    frames_per_second: float
    milliseconds: float
    """Of processor time for a frame."""

    @property
    def words(self) -> str:
        """For the table."""
        threads = "all" if self.threads is None else self.threads
        setting = f"{threads} threads, {self.batch or 'a clip'} a call, {self.calls} at once"
        return f"{self.frames_per_second:.0f} frames/s ({setting})"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=500, help="recordings of 1 to 4 s (default: %(default)s)")
    parser.add_argument("--big-clips", type=int, default=12, help="of the published size (default: %(default)s)")
    parser.add_argument("--formats", action="append", help="outputs (default: take,csv and then take,csv,ma)")
    parser.add_argument("--only", choices=["default", "published"], help="one package only")
    parser.add_argument("--batch-option", action="append", default=[], help="another option of a2f batch")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    formats = options.formats or ["take,csv", "take,csv,ma"]
    lines = [f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", ""]
    lines += [
        "| package | clips | outputs | network alone, windows | a2f batch | ratio | "
        "network alone, windows shared | ratio | processor time a frame |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for title, count in (("default", options.clips), ("published", options.big_clips)):
            if options.only in (None, title):
                folder = checkout_folder() / "engines" / "default"
                if title == "published":
                    folder = make_published_package(work / "mark-sized")
                lines += measured(title, folder, count, formats, work, options.batch_option)
    print("\n".join(lines))
    if options.write:
        replace_table(checkout_folder() / "docs" / "benchmarks.md", "batch", lines)
    return 0


def measured(
    title: str, folder: Path, count: int, formats: Sequence[str], work: Path, more: Sequence[str]
) -> list[str]:
    """A row of the table for each choice of outputs."""
    recordings = work / f"{title}-recordings"
    make_recordings(recordings, count)
    rows = []
    for wanted in formats:
        windows, shared = network_alone(folder, recordings)
        frames, seconds, used = batch(folder, recordings, work, wanted, more)
        speed = frames / seconds
        sharing = "-", "-"
        if shared is not None:
            sharing = shared.words, f"{speed / shared.frames_per_second:.2f}"
        alone = [f"{one.milliseconds:.2f}" for one in (windows, shared) if one is not None]
        rows.append(
            f"| {title} | {count} | {wanted} | {windows.words} | {speed:.0f} frames/s ({frames} in {seconds:.1f} s) | "
            f"**{speed / windows.frames_per_second:.2f}** | {sharing[0]} | {sharing[1]} | "
            f"{' or '.join(alone)}; {1000 * used / frames:.2f} ms |"
        )
        print(rows[-1], flush=True)
    return rows


def make_recordings(folder: Path, count: int, seed: int = 1) -> None:
    """Stretches of the demo's recording, 1 to 4 s long, each a little different."""
    folder.mkdir()
    samples, rate = soundfile.read(DEMO, dtype="float32")
    draw = np.random.default_rng(seed)
    for number in range(count):
        length = draw.uniform(1.0, 4.0)
        start = draw.uniform(0.0, len(samples) / rate - length)
        piece = samples[int(start * rate) : int((start + length) * rate)] * draw.uniform(0.5, 1.0)
        soundfile.write(folder / f"line_{number:04}.wav", piece, rate, subtype="PCM_16")


def network_alone(folder: Path, recordings: Path) -> tuple[Alone, Alone | None]:
    """The best settings, and how fast the network is at them: by windows, and where it can with windows shared."""
    package = load_package(folder)
    emotion = constant_emotion(package.info, {})
    clips = [load_audio(path).samples for path in sorted(recordings.iterdir())[:40]]
    counts = [frame_count(package, clip, RATE) for clip in clips]
    inputs = [batch_inputs(package, clip, RATE, emotion, 0, count) for clip, count in zip(clips, counts, strict=True)]
    feelings, sounds = (np.concatenate([one[part] for one in inputs]) for part in (0, 1))
    windows, shared = [], []
    for threads, batch_frames, calls in _SETTINGS:
        engine = choose_engine(package, threads=threads)
        places = range(0, max(1, len(sounds) - batch_frames + 1), batch_frames)

        def hear(at: int, engine: RegressionEngine = engine, batch_frames: int = batch_frames) -> int:
            return len(engine.run(feelings[at : at + batch_frames], sounds[at : at + batch_frames]))

        windows.append(Alone(threads, batch_frames, calls, *measured_calls(hear, places, calls)))
    for threads, calls in sorted({(threads, calls) for threads, _, calls in _SETTINGS}, key=str):
        network, _ = open_stretches(package.network_path, package.info, choose_engine(package), threads)
        grid = None if network is None else sharing(package.info.samplerate / RATE, network.step_samples)
        if network is None or grid is None:
            continue
        given = [
            stretch_inputs(package, network, grid, clip, RATE, emotion, 0, count, input_strength=1.0)
            for clip, count in zip(clips, counts, strict=True)
        ]

        def hear_clip(at: int, network: StretchNetwork = network, given: Sequence[Any] = given) -> int:
            network.run(*given[at])
            return counts[at]

        shared.append(Alone(threads, 0, calls, *measured_calls(hear_clip, range(len(clips)), calls)))

    def speed(one: Alone) -> float:
        return one.frames_per_second

    return max(windows, key=speed), max(shared, key=speed, default=None)


def measured_calls(hear: Callable[[int], int], places: Sequence[int], at_once: int) -> tuple[float, float]:
    """(frames per second, processor milliseconds a frame) of a network that is called over and over."""
    hear(places[0])  # warm
    endless = itertools.cycle(places)
    done, started, before = 0, time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(at_once) as pool:
        while (seconds := time.perf_counter() - started) < _SECONDS:
            done += sum(pool.map(hear, itertools.islice(endless, 4 * at_once)))
    return done / seconds, 1000 * (time.process_time() - before) / done


def batch(folder: Path, recordings: Path, work: Path, formats: str, more: Sequence[str]) -> tuple[int, float, float]:
    """(frames, seconds, seconds of processor time) of the whole command."""
    with tempfile.TemporaryDirectory(dir=work) as name:
        out = Path(name) / "out"
        environment = {**os.environ, "MAYA_A2F_CACHE": str(Path(name) / "cache"), "PYTHONPATH": str(checkout_folder())}
        words = ["batch", str(recordings), "-o", str(out), "--formats", formats, "--model", str(folder), *more]
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            [sys.executable, "-m", "maya_a2f.cli.main", *words], env=environment, capture_output=True, text=True
        )
        seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if ran.returncode != 0:
            raise SystemExit(f"a2f batch failed: {ran.stderr}")
        print(ran.stdout.strip().splitlines()[0], flush=True)
        text = (out / "plan.json").read_text("utf-8")
        return sum(map(int, re.findall(r'"frames": (\d+)', text))), seconds, used


if __name__ == "__main__":
    sys.exit(main())
