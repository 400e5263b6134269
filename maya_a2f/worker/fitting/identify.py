"""Which control is the same pose as one of our shapes, judged by the motion alone.

Where a rig has a pose of ours, its sculptor decided how far that pose goes on that face: a full ``jawOpen`` of ours is
their full opening, even where ours is half as far. So a shape whose carried motion is clearly that of one control (or
of a left and a right one together) takes that control's own motion; the others keep the carried one, with the
amplitude of their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from maya_a2f.worker.fitting.surface import Doubles

_UNSURE, _SURE = 0.42, 0.62
"""Cosine between two motions below which they have nothing in common, and above which they are one pose."""
_AMPLITUDES = (0.25, 4.0)
"""A pose goes so much less or further than ours at most."""
_GAINS = (0.6, 1.7)


@dataclass(frozen=True)
class Match:
    """One shape of ours that the rig has too."""

    shape: int
    poses: tuple[int, ...]
    """Rows of the rig's fields: one, or the two halves of a pose."""
    trust: float
    """0…1"""
    cosine: float
    amplitude: float
    """How far theirs goes along ours, ours being 1."""


def matches(
    carried: Doubles, fields: Doubles, weight: Doubles, halves: Sequence[tuple[int, int]]
) -> tuple[Match, ...]:
    """``carried`` (S, m, 3) our shapes on their face, ``fields`` (w, m, 3) the rig's, ``weight`` (m,); ``halves``:
    fields that are each other's mirror image. One field belongs to one shape at most."""
    joined = [(index,) for index in range(len(fields))] + [tuple(pair) for pair in halves]
    both = np.concatenate([fields, *(fields[list(pair)].sum(axis=0)[None] for pair in halves)]) if halves else fields
    root = np.sqrt(weight)[None, :, None]
    ours = (carried * root).reshape(len(carried), -1)
    theirs = (both * root).reshape(len(both), -1)
    product = ours @ theirs.T
    square, other = (ours**2).sum(axis=1), (theirs**2).sum(axis=1)
    cosine = product / np.maximum(np.sqrt(square[:, None] * other[None]), 1e-12)
    amplitude = np.sqrt(other[None] / np.maximum(square[:, None], 1e-12))
    score = np.where((amplitude > _AMPLITUDES[0]) & (amplitude < _AMPLITUDES[1]), cosine, 0.0)
    score[score < _UNSURE] = 0.0
    rows, columns = linear_sum_assignment(-(score**2))
    found: list[Match] = []
    taken: set[int] = set()
    for row, column in sorted(zip(rows, columns, strict=True), key=lambda pair: -score[pair]):
        if score[row, column] <= 0.0 or taken & set(joined[column]):
            continue
        taken |= set(joined[column])
        share = (score[row, column] - _UNSURE) / (_SURE - _UNSURE)
        trust = float(np.clip(share, 0.0, 1.0))
        found.append(
            Match(
                int(row),
                joined[column],
                trust * trust * (3 - 2 * trust),
                float(cosine[row, column]),
                float(product[row, column] / max(square[row], 1e-12)),
            )
        )
    return tuple(found)


def calibrated(
    carried: Doubles, fields: Doubles, found: Sequence[Match], partners: Sequence[tuple[int, int]]
) -> Doubles:
    """(S, m, 3) the motion that our shapes mean on their face. ``partners``: our left and right shapes."""
    result = carried.copy()
    gains = {match.shape: float(np.clip(match.amplitude, *_GAINS)) for match in found if match.trust > 0.5}
    usual = float(np.median(list(gains.values()))) if gains else 1.0
    other = {a: b for a, b in partners} | {b: a for a, b in partners}
    by_shape = {match.shape: match for match in found}
    for shape in range(len(carried)):
        result[shape] *= gains.get(shape, gains.get(other.get(shape, -1), usual))
        match = by_shape.get(shape)
        if match is not None:
            result[shape] *= 1.0 - match.trust
            result[shape] += match.trust * fields[list(match.poses)].sum(axis=0)
    return result
