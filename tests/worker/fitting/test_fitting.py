"""Fits of faces that are not ours, end to end."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.core.face_regions import region_of
from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.fit_data import Fit, FitSettings
from maya_a2f.worker.fitting.fitted_retarget import FittedRetarget
from maya_a2f.worker.fitting.fitting import ShownFit, fit
from tests.worker.fitting.warped_faces import Doubles, other_face, our_face, weight

SHAPES = (
    "jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthRollLower", "eyeBlinkLeft",
    "eyeBlinkRight", "browInnerUp", "jawForward",
)  # fmt: skip
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_APPLICATION: list[object] = []
LYING = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def spoken(frames: int = 60) -> dict[str, Doubles]:
    """A mouth that opens, rounds and closes, with one blink."""
    time = np.linspace(0.0, 2 * np.pi, frames)
    opening = 0.25 * (1.0 - np.cos(2 * time))
    blink = np.exp(-((np.arange(frames) - 20.0) ** 2) / 6.0)
    return {
        "jawOpen": opening,
        "mouthPucker": 0.3 * np.clip(np.sin(time), 0.0, None),
        "mouthSmileLeft": 0.4 * np.clip(-np.sin(time), 0.0, None),
        "mouthSmileRight": 0.4 * np.clip(-np.sin(time), 0.0, None),
        "eyeBlinkLeft": blink,
        "eyeBlinkRight": blink,
    }


@pytest.fixture(scope="module")
def fitted() -> tuple[Fit, ShownFit, dict[str, str]]:
    rig, real = other_face(SHAPES, scale=0.1, turn=LYING, flip=True)
    extra = np.zeros_like(rig.points)
    ear = rig.points[:, 0] > np.quantile(rig.points[:, 0], 0.995)
    extra[ear] = [0.2, 0.0, 0.0]
    rig = dataclasses.replace(rig, controls=(*rig.controls, weight("ear", extra), weight("dead", 0.0 * extra)))
    made, shown = fit(our_face(), rig, {})
    return made, shown, real


def test_another_face_with_hidden_names_does_what_ours_does(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    made, _, real = fitted
    tracks = spoken()
    solved = FittedRetarget(made).solve(tracks, 60)
    by_shape = {real[name]: samples for name, samples in solved.values.items() if name in real}
    for shape, wanted in tracks.items():
        assert np.abs(by_shape[shape] - wanted).max() < 0.12, shape
    assert solved.residuals["mouth"] < 0.2
    assert made.quality.is_good, made.quality.problems
    assert made.quality.registration_cm < 0.1


def test_each_control_is_told_by_its_motion(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    made, _, real = fitted
    found = {shape: tuple(real[name] for name in same) for shape, same in made.quality.matched.items()}
    assert {shape: (shape,) for shape in SHAPES if shape != "mouthRollLower"}.items() <= found.items()


def test_what_nothing_needs_stays_at_rest_and_is_named(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    made, _, _ = fitted
    solved = FittedRetarget(made).solve(spoken(), 60)
    assert "ear" in solved.at_rest
    assert not solved.values["ear"].any()
    assert "'dead' moves nothing; it stays at rest." in made.notes


def test_values_stay_within_limits(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    made, _, _ = fitted
    tracks = {name: 5.0 * samples for name, samples in spoken().items()}
    for samples in FittedRetarget(made).solve(tracks, 60).values.values():
        assert samples.min() >= 0.0
        assert samples.max() <= 1.0


def test_lips_that_touch_on_ours_touch_on_theirs(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    made, _, _ = fitted
    rng = np.random.default_rng(3)
    frames = 80
    opening = np.linspace(0.0, 0.6, frames)
    tracks = {
        "jawOpen": opening,
        "mouthClose": np.where(np.arange(frames) % 2 == 0, opening, 0.0),
        "mouthSmileLeft": 0.5 * rng.random(frames),
    }
    retarget = FittedRetarget(made)
    values = retarget.solve(tracks, frames).values
    variables = np.stack([values[made.controls[piece.control].attribute] for piece in made.pieces])
    theirs = (made.lips.controls @ variables).mean(axis=0)
    ours = retarget.gaps(tracks, frames)[0].mean(axis=0)
    closed, wide = ours < 0.03, ours > 0.3
    assert closed.sum() > 20
    assert wide.sum() > 20
    assert theirs[closed].max() < 0.06
    assert theirs[wide].min() > 0.15


def test_no_frames_give_no_values(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    made, _, _ = fitted
    assert all(len(samples) == 0 for samples in FittedRetarget(made).solve({}, 0).values.values())


def test_a_picture_is_drawn(fitted: tuple[Fit, ShownFit, dict[str, str]], tmp_path: Path) -> None:
    widgets = pytest.importorskip("PySide6.QtWidgets")
    from PySide6.QtGui import QImage

    # The first application of a process is its only one, and tests of the panel need one with widgets.
    _APPLICATION.append(widgets.QApplication.instance() or widgets.QApplication(["tests"]))

    from maya_a2f.quality.fit_picture import HEIGHT_PIXELS, WIDTH_PIXELS, write_fit_picture

    made, shown, _ = fitted
    write_fit_picture(made, shown, tmp_path / "fit.png")
    image = QImage(str(tmp_path / "fit.png"))
    assert (image.width(), image.height()) == (WIDTH_PIXELS, HEIGHT_PIXELS)
    assert len({image.pixel(x, 400) for x in range(0, WIDTH_PIXELS, 7)}) > 20


def test_a_rig_that_cannot_speak_is_called_bad() -> None:
    rig, _ = other_face(("browInnerUp", "eyeBlinkLeft", "eyeBlinkRight"))
    made, _ = fit(our_face(), rig, {})
    assert not made.quality.is_good
    assert any("opens the mouth" in problem for problem in made.quality.problems)


def test_a_mouth_that_rests_open_is_closed_by_the_seal_pose() -> None:
    rig, real = other_face(("jawOpen", "mouthClose", "mouthSmileLeft", "mouthSmileRight"))
    opener = next(control for control in rig.controls if real[control.attribute] == "jawOpen")
    open_mouth = 0.15 * rig.dense(opener.samples[0])
    rig = dataclasses.replace(
        rig, points=rig.points + open_mouth, controls=(*rig.controls, weight("seal", -open_mouth))
    )
    made, _ = fit(our_face(), rig, {}, seal={"seal": 1.0})
    assert (made.lips.controls @ made.lips.seal).max() < -0.1
    values = FittedRetarget(made).solve({"jawOpen": np.zeros(10)}, 10).values
    assert values["seal"].min() > 0.7
    without, _ = fit(our_face(), rig, {})
    assert FittedRetarget(without).solve({"jawOpen": np.zeros(10)}, 10).values["seal"].max() < 0.1


def test_a_seal_of_unknown_controls_is_refused() -> None:
    rig, _ = other_face(("jawOpen",))
    with pytest.raises(UserError) as caught:
        fit(our_face(), rig, {}, seal={"no_such": 1.0})
    assert caught.value.code == "fit.seal"


def test_distances_instead_of_poses_where_that_is_wanted() -> None:
    """A jaw whose full strength goes half as far as ours: half as far by pose, as far as it can by distance."""
    rig, real = other_face(("jawOpen", "mouthClose"))
    halved = tuple(
        dataclasses.replace(
            control, samples=(dataclasses.replace(control.samples[0], deltas=0.5 * control.samples[0].deltas),)
        )
        for control in rig.controls
    )
    rig = dataclasses.replace(rig, controls=halved)
    jaw = next(name for name, shape in real.items() if shape == "jawOpen")
    tracks = {"jawOpen": np.full(5, 0.4)}
    by_pose = FittedRetarget(fit(our_face(), rig, {})[0]).solve(tracks, 5).values[jaw]
    by_distance = FittedRetarget(fit(our_face(), rig, {}, FitSettings(poses=False))[0]).solve(tracks, 5).values[jaw]
    assert by_pose == pytest.approx(0.4, abs=0.06)
    assert by_distance == pytest.approx(0.8, abs=0.12)


def test_each_control_says_which_channels_it_answers_to(fitted: tuple[Fit, ShownFit, dict[str, str]]) -> None:
    """A re-run of a region goes by them."""
    made, _, real = fitted
    channels = {real[name]: followed for name, followed in FittedRetarget(made).channels.items() if name in real}
    for shape in ("jawOpen", "mouthSmileLeft", "eyeBlinkRight", "browInnerUp"):
        assert channels[shape][0] == shape
    assert {region_of(channel) for channel in channels["eyeBlinkRight"]} == {"eyes"}
    assert {region_of(channel) for channel in channels["browInnerUp"]} == {"brows"}
    assert FittedRetarget(made).channels["ear"] == ()
