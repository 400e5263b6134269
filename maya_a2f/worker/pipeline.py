"""Clip -> take: audio, inference (cached), pose (cached), ease to rest. What a loaded package and engine cost is paid
once per process."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import maya_a2f
from maya_a2f.core.emotion_keys import complete_keys, key_fields
from maya_a2f.core.emotion_settings import checked_auto
from maya_a2f.core.face_parameters import effective_parameters, validated_parameters
from maya_a2f.core.layers import layers_data
from maya_a2f.core.performance_style import styled
from maya_a2f.core.style_settings import checked_style
from maya_a2f.core.tail import tail_frame_count, with_tail
from maya_a2f.core.take import TAKE_RECIPE, Take, take_bytes, take_from_bytes
from maya_a2f.core.transcript import Transcript
from maya_a2f.worker.audio import Audio, load_audio
from maya_a2f.worker.emotion.automatic import EmotionEar, VoiceEmotion, chain_record, mixed
from maya_a2f.worker.emotion_track import EmotionTrack, constant_emotion, keyed_emotion
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.face_model import FaceModel, open_model
from maya_a2f.worker.infer_cache import InferCache
from maya_a2f.worker.inference import collected
from maya_a2f.worker.installed_models import resolve_model
from maya_a2f.worker.layering import package_eyes
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.long_take import LONG_SECONDS, long_take
from maya_a2f.worker.package import Floats, NetworkInfo
from maya_a2f.worker.package_hash import package_hash, read_known_digests, write_known_digests
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.take_cache import TakeCache
from maya_a2f.worker.transcript.alignment import Alignment, align, alignment_from_dict
from maya_a2f.worker.transcript.contacts import with_alignment

_OPENED_BYTES = 64 * 2**20
"""Results larger than that are read from disk as they are needed."""

_QUICKLY_HEARD_SECONDS = 120

OnProgress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A clip about to be inferred."""

    request: SolveRequest
    model: FaceModel
    audio: Audio
    parameters: Mapping[str, float]
    """Those that differ from the package's own."""
    made_by: dict[str, Any]
    """The record of the take to be, as far as it is known."""

    @property
    def is_long(self) -> bool:
        """Whether everything is done stretch by stretch."""
        return self.audio.duration_seconds > LONG_SECONDS and self.request.transcript is None


