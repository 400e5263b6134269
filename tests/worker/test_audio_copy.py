"""The sound that Maya plays: the recording itself, or a 16-bit copy beside the scene."""

from __future__ import annotations

import os
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from maya_a2f.errors import HostError, UserError
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.audio_copy import maya_audio
from tests.worker.audio_files import encode_with_pyav, encode_with_soundfile, make_tone, write_with_soundfile

TONE = make_tone(300.0, 44100, 0.3, channels=2)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("name", "container", "coding"),
    [
        ("a.wav", "WAV", "PCM_U8"),
        ("a.wav", "WAV", "PCM_16"),
        ("a.WAV", "WAV", "PCM_24"),
        ("a.wav", "WAVEX", "PCM_16"),
        ("a.aif", "AIFF", "PCM_S8"),
        ("a.aiff", "AIFF", "PCM_16"),
        ("a.AIFF", "AIFF", "PCM_24"),
    ],
)
def test_plain_pcm_is_played_as_it_is(tmp_path: Path, name: str, container: str, coding: str, channels: int) -> None:
    path = write_with_soundfile(tmp_path / name, TONE[:, :channels], 44100, container, coding)
    result = maya_audio(path, tmp_path / "not there")
    assert (result.path, result.copied, result.note) == (path, False, "")
    assert (result.sample_count, result.rate_hz, result.channels) == (len(TONE), 44100, channels)


@pytest.mark.parametrize(
    ("name", "container", "coding", "note"),
    [
        ("a.wav", "WAV", "PCM_32", "this is WAV, 32-bit PCM"),
        ("a.wav", "WAV", "FLOAT", "this is WAV, 32-bit float"),
        ("a.wav", "WAVEX", "FLOAT", "this is WAV, 32-bit float"),
        ("a.wav", "WAV", "ULAW", "this is WAV, u-law"),
        ("a.aif", "AIFF", "FLOAT", "this is AIFF, 32-bit float"),
        ("a.wav", "RF64", "PCM_16", "this is RF64, 16-bit PCM"),
        ("a.flac", "FLAC", "PCM_16", "this is FLAC, 16-bit PCM"),
        ("a.mp3", "MP3", "MPEG_LAYER_III", "this is MP3"),
        ("a.mp3", "WAV", "PCM_16", "its name ends in '.mp3'"),
    ],
)
def test_anything_else_becomes_a_16_bit_wav(tmp_path: Path, name: str, container: str, coding: str, note: str) -> None:
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    path = write_with_soundfile(tmp_path / name, TONE, 44100, container, coding)
    result = maya_audio(path, scenes, stem="shot")
    assert result.copied
    assert note in result.note
    assert result.path.parent == scenes
    assert result.path.name.startswith("shot.")
    assert len(result.path.name) == len("shot.01234567.wav")
    with wave.open(str(result.path)) as copy:
        assert (copy.getsampwidth(), copy.getframerate(), copy.getnchannels()) == (2, 44100, 2)
        assert copy.getnframes() == result.sample_count == len(TONE)
    lossy = 0.02 if coding in ("MPEG_LAYER_III", "ULAW") else 2**-15
    assert np.abs(soundfile.read(result.path)[0] - TONE).max() <= lossy


