"""The layers of a take, one over the other: brows, saccades, head, gaze, lids.

What a clip does is planned once; frames are then made from the plan, so any stretch of a clip is the same as in the
whole. Nothing here looks further than :data:`REACH_SECONDS` around a frame once the plan is there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar, cast

import numpy as np

from maya_a2f.core.channels import EYE_CHANNELS, HEAD_CHANNELS
from maya_a2f.core.layers import LayerSettings
from maya_a2f.worker.audio import Audio
from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.blinks import NATURAL_RATE, PAUSE_SECONDS, Blink, blinks, frame_times, lid_closure, with_blinks
from maya_a2f.worker.brows import END_SECONDS, FIRST_SECONDS, brow_rise, voice_accents, with_brows
from maya_a2f.worker.gaze import gaze_course, with_gaze, with_lids
from maya_a2f.worker.head_motion import head_score, head_turns
from maya_a2f.worker.saccades import gaze_path, natural_saccades
from maya_a2f.worker.voice import Voice, voice_of

REACH_SECONDS = 1.0
_SACCADE_TRACK_FRAMES = 5000
_KEPT_PLANS = 12
_T = TypeVar("_T")


def package_eyes(values: Mapping[str, float], layers: LayerSettings) -> dict[str, float]:
    """The package's saccade parameters that the layer changes: scaled, off where natural ones take their place."""
    changed: dict[str, float] = {}
    if layers.saccade_kind == "natural":
        changed["saccadeStrength"] = 0.0
    elif layers.saccades.strength is not None:
        changed["saccadeStrength"] = min(2.0, values["saccadeStrength"] * layers.saccades.strength)
    if layers.saccades.seed:
        changed["saccadeSeed"] = (values["saccadeSeed"] + layers.saccades.seed) % _SACCADE_TRACK_FRAMES
    return changed


