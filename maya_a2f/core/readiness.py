"""What of the model's motion a character can show, as figures and in words.

Counted is what really moves: an attribute that the map names, the rig has, the map does not mute, and nothing blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, HEAD_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap, sources_of

STANDARD_CHANNELS: tuple[str, ...] = (
    *ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS, *HEAD_CHANNELS,
)  # fmt: skip
"""What a take has at most, as long as there is none."""

Part = Literal["joint", "shape", ""]
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Readiness:
    """What of the model's channels a character shows."""

    shapes: int
    """ARKit channels that drive something."""
    shapes_wanted: int
    """ARKit channels that the model gives."""
    missing_shapes: tuple[str, ...]
    """Those that drive nothing."""
    other_shapes: int
    """Further weights of the model, outside ARKit and tongue, that drive something."""
    tongue: int
    """Tongue channels that drive something."""
    tongue_wanted: int
    """Tongue channels that the model gives."""
    jaw: Part
    """What opens the mouth."""
    eyes: int
    """Eyes that turn by their own rotation: 0 to 2."""
    eye_shapes: bool
    """The gaze shapes (``eyeLook…``) drive something on both sides."""
    driven: int
    """Attributes that get keys through the map's lines and joints."""
    has_fit: bool = False
    """The map names a fit by shape, which drives what no line does."""

    @property
    def is_ready(self) -> bool:
        """Whether speech would show: the mouth opens, or a fit does what the character's controls can."""
        return bool(self.jaw) or self.has_fit

    @property
    def is_complete(self) -> bool:
        """Whether all shapes, the jaw and the eyes move, or a fit by shape drives; a tongue is not asked for."""
        if self.has_fit:
            return True
        return self.shapes == self.shapes_wanted and bool(self.jaw) and (self.eyes == 2 or self.eye_shapes)

    @property
    def words(self) -> str:
        """In a line: "52 of 52 shapes, jaw joint, 2 eyes, no tongue", "driven by a fit by shape"."""
        if self.has_fit:
            attributes = "attribute" if self.driven == 1 else "attributes"
            return "driven by a fit by shape" + (f", {self.driven} {attributes} by name" if self.driven else "")
        if not self.driven:
            return "nothing is driven"
        return ", ".join((self._shape_words(), self._jaw_words(), self._eye_words(), self._tongue_words()))

    def _shape_words(self) -> str:
        if self.shapes_wanted:
            extra = f" and {self.other_shapes} more" if self.other_shapes else ""
            return f"{self.shapes} of {self.shapes_wanted} shapes{extra}"
        return f"{self.other_shapes} shapes" if self.other_shapes else "no shapes"

    def _jaw_words(self) -> str:
        return f"jaw {self.jaw}" if self.jaw else "no jaw"

    def _eye_words(self) -> str:
        if self.eyes:
            return "1 eye" if self.eyes == 1 else f"{self.eyes} eyes"
        return "eyes by shapes" if self.eye_shapes else "no eyes"

    def _tongue_words(self) -> str:
        if not self.tongue:
            return "no tongue"
        return "tongue" if self.tongue >= self.tongue_wanted else f"{self.tongue} of {self.tongue_wanted} tongue shapes"


def readiness_of(
    rig: Rig, rig_map: RigMap, channels: Iterable[str] = STANDARD_CHANNELS, blocked: Collection[str] = ()
) -> Readiness:
    """Count what ``channels`` (the model's) move on the rig through the map; ``blocked`` attributes move nothing."""
    given = dict.fromkeys(channels)
    kinds = {attribute.name: attribute.kind for attribute in rig.attributes}
    moving = {
        name: rig_map.channels_of(drive) & given.keys()
        for name, drive in rig_map.drives.items()
        if name in kinds and name not in blocked and not drive.muted
    }
    moving |= _moving_joints(rig, rig_map, given, blocked)
    used = set().union(*moving.values())
    shapes = [name for name in ARKIT_CHANNELS if name in given]
    tongue = [name for name in TONGUE_CHANNELS if name in given]
    others = [name for name in given if "." not in name and name not in ARKIT_CHANNELS and name not in TONGUE_CHANNELS]
    openers = {kinds.get(name, "rotate") for name, by in moving.items() if "jawOpen" in by}
    has_jaw_joint = bool(openers - {"weight"}) or any(by & set(JAW_CHANNELS) for by in moving.values())
    return Readiness(
        shapes=sum(name in used for name in shapes),
        shapes_wanted=len(shapes),
        missing_shapes=tuple(name for name in shapes if name not in used),
        other_shapes=sum(name in used for name in others),
        tongue=sum(name in used for name in tongue),
        tongue_wanted=len(tongue),
        jaw="joint" if has_jaw_joint else "shape" if openers else "",
        eyes=sum(any(name in used for name in EYE_CHANNELS if name.startswith(side)) for side in _SIDES),
        eye_shapes=all(
            any(name in used for name in shapes if name.startswith("eyeLook") and name.endswith(side.capitalize()))
            for side in _SIDES
        ),
        driven=sum(bool(by) for by in moving.values()),
        has_fit=rig_map.fit is not None,
    )


def _moving_joints(
    rig: Rig, rig_map: RigMap, given: Mapping[str, None], blocked: Collection[str]
) -> dict[str, frozenset[str]]:
    """Joint -> channels of the model that turn or move it, where it has a channel that nothing blocks."""
    free: dict[str, bool] = {}
    for attribute in rig.attributes:
        if attribute.kind != "weight":
            node = attribute.name.rpartition(".")[0]
            free[node] = free.get(node, False) or attribute.name not in blocked
    known = {joint.name for joint in rig.joints}
    return {
        name: sources_of(drive.channels, rig_map.derived) & given.keys()
        for name, drive in rig_map.joints.drives.items()
        if name in known and free.get(name, True) and not drive.muted
    }


def remarks_of(
    rig: Rig, rig_map: RigMap, channels: Iterable[str] = STANDARD_CHANNELS, blocked: Collection[str] = ()
) -> tuple[str, ...]:
    """What is worth knowing about rig and map before a bake, a sentence each; empty when all is well."""
    names = {attribute.name for attribute in rig.attributes}
    given = set(channels)
    remarks = []
    nodes = {joint.name for joint in rig.joints}
    gone = [name for name in rig_map.drives if name not in names]
    gone += [name for name in rig_map.joints.drives if name not in nodes]
    if gone:
        remarks.append(f"The rig map names {_listed(gone)}, which this character does not have.")
    silent = [
        name for name, drive in rig_map.drives.items() if name in names and not rig_map.channels_of(drive) & given
    ]
    if silent:
        verb = "follows" if len(silent) == 1 else "follow"
        remarks.append(f"{_listed(silent)} {verb} channels that the model does not give.")
    silent_channels = {channel for name in silent for channel in rig_map.channels_of(rig_map.drives[name])}
    unknown = sorted(rig_map.followed - given - set(STANDARD_CHANNELS) - silent_channels)
    if unknown:
        remarks.append(f"The rig map follows {_listed(unknown)}, which no model gives: is it misspelt?")
    muted = [name for name, drive in rig_map.drives.items() if drive.muted and name in names]
    if muted:
        remarks.append(f"The rig map mutes {_listed(muted)}.")
    there = [name for name in rig_map.drives if name in names]
    if blocked and rig_map.fit is None and all(name in blocked for name in there):
        remarks.append("Every attribute that the rig map drives is blocked.")
    return tuple(remarks)


def _listed(names: list[str], most: int = 3) -> str:
    """The first names quoted, and how many more."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
