"""A character's face as training sees it: controls over time, and how controls become a package's result vector.

A *control* is one number per frame that the network learns: a rig weight, or a principal component of skin or tongue,
then the jaw's points and the eyes where there are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.character.components import Components, components_of
from maya_a2f.training.character.recipe import Recipe
from maya_a2f.training.character.shots import Footage, Shot
from maya_a2f.training.character.style import UPPER_REGIONS, gains_of, region_of, styled

Floats = NDArray[np.float32]
JAW_VALUES, EYE_VALUES = 15, 4
PLAIN_JAW = np.array([[0, 0, 1], [1, 0, 0], [-1, 0, 0], [1, 0, -1], [-1, 0, -1]], np.float32)
"""Points of a jaw that never moves."""
_HEADROOM = 0.25


@dataclass(frozen=True)
class Controls:
    """What is learned."""

    names: tuple[str, ...]
    values: tuple[Floats, ...]
    """Per shot (F, n)"""
    rest: Floats
    """(n,) at rest"""
    scale: Floats
    """(n,) deviation; 1 for controls that never move"""
    importance: Floats
    """(n,) weight of each control's standardised error; 0 for those that never move"""

    def standardised(self, shot: int) -> Floats:
        """(F, n) of one shot: 0 at rest, about 1 large."""
        return np.asarray((self.values[shot] - self.rest) / self.scale, np.float32)

    @property
    def moving(self) -> NDArray[np.bool_]:
        """(n,) which controls move at all."""
        return self.importance > 0


@dataclass(frozen=True)
class WeightRig:
    """A rig known by its weights alone."""

    names: tuple[str, ...]
    rest: Floats
    low: Floats
    high: Floats
    """(n,) the range that the solve's 0…1 stands for; multipliers and offsets lead back"""
    neutral: Floats
    """(ceil(n / 3), 3) a mesh of no meaning, the upper face's weights in its upper half"""
    places: NDArray[np.int64]
    """(n,) float of the mesh that each weight moves"""


@dataclass(frozen=True)
class MeshFace:
    """A face known by its vertices."""

    skin: Components
    tongue: Components | None


@dataclass(frozen=True)
class Face:
    """Either kind, with jaw and eyes."""

    skin: WeightRig | MeshFace
    jaw_neutral: Floats | None
    has_eyes: bool

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Lengths of skin, tongue, jaw and eyes in the result vector."""
        if isinstance(self.skin, WeightRig):
            return len(self.skin.names), 1, JAW_VALUES, EYE_VALUES
        tongue = 1 if self.skin.tongue is None else len(self.skin.tongue.shapes)
        return len(self.skin.skin.shapes), tongue, JAW_VALUES, EYE_VALUES


def prepare(footage: Footage, recipe: Recipe) -> tuple[Face, Controls]:
    """Controls of all shots and the face they belong to; the style's timing is already in them."""
    mesh = _mesh_face(footage, recipe) if not footage.names else None
    parts = [_shot_controls(shot, mesh) for shot in footage.shots]
    rates = [float(shot.rate) for shot in footage.shots]
    values = [styled(part, rate, recipe.style) for part, rate in zip(parts, rates, strict=True)]
    names = _control_names(footage, mesh)
    everything = np.concatenate(values)
    weights = len(footage.names)
    rest = rest_of(everything)
    if mesh is not None:
        rest[: len(names) - _extra_width(footage)] = 0.0
    gains = gains_of(footage.names, recipe.style.gains) if footage.names else np.ones(0, np.float32)
    rig = weight_rig(footage.names, everything[:, :weights], rest[:weights], gains) if footage.names else None
    deviation = everything.std(0)
    moves = deviation > np.maximum(1e-6, 1e-4 * deviation.max(initial=0.0))
    scale = np.where(moves, deviation, 1.0).astype(np.float32)
    skin = rig if rig is not None else mesh
    assert skin is not None
    has_eyes = footage.shots[0].eyes is not None
    face = Face(skin, footage.jaw_neutral, has_eyes)
    controls = Controls(names, tuple(values), rest, scale, _importance(deviation, moves))
    return face, controls


def _importance(deviation: Floats, moves: NDArray[np.bool_]) -> Floats:
    """Controls that move more matter more, by the square root: small ones must not drown, nor be drowned in."""
    if not moves.any():
        return np.ones(len(deviation), np.float32)
    weight = np.where(moves, np.sqrt(deviation / deviation.max()), 0.0)
    return np.asarray(weight / weight.mean(), np.float32)


def rest_of(values: Floats) -> Floats:
    """(n,) 0 where a control comes near it, as weights of most rigs do; else its median."""
    low, high = values.min(0), values.max(0)
    reach = 0.5 * (high - low)
    return np.where((low - reach <= 0) & (high + reach >= 0), 0.0, np.median(values, 0)).astype(np.float32)


