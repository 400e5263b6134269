"""Scene files of the running Maya: which one is open, opening, saving, and where its sounds lie."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from typing import Literal

from maya import cmds

from maya_a2f.errors import HostError
from maya_a2f.host.maya.outside_stubs import current_frame, project_folder, sound_rule
from maya_a2f.host.maya.units import scene_rate

FORMATS: dict[str, Literal["mayaAscii", "mayaBinary"]] = {".ma": "mayaAscii", ".mb": "mayaBinary"}
_SOUND = "sound"
_PART = ".a2f_part"
"""Before the ending of a scene that is being saved."""


def is_running() -> bool:
    """Whether there is a Maya to work in; False in a mayapy without ``maya.standalone.initialize()``."""
    return hasattr(cmds, "about")


def maya_version() -> str:
    """``2026``."""
    return str(cmds.about(version=True))


def scene_path() -> Path | None:
    """The open scene's file; None where it was never saved."""
    name = str(cmds.file(query=True, sceneName=True) or "")
    return Path(name) if name else None


def is_modified() -> bool:
    """Whether the open scene has unsaved changes."""
    return bool(cmds.file(query=True, modified=True))


def rate() -> Fraction:
    """Frames per second. Raises :class:`HostError` ``scene.rate``."""
    return scene_rate()


def first_frame() -> float:
    """First frame of the playback range."""
    return float(cmds.playbackOptions(query=True, minTime=True))


def frame_shown() -> float:
    """The current time, in frames."""
    return current_frame()


def sound_folder(fallback: Path) -> Path:
    """Where a copy of a sound belongs; whoever writes one makes the folder.

    The sound folder of Maya's project where the scene lies in that project, else ``sound`` in the nearest folder above
    the scene with a ``workspace.mel``, else ``sound`` beside the scene. ``fallback`` for a scene that was never saved,
    or where nothing can be written there.
    """
    path = scene_path()
    if path is None or not path.parent.is_dir():
        return fallback
    project = Path(project_folder() or os.devnull)
    if path.is_relative_to(project):
        folder = project / (sound_rule() or _SOUND)
    else:
        folder = next((above for above in path.parents if (above / "workspace.mel").is_file()), path.parent) / _SOUND
    existing = next((above for above in (folder, *folder.parents) if above.exists()), folder)
    return folder if existing.is_dir() and os.access(existing, os.W_OK) else fallback


def open_scene(path: Path) -> None:
    """Open a scene in place of the present one, whose changes are lost.

    Raises :class:`HostError` ``scene.missing``, or ``scene.unreadable`` for whatever Maya complains of: a scene that
    was read in part is not worked on.
    """
    if not path.is_file():
        raise HostError(f"The scene '{path}' is not there.", code="scene.missing", hint="Check the path.")
    try:
        cmds.file(path.as_posix(), open=True, force=True, prompt=False, ignoreVersion=True)
    except RuntimeError as error:
        raise HostError(
            f"Maya could not open '{path}' without errors: {str(error).strip()}",
            code="scene.unreadable",
            hint="Open it in Maya and see to what it names: a missing reference, plug-in or file.",
        ) from error


def new_scene() -> None:
    """An empty scene in place of the present one, whose changes are lost."""
    cmds.file(newFile=True, force=True)


def check_target(path: Path, *, overwrite: bool = False) -> None:
    """Raises :class:`HostError` ``scene.format``, ``file.exists`` or ``file.unwritable``."""
    if path.suffix.lower() not in FORMATS:
        raise HostError(
            f"'{path}' has no ending of a Maya scene.", code="scene.format", hint="Use .ma or .mb as the ending."
        )
    if path.exists() and not overwrite:
        raise HostError(
            f"'{path}' exists already.", code="file.exists", hint="Choose another name, or allow it with --overwrite."
        )
    if not path.absolute().parent.is_dir():
        raise HostError(
            f"'{path}' cannot be written: the folder '{path.absolute().parent}' does not exist.",
            code="file.unwritable",
            hint="Create the folder or choose another.",
        )


def save_scene(path: Path, *, overwrite: bool = False) -> None:
    """Save the open scene under a name, whole or not at all: beside it first, then put in its place.

    Raises as :func:`check_target`, and :class:`HostError` ``scene.unsaved`` for what Maya or the disk refuses; the
    file of that name, if there is one, is then as it was.
    """
    check_target(path, overwrite=overwrite)
    path = path.absolute()
    part = path.with_name(f"{path.stem}{_PART}{path.suffix}")
    before = str(cmds.file(query=True, sceneName=True) or "")
    try:
        cmds.file(rename=part.as_posix())
        cmds.file(save=True, force=True, type=FORMATS[path.suffix.lower()])
        if not part.is_file() or part.stat().st_size == 0:
            raise RuntimeError("Maya wrote no file")
        part.replace(path)
        before = path.as_posix()
    except (RuntimeError, OSError) as error:
        raise HostError(
            f"'{path}' was not saved: {str(error).strip()}",
            code="scene.unsaved",
            hint="Check the disk and the folder's permissions, or save as the scene's other format.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        with contextlib.suppress(RuntimeError):
            cmds.file(rename=before or "untitled")
