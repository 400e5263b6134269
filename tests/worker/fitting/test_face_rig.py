"""Rigs that no fit can make sense of are refused by name; what can be left out is left out and named."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.columns import control_values, pieces_of
from maya_a2f.worker.fitting.face_rig import FaceRig, RigControl, Sample, checked_rig
from tests.worker.fitting.warped_faces import weight

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], np.float64)
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3], [1, 2, 4]], np.int64)
UP = np.array([[0, 0.1, 0]] * 5)


def rig(*controls: RigControl, points: np.ndarray = POINTS, triangles: np.ndarray = TRIANGLES) -> FaceRig:
    return FaceRig("small", points, triangles, controls or (weight("up", UP),))


def refusal(bad: FaceRig) -> tuple[str, str]:
    with pytest.raises(UserError) as caught:
        checked_rig(bad)
    return caught.value.code, caught.value.message


def test_numbers_that_are_none_are_refused_with_their_place() -> None:
    points = POINTS.copy()
    points[3, 1] = np.nan
    assert refusal(rig(points=points)) == (
        "fit.bad_mesh", "The face of 'small' cannot be fitted: vertex 3 has no finite position.",
    )  # fmt: skip
    bad = UP.copy()
    bad[2] = np.inf
    assert "'broken'" in refusal(rig(weight("broken", bad)))[1]


def test_shapes_of_another_mesh_are_refused() -> None:
    control = weight("other", np.ones((9, 3)))
    code, message = refusal(rig(control))
    assert code == "fit.bad_control"
    assert "a vertex that the face at rest, with 5, does not have" in message
    sample = Sample(1.0, np.arange(3), np.ones((2, 3)))
    assert "2 offsets for 3 vertices" in refusal(rig(replace(control, samples=(sample,))))[1]


def test_limits_upside_down_are_refused() -> None:
    control = replace(weight("up", UP), lowest=1.0, highest=0.0)
    assert refusal(rig(control))[1] == (
        "The control 'up' cannot be fitted: it has its lowest value 1 above its highest 0."
    )


def test_a_mesh_without_a_surface_is_refused() -> None:
    assert refusal(rig(triangles=np.zeros((0, 3), np.int64)))[0] == "fit.bad_mesh"
    assert refusal(rig(triangles=np.array([[0, 0, 1]])))[0] == "fit.bad_mesh"
    assert refusal(rig(triangles=np.array([[0, 1, 99]])))[0] == "fit.bad_mesh"
    assert refusal(rig(points=np.zeros((5, 3))))[0] == "fit.bad_mesh"


def test_what_does_nothing_is_twice_there_or_locked_is_left_out_and_named() -> None:
    left_out = checked_rig(
        rig(
            weight("up", UP),
            weight("dead", 0 * UP),
            weight("again", UP),
            replace(weight("held", 2 * UP), locked=True),
            replace(weight("pinned", 3 * UP), highest=0.0),
        )
    )
    assert [control.attribute for control in left_out.controls] == ["up"]
    assert left_out.notes == (
        "'dead' moves nothing; it stays at rest.",
        "'again' does the same as 'up'; it stays at rest.",
        "'held' is locked or driven; it is left alone.",
        "'pinned' moves nothing; it stays at rest.",
    )


def test_a_rig_with_nothing_left_is_refused() -> None:
    assert refusal(rig(weight("dead", 0 * UP)))[0] == "fit.no_controls"


def test_faces_without_area_go_and_crowded_edges_are_named() -> None:
    crowded = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4], [2, 2, 3]])
    kept = checked_rig(rig(triangles=crowded))
    assert len(kept.triangles) == 3
    assert "1 edge(s) of the mesh have more than two faces" in kept.notes[0]


def test_a_control_of_several_samples_is_a_chain_from_its_rest() -> None:
    samples = tuple(Sample(value, np.arange(5), value * UP) for value in (-20.0, 10.0, 30.0))
    joint = RigControl("jaw.rotateX", "rotate", 0.0, -20.0, 25.0, samples)
    pieces = pieces_of(rig(joint))
    assert [(piece.start, piece.end, piece.order, piece.most) for piece in pieces] == [
        (0.0, -20.0, 0, 1.0), (0.0, 10.0, 0, 1.0), (10.0, 30.0, 1, 0.75),
    ]  # fmt: skip
    values = control_values(np.zeros(1), pieces, np.array([[0.0, 1.0, 0.5], [0.5, 0.0, 0.0]]))
    assert values[:, 0].tolist() == [20.0, -10.0]


def test_a_limit_short_of_the_sample_bounds_the_control() -> None:
    (piece,) = pieces_of(checked_rig(rig(weight("up", UP, highest=0.4))))
    assert piece.most == pytest.approx(0.4)
    (free,) = pieces_of(checked_rig(rig(weight("up", UP, highest=math.inf))))
    assert free.most == 1.0
