"""What scripts call inside Maya, under mayapy and in plain Python: :func:`animate`, or its parts.

>>> import maya_a2f
>>> done = maya_a2f.animate("line_042.wav", "bob")        # doctest: +SKIP
>>> done.keys, done.skipped                               # doctest: +SKIP

Everything blocks until it is done, raises :class:`~maya_a2f.errors.A2FError` and nothing else on purpose, and imports
neither a user interface nor numpy. Options are those of :class:`AnimationJob`.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from maya_a2f.core.rerun import DEFAULT_FADE_FRAMES
from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.take import Take
from maya_a2f.link.messages import Progress
from maya_a2f.scripting.animation import AnimationResult
from maya_a2f.scripting.job import AnimationJob, Name, job_from
from maya_a2f.scripting.lip_sealing import LipSeal, seal_lips
from maya_a2f.scripting.rig_fitting import RigFit, fit_rig
from maya_a2f.scripting.series import Session, emotion_control, remove, results, retarget

__all__ = [
    "AnimationJob", "AnimationResult", "LipSeal", "RigFit", "Session", "animate", "bake", "emotion_control", "fit_rig",
    "job_from", "remove", "results", "retarget", "seal_lips", "session", "solve",
]  # fmt: skip

OnProgress = Callable[[Progress], None]
Cancelled = Callable[[], bool]


def animate(
    clip: Name,
    character: str | None = None,
    *,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled | None = None,
    **options: Any,
) -> AnimationResult:
    """Put a recording onto a character: solve, retarget, keys, sound; in Maya one undo step.

    ``character`` is a namespace or any node of it, None the selection; outside Maya our own head, written to the scene
    ``save_as``. Options are the fields of :class:`AnimationJob`. Raises :class:`A2FError`; then nothing was changed.
    """
    with Session(on_progress=on_progress, cancelled=cancelled) as one:
        return one.animate(clip, character, **options)


def solve(
    clip: Name, *, on_progress: OnProgress | None = None, cancelled: Cancelled | None = None, **options: Any
) -> Take:
    """Recording -> take, at the scene's rate; nothing is written but caches and ``take_path``."""
    with Session(on_progress=on_progress, cancelled=cancelled) as one:
        return one.solve(clip, **options)


def bake(
    take: Take | Name,
    character: str | None = None,
    *,
    tracks: RetargetResult | None = None,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled | None = None,
    **options: Any,
) -> AnimationResult:
    """Take (or a ``.a2ftake`` file) -> keys on a character, from the ``tracks`` of :func:`retarget` or its own.

    The sound is laid from ``clip``, or from the recording the take names where that is still there; with
    ``sound=False``, or where there is no recording, no worker is needed.
    """
    with Session(on_progress=on_progress, cancelled=cancelled) as one:
        return one.bake(take, character, tracks=tracks, **options)


def rerun(
    result: Any,
    character: str | None = None,
    *,
    range: Sequence[float] | str | None = None,
    regions: Sequence[str] | str = (),
    take_over: Sequence[str] | str = (),
    fade: int = DEFAULT_FADE_FRAMES,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled | None = None,
    **changes: Any,
) -> AnimationResult:
    """Make a result of :func:`results` (or the one of that name) again, with what is changed; one undo step.

    Keys that were edited since stay and are listed in ``kept``, except on the attributes of ``take_over`` (``"all"``
    gives up all edits). ``range`` (two frames) and ``regions`` of the face limit what is renewed; at borders new keys
    are blended into the old curve over ``fade`` frames. ``changes`` are options of :class:`AnimationJob` that differ
    from how the result was made: ``emotion={"joy": 0.5}``.
    """
    with Session(on_progress=on_progress, cancelled=cancelled) as one:
        return one.rerun(result, character, range=range, regions=regions, take_over=take_over, fade=fade, **changes)


def session(*, on_progress: OnProgress | None = None, cancelled: Cancelled | None = None) -> Session:
    """One worker for a series: ``with maya_a2f.session() as a2f: a2f.animate(...); a2f.animate(...)``."""
    return Session(on_progress=on_progress, cancelled=cancelled)


def _show_options(function: Callable[..., Any], left_out: frozenset[str]) -> None:
    """Have ``help()`` and editors list every option instead of ``**options``."""
    signature = inspect.signature(function)
    own = [item for item in signature.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
    more = [
        inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=_default(item), annotation=item.type)
        for item in dataclasses.fields(AnimationJob)
        if item.name not in signature.parameters and item.name not in left_out
    ]
    setattr(function, "__signature__", signature.replace(parameters=[*own, *more]))  # noqa: B010


def _default(item: dataclasses.Field[Any]) -> Any:
    return {} if item.default is dataclasses.MISSING else item.default


_show_options(animate, frozenset())
_show_options(bake, frozenset())
_show_options(
    solve,
    frozenset({"character", "rig_map", "keys", "tolerance", "mode", "keep_existing", "layer", "new_layer",
               "override_layer", "weighted", "result", "force", "sound", "fit_range", "report_path", "save_as",
               "only_frames", "only_regions", "take_over", "fade_frames", "rerun"}),
)  # fmt: skip
