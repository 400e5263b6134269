"""What the panel's buttons do, as steps: make a take, fit it to the character, write its keys.

Nothing of Qt here; :mod:`maya_a2f.ui.steps_runner` drives them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from maya_a2f import baking, run
from maya_a2f.baking import KeySettings, LaidSound
from maya_a2f.core.clip import Clip
from maya_a2f.core.derived_channels import seen_by
from maya_a2f.core.joint_drives import JointSection
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.ports import BakeReport, Host, SkippedCurve, keys_written
from maya_a2f.core.retarget import RetargetResult, joint_channels, retargeted
from maya_a2f.core.rig import AttributeTrack, Rig
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError
from maya_a2f.link.messages import Progress
from maya_a2f.retargeting import retarget
from maya_a2f.settings import SolveSettings
from maya_a2f.steps import Steps
from maya_a2f.ui.panel_host import FoundCharacter

_DRIVES_A_STEP: Final = 4


@dataclass(frozen=True)
class MadeTake:
    """A take of this session and what made it."""

    take: Take
    clip: Clip
    settings: SolveSettings
    number: int = 0
    """Counts the takes of the session from 1."""


@dataclass(frozen=True)
class Fitted:
    """A take as it drives one character."""

    made: MadeTake
    character: str
    rig_map: RigMap
    tracks: tuple[AttributeTrack, ...]
    missing: tuple[str, ...]
    """Attributes that the map names and the character does not have."""
    silent: tuple[str, ...]
    """Attributes whose channels the model does not give."""
    blocked: Mapping[str, str]
    """Attributes left out since they can't take keys, with the reason."""
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Attributes of joints and of a fit, with the channels that they follow."""

    def values_at(self, frame: float) -> dict[str, float]:
        """Attribute -> value on a frame of the time line, between samples linearly; the ends hold."""
        position = max(0.0, frame - self.made.clip.start_frame)
        return {track.attribute: _sample(track, position) for track in self.tracks}


@dataclass(frozen=True)
class Baked:
    """What a bake wrote."""

    fitted: Fitted
    report: BakeReport
    key_count: int
    sound: LaidSound | None
    keys: KeySettings


@dataclass(frozen=True)
class BakeOrder:
    """Everything a bake needs beside the fitted take."""

    target: Callable[[Mapping[str, tuple[str, ...]]], Host]
    """Made when the keys are there, so that it sees the scene as it is then; is given :attr:`Fitted.channels`."""
    keys: KeySettings
    sound_folder: Path


def check_ready(clip: Clip | None, character: FoundCharacter | None, rig_map: RigMap | None) -> None:
    """The pre-flight check. Raises :class:`UserError` ``panel.no_clip``, ``panel.no_character``, ``panel.no_drives``;
    ``clip.missing`` when the file went away.
    """
    if clip is None:
        raise UserError("There is no clip yet.", code="panel.no_clip", hint="Drop a sound file on the panel.")
    if not Path(clip.path).is_file():
        raise UserError(
            f"The clip '{clip.path}' is not there any more.",
            code="clip.missing",
            hint="It was moved or deleted: choose it again.",
        )
    if character is None:
        raise UserError(
            "There is no character yet.", code="panel.no_character", hint="Select it in the scene and pick it."
        )
    if rig_map is None or not (drivable(rig_map, character) or rig_map.joints.drives or rig_map.fit):
        raise UserError(
            f"The rig map drives nothing of '{character.name}'.",
            code="panel.no_drives",
            hint="Open the rig map under Character and connect at least one attribute.",
        )


def drivable(rig_map: RigMap, character: FoundCharacter) -> list[str]:
    """Attributes of the character that the map drives and that can take keys."""
    there = {attribute.name for attribute in character.rig.attributes}
    return [
        name
        for name, drive in rig_map.drives.items()
        if name in there and name not in character.blocked and not drive.muted
    ]


def make_take(clip: Clip, settings: SolveSettings) -> Steps[MadeTake]:
    """Infer and pose."""
    yield Progress("Starting", 0, 0)
    take = yield from run.solve(clip, settings)
    return MadeTake(take, clip, settings)


def fit(made: MadeTake, character: FoundCharacter, rig_map: RigMap) -> Steps[Fitted]:
    """Retarget, a few attributes a step; what can't take keys is left out and remembered."""
    there = {attribute.name for attribute in character.rig.attributes}
    blocked = {name: why for name, why in character.blocked.items() if name in rig_map.drives and name in there}
    drives = [(name, drive) for name, drive in rig_map.drives.items() if name not in blocked and not drive.muted]
    parts: list[RetargetResult] = []
    for first in range(0, len(drives), _DRIVES_A_STEP):
        yield Progress("Fitting to the rig", first, len(drives))
        chosen = dict(drives[first : first + _DRIVES_A_STEP])
        rig = Rig(character.rig.name, tuple(a for a in character.rig.attributes if a.name in chosen))
        parts.append(retargeted(made.take, replace(rig_map, drives=chosen, joints=JointSection()), rig))
    if rig_map.joints:
        parts.append(_joints(made, character, rig_map))
    if rig_map.fit is not None:
        parts.append((yield from _by_shape(made, character, rig_map)))
    chained = itertools.chain.from_iterable
    return Fitted(
        made,
        character.name,
        rig_map,
        tuple(chained(part.tracks for part in parts)),
        tuple(chained(part.missing_attributes for part in parts)),
        tuple(chained(part.silent_attributes for part in parts)),
        blocked,
        {name: channels for part in parts for name, channels in part.channels.items()},
    )