class Pipeline:
    """Solves, one at a time, keeping the last model loaded."""

    def __init__(self) -> None:
        self._model: FaceModel | None = None
        self._identity = ""
        self._wish = EngineWish()
        self._alignment: tuple[tuple[str, Transcript], Alignment] | None = None
        self._raw: tuple[str, Floats] | None = None
        self._ear = EmotionEar()

    def solve(self, request: SolveRequest, on_progress: OnProgress, cancelled: Cancelled) -> Take:
        """Make the take. Raises :class:`A2FError`; the caches are the only thing it writes."""
        made = self._solved(request, on_progress, cancelled)
        return made if isinstance(made, Take) else take_from_bytes(bytes(made), "the cached take")

    def solved_file(self, request: SolveRequest, on_progress: OnProgress, cancelled: Cancelled) -> bytes | memoryview:
        """As :meth:`solve`, the content of the take's file. That of a long clip lies on disk, never in memory."""
        made = self._solved(request, on_progress, cancelled)
        return take_bytes(made) if isinstance(made, Take) else made

    def prepared(self, request: SolveRequest, on_progress: OnProgress, cancelled: Cancelled) -> Prepared:
        """The recording read and the model loaded: what comes before anything is inferred. Raises :class:`A2FError`."""
        parameters = validated_parameters(request.parameters)
        tail_frame_count(request.tail_seconds, request.rate)  # refuses a bad tail before any work
        model = self.model(request, on_progress, cancelled)
        on_progress("Reading the recording", 0, 0)
        audio = load_audio(
            request.clip_path,
            rate_hz=model.package.info.samplerate,
            in_seconds=request.in_seconds,
            out_seconds=request.out_seconds,
            cancelled=cancelled,
            spool_folder=request.cache_folder / "sounds",
        )
        made_by = {**_made_by(request, audio, model, parameters), **self._listening_record(request)}
        return Prepared(request, model, audio, parameters, made_by)

    def take_of(
        self,
        prepared: Prepared,
        raw: Floats,
        voice: VoiceEmotion | None,
        made_by: dict[str, Any],
        on_progress: OnProgress,
        cancelled: Cancelled,
    ) -> Take:
        """The take of a clip whose rows are there. Raises :class:`A2FError`."""
        request, audio = prepared.request, prepared.audio
        found = self.alignment(audio, request.transcript, on_progress, cancelled)
        prepared.model.forget()
        take = _posed(
            request, audio, prepared.model, raw, prepared.parameters, made_by, found, on_progress, cancelled
        )  # fmt: skip
        return _with_voice(take, voice)

    def _solved(self, request: SolveRequest, on_progress: OnProgress, cancelled: Cancelled) -> Take | memoryview:
        prepared = self.prepared(request, on_progress, cancelled)
        model, audio, parameters, made_by = prepared.model, prepared.audio, prepared.parameters, prepared.made_by
        cache = TakeCache(request.cache_folder / "takes")
        key = _take_key(made_by, request.rate)
        if prepared.is_long:
            return self._long(request, audio, model, parameters, made_by, key, on_progress, cancelled)
        take = cache.read(key)
        if take is not None:
            self._remember_alignment(audio, request.transcript, take)
        else:
            emotion, voice = self.emotion(request, audio, model.package.info, on_progress, cancelled)
            clip = clip_input(request, audio, model, emotion, parameters)
            raw = self.inferred(request, clip, model, on_progress, cancelled)
            take = self.take_of(
                prepared, raw, voice, {**made_by, **self._inferred_record()}, on_progress, cancelled
            )  # fmt: skip
            cache.write(key, take)
        return take

    def _long(
        self,
        request: SolveRequest,
        audio: Audio,
        model: FaceModel,
        parameters: Mapping[str, float],
        made_by: dict[str, Any],
        key: str,
        on_progress: OnProgress,
        cancelled: Cancelled,
    ) -> memoryview:
        """The take of a long clip, on disk: everything is done stretch by stretch."""
        cache = TakeCache(request.cache_folder / "takes")
        known = cache.opened(key)
        if known is not None:
            return known
        emotion, voice = self.emotion(request, audio, model.package.info, on_progress, cancelled)
        clip = clip_input(request, audio, model, emotion, parameters)
        raw = self.inferred(request, clip, model, on_progress, cancelled)
        made_by = {**made_by, **self._inferred_record()}

        def posed(rows: Floats, lead: int, first: int) -> Take:
            take = _clip_take(request, audio, model, rows, parameters, made_by, lead, first, cancelled)
            return _with_voice(_in_style(take, request, model), voice)

        values = clip.parameters
        model.forget()
        made = long_take(
            raw,
            request.rate,
            max(values["lowerFaceSmoothing"], values["upperFaceSmoothing"]),
            request.tail_seconds,
            cache.folder,
            posed,
            lambda done, total: on_progress("Posing", done, total),
        )
        with contextlib.closing(made):
            content = made.finished()
            cache.keep(key, made.copy_to)
        return content

    def model(self, request: SolveRequest, on_progress: OnProgress, cancelled: Cancelled = lambda: False) -> FaceModel:
        """The package asked for, loaded; the one already loaded when its files have not changed."""
        folder = resolve_model(request.model, request.model_folders)
        known_path = request.cache_folder / "package_digests.json"
        known = read_known_digests(known_path)
        count = len(known)
        digest = package_hash(folder, known)
        if len(known) != count:
            write_known_digests(known_path, known)
        before = self._model
        wish = EngineWish(request.engine, request.precision)
        is_same = before is not None and before.digest == digest and before.package.folder == folder
        if not is_same or wish != self._wish:
            before = self._model = None  # free the old one before the new one takes memory
        identity = request.identity.strip().lower()
        if self._model is None or identity != self._identity:
            on_progress("Loading the model", 0, 0)
            watch = Watch(on_progress, cancelled)
            self._model = open_model(folder, digest, request.identity, before, wish, watch)
            self._identity, self._wish = identity, wish
        return self._model

    def inferred(
        self, request: SolveRequest, clip: ClipInput, model: FaceModel, on_progress: OnProgress, cancelled: Cancelled
    ) -> Floats:
        """(frames, R) the clip's rows, from the cache when they are there."""
        key = model.infer_key(clip)
        raw = self.known_raw(request, key)
        if raw is not None:
            return raw
        cache = InferCache(request.cache_folder / "inferred")
        count = model.frame_count(clip)
        rows = model.rows(clip, lambda done, total: on_progress("Listening", done, total), cancelled)
        if len(clip.samples) > LONG_SECONDS * model.package.info.samplerate:
            raw = cache.write_rows(key, (count, model.row_size), rows)
        else:
            raw = collected(rows, count, model.row_size)
            cache.write(key, raw)
        self._raw = (key, raw)
        return raw

    def _inferred_record(self) -> dict[str, str]:
        """Where in the cache the network's output lies, for whoever goes on from there."""
        return {} if self._raw is None else {"inferred": self._raw[0]}

    def emotion(
        self,
        request: SolveRequest,
        audio: Audio,
        info: NetworkInfo,
        on_progress: OnProgress,
        cancelled: Cancelled,
        *,
        is_hasty: bool = False,
    ) -> tuple[EmotionTrack, VoiceEmotion | None]:
        """(what the network is told, what the voice says where it is asked). Raises :class:`A2FError`.

        In haste, a voice that was not heard before and would take long is left out.
        """
        hand = emotion_of(request, info)
        auto = checked_auto(request.emotion_auto)
        if not auto.is_on:
            return hand, None
        source = self._ear.source(auto, request.model_folders, request.cache_folder)
        is_quick = source.package is None and audio.duration_seconds <= _QUICKLY_HEARD_SECONDS
        if is_hasty and not is_quick and not self._ear.is_known(source, audio, request.cache_folder):
            return hand, None
        voice = self._ear.voice(
            source,
            audio,
            hand,
            request.cache_folder,
            lambda done, total: on_progress("Listening for emotion", done, total),
            cancelled,
            request.engine,
        )
        return mixed(hand, voice.track, auto.strength), voice

    def voice(self, request: SolveRequest, on_progress: OnProgress, cancelled: Cancelled) -> VoiceEmotion:
        """What the voice of a clip says, whether or not it is to count. Raises as :meth:`solve`."""
        info = self.model(request, on_progress, cancelled).package.info
        audio = load_audio(
            request.clip_path,
            rate_hz=info.samplerate,
            in_seconds=request.in_seconds,
            out_seconds=request.out_seconds,
            cancelled=cancelled,
        )
        strength = request.emotion_auto.strength or 1.0
        asked = replace(request, emotion_auto=replace(request.emotion_auto, strength=strength))
        voice = self.emotion(asked, audio, info, on_progress, cancelled)[1]
        assert voice is not None
        return voice

    def _listening_record(self, request: SolveRequest) -> dict[str, Any]:
        """Everything of the voice's part that decides a take; empty where the voice is not asked."""
        auto = checked_auto(request.emotion_auto)
        if not auto.is_on:
            return {}
        source = self._ear.source(auto, request.model_folders, request.cache_folder)
        return {"emotion_auto": {**chain_record(source), **auto.to_fields()}}

    def known_raw(self, request: SolveRequest, key: str) -> Floats | None:
        """The raw output of the infer key ``key`` where it is in memory or in the cache; nothing is inferred."""
        if self._raw is None or self._raw[0] != key:
            raw = InferCache(request.cache_folder / "inferred").read(key, opened_above=_OPENED_BYTES)
            if raw is None:
                return None
            self._raw = (key, raw)
        return self._raw[1]

    def known_alignment(self, audio: Audio, transcript: Transcript) -> Alignment | None:
        """The alignment that the last solve with this transcript found or read; None where there was none."""
        if self._alignment is None or self._alignment[0] != (audio.content_hash, transcript):
            return None
        return self._alignment[1]

    def _remember_alignment(self, audio: Audio, transcript: Transcript | None, take: Take) -> None:
        """Keep what an earlier run found and wrote into ``take``."""
        record = take.made_by.get("alignment")
        if transcript is not None and record is not None and self.known_alignment(audio, transcript) is None:
            self._alignment = ((audio.content_hash, transcript), alignment_from_dict(record))

    def alignment(
        self, audio: Audio, transcript: Transcript | None, on_progress: OnProgress, cancelled: Cancelled
    ) -> Alignment | None:
        """Where the transcript's phones lie; the last one found is kept, so that a dial does not pay for it again."""
        if transcript is None:
            return None
        key = (audio.content_hash, transcript)
        if self._alignment is None or self._alignment[0] != key:
            on_progress("Aligning the transcript", 0, 0)
            self._alignment = (key, align(audio.samples, audio.rate_hz, transcript, cancelled))
        return self._alignment[1]


