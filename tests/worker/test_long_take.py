"""Long clips: made in stretches on disk, and no different from what one piece gives."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from maya_a2f.core.layers import GazeTarget, LayerSettings, with_targets
from maya_a2f.core.take import Take, take_bytes, take_from_bytes
from maya_a2f.errors import Cancelled
from maya_a2f.worker import long_take as long_take_module
from maya_a2f.worker import pipeline as pipeline_module
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.spool import GrowingSamples, forget_pages
from maya_a2f.worker.take_file import TakeFile, opened_take
from tests.package_factory import make_package
from tests.worker.talk import RATE_HZ, talk


@pytest.fixture
def request_(tmp_path: Path) -> SolveRequest:
    make_package(tmp_path / "models" / "tiny")
    soundfile.write(tmp_path / "talk.wav", talk(12.0), RATE_HZ, subtype="FLOAT")
    return SolveRequest(
        clip_path=tmp_path / "talk.wav",
        in_seconds=0.0,
        out_seconds=None,
        model="tiny",
        rate=Fraction(30),
        emotion={},
        parameters={"lowerFaceSmoothing": 0.08, "blinkRate": 30, "browEmphasis": 1.0},
        tail_seconds=0.2,
        model_folders=(tmp_path / "models",),
        cache_folder=tmp_path / "cache",
        layers=with_targets(LayerSettings(), (GazeTarget(9, 2, None, 4.0, 6.0),)),
        style={"lipLead": 250.0, "browLead": -170.0, "exaggeration": 1.3},
    )


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_module, "LONG_SECONDS", 1)
    monkeypatch.setattr(long_take_module, "_STRETCH_SECONDS", 2.5)


def solved(request: SolveRequest, stages: list[str] | None = None) -> Take:
    heard = [] if stages is None else stages
    return Pipeline().solve(request, lambda stage, *_: heard.append(stage), lambda: False)


def test_stretches_give_what_one_piece_gives(request_: SolveRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = solved(request_)
    monkeypatch.setattr(pipeline_module, "LONG_SECONDS", 1)
    monkeypatch.setattr(long_take_module, "_STRETCH_SECONDS", 2.5)
    pieces = solved(dataclasses.replace(request_, cache_folder=request_.cache_folder / "other"))
    assert (pieces.frame_count, pieces.tail_frames, pieces.notes) == (whole.frame_count, 6, whole.notes)
    assert list(pieces.tracks) == list(whole.tracks)
    assert pieces.made_by == whole.made_by
    for name, samples in whole.tracks.items():
        assert pieces.tracks[name] == pytest.approx(samples, abs=1e-9), name


@pytest.mark.usefixtures("short_stretches")
def test_the_same_again_only_reads_the_file(request_: SolveRequest) -> None:
    first = solved(request_)
    stages: list[str] = []
    second = solved(request_, stages)
    assert "Listening" not in stages
    assert "Posing" not in stages
    assert take_bytes(second) == take_bytes(first)
    stages.clear()
    solved(dataclasses.replace(request_, parameters={}), stages)
    assert "Listening" not in stages
    assert "Posing" in stages


@pytest.mark.usefixtures("short_stretches")
def test_a_cache_that_cannot_be_written_costs_only_time(request_: SolveRequest, tmp_path: Path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("no folder")
    take = solved(dataclasses.replace(request_, cache_folder=blocked / "cache"))
    assert take.clip_frame_count == 360


@pytest.mark.usefixtures("short_stretches")
def test_a_damaged_file_of_the_cache_is_made_again(request_: SolveRequest) -> None:
    first = solved(request_)
    for path in (*request_.cache_folder.rglob("*.a2ftake"), *request_.cache_folder.rglob("*.npy")):
        content = bytearray(path.read_bytes())
        content[-100] ^= 1
        path.write_bytes(bytes(content))
    assert take_bytes(solved(request_)) == take_bytes(first)


@pytest.mark.usefixtures("short_stretches")
@pytest.mark.parametrize("stage", ["Listening", "Posing"])
def test_a_cancel_leaves_nothing_behind(request_: SolveRequest, stage: str) -> None:
    reached: list[str] = []
    with pytest.raises(Cancelled):
        Pipeline().solve(request_, lambda name, *_: reached.append(name), lambda: stage in reached)
    assert not list(request_.cache_folder.rglob("*.a2ftake"))
    assert not list(request_.cache_folder.rglob(".spool*"))


def test_a_take_written_in_stretches_is_a_take_file(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    tracks = {"jawOpen": draw.uniform(0, 1, 50), "head.rotateX": draw.standard_normal(50)}
    plain = Take(Fraction(25), dict.fromkeys(tracks, ()), made_by={"x": 1}, notes=("n",))
    made = TakeFile(tmp_path, plain, 50, 0.2)
    for start in (0, 20, 49):
        stop = {0: 20, 20: 49, 49: 50}[start]
        made.write(start, {name: samples[start:stop] for name, samples in tracks.items()})
    take = take_from_bytes(bytes(made.finished()))
    made.close()
    assert (take.frame_count, take.tail_frames, take.notes) == (55, 5, ("n",))
    for name, samples in tracks.items():
        assert list(take.tracks[name])[:50] == samples.tolist()
        assert take.tracks[name][-1] == 0.0


def test_only_whole_files_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "x.a2ftake"
    path.write_bytes(take_bytes(Take(Fraction(30), {"jawOpen": [0.1, 0.2]})))
    found = opened_take(path)
    assert found is not None
    assert bytes(found) == path.read_bytes()
    path.write_bytes(path.read_bytes()[:-1])
    assert opened_take(path) is None
    assert opened_take(tmp_path / "none") is None


def test_sound_on_disk_is_the_same_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "talk.wav", talk(3.0), RATE_HZ, subtype="FLOAT")
    plain = load_audio(tmp_path / "talk.wav")
    monkeypatch.setattr("maya_a2f.worker.spool.GrowingSamples.__init__.__defaults__", (1000,))
    spooled = load_audio(tmp_path / "talk.wav", spool_folder=tmp_path / "sounds")
    assert isinstance(spooled.samples, np.memmap)
    assert spooled.content_hash == plain.content_hash
    assert np.array_equal(spooled.samples, plain.samples)
    forget_pages(spooled.samples[100:200])
    assert np.array_equal(spooled.samples, plain.samples)
    assert not spooled.samples.flags.writeable


@pytest.mark.parametrize("sizes", [[], [5], [300, 900, 1, 400]])
def test_growing_samples_keep_every_piece(tmp_path: Path, sizes: list[int]) -> None:
    pieces = [np.arange(size, dtype=np.float32) for size in sizes]
    for folder in (None, tmp_path):
        growing = GrowingSamples(folder, in_memory=1000)
        for piece in pieces:
            growing.append(piece)
        expected = np.concatenate([np.zeros(0, np.float32), *pieces])
        assert np.array_equal(growing.take(), expected)
