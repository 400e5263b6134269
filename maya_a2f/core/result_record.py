"""The record of a result as it lies in a scene: string attributes of one network node, the same for every host.

``a2fCurves`` is what the first versions of the module wrote and still read; the marks that tell edits block by block
are beside it in ``a2fMarks``, and hold only together with the fingerprint they were written with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.key_marks import BlockMarks, marks_from_text
from maya_a2f.core.rerun import Written

NODE_NAME = "a2f_take"
SCHEMA = "a2f.result/1"
SCHEMA_TEXT, CHARACTER_TEXT, RESULT_TEXT, CURVES_TEXT = "a2fSchema", "a2fCharacter", "a2fResult", "a2fCurves"
MARKS_TEXT, AUDIO_OFFSET_TEXT, LAYER_TEXT = "a2fMarks", "a2fAudioOffset", "a2fLayer"
AUDIO_NODE = "a2fAudioNode"
"""A message connection instead of a text."""
OWN_ATTRIBUTES = frozenset(
    {SCHEMA_TEXT, CHARACTER_TEXT, RESULT_TEXT, CURVES_TEXT, MARKS_TEXT, AUDIO_OFFSET_TEXT, LAYER_TEXT, AUDIO_NODE}
)
"""What the caller's own entries may not be called."""


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
    """Ticks in the stretch that had other keys already, which were left."""
    marks: BlockMarks | None = None

    @property
    def place(self) -> tuple[str, str]:
        """What stays the same when nodes are renamed."""
        return self.node, self.plug

    @property
    def written(self) -> Written:
        """What was written."""
        return Written(self.first, self.last, self.fingerprint, frozenset(self.others), self.marks)

    def owns(self, ticks: int) -> bool:
        """Whether a key there is one of these, or was put among them later."""
        return self.written.owns(ticks)

    def renewed(self, written: Written) -> CurveRecord:
        """The record of the same curve after another run."""
        return replace(
            self,
            first=written.first,
            last=written.last,
            fingerprint=written.fingerprint,
            others=tuple(sorted(written.others)),
            marks=written.marks,
        )


_FIELDS = {field.name for field in fields(CurveRecord)} - {"marks"}


def record_texts(
    character: str, name: str, records: Sequence[CurveRecord], *, layer: str = "", audio_offset_frame: float = 0.0
) -> dict[str, str]:
    """Attribute -> text."""
    plain = []
    for record in records:
        item = asdict(replace(record, marks=None))
        del item["marks"]
        plain.append(item)
    marks = {
        f"{record.node} {record.plug}": [record.fingerprint, record.marks.text()]
        for record in records
        if record.marks is not None
    }
    return {
        SCHEMA_TEXT: SCHEMA,
        CHARACTER_TEXT: character,
        RESULT_TEXT: name,
        LAYER_TEXT: layer,
        AUDIO_OFFSET_TEXT: repr(audio_offset_frame),
        CURVES_TEXT: json.dumps(plain, separators=(",", ":")),
        MARKS_TEXT: json.dumps(marks, separators=(",", ":")),
    }


def records_from_texts(texts: Mapping[str, str]) -> tuple[CurveRecord, ...]:
    """The curves of a record. One written by a newer schema, or damaged by hand, counts as one without curves."""
    if texts.get(SCHEMA_TEXT) != SCHEMA:
        return ()
    try:
        items = json.loads(texts.get(CURVES_TEXT) or "")
        records = [_record(item) for item in items]
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()
    marks = _marks(texts.get(MARKS_TEXT) or "{}")
    return tuple(replace(record, marks=marks.get((*record.place, record.fingerprint))) for record in records)


def _record(item: Mapping[str, object]) -> CurveRecord:
    known = {name: value for name, value in item.items() if name in _FIELDS}
    known["channels"], known["others"] = tuple(item["channels"]), tuple(item["others"])  # type: ignore[arg-type]
    return CurveRecord(**known)  # type: ignore[arg-type]


def _marks(text: str) -> dict[tuple[str, str, str], BlockMarks]:
    """(node, plug, fingerprint) -> marks; without those that cannot be read: their curves are known as a whole then."""
    found = {}
    try:
        for place, (mark, blocks) in json.loads(text).items():
            node, _, plug = place.partition(" ")
            marks = marks_from_text(blocks)
            if marks is not None:
                found[node, plug, mark] = marks
    except (ValueError, TypeError, AttributeError):
        return found
    return found
