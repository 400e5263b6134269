"""How a sound's outline is drawn: columns of lowest, highest and mean level become two filled shapes."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPolygonF

from maya_a2f.core.clip_window import View

_MOST_POINTS = 1600
"""Along the picture; more would hold up the user interface on a very wide panel."""


@dataclass(frozen=True, eq=False)
class WaveColumns:
    """What the worker's ``peaks`` answers for one stretch, in equal columns."""

    start: float
    """Seconds in the file."""
    stop: float
    extremes: array[Any] = field(default_factory=lambda: array("f"))
    """Lowest and highest of each column, in turn."""
    rms: array[Any] = field(default_factory=lambda: array("f"))
    """Root mean square of each column."""

    @property
    def count(self) -> int:
        """Number of columns."""
        return len(self.rms)

    @property
    def seconds_per_column(self) -> float:
        """Width of a column; infinite where there is none."""
        return (self.stop - self.start) / self.count if self.count else math.inf

    def covers(self, start: float, stop: float) -> bool:
        """Whether the whole stretch is known."""
        slack = 1e-6 + 1e-9 * self.stop
        return self.count > 0 and self.start <= start + slack and stop <= self.stop + slack

    @cached_property
    def _lowest(self) -> array[Any]:
        return self.extremes[::2]

    @cached_property
    def _highest(self) -> array[Any]:
        return self.extremes[1::2]

    def level(self, start: float, stop: float) -> tuple[float, float, float]:
        """Lowest, highest and mean level between two times; zeros where nothing is known."""
        if not self.count or stop <= self.start:
            return 0.0, 0.0, 0.0
        width = self.seconds_per_column
        first = max(0, math.floor((start - self.start) / width + 1e-6))
        last = min(self.count, max(first + 1, math.ceil((stop - self.start) / width - 1e-6)))
        if first >= last:
            return 0.0, 0.0, 0.0
        mean = math.hypot(*self.rms[first:last]) / math.sqrt(last - first)
        return min(self._lowest[first:last]), max(self._highest[first:last]), mean


@dataclass(frozen=True)
class WaveShapes:
    """The outline as polygons in a widget's own coordinates."""

    peaks: QPolygonF
    rms: QPolygonF


def wave_shapes(columns: WaveColumns, view: View, box: QRectF, gain: float, pixel_ratio: float) -> WaveShapes:
    """The columns within ``view``, a point per device pixel of ``box``; a silent stretch keeps a thin line."""
    steps = max(2, min(_MOST_POINTS, round(box.width() * pixel_ratio)))
    middle, half = box.center().y(), box.height() / 2
    least = 0.5 / pixel_ratio
    tops, bottoms, upper, lower = [], [], [], []
    for step in range(steps):
        start = view.start + view.span * step / steps
        lowest, highest, rms = columns.level(start, start + view.span / steps)
        x = box.left() + box.width() * (step + 0.5) / steps
        top, bottom = middle - min(half, highest * gain * half), middle - max(-half, lowest * gain * half)
        if bottom - top < 2 * least:
            centre = (top + bottom) / 2
            top, bottom = centre - least, centre + least
        tops.append(QPointF(x, top))
        bottoms.append(QPointF(x, bottom))
        reach = min(half, rms * gain * half)
        upper.append(QPointF(x, max(top, middle - reach)))
        lower.append(QPointF(x, min(bottom, middle + reach)))
    return WaveShapes(QPolygonF([*tops, *reversed(bottoms)]), QPolygonF([*upper, *reversed(lower)]))


def paint_wave(painter: QPainter, shapes: WaveShapes, stretch: QRectF, peak_colour: QColor, rms_colour: QColor) -> None:
    """Fill the shapes within ``stretch``."""
    if stretch.width() <= 0:
        return
    painter.save()
    painter.setClipRect(stretch)
    painter.setPen(Qt.PenStyle.NoPen)
    for shape, colour in ((shapes.peaks, peak_colour), (shapes.rms, rms_colour)):
        painter.setBrush(QBrush(colour))
        painter.drawPolygon(shape, Qt.FillRule.WindingFill)
    painter.restore()
