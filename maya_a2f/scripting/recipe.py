"""How a result was made, kept with its keys in the scene, so that it can be made again with one thing changed."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maya_a2f.core.clip import Clip
from maya_a2f.core.emotion_keys import EmotionKey, key_fields
from maya_a2f.core.layers import LayerSettings, layers_data
from maya_a2f.core.look import Look, look_from_data, look_text
from maya_a2f.core.rig_map import RigMap, rig_map_text
from maya_a2f.core.rig_map_reading import rig_map_from_data
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import UserError
from maya_a2f.scripting.job import AnimationJob

RECIPE_ENTRY = "a2fJob"
"""Name of the entry of the metadata."""
_SCHEMA = "a2f.job/1"
_RECIPE = (
    "model", "identity", "emotion", "emotion_keys", "emotion_auto", "emotion_model", "emotion_baseline",
    "emotion_settings", "emotion_file", "parameters", "layers", "look", "style", "transcript", "language", "markers",
    "tail_seconds", "keys", "tolerance", "mode", "weighted", "keep_existing", "sound", "rig_map",
)  # fmt: skip
"""Options that make the performance; the others say where it goes."""
_FILES = ("emotion_keys", "emotion_file", "emotion_baseline", "markers", "rig_map")


def recipe_text(job: AnimationJob, clip: Clip | None, start_frame: float) -> str:
    """The recipe as compact JSON; what is as it is by itself is left out, and so is what JSON does not hold."""
    plain = AnimationJob()
    options: dict[str, Any] = {}
    for name in _RECIPE:
        value = getattr(job, name)
        if value != getattr(plain, name):
            options[name] = _data(name, value)
    if clip is not None:
        options.update(clip=str(Path(clip.path).absolute()), in_seconds=clip.in_seconds, out_seconds=clip.out_seconds)
    options["start_frame"] = start_frame
    kept = {name: value for name, value in options.items() if value is not None}
    return json.dumps({"schema": _SCHEMA, "options": kept}, separators=(",", ":"), default=lambda _: None)


def _data(name: str, value: Any) -> Any:
    if isinstance(value, RigMap):
        return {"map": json.loads(rig_map_text(value)), "folder": str(value.folder) if value.folder else ""}
    if isinstance(value, LayerSettings):
        return layers_data(value)
    if isinstance(value, Look):
        return json.loads(look_text(value))
    if isinstance(value, Transcript):
        return {"text": value.text, "language": value.language}
    if name in _FILES and isinstance(value, str | os.PathLike):
        return os.fspath(value) if value == "none" else str(Path(value).absolute())
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if name == "emotion_keys":
        return [*key_fields([key for key in value if isinstance(key, EmotionKey)])] or list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return [dataclasses.asdict(item) if dataclasses.is_dataclass(item) else item for item in value]  # type: ignore[arg-type]
    return value


def recorded_options(metadata: Mapping[str, str]) -> dict[str, Any]:
    """The options of a recorded result; of one without a recipe what its take says.

    Raises :class:`UserError` ``result.no_recipe`` where neither says from which recording it was made.
    """
    options = _from_take(_json(metadata.get("a2fTake", "")))
    recipe = _json(metadata.get(RECIPE_ENTRY, ""))
    if recipe.get("schema") == _SCHEMA and isinstance(recipe.get("options"), dict):
        options = {**{name: options[name] for name in ("clip",) if name in options}, **recipe["options"]}
    if not options.get("clip"):
        raise UserError(
            "The scene does not say from which recording the result was made.",
            code="result.no_recipe",
            hint="Animate the recording again under the name of the result.",
        )
    known = {field.name for field in dataclasses.fields(AnimationJob)}
    return {name: _value(name, value) for name, value in options.items() if name in known}


def _value(name: str, value: Any) -> Any:
    if name == "rig_map" and isinstance(value, dict):
        found = rig_map_from_data(value.get("map"), Path("the map in the scene"))
        return dataclasses.replace(found, folder=Path(value["folder"])) if value.get("folder") else found
    if name == "look" and isinstance(value, dict):
        return look_from_data(value, Path("the look in the scene"))
    if name == "transcript" and isinstance(value, dict):
        return Transcript(str(value.get("text", "")), str(value.get("language", "en")))
    return value


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _from_take(made_by: Mapping[str, Any]) -> dict[str, Any]:
    audio, package = made_by.get("audio") or {}, made_by.get("package") or {}
    options = {
        "clip": audio.get("path"),
        "in_seconds": audio.get("in_seconds"),
        "out_seconds": audio.get("out_seconds"),
        "model": package.get("folder") or package.get("name"),
        "identity": package.get("identity"),
        **{
            name: made_by.get(name)
            for name in ("emotion", "emotion_keys", "layers", "style", "tail_seconds", "parameters")
        },
        "transcript": made_by.get("transcript"),
    }
    return {name: value for name, value in options.items() if value is not None}
