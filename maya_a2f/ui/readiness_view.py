"""What a character can show, in a line with a sign before it, and what is worth knowing below."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from maya_a2f.core.readiness import Readiness
from maya_a2f.ui.theme import colours_of, gap, line_height


class ReadinessView(QWidget):
    """A disc (good, partly, not at all), the words, and remarks of a line each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(gap(self, 0.4))
        self._grid.setVerticalSpacing(gap(self, 0.2))
        self._grid.setColumnStretch(1, 1)
        self._sign = _Sign(self)
        self._words = wrapped_label(self)
        self._grid.addWidget(self._sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._words, 0, 1)
        self._remarks: list[QWidget] = []
        self._shown: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The line that is shown."""
        return self._words.text()

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks that are shown."""
        return self._shown

    def show_readiness(self, readiness: Readiness, remarks: tuple[str, ...]) -> None:
        """Show both."""
        self._words.setText(readiness.words[0].upper() + readiness.words[1:])
        self._words.setToolTip(_missing_words(readiness))
        self._sign.set_level("good" if readiness.is_complete else "partly" if readiness.is_ready else "bad")
        if remarks == self._shown:
            return
        self._shown = remarks
        for widget in self._remarks:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._remarks = []
        for row, remark in enumerate(remarks, 1):
            sign, label = _Sign(self), wrapped_label(self)
            sign.set_level("remark")
            label.setText(breakable(remark))
            self._grid.addWidget(sign, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label, row, 1)
            self._remarks += [sign, label]


def _missing_words(readiness: Readiness) -> str:
    if readiness.has_fit:
        return "The fit was made by moving every control. Fit by shape… in the rig map's menu makes it again."
    if not readiness.driven:
        return "Nothing of this character follows the model. Edit its map, or pick another part."
    if not readiness.missing_shapes:
        return f"{readiness.driven} attributes get keys."
    return f"{readiness.driven} attributes get keys. These channels drive nothing:\n" + "\n".join(
        ", ".join(readiness.missing_shapes[at : at + 5]) for at in range(0, len(readiness.missing_shapes), 5)
    )


class _Sign(QWidget):
    """A disc of a line's height."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._level = "good"

    def set_level(self, level: str) -> None:
        """``good``, ``partly``, ``bad`` or ``remark``."""
        self._level = level
        self.setAccessibleName(level)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow, a line high."""
        return QSize(round(line_height(self) * 0.8), line_height(self))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As large as it wants to be."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A full disc, a small one for remarks."""
        colours = colours_of(self)
        colour: QColor = {"good": colours.good, "partly": colours.warning, "bad": colours.error}.get(
            self._level, colours.warning
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = line_height(self) * (0.28 if self._level == "remark" else 0.55)
        box = QRectF(0, 0, size, size)
        box.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(colour)
        painter.drawEllipse(box)


def wrapped_label(parent: QWidget) -> QLabel:
    """A label that wraps and never makes the panel wider."""
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setMinimumWidth(1)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def breakable(text: str) -> str:
    """The text with places to wrap inside long names, invisible."""
    return re.sub(r"(?<=\w)([._:|/\\])(?=\w)", "\\1\u200b", text)
