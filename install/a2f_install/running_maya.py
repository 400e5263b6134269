"""Making an installed module work in the Maya that is running: what Maya itself does with
the block at its next start."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

from a2f_install.module_file import Block, effects


def apply(block: Block, root: Path, environ: MutableMapping[str, str] | None = None) -> list[str]:
    """Set the variables of the block and extend Python's path; the names that changed. Again: nothing changes."""
    environ = os.environ if environ is None else environ
    changed: list[str] = []
    for effect in effects(block, root):
        value = _as_searched(effect.variable, effect.value)
        before = environ.get(effect.variable, "")
        if effect.appends:
            entries = [entry for entry in before.split(os.pathsep) if entry]
            if value not in entries:
                environ[effect.variable] = os.pathsep.join([*entries, value])
                changed.append(effect.variable)
        elif before != effect.value:
            environ[effect.variable] = effect.value
            changed.append(effect.variable)
        if effect.variable == "PYTHONPATH":
            _extend_python_path(effect.value)
    return changed


def withdraw(block: Block, root: Path, environ: MutableMapping[str, str] | None = None) -> None:
    """Take back what :func:`apply` appended, so that another copy of the module can take its place."""
    environ = os.environ if environ is None else environ
    for effect in effects(block, root):
        value = _as_searched(effect.variable, effect.value)
        if effect.appends and effect.variable in environ:
            kept = [entry for entry in environ[effect.variable].split(os.pathsep) if entry != value]
            environ[effect.variable] = os.pathsep.join(kept)
        if effect.variable == "PYTHONPATH":
            sys.path[:] = [entry for entry in sys.path if not _is_same(entry, effect.value)]


def loaded_root() -> Path | None:
    """The folder from which this Python has already loaded the package; None where it has not."""
    package = sys.modules.get("maya_a2f")
    path = getattr(package, "__file__", None)
    return Path(path).resolve().parent.parent if path else None


def loaded_version() -> str:
    """The version of the loaded package; empty where none is."""
    return str(getattr(sys.modules.get("maya_a2f"), "__version__", ""))


def _extend_python_path(folder: str) -> None:
    if not any(_is_same(entry, folder) for entry in sys.path):
        sys.path.append(str(Path(folder)))


def _is_same(first: str, second: str) -> bool:
    return os.path.normcase(os.path.normpath(first)) == os.path.normcase(os.path.normpath(second))


def _as_searched(variable: str, value: str) -> str:
    """On Linux icons are found by a pattern, which Maya adds itself only where it reads a module file."""
    return f"{value}/%B" if variable == "XBMLANGPATH" and sys.platform.startswith("linux") else value
