"""What made the keys, kept in the scene: one network node per character and result (specification, maya.md section 17).

The node carries the caller's metadata as string attributes, as the scene files do, and for every curve what is needed
to find exactly these keys again: UUIDs, range, fingerprint, and the value the attribute had before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.core.key_marks import Zone
from maya_a2f.core.rerun import edited_zones
from maya_a2f.core.result_record import (
    AUDIO_NODE,
    AUDIO_OFFSET_TEXT,
    CHARACTER_TEXT,
    CURVES_TEXT,
    LAYER_TEXT,
    MARKS_TEXT,
    NODE_NAME,
    OWN_ATTRIBUTES,
    RESULT_TEXT,
    SCHEMA,
    SCHEMA_TEXT,
    CurveRecord,
    record_texts,
    records_from_texts,
)
from maya_a2f.errors import HostError
from maya_a2f.host.maya.plugs import node_named, plug_named
from maya_a2f.host.maya.snapshot import CurveSnapshot, snapshot


@dataclass(frozen=True)
class Result:
    """One result in the scene."""

    node: str
    character: str
    name: str
    curves: tuple[CurveRecord, ...]


@dataclass(frozen=True)
class RecordedKeys:
    """The state of recorded keys now."""

    record: CurveRecord
    curve: OpenMaya.MObject
    now: CurveSnapshot

    @cached_property
    def edited(self) -> tuple[Zone, ...]:
        """Where keys are not as they were written."""
        return edited_zones(self.record.written, self.now.keys)

    @property
    def is_untouched(self) -> bool:
        """Whether exactly the keys as written lie in the range."""
        return not self.edited


def results(character: str | None = None) -> list[Result]:
    """Every result in the scene, or those of one character by its name."""
    found = []
    for node in cmds.ls(type="network", long=True) or []:
        if not cmds.attributeQuery(SCHEMA_TEXT, node=node, exists=True):
            continue
        if character is None or _text(node, CHARACTER_TEXT) == character:
            found.append(Result(node, _text(node, CHARACTER_TEXT), _text(node, RESULT_TEXT), _records(node)))
    return found


def results_on(character: str, nodes: Collection[str], namespace: str = "") -> list[Result]:
    """Results of a character with these nodes (UUIDs): by its name, or by the nodes they are on after it was renamed,
    or by the namespace that both were imported into.

    Nodes of a reference that is loaded twice have one UUID in both copies: those say nothing.
    """
    return [
        result
        for result in results()
        if result.character == character
        or any(_is_node_of(node, nodes) for node in {record.node for record in result.curves})
        or (namespace and result.node.rpartition(":")[0] == namespace)
    ]


def _is_node_of(uuid: str, nodes: Collection[str]) -> bool:
    return uuid in nodes and len(cmds.ls(uuid) or []) == 1


def _records(node: str) -> tuple[CurveRecord, ...]:
    """A node written by a newer version, or damaged by hand, counts as one without curves."""
    names = (SCHEMA_TEXT, CURVES_TEXT, MARKS_TEXT)
    return records_from_texts({name: _text(node, name) for name in names if _has(node, name)})


def _has(node: str, attribute: str) -> bool:
    return bool(cmds.attributeQuery(attribute, node=node, exists=True))


def _text(node: str, attribute: str) -> str:
    return cmds.getAttr(f"{node}.{attribute}") or ""


def metadata_of(node: str) -> dict[str, str]:
    """The caller's entries."""
    names = cmds.listAttr(node, userDefined=True) or []
    return {name: _text(node, name) for name in names if name not in OWN_ATTRIBUTES}


def recorded_keys(record: CurveRecord) -> RecordedKeys | None:
    """The keys of a record as they are now; None where the curve is gone."""
    curve = curve_of_record(record)
    return None if curve is None else RecordedKeys(record, curve, snapshot(curve))


def curve_of_record(record: CurveRecord) -> OpenMaya.MObject | None:
    """The curve that was written, wherever it is now; None where it is gone."""
    names = cmds.ls(record.curve, long=True) or []  # ls takes a UUID for a name
    return node_named(names[0]) if len(names) == 1 else None


def recorded_plug(record: CurveRecord) -> OpenMaya.MPlug | None:
    """The attribute of a record; None where it is gone."""
    names = cmds.ls(record.node, long=True) or []
    return plug_named(f"{names[0]}.{record.plug}") if len(names) == 1 else None


def driven_plug(curve: OpenMaya.MObject) -> OpenMaya.MPlug | None:
    """What a curve drives: the attribute itself, or a layer's input of it; None where it drives nothing."""
    driven = OpenMaya.MFnDependencyNode(curve).findPlug("output", False).destinations()
    return driven[0] if len(driven) else None


