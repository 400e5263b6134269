"""Which curves a rig can take, decided once for every host."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from maya_a2f.core.ports import SkippedCurve
from maya_a2f.core.rig import KeyedCurve, Rig


@dataclass(frozen=True)
class BakePlan:
    """What to write, and what not and why."""

    curves: tuple[KeyedCurve, ...]
    skipped: tuple[SkippedCurve, ...]


def plan_bake(rig: Rig, curves: Sequence[KeyedCurve]) -> BakePlan:
    """Sort curves into those the rig can take and those it cannot; no curve is changed."""
    kinds = {attribute.name: attribute.kind for attribute in rig.attributes}
    accepted: dict[str, KeyedCurve] = {}
    skipped: list[SkippedCurve] = []
    for curve in curves:
        if curve.attribute not in kinds:
            reason = "the rig has no such attribute"
        elif curve.attribute in accepted:
            reason = "another curve for the same attribute came first"
        elif kinds[curve.attribute] != curve.kind:
            reason = f"its values are of kind '{curve.kind}', the attribute takes '{kinds[curve.attribute]}'"
        else:
            reason = _fault(curve)
        if reason:
            skipped.append(SkippedCurve(curve.attribute, reason))
        else:
            accepted[curve.attribute] = curve
    return BakePlan(tuple(accepted.values()), tuple(skipped))


def _fault(curve: KeyedCurve) -> str:
    """What is wrong with the keys themselves; empty where nothing is."""
    if not curve.frames:
        return "it has no keys"
    if len(curve.frames) != len(curve.values):
        return f"it has {len(curve.frames)} frames but {len(curve.values)} values"
    if not (all(map(math.isfinite, curve.frames)) and all(map(math.isfinite, curve.values))):
        return "it holds values that are not finite numbers"
    if any(later <= earlier for earlier, later in itertools.pairwise(curve.frames)):
        return "its frames do not ascend"
    if curve.tangent == "fixed":
        return "fixed tangents need directions, which these keys do not carry"
    return ""
