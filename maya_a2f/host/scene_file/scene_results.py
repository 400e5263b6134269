"""What made the keys, in a scene file: the same network node that the Maya host keeps (:mod:`core.result_record`)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from maya_a2f.core.head import Head
from maya_a2f.core.keyed_merging import fresh_of, internal
from maya_a2f.core.rerun import freshly_written
from maya_a2f.core.result_record import (
    CHARACTER_TEXT,
    OWN_ATTRIBUTES,
    RESULT_TEXT,
    SCHEMA_TEXT,
    CurveRecord,
    records_from_texts,
)
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode

_OURS = uuid.UUID("0f2d6a34-5a0c-4f0e-9d0e-6d61796132f1")
_LONG_NAMES = {"t": "translate", "r": "rotate", "s": "scale"}


@dataclass(frozen=True)
class SceneResult:
    """One result in a scene file."""

    node: SceneNode
    character: str
    name: str
    records: tuple[CurveRecord, ...]
    metadata: dict[str, str]
    """The caller's entries."""


def scene_results(scene: Scene) -> list[SceneResult]:
    """Every result of a scene, in order of the file."""
    found = []
    for node in scene.of_type("network"):
        texts = {item.name[1:]: item.string() for item in node.attributes if item.type == "string"}
        if SCHEMA_TEXT in texts:
            metadata = {name: text for name, text in texts.items() if name not in OWN_ATTRIBUTES}
            name, character = texts.get(RESULT_TEXT, ""), texts.get(CHARACTER_TEXT, "")
            found.append(SceneResult(node, character, name, records_from_texts(texts), metadata))
    return found


def made_uid(seed: str, node: str) -> str:
    """A UUID as Maya writes them, the same for the same input: a scene is the same bytes each time it is written."""
    return str(uuid.uuid5(_OURS, f"{seed}\n{node}")).upper()


def long_plug(plug: str) -> str:
    """The attribute of a plug of a file by Maya's long name: ``shapes.w[3]`` -> ``weight[3]``, ``jaw.rx`` ->
    ``rotateX``; others as they are."""
    name = plug.rpartition("|")[2].partition(".")[2]
    if name.startswith("w["):
        return f"weight{name[1:]}"
    if len(name) == 2 and name[0] in _LONG_NAMES and name[1] in "xyz":
        return _LONG_NAMES[name[0]] + name[1].upper()
    return name


def node_uid(head: Head, plug: str) -> str:
    """UUID of the node that a plug of our own head belongs to."""
    return made_uid(head.name, plug.rpartition("|")[2].partition(".")[0])


def new_record(
    curve: KeyedCurve,
    rate: Fraction,
    node: str,
    plug: str,
    uid: str,
    rest: float,
    channels: Mapping[str, Sequence[str]],
) -> CurveRecord:
    """The record of keys on a new curve; ``node`` and ``uid`` are UUIDs of the driven node and of the curve."""
    written = freshly_written(fresh_of(curve, rate))
    record = CurveRecord(
        curve.attribute, curve.kind, node, long_plug(plug), uid, 0, 0, "", internal(rest, curve.kind), rest,
        tuple(channels.get(curve.attribute, ())),
    )  # fmt: skip
    return record.renewed(written)
