"""Heads and pictures that several preview tests share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_a2f.preview.gl_renderer import GLRenderer, OpenGLMissingError
from maya_a2f.preview.head_mesh import HeadMesh, load_head_mesh
from maya_a2f.preview.surface import Surface, build_surface

sys.path.insert(0, str(Path(__file__).parent))

from small_head import write_small_head


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> HeadMesh:
    """The egg head."""
    return load_head_mesh(write_small_head(tmp_path_factory.mktemp("egg")))


@pytest.fixture(scope="session")
def surface(head: HeadMesh) -> Surface:
    """The egg head made ready for drawing."""
    return build_surface(head)


@pytest.fixture
def opengl(surface: Surface) -> Iterator[GLRenderer]:
    """An OpenGL renderer, 320 x 180; the test is skipped where there is no OpenGL."""
    try:
        renderer = GLRenderer(surface, (320, 180))
    except OpenGLMissingError as missing:
        pytest.skip(f"no OpenGL: {missing}")
    with renderer:
        yield renderer
