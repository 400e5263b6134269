"""What is wrong with a manifest: all of it at once, every fault with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maya_a2f.errors import A2FError, UserError


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    place: str
    """``line 14``, ``line 14, column 'emotion'``; empty where it is about all of it."""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        start = f"{self.place}: " if self.place else ""
        return f"{start}{self.message} {self.hint}".rstrip()


def fault_of(place: str, error: A2FError) -> Fault:
    """The fault that an error tells of."""
    return Fault(place, error.message, error.hint)


class ManifestError(UserError):
    """Nothing was started: ``faults`` says why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        count = len(faults)
        super().__init__(
            f"{count} fault{'' if count == 1 else 's'} in the manifest; nothing was started.",
            code="batch.faults",
            hint="Correct them, then run the same command again.",
            details="\n".join(map(str, faults)),
        )
        self.faults = tuple(faults)