def clip_input(
    request: SolveRequest, audio: Audio, model: FaceModel, emotion: EmotionTrack, parameters: Mapping[str, float]
) -> ClipInput:
    """What the model hears and is told; ``parameters`` differ from the package's own."""
    values = effective_parameters(model.package.config.parameters, parameters)
    return ClipInput(audio.samples, request.rate, emotion, values)


def emotion_of(request: SolveRequest, info: NetworkInfo) -> EmotionTrack:
    """What the network is told of the emotion. Raises :class:`UserError` ``emotion.*``."""
    if not request.emotion_keys:
        return constant_emotion(info, request.emotion)
    return keyed_emotion(info, complete_keys(request.emotion_keys, request.emotion))


def _posed(
    request: SolveRequest,
    audio: Audio,
    model: FaceModel,
    raw: Floats,
    parameters: Mapping[str, float],
    made_by: dict[str, Any],
    found: Alignment | None,
    on_progress: OnProgress,
    cancelled: Cancelled,
) -> Take:
    take = _clip_take(
        request,
        audio,
        model,
        raw,
        parameters,
        made_by,
        0,
        0,
        cancelled,
        lambda done, total: on_progress("Posing", done, total),
    )
    if found is not None:
        take = with_alignment(take, found, model.lip_gap)
    return with_tail(_in_style(take, request, model), request.tail_seconds)


