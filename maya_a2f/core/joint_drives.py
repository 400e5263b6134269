"""Joints that follow the head's rigid parts: the section ``joints`` of a rig map.

::

    "joints": {
     "axes": {"up": [0, 1, 0], "forward": [0, 0, 1]},
     "scale": 1.0,
     "jawPivot": [0, 152.4, 6.9],
     "eyeLook": {"up": 25, "down": 25, "in": 30, "out": 30},
     "drives": {
      "jaw_jnt": {"motion": "jaw", "limits": {"rotateX": [-5, 30]}},
      "tongue_01": {"motion": "tongue", "span": [0.0, 0.5]},
      "eye_L": {"motion": "leftEye"},
      "lid_L": {"turn": {"eyeBlinkLeft": [38, 0, 0]}, "pivot": "eye_L"},
      "look_ctl": {"aim": ["leftEye", "rightEye"], "centres": ["eye_L", "eye_R"]},
      "jaw_ctl": {"turn": {"jaw.rotateX": [0, 0, 1.1]}, "space": "joint"}
     }
    }

A ``motion`` is one of the take's rigid parts; ``gain`` is its share. ``turn`` (degrees) and ``move`` (centimetres) are
vectors per unit of a channel, along the character's left, up and forward (``space`` "character") or along the joint's
own axes at rest ("joint"); a turn is about its vector. The character's axes are given in the rig's world. A joint turns
about its own place, or about ``pivot`` (a point in the rig's world, or another joint). ``aim`` moves a control to where
the eyes look. ``parts`` says whether rotations, translations or both get keys. A drive that ``instead`` mutes leaves
the work to that attribute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from maya_a2f.core.channels import EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.rig import Triple
from maya_a2f.errors import UserError

Motion = Literal["jaw", "leftEye", "rightEye", "head", "tongue"]
Space = Literal["character", "joint"]
Part = Literal["rotate", "translate"]
Bad = Callable[[str], UserError]

MOTIONS: tuple[Motion, ...] = get_args(Motion)
LOOKS = ("up", "down", "in", "out")
CHANNELS = tuple(f"{word}{axis}" for word in get_args(Part) for axis in "XYZ")
_KEYS = {
    "motion", "span", "gain", "turn", "move", "space", "aim", "centres", "pivot", "parts", "limits", "mute", "instead",
}  # fmt: skip
_OF_MOTION: dict[str, tuple[str, ...]] = {
    "jaw": JAW_CHANNELS,
    "tongue": TONGUE_CHANNELS,
    **{eye: tuple(name for name in EYE_CHANNELS if name.startswith(f"{eye}.")) for eye in ("leftEye", "rightEye")},
}
_TOP_KEYS = {"axes", "scale", "jawPivot", "eyeLook", "tongueOut", "drives"}


@dataclass(frozen=True)
class JointDrive:
    """What one joint, or one aim control, follows."""

    motion: Motion | None = None
    span: tuple[float, float] = (0.0, 1.0)
    """The stretch of tongue it stands for, 0 root to 1 tip."""
    gain: float = 1.0
    """Share of the motion."""
    turn: Mapping[str, Triple] = field(default_factory=dict)
    """Channel -> axis times degrees per unit."""
    move: Mapping[str, Triple] = field(default_factory=dict)
    """Channel -> centimetres of the rig per unit."""
    space: Space = "character"
    """What ``turn`` and ``move`` are along."""
    aim: tuple[Motion, ...] = ()
    """Eyes that look at it."""
    centres: tuple[Triple | str, ...] = ()
    """Where these eyes are: points in the rig's world at rest, or joints."""
    pivot: Triple | str | None = None
    """What it turns about; None is its own place, and for the jaw the section's pivot."""
    parts: tuple[Part, ...] | None = None
    """Which channels get keys; None is what the drive moves."""
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """``rotateX`` -> lowest and highest; an infinity is open."""
    muted: bool = False
    instead: str | None = None
    """The attribute that does the same and is driven instead."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The take's channels that it may follow."""
        rigid = [_OF_MOTION.get(motion, ()) for motion in (self.motion, *self.aim) if motion is not None]
        return (*self.turn, *self.move, *(channel for channels in rigid for channel in channels))

    @property
    def written(self) -> tuple[Part, ...]:
        """Which channels get keys."""
        if self.parts is not None:
            return self.parts
        if self.aim:
            return ("translate",)
        moves = bool(self.move) or self.motion in ("jaw", "tongue") or self.pivot is not None
        turns = bool(self.turn) or self.motion is not None
        return (*(("rotate",) if turns else ()), *(("translate",) if moves else ()))


