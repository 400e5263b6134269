"""The dials of the animator: names, defaults, ranges, meanings. Source: specification, animator.md section 1.

"Default" is what a user interface starts from where no package is loaded; a package brings its own value for each
(model-package.md section 3.3). Lengths are centimetres, times seconds, rotations degrees.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from maya_a2f.errors import UserError

ParameterGroup = Literal["audio", "skin", "tongue", "teeth", "eyes"]


@dataclass(frozen=True)
class FaceParameter:
    """One dial."""

    name: str
    """camelCase name, as on the command line and in a take."""
    json_key: str | None
    """Key in ``model_config.json``; None where the file has none (``blinkOffset``)."""
    default: float
    minimum: float
    """Smallest value allowed, inclusive."""
    maximum: float
    """Largest value allowed, inclusive."""
    unit: str
    """``s``, ``cm``, ``deg``, ``frames``, ``/min``, or empty for a plain factor."""
    group: ParameterGroup
    meaning: str
    """One line for a tooltip."""


def _parameter(
    group: ParameterGroup,
    name: str,
    json_key: str | None,
    default: float,
    bounds: tuple[float, float],
    unit: str,
    meaning: str,
) -> FaceParameter:
    return FaceParameter(name, json_key, float(default), float(bounds[0]), float(bounds[1]), unit, group, meaning)


_SMOOTHING = (0, 0.1)
_GAIN = (0, 2)
_SHIFT = (-3, 3)
_EYE_TURN = (-10, 10)

# The reference has no limits for the audio gain; these keep a slip of the keyboard out.
_AUDIO_GAIN = (0, 100)

FACE_PARAMETERS: tuple[FaceParameter, ...] = (
    _parameter("audio", "inputStrength", "input_strength", 1, _AUDIO_GAIN, "",
               "Gain on the recording before the network hears it; changing it needs a new inference."),
    _parameter("skin", "lowerFaceSmoothing", "lower_face_smoothing", 0.0023, _SMOOTHING, "s",
               "Smoothing of mouth and jaw over time; 0 is off, larger is softer and later."),
    _parameter("skin", "upperFaceSmoothing", "upper_face_smoothing", 0.001, _SMOOTHING, "s",
               "Smoothing of eyes and brows over time; 0 is off, larger is softer and later."),
    _parameter("skin", "lowerFaceStrength", "lower_face_strength", 1.3, _GAIN, "",
               "How strongly mouth and jaw move."),
    _parameter("skin", "upperFaceStrength", "upper_face_strength", 1.0, _GAIN, "",
               "How strongly eyelids and brows move."),
    _parameter("skin", "faceMaskLevel", "face_mask_level", 0.6, (0, 1), "",
               "Height of the border between lower and upper face: 0 is the lowest vertex, 1 the highest."),
    _parameter("skin", "faceMaskSoftness", "face_mask_softness", 0.0085, (0.001, 0.5), "",
               "Width of the border between lower and upper face, as a share of the head's height."),
    _parameter("skin", "skinStrength", "skin_strength", 1.0, _GAIN, "",
               "How strongly the whole skin follows the network."),
    _parameter("skin", "blinkStrength", "blink_strength", 1.0, _GAIN, "",
               "Gain of blinkOffset."),
    _parameter("skin", "eyelidOpenOffset", "eyelid_open_offset", 0.06, (-1, 1), "",
               "Opens the eyelids by a share of the eye-close pose; negative closes."),
    _parameter("skin", "lipOpenOffset", "lip_open_offset", -0.03, (-0.2, 0.2), "",
               "Opens the lips by a share of the lip-open pose; negative closes."),
    _parameter("skin", "blinkOffset", None, 0, (0, 1), "",
               "Closes the eyelids by a share of the eye-close pose."),
    _parameter("tongue", "tongueStrength", "tongue_strength", 1.5, (0, 3), "",
               "How strongly the tongue moves."),
    _parameter("tongue", "tongueHeightOffset", "tongue_height_offset", 0.2, _SHIFT, "cm",
               "Moves the whole tongue up."),
    _parameter("tongue", "tongueDepthOffset", "tongue_depth_offset", 0.13, _SHIFT, "cm",
               "Moves the whole tongue forward."),
    _parameter("teeth", "lowerTeethStrength", "lower_teeth_strength", 1.0, _GAIN, "",
               "How strongly the lower teeth and the jaw joint move."),
    _parameter("teeth", "lowerTeethHeightOffset", "lower_teeth_height_offset", 0, _SHIFT, "cm",
               "Moves the lower teeth up."),
    _parameter("teeth", "lowerTeethDepthOffset", "lower_teeth_depth_offset", 0, _SHIFT, "cm",
               "Moves the lower teeth forward."),
    _parameter("eyes", "eyeballsStrength", "eyeballs_strength", 1.0, _GAIN, "",
               "How strongly the eyeballs follow the network."),
    _parameter("eyes", "saccadeStrength", "saccade_strength", 1.0, _GAIN, "",
               "Size of the small involuntary eye movements; 0 is off."),
    _parameter("eyes", "rightEyeballRotationOffsetX", "right_eye_rot_x_offset", 0, _EYE_TURN, "deg",
               "Pitches the right eyeball by a constant angle."),
    _parameter("eyes", "rightEyeballRotationOffsetY", "right_eye_rot_y_offset", 0, _EYE_TURN, "deg",
               "Turns the right eyeball sideways by a constant angle."),
    _parameter("eyes", "leftEyeballRotationOffsetX", "left_eye_rot_x_offset", 0, _EYE_TURN, "deg",
               "Pitches the left eyeball by a constant angle."),
    _parameter("eyes", "leftEyeballRotationOffsetY", "left_eye_rot_y_offset", 0, _EYE_TURN, "deg",
               "Turns the left eyeball sideways by a constant angle."),
    _parameter("eyes", "saccadeSeed", "eye_saccade_seed", 0, (0, 4999), "frames",
               "Where in the track of involuntary eye movements the clip starts (30 frames are a second)."),
    _parameter("eyes", "blinkRate", "blink_rate", 0, (0, 60), "/min",
               "How often the eyes blink; 0 is never. Where blinks fall follows the voice's pauses and the seed."),
    _parameter("skin", "browEmphasis", "brow_emphasis", 0, _GAIN, "",
               "How far the brows rise on the accents of the voice; 0 is off."),
)  # fmt: skip
"""Every dial, the audio gain first, then by part of the face."""

OWN_PARAMETERS = frozenset({"blinkRate", "browEmphasis"})
"""Dials that the published format does not know; a package may have them (other readers ignore unknown keys)."""

PARAMETER_NAMES: tuple[str, ...] = tuple(parameter.name for parameter in FACE_PARAMETERS)

JSON_KEYS: Mapping[str, str] = {
    parameter.name: parameter.json_key for parameter in FACE_PARAMETERS if parameter.json_key is not None
}
"""Parameter name -> key in ``model_config.json``."""

NAMES_BY_JSON_KEY: Mapping[str, str] = {key: name for name, key in JSON_KEYS.items()}
"""Key in ``model_config.json`` -> parameter name."""

_BY_NAME = {parameter.name: parameter for parameter in FACE_PARAMETERS}


def face_parameter(name: str) -> FaceParameter:
    """The dial called ``name``. Raises :class:`UserError` ``parameter.unknown`` with the closest names."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    by_lower_case = {known.lower(): known for known in PARAMETER_NAMES}
    close = difflib.get_close_matches(name.lower(), list(by_lower_case), n=3, cutoff=0.6)
    hint = "Did you mean " + " or ".join(f"'{by_lower_case[match]}'" for match in close) + "?" if close else ""
    raise UserError(
        f"There is no parameter '{name}'.",
        code="parameter.unknown",
        hint=hint or "The parameters are: " + ", ".join(PARAMETER_NAMES) + ".",
    )


