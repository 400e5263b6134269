"""What a solve is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.layers import LayerSettings
from maya_a2f.core.transcript import Transcript


@dataclass(frozen=True)
class SolveRequest:
    """Everything that decides a take, and where packages and caches lie."""

    clip_path: Path
    in_seconds: float
    out_seconds: float | None
    model: str
    """Package name or folder."""
    rate: Fraction
    emotion: Mapping[str, float]
    """Explicit emotion by name; missing ones are the package's default."""
    parameters: Mapping[str, float]
    """Animator parameters that differ from the package's; ``inputStrength`` is the audio gain."""
    tail_seconds: float
    model_folders: tuple[Path, ...]
    cache_folder: Path
    transcript: Transcript | None = None
    """What is said, where the user knows it."""
    emotion_keys: tuple[EmotionKey, ...] = ()
    """Emotion over time; emotions that no key names are as ``emotion`` says."""
    emotion_auto: EmotionAuto = field(default_factory=EmotionAuto)
    """How much of the emotion comes from the voice."""
    layers: LayerSettings = field(default_factory=LayerSettings)
    """Eyes, brows and head over what the model gives."""
    style: Mapping[str, float] = field(default_factory=dict)
    """What :func:`~maya_a2f.core.performance_style.styled` does to the channels."""
    identity: str = ""
    """Which of the package's faces, where it has several; empty is its first."""
    engine: str = ""
    """What the network is to run in; empty for the best engine here."""
    precision: str = ""
    """The lowest precision it may run in; empty is fp32."""
