"""Frames and ticks, degrees and radians, at the host's border."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from tests.fake_maya.session import Session
from tests.host.maya import benches  # noqa: F401 - puts the fake on the path

# isort: split
from maya.api import OpenMaya

from maya_a2f.host.maya import units


def test_the_rate_is_the_one_the_unit_names(maya: Session) -> None:
    for unit, rate in (
        ("film", Fraction(24)),
        ("23.976fps", Fraction(24000, 1001)),
        ("29.97df", Fraction(30000, 1001)),
    ):
        maya.scene.time_unit = unit
        assert units.scene_rate() == rate


def test_mayas_own_length_of_a_frame_has_the_last_word(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    maya.scene.time_unit = "23.976fps"
    seconds = OpenMaya.MTime.asUnits
    monkeypatch.setattr(OpenMaya.MTime, "asUnits", lambda self, unit: seconds(self, unit) * 24000 / 1001 / 23.976)
    assert units.scene_rate() == Fraction("23.976")


@pytest.mark.parametrize("frame", [0.0, -100.25, 1001.5, 86_400.125, 2.000001])
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(120)])
def test_a_frame_survives_the_way_into_maya_and_back(maya: Session, frame: float, rate: Fraction) -> None:
    ticks = units.ticks_of_frame(frame, rate)
    assert abs(ticks - Fraction(frame) * 141_120_000 / rate) <= Fraction(1, 2)
    assert units.ticks_of_time(units.time_of_ticks(ticks)) == ticks
    assert units.frame_of_ticks(ticks, rate) == pytest.approx(frame, abs=float(rate) / 141_120_000)


def test_only_rotations_are_converted() -> None:
    assert units.internal_value(180.0, "rotate") == math.pi
    assert units.internal_value(3.0, "translate") == units.internal_value(3.0, "weight") == 3.0
    assert units.outside_value(math.pi, "rotate") == 180.0
