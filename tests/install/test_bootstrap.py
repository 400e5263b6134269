"""The set-up script: what it installs when, and what it says when it cannot."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "install" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bootstrap", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "CHECKOUT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return module


@pytest.fixture
def steps(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands the script would run; a venv command makes the interpreter file appear."""
    commands: list[list[str]] = []

    def record(progress: object, title: str, command: list[str], advice: str) -> None:
        commands.append(command)
        if "venv" in command:
            folder = Path(command[-1])
            python = bootstrap.interpreter_of(folder)
            python.parent.mkdir(parents=True)
            python.touch()
            (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
            (folder / "pyvenv.cfg").write_text(f"command = python -m venv {folder}\n", "utf-8")

    monkeypatch.setattr(bootstrap, "step", record)
    return commands


def test_only_the_standard_library_is_imported() -> None:
    modules = {
        alias.name.partition(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8")))
        for alias in getattr(node, "names", [])
        if isinstance(node, ast.Import)
    } | {
        (node.module or "").partition(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert modules <= {*sys.stdlib_module_names, "a2f_install"}


def what_ran(steps: list[list[str]]) -> list[str]:
    return [command[2] for command in steps if command[1] == "-m"]


def test_a_fresh_checkout_gets_an_environment_and_its_packages(
    bootstrap: Any, steps: list[list[str]], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = [\n    "numpy>=1.26",\n]\n')
    python = bootstrap.prepared(bootstrap.WORKER)
    assert python == bootstrap.interpreter_of(tmp_path / ".venv")
    assert python.exists()
    assert what_ran(steps) == ["venv", "pip"]
    assert steps[1][-1] == "numpy>=1.26"
    assert steps[2][-1] == bootstrap.CHECK, "that the packages load is tried before the set-up counts as done"


def test_a_second_run_installs_nothing(bootstrap: Any, steps: list[list[str]]) -> None:
    bootstrap.prepared(bootstrap.WORKER)
    steps.clear()
    bootstrap.prepared(bootstrap.WORKER)
    assert not steps


def test_the_test_tools_are_added_to_the_same_environment(bootstrap: Any, steps: list[list[str]]) -> None:
    bootstrap.prepared(bootstrap.WORKER)
    steps.clear()
    bootstrap.prepared(bootstrap.DEVELOPMENT)
    assert what_ran(steps) == ["pip"]
    steps.clear()
    bootstrap.prepared(bootstrap.WORKER)
    assert not steps, "what the worker needs is still there"


def test_changed_requirements_are_installed_again(bootstrap: Any, steps: list[list[str]], tmp_path: Path) -> None:
    bootstrap.prepared(bootstrap.WORKER)
    steps.clear()
    (tmp_path / "pyproject.toml").write_text("[project]\nname='x'\n")
    bootstrap.prepared(bootstrap.WORKER)
    assert what_ran(steps) == ["pip"]


def test_a_failed_installation_leaves_nothing_and_is_tried_again(
    bootstrap: Any, steps: list[list[str]], monkeypatch: Any, tmp_path: Path
) -> None:
    record = bootstrap.step

    def fail_in_pip(progress: object, title: str, command: list[str], advice: str) -> None:
        record(progress, title, command, advice)
        if "pip" in command:
            raise bootstrap.SetUpError(advice)

    monkeypatch.setattr(bootstrap, "step", fail_in_pip)
    with pytest.raises(bootstrap.SetUpError):
        bootstrap.prepared(bootstrap.WORKER)
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"], "nothing half-made is left"
    monkeypatch.setattr(bootstrap, "step", record)
    steps.clear()
    bootstrap.prepared(bootstrap.WORKER)
    assert what_ran(steps) == ["venv", "pip"]


def test_a_damaged_stamp_means_install_again(bootstrap: Any, steps: list[list[str]], tmp_path: Path) -> None:
    bootstrap.prepared(bootstrap.WORKER)
    (tmp_path / ".venv" / "a2f-installed.json").write_text("{broken")
    steps.clear()
    bootstrap.prepared(bootstrap.WORKER)
    assert what_ran(steps) == ["pip"]


def test_an_unsupported_python_is_told_what_to_install(bootstrap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.SetUpError, match=r"Python 3\.9; the worker needs Python 3\.11"):
        bootstrap.base_python()


def test_a_failing_step_shows_the_end_of_its_output_and_the_advice(bootstrap: Any) -> None:
    command = [sys.executable, "-c", "print('no space left'); raise SystemExit(3)"]
    with pytest.raises(bootstrap.SetUpError, match=r"(?s)no space left.*Free some space"):
        bootstrap.step(bootstrap.Progress(), "  installing", command, "Free some space.")


def test_the_help_is_plain_and_complete() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, check=True)
    for word in ("env", "demo", "test"):
        assert word in done.stdout


def test_a_crash_of_the_tests_is_no_success(
    bootstrap: Any, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal gives a negative exit code, which must not be taken for less than 0 failures."""
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *words, **options: subprocess.CompletedProcess([], -6))
    assert bootstrap.run_tests(True, []) == 6
