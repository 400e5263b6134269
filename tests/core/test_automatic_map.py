"""Which map a character starts with, and what a panel and a script can say about it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from maya_a2f.core.automatic_map import automatic_map
from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.mirroring import mirrored_drive
from maya_a2f.core.piecewise import curve_values
from maya_a2f.core.readiness import readiness_of, remarks_of
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.core.rig_map import Derived, Drive, RigMap, write_rig_map
from maya_a2f.core.take import Take

FACE = Rig("hero", tuple(RigAttribute(f"face.{name}", "weight") for name in ("jawOpen", "mouthClose", "blink1_l")))
SEAL = {"seal": Derived("min", (("jawOpen", 1.0), ("mouthClose", 1.0)))}


def test_a_saved_map_comes_before_the_shipped_one_and_that_before_names(tmp_path: Path) -> None:
    shipped = RigMap("shipped", {"face.jawOpen": Drive({"jawOpen": 2.0})})
    assert automatic_map(FACE, ARKIT_CHANNELS).report.matches["face.jawOpen"].why == "same name"
    chosen = automatic_map(FACE, ARKIT_CHANNELS, (tmp_path,), (shipped,))
    assert (chosen.rig_map, chosen.path) == (shipped, None)
    write_rig_map(RigMap("saved", {"face.mouthClose": Drive({"jawOpen": 3.0})}), tmp_path / "saved.json")
    chosen = automatic_map(FACE, ARKIT_CHANNELS, (tmp_path,), (shipped,))
    assert (chosen.rig_map.name, chosen.path) == ("saved", tmp_path / "saved.json")
    assert chosen.rig_map.folder == tmp_path
    assert chosen.report.matches["face.mouthClose"].why == "from saved.json"
    assert chosen.report.unmatched_attributes == ("face.jawOpen", "face.blink1_l")


def test_several_maps_that_fit_and_one_that_cannot_be_read_are_remarked(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_rig_map(RigMap(name, {"face.jawOpen": Drive({"jawOpen": 1.0})}), tmp_path / f"{name}.json")
    (tmp_path / "c.json").write_text('{"schema": "a2f.rig_map/2"')
    notes = " ".join(automatic_map(FACE, ARKIT_CHANNELS, (tmp_path,)).notes)
    assert "'a.json' is used; 'b.json' fit as well" in notes
    assert "c.json" in notes


def test_open_questions_make_one_sentence() -> None:
    names = ("blink1_l", "blink2_l", "jawOpen", "blink1_r", "blink2_r")
    rig = Rig("hero", tuple(RigAttribute(f"face.{name}", "weight") for name in names))
    asked = automatic_map(rig, ARKIT_CHANNELS).asked
    assert "'face.blink1_l', 'face.blink2_l', 'face.blink1_r' and 1 more" in asked
    assert automatic_map(Rig("hero", rig.attributes[2:3]), ARKIT_CHANNELS).asked == ""


def test_derived_channels_and_joints_count_as_what_they_move() -> None:
    joints = JointSection({"jaw": JointDrive("jaw"), "eye_l": JointDrive("leftEye"), "eye_r": JointDrive("rightEye")})
    rig_map = RigMap("m", {"face.jawOpen": Drive({"seal": 1.0})}, derived=SEAL, joints=joints)
    rig = Rig("hero", FACE.attributes, (RigJoint("jaw"), RigJoint("eye_l"), RigJoint("eye_r")))
    assert readiness_of(rig, rig_map).words == "2 of 52 shapes, jaw joint, 2 eyes, no tongue"
    assert remarks_of(rig, rig_map) == ()
    assert "'jaw', 'eye_l', 'eye_r'" in remarks_of(FACE, rig_map)[0]


def test_a_channel_that_nobody_gives_is_named() -> None:
    rig_map = RigMap("m", {"face.jawOpen": Drive({"jawOpen": 1.0, "jawOpn": 1.0, "tongueUp": 1.0})})
    assert any("'jawOpn'" in remark for remark in remarks_of(FACE, rig_map))
    notes = retargeted(Take(Fraction(30), {"jawOpen": [0.5]}), rig_map, FACE).notes
    assert notes == ("The rig map follows 'jawOpn', which this take does not have.",)


def test_a_mirrored_turn_keeps_its_curve_with_the_other_sign() -> None:
    drive = Drive({"mouthSmileLeft": 1.0}, curve=((0.0, 0.0), (1.0, 20.0)), rest=5.0)
    mirrored = mirrored_drive(drive, "l_corner.rotateZ")
    assert mirrored == Drive({"mouthSmileRight": 1.0}, curve=((0.0, 0.0), (1.0, -20.0)), rest=-5.0)


def test_a_curve_goes_through_its_points() -> None:
    curve = ((-1.0, 0.5), (0.0, 0.0), (0.1, 1.0), (2.0, -1.0))
    assert curve_values(curve, (-3.0, -1.0, -0.5, 0.0, 0.05, 0.1, 2.0, 9.0)) == [
        0.5, 0.5, 0.25, 0.0, 0.5, 1.0, -1.0, -1.0
    ]  # fmt: skip
