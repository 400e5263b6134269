"""``maya.OpenMayaUI``: the main window's pointer."""

from __future__ import annotations

from tests.fake_maya import guard


class MQtUtil:
    """Qt pointers; there is no window behind the fake."""

    @staticmethod
    def mainWindow() -> int | None:
        guard.enter("MQtUtil.mainWindow")
        return None

    @staticmethod
    def findControl(name: str, parent: int = 0) -> int | None:
        guard.enter("MQtUtil.findControl")
        return None
