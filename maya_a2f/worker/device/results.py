"""From the columns that the device computed to named channels, on the host."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from maya_a2f.core.channels import EYE_CHANNELS, JAW_CHANNELS
from maya_a2f.worker.jaw import euler_angles
from maya_a2f.worker.package import RegressionPackage
from maya_a2f.worker.pose import MOUTH_CLOSE_NOTE, PoseResult, require_finite

Doubles = npt.NDArray[np.float64]

JAW_COLUMNS, EYE_COLUMNS = 12, 4
"""Translation and rotation matrix; right x, right y, left x, left y."""


def column_count(package: RegressionPackage) -> int:
    """Columns of a frame: skin poses, tongue poses, jaw, eyes, each where the package has them."""
    poses = sum(len(shapes.pose_names) for shapes in (package.skin, package.tongue) if shapes)
    info = package.info
    return poses + (JAW_COLUMNS if info.result_jaw_size else 0) + (EYE_COLUMNS if info.result_eyes_size else 0)


def channels_of(table: Doubles, package: RegressionPackage, contains_jaw: bool) -> PoseResult:
    """The channels of one clip from its columns (F, :func:`column_count`).

    Raises :class:`EngineError` ``network.not_finite``.
    """
    channels: dict[str, Doubles] = {}
    notes, start = [], 0
    if package.skin:
        start = len(package.skin.pose_names)
        channels.update({name: table[:, index].copy() for index, name in enumerate(package.skin.pose_names)})
        if contains_jaw:
            notes.append(MOUTH_CLOSE_NOTE)
    if package.tongue:
        for index, name in enumerate(package.tongue.pose_names):
            if name in channels:
                notes.append(f"Both shape sets have a pose '{name}'; the skin's is kept.")
            else:
                channels[name] = table[:, start + index].copy()
        start += len(package.tongue.pose_names)
    if package.info.result_jaw_size:
        jaw = table[:, start : start + JAW_COLUMNS]
        turns = euler_angles(jaw[:, 3:].reshape(-1, 3, 3))
        for index, name in enumerate(JAW_CHANNELS):
            channels[name] = (jaw[:, index] if index < 3 else turns[:, index - 3]).copy()
        start += JAW_COLUMNS
    if package.info.result_eyes_size:
        for name, column in zip(EYE_CHANNELS, (2, 3, 0, 1), strict=True):  # left first; the package has right first
            channels[name] = table[:, start + column].copy()
    for name, samples in channels.items():
        require_finite(name, samples)
    return PoseResult(channels, tuple(notes), {"mouthCloseContainsJaw": contains_jaw})
