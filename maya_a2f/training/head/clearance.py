"""How deep a point lies inside the rows of teeth, and shapes moved out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from maya_a2f.training.head import teeth
from maya_a2f.training.head.face import Face
from maya_a2f.training.head.forms import Array
from maya_a2f.training.head.proportions import HINGE, JAW_FORWARD_CM, JAW_OPEN_DEGREES, JAW_SIDE_CM

MARGIN_CM = 0.03
LIP_RINGS = (4, 11)
"""Rings of the face that are kept out of the teeth."""


@dataclass(frozen=True)
class Row:
    """The solid between the outer and inner wall of one row of teeth with its gum."""

    upper: bool

    def depth(self, points: Array, margin: float = 0.0) -> tuple[Array, Array]:
        """(depth (N,), outward (N, 3)): centimetres by which each point lies inside the outer wall, 0 outside."""
        arch, edge = (teeth.UPPER_ARCH, teeth.UPPER_EDGE_Y) if self.upper else (teeth.LOWER_ARCH, teeth.LOWER_EDGE_Y)
        run = np.linspace(-6.5, 6.5, 1301)
        centre, normal = arch.at(run)
        _, near = cKDTree(centre).query(points[:, [0, 2]])
        outward = np.column_stack([normal[near, 0], np.zeros(len(points)), normal[near, 1]])
        across = ((points[:, [0, 2]] - centre[near]) * normal[near]).sum(1)
        rise = (points[:, 1] - edge) * (1.0 if self.upper else -1.0)
        wall = np.array(teeth.PROFILE)
        tip = int(np.argmin(wall[:, 1]))
        outer = np.interp(rise, wall[tip::-1, 1] * 0.9, wall[tip::-1, 0])
        inner = np.interp(rise, wall[tip:, 1] * 0.9, wall[tip:, 0])
        inside = (across < outer + margin) & (across > inner - 0.6) & (rise > -margin) & (rise < 1.9)
        inside &= np.abs(run[near]) < 5.2
        return np.where(inside, outer + margin - across, 0.0), outward


def jaw_motion(points: Array, weights: Mapping[str, float], back: bool) -> Array:
    """``points`` (N, 3) carried with the lower teeth by the jaw shapes among ``weights``, or brought back."""
    side = JAW_SIDE_CM * (weights.get("jawLeft", 0.0) - weights.get("jawRight", 0.0))
    shift = np.array([side, 0.0, JAW_FORWARD_CM * weights.get("jawForward", 0.0)])
    a = np.radians(JAW_OPEN_DEGREES * weights.get("jawOpen", 0.0))
    turn = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(a), -np.sin(a)], [0.0, np.sin(a), np.cos(a)]])
    centre = np.asarray(HINGE)
    if back:
        return np.asarray((points - shift - centre) @ turn + centre)
    return np.asarray((points - centre) @ turn.T + centre + shift)


def lip_vertices(face: Face) -> NDArray[np.int64]:
    """Ids of the vertices that must stay outside the teeth."""
    return np.flatnonzero((face.lip_ring >= LIP_RINGS[0]) & (face.lip_ring <= LIP_RINGS[1]))


def depths(face: Face, weights: Mapping[str, float], displacement: Array) -> Array:
    """(L,) depth of each lip vertex inside either row, the lower one carried by the jaw shapes among ``weights``."""
    posed = (face.points + displacement)[lip_vertices(face)]
    return np.maximum(Row(True).depth(posed)[0], Row(False).depth(jaw_motion(posed, weights, True))[0])


def cleared(face: Face, name: str, displacement: Array) -> Array:
    """The shape with lip vertices that would enter the teeth moved out along the arch."""
    ids = lip_vertices(face)
    out = displacement.copy()
    for _ in range(2):
        posed = face.points[ids] + out[ids]
        depth, outward = Row(True).depth(posed, MARGIN_CM)
        posed = posed + depth[:, None] * outward
        local = jaw_motion(posed, {name: 1.0}, True)
        depth, outward = Row(False).depth(local, MARGIN_CM)
        moved = jaw_motion(local + depth[:, None] * outward, {name: 1.0}, False)
        out[ids] = moved - face.points[ids]
    return out
