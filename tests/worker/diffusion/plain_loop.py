"""The loop of inference.md section 5.3, written down once more without anything of the product but its noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from maya_a2f.worker.diffusion.noise import noise_source
from maya_a2f.worker.diffusion.package import DiffusionPackage

Floats = npt.NDArray[np.float32]
_RUNTIME: Any = onnxruntime


def plain_frames(package: DiffusionPackage, audio: Floats, emotion: Floats, gain: float = 1.0) -> Floats:
    """(F, D) every frame of a finished recording at 60 frames/s, with a constant ``emotion`` (E,). Published sizes."""
    session = _RUNTIME.InferenceSession(str(package.network_path), providers=["CPUExecutionProvider"])
    info, noise = package.info, noise_source(package)
    latents = np.zeros((info.steps, info.gru_layers, 1, info.latent_size), np.float32)
    padded = np.concatenate([np.zeros(16000, np.float32), audio * np.float32(gain), np.zeros(40000, np.float32)])
    frames, inference = [], 0
    while len(frames) < -(-len(audio) * 3 // 800):
        latents, prediction = session.run(
            ["output_latents", "prediction"],
            {
                "window": padded[None, 8000 * inference : 8000 * inference + 16000],
                "identity": package.one_hot()[None],
                "emotion": np.tile(emotion, (1, 30, 1)),
                "input_latents": latents,
                "noise": noise.block(inference)[None],
            },
        )
        for frame in range(30):
            target = -12000 + (30 * inference + frame) * 800 // 3
            if 0 <= target < len(audio):
                frames.append(prediction[0, 15 + frame])
        inference += 1
    return np.array(frames, np.float32).reshape(len(frames), info.frame_size)


def talk(seconds: float, seed: int = 0) -> Floats:
    """Noise in syllables of a quarter of a second."""
    count = int(seconds * 16000)
    loud = np.sin(np.arange(count) * 2 * np.pi / 8000) > 0
    values = np.random.default_rng(seed).normal(0.0, 0.2, count) * loud
    return values.astype(np.float32)


def open_package(folder: Path, identity: str = "") -> DiffusionPackage:
    """As the product reads it."""
    from maya_a2f.worker.diffusion.package_reading import load_diffusion_package

    return load_diffusion_package(folder, identity)
