"""A second run in Maya leaves every edit of the animator, however the scene was changed in between."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maya_a2f.core.ports import AudioNode
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.rig import KeyedCurve, Tangent
from maya_a2f.errors import HostError
from tests.fake_maya import guard
from tests.fake_maya.model.curves import CurveData, Key
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session, new_session
from tests.host.maya.benches import JAW_DOWN, JAW_OPEN, JAW_TURN, TIMELINE, host

# isort: split
from maya import cmds

from maya_a2f.host.maya.apply_command import ApplyKeysCommand
from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.layers import LayerChoice
from maya_a2f.host.maya.outside_stubs import curve_on_layer

BROW = "face_shapes.browInnerUp"
KINDS = {JAW_OPEN: "weight", BROW: "weight", JAW_TURN: "rotate", JAW_DOWN: "translate"}
CHANNELS = {
    JAW_OPEN: ("jawOpen",),
    BROW: ("browInnerUp",),
    JAW_TURN: ("jaw.rotateX",),
    JAW_DOWN: ("jaw.translateY",),
}
FRAME = 4_704_000
AUDIO = AudioNode("/clips/line.wav", 1, 60)
_FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def curves(
    seed: int, count: int = 60, *, first: int = 1, step: int = 1, tangent: Tangent = "linear"
) -> list[KeyedCurve]:
    """A take of its own for every seed."""
    draw = random.Random(seed)
    frames = tuple(range(first, first + count, step))
    return [
        KeyedCurve(name, kind, frames, tuple(draw.uniform(-1, 1) for _ in frames), tangent)  # type: ignore[arg-type]
        for name, kind in KINDS.items()
    ]


def bake(seed: int, options: BakeOptions | None = None, *, selection: str = "jaw_jnt", **about: int):  # type: ignore[no-untyped-def]
    options = replace(options or BakeOptions(), channels=CHANNELS)
    return host(options, selection=selection).bake(curves(seed, **about), timeline=TIMELINE, audio=AUDIO)  # type: ignore[arg-type]


def found(session: Session) -> dict[str, tuple[Key, ...]]:
    """Attribute -> keys, as Maya holds them."""
    return {
        session.scene.plug_name(to): session.scene.nodes[source[0]].curve.keys  # type: ignore[union-attr]
        for to, source in session.scene.connections.items()
        if session.scene.nodes[source[0]].curve is not None
    }


def _value(name: str, frame: float) -> float:
    times, values = (cmds.keyframe(name, query=True, **{what: True}) for what in ("timeChange", "valueChange"))
    return next(value for time, value in zip(times, values, strict=True) if abs(time - frame) < 1e-6)


def _nudge(name: str, frame: float, by: float = 0.25) -> None:
    cmds.setKeyframe(name, time=frame, value=_value(name, frame) + by, inTangentType="linear", outTangentType="linear")


def test_untouched_keys_are_renewed_and_edited_ones_kept_and_named(scene: Session) -> None:
    bake(1)
    _nudge(JAW_OPEN, 20)
    edited = found(scene)[JAW_OPEN]
    report = bake(2)
    assert set(report.written) == set(KINDS)
    assert [(item.attribute, item.frames) for item in report.kept] == [(JAW_OPEN, ((16.0, 30.0),))]
    assert "edited" in report.kept[0].reason
    after = found(scene)
    stretch = range(16 * FRAME, 31 * FRAME)
    assert [key for key in after[JAW_OPEN] if key.at in stretch] == [key for key in edited if key.at in stretch]
    bare = new_session()
    bare.scene.time_unit = "ntsc"
    build_head(bare.scene)
    bake(2)
    fresh = found(bare)
    assert {name: after[name] for name in KINDS if name != JAW_OPEN} == {
        name: fresh[name] for name in KINDS if name != JAW_OPEN
    }
    far = [key for key in fresh[JAW_OPEN] if not 10 * FRAME <= key.at <= 36 * FRAME]
    assert [key for key in after[JAW_OPEN] if not 10 * FRAME <= key.at <= 36 * FRAME] == far


def test_taking_one_curve_over_leaves_the_other_edits(scene: Session) -> None:
    bake(1)
    _nudge(JAW_OPEN, 20)
    _nudge(BROW, 20)
    report = bake(2, BakeOptions(scope=RerunScope(take_over=frozenset({JAW_OPEN}))))
    assert [item.attribute for item in report.kept] == [BROW]
    values = {curve.attribute: curve.values for curve in curves(2)}
    assert [key.value for key in found(scene)[JAW_OPEN]] == list(values[JAW_OPEN])
    assert bake(3, BakeOptions(scope=RerunScope(takes_all=True))).kept == ()


def test_a_range_and_a_region_change_nothing_else(scene: Session) -> None:
    bake(1)
    before = found(scene)
    scope = RerunScope(frames=(20, 40), regions=frozenset({"brows"}), fade_frames=4)
    report = bake(2, BakeOptions(scope=scope))
    assert report.written == (BROW,)
    assert (report.skipped, report.kept) == ((), ())
    after = found(scene)
    assert {name: after[name] for name in KINDS if name != BROW} == {
        name: before[name] for name in KINDS if name != BROW
    }
    fresh = next(curve for curve in curves(2) if curve.attribute == BROW)
    for key, old, value in zip(after[BROW], before[BROW], fresh.values, strict=True):
        frame = key.at // FRAME
        if 24 <= frame <= 36:
            assert key.value == value
        elif not 20 < frame < 40:
            assert key == old
    assert bake(2).kept == (), "no run of ours counts as an edit"


def test_one_undo_takes_a_second_run_back_and_redo_repeats_it(scene: Session) -> None:
    bake(1)
    _nudge(JAW_OPEN, 20)
    cmds.delete("face_shapes_browInnerUp")
    before, steps = scene.scene.state(), len(scene.undo.done)
    bake(2, BakeOptions(scope=RerunScope(frames=(10, 50))))
    after = scene.scene.state()
    assert len(scene.undo.done) == steps + 1
    for _ in range(2):
        cmds.undo()
        assert scene.scene.state() == before
        cmds.redo()
        assert scene.scene.state() == after


def test_renamed_nodes_and_shapes_are_the_same_nodes_and_shapes(scene: Session) -> None:
    bake(1)
    _nudge(JAW_TURN, 20)
    for old, new in (("a2f_head", "hero"), ("jaw_jnt", "kiefer"), ("jaw_jnt_rotateX", "jawCurve"), ("a2f_take", "x")):
        cmds.rename(old, new)
    names = {JAW_TURN: "kiefer.rotateX", JAW_DOWN: "kiefer.translateY"}
    again = [replace(curve, attribute=names.get(curve.attribute, curve.attribute)) for curve in curves(2)]
    bench = host(BakeOptions(result="line.wav"), selection="hero")
    assert [result.name for result in bench.results()] == ["line.wav"]
    report = bench.bake(again, timeline=TIMELINE)
    assert [item.attribute for item in report.kept] == ["kiefer.rotateX"]
    (result,) = bench.results()
    assert len(result.curves) == len(KINDS), "no curve is recorded twice"
    assert host(selection="hero").remove(result, force=True).skipped == ()
    assert found(scene) == {}


def test_a_deleted_curve_stays_deleted_until_it_is_taken_over(scene: Session) -> None:
    bake(1)
    cmds.delete("face_shapes_jawOpen")
    report = bake(2)
    assert [(item.attribute, item.frames) for item in report.kept] == [(JAW_OPEN, ())]
    assert "deleted" in report.kept[0].reason
    assert [item.attribute for item in report.skipped] == [JAW_OPEN]
    assert JAW_OPEN not in found(scene)
    assert bake(3).kept[0].attribute == JAW_OPEN, "still remembered"
    assert JAW_OPEN in bake(3, BakeOptions(scope=RerunScope(take_over=frozenset({JAW_OPEN})))).written


def test_a_result_whose_curves_are_all_deleted_is_written_anew(scene: Session) -> None:
    bake(1)
    cmds.cutKey(list(KINDS), clear=True)
    assert set(bake(2).written) == set(KINDS)


def test_a_curve_put_in_place_of_ours_is_the_animators(scene: Session) -> None:
    bake(1)
    cmds.delete("face_shapes_jawOpen")
    cmds.setKeyframe(JAW_OPEN, time=12, value=0.5)
    cmds.setKeyframe(JAW_OPEN, time=55, value=0.25)
    mine = found(scene)[JAW_OPEN]
    report = bake(2)
    assert JAW_OPEN in [item.attribute for item in report.kept]
    assert set(mine) <= set(found(scene)[JAW_OPEN])


def test_a_copy_of_our_curve_with_all_its_keys_is_as_good_as_ours(scene: Session) -> None:
    """Imported and exported scenes give nodes new UUIDs."""
    bake(1)
    old = scene.scene.node("face_shapes_jawOpen")
    copy = scene.scene.create("animCurveTU", "copied")
    copy.curve = old.curve
    plug = scene.scene.plug(JAW_OPEN)
    scene.scene.delete(old)
    scene.scene.connect((copy.uuid, "output"), plug)
    report = bake(2)
    assert report.kept == ()
    assert JAW_OPEN in report.written


def test_nodes_that_all_have_other_uuids_by_an_import_are_known_by_name(scene: Session) -> None:
    bake(1)
    _nudge(JAW_OPEN, 20)
    edited = found(scene)[JAW_OPEN]
    (result,) = host(selection="jaw_jnt").results()
    text = cmds.getAttr(f"{result.node}.a2fCurves")
    marks = cmds.getAttr(f"{result.node}.a2fMarks")
    for record in result.curves:
        text, marks = (
            words.replace(record.node, record.node[:-4] + "FFFF").replace(record.curve, record.curve[:-4] + "EEEE")
            for words in (text, marks)
        )
    cmds.setAttr(f"{result.node}.a2fCurves", text, type="string")
    cmds.setAttr(f"{result.node}.a2fMarks", marks, type="string")
    report = bake(2)
    assert [(item.attribute, item.frames) for item in report.kept] == [(JAW_OPEN, ((16.0, 30.0),))]
    assert found(scene)[JAW_OPEN][15:30] == edited[15:30]
    (result,) = host(selection="jaw_jnt").results()
    assert len(result.curves) == len(KINDS)
    assert bake(3).kept[0].frames == ((16.0, 30.0),)


def test_a_curve_of_another_type_in_place_of_ours_is_kept(scene: Session) -> None:
    bake(1)
    node = scene.scene.create("animCurveTL", "linear")
    node.curve = CurveData("TL", (Key(FRAME, 0.5), Key(9 * FRAME, 0.75)))
    plug = scene.scene.plug(JAW_OPEN)
    scene.scene.delete(scene.scene.node("face_shapes_jawOpen"))
    scene.scene.connect((node.uuid, "output"), plug)
    before = node.curve
    report = bake(2)
    assert "another type (animCurveTL)" in next(item for item in report.kept if item.attribute == JAW_OPEN).reason
    assert node.curve == before


def test_keys_that_drive_something_else_now_are_kept(scene: Session) -> None:
    bake(1)
    scene.scene.disconnect(scene.scene.plug(JAW_OPEN))
    ours = scene.scene.node("face_shapes_jawOpen")
    before = ours.curve
    report = bake(2)
    assert "disconnected" in next(item for item in report.kept if item.attribute == JAW_OPEN).reason
    cmds.setKeyframe(JAW_OPEN, time=5, value=1)
    report = bake(3)
    assert "moved elsewhere" in next(item for item in report.kept if item.attribute == JAW_OPEN).reason
    assert ours.curve == before
    assert keys_in(scene.scene)[JAW_OPEN] == [(5, 1)]


@pytest.mark.parametrize("lock", ["the attribute", "the curve", "the node"])
def test_what_was_locked_since_is_named_and_stays(scene: Session, lock: str) -> None:
    bake(1)
    if lock == "the attribute":
        cmds.setAttr(JAW_OPEN, lock=True)
    else:
        cmds.lockNode("face_shapes_jawOpen" if lock == "the curve" else "face_shapes", lock=True)
    before = found(scene)[JAW_OPEN]
    report = bake(2)
    assert "locked" in next(item for item in report.skipped if item.attribute == JAW_OPEN).reason
    assert found(scene)[JAW_OPEN] == before
    if lock == "the attribute":
        cmds.setAttr(JAW_OPEN, lock=False)
    else:
        cmds.lockNode("face_shapes_jawOpen" if lock == "the curve" else "face_shapes", lock=False)
    assert JAW_OPEN in bake(3).written, "still ours"


def test_driven_keys_put_over_ours_are_named_and_stay(scene: Session) -> None:
    bake(1)
    cmds.delete("face_shapes_jawOpen")
    cmds.setDrivenKeyframe(JAW_OPEN, currentDriver="jaw_jnt.rotateZ")
    before = scene.scene.connections[scene.scene.plug(JAW_OPEN)]
    report = bake(2)
    assert "driven key" in next(item for item in report.skipped if item.attribute == JAW_OPEN).reason
    assert scene.scene.connections[scene.scene.plug(JAW_OPEN)] == before


@pytest.mark.parametrize("override", [False, True])
def test_keys_on_a_layer_are_renewed_on_it_even_when_it_was_renamed(scene: Session, override: bool) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=5)
    bake(1, BakeOptions(layer=LayerChoice("speech", is_new=True, override=override)))
    cmds.rename("speech", "spoken")
    report = bake(2)
    assert set(report.written) == set(KINDS)
    curve = curve_on_layer("spoken", JAW_TURN)
    assert cmds.keyframe(curve, query=True, keyframeCount=True) == 60
    wanted = next(item for item in curves(2) if item.attribute == JAW_TURN)
    rest = 0.0 if override else host(selection="jaw_jnt").character.by_name[JAW_TURN].rest
    assert cmds.keyframe(curve, query=True, valueChange=True) == pytest.approx(
        [value - rest for value in wanted.values]
    )
    (result,) = host(selection="jaw_jnt").results()
    assert set(host(selection="jaw_jnt").remove(result).written) == set(KINDS)
    cmds.currentTime(30)
    assert cmds.getAttr(JAW_TURN) == pytest.approx(5), "no member of the layer any more"


def test_our_keys_below_a_layer_the_animator_added_are_renewed_below_it(scene: Session) -> None:
    bake(1)
    cmds.animLayer("fixes")
    cmds.animLayer("fixes", edit=True, attribute=[JAW_TURN])
    cmds.setKeyframe(JAW_TURN, animLayer="fixes", time=10, value=4, noResolve=True)
    fixes = cmds.keyframe(curve_on_layer("fixes", JAW_TURN), query=True, valueChange=True)
    report = bake(2)
    assert JAW_TURN in report.written
    assert report.kept == ()
    assert cmds.keyframe(curve_on_layer("fixes", JAW_TURN), query=True, valueChange=True) == fixes
    assert cmds.keyframe(curve_on_layer("BaseAnimation", JAW_TURN), query=True, keyframeCount=True) == 60


def test_records_of_earlier_versions_are_renewed_at_the_level_of_the_curve(scene: Session) -> None:
    bake(1)
    (result,) = host(selection="jaw_jnt").results()
    cmds.setAttr(f"{result.node}.a2fMarks", "", type="string")
    _nudge(JAW_OPEN, 20)
    before = found(scene)[JAW_OPEN]
    report = bake(2)
    assert [item.attribute for item in report.skipped] == [JAW_OPEN]
    assert found(scene)[JAW_OPEN] == before
    assert BROW in report.written


def test_records_of_later_versions_are_read_as_far_as_they_are_known(scene: Session) -> None:
    bake(1)
    (result,) = host(selection="jaw_jnt").results()
    items = json.loads(cmds.getAttr(f"{result.node}.a2fCurves"))
    text = json.dumps([{**item, "colour": "red"} for item in items])
    cmds.setAttr(f"{result.node}.a2fCurves", text, type="string")
    _nudge(JAW_OPEN, 20)
    assert [item.attribute for item in bake(2).kept] == [JAW_OPEN]


def test_a_result_of_a_newer_version_is_not_overwritten(scene: Session) -> None:
    bake(1)
    (result,) = host(selection="jaw_jnt").results()
    cmds.setAttr(f"{result.node}.a2fSchema", "a2f.result/2", type="string")
    before = scene.scene.state()
    with pytest.raises(HostError) as caught:
        bake(2)
    assert caught.value.code == "result.newer"
    assert scene.scene.state() == before


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"a b": 1}', '{"a b": ["x", 5]}'])
def test_damaged_marks_leave_the_curves_known_as_a_whole(scene: Session, damage: str) -> None:
    bake(1)
    (result,) = host(selection="jaw_jnt").results()
    cmds.setAttr(f"{result.node}.a2fMarks", damage, type="string")
    _nudge(JAW_OPEN, 20)
    assert [item.attribute for item in bake(2).skipped] == [JAW_OPEN]


def test_keys_that_followed_their_sound_are_still_known_key_by_key(scene: Session) -> None:
    from maya_a2f.host.maya.following import follow_sound

    bake(1)
    cmds.sound("line_sound", edit=True, offset=11.5)
    follow_sound(host(selection="jaw_jnt").results()[0])
    _nudge(JAW_OPEN, 30.5)
    report = bake(2, first=11)
    assert [item.attribute for item in report.kept] == [JAW_OPEN]
    assert set(report.written) == set(KINDS)


def test_a_second_run_costs_a_few_calls_per_curve(scene: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """With edits on every curve and keys of the animator's own beside ours; reading apart."""
    blend = next(node for node in scene.scene.nodes.values() if node.name == "face_shapes")
    for index in range(10, 18):
        scene.scene.touch((blend.uuid, f"weight[{index}]"))
        scene.scene.set_alias(blend, f"shape{index}", f"weight[{index}]")
    names = [f"face_shapes.shape{index}" for index in range(10, 18)]
    writing: list[int] = []
    apply_edit = ApplyKeysCommand.redoIt

    def calls() -> int:
        values = ("MTime.", "MTimeArray.", "MDoubleArray.")
        return sum(count for name, count in Counter(guard.calls).items() if not name.startswith(values))

    def counted(self: ApplyKeysCommand) -> None:
        before = calls()
        apply_edit(self)
        writing.append(calls() - before)

    def run(seed: int) -> None:
        draw = random.Random(seed)
        frames = tuple(range(1800))
        made = [KeyedCurve(name, "weight", frames, tuple(draw.random() for _ in frames)) for name in names]
        bench.bake(made, timeline=TIMELINE)

    bench = host(BakeOptions(result="line"), selection="jaw_jnt")
    run(1)
    for name in names:
        _nudge(name, 700)
        cmds.setKeyframe(name, time=5000, value=1)
    monkeypatch.setattr(ApplyKeysCommand, "redoIt", counted)
    run(2)
    assert len(writing) == 1
    assert writing[0] / 8 <= 10
    (result,) = bench.results()
    size = sum(len(cmds.getAttr(f"{result.node}.{name}")) for name in ("a2fCurves", "a2fMarks"))
    assert 72 / 8 * size < 150_000, "characters that 72 curves of a minute take in the scene"


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["value", "add", "cut", "tangent", "move", "cut range", "delete"]),
        st.sampled_from(list(KINDS)),
        st.integers(-5, 75),
        st.integers(1, 20),
    ),
    max_size=5,
)
RERUNS = st.builds(
    BakeOptions,
    mode=st.sampled_from(["replace", "replace", "insert"]),
    weighted=st.booleans(),
    fit_range=st.booleans(),
    scope=st.builds(
        RerunScope,
        frames=st.one_of(
            st.none(), st.tuples(st.integers(-5, 60), st.integers(0, 40)).map(lambda pair: (pair[0], sum(pair)))
        ),
        regions=st.sampled_from([frozenset(), frozenset({"jaw"}), frozenset({"brows", "mouth"})]),
        fade_frames=st.sampled_from([0, 3, 5]),
    ),
)
TAKES = st.fixed_dictionaries(
    {
        "count": st.integers(1, 80),
        "first": st.integers(-10, 20),
        "step": st.sampled_from([1, 1, 5]),
        "tangent": st.sampled_from(["linear", "auto"]),
    }
)


