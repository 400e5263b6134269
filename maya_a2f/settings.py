"""What a solve can be told, and where the project keeps its files."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from maya_a2f import __version__
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.layers import LayerSettings
from maya_a2f.core.look import Look
from maya_a2f.core.transcript import Transcript

DEFAULT_MODEL = "default"
THREADS_VARIABLE = "MAYA_A2F_THREADS"


@dataclass(frozen=True)
class SolveSettings:
    """Everything but the clip that decides a take."""

    model: str = DEFAULT_MODEL
    """Name of an installed package, or the path of a package folder."""
    identity: str = ""
    """Which of the package's faces, where it has several; empty is its first."""
    rate: Fraction = Fraction(30)
    """Frames per second of the take."""
    engine: str = ""
    """What the network runs in (``tensorrt-rtx`` …); empty for the best engine, or the one in MAYA_A2F_ENGINE."""
    precision: str = ""
    """The lowest the network may run in: ``fp32`` (also when empty), ``tf32``, ``fp16`` or ``bf16``."""
    emotion: Mapping[str, float] = field(default_factory=dict)
    """Explicit emotion by name, 0…1; missing ones are the package's default."""
    emotion_keys: tuple[EmotionKey, ...] = ()
    """Emotion over time; an emotion that no key names stays as ``emotion`` says."""
    emotion_auto: EmotionAuto = field(default_factory=EmotionAuto)
    """How much of the emotion comes from the voice; off unless asked for."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Animator parameters by camelCase name that differ from the package's; ``inputStrength`` is the audio gain."""
    layers: LayerSettings = field(default_factory=LayerSettings)
    """Blinks, saccades, gaze, brow accents and head motion; see :mod:`maya_a2f.core.layers`."""
    look: Look | None = None
    """A look under all the others: what they say wins; see :mod:`maya_a2f.looks`."""
    style: Mapping[str, float] = field(default_factory=dict)
    """Exaggeration, jaw and lip style, leads, and what is done to single channels; see
    :mod:`maya_a2f.core.style_settings`."""
    tail_seconds: float = 0.2
    """Length of the ease to rest after the clip; 0 is off."""
    transcript: Transcript | None = None
    """What is said in the clip, so that lip contacts come from its words; see :mod:`maya_a2f.core.transcript`."""


@lru_cache(maxsize=1)
def checkout_folder() -> Path:
    """The folder that holds ``maya_a2f/`` (and, in a checkout, ``engines/``)."""
    return Path(__file__).resolve().parent.parent


def model_folders() -> tuple[Path, ...]:
    """Where model packages are looked for, first match wins: MAYA_A2F_MODEL_PATH, the user's folder, ``engines/``."""
    listed = [Path(entry) for entry in os.environ.get("MAYA_A2F_MODEL_PATH", "").split(os.pathsep) if entry]
    return (*listed, user_folder() / "models", checkout_folder() / "engines")


def user_folder() -> Path:
    """The user's own folder for this project; not created here."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "maya_a2f"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "maya_a2f"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "maya_a2f"


def look_folders() -> tuple[Path, ...]:
    """Where looks are read: the user's folder (the only one that is written), MAYA_A2F_LOOK_PATH, those that ship."""
    listed = [Path(entry) for entry in os.environ.get("MAYA_A2F_LOOK_PATH", "").split(os.pathsep) if entry]
    return (user_folder() / "looks", *listed, Path(__file__).resolve().parent / "presets" / "looks")


def rig_map_folders(*scenes: Path | None) -> tuple[Path, ...]:
    """Where a character's rig map is looked for, first match wins: beside the scenes that it is in or comes from, the
    folders in MAYA_A2F_RIG_MAPS, the user's folder (the only one that is written unasked)."""
    listed = [Path(entry) for entry in os.environ.get("MAYA_A2F_RIG_MAPS", "").split(os.pathsep) if entry]
    beside = [scene.parent for scene in scenes if scene is not None]
    return (*beside, *listed, user_folder() / "rig_maps")


def cache_folder() -> Path:
    """Where network outputs and takes are cached: MAYA_A2F_CACHE, else the platform's cache folder."""
    override = os.environ.get("MAYA_A2F_CACHE")
    if override:
        return Path(override)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or user_folder()) / "maya_a2f" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "maya_a2f"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maya_a2f"


def worker_threads() -> int | None:
    """Threads of the processor that a worker's network may use: MAYA_A2F_THREADS; None is all of them."""
    given = os.environ.get(THREADS_VARIABLE, "")
    return max(1, int(given)) if given.isdecimal() else None


def wanted_engine() -> str:
    """The engine that networks are to run in: MAYA_A2F_ENGINE; empty for the best one."""
    return os.environ.get("MAYA_A2F_ENGINE", "").strip()


def log_folder() -> Path:
    """Where the worker's and Maya's logs are written, a bounded number of bytes each; not created here."""
    return user_folder() / "logs"


def environment_folder() -> Path:
    """Where the worker's environment is made: the module's ``.venv``, or the user's folder where that can't be written.

    An environment in the user's folder belongs to this version of the module: several versions keep theirs apart.
    """
    beside = checkout_folder() / ".venv"
    is_writable = os.access(checkout_folder(), os.W_OK)
    return beside if environment_python(beside) is not None or is_writable else user_environment()


def user_environment() -> Path:
    """This version's environment in the user's folder."""
    return user_folder() / "environments" / __version__


def worker_python() -> Path | None:
    """The interpreter that runs the worker, or None where there is none yet.

    In this order: MAYA_A2F_WORKER_PYTHON; this very Python when it has the worker's packages (the command line runs in
    the worker's environment); the module's ``.venv``; this version's environment in the user's folder. Inside Maya
    ``sys.executable`` is Maya, never a Python.
    """
    override = os.environ.get("MAYA_A2F_WORKER_PYTHON")
    if override:
        return Path(override)
    if Path(sys.executable).name.lower().startswith("python") and find_spec("onnxruntime") is not None:
        return Path(sys.executable)
    return environment_python(checkout_folder() / ".venv") or environment_python(user_environment())


def environment_python(environment: Path) -> Path | None:
    """The interpreter of a virtual environment, if it is there and of this system (a share may serve several)."""
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    return python if python.exists() else None
