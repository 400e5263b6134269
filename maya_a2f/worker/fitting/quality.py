"""How well a rig's controls can do what ours do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from maya_a2f.worker.fitting.alignment import Alignment
from maya_a2f.worker.fitting.clip_solver import Contacts, solve_clip
from maya_a2f.worker.fitting.columns import Piece
from maya_a2f.worker.fitting.fit_data import Grams, Lips, Quality
from maya_a2f.worker.fitting.registration import Registered
from maya_a2f.worker.fitting.surface import Doubles

WORST_RESIDUAL = 0.8
"""Of the mouth's and the jaw's motion that stays undone: beyond it a fit is bad."""
WORST_REGISTRATION_CM = 0.35
LEAST_COVERED = 0.6
LEAST_OPENING = 0.35
"""Of our opening that the rig must reach."""


def judged(
    total: Grams,
    by_region: Mapping[str, Grams],
    lips: Lips,
    pieces: tuple[Piece, ...],
    shapes: tuple[str, ...],
    there: Doubles,
    carried: Doubles,
    weight: Doubles,
    control_count: int,
    matched: Mapping[str, tuple[str, ...]],
    alignment: Alignment,
    laid: Registered,
    covered: float,
) -> tuple[Quality, Doubles]:
    """The quality, and (C,) the residual of each control: each of our shapes at full strength, solved alone."""
    upper = np.array([piece.most for piece in pieces])
    h = total.controls + np.diag(1e-6 * np.diag(total.controls) + 1e-12)
    none = Contacts(np.zeros((0, len(pieces))), np.zeros((0, len(shapes))), np.zeros((0, len(shapes))))
    x = solve_clip(h, total.cross, upper, np.zeros(len(pieces)), none, 0.0)
    regions = {name: _share(grams, x) for name, grams in by_region.items()}
    left = np.array([_left(total, x[:, at], at) for at in range(len(shapes))])
    whole = np.maximum(np.diag(total.shapes), 1e-12)
    by_shape = {name: float(np.sqrt(max(part, 0.0) / all_)) for name, part, all_ in zip(shapes, left, whole, strict=True)}
    residuals = _by_control(there, carried, weight, x, pieces, control_count)
    problems: list[str] = []
    spoken = [by_region[name] for name in ("mouth", "jaw") if name in by_region]
    undone = float(np.sqrt(np.mean([_share(grams, x) ** 2 for grams in spoken]))) if spoken else 1.0
    if undone > WORST_RESIDUAL:
        problems.append(
            f"{undone:.0%} of the mouth's and jaw's motion stays undone (at most {WORST_RESIDUAL:.0%} is allowed)."
        )
    if laid.misfit > WORST_REGISTRATION_CM:
        problems.append(
            f"Our face lies {laid.misfit:.2f} cm off theirs (at most {WORST_REGISTRATION_CM:.2f} cm is allowed)."
        )
    if covered < LEAST_COVERED:
        problems.append(f"Only {covered:.0%} of our moving face has a counterpart ({LEAST_COVERED:.0%} are needed).")
    if len(lips.ratio) and "jawOpen" in shapes:
        at = shapes.index("jawOpen")
        reached = float((lips.controls @ x[:, at]).mean() / max((lips.ratio * lips.shapes[:, at]).mean(), 1e-6))
        if reached < LEAST_OPENING:
            problems.append(f"The mouth opens by {max(reached, 0.0):.0%} of ours ({LEAST_OPENING:.0%} are needed).")
    return Quality(regions, by_shape, matched, alignment.misfit, laid.misfit, covered, tuple(problems)), residuals


def _left(grams: Grams, x: Doubles, shape: int) -> float:
    return float(grams.shapes[shape, shape] - 2 * grams.cross[:, shape] @ x + x @ grams.controls @ x)


def _share(grams: Grams, x: Doubles) -> float:
    """Undone share of the motion of all shapes together."""
    left = sum(max(_left(grams, x[:, at], at), 0.0) for at in range(x.shape[1]))
    return float(np.sqrt(left / max(float(np.trace(grams.shapes)), 1e-12)))


def _by_control(
    there: Doubles, carried: Doubles, weight: Doubles, x: Doubles, pieces: tuple[Piece, ...], control_count: int
) -> Doubles:
    """Undone share where a control moves the face."""
    wanted = (carried**2).sum(axis=(0, 2))
    undone = np.zeros_like(wanted)
    for at in range(len(carried)):
        undone += ((carried[at] - np.einsum("k,kmd->md", x[:, at], there)) ** 2).sum(axis=1)
    residuals = np.zeros(control_count)
    for control in range(control_count):
        own = [at for at, piece in enumerate(pieces) if piece.control == control]
        moved = weight * (there[own] ** 2).sum(axis=(0, 2))
        residuals[control] = np.sqrt((moved * undone).sum() / max(float((moved * wanted).sum()), 1e-12))
    return residuals
