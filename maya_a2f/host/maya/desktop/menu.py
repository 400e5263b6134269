"""The menu "A2F" in Maya's main window: the same as the shelf, in words."""

from __future__ import annotations

from maya import cmds, mel

from maya_a2f.host.maya.desktop.buttons import BUTTONS, MARK, TITLE

MENU = "a2fMainMenu"
_WINDOW = "$a2fWindow = $gMainWindow"
"""The main window has its name in a MEL global."""


def build() -> None:
    """Make the menu anew. Nothing where Maya has no window."""
    window = mel.eval(_WINDOW)
    if not window:
        return
    remove()
    cmds.menu(MENU, parent=window, label=TITLE, tearOff=True, docTag=MARK)
    for item in BUTTONS:
        if item.name == "batch":
            cmds.menuItem(parent=MENU, divider=True)
        cmds.menuItem(
            parent=MENU,
            label=item.label,
            annotation=item.tooltip,
            image=item.icon,
            sourceType="python",
            command=item.command,
        )


def remove() -> None:
    """Take the menu away."""
    if cmds.menu(MENU, exists=True):
        cmds.deleteUI(MENU, menu=True)
