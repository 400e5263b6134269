"""What every host owes an animator who edited keys and runs again: not one edit is changed or lost."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.memory import MemoryHost
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost
from maya_a2f.host.scene_file.ma_keys import replace_keys, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.host.scene_file.scene_rerun import FileBakeOptions
from maya_a2f.host.scene_file.scene_results import scene_results
from tests.head_factory import tiny_head

RATE = Fraction(30)
AUDIO = AudioNode("/clips/line.wav", 1, 60)
KINDS = {"face_shapes.jawOpen": "weight", "face_shapes.browInnerUp": "weight", "jaw_jnt.rotateX": "rotate"}
JAW, BROW, TURN = KINDS
Keys = dict[str, list[tuple[float, float]]]
_FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def curves(seed: int, count: int = 60, first: int = 1) -> list[KeyedCurve]:
    draw = random.Random(seed)
    frames = range(first, first + count)
    return [
        KeyedCurve(name, kind, frames, [round(draw.uniform(-1, 1), 6) for _ in frames])  # type: ignore[arg-type]
        for name, kind in KINDS.items()
    ]


@dataclass
class Bench:
    """A host that can be run again, and an animator's hands on its keys."""

    bake: Callable[[list[KeyedCurve], RerunScope | None], BakeReport]
    keys: Callable[[], Keys]
    put: Callable[[str, list[tuple[float, float]]], None]


def _memory(folder: Path) -> Bench:
    host = MemoryHost(head_rig(tiny_head()))

    def bake(made: list[KeyedCurve], scope: RerunScope | None) -> BakeReport:
        host.scope = scope
        return host.bake(made, timeline=Timeline(RATE, 1, 60), audio=AUDIO)

    def put(name: str, keys: list[tuple[float, float]]) -> None:
        if not keys:
            del host.keys[name]
        else:
            host.keys[name] = replace(host.keys[name], frames=[at for at, _ in keys], values=[to for _, to in keys])

    return Bench(bake, lambda: {name: list(zip(c.frames, c.values, strict=True)) for name, c in host.keys.items()}, put)


def _scene_file(folder: Path) -> Bench:
    path = folder / "Szene ö.ma"
    names = {name.replace(".", "_"): name for name in KINDS}

    def bake(made: list[KeyedCurve], scope: RerunScope | None) -> BakeReport:
        if scope is None:
            host: SceneFileHost | KeyedSceneHost = SceneFileHost(path, tiny_head(), overwrite=True)
        else:
            host = KeyedSceneHost(path, path, overwrite=True, options=FileBakeOptions(scope=scope))
        return host.bake(made, timeline=Timeline(RATE, 1, 60), audio=AUDIO, metadata={"a2fTake": "{}"})

    def put(name: str, keys: list[tuple[float, float]]) -> None:
        scene = read_scene(path)
        curve = next(item for item in scene_curves(scene) if item.node == name.replace(".", "_"))
        if keys:
            replace_keys(scene, curve, KeyedCurve(name, KINDS[name], *zip(*keys, strict=True)))  # type: ignore[arg-type]
        else:  # as Maya saves it once the curve was deleted: node and connection are gone
            text = scene.to_bytes().decode()
            start = text.index(f'createNode {curve.type} -n "{curve.node}"')
            text = text[:start] + text[text.index("createNode", start + 5) :]
            link = f'connectAttr "{curve.node}.o"'
            scene = read_scene(path)
            text = "\n".join(line for line in text.split("\n") if not line.startswith(link))
            path.write_bytes(text.encode())
            return
        path.write_bytes(scene.to_bytes())

    def keys() -> Keys:
        return {
            names[curve.node]: [(key.frame, key.value) for key in curve.curve.keys]
            for curve in scene_curves(read_scene(path))
        }

    return Bench(bake, keys, put)


HOSTS = {"memory": _memory, "scene file": _scene_file}


@pytest.fixture(params=list(HOSTS))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return HOSTS[request.param](tmp_path)


def _plain(made: list[KeyedCurve]) -> Keys:
    return {item.attribute: list(zip(item.frames, item.values, strict=True)) for item in made}


def _nudged(keys: list[tuple[float, float]], frame: float, by: float = 0.25) -> list[tuple[float, float]]:
    return [(at, value + by if at == frame else value) for at, value in keys]


