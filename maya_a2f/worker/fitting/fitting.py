"""Make a fit: align, lay our face over theirs, carry our motion, compare it with what their controls do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.alignment import Alignment, align
from maya_a2f.worker.fitting.columns import Piece, piece_offsets, pieces_of, whole_offsets
from maya_a2f.worker.fitting.correspondence import Correspondence, correspond
from maya_a2f.worker.fitting.face_rig import FaceRig, checked_rig
from maya_a2f.worker.fitting.fit_data import (
    REGION_NAMES,
    Fit,
    FitSettings,
    FittedControl,
    Grams,
    Lips,
    Quality,
)
from maya_a2f.worker.fitting.identify import Match, calibrated, matches
from maya_a2f.worker.fitting.lip_sides import Sides, best_opener, lip_sides, triangle_sides
from maya_a2f.worker.fitting.quality import judged
from maya_a2f.worker.fitting.registration import Registered, register
from maya_a2f.worker.fitting.source_face import SourceFace
from maya_a2f.worker.fitting.surface import Bools, Doubles, Indices, Surface, shells

OnProgress = Callable[[str, int, int], None]

_REACH = 1.3
"""How far around the landmarks pairs are sought, as a multiple of their own reach."""
_MIRRORED = 0.7
"""Cosine between a control's motion and another's mirror image that makes them a pair."""
_LIP_ROWS = 9


@dataclass(frozen=True, eq=False)
class _Scene:
    """Both faces in our space."""

    source: SourceFace
    rig: FaceRig
    landmarks: Mapping[str, int]
    alignment: Alignment
    points: Doubles
    target: Surface
    moving: Bools
    own_sides: Sides | None
    their_sides: Sides | None


def fit(
    source: SourceFace,
    rig: FaceRig,
    landmarks: Mapping[str, int],
    settings: FitSettings | None = None,
    *,
    seal: Mapping[str, float] | None = None,
    on_progress: OnProgress = lambda stage, done, total: None,
) -> Fit:
    """The fit of ``rig`` to ``source``.

    ``landmarks``: name -> vertex of the rig, added to the rig's own. ``seal``: values of controls with which the rig's
    mouth is closed; without it the mouth is closed at rest. Raises :class:`UserError` ``fit.*``. A fit that came out
    badly is returned all the same: :attr:`Quality.problems` says so.
    """
    chosen = settings or FitSettings()
    rig = checked_rig(rig)
    marks = {**rig.landmarks, **landmarks}
    on_progress("Aligning the faces", 0, 4)
    scene = _scene(source, rig, marks)
    on_progress("Laying our face over theirs", 1, 4)
    laid = _laid(scene)
    on_progress("Carrying the motion", 2, 4)
    found = _correspondence(scene, laid)
    pieces = pieces_of(rig)
    if not pieces:
        raise UserError(
            f"No control of '{rig.name}' has room to move within its limits.",
            code="fit.no_controls",
            hint="Widen the limits of the attributes that pose the face.",
        )
    offsets = _piece_fields(scene, pieces)
    there = offsets[:, found.vertices]
    carried = found.carried(source.deltas)
    same: tuple[Match, ...] = ()
    owners, fields = _whole_fields(scene, found)
    twins = _mirror_pairs(source, found, fields, scene)
    if chosen.poses:
        same = matches(carried, fields, _solve_weight(found, chosen), twins)
        carried = calibrated(carried, fields, same, _partners(source.shapes))
    on_progress("Judging the fit", 3, 4)
    weight = _solve_weight(found, chosen)
    total = _grams(there, carried, weight)
    by_region = {
        name: _grams(there[:, inside], carried[:, inside], found.weight[inside] / found.weight[inside].sum())
        for at, name in enumerate(REGION_NAMES)
        if (inside := found.region == (at if name != "still" else -1)).any()
    }
    lips = _lips(scene, laid, offsets, carried, found, seal or {}, pieces)
    pairs = _piece_pairs(pieces, owners, twins)
    attributes = [control.attribute for control in rig.controls]
    matched = {source.shapes[m.shape]: tuple(attributes[owners[p]] for p in m.poses) for m in same if m.trust > 0.5}
    covered = _coverage(scene, found)
    quality, residuals = judged(
        total, by_region, lips, pieces, source.shapes, there, carried, weight, len(rig.controls), matched,
        scene.alignment, laid, covered,
    )  # fmt: skip
    controls = tuple(
        FittedControl(c.attribute, c.kind, c.rest, c.lowest, c.highest, float(residual))
        for c, residual in zip(rig.controls, residuals, strict=True)
    )
    return Fit(
        rig.name, controls, pieces, source.shapes, total, by_region, lips, pairs,
        _vertex_cross(found, there, weight, len(source.points)), chosen, quality,
        f"{len(source.points)} vertices", rig.notes,
    )  # fmt: skip


def _scene(source: SourceFace, rig: FaceRig, landmarks: Mapping[str, int]) -> _Scene:
    alignment = align(source, rig, landmarks)
    points = alignment.points(rig.points)
    _, labels = shells(rig.triangles, len(points))
    own = np.isin(labels, np.unique(labels[list(landmarks.values())]))
    triangles = rig.triangles[own[rig.triangles].all(axis=1)]
    if len(triangles) == 0:
        raise UserError(
            f"The landmarks of '{rig.name}' lie on no surface.", code="fit.landmarks", hint="Pick them on the skin."
        )
    marks = source.landmarks
    ids = [marks[name] for name in landmarks]
    centre = source.points[ids].mean(axis=0)
    reach = _REACH * float(np.linalg.norm(source.points[list(marks.values())] - centre, axis=1).max())
    near = np.linalg.norm(source.points - centre, axis=1) < reach
    moving = ((source.region >= 0) | near) & ~source.inside
    target = _outwards(Surface(points, triangles), source, moving)
    own_sides = their_sides = None
    if {"lipUpper", "lipLower", "mouthCornerLeft", "mouthCornerRight"} <= set(landmarks):
        upper, lower = landmarks["lipUpper"], landmarks["lipLower"]
        width = float(np.linalg.norm(points[landmarks["mouthCornerLeft"]] - points[landmarks["mouthCornerRight"]]))
        opener = best_opener([alignment.deltas(f) for f in whole_offsets(rig)[1]], upper, lower, width)
        ours = _own_sides(source)
        if opener is not None and ours is not None and upper != lower:
            own_sides, their_sides = ours, lip_sides(points, opener, upper, lower, width)
    return _Scene(source, rig, landmarks, alignment, points, target, moving, own_sides, their_sides)


def _outwards(target: Surface, source: SourceFace, moving: Bools) -> Surface:
    """The surface with its faces turned so that normals point as ours do."""
    ours = Surface(source.points, source.triangles[moving[source.triangles].all(axis=1)])
    at = np.flatnonzero(moving)
    triangle, _, distance = target.closest(source.points[at])
    close = distance < np.median(distance) + 1e-9
    agreement = np.einsum("md,md->m", ours.normals[at], target.triangle_normals[triangle])[close]
    if float(np.median(agreement)) >= 0.0:
        return target
    return Surface(target.points, np.ascontiguousarray(target.triangles[:, ::-1]))


def _own_sides(source: SourceFace) -> Sides | None:
    marks = source.landmarks
    if "jawOpen" not in source.shapes:
        return None
    width = float(np.linalg.norm(source.points[marks["mouthCornerLeft"]] - source.points[marks["mouthCornerRight"]]))
    opener = source.deltas[source.shapes.index("jawOpen")].astype(np.float64)
    return lip_sides(source.points, opener, marks["lipUpper"], marks["lipLower"], width)


def _laid(scene: _Scene) -> Registered:
    sides = None
    if scene.own_sides is not None and scene.their_sides is not None:
        sides = (scene.own_sides, triangle_sides(scene.their_sides, scene.target.triangles))
    marks = [(scene.source.landmarks[name], scene.points[vertex]) for name, vertex in scene.landmarks.items()]
    return register(scene.source, scene.target, marks, sides, scene.moving)


def _correspondence(scene: _Scene, laid: Registered) -> Correspondence:
    sides = None
    if scene.own_sides is not None and scene.their_sides is not None:
        sides = (triangle_sides(scene.own_sides, scene.source.triangles), scene.their_sides)
    found = correspond(scene.source, laid, scene.target, sides, scene.moving)
    if len(found.vertices) < 20:
        raise UserError(
            f"Our face and '{scene.rig.name}' could not be laid over each other.",
            code="fit.no_overlap",
            hint="Check the landmarks, and that the mesh is the face's skin.",
        )
    return found


def _piece_fields(scene: _Scene, pieces: tuple[Piece, ...]) -> Doubles:
    return np.stack([scene.alignment.deltas(piece_offsets(scene.rig, piece)) for piece in pieces])


def _whole_fields(scene: _Scene, found: Correspondence) -> tuple[Indices, Doubles]:
    owners, fields = whole_offsets(scene.rig)
    return owners, np.stack([scene.alignment.deltas(field[found.vertices]) for field in fields])


def _solve_weight(found: Correspondence, settings: FitSettings) -> Doubles:
    """(m,) each region's weight, spread over its vertices."""
    weight = np.zeros(len(found.vertices))
    for at, name in enumerate(REGION_NAMES):
        inside = found.region == (at if name != "still" else -1)
        if inside.any():
            share = found.weight[inside] / found.weight[inside].sum()
            weight[inside] = settings.region_weights.get(name, 0.0) * share
    return weight


