"""A worker started from a host whose environment would break it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from maya_a2f.errors import WorkerError
from maya_a2f.link.environment import worker_environment
from tests.link.conftest import MakeClient

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the dynamic loader of Linux")


@pytest.fixture
def poison(tmp_path: Path) -> Path:
    """A folder of Python modules and shared libraries that break whoever loads them."""
    for name in ("json", "struct", "encodings", "site", "sitecustomize", "usercustomize", "numpy", "maya_a2f"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('poisoned {name}')\n")
    for name in (
        "libc.so.6",
        f"libpython{sys.version_info[0]}.{sys.version_info[1]}.so.1.0",
        "libm.so.6",
        "libssl.so.3",
    ):
        (tmp_path / name).write_bytes(b"no library")
    return tmp_path


def test_a_poisoned_python_environment_does_not_reach_the_worker(
    make_client: MakeClient, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONUSERBASE"):
        monkeypatch.setenv(name, str(poison))
    monkeypatch.setenv("PYTHONUTF8", "0")
    message = make_client().request("surroundings")
    assert str(poison) not in " ".join(message.texts("path"))
    assert "PYTHONHOME" not in message.table("environment")
    assert message.integer("isolated") == 1
    assert message.integer("utf8") == 1


@linux_only
def test_poisoned_library_folders_do_not_reach_the_worker(
    make_client: MakeClient, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(poison))
    monkeypatch.setenv("LD_PRELOAD", str(poison / "libm.so.6"))
    environment = make_client().request("surroundings").table("environment")
    assert not [name for name in environment if name.startswith("LD_")]


@linux_only
def test_when_poison_does_get_in_the_error_says_so_and_the_next_run_works(
    make_client: MakeClient, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = dict(worker_environment(os.environ), LD_LIBRARY_PATH=str(poison))
    client = make_client(environment=environment)
    with pytest.raises(WorkerError, match=r"before it said hello \(exit code 127: a shared library") as caught:
        client.request("echo")
    assert caught.value.code == "worker.no_hello"
    assert str(poison) in caught.value.details
    del environment["LD_LIBRARY_PATH"]
    assert make_client(environment=environment).request("echo").fields == {}


def test_modules_beside_the_entry_do_not_take_the_standard_librarys_place(
    make_client: MakeClient, tmp_path: Path
) -> None:
    """The real entry, in a copy of the package with poison on every side of it."""
    import shutil

    import maya_a2f
    from maya_a2f.link.client import WorkerClient

    source = Path(maya_a2f.__file__).parent
    copy = tmp_path / "maya_a2f"
    for name in ("__init__.py", "errors.py", "link", "worker/__init__.py", "worker/service.py", "worker/__main__.py"):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target)
        else:
            shutil.copy(source / name, target)
    for folder in (tmp_path, copy, copy / "worker"):
        for name in ("json", "struct", "queue", "platform", "signal"):
            (folder / f"{name}.py").write_text("raise SystemExit('poisoned')\n")
    (copy / "worker" / "handlers.py").write_text(
        "import json, queue, sys\n"
        "from maya_a2f.worker.service import Reply\n"
        "def handlers():\n"
        "    files = [json.__file__, queue.__file__, sys.modules['maya_a2f'].__file__]\n"
        "    return {'where': lambda request, context: Reply({'files': files})}\n"
    )
    with WorkerClient(sys.executable, copy / "worker" / "__main__.py") as client:
        *library, package = client.request("where").texts("files")
    assert not [file for file in library if file.startswith(str(tmp_path))]
    assert package == str(copy / "__init__.py")


def test_the_working_folder_of_the_host_is_not_searched(
    make_client: MakeClient, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(poison)
    assert make_client().request("echo").fields == {}
