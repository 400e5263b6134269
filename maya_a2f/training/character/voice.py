"""The network of a character: the default model's trunk, and a new head that speaks the character's own controls."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from maya_a2f.training.features import SAMPLE_RATE_HZ
from maya_a2f.training.network import FEATURE_MEAN, FEATURE_SCALE, LevelBlindConv, Trunk, WindowNetwork, through

Floats = NDArray[np.float32]


class CharacterVoice(nn.Module):
    """Log-mel features [B, bands, frames] to standardised controls [B, T, n], one per two feature frames."""

    def __init__(self, trunk: Trunk, controls: int, *, hears_level: bool = False, dropout: float = 0.1) -> None:
        """``hears_level`` makes the first layer an ordinary convolution: absolute loudness then counts."""
        super().__init__()
        start = copy.deepcopy(trunk)
        self.first: nn.Conv1d = _hearing_level(start.first) if hears_level else start.first
        self.first_norm, self.blocks = start.first_norm, start.blocks
        channels = self.first.out_channels
        self.hidden = start.hidden
        self.drop = nn.Dropout(dropout)
        self.head = nn.Conv1d(2 * channels, controls, 1)
        with torch.no_grad():
            self.head.weight.normal_(std=0.01)
            if self.head.bias is not None:
                self.head.bias.zero_()

    def forward(self, features: Tensor, places: Tensor | None = None) -> Tensor:
        """Controls in units of their own deviation, 0 at rest; ``places`` as of the default model's trunk."""
        x = functional.relu(self.first_norm(self.first((features - FEATURE_MEAN) * FEATURE_SCALE)))
        x = through(self.blocks, x, places)
        both = torch.cat([x, functional.relu(self.hidden(x))], 1)
        controls: Tensor = self.head(self.drop(both)).transpose(1, 2)
        return controls

    def train(self, mode: bool = True) -> CharacterVoice:
        """Normalisations keep the default model's statistics: minutes of speech are too few for their own."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.eval()
        return self

    def trunk_parameters(self) -> list[nn.Parameter]:
        """Everything that came from the default model."""
        return [p for name, p in self.named_parameters() if not name.startswith("head.")]


def _hearing_level(blind: LevelBlindConv) -> nn.Conv1d:
    """The same kernels without their mean, in a layer that no longer removes it."""
    heard = nn.Conv1d(
        blind.in_channels, blind.out_channels, int(blind.kernel_size[0]), stride=int(blind.stride[0]), bias=False
    )
    with torch.no_grad():
        heard.weight.copy_(blind.weight - blind.weight.mean(dim=(1, 2), keepdim=True))
    return heard


class CharacterPackageNetwork(WindowNetwork):
    """A character's network; it ignores the emotion."""

    def __init__(self, voices: Sequence[CharacterVoice], context: int, matrix: Floats, offset: Floats) -> None:
        """The mean of all ``voices``, then ``matrix`` (n, K) and ``offset`` (K,): standardised controls to result."""
        super().__init__(context)
        self.voices = nn.ModuleList(voices)
        self.matrix: Tensor
        self.offset: Tensor
        self.register_buffer("matrix", torch.tensor(matrix))
        self.register_buffer("offset", torch.tensor(offset))

    def of_features(self, features: Tensor, emotion: Tensor, places: Tensor | None = None) -> Tensor:
        """See :meth:`WindowNetwork.of_features`."""
        controls = torch.stack([voice(features, places) for voice in self.voices]).mean(0)
        # A graph must use each of its inputs; the character's recordings name no emotions.
        return controls @ self.matrix + self.offset + 0.0 * emotion.sum(-1, keepdim=True)


assert SAMPLE_RATE_HZ == 16000
