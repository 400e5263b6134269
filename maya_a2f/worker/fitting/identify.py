"""Which control is the same pose as one of our shapes, judged by the motion alone.

Where a rig has a pose of ours, its sculptor decided how far that pose goes on that face: a full ``jawOpen`` of ours is
their full opening, even where ours is half as far. So a shape whose carried motion is clearly that of one control (of a
left and a right one together, or one half of a control that does both sides) takes that control's own motion; the
others keep the carried one, with the amplitude that is usual on that face. Joints have no such meaning: their ranges
are a rigger's limits, not poses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from maya_a2f.worker.fitting.surface import ACROSS, Doubles, Indices

Pairs = Sequence[tuple[int, int]]

_UNSURE, _SURE = 0.45, 0.62
"""Cosine between two motions below which they have nothing in common, and above which they are one pose."""
_AMPLITUDES = (0.25, 4.0)
"""A pose goes so much less or further than ours at most."""
_AMPLITUDE_SPREAD = 2.0
"""How little another amplitude counts against a pose: the deviation of its logarithm."""
_GAINS = (0.6, 1.7)
_WHOLE_GAIN = 0.1
"""Left and right together must be this much more alike than one of them alone."""
_KINSHIP = 3
"""Power of the cosine between two shapes of ours: how alike their sculptor's liberties are."""
_CHANCE = 2.0
"""Variance of those liberties that no kinship explains, against that which it does."""
_KNOWN = 0.9
"""Trust from which a pose shows its sculptor's hand."""
_RIVALRY = 0.05
"""A shape whose cosine is less by this much gets e times less of a field that two could be."""


@dataclass(frozen=True)
class Match:
    """A pose that the rig has too."""

    shapes: tuple[int, ...]
    """One of ours, or our left and right ones."""
    fields: tuple[int, ...]
    """One motion of the rig, or a left and a right one."""
    trust: float
    """0…1"""
    cosine: float
    amplitude: float
    """How far theirs goes along ours, ours being 1."""


def matches(carried: Doubles, fields: Doubles, weight: Doubles, partners: Pairs, twins: Pairs) -> tuple[Match, ...]:
    """``carried`` (S, m, 3) our shapes on their face, ``fields`` (w, m, 3) the rig's, ``weight`` (m,).

    ``partners`` are our left and right shapes, ``twins`` fields that are each other's mirror image. A field that two of
    our shapes could be is shared out between them.
    """
    root = np.sqrt(weight)[None, :, None]
    ours, theirs = (carried * root).reshape(len(carried), -1), (fields * root).reshape(len(fields), -1)
    alike = _Likeness.of(ours, theirs)
    rows, columns = linear_sum_assignment(-(alike.score**2))
    single = {
        int(row): int(column) for row, column in zip(rows, columns, strict=True) if alike.score[row, column] > 0.0
    }
    found: list[Match] = []
    found += _two_for_one(ours, theirs, alike, single, partners)
    found += _one_for_two(ours, theirs, alike, single, twins)
    for row, column in single.items():
        rivals = [row, *(other for other in _free(alike, single, found) if alike.score[other, column] > 0.0)]
        share = np.exp((alike.cosine[rivals, column] - alike.cosine[row, column]) / _RIVALRY)
        for rival, part in zip(rivals, share / share.sum(), strict=True):
            cosine, gain = float(alike.cosine[rival, column]), float(alike.gain[rival, column])
            found.append(Match((rival,), (column,), float(part) * _trust(cosine), cosine, gain))
    return tuple(sorted(found, key=lambda match: -match.trust))


@dataclass(frozen=True, eq=False)
class _Likeness:
    """(S, w) how alike motions are."""

    cosine: Doubles
    gain: Doubles
    """How far theirs goes along ours."""
    score: Doubles
    """The cosine, 0 where the two have nothing in common."""

    @classmethod
    def of(cls, ours: Doubles, theirs: Doubles) -> _Likeness:
        product = ours @ theirs.T
        square, other = (ours**2).sum(axis=1), (theirs**2).sum(axis=1)
        cosine = product / np.maximum(np.sqrt(square[:, None] * other[None]), 1e-12)
        amplitude = np.sqrt(other[None] / np.maximum(square[:, None], 1e-12))
        fits = (cosine >= _UNSURE) & (amplitude > _AMPLITUDES[0]) & (amplitude < _AMPLITUDES[1])
        away = np.exp(-0.5 * (np.log(np.maximum(amplitude, 1e-6)) / _AMPLITUDE_SPREAD) ** 2)
        return cls(cosine, product / np.maximum(square[:, None], 1e-12), np.where(fits, cosine * away, 0.0))


def _free(alike: _Likeness, single: dict[int, int], found: list[Match]) -> list[int]:
    taken = set(single) | {shape for match in found for shape in match.shapes}
    return [shape for shape in range(len(alike.score)) if shape not in taken]


def _two_for_one(
    ours: Doubles, theirs: Doubles, alike: _Likeness, single: dict[int, int], partners: Pairs
) -> list[Match]:
    """Fields that do on both sides what ours do on one; takes their halves out of ``single``."""
    if not partners:
        return []
    both = _Likeness.of(np.stack([ours[a] + ours[b] for a, b in partners]), theirs)
    found: list[Match] = []
    for pair in np.argsort(-both.score.max(axis=1)):
        a, b = partners[pair]
        column = int(np.argmax(both.score[pair]))
        half = max(alike.cosine[a, column], alike.cosine[b, column])
        owners = [shape for shape, field in single.items() if field == column and shape not in (a, b)]
        better = [s for s in owners if alike.cosine[s, column] > both.cosine[pair, column] - _WHOLE_GAIN]
        taken = any(column in match.fields for match in found)
        elsewhere = any(single.get(shape, column) != column for shape in (a, b))
        if both.score[pair, column] <= 0.0 or both.cosine[pair, column] < half + _WHOLE_GAIN:
            continue
        if taken or elsewhere or better:
            continue
        for shape in (a, b, *owners):
            single.pop(shape, None)
        cosine = float(both.cosine[pair, column])
        found.append(Match((a, b), (column,), _trust(cosine), cosine, float(both.gain[pair, column])))
    return found


