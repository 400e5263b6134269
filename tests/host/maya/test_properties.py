"""Whatever lies on a curve: undo gives it back, redo repeats, a second run changes nothing, the rest stays."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maya_a2f.core.frame_rate import TICKS_PER_SECOND, maya_time_unit, rate_of_maya_unit
from maya_a2f.core.ports import AudioNode, Timeline
from maya_a2f.core.rig import KeyedCurve, Tangent
from tests.fake_maya.model.curves import CurveData, Key
from tests.fake_maya.model.units import MTIME_UNITS
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import Session, new_session
from tests.host.maya.benches import JAW_DOWN, JAW_OPEN, JAW_TURN, host

# isort: split
from maya import cmds

from maya_a2f.host.maya.bake import BakeOptions
from maya_a2f.host.maya.layers import LayerChoice
from maya_a2f.host.maya.units import frame_of_ticks, ticks_of_frame, ticks_of_time, time_of_ticks

_FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_NUMBERS = st.floats(-1e4, 1e4, allow_nan=False)
_OLD_TANGENTS = st.sampled_from([1, 2, 3, 4, 8, 9, 11, 27, 28])
_PLACES = {
    JAW_OPEN: ("weight", "animCurveTU"),
    JAW_TURN: ("rotate", "animCurveTA"),
    JAW_DOWN: ("translate", "animCurveTL"),
}
RATES = [unit for unit in MTIME_UNITS.values() if rate_of_maya_unit(unit)]


@st.composite
def old_keys(draw: st.DrawFn) -> Key:
    """Any key an animator may have left."""
    into = draw(_OLD_TANGENTS)
    out = draw(st.one_of(_OLD_TANGENTS, st.sampled_from([5, 10])))
    vectors = st.tuples(st.floats(0.01, 5), _NUMBERS)
    is_locked = draw(st.booleans()) and into != 1 and out != 1
    return Key(
        draw(st.integers(-50, 50)) * 4_704_000 + draw(st.integers(0, 3)),
        draw(_NUMBERS),
        into,
        out,
        draw(vectors) if into == 1 else (1.0, 0.0),
        draw(vectors) if out == 1 else (1.0, 0.0),
        is_locked,
        draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def old_curves(draw: st.DrawFn, kind: str) -> CurveData:
    keys = draw(st.lists(old_keys(), min_size=1, max_size=6, unique_by=lambda key: key.at))
    infinity = st.sampled_from([0, 1, 3, 4, 5])
    data = CurveData(kind, weighted=draw(st.booleans()), pre=draw(infinity), post=draw(infinity))
    return data.with_keys(keys)


@st.composite
def new_curves(draw: st.DrawFn) -> list[KeyedCurve]:
    found = []
    for name in draw(st.lists(st.sampled_from(list(_PLACES)), min_size=1, unique=True)):
        frames = sorted(draw(st.sets(st.integers(-60, 60).map(lambda half: half / 2), min_size=1, max_size=8)))
        values = draw(st.lists(_NUMBERS, min_size=len(frames), max_size=len(frames)))
        tangent: Tangent = draw(st.sampled_from(["linear", "auto", "step", "flat"]))
        found.append(KeyedCurve(name, _PLACES[name][0], frames, values, tangent))  # type: ignore[arg-type]
    return found


@st.composite
def scenes(draw: st.DrawFn) -> Session:
    """A head with or without curves on the three attributes."""
    session = new_session(batch=draw(st.booleans()))
    session.scene.time_unit = "ntsc"
    build_head(session.scene)
    for name, (_, node_type) in _PLACES.items():
        if draw(st.booleans()):
            node = session.scene.create(node_type, "old")
            node.curve = draw(old_curves(node_type[-2:]))
            session.scene.connect((node.uuid, "output"), session.scene.plug(name))
        else:
            session.scene.set_value(session.scene.plug(name), draw(_NUMBERS))
    session.scene.selection = [draw(st.sampled_from(list(session.scene.nodes)))]
    session.scene.ticks = draw(st.integers(-(10**9), 10**9))
    return session


OPTIONS = st.builds(
    BakeOptions,
    mode=st.sampled_from(["replace", "insert"]),
    layer=st.sampled_from([None, LayerChoice("L", is_new=True), LayerChoice("L", is_new=True, override=True)]),
    weighted=st.booleans(),
    fit_range=st.booleans(),
)
TIMELINE = Timeline(Fraction(30), 1, 48)
AUDIO = AudioNode("/a.wav", 1.5, 40)


@_FEW
@given(scenes(), new_curves(), OPTIONS)
def test_undo_gives_back_the_scene_and_redo_repeats_it(
    maya: Session, curves: list[KeyedCurve], options: BakeOptions
) -> None:
    bench = host(options)
    before = maya.scene.state()
    report = bench.bake(curves, timeline=TIMELINE, audio=AUDIO, metadata={"model": "m"})
    assert report.written == tuple(curve.attribute for curve in curves)
    after = maya.scene.state()
    for _ in range(2):
        cmds.undo()
        assert maya.scene.state() == before
        cmds.redo()
        assert maya.scene.state() == after
    assert len(maya.undo.done) == 1, "one step"


@_FEW
@given(scenes(), new_curves(), st.sampled_from(["replace", "insert"]))
def test_a_second_run_of_the_same_changes_nothing(maya: Session, curves: list[KeyedCurve], mode: str) -> None:
    bench = host(BakeOptions(mode=mode))  # type: ignore[arg-type]
    bench.bake(curves, timeline=TIMELINE, audio=AUDIO, metadata={"model": "m"})
    keys, nodes = keys_in(maya.scene), set(maya.scene.nodes)
    once = maya.scene.state()
    report = bench.bake(curves, timeline=TIMELINE, audio=AUDIO, metadata={"model": "m"})
    assert report.skipped == ()
    assert maya.scene.state() == once
    assert (keys_in(maya.scene), set(maya.scene.nodes)) == (keys, nodes)


@_FEW
@given(scenes(), new_curves())
def test_keys_outside_the_stretch_are_untouched(maya: Session, curves: list[KeyedCurve]) -> None:
    before = {node.uuid: node.curve for node in maya.scene.nodes.values() if node.curve}
    names = {source[0]: maya.scene.plug_name(to) for to, source in maya.scene.connections.items()}
    host().bake(curves, timeline=TIMELINE)
    stretches = {
        curve.attribute: (ticks_of_frame(curve.frames[0], Fraction(30)), ticks_of_frame(curve.frames[-1], Fraction(30)))
        for curve in curves
    }
    for uuid, old in before.items():
        first, last = stretches.get(names[uuid], (1, 0))
        now = maya.scene.nodes[uuid].curve
        assert now is not None
        outside = [key for key in old.keys if not first <= key.at <= last]
        assert [key for key in now.keys if not first <= key.at <= last] == outside
        assert replace(now, keys=()) == replace(old, keys=())


@_FEW
@given(scenes(), new_curves())
def test_removing_leaves_what_was_outside_and_undo_brings_everything_back(
    maya: Session, curves: list[KeyedCurve]
) -> None:
    bench = host()
    bench.bake(curves, timeline=TIMELINE)
    baked = maya.scene.state()
    (result,) = bench.results()
    assert set(bench.remove(result).written) == {curve.attribute for curve in curves}
    for curve in curves:
        left = keys_in(maya.scene).get(curve.attribute, [])
        assert not [frame for frame, _ in left if curve.frames[0] <= frame <= curve.frames[-1]]
    removed = maya.scene.state()
    cmds.undo()
    assert maya.scene.state() == baked
    cmds.redo()
    assert maya.scene.state() == removed


@pytest.mark.parametrize("unit", RATES)
def test_the_key_of_a_frame_lies_on_the_nearest_tick(maya: Session, unit: str) -> None:
    maya.scene.time_unit = unit
    rate = rate_of_maya_unit(unit)
    assert rate is not None
    draw = random.Random(unit)
    for frame in [0, 1, -1, *(draw.randint(-400_000, 400_000) for _ in range(60))]:
        exact = frame / rate  # k · fpsDen / fpsNum seconds
        ticks = ticks_of_frame(frame, rate)
        assert abs(ticks - exact * TICKS_PER_SECOND) <= Fraction(1, 2)
        assert ticks_of_time(time_of_ticks(ticks)) == ticks
        assert frame_of_ticks(ticks, rate) == pytest.approx(frame, abs=1e-3)


def test_every_rate_maya_names_both_ways_is_tried() -> None:
    assert len(RATES) >= 45
    assert {maya_time_unit(rate_of_maya_unit(unit) or Fraction(1)) for unit in RATES} >= {"film", "23.976fps", "120fps"}


@_FEW
@given(st.permutations([JAW_OPEN, JAW_TURN, JAW_DOWN]))
def test_the_order_of_the_curves_does_not_matter(order: list[str]) -> None:
    session = new_session()
    session.scene.time_unit = "ntsc"
    build_head(session.scene)
    curves = {name: KeyedCurve(name, kind, (1, 2), (0.0, 3.0)) for name, (kind, _) in _PLACES.items()}  # type: ignore[arg-type]
    host().bake([curves[name] for name in order], timeline=TIMELINE)
    found = keys_in(session.scene)
    assert set(found) == set(_PLACES)
    assert all([frame for frame, _ in keys] == [1, 2] for keys in found.values())
