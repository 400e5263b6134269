"""Damage in the log-power domain, drawn anew for every batch: vocal tract, microphone, level, noise, room, tempo, cuts.

Cheap enough (tens of milliseconds for a minute of speech on one core) to give every segment another speaker and another
channel each time it is seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from maya_a2f.training.features import (
    BANDS,
    CACHE_FLOOR,
    HIGHEST_HZ,
    LOWEST_HZ,
    NETWORK_FLOOR,
    band_edges_hertz,
    hertz_to_mel,
)
from maya_a2f.training.tracks import COLUMN

NEPER_PER_DB = math.log(10.0) / 10.0
"""Natural logarithm of power per decibel."""


@dataclass(frozen=True)
class Strength:
    """How hard to abuse; 1 is the default recipe, 0 leaves the features alone."""

    vocal_tract: float = 0.17
    tempo: float = 0.28
    equaliser_db: float = 6.0
    tilt_db: float = 8.0
    quietest_db: float = -22.0
    loudest_db: float = 14.0


class SpectralAugmentation:
    """Batch of cached features and targets to damaged ones of ``frames`` frames."""

    def __init__(self, frames: int, strength: Strength, generator: torch.Generator) -> None:
        self.frames = frames
        self.strength = strength
        self.generator = generator
        centres = band_edges_hertz()[1:-1]
        self.centres = torch.tensor(centres, dtype=torch.float32)
        self.low_mel, self.high_mel = (float(v) for v in hertz_to_mel(np.array([LOWEST_HZ, HIGHEST_HZ])))

    def source_frames(self) -> int:
        """How many cached frames one segment needs, so that the fastest tempo has enough."""
        return math.ceil(self.frames * (1 + self.strength.tempo)) + 2

    def __call__(self, features: Tensor, tracks: Tensor, classes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """features [B, S, bands], tracks [B, S, n], classes [B, S] to the same with ``frames`` frames."""
        features, tracks, classes = self._tempo(features, tracks, classes)
        features = torch.bmm(features, self._vocal_tract(len(features)))
        features = self._contrast(features)
        features = self._room(features)
        features = features + self._channel(len(features))[:, None]
        features = self._noise(features)
        features = self._band_limits(features)
        features = features + self._uniform(
            (len(features), 1, 1), self.strength.quietest_db, self.strength.loudest_db
        ) * (NEPER_PER_DB)
        features, tracks = self._cuts(features, tracks)
        features = torch.logaddexp(features, torch.tensor(math.log(NETWORK_FLOOR)))
        return self._mask(features), tracks, classes

    def _uniform(self, shape: tuple[int, ...], low: float, high: float) -> Tensor:
        return torch.rand(shape, generator=self.generator) * (high - low) + low

    def _normal(self, shape: tuple[int, ...]) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def _chance(self, count: int, probability: float) -> Tensor:
        return torch.rand(count, generator=self.generator) < probability

    def _curve(self, count: int, knots: int, length: int) -> Tensor:
        """[count, length] smooth random curves of unit deviation at their knots."""
        points = self._normal((count, 1, knots))
        curve = torch.nn.functional.interpolate(points, size=length, mode="linear", align_corners=True)
        return curve[:, 0]

    def _tempo(self, features: Tensor, tracks: Tensor, classes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        count, source = features.shape[:2]
        rate = torch.ones(count, self.frames)
        warped = self._chance(count, 0.6)
        swing = torch.tanh(self._curve(count, 6, self.frames)) * self.strength.tempo
        rate[warped] += swing[warped]
        position = torch.cumsum(rate, 1) - rate[:, :1]
        position = torch.clamp(position + (source - 1.01 - position[:, -1:]).clamp(min=0) * torch.rand(
            count, 1, generator=self.generator), max=source - 1.001)  # fmt: skip
        index = position.long()
        part = (position - index)[..., None]

        def moved(x: Tensor) -> Tensor:
            at = index[..., None].expand(-1, -1, x.shape[2])
            return torch.lerp(torch.gather(x, 1, at), torch.gather(x, 1, at + 1), part)

        return moved(features), moved(tracks), torch.gather(classes, 1, (position + 0.5).long())

    def _vocal_tract(self, count: int) -> Tensor:
        """[B, bands, bands] matrices that move formants by up to ±17 %, low and high ones a little differently."""
        reach = self.strength.vocal_tract
        factor = (
            1
            + self._uniform((count, 1), -reach, reach)
            + self._uniform((count, 1), -0.06, 0.06) * torch.linspace(-1, 1, BANDS)
        )
        source_hz = self.centres / factor
        mel = 2595.0 * torch.log10(1.0 + source_hz / 700.0)
        position = (mel - self.low_mel) / (self.high_mel - self.low_mel) * (BANDS + 1) - 1
        position = position.clamp(0, BANDS - 1.001)
        index = position.long()
        part = position - index
        matrix = torch.zeros(count, BANDS, BANDS)
        matrix.scatter_(1, index[:, None], (1 - part)[:, None])
        matrix.scatter_add_(1, (index + 1)[:, None], part[:, None])
        return matrix

    def _contrast(self, features: Tensor) -> Tensor:
        exponent = torch.where(
            self._chance(len(features), 0.6), self._uniform((len(features),), 0.8, 1.25), torch.ones(1)
        )
        mean = features.mean(dim=(1, 2), keepdim=True)
        return (features - mean) * exponent[:, None, None] + mean

    def _room(self, features: Tensor) -> Tensor:
        """Exponential smear of the power over time (20 % of the segments)."""
        chosen = self._chance(len(features), 0.2).nonzero()[:, 0]
        if not len(chosen):
            return features
        power = torch.exp(features[chosen])
        seconds = self._uniform((len(chosen), 1, 1), 0.1, 0.7)
        decay = torch.exp(-6.9 * 2 * 0.01 / (2 * seconds))
        wet = self._uniform((len(chosen), 1, 1), 0.02, 0.25)
        tail = power
        for shift in (1, 2, 4, 8, 16):
            delayed = torch.nn.functional.pad(tail[:, :-shift], (0, 0, shift, 0))
            tail = tail + decay**shift * delayed
        features = features.clone()
        features[chosen] = torch.log(power + wet * (tail - power) + CACHE_FLOOR)
        return features

    def _channel(self, count: int) -> Tensor:
        """[B, bands] equaliser of a microphone: seven random points and a tilt."""
        points = self._curve(count, 7, BANDS) * self._uniform((count, 1), 0, self.strength.equaliser_db)
        tilt = self._uniform((count, 1), -1, 1) * self.strength.tilt_db * torch.linspace(-1, 1, BANDS)
        return (points + tilt) * NEPER_PER_DB

    def _noise(self, features: Tensor) -> Tensor:
        """Coloured noise at 4…36 dB below the speech, its power jittering as band noise does (55 %)."""
        chosen = self._chance(len(features), 0.55).nonzero()[:, 0]
        if not len(chosen):
            return features
        count = len(chosen)
        loudness = torch.logsumexp(features[chosen].flatten(1), 1) - math.log(features[0].numel())
        snr = self._uniform((count,), 4, 36) * NEPER_PER_DB
        colour = self._curve(count, 5, BANDS) * 1.2 + self._uniform((count, 1), -2.5, 2.5) * torch.linspace(
            -1, 1, BANDS
        )
        swell = self._curve(count, 5, features.shape[1]) * (self._chance(count, 0.3).float() * 0.8)[:, None]
        jitter = self._normal((count, features.shape[1], BANDS)) * torch.linspace(0.8, 0.35, BANDS)
        noise = (loudness - snr)[:, None, None] + colour[:, None] + swell[:, :, None] + jitter
        features = features.clone()
        features[chosen] = torch.logaddexp(features[chosen], noise)
        return features

    def _band_limits(self, features: Tensor) -> Tensor:
        """Steep low-pass or high-pass (15 % each)."""
        count = len(features)
        high = torch.where(self._chance(count, 0.15), self._uniform((count,), 2800, 6500), torch.full((1,), 1e5))
        low = torch.where(self._chance(count, 0.15), self._uniform((count,), 80, 350), torch.ones(1))
        octaves = torch.relu(torch.log2(self.centres / high[:, None])) + torch.relu(
            torch.log2(low[:, None] / self.centres)
        )
        return features - octaves[:, None] * 30.0 * NEPER_PER_DB

    def _cuts(self, features: Tensor, tracks: Tensor) -> tuple[Tensor, Tensor]:
        """Clips begin and end (12 % each): beyond the cut is digital silence, and the mouth is at rest there."""
        count, frames = features.shape[:2]
        time = torch.arange(frames)[None]
        begin = torch.where(self._chance(count, 0.12), self._uniform((count,), 0, frames * 0.7), torch.full((1,), -1e4))
        end = torch.where(
            self._chance(count, 0.12), self._uniform((count,), frames * 0.3, frames), torch.full((1,), 1e4)
        )
        outside = (time < begin[:, None]) | (time > end[:, None])
        features = features.masked_fill(outside[..., None], math.log(CACHE_FLOOR))
        ramp = torch.clamp(torch.minimum(time - begin[:, None], end[:, None] - time) / 10.0, 0.0, 1.0)
        ramp = ramp * ramp * (3 - 2 * ramp)
        return features, tracks * ramp[..., None]

    def _mask(self, features: Tensor) -> Tensor:
        """One stripe of up to 8 bands loses its detail (50 %)."""
        count = len(features)
        start = self._uniform((count, 1), 0, BANDS)
        width = self._uniform((count, 1), 1, 8) * self._chance(count, 0.5).float()[:, None]
        band = torch.arange(BANDS)[None]
        hidden = (band >= start) & (band < start + width)
        return torch.where(hidden[:, None], features.mean(dim=2, keepdim=True), features)


assert COLUMN["gap"] == 0
