"""Draws the module's icons: ``python install/draw_icons.py [FOLDER]``, by default into ``icons/``.

Every icon is drawn on a grid of 32 by 32 and rendered at 100, 150 and 200 percent (``a2f_open.png``,
``a2f_open_150.png``, ``a2f_open_200.png``; Maya takes the larger ones on screens of high density). Needs PySide6, no
window.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPainterPath, QPen

SCALES = {"": 1.0, "_150": 1.5, "_200": 2.0}
GRID = 32
LIGHT = QColor("#e8ebee")
DIM = QColor("#9aa4ad")
VOICE = QColor("#f2a33a")
GOOD = QColor("#7fc46b")
BAD = QColor("#e0675b")


def head(at: float = 0.0, colour: QColor = LIGHT) -> tuple[QPainterPath, QColor]:
    """A face from the front: what is animated."""
    path = QPainterPath()
    path.moveTo(at + 4.5, 13)
    path.cubicTo(at + 4.5, 6.5, at + 8, 3, at + 13, 3)
    path.cubicTo(at + 18, 3, at + 21.5, 6.5, at + 21.5, 13)
    path.cubicTo(at + 21.5, 20.5, at + 18.5, 28, at + 13, 28)
    path.cubicTo(at + 7.5, 28, at + 4.5, 20.5, at + 4.5, 13)
    path.closeSubpath()
    return path, colour


def _face(painter: QPainter, at: float = 0.0, colour: QColor = LIGHT, mouth: float = 2.4) -> None:
    """Head with eyes and an open mouth cut out."""
    path, _ = head(at, colour)
    for x in (9.4, 16.6):
        path.addEllipse(QPointF(at + x, 12.6), 1.55, 1.75)
    path.addEllipse(QPointF(at + 13, 21.3), 3.4, mouth)
    path.setFillRule(Qt.FillRule.OddEvenFill)
    painter.fillPath(path, colour)


def _waves(painter: QPainter, x: float, y: float, count: int = 2, colour: QColor = VOICE) -> None:
    """Sound leaving a mouth at (x, y)."""
    for number in range(count):
        radius = 4.2 + 4.4 * number
        painter.setPen(_pen(colour, 2.3))
        box = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        painter.drawArc(box, -48 * 16, 96 * 16)


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _erase(painter: QPainter, path: QPainterPath, width: float) -> None:
    """A transparent gap around what comes in front, so that it stands off on any ground."""
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.setPen(_pen(LIGHT, width))
    painter.drawPath(path)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def draw_open(painter: QPainter) -> None:
    """A face that speaks."""
    _face(painter, -2.0)
    _waves(painter, 18.6, 21.3)


def draw_animate(painter: QPainter) -> None:
    """A face, and play."""
    _face(painter, -2.5, DIM)
    path = QPainterPath(QPointF(15.5, 12.5))
    path.lineTo(29.5, 21)
    path.lineTo(15.5, 29.5)
    path.closeSubpath()
    _erase(painter, path, 4.6)
    painter.setPen(_pen(GOOD, 1.6))
    painter.setBrush(GOOD)
    painter.drawPath(path)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _diamond(painter: QPainter, x: float, y: float, size: float, colour: QColor) -> None:
    path = QPainterPath(QPointF(x, y - size))
    path.lineTo(x + size, y)
    path.lineTo(x, y + size)
    path.lineTo(x - size, y)
    path.closeSubpath()
    painter.fillPath(path, colour)


def _curve(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(3, 24))
    path.cubicTo(9, 24, 9, 8.5, 15, 8.5)
    path.cubicTo(21, 8.5, 21, 20, 29, 20)
    painter.setPen(_pen(colour, 2.2))
    painter.drawPath(path)


def draw_bake(painter: QPainter) -> None:
    """A curve with keys on it."""
    painter.setPen(_pen(DIM, 1.4))
    painter.drawLine(QPointF(2.5, 29), QPointF(29.5, 29))
    _curve(painter, LIGHT)
    for x, y in ((3.6, 24), (15, 8.5), (28.2, 20)):
        _diamond(painter, x, y, 3.5, VOICE)


def draw_remove(painter: QPainter) -> None:
    """A curve with its keys crossed out."""
    painter.setPen(_pen(DIM, 1.4))
    painter.drawLine(QPointF(2.5, 29), QPointF(29.5, 29))
    painter.setClipRect(QRectF(0, 0, 27, GRID))  # no stray end beside the cross
    _curve(painter, DIM)
    painter.setClipping(False)
    for x, y in ((3.6, 24), (15, 8.5)):
        _diamond(painter, x, y, 3.2, DIM)
    cross = QPainterPath()
    for x1, y1, x2, y2 in ((18.5, 15, 28.5, 25), (28.5, 15, 18.5, 25)):
        cross.moveTo(x1, y1)
        cross.lineTo(x2, y2)
    _erase(painter, cross, 6.4)
    painter.setPen(_pen(BAD, 3.2))
    painter.drawPath(cross)


def draw_batch(painter: QPainter) -> None:
    """Several recordings, one behind the other."""
    for number, colour in enumerate((DIM, LIGHT, VOICE)):
        box = QRectF(9.5 - 3.5 * number, 2.5 + 4.5 * number, 19.5, 17.5)
        card = QPainterPath()
        card.addRoundedRect(box, 3, 3)
        if number:
            _erase(painter, card, 2.6)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillPath(card, LIGHT)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(_pen(colour, 2.0))
        painter.drawPath(card)
    for column, height in enumerate((1.2, 3.6, 5.0, 2.4, 1.0)):
        x = 5.75 + 3.25 * column
        painter.drawLine(QPointF(x, 20.25 - height), QPointF(x, 20.25 + height))


def draw_help(painter: QPainter) -> None:
    """A question mark in a speech bubble."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(3, 3, 26, 20.5), 5, 5)
    tail = QPainterPath(QPointF(9, 22.5))
    tail.lineTo(8, 30)
    tail.lineTo(16.5, 22.5)
    tail.closeSubpath()
    painter.fillPath(path.united(tail), LIGHT)
    mark = QPainterPath(QPointF(12.2, 10.4))
    mark.cubicTo(12.2, 5.6, 20.0, 5.6, 20.0, 10.2)
    mark.cubicTo(20.0, 13.2, 16.0, 12.9, 16.0, 16.0)
    painter.setPen(_pen(QColor("#3a4046"), 2.6))
    painter.drawPath(mark)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#3a4046"))
    painter.drawEllipse(QPointF(16, 20.1), 1.7, 1.7)
    painter.setBrush(Qt.BrushStyle.NoBrush)