def test_the_copy_sounds_exactly_like_a_16_bit_source(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.flac", TONE, 44100, "FLAC", "PCM_16")
    copy = maya_audio(path, tmp_path).path
    assert np.array_equal(soundfile.read(copy, dtype="int16")[0], soundfile.read(path, dtype="int16")[0])


def test_the_copy_and_the_network_hear_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(encode_with_pyav(TONE, 44100, "ipod", "aac"))
    result = maya_audio(path, tmp_path, in_seconds=0.1, out_seconds=0.25)
    heard = load_audio(path, in_seconds=0.1, out_seconds=0.25)
    copied = load_audio(result.path)
    assert (result.sample_count, heard.source_samples) == (6615, 6615)
    assert np.abs(heard.samples - copied.samples).max() < 2 / 32768


def test_a_part_of_a_plain_wav_is_copied(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.wav", TONE, 44100, "WAV", "PCM_16")
    result = maya_audio(path, tmp_path, in_seconds=0.1)
    assert result.copied
    assert result.sample_count == len(TONE) - 4410
    assert result.path.name.startswith("a.")
    assert result.note == "Only a part of the recording is used."


def test_points_that_enclose_the_whole_wav_need_no_copy(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.wav", TONE, 44100, "WAV", "PCM_16")
    assert not maya_audio(path, tmp_path, in_seconds=0.0, out_seconds=0.3).copied
    assert not maya_audio(path, tmp_path, out_seconds=99.0).copied
    with pytest.raises(UserError, match="lies at or behind the end"):
        maya_audio(path, tmp_path, in_seconds=1.0)


def test_loud_float_samples_are_clipped_not_wrapped(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.wav", np.array([[2.0], [-2.0], [1.0], [-1.0]]), 16000, "WAV", "FLOAT")
    copy = maya_audio(path, tmp_path).path
    assert soundfile.read(copy, dtype="int16")[0].tolist() == [32767, -32768, 32767, -32768]


@pytest.mark.parametrize(("source", "rate_hz"), [(4000, 16000), (8000, 8000), (192_000, 192_000), (384_000, 48000)])
def test_rates_that_maya_may_not_play_are_changed(tmp_path: Path, source: int, rate_hz: int) -> None:
    path = write_with_soundfile(tmp_path / "a.wav", make_tone(300.0, source, 0.2), source, "WAV", "PCM_16")
    result = maya_audio(path, tmp_path)
    assert result.copied == (source != rate_hz)
    assert (result.rate_hz, result.sample_count) == (rate_hz, rate_hz // 5)


def test_more_than_two_channels_become_one(tmp_path: Path) -> None:
    tone = make_tone(300.0, 16000, 0.1, channels=6)
    result = maya_audio(write_with_soundfile(tmp_path / "a.wav", tone, 16000, "WAV", "PCM_16"), tmp_path)
    assert (result.copied, result.channels) == (True, 1)
    assert np.abs(soundfile.read(result.path)[0] - tone[:, 0]).max() <= 2**-15


def test_a_truncated_wav_is_copied_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encode_with_soundfile(TONE, 44100, "WAV", "PCM_16")[:-4000])
    result = maya_audio(path, tmp_path)
    assert (result.copied, result.note) == (True, "The recording is cut short.")
    assert result.sample_count == len(TONE) - 1000


def test_a_second_run_uses_the_same_copy(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.flac", TONE, 44100, "FLAC", "PCM_16")
    first = maya_audio(path, tmp_path)
    os.utime(first.path, (1, 1))
    assert maya_audio(path, tmp_path) == first
    assert first.path.stat().st_mtime == 1
    other = maya_audio(path, tmp_path, in_seconds=0.1)
    assert other.path != first.path
    write_with_soundfile(path, TONE * 0.5, 44100, "FLAC", "PCM_16")
    assert maya_audio(path, tmp_path).path not in (first.path, other.path)


def test_a_copy_that_was_cut_is_written_again(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.flac", TONE, 44100, "FLAC", "PCM_16")
    first = maya_audio(path, tmp_path)
    whole = first.path.read_bytes()
    first.path.write_bytes(whole[:1000])
    assert maya_audio(path, tmp_path) == first
    assert first.path.read_bytes() == whole


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize(
    ("stem", "plain"),
    [
        ("new\nline", "new_line"),
        ("q\"uo'te\\", "q_uo_te_"),
        ("50% $HOME", "50_ _HOME"),
        ("音声 é", "音声 é"),
        ("x" * 240, "x" * 56),
    ],
)
def test_names_that_maya_may_misread_are_made_plain(tmp_path: Path, stem: str, plain: str) -> None:
    path = write_with_soundfile(tmp_path / f"{stem}.flac", TONE, 44100, "FLAC", "PCM_16")
    assert maya_audio(path, tmp_path).path.name[: -len(".01234567.wav")] == plain
    path = write_with_soundfile(tmp_path / f"{stem}.wav", TONE, 44100, "WAV", "PCM_16")
    assert maya_audio(path, tmp_path).copied == (plain not in (stem, stem[:56]))


def test_a_refused_recording_leaves_nothing_behind(tmp_path: Path) -> None:
    samples = TONE.copy()
    samples[-1] = np.nan
    path = write_with_soundfile(tmp_path / "a.wav", samples, 44100, "WAV", "FLOAT")
    with pytest.raises(UserError) as caught:
        maya_audio(path, tmp_path)
    assert caught.value.code == "audio.not_finite"
    assert [file.name for file in tmp_path.iterdir()] == ["a.wav"]


def test_a_missing_folder_is_made_and_one_that_cannot_be_is_named(tmp_path: Path) -> None:
    path = write_with_soundfile(tmp_path / "a.flac", TONE, 44100, "FLAC", "PCM_16")
    folder = tmp_path / "shot" / "sound"
    assert maya_audio(path, folder).path.parent == folder
    with pytest.raises(HostError, match=r"a\.flac") as caught:
        maya_audio(path, path / "sound")
    assert caught.value.code == "file.unwritable"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full exists on Linux only")
def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_with_soundfile(tmp_path / "a.flac", TONE, 44100, "FLAC", "PCM_16")
    real_open = Path.open

    def open_full(self: Path, mode: str = "r", **others: object) -> object:
        return real_open(Path("/dev/full") if mode == "wb" else self, mode, **others)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(HostError, match="disk is full") as caught:
        maya_audio(path, tmp_path)
    assert caught.value.code == "file.disk_full"
    assert [file.name for file in tmp_path.iterdir()] == ["a.flac"]
