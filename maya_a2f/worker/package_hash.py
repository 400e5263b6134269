"""What identifies a package's content: a SHA-256 over the files a solve reads.

Reading 250 MB for every run would cost more than some runs, so digests of single files are kept by path, size and time
of change in a mapping the caller owns; :func:`read_known_digests` keeps it in a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, MutableMapping
from pathlib import Path

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import A2FError, EngineError
from maya_a2f.worker.diffusion.package_files import read_diffusion_files
from maya_a2f.worker.package_faults import REPAIR, BadPackageError
from maya_a2f.worker.package_files import is_diffusion, read_package_files

_MOST_KNOWN = 1000
_HEX_DIGITS = 64
_MOST_FOUND = 8
_FOUND: dict[Path, tuple[tuple[tuple[int, int] | None, ...], tuple[Path, ...]]] = {}
"""Folder -> (stamps of its files and its own, its files)."""


def package_hash(folder: Path, known: MutableMapping[str, str] | None = None) -> str:
    """64 hex digits; equal for packages whose files hold the same bytes, wherever they lie.

    ``known`` maps ``path|size|mtime_ns`` to the digest of one file and is extended. Raises :class:`EngineError` when
    the package is incomplete or cannot be read.
    """
    try:
        files = _solve_files(folder)
    except BadPackageError as bad:
        raise bad.faults[0] from None
    known = {} if known is None else known
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + file_digest(path, known).encode() + b"\n")
    return whole.hexdigest()


def _solve_files(folder: Path) -> tuple[Path, ...]:
    """Found anew only where a file has changed: a preview asks for every picture."""
    stamps, files = _FOUND.pop(folder, ((), ()))
    if not files or stamps != _stamps([*files, folder]):  # the folder's own stamp tells of a file that is new
        is_other = is_diffusion(folder)
        files = read_diffusion_files(folder).all_files() if is_other else read_package_files(folder).all_files()
        stamps = _stamps([*files, folder])
    _FOUND[folder] = (stamps, files)
    while len(_FOUND) > _MOST_FOUND:
        del _FOUND[next(iter(_FOUND))]
    return files


def _stamps(files: Iterable[Path]) -> tuple[tuple[int, int] | None, ...]:
    """Size and time of change of each, None where it is gone."""
    stamps: list[tuple[int, int] | None] = []
    for path in files:
        try:
            state = path.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((state.st_size, state.st_mtime_ns))
    return tuple(stamps)


def read_known_digests(path: Path) -> dict[str, str]:
    """The digests kept in ``path``; empty when there is no such file or it is damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {key: digest for key, digest in content.items() if isinstance(digest, str) and len(digest) == _HEX_DIGITS}


def write_known_digests(path: Path, known: MutableMapping[str, str]) -> None:
    """Keep the newest digests in ``path``. A folder that cannot be written to only costs time, so nothing is raised."""
    newest = dict(list(known.items())[-_MOST_KNOWN:])
    with contextlib.suppress(OSError, A2FError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(newest, indent=0).encode())


def file_digest(path: Path, known: MutableMapping[str, str]) -> str:
    """SHA-256 of one file, in hex, kept in ``known``. Raises :class:`EngineError` ``package.file_unreadable``."""
    try:
        state = path.stat()
        key = f"{path.absolute()}|{state.st_size}|{state.st_mtime_ns}"
        if key not in known:
            with path.open("rb") as stream:
                known[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise EngineError(
            f"The model package file '{path}' cannot be read: {error.strerror or error}.",
            code="package.file_unreadable",
            hint=REPAIR,
        ) from error
    return known[key]
