"""What is wrong with a manifest: all of it at once, every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maya_a2f.errors import A2FError, UserError

_COLUMN = ", column "
_NAMED = 3
"""Places of the same fault that are named."""


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


def merged(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """What is wrong in many places in the same words, once: with the first places and how many more there are."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for fault in faults:
        where, separator, column = fault.place.rpartition(_COLUMN)
        if not separator:
            where, column = column, ""
        places.setdefault((separator + column, fault.message, fault.hint), []).append(where)
    return tuple(Fault(_listed(found) + column, message, hint) for (column, message, hint), found in places.items())


def _listed(places: Sequence[str]) -> str:
    more = len(places) - _NAMED
    return ", ".join(places) if more <= 1 else f"{', '.join(places[:_NAMED])} and {more} more"


class ManifestError(UserError):
    """Nothing was started: ``faults`` says why, the same thing only once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        faults = merged(faults)
        count = len(faults)
        super().__init__(
            f"{count} fault{'' if count == 1 else 's'} in the manifest; nothing was started.",
            code="batch.faults",
            hint="Correct them, then run the same command again.",
            details="\n".join(map(str, faults)),
        )
        self.faults = faults
