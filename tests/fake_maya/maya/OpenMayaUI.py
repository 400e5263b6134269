"""``maya.OpenMayaUI``: pointers to Qt widgets, as ``MQtUtil`` gives them."""

from __future__ import annotations

from typing import Any

from tests.fake_maya import guard
from tests.fake_maya.session import current

PARENT = 7
"""The pointer of the control whose uiScript runs."""


class MQtUtil:
    """Qt pointers; there is no window behind the fake."""

    @staticmethod
    def mainWindow() -> int | None:
        guard.enter("MQtUtil.mainWindow")
        return None

    @staticmethod
    def getCurrentParent() -> int | None:
        guard.enter("MQtUtil.getCurrentParent")
        return PARENT if current().current_parent else None

    @staticmethod
    def findControl(name: str, parent: int = 0) -> int | None:
        """By object name, among all widgets."""
        guard.enter("MQtUtil.findControl")
        found = _widgets(name)
        return id(found[0]) if found else None

    @staticmethod
    def addWidgetToMayaLayout(widget: int, layout: int) -> None:
        guard.enter("MQtUtil.addWidgetToMayaLayout")
        if not isinstance(widget, int) or layout != PARENT:
            raise TypeError("addWidgetToMayaLayout takes two pointers")
        control = current().widgets[current().current_parent]
        control.content = next(item for item in _widgets() if id(item) == widget)


def _widgets(name: str = "") -> list[Any]:
    from PySide6.QtWidgets import QApplication

    return [item for item in QApplication.allWidgets() if not name or item.objectName() == name]
