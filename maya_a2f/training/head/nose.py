"""Where the grid's nose columns lie: stations across the nose, from the philtrum to the brow, before projection."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from maya_a2f.training.head.forms import Array

STATION_ROWS = (21, 22, 23, 24, 25, 26, 27, 29, 32, 35)
NOSE_COLUMNS = 7
# Each station runs from the midline (column 0) to the crease between ala and cheek (column 6).
STATIONS: tuple[tuple[tuple[float, float, float], ...], ...] = (
    ((0, -5.3, 9.7), (0.45, -5.28, 9.7), (0.9, -5.23, 9.65), (1.35, -5.15, 9.5),
     (1.75, -5.05, 9.3), (2.1, -4.95, 9.1), (2.4, -4.8, 8.9)),
    ((0, -4.78, 9.75), (0.26, -4.77, 9.75), (0.5, -4.73, 9.7), (0.82, -4.69, 9.55),
     (1.12, -4.63, 9.4), (1.36, -4.6, 9.25), (1.66, -4.66, 8.95)),
    ((0, -4.65, 10.2), (0.25, -4.65, 10.2), (0.42, -4.65, 10.1), (0.74, -4.63, 9.95),
     (1.1, -4.63, 9.75), (1.5, -4.4, 9.42), (1.82, -4.3, 8.9)),
    ((0, -4.55, 10.7), (0.28, -4.55, 10.65), (0.52, -4.57, 10.5), (0.8, -4.55, 10.3),
     (1.13, -4.49, 10.05), (1.52, -4.05, 9.65), (1.84, -3.88, 8.9)),
    ((0, -3.93, 11.15), (0.34, -3.93, 11.05), (0.62, -3.91, 10.8), (0.88, -3.87, 10.45),
     (1.12, -3.8, 10.1), (1.4, -3.66, 9.62), (1.72, -3.45, 8.95)),
    ((0, -3.45, 11.1), (0.33, -3.45, 11.0), (0.6, -3.42, 10.7), (0.83, -3.35, 10.3),
     (1.06, -3.3, 9.9), (1.31, -3.15, 9.45), (1.64, -2.9, 9.0)),
    ((0, -2.95, 10.75), (0.31, -2.95, 10.65), (0.56, -2.92, 10.4), (0.78, -2.88, 10.0),
     (1.0, -2.8, 9.6), (1.26, -2.65, 9.2), (1.6, -2.5, 8.95)),
    ((0, -2, 10.1), (0.29, -2, 10.0), (0.52, -2, 9.75), (0.75, -2, 9.35),
     (1.0, -1.95, 9.0), (1.45, -1.85, 8.6), (2.0, -2.05, 8.4)),
    ((0, -0.1, 9.1), (0.27, -0.1, 9.0), (0.5, -0.1, 8.8), (0.7, -0.1, 8.5),
     (0.9, -0.1, 8.2), (1.12, -0.1, 7.9), (1.5, -0.1, 7.8)),
    ((0, 1.8, 9.5), (0.32, 1.8, 9.5), (0.64, 1.8, 9.45), (0.96, 1.8, 9.4),
     (1.28, 1.8, 9.3), (1.6, 1.75, 9.2), (2.1, 2, 9.0)),
)  # fmt: skip

# Rim of the left nostril, in the order of its ring (from the inner front, clockwise seen from below the front).
NOSTRIL_RIM = (
    (0.42, -4.55, 10.32), (0.66, -4.53, 10.42), (0.93, -4.55, 10.28), (1.12, -4.59, 9.98),
    (1.14, -4.65, 9.66), (0.89, -4.69, 9.52), (0.58, -4.67, 9.62), (0.42, -4.61, 9.95),
)  # fmt: skip


def nose_points() -> tuple[Array, Array]:
    """Grid rows (R,) and rough positions (R, NOSE_COLUMNS, 3), before they are projected onto the skin."""
    rows = np.arange(STATION_ROWS[0], STATION_ROWS[-1] + 1)
    spline = CubicSpline(np.array(STATION_ROWS, dtype=float), np.array(STATIONS, dtype=float))
    return rows.astype(float), np.asarray(spline(rows))
