"""What is judged: weights over time, from a ``.a2ftake`` or from a CSV of ARKit names that any program wrote.

Columns of a CSV may be written ``jawOpen``, ``JawOpen``, ``blendShapes.JawOpen``, ``head.jawOpen``, ``mouthSmile_L`` or
``mouthSmileLeft``; the time column ``time``, ``timeCode``, ``seconds`` … in seconds. Other columns are left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.take import read_take
from maya_a2f.errors import UserError
from maya_a2f.quality.lips import FloatArray

_TIME_NAMES = ("time", "timecode", "time_s", "seconds", "time_seconds", "t")
_SIDES = {"_l": "left", "_r": "right"}
_KNOWN = {name.lower(): name for name in ARKIT_CHANNELS}
_USUAL_RATES = tuple(
    Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 90, 100, 120)
) + tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120))  # fmt: skip
_DEFAULT_RATE = Fraction(30)
_LARGEST_BYTES = 512 * 2**20
_SMALLEST_FRAMES = 3


@dataclass(frozen=True, eq=False)
class Animation:
    """Weights at a fixed rate; frame k lies k/rate seconds after the clip's start."""

    name: str
    rate: Fraction
    tracks: Mapping[str, FloatArray]
    """Channel -> (frames,) values."""
    frame_count: int
    tail_frames: int | None
    """Frames at the end that lie after the clip; None where the file does not say."""
    made_by: Mapping[str, Any] = field(default_factory=dict)
    """What the file says of its origin."""
    notes: tuple[str, ...] = ()

    def made_from(self, what: str) -> Mapping[str, Any]:
        """One part of :attr:`made_by`, such as ``audio``; empty where the file says nothing of it."""
        found = self.made_by.get(what)
        return found if isinstance(found, Mapping) else {}


def read_animation(path: Path, *, rate: Fraction | None = None, mouth_close_contains_jaw: bool = False) -> Animation:
    """Read a take or a CSV, told by its ending and content.

    ``rate`` is for a CSV without a usable time column. ``mouth_close_contains_jaw`` is for NVIDIA's sample service,
    whose mouthClose is a whole face with an open jaw; it is turned into Apple's pair. Raises :class:`UserError`
    ``take.*`` or ``curves.missing``, ``.damaged``, ``.no_arkit``, ``.too_short``.
    """
    if path.suffix.lower() in (".csv", ".txt", ".tsv"):
        animation = _read_csv(path, rate)
    else:
        take = read_take(path)
        tracks = {name: np.array(samples, np.float64) for name, samples in take.tracks.items()}
        animation = Animation(
            path.name, take.rate, tracks, take.frame_count, take.tail_frames, take.made_by, tuple(take.notes)
        )
        _check_weights(animation.tracks, path)
    if animation.frame_count < _SMALLEST_FRAMES:
        raise UserError(
            f"'{path}' has {animation.frame_count} frames; nothing can be judged on so few.",
            code="curves.too_short",
            hint="Give a take of at least a second.",
        )
    return _with_apple_mouth_close(animation) if mouth_close_contains_jaw else animation


def _with_apple_mouth_close(animation: Animation) -> Animation:
    """Turn a mouthClose that contains jawOpen into Apple's (specification, model-package.md section 3.6)."""
    tracks = dict(animation.tracks)
    if "jawOpen" in tracks and "mouthClose" in tracks:
        tracks["jawOpen"] = np.minimum(1.0, tracks["jawOpen"] + tracks["mouthClose"])
    note = "mouthClose was taken to contain jawOpen, and converted."
    return Animation(
        animation.name, animation.rate, tracks, animation.frame_count, animation.tail_frames, animation.made_by,
        (*animation.notes, note),
    )  # fmt: skip


def arkit_name(column: str) -> str | None:
    """The ARKit name a column means, or None."""
    plain = re.split(r"[.:|]", column.strip())[-1].strip().lower()
    if plain[-2:] in _SIDES and plain[:-2] + _SIDES[plain[-2:]] in _KNOWN:
        plain = plain[:-2] + _SIDES[plain[-2:]]
    return _KNOWN.get(plain)


