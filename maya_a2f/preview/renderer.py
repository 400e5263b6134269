"""The port the movie draws through, and the choice of who stands behind it."""

from __future__ import annotations

from types import TracebackType
from typing import Literal, Protocol, Self

from maya_a2f.errors import EngineError
from maya_a2f.preview.arrays import FloatArray, Picture
from maya_a2f.preview.camera import Camera
from maya_a2f.preview.surface import Surface

RendererName = Literal["auto", "opengl", "software"]


class Renderer(Protocol):
    """Draws frames of one head at one size. Use it, and close it, in the thread that made it."""

    name: str
    note: str
    """What a user should know about it; empty for the best one."""

    def render(self, points: FloatArray, normals: FloatArray, camera: Camera) -> Picture:
        """(V, 3) points and unit normals of all parts, one after another -> (H, W, 3) uint8 RGB, top row first."""

    def close(self) -> None:
        """Give back what it holds; calling it twice does no harm."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_renderer(surface: Surface, size: tuple[int, int], name: RendererName = "auto") -> Renderer:
    """``opengl`` through EGL or the system's OpenGL, ``software`` in numpy, ``auto`` the first that starts.

    Raises :class:`EngineError` ``preview.no_opengl`` when OpenGL was asked for by name and does not start.
    """
    from maya_a2f.preview.software_renderer import SoftwareRenderer

    if name == "software":
        return SoftwareRenderer(surface, size)
    from maya_a2f.preview.gl_renderer import GLRenderer, OpenGLMissingError

    try:
        return GLRenderer(surface, size)
    except OpenGLMissingError as missing:
        if name == "opengl":
            raise EngineError(
                f"OpenGL does not start here: {missing}.",
                code="preview.no_opengl",
                hint="Install Mesa's EGL (Debian: libegl1 libgl1-mesa-dri), or render with 'software'.",
            ) from missing
        return SoftwareRenderer(
            surface,
            size,
            note=f"Rendered in software, slower and a little coarser, because OpenGL did not start: {missing}.",
        )
