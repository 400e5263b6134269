"""The ten explicit emotions as expressions: brows, lids, cheeks, nose and mouth corners, never the lip contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.training.rig import CONTROLS, EYE_VALUES, expanded

EXPRESSIONS: dict[str, dict[str, float]] = {
    "amazement": {"browInnerUp": 0.70, "browOuterUp*": 0.70, "eyeWide*": 0.60},
    "anger": {
        "browDown*": 0.80, "eyeSquint*": 0.35, "noseSneer*": 0.35, "mouthFrown*": 0.22, "mouthStretch*": 0.08,
        "eyeWide*": 0.10,
    },
    "cheekiness": {
        "mouthSmileLeft": 0.48, "mouthSmileRight": 0.20, "mouthDimpleLeft": 0.25, "cheekSquintLeft": 0.35,
        "cheekSquintRight": 0.15, "browOuterUpLeft": 0.45, "browDownRight": 0.18, "eyeSquint*": 0.15,
    },
    "disgust": {
        "noseSneer*": 0.70, "mouthUpperUp*": 0.18, "browDown*": 0.40, "eyeSquint*": 0.40, "mouthFrown*": 0.25,
        "cheekSquint*": 0.20,
    },
    "fear": {"browInnerUp": 0.80, "browOuterUp*": 0.25, "eyeWide*": 0.75, "mouthStretch*": 0.32, "browDown*": 0.10},
    "grief": {
        "browInnerUp": 0.85, "mouthFrown*": 0.50, "eyeSquint*": 0.40, "eyeBlink*": 0.15, "cheekSquint*": 0.25,
        "mouthStretch*": 0.10, "eyeLookDown*": 0.15,
    },
    "joy": {"mouthSmile*": 0.60, "cheekSquint*": 0.45, "eyeSquint*": 0.25, "browOuterUp*": 0.15, "browInnerUp": 0.08},
    "outofbreath": {"browInnerUp": 0.30, "noseSneer*": 0.12, "eyeBlink*": 0.10, "mouthFrown*": 0.08},
    "pain": {
        "browDown*": 0.55, "browInnerUp": 0.30, "eyeSquint*": 0.70, "eyeBlink*": 0.30, "noseSneer*": 0.45,
        "cheekSquint*": 0.55, "mouthStretch*": 0.25,
    },
    "sadness": {
        "browInnerUp": 0.65, "mouthFrown*": 0.45, "eyeBlink*": 0.20, "eyeLookDown*": 0.20, "mouthShrugLower": 0.12,
    },
}  # fmt: skip
OPENING_GAIN: dict[str, float] = {
    "amazement": 0.12, "anger": 0.15, "fear": 0.05, "grief": -0.12, "joy": 0.08, "pain": 0.05, "sadness": -0.15,
}  # fmt: skip
"""Change of the lip opening's scale."""
AJAR_CM: dict[str, float] = {"amazement": 0.10, "fear": 0.08, "outofbreath": 0.28, "pain": 0.08}
"""How far the mouth stands open where nothing is said."""
EYE_DEGREES: dict[str, dict[str, float]] = {
    "grief": {"rightX": 5.0, "leftX": 5.0},
    "sadness": {"rightX": 7.0, "leftX": 7.0},
    "cheekiness": {"rightY": 3.0, "leftY": 3.0},
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
