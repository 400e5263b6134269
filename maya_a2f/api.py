"""What scripts call: one call per job, blocking, with the worker started and ended around it.

>>> from maya_a2f import api
>>> result = api.animate("line_042.wav", ["line_042.ma"])          # doctest: +SKIP
>>> result.take.tracks["jawOpen"][:3]                              # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from maya_a2f import baking, run, settings
from maya_a2f.core.clip import Clip
from maya_a2f.core.take import Take
from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import WorkerClient
from maya_a2f.link.environment import worker_entry
from maya_a2f.link.messages import Message, Progress
from maya_a2f.steps import Steps

Result = TypeVar("Result")


def animate(
    clip: str | Clip,
    outputs: Sequence[str | Path],
    solve_settings: settings.SolveSettings | None = None,
    *,
    keys: baking.KeySettings | None = None,
    rig: str | Path | None = None,
    namespace: str | None = None,
    rig_map: str | Path | None = None,
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> run.AnimateResult:
    """Animate a recording and write ``outputs`` (the endings decide the formats). Raises :class:`A2FError`.

    ``rig`` is the file of the character that gets the keys, ``namespace`` says which one of a scene with several.
    """
    job = run.AnimateJob(
        clip=_clip(clip),
        outputs=tuple(map(Path, outputs)),
        settings=solve_settings or settings.SolveSettings(),
        keys=keys or baking.KeySettings(),
        rig_map_path=None if rig_map is None else Path(rig_map),
        rig_path=None if rig is None else Path(rig),
        namespace=namespace,
        overwrite=overwrite,
    )
    with open_worker() as worker:
        return drive(run.animate(job), worker, on_progress=on_progress, cancelled=cancelled)


def solve(
    clip: str | Clip,
    solve_settings: settings.SolveSettings | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Take:
    """Clip -> take, nothing written but caches. Raises :class:`A2FError`."""
    with open_worker() as worker:
        steps = run.solve(_clip(clip), solve_settings or settings.SolveSettings())
        return drive(steps, worker, on_progress=on_progress, cancelled=cancelled)


def open_worker() -> WorkerClient:
    """A client for a worker that starts with the first request. Close it, or use it in a ``with`` block.

    Raises :class:`EngineError` ``worker.no_environment`` when no Python with the worker's packages is known.
    """
    python = settings.worker_python()
    if python is None:
        raise EngineError(
            "The worker's Python environment is not set up.",
            code="worker.no_environment",
            hint="Run 'python3 install/bootstrap.py env' in the maya_a2f folder, or set MAYA_A2F_WORKER_PYTHON.",
        )
    return WorkerClient(python, worker_entry())


class Asked(Protocol):
    """Who answers requests: a :class:`WorkerClient`, or something that opens one when it is needed."""

    def request(
        self,
        name: str,
        fields: Mapping[str, Any],
        blobs: Mapping[str, Blob],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Message:
        """See :meth:`WorkerClient.request`."""


def drive(
    steps: Steps[Result],
    worker: Asked,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Run a generator of steps to its end, waiting for the worker; returns the generator's result."""
    reply: Message | None = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as finished:
            result: Result = finished.value
            return result
        try:
            reply = None
            if not isinstance(step, Progress):
                reply = worker.request(step.name, step.fields, step.blobs, on_progress=on_progress, cancelled=cancelled)
            elif on_progress is not None:
                on_progress(step)
            if cancelled is not None and cancelled():
                raise Cancelled
        except BaseException as error:
            steps.throw(error)  # the steps take back what they wrote and let the error through
            raise


def _clip(clip: str | Clip) -> Clip:
    return clip if isinstance(clip, Clip) else Clip(clip)
