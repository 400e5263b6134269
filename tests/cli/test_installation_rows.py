"""What ``a2f doctor`` says of the Maya module."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.cli.installation import installation_rows


def test_module_files_folders_and_environments_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "Mäya" / "modules"
    folder.mkdir(parents=True)
    (folder / "any name.mod").write_text("+ MAYAVERSION:2026 maya_a2f 0.0.5 /old place\n")
    monkeypatch.setenv("MAYA_APP_DIR", str(tmp_path / "Mäya"))
    path = list(sys.path)
    rows = installation_rows()
    text = "\n".join(f"{label}: {words}" for label, words in rows)
    assert str(folder / "any name.mod") in text
    assert "0.0.5" in text
    assert "That folder is gone" in text
    assert str(settings.user_environment()) in text
    assert sys.path == path


def test_a_package_without_its_installer_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "checkout_folder", lambda: tmp_path)
    ((label, text),) = installation_rows()
    assert label == "module"
    assert str(tmp_path) in text
