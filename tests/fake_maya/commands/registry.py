"""The commands the fake can carry out, and the way every call takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.fake_maya import guard
from tests.fake_maya.flags import checked
from tests.fake_maya.session import Session, current

Behaviour = Callable[..., Any]
BEHAVIOURS: dict[str, Behaviour] = {}


class UnknownCommandError(AttributeError, TypeError):
    """Maya has no such command (an AttributeError there)."""


def behaviour(function: Behaviour) -> Behaviour:
    """Register a command; it is called as ``f(session, mode, *args, **flags_by_long_name)``."""
    BEHAVIOURS[function.__name__.rstrip("_")] = function
    return function


def call(name: str, args: tuple[Any, ...], flags: dict[str, Any]) -> Any:
    """One call of a command: checked, undoable, all or nothing."""
    guard.enter(f"cmds.{name}")
    session = current()
    mode, known = checked(name, flags)
    if name not in BEHAVIOURS:
        raise NotImplementedError(f"The fake knows the flags of '{name}' but not what it does")
    if session.command_depth or name in ("undo", "redo"):
        return BEHAVIOURS[name](session, mode, *args, **known)
    scene = session.scene
    scene.recording, scene.journal = True, []
    session.command_depth += 1
    try:
        result = BEHAVIOURS[name](session, mode, *args, **known)
    except BaseException:
        for undo, _ in reversed(scene.journal):
            undo()
        scene.journal = []
        raise
    finally:
        session.command_depth -= 1
        scene.recording = False
        changes, scene.journal = scene.journal, []
    if changes and session.inside_api_command:
        raise RuntimeError(f"'{name}' changed the scene inside a plug-in command: what undo makes of that is doubtful")
    session.undo.add(name, changes)
    return result


def call_plugin_command(name: str, args: tuple[Any, ...]) -> Any:
    """One call of a command a plug-in registered."""
    guard.enter(f"cmds.{name}")
    from maya.api import OpenMaya

    session = current()
    instance = session.plugin_commands[name]()
    with inside_api_command(session):
        try:
            instance.doIt(OpenMaya.MArgList(args))
        except Exception as error:
            if "command errors" in session.faults:
                raise
            raise RuntimeError(f"Error occurred during execution of {name}: {error}") from error
        undoable = instance.isUndoable()

    def undo() -> None:
        if "undo forgets" in session.faults:
            return
        with inside_api_command(session):
            instance.undoIt()

    def redo() -> None:
        with inside_api_command(session):
            instance.redoIt()

    if undoable:
        session.undo.add(name, [(undo, redo)])
    return getattr(instance, "_result", None)


class inside_api_command:
    """Marks the time a plug-in command runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.inside_api_command = True

    def __exit__(self, *error: object) -> None:
        self._session.inside_api_command = False


def names_in(args: Iterable[Any]) -> Iterator[str]:
    """Object names given one by one or in lists. TypeError for anything else."""
    for item in args:
        if isinstance(item, str):
            yield item
        elif isinstance(item, list | tuple):
            yield from names_in(item)
        else:
            raise TypeError(f"Object {item!r} is invalid")


def or_none(items: list[Any]) -> list[Any] | None:
    """Maya gives None for an empty list."""
    return items or None
