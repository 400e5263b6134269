"""Finding model packages by name or path. Never another one than the one asked for."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.errors import UserError
from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.package_faults import BadPackageError
from maya_a2f.worker.package_files import MODEL_FILE, package_kind
from maya_a2f.worker.package_reading import package_name


@dataclass(frozen=True)
class InstalledPackage:
    """A folder that calls itself a model package; whether it is sound is for the check to say."""

    name: str
    """Folder name."""
    folder: Path
    kind: str
    """``regression``, ``diffusion``, ``emotion``, or ``unknown`` when its description cannot be read."""
    actor: str
    """Whose face, from the package; may be empty."""


def installed_packages(folders: Sequence[Path]) -> tuple[InstalledPackage, ...]:
    """The packages in ``folders`` by name; where a name occurs twice the first folder wins."""
    found: dict[str, InstalledPackage] = {}
    for folder in folders:
        for package in _package_folders(folder):
            found.setdefault(package.name.lower(), _described(package))
    return tuple(sorted(found.values(), key=lambda package: package.name.lower()))


def resolve_model(name_or_folder: str, folders: Sequence[Path]) -> Path:
    """The folder of the model called ``name_or_folder``: an installed name (upper or lower case), or a path.

    It is a path when it contains a separator or exists as a folder. Raises :class:`UserError` ``model.unknown`` with
    what is installed, or ``model.not_a_package``.
    """
    wanted = name_or_folder.strip()
    by_name = {} if _is_path(wanted) else _folders_by_name(folders)
    if wanted.lower() in by_name:
        return by_name[wanted.lower()]
    if wanted and (_is_path(wanted) or _is_folder(Path(wanted))):
        return _checked_path(Path(os.path.expanduser(wanted)), folders)  # noqa: PTH111 (this one never raises)
    close = difflib.get_close_matches(wanted.lower(), list(by_name), n=1)
    raise UserError(
        f"There is no model '{name_or_folder}'.",
        code="model.unknown",
        hint=(f"Did you mean '{by_name[close[0]].name}'? " if close else "") + _what_is_installed(folders),
    )


def _checked_path(path: Path, folders: Sequence[Path]) -> Path:
    folder = path.parent if path.name == MODEL_FILE else path
    if not _is_folder(folder):
        raise UserError(
            f"The model folder '{path}' does not exist.", code="model.unknown", hint=_what_is_installed(folders)
        )
    if not (folder / MODEL_FILE).is_file():
        raise UserError(
            f"'{path}' is not a model package: it has no '{MODEL_FILE}'.",
            code="model.not_a_package",
            hint="Give the folder that holds 'model.json'. " + _what_is_installed(folders),
        )
    return folder


def _folders_by_name(folders: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        for package in _package_folders(folder):
            found.setdefault(package.name.lower(), package)
    return found


def _package_folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if (entry / MODEL_FILE).is_file())
    except OSError:
        return []  # a model folder that is not there, or not ours to read, holds nothing


def _described(folder: Path) -> InstalledPackage:
    kind, actor = "unknown", ""
    try:
        fields = JsonFields(folder / MODEL_FILE)
        kind = package_kind(fields, folder)
        actor = JsonFields(folder / fields.peek("networkInfoPath")).peek("id.actor")
    except (BadPackageError, ValueError):
        pass
    return InstalledPackage(package_name(folder), folder, kind, actor)


def _what_is_installed(folders: Sequence[Path]) -> str:
    names = sorted(package.name for package in _folders_by_name(folders).values())
    if names:
        return "Installed: " + ", ".join(names) + "."
    return "No model is installed in " + ", ".join(f"'{folder}'" for folder in folders) + "."


def _is_path(text: str) -> bool:
    return os.sep in text or "/" in text or bool(os.altsep and os.altsep in text)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
