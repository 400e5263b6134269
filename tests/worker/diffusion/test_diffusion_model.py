"""From sound to channels: rows against geometry, rates, single moments, long recordings, identities."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.core.take import Take
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.worker import long_take as long_take_module
from maya_a2f.worker import pipeline as pipeline_module
from maya_a2f.worker.animator import SkinAnimator, animated_tongue
from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.diffusion import model as model_module
from maya_a2f.worker.diffusion.memories import ClipMemories
from maya_a2f.worker.diffusion.model import LoadedDiffusion, load_diffusion
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.eyes import eye_rotations
from maya_a2f.worker.frame_pose import APPROXIMATE_NOTE, FramePoser
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package import Floats
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from tests.diffusion_package_factory import make_diffusion_package
from tests.diffusion_package_network import NetworkShape
from tests.worker.diffusion.plain_loop import plain_frames, talk


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_diffusion_package(folder / "v3", vertices=101, tongue_vertices=42)
    return folder


@pytest.fixture
def model(models: Path) -> LoadedDiffusion:
    return load_diffusion(models / "v3", "digest", "James")


def clip_of(model: LoadedDiffusion, audio: Floats, rate: str = "60", **parameters: float) -> ClipInput:
    package = model.package
    values = effective_parameters(package.config.parameters, parameters)
    return ClipInput(audio, Fraction(rate), constant_emotion(package.info, {"joy": 0.4}), values)


def rows_of(model: LoadedDiffusion, clip: ClipInput) -> Floats:
    return np.concatenate(list(model.rows(clip, lambda done, total: None, lambda: False)))


STRONG: Mapping[str, float] = {
    "skinStrength": 1.2, "lowerFaceSmoothing": 0.03, "upperFaceSmoothing": 0.01, "lowerFaceStrength": 1.4,
    "upperFaceStrength": 0.8, "faceMaskLevel": 0.55, "faceMaskSoftness": 0.05, "eyelidOpenOffset": 0.2,
    "lipOpenOffset": -0.1, "tongueStrength": 1.7, "tongueHeightOffset": 0.4, "tongueDepthOffset": -0.3,
    "lowerTeethStrength": 1.5, "saccadeStrength": 0.7, "saccadeSeed": 40.0,
}  # fmt: skip


def test_rows_give_what_the_vertices_give(model: LoadedDiffusion) -> None:
    """The definition: vertices through the animator, projected onto the shapes frame by frame."""
    audio, source = talk(1.6), model.source
    clip = clip_of(model, audio, **STRONG)
    posed = model.pose(rows_of(model, clip), clip.rate, STRONG)
    emotion = clip.emotion.sampled(np.zeros(1, np.int64))[0]
    frames = plain_frames(source, audio, emotion, clip.input_strength)
    skin, tongue = frames[:, : source.info.skin_size], frames[:, source.info.skin_size : -19]
    animated = SkinAnimator(source.data, clip.parameters, clip.rate).animated(skin)
    assert source.skin is not None
    assert source.tongue is not None
    for shapes, points in (
        (source.skin, animated),
        (source.tongue, animated_tongue(tongue, source.data.neutral_tongue, clip.parameters)),
    ):
        solver = BlendshapeSolver(shapes)
        weights = np.array([solver.solve(right_side) for right_side in solver.project(points)])
        for index, name in enumerate(shapes.pose_names):
            assert np.allclose(posed.channels[name], weights[:, index], atol=2e-5), name
    eyes = eye_rotations(frames[:, -4:], source.data.saccade_rot_matrix, clip.rate, clip.parameters)
    assert np.allclose(posed.channels["rightEye.rotateX"], eyes[:, 0])
    assert float(np.ptp(posed.channels["jawOpen"])) > 0.1
    assert float(np.ptp(posed.channels["jaw.rotateX"])) > 2.0


@pytest.mark.parametrize(("rate", "step"), [("30", 2), ("20", 3), ("12", 5)])
def test_a_slower_scene_takes_the_networks_own_frames(model: LoadedDiffusion, rate: str, step: int) -> None:
    audio = talk(2.1)
    assert np.array_equal(rows_of(model, clip_of(model, audio, rate)), rows_of(model, clip_of(model, audio))[::step])


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "48", "59.94", "90"])
def test_any_rate_gives_its_own_number_of_frames(model: LoadedDiffusion, rate: str) -> None:
    known = {"23.976": "24000/1001", "29.97": "30000/1001", "59.94": "60000/1001"}
    clip = clip_of(model, talk(1.03), known.get(rate, rate))
    rows = rows_of(model, clip)
    assert len(rows) == model.frame_count(clip) == -(-16480 * clip.rate // 16000)
    at = np.arange(len(rows)) * float(60 / clip.rate)
    own = rows_of(model, clip_of(model, talk(1.03)))
    for column in (0, 50, -1):
        assert np.allclose(rows[:, column], np.interp(at, np.arange(len(own)), own[:, column]), atol=2e-3)


@pytest.mark.parametrize("samples", [0, 1, 300])
def test_tiny_recordings_have_their_few_frames(model: LoadedDiffusion, samples: int) -> None:
    clip = clip_of(model, talk(1.0)[:samples], "30")
    made = list(model.rows(clip, lambda done, total: None, lambda: False))
    assert sum(map(len, made)) == model.frame_count(clip) == min(samples, 1)


def test_a_clip_that_ends_before_the_networks_first_frame_is_refused(tmp_path: Path) -> None:
    shape = NetworkShape(left=7, kept=15, right=8)  # whose windows start a little off the recording's start
    other = load_diffusion(make_diffusion_package(tmp_path, vertices=61, tongue_vertices=22, shape=shape), "digest")
    assert len(rows_of(other, clip_of(other, talk(1.0)[:600], "24"))) == 1
    with pytest.raises(UserError, match="too short"):
        other.frame_count(clip_of(other, talk(1.0)[:500], "24"))


def test_the_mask_is_in_the_rows_and_in_their_key(model: LoadedDiffusion) -> None:
    audio = talk(1.0)
    plain, other = clip_of(model, audio), clip_of(model, audio, faceMaskLevel=0.4)
    assert model.infer_key(plain) != model.infer_key(other)
    assert model.own_key(plain) != model.own_key(other)
    assert not np.allclose(rows_of(model, plain), rows_of(model, other))
    assert model.infer_key(plain) == model.infer_key(clip_of(model, audio, skinStrength=0.3))


def test_every_identity_has_a_key_of_its_own(models: Path, model: LoadedDiffusion) -> None:
    mark = load_diffusion(models / "v3", "digest", "Mark", before=model)
    assert mark.engine is model.engine
    audio = talk(1.0)
    assert mark.infer_key(clip_of(mark, audio)) != model.infer_key(clip_of(model, audio))
    assert not np.allclose(rows_of(mark, clip_of(mark, audio)), rows_of(model, clip_of(model, audio)))


def test_calling_off_stops_between_inferences(model: LoadedDiffusion) -> None:
    asked: list[int] = []
    with pytest.raises(Cancelled):
        list(model.rows(clip_of(model, talk(3.0)), lambda *_: None, lambda: asked.append(1) or len(asked) > 3))
    assert len(asked) == 4


# -- single moments --


def test_a_moment_of_a_short_clip_is_exact(models: Path, model: LoadedDiffusion) -> None:
    clip = clip_of(model, talk(3.0), "30")
    whole = rows_of(load_diffusion(models / "v3", "digest", "James"), clip)
    assert np.array_equal(model.rows_at(clip, 41, 13), whole[41:54])
    assert model.is_exact_at(clip, 41, 13)
    assert np.array_equal(model.rows_at(clip, 0, 2), whole[:2])


def test_a_moment_far_from_anything_known_is_approximate(
    models: Path, model: LoadedDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_module, "_MOST_EXACT", 3)
    monkeypatch.setattr(model_module, "_PREVIEW", 1)
    clip = clip_of(model, talk(5.0), "30")
    whole = rows_of(load_diffusion(models / "v3", "digest", "James"), clip)
    rough = model.rows_at(clip, 120, 4)
    assert not model.is_exact_at(clip, 120, 4)
    assert not np.array_equal(rough, whole[120:124])
    assert np.abs(rough - whole[120:124]).max() < np.abs(whole).max()
    walked = [model.rows_at(clip, first, 12) for first in range(0, 144, 12)]  # states come to be known on the way
    assert np.array_equal(np.concatenate(walked), whole[:144])
    assert np.array_equal(model.rows_at(clip, 120, 4), whole[120:124])
    assert model.is_exact_at(clip, 120, 4)


def test_after_a_solve_every_moment_is_exact(model: LoadedDiffusion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "_MOST_EXACT", 1)
    audio = talk(5.0)
    rows_of(model, clip_of(model, audio, "30"))
    other = clip_of(model, audio, "30", faceMaskLevel=0.3)  # another mask needs the network, but no state
    rows = model.rows_at(other, 130, 6)
    assert model.is_exact_at(other, 130, 6)
    assert np.array_equal(rows, rows_of(model, other)[130:136])


def test_memories_of_long_clips_are_thinned_evenly() -> None:
    memories = ClipMemories()
    for inference in range(5000):
        memories.keep(inference, np.full((2, 2, 3), inference, np.float32))
    for inference in (0, 1, 700, 4999):
        number, latents = memories.nearest(inference)
        assert inference - 8 < number <= inference
        assert (latents is None) == (number == 0)
        assert latents is None or latents[0, 0, 0] == number


# -- the pipeline --


@pytest.fixture
def request_(models: Path, tmp_path: Path) -> SolveRequest:
    soundfile.write(tmp_path / "talk.wav", talk(6.0), 16000, subtype="FLOAT")
    return SolveRequest(
        clip_path=tmp_path / "talk.wav",
        in_seconds=0.0,
        out_seconds=None,
        model="v3",
        rate=Fraction(30),
        emotion={"joy": 0.3},
        parameters={"lowerFaceSmoothing": 0.05},
        tail_seconds=0.2,
        model_folders=(models,),
        cache_folder=tmp_path / "cache",
        identity="james",
    )


def solved(request: SolveRequest, pipeline: Pipeline | None = None, stages: list[str] | None = None) -> Take:
    heard = [] if stages is None else stages
    return (pipeline or Pipeline()).solve(request, lambda stage, *_: heard.append(stage), lambda: False)


def test_a_take_says_whose_face_and_which_noise(request_: SolveRequest) -> None:
    take = solved(request_)
    assert (take.clip_frame_count, take.tail_frames) == (180, 6)
    package = take.made_by["package"]
    assert (package["actor"], package["identity"]) == ("James", "James")
    assert package["noise"].startswith("Philox4x32-10, seed 0")
    assert max(take.tracks["jawOpen"]) > 0.2


def test_a_dial_never_infers_again_but_another_identity_or_mask_does(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    solved(request_, pipeline)
    for change, is_heard in (
        ({"parameters": {"skinStrength": 0.5, "eyelidOpenOffset": 0.3}}, False),
        ({"parameters": {"faceMaskSoftness": 0.1}}, True),
        ({"identity": "Mark"}, True),
        ({"identity": "James"}, False),
    ):
        stages: list[str] = []
        solved(dataclasses.replace(request_, **change), pipeline, stages)  # type: ignore[arg-type]
        assert ("Listening" in stages) == is_heard, change


def test_the_first_identity_is_the_default(request_: SolveRequest) -> None:
    take = solved(dataclasses.replace(request_, identity=""))
    assert take.made_by["package"]["identity"] == "Claire"


def test_an_unknown_identity_is_refused(request_: SolveRequest) -> None:
    pipeline = Pipeline()
    solved(request_, pipeline)
    with pytest.raises(UserError, match="no identity 'Ann'"):
        solved(dataclasses.replace(request_, identity="Ann"), pipeline)
    assert solved(request_, pipeline).made_by["package"]["identity"] == "James"


def test_a_long_recording_gives_what_a_short_one_gives(request_: SolveRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = solved(request_)
    monkeypatch.setattr(pipeline_module, "LONG_SECONDS", 1)
    monkeypatch.setattr(long_take_module, "_STRETCH_SECONDS", 1.5)
    pieces = solved(dataclasses.replace(request_, cache_folder=request_.cache_folder / "other"))
    assert pieces.made_by == whole.made_by
    for name, samples in whole.tracks.items():
        assert pieces.tracks[name] == pytest.approx(samples, abs=1e-9), name


@pytest.mark.parametrize("is_solved", [True, False])
def test_a_moment_is_the_frame_of_the_solve(request_: SolveRequest, is_solved: bool) -> None:
    pipeline = Pipeline()
    take = solved(request_, pipeline if is_solved else None)
    asked = request_ if is_solved else dataclasses.replace(request_, cache_folder=request_.cache_folder / "empty")
    poser = FramePoser(pipeline)
    for seconds in (0.0, 2.4, 5.97, 6.1):
        posed = poser.pose(asked, seconds)
        assert APPROXIMATE_NOTE not in posed.notes
        assert (posed.inferred_frames == 0) == is_solved or seconds == 6.1
        for name, value in posed.channels.items():
            assert value == pytest.approx(take.tracks[name][posed.frame], abs=2e-4), name


def test_an_approximate_moment_says_so_until_the_clip_is_solved(
    request_: SolveRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_module, "_MOST_EXACT", 2)
    pipeline = Pipeline()
    poser = FramePoser(pipeline)
    assert APPROXIMATE_NOTE in poser.pose(request_, 4.0).notes
    solved(request_, pipeline)
    assert APPROXIMATE_NOTE not in poser.pose(request_, 4.0).notes
