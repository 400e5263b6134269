"""Core-milliseconds per frame of every stage of the main job: ``python -m benchmarks.solve_cost [--write]``.

Everything in one process, nothing cached, the model loaded: recording -> take -> CSV and Maya scene. Processor time of
all threads, not the clock's, so that a busy machine distorts it little; the best of some runs. Also what a worker loads
before its first answer.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import soundfile

from benchmarks.main_job import DEMO
from benchmarks.tables import replace_table
from maya_a2f import run
from maya_a2f.core.clip import Clip
from maya_a2f.link.messages import REQUEST, RESULT, Message, Progress
from maya_a2f.settings import SolveSettings, checkout_folder
from maya_a2f.steps import Steps
from maya_a2f.worker import inference, loaded_model, pipeline
from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.engines.regression import RegressionEngine
from maya_a2f.worker.engines.stretch_network import StretchNetwork
from maya_a2f.worker.handlers import handlers
from maya_a2f.worker.infer_cache import InferCache
from maya_a2f.worker.layering import LayerPlan
from maya_a2f.worker.pose import Poser

RATE = Fraction(30)
_LOADING = "import time; t = time.process_time(); import maya_a2f.worker.handlers; print(time.process_time() - t)"


class Stages:
    """Processor seconds by stage; a stage within another counts for itself only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[str] = []
        self._since = time.process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is done inside belongs to ``name``."""
        self._pass()
        self._open.append(name)
        try:
            yield
        finally:
            self._pass()
            self._open.pop()

    def _pass(self) -> None:
        now = time.process_time()
        name = self._open[-1] if self._open else ""
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now

    def watch(self, owner: Any, method: str, name: str) -> Callable[[], None]:
        """Count every call of a method; returns what takes this back."""
        real = getattr(owner, method)

        def timed(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                return real(*arguments, **named)

        setattr(owner, method, timed)
        return lambda: setattr(owner, method, real)


WATCHED: tuple[tuple[Any, str, str], ...] = (
    (pipeline, "load_audio", "reading the recording"),
    (inference, "batch_inputs", "windows"),
    (loaded_model, "stretch_inputs", "windows"),
    (RegressionEngine, "run", "network"),
    (StretchNetwork, "run", "network"),
    (loaded_model.LoadedModel, "infer_key", "keys of the cache"),
    (InferCache, "write", "cache"),
    (pipeline.TakeCache, "write", "cache"),
    (Poser, "pose", "decoding, filters, jaw, eyes"),
    (BlendshapeSolver, "solve_clip", "blendshape solve"),
    (LayerPlan, "over", "layers"),
)


class _Quiet:
    """A handler's context that nobody listens to."""

    def progress(self, *words: object, **more: object) -> None:
        """Say nothing."""

    def cancelled(self) -> bool:
        """Never."""
        return False

    def check_cancelled(self) -> None:
        """Never raises."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, default=DEMO, help="the recording (default: the demo's)")
    parser.add_argument("--model", default="default", help="the package (default: the default one)")
    parser.add_argument("--repeat", type=int, default=5, help="runs, of which the best counts (default: 5)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    loading = min(
        float(subprocess.run([sys.executable, "-c", _LOADING], capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    )
    with tempfile.TemporaryDirectory() as name:
        frames, seconds = best_of(options.clip, options.model, Path(name), options.repeat)
    total = sum(seconds.values())
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. Package '{options.model}', "
        f"{frames} frames. The worker's libraries take {loading:.2f} core-seconds to load.",
        "",
        "| stage | core-ms per frame | over the network |",
        "|---|---|---|",
    ]
    for stage, spent in seconds.items():
        lines.append(f"| {stage} | {spent / frames * 1e3:.3f} | {spent / seconds['network']:.3f} |")
    lines.append(f"| all | {total / frames * 1e3:.3f} | {total / seconds['network']:.3f} |")
    print("\n".join(lines))
    if options.write:
        replace_table(checkout_folder() / "docs" / "benchmarks.md", "core time", lines)
    return 0


def best_of(clip: Path, model: str, work: Path, repeat: int) -> tuple[int, dict[str, float]]:
    """Frames, and core-seconds by stage: of each stage the least of all runs."""
    answer = handlers()
    runs = []
    for turn in range(repeat + 1):  # the first loads the model
        softer = _softer(clip, 0.99**turn, work / f"clip{turn}.wav")  # the worker knows nothing of it yet
        os.environ["MAYA_A2F_CACHE"] = str(work / f"cache{turn}")
        stages = Stages()
        undo = [stages.watch(*watched) for watched in WATCHED]
        try:
            with stages.stage("keys and files"):
                frames = _job(softer, model, work, answer, stages)
        finally:
            for take_back in undo:
                take_back()
        runs.append(stages.seconds)
    named = [name for _, _, name in WATCHED] + ["rest of the solve", "keys and files"]
    return frames, {name: min(seconds.get(name, 0.0) for seconds in runs[1:]) for name in dict.fromkeys(named)}


def _softer(clip: Path, gain: float, out: Path) -> Path:
    samples, rate = soundfile.read(clip, dtype="float32")
    soundfile.write(out, gain * samples, rate, subtype="PCM_16")
    return out


def _job(clip: Path, model: str, work: Path, answer: Any, stages: Stages) -> int:
    job = run.AnimateJob(
        clip=Clip(str(clip)),
        outputs=(work / "job.csv", work / "job.ma"),
        settings=SolveSettings(model=model, rate=RATE),
        overwrite=True,
    )
    steps: Steps[run.AnimateResult] = run.animate(job)
    reply: Message | None = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as finished:
            return int(finished.value.take.clip_frame_count)
        reply = None
        if not isinstance(step, Progress):
            with stages.stage("rest of the solve"):
                request = Message(kind=REQUEST, id=1, name=step.name, fields=step.fields, blobs=step.blobs)
                found = answer[step.name](request, _Quiet())
            reply = Message(kind=RESULT, id=1, fields=found.fields, blobs=found.blobs)


if __name__ == "__main__":
    sys.exit(main())
