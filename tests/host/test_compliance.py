"""What every host does with curves. A new host joins by one entry in ``HOSTS``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.ports import AudioNode, Host, Timeline
from maya_a2f.core.rig import KeyedCurve, Tangent
from maya_a2f.host.memory import MemoryHost
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.head_scene import write_head_scene
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost
from maya_a2f.host.scene_file.ma_keys import scene_audio, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.host.scene_file.scene_results import scene_results
from tests.fake_maya.scenes import build_head, keys_in
from tests.fake_maya.session import new_session
from tests.head_factory import tiny_head

_TIMELINE = Timeline(Fraction(30), 1, 48)
Keys = Mapping[str, list[tuple[float, float]]]


@dataclass(frozen=True)
class Bench:
    """A host and a way to look at what it wrote."""

    host: Host
    keys: Callable[[], Keys]
    """Attribute -> (frame, value) of every key."""
    audio: Callable[[], list[AudioNode]]
    metadata: Callable[[], Mapping[str, str]]
    frame_error: float = 0.0
    """How far a key may lie from its frame: Maya holds whole ticks. Others hold what they were given."""
    value_error: float = 0.0
    """Relative: Maya holds radians."""


def _memory(folder: Path) -> Bench:
    host = MemoryHost(head_rig(tiny_head()))
    return Bench(
        host,
        lambda: {name: list(zip(curve.frames, curve.values, strict=True)) for name, curve in host.keys.items()},
        lambda: [] if host.audio is None else [host.audio],
        lambda: host.metadata,
    )


def _scene_file(folder: Path) -> Bench:
    path = folder / "Szene ö.ma"
    names = {attribute.name.replace(".", "_"): attribute.name for attribute in head_rig(tiny_head()).attributes}

    def keys() -> Keys:
        curves = scene_curves(read_scene(path)) if path.exists() else []
        return {names[curve.node]: [(key.frame, key.value) for key in curve.curve.keys] for curve in curves}

    return Bench(
        SceneFileHost(path, tiny_head(), overwrite=True),
        keys,
        lambda: scene_audio(read_scene(path)),
        lambda: scene_results(read_scene(path))[0].metadata,
    )


def _keyed_scene(folder: Path) -> Bench:
    """A scene that is there: our head without keys."""
    source, path = folder / "rig.ma", folder / "Szene ö.ma"
    if not source.exists():
        write_head_scene(source, tiny_head(), (), timeline=_TIMELINE)
    names = {item.plug: item.name for item in KeyedSceneHost(source, path).character.attributes}

    def keys() -> Keys:
        curves = scene_curves(read_scene(path)) if path.exists() else []
        return {names[curve.drives[0]]: [(key.frame, key.value) for key in curve.curve.keys] for curve in curves}

    return Bench(
        KeyedSceneHost(source, path, overwrite=True),
        keys,
        lambda: scene_audio(read_scene(path)),
        lambda: scene_results(read_scene(path))[0].metadata,
    )


def _maya(folder: Path) -> Bench:
    session = new_session()
    session.scene.time_unit = "ntsc"
    build_head(session.scene)

    from maya_a2f.host.maya.host import MayaHost
    from maya_a2f.host.maya.metadata import metadata_of, results
    from maya_a2f.host.maya.scan import read_character
    from maya_a2f.host.maya.timeline import audio_nodes

    return Bench(
        MayaHost(read_character(["jaw_jnt"])),
        lambda: keys_in(session.scene),
        lambda: list(audio_nodes().values()),
        lambda: metadata_of(results()[0].node),
        frame_error=0.5 * 30 / TICKS_PER_SECOND,
        value_error=1e-15,
    )


HOSTS: dict[str, Callable[[Path], Bench]] = {
    "memory": _memory,
    "scene file": _scene_file,
    "keyed scene": _keyed_scene,
    "Maya (fake)": _maya,
}


@pytest.fixture(params=list(HOSTS))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return HOSTS[request.param](tmp_path)


def _weight(name: str, frames: tuple[float, ...], values: tuple[float, ...], tangent: Tangent = "linear") -> KeyedCurve:
    return KeyedCurve(name, "weight", frames, values, tangent)


def test_the_rig_names_weights_rotations_and_translations_with_their_rest(bench: Bench) -> None:
    attributes = {attribute.name: attribute for attribute in bench.host.rig().attributes}
    assert attributes["face_shapes.jawOpen"].kind == "weight"
    assert attributes["leftEye_jnt.rotateY"].kind == "rotate"
    assert (attributes["jaw_jnt.translateY"].kind, attributes["jaw_jnt.translateY"].rest) == ("translate", -2.5)


def test_keys_arrive_exactly(bench: Bench) -> None:
    curves = [
        _weight("face_shapes.jawOpen", (-3.5, 1.0, 2.000001), (1 / 3, 0.0, -1e-17)),
        KeyedCurve("jaw_jnt.rotateX", "rotate", (1, 2), (12.345678901234567, 1e20), "auto"),
        KeyedCurve("jaw_jnt.translateZ", "translate", (5,), (3.1,), "spline"),
    ]
    report = bench.host.bake(curves, timeline=_TIMELINE)
    assert report.written == tuple(curve.attribute for curve in curves)
    assert report.skipped == ()
    keys = bench.keys()
    assert list(keys) == [curve.attribute for curve in curves]
    for curve in curves:
        for (frame, value), wanted_frame, wanted in zip(keys[curve.attribute], curve.frames, curve.values, strict=True):
            assert abs(frame - wanted_frame) <= bench.frame_error
            assert abs(value - wanted) <= bench.value_error * abs(wanted)


@pytest.mark.parametrize("tangent", ["linear", "auto", "spline", "flat", "step", "clamped", "plateau"])
def test_every_tangent_that_needs_no_directions_is_taken(bench: Bench, tangent: Tangent) -> None:
    report = bench.host.bake([_weight("face_shapes.jawOpen", (1, 2), (0, 1), tangent)], timeline=_TIMELINE)
    assert report.written == ("face_shapes.jawOpen",)


def test_what_the_rig_cannot_take_is_skipped_and_named_and_the_rest_is_written(bench: Bench) -> None:
    good = _weight("face_shapes.jawOpen", (1, 2), (0, 1))
    bad = {
        "gone.jawOpen": (_weight("gone.jawOpen", (1,), (0,)), "no such attribute"),
        "jaw_jnt.rotateX": (_weight("jaw_jnt.rotateX", (1,), (0,)), "takes 'rotate'"),
        "face_shapes.jawOpen": (good, "came first"),
        "face_shapes.mouthClose": (_weight("face_shapes.mouthClose", (), ()), "no keys"),
        "face_shapes.cheekPuff": (_weight("face_shapes.cheekPuff", (1, 2), (0,)), "2 frames but 1 values"),
        "face_shapes.browInnerUp": (_weight("face_shapes.browInnerUp", (1,), (float("nan"),)), "finite"),
        "tongue_shapes.tongueTipUp": (_weight("tongue_shapes.tongueTipUp", (2, 2), (0, 1)), "ascend"),
        "head_jnt.rotateX": (KeyedCurve("head_jnt.rotateX", "rotate", (1,), (0,), "fixed"), "directions"),
    }
    report = bench.host.bake([good, *(curve for curve, _ in bad.values())], timeline=_TIMELINE)
    assert report.written == ("face_shapes.jawOpen",)
    assert [skipped.attribute for skipped in report.skipped] == list(bad)
    for skipped in report.skipped:
        assert bad[skipped.attribute][1] in skipped.reason
    assert list(bench.keys()) == ["face_shapes.jawOpen"]


def test_a_second_bake_replaces_the_keys(bench: Bench) -> None:
    bench.host.bake([_weight("face_shapes.jawOpen", (1, 2, 3), (0, 1, 0))], timeline=_TIMELINE)
    bench.host.bake([_weight("face_shapes.jawOpen", (5,), (0.5,))], timeline=_TIMELINE)
    assert bench.keys()["face_shapes.jawOpen"] == [(5, 0.5)]


def test_the_sound_and_what_made_the_keys_are_kept(bench: Bench) -> None:
    audio = AudioNode('/shots/001/Ton "a" ö.wav', -14.25, 241.371)
    metadata = {"model": "Märk\n2", "parameters": json.dumps({"joy": 0.6, "curve": list(range(2000))})}
    bench.host.bake([], timeline=_TIMELINE, audio=audio, metadata=metadata)
    (kept,) = bench.audio()
    assert (kept.path, kept.offset_frame) == (audio.path, audio.offset_frame)
    assert kept.length_frames == pytest.approx(audio.length_frames, rel=1e-12)
    assert bench.metadata() == metadata
