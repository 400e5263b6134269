"""The emotion of a take: what was set by hand, what is heard in the voice, and both mixed by a strength.

The emotion of a frame is ``(1 - strength) · hand + strength · voice``. *Voice* is what the chain gives; keys set by
hand act where they stand, without its smoothing. With ``enablePreferredEmotion`` they enter the chain too, as preferred
emotion; at strength 1 that is exactly what NVIDIA's service does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_settings import ESTIMATOR, NO_MODEL, EmotionAuto
from maya_a2f.errors import EngineError
from maya_a2f.worker.audio import Audio
from maya_a2f.worker.emotion.accumulator import EmotionAccumulator
from maya_a2f.worker.emotion.chain import EmotionChain
from maya_a2f.worker.emotion.estimator import DESCRIPTION, MOST_CERTAIN, USUAL_WINDOW_SECONDS
from maya_a2f.worker.emotion.frames import (
    EmotionFrames,
    classifier_frames,
    listen,
    postprocess_frames,
    replay,
    silent_runs,
)
from maya_a2f.worker.emotion.listener import Heard, Listener
from maya_a2f.worker.emotion.network_listener import USUAL_WINDOW
from maya_a2f.worker.emotion.source import EmotionSource, emotion_source
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.infer_cache import InferCache
from maya_a2f.worker.package import Floats
from maya_a2f.worker.package_hash import read_known_digests, write_known_digests

EMOTION_RATE = Fraction(30)
"""Frames of emotion per second, whatever the take's rate: live blend counts frames, so its speed follows this rate."""
_SERIES_SECONDS = 1.0
_LIKELY = 0.05


