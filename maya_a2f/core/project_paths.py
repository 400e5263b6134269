"""Paths in scenes of a Maya project: two slashes end the project's folder, as in ``D:/show//sound/line.wav``.

Maya saves sounds, textures and references so. Such a path names its file where it was saved; where the project was
moved and set, Maya puts the new folder in the place of all that is left of the mark.
"""

from __future__ import annotations

import re
from pathlib import Path

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
    file = _straight(Path(unmarked_path(path)))
    if project is None or project == project.parent or not file.is_relative_to(project):
        return path
    return f"{project.as_posix()}//{file.relative_to(project).as_posix()}"


def _is_project(folder: Path) -> bool:
    try:
        return (folder / _PROJECT_FILE).is_file()
    except OSError:  # a folder high above that may not be looked into: no reason to leave a scene unwritten
        return False


def _straight(path: Path) -> Path:
    """``path`` without ``..``; links in one that has none are left as they are."""
    return path.resolve() if ".." in path.parts else path
