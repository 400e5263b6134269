"""The default network: one 8 320-sample window and an emotion vector in, one frame of result out, nothing in between.

Inside the graph: log-mel features by fixed DFT kernels, a first convolution whose kernels sum to zero (so that a change
of level, which adds a constant to every log band, changes nothing at all until the floor is reached), residual dilated
convolutions, articulatory tracks, the rig function that turns tracks into control weights, and one linear layer that
turns controls into the package's result vector. The convolutions are valid ones: a window's result equals the same
frame of the convolution over the whole clip, which is how the network is trained.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from maya_a2f.training.expressions import expression_table
from maya_a2f.training.features import (
    BANDS,
    DFT_SIZE,
    HOP_SAMPLES,
    NETWORK_FLOOR,
    SAMPLE_RATE_HZ,
    WINDOW_SAMPLES,
    hann_window,
    mel_matrix,
)
from maya_a2f.training.phones import PHONE_CLASSES
from maya_a2f.training.rig import CONTROLS, LipRig, drive, driver_matrix, opposites_matrix
from maya_a2f.training.tracks import CLOSED_GAP_CM, COLUMN, TRACKS

BUFFER_SAMPLES, BUFFER_OFFSET = 8320, 4160
IMPLICIT_SIZE = 16
FEATURE_MEAN, FEATURE_SCALE = -13.0, 0.25
STRIDE = 2
STEP_SAMPLES = STRIDE * HOP_SAMPLES
"""Windows so far apart, or a multiple of it, share what they hear alike."""
SHUT_FROM, SHUT_TO = 0.25, 0.5
"""Contact probabilities between which the lips are pulled shut. Chosen on held-out voices, abused: each step of 0.05
lower closes one to four more of a hundred contacts; below these, one open vowel in a hundred closes too."""
NUDGE_CM, NUDGE_FROM, NUDGE_TO = 0.05, 0.3, 0.7
"""How far, and between which contact probabilities, a likely contact narrows the lips: the most for which held-out
voices stay within 8 % over-closed consonants, 12 % over-closed nasals and 1 % closed open vowels."""
OPENING = 1.2
"""What is unsure is predicted near the mean: on held-out voices open vowels come out at 0.83 of the teacher's gap."""
_FIRST_KERNEL = 5
_SHUT_CLASSES = [PHONE_CLASSES.index(name) for name in ("p", "b", "m")]
_OTHER_CLASSES = [index for index in range(len(PHONE_CLASSES)) if index not in _SHUT_CLASSES]


@dataclass(frozen=True)
class NetworkShape:
    """Size of the default network."""

    channels: int = 256
    dilations: tuple[int, ...] = (1, 1, 2, 3, 4)
    dropout: float = 0.1

    @property
    def context_frames(self) -> int:
        """Feature frames that one output frame sees."""
        return _FIRST_KERNEL + STRIDE * 2 * sum(self.dilations)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


class LogMel(nn.Module):
    """[B, 1, 8320] samples to [B, bands, frames] log-mel features, centred on the middle of the window."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        if frames % 2 == 0:
            raise ValueError("an odd number of frames has a middle one")
        self.first = BUFFER_OFFSET - (frames // 2) * HOP_SAMPLES - WINDOW_SAMPLES // 2
        self.last = BUFFER_OFFSET + (frames // 2) * HOP_SAMPLES + WINDOW_SAMPLES // 2
        used = np.flatnonzero(mel_matrix().sum(1) > 0)
        time = np.arange(WINDOW_SAMPLES)
        angle = 2 * np.pi * used[:, None] * time[None] / DFT_SIZE
        kernels = np.concatenate([np.cos(angle), np.sin(angle)]) * hann_window()
        self.bins = len(used)
        self.kernels: Tensor
        self.bands: Tensor
        self.register_buffer("kernels", torch.tensor(kernels[:, None], dtype=torch.float32))
        self.register_buffer("bands", torch.tensor(mel_matrix()[used].T[:, :, None].copy()))

    def forward(self, samples: Tensor) -> Tensor:
        """Natural log of mel power plus the network's floor."""
        return self.of_part(samples[:, :, self.first : self.last])

    def of_stretch(self, samples: Tensor) -> Tensor:
        """[B, 1, 8320 + n] samples to the features of every window in them: n // 160 frames more."""
        return self.of_part(samples[:, :, self.first : self.last - BUFFER_SAMPLES])

    def of_part(self, samples: Tensor) -> Tensor:
        """Of all that is given."""
        parts = functional.conv1d(samples, self.kernels, stride=HOP_SAMPLES)
        power = parts[:, : self.bins] ** 2 + parts[:, self.bins :] ** 2
        return torch.log(functional.conv1d(power, self.bands) + NETWORK_FLOOR)


