from __future__ import annotations

import math
from dataclasses import replace

import pytest

from maya_a2f.core.joint_drives import JointDrive
from maya_a2f.core.joint_matching import joint_words, proposed_joints
from maya_a2f.core.joint_tracks import joint_tracks
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint

Place = tuple[float, float, float]
FACE: dict[str, Place] = {"jaw": (0, 158, 3), "left": (3.15, 165, 9), "right": (-3.15, 165, 9), "root": (0, 100, 0)}


def rig_of(joints: dict[str, tuple[str | None, Place]], weights: tuple[RigAttribute, ...] = (), **meshes: str) -> Rig:
    """Joints by name, each with its parent and its place in the world, with world axes."""
    described = []
    for name, (parent, place) in joints.items():
        above = joints[parent][1] if parent else (0.0, 0.0, 0.0)
        x, y, z = (own - other for own, other in zip(place, above, strict=True))
        rows = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, *above, 1.0)
        deformed = (meshes[name],) if name in meshes else ()
        described.append(RigJoint(name, parent, (x, y, z), parent_matrix=rows, meshes=deformed))
    attributes = [
        RigAttribute(f"{joint.name}.{word}{axis}", word, rest)  # type: ignore[arg-type]
        for joint in described
        for word, rests in (("rotate", joint.rotate), ("translate", joint.translate))
        for axis, rest in zip("XYZ", rests, strict=True)
    ]
    return Rig("hero", (*attributes, *weights), tuple(described))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CC_Base_JawRoot", ("cc", "base", "jaw", "root")),
        ("hero:FACIAL_C_Tongue2", ("facial", "c", "tongue", "2")),
        ("grp|LEye", ("l", "eye")),
        ("eyelidUpL_01jnt", ("eyelid", "up", "l", "01", "jnt")),
        ("leftEyeJNT", ("left", "eye", "jnt")),
    ],
)
def test_names_fall_into_words(name, words):
    assert joint_words(name) == words


@pytest.mark.parametrize(
    ("jaw", "left", "right"),
    [
        ("jaw_jnt", "eye_L_jnt", "eye_R_jnt"), ("Jaw_M", "Eye_L", "Eye_R"),
        ("FACIAL_C_Jaw", "FACIAL_L_Eye", "FACIAL_R_Eye"),
        ("CC_Base_JawRoot", "CC_Base_L_Eye", "CC_Base_R_Eye"), ("Jaw", "LeftEye", "RightEye"),
        ("c_jaw_bind", "lf_eyeball", "rt_eyeball"), ("def_jaw", "def_eye_L", "def_eye_R"),
    ],
)  # fmt: skip
def test_jaw_and_eyes_are_found_in_many_conventions(jaw, left, right):
    rig = rig_of({
        "root": (None, FACE["root"]), jaw: ("root", FACE["jaw"]), f"{jaw}End": (jaw, (0, 154, 12)),
        left: ("root", FACE["left"]), right: ("root", FACE["right"]),
    })  # fmt: skip
    section = proposed_joints(rig).section
    assert {name: drive.motion for name, drive in section.drives.items()} == {
        jaw: "jaw", left: "leftEye", right: "rightEye",
    }  # fmt: skip
    assert section.scale == 1.0
    assert section.jaw_pivot == pytest.approx((0, 165 - 7.62, 9.36))


def test_the_eyes_say_where_the_character_faces_and_how_large_its_head_is():
    """A giant of ten times our size that faces −X, in a world with Z up."""
    rig = rig_of({
        "root": (None, (0, 0, 0)), "jaw": ("root", (-30, 0, 1580)),
        "eye_L": ("root", (-90, -31.5, 1650)), "eye_R": ("root", (-90, 31.5, 1650)),
    })  # fmt: skip
    section = proposed_joints(rig).section
    assert (section.up, section.forward, section.scale) == ((0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), 10.0)
    assert section.jaw_pivot == pytest.approx((-90 - 3.6, 0, 1650 - 76.2))
    opened = joint_tracks({"jaw.rotateX": [10.0]}, 1, section, rig)
    values = {track.attribute: track.samples[0] for track in opened.tracks}
    assert values["jaw.rotateY"] == pytest.approx(-10.0)


