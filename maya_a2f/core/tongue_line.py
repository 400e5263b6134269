"""Where the middle of our head's tongue goes with each tongue channel, so that a chain of any length can go along.

Measured on the default head's tongue mesh and its shapes at seven stations from root to tip: means of the points around
a station, and the slope from left to right as a twist. A channel that only widens or narrows does not move the middle.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence

from maya_a2f.core.joint_maths import Quaternion
from maya_a2f.core.rig import Triple

Row = tuple[float, ...]

TONGUE_LINE: tuple[tuple[float, float], ...] = (
    (-9.38, 1.24), (-8.30, 2.01), (-7.48, 3.21), (-7.19, 4.38), (-7.14, 5.54), (-7.33, 6.74), (-7.49, 7.32),
)  # fmt: skip
"""(y, z) of the stations at rest, centimetres."""
_ALONG: dict[str, dict[str, Row]] = {
    "tongueTipUp": {"y": (0, 0, 0, 0, 0.05, 0.5, 0.97), "z": (0, 0, 0, 0, -0.01, -0.12, -0.22)},
    "tongueTipDown": {"y": (0, 0, 0, 0, -0.03, -0.35, -0.68), "z": (0, 0, 0, 0, -0.01, -0.05, -0.09)},
    "tongueTipLeft": {"x": (0, 0, 0, 0, 0.05, 0.44, 0.78), "z": (0, 0, 0, 0, -0.01, -0.07, -0.13)},
    "tongueRollUp": {"y": (0.01, 0.07, 0.19, 0.29, 0.34, 0.35, 0.34)},
    "tongueRollDown": {"y": (-0.01, -0.05, -0.13, -0.2, -0.23, -0.24, -0.23)},
    "tongueRollLeft": {"y": (0, 0.01, 0.02, 0.03, 0.04, 0.04, 0.04), "twist": (0, 3, 7, 11, 14, 18, 25)},
    "tongueUp": {"y": (0.02, 0.19, 0.44, 0.59, 0.61, 0.4, 0.14)},
    "tongueDown": {"y": (-0.02, -0.13, -0.29, -0.39, -0.4, -0.27, -0.1)},
    "tongueLeft": {"x": (0.02, 0.17, 0.44, 0.66, 0.78, 0.8, 0.8)},
    "tongueIn": {"y": (0.01, 0.08, 0.17, 0.23, 0.24, 0.16, 0.06), "z": (-0.04, -0.28, -0.71, -1.07, -1.27, -1.3, -1.3)},
    "tongueStretch": {"y": (0, -0.01, -0.03, -0.04, -0.05, -0.05, -0.05), "z": (0.03, 0.23, 0.6, 0.91, 1.08, 1.1, 1.1)},
    "tongueOut": {"y": (0, 0.03, 0.23, 0.52, 0.72, 0.58, 0.2), "z": (0.02, 0.3, 1.08, 2.01, 3.05, 4.02, 4.28)},
}
_TWINS = {"tongueTipLeft": "tongueTipRight", "tongueLeft": "tongueRight", "tongueRollLeft": "tongueRollRight"}


def _mirrored(rows: Mapping[str, Row]) -> dict[str, Row]:
    return {axis: tuple(-value if axis in ("x", "twist") else value for value in row) for axis, row in rows.items()}


TONGUE_MOVES: Mapping[str, Mapping[str, Row]] = {
    **_ALONG,
    **{twin: _mirrored(_ALONG[name]) for name, twin in _TWINS.items()},
}
"""Channel -> x, y, z (centimetres) and twist (degrees, left edge up) at the stations, for a weight of 1; what is left
out is 0."""
_STATIONS = tuple(at / (len(TONGUE_LINE) - 1) for at in range(len(TONGUE_LINE)))


def tongue_direction(start: float, end: float) -> Triple:
    """From one place along the resting tongue (0 root, 1 tip) to another, centimetres."""
    (y0, z0), (y1, z1) = (
        (_at([y for y, _ in TONGUE_LINE], u), _at([z for _, z in TONGUE_LINE], u)) for u in (start, end)
    )
    return 0.0, y1 - y0, z1 - z0


def tongue_motion(
    channels: Mapping[str, Sequence[float]], frame_count: int, start: float, end: float
) -> tuple[list[Quaternion], list[Triple]] | None:
    """How the stretch of tongue between two places (0 root … 1 tip) turns, and where its start goes, per frame.

    In our head's axes and centimetres, against the jaw; None where none of the channels is there.
    """
    present = [name for name in TONGUE_MOVES if name in channels]
    if not present:
        return None
    first, last = (_summed(channels, present, frame_count, place) for place in (start, end))
    rest = tongue_direction(start, end)
    ry, rz = rest[1], rest[2]
    size = math.hypot(ry, rz)
    half = math.radians(0.25)
    sqrt, cos, sin = math.sqrt, math.cos, math.sin
    turns: list[Quaternion] = []
    for x0, y0, z0, twist0, x1, y1, z1, twist1 in zip(*first, *last, strict=True):
        # The shortest turn from where the stretch points at rest, (0, ry, rz), to where it points now.
        dx, dy, dz = x1 - x0, ry + y1 - y0, rz + z1 - z0
        w = size * sqrt(dx * dx + dy * dy + dz * dz) + ry * dy + rz * dz
        x, y, z = ry * dz - rz * dy, rz * dx, -ry * dx
        unit = sqrt(w * w + x * x + y * y + z * z)
        if unit < 1e-9:
            w, x, y, z, unit = 1.0, 0.0, 0.0, 0.0, 1.0
        w, x, y, z = w / unit, x / unit, y / unit, z / unit
        angle = half * (twist0 + twist1)
        if angle:
            c, s = cos(angle), sin(angle)
            sy, sz = s * ry / size, s * rz / size
            w, x, y, z = (
                w * c - y * sy - z * sz,
                x * c + y * sz - z * sy,
                w * sy + y * c - x * sz,
                w * sz + z * c + x * sy,
            )
        turns.append((w, x, y, z))
    return turns, list(zip(*first[:3], strict=True))


def _summed(
    channels: Mapping[str, Sequence[float]], present: Sequence[str], frame_count: int, place: float
) -> list[array[float]]:
    """x, y, z and twist at a place along the tongue, over time."""
    columns = []
    for part in ("x", "y", "z", "twist"):
        values = array("d", bytes(8 * frame_count))
        for name in present:
            gain = _at(TONGUE_MOVES[name].get(part, (0.0,) * len(_STATIONS)), place)
            if gain:
                values = array("d", [value + gain * more for value, more in zip(values, channels[name], strict=True)])
        columns.append(values)
    return columns


def _at(row: Sequence[float], place: float) -> float:
    """The row's value at a place between its stations, beyond its ends those of the ends."""
    across = min(1.0, max(0.0, place)) * (len(row) - 1)
    left = min(int(across), len(row) - 2)
    return row[left] + (row[left + 1] - row[left]) * (across - left)
