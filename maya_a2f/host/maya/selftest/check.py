"""One check: a question, what the specification expects, what this Maya answered."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.host.maya.apply_command import apply, load_command
from maya_a2f.host.maya.plugs import plug_named

Verdict = Literal["as expected", "different", "not checked", "error"]
Answer: TypeAlias = tuple[bool | None, str]
"""(as expected, observed); None where it cannot be checked here, with the reason."""


@dataclass(frozen=True)
class Surroundings:
    """What checks may use."""

    folder: Path
    """A folder for files; it goes afterwards."""
    model: str
    worker: bool
    """Start the worker."""
    risky: bool
    """Also what may end the process."""


@dataclass(frozen=True)
class Check:
    """A question to this Maya."""

    id: str
    point: str
    """Where the specification leaves it open: a section, or a number of section 20."""
    question: str
    expected: str
    fallback: str
    """What the module does where the answer is another."""
    ask: Callable[[Surroundings], Answer]


@dataclass(frozen=True)
class Finding:
    """What came of a check."""

    id: str
    point: str
    question: str
    expected: str
    observed: str
    verdict: Verdict
    meaning: str
    """For people: nothing to do, the fallback in use, or why it was not checked."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def answered(check: Check, surroundings: Surroundings) -> Finding:
    """Ask; a check that raises is an answer too."""
    try:
        good, observed = check.ask(surroundings)
    except Exception as raised:
        observed = f"{type(raised).__name__}: {raised}".strip()
        details = traceback.format_exc(limit=-2)
        return _finding(check, f"{observed}\n{details}", "error", f"Fallback: {check.fallback}")
    if good is None:
        return _finding(check, "", "not checked", observed)
    if good:
        return _finding(check, observed, "as expected", "")
    return _finding(check, observed, "different", f"Fallback: {check.fallback}")


def _finding(check: Check, observed: str, verdict: Verdict, meaning: str) -> Finding:
    return Finding(check.id, check.point, check.question, check.expected, observed, verdict, meaning)


class _Call:
    """A function as an edit, without undo: checks run in scenes that are thrown away."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def redo(self) -> None:
        """Call it, once."""
        self._call()

    def undo(self) -> None:
        """Nothing: the scene goes."""


def inside_command(call: Callable[[], None]) -> None:
    """Run API edits as the module does: inside its own undoable command."""
    load_command()
    apply(_Call(call))


def plug(name: str) -> OpenMaya.MPlug:
    """A plug that must be there."""
    found = plug_named(name)
    if found is None:
        raise RuntimeError(f"no plug '{name}'")
    return found


def new_node(kind: str = "transform") -> str:
    """A node of the scratch scene."""
    return str(cmds.createNode(kind, skipSelect=True))
