"""A model with several faces in the panel, with the real worker."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from maya_a2f import settings
from maya_a2f.ui.keys_section import KeysSection
from maya_a2f.ui.panel import A2FPanel
from tests.ui.conftest import WaitUntil
from tests.ui.fake_panel_host import FakePanelHost


@pytest.fixture
def section(app: QApplication, tmp_path: Path) -> Iterator[KeysSection]:
    made = KeysSection(FakePanelHost(folder=tmp_path))
    made.show()
    yield made
    made.deleteLater()


def test_faces_are_asked_for_only_where_there_are_several(section: KeysSection) -> None:
    assert not section._identity.isVisible()
    section.set_identities(["Claire", "James"])
    assert section._identity.isVisible()
    assert section.identity() == ""
    section.set_identities(["tiny"])
    assert not section._identity.isVisible()


def test_the_chosen_face_is_told_and_kept(section: KeysSection) -> None:
    told: list[str] = []
    section.identityChanged.connect(told.append)
    section.set_identities(["Claire", "James"])
    section._identity.setCurrentText("James")
    section.set_identities(["Claire", "James"])
    assert told == ["James"]
    assert section.identity() == "James"
    assert section.model_words().endswith(", James")


def test_a_saved_face_waits_until_its_model_is_known(section: KeysSection) -> None:
    section.restore({"model": "v3", "identity": "mark"})
    assert section.identity() == "mark"
    section.set_identities(["Claire", "James", "Mark"])
    assert section.identity() == "Mark"
    assert section.state()["identity"] == "Mark"


def test_another_model_has_other_faces(section: KeysSection) -> None:
    section.set_models(["default", "v3"])
    section.set_identities(["Claire", "James"])
    section._identity.setCurrentText("James")
    section._model.setCurrentIndex(section._model.findData("v3"))
    assert section.identity() == ""
    assert not section._identity.isVisible()


@pytest.mark.skipif(settings.worker_python() is None, reason="needs the worker's environment")
def test_the_panel_learns_the_faces_and_shows_each_ones_own_values(
    app: QApplication, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx", reason="the package is made with it")
    factory = importlib.import_module("tests.diffusion_package_factory")
    factory.make_diffusion_package(tmp_path / "models" / "v3", vertices=61, tongue_vertices=22)
    monkeypatch.setenv("MAYA_A2F_MODEL_PATH", str(tmp_path / "models"))
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    panel = A2FPanel(FakePanelHost(folder=tmp_path))
    panel.show()
    try:
        keys = panel.keys_section
        wait_until(lambda: keys._model.findData("v3") >= 0, 60)
        keys._model.setCurrentIndex(keys._model.findData("v3"))
        wait_until(lambda: keys._identity.count() == 3, 60)
        strength = panel.look_section._dials["lowerFaceStrength"]
        assert strength.default == pytest.approx(1.25)
        keys._identity.setCurrentText("Mark")
        assert panel.dial_settings().identity == "Mark"
        wait_until(lambda: strength.default == pytest.approx(1.15), 60)
    finally:
        panel.close_down()
        panel.hide()
        panel.deleteLater()
