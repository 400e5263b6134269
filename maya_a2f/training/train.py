"""Train the default network: ``python -m maya_a2f.training.train CONFIG.toml DATASET RUN``.

``RUN`` receives ``log.jsonl`` (one JSON object a line), ``last.pt`` (everything needed to go on), ``best.npz``
(averaged weights of the best validation score) and ``curves.png``. Started again, a run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maya_a2f.errors import UserError
from maya_a2f.training.configuration import Configuration, read_configuration
from maya_a2f.training.corpus.synthesis import planned_shards
from maya_a2f.training.dataset import Timeline, read_timeline
from maya_a2f.training.features import NETWORK_FLOOR
from maya_a2f.training.losses import loss_terms
from maya_a2f.training.network import STRIDE, FaceNetwork, NetworkShape, sharpened
from maya_a2f.training.rig import LipRig
from maya_a2f.training.scores import Scores, score_tracks
from maya_a2f.training.spectral_augmentation import SpectralAugmentation, Strength
from maya_a2f.training.tracks import COLUMN, TRACK_RATE_HZ

WARM_UP_SHARE = 0.02


@dataclass
class _State:
    """What goes on from checkpoint to checkpoint."""

    step: int = 0
    seconds: float = 0.0
    best: float = -1e9


class Batches:
    """Random stretches of the training timelines; of those with a larger weight, more."""

    def __init__(
        self, timelines: list[Timeline], weights: list[float], batch: int, source_frames: int, seed: int
    ) -> None:
        lengths = np.array([len(t.features) for t in timelines])
        self.edges = np.concatenate([[0], np.cumsum(lengths)])
        shares = lengths * np.array(weights)
        self.chances = shares / shares.sum()
        self.features = np.concatenate([t.features for t in timelines])
        self.tracks = np.concatenate([t.tracks for t in timelines])
        self.classes = np.concatenate([t.classes for t in timelines])
        self.batch, self.source_frames = batch, source_frames
        self.draw = np.random.default_rng(seed)

    def next(self) -> tuple[Tensor, Tensor, Tensor]:
        """features, tracks, classes of ``source_frames`` frames."""
        chosen = self.draw.choice(len(self.chances), self.batch, p=self.chances)
        starts = self.draw.integers(self.edges[chosen], self.edges[chosen + 1])
        starts = np.minimum(starts, len(self.features) - self.source_frames)
        rows = starts[:, None] + np.arange(self.source_frames)
        return (
            torch.from_numpy(self.features[rows].astype(np.float32)),
            torch.from_numpy(self.tracks[rows].astype(np.float32)),
            torch.from_numpy(self.classes[rows].astype(np.int64)),
        )


def read_dataset(folder: Path, weights: Mapping[int, float]) -> tuple[list[Timeline], list[float], list[Timeline]]:
    """Training timelines with their weights (by shard; 1 where none is given), then held-out ones: abused copies of
    voices never trained on."""
    paths = sorted(folder.glob("shard_*_copy*.npz"))
    paths = [p for p in paths if ".partial" not in p.name]
    if not paths:
        raise UserError(
            f"There is no data set in “{folder}”.",
            code="training.no-dataset",
            hint="Make one with python -m maya_a2f.training.dataset CORPUS DATASET.",
        )
    kept: list[Timeline] = []
    shares: list[float] = []
    held: list[Timeline] = []
    for path in paths:
        timeline = read_timeline(path)
        if not timeline.held_out:
            kept.append(timeline)
            shares.append(weights.get(int(path.stem.split("_")[1]), 1.0))
        elif path.stem.endswith("copy1"):
            held.append(timeline)
    return kept, shares, held


def shard_weights(configuration: Configuration) -> dict[int, float]:
    """Shard index -> how much more often than its length it is drawn: natural-sounding voices carry further."""
    corpus = configuration.corpus
    plans = planned_shards(configuration.seed, corpus.minutes, frozenset(corpus.engines))
    natural = frozenset(configuration.training.natural_engines)
    weight = configuration.training.natural_weight
    return {plan.index: weight for plan in plans if plan.prompts[0].engine in natural}


class Trainer:
    """One run: network, optimiser, data, log."""

    def __init__(self, configuration: Configuration, dataset: Path, run: Path) -> None:
        self.configuration = configuration
        self.settings = configuration.training
        self.run = run
        run.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(self.settings.threads)
        torch.manual_seed(configuration.seed)
        self.generator = torch.Generator().manual_seed(configuration.seed)
        shape = NetworkShape(**asdict(configuration.network))
        self.face = FaceNetwork(shape, LipRig.of_default_head())
        self.average = FaceNetwork(shape, LipRig.of_default_head())
        self.average.load_state_dict(self.face.state_dict())
        self.optimiser = torch.optim.AdamW(
            self.face.parameters(), lr=self.settings.learning_rate, weight_decay=self.settings.weight_decay
        )
        self.output_frames = round(self.settings.segment_seconds * TRACK_RATE_HZ / STRIDE)
        self.context = shape.context_frames
        feature_frames = (self.output_frames - 1) * STRIDE + self.context
        self.augmentation = SpectralAugmentation(feature_frames, Strength(), self.generator)
        kept, weights, held = read_dataset(dataset, shard_weights(configuration))
        source = self.augmentation.source_frames()
        self.batches = Batches(kept, weights, self.settings.batch, source, configuration.seed)
        self.held_out = self._validation_set(held)
        self.state = _State()
        self._resume()

    def _validation_set(self, held: list[Timeline]) -> Timeline:
        limit = round(self.settings.validation_minutes * 60 * TRACK_RATE_HZ)
        share = max(1000, limit // max(1, len(held)))
        parts = [Timeline(t.features[:share], t.tracks[:share], t.classes[:share], True) for t in held] or [
            Timeline(self.batches.features[:limit], self.batches.tracks[:limit], self.batches.classes[:limit], False)
        ]
        return Timeline(
            np.concatenate([t.features for t in parts]),
            np.concatenate([t.tracks for t in parts]),
            np.concatenate([t.classes for t in parts]),
            True,
        )

    def progress(self) -> float:
        """0 at the start, 1 when the run is over."""
        by_steps = self.state.step / self.settings.steps
        by_time = self.state.seconds / (self.settings.minutes * 60) if self.settings.minutes else 0.0
        return max(by_steps, by_time)

    def train(self) -> None:
        """Until steps or minutes are used up."""
        sums: dict[str, float] = {}
        while self.progress() < 1.0:
            began = time.monotonic()
            terms = self._step()
            self.state.step += 1
            self.state.seconds += time.monotonic() - began
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value
            if self.state.step % 100 == 0:
                self._log({"kind": "train", **{name: round(value / 100, 5) for name, value in sums.items()}})
                sums = {}
            if self.state.step % self.settings.validate_every == 0:
                self._validate()
        self._validate()

    def _step(self) -> dict[str, float]:
        features, tracks, classes = self.augmentation(*self.batches.next())
        middle = self.context // 2
        span = slice(middle, middle + (self.output_frames - 1) * STRIDE + 1, STRIDE)
        tracks, classes = tracks[:, span], classes[:, span]
        progress = self.progress()
        rate = min(1.0, progress / WARM_UP_SHARE + 0.02) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, progress))) + 0.002
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        self.face.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.bfloat16):
            out = self.face.trunk(features.transpose(1, 2))
        out = type(out)(out.tracks.float(), out.rest.float(), out.classes.float())
        terms = loss_terms(out, tracks, classes)
        loss = terms.total()
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.face.parameters(), 1.0)
        self.optimiser.step()
        self._average_weights()
        parts = {name: float(value.detach()) for name, value in vars(terms).items()}
        return {"loss": float(loss.detach()), **parts}

    @torch.no_grad()
    def _average_weights(self) -> None:
        decay = min(self.settings.average, (1 + self.state.step) / (10 + self.state.step))
        for kept, new in zip(self.average.state_dict().values(), self.face.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)

    def _validate(self) -> None:
        tracks = predicted_tracks(self.average, self.held_out.features.astype(np.float32))
        scores = held_out_scores(tracks, self.held_out, self.context)
        self._log({"kind": "validation", **scores.to_dict(), "overall": round(scores.overall(), 4)})
        weights = {name: value.numpy() for name, value in self.average.state_dict().items()}
        if scores.overall() >= self.state.best:
            self.state.best = scores.overall()
            np.savez_compressed(self.run / "best.npz", **weights)
        np.savez_compressed(self.run / "latest.npz", **weights)
        self._checkpoint()
        write_curves(self.run)

    def _log(self, entry: dict[str, Any]) -> None:
        line = {"step": self.state.step, "minutes": round(self.state.seconds / 60, 2), **entry}
        with (self.run / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    def _checkpoint(self) -> None:
        partial = self.run / "last.partial"
        torch.save(
            {
                "face": self.face.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "state": asdict(self.state),
            },
            partial,
        )
        partial.replace(self.run / "last.pt")

    def _resume(self) -> None:
        path = self.run / "last.pt"
        if not path.exists():
            return
        saved = torch.load(path, weights_only=True)
        self.face.load_state_dict(saved["face"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.state = _State(**saved["state"])
        # New random numbers, or the resumed run would see the first batches again.
        self.generator.manual_seed(self.configuration.seed + self.state.step)
        self.batches.draw = np.random.default_rng((self.configuration.seed, self.state.step))


@torch.no_grad()
def predicted_tracks(face: FaceNetwork, cached: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sharpened tracks (frames, tracks) at 50 Hz of cached features (frames, bands), the first at context // 2."""
    face.eval()
    floor = torch.tensor(math.log(NETWORK_FLOOR))
    features = torch.logaddexp(torch.tensor(cached), floor).T[None]
    pieces = []
    size, context = 6000, face.shape.context_frames
    for first in range(0, features.shape[2] - context + 1, size):
        last = min(features.shape[2], first + size - STRIDE + context)
        out = face.trunk(features[:, :, first:last])
        pieces.append(sharpened(out.tracks, out.rest, out.classes)[0].numpy())
        if last == features.shape[2]:
            break
    return np.concatenate(pieces)


