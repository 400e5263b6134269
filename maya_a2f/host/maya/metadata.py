"""What made the keys, kept in the scene: one network node per character and result (specification, maya.md section 17).

The node carries the caller's metadata as string attributes, as the scene files do, and for every curve what is needed
to find exactly these keys again: UUIDs, range, fingerprint, and the value the attribute had before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.core.channels import ChannelKind
from maya_a2f.errors import HostError
from maya_a2f.host.maya.plugs import node_named, plug_named
from maya_a2f.host.maya.snapshot import CurveSnapshot, saved_fingerprint, snapshot

NODE_NAME = "a2f_take"
SCHEMA = "a2f.result/1"
_SCHEMA, _CHARACTER, _RESULT, _CURVES = "a2fSchema", "a2fCharacter", "a2fResult", "a2fCurves"
_AUDIO_NODE, _AUDIO_OFFSET, _LAYER = "a2fAudioNode", "a2fAudioOffset", "a2fLayer"
_OWN = frozenset({_SCHEMA, _CHARACTER, _RESULT, _CURVES, _AUDIO_NODE, _AUDIO_OFFSET, _LAYER})


@dataclass(frozen=True)
class CurveRecord:
    """Keys as they were written onto one attribute."""

    attribute: str
    """Name in the rig."""
    kind: ChannelKind
    node: str
    """UUID of the node that has the attribute."""
    plug: str
    """``weight[3]``, ``rotateX``."""
    curve: str
    """UUID of the animation curve."""
    first: int
    """Tick of the first key."""
    last: int
    """Tick of the last key."""
    fingerprint: str
    before: float
    """Value of the attribute (on a layer: of the layer's input) before the curve, internal units."""
    rest: float
    """Value with the face at rest, in the rig's unit."""
    channels: tuple[str, ...] = ()
    """What drove it."""
    layer: str = ""
    """Animation layer that the attribute was made a member of for these keys."""
    others: tuple[int, ...] = ()
    """Ticks in the stretch that had other keys already, which were left (mode insert)."""

    def owns(self, ticks: int) -> bool:
        """Whether a key there is one of these, or was put among them later."""
        return self.first <= ticks <= self.last and ticks not in self.others


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
    is_untouched: bool
    """Whether exactly the keys as written lie in the range."""


def results(character: str | None = None) -> list[Result]:
    """Every result in the scene, or those of one character."""
    found = []
    for node in cmds.ls(type="network", long=True) or []:
        if not cmds.attributeQuery(_SCHEMA, node=node, exists=True):
            continue
        if character is None or _text(node, _CHARACTER) == character:
            found.append(Result(node, _text(node, _CHARACTER), _text(node, _RESULT), _records(node)))
    return found


def _records(node: str) -> tuple[CurveRecord, ...]:
    """A node written by a newer version, or damaged by hand, counts as one without curves."""
    if _text(node, _SCHEMA) != SCHEMA:
        return ()
    try:
        return tuple(
            CurveRecord(**{**item, "channels": tuple(item["channels"]), "others": tuple(item["others"])})
            for item in json.loads(_text(node, _CURVES))
        )
    except (ValueError, TypeError, KeyError):
        return ()


def _text(node: str, attribute: str) -> str:
    return cmds.getAttr(f"{node}.{attribute}") or ""


def metadata_of(node: str) -> dict[str, str]:
    """The caller's entries."""
    names = cmds.listAttr(node, userDefined=True) or []
    return {name: _text(node, name) for name in names if name not in _OWN}


def recorded_keys(record: CurveRecord) -> RecordedKeys | None:
    """The keys of a record as they are now; None where the curve is gone."""
    names = cmds.ls(record.curve, long=True) or []  # ls takes a UUID for a name
    curve = node_named(names[0]) if len(names) == 1 else None
    if curve is None:
        return None
    now = snapshot(curve)
    keys = [key for key in now.keys if record.owns(key.ticks)]
    return RecordedKeys(record, curve, now, saved_fingerprint(keys) == record.fingerprint)


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
        if name in _OWN or not name.isidentifier() or cmds.attributeQuery(name, type="network", exists=True):
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
    layer: str = "",
    audio_node: str = "",
    audio_offset_frame: float = 0.0,
) -> str:
    """Make or renew the node of a result; its name."""
    known = next((result for result in results(character) if result.name == name), None)
    node = known.node if known else cmds.createNode("network", name=NODE_NAME, skipSelect=True)
    kept = [
        record
        for record in (known.curves if known else ())
        if record.attribute not in {new.attribute for new in records}
    ]
    texts = {
        _SCHEMA: SCHEMA,
        _CHARACTER: character,
        _RESULT: name,
        _LAYER: layer,
        _AUDIO_OFFSET: repr(audio_offset_frame),
        _CURVES: json.dumps([asdict(record) for record in (*kept, *records)], separators=(",", ":")),
        **metadata,
    }
    for attribute, text in texts.items():
        if not cmds.attributeQuery(attribute, node=node, exists=True):
            cmds.addAttr(node, longName=attribute, dataType="string")
        cmds.setAttr(f"{node}.{attribute}", text, type="string")
    if audio_node:
        _connect_audio(node, audio_node)
    return node


def _connect_audio(node: str, audio_node: str) -> None:
    if not cmds.attributeQuery(_AUDIO_NODE, node=node, exists=True):
        cmds.addAttr(node, longName=_AUDIO_NODE, attributeType="message")
    if audio_node not in (cmds.listConnections(f"{node}.{_AUDIO_NODE}", source=True, destination=False) or []):
        cmds.connectAttr(f"{audio_node}.message", f"{node}.{_AUDIO_NODE}", force=True)


def audio_shift_frames(result: Result) -> float | None:
    """How far the sound was moved since the keys were written; None where its node is gone."""
    now = audio_offset_frame(result)
    return None if now is None else now - float(_text(result.node, _AUDIO_OFFSET))


def audio_offset_frame(result: Result) -> float | None:
    """Where the sound of a result lies now; None where its node is gone."""
    if not cmds.attributeQuery(_AUDIO_NODE, node=result.node, exists=True):
        return None
    nodes = cmds.listConnections(f"{result.node}.{_AUDIO_NODE}", source=True, destination=False)
    return float(cmds.getAttr(f"{nodes[0]}.offset")) if nodes else None


def layer_of(result: Result) -> str:
    """The animation layer a result was written to; empty where to none."""
    return _text(result.node, _LAYER)
