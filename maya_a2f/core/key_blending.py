"""New keys of a stretch, blended into a curve that goes on beside it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

from maya_a2f.core.anim_curve import AnimCurve, CurveEvaluator, CurveKey, CurveTangent
from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.key_marks import BLOCK_TICKS, Key, Zone

_NEIGHBOURS = 3
"""Keys beyond a stretch that decide the tangents at its ends."""
TANGENT_NAMES: dict[int, CurveTangent] = {
    1: "fixed", 2: "linear", 3: "flat", 4: "spline", 5: "step", 8: "clamped", 9: "plateau", 10: "stepnext", 11: "auto",
}  # fmt: skip
"""By the numbers of ``MFnAnimCurve``; others are taken for auto."""


class FoundKey(Key, Protocol):
    """A key as found, with the directions of its fixed tangents."""

    @property
    def into_xy(self) -> tuple[float, float] | None:
        """Seconds and internal unit; None where Maya computes the tangent."""

    @property
    def out_xy(self) -> tuple[float, float] | None:
        """Likewise."""


class WrittenKey(NamedTuple):
    """A key to be written, or that was."""

    ticks: int
    value: float
    into: int
    out: int
    into_xy: tuple[float, float] | None = None
    out_xy: tuple[float, float] | None = None


@dataclass(frozen=True)
class Fresh:
    """The keys of a new run."""

    ticks: Sequence[int]
    values: Sequence[float]
    tangents: tuple[int, int]
    """In and out, of every key."""

    @property
    def zone(self) -> Zone:
        """From the first key to the last."""
        return self.ticks[0], self.ticks[-1] + 1

    def keys(self, first: int, last: int) -> list[WrittenKey]:
        """Those from one index to before another."""
        into, out = self.tangents
        pairs = zip(self.ticks[first:last], self.values[first:last], strict=True)
        return [WrittenKey(ticks, value, into, out) for ticks, value in pairs]

    def keys_in(self, zone: Zone) -> list[WrittenKey]:
        """Those of a stretch."""
        return self.keys(bisect_left(self.ticks, zone[0]), bisect_left(self.ticks, zone[1]))


@dataclass(frozen=True)
class Border:
    """Which ends of a stretch meet a curve that goes on, and how long the blend is there."""

    left: bool
    right: bool
    fade_frames: int


def blended_keys(
    zone: Zone, fresh: Fresh, old: Sequence[FoundKey], kind: ChannelKind, rate: Fraction, border: Border
) -> list[WrittenKey]:
    """The fresh keys of a stretch; near a border one on every frame, from the curve of the ``old`` keys to their own.

    A border's own frame has the value that was there, so that what stays beside it keeps its shape.
    """
    plain = fresh.keys_in(zone)
    frames = _frames_in(zone, fresh, rate) if border.left or border.right else []
    pairs = zip(frames, _shares(len(frames), border), strict=True)
    shares = {tick: share for tick, share in pairs if share is not None}
    if not shares:
        return plain
    times = list(shares)
    old_times = [key.ticks for key in old]
    was = _values_at(old_times, lambda first, last: old[first:last], times, kind)
    becomes = _values_at(fresh.ticks, fresh.keys, times, kind)
    into, out = fresh.tangents
    keys = []
    for tick, before, after in zip(times, was, becomes, strict=True):
        at = bisect_left(fresh.ticks, tick)
        exact = fresh.values[at] if at < len(fresh.ticks) and fresh.ticks[at] == tick else after
        share = shares[tick]
        keys.append(WrittenKey(tick, exact if share >= 1.0 else before + share * (exact - before), into, out))
    distance = 0.75 * float(TICKS_PER_SECOND / rate)
    return sorted([*keys, *(key for key in plain if not _is_near(key.ticks, times, distance))])


def _is_near(ticks: int, times: Sequence[int], distance: float) -> bool:
    at = bisect_left(times, ticks)
    return any(abs(times[near] - ticks) < distance for near in (at - 1, at) if 0 <= near < len(times))


def _shares(count: int, border: Border) -> list[float | None]:
    """How much of the fresh curve each frame of a stretch has; None where it is all, and no border is near."""
    shares: list[float | None] = []
    fade = border.fade_frames
    for at in range(count):
        nearest = min([*([at] if border.left else []), *([count - 1 - at] if border.right else [])])
        if nearest > fade:
            shares.append(None)
        else:
            part = 1.0 if fade == 0 else nearest / fade
            shares.append(part * part * (3.0 - 2.0 * part))
    return shares


def _frames_in(zone: Zone, fresh: Fresh, rate: Fraction) -> list[int]:
    """Ticks of the frames of a stretch, counted from the first fresh key; on a fresh key where one is there."""
    length = TICKS_PER_SECOND / rate
    origin, reach = fresh.ticks[0], float(length) / 4
    frame = -int((origin - zone[0]) // length)  # the first that is not before the stretch
    ticks = []
    while (tick := origin + round(frame * length)) < zone[1]:
        at = bisect_left(fresh.ticks, tick)
        near = [fresh.ticks[i] for i in (at - 1, at) if 0 <= i < len(fresh.ticks)]
        close = [other for other in near if abs(other - tick) < reach and zone[0] <= other < zone[1]]
        tick = close[0] if close else tick
        if tick >= zone[0]:
            ticks.append(tick)
        frame += 1
    return ticks


def _values_at(
    times: Sequence[int], keys: Callable[[int, int], Sequence[FoundKey]], ticks: Sequence[int], kind: ChannelKind
) -> list[float]:
    """Values of a curve at ascending ticks, by the evaluator of the core; keys far from them are left out.

    ``times`` are those of its keys, ``keys`` gives those from one index to before another.
    """
    if not times:
        return [0.0] * len(ticks)
    values: list[float] = []
    at = 0
    while at < len(ticks):  # neighbouring ticks share an evaluator, far ones do not drag the keys between them along
        end = at + 1
        while end < len(ticks) and ticks[end] - ticks[end - 1] <= BLOCK_TICKS:
            end += 1
        first = max(0, bisect_right(times, ticks[at]) - _NEIGHBOURS)
        last = bisect_left(times, ticks[end - 1]) + _NEIGHBOURS
        values += _evaluator(keys(first, last), kind).values(ticks[at:end])
        at = end
    return values


def _evaluator(keys: Sequence[FoundKey], kind: ChannelKind) -> CurveEvaluator:
    """Of internal values: nothing but the flatness of clamped tangents depends on the kind, and it is given in them."""
    plain = tuple(
        CurveKey(
            key.ticks,
            key.value,
            TANGENT_NAMES.get(key.into, "auto"),
            TANGENT_NAMES.get(key.out, "auto"),
            key.into_xy,
            key.out_xy,
        )
        for key in keys
    )
    return CurveEvaluator(AnimCurve(plain, Fraction(TICKS_PER_SECOND), "weight" if kind == "rotate" else kind))
