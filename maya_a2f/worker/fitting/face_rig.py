"""A rig as numbers: the face at rest, and where each control's samples take it. Bad rigs are refused or reduced."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from maya_a2f.core.rig_description import RigDescription
from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.surface import Doubles, Indices, triangulated

_MOVES_SHARE = 1e-5
"""A control that moves no vertex by this share of the face's size does nothing."""
_SAME_SHARE = 1e-4
"""Two controls whose offsets differ by less than this share of their size are one."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The face with one control at one value."""

    value: float
    indices: Indices
    """(k,) moved vertices."""
    deltas: Doubles
    """(k, 3) offsets from rest."""


@dataclass(frozen=True, eq=False)
class RigControl:
    """One attribute of the rig."""

    attribute: str
    kind: str
    rest: float
    lowest: float
    """-inf where there is no limit."""
    highest: float
    samples: tuple[Sample, ...]
    """By value, ascending, the rest value not among them."""
    locked: bool = False


@dataclass(frozen=True, eq=False)
class FaceRig:
    """Everything a fit knows of a character."""

    name: str
    points: Doubles
    """(n, 3) at rest."""
    triangles: Indices
    """(t, 3)"""
    controls: tuple[RigControl, ...]
    landmarks: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        """Diagonal of the bounding box."""
        return float(np.linalg.norm(np.ptp(self.points, axis=0)))

    def dense(self, sample: Sample) -> Doubles:
        """(n, 3) offsets of a sample."""
        result = np.zeros_like(self.points)
        result[sample.indices] = sample.deltas
        return result


def rig_from_description(description: RigDescription) -> FaceRig:
    """The checked rig of a description. Raises :class:`UserError` ``fit.*``."""
    points = np.array(description.points, dtype=np.float64).reshape(-1, 3)
    triangles, _ = triangulated(
        np.array(description.face_counts, dtype=np.int64), np.array(description.face_indices, dtype=np.int64)
    )
    controls = tuple(
        RigControl(
            control.attribute,
            control.kind,
            control.rest,
            -math.inf if control.lowest is None else control.lowest,
            math.inf if control.highest is None else control.highest,
            tuple(
                Sample(
                    sample.value,
                    np.array(sample.indices, dtype=np.int64),
                    np.array(sample.deltas, dtype=np.float64).reshape(-1, 3),
                )
                for sample in control.samples
            ),
            control.locked,
        )
        for control in description.controls
    )
    rig = FaceRig(description.name, points, triangles, controls, dict(description.landmarks), description.notes)
    return checked_rig(rig)


def checked_rig(rig: FaceRig) -> FaceRig:
    """The rig with the controls that a fit can use; what was left out stands in its notes.

    Raises :class:`UserError` ``fit.bad_mesh`` or ``fit.bad_control`` for what no fit can make sense of, and
    ``fit.no_controls`` where nothing is left.
    """
    _check_mesh(rig)
    notes = list(rig.notes)
    sound = _surface_faces(rig, notes)
    kept: list[RigControl] = []
    seen: dict[int, list[tuple[RigControl, Doubles]]] = {}
    for control in rig.controls:
        _check_control(control, len(rig.points))
        if control.locked:
            notes.append(f"'{control.attribute}' is locked or driven; it is left alone.")
            continue
        useful = tuple(
            sample
            for sample in sorted(control.samples, key=lambda sample: sample.value)
            if abs(sample.value - control.rest) > 1e-9
            and (control.rest < control.highest if sample.value > control.rest else control.rest > control.lowest)
        )
        if not any(_moves(sample, rig.size) for sample in useful):
            notes.append(f"'{control.attribute}' moves nothing; it stays at rest.")
            continue
        usable = replace(control, samples=useful)
        twin = _twin(usable, rig, seen)
        if twin is not None:
            notes.append(f"'{control.attribute}' does the same as '{twin}'; it stays at rest.")
            continue
        kept.append(usable)
    if not kept:
        raise UserError(
            f"No control of '{rig.name}' can move the face.",
            code="fit.no_controls",
            hint="Choose the attributes that pose the face; locked and driven ones cannot be keyed.",
        )
    return replace(rig, triangles=sound, controls=tuple(kept), notes=tuple(notes))


