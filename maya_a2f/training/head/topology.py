"""Quads of the half face (x >= 0): a grid with ring blocks set into it for mouth, eye, nostril and ear, and its mirror.

The grid runs in columns from the front midline (0) over the side to the back midline (COLUMNS) and in rows from the
neck's edge (0) to the crown (ROWS). A block is a rectangle of cells taken out of the grid and replaced by concentric
rings, which leaves one five-edged pole at each of its corners: the usual face layout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

COLUMNS, ROWS = 30, 43
MOUTH_COLUMNS, MOUTH_ROWS = (0, 8), (13, 21)
EYE_COLUMNS, EYE_ROWS = (5, 13), (29, 35)
NOSTRIL_COLUMNS, NOSTRIL_ROWS = (2, 4), (22, 24)
EAR_COLUMNS, EAR_ROWS = (18, 22), (24, 34)
MOUTH_RINGS, EYE_RINGS, NOSTRIL_RINGS, EAR_RINGS = 15, 10, 3, 9
CROWN_COLUMNS = 9
"""Cells of the crown patch from the midline to the side."""


@dataclass(frozen=True)
class HalfFace:
    """Vertex ids of the half face by place in the layout; -1 where a grid vertex was taken out."""

    count: int
    quads: Ids
    """(F, 4), counter-clockwise seen from outside."""
    grid: Ids
    """(COLUMNS + 1, ROWS + 1)."""
    crown: Ids
    """(CROWN_COLUMNS + 1, 13): the crown patch, [across, front to back]; includes its rim."""
    mouth: Ids
    """(MOUTH_RINGS, 25): ring, place from the upper midline over the corner (12) to the lower midline (24)."""
    throat: Ids
    """The cap that ends the mouth bag, (9, 9), rim included."""
    eye: Ids
    """(EYE_RINGS, 28): clockwise seen from the front, from the upper inner corner of the block."""
    nostril: Ids
    """(NOSTRIL_RINGS, 8) as the eye, and its centre in ``nostril_centre``."""
    nostril_centre: int
    ear: Ids
    """(EAR_RINGS, 28) as the eye, seen from the left side."""
    concha: Ids
    """The cap that ends the ear's rings, (5, 11), rim included."""
    midline: Ids
    """Ids of vertices at x = 0."""


class _Layout:
    def __init__(self) -> None:
        self.count = 0
        self.quads: list[tuple[int, int, int, int]] = []

    def vertex(self) -> int:
        self.count += 1
        return self.count - 1

    def ring(self, size: int) -> list[int]:
        return [self.vertex() for _ in range(size)]

    def rings(self, outer: list[int], count: int, closed: bool) -> Ids:
        rows = [outer]
        for _ in range(count - 1):
            inner = self.ring(len(outer))
            before = rows[-1]
            for k in range(len(outer) if closed else len(outer) - 1):
                n = (k + 1) % len(outer)
                self.quads.append((before[k], inner[k], inner[n], before[n]))
            rows.append(inner)
        return np.array(rows)

    def patch(self, grid: Ids, flipped: bool) -> None:
        for a in range(grid.shape[0] - 1):
            for b in range(grid.shape[1] - 1):
                q = (int(grid[a, b]), int(grid[a + 1, b]), int(grid[a + 1, b + 1]), int(grid[a, b + 1]))
                self.quads.append(q[::-1] if flipped else q)


def _block_path(grid: Ids, columns: tuple[int, int], rows: tuple[int, int], closed: bool) -> list[int]:
    """Rim of a block, clockwise from its upper left: for the mouth open at the midline, else closed."""
    (c0, c1), (r0, r1) = columns, rows
    path = [int(grid[c, r1]) for c in range(c0, c1)]
    path += [int(grid[c1, r]) for r in range(r1, r0, -1)]
    path += [int(grid[c, r0]) for c in range(c1, c0, -1)]
    if closed:
        return path + [int(grid[c0, r]) for r in range(r0, r1)]
    return [*path, int(grid[c0, r0])]


def _inside(c: int, r: int, strict: bool) -> bool:
    """Whether a cell (strict False) or vertex (strict True) lies in some block."""
    for (c0, c1), (r0, r1) in (
        (MOUTH_COLUMNS, MOUTH_ROWS),
        (EYE_COLUMNS, EYE_ROWS),
        (NOSTRIL_COLUMNS, NOSTRIL_ROWS),
        (EAR_COLUMNS, EAR_ROWS),
    ):
        if strict:
            if (c0 < c or c == 0 == c0) and c < c1 and r0 < r < r1:
                return True
        elif c0 <= c < c1 and r0 <= r < r1:
            return True
    return False


