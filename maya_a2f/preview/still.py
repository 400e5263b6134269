"""Single pictures of a head, one after another, for a panel that follows dials. What is costly stays open between them:
the surface with its baked light, the poser, and the renderer of the last size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import Camera, frame_head
from maya_a2f.preview.head_mesh import load_head_mesh
from maya_a2f.preview.posing import AT_REST, HeadPoser
from maya_a2f.preview.renderer import Renderer, RendererName, open_renderer
from maya_a2f.preview.surface import build_surface

SMALLEST_SIDE, LARGEST_SIDE = 16, 4096


class StillDrawer:
    """Draws one head. Use it, and close it, in one thread."""

    def __init__(
        self, head_folder: Path, *, joint_suffix: str, shapes_suffix: str, renderer: RendererName = "auto"
    ) -> None:
        """The suffixes as of :class:`HeadPoser`; translations are those of a scene. Raises :class:`UserError`
        ``head.missing`` or ``head.damaged``.
        """
        self._head = load_head_mesh(head_folder)
        self._poser = HeadPoser(
            self._head, joint_suffix=joint_suffix, shapes_suffix=shapes_suffix, local_translations=True
        )
        self._surface = build_surface(self._head)
        self._wanted: RendererName = renderer
        self._open: tuple[tuple[int, int], Renderer, Camera] | None = None

    @property
    def renderer(self) -> str:
        """``opengl`` or ``software``; empty before the first picture."""
        return self._open[1].name if self._open is not None else ""

    @property
    def note(self) -> str:
        """What a user should know about the renderer; empty for the best one."""
        return self._open[1].note if self._open is not None else ""

    def draw(self, values: Mapping[str, float], size: tuple[int, int]) -> Picture:
        """(H, W, 3) uint8 RGB of the head at attribute ``values``; those left out are at rest. ``size`` is (W, H).

        Raises :class:`UserError` ``preview.size`` or as :meth:`HeadPoser.motion`.
        """
        return next(self.draw_each({name: (value,) for name, value in values.items()}, size))

    def draw_each(self, samples: Mapping[str, Sequence[float]], size: tuple[int, int]) -> Iterator[Picture]:
        """As :meth:`draw`, a picture for every sample of the attributes; at rest where there are no attributes."""
        if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in size):
            raise UserError(
                f"A picture of {size[0]} x {size[1]} pixels cannot be made.",
                code="preview.size",
                hint=f"Choose sides between {SMALLEST_SIDE} and {LARGEST_SIDE} pixels.",
            )
        motion = self._poser.motion(samples) if samples else AT_REST
        drawer, camera = self._opened(size)
        for frame in range(motion.frame_count):
            posed = self._poser.frames(motion, frame, frame + 1)
            yield np.ascontiguousarray(drawer.render(posed.points[0], posed.normals[0], camera))

    def close(self) -> None:
        """Give back what the renderer holds; calling it twice does no harm."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _opened(self, size: tuple[int, int]) -> tuple[Renderer, Camera]:
        if self._open is None or self._open[0] != size:
            self.close()
            drawer = open_renderer(self._surface, size, self._wanted)
            self._open = (size, drawer, frame_head(self._head, size[0] / size[1]))
        return self._open[1], self._open[2]