def _grams(there: Doubles, carried: Doubles, weight: Doubles) -> Grams:
    root = np.sqrt(weight)[None, :, None]
    b, t = (there * root).reshape(len(there), -1), (carried * root).reshape(len(carried), -1)
    return Grams(b @ b.T, b @ t.T, t @ t.T)


def _vertex_cross(found: Correspondence, there: Doubles, weight: Doubles, count: int) -> np.ndarray:
    """(K, V, 3): Bᵀ W · (our vertices -> theirs)."""
    result = np.zeros((len(there), count, 3), np.float32)
    for row, field in zip(result, there, strict=True):
        pulled = np.einsum("mij,mi->mj", found.turn, field * weight[:, None])
        for corner in range(3):
            np.add.at(row, found.corners[:, corner], (found.bary[:, corner, None] * pulled).astype(np.float32))
    return result


def _partners(shapes: tuple[str, ...]) -> list[tuple[int, int]]:
    return [
        (at, shapes.index(right))
        for at, name in enumerate(shapes)
        if name.endswith("Left") and (right := name[: -len("Left")] + "Right") in shapes
    ]


def _mirror_pairs(
    source: SourceFace, found: Correspondence, fields: Doubles, scene: _Scene
) -> tuple[tuple[int, int], ...]:
    """Fields that are each other's mirror image across our middle."""
    home = np.einsum("mc,mcd->md", found.bary, source.points[found.corners])
    if scene.their_sides is not None:
        home = home + [0.0, 1.0, 0.0] * -scene.their_sides[found.vertices, None].astype(np.float64)
    distance, image = cKDTree(home).query(home * [-1.0, 1.0, 1.0])
    usable = np.sqrt(found.weight * (distance < 0.5))[None, :, None]
    own = (fields * usable).reshape(len(fields), -1)
    mirrored = (fields[:, image] * [-1.0, 1.0, 1.0] * usable).reshape(len(fields), -1)
    norm = np.maximum(np.linalg.norm(own, axis=1), 1e-12)
    cosine = own @ mirrored.T / norm[:, None] / np.maximum(np.linalg.norm(mirrored, axis=1), 1e-12)[None]
    best = np.argmax(cosine, axis=1)
    return tuple(
        (at, int(other))
        for at, other in enumerate(best)
        if at < other and best[other] == at and cosine[at, other] > _MIRRORED
    )


