"""Taking exactly the keys of a result out of the scene again, and what was edited in them since."""

from __future__ import annotations

from fractions import Fraction

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.core.key_marks import frames_of
from maya_a2f.core.ports import BakeReport, KeptKeys, SkippedCurve
from maya_a2f.core.result_record import CurveRecord
from maya_a2f.host.maya import layers as anim_layers
from maya_a2f.host.maya.apply_command import apply, load_command
from maya_a2f.host.maya.edits import DeleteCurve, Edit, RemoveKeys, SeveralEdits
from maya_a2f.host.maya.merging import EDITED
from maya_a2f.host.maya.metadata import RecordedKeys, Result, driven_plug, recorded_keys, recorded_plug
from maya_a2f.host.maya.snapshot import deselect
from maya_a2f.host.maya.targets import layer_of_record
from maya_a2f.host.maya.undo_step import one_step

_GONE = "its curve is gone"


def edit_of_record(record: CurveRecord, rate: Fraction) -> KeptKeys | None:
    """What was edited on one curve since it was written; None where nothing was."""
    found = recorded_keys(record)
    if found is None:
        return KeptKeys(record.attribute, (), "its keys were deleted since they were written")
    edited = tuple(frames_of(zone, rate) for zone in found.edited)
    return KeptKeys(record.attribute, edited, EDITED) if edited else None


def remove_result(result: Result, *, force: bool = False) -> BakeReport:
    """Take exactly the keys of a result out again, with its node; one undo step.

    A curve edited since keeps its keys, is named, and the node stays for it, unless ``force``. A curve left without
    keys goes, and its attribute gets the value it had before.
    """
    edits: list[Edit] = []
    skipped: list[SkippedCurve] = []
    removed: list[str] = []
    going: list[str] = []
    memberships: dict[str, list[str]] = {}
    for record in result.curves:
        found = recorded_keys(record)
        plug = recorded_plug(record)
        if found is None or plug is None:
            skipped.append(SkippedCurve(record.attribute, _GONE))
        elif not found.is_untouched and not force:
            skipped.append(SkippedCurve(record.attribute, f"{EDITED}; force to lose the edits"))
        elif not _is_editable(found.curve):
            skipped.append(SkippedCurve(record.attribute, "its curve is locked or referenced"))
        else:
            edits.append(_removal(found, plug))
            removed.append(record.attribute)
            if isinstance(edits[-1], DeleteCurve):
                going.append(OpenMaya.MFnDependencyNode(found.curve).name())
            if record.layer and isinstance(edits[-1], DeleteCurve):
                name = plug.partialName(includeNodeName=True, useLongNames=True)
                memberships.setdefault(layer_of_record(record, name) or record.layer, []).append(name)
    stays = any(item.reason != _GONE for item in skipped)
    load_command()
    with one_step():
        deselect([*going, *([] if stays else [result.node])])
        if edits:
            apply(SeveralEdits(edits))
        for layer, names in memberships.items():
            anim_layers.take_from_layer(layer, names)
        if not stays:
            cmds.delete(result.node)
    return BakeReport(tuple(removed), tuple(skipped))


def _removal(found: RecordedKeys, plug: OpenMaya.MPlug) -> Edit:
    record = found.record
    inside = [at for at, key in enumerate(found.now.keys) if record.owns(key.ticks)]
    if len(inside) < len(found.now.keys):
        return RemoveKeys(found.curve, found.now, inside)
    return DeleteCurve(found.curve, found.now, driven_plug(found.curve) or plug, record.before)


def _is_editable(curve: OpenMaya.MObject) -> bool:
    function = OpenMaya.MFnDependencyNode(curve)
    return not function.isLocked and not function.isFromReferencedFile
