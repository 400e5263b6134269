"""A package of the published diffusion model's size, with random weights: its vertices, tensors and layers.

Made with torch, as the reference's export is: HuBERT base, embeddings of the noisy face, two GRU layers, four heads and
both diffusion steps in one graph (specification, network-diffusion.md sections 3 to 6). What it says means nothing;
what it costs is what the published one costs.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.diffusion_package_factory import make_diffusion_package
from tests.diffusion_package_network import NetworkShape

SKIN_VERTICES, TONGUE_VERTICES = 24_002, 5_602
_KEPT, _LEFT, _FRAMES = 30, 15, 60
_SHARE_KEPT, _SHARE_NOISE = 0.99997936, math.exp(-5.0475)


def make_published_diffusion(folder: Path, skin: int = SKIN_VERTICES, tongue: int = TONGUE_VERTICES) -> Path:
    """Write the package; the network is of float32, 0.7 GB with all vertices."""
    shape = NetworkShape(latent=256)
    make_diffusion_package(folder, vertices=skin, tongue_vertices=tongue, shape=shape, mask=False)
    network = Denoiser(3 * skin, 3 * tongue).eval()
    size, batch = network.size, 2
    given = (
        torch.zeros(batch, 30, 10),
        torch.eye(3)[:batch],
        torch.zeros(2, 2, batch, 256),
        torch.zeros(batch, 3, 60, size),
        torch.zeros(batch, 16000),
    )
    names = ["emotion", "identity", "input_latents", "noise", "window"]
    axes = {name: {2 if name.endswith("latents") else 0: "batch"} for name in [*names, "output_latents", "prediction"]}
    torch.onnx.export(
        network,
        given,
        str(folder / "network.onnx"),
        input_names=names,
        output_names=["output_latents", "prediction"],
        dynamic_axes=axes,
        opset_version=14,
        do_constant_folding=False,
        dynamo=False,
    )
    return folder


class Denoiser(nn.Module):
    """Both steps of the sampling loop."""

    def __init__(self, skin: int, tongue: int) -> None:
        super().__init__()
        self.sizes = (skin, tongue, 15, 4)
        self.size = sum(self.sizes)
        self.hear = Hearing()
        self.heard = nn.Linear(768, 256)
        self.see_skin, self.see_tongue = nn.Linear(skin, 512), nn.Linear(tongue, 20)
        self.blur_skin, self.blur_tongue = nn.Conv1d(1, 1, 9, padding=4), nn.Conv1d(1, 1, 9, padding=4)
        self.see_jaw = nn.Sequential(nn.Linear(15, 30), nn.ReLU(), nn.Linear(30, 30), nn.ReLU())
        self.see_eyes = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU())
        self.see = nn.Sequential(nn.Linear(570, 570), nn.ReLU(), nn.Linear(570, 285))
        self.time = nn.Sequential(nn.Linear(1000, 256), nn.Mish())
        self.actor, self.emotion = nn.Linear(3, 32, bias=False), nn.Linear(10, 32, bias=False)
        self.memory = nn.GRU(861, 256, 2, batch_first=True)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(256, width), nn.ReLU(), nn.Linear(width, size))
            for width, size in zip((512, 512, 128, 128), self.sizes, strict=True)
        )
        self.register_buffer("mean", torch.zeros(3, self.size))
        self.register_buffer("scale", torch.full((self.size,), 0.1))

    def forward(
        self, emotion: Tensor, identity: Tensor, latents: Tensor, noise: Tensor, window: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(memories, prediction)."""
        audio = functional.interpolate(self.hear(window).transpose(1, 2), _FRAMES, mode="linear", align_corners=True)
        heard = self.heard(audio.transpose(1, 2))
        felt = self.emotion(emotion)
        who = self.actor(identity)[:, None].expand(-1, _KEPT, -1)
        noisy, left = noise[:, 2], []
        for step, moment in ((1, 999), (0, 0)):
            time = self.time(functional.one_hot(torch.tensor([moment]), 1000).float()).expand(_KEPT, -1)
            time = time[None].expand(heard.shape[0], -1, -1)
            middle = slice(_LEFT, _LEFT + _KEPT)
            told = torch.cat([heard[:, middle], self._seen(noisy)[:, middle], who, time, felt], dim=2)
            units, memory = self.memory(told, latents[step])
            left.insert(0, memory)
            clean = torch.cat([head(units) for head in self.heads], dim=2)
            clean = functional.pad(clean, (0, 0, _LEFT, _LEFT)) + (identity @ self.mean)[:, None]
            noisy = _SHARE_KEPT * clean + _SHARE_NOISE * noise[:, step]
        return torch.stack(left), clean * self.scale

    def _seen(self, noisy: Tensor) -> Tensor:
        skin, tongue, jaw, eyes = torch.split(noisy, self.sizes, dim=2)
        parts = [_blurred(self.see_skin(skin), self.blur_skin), _blurred(self.see_tongue(tongue), self.blur_tongue)]
        seen: Tensor = self.see(torch.cat([*parts, self.see_jaw(jaw), self.see_eyes(eyes)], dim=2))
        return seen


