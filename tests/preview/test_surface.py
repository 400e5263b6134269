"""A head made ready for drawing: materials, crisp borders, baked light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from maya_a2f.core.head import Material
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.look import KEY_DIRECTION, finish_of, toned
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.shading import EYE_MAP_SIZE, eye_map, lobe
from maya_a2f.preview.surface import Surface, build_surface


def _rows(surface: Surface, head: HeadMesh, part: str) -> np.ndarray:
    where = head.slices[part]
    return np.flatnonzero((surface.source >= where.start) & (surface.source < where.stop))


def test_every_face_is_drawn_and_thin_sheets_come_last(surface: Surface, head: HeadMesh) -> None:
    corners = sum(int(3 + (quad[2] != quad[3])) for part in head.parts for quad in part.quads)
    assert len(surface.triangles) == corners - 2 * sum(len(part.quads) for part in head.parts)
    brows = set(_rows(surface, head, "brows"))
    assert set(surface.triangles[surface.two_sided_from :].ravel()) == brows
    assert not brows & set(surface.triangles[: surface.two_sided_from].ravel())


def test_a_crisp_border_doubles_its_vertices_and_a_soft_one_blends(head: HeadMesh) -> None:
    def split(part: str, other: str) -> HeadMesh:
        parts = []
        for item in head.parts:
            if item.name == part:
                groups = (item.points[item.quads[:, 0], 0] > 0).astype(np.int32)
                item = replace(item, quad_materials=(*item.quad_materials, other), quad_material=groups)
            parts.append(item)
        return replace(head, parts=tuple(parts), materials={**head.materials, other: Material((0.0, 0.0, 1.0))})

    crisp = split("upperTeeth", "gum")
    surface = build_surface(crisp)
    rows = _rows(surface, crisp, "upperTeeth")
    assert len(rows) > len(crisp.parts[1].points)
    assert len(np.unique(surface.albedo[rows], axis=0)) == 2
    soft = split("face", "lips")
    surface = build_surface(soft)
    rows = _rows(surface, soft, "face")
    assert len(rows) == len(soft.parts[0].points)
    assert len(np.unique(surface.albedo[rows], axis=0)) > 2


def test_baked_light_falls_from_the_key_and_leaves_hollows_dark(surface: Surface, head: HeadMesh) -> None:
    rows = _rows(surface, head, "face")
    normals = HeadPoser(head).pose({}).normals[0][surface.source[rows]]
    toward = normals @ (np.array(KEY_DIRECTION) / np.linalg.norm(KEY_DIRECTION))
    assert surface.key[rows][toward > 0.8].mean() > 0.9
    assert surface.key[rows][toward < -0.5].mean() < 0.1
    crown = rows[head.points[surface.source[rows], 1] > 9]
    assert surface.sky[crown].min() > 0.75
    tongue = _rows(surface, head, "tongue")
    assert surface.sky[tongue].mean() < 0.6
    assert surface.sky[tongue].min() == pytest.approx(finish_of("tongue").least_sky)


def test_the_eye_map_is_a_pupil_in_an_iris_in_white() -> None:
    colors = eye_map()
    middle = EYE_MAP_SIZE // 2
    pupil, iris, white = (colors[middle, middle + int(x * middle)] for x in (0.0, 0.33, 0.6))
    assert pupil.max() < 0.02
    assert iris[2] > iris[0] > pupil[0]
    assert white.min() > 0.4


def test_the_highlight_is_one_at_its_middle_and_narrows_with_gloss() -> None:
    facing = np.array([1.0, 0.95, 0.5, 0.0, -0.3], np.float32)
    dull, glossy = (lobe(facing, np.full(5, gloss, np.float32)) for gloss in (5, 100))
    assert dull[0] == glossy[0] == 1
    assert (glossy[1:3] < dull[1:3]).all()
    assert dull[3:].max() == glossy[3:].max() == 0


def test_tones_rise_from_black_to_white() -> None:
    shown = toned(np.linspace(-0.1, 30, 500, dtype=np.float32))
    assert shown[0] == 0
    assert shown[-1] == pytest.approx(1, abs=0.01)
    assert (np.diff(shown) >= 0).all()
