"""``a2f doctor``: what is installed, which engine would run, and why the better ones would not."""

from __future__ import annotations

import argparse
import platform
import sys
from typing import Any

from maya_a2f import __version__, settings
from maya_a2f.api import open_worker
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.installation import installation_rows
from maya_a2f.cli.options import add_common
from maya_a2f.errors import EngineError
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.run import folders


def add_parser(commands: Any) -> None:
    """Add ``doctor`` to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="what is installed and which engine would run",
        description="What is installed, which engine would run, and why the better ones would not.",
    )
    add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    """Print the report; exit code 0 when a clip could be animated."""
    _section("This program")
    _row("maya_a2f", f"{__version__} in {settings.checkout_folder()}")
    _row("Python", f"{platform.python_version()} ({sys.executable})")
    _row("system", platform.platform())
    python = settings.worker_python()
    _row("worker's Python", str(python) if python else "none: run 'python3 install/bootstrap.py env'")
    _row("cache", str(settings.cache_folder()))
    _row("logs", _logs())
    _section("Maya module")
    for label, text in installation_rows():
        _row(label, text)
    with open_worker() as worker:
        reply = worker.request("doctor", {"head_folder": str(HEAD_FOLDER), **folders()})
    _section("Worker")
    _row("version", f"{__version__}, as this program's: it said so when it started")
    _section("Packages of the worker")
    for name, version in reply.fields["packages"]:
        _row(name, version)
    _section("Engines, best first")
    for engine in reply.fields["engines"]:
        _row(engine["name"], engine["why"])
    for folder, words in reply.fields["plans"]:
        _row("plans", f"{folder}: {words}")
    say(f"\n  The network would run on: {reply.fields['chosen']}")
    _section("Preview movie")
    _row("renderer", reply.fields["renderer"])
    _section("Model packages")
    models = reply.items("models")
    for package in models:
        _row(package["name"], package["folder"])
    if models:
        return 0
    _row("none", "Put a package into one of these folders:")
    for folder in folders()["model_folders"]:
        _row("", folder)
    return EngineError.exit_code


def _logs() -> str:
    folder = settings.log_folder()
    names = ", ".join(sorted(path.name for path in folder.glob("*.log"))) if folder.is_dir() else ""
    return f"{folder} ({names or 'none yet'})"


def _section(title: str) -> None:
    say(f"\n{title}" if title != "This program" else title)


def _row(label: str, text: str) -> None:
    say(f"  {label:<32} {text}")
