"""A tiny ONNX network with the tensors of a published regression network (specification, inference.md section 4.1).

Loudness around the frame's sample opens the jaw, everything else follows fixed random mixtures of the short-time level
and the emotion. It is stateless and runs in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]

_CHANNELS = 4
_HIDDEN = 16


@dataclass(frozen=True)
class NetworkWeights:
    """The numbers of the network; ``steps`` is what the audio convolution leaves of the window."""

    kernel: Floats
    """(4, 1, k) audio filters, stride k."""
    audio: Floats
    """(4·steps, 16)"""
    emotion: Floats
    """(E, 16)"""
    bias: Floats
    """(16,)"""
    output: Floats
    """(16, R); hidden unit 0 is the loudness."""
    output_bias: Floats
    """(R,)"""


def random_weights(
    *, window: int, emotion_size: int, result_scale: Floats, open_row: Floats, rng: np.random.Generator
) -> NetworkWeights:
    """Weights whose outputs spread by about ``result_scale`` (R,); full loudness adds ``open_row`` (R,)."""
    width = max(1, min(160, window))
    steps = (window - width) // width + 1
    kernel = rng.normal(0.0, 1.0 / np.sqrt(width), (_CHANNELS, 1, width))
    audio = rng.normal(0.0, 0.6 / np.sqrt(_CHANNELS * steps), (_CHANNELS * steps, _HIDDEN))
    nearness = np.exp(-0.5 * np.square((np.arange(steps) - (steps - 1) / 2) / max(1.0, steps / 16)))
    audio[:, 0] = np.tile(nearness / nearness.sum(), _CHANNELS) * 2.0
    emotion = rng.normal(0.0, 0.5, (emotion_size, _HIDDEN))
    emotion[:, 0] = 0.0
    output = rng.normal(0.0, 0.25, (_HIDDEN, result_scale.size)) * result_scale
    output[0] = open_row
    arrays = (kernel, audio, emotion, np.zeros(_HIDDEN), output, np.zeros(result_scale.size))
    return NetworkWeights(*(np.asarray(array, np.float32) for array in arrays))


def network_bytes(
    weights: NetworkWeights,
    *,
    window: int,
    batch: int | str = "batch",
    names: tuple[str, str, str] = ("emotion", "input", "result"),
) -> bytes:
    """The ONNX file. ``batch`` is the batch axis of every tensor: a name for a dynamic one, 1 for a fixed one."""
    emotion_name, input_name, result_name = names
    emotion_size, results = weights.emotion.shape[0], weights.output.shape[1]
    width = weights.kernel.shape[2]
    constants = {
        "kernel": weights.kernel,
        "audio_weight": weights.audio,
        "emotion_weight": weights.emotion,
        "bias": weights.bias,
        "output_weight": weights.output,
        "output_bias": weights.output_bias,
        "axis_1": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Conv", [input_name, "kernel"], ["filtered"], kernel_shape=[width], strides=[width]),
        helper.make_node("Abs", ["filtered"], ["levels"]),
        helper.make_node("Flatten", ["levels"], ["levels_flat"], axis=1),
        helper.make_node("MatMul", ["levels_flat", "audio_weight"], ["from_audio"]),
        helper.make_node("Flatten", [emotion_name], ["emotion_flat"], axis=1),
        helper.make_node("MatMul", ["emotion_flat", "emotion_weight"], ["from_emotion"]),
        helper.make_node("Add", ["from_audio", "from_emotion"], ["mixed"]),
        helper.make_node("Add", ["mixed", "bias"], ["biased"]),
        helper.make_node("Tanh", ["biased"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "output_weight"], ["weighted"]),
        helper.make_node("Add", ["weighted", "output_bias"], ["flat"]),
        helper.make_node("Unsqueeze", ["flat", "axis_1"], [result_name]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny_regression",
        [
            helper.make_tensor_value_info(emotion_name, TensorProto.FLOAT, [batch, 1, emotion_size]),
            helper.make_tensor_value_info(input_name, TensorProto.FLOAT, [batch, 1, window]),
        ],
        [helper.make_tensor_value_info(result_name, TensorProto.FLOAT, [batch, 1, results])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def network_result(weights: NetworkWeights, emotion: Floats, audio: Floats) -> Floats:
    """(B, R) what the network gives for emotion (B, E) and audio (B, W), computed here without any runtime."""
    width = weights.kernel.shape[2]
    steps = weights.audio.shape[0] // _CHANNELS
    frames = audio[:, : steps * width].reshape(audio.shape[0], steps, width)
    levels = np.abs(np.einsum("bsw,cw->bcs", frames, weights.kernel[:, 0])).reshape(audio.shape[0], -1)
    hidden = np.tanh(levels @ weights.audio + emotion @ weights.emotion + weights.bias)
    return np.asarray(hidden @ weights.output + weights.output_bias, np.float32)
