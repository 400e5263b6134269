from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from maya_a2f.training.head.asset import write_asset
from maya_a2f.training.head.build import DEFAULT_FOLDER
from maya_a2f.training.head.model import Head, build_head


def test_the_written_bytes_depend_on_the_model_alone(head: Head, tmp_path: Path) -> None:
    first = write_asset(head, tmp_path / "a")
    second = write_asset(build_head(), tmp_path / "b")
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes()
    assert first[1].stat().st_size < 3_000_000


def test_arrays_have_the_agreed_types_and_fit_the_description(head: Head, tmp_path: Path) -> None:
    json_path, npz_path = write_asset(head, tmp_path)
    description = json.loads(json_path.read_text(encoding="utf-8"))
    with np.load(npz_path, allow_pickle=False) as arrays:
        assert {a.dtype.str for a in arrays.values()} == {"<f4", "<i4"}
        for mesh in description["meshes"]:
            name = mesh["name"]
            vertices = len(arrays[f"{name}.points"])
            assert arrays[f"{name}.face_sizes"].sum() == len(arrays[f"{name}.face_vertices"])
            assert arrays[f"{name}.face_vertices"].max() == vertices - 1
            assert arrays[f"{name}.face_uvs"].max() < len(arrays[f"{name}.uvs"])
            for key in arrays:
                if key.startswith(f"{name}.shape.") and key.endswith(".indices"):
                    indices = arrays[key]
                    assert (np.diff(indices) > 0).all()
                    assert indices[-1] < vertices
                    assert arrays[key.replace(".indices", ".deltas")].shape == (len(indices), 3)
    assert {mesh["joint"] for mesh in description["meshes"]} <= {joint["name"] for joint in description["joints"]}


def test_the_jaw_joint_lies_at_the_centroid_of_five_points_out_of_one_plane(head: Head) -> None:
    joints = {name: np.array(place) for name, _, place in head.joints}
    marks = head.landmarks["jawPoints"]
    assert isinstance(marks, dict)
    points = head.meshes["lowerTeeth"].points[marks["vertices"]]
    assert len(points) == 5
    np.testing.assert_allclose(joints["jaw"], points.mean(0), atol=1e-4)
    assert np.linalg.svd(points - points.mean(0), compute_uv=False).min() > 0.2


def test_the_shipped_head_is_the_one_the_code_builds(head: Head, tmp_path: Path) -> None:
    _, npz_path = write_asset(head, tmp_path)
    with np.load(npz_path) as built, np.load(DEFAULT_FOLDER / "head.npz") as shipped:
        assert set(built) == set(shipped)
        for name in built:
            np.testing.assert_allclose(built[name], shipped[name], atol=1e-3, err_msg=name)
