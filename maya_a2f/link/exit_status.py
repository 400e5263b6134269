"""How a process ended, in words a person can act on."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SIGNALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SIGKILL": "killed from outside, or by the system for want of memory",
        "SIGTERM": "asked to end from outside",
        "SIGSEGV": "crashed in native code: a segmentation fault",
        "SIGBUS": "crashed in native code, or the disk under a mapped file is full",
        "SIGABRT": "gave up in native code",
        "SIGILL": "met an instruction this processor does not have",
        "SIGFPE": "crashed in native code: an arithmetic fault",
        "SIGXCPU": "used up its processor time limit",
    }
)
_WINDOWS_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0xC0000005: "crashed in native code: access violation",
        0xC0000017: "ran out of memory",
        0xC000001D: "met an instruction this processor does not have",
        0xC00000FD: "crashed in native code: stack overflow",
        0xC0000135: "a DLL it needs was not found",
        0xC0000139: "a DLL it needs is of the wrong version",
        0xC000013A: "interrupted from its console",
        0xC0000142: "a DLL it needs could not start",
        0xC0000374: "crashed in native code: the heap is damaged",
        0xC0000409: "gave up in native code",
    }
)
_SHELL_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {126: "the program could not be executed", 127: "a shared library or the program itself was not found"}
)


def exit_words(code: int) -> str:
    """``code`` as ``subprocess`` reports it (negative: the signal, on POSIX), e.g. ``signal SIGKILL (9): killed …``."""
    if code < 0:
        name = _signal_name(-code)
        return _joined(f"signal {name} ({-code})", _SIGNALS.get(name))
    if code > 0xFFFF:
        return _joined(f"exit code 0x{code & 0xFFFFFFFF:08X}", _WINDOWS_CODES.get(code & 0xFFFFFFFF))
    return _joined(f"exit code {code}", _SHELL_CODES.get(code))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "of unknown name"


def _joined(what: str, meaning: str | None) -> str:
    return f"{what}: {meaning}" if meaning else what
