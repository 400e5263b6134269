"""Finding a Python that can carry the worker's environment, on three simulated systems."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maya_a2f import settings
from maya_a2f.ui.python_finding import PROBE, FoundPython, Machine, advice, candidates, ranked, understood
from maya_a2f.ui.set_up import STEPS, SetUp, SetUpProgress, set_up_environment

GOOD = FoundPython(("/usr/bin/python3.12",), (3, 12, 1), "/usr/bin/python3.12")


def a_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def machine(tmp_path: Path, platform: str, **environ: str) -> Machine:
    return Machine(platform, environ, tmp_path / "home", tmp_path / "root")


def paths(found: list[tuple[str, ...]]) -> list[Path]:
    return [Path(command[0]) for command in found]


def test_linux_looks_on_the_path_in_the_usual_folders_and_with_pyenv(tmp_path: Path) -> None:
    wanted = [
        a_file(tmp_path / "opt" / "bin" / "python3.12"),
        a_file(tmp_path / "root" / "usr" / "bin" / "python3.11"),
        a_file(tmp_path / "root" / "usr" / "local" / "bin" / "python3.13"),
        a_file(tmp_path / "home" / ".pyenv" / "versions" / "3.12.4" / "bin" / "python3"),
    ]
    assert paths(candidates(machine(tmp_path, "linux", PATH=str(tmp_path / "opt" / "bin")))) == wanted


def test_macos_looks_for_homebrew_and_the_framework(tmp_path: Path) -> None:
    framework = "root/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12"
    wanted = {a_file(tmp_path / framework), a_file(tmp_path / "root/opt/homebrew/bin/python3.13")}
    assert set(paths(candidates(machine(tmp_path, "darwin")))) == wanted


def test_windows_asks_the_launcher_first_and_never_the_stores_stub(tmp_path: Path) -> None:
    launcher = a_file(tmp_path / "Windows" / "py.exe")
    stub = a_file(tmp_path / "Microsoft" / "WindowsApps" / "python.exe")
    installed = a_file(tmp_path / "Jürgen" / "Programs" / "Python" / "Python312" / "python.exe")
    here = machine(tmp_path, "win32", Path=f"{stub.parent};{launcher.parent}", LOCALAPPDATA=str(tmp_path / "Jürgen"))
    assert candidates(here) == [
        (str(launcher), "-3.11"),
        (str(launcher), "-3.12"),
        (str(launcher), "-3.13"),
        (str(installed),),
    ]


def test_mayas_python_is_never_a_candidate(tmp_path: Path) -> None:
    maya = tmp_path / "usr" / "maya2026"
    a_file(maya / "bin" / "python3.11")
    a_file(maya / "bin" / "mayapy")
    a_file(tmp_path / "Autodesk" / "Maya2027" / "bin" / "python3.13")
    link = tmp_path / "bin" / "python3.11"
    link.parent.mkdir()
    link.symlink_to(maya / "bin" / "python3.11")
    path = os.pathsep.join(str(p) for p in (maya / "bin", link.parent, tmp_path / "Autodesk" / "Maya2027" / "bin"))
    assert candidates(machine(tmp_path, "linux", PATH=path, MAYA_LOCATION=str(maya))) == []


def answer(**changed: object) -> str:
    said = {
        "version": [3, 12, 1],
        "executable": "/usr/bin/python3.12",
        "bits": 64,
        "prefix": "/usr",
        "machine": "x86_64",
        "venv": True,
    }
    return json.dumps(said | changed)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, ""),
        ({"version": [3, 10, 9]}, "version 3.10"),
        ({"version": [3, 14, 0]}, "version 3.14"),
        ({"bits": 32}, "32-bit"),
        ({"venv": False}, "python3.12-venv"),
        ({"executable": "/usr/autodesk/maya2026/bin/mayapy"}, "belongs to Maya"),
        ({"prefix": "/usr/autodesk/maya2026"}, "belongs to Maya"),
    ],
)
def test_what_is_wrong_with_a_find_is_said(changed: dict[str, object], problem: str, tmp_path: Path) -> None:
    found = understood(["py"], answer(**changed), machine(tmp_path, "linux"))
    assert found is not None
    assert problem in found.problem
    assert bool(found.problem) == bool(problem)


@pytest.mark.parametrize("output", ["", "Python was not found; run without arguments", "{}", "[1]", '{"version": "x"}'])
def test_what_is_no_answer_is_no_python(output: str, tmp_path: Path) -> None:
    assert understood(["py"], output, machine(tmp_path, "win32")) is None


def test_this_python_answers_the_probe(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-I", "-c", PROBE], capture_output=True, text=True, check=True)
    found = understood([sys.executable], done.stdout, machine(tmp_path, "linux"))
    assert found is not None
    assert found.version == sys.version_info[:3]


def test_the_usable_ones_come_first_and_each_once() -> None:
    unusable = FoundPython(("/usr/bin/python3",), (3, 9, 1), "/usr/bin/python3.9", "It is version 3.9.")
    older = FoundPython(("/a",), (3, 11, 2), "/a/python3.11")
    newer = FoundPython(("/b",), (3, 11, 9), "/b/python3.11")
    again = FoundPython(("python3.12",), (3, 12, 1), GOOD.executable)
    assert ranked([unusable, GOOD, older, newer, again]) == [newer, older, GOOD, unusable]


@pytest.mark.parametrize(("platform", "word"), [("win32", "winget"), ("darwin", "brew"), ("linux", "apt install")])
def test_where_there_is_none_the_advice_is_of_the_system(platform: str, word: str) -> None:
    assert word in advice(platform)


def test_the_command_runs_our_script_with_the_chosen_python(tmp_path: Path) -> None:
    launched = FoundPython(("py.exe", "-3.12"), (3, 12, 1), "C:/python.exe")
    command = SetUp(launched, tmp_path / "Umgebung ü", wheels=tmp_path / "Räder").command()
    assert command[:2] == ["py.exe", "-3.12"]
    assert Path(command[command.index("env") - 1]) == settings.checkout_folder() / "install" / "bootstrap.py"
    assert command[command.index("--folder") + 1] == str(tmp_path / "Umgebung ü")
    assert command[command.index("--wheels") + 1] == str(tmp_path / "Räder")
    assert "--wheels" not in SetUp(launched, tmp_path).command()


def test_pip_gets_the_proxy_and_nothing_of_mayas() -> None:
    made = set_up_environment({"PYTHONHOME": "/maya", "https_proxy": "http://proxy:3128", "PATH": "/usr/bin"})
    assert made["https_proxy"] == "http://proxy:3128"
    assert "PYTHONHOME" not in made


def test_the_output_is_read_as_steps_and_progress() -> None:
    progress = SetUpProgress()
    progress.feed("@step creating the env")
    assert progress.step == -1, "half a line says nothing"
    progress.feed("ironment\n")
    assert progress.step == 0
    seen = [progress.fraction]
    for text in (
        "@step installing packages\r\n",
        "Collecting numpy>=1.26\n  Downloading numpy-2.0-cp311-cp311-win_amd64.whl (16.9 MB)\n",
        "Collecting scipy>=1.11\n",
        "Installing collected packages: numpy, scipy\n",
        "@step checking that they load\n",
    ):
        progress.feed(text)
        seen.append(progress.fraction)
    assert seen == sorted(seen)
    assert seen[-1] < 1.0
    assert progress.step == len(STEPS) - 1
    assert not any(line.startswith("@") for line in progress.log)


def test_the_status_names_the_package_and_its_size() -> None:
    progress = SetUpProgress()
    progress.feed("@step installing packages\nCollecting av>=12\n  Downloading av-18.1-cp311-win.whl (35.1 MB)\n")
    assert progress.status == "av, 35.1 MB"
    progress.feed("Processing /räder im regal/scipy-1.1-cp311-win.whl\n")
    assert "scipy" in progress.status


def test_a_long_log_stays_bounded() -> None:
    progress = SetUpProgress()
    progress.feed("line\n" * 10_000)
    assert len(progress.log) < 1000
    progress.feed("the cause")
    progress.end()
    assert progress.last_words(2).endswith("the cause")
