"""What the main job costs beside its network, and beside the recording's length: ``python -m benchmarks.main_job``.

For each package, in one run: the network's own time in ONNX Runtime over exactly the windows of the job; then the job
without a movie (recording -> CSV and Maya scene, nothing cached) through a worker that is already started. Prints the
ratios, each stage's share, and the worker's largest memory. ``--write`` puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.published_package import make_published_package
from benchmarks.tables import replace_table
from maya_a2f import run
from maya_a2f.api import drive
from maya_a2f.core.clip import Clip
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.environment import worker_entry
from maya_a2f.link.messages import Progress
from maya_a2f.settings import SolveSettings, checkout_folder
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.port import Engine
from maya_a2f.worker.engines.selection import choose_engine
from maya_a2f.worker.inference import infer
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_reading import load_package

DEMO = checkout_folder() / "maya_a2f" / "presets" / "demo" / "demo.wav"
RATE = Fraction(30)


@dataclass(frozen=True)
class Measurement:
    """One package."""

    name: str
    clip_seconds: float
    frames: int
    network_seconds: float
    loaded_seconds: float
    """The job with the model already loaded."""
    first_seconds: float
    """The job that loads the model first."""
    stages: dict[str, float]
    """Seconds by stage of the job that loads the model."""
    memory_mib: float
    """Largest resident memory of the worker."""

    def rows(self) -> Iterator[tuple[str, str]]:
        """Label and figure, for people."""
        yield "clip", f"{self.clip_seconds:.1f} s, {self.frames} frames at 30 fps"
        speed = self.frames / self.network_seconds
        yield "network alone, windows by themselves", f"{self.network_seconds:.2f} s = {speed:.1f} frames/s"
        yield "job, model loaded", self._job(self.loaded_seconds)
        yield "job, first clip", self._job(self.first_seconds) + " (loads the model)"
        total = sum(self.stages.values())
        shares = ", ".join(f"{stage} {seconds / total:.1%}" for stage, seconds in self.stages.items())
        yield "shares, first clip", shares
        yield "worker's peak memory", f"{self.memory_mib:.0f} MiB"

    def _job(self, seconds: float) -> str:
        ratio, speed = seconds / self.network_seconds, self.clip_seconds / seconds
        return f"{seconds:.2f} s = {ratio:.3f} x network, {speed:.1f} x real time"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, default=DEMO, help="the recording (default: the demo's)")
    parser.add_argument("--repeat", type=int, default=3, help="the recording so many times in a row (default: 3)")
    parser.add_argument("--only", choices=["default", "published"], help="one package only")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        clip = _long_clip(options.clip, options.repeat, work / "clip.wav")
        packages = []
        if options.only != "published":
            packages.append(("default package", checkout_folder() / "engines" / "default"))
        if options.only != "default":
            packages.append(("published architecture, v2.3 Mark's sizes", make_published_package(work / "mark-sized")))
        lines = [f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", ""]
        for title, folder in packages:
            lines += [f"### {title}", "", "| | |", "|---|---|"]
            lines += [f"| {label} | {text} |" for label, text in measured(title, folder, clip, work).rows()]
            lines.append("")
    text = "\n".join(lines)
    print(text)
    if options.write:
        _write(text)
    return 0


def measured(name: str, folder: Path, clip: Path, work: Path) -> Measurement:
    """Time one package on one clip."""
    audio = load_audio(clip)
    network_seconds, frames = _network_alone(folder, audio.samples)
    with WorkerClient(sys.executable, worker_entry()) as worker:
        worker.start()
        first_seconds, stages = _job(worker, folder, clip, work, "first")
        loaded_seconds, _ = _job(worker, folder, _softer(clip, work / "softer.wav"), work, "second")
        memory = _peak_memory_mib(worker.process_id)
    seconds = float(audio.duration_seconds)
    return Measurement(name, seconds, frames, network_seconds, loaded_seconds, first_seconds, stages, memory)


def _network_alone(folder: Path, samples: Floats) -> tuple[float, int]:
    """Seconds in the engine's own calls, and frames."""
    package = load_package(folder)
    engine = choose_engine(package)
    timed = _TimedEngine(engine)
    emotion = constant_emotion(package.info, {})
    infer(package, engine, samples[:16000], RATE, emotion, _quiet, _never)  # warm
    raw = infer(package, timed, samples, RATE, emotion, _quiet, _never)
    return timed.seconds, len(raw)


class _TimedEngine:
    """An engine that adds up the time spent in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seconds = 0.0

        self.name, self.description = engine.name, engine.description
        self.precision, self.max_batch = engine.precision, engine.max_batch

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        started = time.perf_counter()
        result = self._engine.run(emotion, audio)
        self.seconds += time.perf_counter() - started
        return result


def _job(worker: WorkerClient, folder: Path, clip: Path, work: Path, label: str) -> tuple[float, dict[str, float]]:
    """The whole job but the movie, nothing cached: seconds, and seconds by stage."""
    os.environ["MAYA_A2F_CACHE"] = str(work / f"cache-{folder.name}-{label}")
    job = run.AnimateJob(
        clip=Clip(str(clip)),
        outputs=(work / "job.csv", work / "job.ma"),
        settings=SolveSettings(model=str(folder), rate=RATE),
        overwrite=True,
    )
    marks: list[tuple[str, float]] = []

    def watch(progress: Progress) -> None:
        if not marks or marks[-1][0] != progress.stage:
            marks.append((progress.stage, time.perf_counter()))

    started = time.perf_counter()
    drive(run.animate(job), worker, on_progress=watch)
    ended = time.perf_counter()
    marks = [("Asking", started), *marks, ("", ended)]
    stages: dict[str, float] = {}
    for (stage, begin), (_, end) in itertools.pairwise(marks):
        stages[stage] = stages.get(stage, 0.0) + end - begin
    return ended - started, stages


def _softer(clip: Path, out: Path) -> Path:
    """The same recording a little softer: the worker knows nothing of it yet."""
    samples, rate = soundfile.read(clip, dtype="float32")
    soundfile.write(out, 0.9 * samples, rate, subtype="PCM_16")
    return out


def _long_clip(path: Path, repeat: int, out: Path) -> Path:
    samples, rate = soundfile.read(path, dtype="float32")
    soundfile.write(out, np.concatenate([samples] * repeat), rate, subtype="PCM_16")
    return out


def _peak_memory_mib(process_id: int | None) -> float:
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return float("nan")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _quiet(done: int, total: int) -> None:
    pass


def _never() -> bool:
    return False


def _write(text: str) -> None:
    replace_table(checkout_folder() / "docs" / "benchmarks.md", "main job", text.strip().splitlines())


if __name__ == "__main__":
    sys.exit(main())
