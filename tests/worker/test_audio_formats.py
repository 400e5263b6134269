"""Every format, depth and channel count is read, whatever the file is called."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.worker.audio import load_audio
from tests.worker.audio_files import Floats, encode_with_pyav, make_tone, write_with_soundfile

LOSSLESS = [
    ("WAV", "PCM_U8", "WAV, 8-bit PCM", 2**-7),
    ("WAV", "PCM_16", "WAV, 16-bit PCM", 2**-15),
    ("WAV", "PCM_24", "WAV, 24-bit PCM", 2**-23),
    ("WAV", "PCM_32", "WAV, 32-bit PCM", 2**-23),
    ("WAV", "FLOAT", "WAV, 32-bit float", 0.0),
    ("WAV", "DOUBLE", "WAV, 64-bit float", 0.0),
    ("WAVEX", "PCM_16", "WAV, 16-bit PCM", 2**-15),
    ("WAVEX", "FLOAT", "WAV, 32-bit float", 0.0),
    ("RF64", "PCM_24", "RF64, 24-bit PCM", 2**-23),
    ("AIFF", "PCM_S8", "AIFF, 8-bit PCM", 2**-7),
    ("AIFF", "PCM_16", "AIFF, 16-bit PCM", 2**-15),
    ("AIFF", "PCM_24", "AIFF, 24-bit PCM", 2**-23),
    ("AIFF", "FLOAT", "AIFF, 32-bit float", 0.0),
    ("FLAC", "PCM_16", "FLAC, 16-bit PCM", 2**-15),
    ("FLAC", "PCM_24", "FLAC, 24-bit PCM", 2**-23),
    ("CAF", "PCM_16", "CAF, 16-bit PCM", 2**-15),
    ("AU", "PCM_16", "AU, 16-bit PCM", 2**-15),
]


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(("container", "coding", "words", "step"), LOSSLESS)
def test_lossless_formats_come_back_to_within_one_step(
    tmp_path: Path, container: str, coding: str, words: str, step: float, channels: int
) -> None:
    tone = make_tone(200.0, 16000, 0.25, channels=channels)
    audio = load_audio(write_with_soundfile(tmp_path / "clip.bin", tone, 16000, container, coding))
    assert (audio.source_format, audio.source_channels, audio.source_rate_hz) == (words, channels, 16000)
    assert audio.samples.dtype == np.float32
    assert audio.samples.shape == (4000,)
    assert audio.duration_seconds == Fraction(1, 4)
    assert audio.warnings == ()
    assert np.abs(audio.samples - tone[:, 0]).max() <= step


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("container", "coding", "words"),
    [("OGG", "VORBIS", "Ogg, Vorbis"), ("OGG", "OPUS", "Ogg, Opus"), ("MP3", "MPEG_LAYER_III", "MP3")],
)
def test_lossy_formats_keep_length_and_place(
    tmp_path: Path, container: str, coding: str, words: str, channels: int
) -> None:
    bursts = make_bursts(48000, channels)
    audio = load_audio(write_with_soundfile(tmp_path / "clip.bin", bursts, 48000, container, coding))
    assert audio.source_format == words
    assert audio.source_samples == len(bursts)
    assert abs(lag_of(audio.samples, bursts[::3, 0])) <= 1


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("container", "codec", "words", "tolerance"),
    [
        ("ipod", "aac", "MPEG-4, AAC", 0),
        ("ipod", "alac", "MPEG-4, Apple lossless", 0),
        ("mov", "pcm_s16le", "MPEG-4, pcm s16le", 0),
        ("matroska", "aac", "Matroska, AAC", 2048),
        ("adts", "aac", "AAC", 3072),
        ("asf", "wmav2", "Windows Media, WMA", 4096),
        ("w64", "pcm_s24le", "W64, 24-bit PCM", 0),
    ],
)
def test_what_libsndfile_cannot_read_ffmpeg_reads(
    tmp_path: Path, container: str, codec: str, words: str, tolerance: int, channels: int
) -> None:
    bursts = make_bursts(48000, channels)
    path = tmp_path / "clip.bin"
    path.write_bytes(encode_with_pyav(bursts, 48000, container, codec))
    audio = load_audio(path)
    assert audio.source_format == words
    assert audio.source_channels == channels
    assert abs(audio.source_samples - len(bursts)) <= tolerance
    # These containers do not record the encoder's delay; where they do, nothing may be shifted.
    assert abs(lag_of(audio.samples, bursts[::3, 0])) <= (tolerance or 3) / 3


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.raw", "a.vox", "a.m3u8", "a.txt", "a", "ünïcödé 音 b.flac"])
def test_the_name_does_not_matter(tmp_path: Path, name: str) -> None:
    tone = make_tone(300.0, 16000, 0.1)
    audio = load_audio(write_with_soundfile(tmp_path / name, tone, 16000, "AIFF", "PCM_16"))
    assert audio.source_format == "AIFF, 16-bit PCM"
    assert np.abs(audio.samples - tone[:, 0]).max() <= 2**-15


def test_channels_are_averaged(tmp_path: Path) -> None:
    parts = np.zeros((1000, 3), np.float32)
    parts[:, 0], parts[:, 1] = 0.6, -0.3
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", parts, 16000, "WAV", "FLOAT"))
    assert np.allclose(audio.samples, 0.1, atol=1e-7)


def test_integer_pcm_is_divided_by_its_full_scale(tmp_path: Path) -> None:
    values = np.array([[-32768], [-1], [0], [1], [16384], [32767]], np.int16)
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", values, 16000, "WAV", "PCM_16"))
    assert audio.samples.tolist() == (values[:, 0] / 32768.0).tolist()


def test_the_hash_depends_on_the_sound_and_the_rate_alone(tmp_path: Path) -> None:
    tone = np.rint(make_tone(300.0, 16000, 0.1) * 32767).astype(np.int16)
    wav = load_audio(write_with_soundfile(tmp_path / "a.wav", tone, 16000, "WAV", "PCM_16"))
    flac = load_audio(write_with_soundfile(tmp_path / "b.flac", tone, 16000, "FLAC", "PCM_16"))
    other = load_audio(write_with_soundfile(tmp_path / "c.wav", tone // 2, 16000, "WAV", "PCM_16"))
    declared_slower = load_audio(write_with_soundfile(tmp_path / "d.wav", tone, 8000, "WAV", "PCM_16"), rate_hz=8000)
    assert wav.content_hash == flac.content_hash
    assert np.array_equal(declared_slower.samples, wav.samples)
    assert len({wav.content_hash, other.content_hash, declared_slower.content_hash}) == 3


def test_the_samples_cannot_be_changed_by_accident(tmp_path: Path) -> None:
    audio = load_audio(write_with_soundfile(tmp_path / "a.wav", make_tone(300.0, 16000, 0.1), 16000, "WAV", "PCM_16"))
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0] = 1.0


@pytest.mark.eval
def test_one_recording_in_four_forms_is_the_same_sound() -> None:
    folder = Path(__file__).parents[3] / "shared" / "eval" / "speech"
    if not folder.is_dir():
        pytest.skip("the evaluation recordings are not here")
    names = ("bobby.wav", "bobby_16bit_16khz_2ch.wav", "bobby_32bit_16khz.wav", "bobby_32bit_48khz.wav")
    clips = [load_audio(folder / name) for name in names]
    assert {len(clip.samples) for clip in clips} == {19114}
    assert {clip.duration_seconds for clip in clips} == {Fraction(57342, 48000)}
    for clip in clips[1:]:
        assert np.corrcoef(clips[0].samples, clip.samples)[0, 1] > 0.99


def make_bursts(rate_hz: int, channels: int) -> Floats:
    """0.6 s with two short bursts, so that a shift in time shows."""
    bursts = make_tone(700.0, rate_hz, 0.6, channels=channels)
    times = np.arange(len(bursts)) / rate_hz
    envelope = np.exp(-(((times - 0.25) / 0.01) ** 2)) + np.exp(-(((times - 0.4) / 0.02) ** 2))
    return (bursts * envelope[:, None]).astype(np.float32)


def lag_of(heard: Floats, wanted: Floats) -> int:
    """Samples by which ``heard`` comes late."""
    return int(np.argmax(np.correlate(heard, wanted, "full"))) - (len(wanted) - 1)
