# -*- coding: ascii -*-
"""Drag this file from a file browser into Maya's viewport: it installs the module for you, and it works at once.

Kept so plain that an old Maya's Python can read it far enough to say that it is too old.
"""

import os
import sys

OLDEST = 2025


def onMayaDroppedPythonFile(*_args):  # noqa: N802 - Maya's name
    """Maya calls this when the file is dropped."""
    import maya.cmds as cmds

    version = cmds.about(version=True)
    digits = "".join(letter for letter in version[:4] if letter.isdigit())
    if not digits or int(digits) < OLDEST or sys.version_info < (3, 9):
        cmds.warning("maya_a2f needs Maya " + str(OLDEST) + " or newer; this is Maya " + version + ".")
        if not cmds.about(batch=True):
            cmds.confirmDialog(
                title="maya_a2f",
                message="maya_a2f needs Maya " + str(OLDEST) + " or newer.\nThis is Maya " + version + ".",
                button=["OK"],
            )
        return None
    return _fresh_installer().run(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120


def _fresh_installer():
    """The installer beside this file, as it is now: an update may have changed it since the last drop."""
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    for name in [name for name in sys.modules if name.split(".")[0] == "a2f_install"]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    try:
        from a2f_install import dropped
    finally:
        sys.path.remove(folder)
    return dropped