class LevelBlindConv(nn.Conv1d):
    """A convolution without bias whose kernels sum to zero over bands and time."""

    def forward(self, x: Tensor) -> Tensor:
        """Ordinary convolution with the mean taken out of every kernel."""
        weight = self.weight - self.weight.mean(dim=(1, 2), keepdim=True)
        return functional.conv1d(x, weight, stride=self.stride)


class Block(nn.Module):
    """x + 1x1(dropout(relu(norm(dilated conv(x))))), valid: 2·dilation frames shorter."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilation = dilation
        self.wide = nn.Conv1d(channels, channels, 3, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        self.drop = nn.Dropout1d(dropout)
        self.point = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, T] to [B, C, T - 2·dilation]."""
        return self._changed(self.wide(x), x[:, :, self.dilation : x.shape[2] - self.dilation])

    def at(self, x: Tensor, places: Tensor) -> Tensor:
        """[B, C, T] to [B, C, M]: the frames ``places`` (M,) of what the whole would give."""
        taps = (places[:, None] + torch.arange(3) * self.dilation).flatten()
        wide = functional.conv1d(x.index_select(2, taps), self.wide.weight, stride=3)
        return self._changed(wide, x.index_select(2, places + self.dilation))

    def _changed(self, wide: Tensor, x: Tensor) -> Tensor:
        return functional.relu(x + self.point(self.drop(functional.relu(self.norm(wide)))))


def through(blocks: nn.ModuleList, x: Tensor, places: Tensor | None = None) -> Tensor:
    """[B, C, T] through all :class:`Block` s; with ``places`` (M,) only those of the frames at the end, [B, C, M]."""
    *others, last = blocks
    for block in others:
        x = block(x)
    assert isinstance(last, Block)
    result: Tensor = last(x) if places is None else last.at(x, places)
    return result


@dataclass(frozen=True)
class TrunkOutput:
    """What the trunk says about every output frame."""

    tracks: Tensor
    """[B, T, tracks]; the contact column is a logit."""
    rest: Tensor
    """[B, T] logit of a mouth at rest."""
    classes: Tensor
    """[B, T, phone classes] logits; used by the loss only."""


class Trunk(nn.Module):
    """Log-mel features to articulatory tracks, one output frame per two feature frames."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        channels = shape.channels
        self.first = LevelBlindConv(BANDS, channels, _FIRST_KERNEL, stride=STRIDE, bias=False)
        self.first_norm = nn.BatchNorm1d(channels)
        self.blocks = nn.ModuleList(Block(channels, dilation, shape.dropout) for dilation in shape.dilations)
        self.hidden = nn.Conv1d(channels, channels, 1)
        self.tracks = nn.Conv1d(channels, len(TRACKS) + 1, 1)
        self.classes = nn.Conv1d(channels, len(PHONE_CLASSES), 1)

    def forward(self, features: Tensor, places: Tensor | None = None) -> TrunkOutput:
        """[B, bands, frames] natural-log features; with ``places`` (T,) only those output frames."""
        x = functional.relu(self.first_norm(self.first((features - FEATURE_MEAN) * FEATURE_SCALE)))
        x = through(self.blocks, x, places)
        outputs = self.tracks(functional.relu(self.hidden(x))).transpose(1, 2)
        classes = self.classes(x).transpose(1, 2)
        return TrunkOutput(outputs[..., :-1], outputs[..., -1], classes)


class Expressions(nn.Module):
    """The emotion vector's linear effect, :func:`expression_table`: added controls, opening gain, ajar gap, eyes.

    Nothing of it is learned, so that a change of the table needs no training. The implicit part has no effect.
    """

    def __init__(self) -> None:
        super().__init__()
        table = expression_table()
        columns = (table.controls, table.gain[:, None], table.ajar_cm[:, None], table.eyes_degrees)
        self.table: Tensor
        self.register_buffer("table", torch.tensor(np.concatenate(columns, 1)), persistent=False)

    def forward(self, emotion: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Controls (…, 68), gain (…,) around 1, ajar (…,) in cm, eyes (…, 4) in degrees."""
        out = emotion[..., IMPLICIT_SIZE:] @ self.table
        count = len(CONTROLS)
        return out[..., :count], 1.0 + out[..., count], out[..., count + 1], out[..., count + 2 :]


def smoothstep(x: Tensor, low: float, high: float) -> Tensor:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = torch.clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def contact_probability(tracks: Tensor, classes: Tensor) -> Tensor:
    """How sure the network is of a lip contact, 0…1: the mean of two logits, of contact itself and of p, b or m.

    The phone classes know better which sound it is, the contact track when the lips meet: together they close a third
    as many open vowels of held-out voices for the same contacts.
    """
    shut = torch.logsumexp(classes[..., _SHUT_CLASSES], -1) - torch.logsumexp(classes[..., _OTHER_CLASSES], -1)
    return torch.sigmoid((tracks[..., COLUMN["contact"]] + shut) / 2.0)


