"""A recording under mouse and keyboard: in and out handles, playhead, zoom and pan.

The widget knows neither worker nor host: it says what the user did.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QWidget

from maya_a2f.core.clip_window import Trim
from maya_a2f.core.time_display import snapped
from maya_a2f.ui.waveform_canvas import IN, OUT, PLAYHEAD, WaveformCanvas

_ORDER = (IN, PLAYHEAD, OUT)
_SEEK_MILLISECONDS = 30
_ZOOM_PER_STEP = 0.8

_KEYS = frozenset(
    {
        Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
        Qt.Key.Key_I, Qt.Key.Key_O, Qt.Key.Key_A, Qt.Key.Key_F, Qt.Key.Key_R, Qt.Key.Key_Plus, Qt.Key.Key_Equal,
        Qt.Key.Key_Minus, Qt.Key.Key_Space,
    }
)  # fmt: skip

_TOOL_TIP = (
    "The recording. Drag the handles at its ends to choose the stretch that is animated; click or drag anywhere else to"
    " move the playhead.\n\n"
    "Wheel: zoom at the cursor; Shift + wheel or middle button: move along\n"
    "Left, Right: move the highlighted handle or the playhead by a frame (Shift: by ten); Up, Down: choose which\n"
    "I, O: set in or out at the playhead; double-click a handle: reset it; R: reset both\n"
    "A: show all; F: show from in to out; Home, End: playhead to in or out; Space: play\n"
    "Handles stop at whole frames; hold Alt to place them freely.\n\n"
    "Upper row of the ruler: seconds in the file. Lower row: frames on the time line."
)


class WaveformView(WaveformCanvas):
    """The picture to work on. ``set_...`` methods emit nothing; signals tell what the user did."""

    trimming = Signal(object)
    """:class:`Trim` while a handle moves."""
    trimmed = Signal(object)
    """:class:`Trim` when the user is done with a handle."""
    seekRequested = Signal(float)  # noqa: N815 - as Qt names signals
    playRequested = Signal()  # noqa: N815
    """Space was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grabbed_at = 0.0
        self._pan_from = 0.0, self._view
        self._pending_seek: float | None = None
        self._seek_timer = QTimer(self)
        self._seek_timer.setSingleShot(True)
        self._seek_timer.timeout.connect(self._send_seek)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setToolTip(_TOOL_TIP)

    def reset_trim(self, which: tuple[str, ...] = (IN, OUT)) -> None:
        """Put handles back to the ends of the recording, as the user asked."""
        if self._trim is not None and self._can_trim:
            trim = self._trim.with_in(0.0) if IN in which else self._trim
            self._finish_trim(trim.with_out(trim.duration_seconds) if OUT in which else trim)

    def _target_at(self, position: QPointF) -> str:
        """``in``, ``out``, ``playhead`` (the ruler and the wave), ``strip`` or nothing."""
        if self._trim is None:
            return ""
        box, reach = self._wave_box(), self._handle_width()
        if position.y() >= self._strip_box().top() - 1 and not self._view.is_whole:
            return "strip"
        if self._can_trim and position.y() >= box.top():
            left, right = self.x_of(self._trim.in_seconds), self.x_of(self._trim.out_seconds)
            inner = min(reach * 0.4, (right - left) / 3)
            if left - reach - 2 <= position.x() <= left + inner:
                return IN
            if right - inner <= position.x() <= right + reach + 2:
                return OUT
        return PLAYHEAD

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take a handle, the playhead, or the view."""
        if self._trim is None:
            return
        position = event.position()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._dragged, self._pan_from = "view", (position.x(), self._view)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            target = self._target_at(position)
            self._dragged = target
            if target in _ORDER:
                self._chosen = target
                at = {IN: self._trim.in_seconds, OUT: self._trim.out_seconds}.get(target)
                self._grabbed_at = 0.0 if at is None else position.x() - self.x_of(at)
            if target in (PLAYHEAD, "strip"):
                self._drag_to(event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Drag what was taken, or show what could be."""
        if self._dragged == "view":
            x, view = self._pan_from
            self._set_view(view.panned((x - event.position().x()) / self._wave_box().width() * view.span))
        elif self._dragged:
            self._drag_to(event)
        elif self._target_at(event.position()) in (IN, OUT):
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self.unsetCursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        dragged, self._dragged = self._dragged, ""
        if dragged == "view":
            self.unsetCursor()
        elif dragged in (IN, OUT) and self._trim is not None:
            self.trimmed.emit(self._trim)
        elif dragged == PLAYHEAD:
            self._seek_timer.stop()
            self._send_seek()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """On a handle: back to the recording's end. On the strip: show all."""
        target = self._target_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and target in (IN, OUT):
            self._dragged = ""
            self.reset_trim((target,))
        elif event.button() == Qt.MouseButton.LeftButton and target == "strip":
            self.show_all()
        else:
            self.mousePressEvent(event)

    def _drag_to(self, event: QMouseEvent) -> None:
        if self._trim is None:
            return
        box, x = self._wave_box(), event.position().x()
        if self._dragged == "strip":
            share = (x - box.left()) / max(1.0, box.width())
            self._set_view(self._view.panned(share * self._view.duration - (self._view.start + self._view.stop) / 2))
            return
        seconds = max(self._view.start, min(self.seconds_at(x - self._grabbed_at), self._view.stop))
        if not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            seconds = self._snapped(seconds)
        self._move(self._dragged, seconds)

    def _snapped(self, seconds: float) -> float:
        """On a whole frame; the in point's are counted from the file's start, the others from the in point."""
        assert self._trim is not None
        end = self._trim.duration_seconds
        if abs(seconds - end) < 0.5 / float(self._rate) and self._dragged == OUT:
            return end
        return snapped(seconds, self._rate, 0.0 if self._dragged == IN else self._trim.in_seconds)

    def _move(self, what: str, seconds: float) -> None:
        """Move a handle or the playhead, as the user asked."""
        assert self._trim is not None
        if what == PLAYHEAD:
            self._playhead = max(0.0, min(seconds, self._trim.duration_seconds))
            self._pending_seek = self._playhead
            if not self._seek_timer.isActive():
                self._send_seek()
            self.update()
            return
        trim = self._trim.with_in(seconds) if what == IN else self._trim.with_out(seconds)
        if trim != self._trim:
            self.set_trim(trim)
            self.trimming.emit(trim)

    def _send_seek(self) -> None:
        """Tell of the playhead, not more often than a host can follow."""
        seconds, self._pending_seek = self._pending_seek, None
        if seconds is not None:
            self._seek_timer.start(_SEEK_MILLISECONDS)
            self.seekRequested.emit(seconds)

    def _finish_trim(self, trim: Trim) -> None:
        if trim != self._trim:
            self.set_trim(trim)
            self.trimming.emit(trim)
            self.trimmed.emit(trim)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom at the cursor; with Shift, or sideways, move along. Left to the panel while nothing is shown."""
        turned, sideways = event.angleDelta().y(), event.angleDelta().x()
        if self._trim is None or not (turned or sideways):
            event.ignore()
            return
        if sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._set_view(self._view.panned(-(sideways or turned) / 120.0 * 0.12 * self._view.span))
        else:
            self._zoom(self.seconds_at(event.position().x()), _ZOOM_PER_STEP ** (turned / 120.0))
        event.accept()

    def _zoom(self, at: float, factor: float) -> None:
        at = max(self._view.start, min(at, self._view.stop))
        self._set_view(self._view.zoomed(at, factor, self._least_visible()))

    def event(self, event: QEvent) -> bool:
        """Keep the host program from taking our keys for its own while we have the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """See the tool tip."""
        key = Qt.Key(event.key())
        if self._trim is None or not _is_ours(event):
            super().keyPressEvent(event)
            return
        frames = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._nudge(frames if key == Qt.Key.Key_Right else -frames)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._chosen = _ORDER[(_ORDER.index(self._chosen) + step) % len(_ORDER)]
            self.update()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._move(PLAYHEAD, self._trim.in_seconds if key == Qt.Key.Key_Home else self._trim.out_seconds)
        elif key in (Qt.Key.Key_I, Qt.Key.Key_O):
            self._set_at_playhead(IN if key == Qt.Key.Key_I else OUT)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            shown = self._playhead if self._playhead is not None else (self._view.start + self._view.stop) / 2
            self._zoom(shown, 1 / _ZOOM_PER_STEP if key == Qt.Key.Key_Minus else _ZOOM_PER_STEP)
        elif key == Qt.Key.Key_A:
            self.show_all()
        elif key == Qt.Key.Key_F:
            self.show_trim()
        elif key == Qt.Key.Key_R:
            self.reset_trim()
        elif key == Qt.Key.Key_Space:
            self.playRequested.emit()

    def _nudge(self, frames: int) -> None:
        assert self._trim is not None
        step = float(frames / self._rate)
        if self._chosen == PLAYHEAD:
            start = self._trim.in_seconds if self._playhead is None else self._playhead
            self._move(PLAYHEAD, start + step)
            if self._playhead is not None:
                self._set_view(self._view.showing(self._playhead))
        elif self._can_trim:
            is_in = self._chosen == IN
            moved = self._trim.with_in(self._trim.in_seconds + step) if is_in else None
            self._finish_trim(moved if moved is not None else self._trim.with_out(self._trim.out_seconds + step))

    def _set_at_playhead(self, what: str) -> None:
        if self._trim is not None and self._can_trim and self._playhead is not None:
            is_in = what == IN
            self._finish_trim(self._trim.with_in(self._playhead) if is_in else self._trim.with_out(self._playhead))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """The same by menu."""
        if self._trim is not None:
            self.make_menu().exec(event.globalPos())

    def make_menu(self) -> QMenu:
        """The context menu, made anew."""
        menu = QMenu(self)
        can_set = self._can_trim and self._playhead is not None
        is_trimmed = self._trim is not None and not self._trim.is_whole
        for text, call, is_enabled in (
            ("Set &in at the playhead\tI", lambda: self._set_at_playhead(IN), can_set),
            ("Set &out at the playhead\tO", lambda: self._set_at_playhead(OUT), can_set),
            ("&Reset in and out\tR", self.reset_trim, self._can_trim and is_trimmed),
            ("", None, True),
            ("Show &all\tA", self.show_all, not self._view.is_whole),
            ("Show &from in to out\tF", self.show_trim, is_trimmed),
        ):
            if call is None:
                menu.addSeparator()
                continue
            action = menu.addAction(text)
            action.setEnabled(is_enabled)
            action.triggered.connect(lambda checked=False, run=call: run())
        return menu


def _is_ours(event: QKeyEvent) -> bool:
    """Keys of ours without modifiers but Shift (and the keypad's mark)."""
    allowed = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    return event.key() in _KEYS and not event.modifiers() & ~allowed
