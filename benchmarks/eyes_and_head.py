"""Blinks, saccades and head motion over a long talk, against figures from the literature.

    python -m benchmarks.eyes_and_head [MINUTES] [RECORDING]

Without a recording the talk is made: phrases of syllables with pauses between them. Blinks and saccades are measured on
what a take would hold, sampled at 1000 frames per second.

Sources, and how far each was confirmed: ``docs/performance.md``, "Figures from the literature".
"""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.blinks import PAUSE_SECONDS, Blink, blinks, lid_closure
from maya_a2f.worker.head_motion import head_score, head_turns
from maya_a2f.worker.saccades import (
    AWAY_SECONDS,
    DIRECTION_SHARES,
    LARGEST_DEGREES,
    MAGNITUDE_DEGREES,
    SMALLEST_DEGREES,
    TOWARDS_SECONDS,
    Saccade,
    gaze_path,
    natural_saccades,
)
from maya_a2f.worker.voice import Voice, voice_of

RATE_HZ = 16000
SAMPLED_HZ = 1000
SEEDS = range(8)
Row = tuple[str, str, str, str]
Doubles = NDArray[np.float64]


def made_talk(minutes: float, seed: int = 1) -> NDArray[np.float32]:
    """Phrases of 4 to 14 syllables at about 5 a second, some accented, with pauses of 0.2 to 1.2 s."""
    draw = np.random.default_rng(seed)
    pieces: list[NDArray[np.float32]] = []
    left = minutes * 60.0
    while left > 0:
        for _ in range(int(draw.integers(4, 15))):
            count = int(RATE_HZ * draw.uniform(0.15, 0.25))
            times = np.arange(count) / RATE_HZ
            strength = 0.1 * (3.0 if draw.random() < 0.15 else 1.0) * draw.uniform(0.8, 1.2)
            bump = np.sin(np.pi * np.arange(count) / count) ** 2
            pieces.append((strength * bump * np.sin(2 * np.pi * draw.uniform(110, 150) * times)).astype(np.float32))
            left -= count / RATE_HZ
        pause = float(draw.uniform(0.2, 1.2))
        pieces.append(np.zeros(int(pause * RATE_HZ), np.float32))
        left -= pause
    return np.concatenate(pieces)


def blink_rows(voice: Voice, seconds: float, per_minute: float, title: str) -> list[Row]:
    """What a take's eyelids show."""
    pauses = tuple(start for start, _ in voice.pauses(PAUSE_SECONDS))
    events = blinks(seconds, per_minute, pauses, 3)
    durations = np.array([_visible_seconds(event) for event in events]) * 1000
    starts = np.array([event.start_seconds for event in events])
    gaps = np.diff(starts)
    at_pauses = np.mean([np.min(np.abs(np.array(pauses) - start)) < 0.05 for start in starts])
    chance = np.mean([np.min(np.abs(np.array(pauses) - at)) < 0.05 for at in np.arange(1, seconds, 0.37)])
    closing, opening = np.array([_halves(event) for event in events]).T * 1000
    complete = np.mean([event.depth == 1.0 for event in events])
    skew = float(np.mean(((gaps - gaps.mean()) / gaps.std()) ** 3))
    return [
        (f"{title}: blinks a minute", f"{len(events) / seconds * 60:.1f}", f"{per_minute:g}", "Bentivoglio 1997"),
        (f"{title}: interval, mean, median (s)", f"{gaps.mean():.2f}, {np.median(gaps):.2f}", "median below mean",
         "Garcia 2011"),
        (f"{title}: interval, skewness", f"{skew:.2f}", "above 1", "Garcia 2011"),
        ("blink duration, 5 to 95 % (ms)", "{:.0f} to {:.0f}".format(*np.percentile(durations, [5, 95])), "100 to 400",
         "usual span, not confirmed"),
        ("closing, opening (ms)", f"{closing.mean():.0f}, {opening.mean():.0f}", "closing 1.4 times as fast or more",
         "Sforza 2008"),
        ("blinks that close the eyes", f"{complete:.0%}", "44 % to 48 %", "Sforza 2008, Ousler 2014"),
        ("blinks at the end of a phrase", f"{at_pauses:.0%}", f"more than by chance ({chance:.0%})", "Nakano 2010"),
    ]  # fmt: skip


