"""``a2f models`` and ``a2f doctor``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.package_factory import make_package


def test_list_names_what_is_there_and_where_it_looked(a2f: Command, models: Path) -> None:
    code, out, _ = a2f("models", "list")
    assert code == 0
    assert "tiny" in out
    assert str(models) in out


def test_info_tells_what_a_package_holds(a2f: Command) -> None:
    code, out, _ = a2f("models", "info", "tiny")
    assert code == 0
    for word in ("joy", "601", "52"):
        assert word in out


def test_a_sound_package_checks_clean(a2f: Command, models: Path) -> None:
    code, out, _ = a2f("models", "check", models / "tiny")
    assert code == 0
    assert "is a sound package" in out


def test_every_fault_of_a_package_is_named(a2f: Command, tmp_path: Path) -> None:
    folder = make_package(tmp_path / "broken")
    (folder / "model_data.npz").unlink()
    (folder / "bs_tongue.npz").write_bytes(b"no zip")
    code, out, _ = a2f("models", "check", folder)
    assert code == 3
    assert "model_data.npz" in out
    assert "bs_tongue.npz" in out


def test_a_folder_that_is_no_package_is_said_so(a2f: Command, tmp_path: Path) -> None:
    code, out, err = a2f("models", "check", tmp_path)
    assert code == 3
    assert "model.json" in out + err


def test_an_unknown_model_lists_what_there_is(a2f: Command) -> None:
    code, _, err = a2f("models", "info", "huge")
    assert code == 2
    assert "tiny" in err


def test_doctor_says_which_engine_would_run_and_why_not_the_others(a2f: Command) -> None:
    code, out, _ = a2f("doctor")
    assert code == 0
    for word in ("TensorRT", "ONNX Runtime", "would run on", "numpy", "tiny"):
        assert word in out


def test_doctor_says_where_a_package_belongs_when_there_is_none(
    a2f: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maya_a2f.settings.model_folders", lambda: (tmp_path / "models",))
    code, out, _ = a2f("doctor")
    assert code == 3
    assert str(tmp_path / "models") in out
