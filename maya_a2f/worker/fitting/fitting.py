"""Make a fit: align, lay our face over theirs, carry our motion, compare it with what their controls do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.columns import Piece, piece_offsets, pieces_of
from maya_a2f.worker.fitting.correspondence import Correspondence, correspond
from maya_a2f.worker.fitting.face_rig import FaceRig, checked_rig
from maya_a2f.worker.fitting.fit_data import Fit, FitSettings, FittedControl, Grams
from maya_a2f.worker.fitting.identify import Match
from maya_a2f.worker.fitting.lip_rows import lips_of
from maya_a2f.worker.fitting.mirror import home_of, mirror_images, mirror_pairs
from maya_a2f.worker.fitting.quality import Judged, judged
from maya_a2f.worker.fitting.registration import register
from maya_a2f.worker.fitting.scene import Scene, scene_of
from maya_a2f.worker.fitting.source_face import SourceFace
from maya_a2f.worker.fitting.surface import Doubles, Indices
from maya_a2f.worker.fitting.wanted import regions, wanted_of

OnProgress = Callable[[str, int, int], None]
"""Called with (stage, rounds done, rounds in all); may raise to stop."""

_STEPS = 12
_IDLE_CM = 1e-3
"""A control that moves the skin by less, in the measure of the solve, has no say in it."""


@dataclass(frozen=True, eq=False)
class ShownFit:
    """What a picture of a fit draws, in our space."""

    points: Doubles
    """(n, 3)"""
    triangles: Indices
    """Of the rig's skin."""
    wanted: Doubles
    """(n,) RMS motion asked of a vertex by our shapes, centimetres; 0 where it has no counterpart."""
    undone: Doubles
    """(n,) how much of it stays undone, centimetres."""


def fit(
    source: SourceFace,
    rig: FaceRig,
    landmarks: Mapping[str, int],
    settings: FitSettings | None = None,
    *,
    seal: Mapping[str, float] | None = None,
    on_progress: OnProgress = lambda stage, done, total: None,
) -> tuple[Fit, ShownFit]:
    """The fit of ``rig`` to ``source``, and what to draw of it.

    ``landmarks``: name -> vertex of the rig, besides the rig's own. ``seal``: values of controls with which the rig's
    mouth is closed; without it the mouth is closed at rest. Raises :class:`UserError` ``fit.*``. A fit that came out
    badly is returned all the same: :attr:`Quality.problems` says so.
    """
    chosen = settings or FitSettings()
    rig = checked_rig(rig)
    pieces = _usable_pieces(rig)
    scene = scene_of(source, rig, {**rig.landmarks, **landmarks})
    rounds = iter(range(_STEPS))
    laid = register(scene, lambda: on_progress("Laying our face over theirs", next(rounds, _STEPS), _STEPS))
    on_progress("Carrying the motion", _STEPS - 1, _STEPS)
    found = correspond(scene, laid)
    offsets = np.stack([scene.alignment.deltas(piece_offsets(rig, piece)) for piece in pieces])
    images = mirror_images(home_of(scene, found))
    twins = mirror_pairs(scene, found, images)
    wanted = wanted_of(scene, found, images, twins, chosen)
    carried, weight = wanted.carried, wanted.weight[: wanted.seen]
    pieces, idle = _without_idle(rig, pieces, offsets[:, found.vertices], weight)
    used = np.array([piece.most > 0.0 for piece in pieces])
    moved = np.where(used[:, None, None], offsets[:, wanted.vertices], 0.0)
    there = moved[:, : wanted.seen]
    total, by_region = _grams(moved, wanted.motion, wanted.weight), _region_grams(there, carried, found)
    lips = lips_of(scene, laid, offsets, carried, found, pieces, seal or {})
    result = judged(scene, found, laid, total, by_region, lips, pieces, there, carried, _matched(scene, wanted.same))
    controls = tuple(
        FittedControl(control.attribute, control.kind, control.rest, control.lowest, control.highest, float(residual))
        for control, residual in zip(rig.controls, result.by_control, strict=True)
    )
    made = Fit(
        name=rig.name,
        controls=controls,
        pieces=pieces,
        shapes=source.shapes,
        total=total,
        by_region=by_region,
        lips=lips,
        pairs=_piece_pairs(pieces, scene.owners, twins),
        vertex_cross=_vertex_cross(found, there, weight, len(source.points)),
        settings=chosen,
        quality=result.quality,
        source=source.digest,
        notes=(*rig.notes, *idle, *_lip_notes(scene)),
    )
    return made, _shown(scene, found, result)


