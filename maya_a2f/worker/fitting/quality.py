"""How well a rig's controls can do what ours do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from maya_a2f.worker.fitting.clip_solver import Contacts, solve_clip
from maya_a2f.worker.fitting.columns import Piece
from maya_a2f.worker.fitting.correspondence import Correspondence
from maya_a2f.worker.fitting.fit_data import Grams, Lips, Quality
from maya_a2f.worker.fitting.registration import Registered
from maya_a2f.worker.fitting.scene import LIP_MARKS, Scene
from maya_a2f.worker.fitting.surface import Doubles

WORST_RESIDUAL = 0.8
"""Of the mouth's and the jaw's motion that stays undone: beyond it a fit is bad."""
WORST_REGISTRATION_CM = 0.35
LEAST_COVERED = 0.6
LEAST_OPENING = 0.35
"""Of our opening that the rig must reach."""
_NO_LIPS = f"Without the landmarks {', '.join(sorted(LIP_MARKS))} the lips cannot be kept closed."
_NEAR_CM = 1.5
"""A counterpart so near covers a vertex of ours."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Each of our shapes at full strength, solved alone."""

    quality: Quality
    by_control: Doubles
    """(C,) undone share of the motion where a control moves the face."""
    wanted: Doubles
    """(m,) RMS of the motion asked of a vertex, centimetres."""
    undone: Doubles
    """(m,) and of what stays undone."""


def judged(
    scene: Scene,
    found: Correspondence,
    laid: Registered,
    total: Grams,
    by_region: Mapping[str, Grams],
    lips: Lips,
    pieces: Sequence[Piece],
    there: Doubles,
    carried: Doubles,
    matched: Mapping[str, tuple[str, ...]],
) -> Judged:
    """The quality of a fit. ``there`` (K, m, 3) what the pieces do, ``carried`` (S, m, 3) what is wanted."""
    shapes = scene.source.shapes
    x = alone(total, pieces)
    regions = {name: undone_share(grams, x, np.eye(len(shapes))) for name, grams in by_region.items()}
    each = {name: undone_share(total, x[:, [at]], np.eye(len(shapes))[:, [at]]) for at, name in enumerate(shapes)}
    covered = _covered(scene, found)
    problems = tuple(_problems(scene, laid, by_region, lips, x, covered))
    wanted = (carried**2).sum(axis=(0, 2))
    undone = np.zeros_like(wanted)
    for at in range(len(carried)):
        undone += ((carried[at] - np.einsum("k,kmd->md", x[:, at], there)) ** 2).sum(axis=1)
    by_control = np.zeros(len(scene.rig.controls))
    for control in range(len(by_control)):
        own = [at for at, piece in enumerate(pieces) if piece.control == control]
        moved = found.weight * (there[own] ** 2).sum(axis=(0, 2))
        by_control[control] = np.sqrt((moved * undone).sum() / max(float((moved * wanted).sum()), 1e-12))
    quality = Quality(regions, each, matched, scene.alignment.misfit, laid.misfit, covered, problems)
    count = len(carried)
    return Judged(quality, by_control, np.sqrt(wanted / count), np.sqrt(undone / count))


def undone_share(grams: Grams, x: Doubles, weights: Doubles) -> float:
    """RMS of what (K, F) variables leave undone of (S, F) weights, as a share of the wanted motion's."""
    wanted = float(np.einsum("sf,sf->", weights, grams.shapes @ weights))
    done = float(np.einsum("kf,kf->", x, grams.controls @ x - 2.0 * (grams.cross @ weights)))
    return float(np.sqrt(max(wanted + done, 0.0) / wanted)) if wanted > 1e-12 else 0.0


def alone(total: Grams, pieces: Sequence[Piece]) -> Doubles:
    """(K, S) the variables for each of our shapes at full strength."""
    upper = np.array([piece.most for piece in pieces])
    h = total.controls + np.diag(1e-4 * np.diag(total.controls) + 1e-12)
    count = total.cross.shape[1]
    none = Contacts(np.zeros((0, len(pieces))), np.zeros((0, count)), np.zeros((0, count)))
    return solve_clip(h, total.cross, upper, np.zeros(len(pieces)), none, 0.0)


def _problems(
    scene: Scene, laid: Registered, by_region: Mapping[str, Grams], lips: Lips, x: Doubles, covered: float
) -> list[str]:
    shapes = scene.source.shapes
    spoken = [undone_share(by_region[name], x, np.eye(len(shapes))) for name in ("mouth", "jaw") if name in by_region]
    undone = float(np.sqrt(np.mean(np.square(spoken)))) if spoken else 1.0
    found: list[str] = []
    if undone > WORST_RESIDUAL:
        found.append(f"{undone:.0%} of the mouth's and jaw's motion stays undone ({WORST_RESIDUAL:.0%} is the limit).")
    if laid.misfit > WORST_REGISTRATION_CM:
        found.append(f"Our face lies {laid.misfit:.2f} cm off theirs ({WORST_REGISTRATION_CM:.2f} cm is the limit).")
    if covered < LEAST_COVERED:
        found.append(f"Only {covered:.0%} of our moving face has a counterpart ({LEAST_COVERED:.0%} are needed).")
    if len(lips.ratio) == 0:
        named = set(scene.landmarks) >= LIP_MARKS
        found.append("No control opens the mouth." if named else _NO_LIPS)
    else:
        at = shapes.index("jawOpen")
        asked = float((lips.ratio * lips.shapes[:, at]).mean())
        reached = float((lips.controls @ x[:, at]).mean()) / max(asked, 1e-6)
        if reached < LEAST_OPENING:
            found.append(f"The mouth opens by {max(reached, 0.0):.0%} of ours ({LEAST_OPENING:.0%} are needed).")
    return found


def _covered(scene: Scene, found: Correspondence) -> float:
    """Share of our moving outer vertices that have a counterpart near."""
    source = scene.source
    moved = source.points[(source.region >= 0) & ~source.inside]
    home = np.einsum("mc,mcd->md", found.bary, source.points[found.corners])
    distance, _ = cKDTree(home).query(moved)
    return float(np.mean(np.asarray(distance) < _NEAR_CM))
