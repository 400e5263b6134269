"""Raw network output to channels: both ways to the weights, joints, order, refusals."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.channels import EYE_CHANNELS, JAW_CHANNELS
from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.animator import SkinAnimator, decoded
from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.package import RegressionPackage
from maya_a2f.worker.pose import MOUTH_CLOSE_NOTE, Poser, geometry, pose
from tests.worker.package_values import SKIN_CONFIG, SKIN_POSES, TONGUE_POSES, package_values, raw_values

RATE = Fraction(30)


def with_skin(package: RegressionPackage, **changes: Any) -> RegressionPackage:
    assert package.skin is not None
    return dataclasses.replace(package, skin=dataclasses.replace(package.skin, **changes))


def with_info(package: RegressionPackage, **changes: Any) -> RegressionPackage:
    return dataclasses.replace(package, info=dataclasses.replace(package.info, **changes))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"lowerFaceSmoothing": 0.1, "upperFaceSmoothing": 0.04, "lipOpenOffset": 0.2, "eyelidOpenOffset": -1.0},
        {"skinStrength": 0.3, "blinkOffset": 1.0, "lowerFaceStrength": 2.0, "upperFaceStrength": 0.5,
         "faceMaskLevel": 0.3, "faceMaskSoftness": 0.3, "tongueStrength": 3.0, "tongueHeightOffset": -1.0},
        {"lowerFaceSmoothing": 0.0, "upperFaceSmoothing": 0.0, "tongueDepthOffset": 1.0},
    ],
)  # fmt: skip
def test_coefficients_and_vertices_lead_to_the_same_channels(
    seed: int, masked: bool, parameters: dict[str, float]
) -> None:
    package = package_values(seed, masked=masked)
    poser, raw = Poser(package), raw_values(package, 50, seed)
    fast = poser.pose(raw, Fraction(60000, 1001), parameters)
    slow = poser.pose(raw, Fraction(60000, 1001), parameters, through_geometry=True)
    assert list(fast.channels) == list(slow.channels)
    moving = 0
    for name, expected in slow.channels.items():
        moving += np.ptp(expected) > 0.01
        assert np.abs(fast.channels[name] - expected).max() <= 1e-5, name
    assert moving >= 12


@pytest.mark.parametrize("masked", [True, False])
def test_a_mask_that_is_only_passing_by_gives_what_its_projection_gives(masked: bool) -> None:
    package = package_values(3, masked=masked)
    poser, raw = Poser(package), raw_values(package, 20, 3)
    poser.pose(raw, RATE, {})
    smooth = {"lowerFaceSmoothing": 0.1, "upperFaceSmoothing": 0.04, "eyelidOpenOffset": -0.4}
    for level, softness in ((0.3, 0.2), (0.7, 0.004)):
        asked = {"faceMaskLevel": level, "faceMaskSoftness": softness, **smooth}
        passing = poser.pose(raw, RATE, asked, lead_frames=7)
        staying = Poser(package).pose(raw, RATE, asked, lead_frames=7)
        for name, expected in staying.channels.items():
            assert passing.channels[name] == pytest.approx(expected, abs=1e-7), name


def test_after_forgetting_a_short_clip_has_the_bits_of_a_first_one() -> None:
    package = package_values(5)
    poser, raw = Poser(package), raw_values(package, 20, 5)
    for level in (0.6, 0.3, 0.4):
        poser.pose(raw[3:9], RATE, {"faceMaskLevel": level})
    poser.forget()
    again, first = (one.pose(raw, RATE, {"faceMaskLevel": 0.7}) for one in (poser, Poser(package)))
    assert {name: samples.tobytes() for name, samples in again.channels.items()} == {
        name: samples.tobytes() for name, samples in first.channels.items()
    }


def test_the_weights_are_those_of_the_solver_on_the_animated_vertices() -> None:
    """The chain by its parts, without anything of the pose module."""
    package = package_values(9)
    assert package.skin is not None
    raw, values = raw_values(package, 30), effective_parameters(package.config.parameters, {})
    skin = SkinAnimator(package.data, values, RATE).animated(decoded(raw[:, :12], package.data.shapes_matrix_skin))
    solver = BlendshapeSolver(package.skin)
    weights = np.array([solver.solve(b) for b in solver.project(skin)])
    channels = pose(package, raw, RATE, {}).channels
    for index, name in enumerate(SKIN_POSES):
        assert channels[name] == pytest.approx(weights[:, index], abs=1e-5)


def test_channels_come_in_the_order_skin_tongue_jaw_left_eye_right_eye() -> None:
    package = package_values()
    result = pose(package, raw_values(package, 3), RATE, {})
    assert tuple(result.channels) == (*SKIN_POSES, *TONGUE_POSES, *JAW_CHANNELS, *EYE_CHANNELS)
    assert all(samples.shape == (3,) and samples.dtype == np.float64 for samples in result.channels.values())
    assert result.notes == ()
    assert result.facts == {"mouthCloseContainsJaw": False}


def test_the_package_s_right_eye_drives_the_right_eye() -> None:
    package = package_values()
    raw = np.zeros((2, package.info.result_size), np.float32)
    raw[:, -4:] = [1, 2, 3, 4]
    channels = pose(package, raw, RATE, {"saccadeStrength": 0}).channels
    assert [channels[name][0] for name in EYE_CHANNELS] == [3, 4, 1, 2]


def test_only_what_the_package_can_give_is_there() -> None:
    package = dataclasses.replace(package_values(), skin=None)
    bare = with_info(package, result_eyes_size=0)
    assert tuple(pose(bare, raw_values(bare, 3), RATE, {}).channels) == (*TONGUE_POSES, *JAW_CHANNELS)
    mute = with_info(dataclasses.replace(package, tongue=None), result_jaw_size=0)
    assert tuple(pose(mute, raw_values(mute, 3), RATE, {}).channels) == EYE_CHANNELS
    shown = geometry(mute, raw_values(mute, 3), RATE, {})
    assert (shown.jaw == np.eye(4)).all()


def test_a_name_in_both_sets_is_the_skin_s() -> None:
    package = with_skin(package_values(), pose_names=(*SKIN_POSES[:-1], "tongueIn"))
    result = pose(package, raw_values(package, 3), RATE, {})
    assert result.channels["tongueIn"].tolist() == [0, 0, 0]  # inactive in the skin
    assert "tongueIn" in result.notes[0]


def test_a_second_clip_starts_afresh() -> None:
    package = package_values(2)
    poser, raw = Poser(package), raw_values(package, 30)
    smooth = {"lowerFaceSmoothing": 0.1, "upperFaceSmoothing": 0.1}
    first = poser.pose(raw, RATE, smooth)
    poser.pose(raw[::-1] * 2, Fraction(24), {"faceMaskLevel": 0.1})
    again = poser.pose(raw, RATE, smooth)
    for name, samples in first.channels.items():
        assert again.channels[name] == pytest.approx(samples, abs=1e-10), name
    alone = pose(package, raw[:1], RATE, smooth)
    assert all(alone.channels[name][0] == pytest.approx(first.channels[name][0], abs=1e-10) for name in alone.channels)


def test_multipliers_of_zero_leave_the_offsets() -> None:
    config = dataclasses.replace(SKIN_CONFIG, multipliers=(0.0,) * 7, offsets=(0.314159,) * 7)
    package = package_values(skin_config=config)
    channels = pose(package, raw_values(package, 4), RATE, {}).channels
    assert all((channels[name] == 0.314159).all() for name in SKIN_POSES)


def test_a_motion_made_of_shapes_comes_back_through_the_whole_step() -> None:
    """The basis is the shapes themselves, everything else neutral: coefficients in [0, 1] are the weights."""
    package = package_values(6)
    assert package.skin is not None
    free = dataclasses.replace(
        SKIN_CONFIG, l1_regularization=0, l2_regularization=0, temporal_smoothing=0, symmetry=0, active_poses=(1,) * 7
    )
    package = with_skin(package, config=free, neutral=package.data.neutral_skin, mask=None)
    assert package.skin is not None
    data = dataclasses.replace(package.data, shapes_matrix_skin=package.skin.deltas)
    package = with_info(dataclasses.replace(package, data=data), num_shapes_skin=7)
    raw = np.zeros((20, package.info.result_size), np.float32)
    raw[:, :7] = np.random.default_rng(0).uniform(0, 1, (20, 7))
    plain = {"lowerFaceStrength": 1, "upperFaceStrength": 1, "lowerFaceSmoothing": 0, "upperFaceSmoothing": 0,
             "eyelidOpenOffset": 0, "lipOpenOffset": 0}  # fmt: skip
    channels = pose(package, raw, RATE, plain).channels
    for index, name in enumerate(SKIN_POSES):
        assert channels[name] == pytest.approx(raw[:, index], abs=2e-6)


def test_a_mouth_close_with_the_jaw_in_it_is_given_apple_s_meaning() -> None:
    package = package_values(1)
    assert package.skin is not None
    deltas = package.skin.deltas.copy()
    deltas[3] = deltas[2]  # the whole jaw, to the letter
    deltas[3, :30] += 0.5
    scaled = dataclasses.replace(SKIN_CONFIG, multipliers=(1, 1, 1.5, 0.4, 1, 1, 1), offsets=(0, 0, 0.5, 0.3, 0, 0, 0))
    package = with_skin(package, deltas=deltas, config=scaled)
    raw = raw_values(package)
    result = pose(package, raw, RATE, {})
    renamed = with_skin(package, pose_names=("eyeBlinkLeft", "eyeBlinkRight", "jawX", "closeX", "a", "b", "c"))
    plain = pose(renamed, raw, RATE, {}).channels
    assert result.facts["mouthCloseContainsJaw"]
    assert result.notes == (MOUTH_CLOSE_NOTE,)
    assert result.channels["mouthClose"] == pytest.approx(plain["closeX"], abs=1e-12)
    assert result.channels["jawOpen"] == pytest.approx(np.minimum(1, plain["jawX"] + plain["closeX"]), abs=1e-12)
    assert result.channels["jawOpen"].max() == 1.0


def test_overrides_beat_the_package_and_are_checked() -> None:
    package = package_values(parameters={"tongueHeightOffset": 0.0, "lowerTeethHeightOffset": 1.0})
    still = np.zeros((1, package.info.result_size), np.float32)
    assert pose(package, still, RATE, {}).channels["jaw.translateY"][0] == pytest.approx(1.0)
    assert pose(package, still, RATE, {"lowerTeethHeightOffset": -2}).channels["jaw.translateY"][0] == pytest.approx(-2)
    with pytest.raises(UserError) as caught:
        pose(package, still, RATE, {"skinStrength": 2.5})
    assert caught.value.code == "parameter.out_of_range"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(bad: float) -> None:
    package = package_values()
    raw = raw_values(package, 5)
    raw[3, 2] = bad
    for step in (pose, geometry):
        with pytest.raises(EngineError, match="frame 3") as caught:
            step(package, raw, RATE, {})
        assert caught.value.code == "network.not_finite"


@pytest.mark.filterwarnings("error")
def test_values_too_large_to_compute_are_refused_or_finite() -> None:
    package = package_values()
    raw = np.full((3, package.info.result_size), 3e38, np.float32)
    for step in (pose, geometry):
        with pytest.raises(EngineError) as caught:
            step(package, raw, RATE, {"eyeballsStrength": 2})
        assert caught.value.code == "network.not_finite"
    assert all(np.isfinite(samples).all() for samples in pose(package, raw * 1e-8, RATE, {}).channels.values())


@pytest.mark.parametrize("shape", [(5, 3), (5,), (2, 5, 35)])
def test_output_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError) as caught:
        pose(package_values(), np.zeros(shape, np.float32), RATE, {})
    assert caught.value.code == "network.shape"


def test_no_frames_give_empty_channels() -> None:
    package = package_values()
    none = np.zeros((0, package.info.result_size), np.float32)
    for through_geometry in (False, True):
        result = Poser(package).pose(none, RATE, {}, through_geometry=through_geometry)
        assert len(result.channels) == 20
        assert all(samples.shape == (0,) for samples in result.channels.values())
    assert geometry(package, none, RATE, {}).skin.shape == (0, 900)


def test_geometry_of_some_frames_is_that_of_the_whole_clip() -> None:
    package, smooth = package_values(7), {"lowerFaceSmoothing": 0.1, "upperFaceSmoothing": 0.05}
    raw = raw_values(package, 60)
    whole = geometry(package, raw, RATE, smooth)
    assert whole.skin.shape == (60, 900)
    for frames in (slice(0, 5), slice(20, 45), slice(59, None), slice(-3, None), slice(30, 10)):
        part = geometry(package, raw, RATE, smooth, frames)
        assert part.skin == pytest.approx(whole.skin[frames], abs=2e-5)
        assert part.tongue == pytest.approx(whole.tongue[frames], abs=1e-5)
        assert part.jaw == pytest.approx(whole.jaw[frames])


def test_geometry_and_channels_agree_on_the_jaw() -> None:
    package = package_values(8)
    raw = raw_values(package, 10) * 0.3
    matrices, channels = geometry(package, raw, RATE, {}).jaw, pose(package, raw, RATE, {}).channels
    centre = package.data.neutral_jaw.astype(np.float64).mean(axis=0)
    moved = matrices[:, :3, :3] @ centre + matrices[:, :3, 3] - centre
    assert np.stack([channels[name] for name in JAW_CHANNELS[:3]], axis=1) == pytest.approx(moved)


def test_progress_ends_with_all_frames_and_never_runs_back() -> None:
    package, seen = package_values(), []
    pose(package, raw_values(package, 150), RATE, {}, on_progress=lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {150}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == 150


@pytest.mark.parametrize("after", [0, 3, 6])
def test_it_can_be_cancelled_at_any_time(after: int) -> None:
    package, asked = package_values(), []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > after

    with pytest.raises(Cancelled):
        pose(package, raw_values(package, 300), RATE, {}, cancelled=cancelled)
    assert len(asked) == after + 1


def test_the_caller_s_arrays_are_left_alone() -> None:
    package = package_values()
    raw = raw_values(package, 10)
    before, basis = raw.copy(), package.data.shapes_matrix_skin.copy()
    pose(package, raw, RATE, {})
    geometry(package, raw, RATE, {})
    assert np.array_equal(raw, before)
    assert np.array_equal(package.data.shapes_matrix_skin, basis)
