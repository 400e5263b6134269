"""One whole job on our own head: solve, bake, undo, redo, remove; the scene compared after each."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya import cmds
from maya.api import OpenMaya

from maya_a2f import scripting, settings
from maya_a2f.core.result_record import CurveRecord
from maya_a2f.core.take import Take
from maya_a2f.host.maya import scene
from maya_a2f.host.maya.metadata import recorded_keys, recorded_plug, results
from maya_a2f.host.maya.outside_stubs import current_frame
from maya_a2f.host.maya.plugs import node_named
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings, plug
from maya_a2f.host.maya.selftest.scene_checks import own_scene
from maya_a2f.host.maya.snapshot import snapshot
from maya_a2f.host.maya.units import ticks_of_frame
from maya_a2f.host.scene_file.head_rig import GROUP_NODE

DEMO = Path(__file__).resolve().parents[3] / "presets" / "demo" / "demo.wav"
_SHAPES = ("jawOpen", "mouthFunnel", "mouthSmileLeft", "eyeBlinkLeft")
_MARGIN = 1e-9


def scene_state() -> dict[str, Any]:
    """What a user would see changed: nodes, curves with their keys, values of the head, selection, frame, range."""
    curves = {}
    for name in cmds.ls(type="animCurve", long=True) or []:
        node = node_named(name)
        if node is not None:
            curves[name] = snapshot(node)
    values = {
        f"{joint}.{word}{axis}": plug(f"{joint}.{word}{axis}").asDouble()
        for joint in cmds.ls(type="joint", long=True) or []
        for word in ("translate", "rotate")
        for axis in "XYZ"
    }
    for shape in cmds.ls(type="blendShape", long=True) or []:
        for index in cmds.getAttr(f"{shape}.weight", multiIndices=True) or []:
            values[f"{shape}.weight[{index}]"] = plug(f"{shape}.weight[{index}]").asDouble()
    ends = (
        float(cmds.playbackOptions(query=True, minTime=True)),
        float(cmds.playbackOptions(query=True, maxTime=True)),
    )
    return {
        "nodes": sorted(cmds.ls(uuid=True) or []),
        "curves": curves,
        "values": {name: round(value / _MARGIN) for name, value in values.items()},
        "selection": cmds.ls(selection=True, long=True) or [],
        "frame and range": (current_frame(), *ends),
    }


def difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What is not the same, in a few words; empty where all is."""
    words = []
    for name, old in before.items():
        new = after[name]
        if old != new:
            if isinstance(old, dict):
                other = [key for key in {**old, **new} if old.get(key) != new.get(key)]
                words.append(f"{len(other)} {name}, such as {sorted(other)[0]}")
            else:
                words.append(name)
    return "; ".join(words)


def synthetic_take(rate: Fraction, size: float = 0.5) -> Take:
    """Two seconds of something like speech."""
    count = int(2 * rate)
    tracks = {
        name: [abs(math.sin(0.7 * (at + place) / (1 + place))) * size for at in range(count)]
        for place, name in enumerate(_SHAPES)
    }
    return Take(rate, tracks, made_by={"package": {"name": "selftest"}})


def _lies_as_written(record: CurveRecord) -> bool:
    """Whether the curve of a record drives its attribute and holds the keys that were written."""
    found, driven = recorded_keys(record), recorded_plug(record)
    if found is None or driven is None or driven.source().isNull:
        return False
    return found.is_untouched and driven.source().node() == found.curve


