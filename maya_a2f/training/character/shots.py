"""A user's animation, shot by shot: audio found, animation read, everything checked against everything else."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.channels import EYE_CHANNELS, JAW_CHANNELS
from maya_a2f.errors import UserError
from maya_a2f.training.character.faults import data_fault
from maya_a2f.training.character.recipe import DataSettings, Recipe, recipe_fault
from maya_a2f.training.character.vertex_cache import CACHE_SUFFIXES, read_pose, read_vertices
from maya_a2f.training.character.weights_file import WeightTrack, read_names, read_weights
from maya_a2f.worker.audio import load_audio

Floats = NDArray[np.float32]
DEFAULT_RATE = Fraction(30)
_TAKEN_NAMES = frozenset({"neutral", "poseNames", "frontalMask", "rig_version", *JAW_CHANNELS, *EYE_CHANNELS})
_LONGER_SECONDS, _SHORTER_SECONDS = 0.25, 1.0
"""How much longer and shorter than its audio an animation may be."""


@dataclass(frozen=True)
class Shot:
    """One stretch of speech with its animation; frame k lies k / rate seconds into the audio."""

    name: str
    samples: Floats
    """mono, 16 kHz"""
    rate: Fraction
    weights: Floats | None = None
    """(F, weights)"""
    skin: Floats | None = None
    """(F, V, 3)"""
    tongue: Floats | None = None
    """(F, Vt, 3)"""
    jaw: Floats | None = None
    """(F, 15) deltas of the five points"""
    eyes: Floats | None = None
    """(F, 4) degrees"""

    @property
    def frame_count(self) -> int:
        """Frames of animation."""
        found = self.weights if self.weights is not None else self.skin
        return 0 if found is None else len(found)


@dataclass(frozen=True)
class Footage:
    """Everything the recipe's data section names."""

    shots: tuple[Shot, ...]
    names: tuple[str, ...]
    """Of the weights; empty for vertex caches."""
    neutral: Floats | None = None
    """(V, 3)"""
    tongue_neutral: Floats | None = None
    jaw_neutral: Floats | None = None
    """(5, 3)"""

    @property
    def seconds(self) -> float:
        """Length of all animation."""
        return sum(shot.frame_count / float(shot.rate) for shot in self.shots)


def read_footage(recipe: Recipe) -> Footage:
    """Read and check all shots. Raises :class:`UserError` ``training-data.*`` that names the file and the fault."""
    data = recipe.data
    folder = recipe.resolved(data.folder)
    if not folder.is_dir():
        raise recipe_fault(f"The folder “{folder}” ([data] “folder”) is not there.")
    audio = find_shots(folder, data.audio)
    audio = {name: path for name, path in audio.items() if name not in data.skip}
    if not audio:
        raise UserError(
            f"“{folder}” has no recording that fits the pattern “{data.audio}”.",
            code="training-data.no-shots",
            hint="Set “audio” in [data]; {shot} in it stands for a shot's name.",
        )
    motion = _motion(recipe, folder)
    names = read_names(folder / data.names) if data.names else ()
    shots = []
    kept: tuple[str, ...] = ()
    for name, path in audio.items():
        track = read_weights(_animation_file(folder, data.weights, name), names) if data.weights else None
        if track is not None:
            source = _animation_file(folder, data.weights, name)
            track = _kept(source, track, data.ignore)
            kept = kept or track.names
            track = _in_order(source, track, kept)
        shots.append(_shot(name, path, folder, data, track, motion))
    footage = Footage(
        tuple(shots), kept, motion.neutral, motion.tongue_neutral, motion.jaw_neutral,
    )  # fmt: skip
    _check_topology(folder, data, footage)
    return footage


def find_shots(folder: Path, pattern: str) -> dict[str, Path]:
    """Shot names and files for a pattern with ``{shot}``; other ``*`` match anything."""
    before, _, after = pattern.partition("{shot}")
    expression = re.compile(
        "".join(".*" if c == "*" else re.escape(c) for c in before)
        + "(?P<shot>[^/]+?)"
        + "".join(".*" if c == "*" else re.escape(c) for c in after.replace("{shot}", "\0"))
        .replace("\0", "(?P=shot)").replace("\\\x00", "(?P=shot)")
    )  # fmt: skip
    found: dict[str, Path] = {}
    for path in sorted(folder.glob(pattern.replace("{shot}", "*"))):
        match = expression.fullmatch(path.relative_to(folder).as_posix())
        if match and path.is_file():
            found.setdefault(match["shot"], path)
    return found


@dataclass(frozen=True)
class _Motion:
    """What belongs to no single shot."""

    neutral: Floats | None
    tongue_neutral: Floats | None
    jaw_neutral: Floats | None
    jaw: Mapping[str, Floats]
    eyes: Mapping[str, Floats]


def _motion(recipe: Recipe, folder: Path) -> _Motion:
    data = recipe.data
    if bool(data.jaw) != bool(data.jaw_neutral):
        raise recipe_fault("[data] needs “jaw” and “jaw_neutral” together.")
    jaw_neutral = read_pose(folder / data.jaw_neutral) if data.jaw_neutral else None
    if jaw_neutral is not None and jaw_neutral.shape != (5, 3):
        what = f"the jaw has five points, an array (5, 3), this one is {jaw_neutral.shape}"
        raise data_fault(folder / data.jaw_neutral, what, code="shape")
    return _Motion(
        read_pose(folder / data.neutral) if data.neutral else None,
        read_pose(folder / data.tongue_neutral) if data.tongue_neutral else None,
        jaw_neutral,
        _archive(folder / data.jaw, (5, 3)) if data.jaw else {},
        _archive(folder / data.eyes, (2, 2)) if data.eyes else {},
    )