class Hearing(nn.Module):
    """HuBERT base's layers: convolutions from 16 000 samples to 49 frames, twelve layers of attention."""

    def __init__(self) -> None:
        super().__init__()
        kernels, strides = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
        self.listen = nn.ModuleList(
            nn.Conv1d(1 if layer == 0 else 512, 512, kernel, stride, bias=False)
            for layer, (kernel, stride) in enumerate(zip(kernels, strides, strict=True))
        )
        self.even = nn.GroupNorm(512, 512)
        self.before, self.project = nn.LayerNorm(512), nn.Linear(512, 768)
        self.place = nn.Conv1d(768, 768, 128, padding=64, groups=16)
        self.norm = nn.LayerNorm(768)
        self.layers = nn.ModuleList(Attention() for _ in range(12))

    def forward(self, window: Tensor) -> Tensor:
        """(B, 49, 768)."""
        wave = window[:, None]
        for layer, convolution in enumerate(self.listen):
            wave = convolution(wave)
            wave = functional.gelu(self.even(wave) if layer == 0 else wave)
        frames = self.project(self.before(wave.transpose(1, 2)))
        placed = functional.gelu(self.place(frames.transpose(1, 2))[:, :, :-1]).transpose(1, 2)
        frames = self.norm(frames + placed)
        for attention in self.layers:
            frames = attention(frames)
        return frames


class Attention(nn.Module):
    """One layer: twelve heads, then 3072 units."""

    def __init__(self) -> None:
        super().__init__()
        self.ask, self.key, self.value, self.out = (nn.Linear(768, 768) for _ in range(4))
        self.first, self.second = nn.LayerNorm(768), nn.LayerNorm(768)
        self.wide, self.narrow = nn.Linear(768, 3072), nn.Linear(3072, 768)

    def forward(self, frames: Tensor) -> Tensor:
        """(B, T, 768) to the same."""
        heads = [each(frames).unflatten(2, (12, 64)).transpose(1, 2) for each in (self.ask, self.key, self.value)]
        share = torch.softmax(heads[0] @ heads[1].transpose(2, 3) / 8.0, dim=3)
        frames = self.first(frames + self.out((share @ heads[2]).transpose(1, 2).flatten(2)))
        made: Tensor = self.second(frames + self.narrow(functional.gelu(self.wide(frames))))
        return made


def _blurred(seen: Tensor, convolution: nn.Conv1d) -> Tensor:
    """Along the features of every frame."""
    flat = seen.flatten(0, 1)[:, None]
    blurred: Tensor = functional.relu(convolution(flat))[:, 0].unflatten(0, (-1, _FRAMES))
    return blurred
