"""A diffusion package in memory. Formats: specification, model-package.md section 4.

One network serves several *identities*: faces, each with its own neutral, poses and parameters. A solve uses one of
them, so only that one is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.worker.package import BlendshapeSet, Floats, ModelConfig, ModelData, NetworkInfo, RegressionPackage


@dataclass(frozen=True)
class DiffusionInfo:
    """``network_info.json``."""

    emotions: tuple[str, ...]
    """Names of the emotions, in network order."""
    default_emotion: tuple[float, ...]
    identities: tuple[str, ...]
    """Names of the faces, in the order of the network's one-hot input; at least one."""
    skin_size: int
    """Skin floats per frame, a multiple of 3."""
    tongue_size: int
    """Tongue floats per frame, a multiple of 3."""
    jaw_size: int
    """Jaw floats per frame: points × 3."""
    eyes_size: int
    """Eye floats per frame: right x, right y, left x, left y."""
    steps: int
    """Diffusion steps of one inference."""
    gru_layers: int
    latent_size: int
    """Width of the memory, per step and layer."""
    left_frames: int
    """Leading frames of a prediction that are not kept."""
    kept_frames: int
    right_frames: int
    """Trailing frames of a prediction that are not kept."""
    buffer_len: int
    """Window, samples."""
    padding_left: int
    """Silence before sample 0 that the first window starts with, samples."""
    samplerate: int
    """Hz."""
    constant_noise: bool = True
    """Whether every inference gets the same noise; ours, ``params.constant_noise``."""
    noise_seed: int = 0
    """Ours, ``params.noise_seed``."""

    @property
    def frames(self) -> int:
        """Frames of one prediction, kept or not."""
        return self.left_frames + self.kept_frames + self.right_frames

    @property
    def frame_size(self) -> int:
        """D, floats of one frame: skin | tongue | jaw | eyes."""
        return self.skin_size + self.tongue_size + self.jaw_size + self.eyes_size

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second that the network gives, and no others."""
        return Fraction(self.frames * self.samplerate, self.buffer_len)

    @property
    def noise_shape(self) -> tuple[int, int, int]:
        """(steps + 1, frames, D): the noise of one inference."""
        return self.steps + 1, self.frames, self.frame_size

    @property
    def latents_shape(self) -> tuple[int, int, int]:
        """(steps, layers, width): the memory of one track."""
        return self.steps, self.gru_layers, self.latent_size


@dataclass(frozen=True)
class DiffusionPackage:
    """Everything that a solve with one identity needs, checked for mutual fit."""

    folder: Path
    name: str
    """Folder name, what the user calls the model."""
    info: DiffusionInfo
    identity: str
    """One of ``info.identities``."""
    config: ModelConfig
    data: ModelData
    """The identity's; its two bases have no rows, since the network gives vertices."""
    network_path: Path
    """The ONNX file."""
    noise_path: Path | None
    """``noise.npy``, where the package brings its own."""
    skin: BlendshapeSet | None
    tongue: BlendshapeSet | None
    unavailable: tuple[str, ...]
    """Outputs this package cannot give for this identity, in words."""

    @property
    def identity_index(self) -> int:
        """Its place in the network's one-hot input."""
        return self.info.identities.index(self.identity)

    def one_hot(self) -> Floats:
        """(identities,) the network's input."""
        values = np.zeros(len(self.info.identities), np.float32)
        values[self.identity_index] = 1.0
        return values


def active_count(shapes: BlendshapeSet | None) -> int:
    """K, how many poses the solve of a part may use."""
    return 0 if shapes is None else sum(1 for flag in shapes.config.active_poses if flag)


def network_info(info: DiffusionInfo, identity: str, skin_rows: int = 0, tongue_rows: int = 0) -> NetworkInfo:
    """What is common to all networks, as a regression network would say it; rows as posing counts them."""
    return NetworkInfo(
        actor=identity,
        explicit_emotions=info.emotions,
        default_emotion=info.default_emotion,
        implicit_emotion_len=0,
        num_shapes_skin=skin_rows,
        num_verts_skin=info.skin_size // 3,
        num_shapes_tongue=tongue_rows,
        num_verts_tongue=info.tongue_size // 3,
        result_jaw_size=info.jaw_size,
        result_eyes_size=info.eyes_size,
        buffer_len=info.buffer_len,
        buffer_ofs=info.padding_left,
        samplerate=info.samplerate,
    )


def row_package(package: DiffusionPackage) -> RegressionPackage:
    """The identity as posing sees it: a package whose coefficients are the solver's right sides.

    A row is Dᵀδ of the whole skin | Dᵀ(m·δ) | Dᵀδ of the tongue | jaw | eyes; see
    :mod:`maya_a2f.worker.diffusion.projection`.
    """
    return RegressionPackage(
        folder=package.folder,
        name=package.name,
        info=network_info(package.info, package.identity, 2 * active_count(package.skin), active_count(package.tongue)),
        config=package.config,
        data=package.data,
        implicit_emotion=np.empty(0, np.float32),
        network_path=package.network_path,
        skin=package.skin,
        tongue=package.tongue,
        unavailable=package.unavailable,
    )
