from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.training.head import checks
from maya_a2f.training.head.measures import measure_shapes, mouth_of
from maya_a2f.training.head.model import Head
from maya_a2f.training.head.mouth import CONTACT_RING
from maya_a2f.training.head.proportions import JAW_OPEN_DEGREES
from maya_a2f.training.head.shapes.jaw import opened

GAPS = {
    "jawOpen": (2.9, 0.15),
    "mouthFunnel": (0.9, 0.15),
    "mouthShrugLower": (-0.5, 0.12),
    "mouthShrugUpper": (0.4, 0.1),
    "mouthUpperUpLeft": (0.35, 0.08),
    "mouthLowerDownRight": (0.3, 0.08),
    "mouthRollLower": (0.0, 0.1),
    "mouthRollUpper": (0.0, 0.1),
    "mouthPressLeft": (0.0, 0.1),
    "mouthSmileLeft": (0.0, 0.1),
}
WIDTHS = {
    "mouthPucker": (-1.6, 0.25),
    "mouthFunnel": (-0.9, 0.2),
    "mouthSmileLeft": (0.5, 0.15),
    "mouthStretchRight": (0.5, 0.15),
}


def test_lips_touch_at_rest(head: Head) -> None:
    contact = head.face.half.mouth[CONTACT_RING]
    points = head.face.points
    assert np.linalg.norm(points[contact[:12]] - points[contact[:12:-1]], axis=1).max() <= 0.02


@pytest.mark.parametrize("shape", GAPS)
def test_lip_gaps_are_calibrated(head: Head, shape: str) -> None:
    target, tolerance = GAPS[shape]
    assert abs(measure_shapes(head)[shape].gap_cm - target) < tolerance


@pytest.mark.parametrize("shape", WIDTHS)
def test_mouth_widths_are_calibrated(head: Head, shape: str) -> None:
    target, tolerance = WIDTHS[shape]
    assert abs(measure_shapes(head)[shape].width_cm - target) < tolerance


@pytest.mark.parametrize("weight", [0.1, 0.5, 1.0])
def test_mouth_close_seals_the_open_jaw_at_every_weight(head: Head, weight: float) -> None:
    shapes = head.meshes["face"].shapes
    assert checks.seal_error(head.face, shapes, weight) < 1e-3
    posed = head.face.points + weight * shapes["jawOpen"]
    assert mouth_of(head, posed)[0] > 2.0 * weight


def test_the_chin_turns_with_the_lower_teeth(head: Head) -> None:
    chin = head.landmarks["chin"]
    rest = head.face.points[[chin]]
    np.testing.assert_allclose(head.meshes["face"].shapes["jawOpen"][[chin]], opened(rest), atol=0.02)
    assert opened(rest)[0, 1] < -2.0, JAW_OPEN_DEGREES


def test_jaw_open_leaves_the_upper_face_alone(head: Head) -> None:
    moved = np.linalg.norm(head.meshes["face"].shapes["jawOpen"], axis=1)
    assert moved[head.face.points[:, 1] > -0.5].max() < 0.01


def test_a_blink_closes_the_lids_and_the_other_eye_stays(head: Head) -> None:
    shapes = head.meshes["face"].shapes
    assert checks.blink_gap(head.face, shapes) < 0.03
    right = head.face.points[:, 0] < -0.5
    assert np.abs(shapes["eyeBlinkLeft"][right]).max() == 0.0


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_lids_stay_outside_the_eyeball_through_a_blink(head: Head, weight: float) -> None:
    assert checks.lid_clearance(head.face, weight * head.meshes["face"].shapes["eyeBlinkLeft"]) > 0.0


@pytest.mark.parametrize("shape", ["eyeLookDownLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft"])
def test_lid_shapes_stay_outside_the_eyeball(head: Head, shape: str) -> None:
    assert checks.lid_clearance(head.face, head.meshes["face"].shapes[shape]) > 0.0


def test_lips_stay_out_of_the_teeth_at_rest_and_in_each_shape(head: Head) -> None:
    # mouthClose alone has no meaning: it is written for the open jaw, where the seal test covers it.
    depths = {name: depth for name, depth in checks.teeth_depths(head).items() if name != "mouthClose"}
    assert max(depths.values()) < 0.02, max(depths, key=depths.__getitem__)


@pytest.mark.parametrize(
    "weights",
    [
        {"jawOpen": 1.0, "mouthClose": 1.0},
        {"jawOpen": 0.5, "mouthClose": 0.5, "mouthRollLower": 0.4},
        {"jawOpen": 0.15, "mouthPucker": 0.7, "mouthFunnel": 0.35},
        {"jawOpen": 0.12, "mouthRollLower": 0.8, "mouthUpperUpLeft": 0.25, "mouthUpperUpRight": 0.25},
        {"mouthRollLower": 0.8, "mouthRollUpper": 0.5, "mouthPressLeft": 1.0, "mouthPressRight": 1.0},
        {"jawOpen": 0.3, "mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    ],
)
def test_lips_stay_out_of_the_teeth_in_combinations(head: Head, weights: dict[str, float]) -> None:
    assert checks.combination_depth(head, weights) < 0.03


def test_shapes_turn_no_skin_over(head: Head) -> None:
    for name, deltas in head.meshes["face"].shapes.items():
        if name != "mouthClose":
            assert len(checks.flipped_quads(head.face, deltas)) <= 6, name


def test_brows_and_lashes_follow_the_skin(head: Head) -> None:
    brows = head.meshes["brows"].shapes["browInnerUp"]
    assert brows[:, 1].max() > 0.4
    lashes = head.meshes["lashes"].shapes["eyeBlinkLeft"]
    assert lashes[:, 1].min() < -0.7