def test_edits_stay_and_are_named_and_the_rest_is_renewed(bench: Bench) -> None:
    bench.bake(curves(1), None)
    bench.put(JAW, _nudged(bench.keys()[JAW], 20))
    edited = bench.keys()[JAW]
    report = bench.bake(curves(2), RerunScope())
    assert [(item.attribute, item.frames) for item in report.kept] == [(JAW, ((16.0, 30.0),))]
    assert set(report.written) == set(KINDS)
    after, fresh = (
        bench.keys(),
        _plain(curves(2)),
    )
    assert after[BROW] == fresh[BROW]
    assert after[TURN] == fresh[TURN]
    assert after[JAW][15:30] == edited[15:30]
    assert after[JAW][:10] == fresh[JAW][:10]
    assert bench.bake(curves(3), RerunScope()).kept[0].frames == ((16.0, 30.0),), "still known"


def test_take_over_range_and_region(bench: Bench) -> None:
    bench.bake(curves(1), None)
    for name in (JAW, BROW):
        bench.put(name, _nudged(bench.keys()[name], 20))
    before = bench.keys()
    scope = RerunScope(take_over=frozenset({JAW}), regions=frozenset({"jaw"}), frames=(10, 40), fade_frames=3)
    report = bench.bake(curves(2), scope)
    assert BROW not in report.written
    after, fresh = (
        bench.keys(),
        _plain(curves(2)),
    )
    assert after[BROW] == before[BROW]
    assert after[JAW][12:37] == fresh[JAW][12:37]
    assert (after[JAW][:9], after[JAW][40:]) == (before[JAW][:9], before[JAW][40:])


def test_a_deleted_curve_stays_deleted_until_it_is_taken_over(bench: Bench) -> None:
    bench.bake(curves(1), None)
    bench.put(JAW, [])
    report = bench.bake(curves(2), RerunScope())
    assert [(item.attribute, item.frames) for item in report.kept] == [(JAW, ())]
    assert set(bench.keys()) == {BROW, TURN}
    assert JAW in bench.bake(curves(3), RerunScope(take_over=frozenset({JAW}))).written
    assert len(bench.keys()[JAW]) == 60


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["value", "cut", "add", "move", "delete"]),
        st.sampled_from(list(KINDS)),
        st.integers(0, 70),
        st.integers(1, 15),
    ),
    max_size=4,
)
SCOPES = st.builds(
    RerunScope,
    frames=st.one_of(
        st.none(), st.tuples(st.integers(0, 60), st.integers(0, 30)).map(lambda pair: (pair[0], sum(pair)))
    ),
    regions=st.sampled_from([frozenset(), frozenset({"jaw"}), frozenset({"brows"})]),
    fade_frames=st.sampled_from([0, 4]),
)


def _edited(keys: list[tuple[float, float]], what: str, frame: int, amount: int) -> list[tuple[float, float]]:
    if what == "add":
        return sorted([*keys, (frame + 0.25, amount / 3)])
    near = min(keys, key=lambda key: abs(key[0] - frame), default=None)
    if near is None or what == "delete":
        return []
    others = [key for key in keys if key != near]
    if what == "cut":
        return others
    moved = (near[0] + amount, near[1]) if what == "move" else (near[0], near[1] + amount / 10)
    return sorted([*(key for key in others if key[0] != moved[0]), moved])


@_FEW
@given(st.sampled_from(list(HOSTS)), st.lists(st.tuples(EDITS, SCOPES, st.integers(-5, 10)), min_size=1, max_size=3))
def test_whatever_is_edited_and_run_again_no_edit_is_lost(name: str, runs) -> None:  # type: ignore[no-untyped-def]
    with tempfile.TemporaryDirectory() as folder:
        bench = HOSTS[name](Path(folder))
        bench.bake(curves(1), None)
        ours = {attribute: set(keys) for attribute, keys in bench.keys().items()}
        for seed, (edits, scope, first) in enumerate(runs, 2):
            for what, attribute, frame, amount in edits:
                if attribute in (now := bench.keys()):
                    keys = _edited(now[attribute], what, frame, amount)
                    bench.put(attribute, keys)
            before = bench.keys()
            report = bench.bake(curves(seed, 50, first), scope)
            after = bench.keys()
            for attribute in KINDS:
                mine = set(before.get(attribute, ())) - ours[attribute]
                assert mine <= set(after.get(attribute, ())), "an edited key was changed or lost"
                if attribute not in report.written:
                    assert after.get(attribute) == before.get(attribute)
                ours[attribute] |= set(after.get(attribute, ())) - mine


