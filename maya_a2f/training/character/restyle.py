"""Another style for a finished package, without training: every weight's gain becomes its multiplier in the solve."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.errors import EngineError
from maya_a2f.settings import model_folders
from maya_a2f.training.character.recipe import recipe_fault
from maya_a2f.training.character.style import gains_of
from maya_a2f.worker.installed_models import resolve_model
from maya_a2f.worker.package_reading import load_package


@dataclass(frozen=True)
class StyleRecipe:
    """``kind = "style"``: a package, gains, a new package."""

    model: Path
    package: Path
    gains: Mapping[str, float]


def read_style_recipe(path: Path) -> StyleRecipe:
    """The recipe in a TOML file. Raises :class:`UserError` ``training.recipe``."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise recipe_fault(f"“{path}” can not be read: {error}.") from error
    style = data.get("style", {})
    gains = style.get("gains", {}) if isinstance(style, dict) else {}
    unknown = sorted(set(data) - {"kind", "name", "model", "package", "style"})
    if unknown:
        raise recipe_fault(f"“{path.name}” has an unknown entry “{unknown[0]}”.")
    if isinstance(style, dict) and set(style) - {"gains"}:
        raise recipe_fault(
            f"“{path.name}”: a style without training knows [style.gains] only. Timing is learned: use it in a "
            "character's recipe."
        )
    if not isinstance(gains, dict) or not gains:
        raise recipe_fault(f"“{path.name}” needs [style.gains] with at least one gain.")
    for name, gain in gains.items():
        if isinstance(gain, bool) or not isinstance(gain, (int, float)) or not 0.0 <= gain <= 5.0:
            raise recipe_fault(f"The gain of “{name}” in [style.gains] must be a number between 0 and 5, not {gain!r}.")
    model, package = data.get("model", "default"), data.get("package", "")
    if not isinstance(model, str) or not isinstance(package, str) or not package:
        raise recipe_fault(f"“{path.name}” needs “package”, the folder to write, and may name a “model”.")
    beside = path.resolve().parent / model
    source = beside if beside.is_dir() else resolve_model(model, model_folders())
    return StyleRecipe(source, (path.resolve().parent / package).resolve(), gains)


def restyle(recipe: StyleRecipe) -> Path:
    """Copy the package and scale its weights. Weights stay linear, so closed lips stay closed where jaw and mouth get
    the same gain. Raises :class:`UserError` and :class:`EngineError`."""
    package = load_package(recipe.model)
    sets = {"bs_skin_config.json": package.skin, "bs_tongue_config.json": package.tongue}
    names = [name for shapes in sets.values() if shapes is not None for name in shapes.pose_names]
    if not names:
        raise EngineError(
            f"The package “{package.name}” has no blendshapes whose weights could be scaled.",
            code="training.no-weights",
            hint="Use the strengths of the face parameters (--param) instead.",
        )
    if recipe.package == recipe.model.resolve():
        raise recipe_fault("“package” must be another folder than the model's own.")
    factors = dict(zip(names, gains_of(names, recipe.gains).tolist(), strict=True))
    recipe.package.mkdir(parents=True, exist_ok=True)
    for file in sorted(recipe.model.iterdir()):
        if file.is_file():
            shutil.copyfile(file, recipe.package / file.name)
    listed = json.loads((recipe.model / "model.json").read_text(encoding="utf-8"))["blendshapePaths"]
    for part, shapes in (("skin", package.skin), ("tongue", package.tongue)):
        if shapes is not None:
            path = recipe.package / listed[part]["config"]
            _scale(path, [factors[name] for name in shapes.pose_names])
    return recipe.package


def _scale(path: Path, factors: list[float]) -> None:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    parameters = content["blendshape_params"]
    for key in ("bsWeightMultipliers", "bsWeightOffsets"):
        parameters[key] = [value * factor for value, factor in zip(parameters[key], factors, strict=True)]
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
