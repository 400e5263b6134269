"""The default head as a linear face: skin, tongue, jaw points and eyes as functions of the control weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS

Floats = NDArray[np.float32]
DEFAULT_HEAD = Path(__file__).parent.parent / "presets" / "default_head"


@dataclass(frozen=True)
class FaceModel:
    """Neutral points and deltas, in centimetres."""

    skin: Floats
    """(V, 3)"""
    skin_shapes: Floats
    """(52, V, 3) in the order of ``ARKIT_CHANNELS``"""
    tongue: Floats
    """(T, 3)"""
    tongue_shapes: Floats
    """(16, T, 3) in the order of ``TONGUE_CHANNELS``, relative to the jaw"""
    jaw: Floats
    """(5, 3) points of the lower teeth"""
    jaw_shapes: Floats
    """(52, 5, 3): how the ARKit shapes of the jaw move those points, along the chord of the hinge's arc"""


def read_face_model(folder: Path = DEFAULT_HEAD) -> FaceModel:
    """The face in a head folder (``head.json``, ``head.npz``)."""
    head = json.loads((folder / "head.json").read_text(encoding="utf-8"))
    with np.load(folder / "head.npz", allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    points = head["landmarks"]["jawPoints"]
    jaw = arrays[f"{points['mesh']}.points"][points["vertices"]]
    return FaceModel(
        skin=arrays["face.points"],
        skin_shapes=_shapes(arrays, "face", ARKIT_CHANNELS),
        tongue=arrays["tongue.points"],
        tongue_shapes=_shapes(arrays, "tongue", TONGUE_CHANNELS),
        jaw=jaw,
        jaw_shapes=_jaw_shapes(jaw, head["jaw_hinge"]),
    )


def _shapes(arrays: dict[str, NDArray[np.generic]], mesh: str, names: tuple[str, ...]) -> Floats:
    count = len(arrays[f"{mesh}.points"])
    shapes = np.zeros((len(names), count, 3), np.float32)
    for row, name in enumerate(names):
        if f"{mesh}.shape.{name}.indices" in arrays:
            shapes[row, arrays[f"{mesh}.shape.{name}.indices"]] = arrays[f"{mesh}.shape.{name}.deltas"]
    return shapes


def _jaw_shapes(jaw: Floats, hinge: dict[str, object]) -> Floats:
    """jawOpen turns the points about the hinge's x axis; jawForward, jawLeft and jawRight slide them."""
    centre = np.asarray(hinge["position"], np.float64)
    angle = np.radians(float(str(hinge["open_degrees"])))
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    offset = jaw - centre
    forward, side = float(str(hinge["forward_cm"])), float(str(hinge["side_cm"]))
    moves = {
        "jawOpen": offset @ turn.T - offset,
        "jawForward": np.broadcast_to([0.0, -0.05, forward], jaw.shape),
        "jawLeft": np.broadcast_to([side, 0.0, 0.0], jaw.shape),
        "jawRight": np.broadcast_to([-side, 0.0, 0.0], jaw.shape),
    }
    shapes = np.zeros((len(ARKIT_CHANNELS), *jaw.shape), np.float32)
    for name, move in moves.items():
        shapes[ARKIT_CHANNELS.index(name)] = move
    return shapes


@dataclass(frozen=True)
class Basis:
    """Principal components about the neutral."""

    components: Floats
    """(K, V, 3), orthonormal"""
    from_weights: Floats
    """(shapes, K): coefficients = weights @ from_weights"""


def principal_components(shapes: Floats, weights: Floats, variance: float) -> Basis:
    """Components of the poses weights (frames, S) @ ``shapes`` (S, V, 3), until their share of the variance exceeds
    ``variance`` (specification, training.md section 3.1: about the neutral, eigenvalues λ = s²/(m - 1)).
    """
    flat = shapes.reshape(len(shapes), -1).astype(np.float64)
    directions, triangle = np.linalg.qr(flat.T)  # poses = weights @ triangle.T @ directions.T
    _, sizes, axes = np.linalg.svd(weights.astype(np.float64) @ triangle.T, full_matrices=False)
    share = np.cumsum(sizes**2) / np.sum(sizes**2)
    count = min(len(sizes), int(np.searchsorted(share, variance)) + 1)
    components = axes[:count] @ directions.T
    return Basis(
        components.reshape(count, *shapes.shape[1:]).astype(np.float32), (flat @ components.T).astype(np.float32)
    )
