"""What our shapes ask of each vertex of their mesh, and how much each counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maya_a2f.worker.fitting.correspondence import Correspondence
from maya_a2f.worker.fitting.fit_data import REGION_NAMES, FitSettings
from maya_a2f.worker.fitting.identify import Match, calibrated, completed, matches
from maya_a2f.worker.fitting.mirror import home_of, mirror_images
from maya_a2f.worker.fitting.scene import Scene
from maya_a2f.worker.fitting.surface import Bools, Doubles, Indices
from maya_a2f.worker.fitting.unseen import continued, unseen_vertices

_POSE_KINDS = frozenset({"weight", "scalar"})
_MIDDLE_CM = 0.5
"""Half the width of the middle of the face, where a pose of both sides is shared out."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """The goal of a fit; first the vertices with a counterpart, as the correspondence has them, then the others."""

    vertices: Indices
    """(a,) of the rig's mesh."""
    motion: Doubles
    """(S, a, 3) in our space."""
    weight: Doubles
    """(a,) in the solve."""
    seen: int
    """How many have a counterpart."""
    same: tuple[Match, ...]
    """Poses that both faces have."""

    @property
    def carried(self) -> Doubles:
        """(S, m, 3) of the vertices with a counterpart."""
        return self.motion[:, : self.seen]


def wanted_of(
    scene: Scene, found: Correspondence, images: Indices, twins: tuple[tuple[int, int], ...], settings: FitSettings
) -> Wanted:
    """``images`` (m,): mirror images among the vertices with a counterpart; ``twins``: fields that are."""
    carried = found.carried(scene.source.deltas)
    partners = _partners(scene.source.shapes)
    posed = np.array([scene.rig.controls[owner].kind in _POSE_KINDS for owner in scene.owners])
    same: tuple[Match, ...] = ()
    if settings.poses:
        own = np.where(posed[:, None, None], scene.fields[:, found.vertices], 0.0)
        halves = [pair for pair in partners if scene.source.shapes[pair[0]] not in _WHOLE]
        same = matches(carried, own, area_weight(found, settings.region_weights), halves, twins)
    unseen = unseen_vertices(scene, found, same)
    vertices = np.concatenate([found.vertices, unseen])
    motion = np.concatenate([carried, continued(scene, found, carried, unseen)], axis=1)
    if settings.poses:
        there = np.where(posed[:, None, None], scene.fields[:, vertices], 0.0)
        across = np.concatenate([home_of(scene, found)[:, 0], scene.points[unseen, 0]])
        leftness = np.clip(0.5 + 0.5 * across / _MIDDLE_CM, 0.0, 1.0)
        alike = np.concatenate([area_weight(found, settings.region_weights), np.zeros(len(unseen))])
        motion = calibrated(motion, there, same, halves, leftness, alike)
        others = mirror_images(scene.points[unseen])
        whole = np.concatenate([images, np.where(others >= 0, others + len(images), -1)])
        motion = completed(motion, same, partners, whole)
    return Wanted(vertices, motion, _weight(found, len(unseen), settings), len(found.vertices), same)


def area_weight(found: Correspondence, of_region: Mapping[str, float]) -> Doubles:
    """(m,) each region's weight, spread over its area."""
    weight = np.zeros(len(found.vertices))
    for name, inside in regions(found):
        weight[inside] = of_region.get(name, 0.0) * found.weight[inside] / found.weight[inside].sum()
    return weight


def regions(found: Correspondence) -> list[tuple[str, Bools]]:
    """The regions that are there, with their vertices (m,)."""
    masks = [(name, found.region == (-1 if name == "still" else at)) for at, name in enumerate(REGION_NAMES)]
    return [(name, mask) for name, mask in masks if mask.any()]


def _weight(found: Correspondence, unseen: int, settings: FitSettings) -> Doubles:
    """(a,) each region's weight, spread over its vertices: they lie close where the face's modeller wanted detail."""
    weight = np.zeros(len(found.vertices) + unseen)
    for name, inside in regions(found):
        share = found.trust[inside]
        weight[: len(found.vertices)][inside] = settings.region_weights.get(name, 0.0) * share / share.sum()
    weight[len(found.vertices) :] = settings.region_weights.get("unseen", 0.0) / max(unseen, 1)
    return weight


def _partners(shapes: tuple[str, ...]) -> list[tuple[int, int]]:
    """Our left and right shapes."""
    return [
        (at, shapes.index(right))
        for at, name in enumerate(shapes)
        if name.endswith("Left") and (right := name[: -len("Left")] + "Right") in shapes
    ]


_WHOLE = frozenset({"jawLeft", "mouthLeft"})
"""Ways of the whole mouth, not of its left half."""
