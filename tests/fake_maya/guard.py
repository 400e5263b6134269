"""What every call into the fake passes: the main-thread rule, and a count of calls."""

from __future__ import annotations

import functools
import threading
from collections import Counter
from typing import Any

calls: Counter[str] = Counter()
"""Name -> how often it was called. Tests clear it."""

_depth = [0]
# Above 0 inside a call: what the fake calls on its own behalf does not count.


def enter(name: str) -> None:
    """Count a call; raise off the main thread (Maya would crash at some later time)."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError(
            f"{name} was called from thread '{threading.current_thread().name}': Maya allows its main thread only"
        )
    if not _depth[0]:
        calls[name] += 1


def guarded_class(kind: type) -> type:
    """A class whose public methods and properties pass :func:`enter`."""
    for name, member in list(vars(kind).items()):
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, property):
            setattr(kind, name, property(_named(member.fget, f"{kind.__name__}.{name}")))
        elif isinstance(member, staticmethod):
            setattr(kind, name, staticmethod(_named(member.__func__, f"{kind.__name__}.{name}")))
        elif callable(member) and not isinstance(member, type):
            setattr(kind, name, _named(member, f"{kind.__name__}.{name}"))
    return kind


def _named(function: Any, name: str) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        enter(name)
        _depth[0] += 1
        try:
            return function(*args, **kwargs)
        finally:
            _depth[0] -= 1

    return call
