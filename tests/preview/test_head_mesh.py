"""Reading a head folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_head import write_small_head

from maya_a2f.errors import UserError
from maya_a2f.preview.head_mesh import load_head_mesh, quads_of_faces


def test_a_head_folder_is_read_whole(tmp_path: Path) -> None:
    head = load_head_mesh(write_small_head(tmp_path / "egg"))
    assert [part.name for part in head.parts][:2] == ["face", "upperTeeth"]
    assert head.vertex_count == len(head.points) == head.slices["brows"].stop
    face = head.part("face")
    assert face is not None
    assert set(face.shapes) == {"jawOpen", "mouthSmileLeft"}
    assert head.quads.max() == head.vertex_count - 1


def test_faces_of_any_size_become_quads_that_cover_them() -> None:
    quads, faces = quads_of_faces(np.array([3, 4, 5, 6], np.int32), np.arange(18, dtype=np.int32))
    assert quads.tolist() == [
        [0, 1, 2, 2], [3, 4, 5, 6], [7, 8, 9, 10], [7, 10, 11, 11], [12, 13, 14, 15], [12, 15, 16, 17],
    ]  # fmt: skip
    assert faces.tolist() == [0, 1, 2, 2, 3, 3]


def test_a_folder_that_is_no_head_is_refused_as_by_everyone_else(tmp_path: Path) -> None:
    folder = write_small_head(tmp_path / "egg")
    (folder / "head.npz").unlink()
    with pytest.raises(UserError, match=r"head\.npz") as caught:
        load_head_mesh(folder)
    assert caught.value.code == "head.missing"
