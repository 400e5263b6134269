"""How much of an earlier result a run renews: a stretch, a region of the face, edited curves or none of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maya_a2f.core.face_regions import REGIONS, moves_any
from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.key_marks import Zone
from maya_a2f.core.rerun import DEFAULT_FADE_FRAMES, EVERYTHING, MergeRules
from maya_a2f.errors import UserError

LONGEST_FADE_FRAMES = 1000


@dataclass(frozen=True)
class RerunScope:
    """What a run may change. The default is everything that nobody edited."""

    frames: tuple[float, float] | None = None
    """First and last frame to renew; None is all of them."""
    regions: frozenset[str] = frozenset()
    """Regions of the face (:data:`~maya_a2f.core.face_regions.REGIONS`); empty is all of it."""
    take_over: frozenset[str] = frozenset()
    """Attributes whose edits are given up."""
    takes_all: bool = False
    """Give up all edits."""
    fade_frames: int = DEFAULT_FADE_FRAMES
    """Length of the blend where fresh keys meet keys that stay."""

    @property
    def is_part(self) -> bool:
        """Whether only a stretch or a region is renewed."""
        return self.frames is not None or bool(self.regions)

    def includes(self, channels: Iterable[str]) -> bool:
        """Whether an attribute that these channels drive is renewed."""
        return not self.regions or moves_any(channels, self.regions)

    def takes(self, attribute: str) -> bool:
        """Whether the edits of an attribute are given up."""
        return self.takes_all or attribute in self.take_over

    def span(self, rate: Fraction) -> Zone:
        """The frames to renew, in ticks."""
        if self.frames is None:
            return EVERYTHING
        first, last = (round(Fraction(frame) * TICKS_PER_SECOND / rate) for frame in self.frames)
        return first, last + 1

    def rules(self, attribute: str, rate: Fraction, *, clears_others: bool, is_again: bool) -> MergeRules:
        """What may happen to the curve of an attribute."""
        return MergeRules(rate, self.span(rate), self.fade_frames, self.takes(attribute), clears_others, is_again)


def check_frames(scope: RerunScope, first: float, last: float) -> None:
    """Refuse a stretch in which a run from frame ``first`` to ``last`` has no key. Raises ``rerun.range``."""
    if scope.frames is not None and (scope.frames[1] < first or scope.frames[0] > last):
        raise UserError(
            f"Nothing would be renewed: the frames {scope.frames[0]:g} to {scope.frames[1]:g} lie outside of the clip, "
            f"which has frames {first:g} to {last:g}.",
            code="rerun.range",
            hint="Give frames of the clip.",
        )


def scope_from(options: Mapping[str, Any]) -> RerunScope:
    """A scope from what a person gave: ``range`` (two frames, or ``"40:75"``), ``regions`` (or ``"mouth,brows"``),
    ``take_over`` (attributes, or ``"all"``), ``fade`` (frames); what is None or missing is the default.

    Raises :class:`UserError` ``rerun.range``, ``rerun.region`` or ``rerun.fade``.
    """
    take_over = _names(options.get("take_over"))
    takes_all = take_over == ["all"]
    fade = options.get("fade")
    return RerunScope(
        _frames(options.get("range")),
        _regions(options.get("regions")),
        frozenset() if takes_all else frozenset(take_over),
        takes_all,
        DEFAULT_FADE_FRAMES if fade is None else _fade(fade),
    )


def _names(given: Any) -> list[str]:
    if given is True:
        return ["all"]
    return [name.strip() for name in given.split(",")] if isinstance(given, str) else [*map(str, given or ())]


def _frames(given: Any) -> tuple[float, float] | None:
    if given is None or given == "":
        return None
    try:
        first, last = map(float, given.split(":") if isinstance(given, str) else given)
    except (TypeError, ValueError):
        first, last = math.nan, math.nan
    if not (math.isfinite(first) and math.isfinite(last) and first <= last):
        raise UserError(
            f"'{given}' is no range of frames.",
            code="rerun.range",
            hint="Give the first and the last frame, such as 40 and 75.",
        )
    return first, last


def _regions(given: Any) -> frozenset[str]:
    names = [name for name in _names(given) if name]
    for name in names:
        if name not in REGIONS:
            raise UserError(
                f"The face has no region '{name}'.", code="rerun.region", hint=f"Regions: {', '.join(REGIONS)}."
            )
    return frozenset(names)


def _fade(given: Any) -> int:
    try:
        frames = int(given)
    except (TypeError, ValueError, OverflowError):
        frames = -1
    if isinstance(given, bool) or frames != given or not 0 <= frames <= LONGEST_FADE_FRAMES:
        raise UserError(
            f"A blend of '{given}' frames does not do.",
            code="rerun.fade",
            hint=f"Give a whole number of frames from 0 to {LONGEST_FADE_FRAMES}.",
        )
    return frames
