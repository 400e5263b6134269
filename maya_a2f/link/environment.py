"""What the worker is started with: its command line, and an environment rid of what Maya leaves in it.

What leaks from Maya and what it breaks: specification, maya.md section 12.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

OWN_PREFIX: Final = "MAYA_A2F_"
"""Our own variables pass."""

REMOVED_PREFIXES: Final = (
    "PYTHON",  # HOME, PATH, STARTUP, EXECUTABLE, USERBASE, ...: another interpreter dies at start-up with Maya's
    "LD_",  # LIBRARY_PATH puts Maya's libssl and libpython before the worker's
    "DYLD_",
    "QT_",
    "QML",
    "MAYA_",
    "PXR_",
    "TBB",
    "OMP_",
    "KMP_",
    "CONDA_",
)
REMOVED_NAMES: Final = frozenset({"__PYVENV_LAUNCHER__", "XBMLANGPATH", "VIRTUAL_ENV"})
REMOVED_SUFFIXES: Final = ("_PROXY",)
"""The worker has no business on the network."""

ADDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        # For interpreters that the worker itself may start; its own ``-I`` ignores them (see worker_command).
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        # Without it ONNX Runtime keeps a device id in the user's home and reports to its maker.
        "ORT_DISABLE_TELEMETRY": "1",
    }
)


def worker_entry() -> Path:
    """The file that the worker runs."""
    return Path(__file__).resolve().parent.parent / "worker" / "__main__.py"


def worker_command(python: Path | str, entry: Path | str) -> list[str]:
    """The command line that runs ``entry``.

    ``-I`` keeps the user's site folder, the current folder and every ``PYTHON*`` variable out, so UTF-8 and unbuffered
    streams have to be asked for here as well; ``faulthandler`` makes a crash in native code leave a traceback.
    """
    return [str(python), "-I", "-u", "-X", "utf8", "-X", "faulthandler", str(entry)]


def worker_environment(base: Mapping[str, str]) -> dict[str, str]:
    """``base`` without what must not reach the worker, and with what it needs. ``base`` is not changed."""
    kept = {name: value for name, value in base.items() if not _is_removed(name.upper())}
    maya_folder = base.get("MAYA_LOCATION", "")
    for name in kept:
        if name.upper() == "PATH":
            kept[name] = _stripped_path(kept[name], maya_folder)
    return {**kept, **ADDED}


def _is_removed(name: str) -> bool:
    if name.startswith(OWN_PREFIX):
        return False
    return name in REMOVED_NAMES or name.startswith(REMOVED_PREFIXES) or name.endswith(REMOVED_SUFFIXES)


def _stripped_path(path: str, maya_folder: str) -> str:
    """Without the entries at or below ``maya_folder``, and without empty ones, which mean the current folder."""
    forms = _forms(maya_folder)
    return os.pathsep.join(
        entry
        for entry in path.split(os.pathsep)
        if entry and not any(_is_below(e, f) for e in _forms(entry) for f in forms)
    )


def _forms(folder: str) -> set[str]:
    """``folder`` as written and with its links followed, normalised for comparison."""
    folder = folder.strip('"') if sys.platform == "win32" else folder
    if not folder:
        return set()
    return {os.path.normcase(os.path.normpath(form)) for form in (folder, os.path.realpath(folder))}


def _is_below(entry: str, folder: str) -> bool:
    # A MAYA_LOCATION of "/" would leave no PATH at all.
    return Path(folder).parent != Path(folder) and (entry == folder or entry.startswith(folder + os.sep))
