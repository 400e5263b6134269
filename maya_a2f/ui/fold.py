"""A part of a section that opens and closes under a line of words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from maya_a2f.ui.theme import gap


class Fold(QWidget):
    """A line with an arrow and words, and a body below it; other widgets may stand at the end of the line."""

    body_layout: QVBoxLayout
    bar_layout: QHBoxLayout
    _is_open: bool

    def __init__(self, title: str, tool_tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._button = QToolButton(self)
        self._button.setText(title)
        self._button.setToolTip(tool_tip)
        self._button.setAutoRaise(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._button.clicked.connect(lambda checked=False: self.set_open(not self._is_open))
        self._remark = QLabel(self)
        self._remark.setEnabled(False)
        self._body = QWidget(self)
        self.body_layout = QVBoxLayout(self._body)
        self.body_layout.setContentsMargins(0, 0, 0, 0)
        self.body_layout.setSpacing(gap(self, 0.2))
        bar = QWidget(self)
        self.bar_layout = QHBoxLayout(bar)
        self.bar_layout.setContentsMargins(0, 0, 0, 0)
        self.bar_layout.addWidget(self._button)
        self.bar_layout.addWidget(self._remark, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(self, 0.2))
        column.addWidget(bar)
        column.addWidget(self._body)
        self._is_open = False
        self.set_open(False)

    @property
    def is_open(self) -> bool:
        """Whether the part is shown."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Show or hide the part."""
        self._is_open = is_open
        self._button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._body.setVisible(is_open)

    def set_remark(self, words: str) -> None:
        """What is worth knowing while it is closed."""
        self._remark.setText(words)
