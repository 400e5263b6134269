"""The published v2.x architecture with random weights (specification, network-regression.md sections 3 and 4).

``python -m maya_a2f.training.published --out network.onnx`` writes a graph with the tensors, operators and size of the
published models, to measure what running one costs. NVIDIA's weights are not part of this project.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from maya_a2f.training.onnx_export import export_graph

WINDOWS, WINDOW_SAMPLES, WINDOW_STRIDE, LAGS = 25, 640, 320, 32
AUTOCORRELATION_GAIN = 8.912028121636435
_W2V = 768


@dataclass(frozen=True)
class PublishedShape:
    """Sizes of one published model; the defaults are v2.3 Mark's."""

    skin: int = 272
    tongue: int = 10
    jaw: int = 15
    eyes: int = 4
    implicit: int = 16
    explicit: int = 10
    embedded: int = 8

    @property
    def result(self) -> int:
        """Length of the result vector."""
        return self.skin + self.tongue + self.jaw + self.eyes


class _GroupNormed(nn.Module):
    """First layer of the wav2vec 2.0 feature stack: convolution, one norm group per channel, GELU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 512, 10, stride=5, bias=False)
        self.norm = nn.GroupNorm(512, 512)

    def forward(self, x: Tensor) -> Tensor:
        return functional.gelu(self.norm(self.conv(x)))


class _Attention(nn.Module):
    """12 heads of 64."""

    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(_W2V, _W2V) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        def heads(y: Tensor) -> Tensor:
            return y.view(-1, WINDOWS, 12, 64).transpose(1, 2)

        scores = heads(self.q_proj(x)) @ heads(self.k_proj(x)).transpose(2, 3) / 8.0
        mixed = torch.softmax(scores, -1) @ heads(self.v_proj(x))
        return torch.as_tensor(self.out_proj(mixed.transpose(1, 2).reshape(-1, WINDOWS, _W2V)))


class SpeechEncoder(nn.Module):
    """wav2vec 2.0 BASE up to its first transformer layer: [N, 8320] samples to [N, 25, 768]."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _GroupNormed()
        self.convs = nn.ModuleList(nn.Conv1d(512, 512, kernel, stride=2, bias=False) for kernel in (3, 3, 3, 3, 2, 2))
        self.projection_norm = nn.LayerNorm(512)
        self.projection = nn.Linear(512, _W2V)
        # Weight norm over the kernel axis: a direction and 128 magnitudes.
        self.position_direction = nn.Parameter(torch.randn(_W2V, _W2V // 16, 128) * 0.02)
        self.position_size = nn.Parameter(torch.ones(1, 1, 128))
        self.position_bias = nn.Parameter(torch.zeros(_W2V))
        self.norm = nn.LayerNorm(_W2V)
        self.attention = _Attention()
        self.attention_norm = nn.LayerNorm(_W2V)
        self.wide, self.narrow = nn.Linear(_W2V, 3072), nn.Linear(3072, _W2V)
        self.final_norm = nn.LayerNorm(_W2V)

    def forward(self, samples: Tensor) -> Tensor:
        """Raw amplitude in, 25 feature vectors per window out."""
        return self.in_context(self.convolved(samples))

    def convolved(self, samples: Tensor) -> Tensor:
        """[N, 8320] to [N, 512, 25]: the convolutions, most of the work."""
        x: Tensor = self.first(samples[:, None])
        for conv in self.convs:
            x = functional.gelu(conv(x))
        return x

    def in_context(self, x: Tensor) -> Tensor:
        """[N, 512, 25] to [N, 25, 768]: projection, position, the transformer layer."""
        x = self.projection(self.projection_norm(x.transpose(1, 2)))
        direction = self.position_direction
        weight = self.position_size * direction / direction.square().sum((0, 1), keepdim=True).sqrt()
        place = functional.conv1d(x.transpose(1, 2), weight, self.position_bias, padding=64, groups=16)[:, :, :-1]
        x = self.norm(x + functional.gelu(place).transpose(1, 2))
        x = self.attention_norm(x + self.attention(x))
        return torch.as_tensor(self.final_norm(x + self.narrow(functional.gelu(self.wide(x)))))


class Autocorrelation(nn.Module):
    """[N, 8320] to [N, 1, 25, 32]: windows without their mean, Hann, normalised sums of lagged products."""

    def __init__(self) -> None:
        super().__init__()
        self.window: Tensor
        self.register_buffer("window", torch.tensor(np.hanning(WINDOW_SAMPLES), dtype=torch.float32))

    def forward(self, samples: Tensor) -> Tensor:
        """Quadratic in the amplitude."""
        starts = range(0, WINDOWS * WINDOW_STRIDE, WINDOW_STRIDE)
        frames = torch.stack([samples[:, s : s + WINDOW_SAMPLES] for s in starts], 1) * AUTOCORRELATION_GAIN
        frames = (frames - frames.mean(-1, keepdim=True)) * self.window
        lags = [(frames[..., : WINDOW_SAMPLES - k] * frames[..., k:]).sum(-1) / WINDOW_SAMPLES for k in range(LAGS)]
        return torch.stack(lags, -1)[:, None]


def norm_relu(x: Tensor) -> Tensor:
    """√2·max(x, 0)."""
    return math.sqrt(2.0) * functional.relu(x)


class PublishedNetwork(nn.Module):
    """``input`` [B, 1, 8320] and ``emotion`` [B, 1, 26] to ``result`` [B, 1, K]; evaluation only."""

    def __init__(self, shape: PublishedShape) -> None:
        super().__init__()
        self.shape = shape
        self.w2v = SpeechEncoder().requires_grad_(False)
        self.w2v_feature_coeffs = nn.Parameter(torch.ones(1))
        self.w2v_linear_mapping = nn.Linear(_W2V, 256)
        self.autocorrelation = Autocorrelation()
        sizes = ((1, 72), (72, 108), (108, 162), (162, 243))
        self.freq = nn.ModuleList(nn.Conv2d(a, b, (1, 3), stride=(1, 2), padding=(0, 1)) for a, b in sizes)
        self.freq.append(nn.Conv2d(243, 256, (1, 2)))
        extra = shape.implicit + shape.embedded
        self.linear_explicit_emo = nn.Linear(shape.explicit, shape.embedded)
        self.time = nn.ModuleList(
            nn.Conv2d(a, 256, (3, 1), stride=(2, 1), padding=(1, 0)) for a in (512, *[256 + extra] * 3)
        )
        self.time5 = nn.Linear(2 * (256 + extra), 256)
        first = shape.skin + shape.jaw + shape.eyes
        self.linear_skin_jaw_eyes1 = nn.Linear(256 + extra, first)
        self.linear_skin_jaw_eyes2 = nn.Linear(first, first)
        self.linear_tongue1 = nn.Linear(256 + extra, shape.tongue)
        self.linear_tongue2 = nn.Linear(shape.tongue, shape.tongue)

    def forward(self, input: Tensor, emotion: Tensor) -> Tensor:
        """One frame per window."""
        samples, emotion = input[:, 0], emotion[:, 0]
        implicit, explicit = emotion[:, : self.shape.implicit], emotion[:, self.shape.implicit :]
        feeling = torch.cat([implicit, self.linear_explicit_emo(explicit)], 1)
        heard = self.w2v(samples) * (self.w2v_feature_coeffs / self.w2v_feature_coeffs)
        speech = functional.relu(self.w2v_linear_mapping(heard)).transpose(1, 2)[..., None]
        x = self.autocorrelation(samples)
        for conv in self.freq:
            x = norm_relu(conv(x))
        x = torch.cat([speech, x], 1)
        for index, conv in enumerate(self.time):
            if index:
                x = self._with(x, feeling)
            x = norm_relu(conv(x))
        x = self._with(x, feeling).flatten(1)
        x = torch.cat([norm_relu(self.time5(x)), feeling], 1)
        main = self.linear_skin_jaw_eyes2(self.linear_skin_jaw_eyes1(x))
        tongue = self.linear_tongue2(self.linear_tongue1(x))
        skin = self.shape.skin
        return torch.cat([main[:, :skin], tongue, main[:, skin:]], 1)[:, None]

    @staticmethod
    def _with(x: Tensor, feeling: Tensor) -> Tensor:
        spread = feeling[:, :, None, None].expand(-1, -1, x.shape[2], 1)
        return torch.cat([x, spread], 1)


def parameter_counts(network: PublishedNetwork) -> tuple[int, int]:
    """Trainable and frozen parameters."""
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return trainable, sum(p.numel() for p in network.parameters()) - trainable


def export_published(path: Path, shape: PublishedShape, seed: int = 0) -> None:
    """Write the graph with random weights (specification, network-regression.md section 7: opset 14)."""
    torch.manual_seed(seed)
    export_graph(PublishedNetwork(shape), path, 8320, shape.implicit + shape.explicit, opset=14)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Export the published architecture with random weights.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--skin", type=int, default=272)
    parser.add_argument("--tongue", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    export_published(options.out, PublishedShape(skin=options.skin, tongue=options.tongue), options.seed)
    print(options.out)


if __name__ == "__main__":
    main()
