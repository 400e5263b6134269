"""The pose of a single moment, for a preview that follows dials: what a solve would give there, at a fraction of its
cost. A stretch is posed that is just long enough for the smoothing to settle and for lip contacts to have their ramps.

The network runs only on windows of that stretch, and only where neither a solve nor an earlier moment has run it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from maya_a2f.core.closures import can_close, with_contacts
from maya_a2f.core.face_parameters import validated_parameters
from maya_a2f.core.lip_contacts import LipSpan, lip_spans
from maya_a2f.core.performance_style import lead_frames, styled
from maya_a2f.core.style_settings import LARGEST_LEAD_MS, checked_style
from maya_a2f.core.tail import tail_frame_count, with_tail
from maya_a2f.core.take import Take
from maya_a2f.errors import Cancelled
from maya_a2f.worker.audio import Audio, load_audio
from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.face_model import FaceModel
from maya_a2f.worker.frame_stretch import SOLVER_FRAMES, Stretch, run_in_frames, shortened, stretch_of
from maya_a2f.worker.inference import empty_result
from maya_a2f.worker.layering import package_eyes
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package import Floats
from maya_a2f.worker.pipeline import OnProgress, Pipeline, clip_input
from maya_a2f.worker.solve_request import SolveRequest
from maya_a2f.worker.transcript.alignment import Alignment

NO_CONTACTS_NOTE = "Lip contacts from the transcript are shown once the clip has been animated with it."

NO_VOICE_NOTE = "Emotion from the voice is shown once the clip has been animated with it."

APPROXIMATE_NOTE = (
    "An approximation: this model remembers what it heard before, and the clip was not heard from its beginning. It is "
    "shown as it will be once the clip has been animated."
)

_KEPT_EMOTIONS = 4
_ANY_LEADS = {"lipLead": LARGEST_LEAD_MS, "jawLead": -LARGEST_LEAD_MS}
"""A style that looks as far as any can."""


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


@dataclass(eq=False)
class _Heard:
    """Raw network output of a clip, as far as it is known."""

    infer_key: str
    rows: Floats
    """(F, R)"""
    known: npt.NDArray[np.bool_]
    """(F,)"""
    rough: npt.NDArray[np.bool_]
    """(F,) those that are known only about."""


@dataclass(frozen=True, eq=False)
class _Kept:
    """What was posed last."""

    key: tuple[object, ...]
    """All that it depends on: rows, rate and parameters."""
    frame: int
    """That was shown."""
    stretch: Stretch
    channels: Mapping[str, Doubles]
    """From the stretch's solved frame to its last."""


