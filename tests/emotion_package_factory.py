"""Small Audio2Emotion packages in NVIDIA's on-disk format (specification, model-package.md section 6).

The network is tiny and known: the logit of class i is ``gains[i]`` times the mean level of the window, plus
``offsets[i]``. :func:`network_logits` computes the same without any runtime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.package_factory import write_json

Floats = npt.NDArray[np.float32]

CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad")
CORRESPONDENCE = {"angry": 1, "disgust": 3, "fear": 4, "happy": 6, "neutral": -1, "sad": 9}
GAINS = (10.0, -2.0, 1.0, 4.0, 0.0, -8.0)
OFFSETS = (-1.0, 0.0, -0.5, 0.5, 1.0, 0.25)
POST_PROCESSING: dict[str, Any] = {  # the published values of v2.2
    "output_emotion_length": 10,
    "emotion_contrast": 1.0,
    "max_emotions": 6,
    "live_blend_coef": 0.7,
    "enable_preferred_emotion": False,
    "preferred_emotion_strength": 0.5,
    "transition_smoothing": 0.5,
    "fixed_dt": 0.033,
    "emotion_strength": 0.6,
    "preferred_emotion": [0.0] * 10,
    "emotion_correspondence": CORRESPONDENCE,
}


def make_emotion_package(
    folder: Path,
    *,
    version: str = "2.2",
    config: Mapping[str, Any] | None = None,
    emotions: Sequence[str] = CLASSES,
    gains: Sequence[float] = GAINS,
    offsets: Sequence[float] = OFFSETS,
    samplerate: int = 16000,
    batch: int | str = "batch",
    length: int | str = "samples",
    names: tuple[str, str] = ("input_values", "output"),
) -> Path:
    """Write a sound package into ``folder`` (created) and return it. ``version`` is only written into it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / "model.json",
        {
            "networkInfoPath": "network_info.json",
            "networkPath": "network.trt",
            "modelConfigPath": "model_config.json",
        },
    )
    write_json(
        folder / "network_info.json",
        {"audio_params": {"samplerate": samplerate}, "emotions": list(emotions), "version": version},
    )
    write_json(folder / "model_config.json", {"post_processing_config": {**POST_PROCESSING, **(config or {})}})
    shapes = [f"--{limit}Shapes=input_values:1x{{{limit.upper()}_BUFFER_LEN}}" for limit in ("min", "max", "opt")]
    write_json(folder / "trt_info.json", {"trt_build_param": {"batch": shapes}, "defaults": {"MAX_BUFFER_LEN": 60000}})
    (folder / "network.onnx").write_bytes(emotion_network(gains, offsets, batch=batch, length=length, names=names))
    return folder


def emotion_network(
    gains: Sequence[float],
    offsets: Sequence[float],
    *,
    batch: int | str = "batch",
    length: int | str = "samples",
    names: tuple[str, str] = ("input_values", "output"),
) -> bytes:
    """The ONNX file."""
    constants = {
        "gains": np.array(gains, np.float32)[None, :],
        "offsets": np.array(offsets, np.float32)[None, :],
    }
    nodes = [
        helper.make_node("Abs", [names[0]], ["rectified"]),
        helper.make_node("ReduceMean", ["rectified"], ["level"], axes=[1], keepdims=1),
        helper.make_node("MatMul", ["level", "gains"], ["weighted"]),
        helper.make_node("Add", ["weighted", "offsets"], [names[1]]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny_emotion",
        [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, [batch, length])],
        [helper.make_tensor_value_info(names[1], TensorProto.FLOAT, [batch, len(gains)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def network_logits(windows: Floats, gains: Sequence[float] = GAINS, offsets: Sequence[float] = OFFSETS) -> Floats:
    """(B, classes) what the network gives for windows (B, T)."""
    level = np.abs(windows).mean(axis=1, keepdims=True)
    return np.asarray(level * np.array(gains, np.float32) + np.array(offsets, np.float32), np.float32)
