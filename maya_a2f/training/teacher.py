"""Phones with times to articulatory tracks: the animation rules that the network learns to follow from sound alone.

Every phone has a target per track and a dominance that decays exponentially from the flat part of the phone (Cohen &
Massaro 1993); the track is the dominance-weighted mean. Lip shapes reach further back in time than forward, so that
rounding begins before its vowel. Lip contacts are laid over the result as envelopes with exact times, after the rules
of JALI (Edwards et al. 2016): bilabials close, labiodentals tuck, sibilants narrow the jaw, tongue-only phones leave
the lips alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from maya_a2f.training.corpus.voices import Phone
from maya_a2f.training.phones import PAUSE, PHONE_CLASSES, TONGUE_TRACKS, Alphabet, Articulation, articulations
from maya_a2f.training.tracks import CLOSED_GAP_CM, COLUMN, TRACK_RATE_HZ, TRACKS

Array = NDArray[np.float64]

FLAT_SHARE = 0.55
"""Middle part of a phone in which its dominance is full."""
GAP_BEFORE_SECONDS, GAP_AFTER_SECONDS = 0.045, 0.040
SHAPE_BEFORE_SECONDS, SHAPE_AFTER_SECONDS = 0.080, 0.055
TONGUE_SECONDS = 0.040
CLOSING_SECONDS, OPENING_SECONDS = 0.075, 0.065
LONG_PAUSE_SECONDS, TONE_GAP_SECONDS = 0.28, 0.07
HALF_REST_GAP_CM = 0.10
TUCK_GAP_CM = 0.06
VOWEL_SCALE, CONSONANT_SCALE = 1.80, 1.35
"""Openings are reduced by their neighbours; with these, open vowels of running speech come out near 0.7 cm."""


@dataclass(frozen=True)
class Segment:
    """A stretch of time with one articulation."""

    start_seconds: float
    end_seconds: float
    articulation: Articulation

    @property
    def duration_seconds(self) -> float:
        """Length of the stretch."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True)
class Performance:
    """What the teacher made of an utterance."""

    tracks: NDArray[np.float32]
    """(frames, tracks) at 100 Hz, columns as in :data:`maya_a2f.training.tracks.TRACKS`; frame k is at k/100 s."""
    classes: NDArray[np.int16]
    """(frames,) index into :data:`maya_a2f.training.phones.PHONE_CLASSES`."""


def perform(
    phones: Sequence[Phone], alphabet: Alphabet, frames: int, level: Array | None = None, intensity: float = 1.0
) -> Performance:
    """Tracks for ``phones`` over ``frames`` frames of 10 ms.

    ``level`` is the utterance's energy per frame (any unit of power); louder vowels open further. Time outside the
    phones is rest.
    """
    segments = _segments(phones, alphabet)
    times = np.arange(frames) / TRACK_RATE_HZ
    tracks = np.zeros((frames, len(TRACKS)))
    classes = np.zeros(frames, np.int16)
    if not segments:
        return Performance(tracks.astype(np.float32), classes)
    loudness = _relative_loudness(level, frames, segments)
    gap_scale = np.array([_opening_scale(segment, loudness) for segment in segments]) * intensity
    _draw_lips(tracks, segments, times, gap_scale)
    _draw_shapes(tracks, segments, times)
    _draw_tongue(tracks, segments, times)
    _lay_contacts(tracks, segments, times)
    _draw_upper_face(tracks, segments, times, loudness)
    for segment in segments:
        first, last = (round(t * TRACK_RATE_HZ) for t in (segment.start_seconds, segment.end_seconds))
        classes[max(first, 0) : max(last, 0)] = PHONE_CLASSES.index(segment.articulation.phone_class)
    return Performance(tracks.astype(np.float32), classes)


