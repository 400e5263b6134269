"""``maya.utils``: the calls that may come from any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fake_maya.session import current


def executeDeferred(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Run when idle; here: at :func:`processIdleEvents`."""
    current().deferred.append(lambda: fn(*args, **kwargs))


def executeInMainThreadWithResult(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run in the main thread."""
    import threading

    if threading.current_thread() is threading.main_thread():
        return fn(*args, **kwargs)
    raise RuntimeError("The main thread of the fake runs no loop")


def processIdleEvents() -> None:
    """Run what waits."""
    current().idle()
