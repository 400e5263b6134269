"""A folder is one run's, until that run is gone: also when what it started holds the lock a moment longer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maya_a2f.errors import UserError
from maya_a2f.farm import folder_lock
from maya_a2f.farm.folder_lock import LOCK_NAME

if sys.platform == "win32":
    pytest.skip("needs the locks of POSIX", allow_module_level=True)

import fcntl


def held(folder: Path, process: int) -> int:
    """A descriptor that holds the folder; the file says that ``process`` does."""
    path = folder / LOCK_NAME
    path.write_text(json.dumps({"machine": socket.gethostname(), "process": process, "started": "now"}), "utf-8")
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def test_an_owner_that_is_being_killed_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = held(tmp_path, os.getpid())
    monkeypatch.setattr(time, "sleep", lambda seconds: os.close(descriptor))
    with folder_lock.folder_lock(tmp_path):
        pass


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_an_owner_that_has_ended_unasked_is_no_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as ended:
        assert ended.stdout is not None
        ended.stdout.read()
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        descriptor = held(tmp_path, ended.pid)
        monkeypatch.setattr(folder_lock, "_SURE_SECONDS", 0)
        monkeypatch.setattr(time, "sleep", lambda seconds: os.close(descriptor))
        with folder_lock.folder_lock(tmp_path):
            pass


def test_a_folder_in_use_names_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = held(tmp_path, os.getpid())
    monkeypatch.setattr(folder_lock, "_SURE_SECONDS", 0)
    with (
        pytest.raises(UserError, match=f"in use by process {os.getpid()} on ") as caught,
        folder_lock.folder_lock(tmp_path),
    ):
        pass
    os.close(descriptor)
    assert caught.value.code == "batch.in_use"
