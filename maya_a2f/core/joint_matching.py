"""Which of a rig's joints are the jaw, the tongue, the eyes and the lids, by their names and places.

It proposes what names say plainly and lists what sounds like a face joint and is not plain. Where both eyes are found
they say how the character stands and how large its head is; chains are counted from the joint nearest the root.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from maya_a2f.core.channels import TONGUE_CHANNELS
from maya_a2f.core.joint_drives import JointDrive, JointSection, Motion
from maya_a2f.core.joint_maths import cross, joint_places, plus
from maya_a2f.core.part_shapes import FULL_LOOK, TONGUE_SHARES
from maya_a2f.core.rig import Rig, RigJoint, Triple

OUR_EYES_APART = 6.3
"""Between our head's eyes, centimetres."""
OUR_JAW_BELOW = (0.0, -7.62, 0.36)
"""From between our eyes to where the jaw's translation is measured."""
HEAD_SHARES: Mapping[str, float] = {"neck": 0.6, "head": 0.4}
"""Of the whole head's rotation, where a rig has both."""
LID_TURNS: Mapping[str, Mapping[str, float]] = {
    "upper": {"eyeBlink": 34.0, "eyeWide": -9.0, "eyeSquint": 5.0, "pitch": 0.5},
    "lower": {"eyeBlink": -11.0, "eyeWide": 3.0, "eyeSquint": -10.0, "pitch": 0.2},
}
"""Degrees about the eye, positive down, per unit of a shape and per degree of the eye's pitch: as our head's lids."""
_LONGEST_CHAIN = 8
_TONGUE_OF_SHAPES = 4
"""So many shapes of the tongue make one without joints."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LEFT, _RIGHT = frozenset({"l", "left", "lf", "lft"}), frozenset({"r", "right", "rt", "rgt"})
_UPPER = frozenset({"upper", "up", "top", "upr", "u"})
_LOWER = frozenset({"lower", "low", "bottom", "bot", "lwr", "dn", "down"})
_EYE = frozenset({"eye", "eyeball", "eyes", "eyeballs"})
_LID = frozenset({"lid", "eyelid", "lids", "eyelids"})
_AIM = frozenset({"aim", "look", "lookat", "target", "at"})
_EYES: tuple[tuple[str, Motion], ...] = (("left", "leftEye"), ("right", "rightEye"))
_CONTROL = frozenset({"ctl", "ctrl", "control", "con", "cnt", "anim", "controller"})
_ENDS = frozenset({"end", "tip", "nub", "eff", "effector", "leaf"})
_OTHER_PARTS = frozenset({
    "brow", "brows", "eyebrow", "lash", "lashes", "socket", "bag", "corner", "teeth", "tooth", "gum", "muscle", "twist",
    "helper", "corrective", "driver", "offset", "grp", "group", "null", "zero", "space", "pupil", "iris", "highlight",
    "ear", "line", "cheek", "lip", "mouth", "wrinkle", "crease", "gland", "scale", "squash", "stretch", "master",
    "pivot",
})  # fmt: skip


@dataclass(frozen=True)
class JointProposal:
    """Drives for joints, and how sure they are."""

    section: JointSection
    confidences: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    """Joint -> 0…1 and why, in a few words; one for every drive."""
    unsure: tuple[str, ...] = ()
    """Joints that sound like a part of the face and were left out."""
    notes: tuple[str, ...] = ()


def joint_words(name: str) -> tuple[str, ...]:
    """A name's words, lower case: no parents, no namespace; ``CC_Base_JawRoot`` is cc, base, jaw, root."""
    return tuple(word.lower() for word in _WORDS.findall(name.rpartition("|")[2].rpartition(":")[2]))