def test_a_chain_of_tongue_joints_is_counted_from_its_root_by_lengths():
    rig = rig_of({
        "jaw": (None, (0, 0, 0)), "tongue_03": ("tongue_02", (0, 0, 5)), "tongue_01": ("jaw", (0, 0, 1)),
        "tongue_02": ("tongue_01", (0, 0, 3)),
    })  # fmt: skip
    ordered = {name: (rig_part.parent, rig_part) for rig_part in rig.joints for name in [rig_part.name]}
    rig = Rig(
        "hero", rig.attributes, tuple(ordered[name][1] for name in ("jaw", "tongue_01", "tongue_02", "tongue_03"))
    )
    drives = proposed_joints(rig).section.drives
    assert [(name, drive.span) for name, drive in drives.items() if drive.motion == "tongue"] == [
        ("tongue_01", (0.0, 0.3333)), ("tongue_02", (0.3333, 0.6667)), ("tongue_03", (0.6667, 1.0)),
    ]  # fmt: skip


def test_a_tongue_that_forks_is_left_for_a_person():
    rig = rig_of({
        "tongue_1": (None, (0, 0, 0)), "tongue_2": ("tongue_1", (0, 0, 1)), "tongue_3": ("tongue_1", (1, 0, 1)),
    })  # fmt: skip
    found = proposed_joints(rig)
    assert not found.section.drives
    assert found.unsure == ("tongue_1", "tongue_2", "tongue_3")


def test_two_jaws_side_by_side_are_left_for_a_person():
    found = proposed_joints(rig_of({"jawA": (None, (0, 0, 0)), "jawB": (None, (1, 0, 0))}))
    assert found.unsure == ("jawA", "jawB")


def test_a_control_goes_before_the_joint_of_the_same_name():
    found = proposed_joints(rig_of({"jaw_jnt": (None, (0, 0, 0)), "jaw_ctl": (None, (0, 0, 0))}))
    assert list(found.section.drives) == ["jaw_ctl"]
    assert found.confidences["jaw_ctl"][0] < 1.0


def test_eyes_look_at_their_aim_control_where_there_is_one():
    rig = rig_of({
        "eye_L": (None, FACE["left"]), "eye_R": (None, FACE["right"]), "eyes_aim_ctl": (None, (0, 165, 60)),
    })  # fmt: skip
    assert proposed_joints(rig).section.drives == {
        "eyes_aim_ctl": JointDrive(aim=("leftEye", "rightEye"), centres=("eye_L", "eye_R"))
    }


def test_lids_turn_about_their_eye_to_meet():
    rig = rig_of({
        "eye_L": (None, FACE["left"]), "eye_R": (None, FACE["right"]),
        "lid_upper_L": (None, (3.15, 165.6, 10.1)), "lid_lower_L": (None, (3.15, 164.6, 10.2)),
    })  # fmt: skip
    section = proposed_joints(rig).section
    tracks = joint_tracks({"eyeBlinkLeft": [0.0, 1.0]}, 2, section, rig).tracks
    values = {track.attribute: list(track.samples) for track in tracks}
    assert values["lid_upper_L.rotateX"] == pytest.approx([0.0, 34.0])
    gap = [
        upper - lower
        for upper, lower in zip(values["lid_upper_L.translateY"], values["lid_lower_L.translateY"], strict=True)
    ]
    assert gap[1] < 0.35 * gap[0]


@pytest.mark.parametrize(
    "name",
    [
        "eyebrow_L",
        "eyelash_L",
        "eye_socket_L",
        "upperJaw",
        "jawEnd",
        "tongueTip_end",
        "L_eyeBag",
        "eyeline_L",
        "knee_L",
    ],
)
def test_what_only_sounds_like_a_face_joint_is_not_driven(name):
    assert not proposed_joints(rig_of({name: (None, (0, 0, 0))})).section.drives


