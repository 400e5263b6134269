"""What our own estimator hears in recordings: ``python -m benchmarks.emotion_estimator RECORDING … [--settings …]``.

For each: how certain it was (mean of 0…0.6), the share of the time in which it was too unsure to show anything, the
strongest emotions at full strength (``--emotion-auto 1``, the chain's usual settings) and their highest values, the
share of the time with any emotion above 0.3, and seconds of work. Nothing is fitted to any of these recordings; a whole
clip of one emotion is its own baseline, so little is to be expected of it without ``--baseline``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maya_a2f.cli.options import parse_assignments
from maya_a2f.core.emotion_settings import ESTIMATOR, EmotionAuto, checked_settings
from maya_a2f.worker.audio import load_audio
from maya_a2f.worker.emotion.automatic import EmotionEar

_STRONG = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one row per recording."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--baseline", default="", help="a neutral recording of the speaker to compare with")
    parser.add_argument("--settings", action="append", default=[], metavar="NAME=X,…", help="emotion settings")
    options = parser.parse_args(arguments)
    settings = checked_settings(parse_assignments(options.settings, "emotion setting"))
    print("| recording | length | certainty | unsure | strongest | above 0.3 | work |")
    print("|---|---|---|---|---|---|---|")
    for path in options.recordings:
        print(row(path, EmotionAuto(1.0, ESTIMATOR, settings, options.baseline)), flush=True)
    return 0


def row(path: Path, auto: EmotionAuto) -> str:
    """One line of the table."""
    audio = load_audio(path)
    with tempfile.TemporaryDirectory() as folder:
        ear, cache = EmotionEar(), Path(folder)
        source = ear.source(auto, (), cache)
        start = time.perf_counter()
        voice = ear.voice(source, audio, None, cache, lambda done, total: None, lambda: False)
        seconds = time.perf_counter() - start
    peaks = voice.track.vectors.max(axis=0)
    order = np.argsort(-peaks)[:2]
    strongest = ", ".join(f"{voice.track.names[at]} {peaks[at]:.2f}" for at in order if peaks[at] >= 0.02) or "none"
    unsure = float((voice.certainty < source.settings["minimumCertainty"]).mean())
    strong = float((voice.track.vectors.max(axis=1) > _STRONG).mean())
    length = float(audio.duration_seconds)
    return (
        f"| {path.name} | {length:.1f} s | {voice.certainty.mean():.2f} | {unsure:.0%} | {strongest} | {strong:.1%} "
        f"| {seconds:.2f} s |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
