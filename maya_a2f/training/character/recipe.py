"""The TOML file of a character: what data, how to train, what style, where the package goes.

``kind = "character"``; every path is relative to the file. docs/character.md shows a complete one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from maya_a2f.errors import UserError


@dataclass(frozen=True)
class DataSettings:
    """Where the user's animation lies. ``{shot}`` stands for a shot's name in the patterns."""

    folder: str = "."
    audio: str = "audio/{shot}.wav"
    weights: str = ""
    """Pattern of the weight files (CSV, JSON, NPY); or, instead:"""
    skin: str = ""
    """pattern of the skin's vertex caches; the ending may be ``*``."""
    tongue: str = ""
    names: str = ""
    """File of the weights' names, for NPY."""
    neutral: str = ""
    """Neutral pose of the skin (.npy); without it, the mean of all frames."""
    tongue_neutral: str = ""
    shapes: str = ""
    """Blendshapes of the skin for the solve (.npz: poseNames, neutral, one delta per name); without it, the package's
    poses are its principal components."""
    jaw: str = ""
    """.npz: shot -> (F, 5, 3) deltas in centimetres"""
    jaw_neutral: str = ""
    """.npy: (5, 3)"""
    eyes: str = ""
    """.npz: shot -> (F, 2, 2) degrees: right and left eye, x and y"""
    fps: float = 0.0
    """Frames per second; 0: the files say, else 30."""
    audio_offset_seconds: float = 0.0
    """Animation of time t belongs to the audio of t + this."""
    skip: tuple[str, ...] = ()
    """Shots left out."""
    ignore: tuple[str, ...] = ()
    """Weights left out, by name or pattern (``jaw.*``)."""
    variance: float = 0.9995
    """Share of the skin's variance that its principal components keep."""
    tongue_variance: float = 0.9995


@dataclass(frozen=True)
class ValidationSettings:
    """What is kept apart to choose by."""

    shots: tuple[str, ...] = ()
    """Whole shots; without any, the last part of every shot."""
    share: float = 0.15


@dataclass(frozen=True)
class FitSettings:
    """How it is trained."""

    start: str = "default"
    """Package whose network to go on from: ``default`` or a folder."""
    steps: int = 240
    batch: int = 24
    segment_seconds: float = 1.26
    learning_rate: float = 1e-3
    trunk_rate: float = 0.5
    """Learning rate of the default model's own layers, relative to the new ones."""
    weight_decay: float = 0.02
    dropout: float = 0.3
    augmented_share: float = 0.9
    """Share of every batch heard through another microphone, room, level, tempo and vocal tract."""
    velocity: float = 0.5
    """Weight of the error of motion beside the error of pose."""
    hears_level: bool = False
    """True: louder speech may open the mouth wider. False: only the sound's shape counts."""
    shot_styles: bool = True
    """Every shot may use each control more or less than the others do; the package uses it as the average shot."""
    average: float = 0.98
    voices: int = 2
    """Networks trained from different seeds and averaged."""
    refit: bool = True
    """Once the best step is known, train again on all shots, for as many steps."""
    patience: int = 8
    """Validations without a better score before a run stops."""
    validate_every: int = 20
    threads: int = 1
    """More help on an idle machine and hinder on a busy one."""
    device: str = "cpu"


@dataclass(frozen=True)
class StyleSettings:
    """Exaggerate or calm, without new data."""

    gains: Mapping[str, float] = field(default_factory=dict)
    """By region (all, jaw, mouth, cheeks, nose, eyes, brows, tongue, teeth), pattern or name; applied at export."""
    snap: float = 0.0
    """0…1: poses arrive faster and stay longer; shapes what is learned."""
    snap_seconds: float = 0.12
    """Reach of ``snap``."""
    hold_seconds: float = 0.0
    """A pose is held at least so long (0: off); shapes what is learned."""
    move_seconds: float = 0.08
    """Length of the move between held poses."""


@dataclass(frozen=True)
class ExportSettings:
    """Where the package goes."""

    package: str = ""
    """Folder; without it, ``<name>_package`` beside the TOML file."""


@dataclass(frozen=True)
class Recipe:
    """A whole character."""

    path: Path
    name: str
    seed: int
    data: DataSettings
    validation: ValidationSettings
    fit: FitSettings
    style: StyleSettings
    export: ExportSettings

    def resolved(self, text: str) -> Path:
        """A path of the recipe, relative to its file."""
        return (self.path.parent / text).resolve()

    def package_folder(self) -> Path:
        """Where the package is written."""
        return self.resolved(self.export.package or f"{self.name}_package")


