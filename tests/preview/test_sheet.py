"""Contact sheets, PNG files and lettering."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import HostError, UserError
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.lettering import draw_label, label_width
from maya_a2f.preview.png import png_bytes
from maya_a2f.preview.sheet import render_sheet


def test_a_png_reads_back_pixel_by_pixel() -> None:
    image = pytest.importorskip("PIL.Image", reason="needs Pillow to read PNG")
    picture = np.random.default_rng(0).integers(0, 256, (13, 7, 3), np.uint8)
    with image.open(io.BytesIO(png_bytes(picture))) as read:
        assert read.mode == "RGB"
        assert (np.asarray(read) == picture).all()


def test_a_sheet_holds_every_pose_in_its_cell(head: HeadMesh, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    poses = [("rest", {}), ("open", {"face_shapes.jawOpen": 1.0}), ("rest again", {})]
    sheet = render_sheet(head, poses, out, columns=2, cell=(80, 90), renderer="software")
    assert sheet.shape == (180, 160, 3)
    first, second, third = (sheet[r : r + 60, c : c + 80].astype(int) for r, c in ((0, 0), (0, 80), (90, 0)))
    assert (first == third).all()
    assert np.abs(first - second).max() > 40
    assert (sheet[90:, 80:] == sheet[-1, -1]).all()
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_sheet_without_poses_or_folder_is_refused(head: HeadMesh, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        render_sheet(head, [], tmp_path / "s.png")
    with pytest.raises(HostError):
        render_sheet(head, [("rest", {})], tmp_path / "no" / "s.png", cell=(64, 64), renderer="software")


def test_letters_differ_and_stay_inside_their_width() -> None:
    drawn = {}
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-_+=/%()'?!<>*":
        picture = np.zeros((30, 30, 3), np.uint8)
        draw_label(picture, letter, 5, 5, height=12)
        assert picture.any(), letter
        assert not picture[:, 5 + label_width(letter) + 2 :].any(), letter
        drawn[letter] = picture.tobytes()
    assert len(set(drawn.values())) == len(drawn)


def test_a_label_beyond_the_edge_is_cut_off() -> None:
    picture = np.zeros((10, 20, 3), np.uint8)
    draw_label(picture, "jawOpen", 12, 6)
    draw_label(picture, "x", 500, 500)
    assert picture.any()
