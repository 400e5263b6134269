"""What a script asks for: one line of speech onto one character."""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from maya_a2f.baking import KeySettings
from maya_a2f.core.clip import Clip
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.emotion_keys import EmotionKey, keys_from_data, read_emotion_keys
from maya_a2f.core.emotion_settings import EmotionAuto, checked_auto
from maya_a2f.core.emotion_sidecar import EmotionSidecar, sidecar_of
from maya_a2f.core.face_regions import REGIONS
from maya_a2f.core.frame_rate import parse_frame_rate
from maya_a2f.core.layers import LayerSettings, layers_from_data
from maya_a2f.core.look import Look
from maya_a2f.core.markers import MarkedLine, ordered_lines
from maya_a2f.core.markers_reading import read_markers
from maya_a2f.core.rerun import DEFAULT_FADE_FRAMES
from maya_a2f.core.rerun_scope import RerunScope, scope_from
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.core.style_settings import checked_style
from maya_a2f.core.transcript import Transcript, read_transcript
from maya_a2f.errors import UserError
from maya_a2f.looks import found_look
from maya_a2f.settings import DEFAULT_MODEL, SolveSettings

Name: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True)
class AnimationJob:
    """The options of :func:`maya_a2f.animate`; :func:`maya_a2f.solve` and :func:`maya_a2f.bake` take those that
    concern them."""

    clip: Name | Clip | None = None
    """The recording."""
    character: str | None = None
    """A namespace, or any node of the character; None is the selection. Outside Maya: ``"default"``, our head, or a
    character's scene (``"bob.ma"``), of which ``save_as`` becomes a keyed copy."""
    rig_map: Name | RigMap | None = None
    """Which channels drive what: a file or a map; None matches by name."""
    start_frame: float | None = None
    """Frame on which the clip starts; None is the first frame of the playback range (outside Maya: 1)."""
    in_seconds: float = 0.0
    out_seconds: float | None = None
    """The stretch of the recording to use."""
    rate: Fraction | float | str | None = None
    """Frames per second outside Maya (None: 30). Inside, the scene's rate always holds."""
    model: str = DEFAULT_MODEL
    """Name of an installed model, or the path of a package."""
    identity: str = ""
    """Whose face, for a model that has several; empty is its first."""
    engine: str = ""
    """What the network runs in (``tensorrt-rtx`` …); empty is the best one here."""
    precision: str = ""
    """The lowest that the network may run in: ``fp32`` (also when empty), ``tf32``, ``fp16`` or ``bf16``."""
    emotion: Mapping[str, float] = field(default_factory=dict)
    """Emotion -> 0…1."""
    emotion_keys: Name | Sequence[EmotionKey | Mapping[str, Any]] = ()
    """Emotions over time: keys, or a file of them."""
    emotion_auto: float | None = None
    """How much of the emotion comes from the voice, 0 to 1; None is as the emotion file says, else off."""
    emotion_model: str = ""
    """Who hears emotion: an Audio2Emotion package, ``estimator`` or ``none``; empty takes what is installed."""
    emotion_baseline: Name | None = None
    """A neutral recording of the same speaker that our estimator compares with; None compares with the clip itself."""
    emotion_settings: Mapping[str, float] = field(default_factory=dict)
    """Settings of the emotion from the voice: ``{"maxEmotions": 2}``."""
    emotion_file: Name | None = None
    """The recording's own emotions; None takes ``CLIP.emotion.json`` beside it, ``"none"`` no file. What is given above
    wins over it."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Face parameters that differ from the model's: ``{"lowerFaceStrength": 1.2}``."""
    layers: LayerSettings | Mapping[str, Any] = field(default_factory=LayerSettings)
    """Blinks, eye darts, gaze, brows and head: ``{"blinks": {"strength": 0.5}, "head": {"strength": 0}}``; see
    :mod:`maya_a2f.core.layers`."""
    look: str | Look | None = None
    """A look to start from, by name or file; what is given besides goes over it."""
    style: Mapping[str, float] = field(default_factory=dict)
    """Exaggeration, jaw and lip style, leads, single channels: ``{"jawStyle": 0.4, "lipLead": 30, "browInnerUp.gain":
    1.5}``; see :mod:`maya_a2f.core.style_settings`."""
    transcript: str | Transcript | None = None
    """What is said: the words, or a text file."""
    language: str = "en"
    """Language of the transcript."""
    markers: Name | Sequence[MarkedLine] | None = None
    """The lines of a long recording, each with its settings: lines, or a file of them."""
    tail_seconds: float = SolveSettings.tail_seconds
    """Time after the clip in which the face comes to rest."""
    keys: str = "every"
    """``every`` frame, or ``reduced``."""
    tolerance: float = KeySettings.tolerance
    """Largest error of a weight with reduced keys."""
    mode: str = "replace"
    """``replace`` the keys in the range, or ``insert`` among them."""
    layer: str | None = None
    """Animation layer to write to."""
    new_layer: bool = False
    """Make the layer."""
    override_layer: bool = False
    """The new layer replaces what is below; else it adds to it."""
    weighted: bool = False
    """Weighted tangents on new curves."""
    result: str = ""
    """Name of the result; empty names it after the sound. A result of the same name is replaced."""
    force: bool = False
    """Replace keys that were edited since they were baked."""
    keep_existing: Sequence[str] = ("eyes", "head")
    """Regions whose attributes are left alone, and named, where they carry animation that no run of ours wrote."""
    only_frames: Sequence[float] | str | None = None
    """Renew an earlier result of that name from this frame to that only: ``(40, 75)``."""
    only_regions: Sequence[str] | str = ()
    """Renew these regions of the face only: mouth, jaw, tongue, eyes, brows, head."""
    take_over: Sequence[str] | str = ()
    """Attributes whose edits since the earlier run are given up; ``"all"`` gives up all of them."""
    fade_frames: int = DEFAULT_FADE_FRAMES
    """Length of the blend where new keys meet keys that stay."""
    sound: bool = True
    """Lay the recording on the time line."""
    fit_range: bool = False
    """Set the playback range to the clip."""
    take_path: Name | None = None
    """Save the take there (``.a2ftake``)."""
    report_path: Name | None = None
    """Save what was done there (JSON)."""
    save_as: Name | None = None
    """Outside Maya: the scene to write (``.ma``)."""
    rerun: bool = False
    """Outside Maya: renew the scene ``save_as`` in place and leave what was edited in it, as is always done in Maya."""
    overwrite: bool = False
    """Replace files of those names."""

    def __post_init__(self) -> None:
        _one_of("keys", self.keys, ("every", "reduced"))
        _one_of("mode", self.mode, ("replace", "insert"))
        if isinstance(self.keep_existing, str) or not set(self.keep_existing) <= set(REGIONS):
            raise _bad("keep_existing", self.keep_existing, f"give a list of {', '.join(REGIONS)}")
        if not 0 < self.tolerance <= 1:
            raise _bad("tolerance", self.tolerance, "give a number above 0 and up to 1")
        for name in ("start_frame", "in_seconds", "out_seconds", "tail_seconds"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool | str) or not math.isfinite(value)):
                raise _bad(name, value, "give a number")
        if self.new_layer and not self.layer:
            raise _bad("new_layer", True, "name the layer with layer=")
        self.scope()

    def scope(self) -> RerunScope:
        """How much of an earlier result is renewed. Raises :class:`UserError` ``rerun.*``."""
        given = {"range": self.only_frames, "regions": self.only_regions, "take_over": self.take_over}
        return scope_from({**given, "fade": self.fade_frames})

    def clip_at(self, start_frame: float) -> Clip:
        """The clip, on its frame. Raises :class:`UserError` ``script.no_clip``."""
        if self.clip is None:
            raise UserError("No clip was given.", code="script.no_clip", hint="Give clip='line.wav'.")
        if isinstance(self.clip, Clip):
            return dataclasses.replace(self.clip, start_frame=start_frame)
        return Clip(os.fspath(self.clip), self.in_seconds, self.out_seconds, start_frame)

    def wanted_start(self) -> float | None:
        """The frame asked for, None where none was."""
        if self.start_frame is None and isinstance(self.clip, Clip):
            return self.clip.start_frame
        return self.start_frame

    def solve_settings(self, rate: Fraction) -> SolveSettings:
        """What the worker is told. Raises :class:`UserError` ``emotion.*`` and ``transcript.*``."""
        emotion, emotion_keys, auto = self._feelings()
        return SolveSettings(
            model=os.fspath(self.model),
            identity=self.identity,
            engine=self.engine,
            precision=self.precision,
            rate=rate,
            emotion=emotion,
            emotion_keys=emotion_keys,
            emotion_auto=auto,
            parameters=dict(self.parameters),
            layers=self.layers if isinstance(self.layers, LayerSettings) else layers_from_data(self.layers),
            look=found_look(self.look) if isinstance(self.look, str) else self.look,
            style=checked_style(self.style),
            tail_seconds=self.tail_seconds,
            transcript=read_transcript(self.transcript, self.language)
            if isinstance(self.transcript, str)
            else self.transcript,
        )

    @property
    def has_own_emotion(self) -> bool:
        """Whether the job itself says what is felt, so that neither a control in Maya nor a file is asked."""
        return bool(self.emotion) or bool(self.emotion_keys) or self.emotion_auto is not None

    def directed_settings(
        self, rate: Fraction, direction: EmotionDirection | None
    ) -> tuple[SolveSettings, tuple[str, ...]]:
        """(what the worker is told, where the emotion comes from): the job, else a control in Maya, else the file."""
        settings = self.solve_settings(rate)
        if direction is not None and not self.has_own_emotion:
            auto = EmotionAuto(direction.strength, self.emotion_model, dict(self.emotion_settings), self._baseline(""))
            settings = dataclasses.replace(
                settings,
                emotion=dict(direction.emotion),
                emotion_keys=direction.keys,
                emotion_auto=checked_auto(auto),
            )
            return settings, (f"The emotions come from '{direction.source}' in the scene.", *direction.notes)
        used = None if self.has_own_emotion else self.emotion_sidecar()
        return settings, () if used is None else (f"The emotions come from '{used[0].name}'.",)

    def emotion_sidecar(self) -> tuple[Path, EmotionSidecar] | None:
        """The emotion file that is used, and what it says. Raises :class:`UserError` ``emotion.sidecar_*``."""
        if self.clip is None:
            return None
        clip = self.clip.path if isinstance(self.clip, Clip) else os.fspath(self.clip)
        return sidecar_of(clip, None if self.emotion_file is None else os.fspath(self.emotion_file))

    def _feelings(self) -> tuple[dict[str, float], tuple[EmotionKey, ...], EmotionAuto]:
        """(emotion, keys, voice): what is given here wins over the emotion file."""
        emotion, keys = dict(self.emotion), _emotion_keys(self.emotion_keys)
        auto = EmotionAuto(0.0 if self.emotion_auto is None else self.emotion_auto)
        found = self.emotion_sidecar()
        if found is not None:
            sidecar = found[1]
            if not emotion and not keys:
                in_seconds = self.clip.in_seconds if isinstance(self.clip, Clip) else self.in_seconds
                emotion, keys = dict(sidecar.emotion), sidecar.keys_from(in_seconds)
            if self.emotion_auto is None and sidecar.auto is not None:
                auto = sidecar.auto
        settings = {**auto.settings, **self.emotion_settings}
        model = self.emotion_model or auto.model
        return emotion, keys, checked_auto(EmotionAuto(auto.strength, model, settings, self._baseline(auto.baseline)))

    def _baseline(self, usual: str) -> str:
        return usual if self.emotion_baseline is None else str(Path(self.emotion_baseline).absolute())

    def given_lines(self) -> tuple[MarkedLine, ...]:
        """The lines asked for. Raises :class:`UserError` ``markers.*``."""
        if self.markers is None:
            return ()
        if isinstance(self.markers, str | os.PathLike):
            return read_markers(Path(self.markers), self.clip_at(1.0).path)
        return ordered_lines(self.markers)

    def key_settings(self) -> KeySettings:
        """How many keys."""
        return KeySettings(self.keys == "reduced", self.tolerance)

    def given_map(self) -> RigMap | None:
        """The map asked for. Raises :class:`UserError` ``rig_map.*``."""
        if self.rig_map is None or isinstance(self.rig_map, RigMap):
            return self.rig_map
        return read_rig_map(Path(self.rig_map))

    def map_folder(self) -> Path | None:
        """Where the file of the map asked for lies, and its fit beside it."""
        if self.rig_map is None or isinstance(self.rig_map, RigMap):
            return None
        return Path(self.rig_map).absolute().parent

    def given_rate(self) -> Fraction | None:
        """The rate asked for. Raises :class:`UserError` ``rate.bad``."""
        if self.rate is None or isinstance(self.rate, Fraction):
            return self.rate
        return parse_frame_rate(str(self.rate))


