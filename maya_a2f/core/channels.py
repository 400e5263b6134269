"""Neutral names of everything a solve can drive.

Weights are plain numbers (0 at rest, usually 0…1). Rotations are degrees, translations centimetres. ARKit weights have
Apple's meaning. A package may bring other pose names; these lists are the standard ones and fix the order of columns.
"""

from __future__ import annotations

from typing import Literal

ChannelKind = Literal["weight", "rotate", "translate"]

# Order of the published packages (specification, blendshape-solver.md section 6).
ARKIT_CHANNELS: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel",
    "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft",
    "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

TONGUE_CHANNELS: tuple[str, ...] = (
    "tongueTipUp", "tongueTipDown", "tongueTipLeft", "tongueTipRight", "tongueRollUp", "tongueRollDown",
    "tongueRollLeft", "tongueRollRight", "tongueUp", "tongueDown", "tongueLeft", "tongueRight", "tongueIn",
    "tongueStretch", "tongueWide", "tongueNarrow",
)  # fmt: skip

JAW_CHANNELS: tuple[str, ...] = (
    "jaw.translateX", "jaw.translateY", "jaw.translateZ", "jaw.rotateX", "jaw.rotateY", "jaw.rotateZ",
)  # fmt: skip

EYE_CHANNELS: tuple[str, ...] = ("leftEye.rotateX", "leftEye.rotateY", "rightEye.rotateX", "rightEye.rotateY")

HEAD_CHANNELS: tuple[str, ...] = ("head.rotateX", "head.rotateY", "head.rotateZ")
"""The whole head against the trunk, ours: nod down, turn to the character's left, tilt to the right shoulder. A rig
map shares them out between head and neck."""

EMOTIONS: tuple[str, ...] = (
    "amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness",
)  # fmt: skip
"""The explicit emotions by NVIDIA's names, in network order."""


def channel_kind(name: str) -> ChannelKind:
    """What a channel measures: ``rotate`` is degrees, ``translate`` centimetres, ``weight`` has no unit."""
    attribute = name.rpartition(".")[2]
    if attribute.startswith("rotate"):
        return "rotate"
    if attribute.startswith("translate"):
        return "translate"
    return "weight"