def proposed_joints(rig: Rig, attributes_of: Mapping[str, Sequence[str]] | None = None) -> JointProposal:
    """Drives for the joints that names speak of plainly.

    ``attributes_of`` says which attributes follow each channel already: a jaw joint next to a ``jawOpen`` of the same
    mesh is muted and names it (lids and tongues likewise), ``eyeLook*`` follow the eyes where no joint does, and
    ``tongueOut`` the tongue.
    """
    given = attributes_of or {}
    finder = _Finder(rig)
    drives: dict[str, JointDrive] = {}
    for names, drive in (*finder.heads(), *finder.jaws(), *finder.eyes(), *finder.lids(), *finder.tongues()):
        drives[names] = drive
    notes = finder.notes
    for name, drive in drives.items():
        twin = _same_vertices(rig, name, _twins_of(drive, given))
        if twin is not None:
            drives[name] = replace(drive, muted=True, instead=twin)
            notes.append(f"'{twin}' stays in charge: the joint '{name}' would move the same vertices and is muted.")
    has_eyes = any(drive.aim or drive.motion in ("leftEye", "rightEye") for drive in drives.values())
    has_tongue = any(drive.motion == "tongue" for drive in drives.values()) or any(
        channel.startswith("tongue") and channel != "tongueOut" for channel in given
    )
    looks = not has_eyes and any(channel.startswith("eyeLook") for channel in given)
    section = JointSection(
        drives, *finder.axes, finder.scale, finder.jaw_pivot() if drives else None, FULL_LOOK if looks else {},
        TONGUE_SHARES if "tongueOut" in given and not has_tongue else {},
    )  # fmt: skip
    sure = {name: finder.sure[name] for name in drives}
    used = {*drives, *(name for drive in drives.values() for name in (*drive.centres, drive.pivot))}
    unsure = tuple(name for name in finder.open_faces if name not in used)
    return JointProposal(section, sure, unsure, tuple(notes))