def _joints(made: MadeTake, character: FoundCharacter, rig_map: RigMap) -> RetargetResult:
    """The tracks of the map's joints; channels that cannot take keys, and those that a drive has, get none."""
    channels = seen_by(rig_map, made.take.tracks, made.take.frame_count)
    taken = (*rig_map.drives, *character.blocked)
    found = joint_tracks(channels, made.take.frame_count, rig_map.joints, character.rig, taken)
    followed = joint_channels(rig_map, found.tracks)
    return RetargetResult(found.tracks, found.missing, found.silent, found.muted, found.notes, followed)


def _by_shape(made: MadeTake, character: FoundCharacter, rig_map: RigMap) -> Steps[RetargetResult]:
    """The tracks of the map's fit; what a drive has, and what can't take keys, gets none."""
    yield Progress("Fitting to the rig", 0, 0)
    solved = yield from retarget(made.take, replace(rig_map, drives={}, joints=JointSection()), character.rig)
    taken = {*rig_map.drives, *character.blocked}
    return replace(solved, tracks=tuple(track for track in solved.tracks if track.attribute not in taken))


def bake(fitted: Fitted, order: BakeOrder) -> Steps[Baked]:
    """Lay the sound, choose keys and write them. Raises :class:`HostError`; then nothing was changed."""
    made, start = fitted.made, fitted.made.clip.start_frame
    with baking.copies_taken_back(order.sound_folder) as laid:
        sound = yield from baking.sound_for(made.clip, made.take.rate, order.sound_folder)
        laid(sound)
        result = RetargetResult(fitted.tracks, fitted.missing, fitted.silent)
        curves = yield from baking.keyed_curves(made.take, result, fitted.rig_map, start, order.keys)
        report = yield from baking.bake_curves(made.take, curves, order.target(fitted.channels), sound, start)
    key_count = keys_written(report, curves)
    report = replace(report, skipped=(*report.skipped, *_left_out(fitted)))
    return Baked(fitted, report, key_count, sound, order.keys)


def animate(
    clip: Clip,
    settings: SolveSettings,
    character: FoundCharacter,
    rig_map: RigMap,
    order: BakeOrder,
    keep: Callable[[MadeTake], MadeTake],
) -> Steps[Baked]:
    """Infer, pose, retarget and bake. ``keep`` gets the take as soon as it is there, so that it outlives a bake that
    fails; what it returns is baked.
    """
    made = yield from make_take(clip, settings)
    return (yield from bake_take(keep(made), character, rig_map, order))


def preview(
    clip: Clip,
    settings: SolveSettings,
    character: FoundCharacter,
    rig_map: RigMap,
    keep: Callable[[MadeTake], MadeTake],
) -> Steps[Fitted]:
    """All of :func:`animate` but the bake."""
    made = yield from make_take(clip, settings)
    return (yield from fit(keep(made), character, rig_map))


def bake_take(made: MadeTake, character: FoundCharacter, rig_map: RigMap, order: BakeOrder) -> Steps[Baked]:
    """Fit a take that is there and write it."""
    fitted = yield from fit(made, character, rig_map)
    return (yield from bake(fitted, order))


def _left_out(fitted: Fitted) -> list[SkippedCurve]:
    return [
        *(SkippedCurve(name, why) for name, why in fitted.blocked.items()),
        *(SkippedCurve(name, "the character has no such attribute") for name in fitted.missing),
        *(SkippedCurve(name, "the model does not give its channels") for name in fitted.silent),
    ]


def _sample(track: AttributeTrack, position: float) -> float:
    last = len(track.samples) - 1
    if position >= last:
        return float(track.samples[last])
    before = int(position)
    share = position - before
    return float(track.samples[before] * (1 - share) + track.samples[before + 1] * share)
