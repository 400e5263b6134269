"""How a package wants its plan built: ``trtexec`` arguments in its ``trt_info.json`` (model-package.md section 5).

Read are the shapes of the profile, the memory pools and the optimisation level. Precision is the user's choice, and
what else ``trtexec`` knows is about itself; both are passed over.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.errors import EngineError
from maya_a2f.worker.engines.signature import Axis, Signature
from maya_a2f.worker.package_faults import REPAIR

_SHAPES = {"--minShapes": 0, "--optShapes": 1, "--maxShapes": 2}
_POOLS = {"workspace": "WORKSPACE", "tacticsharedmem": "TACTIC_SHARED_MEMORY"}
_UNITS = {"B": 1, "K": 2**10, "M": 2**20, "G": 2**30, "": 2**20}
_LARGEST_AXIS = 2**31 - 1
_USUAL_LENGTHS = (5_000, 30_000, 60_000)
"""Samples; of the published profile of Audio2Emotion (inference.md section 7.1)."""
_MOST_FRAMES, _USUAL_FRAMES = 128, 10
_MOST_FLOATS = 2**28
"""In all tensors of a batch, where the package names no batch: 1 GiB."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class BuildSettings:
    """What a plan is built with, beside the network."""

    shapes: Mapping[str, tuple[Shape, Shape, Shape]]
    """By input: the smallest, the usual and the largest shape."""
    memory_pools: Mapping[str, int]
    """Limits in bytes by TensorRT's name of the pool."""
    optimization_level: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data, for the plan's key and header."""
        return {
            "shapes": {name: [list(shape) for shape in shapes] for name, shapes in sorted(self.shapes.items())},
            "memory_pools": dict(sorted(self.memory_pools.items())),
            "optimization_level": self.optimization_level,
        }


def build_settings(info: Path | None, signature: Signature) -> BuildSettings:
    """What the file ``info`` asks for; what suits the tensors where there is none.

    Raises :class:`EngineError` ``engine.bad_build_info`` naming the file and the argument.
    """
    if info is None:
        return BuildSettings(usual_shapes(signature), {})
    try:
        return _parsed(_arguments(info, _usual_fields(signature)), signature)
    except ValueError as error:
        raise EngineError(
            f"'{info}' does not say how to build this network for TensorRT: {error}.",
            code="engine.bad_build_info",
            hint=REPAIR,
        ) from error


def usual_shapes(signature: Signature) -> dict[str, tuple[Shape, Shape, Shape]]:
    """A profile for tensors that come without one: batches of 1 to 128, fewer where they would fill the memory."""
    batches = _usual_batches(signature)
    return {
        spec.name: (
            spec.shape(batches[0], _USUAL_LENGTHS[0]),
            spec.shape(batches[1], _USUAL_LENGTHS[1]),
            spec.shape(batches[2], _USUAL_LENGTHS[2]),
        )
        for spec in signature.inputs
    }


