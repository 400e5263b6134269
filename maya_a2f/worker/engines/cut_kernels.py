"""Convolutions whose kernels are longer than the sound they see, cut to what can reach it.

wav2vec's convolution of positions has 128 taps over 25 steps, 64 zeros on either side: of 128 products at most 50 ever
meet something else than a zero. What is left out is exactly zero, so the network's results stay what they were; the
published networks run a tenth faster on a processor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.worker.engines import onnx_wire as wire

ShapesOf = Callable[[bytes, Sequence[str]], Mapping[str, Sequence[int]]]
"""(network, names of tensors that it gives too) -> their shapes."""

_LONG = 32
_FIRST_OPSET, _LAST_OPSET = 10, 40
"""Slices with their ends as inputs."""
_TIME_AXIS = 2


@dataclass(frozen=True)
class LongKernel:
    """A one-dimensional convolution that might be cut; stride and dilation are 1."""

    place: int
    """Among the graph's fields."""
    input: str
    weight: str
    size: int
    pads: tuple[int, int]

    def cut(self, length: int) -> tuple[int, int, tuple[int, int]]:
        """First tap, the one after the last, and the padding, for an input of ``length`` steps."""
        before, after = self.pads
        last = length + before + after - self.size  # of the outputs
        first_tap = max(0, before - last)
        end_tap = min(self.size, before + length)
        new_before = before - first_tap
        return first_tap, end_tap, (new_before, last - length - new_before + end_tap - first_tap)


def cut_kernels(content: bytes, shapes_of: ShapesOf) -> bytes | None:
    """The network in an ONNX file with its kernels cut; None where there is nothing to cut, or no telling.

    ``shapes_of`` is asked only where there may be something to cut. Raises ValueError for bytes that are no network.
    """
    model = wire.parsed(content)
    graphs = wire.values(model, wire.MODEL_GRAPH)
    if len(graphs) != 1 or isinstance(graphs[0], int) or not _has_slices(model):
        return None
    graph = wire.parsed(graphs[0])
    found = long_kernels(graph)
    if not found or _has_outside_data(graph):
        return None
    names = sorted({kernel.input for kernel in found})
    outputs: wire.Message = [(wire.GRAPH_OUTPUT, wire.message([(1, name.encode())])) for name in names]
    shapes = shapes_of(_with_graph(model, [*graph, *outputs]), names)
    changed = {}
    for kernel in found:
        shape = shapes[kernel.input]
        first, end, pads = kernel.cut(shape[_TIME_AXIS]) if len(shape) == _TIME_AXIS + 1 else (0, kernel.size, (0, 0))
        if end - first < kernel.size and min(pads) >= 0:
            changed[kernel.place] = _cut_node(graph[kernel.place], kernel, first, end, pads)
    if not changed:
        return None
    fields: wire.Message = []
    for place, field in enumerate(graph):
        fields += changed.get(place, [field])
    return _with_graph(model, fields)


def long_kernels(graph: wire.Message) -> list[LongKernel]:
    """Every convolution of a graph that sees more zeros than its kernel may need."""
    found = []
    for place, (number, value) in enumerate(graph):
        if number != wire.GRAPH_NODE or isinstance(value, int):
            continue
        node = wire.parsed(value)
        if wire.text(node, wire.NODE_TYPE) != "Conv":
            continue
        attributes = {
            wire.text(attribute, wire.ATTRIBUTE_NAME): wire.integers(attribute, wire.ATTRIBUTE_INTS)
            for attribute in wire.submessages(node, wire.NODE_ATTRIBUTE)
        }
        sizes, pads = attributes.get("kernel_shape", []), attributes.get("pads", [])
        steps = [*attributes.get("strides", [1]), *attributes.get("dilations", [1])]
        is_plain = len(sizes) == 1 and len(pads) == 2 and steps == [1, 1] and "auto_pad" not in attributes
        if is_plain and sizes[0] >= _LONG and sum(pads) >= sizes[0] // 2 and max(pads) < sizes[0]:
            names = wire.texts(node, wire.NODE_INPUT)
            found.append(LongKernel(place, names[0], names[1], sizes[0], (pads[0], pads[1])))
    return found


def _cut_node(field: wire.Field, kernel: LongKernel, first: int, end: int, pads: tuple[int, int]) -> list[wire.Field]:
    """The convolution on a slice of its weights, and the slice."""
    assert not isinstance(field[1], int)
    cut = f"a2f_cut_{kernel.place}"
    numbers = {f"{cut}_first": first, f"{cut}_end": end, f"{cut}_axis": _TIME_AXIS}
    node: wire.Message = []
    inputs = 0
    for number, value in wire.parsed(field[1]):
        if number == wire.NODE_INPUT:
            inputs += 1
            node.append((number, cut.encode() if inputs == 2 else value))
        elif number == wire.NODE_ATTRIBUTE and not isinstance(value, int):
            name = wire.text(wire.parsed(value), wire.ATTRIBUTE_NAME)
            new = {"kernel_shape": [end - first], "pads": list(pads)}.get(name)
            node.append((number, value) if new is None else wire.int_attribute(name, new))
        else:
            node.append((number, value))
    return [
        *(wire.int_tensor(name, number) for name, number in numbers.items()),
        wire.node("Slice", [kernel.weight, *numbers], cut),
        (wire.GRAPH_NODE, wire.message(node)),
    ]


def _with_graph(model: wire.Message, graph: wire.Message) -> bytes:
    content = wire.message(graph)
    return wire.message((number, content if number == wire.MODEL_GRAPH else value) for number, value in model)


def _has_slices(model: wire.Message) -> bool:
    for opset in wire.submessages(model, wire.MODEL_OPSET):
        if wire.text(opset, wire.OPSET_DOMAIN) in ("", "ai.onnx"):
            return any(_FIRST_OPSET <= version <= _LAST_OPSET for version in wire.integers(opset, wire.OPSET_VERSION))
    return False


def _has_outside_data(graph: wire.Message) -> bool:
    """Whether weights lie in another file, which could not be found from bytes alone."""
    return any(wire.values(tensor, wire.TENSOR_LOCATION) for tensor in wire.submessages(graph, wire.GRAPH_INITIALIZER))
