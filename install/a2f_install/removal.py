"""What a user's uninstallation deletes: only what this project wrote, listed before and after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from a2f_install import user_module
from a2f_install.environments import is_ours, user_environments
from a2f_install.files import delete, delete_empty, read_text
from a2f_install.places import System, shelf_folders
from a2f_install.source import Source
from a2f_install.studio import MANIFEST

SHELF_FILES = ("shelf_A2F.mel", "shelf_A2F.mel.deleted")
CACHE_ENTRIES = ("takes", "inferred", "outlines", "package_digests.json")
"""What the worker writes into a cache folder that MAYA_A2F_CACHE names, where others may write as well."""
NEVER_DELETED = "models"
"""In the user's folder: packages that the user put there."""
PROGRAM_ENTRIES = frozenset({"environments", "logs"})
"""In the user's folder: what is made anew on demand. The rest are settings."""


@dataclass(frozen=True)
class Piece:
    """One thing that is deleted."""

    path: Path
    what: str


def pieces(
    system: System, source: Source, *, settings: bool, mayas: Collection[str] = (), version: str = ""
) -> list[Piece]:
    """What would be deleted besides the module file's blocks.

    Restricted to some Mayas or to one version, only what belongs to those alone: environments, caches and settings
    serve all.
    """
    found = [
        Piece(path, "shelf")
        for folder in shelf_folders(system.maya_folder())
        for path in (folder / name for name in SHELF_FILES)
        if (not mayas or any(maya in path.parts for maya in mayas)) and "maya_a2f" in read_text(path)
    ]
    environments = user_environments(system)
    if version and not mayas:
        found += [Piece(environments / version, "worker's environment")]
    if version or mayas:
        return [piece for piece in found if piece.path.exists()]
    if is_ours(source.root / ".venv") and not (source.root.parent / MANIFEST).is_file():  # else it is the studio's
        found.append(Piece(source.root / ".venv", "worker's environment"))
    found += [Piece(path, "worker's environment") for path in _entries(environments)]
    found += [Piece(path, "log") for path in _entries(system.user_folder() / "logs")]
    if settings:
        found += [
            Piece(path, "settings")
            for path in _entries(system.user_folder())
            if path.name not in PROGRAM_ENTRIES and path.name != NEVER_DELETED
        ]
        found.append(Piece(system.maya_folder() / "maya_a2f", "settings"))  # long texts of the panel
    found.append(Piece(system.cache_folder(), "cache"))
    moved = system.moved_cache_folder()
    if moved is not None:
        found += [Piece(moved / name, "cache") for name in CACHE_ENTRIES]
    return [piece for piece in found if piece.path.exists()]


def uninstall(
    system: System, source: Source, *, settings: bool, mayas: Collection[str] = (), version: str = ""
) -> list[str]:
    """Delete it; what was done, a sentence each. Raises :class:`~a2f_install.source.InstallError` midway."""
    todo = pieces(system, source, settings=settings, mayas=mayas, version=version)
    done = user_module.remove(system.maya_folder(), mayas, version)
    for piece in todo:
        delete(piece.path)
        done.append(f"Deleted the {piece.what} '{piece.path}'.")
    if not (mayas or version):
        for folder in _left_empty(system):
            delete_empty(folder)
    done += _kept(system)
    return done or ["There was nothing to remove."]


def _kept(system: System) -> list[str]:
    models = system.user_folder() / NEVER_DELETED
    kept = [f"Kept your model packages in '{models}'."] if _entries(models) else []
    for preferences in sorted(system.maya_folder().glob("2*/prefs/userPrefs.mel")):
        if '"a2f_' in read_text(preferences):
            kept.append(f"Kept '{preferences}', which is Maya's: its option variables a2f_… hold the panel's settings.")
    return kept


def _left_empty(system: System) -> list[Path]:
    """Folders of ours that may be empty now, the inner before the outer."""
    user, cache = system.user_folder(), system.cache_folder()
    outer = [cache.parent] if cache.parent.name == "maya_a2f" else []
    return [user / "environments", user / "logs", user / "models", user, *outer, system.maya_folder() / "modules"]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
