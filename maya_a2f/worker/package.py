"""A regression model package in memory. Formats: specification, model-package.md section 3.

Reading and checking live in :mod:`maya_a2f.worker.package_reading` and :mod:`maya_a2f.worker.package_check`.
Poses and deltas are flat float32 arrays of 3·V values, x, y, z interleaved; y is up, units are centimetres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class NetworkInfo:
    """``network_info.json``."""

    actor: str
    explicit_emotions: tuple[str, ...]
    """Names of the user-controlled emotions, in network order."""
    default_emotion: tuple[float, ...]
    implicit_emotion_len: int
    num_shapes_skin: int
    num_verts_skin: int
    num_shapes_tongue: int
    num_verts_tongue: int
    result_jaw_size: int
    """Jaw floats: points × 3."""
    result_eyes_size: int
    """Eye floats: right x, right y, left x, left y."""
    buffer_len: int
    """Window, samples."""
    buffer_ofs: int
    """Offset of the frame's sample in the window."""
    samplerate: int
    """Hz."""

    @property
    def emotion_size(self) -> int:
        """Length of the network's emotion input: implicit, then explicit."""
        return self.implicit_emotion_len + len(self.explicit_emotions)

    @property
    def result_size(self) -> int:
        """Length of one network result: skin | tongue | jaw | eyes."""
        return self.num_shapes_skin + self.num_shapes_tongue + self.result_jaw_size + self.result_eyes_size


@dataclass(frozen=True)
class ModelConfig:
    """``model_config.json``."""

    input_strength: float
    """Gain on the audio."""
    parameters: Mapping[str, float]
    """Animator parameters by camelCase name (``lowerFaceStrength``), all of them."""
    source_shot: str
    source_frame: int


@dataclass(frozen=True)
class ModelData:
    """``model_data.npz``."""

    shapes_matrix_skin: Floats
    """(num_shapes_skin, 3·V) PCA basis, row s is a delta for unit coefficient s."""
    neutral_skin: Floats
    """(3·V,) ``shapes_mean_skin``."""
    lip_open_pose_delta: Floats
    """(3·V,)"""
    eye_close_pose_delta: Floats
    """(3·V,)"""
    shapes_matrix_tongue: Floats
    """(num_shapes_tongue, 3·Vt)"""
    neutral_tongue: Floats
    """(3·Vt,)"""
    neutral_jaw: Floats
    """(points, 3)"""
    saccade_rot_matrix: Floats
    """(frames, 2): x then y rotation in degrees at 30 frames/s."""


@dataclass(frozen=True)
class BlendshapeConfig:
    """``bs_*_config.json``: one entry per pose in the lists."""

    l1_regularization: float
    l2_regularization: float
    temporal_smoothing: float
    symmetry: float
    template_bb_size: float
    active_poses: tuple[int, ...]
    cancel_poses: tuple[int, ...]
    """Pair ids, −1 for none."""
    symmetry_poses: tuple[int, ...]
    """Pair ids, −1 for none."""
    multipliers: tuple[float, ...]
    offsets: tuple[float, ...]


@dataclass(frozen=True)
class BlendshapeSet:
    """``bs_*.npz`` with its configuration."""

    pose_names: tuple[str, ...]
    """Without ``neutral``."""
    neutral: Floats
    """(3·V,)"""
    deltas: Floats
    """(poses, 3·V)"""
    mask: Ints | None
    """(M,) vertex indices used by the solver; None or empty means all."""
    config: BlendshapeConfig


@dataclass(frozen=True)
class RegressionPackage:
    """Everything a solve needs, checked for mutual fit."""

    folder: Path
    name: str
    """Folder name, what the user calls the model."""
    info: NetworkInfo
    config: ModelConfig
    data: ModelData
    implicit_emotion: Floats
    """(implicit_emotion_len,) the row of the database at (source_shot, source_frame)."""
    network_path: Path
    """The ONNX file."""
    skin: BlendshapeSet | None
    tongue: BlendshapeSet | None
    unavailable: tuple[str, ...]
    """Outputs this package cannot give, in words; empty for a complete one."""
