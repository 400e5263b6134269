"""A small ONNX network with the tensors of the published diffusion network (specification, network-diffusion.md).

As there, the whole sampling loop lies in one graph: every diffusion step refines what the one before predicted, looks
at the window, the noise, the identity, the emotion and its own memory, two GRU layers that go on from window to window.
Loudness around a frame opens the jaw at that frame; everything else follows random mixtures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]

_CHANNELS = 4
_LOOK = 6
_KERNEL, _HOP = 200, 100
_LAST_STEP_KEPT, _LAST_STEP_NOISE = 0.99997936, 0.0064


@dataclass(frozen=True)
class NetworkShape:
    """The numbers of ``network_info.json`` that decide the tensors."""

    window: int = 16000
    emotions: int = 10
    identities: int = 3
    steps: int = 2
    layers: int = 2
    latent: int = 12
    left: int = 15
    kept: int = 30
    right: int = 15

    @property
    def frames(self) -> int:
        """Frames of a prediction."""
        return self.left + self.kept + self.right


def diffusion_network(
    shape: NetworkShape, open_row: Floats, mixtures: Floats, rng: np.random.Generator, batch: int | str = "batch"
) -> bytes:
    """The ONNX file: full loudness adds ``open_row`` (D,) to a frame, the memory's units ``mixtures`` (latent, D)."""
    graph = _Graph(shape, open_row.size, rng, batch)
    for name, values in (("open_row", open_row[None]), ("mixtures", mixtures)):
        graph.constant(name, values)
    _listen(graph)
    _add_constants(graph, open_row.size)
    predicted, memories = "", ["" for _ in range(shape.steps)]
    noisy = graph.cut("noise", 1, shape.steps, shape.steps + 1, squeeze=True)
    for step in range(shape.steps - 1, -1, -1):
        predicted, memories[step] = _denoised(graph, step, noisy)
        if step > 0:
            kept = graph.add("Mul", predicted, "share_kept")
            fresh = graph.add("Mul", graph.cut("noise", 1, step, step + 1, squeeze=True), "share_noise")
            noisy = graph.add("Add", kept, fresh)
    graph.add("Identity", predicted, name="prediction")
    graph.add("Concat", *memories, name="output_latents", axis=0)
    return graph.finished()


class _Graph:
    """Nodes and constants on the way to a model."""

    def __init__(self, shape: NetworkShape, size: int, rng: np.random.Generator, batch: int | str) -> None:
        self.shape, self.size, self.rng, self.batch = shape, size, rng, batch
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: npt.ArrayLike, kind: type = np.float32) -> str:
        """A named constant."""
        array = np.ascontiguousarray(np.asarray(values, kind))
        self._constants.append(numpy_helper.from_array(array.reshape(np.shape(values)), name))
        return name

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: object) -> str:
        """A node with one output; returns its name."""
        name = name or f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def add_many(self, operator: str, inputs: list[str], outputs: list[str], **attributes: object) -> None:
        """A node with several outputs."""
        self._nodes.append(helper.make_node(operator, inputs, outputs, **attributes))

    def cut(self, source: str, axis: int, start: int, end: int, *, squeeze: bool = False) -> str:
        """Entries start … end − 1 of an axis, without the axis where ``squeeze``."""
        tag = f"cut_{len(self._nodes)}"
        ends = [self.constant(f"{tag}_{part}", [value], np.int64) for part, value in enumerate((start, end, axis))]
        piece = self.add("Slice", source, *ends)
        return self.add("Squeeze", piece, ends[2]) if squeeze else piece

    def finished(self) -> bytes:
        """The checked file."""
        s, batch = self.shape, self.batch
        latents = [s.steps, s.layers, batch, s.latent]
        inputs = {
            "window": [batch, s.window],
            "identity": [batch, s.identities],
            "emotion": [batch, s.kept, s.emotions],
            "input_latents": latents,
            "noise": [batch, s.steps + 1, s.frames, self.size],
        }
        outputs = {"prediction": [batch, s.frames, self.size], "output_latents": latents}
        graph = helper.make_graph(
            self._nodes,
            "tiny_diffusion",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, axes) for name, axes in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, axes) for name, axes in outputs.items()],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def _listen(graph: _Graph) -> None:
    """``heard`` [kept, B, 4] levels and ``loudness`` [B, frames, 1] at every frame's place in the window."""
    s, rng = graph.shape, graph.rng
    kernel = rng.normal(0.0, 1.0 / np.sqrt(_KERNEL), (_CHANNELS, 1, _KERNEL))
    hops = (s.window - _KERNEL) // _HOP + 1
    centres = (np.arange(hops) * _HOP + _KERNEL / 2)[:, None]
    nearness = np.exp(-0.5 * np.square((centres - np.arange(s.frames) * s.window / s.frames) / 200.0))
    graph.constant("kernel", kernel)
    graph.constant("to_frames", nearness / nearness.sum(axis=0))
    graph.constant("axis_1", [1], np.int64)
    graph.constant("gain", 2.5)
    wave = graph.add("Unsqueeze", "window", "axis_1")
    levels = graph.add("Abs", graph.add("Conv", wave, "kernel", kernel_shape=[_KERNEL], strides=[_HOP]))
    frames = graph.add("MatMul", levels, "to_frames")  # [B, 4, frames]
    mean = graph.add("ReduceMean", frames, axes=[1], keepdims=1)
    loudness = graph.add("Tanh", graph.add("Mul", mean, "gain"))
    graph.add("Transpose", loudness, name="loudness", perm=[0, 2, 1])
    kept = graph.cut(frames, 2, s.left, s.left + s.kept)
    graph.add("Transpose", kept, name="heard", perm=[2, 0, 1])


