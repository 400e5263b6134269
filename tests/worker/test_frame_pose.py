"""The pose of one moment is the frame that a solve would give, without the solve."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from maya_a2f import run
from maya_a2f.core.clip import Clip
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.layers import Layer, LayerSettings
from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.core.take import Take
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.link.messages import Message
from maya_a2f.settings import SolveSettings
from maya_a2f.worker import pipeline as pipeline_module
from maya_a2f.worker.face_model import FaceModel
from maya_a2f.worker.frame_pose import NO_CONTACTS_NOTE, FramePose, FramePoser
from maya_a2f.worker.handlers import handlers
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.service import Context
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.transcript.alignment import Alignment
from tests.package_factory import make_package

SECONDS = 2.0


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_package(folder / "tiny")
    return folder


@pytest.fixture
def request_(models: Path, tmp_path: Path) -> SolveRequest:
    times = np.arange(int(SECONDS * 16000)) / 16000
    voice = 0.4 * np.sin(2 * np.pi * (150 + 40 * times) * times) * np.abs(np.sin(2 * np.pi * 2.3 * times))
    soundfile.write(tmp_path / "line.wav", voice.astype(np.float32), 16000)
    return SolveRequest(
        clip_path=tmp_path / "line.wav",
        in_seconds=0.0,
        out_seconds=None,
        model="tiny",
        rate=Fraction(30),
        emotion={},
        parameters={},
        tail_seconds=0.2,
        model_folders=(models,),
        cache_folder=tmp_path / "cache",
    )


def solved(request: SolveRequest, pipeline: Pipeline | None = None) -> Take:
    return (pipeline or Pipeline()).solve(request, lambda *progress: None, lambda: False)


def largest_difference(take: Take, posed: FramePose) -> float:
    assert set(posed.channels) == set(take.tracks)
    return max(abs(take.tracks[name][posed.frame] - value) for name, value in posed.channels.items())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"emotion": {"joy": 0.8}},
        {"emotion_keys": (EmotionKey(0.2, {"joy": 0.0}), EmotionKey(1.4, {"joy": 1.0}))},
        {"parameters": {"lowerFaceSmoothing": 0.1, "upperFaceSmoothing": 0.05, "lowerFaceStrength": 0.6}},
        {"parameters": {"inputStrength": 0.4, "saccadeSeed": 11.0, "blinkOffset": 0.5}},
        {"parameters": {"blinkRate": 60.0, "blinkStrength": 0.7, "browEmphasis": 1.0}},
        {"parameters": {"blinkRate": 60.0, "browEmphasis": 1.0}},
        {"rate": Fraction(24000, 1001)},
        {"in_seconds": 0.35, "out_seconds": 1.6},
        {"tail_seconds": 0.0},
        {"style": {"exaggeration": 1.5, "jawStyle": 0.6, "lipStyle": -0.4, "brows.gain": 2.0, "jawOpen.highest": 0.4}},
        {"style": {"lipLead": 45.0, "jawLead": -250.0, "tongueLead": 110.0, "browLead": 33.0}},
    ],
)
def test_a_moment_is_the_frame_of_the_solve(request_: SolveRequest, change: Mapping[str, Any]) -> None:
    request = dataclasses.replace(request_, **change)
    poser = FramePoser(Pipeline())
    posed = [poser.pose(request, seconds) for seconds in (1.0, 0.0, 0.1, 0.55, 1.2, 1.25, 5.0)]
    take = solved(request)
    assert len({pose.frame for pose in posed}) >= 6
    assert all(pose.frames == take.frame_count for pose in posed)
    assert max(largest_difference(take, pose) for pose in posed if pose.is_settled) < 1e-3
    assert sum(pose.is_settled for pose in posed) >= 6


def test_turning_a_dial_at_one_moment_gives_the_frame_of_the_solve_every_time(request_: SolveRequest) -> None:
    poser = FramePoser(Pipeline())
    solved(request_)
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"style": {"lipLead": 45.0}},
        {"style": {"lipLead": -160.0, "exaggeration": 1.3}},
        {"style": {"browLead": 250.0}},
        {"parameters": {"faceMaskLevel": 0.4}},
        {"parameters": {"faceMaskLevel": 0.4}, "style": {"jawLead": 70.0}},
        {"parameters": {"faceMaskLevel": 0.4, "tongueStrength": 2.0}, "layers": LayerSettings(head=Layer(1.5))},
        {"parameters": {"tongueStrength": 2.0}},
    )
    for change in changes:
        request = dataclasses.replace(request_, **change)
        for seconds in (1.0, 1.0, 5.0):
            assert largest_difference(solved(request), poser.pose(request, seconds)) < 1e-3


def test_the_tail_is_there_too(request_: SolveRequest) -> None:
    take, poser = solved(request_), FramePoser(Pipeline())
    for frame in range(take.clip_frame_count - 1, take.frame_count):
        assert largest_difference(take, poser.pose(request_, frame / 30)) < 1e-3
    assert set(poser.pose(request_, 99.0).channels.values()) == {0.0}


def test_after_a_solve_no_dial_runs_the_network(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    solved(request_, pipeline)
    poser = FramePoser(pipeline)
    for strength in (0.5, 1.0, 1.5):
        turned = dataclasses.replace(request_, parameters={"lowerFaceStrength": strength, "lowerFaceSmoothing": 0.1})
        assert poser.pose(turned, 1.0).inferred_frames == 0
    styled = dataclasses.replace(request_, style={"lipLead": 200.0, "jawStyle": 1.0})
    assert poser.pose(styled, 1.0).inferred_frames == 0


def test_the_solve_of_an_earlier_process_is_found_in_the_cache(request_: SolveRequest) -> None:
    solved(request_)
    assert FramePoser(Pipeline()).pose(request_, 1.0).inferred_frames == 0


def test_a_solve_counts_where_no_cache_can_be_written(request_: SolveRequest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    uncached = dataclasses.replace(request_, cache_folder=tmp_path / "file" / "cache")
    pipeline = Pipeline()
    solved(uncached, pipeline)
    assert FramePoser(pipeline).pose(uncached, 1.0).inferred_frames == 0


def test_another_emotion_runs_the_network_on_a_few_windows_only(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    solved(request_, pipeline)
    poser = FramePoser(pipeline)
    sad = dataclasses.replace(request_, emotion={"sadness": 1.0})
    assert 0 < poser.pose(sad, 1.0).inferred_frames <= 10
    assert poser.pose(sad, 1.0 + 1 / 30).inferred_frames == 1, "the next frame needs only its own window"
    assert poser.pose(request_, 1.0).inferred_frames == 0
    assert poser.pose(sad, 1.0).inferred_frames == 0, "it remembers the last few emotions"


def test_a_long_run_in_is_cut_short_and_said(request_: SolveRequest) -> None:
    soft = dataclasses.replace(request_, rate=Fraction(60), parameters={"lowerFaceSmoothing": 0.1})
    poser = FramePoser(Pipeline())
    first = poser.pose(soft, 1.9)
    assert first.inferred_frames <= 48
    assert not first.is_settled
    while not (latest := poser.pose(soft, 1.9)).is_settled:
        assert latest.inferred_frames > 0
    assert largest_difference(solved(soft), latest) < 1e-3


def hand_made(fits: bool = True) -> Alignment:
    phones = tuple(
        SpokenPhone(start, start + length, symbol)
        for start, length, symbol in (
            (0.2, 0.08, "M"), (0.3, 0.2, "AA"), (0.52, 0.1, "B"), (0.7, 0.06, "F"), (0.8, 0.3, "AE"), (1.3, 0.4, "M"),
        )
    )  # fmt: skip
    return Alignment(phones, (), "arpabet", 1.0, fits, "Because.", "by hand")


@pytest.mark.parametrize("style", [{}, {"lipLead": 80.0, "jawLead": 25.0, "exaggeration": 1.3}])
def test_with_an_alignment_every_moment_has_its_lip_contacts(
    request_: SolveRequest, monkeypatch: pytest.MonkeyPatch, style: Mapping[str, float]
) -> None:
    monkeypatch.setattr(pipeline_module, "align", lambda *rest: hand_made())
    pipeline = Pipeline()
    request_ = dataclasses.replace(request_, style=style)
    told = dataclasses.replace(request_, transcript=Transcript("Mum"))
    take, plain = solved(told, pipeline), solved(request_, pipeline)
    assert max(abs(np.subtract(take.tracks["mouthClose"], plain.tracks["mouthClose"]))) > 0.02
    poser = FramePoser(pipeline)
    worst = max(largest_difference(take, poser.pose(told, frame / 30)) for frame in range(take.frame_count))
    assert worst < 1e-3


def test_without_an_alignment_contacts_are_left_out_and_it_says_so(
    request_: SolveRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = dataclasses.replace(request_, transcript=Transcript("Mum"))
    posed = FramePoser(Pipeline()).pose(told, 1.0)
    assert posed.notes == (NO_CONTACTS_NOTE,)
    assert largest_difference(solved(request_), posed) < 1e-3


def test_an_alignment_in_a_cached_take_is_used(request_: SolveRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_module, "align", lambda *rest: hand_made())
    told = dataclasses.replace(request_, transcript=Transcript("Mum"))
    take = solved(told)
    later = Pipeline()
    solved(told, later)
    posed = FramePoser(later).pose(told, 0.55)
    assert posed.notes == ()
    assert largest_difference(take, posed) < 1e-3


def test_a_recording_that_changed_is_read_again(request_: SolveRequest) -> None:
    poser = FramePoser(Pipeline())
    before = poser.pose(request_, 1.0)
    soundfile.write(request_.clip_path, np.zeros(16000, np.float32), 16000)
    assert poser.pose(request_, 0.9).frames < before.frames


def test_a_wrong_setting_is_refused_by_name(request_: SolveRequest) -> None:
    with pytest.raises(UserError) as caught:
        FramePoser(Pipeline()).pose(dataclasses.replace(request_, emotion={"glee": 1.0}), 0.0)
    assert caught.value.code == "emotion.unknown"
    with pytest.raises(UserError) as caught:
        FramePoser(Pipeline()).pose(dataclasses.replace(request_, style={"jawOpn.gain": 1.5}), 0.0)
    assert caught.value.code == "style.unknown"


def test_it_can_be_cancelled(request_: SolveRequest) -> None:
    poser = FramePoser(Pipeline())
    poser.pose(request_, 0.0)
    with pytest.raises(Cancelled):
        poser.pose(dataclasses.replace(request_, emotion={"joy": 1.0}), 1.0, lambda: True)


def test_a_model_that_must_be_prepared_first_tells_its_progress_and_can_be_called_off(
    request_: SolveRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAYA_A2F_MODEL_PATH", str(request_.model_folders[0]))
    monkeypatch.setenv("MAYA_A2F_CACHE", str(request_.cache_folder))
    fields = run.solve_fields(Clip(str(request_.clip_path)), SolveSettings(model="tiny", rate=Fraction(30)))
    sent: list[Message] = []
    context = Context(1, sent.append)
    plain = pipeline_module.open_model

    def prepared(*given: Any) -> FaceModel:
        watch = given[-1]
        watch.on_progress("Preparing the network for the GPU", 500, 1000)
        if watch.cancelled():
            raise Cancelled
        return plain(*given)

    monkeypatch.setattr(pipeline_module, "open_model", prepared)
    answer = handlers()["pose_frame"]
    asked = Message(kind="request", id=1, name="pose_frame", fields={**fields, "seconds": 1.0})
    context.cancel()
    with pytest.raises(Cancelled):
        answer(asked, context)
    told = [(message.text("stage"), message.number("done"), message.number("total")) for message in sent]
    assert ("Preparing the network for the GPU", 500.0, 1000.0) in told
    assert answer(asked, Context(2, sent.append)).integer("frame") == 30


def test_the_worker_answers_with_channels_by_name(request_: SolveRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAYA_A2F_MODEL_PATH", str(request_.model_folders[0]))
    monkeypatch.setenv("MAYA_A2F_CACHE", str(request_.cache_folder))
    style = {"jawStyle": 0.7, "lipLead": 50.0}
    request_ = dataclasses.replace(request_, style=style)
    chosen = SolveSettings(model="tiny", rate=Fraction(30), style={**style, "exaggeration": 1.0})
    fields = run.solve_fields(Clip(str(request_.clip_path)), chosen)
    asked = Message(kind="request", id=1, name="pose_frame", fields={**fields, "seconds": 1.0})
    reply = handlers()["pose_frame"](asked, Context(1, lambda message: None))
    assert (reply.integer("frame"), reply.integer("frames"), reply.flag("is_settled")) == (30, 66, True)
    assert largest_difference(solved(request_), FramePose(30, 66, reply.numbers("channels"), 0, True, ())) < 1e-3
