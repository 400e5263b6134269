"""The keys of one curve merged with what lies there (:mod:`maya_a2f.core.rerun`), as an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from maya.api import OpenMaya

from maya_a2f.core.key_blending import Fresh
from maya_a2f.core.key_marks import frames_of
from maya_a2f.core.ports import KeptKeys
from maya_a2f.core.rerun import Merged, merged
from maya_a2f.host.maya.bake_options import BakeOptions
from maya_a2f.host.maya.edits import Edit, NewKeys, ReplaceCurve, WriteKeys
from maya_a2f.host.maya.snapshot import CurveSnapshot, SavedKey
from maya_a2f.host.maya.targets import Target
from maya_a2f.host.maya.units import time_of_ticks

EDITED = "its keys were edited since they were written"
_CALLS_TO_RESTORE = 4
"""For a key with directions of its own."""


def merge(target: Target, found: Sequence[SavedKey], rate: Fraction, options: BakeOptions) -> Merged:
    """What becomes of the curve of a target."""
    keys = target.keys
    rules = options.whole_scope.rules(
        target.curve.attribute,
        rate,
        clears_others=options.mode == "replace",
        is_again=target.is_again,
    )
    written = target.record.written if target.record is not None else None
    return merged(found, written, Fresh(keys.ticks, keys.values, keys.tangents), target.curve.kind, rules)


def keys_to_write(plan: Merged, keys: NewKeys) -> NewKeys:
    """The new keys of a merged curve; the same object where all of them are to be written as they were asked for."""
    if len(plan.keys) == len(keys.ticks) and all(
        key.ticks == ticks and key.value == value
        for key, ticks, value in zip(plan.keys, keys.ticks, keys.values, strict=True)
    ):
        return keys
    return NewKeys(
        [key.ticks for key in plan.keys],
        OpenMaya.MTimeArray([time_of_ticks(key.ticks) for key in plan.keys]),
        [key.value for key in plan.keys],
        keys.tangents,
    )


def edit_of(plan: Merged, curve: OpenMaya.MObject, before: CurveSnapshot, keys: NewKeys) -> Edit:
    """Writes a merged curve, in few calls wherever that can be done without touching what only Maya knows.

    Taking keys out costs a call each, so a curve of which many go is written anew as a whole. Weights of tangents are
    not read, so weighted curves are never written anew.
    """
    stays = set(plan.stays)
    removed = [at for at in range(len(before.keys)) if at not in stays]
    special = sum(_is_special(before.keys[at]) for at in plan.stays)
    if not stays or before.is_weighted or len(removed) <= _CALLS_TO_RESTORE * (1 + special):
        return WriteKeys(curve, before, keys, removed)
    into, out = keys.tangents
    fresh = (
        SavedKey(ticks, value, into, out, None, None, True, True, False)
        for ticks, value in zip(keys.ticks, keys.values, strict=True)
    )
    after = sorted([*(before.keys[at] for at in plan.stays), *fresh], key=lambda key: key.ticks)
    return ReplaceCurve(curve, before, replace(before, keys=tuple(after)))


def _is_special(key: SavedKey) -> bool:
    is_plain = key.is_tangent_locked and key.is_weight_locked and not key.is_breakdown
    return key.into_xy is not None or key.out_xy is not None or not is_plain


def kept_keys(attribute: str, plan: Merged, rate: Fraction) -> KeptKeys | None:
    """What a merged curve keeps of an animator's, in frames; None where that is nothing."""
    if not plan.edited:
        return None
    return KeptKeys(attribute, tuple(frames_of(zone, rate) for zone in plan.edited), EDITED)
