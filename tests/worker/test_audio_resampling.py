"""Sample-rate conversion: length, time, level, and nothing folded down."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import firwin, resample_poly

from maya_a2f.worker import resampling
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.resampling import make_resampler, resample, resampled_length
from tests.worker.audio_files import Floats, make_tone, write_with_soundfile

RATES = [8000, 11025, 12000, 15999, 22050, 24000, 32000, 44056, 44100, 44101, 48000, 47952, 96000, 96001, 192000]


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_tone_keeps_frequency_phase_and_level(rate_hz: int) -> None:
    frequency = 0.35 * min(rate_hz, 16000)
    tone = make_tone(frequency, rate_hz, 1.0, phase=0.7)[:, 0]
    wanted = make_tone(frequency, 16000, 1.0, phase=0.7)[:, 0]
    heard = resample(tone, rate_hz, 16000)
    assert len(heard) == len(wanted)
    inside = slice(400, -400)  # at the ends the filter hears the silence outside
    assert np.abs(heard[inside] - wanted[inside]).max() < 5e-5


@pytest.mark.parametrize("rate_hz", [22050, 44100, 44101, 48000, 96001])
@pytest.mark.parametrize("frequency", [8010.0, 9000.0, 10900.0])
def test_what_lies_above_the_network_is_gone_by_80_db(rate_hz: int, frequency: float) -> None:
    heard = resample(make_tone(frequency, rate_hz, 0.5, amplitude=1.0)[:, 0], rate_hz, 16000)
    assert np.abs(heard[400:-400]).max() < 1e-4


@pytest.mark.parametrize("rate_hz", [8000, 11025, 11027])
def test_upsampling_adds_no_images(rate_hz: int) -> None:
    heard = resample(make_tone(0.4 * rate_hz, rate_hz, 0.5, amplitude=1.0)[:, 0], rate_hz, 16000)
    part = heard[1000:7000] * np.blackman(6000)
    spectrum = np.abs(np.fft.rfft(part))
    frequencies = np.fft.rfftfreq(6000, 1 / 16000)
    assert spectrum[frequencies > 0.5 * rate_hz].max() < 1e-4 * spectrum.max()


@pytest.mark.parametrize("rate_hz", [8000, 44100, 44101, 48000])
def test_a_constant_stays_what_it_is(rate_hz: int) -> None:
    heard = resample(np.full(rate_hz, 0.25, np.float32), rate_hz, 16000)
    assert np.abs(heard[400:-400] - 0.25).max() < 1e-5


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000])
def test_it_agrees_with_scipy_on_the_whole_signal(rate_hz: int) -> None:
    signal = np.random.default_rng(3).standard_normal(5000).astype(np.float32)
    divisor = math.gcd(rate_hz, 16000)
    up, down = 16000 // divisor, rate_hz // divisor
    taps = 2 * math.ceil(resampling._half_length() * max(up, down)) + 1
    window = firwin(taps, resampling._cutoff_share() / max(up, down), window=("kaiser", resampling._beta()))
    wanted = resample_poly(signal, up, down, window=window)
    assert np.abs(resample(signal, rate_hz, 16000) - wanted).max() < 2e-6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=8), st.sampled_from([8000, 22050, 44100, 48000, 44101, 100_003]))
def test_pieces_of_any_size_give_the_same_as_the_whole(sizes: list[int], rate_hz: int) -> None:
    signal: Floats = np.random.default_rng(5).standard_normal(sum(sizes)).astype(np.float32)
    one = make_resampler(rate_hz, 16000)
    ends = np.cumsum([0, *sizes])
    pieces = [one.push(signal[a:b]) for a, b in itertools.pairwise(ends)]
    joined = np.concatenate([*pieces, one.finish()])
    assert len(joined) == resampled_length(len(signal), rate_hz, 16000)
    assert np.abs(joined - resample(signal, rate_hz, 16000)).max(initial=0.0) < 2e-6


@given(st.integers(1, 10**9), st.integers(1000, 768_000))
def test_the_length_is_the_exact_quotient_rounded_up(count: int, rate_hz: int) -> None:
    assert resampled_length(count, rate_hz, 16000) == math.ceil(Fraction(count * 16000, rate_hz))


@pytest.mark.parametrize("rate_hz", [16000, 44100, 44101, 48000])
@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_a_handful_of_samples_is_a_recording(tmp_path: Path, rate_hz: int, count: int) -> None:
    path = write_with_soundfile(tmp_path / "a.wav", np.full((count, 1), 0.25), rate_hz, "WAV", "PCM_16")
    audio = load_audio(path)
    assert len(audio.samples) == math.ceil(Fraction(count * 16000, rate_hz))
    assert np.isfinite(audio.samples).all()
    assert audio.duration_seconds == Fraction(count, rate_hz)


def test_long_recordings_drift_by_nothing() -> None:
    """An impulse near the end of a minute at an odd rate comes out where exact arithmetic says."""
    rate_hz, seconds = 44101, 60
    one = make_resampler(rate_hz, 16000)
    signal = np.zeros(rate_hz * 2, np.float32)
    silence = np.zeros(rate_hz * 2, np.float32)
    signal[rate_hz + 7] = 1.0
    pieces = [len(one.push(silence)) for _ in range(seconds // 2 - 1)]
    tail = np.concatenate([one.push(signal), one.finish()])
    where = sum(pieces) + int(np.argmax(tail))
    wanted = Fraction(((seconds // 2 - 1) * 2 * rate_hz + rate_hz + 7) * 16000, rate_hz)
    assert abs(where - wanted) <= Fraction(1, 2)
