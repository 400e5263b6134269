"""The tensors a network must have, and how one that was found differs (specification, inference.md section 7.3)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.worker.package import NetworkInfo


class Axis(enum.Enum):
    """An axis without a size of its own; the value is what people call it."""

    BATCH = "batch"
    """How many are run at once: free in the network, or fixed at 1."""
    LENGTH = "length"
    """Any size, the caller's choice."""


@dataclass(frozen=True)
class TensorSpec:
    """One tensor, float32."""

    name: str
    axes: tuple[int | Axis, ...]

    def shape(self, batch: int, length: int | None = None) -> tuple[int, ...]:
        """The sizes for ``batch``. Raises ValueError where a length is needed and not given."""
        return tuple(axis if isinstance(axis, int) else _size(axis, batch, length) for axis in self.axes)

    @property
    def words(self) -> str:
        """``[batch, 1, 8320]``"""
        return f"[{', '.join(str(axis) if isinstance(axis, int) else axis.value for axis in self.axes)}]"


@dataclass(frozen=True)
class FoundTensor:
    """One tensor of a network as the file describes it."""

    name: str
    type_name: str
    """``float32``, else what the file calls it."""
    shape: tuple[int | None, ...]
    """None where any size fits."""


@dataclass(frozen=True)
class Signature:
    """All tensors of a network, in binding order."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def batch_of(self, shapes: Mapping[str, Sequence[int]]) -> int:
        """The batch that inputs of these ``shapes`` are. Raises ValueError when they are not this network's inputs."""
        names = {spec.name for spec in self.inputs}
        if set(shapes) != names:
            raise ValueError(f"the inputs are {sorted(shapes)}, but must be {sorted(names)}")
        sizes: set[int] = set()
        for spec in self.inputs:
            shape = shapes[spec.name]
            if len(shape) != len(spec.axes) or any(
                isinstance(axis, int) and axis != size for axis, size in zip(spec.axes, shape, strict=False)
            ):
                raise ValueError(f"'{spec.name}' has the shape {list(shape)}, but must have {spec.words}")
            sizes.update(size for axis, size in zip(spec.axes, shape, strict=True) if axis is Axis.BATCH)
        if len(sizes) != 1 or min(sizes) < 1:
            raise ValueError(f"the inputs are of the batches {sorted(sizes)}")
        return sizes.pop()

    def faults(
        self, inputs: Sequence[FoundTensor], outputs: Sequence[FoundTensor], *, is_strict: bool = False
    ) -> list[str]:
        """How the found tensors differ, in words; empty when they fit. If strict, axes of known size must be fixed."""
        faults = _missing("inputs", inputs, self.inputs) + _missing("outputs", outputs, self.outputs)
        specs = {spec.name: spec for spec in (*self.inputs, *self.outputs)}
        for tensor in (*inputs, *outputs):
            if tensor.name in specs:
                faults += _misfit(tensor, specs[tensor.name], is_strict)
        return faults


def regression_signature(info: NetworkInfo) -> Signature:
    """The tensors of a regression network (inference.md section 4.1)."""
    return Signature(
        (
            TensorSpec("emotion", (Axis.BATCH, 1, info.emotion_size)),
            TensorSpec("input", (Axis.BATCH, 1, info.buffer_len)),
        ),
        (TensorSpec("result", (Axis.BATCH, 1, info.result_size)),),
    )


def emotion_signature(classes: int) -> Signature:
    """The tensors of an Audio2Emotion classifier (emotion.md section 1)."""
    return Signature(
        (TensorSpec("input_values", (Axis.BATCH, Axis.LENGTH)),), (TensorSpec("output", (Axis.BATCH, classes)),)
    )


def largest_batch(signature: Signature, inputs: Iterable[FoundTensor]) -> int | None:
    """1 where an input's batch axis is fixed, None where every one is free."""
    axes = {spec.name: spec.axes for spec in signature.inputs}
    for tensor in inputs:
        if any(
            axis is Axis.BATCH and size is not None for axis, size in zip(axes[tensor.name], tensor.shape, strict=True)
        ):
            return 1
    return None


def _size(axis: Axis, batch: int, length: int | None) -> int:
    if axis is Axis.BATCH:
        return batch
    if length is None:
        raise ValueError("this tensor's length is the caller's choice")
    return length


def _missing(kind: str, tensors: Sequence[FoundTensor], wanted: Sequence[TensorSpec]) -> list[str]:
    names = sorted(tensor.name for tensor in tensors)
    if names == sorted(spec.name for spec in wanted):
        return []
    return [f"its {kind} are {_listed(names)}, but must be {_listed([spec.name for spec in wanted])}"]


def _misfit(tensor: FoundTensor, spec: TensorSpec, is_strict: bool) -> list[str]:
    faults = []
    if tensor.type_name != "float32":
        faults.append(f"its tensor '{tensor.name}' is {tensor.type_name}, but must be float32")
    fits = len(tensor.shape) == len(spec.axes) and all(
        _fits(size, axis, is_strict) for size, axis in zip(tensor.shape, spec.axes, strict=True)
    )
    if not fits:
        shape = ["free" if size is None else size for size in tensor.shape]
        faults.append(f"its tensor '{tensor.name}' has the shape {shape}, but must have {spec.words}")
    return faults


def _fits(size: int | None, axis: int | Axis, is_strict: bool) -> bool:
    if axis is Axis.LENGTH:
        return True
    if axis is Axis.BATCH:
        return size in (None, 1)
    return size == axis or (size is None and not is_strict)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name[:60]}'" for name in names) or "none"
