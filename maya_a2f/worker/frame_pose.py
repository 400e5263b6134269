"""The pose of a single moment, for a preview that follows dials: what a solve would give there, at a fraction of its
cost. A stretch is posed that is just long enough for the smoothing to settle and for lip contacts to have their ramps.

The network runs only on windows of that stretch, and only where neither a solve nor an earlier moment has run it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.core.closures import CLOSING_SECONDS, OPENING_SECONDS, can_close, with_contacts
from maya_a2f.core.face_parameters import validated_parameters
from maya_a2f.core.lip_contacts import LipSpan, lip_spans
from maya_a2f.core.performance_style import lead_frames, styled
from maya_a2f.core.style_settings import checked_style
from maya_a2f.core.tail import tail_frame_count, with_tail
from maya_a2f.core.take import Take
from maya_a2f.errors import Cancelled
from maya_a2f.worker.audio import Audio, load_audio
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.inference import empty_result
from maya_a2f.worker.layering import package_eyes
from maya_a2f.worker.loaded_model import ClipInput, LoadedModel
from maya_a2f.worker.package import Floats
from maya_a2f.worker.pipeline import Pipeline, clip_input
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.transcript.alignment import Alignment

NO_CONTACTS_NOTE = "Lip contacts from the transcript are shown once the clip has been animated with it."

NO_VOICE_NOTE = "Emotion from the voice is shown once the clip has been animated with it."

_HALF_LIVES = 16
"""Two stages of smoothing have settled to 2e-4 of a jump after so many of their half lives."""
_SOLVER_FRAMES = 2
"""The solver's memory of the frame before fades by at least a hundredfold per frame: 1e-4 of a weight is left."""
_TAIL_SECONDS = 0.5
"""What the ease to rest is told of the clip: its last velocity, and how far the face goes."""
_MOST_NEW_FRAMES = 48
"""Run-in beyond this is left out rather than waited for; the next moment finds it inferred."""
_KEPT_EMOTIONS = 4


