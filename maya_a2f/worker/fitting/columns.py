"""Controls as variables between 0 and 1, each moving the face by a fixed field of offsets.

A control with one sample is one variable. One that goes both ways, or was sampled at several values because it does
not move the face along straight lines (a joint turns), is a chain of pieces from its rest value outwards; within a
piece the motion is linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maya_a2f.worker.fitting.face_rig import FaceRig, RigControl, Sample
from maya_a2f.worker.fitting.surface import Doubles, Indices


@dataclass(frozen=True)
class Piece:
    """A stretch of one control's range, and where it stands in its chain."""

    control: int
    start: float
    end: float
    """Value at 0 and at 1, in the attribute's unit; ``end`` is further from rest."""
    order: int
    """0 next to the rest value."""
    most: float
    """Upper bound of the variable: less than 1 where the attribute's limit cuts the piece."""


def pieces_of(rig: FaceRig) -> tuple[Piece, ...]:
    """Every control's chain, in order of the controls."""
    return tuple(piece for index, control in enumerate(rig.controls) for piece in _chain(index, control))


def piece_offsets(rig: FaceRig, piece: Piece) -> Doubles:
    """(n, 3) what the piece adds from its start to its end."""
    by_value = {sample.value: sample for sample in rig.controls[piece.control].samples}
    result = rig.dense(by_value[piece.end])
    if piece.start in by_value:
        result = result - rig.dense(by_value[piece.start])
    return result


def control_values(rig_rest: Doubles, pieces: tuple[Piece, ...], variables: Doubles) -> Doubles:
    """(F, C) attribute values for (F, K) variables."""
    values = np.repeat(rig_rest[None], len(variables), axis=0)
    for column, piece in enumerate(pieces):
        values[:, piece.control] += variables[:, column] * (piece.end - piece.start)
    return values


def whole_offsets(rig: FaceRig) -> tuple[Indices, list[Sample]]:
    """Each way of each control as far as it was sampled: (w,) control, and w samples."""
    owners: list[int] = []
    samples: list[Sample] = []
    for index, control in enumerate(rig.controls):
        for way in (-1, 1):
            side = [sample for sample in control.samples if (sample.value - control.rest) * way > 1e-9]
            if side:
                owners.append(index)
                samples.append(max(side, key=lambda sample: abs(sample.value - control.rest)))
    return np.array(owners, dtype=np.int64), samples


def _chain(index: int, control: RigControl) -> list[Piece]:
    chain: list[Piece] = []
    for way in (-1, 1):
        ends = sorted(
            (sample.value for sample in control.samples if (sample.value - control.rest) * way > 1e-9),
            key=lambda value: abs(value - control.rest),
        )
        limit = control.lowest if way < 0 else control.highest
        start = control.rest
        for order, end in enumerate(ends):
            most = min(1.0, (limit - start) / (end - start))
            if most <= 1e-9:
                break
            chain.append(Piece(index, start, end, order, most))
            start = end
    return chain
