"""The recording that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import maya_a2f
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.audio_copy import maya_audio


def test_the_demo_recording_is_sound_speech() -> None:
    path = Path(maya_a2f.__file__).parent / "presets" / "demo" / "demo.wav"
    audio = load_audio(path)
    assert audio.warnings == ()
    assert 7.0 < audio.duration_seconds < 12.0
    assert 20 * np.log10(np.abs(audio.samples).max()) == pytest.approx(-3.0, abs=0.1)
    assert path.stat().st_size < 350_000
    assert not maya_audio(path, path.parent).copied
    # Speech, not a tone: it pauses between sentences and is loud in between.
    loudness = np.sqrt((audio.samples[: len(audio.samples) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1))
    assert 0.05 < np.mean(loudness < 0.003) < 0.5
    assert np.mean(loudness > 0.03) > 0.3
