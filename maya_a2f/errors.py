"""Every error this project raises on purpose, grouped by who can act on it.

::

    A2FError
    ├── UserError     the clip, rig, package choice or a setting: fix it and run again       (exit code 2)
    ├── EngineError   the installation or a model package must change                        (exit code 3)
    ├── WorkerError   the worker process failed                                              (exit code 4)
    ├── HostError     writing keys or files failed                                           (exit code 5)
    └── Cancelled     somebody pressed Cancel                                                (exit code 6)

A message says what happened and to which thing (quoted); the hint says what to do next. ``code`` is stable
(``"clip.empty"``) and is what scripts should compare.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar


class A2FError(Exception):
    """Base of the tree. ``str(error)`` is the message and the hint in one line."""

    group: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        """What happened, to which thing."""
        self.code = code
        """Stable identifier, ``subject.what``."""
        self.hint = hint
        """The next step, as a sentence; may be empty."""
        self.details = details
        """Longer material for a report (a traceback, the tail of stderr); never shown without being asked for."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def to_dict(self) -> dict[str, str]:
        """As JSON-ready data, to cross a process border; :func:`error_from_dict` is the inverse."""
        return {
            "group": self.group,
            "message": self.message,
            "code": self.code,
            "hint": self.hint,
            "details": self.details,
        }


class UserError(A2FError):
    """Something the user chose: fix it in the panel or on the command line."""

    group = "user"
    exit_code = 2


class EngineError(A2FError):
    """The installation or a model package must change."""

    group = "engine"
    exit_code = 3


class WorkerError(A2FError):
    """The worker process failed; the next run starts a new one."""

    group = "worker"
    exit_code = 4


class HostError(A2FError):
    """Keys or files could not be written; nothing was changed."""

    group = "host"
    exit_code = 5


class Cancelled(A2FError):  # noqa: N818 - it is no error of anybody's
    """The run was cancelled; nothing was changed."""

    group = "cancelled"
    exit_code = 6

    def __init__(
        self,
        message: str = "Cancelled; nothing was changed.",
        *,
        code: str = "cancelled",
        hint: str = "",
        details: str = "",
    ) -> None:
        super().__init__(message, code=code, hint=hint, details=details)


_GROUPS: dict[str, type[A2FError]] = {
    kind.group: kind for kind in (UserError, EngineError, WorkerError, HostError, Cancelled)
}


def error_from_dict(data: dict[str, Any]) -> A2FError:
    """The error that :meth:`A2FError.to_dict` described; an unknown group becomes a :class:`WorkerError`."""
    kind = _GROUPS.get(str(data.get("group", "")), WorkerError)
    return kind(
        str(data.get("message", "The worker reported an error without a message.")),
        code=str(data.get("code", "worker.unknown")),
        hint=str(data.get("hint", "")),
        details=str(data.get("details", "")),
    )


def extra_hint(extra: str) -> str:
    """The next step where an optional part of the installation is missing: the command that adds it here."""
    checkout = Path(__file__).resolve().parent.parent
    return f'Run: "{sys.executable}" -m pip install --editable "{checkout}[{extra}]"'