def _read_csv(path: Path, rate: Fraction | None) -> Animation:
    rows = _rows(path)
    names = [arkit_name(column) for column in rows[0]]
    if "jawOpen" not in names or sum(name is not None for name in names) < 2:
        raise _no_arkit(path, [column for column in rows[0] if column.strip()])
    values = {name: _column(rows, index, path) for index, name in enumerate(names) if name is not None}
    times = _times(rows)
    notes: tuple[str, ...] = ()
    if times is None or rate is not None:
        rate = rate or _DEFAULT_RATE
        notes = (
            () if times is not None else (f"'{path.name}' has no times in seconds; {rate} frames per second assumed.",)
        )
        return Animation(path.name, rate, values, len(rows) - 1, None, {}, notes)
    steps = np.diff(times)
    if len(steps) == 0 or not (steps > 0).all():
        raise _damaged(path, "its times do not ascend")
    found = _usual_rate(1 / float(np.median(steps)))
    frames = round(float(times[-1]) * float(found)) + 1
    grid = np.arange(frames) / float(found)
    if len(grid) != len(times) or np.abs(times - grid[: len(times)]).max() > 0.25 / float(found):
        notes = (f"The times of '{path.name}' are uneven; it was read at {float(found):g} frames per second.",)
    return Animation(
        path.name, found, {name: np.interp(grid, times, column) for name, column in values.items()}, frames, None, {},
        notes,
    )  # fmt: skip


def _rows(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _damaged(path, "it is larger than any table of weights")
        text = path.read_bytes().decode("utf-8-sig")
        delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except OSError as error:
        raise UserError(
            f"The curves '{path}' cannot be read: {error.strerror or error}.",
            code="curves.missing",
            hint="Check the path.",
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _damaged(path, str(error)) from error
    if len(rows) < 2:
        raise _damaged(path, "it has no rows")
    return rows


def _column(rows: list[list[str]], index: int, path: Path) -> FloatArray:
    try:
        values = np.array([float(row[index] or 0) for row in rows[1:]])
    except (ValueError, IndexError) as error:
        raise _damaged(path, f"its column '{rows[0][index]}' holds something that is no number") from error
    if not np.isfinite(values).all():
        raise _damaged(path, f"its column '{rows[0][index]}' holds values that are not finite")
    return values


def _times(rows: list[list[str]]) -> FloatArray | None:
    """The time column in seconds; None where there is none or where it holds clock times."""
    names = [column.strip().lower() for column in rows[0]]
    for name in _TIME_NAMES:
        if name in names:
            try:
                times = np.array([float(row[names.index(name)]) for row in rows[1:]])
            except (ValueError, IndexError):
                return None
            return times if np.isfinite(times).all() and times.min() >= 0 else None
    return None


def _usual_rate(found: float) -> Fraction:
    nearest = min(_USUAL_RATES, key=lambda rate: abs(float(rate) - found))
    return nearest if abs(float(nearest) - found) < 0.004 * found else Fraction(found).limit_denominator(1001)


def _check_weights(tracks: Mapping[str, FloatArray], path: Path) -> None:
    if "jawOpen" not in tracks:
        raise _no_arkit(path, list(tracks))


def _no_arkit(path: Path, found: list[str]) -> UserError:
    shown = ", ".join(found[:4]) + (" …" if len(found) > 4 else "")
    return UserError(
        f"'{path}' has no ARKit weights such as 'jawOpen' (it has: {shown or 'nothing'}).",
        code="curves.no_arkit",
        hint="Export the curves under ARKit's names, or use a .a2ftake.",
    )


def _damaged(path: Path, why: str) -> UserError:
    return UserError(
        f"'{path}' cannot be read as a table of weights: {why}.",
        code="curves.damaged",
        hint="Export it again: one header line, one row per frame.",
    )
