"""Keys of the fake's animation curves, in internal units: ticks, radians, centimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from maya_a2f.core.anim_curve import AnimCurve, CurveKey, evaluate
from maya_a2f.core.frame_rate import TICKS_PER_SECOND

TANGENT_NAMES = {
    1: "fixed", 2: "linear", 3: "flat", 4: "spline", 5: "step", 8: "clamped", 9: "plateau", 10: "stepnext", 11: "auto",
    27: "automix", 28: "autoease", 29: "autocustom",
}  # fmt: skip
TANGENT_NUMBERS = {name: number for number, name in TANGENT_NAMES.items()}
_INFINITIES = {0: "constant", 1: "linear", 3: "cycle", 4: "cycle_relative", 5: "oscillate"}


class Key(NamedTuple):
    """One key."""

    at: float
    """Ticks (a whole number), or the driver's value on a driven-key curve."""
    value: float
    into: int = 11
    out: int = 11
    into_xy: tuple[float, float] = (1.0, 0.0)
    out_xy: tuple[float, float] = (1.0, 0.0)
    locked: bool = True
    weight_locked: bool = True
    breakdown: bool = False


@dataclass(frozen=True)
class CurveData:
    """What a curve node holds. Frozen: a snapshot is the object itself."""

    kind: str
    """TA, TL, TU, UA …"""
    keys: tuple[Key, ...] = ()
    weighted: bool = False
    pre: int = 0
    post: int = 0

    def with_keys(self, keys: list[Key]) -> CurveData:
        """Other keys, sorted."""
        return replace(self, keys=tuple(sorted(keys, key=lambda key: key.at)))

    def value_at(self, ticks: float) -> float:
        """The curve's value by the core's evaluator."""
        scale = math.degrees(1.0) if self.kind[1] == "A" else 1.0
        kind = "rotate" if self.kind[1] == "A" else "weight"
        keys = tuple(
            CurveKey(
                key.at,
                key.value * scale,
                _plain(key.into),
                _plain(key.out),
                key.into_xy,
                key.out_xy,  # type: ignore[arg-type]
            )
            for key in self.keys
        )
        rate = Fraction(TICKS_PER_SECOND) if self.kind[0] == "T" else Fraction(1)
        curve = AnimCurve(keys, rate, kind, self.weighted, _INFINITIES[self.pre], _INFINITIES[self.post])  # type: ignore[arg-type]
        return evaluate(curve, [ticks])[0] / scale


def _plain(number: int) -> str:
    name = TANGENT_NAMES[number]
    return "auto" if name.startswith("auto") else name
