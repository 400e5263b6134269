"""Drawing with OpenGL 3.3 off screen: highlights and eyes shaded per pixel, edges smoothed in the finished picture.

On Linux the context comes from EGL (a GPU's driver or Mesa in software; no display needed), elsewhere from the system.
Only the part of the picture that the head covers is drawn; the backdrop around it never changes.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any, Self

import numpy as np

from maya_a2f.preview.arrays import FloatArray, Picture
from maya_a2f.preview.camera import Camera
from maya_a2f.preview.look import background
from maya_a2f.preview.shaders import BACKDROP_FRAGMENT, HEAD_VERTEX, PICTURE_VERTEX, SMOOTHING_FRAGMENT, head_fragment
from maya_a2f.preview.shading import Shading, eye_map
from maya_a2f.preview.surface import Surface
from maya_a2f.preview.window import PictureWindow, grown_window, head_window

_OLDEST_VERSION = 330
_MOVING_LAYOUT = ("3f 3f 3f 3f 1f", "in_point", "in_normal", "in_color", "in_half", "in_shine")


class OpenGLMissingError(Exception):
    """No OpenGL context can be made here; ``str()`` says why."""


class GLRenderer:
    """See :class:`maya_a2f.preview.renderer.Renderer`.

    Raises :class:`OpenGLMissingError` where OpenGL does not start.
    """

    name = "opengl"

    def __init__(self, surface: Surface, size: tuple[int, int]) -> None:
        self.note = ""
        self._size = size
        self._surface = surface
        self._shading = Shading(surface)
        self._backdrop = background(size)
        self._window = PictureWindow(0, 0, 0, 0)
        self._targets: list[Any] = []
        self._kept: list[Any] = []
        self._context = _context()
        try:
            self._build(surface)
        except Exception as error:
            self.close()
            raise OpenGLMissingError(_first_line(error)) from error

    def render(self, points: FloatArray, normals: FloatArray, camera: Camera) -> Picture:
        """Draw one frame; see the port."""
        if self._context is None:
            raise OpenGLMissingError("the renderer is closed")
        with self._context:  # another one, opened or closed since, may have made its own current
            return self._rendered(points, normals, camera)

    def _rendered(self, points: FloatArray, normals: FloatArray, camera: Camera) -> Picture:
        source, moving = self._surface.source, self._moving
        moving[:, 0:3], moving[:, 3:6] = points[source], normals[source]
        shaded = self._shading.shade(moving[:, 0:3], moving[:, 3:6], camera)
        moving[:, 6:9], moving[:, 9:12], moving[:, 12] = shaded.color, shaded.half, shaded.shine
        self._moving_buffer.write(moving)
        picture = self._backdrop.copy()
        needed = head_window(points, camera, self._size)
        if needed.empty:
            return picture
        self._make_room(needed)
        self._draw(camera)
        window = self._window
        self._resolved.read_into(self._pixels, components=4, alignment=4)
        picture[window.top : window.bottom, window.left : window.right] = self._pixels[:, :, :3]
        return picture

    def close(self) -> None:
        """Release the context and all it holds."""
        if self._context is not None:
            # Releasing the context alone frees nothing of what was made in it.
            with self._context:
                for thing in reversed([*self._kept, *self._targets]):
                    thing.release()
            self._context.release()
            self._context = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self, camera: Camera) -> None:
        gl = self._context
        matrix = self._window.projection(self._size) @ camera.view_projection(self._size[0] / self._size[1])
        content = np.ascontiguousarray(matrix.T, np.float32).tobytes()
        self._head["view_projection"].write(content)
        self._eyes["view_projection"].write(content)
        self._backdrop_program["corner"].value = (self._window.left, self._window.top)
        self._drawn.use()
        self._drawn.clear(0.0, 0.0, 0.0, 1.0, depth=1.0)
        gl.disable(gl.DEPTH_TEST | gl.CULL_FACE)
        self._backdrop_picture.use(0)
        self._backdrop_array.render(vertices=3)
        gl.enable(gl.DEPTH_TEST | gl.CULL_FACE)
        self._solid.render()
        self._eye_picture.use(0)
        self._eyeballs.render()
        gl.disable(gl.CULL_FACE)
        self._two_sided.render()
        gl.disable(gl.DEPTH_TEST)
        self._resolved.use()
        self._drawn_picture.use(0)
        self._smoothing.render(vertices=3)

    def _make_room(self, needed: PictureWindow) -> None:
        """Targets that hold the whole head; made anew only when it leaves the old ones."""
        if self._window.holds(needed):
            return
        self._window = grown_window(needed, self._window, self._size)
        gl, size = self._context, self._window.size
        for target in self._targets:
            target.release()
        self._drawn_picture = gl.texture(size, 4)
        self._drawn_picture.repeat_x = self._drawn_picture.repeat_y = False
        depth, resolved = gl.depth_renderbuffer(size), gl.renderbuffer(size, 4)
        self._drawn = gl.framebuffer([self._drawn_picture], depth)
        self._resolved = gl.framebuffer([resolved])
        self._targets = [self._drawn, self._resolved, self._drawn_picture, depth, resolved]
        self._pixels = np.empty((size[1], size[0], 4), np.uint8)

    def _build(self, surface: Surface) -> None:
        gl = self._context
        # Pictures are drawn upside down, so that the first row read back is the top one; that swaps front and back.
        gl.front_face = "cw"
        self._head = self._keep(gl.program(vertex_shader=HEAD_VERTEX, fragment_shader=head_fragment(eyes=False)))
        self._eyes = self._keep(gl.program(vertex_shader=HEAD_VERTEX, fragment_shader=head_fragment(eyes=True)))
        self._moving = np.empty((len(surface.source), 13), np.float32)
        self._moving_buffer = self._keep(gl.buffer(reserve=self._moving.nbytes, dynamic=True))
        self._gloss_buffer = self._keep(gl.buffer(np.ascontiguousarray(surface.gloss)))
        self._eye_buffer = self._keep(gl.buffer(np.ascontiguousarray(surface.eye[:, :2])))
        one_sided = np.arange(len(surface.triangles)) < surface.two_sided_from
        self._solid = self._array(self._head, surface.triangles[one_sided & ~surface.eye_triangles])
        self._eyeballs = self._array(self._eyes, surface.triangles[surface.eye_triangles])
        self._two_sided = self._array(self._head, surface.triangles[~one_sided])
        smoothing = self._keep(gl.program(vertex_shader=PICTURE_VERTEX, fragment_shader=SMOOTHING_FRAGMENT))
        self._smoothing = self._keep(gl.vertex_array(smoothing, []))
        self._backdrop_program = self._keep(gl.program(vertex_shader=PICTURE_VERTEX, fragment_shader=BACKDROP_FRAGMENT))
        self._backdrop_array = self._keep(gl.vertex_array(self._backdrop_program, []))
        self._backdrop_picture = self._keep(gl.texture(self._size, 3, self._backdrop, alignment=1))
        colors = eye_map()
        self._eye_picture = self._keep(gl.texture(colors.shape[1::-1], 3, colors, dtype="f4"))
        self._eye_picture.repeat_x = self._eye_picture.repeat_y = False

    def _array(self, program: Any, triangles: Any) -> Any:
        gl = self._context
        if not len(triangles):
            return _Nothing()
        # A compiler drops inputs that a program does not use: eyes have no gloss, the rest no place on an eye.
        own = (self._eye_buffer, "2f", "in_eye") if program is self._eyes else (self._gloss_buffer, "1f", "in_gloss")
        content = [(self._moving_buffer, *_MOVING_LAYOUT), own]
        indices = self._keep(gl.buffer(np.ascontiguousarray(triangles, np.int32)))
        return self._keep(gl.vertex_array(program, content, indices))

    def _keep(self, thing: Any) -> Any:
        self._kept.append(thing)
        return thing


class _Nothing:
    """A vertex array without triangles."""

    def render(self) -> None:
        """Draws nothing."""


def _context() -> Any:
    try:
        import moderngl
    except Exception as error:
        raise OpenGLMissingError(f"moderngl cannot be loaded ({_first_line(error)})") from error
    backends: list[dict[str, Any]] = [{}]
    if sys.platform.startswith("linux"):
        backends = [{"backend": "egl"}, {}] if os.environ.get("DISPLAY") else [{"backend": "egl"}]
    reasons = []
    for backend in backends:
        try:
            return moderngl.create_context(standalone=True, require=_OLDEST_VERSION, **backend)
        except Exception as error:
            reasons.append(_first_line(error))
    raise OpenGLMissingError("; ".join(reasons))


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