def _add_constants(graph: _Graph, size: int) -> None:
    s, rng = graph.shape, graph.rng
    features = _CHANNELS + 3 * _LOOK
    graph.constant("look_noise", rng.normal(0.0, 0.3 / np.sqrt(size), (size, _LOOK)))
    graph.constant("look_emotion", rng.normal(0.0, 0.8, (s.emotions, _LOOK)))
    graph.constant("look_identity", rng.normal(0.0, 0.5, (s.identities, _LOOK)))
    graph.constant("share_kept", _LAST_STEP_KEPT)
    graph.constant("share_noise", _LAST_STEP_NOISE)
    graph.constant("repeat", np.zeros((s.kept, 1, 1)))
    graph.constant("pads", [0, s.left, 0, 0, s.right, 0], np.int64)
    for layer in range(s.layers):
        width = features if layer == 0 else s.latent
        graph.constant(f"gru_w_{layer}", rng.normal(0.0, 1.2 / np.sqrt(width), (1, 3 * s.latent, width)))
        graph.constant(f"gru_r_{layer}", rng.normal(0.0, 0.8 / np.sqrt(s.latent), (1, 3 * s.latent, s.latent)))
        bias = np.zeros((1, 6 * s.latent))
        bias[0, : s.latent] = np.linspace(0.0, 4.0, s.latent)  # some units forget at once, some within a second
        graph.constant(f"gru_b_{layer}", bias)


def _denoised(graph: _Graph, step: int, noisy: str) -> tuple[str, str]:
    """([B, frames, D] what the step predicts, [1, layers, B, latent] its memory)."""
    s = graph.shape
    centre = graph.cut(noisy, 1, s.left, s.left + s.kept)
    seen = graph.add("Transpose", graph.add("MatMul", centre, "look_noise"), perm=[1, 0, 2])
    felt = graph.add("Transpose", graph.add("MatMul", "emotion", "look_emotion"), perm=[1, 0, 2])
    who = graph.add("Add", graph.add("MatMul", "identity", "look_identity"), "repeat")  # [kept, B, 6]
    signal = graph.add("Concat", "heard", seen, felt, who, axis=2)
    own = graph.cut("input_latents", 0, step, step + 1, squeeze=True)
    memories = []
    for layer in range(s.layers):
        sequence, last = f"sequence_{step}_{layer}", f"last_{step}_{layer}"
        before = graph.cut(own, 0, layer, layer + 1)
        graph.add_many(
            "GRU",
            [signal, f"gru_w_{layer}", f"gru_r_{layer}", f"gru_b_{layer}", "", before],
            [sequence, last],
            hidden_size=s.latent,
        )
        signal = graph.add("Squeeze", sequence, "axis_1")  # [kept, B, latent]
        memories.append(last)
    units = graph.add("Transpose", signal, perm=[1, 0, 2])
    moved = graph.add("Pad", graph.add("MatMul", units, "mixtures"), "pads")
    predicted = graph.add("Add", moved, graph.add("MatMul", "loudness", "open_row"))
    memory = graph.add("Concat", *memories, axis=0)
    axis = graph.constant(f"axis_0_{step}", [0], np.int64)
    return predicted, graph.add("Unsqueeze", memory, axis)