@dataclass(frozen=True)
class JointSection:
    """All of a map's joints, and how the rig stands in its world."""

    drives: Mapping[str, JointDrive] = field(default_factory=dict)
    """Node -> drive, in file order."""
    up: Triple = (0.0, 1.0, 0.0)
    """The character's up in the rig's world."""
    forward: Triple = (0.0, 0.0, 1.0)
    """Where the face looks at rest."""
    scale: float = 1.0
    """Size of the rig's head over ours."""
    jaw_pivot: Triple | None = None
    """Where the jaw's translation is measured, in the rig's world at rest; None is the joint's own place."""
    eye_look: Mapping[str, float] = field(default_factory=dict)
    """up, down, in, out -> degrees at which the shape is full; empty leaves the eyeLook channels as they are."""
    tongue_out: Mapping[str, float] = field(default_factory=dict)
    """Channel -> share of ``tongueOut``; empty leaves ``tongueOut`` as it is."""

    def __bool__(self) -> bool:
        return self != JointSection()


def joints_from_data(data: Any, bad: Bad) -> JointSection:
    """Validate the section; ``bad`` makes the error from a place and what is wrong there."""
    return _Reader(bad).section(data)


def joints_data(section: JointSection) -> dict[str, Any]:
    """JSON-ready; what is as it would be without is left out."""
    data: dict[str, Any] = {}
    if (section.up, section.forward) != (JointSection.up, JointSection.forward):
        data["axes"] = {"up": list(section.up), "forward": list(section.forward)}
    if section.scale != 1.0:
        data["scale"] = section.scale
    if section.jaw_pivot is not None:
        data["jawPivot"] = list(section.jaw_pivot)
    if section.eye_look:
        data["eyeLook"] = dict(section.eye_look)
    if section.tongue_out:
        data["tongueOut"] = dict(section.tongue_out)
    data["drives"] = {name: _drive_data(drive) for name, drive in section.drives.items()}
    return data


def _drive_data(drive: JointDrive) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if drive.motion is not None:
        data["motion"] = drive.motion
        if drive.span != (0.0, 1.0):
            data["span"] = list(drive.span)
        if drive.gain != 1.0:
            data["gain"] = drive.gain
    for key, vectors in (("turn", drive.turn), ("move", drive.move)):
        if vectors:
            data[key] = {channel: list(vector) for channel, vector in vectors.items()}
    if drive.space != "character":
        data["space"] = drive.space
    if drive.aim:
        data["aim"] = list(drive.aim)
        data["centres"] = [place if isinstance(place, str) else list(place) for place in drive.centres]
    if drive.pivot is not None:
        data["pivot"] = drive.pivot if isinstance(drive.pivot, str) else list(drive.pivot)
    if drive.parts is not None:
        data["parts"] = list(drive.parts)
    if drive.limits:
        data["limits"] = {
            name: [limit if math.isfinite(limit) else None for limit in pair] for name, pair in drive.limits.items()
        }
    if drive.muted:
        data["mute"] = True
    if drive.instead is not None:
        data["instead"] = drive.instead
    return data