def _edit(session: Session, what: str, name: str, frame: int, amount: int) -> None:
    keys = found(session).get(name, ())
    near = min((key.at / FRAME for key in keys), key=lambda at: abs(at - frame), default=None)
    if what == "add":
        cmds.setKeyframe(name, time=frame + 0.5, value=amount / 3)
    elif near is None:
        return
    elif what == "value":
        _nudge(name, near, amount / 10)
    elif what == "tangent":
        value = _value(name, near)
        cmds.setKeyframe(name, time=near, value=value, inTangentType="flat", outTangentType="step")
    elif what == "cut":
        cmds.cutKey(name, time=(near, near), clear=True)
    elif what == "cut range":
        cmds.cutKey(name, time=(frame, frame + amount), clear=True)
    elif what == "move":
        value = _value(name, near)
        cmds.cutKey(name, time=(near, near), clear=True)
        cmds.setKeyframe(name, time=near + amount, value=value, inTangentType="linear", outTangentType="linear")
    else:
        cmds.cutKey(name, clear=True)


@_FEW
@given(st.lists(st.tuples(EDITS, RERUNS, TAKES, st.integers(0, 99)), min_size=1, max_size=3), st.booleans())
def test_whatever_is_edited_and_run_again_no_edit_is_lost_and_undo_is_exact(runs, is_batch: bool) -> None:  # type: ignore[no-untyped-def]
    session = new_session(batch=is_batch)
    session.scene.time_unit = "ntsc"
    build_head(session.scene)
    bake(1)
    ours = {name: set(keys) for name, keys in found(session).items()}
    for edits, options, take, seed in runs:
        for edit in edits:
            _edit(session, *edit)
        keys = found(session)
        is_cleared = not any(set(keys.get(name, ())) & ours[name] for name in KINDS)
        before = session.scene.state()
        report = bake(seed, options, **take)
        after = found(session)
        for name in KINDS:
            mine = set(keys.get(name, ())) - ours[name]
            assert mine <= set(after.get(name, ())), f"{name}: an edited key was changed or lost"
            if name not in report.written:
                assert after.get(name) == keys.get(name)
        for kept in report.kept:
            if kept.frames or is_cleared:
                continue
            assert after.get(kept.attribute) == keys.get(kept.attribute)
        if before != session.scene.state():
            done = session.scene.state()
            cmds.undo()
            assert session.scene.state() == before
            cmds.redo()
            assert session.scene.state() == done
        for name in report.written:
            ours[name] |= set(after[name]) - (set(keys.get(name, ())) - ours[name])


