"""A pose of the character as an example: this is the jaw open."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtWidgets import QApplication, QMenu

from maya_a2f.core.joint_calibration import OPEN_JAW_DEGREES
from maya_a2f.core.rig import Rig, RigAttribute, RigJoint
from maya_a2f.ui.character_section import CharacterSection
from maya_a2f.ui.panel_host import FoundCharacter
from tests.ui.face_host import FaceHost

ATTRIBUTES = tuple(RigAttribute(f"thing_ctl.rotate{axis}", "rotate") for axis in "XYZ")
HERO = FoundCharacter(
    "hero", Rig("hero", (*ATTRIBUTES, RigAttribute("face.jawOpen", "weight")), (RigJoint("thing_ctl"),))
)


class PosedHost(FaceHost):
    def pose_values(self, character: str) -> dict[str, float]:
        return {
            attribute.name: self.values.get(attribute.name, 0.0) for attribute in self.found[character].rig.attributes
        }


def actions(section: CharacterSection) -> list[str]:
    menus: list[QMenu] = section.findChildren(QMenu)
    return [action.text().replace("&", "") for menu in menus for action in menu.actions()]


def test_what_was_moved_opens_the_jaw_from_now_on_and_undo_takes_it_back(app: QApplication):
    host = PosedHost(HERO)
    section = CharacterSection(host)
    section.choose("hero")
    before = section.rig_map()
    host.values["thing_ctl.rotateZ"] = -38.6
    section.take_example()
    made = section.rig_map()
    assert made is not None
    assert made.joints.drives["thing_ctl"].turn["jaw.rotateX"] == pytest.approx((0, 0, -38.6 / OPEN_JAW_DEGREES))
    assert "Put the character back" in section.message.text
    section.document.stack.undo()
    assert section.rig_map() == before


def test_a_pose_that_is_at_rest_is_refused_in_words(app: QApplication):
    section = CharacterSection(PosedHost(HERO))
    section.choose("hero")
    section.take_example()
    assert "nothing has moved" in section.message.text


def test_the_menu_offers_it_only_where_a_character_can_be_posed(app: QApplication):
    words = "This pose is the open jaw"
    assert words in actions(CharacterSection(PosedHost(HERO)))
    assert words not in actions(CharacterSection(FaceHost(HERO)))
