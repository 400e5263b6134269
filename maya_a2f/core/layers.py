"""Layers over a performance: blinks, saccades, gaze, brow accents, head motion. Each has a strength and a seed.

Layers are ours: they come after everything a model package says, and the package's own parameters keep their meaning.
As JSON data::

    {
     "blinks": {"strength": 0.5, "seed": 3},
     "head": {"strength": 0},
     "saccadeKind": "natural",
     "gaze": {"targets": [{"x": 12, "y": -4, "start": 2.0, "end": 4.5}, {"x": 10, "y": 0, "z": 60}]}
    }

What is left out is as the package has it; the head moves gently unless it is switched off.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from maya_a2f.errors import UserError

LAYER_NAMES: tuple[str, ...] = ("blinks", "saccades", "gaze", "brows", "head")
SaccadeKind = Literal["model", "natural"]
SACCADE_KINDS: tuple[SaccadeKind, ...] = ("model", "natural")
STRONGEST = 2.0
LARGEST_SEED = 9999
LARGEST_YAW_DEGREES, LARGEST_PITCH_DEGREES = 45.0, 30.0
LARGEST_DISTANCE_CM = 1e5
NEAREST_CM = 10.0


@dataclass(frozen=True)
class Layer:
    """How one layer is to be laid."""

    strength: float | None = None
    """0 is off, 1 is natural; None is as the model package has it."""
    seed: int = 0
    """Another seed is another variation of the same kind."""


@dataclass(frozen=True)
class GazeTarget:
    """Where the eyes look: a direction, or with ``z`` a point."""

    x: float
    """Degrees to the character's left; of a point, centimetres."""
    y: float
    """Degrees up; of a point, centimetres."""
    z: float | None = None
    """Centimetres in front of the middle between the eyes; None for a direction."""
    start_seconds: float | None = None
    """From when on it is held; None is the whole clip, in which the eyes stay lively."""
    end_seconds: float | None = None
    """Until when; the eyes then drift back. None is the end of the clip."""

    def angles(self, eye_x: float = 0.0) -> tuple[float, float]:
        """(yaw to the character's left, pitch down) in degrees for an eye ``eye_x`` centimetres left of the middle."""
        if self.z is None:
            return self.x, -self.y
        across = self.x - eye_x
        return math.degrees(math.atan2(across, self.z)), -math.degrees(math.atan2(self.y, math.hypot(across, self.z)))


@dataclass(frozen=True)
class LayerSettings:
    """Every layer of a solve."""

    blinks: Layer = Layer()
    """Strength: how often."""
    saccades: Layer = Layer()
    """Strength: how far."""
    gaze: Layer = Layer()
    """Strength: how much of the way to the target."""
    brows: Layer = Layer()
    """Strength: how high."""
    head: Layer = Layer()
    """Strength: how far."""
    saccade_kind: SaccadeKind = "model"
    """``natural`` draws them from the figures of Lee, Badler and Badler (2002) in place of the package's own track."""
    targets: tuple[GazeTarget, ...] = ()
    """In the order of time; none overlap."""

    def layer(self, name: str) -> Layer:
        """The layer of that name. Raises :class:`UserError` ``layer.unknown``."""
        return _known(self, name)

    def held(self) -> tuple[tuple[float, float], ...]:
        """(start, end) seconds of the held gazes; an open end is infinite."""
        if self.gaze.strength == 0:
            return ()
        return tuple(
            (target.start_seconds, math.inf if target.end_seconds is None else target.end_seconds)
            for target in self.targets
            if target.start_seconds is not None
        )


def with_layer(settings: LayerSettings, name: str, layer: Layer) -> LayerSettings:
    """The settings with another layer, checked. Raises :class:`UserError` ``layer.*``."""
    _known(settings, name)
    changed: dict[str, Any] = {name: _checked(name, layer)}
    return replace(settings, **changed)


def with_seed(settings: LayerSettings, seed: int) -> LayerSettings:
    """The settings with ``seed`` for every layer. Raises :class:`UserError` ``layer.bad``."""
    for name in LAYER_NAMES:
        settings = with_layer(settings, name, replace(settings.layer(name), seed=seed))
    return settings


def with_targets(settings: LayerSettings, targets: tuple[GazeTarget, ...]) -> LayerSettings:
    """The settings with other gaze targets, in the order of time. Raises :class:`UserError` ``gaze.bad``."""
    for target in targets:
        check_target(target)
    ordered = tuple(sorted(targets, key=lambda target: (target.start_seconds is not None, target.start_seconds or 0.0)))
    if sum(target.start_seconds is None for target in ordered) > 1:
        raise bad_gaze("two targets hold for the whole clip")
    held = [target for target in ordered if target.start_seconds is not None]
    for earlier, later in itertools.pairwise(held):
        if earlier.end_seconds is None or (later.start_seconds or 0.0) < earlier.end_seconds:
            raise bad_gaze(f"the target held from {earlier.start_seconds:g} s overlaps the next")
    return replace(settings, targets=ordered)


def layers_data(settings: LayerSettings) -> dict[str, Any]:
    """JSON-ready, empty for what is as it is by itself; :func:`layers_from_data` is the inverse."""
    data: dict[str, Any] = {}
    for name in LAYER_NAMES:
        layer, entry = settings.layer(name), {}
        if layer.strength is not None:
            entry["strength"] = layer.strength
        if layer.seed:
            entry["seed"] = layer.seed
        if entry:
            data[name] = entry
    if settings.targets:
        data.setdefault("gaze", {})["targets"] = [_target_data(target) for target in settings.targets]
    if settings.saccade_kind != "model":
        data["saccadeKind"] = settings.saccade_kind
    return data


