"""What cannot be read is refused by name, with a code and the next step."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.worker.audio import load_audio
from tests.worker.audio_files import (
    encode_silent_film,
    encode_with_pyav,
    encode_with_soundfile,
    make_tone,
    write_with_soundfile,
)

TONE = make_tone(300.0, 16000, 0.3)


def refusal_of(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        load_audio(path)
    error = caught.value
    assert f"'{path}'" in error.message
    assert error.hint.endswith(".")
    assert "\n" not in str(error)
    return error


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "voice.wav").code == "audio.missing"


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    assert refusal_of(tmp_path).code == "audio.folder"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    path.touch()
    error = refusal_of(path)
    assert error.code == "audio.empty_file"
    assert "0 bytes" in error.message


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of this kind exist on POSIX only")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "voice.wav")
    assert refusal_of(tmp_path / "voice.wav").code == "audio.unreadable"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    write_with_soundfile(path, TONE, 16000, "WAV", "PCM_16")
    with pytest.raises(UserError, match=r"caf\\udce9.wav' is not valid UTF-8") as caught:
        load_audio(path)
    assert caught.value.code == "audio.name"
    str(caught.value).encode()


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(UserError):
        load_audio("voice\0.wav")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "a PNG picture"),
        (b"PK\x03\x04" + bytes(500), "a ZIP archive"),
        (b"MThd\x00\x00\x00\x06" + bytes(500), "a MIDI file, which holds notes and no sound"),
        (b"//Maya ASCII 2026 scene\n" * 30, "a Maya scene"),
        (b"#EXTM3U\nhttp://localhost:1/a.ts\n", "a playlist"),
        (b"<!doctype html><html>404</html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer"),
    ],
)
def test_another_kind_of_file_is_called_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    error = refusal_of(path)
    assert error.code == "audio.not_sound"
    assert f"it is {words}" in error.message


@pytest.mark.parametrize(
    "content", [b"x", b"RIFF", b"hello, this is a voice\n" * 100, bytes(5000), bytes(range(256)) * 9]
)
def test_data_in_no_known_format_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    error = refusal_of(path)
    assert error.code == "audio.unsupported"
    assert "not in any known audio format" in error.message


def test_a_playlist_leads_nowhere(tmp_path: Path) -> None:
    """FFmpeg would follow a concat script to other files."""
    tone = write_with_soundfile(tmp_path / "tone.wav", TONE, 16000, "WAV", "PCM_16")
    path = tmp_path / "voice.wav"
    path.write_text(f"ffconcat version 1.0\nfile {tone.name}\n")
    assert refusal_of(path).code == "audio.unsupported"


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(encode_silent_film())
    assert refusal_of(path).code == "audio.no_stream"


def test_a_protected_file_is_refused(tmp_path: Path) -> None:
    content = encode_with_pyav(TONE, 16000, "ipod", "aac")
    assert content.count(b"mp4a") >= 1
    path = tmp_path / "song.m4p"
    path.write_bytes(content.replace(b"mp4a", b"drms"))
    error = refusal_of(path)
    assert error.code == "audio.encrypted"
    assert "copy-protected" in error.message


@pytest.mark.parametrize("coding", [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("AIFF", "PCM_16")])
def test_a_header_without_samples_is_refused(tmp_path: Path, coding: tuple[str, str]) -> None:
    path = write_with_soundfile(tmp_path / "voice", np.zeros((0, 1)), 16000, *coding)
    assert refusal_of(path).code == "audio.no_samples"


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (np.nan, "audio.not_finite", "a sample that is not a number at 0.125 s"),
        (np.inf, "audio.not_finite", "an infinite sample at 0.125 s"),
        (-3e38, "audio.impossible_level", "the value -3e+38 at 0.125 s"),
    ],
)
def test_impossible_samples_are_refused_with_their_time(tmp_path: Path, value: float, code: str, words: str) -> None:
    samples = np.repeat(TONE, 2, axis=1)
    samples[2000, 1] = value
    path = write_with_soundfile(tmp_path / "voice.wav", samples, 16000, "WAV", "FLOAT")
    error = refusal_of(path)
    assert error.code == code
    assert words in error.message
    assert load_audio(path, in_seconds=0.2).warnings == ()


def test_a_double_beyond_float32_is_refused(tmp_path: Path) -> None:
    samples = TONE.astype(np.float64)
    samples[2000] = 1e300
    path = write_with_soundfile(tmp_path / "voice.wav", samples, 16000, "WAV", "DOUBLE")
    assert refusal_of(path).code == "audio.not_finite"


@pytest.mark.parametrize("rate_hz", [1, 999, 768_001, 2_000_000_000])
def test_an_impossible_rate_is_refused(tmp_path: Path, rate_hz: int) -> None:
    content = bytearray(encode_with_soundfile(TONE, 16000, "WAV", "PCM_16"))
    content[24:28] = struct.pack("<I", rate_hz)
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    error = refusal_of(path)
    assert error.code == "audio.rate"
    assert str(rate_hz) in error.message


def cut_half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def lie_about_the_size(content: bytes) -> bytes:
    """A WAV that claims 1 GB."""
    return content[:4] + struct.pack("<I", 2**30) + content[8:40] + struct.pack("<I", 2**30 - 36) + content[44:]


@pytest.mark.parametrize(
    ("coding", "change"),
    [
        (("WAV", "PCM_16"), cut_half),
        (("WAV", "PCM_16"), lie_about_the_size),
        (("AIFF", "PCM_24"), cut_half),
        (("FLAC", "PCM_16"), cut_half),
        (("MP3", "MPEG_LAYER_III"), cut_half),
        (("OGG", "VORBIS"), lambda content: content[:-40]),
    ],
)
def test_a_file_cut_short_is_used_as_far_as_it_goes(
    tmp_path: Path, coding: tuple[str, str], change: Callable[[bytes], bytes]
) -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal((44100 * 2, 1))
    path = tmp_path / "voice"
    path.write_bytes(change(encode_with_soundfile(noise, 44100, *coding)))
    audio = load_audio(path)
    assert 0.3 < audio.duration_seconds <= 2
    assert len(audio.warnings) == 1
    assert audio.warnings[0].startswith("The file is damaged or cut short: ")


def test_a_stream_that_never_knew_its_length_is_no_damaged_file(tmp_path: Path) -> None:
    """What ``sox -t wav -`` or ``ffmpeg ... pipe:`` write: sizes at the end of their range."""
    content = encode_with_soundfile(TONE, 16000, "WAV", "PCM_16")
    content = content[:4] + b"\xff\xff\xff\xff" + content[8:40] + b"\xff\xff\xff\xff" + content[44:]
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    audio = load_audio(path)
    assert audio.source_samples == len(TONE)
    assert audio.warnings == ()
