"""Texts kept with the user's preferences: small ones as option variables, long ones as files beside them."""

from __future__ import annotations

import re
from pathlib import Path

from maya import cmds

from maya_a2f.core.atomic_file import unwritable, write_atomically
from maya_a2f.host.maya.outside_stubs import option_text

_LONGEST_OPTION = 1000
"""Characters; Maya writes option variables at a normal exit only, a file is there at once."""


def remember(key: str, text: str) -> None:
    """Keep a text. Raises :class:`HostError` ``file.unwritable`` or ``file.disk_full``."""
    path, name = _file(key), _option(key)
    if len(text) <= _LONGEST_OPTION:
        cmds.optionVar(stringValue=(name, text))
        path.unlink(missing_ok=True)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    write_atomically(path, text.encode("utf-8"))
    cmds.optionVar(remove=name)


def recall(key: str) -> str:
    """A kept text; empty where there is none, or its file cannot be read."""
    try:
        return _file(key).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return option_text(_option(key))


def _option(key: str) -> str:
    return f"a2f_{_plain(key)}"


def _file(key: str) -> Path:
    return Path(cmds.internalVar(userAppDir=True)) / "maya_a2f" / f"{_plain(key)}.json"


def _plain(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", key)
