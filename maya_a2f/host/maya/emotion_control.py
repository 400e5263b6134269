"""Emotion on attributes: a node with a keyable attribute per emotion, whose curves feed the next solve.

The ten emotions have NVIDIA's names and run from 0 to 1, so that the graph editor, layers and everything else of Maya
work on them. ``fromVoice`` is the share of the voice; a take has one, so it is not keyable.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from maya import cmds

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_direction import EmotionDirection, direction_of_lanes
from maya_a2f.core.emotion_keys import lanes
from maya_a2f.errors import HostError
from maya_a2f.host.maya.outside_stubs import key_frames
from maya_a2f.host.maya.plugs import plug_named, plug_state
from maya_a2f.host.maya.undo_step import one_step
from maya_a2f.host.maya.units import scene_rate

NODE_NAME = "a2f_emotion"
SCHEMA = "a2f.emotion_control/1"
FROM_VOICE = "fromVoice"
_SCHEMA, _CHARACTER = "a2fSchema", "a2fCharacter"
_HIDDEN = ("translateX", "translateY", "translateZ", "rotateX", "rotateY", "rotateZ", "scaleX", "scaleY", "scaleZ",
           "visibility")  # fmt: skip
_MOST_FRAMES = 500_000


@dataclass(frozen=True)
class EmotionControl:
    """A control in the scene."""

    node: str
    character: str


def controls() -> list[EmotionControl]:
    """Every control of the scene."""
    found = []
    for node in cmds.ls(type="transform", long=True) or []:
        if cmds.attributeQuery(_SCHEMA, node=node, exists=True) and _text(node, _SCHEMA) == SCHEMA:
            found.append(EmotionControl(node, _text(node, _CHARACTER)))
    return found


def control_of(character: str) -> str | None:
    """The control of a character. Raises :class:`HostError` ``emotion.several_controls``."""
    found = [control.node for control in controls() if control.character == character]
    if len(found) > 1:
        raise HostError(
            f"'{character}' has several emotion controls: {', '.join(found)}.",
            code="emotion.several_controls",
            hint="Delete all but one.",
        )
    return found[0] if found else None


def make_control(character: str, direction: EmotionDirection, start_frame: float) -> str:
    """Make the control of a character, with what is given on its attributes; one undo step. The node's name.

    Raises :class:`HostError` ``emotion.control_exists``, ``scene.rate``, ``maya.refused``.
    """
    there = control_of(character)
    if there is not None:
        raise HostError(
            f"'{character}' has an emotion control already: '{there}'.",
            code="emotion.control_exists",
            hint="Key its attributes, or delete it first.",
        )
    rate = scene_rate()
    by_name = lanes(direction.keys)
    with one_step("emotion control"):
        node = str(cmds.createNode("transform", name=NODE_NAME, skipSelect=True))
        for name in _HIDDEN:
            cmds.setAttr(f"{node}.{name}", keyable=False, lock=True, channelBox=False)
        for name, text in ((_SCHEMA, SCHEMA), (_CHARACTER, character)):
            cmds.addAttr(node, longName=name, dataType="string")
            cmds.setAttr(f"{node}.{name}", text, type="string")
        for name in EMOTIONS:
            value = direction.emotion.get(name, 0.0)
            _add_share(node, name, value, keyable=True)
            for seconds, strength in by_name.get(name, ()):
                frame = start_frame + seconds * float(rate)
                cmds.setKeyframe(
                    f"{node}.{name}", time=frame, value=strength, inTangentType="linear", outTangentType="linear"
                )
        _add_share(node, FROM_VOICE, direction.strength, keyable=False)
        cmds.setAttr(f"{node}.{FROM_VOICE}", channelBox=True)
    return node


def read_control(node: str, start_frame: float) -> EmotionDirection:
    """What the attributes say for a clip that starts on a frame: curves are read on every frame of the scene.

    Attributes that are gone or were made something else count as 0 and are said. Raises :class:`HostError`
    ``scene.rate``, ``emotion.control_gone``, ``emotion.control_long``.
    """
    if not cmds.objExists(node):
        raise HostError(
            f"The emotion control '{node}' is no longer in the scene.",
            code="emotion.control_gone",
            hint="It was deleted, or another scene was opened.",
        )
    rate = scene_rate()
    notes: list[str] = []
    by_name: dict[str, list[tuple[float, float]]] = {}
    for name in EMOTIONS:
        frames = _frames(node, name)
        if frames is None:
            notes.append(f"'{node}' has no number '{name}' any more; it counts as 0.")
            continue
        values = _values(node, name, frames)
        if any(not 0.0 <= value <= 1.0 for value in values):
            notes.append(f"'{name}' on '{node}' leaves 0 to 1; it is held at these ends.")
        seconds = [float(Fraction(frame) - Fraction(start_frame)) / float(rate) for frame in frames]
        by_name[name] = [(at, _held(value)) for at, value in zip(seconds, values, strict=True)]
    strength = _values(node, FROM_VOICE, (start_frame,))[0] if _is_number(node, FROM_VOICE) else 0.0
    return direction_of_lanes(node.rpartition("|")[2], by_name, _held(strength), notes)


def remove_control(node: str) -> None:
    """Delete a control and its curves; one undo step. Raises :class:`HostError` ``maya.refused``."""
    with one_step("remove emotion control"):
        cmds.delete(node)


def _add_share(node: str, name: str, value: float, *, keyable: bool) -> None:
    cmds.addAttr(
        node, longName=name, attributeType="double", minValue=0.0, maxValue=1.0, defaultValue=0.0, keyable=keyable
    )
    if value:
        cmds.setAttr(f"{node}.{name}", value)


def _frames(node: str, name: str) -> Sequence[float] | None:
    """Frames to read an attribute on; one where it does not move, None where it is no number."""
    if not _is_number(node, name):
        return None
    plug = plug_named(f"{node}.{name}")
    if plug is None or plug_state(plug).freedom in ("free", "locked"):
        return (0.0,)
    keyed = key_frames(f"{node}.{name}")
    first, last = (
        (min(keyed), max(keyed))
        if keyed
        else (cmds.playbackOptions(query=True, minTime=True), cmds.playbackOptions(query=True, maxTime=True))
    )
    whole = range(math.floor(first) + 1, math.ceil(last))
    if len(whole) > _MOST_FRAMES:
        raise HostError(
            f"'{node}.{name}' is keyed over {len(whole)} frames.",
            code="emotion.control_long",
            hint=f"Shorten it to at most {_MOST_FRAMES} frames.",
        )
    return (float(first), *map(float, whole), *((float(last),) if last > first else ()))


def _values(node: str, name: str, frames: Sequence[float]) -> list[float]:
    plug = f"{node}.{name}"
    if len(frames) == 1:
        return [float(cmds.getAttr(plug))]
    return [float(cmds.getAttr(plug, time=frame)) for frame in frames]


def _is_number(node: str, name: str) -> bool:
    if not cmds.attributeQuery(name, node=node, exists=True):
        return False
    return cmds.getAttr(f"{node}.{name}", type=True) in ("double", "float", "long", "bool", "short")


def _held(value: float) -> float:
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0


def _text(node: str, attribute: str) -> str:
    return str(cmds.getAttr(f"{node}.{attribute}") or "")