def layers_from_data(data: Any) -> LayerSettings:
    """Settings from JSON data. Raises :class:`UserError` ``layer.*`` or ``gaze.bad``."""
    if not isinstance(data, Mapping):
        raise _bad("they are no object in braces")
    settings = LayerSettings()
    for name, value in data.items():
        if name == "saccadeKind":
            if value not in SACCADE_KINDS:
                raise _bad(f'"saccadeKind" is {value!r}, not "model" or "natural"')
            settings = replace(settings, saccade_kind=value)
            continue
        _known(settings, name)
        if not isinstance(value, Mapping):
            raise _bad(f'"{name}" is no object in braces')
        allowed = {"strength", "seed"} | ({"targets"} if name == "gaze" else set())
        if unknown := sorted(set(value) - allowed):
            raise _bad(f'"{name}" has "{unknown[0]}", which is not one of {", ".join(sorted(allowed))}')
        settings = with_layer(settings, name, Layer(value.get("strength"), value.get("seed", 0)))
        if "targets" in value:
            if not isinstance(value["targets"], list):
                raise bad_gaze("the targets are no list")
            settings = with_targets(settings, tuple(_target(entry) for entry in value["targets"]))
    return settings


def _known(settings: LayerSettings, name: str) -> Layer:
    if name not in LAYER_NAMES:
        raise UserError(
            f"There is no layer '{name}'.", code="layer.unknown", hint=f"The layers are: {', '.join(LAYER_NAMES)}."
        )
    layer: Layer = getattr(settings, name)
    return layer


def _checked(name: str, layer: Layer) -> Layer:
    if layer.strength is not None and not (_is_number(layer.strength) and 0.0 <= layer.strength <= STRONGEST):
        raise UserError(
            f"The strength of the layer '{name}' is {layer.strength!r}.",
            code="layer.out_of_range",
            hint=f"Give a number from 0 (off) to {STRONGEST:g}; 1 is natural.",
        )
    if isinstance(layer.seed, bool) or not isinstance(layer.seed, int) or not 0 <= layer.seed <= LARGEST_SEED:
        raise UserError(
            f"The seed of the layer '{name}' is {layer.seed!r}.",
            code="layer.bad_seed",
            hint=f"Give a whole number from 0 to {LARGEST_SEED}.",
        )
    return layer


def check_target(target: GazeTarget) -> None:
    """Raise :class:`UserError` ``gaze.bad`` for a target no eyes could look at."""
    numbers = [target.x, target.y, target.z, target.start_seconds, target.end_seconds]
    if not all(value is None or _is_number(value) for value in numbers):
        raise bad_gaze("a target holds something that is not a number")
    if target.z is not None and not NEAREST_CM <= target.z <= LARGEST_DISTANCE_CM:
        raise bad_gaze(f"a point lies {target.z:g} cm in front of the eyes; it must be at least {NEAREST_CM:g}")
    yaw, pitch = target.angles()
    if abs(yaw) > LARGEST_YAW_DEGREES or abs(pitch) > LARGEST_PITCH_DEGREES:
        raise bad_gaze(
            f"a target lies {yaw:.0f} degrees aside and {-pitch:.0f} up; {LARGEST_YAW_DEGREES:g} aside and "
            f"{LARGEST_PITCH_DEGREES:g} up or down are the limits"
        )
    if target.start_seconds is None and target.end_seconds is not None:
        raise bad_gaze("a target has an end and no start")
    if target.start_seconds is not None and (
        target.start_seconds < 0 or (target.end_seconds is not None and target.end_seconds <= target.start_seconds)
    ):
        raise bad_gaze(f"a target is held from {target.start_seconds:g} to {target.end_seconds or 0:g} s")


def _target(entry: Any) -> GazeTarget:
    if not isinstance(entry, Mapping) or not {"x", "y"} <= set(entry) <= {"x", "y", "z", "start", "end"}:
        raise bad_gaze('a target is not an object with "x", "y" and, if wanted, "z", "start" and "end"')
    return GazeTarget(entry["x"], entry["y"], entry.get("z"), entry.get("start"), entry.get("end"))


def _target_data(target: GazeTarget) -> dict[str, Any]:
    data: dict[str, Any] = {"x": target.x, "y": target.y, "z": target.z}
    data |= {"start": target.start_seconds, "end": target.end_seconds}
    return {name: value for name, value in data.items() if value is not None}


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def _bad(why: str) -> UserError:
    return UserError(
        f"The layers cannot be used: {why}.",
        code="layer.bad",
        hint='Write {"blinks": {"strength": 0.5, "seed": 3}, …}; the layers are ' + ", ".join(LAYER_NAMES) + ".",
    )


def bad_gaze(why: str) -> UserError:
    """The error for a gaze that does not do."""
    return UserError(
        f"The gaze cannot be used: {why}.",
        code="gaze.bad",
        hint="Write X,Y in degrees (left and up), or X,Y,Z in centimetres, and @2.0-4.5 to hold it from 2 to 4.5 s.",
    )
