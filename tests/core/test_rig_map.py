"""Rig maps: reading, writing, matching by name, and retargeting through them."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.matching import BY_HAND, SAME_NAME, judged, matched_by_name
from maya_a2f.core.retarget import driven_value, retargeted
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import (
    Derived,
    Drive,
    RigMap,
    read_rig_map,
    rig_map_from_data,
    rig_map_text,
    with_drive,
    with_translations_scaled,
    write_rig_map,
)
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError

MAP = RigMap(
    name="Kopf",
    drives={
        "face.jawOpen": Drive({"jawOpen": 1.0}, limits=(0.0, 1.0)),
        "jaw.translateY": Drive({"jaw.translateY": 1.0}),
        "tongue.rotateX": Drive({"tongueTipUp": -20.0, "tongueTipDown": 15.0}, offset=2.0),
        "lids.blink": Drive({"eyeBlinkLeft": 1.0}, limits=(0.0, math.inf), muted=True),
    },
    yaw_sign=-1,
)


def take(**tracks: list[float]) -> Take:
    return Take(Fraction(30), {name.replace("_", "."): values for name, values in tracks.items()})


def rig(*names: str, rest: float = 0.0) -> Rig:
    return Rig("rig", tuple(RigAttribute(name, "weight", rest=rest) for name in names))


def test_a_map_survives_its_file(tmp_path: Path) -> None:
    write_rig_map(MAP, tmp_path / "map.json")
    assert read_rig_map(tmp_path / "map.json") == MAP


def test_all_that_version_2_holds_survives_its_file(tmp_path: Path) -> None:
    full = RigMap(
        "full",
        {"lips.seal": Drive({"seal": 2.0}, 0.5, (-math.inf, 3.0), curve=((0.0, 0.0), (0.5, 1.0)), rest=0.25)},
        derived={
            "seal": Derived("min", (("jawOpen", 1.0), ("mouthClose", 1.0))),
            "wide": Derived("sum", (("mouthStretchLeft", 0.5), ("mouthStretchRight", 0.5)), ((0.0, 0.0), (0.3, 1.0))),
            "rest": Derived("subtract", ((1.0, 1.0), ("seal", 1.0))),
        },
        mirror=(("a.x", "b.x"),),
        fit="hero.a2ffit.npz",
        signature="abc",
    )
    write_rig_map(full, tmp_path / "map.json")
    assert read_rig_map(tmp_path / "map.json") == full
    lines = (tmp_path / "map.json").read_text("utf-8").splitlines()
    assert [line for line in lines if '"wide"' in line] == [
        '  "wide": {"sum": {"mouthStretchLeft": 0.5, "mouthStretchRight": 0.5}, "curve": [[0.0, 0.0], [0.3, 1.0]]},'
    ]


def test_a_map_file_has_one_attribute_per_line(tmp_path: Path) -> None:
    write_rig_map(MAP, tmp_path / "map.json")
    lines = (tmp_path / "map.json").read_text("utf-8").splitlines()
    assert sum('"from"' in line for line in lines) == len(MAP.drives)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": "a2f.rig_map/9"}, "newer"),
        ({"schema": "other"}, "schema"),
        ({"attributes": []}, '"attributes"'),
        ({"attributes": {"a.b": {"from": {}}}}, '"a.b" / "from"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": "x"}}}}, '"jawOpen"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": float("nan")}}}}, '"jawOpen"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "limits": [1, 0]}}}, '"limits"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "limits": [0, "1"]}}}, '"limits"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "gain": 2}}}, '"gain"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "mute": 1}}}, '"mute"'),
        ({"eyes": {"yawSign": 0}}, '"yawSign"'),
        ({"unknown": 1}, '"unknown"'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "curve": [[0, 0]]}}}, '"a.b" / "curve" must have two'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "curve": [[0, 0], [0, 1]]}}}, '"curve" must ascend'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "curve": [[0, 0], [1, "x"]]}}}, '"curve" must be a number'),
        ({"attributes": {"a.b": {"from": {"jawOpen": 1}, "rest": "x"}}}, '"rest"'),
        ({"derived": {"seal": {}}}, '"seal" must have exactly one of'),
        ({"derived": {"seal": {"min": ["jawOpen"]}}}, '"seal" / "min" must name two'),
        ({"derived": {"seal": {"min": [0, 1]}}}, '"seal" / "min" names no channel'),
        ({"derived": {"seal": {"min": ["jawOpen", None]}}}, '"seal" / "min" must be a number'),
        ({"derived": {"seal": {"mean": ["jawOpen", 1]}}}, '"mean"'),
        ({"derived": {"a": {"min": ["b", 1]}, "b": {"max": ["jawOpen", 1]}}}, '"b", which stands below it'),
        ({"mirror": [["a.b"]]}, '"mirror"'),
        ({"mirror": [["a.b", "c.d"], ["c.d", "e.f"]]}, '"mirror" names "c.d" twice'),
        ({"fit": "../hero.a2ffit.npz"}, '"fit"'),
        ({"signature": 7}, '"signature"'),
    ],
)
def test_a_wrong_map_is_refused_with_the_place(change: dict[str, Any], place: str) -> None:
    data = {"schema": "a2f.rig_map/2", "name": "x", "attributes": {"a.b": {"from": {"jawOpen": 1}}}} | change
    with pytest.raises(UserError) as caught:
        rig_map_from_data(data, Path("hero.json"))
    assert place in str(caught.value)
    assert "hero.json" in str(caught.value)


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text('{"schema": "a2f.rig_map/2", "attributes": {"a.b": {}, "a.b": {}}}')
    with pytest.raises(UserError, match=r'"a\.b" stands there twice'):
        read_rig_map(tmp_path / "map.json")


def test_maps_of_version_1_are_read() -> None:
    data = {"schema": "a2f.rig_map/1", "name": "x", "attributes": {"a.b": {"from": {"jawOpen": 1}}}}
    assert rig_map_from_data(data, Path("old.json")) == RigMap("x", {"a.b": Drive({"jawOpen": 1.0})})


def test_text_that_is_no_json_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text("{")
    with pytest.raises(UserError, match=r"map\.json"):
        read_rig_map(tmp_path / "map.json")


def test_names_match_whatever_their_case_and_namespace() -> None:
    rig_ = Rig(
        "hero",
        (
            RigAttribute("hero:face_shapes.JAWOPEN", "weight", lowest=0.0, highest=1.0),
            RigAttribute("hero:lashes.jawopen", "weight"),
            RigAttribute("hero:Jaw.rotateX", "rotate"),
            RigAttribute("hero:nose.bulge", "weight"),
        ),
    )
    report = matched_by_name(rig_, ("jawOpen", "jaw.rotateX", "mouthPucker"))
    assert dict(report.rig_map.drives["hero:face_shapes.JAWOPEN"].gains) == {"jawOpen": 1.0}
    assert report.rig_map.drives["hero:face_shapes.JAWOPEN"].limits == (0.0, 1.0)
    assert "hero:lashes.jawopen" in report.rig_map.drives
    assert dict(report.rig_map.drives["hero:Jaw.rotateX"].gains) == {"jaw.rotateX": 1.0}
    assert report.unmatched_channels == ("mouthPucker",)
    assert report.unmatched_attributes == ("hero:nose.bulge",)


def test_several_channels_drive_one_attribute_from_its_rest() -> None:
    map_ = RigMap("m", {"t.rotateX": Drive({"tongueTipUp": -20.0, "tongueTipDown": 15.0}, offset=2.0)})
    result = retargeted(take(tongueTipUp=[0.5, 0.0], tongueTipDown=[0.0, 1.0]), map_, rig("t.rotateX", rest=10.0))
    assert list(result.tracks[0].samples) == [2.0, 27.0]


def test_one_channel_drives_several_attributes_within_their_limits() -> None:
    map_ = RigMap("m", {"a.x": Drive({"jawOpen": 2.0}, limits=(0.0, 1.0)), "b.x": Drive({"jawOpen": -1.0})})
    result = retargeted(take(jawOpen=[0.25, 0.75]), map_, rig("a.x", "b.x"))
    assert [list(track.samples) for track in result.tracks] == [[0.5, 1.0], [-0.25, -0.75]]


def test_the_attributes_own_limits_hold_too() -> None:
    limited = Rig("r", (RigAttribute("a.x", "weight", lowest=-0.5, highest=0.5),))
    result = retargeted(take(jawOpen=[-3.0, 3.0]), RigMap("m", {"a.x": Drive({"jawOpen": 1.0})}), limited)
    assert list(result.tracks[0].samples) == [-0.5, 0.5]


def test_the_sign_of_the_eyes_is_the_maps() -> None:
    map_ = RigMap("m", {"e.ry": Drive({"leftEye.rotateY": 1.0}), "e.rx": Drive({"leftEye.rotateX": 1.0})}, yaw_sign=-1)
    result = retargeted(take(leftEye_rotateY=[3.0], leftEye_rotateX=[2.0]), map_, rig("e.ry", "e.rx"))
    assert [list(track.samples) for track in result.tracks] == [[-3.0], [2.0]]


def test_a_curve_bends_the_sum_and_holds_beyond_its_ends() -> None:
    drive = Drive({"jawOpen": 2.0, "mouthClose": -1.0}, offset=1.0, curve=((0.0, 0.0), (0.5, 1.0), (1.0, 1.2)))
    result = retargeted(
        take(jawOpen=[-1.0, 0.125, 0.5, 4.0], mouthClose=[0.0, 0.0, 0.25, 0.0]), RigMap("m", {"a.x": drive}), rig("a.x")
    )
    assert list(result.tracks[0].samples) == pytest.approx([1.0, 1.5, 2.1, 2.2])


def test_the_maps_rest_takes_the_place_of_the_rigs() -> None:
    map_ = RigMap("m", {"a.x": Drive({"jawOpen": 1.0}, rest=2.0)})
    assert list(retargeted(take(jawOpen=[0.5]), map_, rig("a.x", rest=10.0)).tracks[0].samples) == [2.5]


def test_channels_are_combined_by_rules() -> None:
    pair: tuple[tuple[str | float, float], ...] = (("jawOpen", 1.0), ("mouthClose", 1.0))
    derived = {
        "least": Derived("min", pair),
        "most": Derived("max", pair),
        "both": Derived("product", pair),
        "gape": Derived("subtract", pair),
        "mean": Derived("sum", (("jawOpen", 0.5), ("mouthClose", 0.5))),
        "shut": Derived("subtract", ((1.0, 1.0), ("gape", 1.0)), ((0.5, 0.0), (1.0, 1.0))),
    }
    map_ = RigMap("m", {f"a.{name}": Drive({name: 1.0}) for name in derived}, derived=derived)
    result = retargeted(take(jawOpen=[0.75], mouthClose=[0.25]), map_, rig(*map_.drives))
    assert [track.samples[0] for track in result.tracks] == [0.25, 0.75, 0.1875, 0.5, 0.5, 0.0]


def test_a_derived_channel_stands_in_the_place_of_one_it_is_named_after() -> None:
    derived = {"mouthClose": Derived("min", (("mouthClose", 1.0), ("jawOpen", 1.0)))}
    map_ = RigMap("m", {"a.x": Drive({"mouthClose": 1.0})}, derived=derived)
    result = retargeted(take(jawOpen=[0.1], mouthClose=[0.6]), map_, rig("a.x"))
    assert list(result.tracks[0].samples) == [0.1]


def test_a_drive_by_channels_that_the_take_lacks_is_silent_through_derived_ones_too() -> None:
    derived = {"seal": Derived("min", (("jawOpen", 1.0), ("mouthClose", 1.0)))}
    map_ = RigMap("m", {"a.x": Drive({"seal": 1.0})}, derived=derived)
    assert map_.channels_of(map_.drives["a.x"]) == {"jawOpen", "mouthClose"}
    assert retargeted(take(tongueUp=[0.1]), map_, rig("a.x")).silent_attributes == ("a.x",)


def test_the_sign_of_the_eyes_holds_in_derived_channels_once() -> None:
    derived = {"leftEye.rotateY": Derived("sum", (("leftEye.rotateY", 2.0),))}
    map_ = RigMap("m", {"e.ry": Drive({"leftEye.rotateY": 1.0})}, yaw_sign=-1, derived=derived)
    assert list(retargeted(take(leftEye_rotateY=[3.0]), map_, rig("e.ry")).tracks[0].samples) == [-6.0]


def test_what_cannot_be_driven_is_named() -> None:
    map_ = RigMap("m", {"gone.x": Drive({"jawOpen": 1.0}), "mute.x": Drive({"tongueUp": 1.0})})
    result = retargeted(take(jawOpen=[0.0]), map_, rig("mute.x"))
    assert result.missing_attributes == ("gone.x",)
    assert result.silent_attributes == ("mute.x",)
    assert not result.tracks


def test_scaling_touches_translations_only() -> None:
    scaled = with_translations_scaled(MAP, 0.5)
    assert scaled.drives["jaw.translateY"].gains["jaw.translateY"] == 0.5
    assert scaled.drives["face.jawOpen"] == MAP.drives["face.jawOpen"]


def test_the_written_file_is_plain_json(tmp_path: Path) -> None:
    write_rig_map(MAP, tmp_path / "map.json")
    assert json.loads((tmp_path / "map.json").read_text("utf-8"))["eyes"] == {"pitchSign": 1, "yawSign": -1}


def test_only_muted_attributes_say_so_in_the_file() -> None:
    assert [line for line in rig_map_text(MAP).splitlines() if "mute" in line] == [
        '  "lids.blink": {"from": {"eyeBlinkLeft": 1.0}, "limits": [0.0, null], "mute": true}'
    ]


def test_a_muted_attribute_is_listed_and_gets_no_track() -> None:
    map_ = RigMap("m", {"a.x": Drive({"jawOpen": 1.0}, muted=True), "b.x": Drive({"jawOpen": 1.0})})
    result = retargeted(take(jawOpen=[0.5]), map_, rig("a.x", "b.x"))
    assert [track.attribute for track in result.tracks] == ["b.x"]
    assert result.muted_attributes == ("a.x",)
    assert result.silent_attributes == ()


def test_a_single_value_is_what_the_tracks_hold() -> None:
    drive = Drive({"leftEye.rotateY": 2.0, "jawOpen": -1.0}, offset=0.5, limits=(-4.0, 4.0))
    map_, rig_ = RigMap("m", {"e.ry": drive}, yaw_sign=-1), rig("e.ry", rest=1.0)
    for yaw, opening in ((0.5, 0.25), (9.0, 0.0), (-9.0, 1.0)):
        track = retargeted(take(leftEye_rotateY=[yaw], jawOpen=[opening]), map_, rig_).tracks[0]
        value = driven_value(drive, rig_.attributes[0], map_, {"leftEye.rotateY": yaw, "jawOpen": opening})
        assert value == track.samples[0]


def test_a_single_value_knows_derived_channels_by_their_parts_and_by_their_name() -> None:
    derived = {"seal": Derived("min", (("jawOpen", 1.0), ("mouthClose", 1.0)))}
    drive = Drive({"seal": 1.0}, curve=((0.0, 0.0), (0.5, 1.0)))
    map_ = RigMap("m", {"a.x": drive}, derived=derived)
    attribute = rig("a.x").attributes[0]
    assert driven_value(drive, attribute, map_, {"jawOpen": 0.25, "mouthClose": 1.0}) == 0.5
    assert driven_value(drive, attribute, map_, {"seal": 0.25}) == 0.5


def test_a_drive_is_changed_in_its_place() -> None:
    changed = with_drive(MAP, "jaw.translateY", Drive({"jaw.translateY": 2.0}))
    assert list(changed.drives) == list(MAP.drives)
    assert changed.drives["jaw.translateY"].gains == {"jaw.translateY": 2.0}
    assert "jaw.translateY" not in with_drive(MAP, "jaw.translateY", None).drives
    assert list(with_drive(MAP, "new.x", Drive({"jawOpen": 1.0})).drives)[-1] == "new.x"
    assert with_drive(MAP, "never.there", None) == MAP


def test_each_drive_says_how_sure_it_is() -> None:
    report = matched_by_name(rig("face.jawOpen", "face.MOUTHCLOSE", "nose.x"), ("jawOpen", "mouthClose"))
    assert report.matches["face.jawOpen"].why == SAME_NAME
    assert report.matches["face.MOUTHCLOSE"].confidence == 1.0
    edited = with_drive(report.rig_map, "nose.x", Drive({"jawOpen": 1.0}))
    edited = with_drive(edited, "face.jawOpen", Drive({"jawOpen": 0.5}))
    matches = judged(edited, report)
    assert matches["nose.x"].why == BY_HAND
    assert matches["face.jawOpen"].why == SAME_NAME
