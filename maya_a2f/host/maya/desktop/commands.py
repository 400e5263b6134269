"""What the buttons of shelf and menu do. Errors become one line: what happened, to what, what to do next."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from maya import cmds

from maya_a2f import settings
from maya_a2f.errors import A2FError, HostError, UserError

if TYPE_CHECKING:
    from maya_a2f.ui.panel import A2FPanel
    from maya_a2f.ui.panel_host import BakedResult

_CANCEL = "Cancel"
_MOST_CHOICES = 6


def _shown(command: Callable[[], None]) -> Callable[[], None]:
    """A command whose errors are shown instead of raised: a button has nobody to catch them."""

    @functools.wraps(command)
    def run() -> None:
        try:
            command()
        except A2FError as error:
            cmds.warning(f"A2F: {error}")

    return run


@_shown
def open_panel() -> None:
    """Show the panel."""
    from maya_a2f.host.maya.desktop import dock

    dock.open_panel()


@_shown
def animate_selection() -> None:
    """Animate the selected character with what the panel holds: its clip, look, rig map and keys.

    Without a clip the panel opens and says so in its place. A second press while a run is under way does nothing.
    """
    panel = _panel()
    if panel.runs.is_running:
        return
    if cmds.ls(selection=True):
        panel.character_section.pick()
    panel.runs.animate()


@_shown
def bake() -> None:
    """Write the take that the panel previews as keys."""
    panel = _panel()
    if panel.runs.is_running:
        return
    if panel.shelf.shown is None:
        raise UserError(
            "There is no take to bake yet.",
            code="bake.no_take",
            hint="Press Preview or Animate in the panel first.",
        )
    panel.runs.bake()


@_shown
def remove() -> None:
    """Take a result of the selected character out again; asks which where there are several."""
    from maya_a2f.host.maya.desktop import dock
    from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost

    opened = dock.opened()
    host = opened.host if opened is not None else MayaPanelHost()
    name = host.pick().name
    found = host.results(name)
    if not found:
        raise UserError(
            f"Nothing on '{name}' was made by A2F.", code="result.none", hint="Select the character that was animated."
        )
    result = _chosen(found) if len(found) > 1 else found[0]
    if result is None:
        return
    report = host.remove(result)
    _say(f"Removed '{result.name}': {len(report.written)} curves.")
    if report.skipped:
        kept = report.skipped[0]
        more = f" and {len(report.skipped) - 1} more" if len(report.skipped) > 1 else ""
        cmds.warning(f"A2F: Left as they are: '{kept.attribute}'{more} ({kept.reason}).")
    if opened is not None and opened.panel is not None:
        _panel().show_results()


def _chosen(found: list[BakedResult]) -> BakedResult | None:
    """The result the user picks; the latest on the time line first."""
    offered = {
        f"{result.name} ({result.first_frame:g} to {result.last_frame:g})": result
        for result in list(reversed(found))[:_MOST_CHOICES]
    }
    answer = cmds.confirmDialog(
        title="Remove",
        message=f"Which result is to be taken out of '{found[0].character}'?",
        button=[*offered, _CANCEL],
        cancelButton=_CANCEL,
        dismissString=_CANCEL,
    )
    return offered.get(answer)


@_shown
def batch() -> None:
    """Say how many recordings are animated at once: without Maya's window, so nothing is started from here."""
    answer = cmds.confirmDialog(
        title="Batch",
        message="Many recordings are animated without Maya's window:\n\n"
        "a2f batch lines.csv -o out   recordings to takes and scenes, on this machine or a farm\n"
        "mayapy -m maya_a2f.batch --help   onto characters of Maya scenes\n"
        "maya_a2f.session()   in a script, also under mayapy.",
        button=["Open the documentation", "Close"],
        defaultButton="Close",
        cancelButton="Close",
        dismissString="Close",
    )
    if answer == "Open the documentation":
        _open_page("batch.md", "maya.md")


@_shown
def help() -> None:  # the button's word
    """Open the documentation."""
    _open_page("maya.md")


def _open_page(*names: str) -> None:
    """The first page that is there, in whatever the system opens such files with."""
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    folder = settings.checkout_folder()
    pages = [folder / "docs" / name for name in names] + [folder / "README.md"]
    page: Path | None = next((page for page in pages if page.is_file()), None)
    if page is None or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))):
        raise HostError(
            f"The documentation could not be opened: '{page or folder / 'docs'}'.",
            code="help.missing",
            hint="Open the file in a text editor or a browser.",
        )


def _panel() -> A2FPanel:
    """The panel, opened if it is not. Raises :class:`HostError` where there is none to open."""
    from maya_a2f.host.maya.desktop import dock
    from maya_a2f.ui.panel import A2FPanel

    panel = dock.open_panel().panel
    if not isinstance(panel, A2FPanel):
        raise HostError(
            "The panel could not be opened.", code="panel.closed", hint="Its tab says why; close and open it again."
        )
    return panel


def _say(text: str) -> None:
    if not cmds.about(batch=True):
        cmds.inViewMessage(assistMessage=f"A2F: {text}", position="botCenter", fade=True)