@_FEW
@given(EDITS, st.integers(0, 99), TAKES)
def test_what_nobody_edited_equals_a_fresh_run_of_the_same(edits, seed: int, take) -> None:  # type: ignore[no-untyped-def]
    session = new_session()
    session.scene.time_unit = "ntsc"
    build_head(session.scene)
    bake(1)
    ours = {name: set(keys) for name, keys in found(session).items()}
    for edit in edits:
        _edit(session, *edit)
    report = bake(seed, BakeOptions(scope=RerunScope(fade_frames=0)), **take)
    again = found(session)
    plain = new_session()
    plain.scene.time_unit = "ntsc"
    build_head(plain.scene)
    bake(seed, **take)
    fresh = found(plain)
    kept = {item.attribute: item for item in report.kept}
    for name in KINDS:
        if name not in kept:
            assert set(fresh[name]) <= set(again[name])
            assert not (set(again[name]) - set(fresh[name])) & ours[name], "keys of ours that no run wants"
        elif kept[name].frames and name in report.written:
            for key in fresh[name]:
                frame = key.at / FRAME
                if not any(first - 0.5 <= frame <= last + 0.5 for first, last in kept[name].frames):
                    assert key in again[name]


def test_the_panel_learns_curve_by_curve_what_was_edited_and_renews_the_range_on_the_slider(scene: Session) -> None:
    from maya_a2f.host.maya.desktop.panel_host import MayaPanelHost
    from maya_a2f.ui.panel_host import BakeChoice, KnowsEdits

    bake(1)
    _nudge(JAW_OPEN, 20)
    cmds.delete("face_shapes_browInnerUp")
    panel_host = MayaPanelHost()
    assert isinstance(panel_host, KnowsEdits)
    cmds.select("jaw_jnt")
    character = panel_host.pick()
    (result,) = panel_host.results(character.name)
    assert result.start_frame == AUDIO.offset_frame
    edits = {edit.attribute: edit for edit in panel_host.find_edits(result) if edit is not None}
    assert edits[JAW_OPEN].frames == ((16.0, 30.0),)
    assert "deleted" in edits[BROW].reason
    assert set(edits) == {JAW_OPEN, BROW}
    assert panel_host.selected_range() is None
    scene.slider.update(rangeArray=[31.0, 41.0], rangeVisible=True)
    assert panel_host.selected_range() == (31.0, 40.0)
    before = found(scene)
    scope = RerunScope(frames=panel_host.selected_range(), fade_frames=2)
    choice = BakeChoice(result="line.wav", fit_range=False, channels=CHANNELS, scope=scope)
    panel_host.bake_target(character.name, choice).bake(curves(2), timeline=TIMELINE, audio=AUDIO)
    after = found(scene)
    inside = range(31 * FRAME, 40 * FRAME + 1)
    for name in (JAW_OPEN, JAW_TURN, JAW_DOWN):
        assert [key for key in after[name] if key.at not in inside] == [
            key for key in before[name] if key.at not in inside
        ]
        assert after[name] != before[name]
    cmds.rename("a2f_head", "hero")
    assert len(panel_host.results(panel_host.character(panel_host.characters()[0]).name)) == 1
    panel_host.close()
