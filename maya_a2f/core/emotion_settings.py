"""What can be set of the emotion that is heard in the voice: names, ranges, meanings.

Source: specification, emotion.md section 3.1 (ranges of NVIDIA's service, inclusive) and section 2; the last one is the
project's own. What is not set is as the Audio2Emotion package has it, or as given here where there is no package.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.errors import UserError

BEGINNING = "beginningEmotion"
"""The group of settings ``beginningEmotion.joy`` …: what the face shows before the first frame."""
ESTIMATOR = "estimator"
"""As a model: our own estimator, also where a package is installed."""
NO_MODEL = "none"
"""As a model: nobody listens, only what is set by hand goes through the chain (post-process only)."""

Kind = Literal["number", "count", "switch"]


@dataclass(frozen=True)
class EmotionSetting:
    """One setting."""

    name: str
    """camelCase, as NVIDIA's structures name it."""
    default: float
    """Where no package says otherwise."""
    minimum: float
    maximum: float
    """Both inclusive."""
    kind: Kind
    meaning: str


EMOTION_SETTINGS: tuple[EmotionSetting, ...] = (
    EmotionSetting("emotionContrast", 1.0, 0.3, 3.0, "number",
                   "Above 1 the strongest emotion stands out more, below 1 they come closer together."),
    EmotionSetting("maxEmotions", 6, 1, 6, "count",
                   "How many of the six heard emotions count at a moment, the strongest first; neutral takes part."),
    EmotionSetting("liveBlendCoef", 0.7, 0.0, 1.0, "number",
                   "How much of a frame's emotion comes from the frame before: larger is slower."),
    EmotionSetting("liveTransitionTime", 0.5, 0.0, 60.0, "number",
                   "Seconds that a change of emotion takes; 0 is at once."),
    EmotionSetting("emotionStrength", 0.6, 0.0, 1.0, "number",
                   "Gain on everything the chain gives."),
    EmotionSetting("enablePreferredEmotion", 0, 0, 1, "switch",
                   "1: emotions set by hand enter the chain as the preferred emotion, as in NVIDIA's service."),
    EmotionSetting("preferredEmotionStrength", 0.5, 0.0, 1.0, "number",
                   "Share of the preferred emotion in the chain: 0 is the voice alone, 1 the hand alone."),
    EmotionSetting("inputStrength", 1.0, 0.0, 100.0, "number",
                   "Gain on the recording before the classifier hears it."),
    EmotionSetting("windowSamples", 0, 0, 480_000, "count",
                   "Length of what is heard for one moment, in samples; 0 is the classifier's usual one."),
    EmotionSetting("inferencesToSkip", 9, 0, 59, "count",
                   "Frames (of 30 a second) that use the result of the one before instead of listening again."),
    EmotionSetting("minimumCertainty", 0.25, 0.0, 1.0, "number",
                   "Where our own estimator is less sure than this, the face stays neutral."),
)  # fmt: skip
SETTING_NAMES = (*(item.name for item in EMOTION_SETTINGS), *(f"{BEGINNING}.{name}" for name in EMOTIONS))
_BY_NAME = {item.name: item for item in EMOTION_SETTINGS}
_BEGINNING = EmotionSetting(BEGINNING, 0.0, 0.0, 1.0, "number", "What the face shows before the first frame.")


@dataclass(frozen=True)
class EmotionAuto:
    """How much of the emotion comes from the voice, and how it is heard."""

    strength: float = 0.0
    """0 is off: the face shows what was set by hand. 1 is the voice alone. Between, both are mixed."""
    model: str = ""
    """An Audio2Emotion package by name or folder, :data:`ESTIMATOR` or :data:`NO_MODEL`; empty takes the first package
    that is installed, else the estimator."""
    settings: Mapping[str, float] = field(default_factory=dict)
    """Settings of :data:`EMOTION_SETTINGS` that differ from the package's."""
    baseline: str = ""
    """A recording of the same speaker, speaking neutrally into the same microphone, that the estimator compares with;
    empty compares with the clip itself."""

    @property
    def is_on(self) -> bool:
        """Whether anybody listens."""
        return self.strength > 0

    def to_fields(self) -> dict[str, Any]:
        """JSON-ready."""
        fields = {"strength": self.strength, "model": self.model, "settings": dict(self.settings)}
        return {**fields, "baseline": self.baseline} if self.baseline else fields