def _piece_pairs(pieces: tuple[Piece, ...], owners: Indices, twins: tuple[tuple[int, int], ...]) -> Indices:
    """Pieces of mirrored controls, where both are single ones going one way."""
    single = {p.control: at for at, p in enumerate(pieces) if sum(q.control == p.control for q in pieces) == 1}
    rows = [
        (single[owners[a]], single[owners[b]]) for a, b in twins if owners[a] in single and owners[b] in single
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _lips(
    scene: _Scene,
    laid: Registered,
    offsets: Doubles,
    carried: Doubles,
    found: Correspondence,
    seal: Mapping[str, float],
    pieces: tuple[Piece, ...],
) -> Lips:
    """Rows along the middle of the lips; none where the rig does not say where its lips are."""
    source = scene.source
    if scene.their_sides is None or scene.own_sides is None:
        empty = np.zeros((0, len(pieces)))
        return Lips(empty, np.zeros((0, len(source.shapes))), np.zeros(0), np.zeros(0))
    middle = len(source.lip_pairs) // 2
    spread = np.unique(np.linspace(middle - 0.35 * len(source.lip_pairs), middle + 0.35 * len(source.lip_pairs),
                                   _LIP_ROWS).round().astype(np.int64))  # fmt: skip
    chosen = source.lip_pairs[np.clip(spread, 0, len(source.lip_pairs) - 1)]
    controls = _lip_rows(scene, laid, chosen, offsets)
    shapes = (source.deltas[:, chosen[:, 0], 1] - source.deltas[:, chosen[:, 1], 1]).T.astype(np.float64)
    ratio = _opening_ratio(source, controls, shapes, carried, found, scene, laid, chosen)
    closed = np.zeros(len(chosen))
    values = {control.attribute: at for at, control in enumerate(scene.rig.controls)}
    for name, value in seal.items():
        if name not in values:
            raise UserError(
                f"The seal names '{name}', which is no usable control of '{scene.rig.name}'.",
                code="fit.seal",
                hint="Give values of the rig's own controls with which its mouth is closed.",
            )
        for column, piece in enumerate(pieces):
            if piece.control == values[name]:
                closed += controls[:, column] * float(
                    np.clip((value - piece.start) / (piece.end - piece.start), 0.0, 1.0)
                )
    return Lips(controls, shapes, ratio, closed)


def _lip_rows(scene: _Scene, laid: Registered, pairs: Indices, fields: Doubles) -> Doubles:
    """(R, w) how far each field (w, n, 3) parts the lips at our ``pairs``, upwards in our space."""
    target, sides = scene.target, scene.their_sides
    assert sides is not None
    of_triangles = triangle_sides(sides, target.triangles)
    rows = np.zeros((len(pairs), len(fields)))
    for column, side in ((0, -1), (1, 1)):
        places = laid.points[pairs[:, column]]
        own = np.full(len(pairs), side, np.int8)
        triangle, bary, _ = target.closest(places, sides=(own, of_triangles), candidates=48)
        for at, field in enumerate(fields):
            rows[:, at] += -side * target.at(triangle, bary, field)[:, 1]
    return rows


def _opening_ratio(
    source: SourceFace,
    controls: Doubles,
    shapes: Doubles,
    carried: Doubles,
    found: Correspondence,
    scene: _Scene,
    laid: Registered,
    pairs: Indices,
) -> Doubles:
    """(R,) how far their lips part where ours part by a centimetre, by the motion carried for ``jawOpen``."""
    if "jawOpen" not in source.shapes:
        return np.ones(len(pairs))
    opener = source.shapes.index("jawOpen")
    field = np.zeros((1, len(scene.points), 3))
    field[0, found.vertices] = carried[opener]
    theirs, ours = _lip_rows(scene, laid, pairs, field)[:, 0], shapes[:, opener]
    each = theirs / np.maximum(ours, 1e-6)
    whole = float(theirs.sum() / max(ours.sum(), 1e-6))
    whole = float(np.clip(whole, 0.4, 2.5))
    return np.clip(each, 0.7 * whole, 1.4 * whole)


def _coverage(scene: _Scene, found: Correspondence) -> float:
    source = scene.source
    wanted = np.flatnonzero((source.region >= 0) & ~source.inside)
    home = np.einsum("mc,mcd->md", found.bary, source.points[found.corners])
    distance, _ = cKDTree(home).query(source.points[wanted])
    edge = float(np.median(np.linalg.norm(
        source.points[source.triangles[:, 0]] - source.points[source.triangles[:, 1]], axis=1)))  # fmt: skip
    return float((distance < 3.0 * edge).mean())
