"""The whole of a job as steps: solve, retarget, keys, sound, bake; and what came of it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya_a2f import baking, run
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.clip import Clip
from maya_a2f.core.ports import KeptKeys, SkippedCurve, keys_written
from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.take import Take, write_take
from maya_a2f.errors import HostError, UserError
from maya_a2f.retargeting import retarget
from maya_a2f.scripting.job import AnimationJob, Name
from maya_a2f.scripting.recipe import RECIPE_ENTRY, recipe_text
from maya_a2f.scripting.target import Target, map_for
from maya_a2f.steps import Steps

REPORT_SCHEMA = "a2f.animation/1"


@dataclass(frozen=True)
class AnimationResult:
    """What a job did; as text, a line for people."""

    character: str
    keys: int
    """How many keys were written."""
    curves: tuple[str, ...]
    """Attributes that have them."""
    skipped: tuple[SkippedCurve, ...]
    """Attributes that do not, and why."""
    notes: tuple[str, ...]
    """Remarks worth reading."""
    take: Take
    start_frame: float
    last_frame: float
    rate: Fraction
    sound: Path | None = None
    """The file the scene's audio node plays."""
    take_path: Path | None = None
    report_path: Path | None = None
    scene: Path | None = None
    """The scene that was written, outside Maya."""
    kept: tuple[KeptKeys, ...] = ()
    """Keys of an earlier run that were edited since and left as they are."""

    def __repr__(self) -> str:
        """``<'bob': 21156 keys on 68 curves, frames 1001 to 1307, 18 skipped>``; the fields hold all of it."""
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        frames = f"frames {self.start_frame:g} to {self.last_frame:g}"
        return f"<'{self.character}': {self.keys} keys on {len(self.curves)} curves, {frames}{skipped}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without the take's samples."""
        return {
            "schema": REPORT_SCHEMA,
            "character": self.character,
            "keys": self.keys,
            "curves": list(self.curves),
            "skipped": [{"attribute": item.attribute, "reason": item.reason} for item in self.skipped],
            "kept": [
                {"attribute": item.attribute, "frames": [list(span) for span in item.frames], "reason": item.reason}
                for item in self.kept
            ],
            "notes": list(self.notes),
            "start_frame": self.start_frame,
            "last_frame": self.last_frame,
            "rate": [self.rate.numerator, self.rate.denominator],
            "sound": _text(self.sound),
            "take_path": _text(self.take_path),
            "scene": _text(self.scene),
            "made_by": dict(self.take.made_by),
        }


def animation(job: AnimationJob, target: Target) -> Steps[AnimationResult]:
    """Clip -> keys. Raises :class:`A2FError`; then the scene is as it was and no file is left."""
    clip = job.clip_at(target.start_frame)
    job.given_map()  # a wrong map is told before the work, not after it
    check_files(job)
    settings, remarks = job.directed_settings(target.rate, target.direction)
    take = yield from run.solve_marked(clip, settings, job.given_lines())
    take = dataclasses.replace(take, notes=(*take.notes, *remarks))
    return (yield from baked(job, target, take, clip))


def baked(
    job: AnimationJob, target: Target, take: Take, clip: Clip | None, tracks: RetargetResult | None = None
) -> Steps[AnimationResult]:
    """Take -> keys. Without a clip no sound is laid and no worker is needed. Raises as :func:`animation`."""
    check_files(job)
    chosen = map_for(target.rig, job.given_map(), take, target.files, job.map_folder())
    rig_map = chosen.rig_map
    if tracks is None:
        tracks = yield from retarget(take, rig_map, target.rig, chosen.folder)
    if not tracks.tracks:
        raise UserError(
            f"The rig map '{rig_map.name}' leaves nothing to key: every attribute is muted, missing, or driven by "
            f"channels the take does not have.",
            code="rig_map.nothing",
            hint="Look at the map in the panel, or use another model.",
        )
    notes = [
        *take.notes,
        *chosen.notes,
        *(f"The model gives no {what}." for what in take.unavailable),
        *_map_notes(tracks),
    ]
    with baking.copies_taken_back(target.sound_folder) as laid, _take_taken_back(job):
        sound = None
        if clip is not None and job.sound:
            sound = yield from baking.sound_for(clip, target.rate, target.sound_folder)
            laid(sound)
            if sound.copied:
                notes.append(f"{sound.note} Maya's sound is the copy '{Path(sound.audio.path).name}'.")
        curves = yield from baking.keyed_curves(take, tracks, rig_map, target.start_frame, job.key_settings())
        if job.take_path is not None:
            write_take(take, Path(job.take_path))
        host = target.host_for({**rig_map.named_channels(), **tracks.channels})
        about = {RECIPE_ENTRY: recipe_text(job, clip, target.start_frame)}
        report = yield from baking.bake_curves(take, curves, host, sound, target.start_frame, about)
    result = AnimationResult(
        character=target.character,
        keys=keys_written(report, curves),
        curves=report.written,
        skipped=report.skipped,
        kept=report.kept,
        notes=tuple(dict.fromkeys([*notes, *report.notes])),
        take=take,
        start_frame=target.start_frame,
        last_frame=baking.timeline_of(take, target.start_frame).last_frame,
        rate=take.rate,
        sound=None if sound is None else Path(sound.audio.path),
        take_path=_path(job.take_path),
        scene=target.scene,
    )
    return result if job.report_path is None else _with_report(result, Path(job.report_path))


def _with_report(result: AnimationResult, path: Path) -> AnimationResult:
    """Save what was done as JSON. The keys lie in the scene by now, so a file that cannot be written is only noted."""
    try:
        write_atomically(path, (json.dumps(result.to_dict(), indent=1, ensure_ascii=False) + "\n").encode())
    except HostError as error:
        return dataclasses.replace(result, notes=(*result.notes, f"No report: {error}"))
    return dataclasses.replace(result, report_path=path)


def check_files(job: AnimationJob) -> None:
    """Raises :class:`UserError` ``output.exists`` for a take or report that would be replaced unasked."""
    for name in (job.take_path, job.report_path):
        if name is not None and Path(name).exists() and not job.overwrite:
            raise UserError(
                f"'{name}' is already there.", code="output.exists", hint="Choose another name, or give overwrite=True."
            )


@contextlib.contextmanager
def _take_taken_back(job: AnimationJob) -> Iterator[None]:
    """Removes the take's file when the block fails, where it was not there before."""
    take = _path(job.take_path)
    had_take = take is not None and take.exists()
    try:
        yield
    except BaseException:
        if take is not None and not had_take:
            take.unlink(missing_ok=True)
        raise


def _map_notes(tracks: RetargetResult) -> list[str]:
    notes = []
    for names, why in (
        (tracks.missing_attributes, "the character does not have"),
        (tracks.silent_attributes, "the model gives no channels for"),
    ):
        if names:
            shown = f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
            notes.append(f"The rig map drives {len(names)} attributes that {why}: {shown}.")
    return notes


def clip_of(take: Take, start_frame: float) -> Clip | None:
    """The recording a take was made from, where the take says so and it is still there."""
    audio = take.made_by.get("audio")
    path = audio.get("path") if isinstance(audio, Mapping) else None
    if not isinstance(audio, Mapping) or not isinstance(path, str) or not Path(path).is_file():
        return None
    return Clip(path, float(audio.get("in_seconds") or 0.0), audio.get("out_seconds"), start_frame)


def _path(name: Name | None) -> Path | None:
    return None if name is None else Path(name)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
