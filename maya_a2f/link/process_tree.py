"""Starting a child process with its own tree, and ending the whole of it.

POSIX: the child leads a session and process group of its own, so that one signal reaches all it started and a
terminal's Ctrl-C reaches none of it (the parent decides). Windows: no console window, and a job object.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

if sys.platform == "win32":
    from maya_a2f.link.job_object import JobObject

    _CREATION_FLAGS = subprocess.CREATE_NO_WINDOW
else:
    _CREATION_FLAGS = 0


_POLL_SECONDS = 0.05


class ProcessTree:
    """A child and all it started. The thread that makes it must call :meth:`wait_and_end` and outlive the child:
    the parent-death signal of Linux fires when the *thread* ends that started the child (prctl(2), PR_SET_PDEATHSIG).
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Starts it, with pipes for all three streams. Raises :class:`OSError` or :class:`ValueError`."""
        self._lock = threading.Lock()
        self._is_reaped = False
        self.leader: subprocess.Popen[bytes] = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            bufsize=0,
            start_new_session=True,
            creationflags=_CREATION_FLAGS,
        )
        if sys.platform == "win32":
            self._job: JobObject | None = None
            # Without a job (an old container) the leader still ends by itself when its stdin closes.
            with contextlib.suppress(OSError):
                self._job = JobObject()
                self._job.assign(int(self.leader._handle))  # type: ignore[attr-defined]

    def terminate(self) -> None:
        """Ask every process of the tree to end; on Windows, where nobody can be asked, end them."""
        if sys.platform == "win32":
            self.kill()
        else:
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End every process of the tree."""
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self.leader.kill()
            with contextlib.suppress(OSError):
                if self._job is not None:
                    self._job.terminate()
        else:
            self._signal(signal.SIGKILL)

    def wait_and_end(self) -> int:
        """Wait until the leader ends, end what it left behind, and give its exit code."""
        if sys.platform == "win32":
            code = self.leader.wait()
            if self._job is not None:
                self._job.close()
            return code
        if not hasattr(os, "waitid"):
            return self._poll_and_end()
        # Not reaped yet, the leader still holds its id, so the group's number cannot have gone to a stranger.
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, self.leader.pid, os.WEXITED | os.WNOWAIT)
        self._signal(signal.SIGKILL)
        with self._lock:
            self._is_reaped = True
            return self.leader.wait()

    if sys.platform != "win32":

        def _poll_and_end(self) -> int:
            """For macOS before Python 3.13, which has no ``waitid``."""
            while True:
                with self._lock:
                    code = self.leader.poll()
                    if code is not None:
                        self._is_reaped = True
                        with contextlib.suppress(ProcessLookupError, PermissionError):
                            os.killpg(self.leader.pid, signal.SIGKILL)
                        return code
                time.sleep(_POLL_SECONDS)

        def _signal(self, number: int) -> None:
            with self._lock:
                if not self._is_reaped:
                    # macOS answers EPERM for a group of which only zombies are left.
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(self.leader.pid, number)