@dataclass(frozen=True, eq=False)
class VoiceEmotion:
    """What the voice says, after the chain."""

    track: EmotionTrack
    """Keys at :data:`EMOTION_RATE`, strengths in the chain's own slots."""
    certainty: Floats
    """(runs,) of the listener; empty where nobody listened."""
    run_seconds: float
    """Time from one run to the next."""
    source: EmotionSource
    description: str

    def record(self) -> dict[str, Any]:
        """JSON-ready, for the take: who listened, how sure it was, what it heard most."""
        strongest = self.track.vectors.max(axis=0)
        told = {
            name: round(float(value), 3)
            for name, value in sorted(zip(self.track.names, strongest, strict=True), key=lambda pair: -pair[1])
            if value >= _LIKELY
        }
        record: dict[str, Any] = {"source": self.source.name, "description": self.description, "strongest": told}
        record["settings"] = dict(self.source.settings)
        if len(self.certainty):
            step = max(1, round(_SERIES_SECONDS / self.run_seconds))
            series = [
                float(part.mean()) for part in np.array_split(self.certainty, max(1, len(self.certainty) // step))
            ]
            record["certainty"] = {
                "mean": round(float(self.certainty.mean()), 3),
                "series": [round(value, 2) for value in series],
                "series_seconds": round(len(self.certainty) * self.run_seconds / len(series), 4),
            }
        return record

    def notes(self) -> tuple[str, ...]:
        """What is worth saying."""
        if self.source.name != ESTIMATOR or not len(self.certainty):
            return ()
        unsure = float((self.certainty < self.source.settings["minimumCertainty"]).mean())
        words = f"Emotion from the voice is our own estimate: certainty {self.certainty.mean():.2f} of {MOST_CERTAIN:g}"
        return (words + (f", too low to show anything in {unsure:.0%} of the clip." if unsure >= 0.005 else "."),)


class EmotionEar:
    """Hears recordings; keeps what it heard last, so that settings of the chain cost no second hearing, and the network
    it heard with, which takes long to open."""

    def __init__(self) -> None:
        self._heard: dict[str, Heard] = {}
        self._network: tuple[tuple[str, int, str], Listener] | None = None

    def source(self, auto: EmotionAuto, folders: tuple[Path, ...], cache_folder: Path) -> EmotionSource:
        """Who would listen. Raises as :func:`maya_a2f.worker.emotion.source.emotion_source`."""
        path = cache_folder / "package_digests.json"
        known: MutableMapping[str, str] = read_known_digests(path)
        count = len(known)
        found = emotion_source(auto, folders, known)
        if len(known) != count:
            write_known_digests(path, known)
        return found

    def voice(
        self,
        source: EmotionSource,
        audio: Audio,
        hand: EmotionTrack | None,
        cache_folder: Path,
        on_progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        engine: str = "",
    ) -> VoiceEmotion:
        """What the voice of a clip says; ``hand`` is the preferred emotion where the chain wants one, ``engine`` the
        one asked for.

        Raises :class:`Cancelled`, :class:`UserError` ``emotion.skip``, :class:`EngineError`.
        """
        frames = frames_of(source, audio.rate_hz)
        heard = self._hear(source, audio, frames, cache_folder, on_progress, cancelled, engine)
        names = slot_names(source, hand)
        chain = source.chain
        keys = _accumulated(hand, names) if hand is not None and chain.enable_preferred_emotion else None
        runner = EmotionChain(chain, float(1 / EMOTION_RATE))
        out = EmotionAccumulator(names)
        for time, vector in replay(runner, heard, frames, len(audio.samples), keys=keys, cancelled=cancelled):
            out.add(time, vector)
        out.close()
        is_heard = source.name != NO_MODEL
        return VoiceEmotion(
            out.track(),
            heard.certainty if is_heard else heard.certainty[:0],
            float(frames.progress.stride / audio.rate_hz),
            source,
            _description(source),
        )

    def is_known(self, source: EmotionSource, audio: Audio, cache_folder: Path) -> bool:
        """Whether :meth:`voice` would answer without listening."""
        frames = frames_of(source, audio.rate_hz)
        return source.name == NO_MODEL or self._known(_key(source, audio, frames), cache_folder) is not None

    def _hear(
        self,
        source: EmotionSource,
        audio: Audio,
        frames: EmotionFrames,
        cache_folder: Path,
        on_progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        engine: str,
    ) -> Heard:
        if source.name == NO_MODEL:
            return silent_runs(frames.frame_count(len(audio.samples)), len(source.labels))
        key = _key(source, audio, frames)
        heard = self._known(key, cache_folder)
        if heard is None:
            listener = self._opened(source, audio.rate_hz, on_progress, cancelled, engine)
            heard = listen(listener, audio.samples, frames, on_progress, cancelled)
            rows = np.concatenate([heard.logits, heard.certainty[:, None]], axis=1)
            InferCache(cache_folder / "heard").write(key, rows)
            self._heard = {key: heard}
        return heard

    def _opened(
        self,
        source: EmotionSource,
        rate_hz: int,
        on_progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        engine: str,
    ) -> Listener:
        key = (source.digest, rate_hz, engine)
        if self._network is not None and self._network[0] == key:
            return self._network[1]
        self._network = None  # free the old one before the new one takes memory
        listener = source.opened(rate_hz, cancelled, on_progress, engine)
        assert listener is not None
        if source.package is not None:
            self._network = (key, listener)
        return listener

    def _known(self, key: str, cache_folder: Path) -> Heard | None:
        if key not in self._heard:
            rows = InferCache(cache_folder / "heard").read(key)
            if rows is None:
                return None
            self._heard = {key: Heard(rows[:, :-1], rows[:, -1])}
        return self._heard[key]


def frames_of(source: EmotionSource, rate_hz: int) -> EmotionFrames:
    """The windows of a source. Raises :class:`UserError` ``emotion.skip``."""
    if source.name == NO_MODEL:
        return postprocess_frames(rate_hz, EMOTION_RATE)
    usual = USUAL_WINDOW if source.package is not None else round(USUAL_WINDOW_SECONDS * rate_hz)
    window = int(source.settings["windowSamples"]) or usual
    return classifier_frames(window, rate_hz, EMOTION_RATE, int(source.settings["inferencesToSkip"]))


def slot_names(source: EmotionSource, hand: EmotionTrack | None) -> tuple[str, ...]:
    """What the slots of the chain's vector are called. Raises :class:`EngineError` ``emotion.length``."""
    length = source.chain.length
    if hand is not None and len(hand.names) == length:
        return tuple(name.lower() for name in hand.names)
    if length == len(EMOTIONS):
        return EMOTIONS
    raise EngineError(
        f"The package '{source.name}' speaks of {length} emotions, and the face's model knows "
        f"{len(hand.names) if hand is not None else len(EMOTIONS)}.",
        code="emotion.length",
        hint="Use packages that belong together, or 'estimator'.",
    )


def mixed(hand: EmotionTrack, voice: EmotionTrack, strength: float) -> EmotionTrack:
    """``(1 - strength) · hand + strength · voice``, with keys wherever one of both has one, values within 0…1.

    Emotions that the voice has no slot for get their share of the hand's only.
    """
    times = np.unique(np.array([*hand.times, *voice.times], np.int64))
    heard = voice.sampled(times)
    share = np.float32(strength)
    vectors = (np.float32(1.0) - share) * hand.sampled(times)
    for column, name in enumerate(hand.names):
        if name.lower() in voice.names:
            vectors[:, column] += share * heard[:, voice.names.index(name.lower())]
    return EmotionTrack(hand.names, tuple(times.tolist()), np.clip(vectors, 0.0, 1.0).astype(np.float32))


def _accumulated(hand: EmotionTrack, names: tuple[str, ...]) -> EmotionAccumulator:
    """Hand keys in the chain's slots."""
    lower = [name.lower() for name in hand.names]
    keys = EmotionAccumulator(names)
    for time, vector in zip(hand.times, hand.vectors, strict=True):
        keys.add(time, [float(vector[lower.index(name)]) if name in lower else 0.0 for name in names])
    keys.close()
    return keys


def _key(source: EmotionSource, audio: Audio, frames: EmotionFrames) -> str:
    progress = frames.progress
    parts = ("a2f.heard/1", source.digest, audio.content_hash, str(progress.size), str(progress.stride))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _description(source: EmotionSource) -> str:
    if source.name == NO_MODEL:
        return "nobody listened; emotions set by hand went through the chain"
    if source.baseline:
        return f"{DESCRIPTION}, which is '{Path(source.baseline).name}'"
    return DESCRIPTION if source.package is None else f"the Audio2Emotion package '{source.name}'"


def chain_record(source: EmotionSource) -> dict[str, Any]:
    """JSON-ready: everything of a source that decides a take."""
    chain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(source.chain).items()}
    return {"source": source.name, "digest": source.digest, "chain": chain}
