"""What ``a2f train`` runs in the worker's Python: reads the TOML file and does what its ``kind`` says.

``python -m maya_a2f.training.command CONFIG.toml [--work FOLDER] [--package FOLDER]``. Standard output carries one JSON
object a line: ``{"stage", "done", "total"}``, ``{"note"}``, and last ``{"result"}`` or ``{"error"}``. Interrupted, it
saves a checkpoint and says so. Imports nothing heavy before it knows that torch is there.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
import tomllib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError, extra_hint

KINDS = ("default", "character", "style")
_REPORT_SECONDS = 0.2


class _Stop:
    """Set by the first interrupt; a second one ends the process at once."""

    def __init__(self) -> None:
        self.asked = False
        self._at = 0.0

    def __call__(self) -> bool:
        return self.asked

    def handle(self, _signal: int, _frame: object) -> None:
        # Ctrl-C reaches the whole process group and is passed on by the parent as well: that is one wish, not two.
        if self.asked and time.monotonic() - self._at > 1.0:
            raise KeyboardInterrupt
        if not self.asked:
            self._at = time.monotonic()
        self.asked = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one recipe; returns the exit code of ``a2f``."""
    parser = argparse.ArgumentParser(description="Train a model package as a TOML file says.")
    parser.add_argument("config", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--package", type=Path)
    parser.add_argument("--device")
    options = parser.parse_args(arguments)
    stop = _Stop()
    signal.signal(signal.SIGINT, stop.handle)
    try:
        _say({"result": run(options, stop)})
    except A2FError as error:
        _say({"error": error.to_dict()})
        return error.exit_code
    except KeyboardInterrupt:
        _say({"error": Cancelled("Training was stopped.").to_dict()})
        return Cancelled.exit_code
    return 0


def kind_of(path: Path) -> str:
    """``kind`` of a TOML file; without one it is a recipe for a default model. Raises :class:`UserError`."""
    try:
        kind = tomllib.loads(path.read_text(encoding="utf-8")).get("kind", "default")
    except OSError as error:
        raise UserError(
            f"The configuration “{path}” can not be read: {error.strerror or error}.",
            code="training.config",
            hint="Give the path of a TOML file; docs/character.md shows one.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"The configuration “{path}” is no valid TOML: {error}.",
            code="training.config",
            hint="docs/character.md shows a complete file.",
        ) from error
    if kind not in KINDS:
        raise UserError(
            f"“{path.name}” has the kind {kind!r}.", code="training.config", hint=f"Kinds are {', '.join(KINDS)}."
        )
    return str(kind)


def require_packages() -> None:
    """Raises :class:`EngineError` ``training.missing`` where torch or onnx is not installed."""
    missing = [name for name in ("torch", "onnx") if find_spec(name) is None]
    if missing:
        raise EngineError(
            f"Training needs {' and '.join(missing)}, which this installation does not have.",
            code="training.missing",
            hint=extra_hint("train"),
        )


def run(options: argparse.Namespace, stop: _Stop) -> dict[str, Any]:
    """Do what the file says; returns what to tell."""
    config: Path = options.config
    kind = kind_of(config)
    if kind == "style":
        return _restyled(config)
    require_packages()
    work: Path = (options.work or config.resolve().parent / f"{config.stem}_run").resolve()
    return _taught(options, work, stop) if kind == "character" else _default(options, work)


def _restyled(config: Path) -> dict[str, Any]:
    from maya_a2f.training.character.restyle import read_style_recipe, restyle

    return {"package": str(restyle(read_style_recipe(config)))}


def _taught(options: argparse.Namespace, work: Path, stop: _Stop) -> dict[str, Any]:
    from dataclasses import replace

    from maya_a2f.training.character.lesson import lesson_dict, teach
    from maya_a2f.training.character.recipe import read_recipe

    recipe = read_recipe(options.config)
    if options.package:
        recipe = replace(recipe, export=replace(recipe.export, package=str(options.package.resolve())))
    if options.device:
        recipe = replace(recipe, fit=replace(recipe.fit, device=options.device))
    told_at, told_stage = 0.0, ""

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal told_at, told_stage
        now = time.monotonic()
        if stage != told_stage or done >= total or now - told_at > _REPORT_SECONDS:
            told_at, told_stage = now, stage
            _say({"stage": stage, "done": done, "total": total})

    return {**lesson_dict(teach(recipe, work, progress, stop)), "run": str(work)}


def _default(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    from maya_a2f.training.configuration import read_configuration
    from maya_a2f.training.reproduce import reproduce

    configuration = read_configuration(options.config)
    package = (options.package or options.config.resolve().parent / f"{options.config.stem}_package").resolve()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # its stages resume from files, wherever they stop
    _say({"note": f"The work folder is {work}; stopped, the same command goes on from there."})
    reproduce(configuration, work, package)
    return {"package": str(package), "run": str(work)}


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
