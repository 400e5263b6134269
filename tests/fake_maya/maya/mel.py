"""``maya.mel``: the globals the module asks for."""

from __future__ import annotations

from typing import Any

from tests.fake_maya import guard
from tests.fake_maya.session import current

_GLOBALS = {"$gPlayBackSlider": "timeControl1", "$gShelfTopLevel": "ShelfLayout", "$gMainWindow": "MayaWindow"}


def eval(string: str) -> Any:
    """Evaluate MEL."""
    guard.enter("mel.eval")
    if not isinstance(string, str):
        raise TypeError("mel.eval takes a string")
    for name, value in _GLOBALS.items():
        if string.endswith(f" = {name}"):
            return "" if current().batch else value
    raise RuntimeError(f"Error occurred during execution of MEL script: cannot find '{string}'")
