"""Short labels on pictures: letters drawn as pen strokes with smooth edges, so that no font has to be found.

A letter lives on a grid 4 wide and 6 high (y down, baseline at 6, descenders to 8); strokes are polylines.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from maya_a2f.preview.arrays import Picture

_ADVANCE = 5.6
_UNKNOWN = "00 40 46 06 00"

# Points "xy" joined by spaces into strokes, strokes parted by commas.
_STROKES: dict[str, str] = {
    " ": "", "A": "06 20 46,14 34", "B": "00 06 36 45 44 33 03,33 42 41 30 00", "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 44 42 20 00", "E": "40 00 06 46,03 33", "F": "40 00 06,03 33", "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06,40 46,03 43", "I": "10 30,20 26,16 36", "J": "30 35 26 16 05", "K": "00 06,40 03 46", "L": "00 06 46",
    "M": "06 00 23 40 46", "N": "06 00 46 40", "O": "10 30 41 45 36 16 05 01 10", "P": "06 00 30 41 42 33 03",
    "Q": "10 30 41 45 36 16 05 01 10,24 47", "R": "06 00 30 41 42 33 03,23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05", "T": "00 40,20 26", "U": "00 05 16 36 45 40", "V": "00 26 40",
    "W": "00 16 22 36 40", "X": "00 46,40 06", "Y": "00 23 40,23 26", "Z": "00 40 06 46",
    "a": "12 32 43 46,44 14 05 16 36 45", "b": "00 06 36 45 43 32 02", "c": "43 32 12 03 05 16 36 45",
    "d": "40 46 16 05 03 12 42", "e": "04 44 43 32 12 03 05 16 36 45", "f": "40 30 21 26,12 32",
    "g": "42 47 38 18 07,42 12 03 05 16 46", "h": "00 06,03 12 32 43 46", "i": "22 26,20 20", "j": "32 37 28 18,30 30",
    "k": "00 06,42 04 46", "l": "20 25 36", "m": "06 02,03 12 22 26,23 32 43 46", "n": "02 06,03 12 32 43 46",
    "o": "12 32 43 45 36 16 05 03 12", "p": "02 08,02 32 43 45 36 06", "q": "42 48,42 12 03 05 16 46",
    "r": "02 06,04 22 42", "s": "43 32 12 03 14 34 45 36 16 05", "t": "20 25 36 46,02 42",
    "u": "02 05 16 36 45 42,45 46", "v": "02 26 42", "w": "02 16 23 36 42", "x": "02 46,42 06",
    "y": "02 26,42 18", "z": "02 42 06 46",
    "0": "10 30 41 45 36 16 05 01 10,05 41", "1": "01 20 26,06 46", "2": "01 10 30 41 42 06 46",
    "3": "00 40 23 33 44 45 36 16 05", "4": "36 30 04 44", "5": "40 00 03 33 44 45 36 06",
    "6": "40 20 02 05 16 36 45 44 33 03", "7": "00 40 16", "8": "10 30 41 42 33 13 02 01 10,13 04 05 16 36 45 44 33",
    "9": "06 26 44 41 30 10 01 02 13 43", ".": "26 26", ",": "25 17", ":": "22 22,26 26", "-": "13 33", "_": "06 46",
    "+": "21 25,03 43", "=": "02 42,04 44", "/": "06 40", "%": "06 40,01 01,45 45", "(": "30 21 25 36",
    ")": "10 21 25 16", "'": "20 21", "?": "01 10 30 41 42 23 24,26 26", "!": "20 24,26 26", ">": "01 43 05",
    "<": "41 03 45", "*": "11 35,31 15",
}  # fmt: skip


def draw_label(
    picture: Picture,
    text: str,
    left: int,
    top: int,
    *,
    height: int = 12,
    color: tuple[int, int, int] = (225, 228, 232),
) -> None:
    """Draw ``text`` into (H, W, 3) uint8 with capitals ``height`` pixels high; what does not fit is cut off."""
    scale = height / 6.0
    for index, letter in enumerate(text):
        _draw_letter(picture, _STROKES.get(letter, _UNKNOWN), left + index * _ADVANCE * scale, top, scale, color)


def label_width(text: str, height: int = 12) -> int:
    """Pixels that :func:`draw_label` covers from the left."""
    return int(np.ceil((len(text) * _ADVANCE - (_ADVANCE - 4)) * height / 6.0)) if text else 0


def _draw_letter(
    picture: Picture, strokes: str, left: float, top: float, scale: float, color: tuple[int, int, int]
) -> None:
    segments = _segments(strokes)
    if not len(segments):
        return
    reach = scale
    x0, y0 = max(int(left - reach), 0), max(int(top - reach), 0)
    x1 = min(int(left + 4 * scale + reach) + 2, picture.shape[1])
    y1 = min(int(top + 8 * scale + reach) + 2, picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    x, y = np.meshgrid(np.arange(x0, x1) + 0.5 - left, np.arange(y0, y1) + 0.5 - top)
    distance = np.min([_distance(x, y, segment * scale) for segment in segments], axis=0)
    ink = np.clip(0.42 * scale + 0.5 - distance, 0, 1)[..., None]
    region = picture[y0:y1, x0:x1]
    region[:] = (region * (1 - ink) + np.asarray(color) * ink + 0.5).astype(np.uint8)


def _segments(strokes: str) -> NDArray[np.float64]:
    """(N, 4) x0 y0 x1 y1 of every pen movement."""
    result = []
    for stroke in filter(None, strokes.split(",")):
        points = [(int(point[0]), int(point[1])) for point in stroke.split()]
        result += [(*a, *b) for a, b in itertools.pairwise(points)]
    return np.array(result, np.float64).reshape(-1, 4)


def _distance(x: NDArray[np.float64], y: NDArray[np.float64], segment: NDArray[np.float64]) -> NDArray[np.float64]:
    """From pixel centres to a segment."""
    x0, y0, x1, y1 = segment
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    result: NDArray[np.float64] = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
    return result