def _segments(phones: Sequence[Phone], alphabet: Alphabet) -> list[Segment]:
    """Articulations with times: diphthongs in two parts (58/42), tone gaps merged, silence added at both ends."""
    segments: list[Segment] = []
    for phone in phones:
        found = articulations(phone.symbol, alphabet)
        duration = phone.end_seconds - phone.start_seconds
        if duration <= 0:
            continue
        if found[0] is PAUSE and segments:
            last = segments[-1]
            if last.articulation.phone_class == "pause" or duration < TONE_GAP_SECONDS:
                segments[-1] = replace(last, end_seconds=phone.end_seconds)
                continue
        middle = phone.start_seconds + duration * (0.58 if len(found) > 1 else 1.0)
        segments.append(Segment(phone.start_seconds, middle, found[0]))
        if len(found) > 1:
            segments.append(Segment(middle, phone.end_seconds, found[1]))
    if segments:
        rest = Segment(segments[0].start_seconds - 1.0, segments[0].start_seconds, PAUSE)
        segments = [rest, *segments, Segment(segments[-1].end_seconds, segments[-1].end_seconds + 1.0, PAUSE)]
    return [_rested(segment) for segment in segments]


def _rested(segment: Segment) -> Segment:
    """A short pause brings the lips only half-way to rest."""
    if segment.articulation is not PAUSE or segment.duration_seconds >= LONG_PAUSE_SECONDS:
        return segment
    return replace(segment, articulation=replace(PAUSE, gap_cm=HALF_REST_GAP_CM, jaw=0.03, lip_weight=0.8))


def _relative_loudness(level: Array | None, frames: int, segments: Sequence[Segment]) -> Array:
    """Level against the median vowel of the utterance, as a ratio of powers; 1 where nothing is known."""
    if level is None or not len(level):
        return np.ones(frames)
    smooth = gaussian_filter1d(np.asarray(level, np.float64)[:frames], 4.0)
    smooth = np.concatenate([smooth, np.full(max(0, frames - len(smooth)), smooth[-1])])
    middles = [
        min(frames - 1, max(0, round((s.start_seconds + s.end_seconds) * 0.5 * TRACK_RATE_HZ)))
        for s in segments
        if s.articulation.vowel
    ]
    reference = float(np.median(smooth[middles])) if middles else float(smooth.mean())
    return np.asarray(smooth / max(reference, 1e-12))


def _opening_scale(segment: Segment, loudness: Array) -> float:
    """Opening of a vowel by its length (0.62 at 50 ms to 1 at 140 ms) and loudness^(1/8) of power, 0.82 to 1.15."""
    if not segment.articulation.vowel:
        return CONSONANT_SCALE
    by_length = float(np.interp(segment.duration_seconds, (0.05, 0.14), (0.62, 1.0)))
    first, last = (round(t * TRACK_RATE_HZ) for t in (segment.start_seconds, segment.end_seconds))
    heard = loudness[max(first, 0) : max(last, first + 1, 1)]
    by_loudness = float(np.clip(np.mean(heard) ** 0.125, 0.82, 1.15)) if len(heard) else 1.0
    return VOWEL_SCALE * by_length * by_loudness


def _dominance(segments: Sequence[Segment], times: Array, before: float, after: float) -> Array:
    """(segments, frames): 1 in the flat middle of a segment, exponential decay outside it."""
    middle = np.array([(s.start_seconds + s.end_seconds) / 2 for s in segments])[:, None]
    half = np.array([s.duration_seconds * FLAT_SHARE / 2 for s in segments])[:, None]
    early = np.maximum(middle - half - times[None], 0) / before
    late = np.maximum(times[None] - middle - half, 0) / after
    return np.asarray(np.exp(-early - late) + 1e-9)


def _blend(dominance: Array, weights: Array, targets: Array) -> Array:
    weighted = dominance * weights[:, None]
    return np.asarray((weighted * targets[:, None]).sum(0) / weighted.sum(0))


