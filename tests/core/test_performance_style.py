"""Styles on channels: what is asked, what is refused, and lips that stay closed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest

from maya_a2f.core.closures import CLOSED_GAP_CM, GENERIC_LIP_GAP, TUCK_GAP_CM, LipGap
from maya_a2f.core.performance_style import lead_frames, styled
from maya_a2f.core.style_settings import LARGEST_LEAD_MS, STYLE_DIALS, channel_styles, checked_style
from maya_a2f.errors import UserError

RATE = Fraction(30)
LIPS = LipGap({"jawOpen": 2.9, "mouthClose": -2.4, "mouthLowerDownLeft": 0.4, "mouthRollUpper": -0.3})
Tracks = dict[str, Sequence[float]]


def speech(seed: int, frames: int = 90) -> Tracks:
    """Channels of a mouth that closes now and then, once for a single frame."""
    draw = random.Random(seed)
    names = ("jawOpen", "mouthClose", "mouthLowerDownLeft", "mouthRollUpper", "browInnerUp", "mouthSmileLeft")
    tracks: dict[str, list[float]] = {name: [draw.uniform(0.0, 0.6) for _ in range(frames)] for name in names}
    tracks["jaw.rotateX"] = [20 * value for value in tracks["jawOpen"]]
    for first in (20, 50, 51, 52, 70):
        for name in names[:4]:
            tracks[name][first] = 0.0
        tracks["jawOpen"][first], tracks["mouthClose"][first] = 0.24, 0.29
    return dict(tracks)


def gaps(tracks: Tracks, lips: LipGap = LIPS) -> list[float]:
    return [lips.cm(tracks, frame) for frame in range(len(tracks["jawOpen"]))]


def done(tracks: Mapping[str, Sequence[float]], style: dict[str, float], lips: LipGap = LIPS) -> Tracks:
    return styled(tracks, RATE, checked_style(style), lips)


def test_nothing_asked_changes_nothing() -> None:
    tracks = speech(0)
    assert done(tracks, {}) == tracks
    assert done(tracks, {dial.name: dial.default for dial in STYLE_DIALS}) == tracks


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "style",
    [
        {"exaggeration": 2.0},
        {"exaggeration": 0.0},
        {"jawStyle": 1.0, "lipStyle": -1.0},
        {"jawStyle": -1.0, "lipStyle": 1.0},
        {"jawLead": 250.0},
        {"jawLead": -117.0, "exaggeration": 1.6},
        {"jawOpen.offset": 0.4},
    ],
)
def test_lips_that_touch_still_touch(seed: int, style: dict[str, float]) -> None:
    tracks = speech(seed)
    before, after = gaps(tracks), gaps(done(tracks, style))
    closed = [frame for frame, gap in enumerate(before) if gap <= TUCK_GAP_CM]
    assert len(closed) >= 5
    assert all(after[frame] <= max(before[frame], CLOSED_GAP_CM) + 1e-9 for frame in closed)


@pytest.mark.parametrize("style", [{"mouthClose.mute": 1.0}, {"jaw.gain": 3.0, "mouthClose.highest": 0.05}])
def test_a_jaw_closes_lips_whose_mouth_close_may_not(style: dict[str, float]) -> None:
    after = gaps(done(speech(3), style))
    assert max(after[frame] for frame in (20, 50, 51, 52, 70)) <= 1e-9


@pytest.mark.parametrize("lead", [40.0, -40.0, 50.0, 16.7, 233.0])
def test_contacts_come_earlier_with_the_lips_and_none_is_lost_between_frames(lead: float) -> None:
    tracks = speech(1)
    before, after = gaps(tracks), gaps(done(tracks, {"lipLead": lead}))
    step = int((lead * 30 / 1000 + 0.5) // 1)
    for frame, gap in enumerate(before):
        if gap <= TUCK_GAP_CM and 0 <= frame - step < len(after):
            assert after[frame - step] <= max(gap, CLOSED_GAP_CM) + 1e-9


def test_a_lead_of_whole_frames_moves_only_its_region_and_holds_the_ends() -> None:
    tracks: Tracks = {"browInnerUp": [0.0, 0.1, 0.2, 0.3], "mouthSmileLeft": [0.4, 0.3, 0.2, 0.1]}
    earlier = done(tracks, {"browLead": 100.0})
    assert list(earlier["browInnerUp"]) == pytest.approx([0.3, 0.3, 0.3, 0.3])
    assert earlier["mouthSmileLeft"] == tracks["mouthSmileLeft"]
    assert list(done(tracks, {"browLead": -50.0})["browInnerUp"]) == pytest.approx([0.0, 0.0, 0.05, 0.15])
    assert lead_frames({"browLead": 100.0}, RATE) == (0, 4)
    assert lead_frames({}, RATE) == (0, 0)


def test_a_stretch_is_styled_like_the_whole() -> None:
    tracks, style = speech(2), {"lipLead": 61.0, "jawLead": -30.0, "exaggeration": 1.4, "lipStyle": 0.5}
    whole, (before, after) = done(tracks, style), lead_frames(style, RATE)
    part = done({name: samples[30 - before : 41 + after] for name, samples in tracks.items()}, style)
    for name, samples in whole.items():
        assert list(samples[30:41]) == pytest.approx(list(part[name][before : before + 11]), abs=1e-12)


@pytest.mark.parametrize("lead", [-117.0, 0.0, 96.0])
def test_some_frames_alone_are_styled_like_the_whole(lead: float) -> None:
    tracks, style = speech(4), checked_style({"lipLead": lead, "jawStyle": 0.7, "jawOpen.offset": 0.1})
    whole = styled(tracks, RATE, style, LIPS)
    for first, stop in ((0, 1), (49, 53), (89, 90)):
        some = styled(tracks, RATE, style, LIPS, slice(first, stop))
        assert {name: list(samples[first:stop]) for name, samples in whole.items()} == some


def test_exaggeration_is_about_rest_and_keeps_weights_below_one() -> None:
    tracks: Tracks = {
        "browInnerUp": [0.0, 0.2, 0.9, 1.2],
        "eyeBlinkLeft": [1.0, 0.5, 0.0, 0.0],
        "head.rotateX": [3.0] * 4,
    }
    more = done(tracks, {"exaggeration": 2.0})
    assert more["browInnerUp"][0] == 0.0
    assert 0.35 < more["browInnerUp"][1] < 0.4
    assert 0.9 < more["browInnerUp"][2] < 1.0
    assert more["browInnerUp"][3] == 1.2
    assert more["eyeBlinkLeft"] == tracks["eyeBlinkLeft"]
    assert more["head.rotateX"] == tracks["head.rotateX"]
    assert list(done(tracks, {"exaggeration": 0.0})["browInnerUp"]) == pytest.approx([0.0] * 4)


def test_the_axes_move_jaw_and_lips_apart_and_leave_the_smile() -> None:
    tracks: Tracks = {
        "jawOpen": [0.5],
        "mouthClose": [0.0],
        "mouthPucker": [0.5],
        "mouthSmileLeft": [0.5],
        "jaw.rotateX": [8.0],
    }
    jaw, lips = done(tracks, {"jawStyle": -1.0}), done(tracks, {"lipStyle": -1.0})
    assert jaw["jawOpen"][0] == pytest.approx(0.05)
    assert jaw["jaw.rotateX"][0] < 2.0
    assert jaw["mouthPucker"] == lips["jawOpen"] == tracks["jawOpen"]
    assert lips["mouthPucker"][0] == pytest.approx(0.05)
    assert lips["jaw.rotateX"] == tracks["jaw.rotateX"]
    assert lips["mouthSmileLeft"] == tracks["mouthSmileLeft"]
    assert done(tracks, {"jawStyle": 1.0})["jawOpen"][0] > 0.65


def test_gain_offset_limits_and_mute_of_a_channel_a_pair_and_a_region() -> None:
    tracks: Tracks = {
        name: [0.2, 0.6] for name in ("browDownLeft", "browDownRight", "mouthSmileLeft", "mouthSmileRight")
    }
    made = done(
        tracks,
        {"mouthSmile.gain": 1.5, "mouthSmileLeft.offset": 0.1, "mouthSmileLeft.highest": 0.7, "brows.mute": 1.0},
    )
    assert list(made["mouthSmileLeft"]) == pytest.approx([0.4, 0.7])
    assert list(made["mouthSmileRight"]) == pytest.approx([0.3, 0.9])
    assert list(made["browDownLeft"]) == list(made["browDownRight"]) == [0.0, 0.0]


def test_a_packages_own_channel_is_styled_by_its_name_and_one_that_nobody_has_is_refused() -> None:
    assert list(done({"lowerLid_L": [0.5]}, {"lowerLid_L.gain": 2.0})["lowerLid_L"]) == [1.0]
    assert done({"browInnerUp": [0.5]}, {"tongueOut.mute": 1.0})["browInnerUp"] == [0.5]
    with pytest.raises(UserError) as refused:
        channel_styles(checked_style({"browInerUp.gain": 2.0}), ["browInnerUp"])
    assert refused.value.code == "style.unknown"
    assert "browInnerUp" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("exaggeration", 2.01, "style.out_of_range"),
        ("jawStyle", -1.01, "style.out_of_range"),
        ("lipLead", LARGEST_LEAD_MS + 1, "style.out_of_range"),
        ("mouthSmile.gain", -0.1, "style.out_of_range"),
        ("mouthSmile.mute", 0.5, "style.out_of_range"),
        ("head.rotateX.offset", 31.0, "style.out_of_range"),
        ("exaggeration", float("nan"), "style.bad"),
        ("exaggeration", "much", "style.bad"),
        ("exaggeration", True, "style.bad"),
        ("exagerration", 1.0, "style.unknown"),
        ("brows.offset", 0.1, "style.unknown"),
        ("mouthSmile.speed", 0.1, "style.unknown"),
        (".gain", 1.0, "style.unknown"),
    ],
)
def test_what_is_beyond_the_limits_or_unknown_is_refused_by_name(name: str, value: object, code: str) -> None:
    with pytest.raises(UserError) as refused:
        checked_style({name: value})
    assert refused.value.code == code
    assert repr(name)[1:-1] in refused.value.message


def test_limits_are_inclusive_and_must_be_in_order() -> None:
    for dial in STYLE_DIALS:
        assert checked_style({dial.name: dial.minimum}) == {dial.name: dial.minimum}
        assert checked_style({dial.name: dial.maximum}) == {dial.name: dial.maximum}
    with pytest.raises(UserError, match="above"):
        checked_style({"jawOpen.lowest": 0.5, "jawOpen.highest": 0.4})


def test_equal_styles_are_equal_data_and_defaults_are_left_out() -> None:
    assert list(checked_style({"lipLead": 20, "exaggeration": 1, "jawStyle": 0.5})) == ["jawStyle", "lipLead"]


def test_a_face_whose_lips_nobody_measured_keeps_its_contacts_too() -> None:
    tracks: Tracks = {"jawOpen": [0.2, 0.5], "mouthClose": [0.2, 0.0]}
    assert gaps(done(tracks, {"jawOpen.gain": 2.0}, GENERIC_LIP_GAP), GENERIC_LIP_GAP)[0] <= 1e-9
