"""Paths in scenes of a Maya project: two slashes end the project's folder, as in ``D:/show//sound/line.wav``.

Maya saves sounds, textures and references so. Such a path names its file where it was saved; where the project was
moved and set, Maya puts the new folder in the place of all that is left of the mark.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath

_PROJECT_FILE = "workspace.mel"


def unmarked_path(path: str) -> str:
    """``path`` with forward slashes and without the mark. Two slashes at its head stay: they are a share's."""
    words = path.replace("\\", "/")
    head = "//" if words.startswith("//") else ""
    return head + re.sub("/{2,}", "/", words[len(head) :])


def marked_path(path: str, scene: Path) -> str:
    """``path`` as it stands in ``scene``: marked where it lies below the nearest folder above the scene that is a
    project, else as it was given."""
    folders = _straight(scene.absolute()).parents
    project = next((folder for folder in folders if _is_project(folder)), None)
    return path if project is None else marked_below(path, project, _straight(Path(unmarked_path(path))))


def marked_below(path: str, project: PurePath, file: PurePath) -> str:
    """``path`` of ``file`` with the mark after ``project``, which may be a drive's or share's root; as it is where the
    file lies elsewhere. Below ``/`` there is no mark: two slashes at a path's head are a share's."""
    root = project.as_posix().rstrip("/")
    return f"{root}//{file.relative_to(project).as_posix()}" if root and file.is_relative_to(project) else path


def moved_in_project(old: str, new: str) -> bool:
    """Whether both marked paths lead to the same place in a project, which was moved: the file of ``old`` is gone."""
    place = _place_in_project(old)
    return place != "" and place == _place_in_project(new) and _is_gone(Path(unmarked_path(old)))


def _place_in_project(path: str) -> str:
    """What stands behind the mark; empty without one."""
    words, mark, place = path.replace("\\", "/").removeprefix("//").rpartition("//")
    return place if words and mark else ""


def _is_gone(file: Path) -> bool:
    try:
        return not file.exists()
    except (OSError, ValueError):
        return False


def _is_project(folder: Path) -> bool:
    try:
        return (folder / _PROJECT_FILE).is_file()
    except OSError:  # a folder high above that may not be looked into: no reason to leave a scene unwritten
        return False


def _straight(path: Path) -> Path:
    """``path`` without ``..``; links in one that has none are left as they are."""
    return path.resolve() if ".." in path.parts else path
