"""Where known phones lie in a recording: Viterbi search over one Gaussian per third of a phone, near expected times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from maya_a2f.training.phones import PHONE_CLASSES

RATE_HZ = 16000
HOP_SAMPLES = 80
HOP_SECONDS = HOP_SAMPLES / RATE_HZ
THIRDS = 3
_WINDOW, _BANDS, _COEFFICIENTS = 256, 24, 14
_FLOOR_BELOW_PEAK = 11.5
"""Nepers: 50 dB."""
_FLOOR_VARIANCE = 0.05
_STEPS = (0, 1, 2, THIRDS + 1)
"""By how many states the search goes on from frame to frame: stays, next, skips one, leaves out a phone."""
_SKIP_COST = 2.0
_SCORE_WEIGHT = 0.3
"""Neighbouring frames overlap: their evidence counts less than its sum."""

Doubles = NDArray[np.float64]
Boundaries = NDArray[np.int64]


@dataclass(frozen=True)
class Passage:
    """One utterance to align."""

    features: Doubles
    """(frames, dimensions), every 5 ms"""
    classes: NDArray[np.int64]
    """(phones,) indices into PHONE_CLASSES"""
    earliest: Doubles
    """(phones - 1,) first frame at which the next phone is expected to begin"""
    latest: Doubles
    """(phones - 1,) the last one"""
    optional: NDArray[np.bool_]
    """(phones,) whether the phone may be missing (length 0); never the first or the last, never two in a row"""


@dataclass(frozen=True)
class SoundModel:
    """A Gaussian for each third of each phone class."""

    means: Doubles
    """(classes * 3, dimensions)"""
    precisions: Doubles
    """(classes * 3, dimensions, dimensions)"""
    offsets: Doubles
    """(classes * 3,) log normalisers"""


def cepstra(samples: NDArray[np.int16]) -> Doubles:
    """(frames, 28): cepstra of the log-mel spectrum above a floor, less the loud frames' mean, with their slopes."""
    sound = np.pad(samples.astype(np.float64) / 32768.0, (_WINDOW // 2, _WINDOW))
    sound[1:] -= 0.95 * sound[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::HOP_SAMPLES][: len(samples) // HOP_SAMPLES + 1]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW + 1)[:-1], 512)) ** 2
    mel = np.log(power @ _filters() + 1e-9)
    mel = np.maximum(mel, np.percentile(mel.max(axis=1), 95) - _FLOOR_BELOW_PEAK)
    loudness = mel.mean(axis=1)
    mel = mel - mel[loudness > loudness.max() - 6.0].mean(axis=0)
    still = np.asarray(dct(mel, norm="ortho", axis=1))[:, :_COEFFICIENTS]
    padded = np.pad(still, ((2, 2), (0, 0)), mode="edge")
    slope = padded[3:-1] - padded[1:-3] + 2 * (padded[4:] - padded[:-4])
    return np.concatenate([still, 0.4 * slope], axis=1)


def _filters() -> Doubles:
    edges = 700 * (np.exp(np.linspace(np.log1p(60 / 700), np.log1p(7600 / 700), _BANDS + 2)) - 1)
    bins = np.fft.rfftfreq(512, 1 / RATE_HZ)
    rising = (bins - edges[:-2, None]) / (edges[1:-1, None] - edges[:-2, None])
    falling = (edges[2:, None] - bins) / (edges[2:, None] - edges[1:-1, None])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)).T, np.float64)


def fitted_model(passages: Sequence[Passage], boundaries: Sequence[Boundaries]) -> SoundModel:
    """The Gaussians of phones that lie at ``boundaries`` ((phones + 1,) frames each), every phone cut in thirds."""
    states = len(PHONE_CLASSES) * THIRDS
    labels, rows = [], []
    for passage, limits in zip(passages, boundaries, strict=True):
        lengths = np.diff(limits)
        position = np.concatenate([np.arange(n) for n in lengths])
        third = position * THIRDS // np.maximum(1, np.repeat(lengths, lengths))
        labels.append(np.repeat(passage.classes, lengths) * THIRDS + third)
        rows.append(passage.features[limits[0] : limits[-1]])
    label, row = np.concatenate(labels), np.concatenate(rows)
    size = row.shape[1]
    shared = np.cov(row.T) * 0.3 + _FLOOR_VARIANCE * np.eye(size)
    means, precisions, offsets = np.zeros((states, size)), np.zeros((states, size, size)), np.zeros(states)
    for state in range(states):
        chosen = row[label == state]
        if len(chosen) < 4:
            means[state], covariance = row.mean(axis=0), 4 * shared
        else:
            means[state] = chosen.mean(axis=0)
            apart = chosen - means[state]
            covariance = (apart.T @ apart + 40 * shared) / (len(chosen) + 40)
        precisions[state] = np.linalg.inv(covariance)
        offsets[state] = -0.5 * np.linalg.slogdet(covariance)[1]
    return SoundModel(means, precisions, offsets)


def aligned(passage: Passage, model: SoundModel, tolerance_frames: float) -> Boundaries:
    """(phones + 1,) frames at which the phones begin and the last one ends.

    A phone may begin outside its expected stretch at a cost that grows with the square of the distance over
    ``tolerance_frames``.
    """
    frames, phones = len(passage.features), len(passage.classes)
    state_of = (passage.classes[:, None] * THIRDS + np.arange(THIRDS)).ravel()
    score = _scores(passage.features, model, state_of)
    count = phones * THIRDS
    entry = _entry_costs(passage, frames, tolerance_frames)
    first = np.arange(THIRDS, count, THIRDS)
    leaping = np.flatnonzero(passage.optional[1:-1]) + 2
    leap = leaping * THIRDS
    best = np.full(count, -np.inf)
    best[0] = score[0, 0]
    came = np.zeros((frames, count), np.int8)
    for frame in range(1, frames):
        step = np.full((len(_STEPS), count), -np.inf)
        step[0] = best
        step[1, 1:] = best[:-1]
        step[1, first] += entry[frame]
        step[2, 2:] = best[:-2] - _SKIP_COST
        step[2, first] += entry[frame]
        step[2, 1::THIRDS] = -np.inf
        step[3, leap] = best[leap - THIRDS - 1] + entry[frame, leaping - 1]
        choice = np.argmax(step, axis=0)
        came[frame] = choice
        best = step[choice, np.arange(count)] + score[frame]
    return _traced(came, phones)


def _entry_costs(passage: Passage, frames: int, tolerance_frames: float) -> Doubles:
    now = np.arange(frames)[:, None]
    outside = np.maximum(0.0, np.maximum(passage.earliest - now, now - passage.latest))
    return -0.5 * (outside / tolerance_frames) ** 2


def _traced(came: NDArray[np.int8], phones: int) -> Boundaries:
    frames = len(came)
    state = phones * THIRDS - 1
    begins = np.zeros(phones + 1, np.int64)
    begins[-1] = frames
    for frame in range(frames - 1, 0, -1):
        before = state - _STEPS[came[frame, state]]
        begins[before // THIRDS + 1 : state // THIRDS + 1] = frame
        state = before
    return begins


def _scores(features: Doubles, model: SoundModel, state_of: NDArray[np.int64]) -> Doubles:
    wanted, where = np.unique(state_of, return_inverse=True)
    table = np.empty((len(features), len(wanted)))
    for column, state in enumerate(wanted):
        apart = features - model.means[state]
        table[:, column] = model.offsets[state] - 0.5 * np.einsum("td,de,te->t", apart, model.precisions[state], apart)
    return _SCORE_WEIGHT * table[:, where]
