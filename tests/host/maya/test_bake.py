"""Keys land as ordinary curves, exactly where they should, and nothing else changes."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.ports import AudioNode, Timeline
from maya_a2f.core.rig import KeyedCurve, Tangent
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.host.scene_file.ma_keys import scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from tests.fake_maya import guard
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session
from tests.head_factory import tiny_head
from tests.host.maya.benches import JAW_DOWN, JAW_OPEN, JAW_TURN, TIMELINE, host, turn, weight

# isort: split
from maya import cmds

from maya_a2f.host.maya.apply_command import ApplyKeysCommand, load_command
from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.layers import LayerChoice

_VALUES = ("MTime.", "MTimeArray.", "MDoubleArray.")


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def _scene_calls() -> Counter[str]:
    """Calls that reach the scene; a time or an array of numbers is a value of its own."""
    return Counter({name: count for name, count in guard.calls.items() if not name.startswith(_VALUES)})


def test_each_kind_gets_its_curve_type_in_internal_units(scene: Session) -> None:
    curves = [weight({1: 0.5}), turn({1: 90.0}), KeyedCurve(JAW_DOWN, "translate", (1,), (-3.0,))]
    host().bake(curves, timeline=TIMELINE)
    made = {
        scene.scene.plug_name(to): scene.scene.nodes[source[0]]
        for to, source in scene.scene.connections.items()
        if scene.scene.nodes[source[0]].curve is not None
    }
    found = {name: (node.type, node.curve.keys[0].value) for name, node in made.items() if node.curve}
    assert found == {
        JAW_OPEN: ("animCurveTU", 0.5),
        JAW_TURN: ("animCurveTA", math.pi / 2),
        JAW_DOWN: ("animCurveTL", -3.0),
    }
    assert made[JAW_OPEN].name == "face_shapes_jawOpen"


@pytest.mark.parametrize(("linear", "angular"), [("m", "deg"), ("cm", "rad"), ("in", "rad")])
def test_the_scenes_units_change_nothing(scene: Session, linear: str, angular: str) -> None:
    scene.scene.linear, scene.scene.angular = linear, angular
    bench = host()
    assert {item.name: item.rest for item in bench.rig().attributes}[JAW_DOWN] == -2.5
    bench.bake([turn({1: 90.0}), KeyedCurve(JAW_DOWN, "translate", (1,), (-3.0,))], timeline=TIMELINE)
    keys = keys_in(scene.scene)
    assert keys[JAW_TURN][0][1] == pytest.approx(90.0)
    assert keys[JAW_DOWN][0][1] == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("tangent", "pair"),
    [
        ("linear", (2, 2)),
        ("auto", (11, 11)),
        ("spline", (4, 4)),
        ("flat", (3, 3)),
        ("step", (4, 5)),
        ("clamped", (8, 8)),
        ("plateau", (9, 9)),
    ],
)
def test_tangents_become_mayas(scene: Session, tangent: Tangent, pair: tuple[int, int]) -> None:
    host().bake([weight({1: 0, 2: 1}, tangent=tangent)], timeline=TIMELINE)
    (curve,) = [node.curve for node in scene.scene.nodes.values() if node.curve]
    assert {(key.into, key.out) for key in curve.keys} == {pair}


def test_many_keys_cost_a_few_calls_per_curve_and_one_undo_step(
    scene: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend = next(node for node in scene.scene.nodes.values() if node.name == "face_shapes")
    for index in range(10, 82):
        scene.scene.touch((blend.uuid, f"weight[{index}]"))
        scene.scene.set_alias(blend, f"shape{index}", f"weight[{index}]")
    bench = host()
    load_command()
    counts: list[Counter[str]] = []
    writing: list[int] = []
    apply_edit = ApplyKeysCommand.redoIt

    def counted(self: ApplyKeysCommand) -> None:
        before = sum(_scene_calls().values())
        apply_edit(self)
        writing.append(sum(_scene_calls().values()) - before)

    monkeypatch.setattr(ApplyKeysCommand, "redoIt", counted)
    for count in (180, 1800):
        frames = tuple(range(count))
        curves = [
            KeyedCurve(
                f"face_shapes.shape{index}", "weight", frames, tuple(math.sin(frame + index) for frame in frames)
            )
            for index in range(10, 82)
        ]
        before = scene.scene.state()
        guard.calls.clear()
        report = bench.bake(curves, timeline=TIMELINE)
        assert len(report.written) == 72
        counts.append(_scene_calls())
        assert counts[-1]["MFnAnimCurve.addKeys"] == 72
        cmds.undo()
        assert scene.scene.state() == before
    assert counts[0] == counts[1], "the calls grow with the keys"
    assert max(writing) / 72 <= 10
    assert sum(counts[1].values()) / 72 <= 25, "finding the plugs and asking whether they are free included"


def test_keys_outside_the_stretch_keep_values_and_tangents(scene: Session) -> None:
    for frame in (-10, 0, 3, 40, 50):
        cmds.setKeyframe(JAW_OPEN, time=frame, value=frame / 100, inTangentType="flat", outTangentType="step")
    old = {key.at: key for node in scene.scene.nodes.values() if node.curve for key in node.curve.keys}
    host().bake([weight({1: 0.5, 2: 0.6, 20: 0.7})], timeline=TIMELINE)
    (curve,) = [node.curve for node in scene.scene.nodes.values() if node.curve]
    frames = [frame for frame, _ in keys_in(scene.scene)[JAW_OPEN]]
    assert frames == [-10, 0, 1, 2, 20, 40, 50]
    assert [key for key in curve.keys if key.at in old] == [old[key.at] for key in curve.keys if key.at in old]


def test_inserting_leaves_the_keys_in_between(scene: Session) -> None:
    for frame in (1, 3, 5):
        cmds.setKeyframe(JAW_OPEN, time=frame, value=0.25)
    host(BakeOptions(mode="insert")).bake([weight({2: 1, 3: 1, 4: 1})], timeline=TIMELINE)
    assert keys_in(scene.scene)[JAW_OPEN] == [(1, 0.25), (2, 1), (3, 1), (4, 1), (5, 0.25)]


def test_infinities_and_weights_of_a_curve_that_is_there_stay(scene: Session) -> None:
    cmds.setKeyframe(JAW_OPEN, time=1, value=1)
    (node,) = [node for node in scene.scene.nodes.values() if node.curve]
    from dataclasses import replace

    node.curve = replace(node.curve, weighted=True, pre=3, post=5)  # type: ignore[type-var]
    before = scene.scene.state()
    host().bake([weight({1: 0, 5: 1})], timeline=TIMELINE)
    assert node.curve is not None
    assert (node.curve.weighted, node.curve.pre, node.curve.post) == (True, 3, 5)
    cmds.undo()
    assert scene.scene.state() == before


def test_selection_and_current_time_stay(scene: Session) -> None:
    cmds.select(["face_geo", "head_jnt"])
    cmds.currentTime(17.25)
    audio = AudioNode("/a/line.wav", 5, 90)
    host().bake([weight({1: 0, 5: 1})], timeline=TIMELINE, audio=audio, metadata={"model": "m"})
    assert cmds.ls(selection=True) == ["face_geo", "head_jnt"]
    assert scene.scene.ticks == round(Fraction(69, 4) / 30 * 141_120_000)


def test_a_new_layer_takes_the_keys_and_the_base_stays(scene: Session) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=5)
    before = scene.scene.state()
    options = BakeOptions(layer=LayerChoice("take A", is_new=True, override=True))
    report = host(options).bake([turn({1: 10, 5: 30}), weight({1: 0.5})], timeline=TIMELINE)
    assert set(report.written) == {JAW_TURN, JAW_OPEN}
    cmds.currentTime(5)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(30)
    (layer,) = [
        node for node in scene.scene.nodes.values() if node.type == "animLayer" and node.name != "BaseAnimation"
    ]
    cmds.animLayer(layer.name, edit=True, mute=True)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(5)
    cmds.undo()
    cmds.undo()
    cmds.undo()
    assert scene.scene.state() == before


def test_an_additive_layer_holds_differences_from_the_rest(scene: Session) -> None:
    options = BakeOptions(layer=LayerChoice("speech", is_new=True))
    host(options).bake([KeyedCurve(JAW_DOWN, "translate", (1, 5), (-2.5, -3.5))], timeline=TIMELINE)
    (curve,) = [node.curve for node in scene.scene.nodes.values() if node.curve]
    assert [key.value for key in curve.keys] == [0.0, -1.0]
    cmds.currentTime(5)
    assert cmds.getAttr(JAW_DOWN) == pytest.approx(-3.5)


def test_two_takes_lie_on_two_layers_to_switch_between(scene: Session) -> None:
    for name, value in (("A", 10.0), ("B", 20.0)):
        options = BakeOptions(layer=LayerChoice(name, is_new=True, override=True), result=name)
        host(options).bake([turn({1: value, 2: value})], timeline=TIMELINE)
    cmds.currentTime(2)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(20)
    cmds.animLayer("B", edit=True, mute=True)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(10)


def test_a_layered_attribute_without_a_layer_asked_for_is_keyed_on_the_base(scene: Session) -> None:
    cmds.animLayer("animator", override=False)
    cmds.animLayer("animator", edit=True, attribute=[JAW_TURN])
    report = host().bake([turn({1: 10, 5: 30})], timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    cmds.currentTime(5)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(30)


def test_the_playback_range_is_set_only_when_asked_for_and_undo_brings_it_back(scene: Session) -> None:
    before = dict(scene.scene.ranges)
    host().bake([weight({1: 0})], timeline=TIMELINE)
    assert scene.scene.ranges == before
    host(BakeOptions(fit_range=True)).bake([weight({1: 0})], timeline=Timeline(Fraction(30), 5, 300))
    assert cmds.playbackOptions(query=True, minTime=True) == 5
    assert cmds.playbackOptions(query=True, maxTime=True) == 300
    cmds.undo()
    assert scene.scene.ranges == before


def test_the_sound_is_found_again_and_shown_on_the_slider(scene: Session) -> None:
    audio = AudioNode("C:/Töne/line 1.wav", 12.5, 90.25)
    for _ in range(2):
        host().bake([weight({13: 0})], timeline=TIMELINE, audio=audio)
    (node,) = cmds.ls(type="audio")
    assert scene.slider["sound"] == node
    assert cmds.getAttr(f"{node}.endFrame") == pytest.approx(102.75)


def test_a_sound_whose_path_has_the_mark_of_a_saved_project_is_found_again(scene: Session) -> None:
    host().bake([weight({13: 0})], timeline=TIMELINE, audio=AudioNode("D:/show//sound/line.wav", 12, 90))
    host().bake([weight({13: 0})], timeline=TIMELINE, audio=AudioNode("D:\\show\\sound\\line.wav", 20, 90))
    (node,) = cmds.ls(type="audio")
    assert cmds.getAttr(f"{node}.offset") == 20


def test_a_sound_of_a_project_that_was_moved_is_found_again_and_plays_from_there(scene: Session) -> None:
    host().bake([weight({13: 0})], timeline=TIMELINE, audio=AudioNode("D:/show//sound/line.wav", 12, 90))
    scene.project = "E:/show/"
    host().bake([weight({13: 0})], timeline=TIMELINE, audio=AudioNode("E:\\show\\sound\\line.wav", 20, 90))
    (node,) = cmds.ls(type="audio")
    assert (cmds.getAttr(f"{node}.filename"), cmds.getAttr(f"{node}.offset")) == ("E:/show/sound/line.wav", 20)
    host().bake([weight({13: 0})], timeline=TIMELINE, audio=AudioNode("E:/show/sound/other.wav", 20, 90))
    assert len(cmds.ls(type="audio")) == 2


def test_in_batch_there_is_no_slider_and_no_viewport(scene: Session) -> None:
    scene.batch = True
    report = host().bake([weight({13: 0})], timeline=TIMELINE, audio=AudioNode("/a.wav", 0, 9))
    assert report.written == (JAW_OPEN,)
    assert scene.slider["sound"] == ""


def test_a_failure_while_writing_leaves_the_scene_as_it_was(scene: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from maya.api import OpenMayaAnim

    cmds.setKeyframe(JAW_TURN, time=1, value=5)
    bench = host()
    before = scene.scene.state()
    written = []
    original = OpenMayaAnim.MFnAnimCurve.addKeys

    def fail(self: OpenMayaAnim.MFnAnimCurve, *args: object) -> object:
        written.append(self.name())
        if len(written) == 2:
            raise RuntimeError("(kFailure): Unexpected Internal Failure")
        return original(self, *args)

    monkeypatch.setattr(OpenMayaAnim.MFnAnimCurve, "addKeys", fail)
    with pytest.raises(HostError) as caught:
        bench.bake([weight({1: 1}), turn({1: 1, 2: 2})], timeline=TIMELINE, audio=AudioNode("/a.wav", 0, 9))
    monkeypatch.undo()
    assert caught.value.code == "maya.refused"
    assert "Unexpected Internal Failure" in caught.value.details
    assert scene.scene.state() == before
    assert bench.bake([weight({1: 1})], timeline=TIMELINE).written == (JAW_OPEN,), "the next click works"


def test_another_frame_rate_than_the_keys_were_made_for_is_refused(scene: Session) -> None:
    bench = host()
    scene.scene.time_unit = "film"
    before = scene.scene.state()
    with pytest.raises(HostError) as caught:
        bench.bake([weight({1: 1})], timeline=TIMELINE)
    assert caught.value.code == "scene.rate_changed"
    assert "24" in caught.value.message
    assert scene.scene.state() == before


def test_a_scene_file_and_maya_hold_the_same_keys(scene: Session, tmp_path: Path) -> None:
    frames = tuple(0.5 * step for step in range(-10, 60))
    curves = [
        KeyedCurve(JAW_OPEN, "weight", frames, tuple(0.5 + 0.5 * math.sin(frame) for frame in frames), "auto"),
        KeyedCurve(JAW_TURN, "rotate", frames, tuple(20 * math.sin(0.3 * frame) for frame in frames), "spline"),
        KeyedCurve(JAW_DOWN, "translate", frames, tuple(-2.5 - 0.01 * frame for frame in frames)),
    ]
    host().bake(curves, timeline=TIMELINE)
    path = tmp_path / "same.ma"
    SceneFileHost(path, tiny_head()).bake(curves, timeline=TIMELINE)
    filed = {curve.node: curve for curve in scene_curves(read_scene(path))}
    nodes = {node.name: node for node in scene.scene.nodes.values() if node.curve}
    assert set(filed) == set(nodes) == {"face_shapes_jawOpen", "jaw_jnt_rotateX", "jaw_jnt_translateY"}
    names = {2: "linear", 4: "spline", 11: "auto"}
    live_keys = keys_in(scene.scene)
    for curve in curves:
        other = filed[curve.attribute.replace(".", "_")]
        assert nodes[other.node].type == other.type
        for (frame, value), key in zip(live_keys[curve.attribute], other.curve.keys, strict=True):
            assert frame == pytest.approx(key.frame, abs=1e-6)
            assert value == pytest.approx(key.value, rel=1e-12, abs=1e-15)
        live = nodes[other.node].curve
        assert live is not None
        assert [names[key.into] for key in live.keys] == [key.in_tangent for key in other.curve.keys]
