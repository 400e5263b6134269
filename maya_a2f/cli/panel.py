"""``a2f panel``: the panel in a window of its own, without Maya."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from maya_a2f.cli.console import Console
from maya_a2f.cli.options import add_common
from maya_a2f.errors import EngineError, UserError


def add_parser(commands: Any) -> None:
    """Add ``panel`` to the command line."""
    parser = commands.add_parser(
        "panel",
        help="open the panel in a window",
        description="Open the panel in a window: our own head speaks, Bake writes a keyed Maya scene.",
    )
    parser.add_argument("clip", metavar="CLIP", nargs="?", default=None, help="a recording to begin with")
    add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    """Open the window; returns when it is closed. Raises :class:`UserError`, :class:`EngineError`."""
    if options.clip is not None and not Path(options.clip).is_file():
        raise UserError(f"The clip '{options.clip}' is not there.", code="clip.missing", hint="Check the path.")
    if find_spec("PySide6") is None:
        raise EngineError(
            "The panel needs PySide6, which this Python does not have.",
            code="panel.no_qt",
            hint="Run 'python3 install/bootstrap.py env', which brings it.",
        )
    refuse_without_display()
    from maya_a2f.ui.standalone import show_panel

    return show_panel(options.clip)


def refuse_without_display() -> None:
    """Qt would end the whole process. Raises :class:`EngineError` ``panel.no_display``."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise EngineError(
            "There is no display to open a window on.",
            code="panel.no_display",
            hint="Run it in a desktop session, or use 'a2f animate' here.",
        )
