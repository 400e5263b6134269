"""What the shelf and the menu offer, in one place."""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "A2F"
MARK = "maya_a2f"
"""Recognises what is ours: in the ``docTag`` of buttons and menus, before the button's name."""


@dataclass(frozen=True)
class Button:
    """One button of the shelf and one line of the menu."""

    name: str
    """Name of the function in :mod:`maya_a2f.host.maya.desktop.commands`."""
    label: str
    tooltip: str
    icon: str

    @property
    def mark(self) -> str:
        """Recognises it on a shelf."""
        return f"{MARK}.{self.name}"

    @property
    def command(self) -> str:
        """Python that Maya runs; it stands in the user's shelf file, so it imports what it needs."""
        return f"from maya_a2f.host.maya.desktop import commands\ncommands.{self.name}()"


BUTTONS = (
    Button("open_panel", "Open panel", "Open the Audio to Face panel", "a2f_open.png"),
    Button(
        "animate_selection",
        "Animate selection",
        "Animate the selected character from the panel's clip, with the panel's settings",
        "a2f_animate.png",
    ),
    Button("bake", "Bake", "Write the previewed take onto the panel's character as keys", "a2f_bake.png"),
    Button("remove", "Remove", "Take a result of the selected character out again: exactly its keys", "a2f_remove.png"),
    Button("batch", "Batch", "How to animate many recordings without the panel", "a2f_batch.png"),
    Button("help", "Help", "Open the documentation", "a2f_help.png"),
)