def _in_style(take: Take, request: SolveRequest, model: FaceModel) -> Take:
    """A clip, or a stretch of it with more around it than any lead is long, with its contacts and without its tail."""
    return replace(take, tracks=styled(take.tracks, take.rate, checked_style(request.style), model.lip_gap))


def _clip_take(
    request: SolveRequest,
    audio: Audio,
    model: FaceModel,
    raw: Floats,
    parameters: Mapping[str, float],
    made_by: dict[str, Any],
    lead_frames: int,
    first_frame: int,
    cancelled: Cancelled,
    on_progress: Callable[[int, int], None] | None = None,
) -> Take:
    """A clip, or a stretch of it, posed and with its layers; no tail, no lip contacts.

    ``raw`` starts with frame ``first_frame`` of the clip; its first ``lead_frames`` rows only let the smoothing settle.
    Long clips are made of stretches, so what is done here must look no further around a frame than
    :data:`~maya_a2f.worker.long_take.MARGIN_SECONDS`.
    """
    values = effective_parameters(model.package.config.parameters, parameters)
    posed = model.pose(
        raw,
        request.rate,
        {**parameters, **package_eyes(values, request.layers)},
        on_progress,
        cancelled,
        first_frame=first_frame,
        lead_frames=lead_frames,
    )
    first = first_frame + lead_frames
    channels = model.layer_plan.over(posed.channels, audio, request.rate, values, request.layers, first)
    return Take(
        rate=request.rate,
        tracks={name: samples.tolist() for name, samples in channels.items()},
        made_by={**made_by, "facts": dict(posed.facts)},
        unavailable=model.package.unavailable,
        notes=(*audio.warnings, *posed.notes),
    )


def _with_voice(take: Take, voice: VoiceEmotion | None) -> Take:
    """The take, with what the voice said of emotion in its record."""
    if voice is None:
        return take
    heard = {**take.made_by["emotion_auto"], **voice.record()}
    return replace(take, made_by={**take.made_by, "emotion_auto": heard}, notes=(*take.notes, *voice.notes()))


def _made_by(request: SolveRequest, audio: Audio, model: FaceModel, parameters: Mapping[str, float]) -> dict[str, Any]:
    package = model.package
    own = {**package.config.parameters, "inputStrength": package.config.input_strength}
    return {
        "version": maya_a2f.__version__,
        "package": {
            "name": package.name,
            "actor": package.info.actor,
            "folder": str(package.folder),
            "hash": model.digest,
            "skin_vertices": package.info.num_verts_skin,
            "head_size": round(model.head_size, 6),
            **model.record,
        },
        "engine": model.engine.description,
        **({"engines_passed_over": list(model.engine.passed_over)} if model.engine.passed_over else {}),
        "audio": {
            "path": str(request.clip_path),
            "hash": audio.content_hash,
            "in_seconds": request.in_seconds,
            "out_seconds": request.out_seconds,
            "duration_seconds": float(audio.duration_seconds),
            "source": f"{audio.source_format}, {audio.source_rate_hz} Hz, {audio.source_channels} ch",
        },
        "emotion": dict(request.emotion),
        **({"emotion_keys": key_fields(request.emotion_keys)} if request.emotion_keys else {}),
        "parameters": {**own, **parameters},
        **({"layers": layers_data(request.layers)} if layers_data(request.layers) else {}),
        **({"style": checked_style(request.style)} if checked_style(request.style) else {}),
        "tail_seconds": request.tail_seconds,
        **_transcript_record(request.transcript),
    }


def _transcript_record(transcript: Transcript | None) -> dict[str, Any]:
    return {} if transcript is None else {"transcript": {"text": transcript.text, "language": transcript.language}}


def _take_key(made_by: Mapping[str, Any], rate: Fraction) -> str:
    """Changes with everything that a take holds, so that a take read back is the one that would be made."""
    content = json.dumps([TAKE_RECIPE, made_by, rate.numerator, rate.denominator], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
