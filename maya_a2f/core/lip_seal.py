"""A map by name made to keep the lips as far apart as ours: the seal of a rig, measured on its own shapes.

Shapes of one name part the lips differently on different faces (a ``mouthPucker`` that presses, a ``mouthClose`` that
closes further than ``jawOpen`` opens). How far is measured between two vertices; the difference is put into
``jawOpen``, as a derived channel of the map. So a mouth that is closed on our head is closed on theirs, one that is
open stays open, and everything else is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from maya_a2f.core.head import Head
from maya_a2f.core.lip_finding import LipPair, Vector, find_lips
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_description import Control, RigDescription
from maya_a2f.core.rig_map_model import Derived, RigMap
from maya_a2f.errors import UserError

JAW_OPEN, MOUTH_CLOSE = "jawOpen", "mouthClose"
UPPER, LOWER = "lipUpper", "lipLower"
_LEAST_OPENING_CM = 0.1
"""Less is no opening."""
_LEAST_SHARE = 0.004
"""Of ``jawOpen``: smaller corrections are left out."""

_ALIKE = 0.05
"""A seal that closes its jaw as far as ours does, to this share, is left as it is."""

_LEAST_LIKELY = 0.5
"""One that closes less than this share of it, or more than its inverse, may mean something else."""


def lip_openings(head: Head) -> dict[str, float]:
    """Channel -> centimetres that it parts our lips in the middle, per unit. Raises :class:`KeyError` without lips."""
    upper, lower = (head.landmarks[key] for key in ("lipUpperInner", "lipLowerInner"))
    ends = int(upper[len(upper) // 2]), int(lower[len(lower) // 2])
    found: dict[str, float] = {}
    for name, shape in head.mesh("face").shapes.items():
        heights = dict(zip(shape.indices, shape.deltas[1::3], strict=True))
        found[name] = heights.get(ends[0], 0.0) - heights.get(ends[1], 0.0)
    return found


def lip_shapes(rig_map: RigMap, rig: Rig) -> list[str]:
    """Attributes whose effect on the face :func:`sealed_unasked` wants to know: shapes that the map drives."""
    shapes = {attribute.name for attribute in rig.attributes if attribute.kind == "weight"}
    return [name for name, drive in rig_map.drives.items() if name in shapes and not drive.muted]


def sealed_unasked(rig_map: RigMap, ours: Mapping[str, float], described: RigDescription) -> tuple[RigMap, str]:
    """The map as :func:`sealed` makes it where the lips are found on the shapes themselves, and a sentence on it.

    The map as it is, without a word, where there is nothing to put right: it does not drive shapes by ``jawOpen`` and
    ``mouthClose``, makes its own ``jawOpen``, turns a jaw joint, or closes as ours does. As it is, with the reason,
    where the lips are not clear.
    """
    jaw, seal = (_channel_motion(rig_map, described, channel) for channel in (JAW_OPEN, MOUTH_CLOSE))
    turned = any(joint.motion == "jaw" and not joint.muted for joint in rig_map.joints.drives.values())
    if not jaw or not seal or turned or JAW_OPEN in rig_map.derived or ours.get(JAW_OPEN, 0.0) <= 0.0:
        return rig_map, ""
    lips = find_lips(described, jaw, seal)
    if not isinstance(lips, LipPair):
        return rig_map, (
            f"Whether mouthClose closes what jawOpen opens on '{described.name}' was not measured: {lips}. "
            f"If its lips do not meet or meet too often, name them: 'a2f rig match --landmarks'."
        )
    up = (lips.axis, lips.sign)
    theirs = _channel_openings(rig_map, described, lips.upper, lips.lower, up)
    closes, wanted = (-found.get(MOUTH_CLOSE, 0.0) / found[JAW_OPEN] for found in (theirs, ours))
    if abs(closes - wanted) <= _ALIKE * abs(wanted):
        return rig_map, ""
    if not _LEAST_LIKELY * wanted <= closes <= wanted / _LEAST_LIKELY:
        return rig_map, (
            f"On '{described.name}' mouthClose closes {closes:.2f} x what jawOpen opens, on our head {wanted:.2f} x: "
            f"too far apart to be corrected unasked. Name the lips to have it corrected: 'a2f rig match --landmarks'."
        )
    made = sealed(rig_map, ours, described, {UPPER: lips.upper, LOWER: lips.lower}, up)
    return made, (
        f"On '{described.name}' mouthClose closes {closes:.2f} x what jawOpen opens, on our head {wanted:.2f} x "
        f"(measured along {'xyz'[lips.axis]} between the vertices {lips.upper} and {lips.lower}): the map corrects its "
        f"jawOpen, so that the lips part as ours."
    )


def sealed(
    rig_map: RigMap,
    ours: Mapping[str, float],
    described: RigDescription,
    landmarks: Mapping[str, int],
    up: tuple[int, int] = (1, 1),
) -> RigMap:
    """The map with a ``jawOpen`` that keeps their lips apart as ours are, the size of the opening being theirs.

    ``ours`` as of :func:`lip_openings`; ``landmarks`` names the vertices ``lipUpper`` and ``lipLower`` in the middle of
    the lips, ``up`` the axis and the sign of upwards. Raises :class:`UserError` ``seal.landmarks``, ``seal.no_jaw``
    where nothing that ``jawOpen`` drives opens the mouth, ``seal.derived`` for a map that makes its own ``jawOpen``.
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
    theirs = _channel_openings(rig_map, described, landmarks[UPPER], landmarks[LOWER], up)
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


