"""Looks by name or file, laid under what a solve is told: ``--look`` and ``look=``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from maya_a2f import settings
from maya_a2f.core.face_parameters import PARAMETER_NAMES
from maya_a2f.core.layers import LAYER_NAMES, LayerSettings, with_layer
from maya_a2f.core.look import SUFFIX, Look, find_looks, read_look
from maya_a2f.errors import UserError
from maya_a2f.settings import SolveSettings


def found_look(given: str) -> Look:
    """The look of that name in the look folders, or in that file. Raises :class:`UserError` ``look.*``."""
    if given.endswith(".json") or Path(given).is_file():
        return read_look(Path(given))
    own, *others = settings.look_folders()
    found, faults = find_looks(own, others)
    for entry in found:
        if entry.look.name.casefold() == given.casefold():
            return entry.look
    for fault in faults:
        if f"{given}{SUFFIX}".casefold() in fault.message.casefold():
            raise fault
    names = [entry.look.name for entry in found]
    near = difflib.get_close_matches(given.casefold(), [name.casefold() for name in names], 1)
    close = next((name for name in names if near and name.casefold() == near[0]), "")
    raise UserError(
        f"There is no look '{given}'.",
        code="look.unknown",
        hint=f"Did you mean '{close}'?" if close else f"Looks: {', '.join(names)}; or give a file.",
    )


def with_look(given: SolveSettings, model: Mapping[str, Any]) -> SolveSettings:
    """The settings with their look under them: what is given besides it wins.

    ``model`` is the report's facts of ``models_info``; emotions that the model does not have are left out.
    """
    look = given.look
    if look is None:
        return given
    own = model.get("parameters")
    own = own if isinstance(own, Mapping) else {}
    values = {name: float(value) for name, value in own.items() if name in PARAMETER_NAMES}
    if isinstance(model.get("input_strength"), int | float):
        values["inputStrength"] = float(model["input_strength"])
    known = {str(name).lower() for name in model.get("emotions") or ()}
    emotion = {name: value for name, value in look.emotion.items() if name.lower() in known}
    is_usual_tail = given.tail_seconds == SolveSettings.tail_seconds
    return replace(
        given,
        look=None,
        emotion={**emotion, **given.emotion},
        parameters={**look.resolved(values), **given.parameters},
        style={**look.style, **given.style},
        layers=_layers(look.layers, given.layers),
        tail_seconds=look.tail_seconds if is_usual_tail and look.tail_seconds is not None else given.tail_seconds,
    )


def _layers(under: LayerSettings, over: LayerSettings) -> LayerSettings:
    made = over
    for name in LAYER_NAMES:
        if over.layer(name).strength is None:
            made = with_layer(made, name, replace(over.layer(name), strength=under.layer(name).strength))
    return replace(made, saccade_kind=under.saccade_kind) if over.saccade_kind == "model" else made