def sharpened(tracks: Tensor, rest: Tensor, classes: Tensor) -> Tensor:
    """Tracks ready for the rig: a likely contact closes the lips entirely, a likely rest brings them to rest."""
    contact = contact_probability(tracks, classes)
    gap = tracks[..., COLUMN["gap"]]
    gap = gap + functional.relu(gap) * (OPENING - 1.0)
    shut = smoothstep(contact, SHUT_FROM, SHUT_TO)
    gap = (1.0 - shut) * gap + shut * torch.clamp(gap, max=CLOSED_GAP_CM)
    gap = gap - NUDGE_CM * smoothstep(contact, NUDGE_FROM, NUDGE_TO)
    still = smoothstep(torch.sigmoid(rest), 0.5, 0.9)
    # Never below a firm contact: the lips of the default head and of others must not pass through each other.
    gap = torch.clamp(gap * (1.0 - still * (1.0 - shut)), min=1.5 * CLOSED_GAP_CM)
    columns = [tracks[..., c] for c in range(len(TRACKS))]
    columns[COLUMN["gap"]], columns[COLUMN["contact"]] = gap, contact
    return torch.stack(columns, -1)


class FaceNetwork(nn.Module):
    """Trunk, expressions and rig: everything that is trained, plus the face's lip gaps."""

    def __init__(self, shape: NetworkShape, lips: LipRig) -> None:
        super().__init__()
        self.shape = shape
        self.trunk = Trunk(shape)
        self.expressions = Expressions()
        self.lip_gap: Tensor
        self.driver_matrix: Tensor
        self.opposites: Tensor
        self.register_buffer("lip_gap", torch.tensor(lips.gap_cm))
        self.register_buffer("driver_matrix", torch.tensor(driver_matrix()))
        self.register_buffer("opposites", torch.tensor(opposites_matrix()), persistent=False)

    def controls(self, tracks: Tensor, emotion: Tensor) -> Tensor:
        """Control weights [B, T, 68] for sharpened tracks [B, T, …] and emotion [B, 1 or T, 26]."""
        added, gain, ajar, _ = self.expressions(emotion)
        result: Tensor = drive(
            tracks, added, gain, ajar, self.lip_gap, self.driver_matrix, self.opposites,
            lambda parts: torch.stack(parts, -1),
        )  # fmt: skip
        return result


class WindowNetwork(nn.Module):
    """A graph of ``network.onnx``: [B, 1, 8320] and [B, 1, 26] to [B, 1, K]."""

    def __init__(self, context_frames: int) -> None:
        super().__init__()
        self.features = LogMel(context_frames)

    def forward(self, input: Tensor, emotion: Tensor) -> Tensor:
        """One result per window; windows are independent."""
        return self.of_features(self.features(input), emotion)

    def of_features(self, features: Tensor, emotion: Tensor, places: Tensor | None = None) -> Tensor:
        """[B, T, K] for log-mel features and ``places`` as :meth:`Trunk.forward` takes them, and emotion [B, T, 26]."""
        raise NotImplementedError


class PackageNetwork(WindowNetwork):
    """The default network: face and result vector."""

    def __init__(self, face: FaceNetwork, result_matrix: NDArray[np.float32]) -> None:
        """``result_matrix`` (68 + 4, K) maps controls and eye degrees to the package's result vector."""
        super().__init__(face.shape.context_frames)
        self.face = face
        self.result_matrix: Tensor
        self.register_buffer("result_matrix", torch.tensor(result_matrix))

    def of_features(self, features: Tensor, emotion: Tensor, places: Tensor | None = None) -> Tensor:
        """See :meth:`WindowNetwork.of_features`."""
        out = self.face.trunk(features, places)
        controls = self.face.controls(sharpened(out.tracks, out.rest, out.classes), emotion)
        eyes = self.face.expressions(emotion)[3]
        return torch.cat([controls, eyes], -1) @ self.result_matrix


class StretchNetwork(nn.Module):
    """The graph of ``network_stretch.onnx``: the same results for windows that share what they hear alike.

    [B, 1, S] samples, [B, M, 26] emotion and [M] places to [B, M, K]: frame m's window begins
    ``places[m] · STEP_SAMPLES`` into the stretch. Nothing before the last block is computed twice.
    """

    def __init__(self, network: WindowNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input: Tensor, emotion: Tensor, places: Tensor) -> Tensor:
        """M results per stretch."""
        return self.network.of_features(self.network.features.of_stretch(input), emotion, places)


def clip_features(samples: NDArray[np.float32]) -> Tensor:
    """[1, bands, frames] network features of a whole 16 kHz clip, for tests and validation."""
    from maya_a2f.training.features import log_mel

    return torch.tensor(log_mel(samples, NETWORK_FLOOR).T[None].copy())


assert SAMPLE_RATE_HZ == 16000
