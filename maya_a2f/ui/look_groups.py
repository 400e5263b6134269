"""Which dials stand where in the Look section, and what animators call them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from maya_a2f.core.face_parameters import FACE_PARAMETERS


@dataclass(frozen=True)
class DialGroup:
    """Dials under one heading."""

    title: str
    dials: tuple[tuple[str, str], ...]
    """(parameter, words)"""


MAIN = DialGroup(
    "Style",
    (
        ("lowerFaceStrength", "Mouth strength"),
        ("lowerTeethStrength", "Jaw strength"),
        ("tongueStrength", "Tongue strength"),
        ("upperFaceStrength", "Brow and lid strength"),
        ("lipOpenOffset", "Lips apart"),
        ("lowerFaceSmoothing", "Mouth smoothing"),
    ),
)
"""The six most used."""

_MORE = (
    DialGroup(
        "Eyes and blink",
        (
            ("eyelidOpenOffset", "Eyelids open"),
            ("blinkOffset", "Eyelids closed"),
            ("blinkStrength", "Lid closing strength"),
            ("blinkRate", "Blinks per minute"),
            ("eyeballsStrength", "Gaze strength"),
            ("saccadeStrength", "Eye darts"),
            ("saccadeSeed", "Eye darts variation"),
            ("leftEyeballRotationOffsetX", "Left eye pitch"),
            ("leftEyeballRotationOffsetY", "Left eye turn"),
            ("rightEyeballRotationOffsetX", "Right eye pitch"),
            ("rightEyeballRotationOffsetY", "Right eye turn"),
        ),
    ),
    DialGroup(
        "Teeth and tongue",
        (
            ("lowerTeethHeightOffset", "Lower teeth up"),
            ("lowerTeethDepthOffset", "Lower teeth forward"),
            ("tongueHeightOffset", "Tongue up"),
            ("tongueDepthOffset", "Tongue forward"),
        ),
    ),
    DialGroup(
        "Face and regions",
        (
            ("skinStrength", "Whole face strength"),
            ("upperFaceSmoothing", "Brow and lid smoothing"),
            ("faceMaskLevel", "Border of regions"),
            ("faceMaskSoftness", "Softness of border"),
        ),
    ),
    DialGroup("Sound", (("inputStrength", "Loudness heard"),)),
)


def _known_and_new() -> tuple[DialGroup, ...]:
    """The groups with what there is; parameters nobody has given a place stand at the end of the first."""
    there = [parameter.name for parameter in FACE_PARAMETERS]
    placed = {name for group in (MAIN, *_MORE) for name, _ in group.dials}
    groups = [replace(group, dials=tuple(dial for dial in group.dials if dial[0] in there)) for group in _MORE]
    new = tuple((name, _spelled(name)) for name in there if name not in placed)
    return (replace(groups[0], dials=(*groups[0].dials, *new)), *groups[1:])


def _spelled(name: str) -> str:
    """``blinkRate`` -> "Blink rate"."""
    words = re.sub(r"([A-Z])", r" \1", name).lower()
    return words[:1].upper() + words[1:]


MORE = _known_and_new()
"""The rest."""
