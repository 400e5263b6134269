"""The panel docked in Maya's window; it comes back with the layout (specification, maya.md section 11)."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from maya import cmds
from maya.app.general.mayaMixin import MayaQWidgetDockableMixin
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from maya_a2f.errors import A2FError, HostError
from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost
from maya_a2f.host.maya.outside_stubs import qt_util, start_job

NAME = "a2fDock"
CONTROL = f"{NAME}WorkspaceControl"
"""Maya's name for the control of a dockable widget."""
TITLE = "Audio to Face"
UI_SCRIPT = """\
try:
    from maya_a2f.host.maya.desktop import dock
    dock.restore()
except Exception as error:
    from maya import cmds
    cmds.warning('A2F panel: {}'.format(error))
    cmds.text(label='The Audio to Face panel could not be loaded: {}'.format(error), wordWrap=True)
"""
"""What Maya runs to fill the tab of a restored layout, perhaps without the module: one line, never an empty tab."""

PanelMaker = Callable[[MayaPanelHost], QWidget]
_OPEN: list[PanelDock] = []
# Qt widgets without a Python reference are collected, so the one that is open is held here.


def _make_panel(host: MayaPanelHost) -> QWidget:
    from maya_a2f.ui.panel import A2FPanel  # late: whatever is wrong with it is then said in the tab

    panel: QWidget = A2FPanel(host)
    return panel


class PanelDock(MayaQWidgetDockableMixin, QWidget):  # type: ignore[misc]  # no stubs know the mixin
    """Holds the panel, and ends it when it is closed or Maya quits."""

    def __init__(self, make_panel: PanelMaker = _make_panel) -> None:
        super().__init__()
        self.setObjectName(NAME)
        self.setWindowTitle(TITLE)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self.host = MayaPanelHost()
        self.panel: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        try:
            self.panel = make_panel(self.host)
            layout.addWidget(self.panel)
        except A2FError as error:
            layout.addWidget(_message(str(error)))
        except Exception as error:  # a tab must say why it is empty, whatever went wrong
            traceback.print_exc()
            cmds.warning(f"A2F panel: {error}")
            layout.addWidget(_message(f"The Audio to Face panel could not be opened: {error}"))
        self._job = start_job(event=("quitApplication", self.close_down))

    def close_down(self) -> None:
        """End the panel with its worker, and put the rig back; calling it again does nothing."""
        panel, self.panel = self.panel, None
        try:
            if panel is not None:
                panel.close_down()  # type: ignore[attr-defined]
        finally:
            self.host.close()
            self.setObjectName("")  # Maya finds widgets by name; the next panel must be the only one of it
            if self in _OPEN:
                _OPEN.remove(self)
            if self._job and cmds.scriptJob(exists=self._job):
                # A job cannot end itself while it runs, as it does when Maya quits.
                cmds.evalDeferred(_ender(self._job))
            self._job = 0

    def dockCloseEventTriggered(self) -> None:  # noqa: N802 - Maya's name
        """Called by Maya when the tab is closed."""
        self.close_down()


def _ender(job: int) -> Callable[[], None]:
    def end() -> None:
        if cmds.scriptJob(exists=job):
            cmds.scriptJob(kill=job, force=True)

    return end


def _message(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMargin(label.fontMetrics().height())
    return label


def opened() -> PanelDock | None:
    """The panel that is open."""
    return _OPEN[0] if _OPEN else None


def open_panel(make_panel: PanelMaker = _make_panel) -> PanelDock:
    """Show the panel: the open one raised, else a new one at the right of Maya's window.

    Raises :class:`HostError` ``maya.no_window`` in batch.
    """
    if cmds.about(batch=True):
        raise HostError(
            "The panel needs Maya's window; this is Maya without one.",
            code="maya.no_window",
            hint="Use maya_a2f.animate(…) in a script, or 'mayapy -m maya_a2f.batch' on the command line.",
        )
    found = opened()
    if found is not None and cmds.workspaceControl(CONTROL, exists=True):
        cmds.workspaceControl(CONTROL, edit=True, restore=True)
        return found
    _discard(found)
    dock = PanelDock(make_panel)
    _OPEN.append(dock)
    # Closing ends the panel (retain=False); the layout still brings it back with the next start of Maya.
    dockable: Any = dock  # show() is the mixin's, of which no stub knows
    dockable.show(dockable=True, area="right", floating=False, retain=False, uiScript=UI_SCRIPT)
    return dock


def _discard(dock: PanelDock | None) -> None:
    """A panel without its control, and a control without its panel, are left-overs of an earlier one."""
    if dock is not None:
        dock.close_down()
        dock.deleteLater()
    if cmds.workspaceControl(CONTROL, exists=True):
        cmds.deleteUI(CONTROL, control=True)


def restore(make_panel: PanelMaker = _make_panel) -> None:
    """Fill the tab that Maya has made while restoring a layout."""
    util = qt_util()
    parent = util.getCurrentParent()
    old = opened()
    if old is not None:
        old.close_down()
        old.deleteLater()
    _OPEN.append(PanelDock(make_panel))
    pointer: Any = util.findControl(NAME)
    util.addWidgetToMayaLayout(int(pointer), int(parent))


def close_panel() -> None:
    """Close the panel and take its tab away."""
    _discard(opened())