def _capped(rim: list[int], across: int, along: int) -> Ids:
    """Grid (across + 1, along + 1) whose sides and far end are the rim; -1 where a vertex is still to be placed."""
    cap = np.full((across + 1, along + 1), -1, dtype=np.int64)
    for a in range(across + 1):
        cap[a, 0] = rim[a]
        cap[a, along] = rim[2 * across + along - a]
    for b in range(along + 1):
        cap[across, b] = rim[across + b]
    return cap


def _filled(layout: _Layout, cap: Ids, first: int) -> Ids:
    """``cap`` with new vertices inside, from row ``first`` on."""
    across, along = cap.shape[0] - 1, cap.shape[1] - 1
    for a in range(first, across):
        for b in range(1, along):
            cap[a, b] = layout.vertex()
    return cap


def _open_cap(layout: _Layout, rim: list[int], across: int, along: int) -> Ids:
    """Grid (across + 1, along + 1) closing a half rim of 2 * across + along edges whose ends lie on the midline."""
    return _filled(layout, _capped(rim, across, along), 0)


def _closed_cap(layout: _Layout, rim: list[int], across: int, along: int) -> Ids:
    """Grid (across + 1, along + 1) closing a closed rim listed clockwise from its upper left."""
    cap = _capped(rim, across, along)
    for b in range(along + 1):
        cap[0, b] = rim[-b] if b else rim[0]
    return _filled(layout, cap, 1)


def half_face() -> HalfFace:
    """The layout; vertex ids depend on the constants of this module alone."""
    layout = _Layout()
    grid = np.full((COLUMNS + 1, ROWS + 1), -1, dtype=np.int64)
    for c in range(COLUMNS + 1):
        for r in range(ROWS + 1):
            if not _inside(c, r, True):
                grid[c, r] = layout.vertex()
    for c in range(COLUMNS):
        for r in range(ROWS):
            if not _inside(c, r, False):
                layout.quads.append((grid[c, r], grid[c + 1, r], grid[c + 1, r + 1], grid[c, r + 1]))
    crown = _open_cap(layout, [int(v) for v in grid[:, ROWS]], CROWN_COLUMNS, COLUMNS - 2 * CROWN_COLUMNS)
    layout.patch(crown, False)
    mouth = layout.rings(_block_path(grid, MOUTH_COLUMNS, MOUTH_ROWS, False), MOUTH_RINGS, False)
    throat = _open_cap(layout, [int(v) for v in mouth[-1]], 8, 8)
    layout.patch(throat, True)
    eye = layout.rings(_block_path(grid, EYE_COLUMNS, EYE_ROWS, True), EYE_RINGS, True)
    nostril = layout.rings(_block_path(grid, NOSTRIL_COLUMNS, NOSTRIL_ROWS, True), NOSTRIL_RINGS, True)
    pit = _closed_cap(layout, [int(v) for v in nostril[-1]], 2, 2)
    layout.patch(pit, True)
    ear = layout.rings(_block_path(grid, EAR_COLUMNS, EAR_ROWS, True), EAR_RINGS, True)
    concha = _closed_cap(layout, [int(v) for v in ear[-1]], 4, 10)
    layout.patch(concha, True)
    middle = np.concatenate([grid[0], grid[-1], crown[0], mouth[:, 0], mouth[:, -1], throat[0]])
    return HalfFace(
        count=layout.count,
        quads=np.array(layout.quads, dtype=np.int64),
        grid=grid,
        crown=crown,
        mouth=mouth,
        throat=throat,
        eye=eye,
        nostril=nostril,
        nostril_centre=int(pit[1, 1]),
        ear=ear,
        concha=concha,
        midline=np.unique(middle[middle >= 0]),
    )


@dataclass(frozen=True)
class Mirror:
    """How the half becomes the whole: vertices 0..count-1 are the left half, the twins follow."""

    twin: Ids
    """(V,) id of each vertex's mirror image; midline vertices are their own."""
    left_of: Ids
    """(V,) id in the half face from which each vertex comes."""
    quads: Ids
    """(2F, 4)."""


def mirrored(half: HalfFace) -> Mirror:
    """Topology of the whole face."""
    is_middle = np.zeros(half.count, dtype=bool)
    is_middle[half.midline] = True
    right = np.arange(half.count)
    right[~is_middle] = half.count + np.arange(int((~is_middle).sum()))
    total = half.count + int((~is_middle).sum())
    twin = np.empty(total, dtype=np.int64)
    twin[: half.count] = right
    twin[right] = np.arange(half.count)
    left_of = np.arange(total)
    left_of[half.count :] = np.arange(half.count)[~is_middle]
    return Mirror(twin, left_of, np.concatenate([half.quads, right[half.quads][:, ::-1]]))
