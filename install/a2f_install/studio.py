"""A studio's modules on a shared disk: every version in a folder of its own, each complete and read-only in use.

::

    DIR/0.1.0/module/              what Maya and the worker need, nothing else
    DIR/0.1.0/modules/maya_a2f.mod the one file in it; a show puts *this* folder on MAYA_MODULE_PATH
    DIR/0.1.0/installed.json       what was written, so that uninstalling deletes that and nothing else

The module file names ``../module``: the share may be mounted anywhere, and on every system elsewhere.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from a2f_install.environments import is_ours
from a2f_install.files import delete, delete_empty, read_text, write_text
from a2f_install.module_file import write
from a2f_install.source import MODULE_FILE, NAME, TEMPLATE, InstallError, Source

MANIFEST = "installed.json"
PARTS = ("maya_a2f", "icons", "scripts", "shelves", "engines/default", "install", "docs")
"""Folders of a checkout that go into the module, where they are there."""
FILES = (TEMPLATE, "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
LEFT_OUT = frozenset({"__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache"})


@dataclass(frozen=True)
class StudioVersion:
    """One installed version."""

    folder: Path
    version: str
    files: tuple[str, ...]
    """Relative to ``folder``."""

    @property
    def module_folder(self) -> Path:
        """What a show puts on MAYA_MODULE_PATH."""
        return self.folder / "modules"

    @property
    def environment(self) -> Path:
        """The worker's environment beside the module's files, where one was set up."""
        return self.folder / "module" / ".venv"


def versions(studio: Path) -> list[StudioVersion]:
    """What we installed in this folder."""
    found = []
    for manifest in sorted(studio.glob(f"*/{MANIFEST}")):
        try:
            data = json.loads(read_text(manifest))
            if data["module"] == NAME:
                files = tuple(str(entry) for entry in data["files"])
                found.append(StudioVersion(manifest.parent, str(data["version"]), files))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def install(source: Source, studio: Path, mayas: Collection[str] = ()) -> list[str]:
    """Copy the module and write its module file; what was done, a sentence each. Doing it again updates the copy.

    Raises :class:`InstallError`, for a folder that holds something else before anything is written.
    """
    folder = studio / source.version
    before = next((version for version in versions(studio) if version.folder == folder), None)
    if before is None and any(path.is_file() for path in folder.rglob("*")):
        raise InstallError(f"'{folder}' holds files that this installer did not write. Choose another --studio folder.")
    if folder.resolve() in source.root.resolve().parents:
        raise InstallError(f"'{source.root}' is itself the studio's copy. Run the installer of a checkout.")
    text = write(source.blocks("../module", mayas))
    wanted = {f"module/{name}": source.root / name for name in _names(source.root)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # first what will have been written: an interrupted copy can be finished or uninstalled
        _write_manifest(folder, source.version, {*wanted, *(before.files if before else ())})
        changed = sum(_copy(path, folder / name) for name, path in wanted.items())
    except OSError as error:
        raise InstallError(f"'{error.filename or folder}' cannot be written ({error.strerror or error}).") from error
    if before is not None:
        _delete_all(folder, sorted({*before.files} - {*wanted, f"modules/{MODULE_FILE}"}))
    is_new = write_text(folder / "modules" / MODULE_FILE, text, scratch=folder)
    _write_manifest(folder, source.version, {*wanted, f"modules/{MODULE_FILE}"})
    what = f"{len(wanted)} files, {changed} of them new" if changed or is_new else "up to date"
    return [
        f"{NAME} {source.version} lies in '{folder}' ({what}).",
        f"A show that uses it sets MAYA_MODULE_PATH to '{folder / 'modules'}', and to no other version's.",
    ]


def uninstall(version: StudioVersion) -> list[str]:
    """Delete what was installed; what was done, and what was left because somebody else put it there."""
    _delete_all(version.folder, version.files)
    for cache in sorted((version.folder / "module").rglob("__pycache__")):
        if all(path.suffix == ".pyc" for path in cache.iterdir()):
            delete(cache)
    if is_ours(version.environment):
        delete(version.environment)
    delete(version.folder / MANIFEST)
    for folder in sorted((p for p in version.folder.rglob("*") if p.is_dir()), reverse=True):
        delete_empty(folder)
    if delete_empty(version.folder):
        delete_empty(version.folder.parent)
        return [f"Deleted '{version.folder}'."]
    left = sorted(str(path) for path in version.folder.rglob("*") if path.is_file())
    return [f"Deleted {NAME} {version.version} in '{version.folder}'.", *(f"Left, not ours: '{p}'." for p in left)]


def _names(root: Path) -> Iterator[str]:
    """The files of the module, relative to ``root``, with forward slashes."""
    for name in FILES:
        if (root / name).is_file():
            yield name
    for part in PARTS:
        for path in sorted((root / part).rglob("*")):
            relative = path.relative_to(root)
            if path.is_file() and path.suffix != ".pyc" and not LEFT_OUT.intersection(relative.parts):
                yield relative.as_posix()


def _copy(source: Path, target: Path) -> bool:
    """Copy a file unless it is there already, the same size and age."""
    if target.is_file():
        old, new = target.stat(), source.stat()
        if old.st_size == new.st_size and abs(old.st_mtime - new.st_mtime) < 2.0:  # FAT and some shares count 2 s
            return False
        delete(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    return True


def _delete_all(folder: Path, names: Collection[str]) -> None:
    for name in names:
        path = folder / name
        if ".." not in Path(name).parts and folder in path.parents:
            delete(path)


def _write_manifest(folder: Path, version: str, files: Collection[str]) -> None:
    data = {"module": NAME, "version": version, "files": sorted(files)}
    write_text(folder / MANIFEST, json.dumps(data, indent=1) + "\n", scratch=folder)
