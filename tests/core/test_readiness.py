"""What a character can show, counted and in words."""

from __future__ import annotations

from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.readiness import STANDARD_CHANNELS, readiness_of, remarks_of
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap, with_drive

SHAPES = tuple(RigAttribute(f"face.{name}", "weight") for name in ARKIT_CHANNELS)
JOINTS = tuple(
    RigAttribute(name, "rotate" if "rotate" in name else "translate") for name in (*JAW_CHANNELS, *EYE_CHANNELS)
)
TONGUE = tuple(RigAttribute(f"tongue.{name}", "weight") for name in TONGUE_CHANNELS)


def matched(*attributes: RigAttribute) -> tuple[Rig, RigMap]:
    rig = Rig("hero", attributes)
    return rig, matched_by_name(rig, STANDARD_CHANNELS).rig_map


def test_a_face_with_joints_and_no_tongue() -> None:
    readiness = readiness_of(*matched(*SHAPES, *JOINTS))
    assert readiness.words == "52 of 52 shapes, jaw joint, 2 eyes, no tongue"
    assert readiness.is_ready
    assert readiness.is_complete


def test_shapes_alone() -> None:
    assert readiness_of(*matched(*SHAPES, *TONGUE)).words == "52 of 52 shapes, jaw shape, eyes by shapes, tongue"


def test_what_is_missing_is_named() -> None:
    readiness = readiness_of(*matched(*SHAPES[:50], *TONGUE[:3], JOINTS[6]))
    assert readiness.words == "50 of 52 shapes, jaw shape, 1 eye, 3 of 16 tongue shapes"
    assert readiness.missing_shapes == ARKIT_CHANNELS[50:]
    assert not readiness.is_complete


def test_a_character_without_faces_has_nothing() -> None:
    readiness = readiness_of(*matched(RigAttribute("ball.bounce", "weight")))
    assert readiness.words == "nothing is driven"
    assert not readiness.is_ready


def test_a_fit_drives_a_character_without_lines() -> None:
    rig = Rig("hero", (RigAttribute("face.ctl_001", "weight"), *SHAPES[:1]))
    fitted = RigMap("hero", {}, fit="hero.a2ffit.npz")
    readiness = readiness_of(rig, fitted)
    assert readiness.words == "driven by a fit by shape"
    assert readiness.is_ready
    assert readiness.is_complete
    assert remarks_of(rig, fitted, blocked={"face.ctl_001": "it is locked"}) == ()
    with_line = with_drive(fitted, SHAPES[0].name, Drive({ARKIT_CHANNELS[0]: 1.0}))
    assert readiness_of(rig, with_line).words == "driven by a fit by shape, 1 attribute by name"


def test_muted_and_blocked_attributes_do_not_count() -> None:
    rig, rig_map = matched(*SHAPES)
    muted = with_drive(rig_map, "face.jawOpen", Drive({"jawOpen": 1.0}, muted=True))
    assert readiness_of(rig, muted).words.startswith("51 of 52 shapes, no jaw")
    assert readiness_of(rig, rig_map, blocked={"face.jawOpen"}).words.startswith("51 of 52 shapes, no jaw")


def test_only_what_the_model_gives_is_asked_for() -> None:
    rig, rig_map = matched(*SHAPES, *JOINTS, *TONGUE)
    readiness = readiness_of(rig, rig_map, ARKIT_CHANNELS[:20])
    assert readiness.words == "20 of 20 shapes, jaw shape, eyes by shapes, no tongue"


def test_a_models_own_poses_count_beside_the_standard_ones() -> None:
    rig = Rig("hero", (RigAttribute("face.jawOpen", "weight"), RigAttribute("face.sneer_01", "weight")))
    channels = ("jawOpen", "sneer_01")
    assert readiness_of(rig, matched_by_name(rig, channels).rig_map, channels).words.startswith(
        "1 of 1 shapes and 1 more, jaw shape"
    )


def test_a_jaw_joint_driven_by_the_jaw_shape_is_a_joint() -> None:
    rig = Rig("hero", (RigAttribute("jaw_ctl.rotateZ", "rotate"),))
    assert readiness_of(rig, RigMap("m", {"jaw_ctl.rotateZ": Drive({"jawOpen": 20.0})})).jaw == "joint"


def test_remarks_name_what_the_map_cannot_drive() -> None:
    rig, rig_map = matched(*SHAPES[:3])
    assert remarks_of(rig, rig_map) == ()
    rig_map = with_drive(rig_map, "gone.x", Drive({"jawOpen": 1.0}))
    rig_map = with_drive(rig_map, SHAPES[0].name, Drive({"sneer": 1.0}))
    rig_map = with_drive(rig_map, SHAPES[1].name, Drive({"jawOpen": 1.0}, muted=True))
    gone, silent, muted = remarks_of(rig, rig_map)
    assert "'gone.x'" in gone
    assert SHAPES[0].name in silent
    assert SHAPES[1].name in muted
    assert "blocked" in remarks_of(rig, rig_map, blocked={attribute.name for attribute in rig.attributes})[-1]
