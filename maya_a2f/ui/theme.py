"""Colours and distances of the panel's own painted widgets, taken from the palette and the font of the widget.

Inside Maya nothing sets a style sheet or a palette: widgets keep Maya's looks, at every scaling. Only the standalone
panel sets :func:`maya_like_palette`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QWidget

_DARK_BELOW = 128
"""Lightness of the window's colour, 0 to 255."""


@dataclass(frozen=True)
class Colours:
    """What our own widgets are painted with."""

    window: QColor
    """Behind everything."""
    base: QColor
    """Sunken areas: graphs, lists, strips."""
    raised: QColor
    """Title bars and handles."""
    line: QColor
    """Thin lines and ticks."""
    text: QColor
    dim: QColor
    """Text of less weight."""
    accent: QColor
    """What is chosen, done or moving."""
    on_accent: QColor
    """Text on the accent."""
    error: QColor
    warning: QColor
    good: QColor


def colours_of(widget: QWidget) -> Colours:
    """The colours that fit the widget's palette, dark or light; read them anew in every paint event."""
    palette = widget.palette()
    window, text = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    is_dark = window.lightness() < _DARK_BELOW
    return Colours(
        window=window,
        base=palette.color(QPalette.ColorRole.Base),
        raised=mixed(window, text, 0.12),
        line=mixed(window, text, 0.25),
        text=text,
        dim=mixed(window, text, 0.62),
        accent=palette.color(QPalette.ColorRole.Highlight),
        on_accent=palette.color(QPalette.ColorRole.HighlightedText),
        error=QColor("#f07067" if is_dark else "#b3261e"),
        warning=QColor("#e5b257" if is_dark else "#8a5a00"),
        good=QColor("#86c07a" if is_dark else "#2e7d32"),
    )


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """``first`` with ``share`` (0 to 1) of ``second``; opaque."""
    kept = 1.0 - share
    return QColor(
        round(first.red() * kept + second.red() * share),
        round(first.green() * kept + second.green() * share),
        round(first.blue() * kept + second.blue() * share),
    )


def line_height(widget: QWidget) -> int:
    """Height of a line of the widget's text: the measure of every distance, in the widget's own pixels."""
    return QFontMetrics(widget.font()).height()


def gap(widget: QWidget, lines: float = 0.4) -> int:
    """A distance as a share of a line of text; never below 1."""
    return max(1, round(line_height(widget) * lines))


def text_width(widget: QWidget, text: str) -> int:
    """Width of ``text`` in the widget's font."""
    return QFontMetrics(widget.font()).horizontalAdvance(text)


def small_font(widget: QWidget) -> QFont:
    """The widget's font a step smaller, for captions and ticks."""
    return scaled_font(widget.font(), 0.88)


def scaled_font(font: QFont, factor: float) -> QFont:
    """``font`` at another size, whether it is measured in points or pixels."""
    scaled = QFont(font)
    if font.pointSizeF() > 0:
        scaled.setPointSizeF(font.pointSizeF() * factor)
    else:
        scaled.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return scaled


def dim_palette(widget: QWidget) -> QPalette:
    """The widget's palette with text of less weight, for labels; the disabled look stays the palette's own."""
    palette = QPalette(widget.palette())
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        window, text = (
            palette.color(group, role) for role in (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText)
        )
        palette.setColor(group, QPalette.ColorRole.WindowText, mixed(window, text, 0.7))
    return palette


def maya_like_palette() -> QPalette:
    """Greys like those of the host program, for the standalone panel."""
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in (
        (roles.Window, "#444444"),
        (roles.WindowText, "#d8d8d8"),
        (roles.Base, "#2b2b2b"),
        (roles.AlternateBase, "#313131"),
        (roles.Text, "#e2e2e2"),
        (roles.PlaceholderText, "#8c8c8c"),
        (roles.Button, "#5a5a5a"),
        (roles.ButtonText, "#eeeeee"),
        (roles.BrightText, "#ffffff"),
        (roles.Light, "#6b6b6b"),
        (roles.Midlight, "#5c5c5c"),
        (roles.Mid, "#3a3a3a"),
        (roles.Dark, "#303030"),
        (roles.Shadow, "#1c1c1c"),
        (roles.Highlight, "#5285a6"),
        (roles.HighlightedText, "#ffffff"),
        (roles.ToolTipBase, "#2f2f2f"),
        (roles.ToolTipText, "#e2e2e2"),
        (roles.Link, "#7fb4d6"),
        (roles.LinkVisited, "#9a9ad0"),
    ):
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#7d7d7d"))
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Button, QColor("#4b4b4b"))
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor("#5a5a5a"))
    return palette