def _one_for_two(ours: Doubles, theirs: Doubles, alike: _Likeness, single: dict[int, int], twins: Pairs) -> list[Match]:
    """Shapes of ours that theirs do with a left and a right half; takes them out of ``single``."""
    if not twins:
        return []
    both = _Likeness.of(ours, np.stack([theirs[a] + theirs[b] for a, b in twins]))
    found: list[Match] = []
    for shape in np.argsort(-both.score.max(axis=1)):
        pair = int(np.argmax(both.score[shape]))
        a, b = twins[pair]
        half = max(alike.cosine[shape, a], alike.cosine[shape, b])
        others = {s for s, field in single.items() if field in (a, b) and s != shape}
        taken = any({a, b} & set(match.fields) or int(shape) in match.shapes for match in found)
        elsewhere = int(shape) in single and single[int(shape)] not in (a, b)
        if both.score[shape, pair] <= 0.0 or both.cosine[shape, pair] < half + _WHOLE_GAIN:
            continue
        if taken or others or elsewhere:
            continue
        single.pop(int(shape), None)
        cosine = float(both.cosine[shape, pair])
        found.append(Match((int(shape),), (a, b), _trust(cosine), cosine, float(both.gain[shape, pair])))
    return found


def _trust(cosine: float) -> float:
    share = float(np.clip((cosine - _UNSURE) / (_SURE - _UNSURE), 0.0, 1.0))
    return share * share * (3 - 2 * share)


def calibrated(
    carried: Doubles, fields: Doubles, found: Sequence[Match], partners: Pairs, leftness: Doubles, weight: Doubles
) -> Doubles:
    """(S, m, 3) the motion that our shapes mean on their face. ``leftness`` (m,): 1 on the character's left, 0 on its
    right, between in the middle. ``weight`` (m,): how much a vertex says of which shapes are alike."""
    gains = {shape: float(np.clip(m.amplitude, *_GAINS)) for m in found if m.trust > 0.5 for shape in m.shapes}
    usual = float(np.median(list(gains.values()))) if gains else 1.0
    other = dict(partners) | {b: a for a, b in partners}
    result = carried.copy()
    for shape in range(len(carried)):
        result[shape] *= gains.get(shape, gains.get(other.get(shape, -1), usual))
    own = result.copy()
    trust = _trusts(found, len(carried))
    for match in found:
        theirs = fields[list(match.fields)].sum(axis=0)
        halves = (leftness, 1.0 - leftness) if len(match.shapes) == 2 else (np.ones(len(leftness)),)
        for shape, half in zip(match.shapes, halves, strict=True):
            result[shape] += match.trust * (half[:, None] * theirs - own[shape])
    return result + _manner(own, result, trust, weight)


def _manner(own: Doubles, meant: Doubles, trust: Doubles, weight: Doubles) -> Doubles:
    """(S, m, 3) what the shapes that the rig lacks would have of their sculptor's liberties: those that the poses alike
    have, predicted from them by their likeness on our face (kriging)."""
    root = np.sqrt(weight)[None, :, None]
    flat = (own * root).reshape(len(own), -1)
    size = np.linalg.norm(flat, axis=1)
    known = np.flatnonzero((trust > _KNOWN) & (size > 1e-9))
    result = np.zeros_like(own)
    if len(known) == 0:
        return result
    cosine = flat @ flat[known].T / np.maximum(size[:, None] * size[known][None], 1e-12)
    kin = np.sign(cosine) * np.abs(cosine) ** _KINSHIP
    share = np.linalg.solve(kin[known] + _CHANCE * np.eye(len(known)), kin.T).T
    liberties = (meant[known] - own[known]) / size[known][:, None, None]
    for shape in np.flatnonzero(trust <= _KNOWN):
        result[shape] = (1.0 - trust[shape]) * size[shape] * np.tensordot(share[shape], liberties, axes=1)
    return result


def _trusts(found: Sequence[Match], count: int) -> Doubles:
    """(S,) how sure it is that the rig has each of our shapes."""
    trust = np.zeros(count)
    for match in found:
        for shape in match.shapes:
            trust[shape] += match.trust
    return np.minimum(trust, 1.0)


def completed(meant: Doubles, found: Sequence[Match], partners: Pairs, images: Indices) -> Doubles:
    """``meant`` (S, m, 3), a shape whose pose the rig lacks replaced by the mirror image of its partner's, where the
    rig has that. ``images`` (m,): of each vertex the one at its mirror image, −1 where there is none."""
    trust, single = _trusts(found, len(meant)), np.zeros(len(meant))
    for match in found:
        if len(match.shapes) == len(match.fields) == 1:
            single[match.shapes[0]] = max(single[match.shapes[0]], match.trust)
    result = meant.copy()
    known = images >= 0
    for pair in partners:
        for shape, other in (pair, pair[::-1]):
            share = float(single[other] * (1.0 - trust[shape]))
            mirrored = meant[other, images[known]] * ACROSS
            result[shape, known] += share * (mirrored - meant[shape, known])
    return result
