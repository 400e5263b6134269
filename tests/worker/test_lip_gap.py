"""How a package's lip gap answers to its shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f.core.closures import GENERIC_LIP_GAP
from maya_a2f.worker.lip_gap import measured_lip_gap
from maya_a2f.worker.package_reading import load_package
from tests.package_factory import make_package

DEFAULT_PACKAGE = Path(__file__).resolve().parents[2] / "engines" / "default"


def test_a_package_of_an_unknown_face_gets_apples_meaning(tmp_path: Path) -> None:
    make_package(tmp_path / "tiny")
    assert measured_lip_gap(load_package(tmp_path / "tiny")) is GENERIC_LIP_GAP


def test_a_missing_head_leaves_apples_meaning(tmp_path: Path) -> None:
    make_package(tmp_path / "tiny")
    assert measured_lip_gap(load_package(tmp_path / "tiny"), tmp_path / "nowhere") is GENERIC_LIP_GAP


@pytest.mark.skipif(not (DEFAULT_PACKAGE / "network.onnx").exists(), reason="the default package is not here")
def test_on_the_default_head_mouth_close_undoes_the_jaw_and_the_funnel_opens() -> None:
    gain = measured_lip_gap(load_package(DEFAULT_PACKAGE)).cm_per_weight
    assert gain["jawOpen"] == pytest.approx(-gain["mouthClose"], rel=0.05)
    assert gain["jawOpen"] > 2.0
    assert gain["mouthFunnel"] > 0.3
    assert "eyeBlinkLeft" not in gain