def weight_rig(names: Sequence[str], values: Floats, rest: Floats, gains: Floats) -> WeightRig:
    """The range of every weight with room for the style's gain and for the dials; 0…1 stays itself."""
    reach = np.maximum(gains, 1.0)
    low = rest + (values.min(0) - rest) * reach
    high = rest + (values.max(0) - rest) * reach
    room = _HEADROOM * (high - low)
    low = np.where(low < -1e-6, low - room, np.minimum(0.0, rest))
    high = np.where(high > 1.0 + 1e-6, high + room, np.maximum(1.0, rest))
    count = max(2, -(-len(names) // 3))  # one vertex alone has no upper and lower half
    neutral = np.zeros((count, 3), np.float32)
    neutral[:, 0] = np.arange(count) % 7
    upper = np.array([region_of(name) in UPPER_REGIONS for name in names])
    order = np.argsort(upper, kind="stable")
    places = np.empty(len(names), np.int64)
    places[order] = np.arange(len(names))
    first_upper = -(-int((~upper).sum()) // 3)
    neutral[first_upper:, 1] = 10.0
    if first_upper in (0, count):
        # Lower and upper face need different heights, or the format's mask has none to tell them apart by.
        neutral[-1, 1] += 10.0 if first_upper else -10.0
    return WeightRig(
        tuple(names), rest, low.astype(np.float32), high.astype(np.float32), neutral.astype(np.float32), places
    )


def _mesh_face(footage: Footage, recipe: Recipe) -> MeshFace:
    skin = [shot.skin for shot in footage.shots if shot.skin is not None]
    tongue = [shot.tongue for shot in footage.shots if shot.tongue is not None]
    return MeshFace(
        components_of(skin, footage.neutral, recipe.data.variance),
        components_of(tongue, footage.tongue_neutral, recipe.data.tongue_variance) if tongue else None,
    )


def _shot_controls(shot: Shot, mesh: MeshFace | None) -> Floats:
    parts: list[Floats] = []
    if shot.weights is not None:
        parts.append(shot.weights)
    if mesh is not None and shot.skin is not None:
        parts.append(mesh.skin.coefficients(shot.skin))
        if mesh.tongue is not None and shot.tongue is not None:
            parts.append(mesh.tongue.coefficients(shot.tongue))
    parts.extend(part for part in (shot.jaw, shot.eyes) if part is not None)
    return np.concatenate(parts, 1).astype(np.float32)


def _extra_width(footage: Footage) -> int:
    shot = footage.shots[0]
    return (JAW_VALUES if shot.jaw is not None else 0) + (EYE_VALUES if shot.eyes is not None else 0)


def _control_names(footage: Footage, mesh: MeshFace | None) -> tuple[str, ...]:
    names = list(footage.names)
    if mesh is not None:
        names += [f"skin{k + 1:03d}" for k in range(len(mesh.skin.shapes))]
        names += [f"tongue{k + 1:03d}" for k in range(len(mesh.tongue.shapes) if mesh.tongue else 0)]
    shot = footage.shots[0]
    if shot.jaw is not None:
        names += [f"jaw.{point}.{axis}" for point in range(5) for axis in "xyz"]
    if shot.eyes is not None:
        names += [f"{eye}Eye.{axis}" for eye in ("right", "left") for axis in "xy"]
    return tuple(names)


def result_map(face: Face, controls: Controls, gains: Floats) -> tuple[Floats, Floats]:
    """(n, K) and (K,): standardised controls to the result vector skin | tongue | jaw | eyes.

    ``gains`` (weights,) act about rest. A weight's coefficient is counted from rest in units of the solve's 0…1.
    """
    widths = face.widths
    starts = np.concatenate([[0], np.cumsum(widths)])
    matrix = np.zeros((len(controls.names), starts[-1]), np.float32)
    offset = np.zeros(starts[-1], np.float32)
    row = 0
    if isinstance(face.skin, WeightRig):
        count = len(face.skin.names)
        span = face.skin.high - face.skin.low
        matrix[np.arange(count), np.arange(count)] = controls.scale[:count] * gains / span
        row = count
    else:
        tongue = 0 if face.skin.tongue is None else widths[1]
        for width, start in ((widths[0], starts[0]), (tongue, starts[1])):
            rows = np.arange(row, row + width)
            matrix[rows, start + np.arange(width)] = controls.scale[rows]
            offset[start : start + width] = controls.rest[rows]
            row += width
    extras = ((JAW_VALUES, starts[2], face.jaw_neutral is not None), (EYE_VALUES, starts[3], face.has_eyes))
    for width, start, present in extras:
        if present:
            rows = np.arange(row, row + width)
            matrix[rows, start + np.arange(width)] = controls.scale[rows]
            offset[start : start + width] = controls.rest[rows]
            row += width
    return matrix, offset
