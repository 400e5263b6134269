"""Fine-tuning: recordings in, trained voices out; resumable, logged, stopped by validation or by the user.

The run folder receives ``log.jsonl`` (one JSON object a line), ``curves.png``, ``last_<voice>.pt`` (everything needed
to go on) and ``voice_<voice>.npz`` (averaged weights of the best step).
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.training.character.recipe import FitSettings
from maya_a2f.training.character.recordings import Recording, Segments, output_span, with_floor
from maya_a2f.training.character.voice import CharacterVoice
from maya_a2f.training.network import STRIDE, Trunk
from maya_a2f.training.spectral_augmentation import SpectralAugmentation, Strength

Floats = NDArray[np.float32]
OnProgress = Callable[[str, int, int], None]
IsStopped = Callable[[], bool]
WARM_UP_STEPS = 20
RIDGE = 1.0
"""Shrinkage of the first head, relative to the number of frames, in units of standardised features."""
MILD = Strength(vocal_tract=0.15, tempo=0.2, equaliser_db=3.0, tilt_db=3.0, quietest_db=-10.0, loudest_db=6.0)
"""Abuse for a speaker who is known: other microphones and rooms, other moods of the same voice."""


@dataclass(frozen=True)
class Material:
    """What a fit needs to know of the data."""

    training: tuple[Recording, ...]
    held_out: tuple[Recording, ...]
    importance: Floats
    """(n,)"""

    def whole(self) -> tuple[Recording, ...]:
        """Everything there is, for the last fit."""
        return (*self.training, *self.held_out)


@dataclass
class _State:
    step: int = 0
    best_step: int = 0
    best_score: float = math.inf
    stale: int = 0


@dataclass(frozen=True)
class Check:
    """How well held-out animation is met."""

    error: float
    """Weighted mean square of the standardised controls; 1 is as good as a constant."""
    correlations: Floats
    """(n,) at lag 0; NaN for a control that does not move there"""

    importance: Floats
    """(n,)"""

    @property
    def mean_correlation(self) -> float:
        """Over the controls that move, by importance."""
        known = np.isfinite(self.correlations)
        return float(np.average(self.correlations[known], weights=self.importance[known])) if known.any() else 0.0

    @property
    def score(self) -> float:
        """What the best step is chosen by, lower is better. A take that goes further or less far than the others is
        no fault of the network's, so motion counts before size; where nothing moves, the error has to do."""
        return 1.0 - self.mean_correlation if np.isfinite(self.correlations).any() else 1.0 + self.error


