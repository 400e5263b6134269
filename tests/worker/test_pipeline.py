"""Clip -> take: what is done again when what changes, and what the take says about itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, HEAD_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.emotion_keys import EmotionKey, key_fields
from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker import pipeline as pipeline_module
from maya_a2f.worker.engines.gpu_facts import present_gpu
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.transcript.alignment import Alignment
from tests.package_factory import make_package


class Stages:
    """Collects the stages a solve went through."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not self.names or self.names[-1] != stage:
            self.names.append(stage)


@pytest.fixture
def request_(tmp_path: Path) -> SolveRequest:
    make_package(tmp_path / "models" / "tiny")
    times = np.arange(16000) / 16000
    voice = 0.4 * np.sin(2 * np.pi * 150 * times) * (np.sin(2 * np.pi * 3 * times) > 0)
    soundfile.write(tmp_path / "line.wav", voice.astype(np.float32), 16000)
    return SolveRequest(
        clip_path=tmp_path / "line.wav",
        in_seconds=0.0,
        out_seconds=None,
        model="tiny",
        rate=Fraction(30),
        emotion={},
        parameters={},
        tail_seconds=0.0,
        model_folders=(tmp_path / "models",),
        cache_folder=tmp_path / "cache",
    )


def solved(request: SolveRequest, pipeline: Pipeline | None = None) -> tuple[Any, list[str]]:
    stages = Stages()
    take = (pipeline or Pipeline()).solve(request, stages, lambda: False)
    return take, stages.names


def test_a_take_holds_every_channel_for_every_frame_of_the_clip(request_: SolveRequest) -> None:
    take, _ = solved(request_)
    assert tuple(take.tracks) == (*ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS, *HEAD_CHANNELS)
    assert {len(samples) for samples in take.tracks.values()} == {30}


