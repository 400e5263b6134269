"""A command line on a small model and a short recording, with its own cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from maya_a2f.cli.main import main
from tests.package_factory import make_package

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_package(folder / "tiny")
    return folder


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "line 1 ü.wav"
    times = np.arange(8000) / 16000
    soundfile.write(path, (0.4 * np.sin(2 * np.pi * 150 * times) * np.sin(np.pi * times / 0.5)), 16000)
    return path


@pytest.fixture
def a2f(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``a2f`` with words; returns exit code, standard output, standard error."""
    monkeypatch.setenv("MAYA_A2F_MODEL_PATH", str(models))
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
