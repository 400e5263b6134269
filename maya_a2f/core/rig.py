"""What a character offers to be driven, and the curves that drive it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maya_a2f.core.channels import ChannelKind

Tangent = Literal["linear", "auto", "spline", "flat", "step", "clamped", "plateau", "fixed"]


@dataclass(frozen=True)
class RigAttribute:
    """One attribute of a rig that can take keys."""

    name: str
    """``node.attribute``; for a blendShape weight ``node.alias``."""
    kind: ChannelKind
    """Decides the unit: degrees, centimetres, or none."""
    rest: float = 0.0
    """Its value with the face at rest."""
    lowest: float | None = None
    """Hard lower limit of the attribute, if it has one."""
    highest: float | None = None
    """Hard upper limit of the attribute, if it has one."""


@dataclass(frozen=True)
class Rig:
    """What a character offers."""

    name: str
    attributes: tuple[RigAttribute, ...]


@dataclass(frozen=True)
class AttributeTrack:
    """Samples for one rig attribute, one per frame of the take, in degrees, centimetres or weights."""

    attribute: str
    kind: ChannelKind
    samples: Sequence[float]


@dataclass(frozen=True)
class KeyedCurve:
    """Keys for one rig attribute, ready for a host to write."""

    attribute: str
    """``node.attribute`` as in the rig."""
    kind: ChannelKind
    frames: Sequence[float]
    """Timeline frames of the keys, strictly ascending; may be fractional."""
    values: Sequence[float]
    """Degrees, centimetres or weights; as many as frames."""
    tangent: Tangent = "linear"
    """In- and out-tangent of every key."""