def range_fault(name: str, value: float) -> str | None:
    """What is wrong with ``value`` for the parameter ``name``, in words that name the range; None if it is allowed.

    Bounds are inclusive; NaN and infinities are never allowed.
    """
    parameter = face_parameter(name)
    allowed = f"{parameter.minimum:g} to {parameter.maximum:g}" + (f" {parameter.unit}" if parameter.unit else "")
    if not math.isfinite(value):
        return f"'{name}' is {value}, which is not a number it can take ({allowed})"
    if not parameter.minimum <= value <= parameter.maximum:
        return f"'{name}' is {value:g}, outside its range of {allowed}"
    return None


def validated_parameters(overrides: Mapping[str, float]) -> dict[str, float]:
    """The ``overrides`` as floats, and nothing else. Raises :class:`UserError` ``parameter.unknown`` (with the closest
    names), ``parameter.out_of_range`` (which also covers NaN) or ``parameter.not_a_number``.
    """
    return {name: _checked(face_parameter(name), value) for name, value in overrides.items()}


def effective_parameters(package_values: Mapping[str, float], overrides: Mapping[str, float]) -> dict[str, float]:
    """All parameters in the table's order: the ``overrides``, else the package's values, else the table's defaults.

    Only the overrides are checked (a package is checked when it is read), with the errors of
    :func:`validated_parameters`.
    """
    values = {parameter.name: package_values.get(parameter.name, parameter.default) for parameter in FACE_PARAMETERS}
    return {**values, **validated_parameters(overrides)}


def _checked(parameter: FaceParameter, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(
            f"'{parameter.name}' is {value!r}, which is not a number.",
            code="parameter.not_a_number",
            hint=f"Give a number from {parameter.minimum:g} to {parameter.maximum:g}.",
        )
    fault = range_fault(parameter.name, value)
    if fault is not None:
        raise UserError(
            fault + ".",
            code="parameter.out_of_range",
            hint=f"Give a number from {parameter.minimum:g} to {parameter.maximum:g}.",
        )
    return float(value)
