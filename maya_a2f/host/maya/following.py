"""Moving the keys of a result along with its sound: exactly its keys, one undo step."""

from __future__ import annotations

from dataclasses import replace

from maya.api import OpenMaya

from maya_a2f.core.key_marks import fingerprint_of
from maya_a2f.core.ports import BakeReport, SkippedCurve
from maya_a2f.core.result_record import CurveRecord
from maya_a2f.errors import HostError
from maya_a2f.host.maya.apply_command import apply, load_command
from maya_a2f.host.maya.edits import ReplaceCurve, SeveralEdits
from maya_a2f.host.maya.metadata import (
    RecordedKeys,
    Result,
    audio_offset_frame,
    audio_shift_frames,
    layer_of,
    recorded_keys,
    write_result,
)
from maya_a2f.host.maya.undo_step import one_step
from maya_a2f.host.maya.units import frame_of_ticks, scene_rate, ticks_of_frame


def follow_sound(result: Result) -> BakeReport:
    """Move the keys of a result by as much as its sound was moved since they were written.

    All curves or none, so that the face stays together; curves that are gone are named in the report. Values, tangents
    and all other keys stay as they are. Raises :class:`HostError` ``result.no_sound``, ``result.edited`` (an edited or
    locked curve), ``result.taken`` (another key lies where one would go), or ``maya.refused``; then nothing was
    changed.
    """
    shift_frames, offset = audio_shift_frames(result), audio_offset_frame(result)
    if shift_frames is None or offset is None:
        raise HostError(
            f"The sound of '{result.name}' is no longer in the scene.",
            code="result.no_sound",
            hint="Animate the clip again at its new place.",
        )
    shift = ticks_of_frame(shift_frames, scene_rate())
    found = [(record, recorded_keys(record)) for record in result.curves]
    gone = tuple(SkippedCurve(record.attribute, "its curve is gone") for record, keys in found if keys is None)
    here = [keys for _, keys in found if keys is not None]
    if shift == 0:
        return BakeReport((), gone, ("The sound has not moved.",))
    _check_untouched(result, here)
    moved = [_moved(result, keys, shift) for keys in here]
    load_command()
    with one_step("follow"):
        if moved:
            apply(SeveralEdits([edit for edit, _ in moved]))
        write_result(
            result.character,
            result.name,
            [record for _, record in moved],
            {},
            known=result,
            layer=layer_of(result),
            audio_offset_frame=offset,
        )
    return BakeReport(tuple(record.attribute for _, record in moved), gone)


def _check_untouched(result: Result, found: list[RecordedKeys]) -> None:
    closed = [keys for keys in found if not _is_open(keys.curve)]
    edited = [keys for keys in found if not keys.is_untouched]
    if closed or edited:
        names = ", ".join(f"'{keys.record.attribute}'" for keys in (closed or edited)[:4])
        more = f" and {len(closed or edited) - 4} more" if len(closed or edited) > 4 else ""
        why = "locked or referenced" if closed else "edited since they were written"
        raise HostError(
            f"The keys of '{result.name}' cannot follow the sound: {names}{more} are {why}.",
            code="result.edited",
            hint="Move them by hand in the Graph Editor, or animate the clip again at its new place.",
        )


def _is_open(curve: OpenMaya.MObject) -> bool:
    function = OpenMaya.MFnDependencyNode(curve)
    return not function.isLocked and not function.isFromReferencedFile


def _moved(result: Result, found: RecordedKeys, shift: int) -> tuple[ReplaceCurve, CurveRecord]:
    """The edit, and the record as it is afterwards."""
    record = found.record
    own = [key._replace(ticks=key.ticks + shift) for key in found.now.keys if record.owns(key.ticks)]
    rest = [key for key in found.now.keys if not record.owns(key.ticks)]
    taken = sorted({key.ticks for key in own} & {key.ticks for key in rest})
    if taken:
        frame = frame_of_ticks(taken[0], scene_rate())
        raise HostError(
            f"The keys of '{result.name}' cannot follow the sound: '{record.attribute}' has another key at frame "
            f"{frame:g} already.",
            code="result.taken",
            hint="Delete that key, or animate the clip again at its new place.",
        )
    first, last = record.first + shift, record.last + shift
    after = replace(found.now, keys=tuple(sorted([*own, *rest])))
    others = tuple(key.ticks for key in rest if first <= key.ticks <= last)
    return ReplaceCurve(found.curve, found.now, after), replace(
        record,
        first=first,
        last=last,
        others=others,
        fingerprint=fingerprint_of(own),
        marks=record.marks.moved(shift) if record.marks is not None else None,
    )