class LayerPlan:
    """What clips do; the plans of the last ones are kept, so that posing single moments costs nothing."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], object] = {}

    def over(
        self,
        channels: Mapping[str, Doubles],
        audio: Audio,
        rate: Fraction,
        values: Mapping[str, float],
        layers: LayerSettings | None = None,
        first_frame: int = 0,
    ) -> dict[str, Doubles]:
        """The channels with every layer over them; sample k is frame ``first_frame`` + k of the clip.

        ``values`` are the face parameters: ``blinkRate``, ``blinkStrength``, ``saccadeSeed`` and ``browEmphasis`` say
        what the package wants of the layers.
        """
        layers = layers or LayerSettings()
        count = len(next(iter(channels.values()), ()))
        if count == 0:
            return dict(channels)
        seconds = frame_times(count, rate, first_frame)
        made = self._with_brows(channels, audio, values, layers, seconds)
        made = self._with_saccades(made, audio, values, layers, seconds)
        turns = self._head(audio, layers, seconds)
        if layers.targets and layers.gaze.strength != 0:
            made, turns = _led(made, turns, layers, seconds)
        made = self._with_blinks(made, audio, values, layers, seconds)
        if turns is None:
            return made
        return {**made, **{name: turns[:, axis].copy() for axis, name in enumerate(HEAD_CHANNELS)}}

    def _with_brows(
        self,
        channels: Mapping[str, Doubles],
        audio: Audio,
        values: Mapping[str, float],
        layers: LayerSettings,
        seconds: Doubles,
    ) -> dict[str, Doubles]:
        asked = layers.brows.strength
        strength = values["browEmphasis"] if asked is None else asked * (values["browEmphasis"] or 1.0)
        if strength <= 0:
            return dict(channels)
        end = float(audio.duration_seconds) - END_SECONDS
        accents = self._once(("accents", audio.content_hash), lambda: voice_accents(self._voice(audio)))
        shown = [accent for accent in accents if FIRST_SECONDS <= accent.seconds < end]
        if layers.brows.seed:
            voice = self._voice(audio)
            shown = [accent.varied(voice, layers.brows.seed) for accent in shown]
        return with_brows(channels, strength * brow_rise(shown, seconds))

    def _with_saccades(
        self,
        channels: dict[str, Doubles],
        audio: Audio,
        values: Mapping[str, float],
        layers: LayerSettings,
        seconds: Doubles,
    ) -> dict[str, Doubles]:
        strength = 1.0 if layers.saccades.strength is None else layers.saccades.strength
        if layers.saccade_kind != "natural" or strength == 0:
            return channels
        seed = _seed(audio, int(values["saccadeSeed"]) + layers.saccades.seed, "saccades")
        key = ("saccades", audio.content_hash, seed)
        events = self._once(key, lambda: natural_saccades(float(audio.duration_seconds), seed))
        path = strength * gaze_path(events, seconds)
        made = _with_eyes(channels)
        for name in EYE_CHANNELS:
            made[name] = made[name] + path[:, 0 if name.endswith("Y") else 1]
        for side in ("left", "right"):
            made = with_lids(made, side, path)
        return made

    def _head(self, audio: Audio, layers: LayerSettings, seconds: Doubles) -> Doubles | None:
        strength = 1.0 if layers.head.strength is None else layers.head.strength
        if strength == 0:
            return None
        key = ("head", audio.content_hash, layers.head.seed)
        score = self._once(key, lambda: head_score(self._voice(audio), float(audio.duration_seconds), layers.head.seed))
        return strength * head_turns(score, seconds)

    def _with_blinks(
        self,
        channels: dict[str, Doubles],
        audio: Audio,
        values: Mapping[str, float],
        layers: LayerSettings,
        seconds: Doubles,
    ) -> dict[str, Doubles]:
        asked = layers.blinks.strength
        rate = values["blinkRate"] if asked is None else asked * (values["blinkRate"] or NATURAL_RATE)
        if rate <= 0:
            return channels
        seed = _seed(audio, int(values["saccadeSeed"]) + layers.blinks.seed)
        held = layers.held()

        def planned() -> tuple[Blink, ...]:
            pauses = tuple(start for start, _ in self._voice(audio).pauses(PAUSE_SECONDS))
            return blinks(float(audio.duration_seconds), rate, pauses, seed, held)

        events = self._once(("blinks", audio.content_hash, rate, seed, held), planned)
        return with_blinks(channels, lid_closure(events, seconds), values["blinkStrength"])

    def _voice(self, audio: Audio) -> Voice:
        return self._once(("voice", audio.content_hash), lambda: voice_of(audio.samples, audio.rate_hz))

    def _once(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """What ``make`` gives, kept under ``key``."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > _KEPT_PLANS:
                del self._kept[next(iter(self._kept))]
        return cast(_T, self._kept[key])


def _led(
    channels: dict[str, Doubles], turns: Doubles | None, layers: LayerSettings, seconds: Doubles
) -> tuple[dict[str, Doubles], Doubles | None]:
    """Eyes and, where it moves at all, the head led to the targets."""
    strength = 1.0 if layers.gaze.strength is None else layers.gaze.strength
    course = gaze_course(layers.targets, strength, seconds)
    if turns is None:
        return with_gaze(_with_eyes(channels), course, np.zeros((len(seconds), 2))), None
    turns = turns + np.column_stack([course.head[:, 1], course.head[:, 0], np.zeros(len(seconds))])
    return with_gaze(_with_eyes(channels), course, turns[:, [1, 0]]), turns


def _with_eyes(channels: Mapping[str, Doubles]) -> dict[str, Doubles]:
    """The channels, with eyes at rest where the package gives none."""
    count = len(next(iter(channels.values())))
    return {**channels, **{name: np.zeros(count) for name in EYE_CHANNELS if name not in channels}}


def _seed(audio: Audio, seed: int, purpose: str = "") -> int:
    return zlib.crc32((audio.content_hash + purpose).encode()) + seed
