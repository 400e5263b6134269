"""Rows of widgets that are made anew."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout


def clear_rows(layout: QLayout) -> None:
    """Take every widget out of a layout and end it."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
