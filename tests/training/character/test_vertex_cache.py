"""Vertex caches of every kind, and damaged ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.training.character.vertex_cache import read_pose, read_vertices
from tests.training.character.footage_files import write_maya_cache, write_pc2

VERTICES = np.random.default_rng(1).normal(size=(5, 7, 3)).astype(np.float32)


def _written(folder: Path, kind: str) -> Path:
    if kind == "npy":
        np.save(folder / "a.npy", VERTICES)
        return folder / "a.npy"
    if kind == "pc2":
        return write_pc2(folder / "a.pc2", VERTICES)
    return write_maya_cache(folder / "a.xml", VERTICES, wide="wide" in kind, doubles="doubles" in kind)


@pytest.mark.parametrize("kind", ["npy", "pc2", "maya", "maya wide", "maya doubles", "maya wide doubles"])
def test_every_kind_gives_the_same_vertices(tmp_path: Path, kind: str) -> None:
    np.testing.assert_array_equal(read_vertices(_written(tmp_path, kind)), VERTICES)


@pytest.mark.parametrize("kind", ["npy", "pc2", "maya", "maya wide"])
@pytest.mark.parametrize("keep", [0.02, 0.5, 0.95])
def test_a_truncated_file_is_refused_by_name(tmp_path: Path, kind: str, keep: float) -> None:
    path = _written(tmp_path, kind)
    data = next((p for p in (path.with_suffix(".mc"), path.with_suffix(".mcx")) if p.exists()), path)
    content = data.read_bytes()
    data.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(UserError) as caught:
        read_vertices(path)
    assert caught.value.code.startswith("training-data.")
    assert data.stem in caught.value.message


def test_no_numbers_are_refused_with_their_place(tmp_path: Path) -> None:
    damaged = VERTICES.copy()
    damaged[3, 2, 1] = np.nan
    with pytest.raises(UserError, match="vertex 2 is no finite position in frame 3"):
        read_vertices(write_pc2(tmp_path / "a.pc2", damaged))


def test_two_meshes_in_one_cache_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="2 meshes"):
        read_vertices(write_maya_cache(tmp_path / "a.xml", VERTICES, meshes=("face", "tongue")))


def test_one_file_per_frame_is_refused(tmp_path: Path) -> None:
    path = write_maya_cache(tmp_path / "a.xml", VERTICES)
    path.write_text(path.read_text().replace("OneFile", "OneFilePerFrame"))
    with pytest.raises(UserError, match="OneFilePerFrame"):
        read_vertices(path)


def test_entities_in_the_description_are_refused(tmp_path: Path) -> None:
    path = write_maya_cache(tmp_path / "a.xml", VERTICES)
    path.write_text('<!DOCTYPE a [<!ENTITY b "c">]>' + path.read_text())
    with pytest.raises(UserError, match="entities"):
        read_vertices(path)


def test_a_missing_binary_is_said(tmp_path: Path) -> None:
    path = write_maya_cache(tmp_path / "a.xml", VERTICES)
    path.with_suffix(".mc").unlink()
    with pytest.raises(UserError, match="missing"):
        read_vertices(path)


@pytest.mark.parametrize("shape", [(7, 2), (3, 7, 3), (21,)])
def test_a_pose_has_three_columns(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "n.npy", np.zeros(shape))
    with pytest.raises(UserError, match="a pose is an array"):
        read_pose(tmp_path / "n.npy")