class _Finder:
    """Looks through a rig's joints once."""

    def __init__(self, rig: Rig) -> None:
        keyable = {attribute.name.rpartition(".")[0] for attribute in rig.attributes}
        self._free = {joint.name for joint in rig.joints if joint.name in keyable and not joint.is_driven}
        self._joints = {joint.name: joint for joint in rig.joints}
        self._places = joint_places(rig)
        self._words = {joint.name: joint_words(joint.name) for joint in rig.joints}
        self.sure: dict[str, tuple[float, str]] = {}
        self.notes: list[str] = []
        self.faces = [
            name
            for name, words in self._words.items()
            if {"jaw", "tongue"} & set(words) or (_EYE | _LID) & set(words)
            if not _ENDS & set(words) and not _OTHER_PARTS & set(words)
        ]
        self._eyes = {side: self._eye(side) for side in ("left", "right")}
        self.axes, self.scale = self._standing()

    @property
    def open_faces(self) -> list[str]:
        """Joints of the face that could take keys."""
        return self._free_faces()

    def heads(self) -> list[tuple[str, JointDrive]]:
        """Neck and head: the joints of just that name."""
        found = {
            part: self._one([name for name in self._free_ones() if self._says(name, {part})]) for part in HEAD_SHARES
        }
        present = {part: name for part, name in found.items() if name is not None}
        for name in present.values():
            self.sure[name] = (0.9, "name")
        shares = HEAD_SHARES if len(present) == len(HEAD_SHARES) else dict.fromkeys(present, 1.0)
        return [(name, JointDrive("head", gain=shares[part])) for part, name in present.items()]

    def jaws(self) -> list[tuple[str, JointDrive]]:
        """The jaw: its control where there is one, else the joint nearest the root."""
        names = [
            name for name in self._free_faces() if "jaw" in self._words[name] and not _UPPER & set(self._words[name])
        ]
        name = self._one(names)
        return [] if name is None else [(self._certain(name, names), JointDrive("jaw"))]

    def eyes(self) -> list[tuple[str, JointDrive]]:
        """What is looked at where the rig has such a control, else the eyeballs."""
        aims = self._aims()
        if aims:
            return [
                (name, JointDrive(aim=tuple(eye for eye, _ in pairs), centres=tuple(joint for _, joint in pairs)))
                for name, pairs in aims
            ]
        found: list[tuple[str, JointDrive]] = []
        for side, motion in _EYES:
            names = [name for name in self._eyeballs(side) if name in self._free]
            name = self._one(names)
            if name is not None:
                found.append((self._certain(name, names), JointDrive(motion)))
        return found

    def lids(self) -> list[tuple[str, JointDrive]]:
        """Every joint of a lid turns about its eye."""
        found = []
        for name in self._free_faces():
            words, side = set(self._words[name]), self._side(name)
            upper, lower = bool(_UPPER & words), bool(_LOWER & words)
            if not _LID & words or side is None or upper == lower:
                continue
            where = "Left" if side == "left" else "Right"
            turns = {
                (f"{side}Eye.rotateX" if shape == "pitch" else f"{shape}{where}"): (degrees, 0.0, 0.0)
                for shape, degrees in LID_TURNS["upper" if upper else "lower"].items()
            }
            self.sure[name] = (0.8, "name; angles of our head's lids")
            found.append((name, JointDrive(turn=turns, pivot=self._eyes[side])))
        return found

    def tongues(self) -> list[tuple[str, JointDrive]]:
        """A chain from root to tip, each joint for the stretch up to the next."""
        names = [name for name in self._free_faces() if "tongue" in self._words[name] and self._side(name) is None]
        chain = _chain([self._joints[name] for name in self._of_controls(names)])
        if not chain or len(chain) > _LONGEST_CHAIN:
            return []
        ends = self._stretches(chain)
        for name in chain:
            self.sure[name] = (1.0 if len(chain) > 1 else 0.9, "name" if len(chain) == 1 else "name and chain")
        return [(name, JointDrive("tongue", span)) for name, span in zip(chain, ends, strict=True)]

    def jaw_pivot(self) -> Triple | None:
        """Where our jaw's translation would be measured on this head; None where its eyes are not known."""
        places = self._eye_places()
        if places is None:
            return None
        middle = [(a + b) / 2 for a, b in zip(*places, strict=True)]
        up, forward = self.axes
        _, below, ahead = (self.scale * value for value in OUR_JAW_BELOW)
        x, y, z = (round(m + below * u + ahead * f, 4) for m, u, f in zip(middle, up, forward, strict=True))
        return x, y, z

    def _eye(self, side: str) -> str | None:
        """Where an eye is: its joint, whatever drives it; a control only where there is no joint."""
        names = self._eyeballs(side)
        return self._one([name for name in names if not _CONTROL & set(self._words[name])] or names)

    def _eyeballs(self, side: str) -> list[str]:
        return [
            name
            for name in self.faces
            if _EYE & set(self._words[name])
            and not (_LID | _AIM | _UPPER | _LOWER) & set(self._words[name])
            and self._side(name) == side
        ]

    def _free_ones(self) -> list[str]:
        return [name for name in self._words if name in self._free]

    def _free_faces(self) -> list[str]:
        return [name for name in self.faces if name in self._free]

    def _aims(self) -> list[tuple[str, list[tuple[Motion, str]]]]:
        """Controls that the eyes look at: one for both, or one each."""
        eyes = [(motion, self._eyes[side]) for side, motion in _EYES]
        if any(name is None for _, name in eyes):
            return []
        named = [name for name in self._free_faces() if {*_EYE} & (words := set(self._words[name])) and _AIM & words]
        found = []
        for name in named:
            side = self._side(name)
            pairs = [(eye, joint) for eye, joint in eyes if joint and (side is None or eye.startswith(side))]
            self.sure[name] = (0.9, "name; the eyes look at it")
            found.append((name, pairs))
        both = [item for item in found if len(item[1]) == 2]
        return both[:1] or (found if len(found) == 2 else [])

    def _standing(self) -> tuple[tuple[Triple, Triple], float]:
        """Up and forward in the rig's world, and the size of the head over ours."""
        places = self._eye_places()
        if places is None:
            if self.faces:
                self.notes.append(
                    "The eyes were not found: the character is taken to stand upright along Y, to face Z and to have a "
                    "head of our size."
                )
            return (JointSection.up, JointSection.forward), 1.0
        left = plus(places[0], places[1], -1.0)
        apart = math.hypot(*left)
        across = max(range(3), key=lambda axis: abs(left[axis]))
        heights = [place.origin for place in self._places.values()]
        middle = [(a + b) / 2 for a, b in zip(*places, strict=True)]
        stature = [
            0.0 if axis in (0, across) else middle[axis] - min(point[axis] for point in heights) for axis in range(3)
        ]
        up_axis = 2 if stature[2] > 2 * stature[1] and across != 2 else 1
        up: Triple = (0.0, 1.0, 0.0) if up_axis == 1 else (0.0, 0.0, 1.0)
        x, y, z = cross(left, up)
        size = math.hypot(x, y, z)
        return (up, (round(x / size, 6) + 0.0, round(y / size, 6) + 0.0, round(z / size, 6) + 0.0)), round(
            apart / OUR_EYES_APART, 4
        )

    def _eye_places(self) -> tuple[Triple, Triple] | None:
        """Left, right; None unless both are there and apart."""
        left, right = self._eyes["left"], self._eyes["right"]
        if left is None or right is None:
            return None
        places = self._places[left].origin, self._places[right].origin
        return places if math.dist(*places) > 1e-6 else None

    def _stretches(self, chain: Sequence[str]) -> list[tuple[float, float]]:
        """Where along the tongue each joint starts and ends: by the lengths, the last as long as the one before."""
        points = [self._places[name].origin for name in chain]
        lengths = [math.dist(a, b) for a, b in itertools.pairwise(points)]
        lengths.append(lengths[-1] if lengths else 1.0)
        total = sum(lengths)
        if total <= 0.0 or min(lengths) <= 0.0:
            lengths, total = [1.0] * len(chain), float(len(chain))
        starts = [sum(lengths[:at]) / total for at in range(len(chain))]
        return [(round(start, 4), round(end, 4)) for start, end in zip(starts, [*starts[1:], 1.0], strict=True)]

    def _one(self, names: list[str]) -> str | None:
        """The control among them, else the one that all others hang below; None where several stand side by side."""
        names = self._of_controls(names)
        tops = [name for name in names if not any(self._is_below(name, other) for other in names if other != name)]
        return tops[0] if len(tops) == 1 else None

    def _of_controls(self, names: list[str]) -> list[str]:
        controls = [name for name in names if _CONTROL & set(self._words[name])]
        return controls or names

    def _certain(self, name: str, names: Iterable[str]) -> str:
        alone = len(list(names)) == 1
        self.sure[name] = (1.0, "name") if alone else (0.9, "name; the first of several")
        return name

    def _is_below(self, name: str, other: str) -> bool:
        above = self._joints[name].parent
        while above is not None:
            if above == other:
                return True
            above = self._joints[above].parent if above in self._joints else None
        return False

    def _side(self, name: str) -> str | None:
        words = self._words[name]
        left, right = _LEFT & set(words), _RIGHT & set(words)
        if bool(left) == bool(right):
            return None
        return "left" if left else "right"

    def _says(self, name: str, parts: set[str]) -> bool:
        """Whether a name is just that, but for words such as jnt, a number or a prefix of two letters."""
        words = set(self._words[name]) - _CONTROL
        rest = {word for word in words - parts if len(word) > 2 and word not in _PLAIN}
        return parts <= words and not rest


