"""``a2f train``: what a person is told, with and without torch, and when they press Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from maya_a2f.errors import EngineError
from maya_a2f.settings import checkout_folder
from maya_a2f.training import command
from tests.cli.conftest import Command
from tests.package_factory import make_package
from tests.training.character.footage_files import sway, write_csv, write_sound

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("onnx") is None, reason="torch is not installed (extra 'train')"
)


def character(folder: Path, extra: str = "", steps: int = 4) -> Path:
    for seed, shot in enumerate("ab"):
        write_sound(folder / "audio" / f"{shot}.wav", 4.0, sway(120, 1, seed)[:, 0], seed)
        write_csv(folder / "weights" / f"{shot}.csv", ["jaw", "lip"], sway(120, 2, seed))
    path = folder / "hero.toml"
    path.write_text(
        f'kind = "character"\n[data]\nweights = "weights/{{shot}}.csv"\n{extra}\n[training]\nsteps = {steps}\n'
        "batch = 2\nvalidate_every = 2\nthreads = 1\nrefit = false\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [("kind =", "no valid TOML"), ('kind = "cat"\n', "'cat'"), ('kind = "style"\n', "at least one gain")],
)
def test_a_bad_file_is_refused(a2f: Command, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    code, _, err = a2f("train", path)
    assert code == 2
    assert words in err


def test_a_missing_file_is_named(a2f: Command, tmp_path: Path) -> None:
    code, _, err = a2f("train", tmp_path / "nothing.toml")
    assert code == 2
    assert "nothing.toml" in err


@needs_torch
@pytest.mark.train
def test_a_fault_in_the_data_is_told_with_its_file(a2f: Command, tmp_path: Path) -> None:
    path = character(tmp_path)
    (tmp_path / "weights" / "b.csv").write_text("jaw,lip\n1,x\n", encoding="utf-8")
    code, _, err = a2f("train", path)
    assert code == 2
    assert "b.csv" in err
    assert "“lip”" in err


def test_without_torch_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"torch and onnx.*pip install.*\[train\]"):
        command.require_packages()


def test_a_process_without_torch_reports_it(a2f: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("torch") is not None:
        # A Python that finds no torch: one module of that name in front of it which says it is not there.
        hidden = tmp_path / "hidden"
        hidden.mkdir()
        (hidden / "sitecustomize.py").write_text(
            "import importlib.util as u\nreal = u.find_spec\n"
            "u.find_spec = lambda name, *rest: None if name == 'torch' else real(name, *rest)\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(hidden))
    code, _, err = a2f("train", character(tmp_path))
    assert code == 3
    assert "pip install" in err
    assert "[train]" in err


def test_a_style_needs_no_training(a2f: Command, tmp_path: Path) -> None:
    make_package(tmp_path / "tiny")
    path = tmp_path / "loud.toml"
    path.write_text('kind = "style"\nmodel = "tiny"\npackage = "loud"\n[style.gains]\nmouth = 1.4\n', encoding="utf-8")
    code, out, _ = a2f("train", path)
    assert code == 0
    assert str(tmp_path / "loud") in out
    assert a2f("models", "check", tmp_path / "loud")[0] == 0


@needs_torch
@pytest.mark.train
def test_a_character_becomes_a_package_that_animates(a2f: Command, tmp_path: Path, recording: Path) -> None:
    code, out, err = a2f("train", character(tmp_path), "--package", tmp_path / "hero")
    assert code == 0, err
    assert str(tmp_path / "hero") in out
    assert "Learned from" in out
    code, _, err = a2f("animate", recording, "--model", tmp_path / "hero", "-o", tmp_path / "x.csv")
    assert code == 0, err
    assert (tmp_path / "x.csv").read_text().splitlines()[0].startswith("time,jaw,lip")


@needs_torch
@pytest.mark.train
@pytest.mark.skipif(sys.platform == "win32", reason="signals of a console differ there")
def test_ctrl_c_saves_a_checkpoint(tmp_path: Path) -> None:
    path = character(tmp_path, steps=100000)
    environment = {**os.environ, "PYTHONPATH": str(checkout_folder())}
    process = subprocess.Popen(
        [sys.executable, "-m", "maya_a2f.cli.main", "train", str(path), "--work", str(tmp_path / "run")],
        stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    log = tmp_path / "run" / "log.jsonl"
    for _ in range(1200):
        if log.exists() and '"train"' in log.read_text():
            break
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 6
    assert "kept" in err
    assert (tmp_path / "run" / "last_1.pt").stat().st_size > 0


def test_the_process_says_one_json_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        assert command.main([str(tmp_path / "none.toml")]) == 2
    finally:
        signal.signal(signal.SIGINT, before)
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["error"]["code"] == "training.config"