def test_the_record_in_a_file_is_the_one_maya_keeps_and_maya_runs_it_again(tmp_path: Path) -> None:
    """Written outside, opened in Maya, edited there, run again there, removed there."""
    from tests.fake_maya.session import new_session

    session = new_session()
    from maya import cmds

    from maya_a2f.host.maya.bake import BakeOptions
    from maya_a2f.host.maya.host import MayaHost
    from maya_a2f.host.maya.metadata import recorded_keys
    from maya_a2f.host.maya.scan import read_character

    path = tmp_path / "line.ma"
    bench = _scene_file(tmp_path)
    bench.bake(curves(1), None)
    (tmp_path / "Szene ö.ma").rename(path)
    cmds.file(str(path), open=True, force=True)
    host = MayaHost(read_character(["jaw_jnt"]), BakeOptions(result="line.wav"))
    (result,) = host.results()
    assert result.character == host.character.name
    assert {record.attribute for record in result.curves} == set(KINDS)
    assert all((found := recorded_keys(record)) and found.is_untouched for record in result.curves)
    cmds.setKeyframe(JAW, time=20, value=3)
    report = host.bake(curves(2), timeline=Timeline(RATE, 1, 60))
    assert [item.attribute for item in report.kept] == [JAW]
    assert set(report.written) == set(KINDS)
    assert set(host.remove(host.results()[0], force=True).written) == set(KINDS)
    assert session.scene is not None


def test_a_file_without_uuids_is_run_again_by_name(tmp_path: Path) -> None:
    bench = _scene_file(tmp_path)
    bench.bake(curves(1), None)
    path = tmp_path / "Szene ö.ma"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(line for line in lines if "rename -uid" not in line), encoding="utf-8")
    bench.put(JAW, _nudged(bench.keys()[JAW], 20))
    report = bench.bake(curves(2), RerunScope())
    assert [item.attribute for item in report.kept] == [JAW]
    assert set(report.written) == set(KINDS)


def test_a_second_run_of_a_file_keeps_one_record_and_its_channels(tmp_path: Path) -> None:
    bench = _scene_file(tmp_path)
    bench.bake(curves(1), None)
    path = tmp_path / "Szene ö.ma"
    options = FileBakeOptions(scope=RerunScope(), channels={JAW: ("jawOpen",)})
    KeyedSceneHost(path, path, overwrite=True, options=options).bake(
        curves(2), timeline=Timeline(RATE, 1, 60), audio=AUDIO, metadata={"a2fTake": '{"a": 2}'}
    )
    bench.bake(curves(3), RerunScope(regions=frozenset({"brows"})))
    (result,) = scene_results(read_scene(path))
    assert (result.name, result.metadata) == ("line.wav", {"a2fTake": '{"a": 2}'}), "of the last whole run"
    assert {record.attribute: record.channels for record in result.records}[JAW] == ("jawOpen",)
    assert len(result.records) == len(KINDS)


def test_the_same_scene_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        _scene_file(tmp_path / folder).bake(curves(1), None)
    assert (tmp_path / "a" / "Szene ö.ma").read_bytes() == (tmp_path / "b" / "Szene ö.ma").read_bytes()


def test_animation_of_somebody_else_on_the_eyes_is_left_alone_in_a_file_and_named(tmp_path: Path) -> None:
    bench = _scene_file(tmp_path)
    bench.bake(curves(1), None)
    path = tmp_path / "Szene ö.ma"
    channels = {name: ("eyeBlinkLeft" if name == JAW else "jawOpen",) for name in KINDS}
    kept = FileBakeOptions("other", channels, None, frozenset({"eyes"}))

    def again() -> BakeReport:
        host = KeyedSceneHost(path, path, overwrite=True, options=kept)
        return host.bake(curves(2), timeline=Timeline(RATE, 1, 60), audio=AUDIO)

    assert set(again().written) == set(KINDS), "what a run of ours wrote is renewed"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(".a2fCurves", ".notOurs").replace('"a2fCurves"', '"notOurs"'), encoding="utf-8")
    report = again()
    assert JAW not in report.written
    assert [item.attribute for item in report.skipped] == [JAW]
