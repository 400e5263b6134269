"""What reaches the worker of the environment it is started in (specification, maya.md section 12)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maya_a2f.link.environment import worker_command, worker_entry, worker_environment

LEAKED = dict.fromkeys(
    (
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONEXECUTABLE",
        "PYTHONUSERBASE",
        "__PYVENV_LAUNCHER__",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "DYLD_LIBRARY_PATH",
        "DYLD_FRAMEWORK_PATH",
        "QT_PLUGIN_PATH",
        "QT_QPA_PLATFORM_PLUGIN_PATH",
        "QML2_IMPORT_PATH",
        "QML_IMPORT_PATH",
        "MAYA_LOCATION",
        "MAYA_PLUG_IN_PATH",
        "XBMLANGPATH",
        "PXR_PLUGINPATH_NAME",
        "TBB_NUM_THREADS",
        "OMP_NUM_THREADS",
        "CONDA_PREFIX",
        "http_proxy",
        "HTTPS_PROXY",
    ),
    "/usr/autodesk/maya2026/x",
)
KEPT = {
    "HOME": "/home/a",
    "USERPROFILE": "C:\\Users\\a",
    "SYSTEMROOT": "C:\\Windows",
    "TEMP": "/tmp",
    "LANG": "de_DE.UTF-8",
    "CUDA_VISIBLE_DEVICES": "1",
    "MAYA_A2F_CACHE": "/cache",
    "MAYA_A2F_MODEL_PATH": "/models",
}


def test_what_maya_leaks_is_removed_and_the_rest_stays() -> None:
    environment = worker_environment(LEAKED | KEPT)
    assert not LEAKED.keys() & environment.keys()
    assert environment.items() >= KEPT.items()


def test_what_the_worker_needs_is_added() -> None:
    environment = worker_environment({"PYTHONUTF8": "0"})
    assert environment == {
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }


def test_the_given_environment_is_left_as_it_was() -> None:
    base = {"PATH": os.pathsep.join(["/a", "/maya/bin"]), "MAYA_LOCATION": "/maya", "LD_PRELOAD": "x"}
    before = dict(base)
    worker_environment(base)
    assert base == before


def path_left(entries: list[str], maya_folder: str) -> list[str]:
    environment = worker_environment({"PATH": os.pathsep.join(entries), "MAYA_LOCATION": maya_folder})
    return environment["PATH"].split(os.pathsep)


def test_path_entries_below_maya_go_and_their_neighbours_stay() -> None:
    entries = [
        "/opt/maya2026",
        "/opt/maya2026/bin/",
        "/usr/bin",
        "/opt/maya2026-tools/bin",
        "/opt/x/../maya2026/lib",
        "",
    ]
    assert path_left(entries, "/opt/maya2026/") == ["/usr/bin", "/opt/maya2026-tools/bin"]


def test_path_entries_that_reach_maya_through_a_link_go_as_well(tmp_path: Path) -> None:
    (tmp_path / "maya2026" / "bin").mkdir(parents=True)
    link = tmp_path / "maya"
    link.symlink_to(tmp_path / "maya2026")
    assert path_left([str(link / "bin"), "/usr/bin"], str(tmp_path / "maya2026")) == ["/usr/bin"]
    assert path_left([str(tmp_path / "maya2026" / "bin"), "/usr/bin"], str(link)) == ["/usr/bin"]


@pytest.mark.parametrize("maya_folder", ["", "/"])
def test_a_meaningless_maya_location_leaves_the_path_whole(maya_folder: str) -> None:
    assert path_left(["/usr/bin", "/bin"], maya_folder) == ["/usr/bin", "/bin"]


def test_the_command_isolates_the_interpreter() -> None:
    command = worker_command(Path("/env/python"), Path("/a b/entry.py"))
    assert command[0] == str(Path("/env/python"))
    assert command[-1] == str(Path("/a b/entry.py"))
    assert "-I" in command


def test_the_entry_is_there() -> None:
    assert worker_entry().is_file()