class Fit:
    """One voice's training."""

    def __init__(
        self, trunk: Trunk, recordings: Sequence[Recording], held_out: Sequence[Recording], importance: Floats,
        settings: FitSettings, seed: int, checkpoint: Path,
    ) -> None:  # fmt: skip
        self.settings, self.seed, self.checkpoint = settings, seed, checkpoint
        self.device = device_of(settings.device)
        torch.manual_seed(seed)
        self.context = trunk_context(trunk)
        self.outputs = max(2, round(settings.segment_seconds * 100 / STRIDE))
        frames = (self.outputs - 1) * STRIDE + self.context
        self.held_out = held_out
        self.importance = torch.tensor(importance, device=self.device)
        voice = CharacterVoice(
            trunk, recordings[0].truth.shape[1], hears_level=settings.hears_level, dropout=settings.dropout
        )
        set_first_head(voice, recordings, self.context)
        self.voice = voice.to(self.device)
        self.average = copy.deepcopy(self.voice)
        self.best = copy.deepcopy(self.voice)
        generator = torch.Generator().manual_seed(seed)
        augmentation = SpectralAugmentation(frames, MILD, generator)
        self.segments = Segments(recordings, settings.batch, augmentation, settings.augmented_share, seed)
        rate = settings.learning_rate
        self.rates = (rate * settings.trunk_rate, rate)
        self.optimiser = torch.optim.AdamW(
            [{"params": self.voice.trunk_parameters()}, {"params": list(self.voice.head.parameters())}],
            lr=rate, weight_decay=settings.weight_decay,
        )  # fmt: skip
        self.state = _State()
        self.generator = generator
        self._resume()

    def run(self, steps: int, log: Callable[[dict[str, Any]], None], progress: OnProgress, stopped: IsStopped) -> int:
        """Train until ``steps``, or until validation stops it; returns the best step.

        Raises :class:`Cancelled` after saving where it stands.
        """
        if self.state.step == 0 and self.held_out:
            self._validate(log)
        total = 0.0
        while self.state.step < steps and not self._is_stale():
            if stopped():
                self.save()
                raise Cancelled("Training was stopped; what it had learned is kept.", code="training.stopped")
            total += self._step(steps)
            self.state.step += 1
            progress("Training", self.state.step, steps)
            if self.state.step % self.settings.validate_every == 0 or self.state.step == steps:
                log({"kind": "train", "step": self.state.step, "loss": round(total / self.settings.validate_every, 5)})
                total = 0.0
                if self.held_out:
                    self._validate(log)
                self.save()
        if not self.held_out:
            self.best.load_state_dict(self.average.state_dict())
            self.state.best_step = self.state.step
        return self.state.best_step

    def _is_stale(self) -> bool:
        return self.state.stale >= self.settings.patience

    def _step(self, steps: int) -> float:
        step = self.state.step
        shape = min(1.0, (step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, step / steps))) + 0.01
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * shape
        self.voice.train()
        features, targets, gains = self.segments.next(self.device)
        wanted = targets[:, output_span(self.outputs, self.context)]
        with torch.autocast(self.device.type, torch.bfloat16):
            heard = self.voice(features)
        error = heard.float() * gains - wanted
        pose = (error.square() * self.importance).mean()
        motion = (torch.diff(error, dim=1).square() * self.importance).mean()
        loss = pose + self.settings.velocity * motion
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.voice.parameters(), 1.0)
        self.optimiser.step()
        self._average_weights()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise EngineError(
                "Training diverged: the loss is no longer a finite number.",
                code="training.diverged",
                hint="Lower “learning_rate” in [training], and look for jumps in the animation.",
            )
        return value

    @torch.no_grad()
    def _average_weights(self) -> None:
        decay = min(self.settings.average, (1 + self.state.step) / (10 + self.state.step))
        for kept, new in zip(self.average.state_dict().values(), self.voice.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)

    def _validate(self, log: Callable[[dict[str, Any]], None]) -> None:
        check = checked([self.average], self.held_out, self.importance.cpu().numpy(), self.context)
        log(
            {
                "kind": "validation", "step": self.state.step, "error": round(check.error, 5),
                "correlation": round(check.mean_correlation, 4),
            }
        )  # fmt: skip
        if check.score < self.state.best_score:
            self.state.best_score, self.state.best_step, self.state.stale = check.score, self.state.step, 0
            self.best.load_state_dict(self.average.state_dict())
        else:
            self.state.stale += 1

    def save(self) -> None:
        """A checkpoint, replacing the last one in one move."""
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(
            {
                "voice": self.voice.state_dict(), "average": self.average.state_dict(), "best": self.best.state_dict(),
                "optimiser": self.optimiser.state_dict(), "state": asdict(self.state), "identity": self._identity(),
            },
            partial,
        )  # fmt: skip
        partial.replace(self.checkpoint)

    def _identity(self) -> str:
        """What a checkpoint must share with the run that goes on from it."""
        settings = {k: v for k, v in asdict(self.settings).items() if k not in ("threads", "device", "voices", "refit")}
        frames = [len(r.features) for r in self.segments.recordings] + [len(r.features) for r in self.held_out]
        return json.dumps([settings, self.seed, frames, len(self.importance)])

    def _resume(self) -> None:
        if not self.checkpoint.exists():
            return
        try:
            saved = torch.load(self.checkpoint, weights_only=True, map_location=self.device)
            if saved["identity"] != self._identity():
                return
        except Exception:  # a damaged or foreign checkpoint: begin anew, which only costs time
            return
        self.voice.load_state_dict(saved["voice"])
        self.average.load_state_dict(saved["average"])
        self.best.load_state_dict(saved["best"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.state = _State(**saved["state"])
        # New random numbers, or the resumed run would see the first batches again.
        self.generator.manual_seed(self.seed + 1000 * self.state.step)
        self.segments.draw = np.random.default_rng((self.seed, self.state.step))
        torch.manual_seed(self.seed + self.state.step)


def device_of(name: str) -> torch.device:
    """The device to train on. Raises :class:`EngineError` ``training.no-cuda`` where there is none."""
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise EngineError(
            "This machine has no CUDA device that torch can use.",
            code="training.no-cuda",
            hint='Set device = "cpu" in [training], or install torch with CUDA and NVIDIA\'s driver.',
        )
    return torch.device(name)


def trunk_context(trunk: Trunk) -> int:
    """Feature frames that one output of the trunk sees."""
    dilations = [int(block.dilation) for block in trunk.blocks]  # type: ignore[arg-type]
    return int(trunk.first.kernel_size[0]) + STRIDE * 2 * sum(dilations)


@torch.no_grad()
def set_first_head(voice: CharacterVoice, recordings: Sequence[Recording], context: int) -> None:
    """Give the head the ridge regression on the trunk's features: training begins where linear methods end."""
    voice.eval()
    kept: dict[str, Tensor] = {}
    hook = voice.drop.register_forward_hook(lambda _module, _inputs, out: kept.__setitem__("features", out))
    inputs, wanted = [], []
    gain = torch.from_numpy(np.stack([recording.gain for recording in recordings])).double()
    for recording in recordings:
        voice(with_floor(torch.from_numpy(recording.features)).T[None])
        features = kept["features"][0].T.double()
        inputs.append(features)
        wanted.append(torch.from_numpy(recording.targets)[output_span(len(features), context)].double())
    hook.remove()
    everything, y = torch.cat(inputs), torch.cat(wanted)
    mean, scale = everything.mean(0), everything.std(0) + 1e-3
    ones = [torch.ones(len(x), 1, dtype=torch.float64) for x in inputs]
    inputs = [torch.cat([(x - mean) / scale, one], 1) for x, one in zip(inputs, ones, strict=True)]
    # One product per shot serves all controls, whatever each one's gain there.
    products = torch.stack([x.T @ x for x in inputs])
    answers = torch.stack([x.T @ part for x, part in zip(inputs, wanted, strict=True)])
    shrinkage = RIDGE * len(y) * torch.eye(products.shape[1], dtype=torch.float64)
    shrinkage[-1, -1] = 1e-6 * len(y)  # the constant is free
    for control in np.flatnonzero(y.std(0).numpy() > 0):
        g = gain[:, control]
        normal = (products * g.square()[:, None, None]).sum(0) + shrinkage
        solved = torch.linalg.solve(normal, (answers[:, :, control] * g[:, None]).sum(0))
        weights = solved[:-1] / scale
        voice.head.weight[control, :, 0] = weights.float()
        if voice.head.bias is not None:
            voice.head.bias[control] = float(solved[-1] - mean @ weights)


@torch.no_grad()
def predicted(voices: Sequence[CharacterVoice], recording: Recording, context: int) -> Floats:
    """(F, n) standardised controls at the animation's own frames, between the network's 100 Hz of two phases."""
    device = next(voices[0].parameters()).device
    features = with_floor(torch.from_numpy(recording.features)).T[None].to(device)
    phases = []
    for phase in range(STRIDE):
        for voice in voices:
            voice.eval()
        phases.append(torch.stack([voice(features[:, :, phase:])[0] for voice in voices]).mean(0).cpu().numpy())
    count = min(map(len, phases))
    fine = np.stack([phase[:count] for phase in phases], 1).reshape(STRIDE * count, -1)
    place = np.clip(recording.positions() - context // 2, 0, len(fine) - 1)
    low = np.minimum(place.astype(int), len(fine) - 2)
    part = (place - low)[:, None].astype(np.float32)
    return np.asarray(fine[low] * (1 - part) + fine[low + 1] * part, np.float32)


def checked(
    voices: Sequence[CharacterVoice], recordings: Sequence[Recording], importance: Floats, context: int
) -> Check:
    """Error and correlations over all frames of ``recordings``."""
    guess = np.concatenate([predicted(voices, recording, context) for recording in recordings])
    truth = np.concatenate([recording.truth for recording in recordings])
    error = float((np.square(guess - truth) * importance).mean())
    moves = (truth.std(0) > 0.1) & (importance > 0)
    x, y = guess - guess.mean(0), truth - truth.mean(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (x * y).sum(0) / np.sqrt(np.square(x).sum(0) * np.square(y).sum(0))
    return Check(error, np.where(moves, r, np.nan).astype(np.float32), importance)


def fit_voices(
    trunk: Trunk, material: Material, settings: FitSettings, seed: int, run: Path, progress: OnProgress,
    stopped: IsStopped,
) -> tuple[list[CharacterVoice], Check]:  # fmt: skip
    """All voices of a recipe; the check is of the voices trained without the held-out animation."""
    run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(settings.threads)
    context = trunk_context(trunk)
    runs = 1 + settings.voices if settings.refit else settings.voices
    done = 0

    def run_once(index: int, whole: bool, steps: int) -> tuple[Fit, int]:
        nonlocal done
        done += 1
        return _run_once(
            trunk, material, settings, seed, run, index, whole, steps, progress, stopped, f"{done} of {runs}"
        )

    judged, best = run_once(0, False, settings.steps)
    check_of = [judged.best]
    voices = []
    for index in range(settings.voices):
        if settings.refit:  # as long as was best for the first voice; nothing is kept apart any more
            fit = run_once(index, True, max(settings.validate_every, best))[0]
        else:
            fit = judged if index == 0 else run_once(index, False, settings.steps)[0]
            check_of = check_of if index == 0 else [*check_of, fit.best]
        voices.append(fit.best.cpu().eval())
    check = checked([v.cpu() for v in check_of], material.held_out, material.importance, context)
    return voices, check


def _run_once(
    trunk: Trunk, material: Material, settings: FitSettings, seed: int, run: Path, index: int, whole: bool, steps: int,
    progress: OnProgress, stopped: IsStopped, count: str,
) -> tuple[Fit, int]:  # fmt: skip
    label = f"voice {index + 1}, all shots" if whole else f"voice {index + 1}"
    recordings = material.whole() if whole else material.training
    held_out = () if whole else material.held_out
    checkpoint = run / f"last_{index + 1}{'_all' if whole else ''}.pt"
    fit = Fit(trunk, recordings, held_out, material.importance, settings, seed + 101 * index, checkpoint)

    def shown(_stage: str, step: int, total: int) -> None:
        progress(f"Training, run {count}", step, total)

    def log(entry: dict[str, Any]) -> None:
        with (run / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"run": label, **entry}) + "\n")

    best = fit.run(steps, log, shown, stopped)
    write_curves(run)
    return fit, best


def write_curves(run: Path) -> None:
    """``curves.png`` from ``log.jsonl``; left out where matplotlib is not installed."""
    path = run / "log.jsonl"
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return
    if not path.exists():
        return
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.8))
    panels = (("loss", "train", "training error"), ("error", "validation", "held-out error"))
    for key, kind, text in panels:
        for name in dict.fromkeys(entry["run"] for entry in entries):
            chosen = {e["step"]: e[key] for e in entries if e["run"] == name and e["kind"] == kind}
            if chosen:
                style = "-" if kind == "train" else "o--"
                axes[0].plot(list(chosen), list(chosen.values()), style, label=f"{name}: {text}", markersize=3)
    for name in dict.fromkeys(entry["run"] for entry in entries):
        chosen = {e["step"]: e["correlation"] for e in entries if e["run"] == name and e["kind"] == "validation"}
        if chosen:
            axes[1].plot(list(chosen), list(chosen.values()), "o-", label=name, markersize=3)
    for axis, title in zip(axes, ("error", "mean correlation, held-out animation"), strict=True):
        axis.set_title(title)
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
        if axis.lines:
            axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(run / "curves.png", dpi=90)
    pyplot.close(figure)
