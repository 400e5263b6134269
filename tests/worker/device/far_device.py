"""Tensors that stand for those of another device, without one: whoever mixes them with tensors of the processor, or
looks at them without copying them, is caught as a GPU would catch him. The arithmetic is the processor's."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

FAR = torch.device("meta")
_MAY_CROSS = ("aten._to_copy.", "aten.copy_.", "aten.index.", "aten._index_put_impl_.", "aten.index_put_.")
_WAITS = ("aten._local_scalar_dense.", "aten.nonzero.", "aten.is_nonzero.", "aten.equal.")


class FarTensor(torch.Tensor):
    """A tensor whose numbers lie elsewhere."""

    numbers: torch.Tensor

    @staticmethod
    def __new__(cls, numbers: torch.Tensor) -> FarTensor:
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, numbers.shape, strides=numbers.stride(), dtype=numbers.dtype, device=FAR
        )
        made.numbers = numbers
        return made  # type: ignore[no-any-return]

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class FarDevice(TorchDispatchMode):
    """Within it, ``FAR`` is a device that tensors can be made on."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        """Operations by name."""
        self.copied_bytes: list[int] = []
        """What was copied back, copy by copy."""

    @property
    def waits(self) -> int:
        """How often the processor waited for a value."""
        return sum(count for name, count in self.calls.items() if name.startswith(_WAITS))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls[str(func)] += 1
        result = _run(func, args, kwargs or {})
        if str(func).startswith("aten._to_copy.") and isinstance(args[0], FarTensor) and _is_near(result):
            self.copied_bytes.append(result.numel() * result.element_size())
        return result


def _is_near(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and not isinstance(value, FarTensor)


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    name = str(func)
    tensors = [value for value in tree_flatten((args, kwargs))[0] if isinstance(value, torch.Tensor)]
    far = [tensor for tensor in tensors if isinstance(tensor, FarTensor)]
    near = [tensor for tensor in tensors if _is_near(tensor) and tensor.dim() > 0]
    if far and near and not name.startswith(_MAY_CROSS):
        raise RuntimeError(f"{name} of tensors on two devices: {[tuple(tensor.shape) for tensor in near]}")
    if far and "index" in name and not isinstance(args[0], FarTensor):
        raise RuntimeError(f"{name} of a tensor on the processor with one that is not")
    if far and "index_put" in name and _is_near(args[2]) and args[2].dim() > 0:
        raise RuntimeError(f"{name} of values on the processor")
    is_far = bool(far)
    if kwargs.get("device") is not None:
        is_far = torch.device(kwargs["device"]).type == FAR.type
        kwargs = {**kwargs, "device": torch.device("cpu")}
    elif name.startswith("aten.copy_."):
        is_far = isinstance(args[0], FarTensor)
    result = func(*tree_map(_numbers, args), **tree_map(_numbers, kwargs))
    if name.split(".")[1].endswith("_"):
        return args[0]
    return tree_map(lambda value: FarTensor(value) if is_far and _is_near(value) else value, result)


def _numbers(value: Any) -> Any:
    return value.numbers if isinstance(value, FarTensor) else value