def _archive(path: Path, shape: tuple[int, int]) -> dict[str, Floats]:
    """Shot name -> (F, values) of an .npz file."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name], np.float32) for name in archive.files}
    except (OSError, ValueError, EOFError, AttributeError, TypeError) as error:
        raise data_fault(path, f"it is no readable .npz archive ({error})", code="unreadable") from error
    for name, array in arrays.items():
        if array.ndim != 3 or array.shape[1:] != shape or not np.isfinite(array).all():
            what = f"“{name}” must be finite numbers (frames, {shape[0]}, {shape[1]}), but is {array.shape}"
            raise data_fault(path, what, code="shape")
    return {name: array.reshape(len(array), -1) for name, array in arrays.items()}


def _shot(name: str, audio: Path, folder: Path, data: DataSettings, track: WeightTrack | None, motion: _Motion) -> Shot:
    rate = _rate(data, track)
    skin = read_vertices(_animation_file(folder, data.skin, name)) if data.skin else None
    tongue = read_vertices(_animation_file(folder, data.tongue, name)) if data.tongue else None
    samples = load_audio(audio).samples
    main = track.values if track is not None else skin
    assert main is not None  # the recipe names one of them
    source = _animation_file(folder, data.weights or data.skin, name)
    _check_length(source, audio, len(main), rate, len(samples) / 16000)
    parts = {"tongue": tongue, "jaw": motion.jaw.get(name), "eyes": motion.eyes.get(name)}
    for part, wanted in (("jaw", data.jaw), ("eyes", data.eyes)):
        if wanted and parts[part] is None:
            raise data_fault(folder / wanted, f"it has nothing for the shot “{name}”", code="missing")
    for part, array in parts.items():
        if array is not None and len(array) != len(main):
            what = f"it has {len(main)} frames, but the shot's {part} has {len(array)}"
            raise data_fault(source, what, code="length")
    return Shot(name, samples, rate, None if track is None else track.values, skin, tongue, parts["jaw"], parts["eyes"])


def _rate(data: DataSettings, track: WeightTrack | None) -> Fraction:
    if data.fps:
        return Fraction(data.fps).limit_denominator(1001)
    return (track.rate if track is not None else None) or DEFAULT_RATE


def _check_length(source: Path, audio: Path, frames: int, rate: Fraction, audio_seconds: float) -> None:
    seconds = frames / float(rate)
    if -_SHORTER_SECONDS <= seconds - audio_seconds <= _LONGER_SECONDS:
        return
    guess = frames / audio_seconds if audio_seconds else 0.0
    raise data_fault(
        source,
        f"its {frames} frames take {seconds:.2f} s at {float(rate):g} frames per second, but “{audio.name}” is "
        f"{audio_seconds:.2f} s long",
        code="length",
        hint=f"Both must start together and end together. Set “fps” in [data] (about {guess:.4g} would fit).",
    )


def _animation_file(folder: Path, pattern: str, shot: str) -> Path:
    """The one file of a shot; of several endings .npy wins over .xml over .pc2."""
    name = pattern.replace("{shot}", shot)
    if "*" not in name:
        return folder / name
    found = sorted(path for path in folder.glob(name) if path.is_file())
    ranks = {suffix: rank for rank, suffix in enumerate((*CACHE_SUFFIXES, ".csv", ".json"))}
    found = sorted((path for path in found if path.suffix.lower() in ranks), key=lambda p: ranks[p.suffix.lower()])
    if not found:
        what = f"the shot “{shot}” has no animation that fits “{name}”"
        raise data_fault(folder, what, code="missing", hint="Add the file, or name the shot in “skip” of [data].")
    return found[0]


def _kept(path: Path, track: WeightTrack, ignored: tuple[str, ...]) -> WeightTrack:
    """Without the weights to ignore. Names that a package uses for something else are refused."""
    columns = [i for i, name in enumerate(track.names) if not any(fnmatch.fnmatchcase(name, p) for p in ignored)]
    names = tuple(track.names[i] for i in columns)
    if not names:
        raise data_fault(path, "“ignore” in [data] leaves no weight", code="names")
    taken = next((name for name in names if name in _TAKEN_NAMES), None)
    if taken is not None:
        what = f"a weight can not be called “{taken}”, which a package uses for something else"
        raise data_fault(path, what, code="names", hint=f'Rename it, or set ignore = ["{taken}"] in [data].')
    return WeightTrack(names, track.values[:, columns], track.rate)


def _in_order(path: Path, track: WeightTrack, names: tuple[str, ...]) -> WeightTrack:
    """The same weights in the order of ``names``."""
    missing = [name for name in names if name not in track.names]
    more = [name for name in track.names if name not in names]
    if missing or more:
        what = f"it lacks “{missing[0]}”" if missing else f"it has “{more[0]}”"
        raise data_fault(path, f"{what}, unlike the other shots", code="names")
    order = [track.names.index(name) for name in names]
    return WeightTrack(names, track.values[:, order], track.rate)


def _check_topology(folder: Path, data: DataSettings, footage: Footage) -> None:
    for part, pattern, neutral in (
        ("skin", data.skin, footage.neutral),
        ("tongue", data.tongue, footage.tongue_neutral),
    ):
        expected = None if neutral is None else (len(neutral), f"the neutral pose has {len(neutral)}")
        for shot in footage.shots:
            vertices = getattr(shot, part)
            if vertices is None:
                continue
            count = vertices.shape[1]
            if expected is not None and count != expected[0]:
                what = f"it has {count} vertices, but {expected[1]}"
                hint = "All shots and the neutral pose must be the same mesh with the same order of vertices."
                raise data_fault(_animation_file(folder, pattern, shot.name), what, code="topology", hint=hint)
            expected = expected or (count, f"the shot “{shot.name}” has {count}")
