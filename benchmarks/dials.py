"""What turning a dial costs: ``python -m benchmarks.dials [--published]``.

Animates the demo recording once and then turns dials: the shown frame (what the panel asks for while a slider moves)
as a share of a frame's time, and the whole clip as a share of its length, both from the cached output of the network.
Medians; of the clock, and of the processor, which other work on the machine disturbs less; ``worst`` is the dearest of
the frames, as a rule the first after the moment has changed. ``--published`` does it with
a generated package of the published size.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.emotion_sheet import DEMO
from benchmarks.published_package import make_published_package
from benchmarks.solving import request_of
from maya_a2f import settings
from maya_a2f.core.layers import Layer, LayerSettings
from maya_a2f.worker.frame_pose import FramePoser
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest

RATE = Fraction(30)
MOMENTS = (1.0, 2.4, 3.3, 5.1, 7.0)
FRAME_ROUNDS, CLIP_ROUNDS = 5, 3
FRAME_LIMIT, CLIP_LIMIT = 0.15, 0.05


def _parameter(name: str, low: float, high: float) -> Iterator[Mapping[str, Any]]:
    return ({"parameters": {name: low + (high - low) * (k * 0.37 % 1)}} for k in itertools.count(1))


def _style(name: str, low: float, high: float) -> Iterator[Mapping[str, Any]]:
    return ({"style": {name: low + (high - low) * (k * 0.37 % 1)}} for k in itertools.count(1))


DIALS: Mapping[str, Callable[[], Iterator[Mapping[str, Any]]]] = {
    "lowerFaceStrength": lambda: _parameter("lowerFaceStrength", 0.5, 2.0),
    "lowerFaceSmoothing": lambda: _parameter("lowerFaceSmoothing", 0.001, 0.02),
    "eyelidOpenOffset": lambda: _parameter("eyelidOpenOffset", -0.5, 0.5),
    "tongueStrength": lambda: _parameter("tongueStrength", 0.5, 2.0),
    "faceMaskLevel": lambda: _parameter("faceMaskLevel", 0.4, 0.7),
    "faceMaskSoftness": lambda: _parameter("faceMaskSoftness", 0.003, 0.05),
    "exaggeration": lambda: _style("exaggeration", 0.5, 2.0),
    "jawStyle": lambda: _style("jawStyle", -1.0, 1.0),
    "lipLead": lambda: _style("lipLead", -200.0, 200.0),
    "jawLead": lambda: _style("jawLead", -200.0, 200.0),
    "mouthSmile.gain": lambda: _style("mouthSmile.gain", 0.0, 2.0),
    "head layer": lambda: ({"layers": LayerSettings(head=Layer(k * 0.37 % 2))} for k in itertools.count(1)),
}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds of the clock, of the processor)"""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def measured(request: SolveRequest, pipeline: Pipeline) -> None:
    """Print the table for one package."""
    take = pipeline.solve(request, lambda *progress: None, lambda: False)
    seconds, poser = float(take.clip_frame_count / RATE), FramePoser(pipeline)
    poser.pose(request, 1.0)
    print(f"shares of 1/30 s and of {seconds:.1f} s")
    print(f"{'dial':20}{'frame':>10}{'processor':>11}{'worst':>8}{'clip':>10}{'processor':>11}")
    for name, values in DIALS.items():
        turned = (replace(request, **change) for change in values())
        frames = [timed(partial(poser.pose, next(turned), moment)) for moment in MOMENTS for _ in range(FRAME_ROUNDS)]
        clips = [
            timed(partial(pipeline.solve, next(turned), lambda *progress: None, lambda: False))
            for _ in range(CLIP_ROUNDS)
        ]
        shares = [statistics.median(column) * float(RATE) for column in zip(*frames, strict=True)]
        shares += [statistics.median(column) / seconds for column in zip(*clips, strict=True)]
        worst = max(processor for _, processor in frames) * float(RATE)
        over = " over" if shares[1] > FRAME_LIMIT or shares[3] > CLIP_LIMIT else ""
        row = f"{name:20}{shares[0]:10.3f}{shares[1]:11.3f}{worst:8.3f}{shares[2]:10.4f}{shares[3]:11.4f}{over}"
        print(row, flush=True)


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--published", action="store_true", help="also with a package of the published size")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models: list[tuple[str, tuple[Path, ...]]] = [(settings.DEFAULT_MODEL, settings.model_folders())]
        if options.published:
            make_published_package(Path(folder) / "models" / "published")
            models.append(("published", (Path(folder) / "models",)))
        for model, folders in models:
            print(model)
            request = request_of(DEMO, Path(folder) / "cache", model=model, model_folders=folders)
            measured(request, Pipeline())


if __name__ == "__main__":
    main()
