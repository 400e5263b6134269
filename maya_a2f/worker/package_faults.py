"""What is wrong with a model package: errors that name the file, the thing in it, and the next step.

Reading one file gathers everything that is wrong in it: a load reports the first fault, a check reports all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from maya_a2f.errors import EngineError

REPAIR = "Copy or download the model package again, or use another one ('a2f models list' shows what is installed)."


class PackageError(EngineError):
    """Something wrong in one file of a package."""

    def __init__(self, message: str, *, path: Path, code: str, hint: str = REPAIR) -> None:
        super().__init__(message, code=f"package.{code}", hint=hint)
        self.path = path
        """The file, or the package's folder."""


class BadPackageError(Exception):
    """One or more faults. Never leaves the worker: a load raises the first, a check lists them all."""

    def __init__(self, faults: Sequence[PackageError]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)
        """At least one."""


def package_fault(path: Path, what: str, *, code: str) -> PackageError:
    """``… '…/model_data.npz' …: what.`` with the stable code ``package.<code>``."""
    return PackageError(f"The model package file '{path}' cannot be used: {what}.", path=path, code=code)


def missing_file(path: Path, *, named_by: str) -> PackageError:
    """The fault for a file that ``named_by`` (a key and a file, in words) promises but that is not there."""
    return PackageError(
        f"The model package file '{path}', named by {named_by}, does not exist.",
        path=path,
        code="file_missing",
        hint="Put the file there or correct the path. " + REPAIR,
    )


def regular_file(path: Path, *, named_by: str) -> Path:
    """``path`` if it is an ordinary file; a folder, a device or nothing at all raises :class:`BadPackageError`."""
    try:
        if path.is_file():
            return path
        exists = path.exists()
    except (OSError, ValueError):  # a name too long for the system, or with a NUL in it
        exists = False
    if exists:
        raise BadPackageError([package_fault(path, "it is not an ordinary file", code="file_kind")])
    raise BadPackageError([missing_file(path, named_by=named_by)])
