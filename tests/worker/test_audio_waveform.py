"""The outline of a sound, and the recording that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import maya_a2f
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.audio_copy import maya_audio
from maya_a2f.worker.waveform import peaks


@pytest.mark.parametrize("count", [1, 7, 100, 999, 1000])
def test_each_part_shows_its_lowest_and_highest_sample(count: int) -> None:
    samples = np.random.default_rng(2).standard_normal(1000).astype(np.float32)
    outline = peaks(samples, count)
    for part in range(count):
        piece = samples[part * 1000 // count : (part + 1) * 1000 // count]
        assert outline[part].tolist() == [piece.min(), piece.max()]


def test_fewer_samples_than_parts_repeat_them() -> None:
    assert peaks(np.array([1, -1], np.float32), 4).tolist() == [[1, 1], [1, 1], [-1, -1], [-1, -1]]


def test_nothing_to_draw_is_a_flat_line() -> None:
    assert peaks(np.empty(0, np.float32), 3).tolist() == [[0, 0]] * 3
    assert peaks(np.ones(3, np.float32), 0).shape == (0, 2)


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
