"""From a recipe to a package: read, prepare, fit, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.errors import EngineError
from maya_a2f.settings import checkout_folder
from maya_a2f.training.character.default_trunk import read_trunk
from maya_a2f.training.character.face import Controls, prepare
from maya_a2f.training.character.fit import Check, Material, device_of, fit_voices, trunk_context
from maya_a2f.training.character.package_writer import write_package
from maya_a2f.training.character.recipe import Recipe, recipe_fault
from maya_a2f.training.character.recordings import Recording, make_recording, shot_gain
from maya_a2f.training.character.shots import Footage, read_footage

OnProgress = Callable[[str, int, int], None]
IsStopped = Callable[[], bool]
_LEAST_SECONDS = 5.0


@dataclass(frozen=True)
class Lesson:
    """What came out."""

    package: Path
    seconds: float
    """Of animation"""
    check: Check
    correlations: dict[str, float]
    """Of held-out animation, by control, the liveliest first"""


def teach(recipe: Recipe, run: Path, progress: OnProgress, stopped: IsStopped) -> Lesson:
    """Train a character and write its package.

    Raises :class:`UserError` for the recipe or the data, :class:`EngineError` for the installation and
    :class:`Cancelled` when ``stopped`` says so; what was learned is then in ``run`` and the next call goes on from it.
    """
    device_of(recipe.fit.device)
    trunk = read_trunk(start_network(recipe), recipe.fit.dropout)
    progress("Reading the animation", 0, 0)
    footage = read_footage(recipe)
    if footage.seconds < _LEAST_SECONDS:
        raise recipe_fault(f"There are only {footage.seconds:.1f} s of animation; training needs minutes of it.")
    face, controls = prepare(footage, recipe)
    recordings = recordings_of(recipe, footage, controls)
    material = split(recipe, footage, recordings, controls)
    voices, check = fit_voices(trunk, material, recipe.fit, recipe.seed, run, progress, stopped)
    progress("Writing the package", 0, 0)
    target = recipe.package_folder()
    shapes = recipe.resolved(recipe.data.folder) / recipe.data.shapes if recipe.data.shapes else None
    lesson = Lesson(target, footage.seconds, check, _by_control(controls, check))
    write_package(
        target, recipe.name, face, controls, voices, trunk_context(trunk), recipe.style.gains, shapes, facts(lesson)
    )
    (run / "result.json").write_text(json.dumps(lesson_dict(lesson), indent=1) + "\n", encoding="utf-8")
    return lesson


def recordings_of(recipe: Recipe, footage: Footage, controls: Controls) -> list[Recording]:
    """All shots as training sees them."""
    recordings = []
    for index, shot in enumerate(footage.shots):
        truth = controls.standardised(index)
        gain = shot_gain(truth, shot.rate) if recipe.fit.shot_styles else None
        offset = recipe.data.audio_offset_seconds
        recordings.append(make_recording(shot.samples, truth, shot.rate, offset, gain))
    return recordings


def start_network(recipe: Recipe) -> Path:
    """The ``network.onnx`` to go on from."""
    start = recipe.fit.start
    folder = checkout_folder() / "engines" / "default" if start == "default" else recipe.resolved(start)
    path = folder / "network.onnx"
    if not path.is_file():
        raise EngineError(
            f"There is no network to start from: “{path}” is missing.",
            code="training.no-start",
            hint="Set “start” in [training] to the folder of a package made by this project's default recipe.",
        )
    return path


def split(recipe: Recipe, footage: Footage, recordings: Sequence[Recording], controls: Controls) -> Material:
    """Whole shots to choose by where the recipe names some, else the last part of every shot."""
    names = [shot.name for shot in footage.shots]
    wanted = recipe.validation.shots
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise recipe_fault(f"[validation] names the shot “{unknown[0]}”, which is not among the recordings.")
    if wanted and len(set(wanted)) >= len(names):
        raise recipe_fault("[validation] names all shots, so none is left to learn from.")
    if wanted:
        kept = [r for name, r in zip(names, recordings, strict=True) if name not in wanted]
        held = [r for name, r in zip(names, recordings, strict=True) if name in wanted]
    else:
        border = 1.0 - recipe.validation.share
        kept = [r.part(0.0, border) for r in recordings]
        held = [r.part(border, 1.0) for r in recordings]
    held = [r for r in held if len(r.truth) > 2]
    return Material(tuple(kept), tuple(held), controls.importance)


def _by_control(controls: Controls, check: Check) -> dict[str, float]:
    order = np.argsort(-controls.scale * (controls.importance > 0), kind="stable")
    return {
        controls.names[i]: round(float(check.correlations[i]), 3) for i in order if np.isfinite(check.correlations[i])
    }


def facts(lesson: Lesson) -> dict[str, Any]:
    """For the package's README."""
    rows: dict[str, Any] = {
        "animation": f"{lesson.seconds / 60:.1f} minutes",
        "held-out animation, mean correlation": f"{lesson.check.mean_correlation:.2f}",
    }
    for name, r in list(lesson.correlations.items())[:8]:
        rows[f"held-out animation, {name}"] = f"{r:.2f}"
    return rows


def lesson_dict(lesson: Lesson) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "package": str(lesson.package), "minutes": round(lesson.seconds / 60, 2),
        "held_out_error": round(lesson.check.error, 4),
        "held_out_correlation": round(lesson.check.mean_correlation, 4), "correlations": lesson.correlations,
    }  # fmt: skip
