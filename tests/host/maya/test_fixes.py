"""What keeps an attribute from taking keys can be offered a fix; nothing is done unasked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fake_maya.scenes import add_reference, build_head
from tests.fake_maya.session import Session
from tests.host.maya.benches import JAW_OPEN, JAW_TURN, TIMELINE, host, turn, weight

# isort: split
from maya import cmds

from maya_a2f.host.maya.fixes import apply_fixes, fixable
from maya_a2f.host.maya.scan import Character, read_character


@pytest.fixture
def scene(maya: Session) -> Session:
    build_head(maya.scene)
    return maya


def character(name: str = "jaw_jnt") -> Character:
    return read_character([name])


def _uuid(scene: Session, name: str) -> str:
    return next(node.uuid for node in scene.scene.nodes.values() if node.name == name)


def _locked_curve(scene: Session) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=1)
    cmds.lockNode("jaw_jnt_rotateX", lock=True)


def _muted(scene: Session) -> None:
    cmds.setKeyframe(JAW_TURN, time=1, value=1)
    cmds.mute(JAW_TURN)


def _all_at_once(scene: Session) -> None:
    _muted(scene)
    cmds.setAttr(JAW_TURN, lock=True)
    cmds.lockNode("jaw_jnt", lock=True)


HELPED: dict[str, tuple[Callable[[Session], object], str]] = {
    "a locked attribute": (lambda scene: cmds.setAttr(JAW_TURN, lock=True), "Unlock"),
    "a locked compound": (lambda scene: cmds.setAttr("jaw_jnt.rotate", lock=True), "Unlock 'rotate'"),
    "a locked node": (lambda scene: cmds.lockNode("jaw_jnt", lock=True), "Unlock its node"),
    "a locked curve": (_locked_curve, "Unlock its curve"),
    "a muted channel": (_muted, "Unmute"),
    "several at once": (_all_at_once, "Unlock its node and unlock and unmute"),
}


@pytest.mark.parametrize("what", HELPED)
def test_the_fix_lets_keys_land_and_is_one_undo_step(scene: Session, what: str) -> None:
    build, words = HELPED[what]
    build(scene)
    before = scene.scene.state()
    found = character()
    assert fixable(found)[JAW_TURN].words == words
    assert scene.scene.state() == before, "looking changes nothing"
    assert apply_fixes(found, [JAW_TURN]) == (JAW_TURN,)
    fixed = scene.scene.state()
    report = host().bake([turn({1: 3, 2: 4})], timeline=TIMELINE)
    assert report.written == (JAW_TURN,)
    cmds.undo()
    assert scene.scene.state() == fixed
    cmds.undo()
    assert scene.scene.state() == before


def test_only_the_attributes_asked_for_are_changed(scene: Session) -> None:
    for name in (JAW_TURN, "jaw_jnt.rotateY"):
        cmds.setAttr(name, lock=True)
    apply_fixes(character(), [JAW_TURN])
    assert not cmds.getAttr(JAW_TURN, lock=True)
    assert cmds.getAttr("jaw_jnt.rotateY", lock=True)


def test_an_envelope_of_zero_is_offered_to_be_set_to_one(scene: Session) -> None:
    cmds.setAttr("face_shapes.envelope", 0.0)
    found = character()
    assert fixable(found)[JAW_OPEN].words == "Set the envelope to 1"
    assert host().bake([weight({1: 1})], timeline=TIMELINE).notes
    apply_fixes(found, [JAW_OPEN])
    assert cmds.getAttr("face_shapes.envelope") == 1.0
    assert host().bake([weight({1: 1})], timeline=TIMELINE).notes == ()


def test_an_envelope_that_is_keyed_or_locked_is_left_to_the_animator(scene: Session) -> None:
    cmds.setKeyframe("face_shapes.envelope", time=1, value=0.0)
    assert fixable(character()) == {}
    cmds.undo()
    cmds.setAttr("face_shapes.envelope", 0.0)
    cmds.setAttr("face_shapes.envelope", lock=True)
    assert fixable(character()) == {}


def _constraint(scene: Session) -> None:
    node = scene.scene.create("orientConstraint", "aim")
    scene.scene.connect((node.uuid, "constraintRotateX"), (_uuid(scene, "jaw_jnt"), "rotateX"))
    cmds.setAttr(JAW_TURN, lock=True)


def _constraint_behind_a_mute(scene: Session) -> None:
    node = scene.scene.create("orientConstraint", "aim")
    scene.scene.connect((node.uuid, "constraintRotateX"), (_uuid(scene, "jaw_jnt"), "rotateX"))
    cmds.mute(JAW_TURN)


@pytest.mark.parametrize("build", [_constraint, _constraint_behind_a_mute])
def test_what_would_not_lead_to_keys_is_not_offered(scene: Session, build: Callable[[Session], None]) -> None:
    build(scene)
    assert fixable(character()) == {}


def test_locks_of_referenced_nodes_are_not_ours_to_open(maya: Session) -> None:
    build_head(maya.scene, namespace="bob", reference="bobRN")
    maya.scene.set_locked((_uuid(maya, "bob:jaw_jnt"), "rotateX"), True)
    assert fixable(character("bob:jaw_jnt")) == {}


def test_a_locked_curve_that_came_with_a_reference_is_left(scene: Session) -> None:
    _locked_curve(scene)
    add_reference(scene.scene, "animRN", "anim")
    scene.scene.nodes[_uuid(scene, "jaw_jnt_rotateX")].reference = "animRN"
    assert fixable(character()) == {}


def test_nothing_to_fix_makes_no_undo_step(scene: Session) -> None:
    steps = len(scene.undo.done)
    assert apply_fixes(character(), [JAW_TURN, "no.such"]) == ()
    assert len(scene.undo.done) == steps


def test_a_fix_that_maya_refuses_takes_back_the_others(scene: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    _all_at_once(scene)
    found, before = character(), scene.scene.state()

    def refuse(*names: str, **flags: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(cmds, "mute", refuse, raising=False)
    from maya_a2f.errors import HostError

    with pytest.raises(HostError) as caught:
        apply_fixes(found, [JAW_TURN])
    assert caught.value.code == "maya.refused"
    assert scene.scene.state() == before
