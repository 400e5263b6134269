"""Attributes that can't take keys: why, and a button where the host can change that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from maya_a2f.ui.readiness_view import breakable, wrapped_label
from maya_a2f.ui.theme import gap

_NAMED = 3
_MOST_GROUPS = 4


class BlockedList(QWidget):
    """A row per reason, of those attributes that the rig map drives. Hidden where there are none."""

    fixAsked = Signal(list)  # noqa: N815 - Qt's way
    """Attributes that the user wants fixed."""
    showAsked = Signal()  # noqa: N815 - Qt's way
    """The user wants to see all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(gap(self, 0.3))
        self._grid.setColumnStretch(0, 1)
        self._widgets: list[QWidget] = []
        self._shown: list[tuple[str, str, tuple[str, ...]]] = []
        self.hide()

    @property
    def sentences(self) -> list[str]:
        """What is shown."""
        return [_sentence(reason, names) for reason, _fix, names in self._shown[:_MOST_GROUPS]]

    def show_blocked(self, blocked: Mapping[str, str], fixable: Mapping[str, str], driven: Sequence[str]) -> None:
        """Show the reasons of ``driven`` attributes, each with its fix."""
        groups: dict[tuple[str, str], list[str]] = {}
        for name in driven:
            if name in blocked:
                groups.setdefault((blocked[name], fixable.get(name, "")), []).append(name)
        shown = [(reason, fix, tuple(names)) for (reason, fix), names in groups.items()]
        if shown == self._shown:
            return
        self._shown = shown
        for widget in self._widgets:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._widgets = []
        for row, (reason, fix, names) in enumerate(shown[:_MOST_GROUPS]):
            self._add_row(row, reason, fix, names)
        self._add_rest(shown[_MOST_GROUPS:])
        self.setVisible(bool(shown))

    def _add_row(self, row: int, reason: str, fix: str, names: tuple[str, ...]) -> None:
        label = wrapped_label(self)
        label.setText(breakable(_sentence(reason, names)))
        label.setToolTip("\n".join(names[:40]))
        self._grid.addWidget(label, row, 0)
        self._widgets.append(label)
        button = QPushButton(fix or "Show…", self)
        if fix:
            button.setToolTip(f"{fix}: {len(names)} attribute{'s' if len(names) > 1 else ''}, as one undo step.")
            button.clicked.connect(lambda: self.fixAsked.emit(list(names)))
        else:
            button.setToolTip("Show the blocked attributes in the rig map.")
            button.clicked.connect(self.showAsked)
        self._grid.addWidget(button, row, 1, Qt.AlignmentFlag.AlignTop)
        self._widgets.append(button)

    def _add_rest(self, rest: Sequence[tuple[str, str, tuple[str, ...]]]) -> None:
        if rest:
            count = sum(len(names) for _reason, _fix, names in rest)
            button = QPushButton(f"{count} more blocked attributes…", self)
            button.setFlat(True)
            button.setToolTip("Show all blocked attributes in the rig map.")
            button.clicked.connect(self.showAsked)
            self._grid.addWidget(button, _MOST_GROUPS, 0, Qt.AlignmentFlag.AlignLeft)
            self._widgets.append(button)


def _sentence(reason: str, names: tuple[str, ...]) -> str:
    """The reason with the attributes it holds for: "it is locked" -> "Locked: jaw_jnt.rotateX"."""
    words = reason.removeprefix("it is ").rstrip(".")
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{words[:1].upper()}{words[1:]}: {shown}{more}"
