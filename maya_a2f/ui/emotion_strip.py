"""Emotions over the clip: a thin lane per emotion, and below them the chosen one large, where its keys are edited.

Mouse: a click chooses a lane or a key, a double click adds a key, a drag moves it (in time and, in the large lane, in
strength), a right click offers the rest. Keyboard: Up and Down choose the emotion, Left and Right a key, Insert or
Return adds one at the playhead, Delete removes it, Control with the arrows moves it, Shift makes that fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QSizePolicy, QToolTip, QWidget

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_edit import key_at, moved_key, with_key, without_key
from maya_a2f.core.emotion_keys import EmotionKey, Lane, keys_of_lanes, lanes, strength_at
from maya_a2f.errors import UserError
from maya_a2f.ui.emotion_colours import emotion_title
from maya_a2f.ui.emotion_strip_paint import StripLayout, StripPicture, paint_strip
from maya_a2f.ui.theme import line_height

_DEFAULT_SECONDS = 1.0
"""Length shown while no clip is known."""
_FINE, _COARSE = 0.01, 0.05
"""Steps of the keyboard: strength, and seconds."""


@dataclass
class _Drag:
    """A key on its way; where it and the mouse started."""

    index: int
    at: QPointF
    seconds: float
    strength: float
    is_large: bool
    is_moving: bool = False


class EmotionStrip(QWidget):
    """Shows and edits emotion keys; strengths without keys are shown flat."""

    emotionChanged = Signal()  # noqa: N815 - as Qt names signals
    """The user changed keys."""
    selectionChanged = Signal(str)  # noqa: N815
    """The user chose another emotion."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = EMOTIONS
        self._base: dict[str, float] = {}
        self._lanes: dict[str, Lane] = {}
        self._duration: float | None = None
        self._playhead: float | None = None
        self._chosen = self._names[0]
        self._key: int | None = None
        self._drag: _Drag | None = None
        self._voice: Callable[[str, float], float] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Emotions over time")
        self._describe()

    def set_emotions(self, names: Sequence[str]) -> None:
        """The emotions the model has; keys of others are kept but not shown."""
        self._names = tuple(name.lower() for name in names)
        if self._chosen not in self._names:
            self._chosen, self._key = (self._names[0] if self._names else ""), None
        self.updateGeometry()
        self._refresh()

    def set_base(self, strengths: Mapping[str, float]) -> None:
        """What holds for emotions without keys."""
        self._base = {name.lower(): value for name, value in strengths.items()}
        self.update()

    def set_duration(self, seconds: float | None) -> None:
        """The clip's length; None where there is none."""
        self._duration = seconds
        self._refresh()

    def set_playhead(self, seconds: float | None) -> None:
        """Seconds after the clip's in point."""
        if seconds != self._playhead:
            self._playhead = seconds
            self.update()

    def set_voice(self, strength: Callable[[str, float], float] | None) -> None:
        """What the voice says, as (emotion, seconds) -> strength: drawn faintly below the keys. None draws nothing."""
        self._voice = strength
        self.update()

    def emotion_keys(self) -> tuple[EmotionKey, ...]:
        """All keys, in the order of time."""
        return keys_of_lanes(self._lanes)

    def set_keys(self, keys: Iterable[EmotionKey]) -> None:
        """Show keys; emits nothing. Keys that contradict each other raise :class:`UserError` ``emotion.bad_keys``."""
        self._lanes = dict(lanes(keys))
        self._key = None
        self._refresh()

    def is_keyed(self, name: str) -> bool:
        """Whether an emotion has keys."""
        return name.lower() in self._lanes

    def is_key_here(self, name: str) -> bool:
        """Whether an emotion has a key at the playhead."""
        return key_at(self._lanes, name.lower(), self._playhead) is not None

    def strength(self, name: str, seconds: float | None = None) -> float:
        """An emotion's strength at a moment, by default at the playhead (else at the start)."""
        moment = seconds if seconds is not None else self._playhead or 0.0
        lane = self._lanes.get(name.lower())
        return strength_at(lane, moment) if lane else self._base.get(name.lower(), 0.0)

    @property
    def chosen(self) -> str:
        """The emotion shown large."""
        return self._chosen

    @property
    def chosen_key(self) -> int | None:
        """Index of the chosen key in its lane."""
        return self._key

    def choose(self, name: str, key: int | None = None) -> None:
        """Show an emotion large; emits nothing."""
        if name.lower() in self._names:
            self._chosen, self._key = name.lower(), key
            self._refresh()

    def add_key(self, name: str, seconds: float | None = None, strength: float | None = None) -> None:
        """Add a key, by default at the playhead with the strength there; as the user's own doing."""
        moment = seconds if seconds is not None else self._playhead or 0.0
        moment = min(max(moment, 0.0), self._shown_seconds)
        value = self.strength(name, moment) if strength is None else strength
        self._lanes, self._key = with_key(self._lanes, name.lower(), moment, value)
        self._chosen = name.lower()
        self._changed()

    def delete_key(self) -> None:
        """Remove the chosen key; as the user's own doing."""
        if self._key is not None:
            self._lanes = without_key(self._lanes, self._chosen, self._key)
            count = len(self._lanes.get(self._chosen, ()))
            self._key = min(self._key, count - 1) if count else None
            self._changed()

    def clear(self, name: str | None = None) -> None:
        """Remove the keys of one emotion, or all; as the user's own doing."""
        kept = {} if name is None else {other: lane for other, lane in self._lanes.items() if other != name.lower()}
        if len(kept) != len(self._lanes):
            self._lanes, self._key = kept, None
            self._changed()

    # What is shown

    @property
    def _shown_seconds(self) -> float:
        return self._duration if self._duration and self._duration > 0 else _DEFAULT_SECONDS

    def layout_now(self) -> StripLayout:
        """Where everything is, at the present size."""
        return StripLayout.of(self, self._names, self._shown_seconds)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """High enough for every lane."""
        return QSize(line_height(self) * 20, StripLayout.height_for(self, len(self._names)))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow, but as high as it is."""
        return QSize(line_height(self) * 10, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Lanes, the large lane, ruler, playhead."""
        picture = StripPicture(
            self._lanes, self._base, self._chosen, self._key, self._playhead, self._duration is not None, self._voice
        )
        paint_strip(self, self.layout_now(), picture)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose a lane or a key, and get ready to move it."""
        place = self.layout_now().place_at(event.position(), self._chosen)
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            return
        name, is_large = place
        self._choose_by_hand(name, self._key_near(name, event.position(), is_large))
        if self._key is not None:
            seconds, strength = self._lanes[name][self._key]
            self._drag = _Drag(self._key, event.position(), seconds, strength, is_large)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the key that is held."""
        drag = self._drag
        if drag is None:
            place = self.layout_now().place_at(event.position(), self._chosen)
            is_key = place is not None and self._key_near(place[0], event.position(), place[1]) is not None
            self.setCursor(Qt.CursorShape.SizeAllCursor if is_key else Qt.CursorShape.ArrowCursor)
            return
        way = event.position() - drag.at
        if not drag.is_moving and way.manhattanLength() < QApplication.startDragDistance() / 2:
            return
        drag.is_moving = True
        layout = self.layout_now()
        seconds = drag.seconds + layout.seconds_of(way.x())
        strength = drag.strength - (way.y() / layout.large.height() if drag.is_large else 0.0)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:  # one direction only
            seconds, strength = (seconds, drag.strength) if abs(way.x()) > abs(way.y()) else (drag.seconds, strength)
        self._move_key(drag.index, seconds, strength)
        QToolTip.showText(event.globalPosition().toPoint(), self._key_words(), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        self._drag = None
        QToolTip.hideText()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Add a key where the mouse is."""
        layout = self.layout_now()
        place = layout.place_at(event.position(), self._chosen)
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            return
        name, is_large = place
        if self._key_near(name, event.position(), is_large) is None and event.position().x() >= layout.left:
            strength = layout.strength_at(event.position().y(), name, is_large)
            self.add_key(name, layout.seconds_at(event.position().x()), strength)
            self.selectionChanged.emit(name)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer what the mouse can't say."""
        place = self.layout_now().place_at(QPointF(event.pos()), self._chosen)
        if place is not None:
            self._choose_by_hand(place[0], self._key_near(place[0], QPointF(event.pos()), place[1]))
        self.menu(self.layout_now().seconds_at(event.pos().x())).exec(event.globalPos())

    def menu(self, seconds: float) -> QMenu:
        """What the right mouse button offers at a moment."""
        menu, title = QMenu(self), emotion_title(self._chosen)
        for words, is_possible, act in (
            (f"&Add key for {title} here", bool(self._chosen), lambda: self.add_key(self._chosen, seconds)),
            ("Add key at the &playhead", self._playhead is not None, lambda: self.add_key(self._chosen)),
            ("&Delete key", self._key is not None, self.delete_key),
            (f"Delete all keys of &{title}", self.is_keyed(self._chosen), lambda: self.clear(self._chosen)),
            ("Delete a&ll keys", bool(self._lanes), lambda: self.clear()),
        ):
            action = QAction(words, menu)
            action.setEnabled(is_possible)
            action.triggered.connect(lambda checked=False, act=act: act())
            menu.addAction(action)
        return menu

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """As the module says."""
        key, is_control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        step = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _COARSE
        up_down = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(key), 0)
        sideways = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(key), 0)
        if key in (Qt.Key.Key_Insert, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chosen:
            self.add_key(self._chosen)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._key is not None:
            self.delete_key()
        elif (up_down or sideways) and is_control and self._key is not None:
            seconds, strength = self._lanes[self._chosen][self._key]
            self._move_key(self._key, seconds + step * sideways, strength + step * up_down)
        elif up_down and self._names and not is_control:
            at = self._names.index(self._chosen) - up_down
            self._choose_by_hand(self._names[min(max(at, 0), len(self._names) - 1)], None)
        elif sideways and self.is_keyed(self._chosen) and not is_control:
            last = len(self._lanes[self._chosen]) - 1
            at = (0 if sideways > 0 else last) if self._key is None else self._key + sideways
            self._choose_by_hand(self._chosen, min(max(at, 0), last))
        elif key == Qt.Key.Key_Escape and self._key is not None:
            self._choose_by_hand(self._chosen, None)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Words for what is under the mouse; Delete is the strip's own also where the host has a shortcut for it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._wants(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show it."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show it."""
        self.update()
        super().focusOutEvent(event)

    # Inner

    def _wants(self, event: QKeyEvent) -> bool:
        return Qt.Key(event.key()) in (
            Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Insert, Qt.Key.Key_Return,
            Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
        )  # fmt: skip

    def _choose_by_hand(self, name: str, key: int | None) -> None:
        is_other = name != self._chosen
        self._chosen, self._key = name, key
        self._refresh()
        if is_other:
            self.selectionChanged.emit(name)

    def _key_near(self, name: str, position: QPointF, is_large: bool) -> int | None:
        return self.layout_now().key_near(self._lanes.get(name, ()), position, name if not is_large else "")

    def _move_key(self, index: int, seconds: float, strength: float) -> None:
        before = self._lanes
        self._lanes = moved_key(self._lanes, self._chosen, index, min(seconds, self._shown_seconds), strength)
        if self._lanes != before:
            self._changed()

    def _changed(self) -> None:
        self._refresh()
        self.emotionChanged.emit()

    def _refresh(self) -> None:
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self._key_words() or f"{emotion_title(self._chosen)}, no key chosen")

    def _key_words(self) -> str:
        lane = self._lanes.get(self._chosen, ())
        if self._key is None or self._key >= len(lane):
            return ""
        seconds, strength = lane[self._key]
        return f"{emotion_title(self._chosen)} {strength:.2f} at {seconds:.2f} s (key {self._key + 1} of {len(lane)})"

    def _words_at(self, position: QPointF) -> str:
        layout = self.layout_now()
        place = layout.place_at(position, self._chosen)
        if place is None:
            return ""
        seconds = layout.seconds_at(position.x())
        now = f"{emotion_title(place[0])}: {self.strength(place[0], seconds):.2f} at {seconds:.2f} s."
        if self._voice is not None:
            now += f" From the voice (dotted): {self._voice(place[0], seconds):.2f}."
        return (
            f"{now}\nDouble-click adds a key, drag moves it, Delete removes it.\n"
            "Arrows choose emotion and key; Ctrl with arrows moves the key, Shift makes that fine."
        )


def restored_keys(strip: EmotionStrip, keys: Iterable[EmotionKey]) -> bool:
    """Show keys that come from outside; False, and no keys, where they contradict each other."""
    try:
        strip.set_keys(keys)
    except UserError:
        strip.set_keys(())
        return False
    return True
