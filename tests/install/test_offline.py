"""Setting up without a network, into other folders, called off: the commands are made, pip is not run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import bootstrap
import pytest
from a2f_install import building, wheels
from a2f_install.requirements import dependencies
from a2f_install.steps import CalledOff, Progress, SetUpError

CHECKOUT = Path(__file__).resolve().parents[2]
NAME = "Träger der Räder"


@pytest.fixture
def folder_of_wheels(tmp_path: Path) -> Path:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "numpy-2.0-cp311-cp311-any.whl").touch()
    return folder


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be run; making an environment makes one as a real one lies on disk."""
    made: list[list[str]] = []

    def record(progress: Progress, title: str, command: list[str], advice: str) -> None:
        made.append(command)
        if "venv" in command:
            folder = Path(command[-1])
            bootstrap.interpreter_of(folder).parent.mkdir(parents=True)
            bootstrap.interpreter_of(folder).touch()
            (folder / "pyvenv.cfg").write_text(f"command = python -m venv {folder}\n", "utf-8")
            (folder / "bin").mkdir(exist_ok=True)
            (folder / "bin" / "pip").write_text(f"#!{folder}/bin/python\n", "utf-8")
            (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True)

    monkeypatch.setattr(bootstrap, "step", record)
    return made


def test_the_dependencies_are_those_of_the_project() -> None:
    text = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    assert dependencies(text) == tomllib.loads(text)["project"]["dependencies"]


def test_offline_pip_looks_nowhere_but_in_the_folder(
    commands: list[list[str]], folder_of_wheels: Path, tmp_path: Path
) -> None:
    target = tmp_path / "Umgebung für Jürgen" / "0.1.0"
    python = bootstrap.prepared(bootstrap.WORKER, target, folder_of_wheels, Progress())
    assert python == bootstrap.interpreter_of(target)
    pip = commands[1]
    assert pip[1:4] == ["-m", "pip", "install"]
    assert "--no-index" in pip
    assert pip[pip.index("--find-links") + 1] == str(folder_of_wheels)
    assert pip[-len(bootstrap.pip_requirements(bootstrap.WORKER)) :] == bootstrap.pip_requirements(bootstrap.WORKER)
    assert not any(word.startswith(("-e", "--editable")) for word in pip), "a read-only module can't be built"


def test_the_network_is_used_only_without_a_folder() -> None:
    assert wheels.offline_words(None) == []


def test_a_folder_is_filled_with_wheels_only() -> None:
    command = wheels.download_command("python3", Path("/w"), ["numpy"])
    assert command[:4] == ["python3", "-m", "pip", "download"]
    assert "--only-binary=:all:" in command
    assert command[-1] == "numpy"


@pytest.mark.parametrize("content", ["missing", "empty", "other"])
def test_a_folder_that_cannot_serve_is_refused_before_anything_is_made(
    content: str, commands: list[list[str]], folder_of_wheels: Path, tmp_path: Path
) -> None:
    folder = folder_of_wheels
    if content == "missing":
        folder = tmp_path / "nowhere"
    elif content == "empty":
        next(folder.glob("*.whl")).unlink()
    else:
        (folder / wheels.CONTENTS).write_text('{"filled for": ["3.99 win-arm64"]}')
    with pytest.raises(SetUpError, match=r"nowhere|holds no wheels|3\.99 win-arm64"):
        bootstrap.prepared(bootstrap.WORKER, tmp_path / "env", folder, Progress())
    assert not commands


def test_the_module_is_found_from_the_environment_wherever_it_lies(
    commands: list[list[str]], folder_of_wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "Modül in 東京 it's"
    (module / "maya_a2f").mkdir(parents=True)
    (module / "maya_a2f" / "__init__.py").write_text("found = True")
    packages = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    building.add_module(tmp_path / "env", module)
    (line,) = (packages / building.PATH_FILE).read_bytes().splitlines()
    line.decode("ascii")
    code = f"import site, sys; site.addsitedir({str(packages)!r}); import maya_a2f; print(maya_a2f.found)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_scripts_name_the_final_folder(commands: list[list[str]], folder_of_wheels: Path, tmp_path: Path) -> None:
    target = tmp_path / "0.1.0"
    bootstrap.prepared(bootstrap.WORKER, target, folder_of_wheels, Progress())
    unfinished = building.unfinished_name(target)
    assert Path(commands[0][-1]) == unfinished
    assert len(str(unfinished)) == len(str(target)), "launchers are corrected byte by byte"
    assert (target / "bin" / "pip").read_text("utf-8") == f"#!{target}/bin/python\n"
    assert str(unfinished) not in (target / "pyvenv.cfg").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([target.name, NAME])


def test_calling_off_leaves_nothing(folder_of_wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress()

    def step(progress: Progress, title: str, command: list[str], advice: str) -> None:
        Path(command[-1]).mkdir(parents=True)
        progress.call_off()
        progress.check()

    monkeypatch.setattr(bootstrap, "step", step)
    with pytest.raises(CalledOff):
        bootstrap.prepared(bootstrap.WORKER, tmp_path / "env", folder_of_wheels, progress)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_calling_off_ends_a_running_command() -> None:
    progress = Progress()
    threading.Timer(0.3, progress.call_off).start()
    with pytest.raises(CalledOff):
        progress.step("waiting", [sys.executable, "-c", "import time; time.sleep(600)"], "")


def test_the_end_of_the_input_calls_off(tmp_path: Path) -> None:
    """So the set-up never outlives the Maya that started it."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from a2f_install.steps import Progress, CalledOff\n"
        "progress = Progress(as_lines=True); progress.listen()\n"
        "try: progress.step('waiting', [sys.executable, '-c', 'import time; time.sleep(600)'], '')\n"
        "except CalledOff: sys.exit(6)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(CHECKOUT / "install")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline().strip() == b"@step waiting"
    process.stdin.close()
    assert process.wait(60) == 6
    process.stdout.close()


def test_a_folder_with_other_things_in_it_is_not_replaced(
    commands: list[list[str]], folder_of_wheels: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").touch()
    with pytest.raises(SetUpError, match="no Python environment"):
        bootstrap.prepared(bootstrap.WORKER, home, folder_of_wheels, Progress())
    assert (home / "thesis.txt").exists()


@pytest.mark.skipif(os.name == "nt", reason="the lock is another one there")
def test_two_set_ups_of_one_environment_do_not_meet(tmp_path: Path) -> None:
    with building.built(tmp_path / "env") as unfinished:
        unfinished.mkdir()
        with pytest.raises(SetUpError, match="another program"), building.built(tmp_path / "env"):
            pass
    assert (tmp_path / "env").is_dir()


def test_a_read_only_checkout_keeps_its_environment_with_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap, "CHECKOUT", tmp_path)
    (tmp_path / "a2f.mod").write_text("+ maya_a2f 4.5.6 .\n")
    assert bootstrap.environment_folder(bootstrap.WORKER) == tmp_path / ".venv"
    monkeypatch.setattr(bootstrap, "is_writable", lambda folder: False)
    assert bootstrap.environment_folder(bootstrap.WORKER).parts[-3:] == ("maya_a2f", "environments", "4.5.6")


def test_mayas_own_python_is_no_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/autodesk/maya2026/bin/mayapy")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(SetUpError):
        bootstrap.base_python()
