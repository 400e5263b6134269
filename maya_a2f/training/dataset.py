"""From corpus shards to what training reads: log-mel features and teacher tracks on one long 100 Hz timeline per shard.

``python -m maya_a2f.training.dataset CORPUS DATASET --copies 3`` writes one ``.npz`` per shard and copy. Copy 0 is the
clean speech over a faint noise floor, the others are abused differently each. Between utterances lie pauses, some of
them with sounds that must not move the lips.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.augmentation import abuse, noise, still_sound
from maya_a2f.training.corpus.synthesis import Shard, read_shard
from maya_a2f.training.corpus.voices import FOREIGN_FESTIVAL_VOICES, IPA_ENGINES, SAMPLE_RATE_HZ, Phone
from maya_a2f.training.features import HOP_SAMPLES, log_mel
from maya_a2f.training.phones import Alphabet
from maya_a2f.training.teacher import perform


@dataclass(frozen=True)
class Timeline:
    """Features and targets of one shard's copy, frame by frame."""

    features: NDArray[np.float16]
    """(frames, bands) natural log of mel power"""
    tracks: NDArray[np.float16]
    """(frames, tracks)"""
    classes: NDArray[np.int8]
    """(frames,)"""
    held_out: bool


def build_dataset(corpus: Path, folder: Path, copies: int, seed: int, processes: int) -> Iterator[str]:
    """Make what is missing in ``folder``; yields a line of progress per file."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        (path, folder / f"{path.stem}_copy{copy}.npz", copy, seed)
        for path in sorted(corpus.glob("shard_*.json"))
        for copy in range(copies + 1)
    ]
    jobs = [job for job in jobs if not job[1].exists()]
    with Pool(processes) as pool:
        for count, line in enumerate(pool.imap_unordered(_build_file, jobs), 1):
            yield f"{count}/{len(jobs)} {line}"


def _build_file(job: tuple[Path, Path, int, int]) -> str:
    source, target, copy, seed = job
    shard = read_shard(source)
    draw = np.random.default_rng((seed, copy, int(source.stem.split("_")[1])))
    timeline = make_timeline(shard, copy > 0, draw)
    partial = target.with_suffix(".partial.npz")
    np.savez(
        partial, features=timeline.features, tracks=timeline.tracks, classes=timeline.classes,
        held_out=np.array(timeline.held_out),
    )  # fmt: skip
    partial.rename(target)
    return f"{target.stem}: {len(timeline.features)} frames"


def read_timeline(path: Path) -> Timeline:
    """A file written by :func:`build_dataset`."""
    with np.load(path, allow_pickle=False) as data:
        return Timeline(data["features"], data["tracks"], data["classes"], bool(data["held_out"]))


def make_timeline(shard: Shard, abused: bool, draw: np.random.Generator) -> Timeline:
    """All utterances of a shard one after the other, with pauses and still sounds between them."""
    pieces = []
    for index, utterance in enumerate(shard.utterances):
        speech = utterance.samples.astype(np.float32) / 32768.0
        in_ipa = shard.engines[index] in IPA_ENGINES or shard.voices[index] in FOREIGN_FESTIVAL_VOICES
        alphabet: Alphabet = "ipa" if in_ipa else "arpabet"
        other = shard.utterances[int(draw.integers(len(shard.utterances)))].samples.astype(np.float32) / 32768.0
        pieces.append(_placed(speech, utterance.phones, alphabet, other, abused, draw))
        if draw.random() < (0.10 if abused else 0.03):
            pieces.append(_still_piece(draw))
    features, tracks, classes = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return Timeline(features.astype(np.float16), tracks.astype(np.float16), classes.astype(np.int8), shard.held_out)


Piece = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int16]]


def _placed(
    speech: NDArray[np.float32], phones: tuple[Phone, ...], alphabet: Alphabet, other: NDArray[np.float32],
    abused: bool, draw: np.random.Generator,
) -> Piece:  # fmt: skip
    """One utterance with silence around it, damaged if wanted, its features and its performance."""
    before, after = draw.uniform(0.05, 0.9), draw.uniform(0.05, 0.9)
    clean = np.pad(speech, (int(before * SAMPLE_RATE_HZ), int(after * SAMPLE_RATE_HZ)))
    speed, heard = 1.0, clean
    if abused:
        damaged = abuse(clean, other, draw)
        speed, heard = damaged.speed, damaged.samples
    heard = heard + noise(len(heard), draw) * 10 ** (draw.uniform(-100, -62) / 20)
    start = int(before * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    moved = [Phone((p.start_seconds + start) / speed, (p.end_seconds + start) / speed, p.symbol) for p in phones]
    features = log_mel(heard.astype(np.float32))
    level = _frame_power(clean, len(features), speed)
    performance = perform(moved, alphabet, len(features), level)
    return features, performance.tracks, performance.classes


def _frame_power(samples: NDArray[np.float32], frames: int, speed: float) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    centre = np.arange(frames) * HOP_SAMPLES * speed
    low = np.clip(centre - 200, 0, len(samples)).astype(int)
    high = np.clip(centre + 200, 0, len(samples)).astype(int)
    return np.asarray((total[high] - total[low]) / 400.0)


def _still_piece(draw: np.random.Generator) -> Piece:
    features = log_mel(still_sound(float(draw.uniform(0.5, 3.0)), draw))
    performance = perform([], "ipa", len(features))
    return features, performance.tracks, performance.classes


def main() -> None:
    """Command line of the data set."""
    parser = argparse.ArgumentParser(description="Features and teacher tracks for training.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    for line in build_dataset(options.corpus, options.folder, options.copies, options.seed, options.processes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
