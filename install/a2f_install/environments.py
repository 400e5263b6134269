"""The worker's environments: where they may lie, and which were made by us."""

from __future__ import annotations

import json
from pathlib import Path

from a2f_install.places import System

STAMP = "a2f-installed.json"
"""In an environment: what was installed. Written last, so an environment without it is not ours or not finished."""


def is_ours(environment: Path) -> bool:
    """Whether ``bootstrap.py`` made this environment."""
    return (environment / STAMP).is_file() and (environment / "pyvenv.cfg").is_file()


def is_ready(environment: Path) -> bool:
    """Whether it was made by us to the end."""
    try:
        return is_ours(environment) and bool(json.loads((environment / STAMP).read_text("utf-8")))
    except (OSError, ValueError):
        return False


def candidates(system: System, root: Path, version: str) -> list[Path]:
    """Where the worker's environment is looked for, in this order (MAYA_A2F_WORKER_PYTHON comes before all)."""
    return [root / ".venv", user_environments(system) / version]


def user_environments(system: System) -> Path:
    """The user's environments, one for each version of the module; used where the module is read-only."""
    return system.user_folder() / "environments"
