"""The ``file`` command: new, open, rename, save, and what it can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fake_maya import scene_files
from tests.fake_maya.commands.registry import behaviour, names_in
from tests.fake_maya.model.scene import Scene
from tests.fake_maya.session import Session

_ENDINGS = {"mayaAscii": ".ma", "mayaBinary": ".mb"}


@behaviour
def file(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if mode == "q":
        return _asked(session, flags)
    if flags.get("newFile") or flags.get("open"):
        if _is_modified(session) and not flags.get("force"):
            raise RuntimeError("Unsaved changes.")
        if flags.get("newFile"):
            session.open_scene()
            return "untitled"
        return _opened(session, Path(next(names_in(args))))
    if "rename" in flags:
        session.scene.file_name = "" if flags["rename"] == "untitled" else str(flags["rename"])
        return session.scene.file_name
    if flags.get("save"):
        return _saved(session, flags)
    raise NotImplementedError(f"file: {sorted(flags)}")


def _asked(session: Session, flags: dict[str, Any]) -> Any:
    if flags.get("sceneName"):
        return session.scene.file_name
    if flags.get("modified"):
        return _is_modified(session)
    raise NotImplementedError(f"file: {sorted(flags)}")


def _is_modified(session: Session) -> bool:
    return len(session.undo.done) != getattr(session.undo, "saved_at", 0)


def _opened(session: Session, path: Path) -> str:
    if not path.is_file():
        raise RuntimeError(f"File not found: {path}")
    scene: Scene = scene_files.read(path)
    scene.file_name = path.as_posix()
    session.open_scene(scene)
    return scene.file_name


def _saved(session: Session, flags: dict[str, Any]) -> str:
    name = session.scene.file_name
    if not name:
        raise RuntimeError("No file name is set: rename the scene first")
    kind = flags.get("type") or next(key for key, ending in _ENDINGS.items() if name.endswith(ending))
    if kind not in _ENDINGS:
        raise RuntimeError(f"Invalid file type specified: {kind}")
    try:
        scene_files.write(session.scene, Path(name), kind)
    except OSError as error:
        raise RuntimeError(f"Could not save file: {name}") from error
    session.undo.saved_at = len(session.undo.done)  # type: ignore[attr-defined]
    return name