class _Reader:
    """Reads the section; every error says its place."""

    def __init__(self, bad: Bad) -> None:
        self._bad = bad

    def section(self, data: Any) -> JointSection:
        top = self._object(data, '"joints"', _TOP_KEYS)
        axes = self._object(top.get("axes", {}), '"joints" / "axes"', {"up", "forward"})
        looks = self._object(top.get("eyeLook", {}), '"joints" / "eyeLook"', set(LOOKS))
        out = self._object(top.get("tongueOut", {}), '"joints" / "tongueOut"', None)
        drives = self._object(top.get("drives", {}), '"joints" / "drives"', None)
        up = self._vector(axes.get("up", [0, 1, 0]), '"joints" / "axes" / "up"')
        forward = self._vector(axes.get("forward", [0, 0, 1]), '"joints" / "axes" / "forward"')
        along = abs(sum(a * b for a, b in zip(up, forward, strict=True)))
        if along >= 0.999 * math.hypot(*up) * math.hypot(*forward):
            raise self._bad('"joints" / "axes": up and forward must be two different directions, none without length')
        if looks and set(looks) != set(LOOKS):
            raise self._bad('"joints" / "eyeLook" must have all of up, down, in and out')
        pivot = top.get("jawPivot")
        return JointSection(
            {name: self._drive(value, f'"joints" / "drives" / "{name}"') for name, value in drives.items()},
            up,
            forward,
            self._above_zero(top.get("scale", 1.0), '"joints" / "scale"'),
            None if pivot is None else self._vector(pivot, '"joints" / "jawPivot"'),
            {name: self._above_zero(looks[name], f'"joints" / "eyeLook" / "{name}"') for name in LOOKS if looks},
            {name: self._number(share, f'"joints" / "tongueOut" / "{name}"') for name, share in out.items()},
        )

    def _drive(self, value: Any, place: str) -> JointDrive:
        data = self._object(value, place, _KEYS)
        motion, aim = data.get("motion"), self._list(data.get("aim", []), f'{place} / "aim"')
        for name in ([motion] if motion is not None else []) + aim:
            if name not in MOTIONS or (name in aim and name not in ("leftEye", "rightEye")):
                known = "leftEye, rightEye" if name in aim else ", ".join(MOTIONS)
                raise self._bad(f"{place} has the motion {name!r}, which is not one of {known}")
        turn, move = (self._vectors(data.get(key, {}), f'{place} / "{key}"') for key in ("turn", "move"))
        if not (aim or motion or turn or move):
            raise self._bad(f"{place} must have a motion, a turn, a move or an aim")
        if aim and (motion or turn or move):
            raise self._bad(f"{place} has an aim; a control that is looked at follows nothing else")
        centres = self._list(data.get("centres", []), f'{place} / "centres"')
        if len(centres) != len(aim):
            raise self._bad(f'{place} / "centres" must have one point or joint for each eye in "aim"')
        space = data.get("space", "character")
        if space not in get_args(Space):
            raise self._bad(f'{place} / "space" must be "character" or "joint", not {space!r}')
        if space == "joint" and (motion or data.get("pivot") is not None):
            raise self._bad(f"{place}: in the joint's own space there is no motion and no pivot")
        pivot, instead = data.get("pivot"), data.get("instead")
        if instead is not None and not isinstance(instead, str):
            raise self._bad(f'{place} / "instead" must be the name of an attribute, not {instead!r}')
        muted = data.get("mute", False)
        if not isinstance(muted, bool):
            raise self._bad(f'{place} / "mute" must be true or false, not {muted!r}')
        return JointDrive(
            motion,
            self._span(data.get("span", [0.0, 1.0]), f'{place} / "span"'),
            self._number(data.get("gain", 1.0), f'{place} / "gain"'),
            turn,
            move,
            space,
            tuple(aim),
            tuple(self._point(item, f'{place} / "centres"') for item in centres),
            None if pivot is None else self._point(pivot, f'{place} / "pivot"'),
            self._parts(data.get("parts"), f'{place} / "parts"'),
            self._limits(data.get("limits", {}), f'{place} / "limits"'),
            muted,
            instead,
        )

    def _span(self, value: Any, place: str) -> tuple[float, float]:
        start, end = self._numbers(value, 2, place)
        if not 0.0 <= start < end <= 1.0:
            raise self._bad(f"{place} must be two places along the tongue, from 0 (root) to 1 (tip)")
        return start, end

    def _parts(self, value: Any, place: str) -> tuple[Part, ...] | None:
        if value is None:
            return None
        words = self._list(value, place)
        if not words or any(word not in get_args(Part) for word in words):
            raise self._bad(f'{place} must be a list of "rotate" and "translate"')
        return tuple(words)

    def _limits(self, value: Any, place: str) -> dict[str, tuple[float, float]]:
        found = {}
        for name, pair in self._object(value, place, set(CHANNELS)).items():
            inner = f'{place} / "{name}"'
            entries = self._list(pair, inner)
            if len(entries) != 2:
                raise self._bad(f"{inner} must be two numbers, lowest and highest")
            low, high = (
                open_end if entry is None else self._number(entry, inner)
                for entry, open_end in zip(entries, (-math.inf, math.inf), strict=True)
            )
            if low > high:
                raise self._bad(f"{inner} has its lowest value above its highest")
            found[name] = (low, high)
        return found

    def _vectors(self, value: Any, place: str) -> dict[str, Triple]:
        return {
            name: self._vector(vector, f'{place} / "{name}"')
            for name, vector in self._object(value, place, None).items()
        }

    def _point(self, value: Any, place: str) -> Triple | str:
        return value if isinstance(value, str) and value else self._vector(value, place)

    def _vector(self, value: Any, place: str) -> Triple:
        x, y, z = self._numbers(value, 3, place)
        return x, y, z

    def _numbers(self, value: Any, count: int, place: str) -> list[float]:
        entries = self._list(value, place)
        if len(entries) != count:
            raise self._bad(f"{place} must be {count} numbers")
        return [self._number(entry, place) for entry in entries]

    def _above_zero(self, value: Any, place: str) -> float:
        number = self._number(value, place)
        if number <= 0.0:
            raise self._bad(f"{place} must be above 0, not {value!r}")
        return number

    def _number(self, value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._bad(f"{place} must be a number, not {value!r}")
        return float(value)

    def _list(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise self._bad(f"{place} must be a list in brackets")
        return value

    def _object(self, value: Any, place: str, known: set[str] | None) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._bad(f"{place} must be an object in braces")
        unknown = sorted(set(value) - known) if known is not None else []
        if unknown:
            raise self._bad(f'{place} has "{unknown[0]}", which is not one of {", ".join(sorted(known or ()))}')
        return value