@dataclass(frozen=True)
class FramePose:
    """The face at one moment."""

    frame: int
    """Of the take, from 0."""
    frames: int
    """In all, tail included."""
    channels: dict[str, float]
    inferred_frames: int
    """How often the network had to run."""
    is_settled: bool
    """False where the run-in was cut short: smoothing is then a little behind what the solve would show."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Stretch:
    """Frames that are needed for one, each part within the one before it."""

    lead: int
    """Where the smoothing starts to settle."""
    solved: int
    """Where the blendshape solve starts."""
    first: int
    """First frame that is looked at."""
    last: int
    """Last frame that is looked at."""


@dataclass(eq=False)
class _Heard:
    """Raw network output of a clip, as far as it is known."""

    infer_key: str
    rows: Floats
    """(F, R)"""
    known: npt.NDArray[np.bool_]
    """(F,)"""


class FramePoser:
    """Poses moments of clips; shares the model, the raw output and the alignment with the pipeline's solves."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._audio: tuple[tuple[object, ...], Audio] | None = None
        self._heard: dict[tuple[object, ...], _Heard] = {}
        self._spans: tuple[Alignment, tuple[LipSpan, ...]] | None = None

    def pose(self, request: SolveRequest, seconds: float, cancelled: Callable[[], bool] = lambda: False) -> FramePose:
        """The channels at the frame nearest to ``seconds`` after the clip's in point; before the clip its first frame,
        after it the last of the tail. Raises as :meth:`Pipeline.solve`.
        """
        parameters = validated_parameters(request.parameters)
        tail_frames = tail_frame_count(request.tail_seconds, request.rate)
        model = self._pipeline.model(request, lambda *progress: None)
        audio = self._loaded(request, model.package.info.samplerate, cancelled)
        emotion, voice = self._emotion(request, audio, model, cancelled)
        clip = clip_input(request, audio, model, emotion, parameters)
        heard = self._heard_so_far(request, audio, model, clip)
        count = len(heard.rows)
        frame = min(max(math.floor(Fraction(seconds) * request.rate + Fraction(1, 2)), 0), count + tail_frames - 1)
        spans, notes = self._contacts(request, audio)
        values = clip.parameters
        run_in = _run_in_frames(max(values["lowerFaceSmoothing"], values["upperFaceSmoothing"]), request.rate)
        style = checked_style(request.style)
        around = lead_frames(style, request.rate)
        stretch = _shortened(_stretch(frame, count, request.rate, spans, run_in, around), heard.known)
        inferred = _hear(model, clip, heard, stretch, cancelled)
        posed = model.pose(
            heard.rows[stretch.lead : stretch.last + 1],
            request.rate,
            {**parameters, **package_eyes(values, request.layers)},
            cancelled=cancelled,
            first_frame=stretch.lead,
            lead_frames=stretch.solved - stretch.lead,
        )
        skipped = stretch.first - stretch.solved
        channels = model.layer_plan.over(posed.channels, audio, request.rate, values, request.layers, stretch.solved)
        take = Take(request.rate, {name: samples[skipped:].tolist() for name, samples in channels.items()})
        if spans and can_close(take.tracks, model.lip_gap):
            own = _shifted(spans, float(stretch.first / request.rate))
            take = dataclasses.replace(take, tracks=with_contacts(take.tracks, take.rate, own, model.lip_gap))
        take = dataclasses.replace(take, tracks=styled(take.tracks, take.rate, style, model.lip_gap))
        if frame >= count:
            take = with_tail(take, request.tail_seconds)
        return FramePose(
            frame=frame,
            frames=count + tail_frames,
            channels={name: float(samples[frame - stretch.first]) for name, samples in take.tracks.items()},
            inferred_frames=inferred,
            is_settled=stretch.lead <= max(0, stretch.solved - run_in),
            notes=(*notes, *voice),
        )

    def _loaded(self, request: SolveRequest, rate_hz: int, cancelled: Callable[[], bool]) -> Audio:
        """The clip's sound; the last one is kept for as long as its file stays the same."""
        key = (request.clip_path, request.in_seconds, request.out_seconds, rate_hz, _stamp(request.clip_path))
        if self._audio is None or self._audio[0] != key:
            audio = load_audio(
                request.clip_path,
                rate_hz=rate_hz,
                in_seconds=request.in_seconds,
                out_seconds=request.out_seconds,
                cancelled=cancelled,
                spool_folder=request.cache_folder / "sounds",
            )
            self._audio = (key, audio)
        return self._audio[1]

    def _emotion(
        self, request: SolveRequest, audio: Audio, model: LoadedModel, cancelled: Callable[[], bool]
    ) -> tuple[EmotionTrack, tuple[str, ...]]:
        """(what the network is told, what is to be said of it): a voice that would have to be heard for long is not."""
        emotion, voice = self._pipeline.emotion(
            request, audio, model.package.info, lambda *progress: None, cancelled, is_hasty=True
        )
        is_missing = request.emotion_auto.is_on and voice is None
        return emotion, (NO_VOICE_NOTE,) if is_missing else ()

    def _heard_so_far(self, request: SolveRequest, audio: Audio, model: LoadedModel, clip: ClipInput) -> _Heard:
        """What is known of the rows: all of it where a solve was made, else what earlier moments needed."""
        told = (clip.emotion.digest(), clip.rate, clip.input_strength)
        key = (audio.content_hash, model.digest, model.engine.precision, *told)
        heard = self._heard.pop(key, None)
        if heard is None:
            rows = empty_result(model.frame_count(clip), model.row_size)
            heard = _Heard(model.infer_key(clip), rows, np.zeros(len(rows), np.bool_))
        if not heard.known.all():
            raw = self._pipeline.known_raw(request, heard.infer_key)
            if raw is not None:
                heard = _Heard(heard.infer_key, raw, np.ones(len(raw), np.bool_))
        self._heard[key] = heard
        while len(self._heard) > _KEPT_EMOTIONS:
            del self._heard[next(iter(self._heard))]
        return heard

    def _contacts(self, request: SolveRequest, audio: Audio) -> tuple[tuple[LipSpan, ...], tuple[str, ...]]:
        """The lip contacts of the transcript as the last solve found them, and what is to be said of them."""
        if request.transcript is None:
            return (), ()
        found = self._pipeline.known_alignment(audio, request.transcript)
        if found is None:
            return (), (NO_CONTACTS_NOTE,)
        if self._spans is None or self._spans[0] is not found:
            self._spans = (found, lip_spans(found.phones, found.alphabet) if found.fits else ())
        return self._spans[1], ()


