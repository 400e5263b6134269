"""Small diffusion packages in NVIDIA's on-disk format (specification, model-package.md section 4), made from a seed.

The defaults: three identities, 301 skin and 62 tongue vertices, the 52 ARKit and 16 tongue poses, the published window,
frame counts and steps. Equal arguments give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.channels import ARKIT_CHANNELS, EMOTIONS, TONGUE_CHANNELS
from tests.diffusion_package_network import NetworkShape, diffusion_network
from tests.package_factory import (
    CONFIG,
    NEUTRAL_JAW,
    opened_jaw,
    saccade_track,
    write_blendshapes,
    write_json,
    write_npz,
)
from tests.package_geometry import face_points, pose_delta, tongue_points

Floats = npt.NDArray[np.float32]

IDENTITIES = ("Claire", "James", "Mark")


def make_diffusion_package(
    folder: Path,
    *,
    seed: int = 0,
    identities: Sequence[str] = IDENTITIES,
    vertices: int = 301,
    tongue_vertices: int = 62,
    shape: NetworkShape | None = None,
    emotions: Sequence[str] = EMOTIONS,
    blendshapes: Sequence[str] = ("skin", "tongue"),
    mask: bool = True,
    padding_left: int = 16000,
    saccade_frames: int = 5000,
    config: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    batch: int | str = "batch",
) -> Path:
    """Write a sound package into ``folder`` (created) and return it.

    ``config`` overrides keys of every ``model_config_*.json``, ``params`` those of ``network_info.json``.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    shape = shape or NetworkShape(emotions=len(emotions), identities=len(identities))
    skin, tongue = face_points(vertices), tongue_points(tongue_vertices)
    write_json(folder / "model.json", _model(identities, blendshapes))
    write_json(
        folder / "network_info.json",
        {
            "id": {"type": "diffusion", "actor": "multi", "version": "3.0", "output": "geometry"},
            "params": {
                "emotions": list(emotions),
                "default_emotion": [0.0] * len(emotions),
                "identities": list(identities),
                "skin_size": skin.size,
                "tongue_size": tongue.size,
                "jaw_size": NEUTRAL_JAW.size,
                "eyes_size": 4,
                "num_diffusion_steps": shape.steps,
                "num_gru_layers": shape.layers,
                "gru_latent_dim": shape.latent,
                "num_frames_left_truncate": shape.left,
                "num_frames_right_truncate": shape.right,
                "num_frames_center": shape.kept,
                **(params or {}),
            },
            "audio_params": {
                "buffer_len": shape.window,
                "padding_left": padding_left,
                "padding_right": padding_left,
                "samplerate": 16000,
            },
        },
    )
    write_json(folder / "trt_info.json", _trt_info(shape, skin.size + tongue.size + NEUTRAL_JAW.size + 4))
    for place, name in enumerate(identities):
        size = np.float32(1.0 + 0.04 * place)
        own = {**CONFIG, "input_strength": 1.0, "lower_face_strength": 1.25 - 0.05 * place, **(config or {})}
        del own["source_shot"], own["source_frame"]
        write_json(folder / f"model_config_{name}.json", {"config": own})
        write_npz(
            folder / f"model_data_{name}.npz",
            {
                "neutral_skin": skin * size,
                "neutral_tongue": tongue * size,
                "neutral_jaw": NEUTRAL_JAW * size,
                "lip_open_pose_delta": pose_delta(skin, "mouthClose") * np.float32(-0.5) * size,
                "eye_close_pose_delta": (pose_delta(skin, "eyeBlinkLeft") + pose_delta(skin, "eyeBlinkRight")) * size,
                "saccade_rot_matrix": saccade_track(saccade_frames, rng),
            },
        )
        for part, points, poses in (("skin", skin, ARKIT_CHANNELS), ("tongue", tongue, TONGUE_CHANNELS)):
            if part in blendshapes:
                lower = np.flatnonzero((skin[:, 1] < 5.0) & (skin[:, 2] > 0.0)).astype(np.int32)
                deltas = {pose: pose_delta(points, pose) * size for pose in poses}
                chosen = lower if mask and part == "skin" else None
                write_blendshapes(folder, part, points * size, deltas, mask=chosen)
                (folder / f"bs_{part}.npz").replace(folder / f"bs_{part}_{name}.npz")
                (folder / f"bs_{part}_config.json").replace(folder / f"bs_{part}_config_{name}.json")
    (folder / "network.onnx").write_bytes(_network(shape, skin, tongue, rng, batch))
    return folder


def _network(shape: NetworkShape, skin: Floats, tongue: Floats, rng: np.random.Generator, batch: int | str) -> bytes:
    """Loudness opens the jaw; every unit of the memory mixes a few poses of face and tongue."""
    opening = np.concatenate(
        [
            pose_delta(skin, "jawOpen").reshape(-1),
            pose_delta(tongue, "tongueDown").reshape(-1),
            (opened_jaw(NEUTRAL_JAW, 14.0) - NEUTRAL_JAW).reshape(-1),
            np.zeros(4, np.float32),
        ]
    ).astype(np.float32)
    mixtures = np.zeros((shape.latent, opening.size), np.float32)
    for row in mixtures:
        row[: skin.size] = _mixed(skin, ARKIT_CHANNELS, 0.8, rng)
        row[skin.size : skin.size + tongue.size] = _mixed(tongue, TONGUE_CHANNELS, 0.8, rng)
        row[-19:-4] = rng.normal(0.0, 0.03, 15)
        row[-4:] = rng.normal(0.0, 1.0, 4)
    return diffusion_network(shape, opening, mixtures, rng, batch)


def _mixed(points: Floats, poses: Sequence[str], amount: float, rng: np.random.Generator) -> Floats:
    chosen = rng.choice(len(poses), 4, replace=False)
    mixed = sum(rng.normal(0.0, amount) * pose_delta(points, poses[pose]) for pose in chosen)
    return np.asarray(mixed, np.float32).reshape(-1)


def _model(identities: Sequence[str], blendshapes: Sequence[str]) -> dict[str, Any]:
    model: dict[str, Any] = {
        "networkInfoPath": "network_info.json",
        "networkPath": "network.trt",  # never shipped: it is built where it runs
        "modelConfigPaths": [f"model_config_{name}.json" for name in identities],
        "modelDataPaths": [f"model_data_{name}.npz" for name in identities],
    }
    if blendshapes:
        model["blendshapePaths"] = [
            {part: {"config": f"bs_{part}_config_{name}.json", "data": f"bs_{part}_{name}.npz"} for part in blendshapes}
            for name in identities
        ]
    return model


def _trt_info(shape: NetworkShape, size: int) -> dict[str, Any]:
    def shapes(limit: str, n: str) -> str:
        memory = f"{shape.steps}x{shape.layers}x{n}x{shape.latent}"
        return (
            f"--{limit}Shapes=window:{n}x{shape.window},identity:{n}x{shape.identities},"
            f"emotion:{n}x{shape.kept}x{shape.emotions},input_latents:{memory},"
            f"noise:{n}x{shape.steps + 1}x{shape.frames}x{size}"
        )

    batch = [shapes("min", "1"), shapes("max", "{MAX_BATCH_SIZE}"), shapes("opt", "{OPT_BATCH_SIZE}")]
    return {
        "trt_build_param": {"cuda_in_graphics": ["--memPoolSize=tacticSharedMem:0.046875"], "batch": batch},
        "defaults": {"MAX_BATCH_SIZE": 8, "OPT_BATCH_SIZE": 3},
    }