def _usable_pieces(rig: FaceRig) -> tuple[Piece, ...]:
    pieces = pieces_of(rig)
    if not pieces:
        raise UserError(
            f"No control of '{rig.name}' has room to move within its limits.",
            code="fit.no_controls",
            hint="Widen the limits of the attributes that pose the face.",
        )
    return pieces


def _without_idle(
    rig: FaceRig, pieces: tuple[Piece, ...], there: Doubles, weight: Doubles
) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
    """Pieces that leave the skin alone (eyes, teeth, a hat) are held at rest; and a note on each such control."""
    moves = np.sqrt(np.einsum("m,kmd->k", weight, there**2)) > _IDLE_CM
    held = tuple(piece if moves[at] else replace(piece, most=0.0) for at, piece in enumerate(pieces))
    notes = tuple(
        f"'{control.attribute}' does not move the skin of the face; it stays at rest."
        for index, control in enumerate(rig.controls)
        if not any(moves[at] for at, piece in enumerate(pieces) if piece.control == index)
    )
    return held, notes


def _matched(scene: Scene, same: tuple[Match, ...]) -> dict[str, tuple[str, ...]]:
    names = [control.attribute for control in scene.rig.controls]
    return {
        scene.source.shapes[shape]: tuple(names[scene.owners[field]] for field in match.fields)
        for match in same
        if match.trust > 0.5
        for shape in match.shapes
    }


def _lip_notes(scene: Scene) -> tuple[str, ...]:
    if scene.sides is not None:
        return ()
    return ("The lips cannot be told apart: their contact is not watched.",)


def _region_grams(there: Doubles, carried: Doubles, found: Correspondence) -> dict[str, Grams]:
    """Per vertex: inner products weighted by area."""
    return {
        name: _grams(there[:, inside], carried[:, inside], found.weight[inside] / found.weight[inside].sum())
        for name, inside in regions(found)
    }


def _grams(there: Doubles, carried: Doubles, weight: Doubles) -> Grams:
    root = np.sqrt(weight)[None, :, None]
    b, t = (there * root).reshape(len(there), -1), (carried * root).reshape(len(carried), -1)
    return Grams(b @ b.T, b @ t.T, t @ t.T)


def _vertex_cross(found: Correspondence, there: Doubles, weight: Doubles, count: int) -> npt.NDArray[np.float32]:
    """(K, V, 3): what a motion of our vertices, carried over, asks of the variables."""
    result = np.zeros((len(there), count, 3), np.float32)
    for row, field in zip(result, there, strict=True):
        pulled = np.einsum("mij,mi->mj", found.turn, field * weight[:, None])
        for corner in range(3):
            np.add.at(row, found.corners[:, corner], (found.bary[:, corner, None] * pulled).astype(np.float32))
    return result


def _piece_pairs(pieces: tuple[Piece, ...], owners: Indices, twins: tuple[tuple[int, int], ...]) -> Indices:
    """Pieces of mirrored controls, where both controls are one piece."""
    own = [[at for at, piece in enumerate(pieces) if piece.control == c] for c in range(int(owners.max()) + 1)]
    rows = [
        (own[owners[a]][0], own[owners[b]][0])
        for a, b in twins
        if len(own[owners[a]]) == 1 and len(own[owners[b]]) == 1
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _shown(scene: Scene, found: Correspondence, result: Judged) -> ShownFit:
    wanted, undone = np.zeros(len(scene.points)), np.zeros(len(scene.points))
    wanted[found.vertices], undone[found.vertices] = result.wanted, result.undone
    return ShownFit(scene.points, scene.target.triangles, wanted, undone)
