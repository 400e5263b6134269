"""Meshes with targets become a description; every fault is named, and refused or worked around."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from maya_a2f.core.rig_building import MeshTarget, RigMesh, build_description
from maya_a2f.errors import UserError

_POINTS = (0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0)


def _target(name: str, value: float = 1.0, move: float = 0.5, vertex: int = 2) -> MeshTarget:
    return MeshTarget(name, value, [vertex], [0, -move, 0])


def _mesh(*targets: MeshTarget, name: str = "face", points: Sequence[float] = _POINTS) -> RigMesh:
    return RigMesh(name, points, [4], [0, 1, 2, 3], targets)


def test_meshes_stand_one_after_another_in_centimetres() -> None:
    built = build_description(
        "bob", [_mesh(_target("open")), _mesh(_target("open"), _target("shut"), name="teeth")], scale=100.0
    )
    assert built.parts == (("face", 4), ("teeth", 4))
    assert list(built.face_indices) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert max(built.points) == 100.0
    both, shut = built.controls
    assert (both.attribute, list(both.samples[0].indices), list(both.samples[0].deltas)) == (
        "open", [2, 6], [0, -50, 0, 0, -50, 0],
    )  # fmt: skip
    assert list(shut.samples[0].indices) == [6]


def test_in_betweens_are_samples_in_order_of_their_values() -> None:
    built = build_description("bob", [_mesh(_target("open", 1.0), _target("open", 0.5, 0.1))])
    assert [sample.value for sample in built.controls[0].samples] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (MeshTarget("other", 1.0, [0], [0, 1, 0], vertex_count=5), "'other' has 5 vertices, its mesh 'face' 4"),
        (MeshTarget("other", 1.0, [0], [0, math.nan, 0]), "'other' holds values that are no numbers"),
        (MeshTarget("other", 1.0, [4], [0, 1, 0]), "'other' moves vertices that 'face' does not have"),
    ],
)
def test_a_target_that_makes_no_sense_is_named_and_left_out(target: MeshTarget, words: str) -> None:
    built = build_description("bob", [_mesh(_target("open"), target)])
    assert [control.attribute for control in built.controls] == ["open"]
    assert words in " ".join(built.notes)


def test_twice_the_same_name_twice_the_same_shape_and_no_shape_at_all_are_named() -> None:
    built = build_description(
        "bob", [_mesh(_target("open"), _target("open", move=2), _target("twin"), MeshTarget("still", 1.0, [], []))]
    )
    notes = " ".join(built.notes)
    assert "has 'open' twice; the first is used" in notes
    assert built.controls[0].samples[0].deltas[1] == -0.5
    assert "'open' and 'twin' are the same shape" in notes
    assert "'still' moves nothing" in notes
    assert built.controls[2].samples == ()


def test_shells_loose_vertices_and_edges_of_three_faces_are_named() -> None:
    points = [float(number) for number in range(3 * 100)]
    faces = [[3 * at, 3 * at + 1, 3 * at + 2] for at in range(30)] + [[0, 1, 95], [0, 1, 96], [5, 5, 6]]
    mesh = RigMesh("face", points, [3] * len(faces), [vertex for face in faces for vertex in face], [_target("open")])
    notes = " ".join(build_description("bob", [mesh]).notes)
    assert "1 edges belong to more than two faces" in notes
    assert "30 separate shells" in notes
    assert "8 vertices belong to no face" in notes
    assert "1 faces of 'face' have fewer than three corners" in notes


@pytest.mark.parametrize(
    ("mesh", "code", "words"),
    [
        (_mesh(), "rig.no_mesh", "no mesh with shapes"),
        (_mesh(_target("open"), points=(*_POINTS[:-1], math.inf)), "rig.not_finite", "Vertex 3 of the mesh 'face'"),
        (RigMesh("face", _POINTS, [3], [0, 1, 9], [_target("open")]), "rig.faces", "vertex 9 of 4"),
        (RigMesh("face", _POINTS, [4], [0, 1, 2], [_target("open")]), "rig.faces", "do not fit"),
    ],
)
def test_what_leaves_no_face_is_refused(mesh: RigMesh, code: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        build_description("bob", [mesh], source="bob.glb")
    assert caught.value.code == code
    assert "bob.glb" in caught.value.message
