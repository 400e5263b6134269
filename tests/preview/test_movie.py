"""Movies read back."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from maya_a2f.errors import Cancelled, HostError, UserError
from maya_a2f.preview import encoder, sound
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.movie import render_movie, render_picture
from maya_a2f.preview.sound import movie_sound

SIZE = (160, 90)
ODD_RATES = [Fraction(30), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25)]


def _film(head: HeadMesh, out: Path, frames: int, rate: Fraction = Fraction(30), **options: Any) -> Any:
    samples = options.pop("samples", {"face_shapes.jawOpen": np.linspace(0, 1, frames)})
    audio = options.pop("audio", None)
    return render_movie(head, samples, rate, audio, out, **{"size": SIZE, "renderer": "software", **options})


def _pictures(path: Path) -> tuple[list[Fraction], list[np.ndarray]]:
    times, pictures = [], []
    with av.open(str(path)) as movie:
        for frame in movie.decode(video=0):
            times.append(frame.pts * frame.time_base)
            pictures.append(frame.to_ndarray(format="rgb24").astype(int))
    return times, pictures


def _sound(path: Path) -> tuple[np.ndarray, int, Fraction]:
    """Samples of the first channel, their rate, and the time of the first."""
    blocks, start, rate = [], None, 0
    with av.open(str(path)) as movie:
        for frame in movie.decode(audio=0):
            start = frame.pts * frame.time_base if start is None else start
            rate = frame.sample_rate
            blocks.append(frame.to_ndarray()[0])
    assert start is not None
    return np.concatenate(blocks), rate, start


@pytest.mark.parametrize("rate", ODD_RATES)
def test_frames_rate_and_durations_read_back_exactly(head: HeadMesh, tmp_path: Path, rate: Fraction) -> None:
    out = tmp_path / "movie.mp4"
    audio = (np.random.default_rng(1).standard_normal((20000, 1)) * 0.1, 16000)
    report = _film(head, out, 31, rate, audio=audio)
    assert report.frames == 31
    assert report.seconds == pytest.approx(float(31 / rate))
    times, pictures = _pictures(out)
    assert times == [k / rate for k in range(31)]
    assert all(picture.shape == (90, 160, 3) for picture in pictures)
    with av.open(str(out)) as movie:
        video, heard = movie.streams.video[0], movie.streams.audio[0]
        assert video.average_rate == rate
        assert video.frames == 31
        assert video.codec_context.name in {"h264", "mpeg4"}
        assert heard.codec_context.name == "aac"
        assert video.start_time == 0
        assert video.duration * video.time_base == pytest.approx(31 / rate, abs=1e-3)
        assert heard.duration * heard.time_base == pytest.approx(31 / rate, abs=1e-3)


@pytest.mark.parametrize("sample_rate_hz", [16000, 22050, 48000])
def test_a_click_and_a_flash_of_the_mouth_coincide(head: HeadMesh, tmp_path: Path, sample_rate_hz: int) -> None:
    rate, frames, at = Fraction(24000, 1001), 40, 23
    jaw = np.zeros(frames)
    jaw[at:] = 1.0
    click = np.zeros(2 * sample_rate_hz, np.float32)
    start = round(at / rate * sample_rate_hz)
    click[start : start + sample_rate_hz // 500] = 0.9
    out = tmp_path / "click.mp4"
    _film(head, out, frames, rate, samples={"face_shapes.jawOpen": jaw}, audio=(click, sample_rate_hz))
    times, pictures = _pictures(out)
    changes = [np.abs(b - a).mean() for a, b in itertools.pairwise(pictures)]
    seen = times[int(np.argmax(changes)) + 1]
    assert seen == at / rate
    samples, rate_hz, first = _sound(out)
    heard = float(first) + np.argmax(np.abs(samples) > 0.3) / rate_hz
    assert heard == pytest.approx(float(seen), abs=0.004)


def test_a_movie_shows_the_pose_of_every_frame(head: HeadMesh, tmp_path: Path) -> None:
    out = tmp_path / "blink.mov"
    turning = {"leftEye.rotateY": [0.0] * 5 + [30.0] * 5 + [0.0] * 5}
    _film(head, out, 15, samples=turning, size=(320, 180))
    _, pictures = _pictures(out)
    assert np.abs(pictures[7] - pictures[2])[:, 150:200].max() > 40
    assert np.abs(pictures[12] - pictures[2]).max() < 40


def test_colours_survive_the_codec(head: HeadMesh, tmp_path: Path) -> None:
    out = tmp_path / "m.mp4"
    _film(head, out, 3, samples={"head.rotateY": [10.0] * 3}, size=(320, 180))
    drawn = render_picture(head, {"head.rotateY": 10.0}, size=(320, 180), renderer="software")
    _, pictures = _pictures(out)
    assert np.abs((pictures[1] - drawn)[40:60, 145:165].mean((0, 1))).max() < 3


def test_odd_sides_grow_by_one_and_the_note_says_so(head: HeadMesh, tmp_path: Path) -> None:
    report = _film(head, tmp_path / "odd.mp4", 2, size=(161, 91))
    assert "162 x 92" in report.note
    assert _pictures(tmp_path / "odd.mp4")[1][0].shape == (92, 162, 3)


def test_without_h264_the_movie_is_mpeg_4_and_says_so(
    head: HeadMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "_VIDEO_CODECS", ("no_such_codec", "mpeg4"))
    report = _film(head, tmp_path / "old.mp4", 5)
    assert "MPEG-4" in report.note
    assert len(_pictures(tmp_path / "old.mp4")[1]) == 5


def test_progress_counts_every_frame(head: HeadMesh, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    _film(head, tmp_path / "m.mp4", 5, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(k, 5) for k in range(1, 6)]


def test_a_cancelled_movie_leaves_what_was_there(head: HeadMesh, tmp_path: Path) -> None:
    out = tmp_path / "m.mp4"
    out.write_bytes(b"before")
    asked = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        _film(head, out, 30, cancelled=lambda: next(asked))
    assert [path.name for path in tmp_path.iterdir()] == ["m.mp4"]
    assert out.read_bytes() == b"before"


def test_a_missing_folder_is_a_host_error(head: HeadMesh, tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        _film(head, tmp_path / "nowhere" / "m.mp4", 2)
    assert caught.value.code == "file.unwritable"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a folder its owner cannot write to")
def test_a_read_only_folder_is_a_host_error(head: HeadMesh, tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(HostError):
        _film(head, tmp_path / "m.mp4", 2)


def test_a_disk_that_fills_up_is_a_host_error_and_leaves_nothing(
    head: HeadMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        av.error.err_check(-errno.ENOSPC, "m.mp4")

    monkeypatch.setattr(encoder._Tracks, "_write_picture", fail)
    with pytest.raises(HostError) as caught:
        _film(head, tmp_path / "m.mp4", 40)
    assert caught.value.code == "file.disk_full"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_may_not_grow_is_a_host_error_and_leaves_nothing(head: HeadMesh, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs POSIX limits")
    audio = (np.random.default_rng(0).standard_normal(48000) * 0.3, 48000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(HostError) as caught:
            _film(head, tmp_path / "m.mp4", 30, audio=audio)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "file.unwritable"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"size": (8, 90)}, "preview.size"),
        ({"size": (160, 90000)}, "preview.size"),
        ({"samples": {}}, "preview.empty"),
        ({"samples": {"face_shapes.jawOpen": []}}, "preview.empty"),
        ({"samples": {"nose.rotateX": [1.0]}}, "preview.unknown_attribute"),
    ],
)
def test_what_cannot_be_filmed_is_refused(head: HeadMesh, tmp_path: Path, options: dict[str, Any], code: str) -> None:
    with pytest.raises(UserError) as caught:
        _film(head, tmp_path / "m.mp4", 3, **options)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_no_movie_format_is_refused(head: HeadMesh, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gif"):
        _film(head, tmp_path / "m.gif", 3)


def test_sound_is_fitted_to_the_picture() -> None:
    samples, rate = movie_sound(np.ones(1000), 48000, Fraction(1, 10))
    assert (rate, samples.shape) == (48000, (4800, 1))
    assert samples[:1000].min() == 1
    assert np.abs(samples[1000:]).max() == 0
    long, rate = movie_sound(np.full((96000, 2), 3.0), 44100, Fraction(1))
    assert (rate, long.shape, long.max()) == (44100, (44100, 2), 1.0)
    mixed, _ = movie_sound(np.array([[0.3, 0.0, 0.0, np.nan]] * 100), 32000, Fraction(100, 32000))
    assert mixed.shape == (100, 1)
    assert mixed == pytest.approx(0.075)


@pytest.mark.parametrize("sample_rate_hz", [16000, 22050, 96000])
def test_sound_resampled_block_by_block_has_no_seams(sample_rate_hz: int, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(3).standard_normal((2 * sample_rate_hz, 2)).astype(np.float32) * np.float32(0.1)
    whole, _ = movie_sound(noise, sample_rate_hz, Fraction(2))
    monkeypatch.setattr(sound, "_BLOCK_SECONDS", Fraction(1, 7))
    parts, _ = movie_sound(noise, sample_rate_hz, Fraction(2))
    assert np.abs(whole).max() > 0.2
    assert np.abs(whole - parts).max() < 1e-6


def test_resampled_sound_stays_in_place() -> None:
    tone = np.sin(2 * np.pi * 200 * np.arange(16000) / 16000)
    resampled, rate = movie_sound(tone, 16000, Fraction(1))
    expected = np.sin(2 * np.pi * 200 * np.arange(48000) / 48000)
    assert rate == 48000
    assert np.abs(resampled[2000:-2000, 0] - expected[2000:-2000]).max() < 2e-3
