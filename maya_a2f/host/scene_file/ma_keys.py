"""Animation curves and sound of a scene that was read, and replacing a curve's keys in place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from maya_a2f.core.anim_curve import AnimCurve, CurveKey, CurveTangent, Infinity
from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.ports import AudioNode
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode, node_of_plug, short_attribute
from maya_a2f.host.scene_file.ma_text import exact_number
from maya_a2f.host.scene_file.ma_writer import array_statements

# Tangent numbers in files (specification, maya.md section 14); others, such as 28 in recent scenes, are taken for auto.
_TANGENTS: dict[int, CurveTangent] = {
    1: "fixed", 2: "linear", 3: "flat", 5: "step", 6: "slow", 7: "fast", 9: "spline", 10: "clamped", 16: "plateau",
    17: "stepnext", 18: "auto",
}  # fmt: skip
_CODES = {name: code for code, name in _TANGENTS.items()}
_INFINITIES: dict[int, Infinity] = {0: "constant", 1: "linear", 3: "cycle", 4: "cycle_relative", 5: "oscillate"}
_KINDS: dict[str, ChannelKind] = {"A": "rotate", "L": "translate", "U": "weight", "T": "weight"}
KEY_ATTRIBUTES = frozenset((".ktv", ".kit", ".kot", ".kix", ".kiy", ".kox", ".koy", ".ktl", ".kwl", ".kbd"))


@dataclass(frozen=True)
class SceneCurve:
    """An animation curve node."""

    node: str
    type: str
    """``animCurveTU`` …"""
    curve: AnimCurve
    """Degrees, centimetres or weights. For driven keys (``animCurveU…``) the frames are the driver's values."""
    drives: tuple[str, ...]
    """Plugs the curve is connected to, as in the file."""
    tangent_codes: tuple[tuple[int, int], ...]
    """In- and out-tangent numbers per key, as in the file."""

    @property
    def is_driven_key(self) -> bool:
        """Whether its input is another attribute instead of time."""
        return self.type.startswith("animCurveU")


def scene_curves(scene: Scene) -> list[SceneCurve]:
    """Every animation curve. Raises :class:`~maya_a2f.errors.HostError` ``scene.damaged`` or ``scene.unit``."""
    drives: dict[str, list[str]] = {}
    for link in scene.connections:
        owner = node_of_plug(link.source)
        if short_attribute(link.source[len(owner) :]) == ".o":
            drives.setdefault(owner, []).append(link.destination)
    return [
        _read_curve(scene, node, tuple(drives.get(node.name, ())))
        for node in scene.nodes
        if len(node.type) == len("animCurveTU") and node.type.startswith("animCurve")
    ]


def scene_curve(scene: Scene, node: SceneNode) -> SceneCurve:
    """One animation curve, without what it drives. Raises as :func:`scene_curves`."""
    return _read_curve(scene, node, ())


def scene_audio(scene: Scene) -> list[AudioNode]:
    """Every audio node."""
    return [
        AudioNode(node.string(".f"), node.number(".o", 0.0), node.number(".se", 0.0) - node.number(".ss", 0.0))
        for node in scene.of_type("audio")
    ]


def replace_keys(scene: Scene, curve: SceneCurve, keyed: KeyedCurve) -> None:
    """Give a curve of the scene other keys, in place; everything else of the file stays as it was.

    Values are degrees, centimetres and weights and are turned into the scene's units.
    """
    node = scene.node(curve.node)
    old = [item for item in node.attributes if item.base in KEY_ATTRIBUTES or item.name == ".tan"]
    scale = 1.0 / unit_scale(scene, curve.curve.kind)
    pairs = [
        number
        for frame, value in zip(keyed.frames, keyed.values, strict=True)
        for number in (frame, value if scale == 1.0 else value * scale)
    ]
    code = tangent_code(keyed)
    sources = [f'\tsetAttr ".tan" {_CODES["spline"] if keyed.tangent == "step" else code};']
    sources += array_statements(".ktv", pairs, 2, exact_number)
    if keyed.tangent == "step":
        sources += array_statements(".kot", [code] * len(keyed.frames), 1, exact_number)
    scene.replace_statements(node, old, sources)


def tangent_code(keyed: KeyedCurve) -> int:
    """The number of a curve's tangents in a file."""
    return _CODES["flat" if keyed.tangent == "fixed" else keyed.tangent]


def _read_curve(scene: Scene, node: SceneNode, drives: tuple[str, ...]) -> SceneCurve:
    kind = _KINDS.get(node.type[-1], "weight")
    scale = unit_scale(scene, kind)
    times, values = _pairs(node)
    count = len(times)
    default = int(node.number(".tan", _CODES["spline"]))
    into = _per_key(node, ".kit", count, default)
    out = _per_key(node, ".kot", count, default)
    in_x, in_y = _per_key(node, ".kix", count, 1.0), _per_key(node, ".kiy", count, 0.0)
    out_x, out_y = _per_key(node, ".kox", count, 1.0), _per_key(node, ".koy", count, 0.0)
    keys = tuple(
        CurveKey(
            times[at],
            values[at] if scale == 1.0 else values[at] * scale,
            _TANGENTS.get(int(into[at]), "auto"),
            _TANGENTS.get(int(out[at]), "auto"),
            (in_x[at], in_y[at]),
            (out_x[at], out_y[at]),
        )
        for at in range(count)
    )
    curve = AnimCurve(
        keys,
        Fraction(1) if node.type.startswith("animCurveU") else scene.rate,
        kind,
        node.number(".wgt", 1.0) != 0.0,
        _INFINITIES.get(int(node.number(".pre", 0.0)), "constant"),
        _INFINITIES.get(int(node.number(".pst", 0.0)), "constant"),
    )
    codes = tuple((int(before), int(after)) for before, after in zip(into, out, strict=True))
    return SceneCurve(node.name, node.type, curve, drives, codes)


def _pairs(node: SceneNode) -> tuple[list[float], list[float]]:
    keys: dict[int, tuple[float, float]] = {}
    for attribute in node.having_base(".ktv"):
        first, last = attribute.index_range or (0, 0)
        numbers = attribute.numbers()
        if len(numbers) != 2 * (last + 1 - first) or not all(map(math.isfinite, numbers)):
            raise attribute.damaged(f"{len(numbers)} numbers for the keys {first} to {last}")
        for at in range(last + 1 - first):
            keys[first + at] = numbers[2 * at], numbers[2 * at + 1]
    ordered = [keys[index] for index in sorted(keys)]
    return [time for time, _ in ordered], [value for _, value in ordered]


def _per_key(node: SceneNode, base: str, count: int, default: float) -> Sequence[float]:
    """Values set for some keys only; the others have the default."""
    values = [default] * count
    for attribute in node.having_base(base):
        first, _ = attribute.index_range or (0, 0)
        numbers = attribute.numbers()
        if not all(map(math.isfinite, numbers)):
            raise attribute.damaged("it holds values that are not finite numbers")
        for at, number in enumerate(numbers, first):
            if at < count:
                values[at] = number
    return values


def unit_scale(scene: Scene, kind: ChannelKind) -> float:
    """Factor from the scene's unit to degrees or centimetres."""
    if kind == "rotate":
        return 1.0 if scene.angle_unit.startswith("deg") else math.degrees(1.0)
    if kind == "translate":
        return scene.centimetres_per_unit
    return 1.0