def _draw_lips(tracks: Array, segments: Sequence[Segment], times: Array, gap_scale: Array) -> None:
    dominance = _dominance(segments, times, GAP_BEFORE_SECONDS, GAP_AFTER_SECONDS)
    shaped = [s.articulation for s in segments]
    # A contact's own gap comes from its envelope; here it only narrows its neighbours a little.
    gap = np.array([0.22 if a.contact != "none" else a.gap_cm for a in shaped]) * gap_scale
    weight = np.array([0.6 if a.contact != "none" else a.lip_weight for a in shaped])
    tracks[:, COLUMN["gap"]] = _blend(dominance, weight, gap)
    jaw = np.array([a.jaw for a in shaped]) * gap_scale
    tracks[:, COLUMN["jaw"]] = _blend(dominance, np.array([a.jaw_weight for a in shaped]), jaw)


def _draw_shapes(tracks: Array, segments: Sequence[Segment], times: Array) -> None:
    dominance = _dominance(segments, times, SHAPE_BEFORE_SECONDS, SHAPE_AFTER_SECONDS)
    weight = np.array([s.articulation.shape_weight for s in segments])
    for name in ("pucker", "funnel", "spread"):
        target = np.array([getattr(s.articulation, name) for s in segments])
        tracks[:, COLUMN[name]] = _blend(dominance, weight, target)


def _draw_tongue(tracks: Array, segments: Sequence[Segment], times: Array) -> None:
    dominance = _dominance(segments, times, TONGUE_SECONDS, TONGUE_SECONDS)
    weight = np.array([s.articulation.tongue_weight for s in segments])
    for name in TONGUE_TRACKS:
        target = np.array([s.articulation.tongue.get(name, 0.0) for s in segments])
        tracks[:, COLUMN[name]] = _blend(dominance, weight, target)


def _lay_contacts(tracks: Array, segments: Sequence[Segment], times: Array) -> None:
    closed, tuck = np.zeros(len(times)), np.zeros(len(times))
    for segment in segments:
        contact = segment.articulation.contact
        if contact == "none":
            continue
        start, duration = segment.start_seconds, segment.duration_seconds
        if contact == "closed":
            share = duration - 0.02 if segment.articulation.phone_class == "m" else 0.72 * duration
            end = start + max(0.02, share)
            closed = np.maximum(closed, _envelope(times, start + 0.005, end, CLOSING_SECONDS, OPENING_SECONDS))
        else:
            end = start + max(0.02, 0.85 * duration)
            tuck = np.maximum(tuck, _envelope(times, start + 0.005, end, CLOSING_SECONDS, OPENING_SECONDS))
    gap = tracks[:, COLUMN["gap"]]
    gap[:] = gap * (1 - closed) + np.minimum(gap, CLOSED_GAP_CM) * closed
    gap[:] = gap * (1 - tuck) + np.minimum(gap, TUCK_GAP_CM) * tuck
    tracks[:, COLUMN["contact"]] = closed
    tracks[:, COLUMN["tuck"]] = tuck


def _envelope(times: Array, start: float, end: float, rise: float, fall: float) -> Array:
    """0 to 1 over ``rise`` seconds before ``start``, 1 until ``end``, back over ``fall``, with smooth corners."""
    x = np.clip(np.minimum((times - start + rise) / rise, (end + fall - times) / fall), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def _draw_upper_face(tracks: Array, segments: Sequence[Segment], times: Array, loudness: Array) -> None:
    """Brows rise with emphasis; a blink follows the start of a long pause, where people blink most."""
    level_db = 10 * np.log10(np.maximum(gaussian_filter1d(loudness, 12.0), 1e-6))
    spoken = np.zeros(len(times))
    blink = np.zeros(len(times))
    for segment in segments:
        if segment.articulation.phone_class != "pause":
            spoken[(times >= segment.start_seconds) & (times < segment.end_seconds)] = 1.0
        elif segment.duration_seconds >= 0.4 and segment.start_seconds > 0.2:
            apex = segment.start_seconds + 0.13
            blink = np.maximum(blink, _envelope(times, apex - 0.01, apex + 0.03, 0.07, 0.12))
    emphasis = np.clip((level_db - 1.0) / 5.0, 0.0, 1.0) * spoken
    tracks[:, COLUMN["brow"]] = gaussian_filter1d(emphasis, 7.0)
    tracks[:, COLUMN["blink"]] = blink
