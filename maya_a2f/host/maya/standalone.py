"""Starting Maya without a window (mayapy), and leaving it with an exit code that is true."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from maya_a2f.host.maya import scene

_QUIET = ("MAYA_DISABLE_CIP", "MAYA_DISABLE_CER", "MAYA_DISABLE_ADP", "MAYA_IGNORE_DIALOGS")
"""Reports to Autodesk may hang at the end, dialogs wait for nobody (specification, maya.md section 13)."""


def start() -> None:
    """Have Maya running. Does nothing where it runs already."""
    for name in (*_QUIET, "MAYA_NO_STANDALONE_ATEXIT"):
        os.environ.setdefault(name, "1")
    if not scene.is_running():
        import maya.standalone

        maya.standalone.initialize(name="python")


def leave(code: int) -> NoReturn:
    """End the process at once. ``maya.standalone.uninitialize()`` would end it with exit code 0 whatever happened."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