def _channel_openings(
    rig_map: RigMap, described: RigDescription, upper: int, lower: int, up: tuple[int, int]
) -> dict[str, float]:
    """Channel -> centimetres that it parts their lips per unit, through every attribute it drives."""
    found: dict[str, float] = {}
    for control, gains in _driven(rig_map, described):
        moved = _motion(control, {upper, lower})
        heights = [moved.get(vertex, (0.0, 0.0, 0.0))[up[0]] for vertex in (upper, lower)]
        for channel, gain in gains.items():
            found[channel] = found.get(channel, 0.0) + gain * up[1] * (heights[0] - heights[1])
    return found


def _channel_motion(rig_map: RigMap, described: RigDescription, channel: str) -> dict[int, Vector]:
    """Vertex -> centimetres that a channel moves it per unit, through every attribute it drives."""
    found: dict[int, Vector] = {}
    for control, gains in _driven(rig_map, described):
        gain = gains.get(channel, 0.0)
        if gain:
            for vertex, (x, y, z) in _motion(control).items():
                before = found.get(vertex, (0.0, 0.0, 0.0))
                found[vertex] = (before[0] + gain * x, before[1] + gain * y, before[2] + gain * z)
    return found


def _driven(rig_map: RigMap, described: RigDescription) -> Iterator[tuple[Control, Mapping[str, float]]]:
    """Every control that the map drives, with the gain of each channel."""
    controls = {control.attribute: control for control in described.controls}
    for attribute, drive in rig_map.drives.items():
        control = controls.get(attribute)
        if control is not None and not drive.muted and not control.locked:
            yield control, drive.gains


def _motion(control: Control, wanted: Set[int] | None = None) -> dict[int, Vector]:
    """Vertex -> centimetres per unit of the attribute, over its widest sample; of the wanted vertices, or of all."""
    sample = max(control.samples, key=lambda item: abs(item.value - control.rest), default=None)
    if sample is None or sample.value == control.rest:
        return {}
    way, deltas = sample.value - control.rest, sample.deltas
    return {
        vertex: (deltas[3 * at] / way, deltas[3 * at + 1] / way, deltas[3 * at + 2] / way)
        for at, vertex in enumerate(sample.indices)
        if wanted is None or vertex in wanted
    }
