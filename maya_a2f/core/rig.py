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
    meshes: tuple[str, ...] = ()
    """Meshes it moves, by the rig's names; empty where not known."""


Triple = tuple[float, float, float]
RotateOrder = Literal["xyz", "yzx", "zxy", "xzy", "yxz", "zyx"]
IDENTITY: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class RigJoint:
    """A joint, or a transform that is a control, as its channels stand now; what turns poses into its own space.

    Its world matrix for row vectors is ``S · RO · R · JO · IS · T · parent_matrix`` for a joint, and
    ``… · RP⁻¹ · RO · R · RP · RT · T · parent_matrix`` for a transform (specification, maya.md section 6). Degrees and
    centimetres.
    """

    name: str
    """Node as in ``node.attribute`` of the rig's attributes."""
    parent: str | None = None
    """The nearest node above it that is described too."""
    translate: Triple = (0.0, 0.0, 0.0)
    rotate: Triple = (0.0, 0.0, 0.0)
    rotate_order: RotateOrder = "xyz"
    joint_orient: Triple = (0.0, 0.0, 0.0)
    """JO, in order xyz."""
    rotate_axis: Triple = (0.0, 0.0, 0.0)
    """RO (``rotateAxis``), in order xyz."""
    scale: Triple = (1.0, 1.0, 1.0)
    inverse_scale: Triple | None = None
    """``inverseScale``, the scale of the parent joint that IS takes out; None without segmentScaleCompensate."""
    parent_matrix: tuple[float, ...] = IDENTITY
    """World matrix of the node directly above (times an offsetParentMatrix), 16 numbers, row vectors, as Maya's."""
    pivot: Triple = (0.0, 0.0, 0.0)
    """RP (``rotatePivot``) of a transform; a joint has none."""
    pivot_translate: Triple = (0.0, 0.0, 0.0)
    """RT (``rotatePivotTranslate``) of a transform; a joint has none."""
    meshes: tuple[str, ...] = ()
    """Meshes it carries or deforms; empty where not known."""
    is_driven: bool = False
    """None of its rotations and translations takes keys: something else has them, or they are locked."""


@dataclass(frozen=True)
class Rig:
    """What a character offers."""

    name: str
    attributes: tuple[RigAttribute, ...]
    joints: tuple[RigJoint, ...] = ()
    """Joints and control transforms whose place is known; those above before those below."""


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