def _stretch(
    frame: int,
    count: int,
    rate: Fraction,
    spans: Sequence[LipSpan],
    run_in: int,
    around: tuple[int, int] = (0, 0),
) -> _Stretch:
    """What a frame of a clip of ``count`` frames, or of the tail behind it, depends on; a style's leads look at
    ``around`` (before, after) it."""
    shown = min(frame, count - 1)
    first = shown if frame < count else max(0, shown - math.ceil(_TAIL_SECONDS * rate))
    first, last = max(0, first - around[0]), min(count - 1, shown + around[1])
    if spans:
        wanted = range(first, last + 1) if any(around) else {first, shown}
        reached = [_reach(spans, shown_frame, float(rate)) for shown_frame in wanted]
        margin = math.ceil(max(CLOSING_SECONDS, OPENING_SECONDS) * rate) + 3
        first = max(0, min(low for low, _ in reached) - margin)
        last = min(count - 1, max(high for _, high in reached) + margin)
    solved = max(0, first - _SOLVER_FRAMES)
    return _Stretch(max(0, solved - run_in), solved, first, last)


def _reach(spans: Sequence[LipSpan], frame: int, rate: float) -> tuple[int, int]:
    """First and last frame that the contacts around ``frame`` look at: where their ramps start and end."""
    low = high = frame
    for span in spans:
        before = math.ceil((span.start_seconds - CLOSING_SECONDS) * rate) - 2
        after = math.floor((span.end_seconds + OPENING_SECONDS) * rate) + 2
        if span.kind != "open" and before <= frame <= after:
            low, high = min(low, before), max(high, after)
    return low, high


def _shortened(stretch: _Stretch, known: npt.NDArray[np.bool_]) -> _Stretch:
    """The stretch with as much of its run-in as can be had without running the network for long."""
    unknown = np.flatnonzero(~known[stretch.lead : stretch.last + 1])
    if len(unknown) <= _MOST_NEW_FRAMES:
        return stretch
    lead = stretch.lead + int(unknown[-_MOST_NEW_FRAMES])
    return dataclasses.replace(stretch, lead=min(lead, stretch.solved))


def _hear(model: LoadedModel, clip: ClipInput, heard: _Heard, stretch: _Stretch, cancelled: Callable[[], bool]) -> int:
    """Run the network on the frames of the stretch that are not known yet; returns on how many."""
    unknown = stretch.lead + np.flatnonzero(~heard.known[stretch.lead : stretch.last + 1])
    for run in np.split(unknown, np.flatnonzero(np.diff(unknown) > 1) + 1):
        for start in range(0, len(run), model.few_frames):
            if cancelled():
                raise Cancelled
            first, count = int(run[start]), len(run[start : start + model.few_frames])
            heard.rows[first : first + count] = model.rows_at(clip, first, count)
            heard.known[first : first + count] = True
    return len(unknown)


def _run_in_frames(half_life_seconds: float, rate: Fraction) -> int:
    return math.ceil(_HALF_LIVES * half_life_seconds * rate)


def _shifted(spans: Sequence[LipSpan], seconds: float) -> list[LipSpan]:
    """``spans`` with ``seconds`` as their new zero; rounded, so that a contact that starts on a frame still does."""
    return [
        dataclasses.replace(
            span,
            start_seconds=round(span.start_seconds - seconds, 9),
            end_seconds=round(span.end_seconds - seconds, 9),
        )
        for span in spans
    ]


def _stamp(path: Path) -> tuple[int, int] | None:
    """Changes when the file does; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
