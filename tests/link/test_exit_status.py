"""Exit codes in words."""

from __future__ import annotations

import sys

import pytest

from maya_a2f.link.exit_status import exit_words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit code 0"),
        (1, "exit code 1"),
        (127, "exit code 127: a shared library or the program itself was not found"),
        (0xC0000005, "exit code 0xC0000005: crashed in native code: access violation"),
        (0xC0000135, "exit code 0xC0000135: a DLL it needs was not found"),
        (0xC1234567, "exit code 0xC1234567"),
    ],
)
def test_exit_codes_in_words(code: int, words: str) -> None:
    assert exit_words(code) == words


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "signal SIGKILL (9): killed from outside, or by the system for want of memory"),
        (-11, "signal SIGSEGV (11): crashed in native code: a segmentation fault"),
        (-99, "signal of unknown name (99)"),
    ],
)
def test_signals_in_words(code: int, words: str) -> None:
    assert exit_words(code) == words
