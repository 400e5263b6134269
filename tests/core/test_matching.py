"""Which channels a rig's names mean: precision first, questions instead of guesses."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence

import pytest

from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.conventions import Convention, shipped_conventions, speech_signals
from maya_a2f.core.matching import SURE, MatchReport, matched_by_name, open_questions
from maya_a2f.core.naming_words import PRESETS, naming_words_from
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, sources_of, with_drive
from tests.core.studio_rig import STUDIO_TRUTH

CONVENTIONS = {convention.name: convention for convention in shipped_conventions()}


def rig_of(*names: str) -> Rig:
    return Rig("hero", tuple(RigAttribute(name if "." in name else f"face.{name}", "weight") for name in names))


def match(*names: str, conventions: Sequence[Convention] | None = None) -> MatchReport:
    return matched_by_name(rig_of(*names), STANDARD_CHANNELS, conventions)


def gains(*names: str) -> dict[str, dict[str, float]]:
    """Attribute, without its node, -> gains, in a rig that can close its lips."""
    drives = {
        name: drive for name, drive in match(*names, "x.mouthClose").rig_map.drives.items() if name != "x.mouthClose"
    }
    return {name.rpartition(".")[2]: dict(drive.gains) for name, drive in drives.items()}


def test_116_names_of_a_studio_are_matched_as_by_hand() -> None:
    report = match(*STUDIO_TRUTH)
    drives = report.rig_map.drives
    right = [name for name, channel in STUDIO_TRUTH.items() if channel and list(_drive(drives, name)) == [channel]]
    wanted = [name for name, channel in STUDIO_TRUTH.items() if channel]
    print(f"\nprecision {len(right) / len(drives):.3f}, recall {len(right) / len(wanted):.3f}")
    print("unmatched:", ", ".join(name for name in wanted if name not in right))
    assert len(right) / len(drives) >= 0.98
    assert len(right) / len(wanted) >= 0.85
    missed = {f"face.{name}" for name in wanted if name not in right}
    assert missed <= {question.attribute for question in report.questions}


def test_stages_of_one_motion_are_asked_about() -> None:
    question = match("eye_blink1_l", "eye_blink2_l", "jawOpen").questions[0]
    assert (question.attribute, question.why) == ("face.eye_blink1_l", "'eye_blink2_l' means the same")
    assert dict(question.candidates[0].drive.gains) == {"eyeBlinkLeft": 1.0}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_is_known_by_its_names(name: str) -> None:
    convention = CONVENTIONS[name]
    report, names = _match_convention(convention, shipped_conventions())
    for attribute, drive in report.rig_map.drives.items():
        entry = convention.entries.get(names[attribute]) if attribute in names else None
        if entry is not None:
            assert entry.drive is not None, attribute
            assert drive.gains.keys() == entry.drive.gains.keys(), attribute
    undriven = [key for attribute, key in names.items() if attribute not in report.rig_map.drives]
    for key in undriven:
        entry = convention.entries[key]
        assert entry.drive is None or entry.unless, key


@pytest.mark.parametrize("name", CONVENTIONS)
def test_without_its_own_file_nothing_of_a_convention_is_matched_wrongly(name: str) -> None:
    convention = CONVENTIONS[name]
    others = [other for other in shipped_conventions() if other is not convention]
    report, names = _match_convention(convention, others)
    wanted = [entry for entry in convention.entries.values() if entry.drive is not None]
    found = {name: drive for name, drive in report.rig_map.drives.items() if name in names}
    right = 0
    for attribute, drive in found.items():
        entry = convention.entries[names[attribute]]
        right += entry.drive is not None and _sources(drive.gains) == _sources(entry.drive.gains)
    matched = len(found)
    print(f"\n{name}: {right} of {matched} matches right, {matched} of {len(wanted)} names found")
    assert right >= 0.98 * matched


def test_every_channel_of_the_ict_face_finds_its_shapes_and_none_a_wrong_one() -> None:
    names = [CONVENTIONS["ICT FaceKit"].names[key] for key in CONVENTIONS["ICT FaceKit"].entries]
    report = match(*names)
    for name in names:
        found = _drive(report.rig_map.drives, name)
        assert list(found) == _ict_truth(name), name
    driven = {channel for drive in report.rig_map.drives.values() for channel in drive.gains}
    assert driven == set(ARKIT_CHANNELS) - {"tongueOut"}


@pytest.mark.parametrize(
    "name",
    [
        "jaw_open", "JAWOPEN", "Jaw Open", "jawopen", "jawOpen_ctrl", "bs_jawOpen", "JawOpen1", "open_jaw",
    ],
)  # fmt: skip
def test_writing_does_not_matter(name: str) -> None:
    assert [*gains(name).values()] == [{"jawOpen": 1.0}]


@pytest.mark.parametrize(
    "name",
    ["mouthSmile_L", "mouthSmileLeft", "l_mouth_smile", "Left_MouthSmile", "mouthsmileleft", "smile_lft",
     "lipCornerPuller_L", "mouth_cornerPull_l", "hero:MouthSmile_Left", "L_smile_geo"],
)  # fmt: skip
def test_sides_are_told_however_they_are_written(name: str) -> None:
    assert [*gains(name).values()] == [{"mouthSmileLeft": 1.0}]


def test_a_rig_that_no_file_knows_is_read_by_its_words() -> None:
    names = """InnerBrowRaiserL: browInnerUp, BrowLowererR: browDownRight, OuterBrowRaiserL: browOuterUpLeft,
        CheekRaiserL: cheekSquintLeft, CheekSuckL: , CheekPuffR: cheekPuff, DimplerL: mouthDimpleLeft,
        EyesClosedL: eyeBlinkLeft, EyesLookLeftL: eyeLookOutLeft, EyesLookRightL: eyeLookInLeft,
        JawDrop: jawOpen, JawThrust: jawForward, JawSidewaysLeft: jawLeft, LidTightenerL: eyeSquintLeft,
        LipCornerDepressorL: mouthFrownLeft, LipCornerPullerL: mouthSmileLeft, LipPressorL: mouthPressLeft,
        LipStretcherL: mouthStretchLeft, LipTightenerL: , LipsToward: , LowerLipDepressorL: mouthLowerDownLeft,
        NoseWrinklerL: noseSneerLeft, UpperLidRaiserL: eyeWideLeft, UpperLipRaiserL: mouthUpperUpLeft,
        TongueOut: tongueOut"""
    truth = dict(entry.strip().split(":") for entry in names.split(","))
    found = {name: ", ".join(drive) for name, drive in gains(*truth).items()}
    assert found == {name: channel.strip() for name, channel in truth.items() if channel.strip()}


def test_what_all_names_share_does_not_matter() -> None:
    found = gains("zork_jawOpen_v", "zork_mouthFunnel_v", "zork_smile_L_v", "zork_tail_v")
    assert found == {
        "zork_jawOpen_v": {"jawOpen": 1.0},
        "zork_mouthFunnel_v": {"mouthFunnel": 1.0},
        "zork_smile_L_v": {"mouthSmileLeft": 1.0},
    }


def test_one_shape_for_both_sides_takes_their_mean() -> None:
    assert gains("blink") == {"blink": {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5}}


def test_halves_and_quarters_of_one_motion_are_all_driven() -> None:
    found = gains("lips_funnel_UL", "lips_funnel_UR", "lips_funnel_DL", "lips_funnel_DR", "cheekPuff_L", "cheekPuff_R")
    assert {name for name, drive in found.items() if drive == {"mouthFunnel": 1.0}} == {
        "lips_funnel_UL", "lips_funnel_UR", "lips_funnel_DL", "lips_funnel_DR"
    }  # fmt: skip
    assert found["cheekPuff_L"] == found["cheekPuff_R"] == {"cheekPuff": 1.0}


def test_a_look_to_one_side_is_outward_for_one_eye_and_inward_for_the_other() -> None:
    assert gains("eyeLookLeft_L", "eyeLookLeft_R", "R_eye_look_right") == {
        "eyeLookLeft_L": {"eyeLookOutLeft": 1.0},
        "eyeLookLeft_R": {"eyeLookInRight": 1.0},
        "R_eye_look_right": {"eyeLookOutRight": 1.0},
    }


@pytest.mark.parametrize(
    "name",
    ["open", "left", "L", "up", "visibility", "blendParent1", "noseWiggle", "jawOpen_fix", "mouthSmileOpen_L",
     "smile_jaw", "earUp_L", "tongue_Rot_1X", "head_turn_L", "mouth", "eye", "lid_L", "A", "E", "O", "aa", "mouth左",
     "stretch", "ikBlend", "brow", "mouthSmile_L_R", "eyeLook_L"],
)  # fmt: skip
def test_a_name_that_means_nothing_clear_drives_nothing(name: str) -> None:
    assert gains(name) == {}


def test_joints_are_matched_by_their_full_name_only() -> None:
    rig = Rig("hero", (RigAttribute("hero:jaw.rotateX", "rotate"), RigAttribute("hero:jaw_jnt.rotateX", "rotate")))
    assert list(matched_by_name(rig, STANDARD_CHANNELS).rig_map.drives) == ["hero:jaw.rotateX"]


def test_a_panel_of_controls_is_read_with_the_names_of_its_nodes() -> None:
    names = (
        "x.mouthClose",
        "jaw_ctl.open",
        "mouth_ctl.open",
        "L_smile_ctl.weight",
        "R_eye_ctl.blink",
        "root_ctl.visibility",
    )
    report = match(*names)
    assert {name: list(drive.gains) for name, drive in report.rig_map.drives.items()} == {
        "x.mouthClose": ["mouthClose"], "jaw_ctl.open": ["jawOpen"],
        "L_smile_ctl.weight": ["mouthSmileLeft"], "R_eye_ctl.blink": ["eyeBlinkRight"]
    }  # fmt: skip


def test_one_channel_drives_the_same_shape_on_every_mesh() -> None:
    assert len(match("face.jaw_open", "teeth.jaw_open", "beard.jaw_open").rig_map.drives) == 3


def test_of_two_names_for_one_motion_the_surer_is_driven() -> None:
    report = match("mouthSmile_L", "mouthCornerUp_L", "browInnerUp", "jawOpen")
    assert "face.mouthSmile_L" in report.rig_map.drives
    assert "face.mouthCornerUp_L" in report.unmatched_attributes


def test_a_doubtful_name_is_a_question_with_candidates() -> None:
    report = match("jawOpne", "mouthFunnel", "mouthPucker")
    question = report.questions[0]
    assert (question.attribute, question.why) == ("face.jawOpne", "the name is only similar")
    assert dict(question.candidates[0].drive.gains) == {"jawOpen": 1.0}
    assert question.candidates[0].match.confidence < SURE
    assert open_questions(with_drive(report.rig_map, "face.jawOpne", question.candidates[0].drive), report) == ()


def test_a_raised_brow_is_the_outer_one_only_beside_an_inner_one() -> None:
    assert "brow_raise_l" in gains("brow_raise_l", "brow_raise_c")
    assert match("brow_raise_l").questions[0].why == "the name may mean more than that"


def test_closed_lips_mean_nothing_without_a_jaw_that_they_undo() -> None:
    assert "lips_closed" in gains("lips_closed", "jaw_open")
    assert gains("lips_closed") == {}


def test_a_jaw_closes_for_lips_that_nothing_else_closes() -> None:
    report = match("jaw_open", "mouth_pucker")
    drive = report.rig_map.drives["face.jaw_open"]
    assert (dict(drive.gains), drive.limits) == ({"jawOpen": 1.0, "mouthClose": -1.0}, (0.0, math.inf))
    assert "'jaw_open' closes for them" in report.notes[0]
    with_seal = match("jaw_open", "mouth_pucker", "mouth_close")
    assert dict(with_seal.rig_map.drives["face.jaw_open"].gains) == {"jawOpen": 1.0}
    assert not with_seal.notes


def test_an_attribute_that_counts_to_ten_gets_ten_times_the_weight() -> None:
    rig = Rig("hero", (RigAttribute("ctl.jaw_open", "weight", lowest=0.0, highest=10.0),))
    drive = matched_by_name(rig, ("jawOpen",)).rig_map.drives["ctl.jaw_open"]
    assert (dict(drive.gains), drive.limits) == ({"jawOpen": 10.0}, (0.0, 10.0))


def test_whole_mouth_shapes_stay_at_rest_beside_parts_that_make_them() -> None:
    visemes = [f"viseme_{name}" for name in ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E")]
    report = match(*ARKIT_CHANNELS, *visemes, "mouthOpen", "eyesClosed")
    assert {name.rpartition(".")[2] for name in report.rig_map.drives} == set(ARKIT_CHANNELS)
    assert "stay at rest" in report.notes[0]
    alone = match(*visemes)
    assert "face.viseme_PP" in alone.rig_map.drives
    assert alone.conventions == ("Oculus visemes",)


def test_a_map_holds_the_speech_signals_that_it_uses_and_no_others() -> None:
    report = match("A", "I", "U", "E", "O")
    derived = report.rig_map.derived
    assert {"sayAh", "gape", "lipsApart"} <= set(derived)
    assert "sayM" not in derived
    for name, item in derived.items():
        later = list(derived)[list(derived).index(name) + 1 :]
        assert not set(item.channels) & set(later)


def test_channels_that_the_model_does_not_give_drive_nothing() -> None:
    report = matched_by_name(rig_of("jaw_open", "tongue_up", "viseme"), ("jawOpen",))
    assert list(report.rig_map.drives) == ["face.jaw_open"]


def test_speech_signals_and_phrases_name_only_channels_that_exist() -> None:
    assert sources_of(speech_signals(), speech_signals()) <= set(STANDARD_CHANNELS)
    table = naming_words_from(json.loads((PRESETS / "naming_words.json").read_text("utf-8")))
    plain = {phrase.channels for found in table.phrases.values() for phrase in found}
    named = {name.replace(mark, "Left") for name in plain for mark in "*@" if not {"*", "@"} <= set(name)}
    assert {name for name in named if "*" not in name and "@" not in name} <= set(STANDARD_CHANNELS)


def test_matching_thousands_of_attributes_takes_no_time_to_notice() -> None:
    names = [f"part{index}_ctl.squash" for index in range(3000)]
    report = match(*names, *ARKIT_CHANNELS)
    assert len(report.rig_map.drives) == len(ARKIT_CHANNELS)


def _match_convention(
    convention: Convention, conventions: Sequence[Convention]
) -> tuple[MatchReport, dict[str, tuple[str, tuple[str, ...]]]]:
    """A rig with all names of a convention, and each attribute's key; names that real rigs have beside it as well."""
    names = {f"face.{name}": key for key, name in convention.names.items()}
    beside = ARKIT_CHANNELS if convention.name == "Ready Player Me" else ()
    return match(*names, *beside, conventions=conventions), names


def _sources(names: Iterable[str]) -> frozenset[str]:
    return sources_of(names, speech_signals())


def _drive(drives: Mapping[str, Drive], name: str) -> dict[str, float]:
    found = drives.get(f"face.{name}")
    return {} if found is None else {channel: gain for channel, gain in found.gains.items() if gain > 0}


def _ict_truth(name: str) -> list[str]:
    if name.startswith(("cheekRaiser", "PupilDilate")):
        return []
    for channel in (name.replace("_L", "Left").replace("_R", "Right"), name.rpartition("_")[0]):
        if channel in ARKIT_CHANNELS:
            return [channel]
    raise AssertionError(name)
