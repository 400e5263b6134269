"""Which attributes the fake's node types have. A small part of Maya's, with Maya's long and short names."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class AttributeType:
    """One attribute of a node type."""

    long: str
    short: str
    kind: str
    """double, angle, distance, time, bool, enum, long, string, message or generic."""
    keyable: bool = False
    multi: bool = False
    parent: str = ""
    """Long name of the compound it belongs to."""
    default: float | str = 0.0
    lowest: float | None = None
    highest: float | None = None
    hidden: bool = False
    user: bool = False
    """Added by addAttr."""
    proxy: bool = False
    """Stands for an attribute of another node, which drives it."""


def _vector(long: str, short: str, kind: str, keyable: bool = False, default: float = 0.0) -> list[AttributeType]:
    compound = AttributeType(long, short, "compound", keyable)
    return [
        compound,
        *(
            AttributeType(f"{long}{axis}", f"{short}{axis.lower()}", kind, keyable, parent=long, default=default)
            for axis in "XYZ"
        ),
    ]


def _limits() -> list[AttributeType]:
    limits = []
    for word, letter, kind in (("Trans", "t", "distance"), ("Rot", "r", "angle"), ("Scale", "s", "double")):
        for axis in "XYZ":
            for end, first in (("min", "mn"), ("max", "mx")):
                name = f"{end}{word}{axis}Limit"
                limits.append(AttributeType(name, f"{first}{letter}{axis.lower()}l", kind))
                limits.append(AttributeType(f"{name}Enable", f"{first}{letter}{axis.lower()}e", "bool"))
    return limits


_COMMON = [AttributeType("message", "msg", "message"), AttributeType("nodeState", "nds", "enum")]
_DAG = [
    *_COMMON,
    AttributeType("visibility", "v", "bool", True, default=1.0),
    AttributeType("intermediateObject", "io", "bool"),
]
_TRANSFORM = [
    *_DAG,
    *_vector("translate", "t", "distance", True),
    *_vector("rotate", "r", "angle", True),
    *_vector("scale", "s", "double", True, 1.0),
    *_vector("rotateAxis", "ra", "angle"),
    *_vector("rotatePivot", "rp", "distance"),
    *_vector("rotatePivotTranslate", "rpt", "distance"),
    *_vector("scalePivot", "sp", "distance"),
    *_vector("scalePivotTranslate", "spt", "distance"),
    AttributeType("matrix", "m", "generic"),
    AttributeType("worldMatrix", "wm", "generic", multi=True),
    AttributeType("parentMatrix", "pm", "generic", multi=True),
    AttributeType("rotateOrder", "ro", "enum"),
    *_limits(),
]
_JOINT = [
    *_TRANSFORM,
    *_vector("jointOrient", "jo", "angle"),
    AttributeType("segmentScaleCompensate", "ssc", "bool", default=1.0),
    *_vector("inverseScale", "is", "double", default=1.0),
    AttributeType("radius", "radi", "double", default=1.0),
]
_MESH = [
    *_DAG,
    AttributeType("inMesh", "i", "generic"),
    AttributeType("outMesh", "o", "generic"),
    AttributeType("worldMesh", "w", "generic", multi=True),
]
_BLEND_SHAPE = [
    *_COMMON,
    AttributeType("envelope", "en", "double", True, default=1.0),
    AttributeType("input", "ip", "generic", multi=True),
    AttributeType("originalGeometry", "orggeom", "generic", multi=True),
    AttributeType("outputGeometry", "og", "generic", multi=True),
    AttributeType("weight", "w", "double", True, multi=True),
]
_SKIN = [
    *_COMMON,
    AttributeType("envelope", "en", "double", True, default=1.0),
    AttributeType("input", "ip", "generic", multi=True),
    AttributeType("outputGeometry", "og", "generic", multi=True),
    AttributeType("matrix", "ma", "generic", multi=True),
]
_LAYER = [
    *_COMMON,
    AttributeType("weight", "w", "double", True, default=1.0),
    *(AttributeType(name, name[:2], "bool") for name in ("mute", "lock", "solo", "override", "passthrough")),
    AttributeType("preferred", "pref", "bool"),
    AttributeType("selected", "slct", "bool"),
    AttributeType("parentLayer", "plyr", "message"),
    AttributeType("dagSetMembers", "dsm", "message", multi=True),
    AttributeType("blendNodes", "bnds", "message", multi=True),
]
_AUDIO = [
    *_COMMON,
    AttributeType("filename", "f", "string", default=""),
    AttributeType("offset", "o", "time", True),
    AttributeType("sourceStart", "ss", "time"),
    AttributeType("sourceEnd", "se", "time"),
    AttributeType("endFrame", "ef", "time"),
    AttributeType("mute", "m", "bool"),
    AttributeType("order", "or", "long"),
]


def _curve(kind: str) -> list[AttributeType]:
    driven = kind[0] == "U"
    output = {"A": "angle", "L": "distance", "U": "double", "T": "time"}[kind[1]]
    return [
        *_COMMON,
        AttributeType("input", "i", "double" if driven else "time"),
        AttributeType("output", "o", output),
    ]


def _blend(kind: str) -> list[AttributeType]:
    return [
        *_COMMON,
        AttributeType("inputA", "ia", kind),
        AttributeType("inputB", "ib", kind),
        AttributeType("output", "o", kind),
        AttributeType("weightA", "wa", "double", default=1.0),
        AttributeType("weightB", "wb", "double", default=1.0),
    ]


_PAIR_BLEND = [
    *_COMMON,
    *(AttributeType(f"in{word}{axis}{n}", f"i{word[0].lower()}{axis.lower()}{n}", kind) for n in "12"
      for word, kind in (("Translate", "distance"), ("Rotate", "angle")) for axis in "XYZ"),
    *(AttributeType(f"out{word}{axis}", f"o{word[0].lower()}{axis.lower()}", kind)
      for word, kind in (("Translate", "distance"), ("Rotate", "angle")) for axis in "XYZ"),
]  # fmt: skip


def _user_values() -> list[AttributeType]:
    kinds = (("linearValues", "lv", "distance"), ("angularValues", "av", "angle"), ("unitlessValues", "uv", "double"))
    return [AttributeType(long, short, kind, multi=True) for long, short, kind in kinds]


def _constraint(*vectors: tuple[str, str, str]) -> list[AttributeType]:
    return [*_TRANSFORM, *(item for vector in vectors for item in _vector(*vector))]


_CURVE_KINDS = ("TA", "TL", "TT", "TU", "UA", "UL", "UT", "UU")
_WEIGHTS = [
    AttributeType("weightA", "wa", "double", default=1.0),
    AttributeType("weightB", "wb", "double", default=1.0),
]
_ROTATION_BLEND = [
    *_COMMON,
    *_vector("inputA", "ia", "angle"),
    *_vector("inputB", "ib", "angle"),
    *_vector("output", "o", "angle"),
    *_WEIGHTS,
]
_EXPRESSION = [
    *_COMMON,
    AttributeType("expression", "e", "string", default=""),
    AttributeType("output", "out", "double", multi=True),
]
_CONVERSION = [*_COMMON, AttributeType("input", "i", "double"), AttributeType("output", "o", "double")]

NODE_TYPES: dict[str, list[AttributeType]] = {
    "transform": _TRANSFORM,
    "joint": _JOINT,
    "parentConstraint": _constraint(("constraintRotate", "cr", "angle"), ("constraintTranslate", "ct", "distance")),
    "orientConstraint": _constraint(("constraintRotate", "cr", "angle")),
    "mesh": _MESH,
    "nurbsCurve": _DAG,
    "blendShape": _BLEND_SHAPE,
    "skinCluster": _SKIN,
    "network": _COMMON,
    "reference": _COMMON,
    "script": [*_COMMON, AttributeType("before", "b", "string", default="")],
    "audio": _AUDIO,
    "animLayer": _LAYER,
    "pairBlend": _PAIR_BLEND,
    "expression": _EXPRESSION,
    "character": [*_COMMON, *_user_values()],
    "unitConversion": _CONVERSION,
    "mute": _CONVERSION,
    "multiplyDivide": [*_COMMON, *_vector("input1", "i1", "double"), *_vector("output", "o", "double")],
    "animBlendNodeAdditive": _blend("double"),
    "animBlendNodeAdditiveDL": _blend("distance"),
    "animBlendNodeAdditiveDA": _blend("angle"),
    "animBlendNodeAdditiveScale": _blend("double"),
    "animBlendNodeAdditiveRotation": _ROTATION_BLEND,
    **{f"animCurve{kind}": _curve(kind) for kind in _CURVE_KINDS},
}
DAG_TYPES = frozenset({"transform", "joint", "parentConstraint", "orientConstraint", "mesh", "nurbsCurve"})
SHAPE_TYPES = frozenset({"mesh", "nurbsCurve"})
_PLACED = ["transform", "dagNode"]
INHERITED = {
    "joint": _PLACED,
    "transform": ["dagNode"],
    "parentConstraint": ["constraint", *_PLACED],
    "orientConstraint": ["constraint", *_PLACED],
    "mesh": ["shape", "dagNode"],
    "nurbsCurve": ["shape", "dagNode"],
    "blendShape": ["geometryFilter"],
    "skinCluster": ["geometryFilter"],
}


def inherits(node_type: str, wanted: str) -> bool:
    """Whether a node type is, or derives from, another."""
    if node_type.startswith("animCurve") and wanted == "animCurve":
        return True
    return node_type == wanted or wanted in INHERITED.get(node_type, [])


def user_attribute(long: str, short: str, kind: str, **facts: object) -> AttributeType:
    """An attribute made by addAttr."""
    return replace(AttributeType(long, short, kind, user=True), **facts)  # type: ignore[arg-type]
