"""One run of the main job, as a generator of steps.

The generator yields steps (:mod:`maya_a2f.steps`): it asks for what only the worker can do and reports its own
progress. Who drives it decides how to wait: :func:`maya_a2f.api.drive` blocks, a panel can go on with its event loop.
Nothing is written before the whole take is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maya_a2f import outputs, settings
from maya_a2f.baking import KeySettings
from maya_a2f.core.clip import Clip, clip_fields
from maya_a2f.core.emotion_keys import EmotionKey, key_fields
from maya_a2f.core.emotion_settings import EmotionAuto, checked_auto
from maya_a2f.core.layers import LayerSettings, layers_data
from maya_a2f.core.markers import MarkedLine
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.style_settings import checked_style
from maya_a2f.core.take import Take, take_from_bytes
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import UserError
from maya_a2f.looks import with_look
from maya_a2f.steps import Steps, WorkerRequest, asked


@dataclass(frozen=True)
class AnimateJob:
    """What the user asked for."""

    clip: Clip
    outputs: tuple[Path, ...]
    """Files to write; the ending decides the format."""
    settings: settings.SolveSettings = field(default_factory=settings.SolveSettings)
    keys: KeySettings = field(default_factory=KeySettings)
    rig_map_path: Path | None = None
    """Another rig map: for the character, or for our head than the one that ships."""
    rig_path: Path | None = None
    """The character's file; None is our head."""
    namespace: str | None = None
    """Which character of a scene with several."""
    overwrite: bool = False
    """Replace existing files."""
    rerun: RerunScope | None = None
    """Renew scenes that are there as far as this goes, and leave what was edited in them."""
    result: str = ""
    """Name of the result in a scene; empty names it after the sound."""
    keep_existing: frozenset[str] = frozenset({"eyes", "head"})
    """Regions whose attributes are left alone where a scene already animates them."""
    lines: tuple[MarkedLine, ...] = ()
    """The lines of a marked recording; without any, the clip is one."""


@dataclass(frozen=True)
class Written:
    """One file that was written."""

    path: Path
    what: str
    """In words, for the summary: how many keys, which renderer."""


@dataclass(frozen=True)
class AnimateResult:
    """What a run made."""

    take: Take
    written: tuple[Written, ...]
    notes: tuple[str, ...]
    """Remarks worth showing."""


def animate(job: AnimateJob) -> Steps[AnimateResult]:
    """Infer, pose, retarget and bake.

    Raises :class:`A2FError`; then no file is left that this run made, and an output that it had already replaced is
    named in the error.
    """
    outputs.check(job)
    yield from outputs.export_checks(job.outputs)
    character = None
    if job.rig_path is not None:
        from maya_a2f.characters import check_rate, open_character  # much to load

        character = yield from open_character(job.rig_path, job.namespace)
        check_rate(character, job.settings.rate, job.outputs)
    take = yield from solve_marked(job.clip, job.settings, job.lines)
    written: list[Written] = []
    notes = [*take.notes, *(f"The model gives no {what}." for what in take.unavailable)]
    scene = yield from outputs.Scene(job, take, character).prepared()
    with outputs.all_or_none(job.outputs, scene):
        for path in job.outputs:
            what, remarks = yield from outputs.write(path, scene)
            written.append(Written(path, what))
            notes += [remark for remark in remarks if remark not in notes]
    return AnimateResult(take, tuple(written), tuple(notes))


def solve_marked(clip: Clip, solve_settings: settings.SolveSettings, lines: tuple[MarkedLine, ...]) -> Steps[Take]:
    """Clip -> take; of a marked recording the take of its lines."""
    if not lines:
        return (yield from solve(clip, solve_settings))
    from maya_a2f.line_runs import solve_lines  # it solves by what is below

    return (yield from solve_lines(clip, solve_settings, lines))


def solve(clip: Clip, solve_settings: settings.SolveSettings) -> Steps[Take]:
    """Clip -> take, in the worker."""
    if solve_settings.look is not None:
        known = yield from asked(WorkerRequest("models_info", model_fields(solve_settings)))
        facts = known.table("report").get("facts")
        solve_settings = with_look(solve_settings, facts if isinstance(facts, Mapping) else {})
    reply = yield from asked(WorkerRequest("solve", solve_fields(clip, solve_settings)))
    return take_from_bytes(bytes(reply.blob("take", "u1").data), "the worker's take")


def model_fields(solve_settings: settings.SolveSettings) -> dict[str, Any]:
    """The ``models_info`` request for the model of these settings."""
    return {"model": solve_settings.model, "is_quick": True, **_identity_fields(solve_settings), **folders()}


def _identity_fields(solve_settings: settings.SolveSettings) -> dict[str, Any]:
    return {"identity": solve_settings.identity} if solve_settings.identity else {}


def engine_fields(engine: str, precision: str) -> dict[str, Any]:
    """What a request says of the engine; nothing where nothing is asked for."""
    return {name: text for name, text in (("engine", engine), ("precision", precision)) if text}


def solve_fields(clip: Clip, solve_settings: settings.SolveSettings) -> dict[str, Any]:
    """The ``solve`` request. Raises :class:`UserError` for settings that no package could take."""
    if clip.out_seconds is not None and clip.out_seconds <= clip.in_seconds:
        raise UserError(
            f"The clip ends ({clip.out_seconds:g} s) before it starts ({clip.in_seconds:g} s).",
            code="clip.range",
            hint="Give an --out later than --in.",
        )
    return {
        "clip": clip_fields(clip),
        "settings": {
            "model": solve_settings.model,
            **_identity_fields(solve_settings),
            **engine_fields(solve_settings.engine, solve_settings.precision),
            "rate": [solve_settings.rate.numerator, solve_settings.rate.denominator],
            "emotion": dict(solve_settings.emotion),
            "parameters": dict(solve_settings.parameters),
            "tail_seconds": solve_settings.tail_seconds,
            **_layer_fields(solve_settings.layers),
            **_style_fields(solve_settings.style),
            **_emotion_key_fields(solve_settings.emotion_keys),
            **_emotion_auto_fields(solve_settings.emotion_auto),
            **_transcript_fields(solve_settings.transcript),
        },
        **folders(),
    }


def _emotion_key_fields(keys: tuple[EmotionKey, ...]) -> dict[str, Any]:
    return {"emotion_keys": key_fields(keys)} if keys else {}


def _layer_fields(layers: LayerSettings) -> dict[str, Any]:
    data = layers_data(layers)
    return {"layers": data} if data else {}


def _style_fields(style: Mapping[str, float]) -> dict[str, Any]:
    checked = checked_style(style)
    return {"style": checked} if checked else {}


def _emotion_auto_fields(auto: EmotionAuto) -> dict[str, Any]:
    auto = checked_auto(auto)
    return {"emotionAuto": auto.to_fields()} if auto.is_on else {}


def _transcript_fields(transcript: Transcript | None) -> dict[str, Any]:
    if transcript is None:
        return {}
    return {"transcript": {"text": transcript.text, "language": transcript.language}}


def folders() -> dict[str, Any]:
    """Where the worker looks for packages and keeps its cache; part of most requests."""
    return {
        "model_folders": [str(folder) for folder in settings.model_folders()],
        "cache_folder": str(settings.cache_folder()),
    }