_PLAIN = frozenset({
    "jnt", "joint", "bind", "def", "bone", "skin", "skel", "rig", "base", "character", "facial", "mixamorig", "bip",
})  # fmt: skip


def _chain(joints: Sequence[RigJoint]) -> list[str]:
    """Joints from the root of a chain to its tip; empty where they are no single chain."""
    names = {joint.name for joint in joints}
    parents = {joint.name: joint.parent if joint.parent in names else None for joint in joints}
    roots = [name for name, parent in parents.items() if parent is None]
    if len(roots) > 1:
        return _numbered(joints) if len(roots) == len(joints) else []
    ordered = roots
    while len(ordered) < len(joints):
        below = [name for name, parent in parents.items() if ordered and parent == ordered[-1]]
        if len(below) != 1:
            return []
        ordered = [*ordered, below[0]]
    return ordered


def _numbered(joints: Sequence[RigJoint]) -> list[str]:
    """Controls side by side go by the number in their names; empty where two have the same or one has none."""
    numbers = {joint.name: [int(word) for word in joint_words(joint.name) if word.isdecimal()] for joint in joints}
    counted = {name: found[-1] for name, found in numbers.items() if found}
    if len(set(counted.values())) != len(joints):
        return []
    return sorted(counted, key=counted.__getitem__)


def _twins_of(drive: JointDrive, given: Mapping[str, Sequence[str]]) -> list[str]:
    """Attributes that may do what a joint does."""
    if drive.motion == "jaw":
        return list(given.get("jawOpen", ()))
    if drive.motion == "tongue":
        shapes = [name for channel in TONGUE_CHANNELS for name in given.get(channel, ())]
        return shapes if len(shapes) >= _TONGUE_OF_SHAPES else []
    return [name for channel in drive.turn if channel.startswith("eyeBlink") for name in given.get(channel, ())]


def _same_vertices(rig: Rig, joint: str, attributes: Sequence[str]) -> str | None:
    """The attribute that moves what the joint moves; one whose meshes are not known is taken to."""
    meshes = {item.name: set(item.meshes) for item in rig.attributes}
    own = next(set(item.meshes) for item in rig.joints if item.name == joint)
    for name in attributes:
        other = meshes.get(name, set())
        if not own or not other or own & other:
            return name
    return None
