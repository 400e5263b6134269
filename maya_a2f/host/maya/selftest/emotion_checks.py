"""Checks about emotions on attributes."""

from __future__ import annotations

from maya import cmds

from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey, lanes
from maya_a2f.host.maya import emotion_control
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings
from maya_a2f.host.maya.units import scene_rate

_START = 11.0
_KEYS = (EmotionKey(0.0, {"joy": 0.0}), EmotionKey(1.0, {"joy": 1.0}))


def _control(_: Surroundings) -> Answer:
    node = emotion_control.make_control(
        "a2f_selftest", EmotionDirection("selftest", {"fear": 0.25}, _KEYS, 0.5), _START
    )
    found = emotion_control.read_control(node, _START)
    lane = lanes(found.keys).get("joy", [])
    kept = found.emotion == {"fear": 0.25} and found.strength == 0.5 and len(lane) == 2 and not found.notes
    close = kept and all(
        abs(at - 1.0 * number) < 1e-6 and abs(value - number) < 1e-6 for number, (at, value) in enumerate(lane)
    )
    middle = float(cmds.getAttr(f"{node}.joy", time=_START + float(scene_rate()) / 2))
    hidden = not cmds.getAttr(f"{node}.translateX", keyable=True)
    emotion_control.remove_control(node)
    gone = emotion_control.control_of("a2f_selftest") is None
    words = f"{found.emotion}, {len(lane)} keys {lane[:3]}, {middle:.4f} half way, voice {found.strength}"
    return close and hidden and gone and abs(middle - 0.5) < 1e-4, words


EMOTION_CHECKS = (
    Check(
        "emotion.control", "4, 9", "Do emotions keyed on attributes come back as they were set?",
        "two keys on a line, 0.5 half way, the strength and the share of the voice unchanged",
        "key emotions in the panel's strip", _control,
    ),
)  # fmt: skip
