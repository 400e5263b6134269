"""Networks through TensorRT or TensorRT for RTX: torch's tensors, a stream of its own, CUDA graphs per batch size."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.cuda_faults import run_error
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_running import Launcher, OpenedPlan
from maya_a2f.worker.engines.signature import Axis
from maya_a2f.worker.package import Floats

if TYPE_CHECKING:
    import torch

_MOST_LAUNCHERS = 10
"""Shapes that are kept set up."""
_FEW = 16
"""Smaller batches of host arrays are powers of two: single moments ask for any number of frames."""
_MOST_GRAPH_BYTES = 256 * 2**20
"""Inputs and outputs of a graph are copied from and to the caller's tensors; above that, a graph gains nothing."""


class TensorRTNetwork:
    """One network, ready to run on host arrays and on torch's CUDA tensors."""

    def __init__(
        self,
        network: NetworkFile,
        plan: OpenedPlan,
        *,
        precision: str,
        description: str,
        keep_runtime_cache: Callable[[bytes], None] = lambda content: None,
    ) -> None:
        """``keep_runtime_cache`` is given what the library compiled, whenever there is more of it."""
        import torch

        self._path: Path = network.path
        self._plan = plan
        self.signature = network.signature
        self.name = plan.library.name
        self.precision = precision
        self.description = description
        self.max_batch: int | None = plan.max_batch
        self.passed_over: tuple[str, ...] = ()
        self._keep_runtime_cache, self._kept_bytes = keep_runtime_cache, 0
        self._launchers: OrderedDict[tuple[Any, ...], Launcher] = OrderedDict()
        self._scratch: torch.Tensor | None = None
        self._captures = not plan.library.is_rtx  # TensorRT for RTX does so by itself
        with self._translated():
            self.device = torch.device("cuda", torch.cuda.current_device())
            self._stream: Any = torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]

    def fixed_size(self, tensor: str, axis: int) -> int | None:
        """See :class:`maya_a2f.worker.engines.port.NamedEngine`."""
        return self._plan.fixed_size(tensor, axis)

    def run_named(self, inputs: Mapping[str, Floats]) -> dict[str, Floats]:
        """See :class:`maya_a2f.worker.engines.port.NamedEngine`."""
        import torch

        with self._translated():
            batch = self.signature.batch_of({name: array.shape for name, array in inputs.items()})
            axes = {
                spec.name: spec.axes.index(Axis.BATCH) for spec in (*self.signature.inputs, *self.signature.outputs)
            }
            spare = self._prepared_for(batch) - batch
            padded = {name: _padded(array, axes[name], spare) for name, array in inputs.items()}
            writable = {name: np.require(array, np.float32, ["C", "W"]) for name, array in padded.items()}
            tensors = {name: torch.from_numpy(array).to(self.device) for name, array in writable.items()}
            return {
                name: tensor.narrow(axes[name], 0, batch).cpu().numpy()
                for name, tensor in self.run_on_device(tensors).items()
            }

    def run_on_device(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """See :class:`maya_a2f.worker.engines.device_port.DeviceEngine`."""
        import torch

        with self._translated():
            given = {name: tensor.to(self.device, torch.float32).contiguous() for name, tensor in tensors.items()}
            caller = torch.cuda.current_stream(self.device)
            self._stream.wait_stream(caller)
            with torch.cuda.stream(self._stream):
                results = self._run(given)
            caller.wait_stream(self._stream)
            for tensor in given.values():
                tensor.record_stream(self._stream)
            for tensor in results.values():
                tensor.record_stream(caller)
        return results

    def _prepared_for(self, batch: int) -> int:
        """The batch that small ones are filled up to with silence: setting up a shape takes longer than running it."""
        return batch if batch >= _FEW else min(self.max_batch or _FEW, 1 << (batch - 1).bit_length())

    def _run(self, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        launcher = self._launcher({name: tuple(tensor.shape) for name, tensor in given.items()})
        if launcher.bound:
            for name, tensor in given.items():
                launcher.bound[name].copy_(tensor)
            if launcher.graph is not None:
                launcher.graph.replay()
            else:
                self._plan.launch(launcher, self._stream.cuda_stream)
            return {name: launcher.bound[name].clone() for name in launcher.outputs}
        made = self._made(launcher.outputs)
        self._plan.bind(launcher, {**given, **made})
        self._plan.launch(launcher, self._stream.cuda_stream)
        return made

    def _launcher(self, shapes: dict[str, tuple[int, ...]]) -> Launcher:
        """The launcher for these shapes, set up and warm."""
        key = tuple(sorted(shapes.items()))
        if key in self._launchers:
            self._launchers.move_to_end(key)
            return self._launchers[key]
        self.signature.batch_of(shapes)
        if len(self._launchers) >= _MOST_LAUNCHERS:
            self._stream.synchronize()
            self._launchers.popitem(last=False)
        launcher = self._plan.launcher(shapes, self._scratch_memory())
        floats = sum(_count(shape) for shape in (*shapes.values(), *launcher.outputs.values()))
        if floats * 4 <= _MOST_GRAPH_BYTES:
            bound = self._made({**shapes, **launcher.outputs})
            for tensor in bound.values():
                tensor.zero_()
            self._plan.bind(launcher, bound)
            self._plan.launch(
                launcher, self._stream.cuda_stream
            )  # what is compiled or measured once must not be captured
            self._stream.synchronize()
            launcher.bound = bound
            if self._captures:
                launcher.graph = self._captured(launcher)
        self._launchers[key] = launcher
        self._keep_compiled()
        return launcher

    def _captured(self, launcher: Launcher) -> Any:
        """The launch as a CUDA graph; None where that fails: it is launched each time then."""
        import torch

        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                self._plan.launch(launcher, self._stream.cuda_stream)
        except Exception:  # whatever it was, the next plain launch tells whether the network runs
            self._captures = False
            return None
        return graph

    def _scratch_memory(self) -> torch.Tensor | Callable[[int], torch.Tensor]:
        """For every shape of the profile; where there is no room for that, for one shape at a time."""
        import torch

        if self._scratch is None:
            try:
                self._scratch = self._scratch_of(self._plan.scratch_bytes)
            except torch.cuda.OutOfMemoryError:
                self._stream.synchronize()
                self._launchers.clear()
                torch.cuda.empty_cache()
                return self._scratch_of
        return self._scratch

    def _scratch_of(self, size: int) -> torch.Tensor:
        import torch

        return torch.empty(max(256, size), dtype=torch.uint8, device=self.device)

    def _made(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
        import torch

        return {name: torch.empty(shape, dtype=torch.float32, device=self.device) for name, shape in shapes.items()}

    def _keep_compiled(self) -> None:
        content = self._plan.runtime_cache()
        if len(content) > self._kept_bytes:
            self._keep_runtime_cache(content)
            self._kept_bytes = len(content)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of torch and the library become this project's; after too little memory, what can be is freed."""
        try:
            yield
        except EngineError as error:
            if error.code != "engine.run_failed":
                raise
            raise self._told(f"{error.message} {error.details}") from error
        except Exception as error:
            raise self._told(str(error)) from error

    def _told(self, words: str) -> EngineError:
        import torch

        error = run_error(self._path, words, is_on_gpu=True)
        if error.code == "engine.out_of_memory":
            self._launchers.clear()
            self._scratch = None
            with contextlib.suppress(Exception):
                torch.cuda.empty_cache()
        return error


def _padded(array: Floats, axis: int, spare: int) -> Floats:
    if spare <= 0:
        return array
    silence = np.zeros((*array.shape[:axis], spare, *array.shape[axis + 1 :]), np.float32)
    padded: Floats = np.concatenate([array, silence], axis=axis)
    return padded


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
