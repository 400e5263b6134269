from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.training.head import checks
from maya_a2f.training.head.fields import left_share
from maya_a2f.training.head.model import Head
from maya_a2f.training.head.topology import half_face, mirrored


def test_the_head_has_between_three_and_eight_thousand_vertices(head: Head) -> None:
    assert 3000 <= sum(len(mesh.points) for mesh in head.meshes.values()) <= 8000


def test_every_mesh_has_consistent_winding_and_no_edge_of_three_faces(head: Head) -> None:
    for mesh in head.meshes.values():
        assert max(checks.directed_edge_counts(mesh.quads).values()) == 1, mesh.name


def test_the_face_is_open_only_at_the_neck_and_behind_the_lids(head: Head) -> None:
    counts = checks.directed_edge_counts(head.meshes["face"].quads)
    border = {a for a, b in counts if (b, a) not in counts}
    half = head.face.half
    expected = np.concatenate([half.grid[:, 0], half.eye[-1]])
    assert border == set(expected.tolist()) | set(head.face.mirror.twin[expected].tolist())


def test_no_quad_is_degenerate(head: Head) -> None:
    for mesh in head.meshes.values():
        assert np.linalg.norm(checks.quad_normals(mesh.points, mesh.quads), axis=1).min() > 1e-3, mesh.name
        assert all(len(set(quad)) == 4 for quad in mesh.quads.tolist()), mesh.name


def test_every_mesh_is_its_own_mirror_image(head: Head) -> None:
    for name in ("face", "upperTeeth", "lowerTeeth", "tongue", "hair", "brows", "lashes"):
        assert checks.mirror_error(head.meshes[name].points) < 1e-6, name
    left, right = head.meshes["leftEye"].points, head.meshes["rightEye"].points
    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-9)


def test_the_skin_looks_outwards(head: Head) -> None:
    assert len(checks.inverted_skin_quads(head.face)) == 0


def test_closed_meshes_are_wound_outwards(head: Head) -> None:
    for name in ("leftEye", "rightEye", "tongue", "hair"):
        mesh = head.meshes[name]
        middles = mesh.points[mesh.quads].mean(1)
        outwards = (checks.quad_normals(mesh.points, mesh.quads) * (middles - mesh.points.mean(0))).sum(1)
        # Three times the enclosed volume; negative if the mesh were inside out.
        assert outwards.sum() > 5.0, name


def test_the_head_is_the_size_of_an_adult(head: Head) -> None:
    points = head.meshes["face"].points
    skull = points[points[:, 1] > -11.6]
    extent = np.ptp(skull, axis=0)
    assert 13.5 < extent[0] < 18.5
    assert 21.0 < extent[1] < 25.0
    assert 18.0 < extent[2] < 23.0


def test_uvs_fill_the_unit_square_without_turning_over(head: Head) -> None:
    for mesh in head.meshes.values():
        assert mesh.uvs.min() >= 0.0, mesh.name
        assert mesh.uvs.max() <= 1.0, mesh.name
    face = head.meshes["face"]
    uv = np.column_stack([face.uvs, np.zeros(len(face.uvs))])
    turned = checks.quad_normals(uv, face.face_uvs)[:, 2]
    assert (turned > 0).all() or (turned < 0).all()


def test_the_mirror_pairs_every_vertex_and_keeps_the_midline() -> None:
    half = half_face()
    mirror = mirrored(half)
    assert (mirror.twin[mirror.twin] == np.arange(len(mirror.twin))).all()
    assert (mirror.twin[half.midline] == half.midline).all()


def test_left_and_right_shares_add_up_to_one() -> None:
    points = np.column_stack([np.linspace(-3, 3, 31), np.zeros(31), np.zeros(31)])
    np.testing.assert_allclose(left_share(points) + left_share(points * [-1, 1, 1]), 1.0)


def test_all_shapes_are_there_and_none_is_empty(head: Head) -> None:
    assert tuple(head.meshes["face"].shapes) == ARKIT_CHANNELS
    assert tuple(head.meshes["tongue"].shapes) == (*TONGUE_CHANNELS, "tongueOut")
    for mesh in head.meshes.values():
        for name, deltas in mesh.shapes.items():
            assert np.abs(deltas).max() > 0.01, (mesh.name, name)


@pytest.mark.parametrize("mesh_name", ["face", "brows", "lashes"])
def test_right_shapes_mirror_left_ones(head: Head, mesh_name: str) -> None:
    from scipy.spatial import cKDTree

    mesh = head.meshes[mesh_name]
    twin = head.face.mirror.twin if mesh_name == "face" else cKDTree(mesh.points).query(mesh.points * [-1, 1, 1])[1]
    for name, deltas in mesh.shapes.items():
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            other = mesh.shapes[name[:-4] + "Right"]
            np.testing.assert_allclose(deltas[twin] * [-1, 1, 1], other, atol=1e-6, err_msg=name)


def test_tongue_shapes_differ_from_each_other(head: Head) -> None:
    fields = np.stack([head.meshes["tongue"].shapes[name].ravel() for name in TONGUE_CHANNELS])
    fields /= np.linalg.norm(fields, axis=1, keepdims=True)
    likeness = np.abs(fields @ fields.T) - np.eye(len(fields))
    for a, b in zip(*np.nonzero(likeness > 0.9), strict=True):
        # Opposites (left/right, up/down) may be the negative of each other, never the same.
        assert fields[a] @ fields[b] < 0, (TONGUE_CHANNELS[a], TONGUE_CHANNELS[b])
