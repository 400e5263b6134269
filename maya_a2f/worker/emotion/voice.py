"""How somebody speaks in a stretch of a recording (pitch, its range, level, tilt, rate), and as a rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.emotion.pitch import HOP_SECONDS, SoundFrames
from maya_a2f.worker.package import Floats

_SPEECH_BELOW_LOUD_DB = 30.0
_DIP_DB = 2.0
_SMOOTHING_FRAMES = 5
_NUCLEUS_BELOW_LOUD_DB = 25.0
_FEWEST_NUCLEI = 4
_FEWEST_FRAMES = 25
_BASELINE_STEP_FRAMES = 50

FEATURES = ("pitch", "range", "level", "tilt", "rate")
_UNITS = np.array([3.0, 0.6, 5.0, 4.0, 0.35])
"""What counts as a clear change: semitones, octaves of the range, dB, dB, octaves of the rate."""
_NARROWEST_RANGE = 0.5
_LARGEST = 2.5


@dataclass(frozen=True, eq=False)
class Voice:
    """A whole recording, measured."""

    frames: SoundFrames
    semitones: Floats
    """(n,) pitch above 1 Hz in semitones; NaN where nothing is voiced."""
    is_voiced: npt.NDArray[np.bool_]
    """(n,) voiced and loud enough to be the speaker."""
    nuclei: npt.NDArray[np.bool_]
    """(n,) the middle of a syllable."""
    clearness: float
    """0…1: how far the speech stands above the noise, and how periodic its voice is."""

    @property
    def voiced_seconds(self) -> float:
        """How much voice there is."""
        return float(self.is_voiced.sum()) * HOP_SECONDS


@dataclass(frozen=True, eq=False)
class Manner:
    """One stretch: values of :data:`FEATURES` (range and rate as octaves), and how much voice they are from."""

    values: npt.NDArray[np.float64]
    """(5,) NaN where there was too little."""
    voiced_seconds: float


def measured_voice(frames: SoundFrames) -> Voice:
    """Who speaks when, from the frames of a recording."""
    level = frames.level_db
    if not len(level):
        none = np.zeros(0, np.bool_)
        return Voice(frames, frames.pitch_hz, none, none, 0.0)
    loud, floor = float(np.percentile(level, 95)), float(np.percentile(level, 5))
    is_voiced = (frames.pitch_hz > 0) & (level > loud - _SPEECH_BELOW_LOUD_DB)
    with np.errstate(divide="ignore"):
        semitones = np.where(is_voiced, 12 * np.log2(np.maximum(frames.pitch_hz, 1e-3)), np.nan).astype(np.float32)
    if (
        is_voiced.any()
    ):  # an octave and more away from the speaker's middle is an error of the tracker, or somebody else
        away = np.abs(semitones - np.nanmedian(semitones))
        is_voiced &= ~(away > 15.0)
        semitones = np.where(is_voiced, semitones, np.nan).astype(np.float32)
    periodicity = float(np.median(frames.periodicity[is_voiced])) if is_voiced.any() else 0.0
    clearness = min(_share(loud - floor, 10.0, 25.0), _share(periodicity, 0.5, 0.8))
    return Voice(frames, semitones, is_voiced, _nuclei(level, is_voiced, loud), clearness)


def manner(voice: Voice, first_sample: int, end_sample: int) -> Manner:
    """What the stretch between two samples is like."""
    low, high = np.searchsorted(voice.frames.centres, (first_sample, end_sample))
    stretch = slice(int(low), int(high))
    voiced = voice.is_voiced[stretch]
    count = int(voiced.sum())
    values = np.full(len(FEATURES), np.nan)
    if count >= _FEWEST_FRAMES:
        semitones = voice.semitones[stretch][voiced]
        low_pitch, middle, high_pitch = np.percentile(semitones, (10, 50, 90))
        values[0] = middle
        values[1] = np.log2(max((high_pitch - low_pitch) / 2.563, _NARROWEST_RANGE))  # 10-90 % of a bell is 2.563 sigma
        values[2] = np.median(voice.frames.level_db[stretch][voiced])
        values[3] = np.median(voice.frames.tilt_db[stretch][voiced])
        nuclei = int(voice.nuclei[stretch].sum())
        if nuclei >= _FEWEST_NUCLEI:
            values[4] = np.log2(nuclei / (count * HOP_SECONDS))
    return Manner(values, count * HOP_SECONDS)


def baseline(voice: Voice, window_samples: int, hop_samples: int) -> npt.NDArray[np.float64]:
    """(5,) how the speaker speaks as a rule: the medians over all stretches of the recording; NaN where unknown."""
    step = _BASELINE_STEP_FRAMES * hop_samples
    end = int(voice.frames.centres[-1]) if len(voice.frames.centres) else 0
    rows = [manner(voice, start, start + window_samples) for start in range(-window_samples // 2, end, step)]
    known = np.array([row.values for row in rows if row.voiced_seconds > 0.4]).reshape(-1, len(FEATURES))
    found = np.full(len(FEATURES), np.nan)
    for column in range(len(FEATURES)):
        values = known[:, column][np.isfinite(known[:, column])]
        if len(values):
            found[column] = np.median(values)
    return found


def changes(now: Manner, usual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(5,) how far a stretch is from the baseline, in clear changes; 0 where either is unknown."""
    away = (now.values - usual) / _UNITS
    return np.where(np.isfinite(away), np.clip(away, -_LARGEST, _LARGEST), 0.0)


def _nuclei(level: Floats, is_voiced: npt.NDArray[np.bool_], loud: float) -> npt.NDArray[np.bool_]:
    """Peaks of the level with a dip of 2 dB before them: N. de Jong, T. Wempe (2009), Behavior Research Methods 41."""
    smooth = np.convolve(level, np.ones(_SMOOTHING_FRAMES) / _SMOOTHING_FRAMES, mode="same")
    found = np.zeros(len(level), np.bool_)
    lowest = highest = float(smooth[0])
    place, is_rising = 0, True
    for at, value in enumerate(smooth.tolist()):
        if is_rising:
            if value > highest:
                highest, place = value, at
            elif value < highest - _DIP_DB:
                found[place] = highest > loud - _NUCLEUS_BELOW_LOUD_DB and highest - lowest >= _DIP_DB
                lowest, is_rising = value, False
        elif value < lowest:
            lowest = value
        elif value > lowest + _DIP_DB:
            highest, place, is_rising = value, at, True
    near = np.convolve(is_voiced, np.ones(5), mode="same") > 0
    return found & near


def _share(value: float, nothing: float, all_of_it: float) -> float:
    return min(1.0, max(0.0, (value - nothing) / (all_of_it - nothing)))
