"""Commands for mayapy: starting Maya without a window, and an exit code that is true."""

from __future__ import annotations

import sys
from typing import NoReturn

from maya_a2f.errors import HostError


def start(module: str) -> None:
    """Have Maya running, for ``mayapy -m MODULE``. Raises :class:`HostError` ``mayapy.no_maya`` in any other Python."""
    try:
        from maya_a2f.host.maya import standalone
    except ImportError as error:
        raise HostError(
            "This Python is not Maya's.",
            code="mayapy.no_maya",
            hint=f"Run it with mayapy, which lies beside Maya's own program: mayapy -m {module} …",
        ) from error
    standalone.start()


def leave(code: int) -> NoReturn:
    """End the process with ``code``; Maya would make a 0 of it."""
    try:
        from maya_a2f.host.maya import standalone
    except ImportError:
        sys.exit(code)
    standalone.leave(code)
