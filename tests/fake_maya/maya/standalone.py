"""``maya.standalone``."""

from __future__ import annotations

from tests.fake_maya import guard
from tests.fake_maya.session import current


def initialize(name: str = "python") -> None:
    """Start Maya without a window; an error inside the GUI."""
    guard.enter("standalone.initialize")
    if not current().batch:
        raise RuntimeError("initialize may only be called outside the GUI")
    current().started = True


def uninitialize() -> None:
    """Stop it."""
    guard.enter("standalone.uninitialize")
