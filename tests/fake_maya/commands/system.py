"""Undo, plug-ins, files, preferences, display."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from tests.fake_maya.commands.registry import behaviour, inside_api_command, names_in, or_none
from tests.fake_maya.session import Session


@behaviour
def undo(session: Session, mode: str, *args: Any) -> None:
    session.undo.undo()


@behaviour
def redo(session: Session, mode: str, *args: Any) -> None:
    session.undo.redo()


@behaviour
def undoInfo(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    queue = session.undo
    if mode == "q":
        if flags.get("undoName"):
            return queue.done[-1].name if queue.done else ""
        if flags.get("redoName"):
            return queue.undone[-1].name if queue.undone else ""
        if flags.get("state"):
            return queue.enabled
        if flags.get("undoQueueEmpty"):
            return not queue.done
        raise NotImplementedError(f"undoInfo: {sorted(flags)}")
    if flags.get("openChunk"):
        queue.open_chunk(flags.get("chunkName", ""))
    if flags.get("closeChunk"):
        queue.close_chunk()
    if "state" in flags:
        queue.enabled = bool(flags["state"])
    return None


@behaviour
def loadPlugin(session: Session, mode: str, *args: Any, **flags: Any) -> list[str] | None:
    loaded = []
    for name in names_in(args):
        path = Path(name)
        if path.suffix != ".py" or not path.exists():
            raise RuntimeError(f'Plug-in, "{name}", was not found on MAYA_PLUG_IN_PATH.')
        if path.stem in session.plugins:
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        if not hasattr(module, "maya_useNewAPI"):
            raise RuntimeError(f"'{name}' is a plug-in of API 1")
        with inside_api_command(session):
            module.initializePlugin(("plug-in", path.stem))
        session.plugins[path.stem] = str(path)
        loaded.append(path.stem)
    return or_none(loaded)


@behaviour
def unloadPlugin(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    for name in names_in(args):
        stem = Path(name).stem
        sys.modules[stem].uninitializePlugin(("plug-in", stem))
        del session.plugins[stem]


@behaviour
def pluginInfo(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if flags.get("listPlugins"):
        return or_none(list(session.plugins))
    name = Path(next(names_in(args))).stem
    if flags.get("loaded"):
        return name in session.plugins
    if flags.get("path"):
        return session.plugins[name]
    if flags.get("version"):
        return "0.1"
    raise NotImplementedError(f"pluginInfo: {sorted(flags)}")


@behaviour
def about(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if flags.get("batch"):
        return session.batch
    if flags.get("version"):
        return "2026"
    if flags.get("apiVersion"):
        return 20260000
    raise NotImplementedError(f"about: {sorted(flags)}")


@behaviour
def optionVar(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if mode == "q":
        return session.options.get(flags["query"], 0)
    for flag in ("stringValue", "intValue", "floatValue"):
        if flag in flags:
            name, value = flags[flag]
            session.options[name] = value
    if "exists" in flags:
        return flags["exists"] in session.options
    if "remove" in flags:
        session.options.pop(flags["remove"], None)
    return None


@behaviour
def upAxis(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if mode == "q" and flags.get("axis"):
        return session.scene.up
    raise NotImplementedError(f"upAxis: {sorted(flags)}")


@behaviour
def refresh(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    if "suspend" in flags:
        session.refresh_suspended = bool(flags["suspend"])


@behaviour
def cacheEvaluator(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    return None


@behaviour
def warning(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    session.warnings.append(" ".join(map(str, args)))
