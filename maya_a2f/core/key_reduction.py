"""From samples to keys: one per frame, or few that keep the curve within a tolerance.

The bound holds for the curve as Maya evaluates it (:mod:`maya_a2f.core.anim_curve`): reduction starts from the keys
that must stay (first, last, turning points, closures given by the caller), adds a key where the curve strays furthest
until none strays further than the tolerance, then takes out every key that turned out not to be needed.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from maya_a2f.core.anim_curve import automatic_slope
from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.rig import AttributeTrack, KeyedCurve

ReducedTangent = Literal["auto", "linear"]

DEFAULT_TOLERANCE = 0.01
"""Of a weight: a hundredth of a shape is not seen."""
_TOLERANCE_SCALE: Mapping[ChannelKind, float] = {"weight": 1.0, "rotate": 10.0, "translate": 1.0}
_ROUNDING = 1.0 - 1e-9
_CLOSURE_DEPTH = 0.05


def tolerance_for(kind: ChannelKind, weight_tolerance: float) -> float:
    """The tolerance in an attribute's own unit: 0.01 of a weight counts like 0.1 degrees and 0.01 centimetres."""
    return weight_tolerance * _TOLERANCE_SCALE[kind]


def sample_frames(count: int, start_frame: float, frames_per_sample: Fraction) -> tuple[float, ...]:
    """Timeline frames of the samples of a take; ``frames_per_sample`` is the scene's rate over the take's."""
    if frames_per_sample == 1:
        return tuple(start_frame + index for index in range(count))
    start = Fraction(start_frame)
    return tuple(float(start + index * frames_per_sample) for index in range(count))


def every_key(track: AttributeTrack, frames: Sequence[float]) -> KeyedCurve:
    """One key per sample with linear tangents: the samples exactly, and straight lines between them."""
    if len(frames) != len(track.samples):
        raise ValueError(f"{len(frames)} frames for {len(track.samples)} samples of {track.attribute!r}")
    return KeyedCurve(track.attribute, track.kind, frames, track.samples, "linear")


def reduced_keys(
    track: AttributeTrack,
    frames: Sequence[float],
    tolerance: float,
    *,
    protected: Iterable[int] = (),
    tangent: ReducedTangent = "auto",
) -> KeyedCurve:
    """Few keys whose curve differs from no sample by more than ``tolerance`` (in the attribute's unit).

    Every key lies exactly on a sample. The first and last sample, turning points deeper than the tolerance and the
    samples in ``protected`` (indices; closures of the lips) keep their keys. A channel that moves by no more than the
    tolerance gets its first and last only.
    """
    values = track.samples
    if len(frames) != len(values):
        raise ValueError(f"{len(frames)} frames for {len(values)} samples of {track.attribute!r}")
    if len(values) <= 2 or tolerance <= 0.0:
        keys: Sequence[int] = range(len(values))
    elif max(values) - min(values) <= tolerance * _ROUNDING:
        keys = (0, len(values) - 1)  # a line between two of the values strays no further than their range
    else:
        reduction = _Reduction(frames, values, tolerance * _ROUNDING, tangent)
        keys = reduction.run({index for index in protected if 0 <= index < len(values)})
    return KeyedCurve(
        track.attribute,
        track.kind,
        tuple(frames[index] for index in keys),
        tuple(values[index] for index in keys),
        tangent,
    )


def turning_points(values: Sequence[float], depth: float) -> list[int]:
    """Indices where the curve turns by more than ``depth``: its start, its peaks, and both ends of level ones."""
    turns: list[int] = []
    highest = lowest = 0
    direction = 0
    for index, value in enumerate(values):
        if direction >= 0 and value > values[highest]:
            highest = index
        if direction <= 0 and value < values[lowest]:
            lowest = index
        if direction >= 0 and values[highest] - value > depth:
            turns.append(highest)
            direction, lowest = -1, index
        elif direction <= 0 and value - values[lowest] > depth:
            turns.append(lowest)
            direction, highest = 1, index
    ends = set(turns)
    for turn in turns:
        end = turn
        while end + 1 < len(values) and values[end + 1] == values[turn]:
            end += 1
        ends.add(end)
    return sorted(ends)