class FramePoser:
    """Poses moments of clips; shares the model, the raw output and the alignment with the pipeline's solves."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._audio: tuple[tuple[object, ...], Audio] | None = None
        self._heard: dict[tuple[object, ...], _Heard] = {}
        self._kept: _Kept | None = None
        self._spans: tuple[Alignment, tuple[LipSpan, ...]] | None = None

    def pose(
        self,
        request: SolveRequest,
        seconds: float,
        cancelled: Callable[[], bool] = lambda: False,
        on_progress: OnProgress = lambda stage, done, total: None,
    ) -> FramePose:
        """The channels at the frame nearest to ``seconds`` after the clip's in point; before the clip its first frame,
        after it the last of the tail. ``on_progress`` hears of what takes long: a model that has to be loaded or
        prepared first. Raises as :meth:`Pipeline.solve`.
        """
        parameters = validated_parameters(request.parameters)
        tail_frames = tail_frame_count(request.tail_seconds, request.rate)
        model = self._pipeline.model(request, on_progress, cancelled)
        audio = self._loaded(request, model.package.info.samplerate, cancelled)
        emotion, voice = self._emotion(request, audio, model, cancelled)
        clip = clip_input(request, audio, model, emotion, parameters)
        heard = self._heard_so_far(request, audio, model, clip)
        count = len(heard.rows)
        frame = min(max(math.floor(Fraction(seconds) * request.rate + Fraction(1, 2)), 0), count + tail_frames - 1)
        spans, notes = self._contacts(request, audio)
        values = clip.parameters
        run_in = run_in_frames(max(values["lowerFaceSmoothing"], values["upperFaceSmoothing"]), request.rate)
        style = checked_style(request.style)
        around = lead_frames(style, request.rate)
        memory = SOLVER_FRAMES if _remembers(model) else 0
        stretch = shortened(stretch_of(frame, count, request.rate, spans, run_in, around, memory), heard.known)
        inferred = _hear(model, clip, heard, stretch, cancelled)
        roughly = (APPROXIMATE_NOTE,) if heard.rough[stretch.lead : stretch.last + 1].any() else ()
        asked = {**parameters, **package_eyes(values, request.layers)}

        def wide() -> Stretch:
            reach = lead_frames(_ANY_LEADS, request.rate)
            return stretch_of(frame, count, request.rate, spans, run_in, reach, memory)

        posed = self._posed(model, heard, request.rate, asked, frame, stretch, wide, cancelled)
        skipped = stretch.first - stretch.solved
        channels = model.layer_plan.over(posed, audio, request.rate, values, request.layers, stretch.solved)
        take = Take(request.rate, {name: samples[skipped:].tolist() for name, samples in channels.items()})
        if spans and can_close(take.tracks, model.lip_gap):
            own = _shifted(spans, float(stretch.first / request.rate))
            take = dataclasses.replace(take, tracks=with_contacts(take.tracks, take.rate, own, model.lip_gap))
        place = frame - stretch.first
        wanted = slice(place, place + 1) if frame < count else slice(None)  # a tail looks at what it leaves
        take = dataclasses.replace(take, tracks=styled(take.tracks, take.rate, style, model.lip_gap, wanted))
        if frame >= count:
            take = with_tail(take, request.tail_seconds)
        return FramePose(
            frame=frame,
            frames=count + tail_frames,
            channels={name: float(samples[place if frame >= count else 0]) for name, samples in take.tracks.items()},
            inferred_frames=inferred,
            is_settled=stretch.lead <= max(0, stretch.solved - run_in),
            notes=(*notes, *voice, *roughly),
        )

    def _posed(
        self,
        model: FaceModel,
        heard: _Heard,
        rate: Fraction,
        parameters: Mapping[str, float],
        frame: int,
        stretch: Stretch,
        wide: Callable[[], Stretch],
        cancelled: Callable[[], bool],
    ) -> Mapping[str, Doubles]:
        """Channels of the ``stretch`` from its solved frame on, before layers and style: dials that do nothing before
        those find them made. Where leads are being turned, whatever any lead can ask for is made (``wide``)."""
        key = (heard, rate, tuple(sorted(parameters.items())))
        kept = self._kept
        if kept is None or kept.key != key or not kept.stretch.covers(stretch):
            made = stretch
            if kept is not None and (kept.key, kept.frame) == (key, frame):
                wider = wide()
                made = wider if heard.known[wider.lead : wider.last + 1].all() else stretch
            posed = model.pose(
                heard.rows[made.lead : made.last + 1],
                rate,
                parameters,
                cancelled=cancelled,
                first_frame=made.lead,
                lead_frames=made.solved - made.lead,
            )
            kept = self._kept = _Kept(key, frame, made, posed.channels)
        first, last = stretch.solved - kept.stretch.solved, stretch.last - kept.stretch.solved
        return {name: samples[first : last + 1] for name, samples in kept.channels.items()}

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
        self, request: SolveRequest, audio: Audio, model: FaceModel, cancelled: Callable[[], bool]
    ) -> tuple[EmotionTrack, tuple[str, ...]]:
        """(what the network is told, what is to be said of it): a voice that would have to be heard for long is not."""
        emotion, voice = self._pipeline.emotion(
            request, audio, model.package.info, lambda *progress: None, cancelled, is_hasty=True
        )
        is_missing = request.emotion_auto.is_on and voice is None
        return emotion, (NO_VOICE_NOTE,) if is_missing else ()

    def _heard_so_far(self, request: SolveRequest, audio: Audio, model: FaceModel, clip: ClipInput) -> _Heard:
        """What is known of the rows: all of it where a solve was made, else what earlier moments needed."""
        told = (clip.emotion.digest(), clip.rate, clip.input_strength, *model.own_key(clip))
        key = (audio.content_hash, model.digest, model.engine.name, model.engine.precision, *told)
        heard = self._heard.pop(key, None)
        if heard is None:
            rows = empty_result(model.frame_count(clip), model.row_size)
            heard = _Heard(model.infer_key(clip), rows, np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_))
        if heard.rough.any() or not heard.known.all():
            raw = self._pipeline.known_raw(request, heard.infer_key)
            if raw is not None:
                heard = _Heard(heard.infer_key, raw, np.ones(len(raw), np.bool_), np.zeros(len(raw), np.bool_))
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


def _hear(model: FaceModel, clip: ClipInput, heard: _Heard, stretch: Stretch, cancelled: Callable[[], bool]) -> int:
    """Run the network on the frames of the stretch that are not known yet; returns on how many."""
    unknown = stretch.lead + np.flatnonzero(~heard.known[stretch.lead : stretch.last + 1])
    for run in np.split(unknown, np.flatnonzero(np.diff(unknown) > 1) + 1):
        for start in range(0, len(run), model.few_frames):
            if cancelled():
                raise Cancelled
            first, count = int(run[start]), len(run[start : start + model.few_frames])
            heard.rows[first : first + count] = model.rows_at(clip, first, count)
            heard.known[first : first + count] = True
            heard.rough[first : first + count] = not model.is_exact_at(clip, first, count)
    return len(unknown)


def _remembers(model: FaceModel) -> bool:
    """Whether a frame's weights depend on the frame before."""
    sets = (model.package.skin, model.package.tongue)
    return any(shapes is not None and shapes.config.temporal_smoothing > 0.0 for shapes in sets)


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
