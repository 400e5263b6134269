"""A shot as training sees it: log-mel features and standardised controls on one 100 Hz timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maya_a2f.training.features import CACHE_FLOOR, HOP_SAMPLES, NETWORK_FLOOR, SAMPLE_RATE_HZ, log_mel
from maya_a2f.training.network import STRIDE
from maya_a2f.training.spectral_augmentation import SpectralAugmentation

Floats = NDArray[np.float32]
FEATURE_RATE_HZ = SAMPLE_RATE_HZ // HOP_SAMPLES
_MARGIN = 64
"""Silent feature frames before and after a shot, so that its first and last frames are trained on too."""
_LARGEST_GAIN = 3.0
_TRUST_SECONDS = 5.0
"""Length of a shot at which its own deviation counts half."""


@dataclass(frozen=True)
class Recording:
    """One shot. Frame k of the animation belongs to k / rate seconds of the audio, as inference has it."""

    features: Floats
    """(frames + 2 margins, bands) natural log of mel power plus the cache's floor"""
    targets: Floats
    """(frames + 2 margins, n) standardised controls; outside the animation the nearest frame's"""
    truth: Floats
    """(F, n) standardised controls at the animation's own rate"""
    rate: Fraction
    gain: Floats
    """(n,) how far this shot goes with each control, relative to the whole data: takes differ in style (one uses a
    shape much, another not at all), and a network must not learn to recognise the take instead of the sound"""

    def positions(self) -> NDArray[np.float64]:
        """(F,) place of every animation frame on the timeline, in feature frames."""
        return np.arange(len(self.truth)) * FEATURE_RATE_HZ / float(self.rate) + _MARGIN

    def part(self, first_share: float, last_share: float) -> Recording:
        """A stretch of the shot."""
        first, last = (round(share * len(self.truth)) for share in (first_share, last_share))
        step = FEATURE_RATE_HZ / float(self.rate)
        low = round(first * step)
        high = min(len(self.features), round(last * step) + 2 * _MARGIN)
        return Recording(self.features[low:high], self.targets[low:high], self.truth[first:last], self.rate, self.gain)


def make_recording(
    samples: Floats, truth: Floats, rate: Fraction, offset_seconds: float = 0.0, gain: Floats | None = None
) -> Recording:
    """``samples`` mono at 16 kHz; ``truth`` (F, n) standardised; audio is read at t + ``offset_seconds``."""
    shift = round(offset_seconds * SAMPLE_RATE_HZ)
    moved = samples[shift:] if shift >= 0 else np.concatenate([np.zeros(-shift, np.float32), samples])
    features = log_mel(moved, CACHE_FLOOR)
    frames = max(len(features), int(len(truth) * FEATURE_RATE_HZ / rate) + 1)
    silence = np.log(np.float32(CACHE_FLOOR))
    padding = ((_MARGIN, frames - len(features) + _MARGIN), (0, 0))
    features = np.pad(features, padding, constant_values=float(silence))
    place = np.clip((np.arange(len(features)) - _MARGIN) / FEATURE_RATE_HZ * float(rate), 0, len(truth) - 1)
    low = np.minimum(place.astype(int), max(0, len(truth) - 2))
    part = (place - low)[:, None].astype(np.float32)
    targets = truth[low] * (1 - part) + truth[np.minimum(low + 1, len(truth) - 1)] * part
    return Recording(
        features.astype(np.float32), targets.astype(np.float32), truth.astype(np.float32), rate,
        np.ones(truth.shape[1], np.float32) if gain is None else gain,
    )  # fmt: skip


def shot_gain(truth: Floats, rate: Fraction) -> Floats:
    """(n,) deviation of each standardised control within a shot, drawn towards 1 where the shot is short."""
    seconds = len(truth) / float(rate)
    own = np.clip(truth.std(0), 0.0, _LARGEST_GAIN)
    return np.asarray((own * seconds + _TRUST_SECONDS) / (seconds + _TRUST_SECONDS), np.float32)


class Segments:
    """Random stretches of the recordings, a share of them damaged as the default recipe damages its own."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        batch: int,
        augmentation: SpectralAugmentation,
        share: float,
        seed: int,
    ) -> None:
        """``share`` of every batch is augmented; the rest is heard as recorded."""
        self.recordings = recordings
        self.batch, self.share = batch, share
        self.augmentation = augmentation
        self.draw = np.random.default_rng(seed)
        lengths = np.array([len(r.features) for r in recordings], np.float64)
        self.chances = lengths / lengths.sum()

    def next(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """features [B, bands, frames], targets [B, frames, n] and gains [B, 1, n]."""
        augmented = int(self.draw.binomial(self.batch, self.share))
        parts = []
        frames = self.augmentation.frames
        if augmented:
            features, targets, gains = self._stretches(augmented, self.augmentation.source_frames())
            none = torch.zeros(features.shape[:2], dtype=torch.int64)
            parts.append((*self.augmentation(features, targets, none)[:2], gains))
        if augmented < self.batch:
            parts.append(self._stretches(self.batch - augmented, frames))
        features, targets, gains = (torch.cat([part[i] for part in parts]) for i in range(3))
        return with_floor(features).transpose(1, 2).to(device), targets.to(device), gains.to(device)

    def _stretches(self, count: int, frames: int) -> tuple[Tensor, Tensor, Tensor]:
        chosen = self.draw.choice(len(self.recordings), count, p=self.chances)
        features, targets = [], []
        for index in chosen:
            recording = self.recordings[index]
            start = int(self.draw.integers(0, max(1, len(recording.features) - frames)))
            rows = np.minimum(start + np.arange(frames), len(recording.features) - 1)
            features.append(recording.features[rows])
            targets.append(recording.targets[rows])
        gains = np.stack([self.recordings[index].gain for index in chosen])[:, None]
        return torch.from_numpy(np.stack(features)), torch.from_numpy(np.stack(targets)), torch.from_numpy(gains)


def with_floor(features: Tensor) -> Tensor:
    """Cached features as the network computes them."""
    return torch.logaddexp(features, torch.log(torch.tensor(NETWORK_FLOOR)))


def output_span(outputs: int, context: int) -> slice:
    """Feature frames that ``outputs`` output frames belong to."""
    middle = context // 2
    return slice(middle, middle + (outputs - 1) * STRIDE + 1, STRIDE)
