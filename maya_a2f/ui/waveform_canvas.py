"""A recording as a picture: the sound, what is chosen of it, the playhead, a ruler. Times are seconds in the file.

The widget is given columns to draw and tells nothing but that other ones would be better; what the user does with it is
in :mod:`maya_a2f.ui.waveform_view`.
"""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from maya_a2f.core.clip_window import Trim, View
from maya_a2f.ui.theme import line_height, small_font
from maya_a2f.ui.waveform_layers import WaveformLook, paint_ground, paint_marks, sound_box
from maya_a2f.ui.waveform_paint import WaveColumns, WaveShapes, wave_shapes
from maya_a2f.ui.waveform_ruler import ruler_height

IN, OUT, PLAYHEAD = "in", "out", "playhead"
_LEAST_VISIBLE_FRAMES = 6


class WaveformCanvas(QWidget):
    """The picture. Its methods emit nothing but :attr:`viewChanged`."""

    viewChanged = Signal()  # noqa: N815 - as Qt names signals
    """Another stretch is visible, or at another size: see :meth:`wanted_columns`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rate = Fraction(30)
        self._origin_frame = 1.0
        self._trim: Trim | None = None
        self._view = View.whole(0.0)
        self._overview = WaveColumns(0.0, 0.0)
        self._detail: WaveColumns | None = None
        self._gain = 1.0
        self._playhead: float | None = None
        self._words = ""
        self._fraction: float | None = None
        self._is_drop_target = False
        self._can_trim = True
        self._chosen = PLAYHEAD
        self._dragged = ""
        """What the mouse holds: a handle, the playhead, ``strip``, ``view``, or nothing."""
        self._ground: QPixmap | None = None
        self._shapes: tuple[object, WaveShapes] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Waveform")

    @property
    def trim(self) -> Trim | None:
        """What is chosen; None while no recording is shown."""
        return self._trim

    @property
    def view(self) -> View:
        """What is visible."""
        return self._view

    @property
    def playhead(self) -> float | None:
        """Where the playhead stands."""
        return self._playhead

    @property
    def chosen(self) -> str:
        """What the arrow keys move: ``in``, ``out`` or ``playhead``."""
        return self._chosen

    def show_words(self, words: str, fraction: float | None = None) -> None:
        """Show no recording but a line of text, with a bar when ``fraction`` (0 to 1) is given."""
        if self._trim is not None:
            self._trim, self._view = None, View.whole(0.0)
            self._overview, self._detail = WaveColumns(0.0, 0.0), None
            self._dragged = ""
            self.unsetCursor()
        self._words, self._fraction = words, fraction
        self._repaint_all()

    def show_recording(self, trim: Trim, overview: WaveColumns, loudest: float = 1.0) -> None:
        """Show a recording, all of it; ``loudest`` (largest magnitude) makes a quiet one readable."""
        self._words, self._fraction = "", None
        self._trim, self._view = trim, View.whole(trim.duration_seconds)
        self._overview, self._detail = overview, None
        self._gain = min(8.0, 0.94 / loudest) if loudest > 1e-3 else 1.0
        self._repaint_all()

    def set_detail(self, columns: WaveColumns) -> None:
        """Finer columns for some stretch."""
        self._detail = columns
        self._repaint_all()

    def set_trim(self, trim: Trim) -> None:
        """Move the handles."""
        if self._trim is not None and trim != self._trim:
            self._trim = trim
            self._repaint_all()

    def set_time_line(self, rate: Fraction, origin_frame: float) -> None:
        """The scene's rate, and the frame on which the in point lies."""
        self._rate, self._origin_frame = rate, origin_frame
        self._repaint_all()

    def set_playhead(self, seconds: float | None) -> None:
        """Move the playhead; the view follows it page by page. Nothing moves what the user holds."""
        if self._dragged == PLAYHEAD:
            return
        self._playhead = seconds
        if seconds is not None and 0.0 <= seconds <= self._view.duration and not self._dragged:
            self._set_view(self._view.showing(seconds))
        self.update()

    def set_can_trim(self, can_trim: bool) -> None:
        """Whether the handles may be moved."""
        self._can_trim = can_trim
        self.update()

    def set_drop_target(self, is_target: bool) -> None:
        """Whether something that can be dropped hovers here."""
        self._is_drop_target = is_target
        self._repaint_all()

    def wanted_columns(self) -> tuple[float, float, int] | None:
        """Start, stop and count of finer columns than there are; None where those that are there do."""
        if self._trim is None or self._view.span <= 0:
            return None
        pixels = max(1, round(self._wave_box().width() * self.devicePixelRatioF()))
        per_pixel = self._view.span / pixels
        for known in (self._overview, self._detail):
            is_there = known is not None and known.covers(self._view.start, self._view.stop)
            if is_there and known is not None and known.seconds_per_column <= per_pixel * 1.01:
                return None
        start = max(0.0, self._view.start - self._view.span / 2)
        stop = min(self._view.duration, self._view.stop + self._view.span / 2)
        return start, stop, min(1 << 14, round((stop - start) / per_pixel) + 1)

    def show_all(self) -> None:
        """Zoom out."""
        self._set_view(View.whole(self._view.duration))

    def show_trim(self) -> None:
        """Zoom to the stretch between in and out."""
        if self._trim is not None:
            self._set_view(self._view.around(self._trim.in_seconds, self._trim.out_seconds, self._least_visible()))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Nine lines of text high."""
        return QSize(line_height(self) * 18, round(line_height(self) * 9))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as it wants to be."""
        return QSize(line_height(self) * 10, self.sizeHint().height())

    def _handle_width(self) -> float:
        return line_height(self) * 0.72

    def _wave_box(self) -> QRectF:
        """Where the sound is drawn: below the ruler, above the strip, between room for the handles."""
        top = ruler_height(small_font(self)) if self._trim is not None else 0.0
        side = self._handle_width() + 1
        return QRectF(self.rect()).adjusted(side, top, -side, -self._strip_height() - 3)

    def _strip_height(self) -> float:
        return max(3.0, line_height(self) * 0.32)

    def _strip_box(self) -> QRectF:
        box = self._wave_box()
        return QRectF(box.left(), self.height() - self._strip_height() - 1, box.width(), self._strip_height())

    def x_of(self, seconds: float) -> float:
        """Where a time is, in the widget's coordinates."""
        box = self._wave_box()
        return box.left() + (seconds - self._view.start) / self._view.span * box.width()

    def seconds_at(self, x: float) -> float:
        """The time at a place, whether there is sound or not."""
        box = self._wave_box()
        return self._view.start + (x - box.left()) / max(1.0, box.width()) * self._view.span

    def _look(self) -> WaveformLook:
        return WaveformLook(
            widget=self,
            wave=self._wave_box(),
            strip=self._strip_box(),
            handle_width=self._handle_width(),
            view=self._view,
            trim=self._trim,
            rate=self._rate,
            origin_frame=self._origin_frame,
            chosen=self._chosen if self.hasFocus() or self._dragged else "",
            can_trim=self._can_trim,
            words=self._words,
            fraction=self._fraction,
            is_drop_target=self._is_drop_target,
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The still part is kept as a picture; handles and playhead are drawn over it."""
        ratio = self.devicePixelRatioF()
        if self._ground is None or self._ground.devicePixelRatio() != ratio:
            self._ground = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._ground)
            look = self._look()
            paint_ground(painter, look, self._wave_shapes(look, ratio))
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        paint_marks(painter, self._look(), self._playhead)

    def _wave_shapes(self, look: WaveformLook, ratio: float) -> WaveShapes | None:
        """The visible sound; made anew only when it is another, not while a handle moves."""
        if self._trim is None or self._view.span <= 0:
            return None
        columns, box = self._best_columns(), sound_box(look)
        key = (columns, self._view, box.getRect(), self._gain, ratio)
        if self._shapes is None or self._shapes[0] != key:
            self._shapes = key, wave_shapes(columns, self._view, box, self._gain, ratio)
        return self._shapes[1]

    def _best_columns(self) -> WaveColumns:
        """The finer columns where they cover what is visible and are finer, else those of the whole."""
        detail = self._detail
        if detail is None or not detail.covers(self._view.start, self._view.stop):
            return self._overview
        return detail if detail.seconds_per_column < self._overview.seconds_per_column else self._overview

    def _repaint_all(self) -> None:
        self._ground = None
        self.update()

    def _set_view(self, view: View) -> None:
        if view != self._view:
            self._view = view
            self._repaint_all()
            self.viewChanged.emit()

    def _least_visible(self) -> float:
        return float(_LEAST_VISIBLE_FRAMES / self._rate)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Other colours or another font."""
        self._ground = None
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Draw anew; finer columns may be wanted."""
        self._repaint_all()
        self.viewChanged.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the frame of the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Hide it."""
        super().focusOutEvent(event)
        self.update()
