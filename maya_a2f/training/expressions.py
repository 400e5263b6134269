"""The ten explicit emotions as expressions: brows, lids, cheeks, nose and mouth corners, never the lip contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.training.rig import CONTROLS, EYE_VALUES, expanded

EXPRESSIONS: dict[str, dict[str, float]] = {
    "amazement": {"browInnerUp": 1.0, "browOuterUp*": 1.0, "eyeWide*": 0.90, "jawOpen": 0.12, "mouthFunnel": 0.10},
    "anger": {
        "browDown*": 1.0, "eyeSquint*": 0.45, "noseSneer*": 0.65, "mouthFrown*": 0.40, "mouthStretch*": 0.12,
        "mouthUpperUp*": 0.15, "eyeWide*": 0.20,
    },
    "cheekiness": {
        "mouthSmileLeft": 0.80, "mouthSmileRight": 0.22, "mouthDimpleLeft": 0.45, "cheekSquintLeft": 0.60,
        "cheekSquintRight": 0.15, "browOuterUpLeft": 0.90, "browDownRight": 0.50, "eyeSquintLeft": 0.20,
        "eyeSquintRight": 0.35,
    },
    "disgust": {
        "noseSneer*": 1.0, "mouthUpperUp*": 0.80, "browDown*": 0.40, "browOuterUpLeft": 0.25, "eyeSquintLeft": 0.55,
        "eyeSquintRight": 0.85, "eyeBlink*": 0.12, "mouthFrown*": 0.55, "cheekSquint*": 0.65, "mouthShrugLower": 0.35,
    },
    "fear": {"browInnerUp": 1.0, "browOuterUp*": 0.15, "browDown*": 0.25, "eyeWide*": 1.0, "mouthStretch*": 0.70,
             "mouthFrown*": 0.25},
    "grief": {
        "browInnerUp": 1.0, "browDown*": 0.45, "mouthFrown*": 1.0, "eyeSquint*": 1.0, "eyeBlink*": 0.32,
        "cheekSquint*": 0.80, "mouthShrugLower": 0.65, "mouthUpperUp*": 0.35, "mouthStretch*": 0.30,
        "noseSneer*": 0.25,
    },
    "joy": {
        "mouthSmile*": 0.90, "cheekSquint*": 0.85, "eyeSquint*": 0.40, "mouthDimple*": 0.20, "mouthUpperUp*": 0.20,
        "browOuterUp*": 0.25, "browInnerUp": 0.10,
    },
    "outofbreath": {
        "browInnerUp": 0.85, "browOuterUp*": 0.15, "eyeBlink*": 0.42, "noseSneer*": 0.40, "jawOpen": 0.20,
        "mouthFunnel": 0.22, "mouthLowerDown*": 0.15, "cheekPuff": 0.15,
    },
    "pain": {
        "browDown*": 1.0, "browInnerUp": 0.10, "eyeSquintLeft": 1.0, "eyeSquintRight": 0.90, "eyeBlinkLeft": 0.48,
        "eyeBlinkRight": 0.30, "noseSneer*": 0.85, "cheekSquintLeft": 1.0, "cheekSquintRight": 0.70,
        "mouthStretchLeft": 0.95, "mouthStretchRight": 0.60, "mouthUpperUpLeft": 0.45, "mouthUpperUpRight": 0.25,
        "mouthLowerDown*": 0.30,
    },
    "sadness": {"browInnerUp": 1.0, "mouthFrown*": 0.75, "eyeBlink*": 0.30, "mouthShrugLower": 0.40},
}  # fmt: skip
OPENING_GAIN: dict[str, float] = {
    "amazement": 0.15, "anger": 0.18, "fear": 0.05, "grief": -0.05, "joy": 0.10, "outofbreath": 0.40,
    "pain": 0.05, "sadness": -0.20,
}  # fmt: skip
"""Change of the lip opening's scale."""
AJAR_CM: dict[str, float] = {"amazement": 0.80, "fear": 0.18, "outofbreath": 1.40, "pain": 0.20, "joy": 0.10}
"""How far the mouth stands open where nothing is said."""
EYE_DEGREES: dict[str, dict[str, float]] = {
    "grief": {"rightX": 6.0, "leftX": 6.0},
    "sadness": {"rightX": 12.0, "leftX": 12.0},
    "outofbreath": {"rightX": 4.0, "leftX": 4.0},
    "cheekiness": {"rightY": 5.0, "leftY": 5.0},
}


@dataclass(frozen=True)
class ExpressionTable:
    """All emotions as one linear map: an emotion vector times these arrays."""

    controls: NDArray[np.float32]
    """(emotions, controls)"""
    gain: NDArray[np.float32]
    """(emotions,)"""
    ajar_cm: NDArray[np.float32]
    """(emotions,)"""
    eyes_degrees: NDArray[np.float32]
    """(emotions, 4): right x, right y, left x, left y"""


def expression_table() -> ExpressionTable:
    """The expressions in the order of :data:`maya_a2f.core.channels.EMOTIONS`."""
    controls = np.zeros((len(EMOTIONS), len(CONTROLS)), np.float32)
    eyes = np.zeros((len(EMOTIONS), len(EYE_VALUES)), np.float32)
    for row, emotion in enumerate(EMOTIONS):
        for name, value in expanded(EXPRESSIONS[emotion]).items():
            controls[row, CONTROLS.index(name)] = value
        for name, value in EYE_DEGREES.get(emotion, {}).items():
            eyes[row, EYE_VALUES.index(name)] = value
    gain = np.array([OPENING_GAIN.get(e, 0.0) for e in EMOTIONS], np.float32)
    ajar = np.array([AJAR_CM.get(e, 0.0) for e in EMOTIONS], np.float32)
    return ExpressionTable(controls, gain, ajar, eyes)
