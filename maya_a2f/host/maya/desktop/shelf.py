"""The shelf "A2F": built when Maya starts, never twice, removable.

Maya saves every shelf with the user's preferences and reads the saved ones late, perhaps when their tab is shown first.
So buttons are recognised by their mark, and a second copy is taken away whenever the shelf is built or shown.
"""

from __future__ import annotations

from maya import cmds, mel

from maya_a2f.host.maya.desktop.buttons import BUTTONS, MARK, TITLE, Button
from maya_a2f.host.maya.outside_stubs import shelf_children

_SHELVES = "$a2fShelves = $gShelfTopLevel"
"""The layout that holds the shelves has its name in a MEL global."""


def build() -> None:
    """Make the shelf, or bring the one that is there up to date. Nothing where Maya has no shelves."""
    shelves = mel.eval(_SHELVES)
    if not shelves or not cmds.shelfTabLayout(shelves, exists=True):
        return
    if not cmds.shelfLayout(TITLE, exists=True):
        cmds.shelfLayout(TITLE, parent=shelves)
    cmds.shelfLayout(TITLE, edit=True, visibleChangeCommand=tidy)
    for button in _own():
        cmds.deleteUI(button, control=True)
    for item in BUTTONS:
        _add(item)


def _add(item: Button) -> None:
    cmds.shelfButton(
        parent=TITLE,
        label=item.label,
        annotation=item.tooltip,
        image=item.icon,
        style="iconOnly",
        sourceType="python",
        command=item.command,
        docTag=item.mark,
    )


def tidy() -> None:
    """Take away second copies of our buttons."""
    seen: set[str] = set()
    for button, mark in _own().items():
        if mark in seen:
            cmds.deleteUI(button, control=True)
        seen.add(mark)


def remove() -> None:
    """Take our buttons away, and the shelf when nothing else lies on it."""
    for button in _own():
        cmds.deleteUI(button, control=True)
    if cmds.shelfLayout(TITLE, exists=True) and not shelf_children(TITLE):
        cmds.deleteUI(TITLE, layout=True)


def _own() -> dict[str, str]:
    """Our buttons on the shelf, and their marks; the user's own on the same shelf are not among them."""
    if not cmds.shelfLayout(TITLE, exists=True):
        return {}
    found = {}
    for child in shelf_children(TITLE):
        if cmds.shelfButton(child, exists=True):
            mark = cmds.shelfButton(child, query=True, docTag=True) or ""
            if mark.startswith(f"{MARK}."):
                found[child] = mark
    return found
