"""The one file that describes a training run: ``maya_a2f/training/default.toml`` is the shipped model's."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from maya_a2f.errors import UserError


@dataclass(frozen=True)
class CorpusSettings:
    """What is spoken."""

    minutes: float = 900.0
    engines: tuple[str, ...] = ("flite", "festival", "espeak", "kokoro", "hibari", "piper")
    copies: int = 3
    """Abused copies of every utterance besides the clean one."""
    processes: int = 2


@dataclass(frozen=True)
class NetworkSettings:
    """Size of the network."""

    channels: int = 256
    dilations: tuple[int, ...] = (1, 1, 2, 3, 4)
    dropout: float = 0.1


@dataclass(frozen=True)
class TrainingSettings:
    """How it is trained."""

    steps: int = 12000
    minutes: float = 0.0
    """Wall-clock budget; 0: none. The learning rate follows whichever of steps and minutes is nearer its end."""
    batch: int = 24
    segment_seconds: float = 2.56
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    average: float = 0.999
    """Decay of the averaged weights that are exported."""
    threads: int = 1
    device: str = "cpu"
    bfloat16: bool = True
    natural_engines: tuple[str, ...] = ("kokoro", "hibari", "piper")
    """Engines whose voices sound like recordings."""
    natural_weight: float = 1.0
    """How many times more often than their length they are drawn."""
    validate_every: int = 500
    validation_minutes: float = 6.0


@dataclass(frozen=True)
class Configuration:
    """A whole run."""

    seed: int = 1
    corpus: CorpusSettings = CorpusSettings()
    network: NetworkSettings = NetworkSettings()
    training: TrainingSettings = TrainingSettings()


_SECTIONS: dict[str, Any] = {"corpus": CorpusSettings, "network": NetworkSettings, "training": TrainingSettings}


def read_configuration(path: Path) -> Configuration:
    """The configuration in a TOML file; unknown keys and wrong types are a UserError (``training.configuration``)."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(f"The configuration “{path}” can not be read: {error}.") from error
    unknown = set(data) - {"kind", "seed", *_SECTIONS}
    if unknown:
        raise _refused(f"“{path.name}” has an unknown entry “{sorted(unknown)[0]}”.")
    sections = {name: _section(kind, data.get(name, {}), f"{path.name}, {name}") for name, kind in _SECTIONS.items()}
    return Configuration(seed=int(data.get("seed", 1)), **sections)


def _section(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise _refused(f"“{where}” must be a section.")
    known = {field.name: field for field in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise _refused(f"“{where}” has an unknown entry “{name}”.")
        default = known[name].default
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(value)
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(default):
            raise _refused(f"“{name}” in “{where}” must be of type {type(default).__name__}, not {value!r}.")
        values[name] = value
    return kind(**values)


def _refused(message: str) -> UserError:
    return UserError(
        message,
        code="training.configuration",
        hint="maya_a2f/training/default.toml shows every entry with its meaning.",
    )
