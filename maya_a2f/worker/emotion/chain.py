"""From what a classifier says to the emotion of a frame, in float32. Rules: specification, emotion.md section 3.

The order, per frame: softmax with contrast, unmapped emotions out, the largest few, into A2F's slots, live blend with
the frame before, preferred emotion, transition, strength. The work vector outlives the frame: slots that no heard
emotion is mapped to keep the frame's *output* into the next one (section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maya_a2f.worker.package import Floats

_SHORTEST_TRANSITION = np.float32(0.001)
_ONE = np.float32(1.0)


@dataclass(frozen=True)
class ChainSettings:
    """Parameters of section 3.1, values as they are meant to act."""

    correspondence: tuple[int, ...]
    """For each heard emotion its slot in A2F's vector, −1 for none."""
    length: int
    """Of A2F's vector."""
    emotion_contrast: float = 1.0
    max_emotions: int = 6
    live_blend_coef: float = 0.7
    enable_preferred_emotion: bool = False
    preferred_emotion_strength: float = 0.5
    live_transition_time: float = 0.5
    """Seconds."""
    emotion_strength: float = 0.6
    preferred_emotion: tuple[float, ...] = ()
    """(length,) used where no preferred emotion is given per frame; empty is zeros."""
    beginning_emotion: tuple[float, ...] = ()
    """(length,) empty is zeros."""


def heard_shares(logits: Floats, settings: ChainSettings) -> Floats:
    """(n, heard) steps 1 to 3: softmax of contrast · logit, unmapped ones 0, all but the largest few 0.

    The smallest go one at a time, of equal ones the one with the lowest index first; zeros of unmapped ones take part.
    """
    scaled = np.float32(settings.emotion_contrast) * logits.astype(np.float32)
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True, dtype=np.float32)
    shares[:, [slot < 0 for slot in settings.correspondence]] = 0
    surplus = shares.shape[1] - min(max(settings.max_emotions, 0), shares.shape[1])
    left = shares.copy()
    rows = np.arange(len(shares))
    for _ in range(surplus):
        smallest = np.argmin(left, axis=1)  # the first of equal ones
        shares[rows, smallest] = 0
        left[rows, smallest] = np.inf
    return shares


class EmotionChain:
    """The state of one recording's emotion; frames in order."""

    def __init__(self, settings: ChainSettings, frame_seconds: float) -> None:
        """``frame_seconds`` is one over the frame rate; a package's own ``fixed_dt`` is never used (section 2)."""
        self.settings = settings
        self._weight = min(
            np.float32(frame_seconds) / max(np.float32(settings.live_transition_time), _SHORTEST_TRANSITION), _ONE
        )
        self._preferred = _vector(settings.preferred_emotion, settings.length)
        self.reset()

    def reset(self) -> None:
        """Back to before the first frame."""
        self._is_first = True
        self._work: Floats = np.zeros(self.settings.length, np.float32)
        self._before: Floats = np.zeros(self.settings.length, np.float32)
        self._blended_before: Floats = np.zeros(self.settings.length, np.float32)

    def step(self, shares: Floats, preferred: Floats | None = None) -> Floats:
        """(length,) the emotion of the next frame from its ``shares`` (heard,) of :func:`heard_shares`.

        ``preferred`` (length,) is used only where the settings enable it; None takes the settings' own.
        """
        settings, work = self.settings, self._work
        beginning = _vector(settings.beginning_emotion, settings.length) if self._is_first else None
        if beginning is not None:
            work[:] = beginning
        for share, slot in zip(shares, settings.correspondence, strict=True):
            if slot >= 0:
                work[slot] = share
        kept = np.float32(settings.live_blend_coef)
        work[:] = (_ONE - kept) * work + kept * (self._before if beginning is None else beginning)
        self._before[:] = work
        if settings.enable_preferred_emotion:
            strength = np.float32(settings.preferred_emotion_strength)
            wanted = self._preferred if preferred is None else preferred
            work[:] = (_ONE - strength) * work + strength * wanted
        if not self._is_first:
            work[:] = self._weight * work + (_ONE - self._weight) * self._blended_before
        self._blended_before[:] = work
        work *= np.float32(settings.emotion_strength)
        self._is_first = False
        return work.copy()


def _vector(values: tuple[float, ...], length: int) -> Floats:
    return np.array(values, np.float32) if values else np.zeros(length, np.float32)