def held_out_scores(tracks: NDArray[np.float32], timeline: Timeline, context: int) -> Scores:
    """Scores of :func:`predicted_tracks` against a timeline's own phones."""
    span = slice(context // 2, context // 2 + len(tracks) * STRIDE, STRIDE)
    classes = timeline.classes[span].astype(np.int16)
    contact = timeline.tracks[span, COLUMN["contact"]].astype(np.float32)
    count = min(len(tracks), len(classes))
    return score_tracks(tracks[:count], classes[:count], contact[:count], TRACK_RATE_HZ / STRIDE)


def write_curves(run: Path) -> None:
    """``curves.png`` from ``log.jsonl``; silently left out where matplotlib is not installed."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return
    entries = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4))
    train = [e for e in entries if e["kind"] == "train"]
    for name in ("loss", "tracks", "velocity", "contact", "classes"):
        axes[0].plot([e["step"] for e in train], [e[name] for e in train], label=name)
    axes[0].set_yscale("log")
    checks = [e for e in entries if e["kind"] == "validation"]
    for name in ("closure", "false_closure", "labiodental", "overclosed_consonants", "overclosed_nasals"):
        axes[1].plot([e["step"] for e in checks], [e[name] for e in checks], marker=".", label=name)
    for axis, title in zip(axes, ("training loss", "held-out voices, abused"), strict=True):
        axis.set_title(title)
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(run / "curves.png", dpi=90)
    pyplot.close(figure)


def main() -> None:
    """Command line of training."""
    parser = argparse.ArgumentParser(description="Train the voice-to-face network.")
    parser.add_argument("configuration", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("run", type=Path)
    options = parser.parse_args()
    Trainer(read_configuration(options.configuration), options.dataset, options.run).train()


if __name__ == "__main__":
    main()
