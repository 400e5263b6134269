"""How far controls and shapes part the lips, at places along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.fitting.columns import Piece
from maya_a2f.worker.fitting.correspondence import Correspondence
from maya_a2f.worker.fitting.fit_data import Lips
from maya_a2f.worker.fitting.registration import Registered
from maya_a2f.worker.fitting.scene import Scene
from maya_a2f.worker.fitting.surface import Doubles, Indices

_ROWS = 9
_MIDDLE = 0.35
"""Places lie so far to either side of the middle at most, as a share of the lips."""
_RATIOS = (0.4, 2.5)
_UNEVEN = (0.7, 1.4)
_CANDIDATES = 48


def lips_of(
    scene: Scene,
    laid: Registered,
    offsets: Doubles,
    carried: Doubles,
    found: Correspondence,
    pieces: Sequence[Piece],
    seal: Mapping[str, float],
) -> Lips:
    """``offsets`` (K, n, 3) of the pieces, ``carried`` (S, m, 3). No rows where the rig's lips cannot be told apart.

    Raises :class:`UserError` ``fit.seal`` for a seal pose of unknown controls.
    """
    source = scene.source
    values = _seal_variables(scene, pieces, seal)
    if scene.sides is None:
        return Lips(np.zeros((0, len(pieces))), np.zeros((0, len(source.shapes))), np.zeros(0), values)
    count = len(source.lip_pairs)
    places = np.linspace((0.5 - _MIDDLE) * (count - 1), (0.5 + _MIDDLE) * (count - 1), _ROWS)
    pairs = source.lip_pairs[np.unique(places.round().astype(np.int64))]
    controls = _parting(scene, laid, pairs, offsets)
    shapes = (source.deltas[:, pairs[:, 0], 1] - source.deltas[:, pairs[:, 1], 1]).T.astype(np.float64)
    return Lips(controls, shapes, _ratio(scene, laid, pairs, shapes, carried, found), values)


def _parting(scene: Scene, laid: Registered, pairs: Indices, fields: Doubles) -> Doubles:
    """(R, w) how far each field (w, n, 3) parts the lips at our ``pairs``, upwards in our space."""
    assert scene.sides is not None
    rows = np.zeros((len(pairs), len(fields)))
    for column, side in ((0, -1), (1, 1)):
        own = np.full(len(pairs), side, np.int8)
        triangle, bary, _ = scene.target.closest(
            laid.points[pairs[:, column]], sides=(own, scene.sides.their_triangles), candidates=_CANDIDATES
        )
        for at, field in enumerate(fields):
            rows[:, at] -= side * scene.target.at(triangle, bary, field)[:, 1]
    return rows


def _ratio(
    scene: Scene, laid: Registered, pairs: Indices, shapes: Doubles, carried: Doubles, found: Correspondence
) -> Doubles:
    """(R,) how far their lips part where ours part by a centimetre, by the motion that ``jawOpen`` means there."""
    opener = scene.source.shapes.index("jawOpen")
    field = np.zeros((1, len(scene.points), 3))
    field[0, found.vertices] = carried[opener]
    theirs, ours = _parting(scene, laid, pairs, field)[:, 0], shapes[:, opener]
    whole = float(np.clip(theirs.sum() / max(float(ours.sum()), 1e-6), *_RATIOS))
    result: Doubles = np.clip(theirs / np.maximum(ours, 1e-6), _UNEVEN[0] * whole, _UNEVEN[1] * whole)
    return result


def _seal_variables(scene: Scene, pieces: Sequence[Piece], seal: Mapping[str, float]) -> Doubles:
    """(K,) the variables at the seal pose."""
    values = np.zeros(len(pieces))
    known = {control.attribute: at for at, control in enumerate(scene.rig.controls)}
    for name, value in seal.items():
        if name not in known:
            raise UserError(
                f"The seal names '{name}', which is no usable control of '{scene.rig.name}'.",
                code="fit.seal",
                hint="Give values of the rig's own controls with which its mouth is closed.",
            )
        for at, piece in enumerate(pieces):
            if piece.control == known[name]:
                values[at] = np.clip((value - piece.start) / (piece.end - piece.start), 0.0, 1.0)
    return values
