"""The plug-in Maya loads: registers the hidden command ``a2fApplyKeys``.

It lies in a folder of its own because Maya lists every Python file of a plug-in folder in its Plug-in Manager
(specification, maya.md section 2).
"""

from __future__ import annotations

from typing import Any

from maya.api import OpenMaya

from maya_a2f import __version__
from maya_a2f.host.maya.apply_command import COMMAND, ApplyKeysCommand


def maya_useNewAPI() -> None:  # noqa: N802 - Maya looks for this name
    """Marks the plug-in as one of API 2.0."""


def initializePlugin(plugin: Any) -> None:  # noqa: N802
    """Called by Maya when it loads the plug-in."""
    OpenMaya.MFnPlugin(plugin, "maya_a2f", __version__).registerCommand(COMMAND, ApplyKeysCommand)


def uninitializePlugin(plugin: Any) -> None:  # noqa: N802
    """Called by Maya when it unloads the plug-in."""
    OpenMaya.MFnPlugin(plugin).deregisterCommand(COMMAND)
