"""``maya.mel``: the two expressions the module asks for."""

from __future__ import annotations

from typing import Any

from tests.fake_maya import guard
from tests.fake_maya.session import current


def eval(string: str) -> Any:
    """Evaluate MEL."""
    guard.enter("mel.eval")
    if not isinstance(string, str):
        raise TypeError("mel.eval takes a string")
    if "$gPlayBackSlider" in string:
        return "" if current().batch else "timeControl1"
    raise RuntimeError(f"Error occurred during execution of MEL script: cannot find '{string}'")
