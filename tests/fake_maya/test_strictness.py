"""The fake refuses what Maya refuses."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fake_maya.scenes import build_head
from tests.fake_maya.session import Session, new_session

new_session()

from maya import cmds, mel  # noqa: E402 - the fake is on the path only now
from maya.api import OpenMaya, OpenMayaAnim  # noqa: E402


@pytest.fixture
def maya() -> Session:
    session = new_session()
    session.scene.time_unit = "ntsc"
    build_head(session.scene)
    return session


WRONG_CALLS: dict[str, Callable[[], Any]] = {
    "unknown command": lambda: cmds.cachedEvaluator(flushCache="destroy"),
    "slip in a flag": lambda: cmds.setKeyframe("jaw_jnt.rx", tme=3),
    "flag of another command": lambda: cmds.getAttr("jaw_jnt.rx", query=True),
    "edit of a query flag": lambda: cmds.playbackOptions(edit=True, framesPerSecond=24),
    "create of a query flag": lambda: cmds.undoInfo(undoName=True),
    "query of a create flag": lambda: cmds.sound("a", query=True, name2="x"),
    "sound flag slip": lambda: cmds.sound(fle="/a.wav"),
    "text for a number": lambda: cmds.setKeyframe("jaw_jnt.rx", value="3"),
    "number for a text": lambda: cmds.createNode("joint", name=3),
    "text for a bool": lambda: cmds.ls(long="yes"),
    "list for a single value": lambda: cmds.createNode("joint", name=["a", "b"]),
    "list for a single layer": lambda: cmds.setKeyframe("jaw_jnt.rx", animLayer=["a"]),
    "bool for a number": lambda: cmds.setKeyframe("jaw_jnt.rx", value=True),
    "wrong item in a list": lambda: cmds.setKeyframe("jaw_jnt", attribute=["rx", 3]),
    "query mode where there is none": lambda: cmds.createNode(query=True, name=True),
    "edit mode where there is none": lambda: cmds.ls(edit=True, selection=True),
    "query that is no bool": lambda: cmds.currentUnit(query="yes", time=True),
    "value in a query": lambda: cmds.undoInfo(query=True, undoQueueEmpty="x"),
    "several queries at once": lambda: cmds.currentUnit(query=True, time=True, linear=True),
    "object that is no name": lambda: cmds.ls(3),
    "setAttr without a name": lambda: cmds.setAttr(3, 4),
    "text into a number": lambda: cmds.setAttr("jaw_jnt.rx", "3"),
    "timeControl flag slip": lambda: cmds.timeControl("timeControl1", edit=True, snd="a"),
    "animLayer flag slip": lambda: cmds.animLayer("a", query=True, layerPlug="jaw_jnt.rx"),
    "keyTangent flag slip": lambda: cmds.keyTangent("c", query=True, inTangent=True),
    "undoInfo flag slip": lambda: cmds.undoInfo(openchunk=True),
    "undoInfo type": lambda: cmds.undoInfo(openChunk="yes"),
    "cutKey without its mode": lambda: cmds.cutKey("jaw_jnt", query=True, clear=True),
    "keys with floats for times": lambda: _curve().addKeys([1.0], [0.0]),
    "MTimeArray of floats": lambda: OpenMaya.MTimeArray([1.0]),
    "mel without a string": lambda: mel.eval(3),
    "plug of a node item": lambda: OpenMaya.MSelectionList().add("jaw_jnt").getPlug(0),
    "addAttr flag slip": lambda: cmds.addAttr("jaw_jnt", longname="a", attributeType="double"),
    "loadPlugin flag slip": lambda: cmds.loadPlugin("a.py", silent=True),
    "pluginInfo flag slip": lambda: cmds.pluginInfo(query=True, listPlugin=True),
    "select flag slip": lambda: cmds.select(clearAll=True),
}


def _curve() -> OpenMayaAnim.MFnAnimCurve:
    cmds.setKeyframe("jaw_jnt.rx", time=1)
    return OpenMayaAnim.MFnAnimCurve(_plug("jaw_jnt.rx"))


def _plug(name: str) -> OpenMaya.MPlug:
    return OpenMaya.MSelectionList().add(name).getPlug(0)


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_is_a_type_error(maya: Session, name: str) -> None:
    with pytest.raises(TypeError):
        WRONG_CALLS[name]()


def test_at_least_thirty_wrong_calls_are_tried() -> None:
    assert len(WRONG_CALLS) >= 30


UNKNOWN_API: dict[str, Callable[[], Any]] = {
    "module": lambda: OpenMaya.MDagModifierX,
    "class": lambda: OpenMayaAnim.MFnAnimCurv,
    "method": lambda: _curve().addKeyz([], []),
    "property": lambda: _plug("jaw_jnt.rx").isFree,
    "constant": lambda: OpenMayaAnim.MFnAnimCurve.kTangentSpline,
    "attribute that is set": lambda: setattr(_plug("jaw_jnt.rx"), "locked", True),
}


@pytest.mark.parametrize("name", UNKNOWN_API)
def test_an_unknown_name_of_the_api_is_an_attribute_error(maya: Session, name: str) -> None:
    with pytest.raises(AttributeError):
        UNKNOWN_API[name]()


REFUSED: dict[str, Callable[[], Any]] = {
    "a missing node": lambda: cmds.nodeType("gone"),
    "a missing attribute": lambda: cmds.getAttr("jaw_jnt.gone"),
    "an unknown node type": lambda: cmds.createNode("blendshape"),
    "a string without its type": lambda: (
        cmds.addAttr("jaw_jnt", longName="note", dataType="string"),
        cmds.setAttr("jaw_jnt.note", "a"),
    ),
    "a plug-in without .py": lambda: cmds.loadPlugin("a2f_commands"),
    "a second incoming connection": lambda: [cmds.connectAttr("jaw_jnt.rx", "head_jnt.rx") for _ in range(2)],
    "a value on a connected attribute": lambda: (
        cmds.connectAttr("jaw_jnt.rx", "head_jnt.rx"),
        cmds.setAttr("head_jnt.rx", 3),
    ),
    "a curve of an unanimated plug": lambda: OpenMayaAnim.MFnAnimCurve(_plug("jaw_jnt.rx")),
    "an API edit outside a command": lambda: _curve().setIsWeighted(True),
    "closing a chunk that is not open": lambda: cmds.undoInfo(closeChunk=True),
    "undo without anything": lambda: cmds.undo(),
    "a double attribute": lambda: [cmds.addAttr("jaw_jnt", longName="a", attributeType="double") for _ in range(2)],
}


@pytest.mark.parametrize("what", REFUSED)
def test_maya_refuses_at_run_time(maya: Session, what: str) -> None:
    with pytest.raises(RuntimeError):
        REFUSED[what]()


CALLS_OFF_THE_MAIN_THREAD: dict[str, Callable[[], Any]] = {
    "a command": lambda: cmds.ls(),
    "mel": lambda: mel.eval("$gPlayBackSlider"),
    "a class of the API": lambda: OpenMaya.MSelectionList(),
    "the playback range": lambda: OpenMayaAnim.MAnimControl.minTime(),
}


@pytest.mark.parametrize("what", CALLS_OFF_THE_MAIN_THREAD)
def test_any_call_from_another_thread_raises(maya: Session, what: str) -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            CALLS_OFF_THE_MAIN_THREAD[what]()
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_the_fake_offers_no_name_of_the_api_that_maya_has_not() -> None:
    names = json.loads((Path(__file__).parent / "api_names.json").read_text(encoding="utf-8"))
    for module, classes in ((OpenMaya, names["OpenMaya"]), (OpenMayaAnim, names["OpenMayaAnim"])):
        for kind, known in classes.items():
            ours = getattr(module, kind, None)
            if ours is None or not known or kind == "MObject":
                continue
            public = {name for name, _ in inspect.getmembers(ours) if not name.startswith("_")}
            inherited = set(names["OpenMaya"]["MFnDependencyNode"]) if kind == "MFnAnimCurve" else set()
            lists = set(dir(list)) if issubclass(ours, list) else set()
            assert public - set(known) - inherited - lists - {"object"} == set(), kind


def test_empty_lists_are_none_and_commands_speak_degrees_while_the_api_speaks_radians(maya: Session) -> None:
    assert cmds.listConnections("jaw_jnt") is None
    assert cmds.aliasAttr("jaw_jnt", query=True) is None
    cmds.setAttr("jaw_jnt.rx", 180.0)
    assert _plug("jaw_jnt.rx").asDouble() == pytest.approx(3.141592653589793)
    assert cmds.getAttr("jaw_jnt.rotate") == [(180.0, 0.0, 0.0)]


def test_the_linear_unit_changes_what_commands_see_and_not_what_the_scene_holds(maya: Session) -> None:
    cmds.setAttr("jaw_jnt.tx", 50.0)
    cmds.currentUnit(linear="meter")
    assert cmds.getAttr("jaw_jnt.tx") == 0.5
    assert _plug("jaw_jnt.tx").asDouble() == 50.0


def test_equal_short_names_get_partial_paths_and_are_ambiguous_alone(maya: Session) -> None:
    for parent in ("head_jnt", "jaw_jnt"):
        cmds.createNode("joint", name="twin", parent=parent)
    assert cmds.ls("twin") == ["head_jnt|twin", "jaw_jnt|twin"]
    with pytest.raises(ValueError, match="More than one"):
        cmds.nodeType("twin")


def test_weights_may_be_sparse_and_carry_aliases(maya: Session) -> None:
    cmds.removeMultiInstance("face_shapes.weight[1]")
    assert cmds.getAttr("face_shapes.weight", multiIndices=True) == [0, 2, 3]
    assert cmds.getAttr("face_shapes.weight", size=True) == 3
    assert "weight[1]" not in cmds.aliasAttr("face_shapes", query=True)


def test_a_chunk_is_one_step_and_undo_and_redo_are_exact(maya: Session) -> None:
    before = maya.scene.state()
    cmds.undoInfo(openChunk=True, chunkName="two things")
    cmds.setAttr("jaw_jnt.rx", 3)
    cmds.setKeyframe("face_shapes.jawOpen", time=[1, 5], value=0.5)
    cmds.undoInfo(closeChunk=True)
    after = maya.scene.state()
    assert after != before
    cmds.undo()
    assert maya.scene.state() == before
    cmds.redo()
    assert maya.scene.state() == after


def test_a_command_that_fails_leaves_nothing(maya: Session) -> None:
    before = maya.scene.state()
    with pytest.raises(RuntimeError):
        cmds.setKeyframe("jaw_jnt", attribute=["rx", "gone"], time=1)
    assert maya.scene.state() == before


def test_keys_on_a_layer_go_behind_a_blend_node(maya: Session) -> None:
    layer = cmds.animLayer("speech", override=True)
    assert cmds.setKeyframe("jaw_jnt.rx", animLayer=layer, time=1, value=10) == 0  # no member yet: ignored
    cmds.animLayer(layer, edit=True, attribute=["jaw_jnt.rotateX"])
    assert cmds.setKeyframe("jaw_jnt.rx", animLayer=layer, time=1, value=10) == 1
    assert cmds.nodeType(cmds.listConnections("jaw_jnt.rx", source=True, destination=False)[0]).startswith("animBlend")
    assert cmds.getAttr("jaw_jnt.rx") == pytest.approx(10)
    cmds.animLayer(layer, edit=True, mute=True)
    assert cmds.getAttr("jaw_jnt.rx") == 0
    assert cmds.animLayer(["jaw_jnt.rx"], query=True, affectedLayers=True) == ["BaseAnimation", "speech"]


def test_names_of_widgets_are_unique_and_there_are_none_in_batch(maya: Session) -> None:
    cmds.shelfLayout("S", parent="ShelfLayout")
    with pytest.raises(RuntimeError, match="not unique"):
        cmds.shelfLayout("S", parent="ShelfLayout")
    maya.batch = True
    with pytest.raises(RuntimeError, match="batch"):
        cmds.shelfLayout("T", parent="ShelfLayout")


def test_jobs_run_when_idle_cannot_end_themselves_and_are_none_in_batch(maya: Session) -> None:
    numbers: list[int] = []

    def end_itself() -> None:
        with pytest.raises(RuntimeError, match="itself"):
            cmds.scriptJob(kill=numbers[0], force=True)
        numbers.append(0)

    numbers.append(cmds.scriptJob(event=("timeChanged", end_itself)))
    cmds.currentTime(9)
    assert numbers[1:] == []
    maya.idle()
    assert numbers[1:] == [0]
    maya.batch = True
    assert cmds.scriptJob(event=("timeChanged", end_itself)) == 0


def test_a_value_set_past_undo_is_refused_unless_a_test_means_it(maya: Session) -> None:
    plug = OpenMaya.MSelectionList().add("jaw_jnt.rotateX").getPlug(0)
    with pytest.raises(RuntimeError, match="outside an undoable command"):
        plug.setDouble(1.0)
    maya.may_preview = True
    plug.setDouble(1.0)
    assert maya.undo.done == []