def _usual_batches(signature: Signature) -> tuple[int, int, int]:
    floats = sum(math.prod(spec.shape(1, _USUAL_LENGTHS[2])) for spec in (*signature.inputs, *signature.outputs))
    most = max(1, min(_MOST_FRAMES, 2 ** int(math.log2(max(1, _MOST_FLOATS // floats)))))
    return 1, min(_USUAL_FRAMES, max(1, most // 2)), most


def _usual_fields(signature: Signature) -> dict[str, int]:
    """The fields that published files are known to have, for one that forgets a default."""
    limits = ("MIN", "OPT", "MAX")
    batches = {f"{limit}_BATCH_SIZE": size for limit, size in zip(limits, _usual_batches(signature), strict=True)}
    return batches | {f"{limit}_BUFFER_LEN": size for limit, size in zip(limits, _USUAL_LENGTHS, strict=True)}


def _arguments(info: Path, usual: Mapping[str, int]) -> list[str]:
    """All groups in file order, their format fields filled. Raises ValueError."""
    try:
        content = json.loads(info.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"it cannot be read ({error})") from error
    groups = content.get("trt_build_param") if isinstance(content, dict) else None
    if not isinstance(groups, dict):
        raise ValueError("'trt_build_param' must be an object")
    defaults = content.get("defaults", {})
    if not isinstance(defaults, dict):
        raise ValueError("'defaults' must be an object")
    values = {**usual, **defaults}
    arguments = []
    for name, group in groups.items():
        if not isinstance(group, list) or not all(isinstance(argument, str) for argument in group):
            raise ValueError(f"the group '{name}' must be a list of texts")
        arguments += [_filled(argument, values) for argument in group]
    return arguments


def _filled(argument: str, values: Mapping[str, Any]) -> str:
    """Only plain fields, ``{NAME}``: anything more could reach into the values."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise ValueError(f"'{argument}' needs the value '{name}', which 'defaults' does not have")
        return str(values[name])

    return re.sub(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", value, argument)


def _parsed(arguments: Iterable[str], signature: Signature) -> BuildSettings:
    shapes: list[dict[str, Shape]] = [{}, {}, {}]
    pools: dict[str, int] = {}
    level = None
    for argument in arguments:
        flag, _, value = argument.strip().partition("=")
        if flag in _SHAPES:
            shapes[_SHAPES[flag]].update(_shapes(argument, value))
        elif flag == "--memPoolSize":
            pools.update(_pools(argument, value))
        elif flag == "--builderOptimizationLevel":
            if not value.isdecimal() or int(value) > 5:
                raise ValueError(f"'{argument}' must be a level from 0 to 5")
            level = int(value)
    return BuildSettings(_profile(shapes, signature), pools, level)


def _shapes(argument: str, value: str) -> dict[str, Shape]:
    """``input:10x1x8320,emotion:10x1x26``; a name may be quoted and may hold a colon."""
    found = {}
    for entry in value.split(","):
        name, _, sizes = entry.rpartition(":")
        parts = sizes.split("x")
        if not name or not all(part.isdecimal() and 0 < int(part) <= _LARGEST_AXIS for part in parts):
            raise ValueError(f"'{argument[:200]}' must be like 'input:1x1x8320,emotion:1x1x26'")
        found[name.strip("'\"")] = tuple(int(part) for part in parts)
    return found


def _pools(argument: str, value: str) -> dict[str, int]:
    pools = {}
    for entry in value.split(","):
        name, _, size = entry.partition(":")
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([BKMG]?)", size)
        if match is None:
            raise ValueError(f"'{argument[:200]}' must be like 'workspace:1024'")
        if name.lower() in _POOLS:
            pools[_POOLS[name.lower()]] = int(float(match.group(1)) * _UNITS[match.group(2)])
    return pools


def _profile(shapes: list[dict[str, Shape]], signature: Signature) -> dict[str, tuple[Shape, Shape, Shape]]:
    """The three shapes of every input. One that is left out is the next larger one, as ``trtexec`` has it."""
    smallest, usual, largest = shapes
    if not any(shapes):
        return usual_shapes(signature)
    inputs = {spec.name: spec for spec in signature.inputs}
    for name in {*smallest, *usual, *largest}:
        if name not in inputs:
            raise ValueError(f"it gives shapes for '{name}', but the inputs are {', '.join(map(repr, inputs))}")
    profile = {}
    for name, spec in inputs.items():
        given = [shape[name] for shape in (usual, largest, smallest) if name in shape]
        if not given:
            raise ValueError(f"it gives no shapes for the input '{name}'")
        three = (smallest.get(name, given[0]), usual.get(name, given[0]), largest.get(name, given[0]))
        for shape in three:
            if len(shape) != len(spec.axes) or any(
                isinstance(axis, int) and axis != size for axis, size in zip(spec.axes, shape, strict=True)
            ):
                raise ValueError(f"it gives '{name}' the shape {list(shape)}, which must be {spec.words}")
        if any(not low <= middle <= high for low, middle, high in zip(*three, strict=True)):
            raise ValueError(f"the shapes of '{name}' do not grow from smallest to largest")
        # Frames come one at a time too, whatever the package's own runs were meant for.
        single = tuple(1 if axis is Axis.BATCH else size for axis, size in zip(spec.axes, three[0], strict=True))
        profile[name] = (single, three[1], three[2])
    batches = {
        tuple(shape[spec.axes.index(Axis.BATCH)] for shape in profile[name])
        for name, spec in inputs.items()
        if Axis.BATCH in spec.axes
    }
    if len(batches) != 1:
        raise ValueError("its inputs have different batches")
    return profile