def saccade_rows(seconds: float) -> list[Row]:
    """What a take's eyes show."""
    events = _one_after_another(seconds)
    large = [event for event in events if event.degrees >= SMALLEST_DEGREES]
    sizes = np.array([event.degrees for event in large])
    low, high = SMALLEST_DEGREES, LARGEST_DEGREES
    share = math.exp(-low / MAGNITUDE_DEGREES) - math.exp(-high / MAGNITUDE_DEGREES)
    tails = low * math.exp(-low / MAGNITUDE_DEGREES) - high * math.exp(-high / MAGNITUDE_DEGREES)
    expected = MAGNITUDE_DEGREES + tails / share
    outward = [event for event in large if math.hypot(event.yaw, event.pitch) > 0.5]
    starts = np.array([event.start_seconds for event in large])
    rests = np.diff(starts)
    is_out = np.array([math.hypot(event.yaw, event.pitch) > 0.5 for event in large])[:-1]
    turns = np.degrees([math.atan2(-event.pitch, -event.yaw) for event in outward]) % 360
    counts = np.bincount(np.round(turns / 45).astype(int) % 8, minlength=8) / len(outward) * 100
    slope, base = np.polyfit([event.degrees for event in outward], [_shown_seconds(event) for event in outward], 1)
    lee = "Lee et al. 2002"
    return [
        ("saccade magnitude, mean (degrees)", f"{sizes.mean():.2f}", f"{expected:.2f}", lee + ", cut to 1 to 27.5"),
        ("share above 15 degrees", f"{np.mean(sizes > 15):.1%}",
         f"{(math.exp(-15 / MAGNITUDE_DEGREES) - math.exp(-high / MAGNITUDE_DEGREES)) / share:.1%}", lee),
        ("directions, right round by 45 degrees (%)", " ".join(f"{value:.0f}" for value in counts),
         " ".join(f"{value:.0f}" for value in DIRECTION_SHARES), lee),
        ("duration: ms, ms per degree", f"{base * 1000:.0f}, {slope * 1000:.2f}", "25, 2.4", lee),
        ("looking at the other, mean (s)", f"{rests[~is_out].mean():.2f}", f"{TOWARDS_SECONDS[0]:.2f}", lee),
        ("looking away, mean (s)", f"{rests[is_out].mean():.2f}", f"{AWAY_SECONDS[0]:.2f}", lee),
        ("small movements of a fixation (a second)", f"{(len(events) - len(large)) / seconds / len(SEEDS):.2f}",
         "1 to 2", "textbook, not confirmed"),
    ]  # fmt: skip


def _one_after_another(seconds: float) -> list[Saccade]:
    """The saccades of several clips as if they were one."""
    return [
        dataclasses.replace(event, start_seconds=event.start_seconds + clip * seconds)
        for clip, seed in enumerate(SEEDS)
        for event in natural_saccades(seconds, seed)
    ]


def head_rows(voice: Voice, seconds: float) -> list[Row]:
    """What a take's head shows."""
    turns = head_turns(head_score(voice, seconds, 0), np.arange(0, seconds, 1 / 30))
    speed = np.abs(np.diff(turns, axis=0)) * 30
    spread, most = turns.std(0), np.abs(turns).max(0)
    tenths = np.array([part.mean(0) for part in np.array_split(turns, 10)])
    return [
        ("head, standard deviation about x y z (degrees)", " ".join(f"{v:.2f}" for v in spread), "a few degrees",
         "Munhall 2004, Hadar 1983: that it moves with the voice"),
        ("head, largest about x y z (degrees)", " ".join(f"{v:.1f}" for v in most), "2 to 4 wanted", "gentle"),
        ("head, fastest (degrees a second)", f"{speed.max():.1f}", "below 30", "gentle"),
        ("head, drift: farthest mean of a tenth (degrees)", f"{np.abs(tenths).max():.2f}", "near 0", ""),
        ("head at the end (degrees)", f"{np.abs(turns[-1]).max():.3f}", "0", "back to rest"),
    ]  # fmt: skip


def _visible_seconds(event: Blink) -> float:
    times = np.arange(0, 1, 1 / SAMPLED_HZ)
    return float((lid_closure((Blink(0.1, event.depth, event.pace),), times) > 0.02).sum() / SAMPLED_HZ)


def _halves(event: Blink) -> tuple[float, float]:
    """Seconds of closing and of opening, between a tenth and nine tenths."""
    closed = lid_closure((Blink(0.1, 1.0, event.pace),), np.arange(0, 1, 1 / SAMPLED_HZ))
    between = (closed > 0.1) & (closed < 0.9)
    peak = int(closed.argmax())
    return between[:peak].sum() / SAMPLED_HZ, between[peak:].sum() / SAMPLED_HZ


def _shown_seconds(event: Saccade) -> float:
    """How long a movement is seen to last: from the first ten-thousandth of its way to the last."""
    times = np.arange(-0.01, 0.2, 1e-4)
    path = gaze_path((dataclasses.replace(event, start_seconds=0.0),), times)
    way = np.linalg.norm(path, axis=1) / math.hypot(event.yaw, event.pitch)
    return float(((way > 1e-4) & (way < 1 - 1e-4)).sum() * 1e-4)


def main(arguments: list[str]) -> None:
    """Print the table."""
    minutes = float(arguments[0]) if arguments else 60.0
    samples = load_audio(Path(arguments[1])).samples if len(arguments) > 1 else made_talk(minutes)
    voice, seconds = voice_of(samples, RATE_HZ), len(samples) / RATE_HZ
    rows = [
        *blink_rows(voice, seconds, 17.0, "at rest"),
        *blink_rows(voice, seconds, 26.0, "in conversation")[:3],
        *saccade_rows(seconds),
        *head_rows(voice, seconds),
    ]
    print(f"{seconds / 60:.1f} minutes\n")
    for row in (("what", "measured", "literature", "source"), ("---",) * 4, *rows):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