def closure_samples(tracks: Mapping[str, Sequence[float]]) -> tuple[int, ...]:
    """Samples at which the lips meet: where the opening of the mouth has a local minimum close to nothing.

    The opening is ``jawOpen`` less ``mouthClose`` (Apple's meaning: mouthClose closes the lips over an open jaw). Used
    to give all mouth channels a key on the closures of p, b and m.
    """
    opened, closed = tracks.get("jawOpen"), tracks.get("mouthClose")
    if opened is None:
        return ()
    gap = [value - (closed[index] if closed is not None else 0.0) for index, value in enumerate(opened)]
    return tuple(
        index
        for index in turning_points(gap, 0.5 * _CLOSURE_DEPTH)
        if gap[index] < _CLOSURE_DEPTH and gap[index] <= min(gap[max(0, index - 1) : index + 2])
    )


class _Reduction:
    """One curve's reduction; keys are indices into the samples."""

    def __init__(
        self, frames: Sequence[float], values: Sequence[float], tolerance: float, tangent: ReducedTangent
    ) -> None:
        self._frames = frames
        self._values = values
        self._tolerance = tolerance
        self._automatic = tangent == "auto"

    def run(self, protected: set[int]) -> list[int]:
        last = len(self._values) - 1
        fixed = {0, last, *protected, *turning_points(self._values, self._tolerance)}
        keys = sorted(fixed)
        self._refine(keys)
        self._thin(keys, fixed)
        return keys

    def _refine(self, keys: list[int]) -> None:
        """Add keys until every span is within the tolerance."""
        sound: set[tuple[int, int, float, float]] = set()
        while True:
            slopes = [self._slope(keys, position) for position in range(len(keys))]
            added = []
            for left, right, start, end in zip(keys, keys[1:], slopes, slopes[1:], strict=False):
                span = (left, right, start, end)
                if span in sound:
                    continue
                worst = self._worst(*span)
                if worst is None:
                    sound.add(span)
                else:
                    added.append(worst)
            if not added:
                return
            for index in added:
                insort(keys, index)

    def _thin(self, keys: list[int], fixed: set[int]) -> None:
        """Take out keys that are not needed, as long as one goes."""
        thinner = True
        while thinner:
            thinner = False
            for index in [key for key in keys if key not in fixed]:
                position = bisect_left(keys, index)
                del keys[position]
                if self._is_sound_around(keys, position):
                    thinner = True
                else:
                    keys.insert(position, index)

    def _is_sound_around(self, keys: list[int], position: int) -> bool:
        """Whether the spans touched by taking out a key before ``keys[position]`` are within the tolerance."""
        first, last = max(0, position - 2), min(len(keys) - 1, position + 1)
        return all(
            self._worst(keys[left], keys[right], self._slope(keys, left), self._slope(keys, right)) is None
            for left, right in itertools.pairwise(range(first, last + 1))
        )

    def _slope(self, keys: Sequence[int], position: int) -> float:
        """Slope per frame of the automatic tangent at a key; of no meaning for linear ones."""
        if not self._automatic or position == 0 or position == len(keys) - 1:
            return 0.0
        frames, values = self._frames, self._values
        previous, key, following = keys[position - 1], keys[position], keys[position + 1]
        return automatic_slope(
            (values[key] - values[previous]) / (frames[key] - frames[previous]),
            (values[following] - values[key]) / (frames[following] - frames[key]),
            (values[following] - values[previous]) / (frames[following] - frames[previous]),
        )

    def _worst(self, left: int, right: int, start_slope: float, end_slope: float) -> int | None:
        """The sample inside a span that lies furthest off the curve; None where all are within the tolerance."""
        frames, values = self._frames, self._values
        begin, base = frames[left], values[left]
        width, rise = frames[right] - begin, values[right] - base
        if self._automatic:
            start, end = start_slope * width, end_slope * width
        else:
            start = end = rise
        cubic = start + end - rise - rise
        square = rise - start - cubic
        scale = 1.0 / width
        worst, largest = None, self._tolerance
        for index in range(left + 1, right):
            share = (frames[index] - begin) * scale
            error = abs(base + share * (start + share * (square + share * cubic)) - values[index])
            if error > largest:
                worst, largest = index, error
        return worst
