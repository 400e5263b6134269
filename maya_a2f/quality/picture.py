"""The report as one picture: sound, lips, phones and weights over time, verdicts at the side.

Drawn with Qt without a window. 1600 pixels wide; a long clip goes over several rows, several takes under each other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import EngineError, UserError
from maya_a2f.quality.report import Report
from maya_a2f.quality.study import Study

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

WIDTH_PIXELS = 1600
_TALLEST_PIXELS = 30_000
_GAP_PIXELS = 26


def write_picture(judged: Sequence[tuple[Report, Study]], path: Path) -> tuple[int, int]:
    """Draw every report with its study and write a PNG; returns width and height in pixels.

    Raises :class:`EngineError` ``report.no_qt`` or ``report.no_letters`` where pictures cannot be drawn,
    :class:`UserError` ``report.picture_size`` for too many takes at once, :class:`HostError` for the file.
    """
    content, size = picture_png(judged)
    write_atomically(path, content)
    return size


def picture_png(judged: Sequence[tuple[Report, Study]]) -> tuple[bytes, tuple[int, int]]:
    """The picture as the content of a PNG file, and its size. Raises as :func:`write_picture`."""
    start_qt()
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter

    from maya_a2f.quality.palette import BACKGROUND, color
    from maya_a2f.quality.picture_sheet import Sheet

    sheets = [Sheet(report, study, WIDTH_PIXELS) for report, study in judged]
    height = sum(sheet.height for sheet in sheets) + _GAP_PIXELS * (len(sheets) - 1)
    if height > _TALLEST_PIXELS:
        raise UserError(
            f"A picture of {len(sheets)} takes would be {height} pixels high.",
            code="report.picture_size",
            hint="Make a picture of fewer takes at a time; text and JSON hold any number.",
        )
    image = QImage(WIDTH_PIXELS, height, QImage.Format.Format_RGB32)
    image.fill(color(BACKGROUND))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top = 0
    for sheet in sheets:
        painter.save()
        painter.translate(0, top)
        sheet.draw(painter)
        painter.restore()
        top += sheet.height + _GAP_PIXELS
    painter.end()
    bytes_ = QByteArray()
    buffer = QBuffer(bytes_)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _with_few_colors(image).save(buffer, "PNG", 0)  # type: ignore[call-overload]
    return bytes(bytes_.data()), (WIDTH_PIXELS, height)


def _with_few_colors(image: QImage) -> QImage:
    """The same picture with its 256 commonest colours: a third of the size, and nothing to be seen of it."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width()) & 0xFFFFFF
    colors, counts = np.unique(pixels & 0xFCFCFC, return_counts=True)
    common = colors[np.argsort(-counts)][:256] | 0xFF000000
    flat = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    return image.convertToFormat(QImage.Format.Format_Indexed8, common.tolist(), flat)


def start_qt() -> None:
    """A Qt without windows, once per process."""
    try:
        from PySide6.QtGui import QFontDatabase, QGuiApplication
    except ImportError as error:
        raise EngineError(
            f"The picture cannot be drawn: Qt does not load here ({error}).",
            code="report.no_qt",
            hint="On Linux install libegl1, libgl1 and libxkbcommon0; text and JSON reports need nothing.",
        ) from error
    if QGuiApplication.instance() is None:
        if sys.platform.startswith("linux"):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _APPLICATIONS.append(QGuiApplication([]))
    if not QFontDatabase.families():
        raise EngineError(
            "The picture cannot be drawn: this machine has no letters (fonts).",
            code="report.no_letters",
            hint="Install a font package such as fonts-dejavu-core; text and JSON reports need none.",
        )


_APPLICATIONS: list[object] = []
"""Qt ends when its application is collected; this keeps it."""
