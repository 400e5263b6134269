"""What a rig map holds; :mod:`maya_a2f.core.rig_map` describes the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from maya_a2f.core.channels import EYE_CHANNELS, channel_kind
from maya_a2f.core.joint_drives import JointSection
from maya_a2f.core.piecewise import Curve

FIT_ENDING = ".a2ffit.npz"
"""Of the file of a fit, which lies beside the map that names it."""

Rule = Literal["sum", "min", "max", "product", "subtract", "divide"]


@dataclass(frozen=True)
class Drive:
    """How one rig attribute follows the channels."""

    gains: Mapping[str, float]
    """Channel name, or name of a derived channel -> gain, in attribute units per channel unit."""
    offset: float = 0.0
    """Added to the rest value, in attribute units."""
    limits: tuple[float, float] | None = None
    """Lowest and highest value, in attribute units; None is unlimited, an infinity unlimited on its side."""
    muted: bool = False
    """Left alone: the attribute gets no keys."""
    curve: Curve | None = None
    """What the sum of the channels becomes before rest and offset are added; None leaves it as it is."""
    rest: float | None = None
    """The attribute's value with the face at rest, in attribute units; None is the rig's own."""


@dataclass(frozen=True)
class Derived:
    """A channel made from others."""

    rule: Rule
    """``subtract`` takes all further operands from the first, ``divide`` divides it by them; by 0 gives 0."""
    operands: tuple[tuple[str | float, float], ...]
    """(channel or constant, gain) in the order written; gains other than 1 only with ``sum``."""
    curve: Curve | None = None
    """What the result becomes."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it is made from, which may be derived ones."""
        return tuple(operand for operand, _ in self.operands if isinstance(operand, str))


@dataclass(frozen=True)
class RigMap:
    """Which channels drive which rig attributes."""

    name: str
    drives: Mapping[str, Drive]
    """``node.attribute`` -> what drives it, in file order."""
    pitch_sign: int = 1
    """Multiplies ``leftEye.rotateX`` and ``rightEye.rotateX``."""
    yaw_sign: int = 1
    """Multiplies ``leftEye.rotateY`` and ``rightEye.rotateY``."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    derived: Mapping[str, Derived] = field(default_factory=dict)
    """Name -> derived channel, in file order: each sees the take's channels and the derived ones before it. One that
    has a channel's name stands in that channel's place for all that follows."""
    mirror: tuple[tuple[str, str], ...] = ()
    """(left, right) attributes that are twins though their names do not say so."""
    joints: JointSection = field(default_factory=JointSection)
    """Joints that follow the head's rigid parts; see :mod:`maya_a2f.core.joint_drives`."""
    fit: str | None = None
    """Name of the fit's file beside the map, ``NAME.a2ffit.npz``."""
    signature: str | None = field(default=None, compare=False)
    """Which rig it was made for; see :mod:`maya_a2f.core.rig_signature`."""
    folder: Path | None = field(default=None, compare=False)
    """Where its file was read, with its fit beside it; None for one that was made."""

    def sign(self, channel: str) -> int:
        """+1 or −1 for an eye channel, +1 for any other."""
        if channel not in EYE_CHANNELS:
            return 1
        return self.pitch_sign if channel.endswith("X") else self.yaw_sign

    def channels_of(self, drive: Drive) -> frozenset[str]:
        """The take's channels that a drive follows, through derived ones."""
        return sources_of(drive.gains, self.derived)

    def named_channels(self) -> dict[str, tuple[str, ...]]:
        """Attribute -> the take's channels that it follows, for the record."""
        return {name: tuple(sorted(self.channels_of(drive))) for name, drive in self.drives.items()}

    @property
    def followed(self) -> frozenset[str]:
        """Every channel of the take that moves something: an attribute or a joint, muted or not."""
        found = {channel for drive in self.drives.values() for channel in self.channels_of(drive)}
        for joint in self.joints.drives.values():
            found |= sources_of(joint.channels, self.derived)
        return frozenset(found)


def sources_of(names: Iterable[str], derived: Mapping[str, Derived]) -> frozenset[str]:
    """What is left of channel names once the derived ones are replaced by what they are made from."""
    names = tuple(names)
    if not any(name in derived for name in names):
        return frozenset(names)
    made: dict[str, frozenset[str]] = {}
    for name, definition in derived.items():
        made[name] = _resolved(definition.channels, made)
    return _resolved(names, made)


def _resolved(names: Iterable[str], made: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*(made.get(name, frozenset((name,))) for name in names))


def with_drive(rig_map: RigMap, attribute: str, drive: Drive | None) -> RigMap:
    """The map with another drive for one attribute, in its place; None takes the attribute out."""
    return with_drives(rig_map, {attribute: drive})


def with_drives(rig_map: RigMap, changes: Mapping[str, Drive | None]) -> RigMap:
    """The map with other drives for some attributes, each in its place, new ones at the end; None takes one out."""
    merged = {**rig_map.drives, **changes}
    return replace(rig_map, drives={name: drive for name, drive in merged.items() if drive is not None})


def with_translations_scaled(rig_map: RigMap, factor: float) -> RigMap:
    """The map with every translation channel's gain times ``factor``: for a head of another size than the model's."""
    return replace(
        rig_map,
        drives={attribute: _scaled(drive, factor) for attribute, drive in rig_map.drives.items()},
    )


def _scaled(drive: Drive, factor: float) -> Drive:
    gains = {
        channel: gain * factor if channel_kind(channel) == "translate" else gain
        for channel, gain in drive.gains.items()
    }
    return replace(drive, gains=gains)
