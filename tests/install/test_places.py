"""The installers and the package agree on where a user's files are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from a2f_install.environments import candidates, user_environments
from a2f_install.places import System

from maya_a2f import __version__, settings


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
@pytest.mark.parametrize("names", [(), ("APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CACHE_HOME")])
def test_the_folders_are_those_of_the_settings(
    platform: str, names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CACHE_HOME", "MAYA_A2F_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name in names:
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", classmethod(lambda kind: kind(tmp_path)))
    system = System(platform, dict(os.environ), tmp_path)
    assert system.user_folder() == settings.user_folder()
    assert system.cache_folder() == settings.cache_folder()
    assert user_environments(system) / __version__ == settings.user_environment()
    assert candidates(system, settings.checkout_folder(), __version__)[0] == settings.checkout_folder() / ".venv"


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module without an environment, in a Python that is no worker's."""
    monkeypatch.delenv("MAYA_A2F_WORKER_PYTHON", raising=False)
    monkeypatch.setattr(sys, "executable", "/usr/autodesk/maya2026/bin/maya.bin")
    monkeypatch.setattr(settings, "checkout_folder", lambda: tmp_path / "module")
    monkeypatch.setattr(settings, "user_folder", lambda: tmp_path / "user")
    (tmp_path / "module").mkdir()
    return tmp_path


def made(environment: Path) -> Path:
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    return python


def test_the_workers_python_is_found_in_the_documented_order(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.worker_python() is None
    users = made(settings.user_environment())
    assert settings.worker_python() == users
    beside = made(bare / "module" / ".venv")
    assert settings.worker_python() == beside
    monkeypatch.setenv("MAYA_A2F_WORKER_PYTHON", "/chosen/python")
    assert settings.worker_python() == Path("/chosen/python")


def test_a_read_only_module_keeps_its_environment_with_the_user(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.environment_folder() == bare / "module" / ".venv"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert settings.environment_folder() == bare / "user" / "environments" / __version__
