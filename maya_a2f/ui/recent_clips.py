"""The recordings used last, for a menu; no Qt and no look at the disk, which may be slow or gone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

MOST_RECENT = 10


@dataclass(frozen=True)
class RecentClips:
    """Paths, the last one first."""

    paths: tuple[str, ...] = ()

    def with_path(self, path: str) -> RecentClips:
        """With ``path`` in front, once."""
        return RecentClips((path, *(other for other in self.paths if other != path))[:MOST_RECENT])

    def labels(self) -> list[str]:
        """A name for each: the file's, with as many of its folders as tell it from its namesakes."""
        return [_shortest_name(path, [other for other in self.paths if other != path]) for path in self.paths]

    def to_list(self) -> list[str]:
        """JSON-ready."""
        return list(self.paths)

    @classmethod
    def from_list(cls, value: object) -> RecentClips:
        """The inverse of :meth:`to_list`; what is no path is left out."""
        if not isinstance(value, list):
            return cls()
        paths = (entry for entry in value if isinstance(entry, str) and entry.strip())
        return cls(tuple(dict.fromkeys(paths))[:MOST_RECENT])


def _shortest_name(path: str, others: list[str]) -> str:
    parts = PurePath(path).parts
    for count in range(1, len(parts)):
        if all(PurePath(other).parts[-count:] != parts[-count:] for other in others):
            return str(PurePath(*parts[-count:]))
    return path
