"""Rig weights per frame, from CSV, NPY or JSON; any names, any number of them.

CSV: a first row of names, one row per frame; columns called time, seconds, frame, timecode are not weights, and a time
column tells the rate. NPY: (frames, weights), the names in a file of their own. JSON: ``{"names": […], "frames":
[[…], …]}``, ``{"channels": {name: […]}}`` (as ``a2f animate -o x.json`` writes) or a list of ``{name: value}``; an
optional ``"fps"`` or ``"rate": [numerator, denominator]``.
"""

from __future__ import annotations

import csv
import json
import warnings
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.character.faults import data_fault

Floats = NDArray[np.float32]
_TIME_COLUMNS = frozenset({"time", "seconds", "time_seconds", "t"})
_NO_WEIGHTS = _TIME_COLUMNS | {"frame", "frames", "timecode", "frame_number"}
_LARGEST_WEIGHT = 1e6


@dataclass(frozen=True)
class WeightTrack:
    """The weights of one shot."""

    names: tuple[str, ...]
    values: Floats
    """(frames, weights)"""
    rate: Fraction | None
    """Frames per second, where the file says so."""


def read_weights(path: Path, names: tuple[str, ...] = ()) -> WeightTrack:
    """The weights in a file; ``names`` are needed for NPY. Raises :class:`UserError` ``training-data.*``."""
    readers = {".csv": _read_csv, ".json": _read_json, ".npy": _read_npy}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise data_fault(path, f"weights come as .csv, .json or .npy, not “{path.suffix}”", code="format")
    if not path.is_file():
        raise data_fault(path, "it is not there", code="missing", hint=f"It was looked for in “{path.parent}”.")
    return _checked(path, reader(path, names))


def read_names(path: Path) -> tuple[str, ...]:
    """Weight names from .npy (strings), .json (a list) or text (one a line, or one row of CSV)."""
    try:
        if path.suffix.lower() == ".npy":
            names = [str(n) for n in _loaded_array(path).reshape(-1)]
        elif path.suffix.lower() == ".json":
            names = json.loads(path.read_text(encoding="utf-8"))
        else:
            lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
            names = [n.strip() for n in lines[0].split(",")] if len(lines) == 1 else lines
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise data_fault(path, f"the names can not be read ({error})", code="names") from error
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
        raise data_fault(path, "it holds no list of names", code="names")
    _require_distinct(path, names)
    return tuple(names)


def _read_csv(path: Path, _: tuple[str, ...]) -> WeightTrack:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise data_fault(path, f"it is no readable CSV ({error})", code="unreadable") from error
    if len(rows) < 2:
        raise data_fault(path, "it needs a row of names and at least one row of numbers", code="empty")
    header = [name.strip() for name in rows[0]]
    if all(_is_number(name) for name in header):
        raise data_fault(path, "its first row holds numbers instead of names", code="names")
    values = np.empty((len(rows) - 1, len(header)), np.float64)
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            what = f"line {number} has {len(row)} values, the first line {len(header)} names"
            raise data_fault(path, what, code="row-length")
        for column, text in enumerate(row):
            is_weight = header[column].lower() not in _NO_WEIGHTS
            if not _is_number(text) and is_weight:
                raise data_fault(path, f"line {number}, “{header[column]}”: “{text}” is no number", code="number")
            values[number - 2, column] = float(text) if _is_number(text) else 0.0
    weights = [c for c, name in enumerate(header) if name.lower() not in _NO_WEIGHTS]
    times = [c for c, name in enumerate(header) if name.lower() in _TIME_COLUMNS]
    rate = _rate_of_times(path, values[:, times[0]]) if times else None
    return WeightTrack(tuple(header[c] for c in weights), values[:, weights].astype(np.float32), rate)


def _rate_of_times(path: Path, times: NDArray[np.float64]) -> Fraction | None:
    if len(times) < 2:
        return None
    steps = np.diff(times)
    if steps.min() <= 0 or steps.max() > 1.5 * steps.min() + 1e-3:
        raise data_fault(path, "its time column does not rise evenly", code="time")
    rate = (len(times) - 1) / (times[-1] - times[0])
    usual = (Fraction(round(rate)), Fraction(round(rate * 1.001) * 1000, 1001))
    near = [known for known in usual if known > 0 and abs(float(known) / rate - 1.0) < 3e-4]
    return near[0] if near else Fraction(rate).limit_denominator(1000)


def _read_npy(path: Path, names: tuple[str, ...]) -> WeightTrack:
    array = _loaded_array(path)
    if array.ndim != 2 or not np.issubdtype(array.dtype, np.number):
        what = f"weights are an array (frames, weights) of numbers, this one is {array.shape} of {array.dtype}"
        raise data_fault(path, what, code="shape")
    if not names:
        what, hint = "an .npy file of weights has no names", "Give the file with their names as “names” in [data]."
        raise data_fault(path, what, code="names", hint=hint)
    if len(names) != array.shape[1]:
        raise data_fault(path, f"it has {array.shape[1]} columns, but there are {len(names)} names", code="names")
    return WeightTrack(names, array.astype(np.float32), None)


def _loaded_array(path: Path) -> NDArray[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers written by Python 2 are read all the same
            loaded = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise data_fault(path, f"it is no readable array ({error})", code="unreadable") from error
    if not isinstance(loaded, np.ndarray):
        raise data_fault(path, "it is an archive, not one array", code="unreadable")
    return loaded


def _read_json(path: Path, _: tuple[str, ...]) -> WeightTrack:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise data_fault(path, f"it is no readable JSON ({error})", code="unreadable") from error
    try:
        names, rows = _json_rows(data)
        values = np.asarray(rows, np.float64).reshape(-1, len(names)) if rows else np.empty((0, len(names)))
        if len(values) != len(rows):
            raise ValueError("the frames differ in length")
        rate = _json_rate(data)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ZeroDivisionError) as error:
        raise data_fault(path, f"its layout is none of those known ({error})", code="layout") from error
    return WeightTrack(tuple(names), values.astype(np.float32), rate)


def _json_rows(data: Any) -> tuple[list[str], list[Any]]:
    if isinstance(data, list):
        names = list(data[0])
        if any(set(row) != set(names) for row in data):
            raise ValueError("the frames name different weights")
        return names, [[row[name] for name in names] for row in data]
    if "channels" in data or "weights" in data:
        channels = data.get("channels", data.get("weights"))
        return list(channels), [list(row) for row in zip(*channels.values(), strict=True)]
    return [str(name) for name in data["names"]], list(data["frames"])


def _json_rate(data: Any) -> Fraction | None:
    if isinstance(data, list):
        return None
    if "rate" in data:
        numerator, denominator = data["rate"]
        return Fraction(int(numerator), int(denominator))
    return Fraction(str(data["fps"])) if "fps" in data else None


def _checked(path: Path, track: WeightTrack) -> WeightTrack:
    if not track.names:
        raise data_fault(path, "it has no weights", code="empty")
    _require_distinct(path, track.names)
    if not len(track.values):
        raise data_fault(path, "it has no frames", code="empty")
    bad = ~np.isfinite(track.values) | (np.abs(track.values) > _LARGEST_WEIGHT)
    if bad.any():
        frame, weight = np.argwhere(bad)[0]
        what = f"“{track.names[weight]}” is {track.values[frame, weight]:g} in frame {frame}"
        raise data_fault(path, what, code="not-finite", hint="Every weight must be a finite number in every frame.")
    return track


def _require_distinct(path: Path, names: tuple[str, ...] | list[str]) -> None:
    if len(set(names)) != len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise data_fault(path, f"it names “{twice}” twice", code="names")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
