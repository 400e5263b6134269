"""One user's module file: one file, in the folder that all versions of Maya read, a block for each version.

So versions of the module lie side by side by version of Maya, and no Maya ever finds two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from a2f_install.files import delete, read_text, write_text
from a2f_install.module_file import Block, parse, write
from a2f_install.places import user_module_folders
from a2f_install.source import MODULE_FILE, NAME, InstallError, Source, mark_of, path_text


@dataclass(frozen=True)
class Found:
    """A block for our module in some module file."""

    file: Path
    block: Block

    @property
    def root(self) -> Path:
        """The module's folder."""
        return self.block.root(self.file.parent)

    @property
    def is_ours(self) -> bool:
        """Written by our installer; others are never changed."""
        return bool(mark_of(self.block))


def user_file(maya_folder: Path) -> Path:
    """The file we write."""
    return maya_folder / "modules" / MODULE_FILE


def find(folders: Iterable[Path]) -> list[Found]:
    """Every block for our module in these folders, whatever the files are called (Maya reads every file)."""
    found = []
    for folder in dict.fromkeys(folders):
        for path in _files_in(folder):
            found += [Found(path, block) for block in parse(read_text(path)) if block.name == NAME]
    return found


def others(source: Source, maya_folder: Path, mayas: Collection[str] = ()) -> list[Found]:
    """Blocks of the user, for any of these versions of Maya, that lead to another folder than ``source``."""
    return [
        entry
        for entry in find(user_module_folders(maya_folder))
        if entry.root.resolve() != source.root.resolve() and (not mayas or entry.block.maya in ("", *mayas))
    ]


def install(source: Source, maya_folder: Path, mayas: Collection[str] = ()) -> list[str]:
    """Write the module file for these versions of Maya (none given: all); what was done, a sentence each.

    Blocks for other versions of Maya stay. Doing it again changes nothing. Raises :class:`InstallError`, also where
    somebody else's file is in the way; then nothing was changed.
    """
    target = user_file(maya_folder)
    new = source.blocks(path_text(source.root, target.parent), mayas)
    served = {block.maya for block in new}
    entries = find(user_module_folders(maya_folder))
    foreign = [entry for entry in entries if not entry.is_ours and entry.block.maya in {"", *served}]
    if foreign:
        raise InstallError(
            f"'{foreign[0].file}' already describes {NAME} {foreign[0].block.version} in '{foreign[0].root}' and was"
            " not written by this installer. Delete that file or move it out of the folder, and run this again."
        )
    kept = [entry.block for entry in entries if entry.file == target and entry.block.maya not in served]
    if target.exists() and not any(entry.file == target for entry in entries) and read_text(target).strip():
        raise InstallError(
            f"'{target}' is in the way and was not written by this installer. Move it out of the folder."
        )
    text = write(sorted([*kept, *new], key=lambda block: block.maya))
    maya_folder.mkdir(parents=True, exist_ok=True)
    is_new = write_text(target, text, scratch=maya_folder)
    done = [f"{'Wrote' if is_new else 'Up to date:'} '{target}' ({NAME} {source.version} for Maya {_listed(served)})."]
    for entry in entries:
        if entry.file == target and entry.block.maya in served and entry.root.resolve() != source.root.resolve():
            done.append(f"It replaces {NAME} {entry.block.version} in '{entry.root}' for Maya {entry.block.maya}.")
    stale = {entry.file for entry in entries if entry.file != target and entry.block.maya in served}
    return done + [sentence for path in sorted(stale) for sentence in _without(path, served, maya_folder)]


def remove(maya_folder: Path, mayas: Collection[str] = (), version: str = "") -> list[str]:
    """Take our blocks out of the user's module files; what was done, a sentence each."""
    done = []
    for path in sorted({entry.file for entry in find(user_module_folders(maya_folder)) if entry.is_ours}):
        done += _without(path, mayas, maya_folder, version)
    return done


def removable(maya_folder: Path, mayas: Collection[str] = (), version: str = "") -> list[Found]:
    """The blocks that :func:`remove` would take out."""
    return [entry for entry in find(user_module_folders(maya_folder)) if _is_meant(entry.block, mayas, version)]


def _is_meant(block: Block, mayas: Collection[str], version: str) -> bool:
    return (
        block.name == NAME
        and bool(mark_of(block))
        and (not mayas or block.maya in mayas)
        and version in ("", block.version)
    )


def _without(path: Path, mayas: Collection[str], scratch: Path, version: str = "") -> list[str]:
    blocks = parse(read_text(path))
    kept = [block for block in blocks if not _is_meant(block, mayas, version)]
    gone = [block for block in blocks if block not in kept]
    if not gone:
        return []
    if kept:
        write_text(path, write(kept), scratch)
        return [f"Took Maya {_listed(block.maya for block in gone)} out of '{path}'."]
    delete(path)
    return [f"Deleted '{path}'."]


def _listed(mayas: Iterable[str]) -> str:
    return ", ".join(sorted(mayas))


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_size < 2**20)
    except OSError:
        return []
