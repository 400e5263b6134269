"""One result on a character: what it is, what was edited in it since, and the buttons that renew or remove it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from maya_a2f.core.face_regions import REGIONS
from maya_a2f.core.ports import KeptKeys
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.ui.panel_host import BakedResult
from maya_a2f.ui.theme import dim_palette, gap, small_font, text_width

_SHOWN_EDITS = 40
_NAME_LETTERS = 9
SelectedRange = Callable[[], tuple[float, float] | None]


class ResultRow(QWidget):
    """A row of the list; without edits known (``set_edits``) it says nothing of them."""

    rerunRequested = Signal(object)  # noqa: N815 - as Qt names signals
    """A :class:`RerunScope`."""
    removeRequested = Signal()  # noqa: N815
    noRange = Signal()  # noqa: N815
    """A range was wanted and none is selected."""

    def __init__(self, result: BakedResult, selected_range: SelectedRange | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.result = result
        self._selected_range = selected_range
        self._edits: tuple[KeptKeys, ...] = ()
        self._taking: dict[str, QCheckBox] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(gap(self, 0.2))
        self._layout.addLayout(self._title())
        if selected_range is not None:
            self._layout.addLayout(self._buttons())
        self._list: QWidget = QWidget(self)
        self._summary = QToolButton(self)
        self._summary.setAutoRaise(True)
        self._summary.setFont(small_font(self))
        self._summary.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._summary.setToolTip("Keys changed by hand since. A re-run leaves them, except where you take them over.")
        self._summary.clicked.connect(lambda: self._set_open(self._list.isHidden()))
        self._summary.hide()
        self._list.hide()
        self._layout.addWidget(self._summary, 0, Qt.AlignmentFlag.AlignLeft)
        self._layout.addWidget(self._list)

    def set_edits(self, edits: Sequence[KeptKeys]) -> None:
        """What was edited since; those pressed to be taken over stay pressed."""
        pressed = set(self.taken_over)
        self._edits = tuple(edits)
        was_open = not self._list.isHidden()
        fresh = self._edit_list(pressed)
        self._layout.replaceWidget(self._list, fresh)
        self._list.setParent(None)
        self._list.deleteLater()
        self._list = fresh
        count = len(self._edits)
        self._summary.setText(f"{count} edited curve{'s' if count != 1 else ''}" if count else "Not edited since")
        self._summary.setEnabled(bool(count))
        self._summary.show()
        self._set_open(was_open and bool(count))

    @property
    def summary(self) -> str:
        """What the row says of edits; empty while nothing is known."""
        return "" if self._summary.isHidden() else self._summary.text()

    @property
    def taken_over(self) -> tuple[str, ...]:
        """Attributes whose edits the next re-run gives up."""
        return tuple(name for name, button in self._taking.items() if button.isChecked())

    def _title(self) -> QHBoxLayout:
        result = self.result
        name = QLabel(result.name, self)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        where = QLabel(f"frames {result.first_frame:g} – {result.last_frame:g}", self)
        where.setFont(small_font(self))
        where.setPalette(dim_palette(self))
        for label in (name, where):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setToolTip(made_by_words(result.made_by) or result.name)
        remove = self._button(
            "Remove", f"Take the keys of '{result.name}' out again; keys edited since are refused by name."
        )
        remove.clicked.connect(self.removeRequested)
        line = QHBoxLayout()
        line.setSpacing(gap(self))
        line.addWidget(name, 1)
        line.addWidget(where)
        line.addWidget(remove)
        return line

    def _buttons(self) -> QHBoxLayout:
        name = self.result.name
        whole = self._button("Re-run", f"Make '{name}' again with the settings above. Keys edited since stay.")
        whole.clicked.connect(lambda: self._ask(RerunScope()))
        stretch = self._button(
            "Re-run range", "Renew only the range selected on the time slider (Shift-drag); it is blended at both ends."
        )
        stretch.clicked.connect(self._ask_range)
        region = self._button("Re-run region", "Renew only one part of the face.")
        menu = QMenu(region)
        for item in REGIONS:
            menu.addAction(item.capitalize()).triggered.connect(
                lambda _=False, item=item: self._ask(RerunScope(regions=frozenset({item})))
            )
        region.setMenu(menu)
        line = QHBoxLayout()
        line.setSpacing(gap(self, 0.5))
        for button in (whole, stretch, region):
            line.addWidget(button)
        line.addStretch(1)
        return line

    def _button(self, words: str, tip: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setToolTip(tip)
        button.setAccessibleName(f"{words} {self.result.name}")
        return button

    def _ask_range(self) -> None:
        frames = self._selected_range() if self._selected_range is not None else None
        if frames is None:
            self.noRange.emit()
        else:
            self._ask(RerunScope(frames=frames))

    def _ask(self, scope: RerunScope) -> None:
        self.rerunRequested.emit(RerunScope(scope.frames, scope.regions, frozenset(self.taken_over)))

    def _set_open(self, is_open: bool) -> None:
        self._summary.setArrowType(
            Qt.ArrowType.NoArrow if not self._edits else Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        )
        self._list.setVisible(is_open)

    def _edit_list(self, pressed: set[str]) -> QWidget:
        self._taking = {}
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(gap(self, 1.5), 0, 0, gap(self, 0.3))
        column.setSpacing(gap(self, 0.2))
        for edit in self._edits:
            row = self._edit_row(edit, body, edit.attribute in pressed)
            if len(self._taking) <= _SHOWN_EDITS:
                column.addWidget(row)
            else:
                row.hide()
        if len(self._edits) > _SHOWN_EDITS:
            column.addWidget(QLabel(f"… and {len(self._edits) - _SHOWN_EDITS} more", body))
        if len(self._edits) > 1:
            every = QCheckBox("Take over all", body)
            every.setFont(small_font(self))
            every.setToolTip("Give up every edit with the next re-run. One undo brings them back.")
            every.setChecked(pressed >= {edit.attribute for edit in self._edits})
            every.toggled.connect(self._take_all)
            column.addWidget(every, 0, Qt.AlignmentFlag.AlignRight)
        body.hide()
        return body

    def _take_all(self, is_on: bool) -> None:
        for button in self._taking.values():
            button.setChecked(is_on)

    def _edit_row(self, edit: KeptKeys, parent: QWidget, is_pressed: bool) -> QWidget:
        row = QWidget(parent)
        name = QLabel(edit.attribute, row)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        name.setMinimumWidth(text_width(name, "m" * _NAME_LETTERS))
        what = QLabel(frames_words(edit), row)
        what.setPalette(dim_palette(self))
        for label in (name, what):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(small_font(self))
            label.setToolTip(f"{edit.attribute}: {edit.reason}{_all_frames(edit)}.")
        take = QCheckBox("Take over", row)
        take.setFont(small_font(self))
        take.setChecked(is_pressed)
        take.setToolTip(f"Give up the edits of '{edit.attribute}' with the next re-run. One undo brings them back.")
        take.setAccessibleName(f"Take over {edit.attribute}")
        self._taking[edit.attribute] = take
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(gap(self))
        line.addWidget(name, 1)
        line.addWidget(what)
        line.addWidget(take)
        return row


def frames_words(edit: KeptKeys) -> str:
    """Where a curve was edited, shortly: ``frames 16 – 30 and 2 more``."""
    if not edit.frames:
        return "deleted" if "deleted" in edit.reason else "whole curve"
    spans = [f"{first:g} – {last:g}" if first != last else f"{first:g}" for first, last in edit.frames]
    more = f" and {len(spans) - 1} more" if len(spans) > 1 else ""
    return f"frames {spans[0]}{more}"


def _all_frames(edit: KeptKeys) -> str:
    if not edit.frames:
        return ""
    return f" (frames {', '.join(f'{first:g} – {last:g}' for first, last in edit.frames)})"


def made_by_words(made_by: Mapping[str, object]) -> str:
    """What made some keys, a line each."""
    lines = []
    audio, package = made_by.get("audio"), made_by.get("package")
    if isinstance(audio, Mapping) and audio.get("path"):
        lines.append(f"Clip: {PurePath(str(audio['path'])).name}")
    if isinstance(package, Mapping) and package.get("name"):
        lines.append(f"Model: {package['name']}")
    for key, title in (("engine", "Engine"), ("version", "Made by maya_a2f")):
        if made_by.get(key):
            lines.append(f"{title}: {made_by[key]}")
    return "\n".join(lines)