_SECTIONS: dict[str, Any] = {
    "data": DataSettings, "validation": ValidationSettings, "training": FitSettings, "style": StyleSettings,
    "export": ExportSettings,
}  # fmt: skip


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; what it does not understand is a :class:`UserError` ``training.recipe``."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise recipe_fault(f"“{path}” can not be read: {error}.") from error
    unknown = sorted(set(data) - {"kind", "name", "seed", *_SECTIONS})
    if unknown:
        raise recipe_fault(f"“{path.name}” has an unknown entry “{unknown[0]}”.")
    name, seed = data.get("name", path.stem), data.get("seed", 1)
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise recipe_fault(f"“name” in “{path.name}” must be a plain name, not {name!r}.")
    if type(seed) is not int or seed < 0:
        raise recipe_fault(f"“seed” in “{path.name}” must be a whole number, not {seed!r}.")
    parts = {section: _section(kind, data.get(section, {}), section, path) for section, kind in _SECTIONS.items()}
    recipe = Recipe(
        path.resolve(), name, seed, parts["data"], parts["validation"], parts["training"], parts["style"],
        parts["export"],
    )  # fmt: skip
    _check(recipe)
    return recipe


def _section(kind: Any, data: Any, section: str, path: Path) -> Any:
    where = f"[{section}] of “{path.name}”"
    if not isinstance(data, dict):
        raise recipe_fault(f"{where} must be a section.")
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise recipe_fault(f"{where} has an unknown entry “{name}”.")
        values[name] = _value(hints[name], value, f"“{name}” in {where}")
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is float and is_number:
        return float(value)
    if hint in (int, bool, str) and type(value) is hint:
        return value
    if hint == tuple[str, ...] and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if isinstance(value, dict) and all(isinstance(v, (int, float)) for v in value.values()) and "Mapping" in str(hint):
        return {name: float(number) for name, number in value.items()}
    kind = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}.get(hint, "a list of texts")
    raise recipe_fault(f"{where} must be {'a table of numbers' if 'Mapping' in str(hint) else kind}, not {value!r}.")


_LIMITS: tuple[tuple[str, str, float, float], ...] = (
    ("data", "fps", 0.0, 1000.0), ("data", "variance", 0.01, 1.0), ("data", "tongue_variance", 0.01, 1.0),
    ("data", "audio_offset_seconds", -10.0, 10.0), ("validation", "share", 0.01, 0.5), ("fit", "steps", 1, 1e6),
    ("fit", "batch", 1, 4096), ("fit", "segment_seconds", 0.1, 30.0), ("fit", "learning_rate", 1e-7, 1.0),
    ("fit", "trunk_rate", 0.0, 10.0), ("fit", "weight_decay", 0.0, 1.0), ("fit", "dropout", 0.0, 0.9),
    ("fit", "augmented_share", 0.0, 1.0), ("fit", "velocity", 0.0, 100.0), ("fit", "average", 0.0, 0.9999),
    ("fit", "voices", 1, 5), ("fit", "patience", 1, 1e6), ("fit", "validate_every", 1, 1e6), ("fit", "threads", 1, 256),
    ("style", "snap", 0.0, 1.0), ("style", "snap_seconds", 0.01, 2.0), ("style", "hold_seconds", 0.0, 5.0),
    ("style", "move_seconds", 0.01, 2.0),
)  # fmt: skip


def _check(recipe: Recipe) -> None:
    for section, name, low, high in _LIMITS:
        value = getattr(getattr(recipe, section), name)
        if not low <= value <= high:
            shown = "training" if section == "fit" else section
            raise recipe_fault(f"“{name}” in [{shown}] is {value:g}; it must lie between {low:g} and {high:g}.")
    data = recipe.data
    if bool(data.weights) == bool(data.skin):
        raise recipe_fault("[data] needs either “weights” or “skin”: the pattern of the animation's files.")
    for name in ("audio", "weights", "skin", "tongue"):
        pattern = getattr(data, name)
        if pattern and "{shot}" not in pattern:
            raise recipe_fault(f"“{name}” in [data] must contain {{shot}}, which stands for a shot's name.")
    if recipe.fit.device.split(":")[0] not in ("cpu", "cuda"):
        raise recipe_fault(f"“device” in [training] must be cpu or cuda, not “{recipe.fit.device}”.")
    for name, gain in recipe.style.gains.items():
        if not 0.0 <= gain <= 5.0:
            raise recipe_fault(f"The gain of “{name}” in [style.gains] is {gain:g}; it must lie between 0 and 5.")


def recipe_fault(message: str) -> UserError:
    """Something in the TOML file."""
    return UserError(message, code="training.recipe", hint="docs/character.md shows a complete file.")
