"""The preview movie: a head's attribute tracks, lit and smooth-shaded, with the recording in sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from numpy.typing import ArrayLike

from maya_a2f.core.atomic_file import atomic_path
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import Camera, frame_head
from maya_a2f.preview.encoder import MovieEncoder
from maya_a2f.preview.head_mesh import HeadMesh
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.renderer import RendererName, open_renderer
from maya_a2f.preview.sound import movie_sound
from maya_a2f.preview.surface import build_surface

_CHUNK_FRAMES = 16
_SMALLEST_SIDE, _LARGEST_SIDE = 16, 8192
_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}


@dataclass(frozen=True)
class MovieReport:
    """What was written."""

    frames: int
    seconds: float
    """Length of the movie."""
    renderer: str
    """``opengl`` or ``software``."""
    note: str
    """What a user should know, in sentences; empty when there is nothing."""


def render_movie(
    head: HeadMesh,
    attribute_samples: Mapping[str, ArrayLike],
    rate: Fraction,
    audio: tuple[ArrayLike, int] | None,
    out: Path,
    *,
    size: tuple[int, int] = (960, 540),
    renderer: RendererName = "auto",
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    poser: HeadPoser | None = None,
) -> MovieReport:
    """Film a head. Frame k shows sample k of every track; the sound starts with frame 0 and ends with the last frame.

    ``attribute_samples`` as :class:`HeadPoser` takes them (pass your own ``poser`` where names carry suffixes);
    ``audio`` float samples (N,) or (N, channels) and their rate; ``size`` in pixels, odd sides grow by one;
    ``on_progress(done, total)`` after every frame; ``cancelled()`` asked before every frame. The file appears whole or
    not at all, replacing what was there.

    Raises :class:`UserError` ``preview.empty``, ``preview.size``, ``preview.format`` and as :meth:`HeadPoser.motion`,
    :class:`HostError` when the file cannot be written, :class:`EngineError` as :func:`open_renderer` and
    ``preview.encode``, :class:`Cancelled`.
    """
    even_size, notes = _checked_size(size)
    container = _container(out)
    poser = poser or HeadPoser(head)
    motion = poser.motion(attribute_samples)
    if motion.frame_count == 0:
        raise UserError("There are no frames to film.", code="preview.empty", hint="Choose a longer clip.")
    sound = movie_sound(audio[0], audio[1], motion.frame_count / rate) if audio is not None else None
    camera = frame_head(head, even_size[0] / even_size[1])
    with (
        atomic_path(out) as temporary,
        open_renderer(build_surface(head), even_size, renderer) as drawer,
        MovieEncoder(temporary, container, even_size, rate, sound) as encoder,
    ):
        frame = 0
        for start in range(0, motion.frame_count, _CHUNK_FRAMES):
            posed = poser.frames(motion, start, min(start + _CHUNK_FRAMES, motion.frame_count))
            for points, normals in zip(posed.points, posed.normals, strict=True):
                if cancelled is not None and cancelled():
                    raise Cancelled()
                encoder.add(drawer.render(points, normals, camera))
                frame += 1
                if on_progress is not None:
                    on_progress(frame, motion.frame_count)
    if encoder.codec != "libx264":
        notes.append("H.264 is missing in this installation: the movie is MPEG-4 part 2.")
    notes = [drawer.note, *notes] if drawer.note else notes
    return MovieReport(motion.frame_count, float(motion.frame_count / rate), drawer.name, " ".join(notes))


def render_picture(
    head: HeadMesh,
    values: Mapping[str, float],
    *,
    size: tuple[int, int] = (960, 540),
    camera: Camera | None = None,
    renderer: RendererName = "auto",
) -> Picture:
    """One pose as (H, W, 3) uint8. Raises as :func:`render_movie`."""
    posed = HeadPoser(head).pose(values)
    with open_renderer(build_surface(head), size, renderer) as drawer:
        return drawer.render(posed.points[0], posed.normals[0], camera or frame_head(head, size[0] / size[1]))


def _checked_size(size: tuple[int, int]) -> tuple[tuple[int, int], list[str]]:
    width, height = size
    if not all(_SMALLEST_SIDE <= side <= _LARGEST_SIDE for side in size):
        raise UserError(
            f"A movie of {width} x {height} pixels cannot be made.",
            code="preview.size",
            hint=f"Choose sides between {_SMALLEST_SIDE} and {_LARGEST_SIDE} pixels.",
        )
    even = (width + width % 2, height + height % 2)
    if even == size:
        return even, []
    return even, [f"H.264 needs even sides: {width} x {height} became {even[0]} x {even[1]}."]


def _container(out: Path) -> str:
    try:
        return _CONTAINERS[out.suffix.lower()]
    except KeyError:
        raise UserError(
            f"'{out.name}' does not name a movie format that can be written.",
            code="preview.format",
            hint="Use a name ending in .mp4 or .mov.",
        ) from None
