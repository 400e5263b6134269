"""The other side of a face: names of twins, and a drive carried from one side to the other.

A name's side is a word in it: ``Left``/``Right``, ``lft``/``rgt``, ``lf``/``rt``, or a single ``L``/``R`` that stands
apart (``brow_L``, ``l_brow``, ``browL``), in any case. Namespaces are left as they are: ``hero_L:lid_R`` has the twin
``hero_L:lid_L``.

A mirrored motion keeps the value of a weight. For rotations and translations it depends on how the two sides' nodes
stand to each other (:data:`Axes`), and on the channel: ``leftEye.rotateY`` and ``rightEye.rotateY`` are both positive
to the character's left, so a mirrored look has the opposite sign.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.rig_map import Drive

Side = Literal["left", "right"]
Axes = Literal["same", "opposite"]
"""How the nodes of the two sides stand. ``same``: both along the world, so a mirrored turn about Y or Z, or move along
X, has the other sign. ``opposite``: as Maya's Mirror Joints makes them with Behavior; turns keep theirs, moves flip."""

_PAIRS = (("left", "right"), ("lft", "rgt"), ("lf", "rt"), ("l", "r"))
_OTHER = {**dict(_PAIRS), **{right: left for left, right in _PAIRS}}
_LEFT = frozenset(left for left, _ in _PAIRS)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z]+")
_LATERAL = ("rotateY", "rotateZ", "translateX")


def side_of(name: str) -> Side | None:
    """The side a name of an attribute or channel says; None for the middle, and where it says both."""
    sides = {word.casefold() in _LEFT for _, word in _side_words(name)}
    if len(sides) != 1:
        return None
    return "left" if sides.pop() else "right"


def mirrored_name(name: str) -> str | None:
    """The name on the other side, case kept; None where the name says no side."""
    words = dict(_side_words(name))
    if side_of(name) is None:
        return None
    parts = _words(name)
    return "".join(_cased(_OTHER[part.casefold()], part) if at in words else part for at, part in enumerate(parts))


def twin_of(name: str, names: Collection[str]) -> str | None:
    """The name's twin among ``names`` (a set or dict is quick); None where there is none."""
    twin = mirrored_name(name)
    return twin if twin is not None and twin in names else None


def mirrored_drive(drive: Drive, attribute: str, axes: Axes = "same") -> Drive:
    """The drive that makes ``attribute``'s twin move as the mirror image of ``attribute``.

    Sided channels become their twins, others stay. Offset, rest, limits and the heights of a curve follow the
    attribute's sign.
    """
    sign = _attribute_sign(attribute, axes)
    curve, gain_sign = drive.curve, sign
    if curve is not None:
        curve, gain_sign = tuple((at, height * sign) for at, height in curve), 1
    gains = {
        mirrored_name(channel) or channel: gain * gain_sign * _channel_sign(channel)
        for channel, gain in drive.gains.items()
    }
    limits = drive.limits
    if limits is not None and sign < 0:
        limits = (-limits[1], -limits[0])
    rest = None if drive.rest is None else drive.rest * sign or 0.0
    return replace(drive, gains=gains, offset=drive.offset * sign or 0.0, limits=limits, curve=curve, rest=rest)


def guessed_axes(drives: Mapping[str, Drive]) -> Axes:
    """How the sides' nodes stand, judged by pairs of attributes that are driven on both; ``same`` where none tells."""
    votes = {"same": 0, "opposite": 0}
    for attribute, drive in drives.items():
        if channel_kind(attribute) == "weight" or side_of(attribute) != "left":
            continue
        twin = drives.get(mirrored_name(attribute) or "")
        if twin is None:
            continue
        fits: list[Axes] = [
            axes for axes in ("same", "opposite") if _signs(mirrored_drive(drive, attribute, axes)) == _signs(twin)
        ]
        if len(fits) == 1:
            votes[fits[0]] += 1
    return "opposite" if votes["opposite"] > votes["same"] else "same"


def _signs(drive: Drive) -> dict[str, bool]:
    return {channel: gain > 0 for channel, gain in drive.gains.items() if gain}


def _attribute_sign(attribute: str, axes: Axes) -> int:
    kind = channel_kind(attribute)
    if kind == "weight":
        return 1
    if axes == "opposite":
        return 1 if kind == "rotate" else -1
    return -1 if attribute.endswith(_LATERAL) else 1


def _channel_sign(channel: str) -> int:
    """Channels of joints are measured along the head's axes on both sides."""
    return -1 if channel_kind(channel) != "weight" and channel.endswith(_LATERAL) else 1


def _words(name: str) -> list[str]:
    """The name in words and what stands between them; joined they give the name."""
    return _WORD.findall(name)


def _side_words(name: str) -> list[tuple[int, str]]:
    """(place in :func:`_words`, word) of every word that says a side."""
    words = _words(name)
    spaces = {at for at, start in enumerate(_starts(words)) if _in_namespace(name, start)}
    found = [(at, word) for at, word in enumerate(words) if word.casefold() in _OTHER and at not in spaces]
    return [(at, word) for at, word in found if len(word) > 1 or _stands_apart(words, at)]


def _starts(words: list[str]) -> list[int]:
    starts, length = [], 0
    for word in words:
        starts.append(length)
        length += len(word)
    return starts


def _in_namespace(name: str, start: int) -> bool:
    """Whether a colon follows within the same node's name."""
    rest = re.split(r"[|.]", name[start:], maxsplit=1)[0]
    return ":" in rest


def _stands_apart(words: list[str], at: int) -> bool:
    """Whether a single letter is a word of its own: no other word touches it, but a number may follow (``brow_L1``),
    and a capital may end a word in small letters (``browL``)."""
    before = words[at - 1][-1] if at else "_"
    after = words[at + 1][0] if at + 1 < len(words) else "_"
    ends_word = words[at].isupper() and before.islower()
    return (ends_word or not before.isalnum()) and not after.isalpha()


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word
