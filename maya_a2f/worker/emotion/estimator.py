"""A modest estimate of emotion from a voice, for everybody who has no Audio2Emotion package.

What it goes by. How far pitch, pitch range, level, spectral tilt and rate of a few seconds are from what is usual *in
this recording*, compared with the patterns that reviews agree on: P. N. Juslin, P. Laukka (2003), "Communication of
emotions in vocal expression and music performance", Psychological Bulletin 129, 770-814 (summary of cue patterns);
R. Banse, K. R. Scherer (1996), "Acoustic profiles in vocal emotion expression", JPSP 70, 614-636; K. R. Scherer (2003),
"Vocal communication of emotion", Speech Communication 40, 227-256. Which of pitch's statistics tell most: C. Busso,
S. Lee, S. Narayanan (2009), IEEE TASLP 17, 582-596. The tilt is the alpha ratio of F. Eyben et al. (2016), "GeMAPS",
IEEE Transactions on Affective Computing 7, 190-202.

What it can't do. A voice shows arousal well and valence badly: anger and joy differ in little that is measured here, so
between them it is often unsure, and then the face stays neutral. Listeners are right in about six of ten cases (Scherer
2003), so it never claims more than 0.6. Disgust is hardly heard at all (Banse and Scherer 1996) and never claimed. A
recording that is angry from its first to its last word is its own baseline and counts as neutral, and so does a short
one, unless another recording of the speaker serves as baseline.
No number here was fitted to recordings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.emotion.listener import CLASSES, Heard
from maya_a2f.worker.emotion.pitch import HOP_SECONDS, sound_frames
from maya_a2f.worker.emotion.voice import Manner, Voice, baseline, changes, manner, measured_voice
from maya_a2f.worker.package import Floats
from maya_a2f.worker.windows import SampleIndices

DESCRIPTION = "our own estimator (pitch, range, level, tilt and rate against the recording's own baseline)"
USUAL_WINDOW_SECONDS = 3.0
MOST_CERTAIN = 0.6
VERSION = "estimator 1"
"""Raised when its answers change: older ones in the cache are then no longer used."""

_PATTERNS = {
    #        pitch range level  tilt  rate
    "angry": (0.7, 0.6, 1.0, 1.0, 0.5),
    "happy": (0.9, 1.0, 0.5, 0.4, 0.6),
    "fear": (1.0, -0.6, -0.3, -0.4, 0.9),
    "sad": (-0.8, -0.8, -0.9, -0.9, -0.7),
}
_NEUTRAL_LOGIT = 5.0
_LOGIT_PER_CHANGE = 6.0
_DISGUST_LOGIT = -2.0
_CLEAR_MARGIN = 0.35
_CLEAR_CHANGE = 0.8
_ENOUGH_WINDOW_SECONDS = 0.8
_ENOUGH_BASELINE_SECONDS = 6.0


class _Measured(NamedTuple):
    voice: Voice
    usual: npt.NDArray[np.float64]
    known_seconds: float
    """How much voice the baseline is from."""


class VoiceEstimator:
    """Hears a recording as a whole first, then answers for windows of it."""

    labels = CLASSES
    max_batch = None
    description = DESCRIPTION

    def __init__(
        self,
        rate_hz: int,
        minimum_certainty: float,
        cancelled: Callable[[], bool] = lambda: False,
        usual: Voice | None = None,
    ) -> None:
        """``usual``: how the speaker speaks as a rule, at ``rate_hz``; None takes the recording itself."""
        self._rate_hz, self._minimum, self._cancelled = rate_hz, minimum_certainty, cancelled
        self._usual = usual
        self.usual_window = round(USUAL_WINDOW_SECONDS * rate_hz)
        self._heard: tuple[Floats, int, _Measured] | None = None

    def hear(self, audio: Floats, starts: SampleIndices, window_samples: int) -> Heard:
        """See :class:`maya_a2f.worker.emotion.listener.Listener`. Raises :class:`Cancelled`."""
        voice, usual, known_seconds = self._measured(audio, window_samples)
        logits = np.empty((len(starts), len(CLASSES)), np.float32)
        certainty = np.empty(len(starts), np.float32)
        for row, start in enumerate(starts.tolist()):
            now = manner(voice, start, start + window_samples)
            scores = pattern_scores(changes(now, usual))
            certainty[row] = sure(scores, now, voice, known_seconds)
            logits[row] = answer(scores, float(certainty[row]) if certainty[row] >= self._minimum else 0.0)
        return Heard(logits, certainty)

    def _measured(self, audio: Floats, window_samples: int) -> _Measured:
        if self._heard is None or self._heard[0] is not audio or self._heard[1] != window_samples:
            voice = heard_voice(audio, self._rate_hz, self._cancelled)
            usual_voice = voice if self._usual is None else self._usual
            usual = baseline(usual_voice, window_samples, round(HOP_SECONDS * self._rate_hz))
            self._heard = (audio, window_samples, _Measured(voice, usual, usual_voice.voiced_seconds))
        return self._heard[2]


def heard_voice(audio: Floats, rate_hz: int, cancelled: Callable[[], bool] = lambda: False) -> Voice:
    """A recording (N,), measured. Raises :class:`Cancelled`."""
    return measured_voice(sound_frames(audio, rate_hz, cancelled))


def pattern_scores(away: npt.NDArray[np.float64]) -> dict[str, float]:
    """How well changes (5,) fit the pattern of each emotion: the weighted mean change in its direction."""
    return {
        name: float(np.dot(pattern, away) / np.abs(pattern).sum())
        for name, pattern in ((name, np.array(weights)) for name, weights in _PATTERNS.items())
    }


def sure(scores: dict[str, float], now: Manner, voice: Voice, known_seconds: float) -> float:
    """0…0.6: by how much voice there is, here and in the baseline, how clear it is, how far the best pattern leads."""
    best, second = sorted(scores.values(), reverse=True)[:2]
    data = min(
        now.voiced_seconds / _ENOUGH_WINDOW_SECONDS, known_seconds / _ENOUGH_BASELINE_SECONDS, voice.clearness, 1.0
    )
    lead = min(1.0, (best - second) / _CLEAR_MARGIN)
    doubt = min(1.0, max(0.0, best / _CLEAR_CHANGE)) * (1.0 - lead)
    return MOST_CERTAIN * data * (1.0 - 0.5 * doubt)


def answer(scores: dict[str, float], certainty: float) -> list[float]:
    """Logits of the six classes: the less certain, the nearer to neutral."""
    trust = certainty / MOST_CERTAIN
    known = {"neutral": _NEUTRAL_LOGIT, "disgust": _DISGUST_LOGIT}
    return [known[name] if name in known else _LOGIT_PER_CHANGE * trust * max(scores[name], 0.0) for name in CLASSES]
