"""One line of a batch: the job of ``a2f animate``, stopped where it wants its take and taken up when that is there."""

from __future__ import annotations

import base64
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from maya_a2f.api import Asked
from maya_a2f.core.atomic_file import make_folder
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.take import Take
from maya_a2f.errors import A2FError, Cancelled, UserError
from maya_a2f.farm.columns import line_job
from maya_a2f.farm.plan import PlannedLine
from maya_a2f.farm.records import file_digest, made_files
from maya_a2f.link.messages import Message, Progress
from maya_a2f.run import AnimateResult, animate
from maya_a2f.steps import WorkerRequest

IsCancelled = Callable[[], bool]


class LineRun:
    """From a planned line to its files and its record."""

    def __init__(self, line: PlannedLine, folder: Path) -> None:
        self.line = line
        self._folder = folder
        self._remarks: tuple[str, ...] = ()
        self._seconds = 0.0
        self._sound = ""
        self.request: WorkerRequest | None = None
        """The solve that the job waits for, after :meth:`begin`; None where it asks for several."""
        self.error: A2FError | None = None
        """Why it failed, once it has."""
        self.retried = False

    def begin(self, worker: Asked, cancelled: IsCancelled) -> None:
        """Go as far as the solve; where the job is refused, :attr:`error` says why. Raises :class:`Cancelled`."""
        started = time.perf_counter()
        try:
            self._check_recording()
            paths = self.line.output_paths(self._folder)
            for parent in {path.parent for path in paths}:
                make_folder(parent)
            job, self._remarks = line_job(Path(self.line.clip), self.line.options, paths)
            self._steps = animate(job)
            if not job.lines:
                step = next(self._steps)
                while not (isinstance(step, WorkerRequest) and step.name == "solve"):
                    reply = None
                    if isinstance(step, WorkerRequest):
                        reply = worker.request(step.name, step.fields, step.blobs, cancelled=cancelled)
                    step = self._steps.send(reply)
                self.request = step
        except Cancelled:
            raise
        except Exception as error:
            self.error = told(error)
        self._seconds += time.perf_counter() - started

    def _check_recording(self) -> None:
        """One that is not there is told of by the job."""
        if file_digest(Path(self.line.clip)) not in (None, self.line.clip_sha256):
            raise UserError(
                f"The recording '{self.line.clip}' is not the one that the batch was planned with.",
                code="batch.recording",
                hint="Run the batch again from its table or folder: it notices what has changed.",
            )

    @property
    def sound_folder(self) -> str:
        """Where a copy of the sound would go that its scene needs; empty where it has no scene."""
        scene = next((path for path in self.line.output_paths(self._folder) if path.suffix.lower() == ".ma"), None)
        return "" if scene is None else str(scene.absolute().parent)

    def finish(
        self, worker: Asked, cancelled: IsCancelled, reply: Message | None, sound: Mapping[str, Any] | None
    ) -> tuple[AnimateResult, list[dict[str, Any]]]:
        """(what was made, the files) with the solve's ``reply``; ``sound`` is the answer to its request for a sound,
        where it is known. Raises :class:`A2FError`; then nothing is left of the line."""
        started = time.perf_counter()
        try:
            step = self._steps.send(reply)
            while True:
                answer = None
                try:
                    if isinstance(step, WorkerRequest):
                        if step.name == "maya_audio" and sound is not None:
                            answer = Message(fields=sound)
                        else:
                            answer = worker.request(step.name, step.fields, step.blobs, cancelled=cancelled)
                        if step.name == "maya_audio" and answer.flag("copied"):
                            self._sound = Path(answer.text("path")).name
                    if cancelled():
                        raise Cancelled()
                except BaseException as error:
                    self._steps.throw(error)
                    raise
                step = self._steps.send(answer)
        except StopIteration as finished:
            result: AnimateResult = finished.value
        self._seconds += time.perf_counter() - started
        return result, made_files(self._folder, self.line, [written.what for written in result.written])

    def record(
        self,
        result: AnimateResult,
        files: list[dict[str, Any]],
        verdict: Mapping[str, Any] | None,
        picture: bytes,
        solve_seconds: float,
    ) -> dict[str, Any]:
        """The line's record, done."""
        take = result.take
        return {
            "state": "done",
            "outputs": files,
            "sound": (PurePosixPath(self.line.name).parent / self._sound).as_posix() if self._sound else "",
            **_take_facts(take),
            "took_seconds": round(self._seconds + solve_seconds, 3),
            "notes": [*self._remarks, *result.notes],
            "verdict": verdict,
            "error": None,
            "picture": base64.b64encode(picture).decode(),
        }

    def failed_record(self) -> dict[str, Any]:
        """The line's record, failed."""
        assert self.error is not None
        return {
            "state": "failed",
            "outputs": [],
            "frames": self.line.frames,
            "seconds": self.line.seconds,
            "took_seconds": round(self._seconds, 3),
            "notes": list(self._remarks),
            "verdict": None,
            "error": self.error.to_dict(),
            "picture": "",
        }


def _take_facts(take: Take) -> dict[str, Any]:
    return {
        "frames": take.clip_frame_count,
        "tail_frames": take.tail_frames,
        "rate": describe_rate(take.rate),
        "seconds": round(float(take.clip_frame_count / take.rate), 3),
        "model": take.made_by.get("package", {}).get("name", ""),
        "engine": take.made_by.get("engine", ""),
    }


def told(error: Exception) -> A2FError:
    """The error as one that a record can keep."""
    if isinstance(error, A2FError):
        return error
    return A2FError(
        f"A defect: {type(error).__name__}: {error}",
        code="defect",
        hint="Please report it with the line's report.",
        details="".join(traceback.format_exception(error)),
    )


def ignore_progress(progress: Progress) -> None:
    """Nothing."""
    del progress