def test_neck_and_head_share_the_heads_motion():
    drives = proposed_joints(
        rig_of({"neck_jnt": (None, (0, 0, 0)), "head_jnt": ("neck_jnt", (0, 9, 0))})
    ).section.drives
    assert {name: (drive.motion, drive.gain) for name, drive in drives.items()} == {
        "neck_jnt": ("head", 0.6), "head_jnt": ("head", 0.4),
    }  # fmt: skip


JAW_OPEN = RigAttribute("face.jawOpen", "weight", meshes=("face_geo",))


def test_a_jaw_joint_that_moves_the_mesh_of_jaw_open_is_muted_and_says_for_what():
    rig = rig_of({"jaw": (None, (0, 0, 0))}, (JAW_OPEN,), jaw="face_geo")
    found = proposed_joints(rig, {"jawOpen": ["face.jawOpen"]})
    assert found.section.drives == {"jaw": JointDrive("jaw", muted=True, instead="face.jawOpen")}
    assert "'face.jawOpen' stays in charge: the joint 'jaw'" in "".join(found.notes)


def test_lids_and_tongues_leave_the_work_to_shapes_of_their_mesh_too():
    joints = {"eye_L": (None, FACE["left"]), "lid_up_L": (None, (3.0, 166.0, 10.0)), "tongue_1": (None, (0, 158, 5))}
    rig = rig_of(joints, (RigAttribute("face.blink", "weight"),))
    given = {"eyeBlinkLeft": ["face.blink"], "tongueUp": ["t.up"], "tongueDown": ["t.dn"], "tongueLeft": ["t.l"],
             "tongueRight": ["t.r"]}  # fmt: skip
    drives = proposed_joints(rig, given).section.drives
    assert (drives["lid_up_L"].muted, drives["lid_up_L"].instead) == (True, "face.blink")
    assert (drives["tongue_1"].muted, drives["tongue_1"].instead) == (True, "t.up")
    assert not proposed_joints(rig, {"tongueUp": ["t.up"]}).section.drives["tongue_1"].muted


def test_joints_that_something_else_drives_are_left_alone_and_still_say_where_the_eyes_are():
    rig = rig_of({"eye_L": (None, FACE["left"]), "eye_R": (None, FACE["right"]), "eyes_aim_ctl": (None, (0, 165, 60)),
                  "jaw_jnt": (None, FACE["jaw"])})  # fmt: skip
    driven = tuple(replace(joint, is_driven=joint.name != "eyes_aim_ctl") for joint in rig.joints)
    found = proposed_joints(replace(rig, joints=driven))
    assert list(found.section.drives) == ["eyes_aim_ctl"]
    assert found.section.jaw_pivot is not None
    assert not found.unsure


def test_a_jaw_joint_that_only_moves_the_teeth_is_driven_beside_jaw_open():
    rig = rig_of({"jaw": (None, (0, 0, 0))}, (JAW_OPEN,), jaw="teeth_geo")
    assert proposed_joints(rig, {"jawOpen": ["face.jawOpen"]}).section.drives == {"jaw": JointDrive("jaw")}


def test_shapes_follow_the_eyes_and_the_tongue_where_no_joint_does():
    section = proposed_joints(Rig("h", ()), {"eyeLookUpLeft": ["f.up"], "tongueOut": ["f.out"]}).section
    assert section.eye_look
    assert section.tongue_out
    with_tongue = proposed_joints(Rig("h", ()), {"tongueUp": ["f.up"], "tongueOut": ["f.out"]}).section
    assert not with_tongue.tongue_out
    eyes = rig_of({"eye_L": (None, FACE["left"]), "eye_R": (None, FACE["right"])})
    assert not proposed_joints(eyes, {"eyeLookUpLeft": ["f.up"]}).section.eye_look


def test_a_rig_without_face_joints_gets_no_section():
    found = proposed_joints(rig_of({"hip": (None, (0, 0, 0))}))
    assert not found.section
    assert not found.notes


def test_a_jaw_without_eyes_says_that_size_and_facing_are_taken_for_granted():
    found = proposed_joints(rig_of({"jaw": (None, (0, 0, 0))}))
    assert "The eyes were not found" in found.notes[0]
    assert math.isclose(found.section.scale, 1.0)
