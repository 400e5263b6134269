"""In and out points, what is reported about the sound, cancelling, and an hour of it."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import Cancelled, UserError
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.audio_stretch import nearest_sample
from tests.worker.audio_files import make_tone, write_with_soundfile


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """One second whose sample k is k + 100, with alternating sign."""
    values = ((np.arange(16000) + 100) * (-1) ** np.arange(16000))[:, None].astype(np.int16)
    return write_with_soundfile(tmp_path / "ramp.wav", values, 16000, "WAV", "PCM_16")


@pytest.mark.parametrize(
    ("in_seconds", "out_seconds", "first", "last"),
    [
        (0.0, None, 0, 15999),
        (0.1, None, 1600, 15999),
        (0.1, 0.3, 1600, 4799),
        (0.0, 1 / 16000, 0, 0),
        (0.5, 1.0, 8000, 15999),
    ],
)
def test_the_stretch_is_cut_at_the_nearest_samples(
    ramp: Path, in_seconds: float, out_seconds: float | None, first: int, last: int
) -> None:
    audio = load_audio(ramp, in_seconds=in_seconds, out_seconds=out_seconds)
    values = np.abs(np.rint(audio.samples * 32768).astype(int)) - 100
    assert (values[0], values[-1], len(values)) == (first, last, last - first + 1)
    assert audio.duration_seconds == Fraction(last - first + 1, 16000)
    assert audio.warnings == ()


def test_nothing_outside_the_stretch_is_heard(tmp_path: Path) -> None:
    tone = make_tone(400.0, 44100, 1.0)
    whole = write_with_soundfile(tmp_path / "a.wav", tone, 44100, "WAV", "FLOAT")
    cut = write_with_soundfile(tmp_path / "b.wav", tone[11025:30870], 44100, "WAV", "FLOAT")
    assert load_audio(whole, in_seconds=0.25, out_seconds=0.7).content_hash == load_audio(cut).content_hash


def test_times_are_taken_exactly_and_halves_go_up() -> None:
    assert nearest_sample(0.1, 16000) == 1600
    assert nearest_sample(1.5 / 16384, 16384) == 2
    assert nearest_sample(86399.9999, 48000) == 4147199995


def test_an_out_point_behind_the_end_means_the_end_and_is_said(ramp: Path) -> None:
    audio = load_audio(ramp, in_seconds=0.5, out_seconds=7.0)
    assert len(audio.samples) == 8000
    assert audio.warnings == ("The out point (7 s) lies behind the file's end; 1.000 s is used.",)


@pytest.mark.parametrize(
    ("in_seconds", "out_seconds", "words"),
    [
        (-0.5, None, "in point of .* is -0.5 s"),
        (float("nan"), None, "in point of .* is nan s"),
        (0.0, float("inf"), "out point of .* is inf s"),
        (0.5, 0.5, "does not lie before its out point"),
        (0.9, 0.1, "does not lie before its out point"),
        (1.0, None, "lies at or behind the end of '.*ramp.wav', which is 1.000 s long"),
        (0.5, 0.500001, "shorter than one sample"),
    ],
)
def test_impossible_points_are_refused(ramp: Path, in_seconds: float, out_seconds: float | None, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        load_audio(ramp, in_seconds=in_seconds, out_seconds=out_seconds)
    assert caught.value.code == "clip.in_out"
    assert caught.value.hint


def test_a_silent_recording_is_read_and_said_to_be_silent(tmp_path: Path) -> None:
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", np.zeros((800, 2)), 16000, "WAV", "PCM_16"))
    assert not audio.samples.any()
    assert audio.warnings == ("The recording is silent.",)


def test_channels_that_cancel_are_reported(tmp_path: Path) -> None:
    tone = make_tone(300.0, 16000, 0.1, channels=2)
    tone[:, 1] *= -1
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", tone, 16000, "WAV", "FLOAT"))
    assert "cancel each other" in audio.warnings[0]


def test_clipping_is_reported_and_left_alone(tmp_path: Path) -> None:
    tone = make_tone(100.0, 16000, 1.0, amplitude=1.25)
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", np.clip(tone, -1, 1), 16000, "WAV", "PCM_16"))
    share = 100 * np.mean(np.abs(tone) >= 1.0)
    assert audio.warnings == (f"Clipped: {share:.1f} % of the samples are at full scale.",)
    assert audio.samples.max() == pytest.approx(32767 / 32768)


def test_a_constant_offset_is_reported_and_left_alone(tmp_path: Path) -> None:
    audio = load_audio(
        write_with_soundfile(tmp_path / "a.wav", make_tone(100.0, 16000, 1.0) + 0.125, 16000, "WAV", "FLOAT")
    )
    assert audio.warnings == ("The recording has a constant offset of 12.5 % of full scale.",)
    assert audio.samples.mean() == pytest.approx(0.125, abs=1e-5)


def test_unscaled_float_samples_are_reported(tmp_path: Path) -> None:
    tone = make_tone(100.0, 16000, 1.0) * 32768
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", tone, 16000, "WAV", "FLOAT"))
    assert "16384 times full scale" in audio.warnings[0]


def test_cancelling_ends_it(ramp: Path) -> None:
    with pytest.raises(Cancelled):
        load_audio(ramp, cancelled=lambda: True)


def test_an_hour_is_read(tmp_path: Path) -> None:
    path = write_silence(tmp_path / "hour.wav", 3600, 16000)
    audio = load_audio(path)
    assert len(audio.samples) == 3600 * 16000
    assert audio.duration_seconds == 3600


def test_more_than_three_hours_are_refused_but_a_part_of_them_is_not(tmp_path: Path) -> None:
    path = write_silence(tmp_path / "long.wav", 3 * 3600 + 1, 1000)
    with pytest.raises(UserError, match="longer than 3 hours") as caught:
        load_audio(path, rate_hz=1000)
    assert caught.value.code == "audio.too_long"
    assert len(load_audio(path, rate_hz=1000, in_seconds=10_000.0).samples) == 801_000


def write_silence(path: Path, seconds: int, rate_hz: int) -> Path:
    """A 16-bit mono WAV of zeros; the file system stores no zeros."""
    size = seconds * rate_hz * 2
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate_hz, rate_hz * 2, 2, 16, b"data", size
    )
    with path.open("wb") as stream:
        stream.write(header)
        stream.truncate(len(header) + size)
    return path
