"""Eyes and head in the panel: what is chosen reaches the solve, survives a restart, and nonsense is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit

from maya_a2f.core.layers import GazeTarget, Layer, LayerSettings
from maya_a2f.ui.dial import Dial
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.layers_section import LayersSection


@pytest.fixture
def section(app: QApplication) -> Iterator[LayersSection]:
    widget = LayersSection()
    widget.restore({"open": True})
    widget.resize(420, 500)
    widget.show()
    yield widget
    widget.close()


def dial(section: LayersSection, name: str) -> Dial:
    return next(found for found in section.findChildren(Dial) if found.name == name)


def change(section: LayersSection, name: str, value: float) -> None:
    dial(section, name)._change(value)


def box(section: LayersSection, word: str) -> QCheckBox:
    return next(found for found in section.findChildren(QCheckBox) if word in found.text())


def test_untouched_it_asks_for_nothing_and_keeps_what_is_there(section: LayersSection) -> None:
    assert section.layers() == LayerSettings()
    assert section.keep_existing() == {"eyes", "head"}


def test_what_is_chosen_is_told_and_asked_for(section: LayersSection) -> None:
    spy = QSignalSpy(section.changed)
    change(section, "head", 0.0)
    change(section, "seed", 7.0)
    change(section, "gazeLeft", 10.0)
    box(section, "measured").click()
    box(section, "Keep").click()
    assert spy.count() == 5
    made = section.layers()
    assert made.head == Layer(0.0, 7)
    assert made.blinks == Layer(None, 7)
    assert made.saccade_kind == "natural"
    assert made.targets == (GazeTarget(10.0, 0.0),)
    assert section.keep_existing() == frozenset()


def test_held_gazes_are_read_and_nonsense_is_said_beside_the_field(section: LayersSection) -> None:
    field = next(found for found in section.findChildren(QLineEdit) if found.placeholderText())
    message = section.findChild(FieldMessage)
    for text, count in (("12,-4@3-6; 0,0@8-9", 2), ("12", 0), ("", 0)):
        field.setText(text)
        field.editingFinished.emit()
        assert len(section.layers().targets) == count
        assert message.isVisible() is (text == "12")


def test_it_comes_back_as_it_was_and_survives_damage(section: LayersSection) -> None:
    change(section, "blinks", 1.5)
    change(section, "gazeUp", -6.0)
    box(section, "Keep").click()
    other = LayersSection()
    other.restore(section.state())
    assert other.layers() == section.layers()
    assert other.keep_existing() == frozenset()
    for damage in (None, [], {"strengths": 3, "gaze": ["x"], "held": 4, "natural": "no", "seed": "x"}):
        other.restore(damage)
        assert other.layers() == LayerSettings()