def emotion_setting(name: str) -> EmotionSetting:
    """A setting by name. Raises :class:`UserError` ``emotion.setting_unknown``."""
    if name.startswith(f"{BEGINNING}.") and name.removeprefix(f"{BEGINNING}.").lower() in EMOTIONS:
        return _BEGINNING
    if name in _BY_NAME:
        return _BY_NAME[name]
    close = difflib.get_close_matches(name, SETTING_NAMES, n=1)
    raise UserError(
        f"There is no emotion setting '{name}'.",
        code="emotion.setting_unknown",
        hint=(f"Did you mean '{close[0]}'? " if close else "")
        + f"Settings: {', '.join(_BY_NAME)}, {BEGINNING}.joy and so on.",
    )


def checked_settings(settings: Mapping[str, float]) -> dict[str, float]:
    """The settings, each within its range; the names of emotions in lower case.

    Raises :class:`UserError` ``emotion.setting_unknown`` or ``emotion.setting_out_of_range``.
    """
    checked: dict[str, float] = {}
    for name, value in settings.items():
        setting = emotion_setting(name)
        if wrong := setting_fault(setting, value):
            raise UserError(
                f"The emotion setting '{name}' cannot be {value!r}: {wrong}.",
                code="emotion.setting_out_of_range",
                hint=f"{setting.meaning}",
            )
        own = f"{BEGINNING}.{name.partition('.')[2].lower()}" if setting is _BEGINNING else name
        checked[own] = float(value)
    return checked


def setting_fault(setting: EmotionSetting, value: object) -> str:
    """Why a value does not do, in words; empty where it does."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "it is not a number"
    if not setting.minimum <= value <= setting.maximum:
        return f"it must be from {setting.minimum:g} to {setting.maximum:g}"
    if setting.kind != "number" and value != int(value):
        return "it must be a whole number"
    return ""


def checked_auto(auto: EmotionAuto) -> EmotionAuto:
    """Everything within its range. Raises :class:`UserError` ``emotion.auto_out_of_range`` or as
    :func:`checked_settings`.
    """
    strength = auto.strength
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0.0 <= strength <= 1.0:
        raise UserError(
            f"The strength {strength!r} of the emotion from the voice is not between 0 and 1.",
            code="emotion.auto_out_of_range",
            hint="Give 0 for emotions set by hand only, 1 for the voice alone, or a number between.",
        )
    return EmotionAuto(float(strength), auto.model, checked_settings(auto.settings), auto.baseline)


def auto_from_data(data: Any) -> EmotionAuto:
    """Checked, from JSON data (:meth:`EmotionAuto.to_fields`). Raises :class:`UserError` ``emotion.*``."""
    if not isinstance(data, Mapping):
        raise _bad("it is no object in braces")
    if unknown := sorted(set(map(str, data)) - {"strength", "model", "settings", "baseline"}):
        raise _bad(f"it has '{unknown[0]}'")
    settings, model, baseline = data.get("settings", {}), data.get("model", ""), data.get("baseline", "")
    if not isinstance(settings, Mapping) or not isinstance(model, str) or not isinstance(baseline, str):
        raise _bad("'settings' must be an object, 'model' and 'baseline' texts")
    named = {str(name): value for name, value in settings.items()}
    return checked_auto(EmotionAuto(data.get("strength", 1.0), model, named, baseline))


def _bad(why: str) -> UserError:
    return UserError(
        f"What is said of the emotion from the voice cannot be used: {why}.",
        code="emotion.bad_auto",
        hint='Write {"strength": 0.5}, and "model" and "settings" where they are wanted.',
    )
