"""A map by name made to keep the lips as far apart as ours: the seal of a rig, measured on its own shapes.

Shapes of one name part the lips differently on different faces (a ``mouthPucker`` that presses, a ``mouthClose`` that
closes further than ``jawOpen`` opens). How far is measured between two vertices; the difference is put into
``jawOpen``, as a derived channel of the map. So a mouth that is closed on our head is closed on theirs, one that is
open stays open, and everything else is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from maya_a2f.core.head import Head
from maya_a2f.core.rig_description import Control, RigDescription
from maya_a2f.core.rig_map_model import Derived, RigMap
from maya_a2f.errors import UserError

JAW_OPEN = "jawOpen"
UPPER, LOWER = "lipUpper", "lipLower"
_LEAST_OPENING_CM = 0.1
"""Less is no opening."""
_LEAST_SHARE = 0.004
"""Of ``jawOpen``: smaller corrections are left out."""


def lip_openings(head: Head) -> dict[str, float]:
    """Channel -> centimetres that it parts our lips in the middle, per unit. Raises :class:`KeyError` without lips."""
    upper, lower = (head.landmarks[key] for key in ("lipUpperInner", "lipLowerInner"))
    ends = int(upper[len(upper) // 2]), int(lower[len(lower) // 2])
    found: dict[str, float] = {}
    for name, shape in head.mesh("face").shapes.items():
        heights = dict(zip(shape.indices, shape.deltas[1::3], strict=True))
        found[name] = heights.get(ends[0], 0.0) - heights.get(ends[1], 0.0)
    return found


def sealed(
    rig_map: RigMap, ours: Mapping[str, float], described: RigDescription, landmarks: Mapping[str, int]
) -> RigMap:
    """The map with a ``jawOpen`` that keeps their lips apart as ours are, the size of the opening being theirs.

    ``ours`` as of :func:`lip_openings`; ``landmarks`` names the vertices ``lipUpper`` and ``lipLower`` in the middle of
    the lips. Raises :class:`UserError` ``seal.landmarks``, ``seal.no_jaw`` where nothing that ``jawOpen`` drives opens
    the mouth, ``seal.derived`` for a map that makes its own ``jawOpen``.
    """
    if JAW_OPEN in rig_map.derived:
        raise UserError(
            f"The rig map '{rig_map.name}' makes a jawOpen of its own already.",
            code="seal.derived",
            hint="Take that derived channel out, or leave the lips as they are.",
        )
    for name in (UPPER, LOWER):
        if not 0 <= landmarks.get(name, -1) < described.vertex_count:
            raise UserError(
                f"The landmark '{name}' is no vertex of '{described.name}'.",
                code="seal.landmarks",
                hint="Name the vertices in the middle of both lips, where they touch.",
            )
    theirs = _channel_openings(rig_map, described, landmarks[UPPER], landmarks[LOWER])
    opening = theirs.get(JAW_OPEN, 0.0)
    if opening < _LEAST_OPENING_CM or ours.get(JAW_OPEN, 0.0) <= 0.0:
        raise UserError(
            f"Nothing that jawOpen drives on '{described.name}' opens the mouth.",
            code="seal.no_jaw",
            hint="Connect jawOpen to what opens the mouth, and check the landmarks.",
        )
    size = opening / ours[JAW_OPEN]
    missing = {name: (size * ours.get(name, 0.0) - theirs.get(name, 0.0)) / opening for name in {*ours, *theirs}}
    used = sorted(name for name, share in missing.items() if abs(share) >= _LEAST_SHARE and name != JAW_OPEN)
    operands = ((JAW_OPEN, 1.0), *((name, round(missing[name], 4)) for name in used))
    derived = Derived("sum", operands, ((0.0, 0.0), (1.0, 1.0)))
    return replace(rig_map, derived={**rig_map.derived, JAW_OPEN: derived})


def _channel_openings(rig_map: RigMap, described: RigDescription, upper: int, lower: int) -> dict[str, float]:
    """Channel -> centimetres that it parts their lips per unit, through every attribute it drives."""
    controls = {control.attribute: control for control in described.controls}
    found: dict[str, float] = {}
    for attribute, drive in rig_map.drives.items():
        control = controls.get(attribute)
        if control is None or drive.muted or control.locked:
            continue
        opening = _opening(control, upper, lower)
        for channel, gain in drive.gains.items():
            found[channel] = found.get(channel, 0.0) + gain * opening
    return found


def _opening(control: Control, upper: int, lower: int) -> float:
    """Centimetres per unit of the attribute, over its widest sample."""
    sample = max(control.samples, key=lambda item: abs(item.value - control.rest), default=None)
    if sample is None or sample.value == control.rest:
        return 0.0
    places = {vertex: place for place, vertex in enumerate(sample.indices) if vertex in (upper, lower)}
    heights = [sample.deltas[3 * places[vertex] + 1] if vertex in places else 0.0 for vertex in (upper, lower)]
    return (heights[0] - heights[1]) / (sample.value - control.rest)
