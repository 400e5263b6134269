"""Windows' job object: a set of processes that ends as one, and ends when its last handle closes, however we ended.

Never run on Windows yet; written after the documentation of CreateJobObjectW, SetInformationJobObject,
AssignProcessToJobObject and TerminateJobObject. On other systems the module only defines an empty subject.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _EXTENDED_LIMIT_INFORMATION = 9
    _KILL_ON_JOB_CLOSE = 0x2000

    class _BasicLimits(ctypes.Structure):
        _fields_ = [
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        ]

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = [
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        ]

    class JobObject:
        """One job; :meth:`assign` puts a process and all it will start into it."""

        def __init__(self) -> None:
            """Raises :class:`OSError` where the system gives no job."""
            self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            self._declare()
            self._handle = self._kernel.CreateJobObjectW(None, None)
            if not self._handle:
                raise ctypes.WinError(ctypes.get_last_error())
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
            size = ctypes.sizeof(limits)
            self._check(
                self._kernel.SetInformationJobObject(
                    self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size
                )
            )

        def assign(self, process_handle: int) -> None:
            """Put the process into the job. Raises :class:`OSError`."""
            self._check(self._kernel.AssignProcessToJobObject(self._handle, process_handle))

        def terminate(self) -> None:
            """End every process in the job. Raises :class:`OSError`."""
            self._check(self._kernel.TerminateJobObject(self._handle, 1))

        def close(self) -> None:
            """Let the job go; whatever still runs in it ends. Safe to call twice."""
            handle, self._handle = self._handle, None
            if handle:
                self._kernel.CloseHandle(handle)

        def _declare(self) -> None:
            # Without these a 64-bit handle is cut to 32 bits.
            kernel = self._kernel
            kernel.CreateJobObjectW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR]
            kernel.CreateJobObjectW.restype = wintypes.HANDLE
            kernel.SetInformationJobObject.argtypes = [wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
            kernel.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
            kernel.TerminateJobObject.argtypes = [wintypes.HANDLE, wintypes.UINT]
            kernel.CloseHandle.argtypes = [wintypes.HANDLE]

        @staticmethod
        def _check(succeeded: int) -> None:
            if not succeeded:
                raise ctypes.WinError(ctypes.get_last_error())
