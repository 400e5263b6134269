"""Cached features and the damage done in the time domain."""

from __future__ import annotations

import numpy as np

from maya_a2f.training.augmentation import abuse, noise, still_sound
from maya_a2f.training.features import BANDS, band_edges_hertz, log_mel, mel_matrix


def test_a_sine_lights_up_its_own_band() -> None:
    hertz = float(band_edges_hertz()[31])
    samples = np.sin(2 * np.pi * hertz * np.arange(16000) / 16000).astype(np.float32)
    features = log_mel(samples)
    assert features.shape == (101, BANDS)
    assert int(features[50].argmax()) == 30


def test_every_band_hears_something_and_none_hears_the_mains_alone() -> None:
    assert (mel_matrix().sum(0) > 0.5).all()
    assert mel_matrix()[0].sum() == 0


def test_abuse_is_reproducible_and_reports_the_change_of_speed() -> None:
    speech = noise(16000, np.random.default_rng(1)) * 0.1
    for seed in range(12):
        first = abuse(speech, speech, np.random.default_rng(seed))
        again = abuse(speech, speech, np.random.default_rng(seed))
        np.testing.assert_array_equal(first.samples, again.samples)
        assert abs(len(first.samples) - len(speech) / first.speed) <= 2
        assert np.isfinite(first.samples).all()


def test_still_sounds_are_finite_and_audible() -> None:
    for seed in range(20):
        samples = still_sound(0.8, np.random.default_rng(seed))
        assert np.isfinite(samples).all()
        assert 1e-4 < np.sqrt(np.mean(samples**2)) < 0.5