def _job(here: Surroundings, write: Callable[[], scripting.AnimationResult]) -> Answer:
    cmds.select(GROUP_NODE, replace=True)
    first = scene_state()
    done = write()
    baked = scene_state()
    if not done.keys:
        return False, f"no keys were written; skipped: {[item.reason for item in done.skipped][:3]}"
    (result,) = results()
    off = [record.attribute for record in result.curves if not _lies_as_written(record)]
    if off or len(result.curves) != len(done.curves):
        return False, f"{done.keys} keys; {len(off)} of {len(result.curves)} curves are not as written: {off[:3]}"
    steps = [
        ("undo", cmds.undo, first),
        ("redo", cmds.redo, baked),
        ("undo", cmds.undo, first),
        ("redo", cmds.redo, baked),
    ]
    for word, call, wanted in steps:
        call()
        wrong = difference(wanted, scene_state())
        if wrong:
            return False, f"{done.keys} keys; after {word} there are others: {wrong}"
    scripting.remove(results()[0])
    left = scene_state()
    if done.sound is not None:  # the audio node stays: Remove takes out the keys
        left["nodes"] = [item for item in left["nodes"] if item in first["nodes"]]
    wrong = difference(first, left)
    words = f"{done.keys} keys on {len(done.curves)} curves, {len(done.skipped)} skipped"
    return not wrong, f"{words}; after Remove there are others: {wrong}" if wrong else words


def _bake(here: Surroundings) -> Answer:
    scene.open_scene(own_scene(here.folder))
    take = synthetic_take(scene.rate())
    return _job(here, lambda: scripting.bake(take, GROUP_NODE, start_frame=10, result="selftest"))


def _rerun(here: Surroundings) -> Answer:
    """Edits of every kind, then the same result with other values, undone and done again."""
    scene.open_scene(own_scene(here.folder))
    rate = scene.rate()
    scripting.bake(synthetic_take(rate), GROUP_NODE, start_frame=10, result="selftest")
    (result,) = results()
    by_shape = {record.attribute.rpartition(".")[2]: record for record in result.curves}
    changed, cut, gone = (by_shape[shape] for shape in _SHAPES[:3])
    deleted = recorded_keys(gone)
    if deleted is None:
        return False, "the curves just written are not found by their UUIDs"
    cmds.setKeyframe(changed.attribute, time=15, value=0.9)
    cmds.cutKey(cut.attribute, time=(20, 20), clear=True)
    cmds.delete(OpenMaya.MFnDependencyNode(deleted.curve).name())
    edited = scene_state()
    done = scripting.bake(synthetic_take(rate, 0.25), GROUP_NODE, start_frame=10, result="selftest")
    after = scene_state()
    kept = sorted(item.attribute.rpartition(".")[2] for item in done.kept)
    if kept != sorted(_SHAPES[:3]):
        return False, f"kept are {kept}"
    found = map(recorded_keys, (changed, cut))
    keys = [{key.ticks: key.value for key in item.now.keys} if item is not None else {} for item in found]
    if abs(keys[0].get(ticks_of_frame(15, rate), 0.0) - 0.9) > _MARGIN or ticks_of_frame(20, rate) in keys[1]:
        return False, "an edited key was changed"
    if recorded_keys(gone) is not None:
        return False, "a deleted curve came back"
    for word, call, wanted in (("undo", cmds.undo, edited), ("redo", cmds.redo, after), ("undo", cmds.undo, edited)):
        call()
        wrong = difference(wanted, scene_state())
        if wrong:
            return False, f"after {word} there are others: {wrong}"
    return True, f"{done.keys} keys renewed, edits on {len(kept)} curves left"


def _solve(here: Surroundings) -> Answer:
    if not here.worker:
        return None, "The worker was left out."
    if settings.worker_python() is None:
        return None, "The worker is not set up: run 'a2f doctor', or the set-up in Maya."
    scene.open_scene(own_scene(here.folder))
    report = here.folder / "report.json"
    return _job(
        here,
        lambda: scripting.animate(
            DEMO, GROUP_NODE, model=here.model, start_frame=10, report_path=report, overwrite=True, result="selftest"
        ),
    )


JOB_CHECKS = (
    Check(
        "job.bake", "3, 4", "Bake, undo, redo, undo, redo, remove: is the scene exactly right after each?",
        "exactly", "none: report this", _bake,
    ),
    Check(
        "job.rerun", "3, 4", "A second run around edits, undo, redo: is every edit there, the scene right after each?",
        "exactly", "none: report this", _rerun,
    ),
    Check(
        "job.whole", "all", "The same with the worker, recording, model and sound: is the scene exactly right?",
        "exactly", "none: report this", _solve,
    ),
)  # fmt: skip