def job_from(options: Mapping[str, Any]) -> AnimationJob:
    """A job from options by name. Raises :class:`UserError` ``script.option`` for a name there is not, or a value that
    does not do."""
    for name in options:
        if name not in OPTION_NAMES:
            near = difflib.get_close_matches(name, OPTION_NAMES, 1)
            raise UserError(
                f"There is no option '{name}'.",
                code="script.option",
                hint=f"Did you mean '{near[0]}'?" if near else f"Options: {', '.join(OPTION_NAMES)}.",
            )
    try:
        return AnimationJob(**options)
    except TypeError as error:
        raise UserError(f"An option has a value of a wrong kind: {error}.", code="script.option") from error


OPTION_NAMES = tuple(item.name for item in dataclasses.fields(AnimationJob))


def _emotion_keys(given: Name | Sequence[EmotionKey | Mapping[str, Any]]) -> tuple[EmotionKey, ...]:
    if isinstance(given, str | os.PathLike):
        return read_emotion_keys(Path(given))
    if all(isinstance(key, EmotionKey) for key in given):
        return tuple(key for key in given if isinstance(key, EmotionKey))
    return keys_from_data(list(given))


def _one_of(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise _bad(name, value, f"give {' or '.join(repr(choice) for choice in choices)}")


def _bad(name: str, value: object, hint: str) -> UserError:
    return UserError(f"{name}={value!r} is not possible.", code="script.option", hint=f"{hint[0].upper()}{hint[1:]}.")
