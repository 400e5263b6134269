"""Small model packages made straight in memory, without files: random, but smooth over the face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.face_parameters import FACE_PARAMETERS
from maya_a2f.worker.package import (
    BlendshapeConfig,
    BlendshapeSet,
    Floats,
    Ints,
    ModelConfig,
    ModelData,
    NetworkInfo,
    RegressionPackage,
)

SKIN_POSES = ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthClose", "mouthSmileLeft", "mouthSmileRight", "idle")
TONGUE_POSES = ("tongueTipUp", "tongueTipDown", "tongueIn")

SKIN_CONFIG = BlendshapeConfig(
    l1_regularization=0.5,
    l2_regularization=0.5,
    temporal_smoothing=0.3,
    symmetry=100.0,
    template_bb_size=30.0,
    active_poses=(1, 1, 1, 1, 1, 1, 0),
    cancel_poses=(-1,) * 7,
    symmetry_poses=(0, 0, -1, -1, 1, 1, -1),
    multipliers=(1.0,) * 7,
    offsets=(0.0,) * 7,
)
TONGUE_CONFIG = BlendshapeConfig(
    l1_regularization=1.0,
    l2_regularization=0.1,
    temporal_smoothing=0.2,
    symmetry=100.0,
    template_bb_size=8.0,
    active_poses=(1, 1, 1),
    cancel_poses=(0, 0, -1),
    symmetry_poses=(-1, -1, -1),
    multipliers=(1.0, 0.5, 2.0),
    offsets=(0.0, 0.1, 0.0),
)


def cloud(rng: np.random.Generator, vertices: int, size: Sequence[float]) -> Floats:
    """(vertices, 3) points in a box around the origin."""
    return (rng.uniform(-0.5, 0.5, (vertices, 3)) * np.asarray(size)).astype(np.float32)


def bumps(rng: np.random.Generator, points: Floats, count: int, amplitude: float, radius: float) -> Floats:
    """(count, 3V) deltas, each around one vertex and fading with the distance from it."""
    centres = points[rng.integers(0, len(points), count)]
    distance = np.linalg.norm(points[None] - centres[:, None], axis=2)
    fade = np.exp(-0.5 * (distance / radius) ** 2)
    direction = rng.normal(0.0, amplitude, (count, 1, 3))
    return (fade[:, :, None] * direction).reshape(count, -1).astype(np.float32)


def shape_set(
    names: Sequence[str], points: Floats, deltas: npt.NDArray[np.floating], mask: Ints | None, config: BlendshapeConfig
) -> BlendshapeSet:
    return BlendshapeSet(tuple(names), points.reshape(-1), np.asarray(deltas, np.float32), mask, config)


def package_values(
    seed: int = 0,
    *,
    vertices: int = 300,
    skin_shapes: int = 12,
    masked: bool = True,
    skin_config: BlendshapeConfig = SKIN_CONFIG,
    parameters: Mapping[str, float] | None = None,
) -> RegressionPackage:
    """A whole package; the shape sets' neutrals differ a little from the network's, as they may."""
    rng = np.random.default_rng(seed)
    tongue_vertices, tongue_shapes = 60, 4
    skin, tongue = cloud(rng, vertices, (16, 24, 16)), cloud(rng, tongue_vertices, (3, 2, 6))
    data = ModelData(
        shapes_matrix_skin=bumps(rng, skin, skin_shapes, 1.0, 5.0),
        neutral_skin=skin.reshape(-1),
        lip_open_pose_delta=bumps(rng, skin, 1, 1.0, 3.0)[0],
        eye_close_pose_delta=bumps(rng, skin, 1, 1.0, 3.0)[0],
        shapes_matrix_tongue=bumps(rng, tongue, tongue_shapes, 0.5, 2.0),
        neutral_tongue=tongue.reshape(-1),
        neutral_jaw=cloud(rng, 5, (6, 2, 6)),
        saccade_rot_matrix=rng.normal(0.0, 1.0, (5000, 2)).astype(np.float32),
    )
    mask = rng.permutation(vertices)[: vertices // 3].astype(np.int32) if masked else None
    skin_neutral = (skin + rng.normal(0.0, 0.01, skin.shape)).astype(np.float32)
    info = NetworkInfo(
        actor="values",
        explicit_emotions=EMOTIONS,
        default_emotion=(0.0,) * 10,
        implicit_emotion_len=16,
        num_shapes_skin=skin_shapes,
        num_verts_skin=vertices,
        num_shapes_tongue=tongue_shapes,
        num_verts_tongue=tongue_vertices,
        result_jaw_size=15,
        result_eyes_size=4,
        buffer_len=8320,
        buffer_ofs=4160,
        samplerate=16000,
    )
    values = {parameter.name: parameter.default for parameter in FACE_PARAMETERS} | dict(parameters or {})
    return RegressionPackage(
        folder=Path("values"),
        name="values",
        info=info,
        config=ModelConfig(values["inputStrength"], values, "g2a_neutral", 33),
        data=data,
        implicit_emotion=np.zeros(16, np.float32),
        network_path=Path("network.onnx"),
        skin=shape_set(SKIN_POSES, skin_neutral, bumps(rng, skin, 7, 1.5, 5.0), mask, skin_config),
        tongue=shape_set(TONGUE_POSES, tongue, bumps(rng, tongue, 3, 0.7, 2.0), None, TONGUE_CONFIG),
        unavailable=(),
    )


def raw_values(package: RegressionPackage, frames: int = 40, seed: int = 1) -> Floats:
    """(frames, result_size) a smooth random motion."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(frames)[:, None] / 30.0
    waves = [
        rng.normal(0.0, 0.6, package.info.result_size)
        * np.sin(2.0 * np.pi * (hertz * seconds + rng.uniform(0.0, 1.0, package.info.result_size)))
        for hertz in (0.7, 2.1, 4.3)
    ]
    return np.sum(waves, axis=0).astype(np.float32)
