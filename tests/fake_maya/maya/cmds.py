"""``maya.cmds``: every known command, checked against the table of real flags."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tests.fake_maya.commands import (  # noqa: F401 - they register
    attributes,
    files,
    interface,
    keys,
    layers,
    nodes,
    system,
    timeline,
)
from tests.fake_maya.commands.registry import UnknownCommandError, call, call_plugin_command
from tests.fake_maya.flags import table
from tests.fake_maya.session import current


def __getattr__(name: str) -> Callable[..., Any]:
    if not current().started:
        raise UnknownCommandError(f"module 'maya.cmds' has no attribute '{name}'")
    if name in current().plugin_commands:
        return lambda *args: call_plugin_command(name, args)
    if name.startswith("__") or name not in table():
        raise UnknownCommandError(f"module 'maya.cmds' has no attribute '{name}'")
    return functools.partial(_run, name)


def _run(name: str, /, *args: Any, **flags: Any) -> Any:
    return call(name, args, flags)