def _check_mesh(rig: FaceRig) -> None:
    if rig.points.ndim != 2 or rig.points.shape[1:] != (3,) or len(rig.points) < 4 or len(rig.triangles) == 0:
        raise _bad_mesh(rig, f"it has {len(rig.points)} points and {len(rig.triangles)} faces")
    if not np.isfinite(rig.points).all():
        vertex = int(np.flatnonzero(~np.isfinite(rig.points).all(axis=1))[0])
        raise _bad_mesh(rig, f"vertex {vertex} has no finite position")
    if rig.triangles.min() < 0 or rig.triangles.max() >= len(rig.points):
        raise _bad_mesh(rig, "a face names a vertex that is not there")
    if rig.size <= 0.0:
        raise _bad_mesh(rig, "all its points lie at one place")


def _surface_faces(rig: FaceRig, notes: list[str]) -> Indices:
    """Faces with an area; remarks on what no surface should have."""
    a, b, c = (rig.points[rig.triangles[:, corner]] for corner in range(3))
    flat = np.linalg.norm(np.cross(b - a, c - a), axis=1) <= 1e-14 * rig.size**2
    if flat.all():
        raise _bad_mesh(rig, "none of its faces has an area")
    sound: Indices = rig.triangles[~flat]
    pairs = np.sort(np.concatenate([sound[:, [0, 1]], sound[:, [1, 2]], sound[:, [2, 0]]]), axis=1)
    _, counts = np.unique(pairs, axis=0, return_counts=True)
    crowded = int((counts > 2).sum())
    if crowded:
        notes.append(f"{crowded} edge(s) of the mesh have more than two faces; their neighbourhood is fitted roughly.")
    return sound


def _check_control(control: RigControl, vertex_count: int) -> None:
    name = control.attribute
    if control.lowest > control.highest:
        raise _bad_control(name, f"has its lowest value {control.lowest:g} above its highest {control.highest:g}")
    for sample in control.samples:
        if len(sample.indices) != len(sample.deltas):
            raise _bad_control(name, f"has {len(sample.deltas)} offsets for {len(sample.indices)} vertices")
        if len(sample.indices) and (sample.indices.min() < 0 or sample.indices.max() >= vertex_count):
            raise _bad_control(name, f"moves a vertex that the face at rest, with {vertex_count}, does not have")
        if not (math.isfinite(sample.value) and np.isfinite(sample.deltas).all()):
            raise _bad_control(name, "has values that are not finite numbers")


def _moves(sample: Sample, size: float) -> bool:
    return bool(len(sample.deltas)) and float(np.linalg.norm(sample.deltas, axis=1).max()) > _MOVES_SHARE * size


def _twin(control: RigControl, rig: FaceRig, seen: dict[int, list[tuple[RigControl, Doubles]]]) -> str | None:
    """The earlier control whose largest offsets are the same; remembers this one."""
    sample = max(control.samples, key=lambda sample: float((sample.deltas**2).sum()))
    strength = float(np.sqrt((sample.deltas**2).sum()))
    key = int(np.argmax(np.bincount(sample.indices, (sample.deltas**2).sum(axis=1))))
    moved = rig.dense(sample)
    for other, deltas in seen.get(key, []):
        if float(np.linalg.norm(deltas - moved)) < _SAME_SHARE * strength:
            return other.attribute
    seen.setdefault(key, []).append((control, moved))
    return None


def _bad_mesh(rig: FaceRig, why: str) -> UserError:
    return UserError(
        f"The face of '{rig.name}' cannot be fitted: {why}.", code="fit.bad_mesh", hint="Repair or choose the mesh."
    )


def _bad_control(name: str, why: str) -> UserError:
    return UserError(
        f"The control '{name}' cannot be fitted: it {why}.",
        code="fit.bad_control",
        hint="Sample the rig again, or take the control out of the list.",
    )