ICONS: dict[str, Callable[[QPainter], None]] = {
    "a2f_open": draw_open,
    "a2f_animate": draw_animate,
    "a2f_bake": draw_bake,
    "a2f_remove": draw_remove,
    "a2f_batch": draw_batch,
    "a2f_help": draw_help,
}


def rendered(draw: Callable[[QPainter], None], scale: float) -> QImage:
    """An icon on transparent ground."""
    size = round(GRID * scale)
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    draw(painter)
    painter.end()
    return image


def main(folder: Path) -> None:
    """Draw all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in ICONS.items():
        for suffix, scale in SCALES.items():
            rendered(draw, scale).save(str(folder / f"{name}{suffix}.png"))


def sheet(path: Path) -> None:
    """All icons at every size on Maya's greys, enlarged eight times: to look at."""
    zoom = 5
    image = QImage(6 * 70 * zoom // 2, 2 * 110 * zoom // 2, QImage.Format.Format_RGB32)
    image.fill(QColor("#444444"))
    painter = QPainter(image)
    painter.fillRect(0, image.height() // 2, image.width(), image.height() // 2, QColor("#2b2b2b"))
    for row in range(2):
        for column, draw in enumerate(ICONS.values()):
            at = QPointF(column * 70 * zoom / 2 + 8, row * image.height() / 2 + 8)
            small = rendered(draw, 1.0)
            painter.drawImage(at, small.scaled(small.width() * zoom, small.height() * zoom))
            painter.drawImage(at + QPointF(0, 36 * zoom), small)
            painter.drawImage(at + QPointF(40, 36 * zoom), rendered(draw, 2.0))
    painter.end()
    image.save(str(path))


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication(sys.argv[:1])
    if len(sys.argv) == 3 and sys.argv[1] == "--sheet":
        sheet(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "icons")
