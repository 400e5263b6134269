"""Both renderers draw the same head."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.errors import EngineError
from maya_a2f.preview import gl_renderer
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import frame_head
from maya_a2f.preview.gl_renderer import GLRenderer, OpenGLMissingError
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.look import background
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.renderer import open_renderer
from maya_a2f.preview.software_renderer import SoftwareRenderer
from maya_a2f.preview.surface import Surface

SIZE = (320, 180)
POSE = {"face_shapes.jawOpen": 0.7, "jaw.translateY": -1.5, "leftEye.rotateY": 20.0}


def _drawn(renderer: GLRenderer | SoftwareRenderer, head: HeadMesh, values: dict[str, float]) -> Picture:
    posed = HeadPoser(head).pose(values)
    return renderer.render(posed.points[0], posed.normals[0], frame_head(head, SIZE[0] / SIZE[1]))


def _silhouette(picture: Picture) -> np.ndarray:
    return np.abs(picture.astype(int) - background(SIZE)).max(2) > 6


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


@pytest.mark.gl
def test_opengl_and_software_show_the_same_head(opengl: GLRenderer, surface: Surface, head: HeadMesh) -> None:
    for values in ({}, POSE):
        by_opengl, by_software = (_drawn(r, head, values) for r in (opengl, SoftwareRenderer(surface, SIZE)))
        assert _silhouette(by_opengl).mean() > 0.15
        assert _overlap(_silhouette(by_opengl), _silhouette(by_software)) > 0.95
        assert np.abs(by_opengl.astype(int) - by_software).mean() < 2.0


@pytest.mark.gl
def test_opengl_smooths_edges(opengl: GLRenderer, head: HeadMesh) -> None:
    picture = _drawn(opengl, head, {}).astype(int).sum(2)
    row = picture[90]
    left = int(np.argmax(np.abs(np.diff(row)) > 40))
    outside, inside = row[left - 3], row[left + 6]
    between = [value for value in row[left : left + 4] if outside + 15 < value < inside - 15]
    assert between


@pytest.mark.gl
def test_a_second_frame_owes_nothing_to_the_first(opengl: GLRenderer, head: HeadMesh) -> None:
    first = _drawn(opengl, head, {})
    kept = first.copy()
    _drawn(opengl, head, {"head.rotateY": 50.0, "head.translateX": 4.0})
    assert (first == kept).all()
    # The drawn window has grown, so that samples at edges may fall differently by a hair.
    again = _drawn(opengl, head, {}).astype(int)
    assert np.abs(again - kept).mean() < 0.02
    assert _overlap(_silhouette(again), _silhouette(kept)) > 0.995


@pytest.mark.gl
def test_a_head_that_leaves_the_picture_leaves_the_backdrop(
    opengl: GLRenderer, surface: Surface, head: HeadMesh
) -> None:
    away = {"head.translateX": 90.0}
    for renderer in (opengl, SoftwareRenderer(surface, SIZE)):
        assert np.abs(_drawn(renderer, head, away).astype(int) - background(SIZE)).max() == 0
        half = _drawn(renderer, head, {"head.translateX": 20.0})
        assert 0 < _silhouette(half).mean() < 0.3


def test_the_software_picture_is_smooth_and_lit(surface: Surface, head: HeadMesh) -> None:
    renderer = SoftwareRenderer(surface, SIZE)
    picture = _drawn(renderer, head, {})
    assert picture.shape == (180, 320, 3)
    forehead = picture[40:60, 145:165].astype(int)
    assert forehead.mean() > 60
    assert np.abs(np.diff(forehead, axis=1)).max() < 8
    assert forehead.std() > 1
    assert "software" in renderer.note


def test_an_open_mouth_changes_the_picture_only_below(surface: Surface, head: HeadMesh) -> None:
    renderer = SoftwareRenderer(surface, SIZE)
    changed = np.abs(_drawn(renderer, head, {}).astype(int) - _drawn(renderer, head, POSE)).max(2) > 4
    assert changed[130:].mean() > 0.02
    assert changed[:60].mean() == 0


def test_an_eye_turns_in_the_picture(surface: Surface, head: HeadMesh) -> None:
    renderer = SoftwareRenderer(surface, SIZE)
    changed = np.abs(_drawn(renderer, head, {}).astype(int) - _drawn(renderer, head, {"leftEye.rotateY": 25.0}))
    columns = np.flatnonzero(changed.max((0, 2)) > 10)
    assert 160 < columns.min() < columns.max() < 190


def test_without_opengl_the_software_path_takes_over_and_says_so(
    surface: Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OpenGLMissingError("no display")

    monkeypatch.setattr(gl_renderer, "_context", refuse)
    with open_renderer(surface, SIZE) as renderer:
        assert renderer.name == "software"
        assert "no display" in renderer.note
    with pytest.raises(EngineError, match="no display") as caught:
        open_renderer(surface, SIZE, "opengl")
    assert caught.value.code == "preview.no_opengl"
