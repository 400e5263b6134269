"""Pictures one after another from one open renderer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_head import write_small_head

from maya_a2f.errors import UserError
from maya_a2f.preview.gl_renderer import GLRenderer
from maya_a2f.preview.still import StillDrawer

SIZE = (96, 80)


@pytest.fixture
def drawer(tmp_path: Path) -> StillDrawer:
    return StillDrawer(write_small_head(tmp_path), joint_suffix="", shapes_suffix="_shapes", renderer="software")


def test_a_picture_has_the_size_asked_for(drawer: StillDrawer) -> None:
    picture = drawer.draw({}, SIZE)
    assert (picture.shape, picture.dtype) == ((80, 96, 3), np.uint8)
    assert picture.flags.c_contiguous
    assert drawer.renderer == "software"


def test_the_face_moves_with_its_values(drawer: StillDrawer) -> None:
    rest, opened = (drawer.draw(values, SIZE).astype(int) for values in ({}, {"face_shapes.jawOpen": 1.0}))
    assert np.abs(opened - rest).max() > 20


def test_a_picture_does_not_depend_on_those_before(drawer: StillDrawer) -> None:
    first = drawer.draw({}, SIZE)
    drawer.draw({"face_shapes.jawOpen": 1.0}, (64, 64))
    assert np.array_equal(drawer.draw({}, SIZE), first)


@pytest.mark.parametrize("size", [(0, 80), (96, 100000)])
def test_an_impossible_size_is_refused(drawer: StillDrawer, size: tuple[int, int]) -> None:
    with pytest.raises(UserError) as caught:
        drawer.draw({}, size)
    assert caught.value.code == "preview.size"


def test_closing_twice_does_no_harm(drawer: StillDrawer) -> None:
    drawer.draw({}, SIZE)
    drawer.close()
    drawer.close()
    assert drawer.draw({}, SIZE).shape == (80, 96, 3)


def test_another_picture_made_meanwhile_does_not_freeze_the_first(tmp_path: Path, opengl: GLRenderer) -> None:
    folder = write_small_head(tmp_path)
    kept, other = (StillDrawer(folder, joint_suffix="", shapes_suffix="_shapes", renderer="opengl") for _ in range(2))
    rest = kept.draw({}, SIZE).astype(int)
    other.draw({}, (64, 64))
    other.close()
    assert np.abs(kept.draw({"face_shapes.jawOpen": 1.0}, SIZE) - rest).max() > 20
    kept.close()


def test_many_pictures_are_those_of_single_values(drawer: StillDrawer) -> None:
    opening = (0.0, 0.4, 1.0)
    each = list(drawer.draw_each({"face_shapes.jawOpen": opening}, SIZE))
    alone = [drawer.draw({"face_shapes.jawOpen": value}, SIZE) for value in opening]
    assert all(np.array_equal(one, other) for one, other in zip(each, alone, strict=True))
