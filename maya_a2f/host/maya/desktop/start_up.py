"""What happens when Maya starts: shelf and menu, when everything else is there. Nothing in batch.

Only this module is imported then; the panel and Qt wait until somebody asks for them.
"""

from __future__ import annotations

from maya import cmds

from maya_a2f import settings
from maya_a2f.link.log_file import start_logging


def start() -> None:
    """Called by ``userSetup.py``, which Maya runs before its window exists."""
    if cmds.about(batch=True):
        return
    start_logging(settings.log_folder(), "maya")
    cmds.evalDeferred(build, lowestPriority=True)


def build() -> None:
    """Make shelf and menu. An error here is one warning: it must never disturb Maya's start."""
    try:
        from maya_a2f.host.maya.desktop import menu, shelf

        shelf.build()
        menu.build()
    except Exception as error:
        cmds.warning(f"A2F: the shelf and menu could not be made: {error}")


def remove() -> None:
    """Take shelf, menu and panel away: before the module is unloaded or uninstalled."""
    if cmds.about(batch=True):
        return
    from maya_a2f.host.maya.desktop import dock, menu, shelf

    dock.close_panel()
    shelf.remove()
    menu.remove()
