"""The module that is to be installed: the folder that holds ``a2f.mod``, a checkout or a studio's copy."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from a2f_install.module_file import Block, parse

NAME = "maya_a2f"
TEMPLATE = "a2f.mod"
MODULE_FILE = "maya_a2f.mod"
MARK = "MAYA_A2F_INSTALLED"
"""The entry by which a block of ours is known. An entry, because a comment would end the block."""


class InstallError(Exception):
    """Something to tell the user, with the next step."""


@dataclass(frozen=True)
class Source:
    """The folder with the template, and what the template says."""

    root: Path
    template: tuple[Block, ...]

    @property
    def version(self) -> str:
        """The module's version."""
        return self.template[0].version

    @property
    def mayas(self) -> list[str]:
        """The versions of Maya it serves."""
        return sorted({block.maya for block in self.template})

    def blocks(self, path: str, mayas: Collection[str] = ()) -> list[Block]:
        """The template's blocks for these versions of Maya (none given: all), at another path and with our mark.

        Raises :class:`InstallError` for a version that the module does not serve.
        """
        unknown = sorted(set(mayas) - set(self.mayas))
        if unknown:
            raise InstallError(
                f"{NAME} {self.version} has no part for Maya {', '.join(unknown)}; it serves {', '.join(self.mayas)}."
            )
        return [
            replace(block, path=path, entries=(*block.entries, f"{MARK}={self.version}"))
            for block in self.template
            if not mayas or block.maya in mayas
        ]


def read_source(root: Path) -> Source:
    """The module in ``root``. Raises :class:`InstallError` where there is none."""
    try:
        blocks = parse((root / TEMPLATE).read_text("utf-8"))
    except OSError as error:
        raise InstallError(f"There is no module in '{root}' ({error}).") from error
    blocks = [block for block in blocks if block.name == NAME]
    if not blocks:
        raise InstallError(f"'{root / TEMPLATE}' describes no module '{NAME}'. Get a fresh copy of the project.")
    return Source(root, tuple(blocks))


def path_text(root: Path, folder: Path) -> str:
    """How a module file in ``folder`` names the module's folder ``root``.

    Absolute, with forward slashes. Where that holds letters beyond ASCII, which a Maya may read in the code page of
    the system, the way from ``folder`` to ``root`` is taken if it is free of them.
    """
    absolute = root.resolve().as_posix()
    if not absolute.isascii():
        try:
            relative = Path(os.path.relpath(root.resolve(), folder.resolve())).as_posix()
        except ValueError:  # another drive
            return absolute
        if relative.isascii():
            return relative
    return absolute


def mark_of(block: Block) -> str:
    """The version that our installer noted in the block; empty where it was written by somebody else."""
    for entry in block.entries:
        if entry.startswith(f"{MARK}="):
            return entry[len(MARK) + 1 :]
    return ""
