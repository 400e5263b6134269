"""Style: exaggerate or calm a performance, make it snappier, hold its poses. Pure functions on weights over time."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

from maya_a2f.errors import UserError
from maya_a2f.training.character.recipe import StyleSettings

Floats = NDArray[np.float32]
REGIONS: dict[str, tuple[str, ...]] = {
    "tongue": ("tongue",),
    "teeth": ("teeth", "tooth", "denture"),
    "jaw": ("jaw", "mandible", "chin", "mouth_stretch_c", "chew"),
    "brows": ("brow", "forehead"),
    "eyes": ("eye", "blink", "lid", "gaze", "squint"),
    "nose": ("nose", "sneer", "nostril"),
    "cheeks": ("cheek",),
    "mouth": ("mouth", "lip", "smile", "frown", "pucker", "funnel", "viseme", "dimple", "corner"),
}
"""Region -> words in the names of its weights; the first region that fits has the weight."""
UPPER_REGIONS = frozenset({"brows", "eyes"})


def region_of(name: str) -> str:
    """The region a weight belongs to, by its name; ``mouth`` where the name says nothing."""
    lowered = name.lower()
    for region, words in REGIONS.items():
        if any(word in lowered for word in words):
            return region
    return "mouth"


def gains_of(names: Sequence[str], gains: Mapping[str, float]) -> Floats:
    """(n,) gain of every weight: its exact name, else a pattern (``mouth_*``), else its region, else ``all``, else 1.

    Raises :class:`UserError` ``training.style`` for an entry that fits no weight.
    """
    lowered = {name.lower() for name in names}
    result = np.ones(len(names), np.float32)
    # From the general to the particular, so that the particular has the last word.
    ranks = {key: 0 if key == "all" else 1 if key in REGIONS else 2 if "*" in key else 3 for key in gains}
    for key in sorted(gains, key=lambda k: ranks[k]):
        fits = [_fits(key, name, lowered) for name in names]
        if not any(fits):
            raise UserError(
                f"The style names “{key}”, but no weight of this face belongs to it.",
                code="training.style",
                hint=f"Use all, a region ({', '.join(REGIONS)}), a pattern such as mouth_*, or a weight's name.",
            )
        result[fits] = gains[key]
    return result


def _fits(key: str, name: str, lowered: set[str]) -> bool:
    if key == "all":
        return True
    if key.lower() in lowered or key not in REGIONS:
        return fnmatch.fnmatchcase(name.lower(), key.lower())
    return region_of(name) == key


def styled(values: Floats, rate: float, style: StyleSettings) -> Floats:
    """Timing of (F, n) weights changed by ``snap`` and ``hold_seconds``; the gains are applied at export."""
    if style.snap > 0:
        values = snapped(values, rate, style.snap, style.snap_seconds)
    if style.hold_seconds > 0:
        values = held(values, rate, style.hold_seconds, style.move_seconds)
    return values


def snapped(values: Floats, rate: float, amount: float, reach_seconds: float) -> Floats:
    """Faster moves between the same poses.

    A shock filter (Osher & Rudin, SIAM J. Numer. Anal. 27 (1990) 919): what bends downwards goes to the highest value
    near it, what bends upwards to the lowest, so no extreme is exceeded and no pose is lost. ``amount`` blends.
    """
    size = 2 * max(1, round(reach_seconds * rate / 2)) + 1
    if len(values) < 3:
        return values
    smooth = gaussian_filter1d(values.astype(np.float64), max(0.5, size / 5), axis=0, mode="nearest")
    bend = np.gradient(np.gradient(smooth, axis=0), axis=0)
    high, low = maximum_filter1d(values, size, axis=0), minimum_filter1d(values, size, axis=0)
    scale = np.maximum(np.abs(bend).max(0), 1e-12) * 0.05
    share = 0.5 - 0.5 * np.tanh(bend / scale)
    target = low + (high - low) * share
    return np.asarray(values + amount * (target - values), np.float32)


def held(values: Floats, rate: float, hold_seconds: float, move_seconds: float) -> Floats:
    """Poses that stand for at least ``hold_seconds`` and change within ``move_seconds``, like animation on holds.

    The held poses are those of the frames where the face moves least, so extremes (closed lips among them) survive.
    """
    count = len(values)
    keys = held_frames(values, max(1, round(hold_seconds * rate)))
    if len(keys) < 2:
        return values
    result = np.empty_like(values)
    result[:] = values[keys[0]]
    half = max(0.5, move_seconds * rate / 2)
    time = np.arange(count)
    for before, after in pairwise(keys):
        middle = (before + after) / 2
        reach = min(half, (after - before) / 2)
        part = np.clip((time - middle + reach) / (2 * reach), 0.0, 1.0)
        part = part * part * (3 - 2 * part)
        later = time >= middle - reach
        result[later] = values[before] + part[later, None] * (values[after] - values[before])
    return np.asarray(result, np.float32)


def held_frames(values: Floats, least: int) -> list[int]:
    """Frames of stillest pose, at least ``least`` apart, first and last frame included."""
    scale = np.maximum(values.std(0), 1e-6)
    speed = np.abs(np.gradient(values / scale, axis=0)).sum(1) if len(values) > 1 else np.zeros(len(values))
    # An extreme pose stands still as well; among still frames the one furthest from the mean counts more.
    size = np.abs((values - values.mean(0)) / scale).sum(1)
    merit = speed - 0.1 * size
    kept: list[int] = [0]
    if len(values) > 1:
        kept.append(len(values) - 1)
    for frame in np.argsort(merit, kind="stable"):
        if all(abs(int(frame) - other) >= least for other in kept):
            kept.append(int(frame))
    return sorted(kept)
