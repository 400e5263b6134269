"""How a package's lip gap answers to its shapes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from maya_a2f.core.closures import GENERIC_LIP_GAP, LipGap
from maya_a2f.worker.package import RegressionPackage

_HEAD_FOLDER = Path(__file__).resolve().parent.parent / "presets" / "default_head"
_LEAST_CM = 1e-3


def measured_lip_gap(package: RegressionPackage, head_folder: Path = _HEAD_FOLDER) -> LipGap:
    """Measured on the package's own shapes where its skin is the default head's mesh, whose inner lips are known;
    else :data:`GENERIC_LIP_GAP`."""
    shapes = package.skin
    landmarks = _lip_landmarks(head_folder)
    if shapes is None or landmarks is None:
        return GENERIC_LIP_GAP
    upper, lower, vertex_count = landmarks
    if package.info.num_verts_skin != vertex_count or shapes.neutral.size != 3 * vertex_count:
        return GENERIC_LIP_GAP
    height = shapes.deltas.reshape(len(shapes.pose_names), vertex_count, 3)[:, :, 1].astype(np.float64)
    gaps = height[:, upper].mean(axis=1) - height[:, lower].mean(axis=1)
    found = {name: float(gap) for name, gap in zip(shapes.pose_names, gaps, strict=True) if abs(gap) > _LEAST_CM}
    if found.get("jawOpen", 0.0) <= 0.0 or found.get("mouthClose", 0.0) >= 0.0:
        return GENERIC_LIP_GAP
    return LipGap(found)


def _lip_landmarks(folder: Path) -> tuple[list[int], list[int], int] | None:
    """Upper and lower inner lip vertices and the number of vertices of the face; None where the head is not there."""
    try:
        landmarks = json.loads((folder / "head.json").read_text(encoding="utf-8"))["landmarks"]
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            return list(landmarks["lipUpperInner"]), list(landmarks["lipLowerInner"]), len(arrays["face.points"])
    except (OSError, KeyError, TypeError, ValueError):
        return None
