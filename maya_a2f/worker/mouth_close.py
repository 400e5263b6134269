"""Does a shape set's ``mouthClose`` contain its ``jawOpen``?

Apple's mouthClose moves only the lips, and adds to jawOpen. NVIDIA's sample set has mouthClose as the whole face with
an open jaw and closed lips (specification, model-package.md section 3.6), so its chin is down. The chin tells them
apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.package import BlendshapeSet

_JAW_SHARE = 0.5
"""A vertex follows the jaw when jawOpen moves it by at least this share of its largest movement."""
_CHIN_SHARE = 0.3
"""The chin is this lowest share of the height of what follows the jaw; the lips are at its top."""
_THRESHOLD = 0.5


def mouth_close_contains_jaw(shapes: BlendshapeSet | None) -> bool:
    """Whether mouthClose brings the chin down with it; False where there is no such pair of shapes.

    Sets that contain the jaw have a factor near 1, Apple's near 0 (:func:`jaw_share_of_mouth_close`).
    """
    share = None if shapes is None else jaw_share_of_mouth_close(shapes)
    return share is not None and share > _THRESHOLD


def jaw_share_of_mouth_close(shapes: BlendshapeSet) -> float | None:
    """The projection of mouthClose onto jawOpen over the chin; None where a shape is missing or moves nothing."""
    if "jawOpen" not in shapes.pose_names or "mouthClose" not in shapes.pose_names:
        return None
    jaw = _delta(shapes, "jawOpen")
    close = _delta(shapes, "mouthClose")
    chin = _chin(shapes.neutral.reshape(-1, 3)[:, 1].astype(np.float64), jaw)
    energy = float(np.sum(jaw[chin] ** 2))
    return float(np.sum(close[chin] * jaw[chin])) / energy if energy > 0.0 else None


def _delta(shapes: BlendshapeSet, name: str) -> npt.NDArray[np.float64]:
    delta: npt.NDArray[np.float64] = shapes.deltas[shapes.pose_names.index(name)].reshape(-1, 3).astype(np.float64)
    return delta


def _chin(height: npt.NDArray[np.float64], jaw: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """(V,) the lowest of the vertices that follow the jaw: chin and the underside of the jaw, no lip."""
    moved = np.linalg.norm(jaw, axis=1)
    follows: npt.NDArray[np.bool_] = (moved >= _JAW_SHARE * moved.max()) & (moved > 0.0)
    if not follows.any():
        return follows
    lowest, highest = height[follows].min(), height[follows].max()
    chin: npt.NDArray[np.bool_] = follows & (height <= lowest + _CHIN_SHARE * (highest - lowest))
    return chin
