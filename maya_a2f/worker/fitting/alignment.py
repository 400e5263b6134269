"""Bring a rig's face to ours by named points: scale, rotation, place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.face_rig import FaceRig
from maya_a2f.worker.fitting.source_face import SourceFace
from maya_a2f.worker.fitting.surface import Doubles

FEWEST_LANDMARKS = 4
_WORST_SHARE = 0.18
"""Largest misfit of the landmarks, as a share of their spread, that is still a face."""
_MIRRORED_SHARE = 0.6
"""A mirror image that fits the landmarks this much better means that left and right are swapped."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """p' = scale · rotation · p + offset takes the rig's points to ours."""

    scale: float
    rotation: Doubles
    """(3, 3)"""
    offset: Doubles
    """(3,)"""
    misfit: float
    """RMS distance of the landmarks afterwards, centimetres of our head."""

    def points(self, points: Doubles) -> Doubles:
        """(n, 3) in our space."""
        return self.scale * points @ self.rotation.T + self.offset

    def deltas(self, deltas: Doubles) -> Doubles:
        """(…, 3) offsets in our space."""
        return self.scale * deltas @ self.rotation.T


def align(source: SourceFace, rig: FaceRig, landmarks: Mapping[str, int]) -> Alignment:
    """The similarity that brings the landmarks together.

    Raises :class:`UserError` ``fit.landmarks``: too few, unknown, twice at one place, not on the face, in a line;
    ``fit.landmarks_sides``: left and right are swapped; ``fit.landmarks_apart``: they form no face.
    """
    names = sorted(landmarks)
    _check(source, rig, landmarks)
    ours = source.points[[source.landmarks[name] for name in names]]
    theirs = rig.points[[landmarks[name] for name in names]]
    spread = float(np.sqrt(((ours - ours.mean(axis=0)) ** 2).sum(axis=1).mean()))
    found, mirrored = _similarity(theirs, ours), _similarity(theirs * [-1.0, 1.0, 1.0], ours)
    if mirrored.misfit < _MIRRORED_SHARE * found.misfit and found.misfit > 0.05 * spread:
        raise UserError(
            f"The landmarks of '{rig.name}' are on the wrong sides: mirrored they would fit."
            + (" Its faces point inwards too, as those of a mirrored mesh do." if _is_inside_out(rig) else ""),
            code="fit.landmarks_sides",
            hint="Left is the character's own left; swap the landmarks if they were taken as seen from the front. If "
            "they are right, the mesh is mirrored: by a negative scale, or by left-handed axes, as Unity and Unreal "
            "have them. Export it with right-handed axes, or turn the sign of one axis of its points and shapes.",
        )
    if found.misfit > _WORST_SHARE * spread:
        others = [np.delete(np.arange(len(names)), at) for at in range(len(names))]
        worst = names[int(np.argmin([_similarity(theirs[rest], ours[rest]).misfit for rest in others]))]
        raise UserError(
            f"The landmarks of '{rig.name}' form no face; '{worst}' fits the others least.",
            code="fit.landmarks_apart",
            hint="Set that landmark again, or check that left and right are the character's own.",
        )
    return found


def _similarity(points: Doubles, targets: Doubles) -> Alignment:
    """Least squares without a reflection (S. Umeyama, PAMI 13, 1991)."""
    mean, goal = points.mean(axis=0), targets.mean(axis=0)
    centred, wanted = points - mean, targets - goal
    u, singular, vt = np.linalg.svd(wanted.T @ centred)
    sign = np.ones(3)
    if np.linalg.det(u) * np.linalg.det(vt) < 0:
        sign[2] = -1.0
    rotation = u @ np.diag(sign) @ vt
    scale = float((singular * sign).sum() / (centred**2).sum())
    moved = scale * centred @ rotation.T
    misfit = float(np.sqrt(((moved - wanted) ** 2).sum(axis=1).mean()))
    return Alignment(scale, rotation, goal - scale * rotation @ mean, misfit)


def _is_inside_out(rig: FaceRig) -> bool:
    """Whether the faces, seen from the middle of the mesh, mostly show their fronts."""
    a, b, c = (rig.points[rig.triangles[:, corner]] - rig.points.mean(axis=0) for corner in range(3))
    return bool(np.einsum("ij,ij->", a, np.cross(b, c)) < 0)


def _check(source: SourceFace, rig: FaceRig, landmarks: Mapping[str, int]) -> None:
    known = ", ".join(sorted(source.landmarks))
    for name, vertex in landmarks.items():
        if name not in source.landmarks:
            raise _bad(f"'{name}' is no landmark of a face", f"Known are {known}.")
        if not 0 <= vertex < len(rig.points):
            raise _bad(f"'{name}' is vertex {vertex}, the mesh has {len(rig.points)}", "Pick it again on this mesh.")
    if len(landmarks) < FEWEST_LANDMARKS:
        raise _bad(f"{len(landmarks)} were given, {FEWEST_LANDMARKS} at least are needed", f"Known are {known}.")
    places = rig.points[list(landmarks.values())]
    names = list(landmarks)
    for index, name in enumerate(names):
        for other in range(index):
            lips = {name, names[other]} == {"lipUpper", "lipLower"}
            together = lips and landmarks[name] != landmarks[names[other]]
            if not together and np.linalg.norm(places[index] - places[other]) <= 1e-4 * rig.size:
                raise _bad(f"'{names[other]}' and '{name}' are at one place", "Pick one of them again.")
    spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
    if spread[1] < 0.05 * spread[0]:
        raise _bad("they lie in a line", "Add one to the side: a mouth corner, an eye corner.")


def _bad(why: str, hint: str) -> UserError:
    return UserError(f"The landmarks cannot be used: {why}.", code="fit.landmarks", hint=hint)
