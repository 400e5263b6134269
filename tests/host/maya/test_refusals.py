"""What must not be written is named, everything else is written, and the scene is otherwise untouched.

The list is that of the specification, maya.md section 18, as far as it concerns reading and baking.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from maya_a2f.core.frame_rate import maya_time_unit
from maya_a2f.core.ports import AudioNode, Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from tests.fake_maya.scenes import add_reference, build_head, keys_in
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, JAW_TURN, TIMELINE, host, plug, turn, weight

# isort: split
from maya import cmds

from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.layers import LayerChoice
from maya_a2f.host.maya.plugs import plug_state
from maya_a2f.host.maya.scan import read_character


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def _node(scene: Session, name: str) -> str:
    return next(node.uuid for node in scene.scene.nodes.values() if node.name == name)


def _driven_by(scene: Session, node_type: str, output: str) -> None:
    node = scene.scene.create(node_type, f"some_{node_type}")
    scene.scene.connect((node.uuid, output), (_node(scene, "jaw_jnt"), "rotateX"))


def _lock_curve(scene: Session) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=1)
    cmds.lockNode("jaw_jnt_rotateX", lock=True)


def _reference_curve(scene: Session) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=1)
    add_reference(scene.scene, "animRN", "anim")
    scene.scene.nodes[_node(scene, "jaw_jnt_rotateX")].reference = "animRN"


def _layer_with_locked_base(scene: Session) -> None:
    cmds.animLayer("over", override=True)
    cmds.animLayer("over", edit=True, attribute=[JAW_TURN])
    cmds.animLayer("BaseAnimation", edit=True, lock=True)


def _unit_conversion(scene: Session) -> None:
    node = scene.scene.create("unitConversion", "conversion")
    other = scene.scene.create("multiplyDivide", "twice")
    scene.scene.connect((other.uuid, "outputX"), (node.uuid, "input"))
    scene.scene.connect((node.uuid, "output"), (_node(scene, "jaw_jnt"), "rotateX"))


OBSTACLES: dict[str, tuple[Callable[[Session], object], str]] = {
    "a locked attribute": (lambda scene: cmds.setAttr(JAW_TURN, lock=True), "it is locked"),
    "a locked compound": (lambda scene: cmds.setAttr("jaw_jnt.rotate", lock=True), "it is locked"),
    "a locked node": (lambda scene: cmds.lockNode("jaw_jnt", lock=True), "its node 'jaw_jnt' is locked"),
    "a locked curve": (_lock_curve, "its curve 'jaw_jnt_rotateX' is locked"),
    "keys from a reference": (_reference_curve, "come from a referenced file"),
    "a constraint": (lambda scene: _driven_by(scene, "orientConstraint", "constraintRotateX"), "some_orientConstraint"),
    "a driven key": (lambda scene: cmds.setDrivenKeyframe(JAW_TURN, currentDriver="head_jnt.tx"), "the driven key"),
    "an expression": (lambda scene: _driven_by(scene, "expression", "output[0]"), "the expression"),
    "a pairBlend": (lambda scene: _driven_by(scene, "pairBlend", "outRotateX"), "keys and a constraint"),
    "a character set": (lambda scene: _driven_by(scene, "character", "angularValues[0]"), "the character set"),
    "a muted channel": (lambda scene: _driven_by(scene, "mute", "output"), "muted"),
    "a connection": (
        lambda scene: _driven_by(scene, "multiplyDivide", "outputX"),
        "'some_multiplyDivide.outputX' drives",
    ),
    "a connection behind a conversion": (_unit_conversion, "'twice.outputX' drives it"),
    "a layer above a locked base": (_layer_with_locked_base, "the animation layer 'BaseAnimation' is locked"),
}


@pytest.mark.parametrize("what", OBSTACLES)
@pytest.mark.parametrize("before_reading", [True, False], ids=["before", "after reading"])
def test_an_obstacle_is_named_and_the_rest_is_written(scene: Session, what: str, before_reading: bool) -> None:
    build, reason = OBSTACLES[what]
    if before_reading:
        build(scene)
    bench = host()
    if not before_reading:
        build(scene)
    keys = keys_in(scene.scene).get(JAW_TURN)
    node = scene.scene.nodes[_node(scene, "jaw_jnt")]
    driver = scene.scene.connections.get((node.uuid, "rotateX"))
    report = bench.bake([turn({1: 3, 2: 4}), weight({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_OPEN,)
    (skipped,) = report.skipped
    assert skipped.attribute == JAW_TURN
    assert reason in skipped.reason
    assert keys_in(scene.scene).get(JAW_TURN) == keys
    assert scene.scene.connections.get((node.uuid, "rotateX")) == driver


def test_a_locked_attribute_of_a_referenced_node_says_where_the_lock_is(maya: Session) -> None:
    build_head(maya.scene, namespace="bob", reference="bobRN")
    maya.scene.set_locked((_node(maya, "bob:jaw_jnt"), "rotateX"), True)
    report = host(selection="bob:jaw_jnt").bake([turn({1: 3}), weight({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_OPEN,), "keys on referenced nodes are fine"
    assert "referenced" in report.skipped[0].reason


def test_a_locked_multi_locks_its_weights(scene: Session) -> None:
    cmds.setAttr("face_shapes.weight", lock=True)
    report = host().bake([weight({1: 1}), turn({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    assert report.skipped[0].reason == "it is locked"


@pytest.mark.parametrize("name", ["message", "a2fCurves", "no name", ""])
def test_metadata_that_is_no_attribute_name_is_refused(scene: Session, name: str) -> None:
    before = scene.scene.state()
    with pytest.raises(HostError) as caught:
        host().bake([weight({1: 1})], timeline=TIMELINE, metadata={name: "x"})
    assert caught.value.code == "metadata.name"
    assert scene.scene.state() == before


def test_an_alias_renamed_since_is_not_guessed(scene: Session) -> None:
    bench = host()
    cmds.aliasAttr("mouthOpen", "face_shapes.weight[0]")
    report = bench.bake([weight({1: 1}), turn({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    assert "renamed or removed" in report.skipped[0].reason


def test_a_target_deleted_since_is_named(scene: Session) -> None:
    bench = host()
    cmds.removeMultiInstance("face_shapes.weight[0]")
    report = bench.bake([weight({1: 1}), turn({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    assert [item.attribute for item in report.skipped] == [JAW_OPEN]


def test_a_node_deleted_since_is_named_and_a_renamed_one_is_found(scene: Session) -> None:
    bench = host()
    cmds.delete("face_shapes")
    cmds.rename("jaw_jnt", "mandible")
    report = bench.bake([weight({1: 1}), turn({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    assert list(keys_in(scene.scene)) == ["mandible.rotateX"]
    assert report.skipped[0].reason == "its node 'face_shapes' is gone"


def test_a_new_scene_opened_meanwhile_gets_nothing(scene: Session) -> None:
    bench = host()
    for node in list(scene.scene.nodes.values()):
        if node.uuid in scene.scene.nodes:
            scene.scene.delete(node)
    build_head(scene.scene)  # the same character again, but not the one that was read
    before = scene.scene.state()
    report = bench.bake([weight({1: 1}), turn({1: 1})], timeline=TIMELINE)
    assert report.written == ()
    assert scene.scene.state() == before


def test_sparse_weights_keep_their_own_indices(scene: Session) -> None:
    cmds.removeMultiInstance("face_shapes.weight[1]")
    bench = host()
    (shapes, _) = bench.character.blend_shapes
    assert shapes.weights == ((0, "jawOpen"), (2, "browInnerUp"), (3, "cheekPuff"))
    bench.bake([weight({1: 0.25}, "face_shapes.browInnerUp")], timeline=TIMELINE)
    (destination,) = [to for to, source in scene.scene.connections.items() if scene.scene.nodes[source[0]].curve]
    assert destination == (_node(scene, "face_shapes"), "weight[2]")


def test_a_weight_without_an_alias_goes_by_its_index(scene: Session) -> None:
    scene.scene.touch((_node(scene, "face_shapes"), "weight[17]"))
    report = host().bake([weight({1: 1}, "face_shapes.weight[17]")], timeline=TIMELINE)
    assert report.written == ("face_shapes.weight[17]",)


def test_an_empty_blend_shape_is_warned_of(scene: Session) -> None:
    for index in range(4):
        cmds.removeMultiInstance(f"face_shapes.weight[{index}]")
    character = read_character(["jaw_jnt"])
    assert any("'face_shapes' has no weights" in warning for warning in character.warnings)


def test_an_envelope_of_nothing_is_warned_of_but_keyed(scene: Session) -> None:
    cmds.setAttr("face_shapes.envelope", 0.0)
    bench = host()
    assert any("envelope" in warning for warning in bench.character.warnings)
    report = bench.bake([weight({1: 1})], timeline=TIMELINE)
    assert report.written == (JAW_OPEN,)
    assert any("envelope" in note for note in report.notes)


def test_two_nodes_of_one_short_name_get_their_parents_names(scene: Session) -> None:
    for parent in ("head_jnt", "jaw_jnt"):
        cmds.createNode("joint", name="twin", parent=parent)
    bench = host()
    names = {item.name for item in bench.rig().attributes}
    assert {"head_jnt|twin.rotateX", "jaw_jnt|twin.rotateX"} <= names
    bench.bake([turn({1: 7}, "jaw_jnt|twin.rotateX")], timeline=TIMELINE)
    assert keys_in(scene.scene) == {"jaw_jnt|twin.rotateX": [(1, pytest.approx(7))]}


def test_a_namespace_nested_twice_names_its_rig_without_it(maya: Session) -> None:
    build_head(maya.scene, namespace="show:bob")
    build_head(maya.scene, namespace="show:eve")
    bench = host(selection="show:bob:jaw_jnt")
    assert bench.character.namespace == "show:bob"
    assert bench.bake([weight({1: 1})], timeline=TIMELINE).written == (JAW_OPEN,)
    assert list(keys_in(maya.scene)) == ["show:bob:face_shapes.jawOpen"]


def test_one_reference_loaded_twice_repeats_uuids_and_is_told_apart_by_path(
    maya: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_head(maya.scene, namespace="a")
    build_head(maya.scene, namespace="b")
    from maya_a2f.host.maya import targets

    bench = host(selection="b:jaw_jnt")
    node = bench.character.by_name[JAW_TURN].node_uuid
    names = ["|a:a2f_head|a:head_jnt|a:jaw_jnt", "|b:a2f_head|b:head_jnt|b:jaw_jnt"]
    listed = targets.cmds.ls

    class Commands:
        """cmds, but one UUID means two nodes."""

        def __getattr__(self, name: str) -> object:
            return getattr(cmds, name)

        def ls(self, *args: object, **flags: object) -> object:
            return names if args == (node,) else listed(*args, **flags)

    monkeypatch.setattr(targets, "cmds", Commands())
    assert bench.bake([turn({1: 1})], timeline=TIMELINE).written == (JAW_TURN,)
    assert list(keys_in(maya.scene)) == ["b:jaw_jnt.rotateX"]


def test_an_unloaded_reference_says_so(maya: Session) -> None:
    add_reference(maya.scene, "bobRN", "bob", loaded=False)
    with pytest.raises(HostError) as caught:
        read_character(namespace="bob")
    assert caught.value.code == "character.namespace"
    assert "reference" in caught.value.hint


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        ((), "character.unselected"),
        (("bob:jaw_jnt", "eve:jaw_jnt"), "character.several"),
        (("bare",), "character.empty"),
    ],
)
def test_a_selection_that_means_no_character_is_refused(maya: Session, selection: tuple[str, ...], code: str) -> None:
    build_head(maya.scene, namespace="bob")
    build_head(maya.scene, namespace="eve")
    maya.scene.create("transform", "bare")
    cmds.select(list(selection))
    with pytest.raises(HostError) as caught:
        read_character()
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(24), Fraction(120), Fraction(119880, 1001)]
)
@pytest.mark.parametrize("start", [-100.0, 1001.5])
def test_any_rate_and_start_frame_is_taken(scene: Session, rate: Fraction, start: float) -> None:
    rate = Fraction(120000, 1001) if rate.denominator == 1001 and rate > 100 else rate
    unit = maya_time_unit(rate)
    assert unit is not None
    scene.scene.time_unit = unit
    frames = tuple(start + step for step in range(5))
    audio = AudioNode("//server/Ton und Bild/línea 1.wav", start, 20.25)
    curve = KeyedCurve(JAW_OPEN, "weight", frames, (0, 1, 0, 1, 0))
    assert host().bake([curve], timeline=Timeline(rate, start, start + 5), audio=audio).written == (JAW_OPEN,)
    assert [frame for frame, _ in keys_in(scene.scene)[JAW_OPEN]] == pytest.approx(frames, abs=1e-6)
    (node,) = cmds.ls(type="audio")
    assert cmds.getAttr(f"{node}.filename") == audio.path


def test_drop_frame_counts_like_its_sister(scene: Session) -> None:
    scene.scene.time_unit = "29.97df"
    report = host().bake([weight({1: 1})], timeline=Timeline(Fraction(30000, 1001), 1, 5))
    assert report.written == (JAW_OPEN,)


def test_a_time_unit_that_is_no_frame_rate_is_refused(scene: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from maya_a2f.host.maya import units

    monkeypatch.setattr(units.cmds, "currentUnit", lambda **flags: "sec", raising=False)
    with pytest.raises(HostError) as caught:
        units.scene_rate()
    assert caught.value.code == "scene.rate"


@pytest.mark.parametrize(
    ("choice", "code"), [("gone", "layer.missing"), ("jaw_jnt", "layer.missing"), ("shut", "layer.locked")]
)
def test_a_layer_that_cannot_take_keys_is_refused_before_anything_changes(
    scene: Session, choice: str, code: str
) -> None:
    cmds.animLayer("shut", lock=True)
    before = scene.scene.state()
    with pytest.raises(HostError) as caught:
        host(BakeOptions(layer=LayerChoice(choice))).bake([turn({1: 1})], timeline=TIMELINE)
    assert caught.value.code == code
    assert scene.scene.state() == before


def test_a_playback_speed_that_hides_the_sound_is_noted(scene: Session) -> None:
    audio = AudioNode("/a.wav", 1, 9)
    assert any("real-time" in note for note in host().bake([], timeline=TIMELINE, audio=audio).notes)
    cmds.playbackOptions(playbackSpeed=1.0)
    assert host().bake([], timeline=TIMELINE, audio=audio).notes == ()


def test_the_host_runs_on_the_main_thread_only(scene: Session) -> None:
    import threading

    bench = host()
    before = scene.scene.state()
    caught: list[BaseException] = []

    def work() -> None:
        try:
            bench.bake([weight({1: 1})], timeline=TIMELINE)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(caught) == 1
    assert scene.scene.state() == before


def test_a_proxy_attribute_is_refused_since_another_one_has_the_keys(scene: Session) -> None:
    cmds.addAttr("jaw_jnt", longName="smile", proxy="head_jnt.translateX")
    state = plug_state(plug("jaw_jnt.smile"))
    assert (state.freedom, state.takes_keys) == ("proxy", False)
    assert "key that one" in state.reason
