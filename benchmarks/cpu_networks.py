"""The ways of :mod:`benchmarks.cpu_paths`: sessions of ONNX Runtime, rewritten and quantised networks, torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from benchmarks.evened_network import evened_network, export_evened
from benchmarks.published_package import make_published_package
from maya_a2f.training.published import PublishedNetwork, PublishedShape
from maya_a2f.worker.engines.onnxruntime_network import opened_network
from maya_a2f.worker.engines.selection import choose_engine
from maya_a2f.worker.engines.stretch_network import open_stretches
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_files import stretch_file
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.shared_windows import sharing

_BATCH = 16
_RUNTIME: Any = onnxruntime
_EMOTIONS = 26


@dataclass(frozen=True)
class Way:
    """One way to run a network."""

    name: str
    run: Callable[[Floats, Floats], Floats]
    """(emotion, windows) -> rows."""
    batch: int = _BATCH
    at_once: int = 1
    """Calls side by side."""


def evened_package(folder: Path, samples: Floats) -> tuple[RegressionPackage, PublishedNetwork]:
    """A package of the published size with evened weights, and its network in torch."""
    make_published_package(folder)
    starts = np.linspace(0, len(samples) - 8320, 32).astype(int)
    windows = np.stack([samples[start : start + 8320] for start in starts])[:, None]
    network = evened_network(windows, np.zeros((32, 1, _EMOTIONS), np.float32), PublishedShape(skin=272, tongue=10))
    export_evened(network, folder / "network.onnx")
    return load_package(folder), network


def onnx_ways(path: Path, work: Path) -> tuple[Callable[[], Way], ...]:
    """The file as it is first: fp32, all cores, batches of 16."""

    def as_it_is() -> Way:
        return _way("the file as it is", path)

    def worker() -> Way:
        session = opened_network(path)

        def run(emotion: Floats, windows: Floats) -> Floats:
            return np.asarray(session.run(["result"], {"emotion": emotion, "input": windows})[0])

        who = "windows by themselves" if stretch_file(path).is_file() else "**as the worker runs it**"
        return Way(f"{who}: kernels cut to what reaches the sound, two calls side by side", run, at_once=2)

    def variant(name: str, batch: int = _BATCH, **options: Any) -> Callable[[], Way]:
        def made() -> Way:
            return _way(name, path, batch=batch, **options)

        made.__name__ = name
        return made

    worker.__name__ = "windows by themselves"
    levels = _RUNTIME.GraphOptimizationLevel
    threads = [variant(f"{count} thread{'s' * (count > 1)}", threads=count) for count in (1, 2)]
    calls = [
        variant("two calls side by side", at_once=2),
        variant("two calls side by side, each on 1 thread", at_once=2, threads=1),
    ]
    batches = [variant(f"batches of {size}", batch=size) for size in (1, 4, 8, 32, 64)]
    settings = [
        variant("graph optimisation off", level=levels.ORT_DISABLE_ALL),
        variant("graph optimisation basic", level=levels.ORT_ENABLE_BASIC),
        variant("graph optimisation extended", level=levels.ORT_ENABLE_EXTENDED),
        variant("parallel execution", is_parallel=True),
        variant("threads spin between calls", entries={"session.intra_op.allow_spinning": "1"}),
        variant("denormals as zero", entries={"session.set_denormal_as_zero": "1"}),
        variant("weights not packed beforehand", entries={"session.disable_prepacking": "1"}),
        variant("no memory arena", has_arena=False),
        variant("fixed batch of 16", dimensions={"batch_size": _BATCH}),
    ]
    rewritten = [
        _rewritten("int8 products, ranges as they come", path, work, _dynamic(["MatMul"])),
        _rewritten("int8 products and convolutions, ranges as they come", path, work, _dynamic(None)),
        _rewritten("int8 products and convolutions, calibrated, per channel", path, work, _calibrated),
        _rewritten("weights alone in int8, per channel", path, work, _weights_in_int8),
        _rewritten("fp16 throughout", path, work, _half),
    ]
    return (as_it_is, worker, *threads, *calls, *batches, *settings, *rewritten)


def stretch_ways(package: RegressionPackage, rate: Fraction) -> tuple[Callable[[], Way], ...]:
    """Windows that overlap on one grid shared exactly, where the package has a network for it."""
    network, _ = open_stretches(package.network_path, package.info, choose_engine(package), None)
    shared = None if network is None else sharing(package.info.samplerate / rate, network.step_samples)
    if network is None or shared is None:
        return ()
    hop = shared.steps * network.step_samples

    def run(emotion: Floats, windows: Floats) -> Floats:
        every = windows[:, 0].reshape(-1, shared.phases, package.info.buffer_len)
        new = np.concatenate([every[0], *every[1:, :, -hop:]], axis=1)
        told = emotion[:, 0].reshape(len(every), shared.phases, -1).transpose(1, 0, 2)
        rows = network.run(np.ascontiguousarray(told), new, shared.steps * np.arange(len(every)))
        return rows.transpose(1, 0, 2)

    def made() -> Way:
        return Way("**as the worker runs it**: windows shared, two calls side by side", run, 16 * shared.phases, 2)

    made.__name__ = "windows shared"
    return (made,)


def torch_ways(network: PublishedNetwork) -> tuple[Callable[[], Way], ...]:
    """fp32, bfloat16, and the convolutions shared by overlapping windows."""

    def plain() -> Way:
        return Way("torch, fp32", lambda emotion, windows: _run(network, emotion, windows))

    def reduced() -> Way:
        def run(emotion: Floats, windows: Floats) -> Floats:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return _run(network, emotion, windows)

        return Way("torch, bfloat16", run)

    def shared() -> Way:
        return Way(
            "torch, convolutions shared by windows that overlap, normalised over all of them",
            lambda emotion, windows: _shared(network, emotion, windows),
            batch=48,
        )

    plain.__name__, reduced.__name__, shared.__name__ = "torch, fp32", "torch, bfloat16", "torch, convolutions shared"
    return (plain, reduced, shared)


def _way(
    name: str,
    path: Path,
    *,
    batch: int = _BATCH,
    threads: int = 0,
    level: Any = None,
    is_parallel: bool = False,
    entries: dict[str, str] | None = None,
    has_arena: bool = True,
    dimensions: dict[str, int] | None = None,
    at_once: int = 1,
) -> Way:
    options = _RUNTIME.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    if level is not None:
        options.graph_optimization_level = level
    if is_parallel:
        options.execution_mode = _RUNTIME.ExecutionMode.ORT_PARALLEL
    options.enable_cpu_mem_arena = has_arena
    for key, value in {"session.intra_op.allow_spinning": "0", **(entries or {})}.items():
        options.add_session_config_entry(key, value)
    for key, size in (dimensions or {}).items():
        options.add_free_dimension_override_by_name(key, size)
    session = _RUNTIME.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(emotion: Floats, windows: Floats) -> Floats:
        missing = batch - len(windows) if dimensions else 0
        if missing:
            emotion = np.concatenate([emotion, np.zeros((missing, *emotion.shape[1:]), np.float32)])
            windows = np.concatenate([windows, np.zeros((missing, *windows.shape[1:]), np.float32)])
        (rows,) = session.run(["result"], {"emotion": emotion, "input": windows})
        return np.asarray(rows[: len(rows) - missing], np.float32)

    return Way(name, run, batch, at_once)


def _rewritten(name: str, path: Path, work: Path, rewrite: Callable[[Path, Path], None]) -> Callable[[], Way]:
    def made() -> Way:
        out = work / f"{abs(hash(name))}.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rewrite(path, out)
        return _way(name, out)

    made.__name__ = name
    return made


def _prepared(path: Path, out: Path) -> Path:
    from onnxruntime.quantization import quant_pre_process

    prepared = out.with_suffix(".prepared.onnx")
    quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
    model = onnx.load(str(prepared))
    del model.graph.value_info[:]  # of what the quantiser puts in its place, some shapes differ
    onnx.save(model, str(prepared))
    return prepared


def _dynamic(operators: list[str] | None) -> Callable[[Path, Path], None]:
    def rewrite(path: Path, out: Path) -> None:
        from onnxruntime.quantization import quantize_dynamic

        quantize_dynamic(str(_prepared(path, out)), str(out), op_types_to_quantize=operators, per_channel=True)

    return rewrite


def _calibrated(path: Path, out: Path) -> None:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    from benchmarks.main_job import DEMO
    from maya_a2f.worker.audio import load_audio

    samples = load_audio(DEMO).samples
    starts = np.linspace(0, len(samples) - 8320, 48).astype(int)
    inputs = [
        {"input": samples[start : start + 8320][None, None], "emotion": np.zeros((1, 1, _EMOTIONS), np.float32)}
        for start in starts
    ]

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """One window after the other."""

        def __init__(self) -> None:
            self._left = iter(inputs)

        def get_next(self) -> dict[str, Floats] | None:
            """The next one."""
            return next(self._left, None)

    quantize_static(
        str(_prepared(path, out)),
        str(out),
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def _weights_in_int8(path: Path, out: Path) -> None:
    """Rounded to int8 per output channel and widened again: what keeping only the weights so would cost in accuracy."""
    model = onnx.load(str(path))
    kinds = {node.input[1]: node.op_type for node in model.graph.node if node.op_type in ("Conv", "MatMul", "Gemm")}
    for tensor in model.graph.initializer:
        if tensor.name in kinds:
            values = onnx.numpy_helper.to_array(tensor)
            axes = (0,) if kinds[tensor.name] == "MatMul" else tuple(range(1, values.ndim))  # torch's Gemm is turned
            step = np.maximum(np.abs(values).max(axis=axes, keepdims=True), 1e-12) / 127
            rounded = (np.round(values / step) * step).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(rounded, tensor.name))
    onnx.save(model, str(out))


def _half(path: Path, out: Path) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = convert_float_to_float16(onnx.load(str(path)), keep_io_types=True, disable_shape_infer=True)
    onnx.save(model, str(out))


def _run(network: PublishedNetwork, emotion: Floats, windows: Floats) -> Floats:
    with torch.inference_mode():
        rows = network(torch.from_numpy(windows), torch.from_numpy(emotion))
    return np.asarray(rows.float().numpy())


def _shared(network: PublishedNetwork, emotion: Floats, windows: Floats) -> Floats:
    """Every third frame at 30 frames a second starts exactly 1600 samples, five steps of the features, later: those
    share their convolutions, if only the first layer's norm is taken over all of their sound instead of each window."""
    convolved = network.w2v.convolved
    features = torch.empty((len(windows), 512, 25))
    with torch.inference_mode():
        for phase in range(min(3, len(windows))):
            own = windows[phase::3, 0]
            sound = np.concatenate([own[0], *(window[-1600:] for window in own[1:])])
            steps = convolved(torch.from_numpy(sound)[None])[0]
            features[phase::3] = torch.stack([steps[:, 5 * at : 5 * at + 25] for at in range(len(own))])
    network.w2v.convolved = lambda samples: features  # type: ignore[method-assign]
    try:
        return _run(network, emotion, windows)
    finally:
        del network.w2v.convolved