def test_the_rate_counts_frames_as_specified(request_: SolveRequest) -> None:
    take, _ = solved(dataclasses.replace(request_, rate=Fraction(24000, 1001)))
    assert take.frame_count == -(-16000 * 24000 // (16000 * 1001))


def test_a_network_of_another_sample_rate_gets_its_own(request_: SolveRequest, tmp_path: Path) -> None:
    make_package(tmp_path / "models" / "slow", samplerate=8000, buffer_len=4160, buffer_ofs=2080)
    take, _ = solved(dataclasses.replace(request_, model="slow"))
    assert take.frame_count == 30


def test_the_face_follows_the_voice(request_: SolveRequest) -> None:
    take, _ = solved(request_)
    assert np.ptp(take.tracks["jawOpen"]) > 0.01


def test_changing_nothing_does_nothing(request_: SolveRequest) -> None:
    first, _ = solved(request_)
    second, stages = solved(request_)
    assert "Listening" not in stages
    assert "Posing" not in stages
    assert {name: list(values) for name, values in second.tracks.items()} == {
        name: list(values) for name, values in first.tracks.items()
    }


@pytest.mark.parametrize(
    ("change", "listens"),
    [
        ({"parameters": {"lowerFaceStrength": 0.5}}, False),
        ({"tail_seconds": 0.5}, False),
        ({"parameters": {"inputStrength": 0.5}}, True),
        ({"emotion": {"joy": 1.0}}, True),
        ({"rate": Fraction(24)}, True),
        ({"in_seconds": 0.25}, True),
    ],
)
def test_only_what_the_network_hears_makes_it_listen_again(
    request_: SolveRequest, change: Mapping[str, Any], listens: bool
) -> None:
    solved(request_)
    _, stages = solved(dataclasses.replace(request_, **change))
    assert ("Listening" in stages) is listens
    assert "Posing" in stages


def test_a_loaded_model_is_kept_for_the_next_clip(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    solved(request_, pipeline)
    _, stages = solved(dataclasses.replace(request_, in_seconds=0.5), pipeline)
    assert "Loading the model" not in stages


def test_a_changed_package_is_loaded_and_heard_again(request_: SolveRequest, tmp_path: Path) -> None:
    pipeline = Pipeline()
    before, _ = solved(request_, pipeline)
    make_package(tmp_path / "models" / "tiny", seed=7)
    after, stages = solved(request_, pipeline)
    assert "Loading the model" in stages
    assert list(after.tracks["jawOpen"]) != list(before.tracks["jawOpen"])
    assert after.made_by["package"]["hash"] != before.made_by["package"]["hash"]


def test_a_solve_does_not_depend_on_the_one_before(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    alone, _ = solved(request_)
    solved(dataclasses.replace(request_, in_seconds=0.3, cache_folder=request_.cache_folder / "b"), pipeline)
    after, _ = solved(dataclasses.replace(request_, cache_folder=request_.cache_folder / "c"), pipeline)
    assert list(after.tracks["jawOpen"]) == list(alone.tracks["jawOpen"])


def test_the_tail_leaves_the_clip_alone_and_ends_at_rest(request_: SolveRequest) -> None:
    plain, _ = solved(request_)
    tailed, _ = solved(dataclasses.replace(request_, tail_seconds=0.2))
    assert (tailed.tail_frames, tailed.clip_frame_count) == (6, plain.frame_count)
    for name, samples in plain.tracks.items():
        assert list(tailed.tracks[name][: plain.frame_count]) == list(samples)
        assert tailed.tracks[name][-1] == 0.0


def test_the_take_says_what_made_it(request_: SolveRequest) -> None:
    take, _ = solved(dataclasses.replace(request_, emotion={"joy": 0.5}, parameters={"skinStrength": 0.9}))
    assert take.made_by["package"]["name"] == "tiny"
    assert take.made_by["emotion"] == {"joy": 0.5}
    assert take.made_by["parameters"]["skinStrength"] == 0.9
    assert take.made_by["parameters"]["lowerFaceStrength"] == 1.4, "the package's own value"
    assert take.made_by["audio"]["hash"]


def test_an_unusable_cache_folder_only_costs_time(request_: SolveRequest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    take, _ = solved(dataclasses.replace(request_, cache_folder=tmp_path / "file" / "cache"))
    assert take.frame_count == 30


def test_a_damaged_cache_is_made_again(request_: SolveRequest) -> None:
    first, _ = solved(request_)
    for entry in request_.cache_folder.rglob("*"):
        if entry.is_file():
            entry.write_bytes(entry.read_bytes()[: entry.stat().st_size // 2])
    second, stages = solved(request_)
    assert "Listening" in stages
    assert list(second.tracks["jawOpen"]) == list(first.tracks["jawOpen"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "tinny"}, "model.unknown"),
        ({"emotion": {"glee": 1.0}}, "emotion.unknown"),
        ({"emotion": {"joy": 2.0}}, "emotion.out_of_range"),
        ({"parameters": {"jawStrength": 1.0}}, "parameter.unknown"),
        ({"parameters": {"skinStrength": 9.0}}, "parameter.out_of_range"),
        ({"tail_seconds": -1.0}, "tail.bad"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(request_: SolveRequest, change: Mapping[str, Any], code: str) -> None:
    with pytest.raises(UserError) as caught:
        solved(dataclasses.replace(request_, **change))
    assert caught.value.code == code


@pytest.mark.parametrize("stage", ["Listening", "Posing"])
def test_cancelling_stops_the_solve(request_: SolveRequest, stage: str) -> None:
    reached: list[str] = []
    watch: Callable[[str, int, int], None] = lambda name, done, total: reached.append(name)  # noqa: E731
    with pytest.raises(Cancelled):
        Pipeline().solve(request_, watch, lambda: stage in reached)


def hand_made(fits: bool) -> Alignment:
    phones = (SpokenPhone(0.3, 0.4, "M"),)
    return Alignment(phones, (), "arpabet", 1.0, fits, "Because.", "by hand")


def test_a_transcript_changes_the_take_but_not_the_inference(
    request_: SolveRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "align", lambda *rest: hand_made(fits=True))
    pipeline = Pipeline()
    plain, _ = solved(request_, pipeline)
    told, stages = solved(dataclasses.replace(request_, transcript=Transcript("Mum")), pipeline)
    assert "Listening" not in stages
    assert "Aligning the transcript" in stages
    assert told.made_by["transcript"] == {"text": "Mum", "language": "en"}
    assert told.made_by["alignment"]["phones"] == [[0.3, 0.4, "M"]]
    assert "transcript" not in plain.made_by
    again, stages = solved(request_, pipeline)
    assert stages == ["Reading the recording"]
    assert {k: list(v) for k, v in again.tracks.items()} == {k: list(v) for k, v in plain.tracks.items()}


def test_a_dial_does_not_align_again(request_: SolveRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(pipeline_module, "align", lambda *rest: calls.append(rest) or hand_made(fits=True))
    pipeline = Pipeline()
    told = dataclasses.replace(request_, transcript=Transcript("Mum"))
    solved(told, pipeline)
    solved(dataclasses.replace(told, parameters={"skinStrength": 0.5}), pipeline)
    assert len(calls) == 1
    solved(dataclasses.replace(told, transcript=Transcript("Dad")), pipeline)
    assert len(calls) == 2


def test_a_transcript_that_does_not_fit_is_told_and_gives_the_motion_of_the_sound_alone(
    request_: SolveRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "align", lambda *rest: hand_made(fits=False))
    plain, _ = solved(request_)
    told, _ = solved(dataclasses.replace(request_, transcript=Transcript("Mum")))
    assert {k: list(v) for k, v in told.tracks.items()} == {k: list(v) for k, v in plain.tracks.items()}
    assert any("does not fit" in note and "Because." in note for note in told.notes)


def test_emotion_keys_are_heard_and_told_in_the_take(request_: SolveRequest) -> None:
    still, _ = solved(dataclasses.replace(request_, emotion={"joy": 0.0}))
    keys = (EmotionKey(0.4, {"joy": 0.0}), EmotionKey(0.6, {"joy": 1.0}))
    keyed, stages = solved(dataclasses.replace(request_, emotion_keys=keys))
    assert "Listening" in stages
    assert list(keyed.tracks["jawOpen"][:12]) == pytest.approx(list(still.tracks["jawOpen"][:12]), abs=1e-6)
    assert np.abs(np.subtract(keyed.tracks["jawOpen"], still.tracks["jawOpen"]))[20:].max() > 1e-3
    assert keyed.made_by["emotion_keys"] == key_fields(keys)
    assert "emotion_keys" not in still.made_by


def test_an_emotion_without_a_key_stays_as_it_was_set(request_: SolveRequest) -> None:
    keys = (EmotionKey(0.0, {"joy": 0.5}),)
    keyed, _ = solved(dataclasses.replace(request_, emotion={"anger": 0.7, "joy": 0.1}, emotion_keys=keys))
    constant, _ = solved(dataclasses.replace(request_, emotion={"anger": 0.7, "joy": 0.5}))
    assert list(keyed.tracks["jawOpen"]) == list(constant.tracks["jawOpen"])


def test_an_emotion_key_that_the_model_does_not_know_is_refused(request_: SolveRequest) -> None:
    with pytest.raises(UserError) as caught:
        solved(dataclasses.replace(request_, emotion_keys=(EmotionKey(0.0, {"glee": 0.5}),)))
    assert caught.value.code == "emotion.unknown"


@pytest.mark.skipif(present_gpu() is not None, reason="this machine has a GPU")
def test_the_engine_asked_for_is_used_and_the_take_says_why_no_faster_one_was(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    take, _ = solved(request_, pipeline)
    assert "ONNX Runtime" in take.made_by["engine"]
    assert all("driver" in reason for reason in take.made_by["engines_passed_over"])
    with pytest.raises(EngineError, match="driver") as caught:
        solved(dataclasses.replace(request_, engine="tensorrt"), pipeline)
    assert caught.value.code == "engine.unavailable"
    asked = dataclasses.replace(request_, engine="onnxruntime-cpu", precision="fp16")
    take, stages = solved(asked, pipeline)
    assert "in fp32: it does not know fp16" in take.made_by["engine"]
    assert ("Loading the model" in stages, "Listening" in stages) == (True, False)