def check_metadata(metadata: Mapping[str, str]) -> None:
    """Raises :class:`HostError` ``metadata.name`` for an entry that cannot be an attribute of the node."""
    for name in metadata:
        if name in OWN_ATTRIBUTES or not name.isidentifier() or cmds.attributeQuery(name, type="network", exists=True):
            raise HostError(
                f"'{name}' cannot be kept with the keys: it is no free attribute name.",
                code="metadata.name",
                hint="Use a name of letters, digits and underscores that the node does not have already.",
            )


def write_result(
    character: str,
    name: str,
    records: Sequence[CurveRecord],
    metadata: Mapping[str, str],
    *,
    known: Result | None = None,
    layer: str = "",
    audio_node: str = "",
    audio_offset_frame: float = 0.0,
) -> str:
    """Make the node of a result, or renew the ``known`` one; its name. Curves that are not renewed stay recorded."""
    if known is None:
        known = next((result for result in results(character) if result.name == name), None)
    node = known.node if known else cmds.createNode("network", name=NODE_NAME, skipSelect=True)
    renewed = {record.place for record in records} | {(record.attribute, "") for record in records}
    kept = [
        record
        for record in (known.curves if known else ())
        if record.place not in renewed and (cmds.ls(record.node) or (record.attribute, "") not in renewed)
    ]
    texts = record_texts(character, name, [*kept, *records], layer=layer, audio_offset_frame=audio_offset_frame)
    for attribute, text in {**texts, **metadata}.items():
        if not _has(node, attribute):
            cmds.addAttr(node, longName=attribute, dataType="string")
        cmds.setAttr(f"{node}.{attribute}", text, type="string")
    if audio_node:
        _connect_audio(node, audio_node)
    return node


def _connect_audio(node: str, audio_node: str) -> None:
    if not cmds.attributeQuery(AUDIO_NODE, node=node, exists=True):
        cmds.addAttr(node, longName=AUDIO_NODE, attributeType="message")
    if audio_node not in (cmds.listConnections(f"{node}.{AUDIO_NODE}", source=True, destination=False) or []):
        cmds.connectAttr(f"{audio_node}.message", f"{node}.{AUDIO_NODE}", force=True)


def audio_shift_frames(result: Result) -> float | None:
    """How far the sound was moved since the keys were written; None where its node is gone."""
    now = audio_offset_frame(result)
    return None if now is None else now - float(_text(result.node, AUDIO_OFFSET_TEXT))


def audio_offset_frame(result: Result) -> float | None:
    """Where the beginning of a result's sound file lies now, trimmed away or not; None where its node is gone.

    At ``offset`` a sound is heard from ``sourceStart`` on, so one whose head was only trimmed has not moved.
    """
    if not cmds.attributeQuery(AUDIO_NODE, node=result.node, exists=True):
        return None
    nodes = cmds.listConnections(f"{result.node}.{AUDIO_NODE}", source=True, destination=False)
    if not nodes:
        return None
    return float(cmds.getAttr(f"{nodes[0]}.offset")) - float(cmds.getAttr(f"{nodes[0]}.sourceStart"))


def layer_of(result: Result) -> str:
    """The animation layer a result was written to; empty where to none."""
    return _text(result.node, LAYER_TEXT)


def check_version(result: Result) -> None:
    """Raises :class:`HostError` ``result.newer`` for a record that only a newer version of the module understands."""
    schema = _text(result.node, SCHEMA_TEXT)
    if schema != SCHEMA and schema.startswith(SCHEMA.partition("/")[0]):
        raise HostError(
            f"The result '{result.name}' was written by a newer version of maya_a2f ({schema}).",
            code="result.newer",
            hint="Use that version, or another name for the result: its keys would be lost otherwise.",
        )


def place_of(result: Result) -> dict[str, object]:
    """Where a result lies, as options of a job: any node of its character, and the frame of its sound."""
    place: dict[str, object] = {}
    for record in result.curves:
        names = cmds.ls(record.node, long=True) or []
        if len(names) == 1:
            place["character"] = names[0]
            break
    else:
        place["character"] = result.character
    start = start_frame_of(result)
    return place if start is None else {**place, "start_frame": start}


def start_frame_of(result: Result) -> float | None:
    """The frame on which the clip of a result starts; None for one without sound."""
    return float(_text(result.node, AUDIO_OFFSET_TEXT)) if _has(result.node, AUDIO_NODE) else None
