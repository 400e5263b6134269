"""How fast a take is solved for a fitted rig, as ratios to the clip's length and to the solve of the take itself.

    python -m benchmarks.fitted_speed

A rig of 60 controls is made from our own head, bent to other proportions, and fitted by shape. The demo recording is
animated by the default model, all of it and stretches of it, with nothing cached and the model loaded; then solved for
the rig with the fit just read from its file (first) and ready (again). Best of five runs each.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the worker, and before numpy

import numpy as np
from numpy.typing import NDArray

from benchmarks.solving import solved
from maya_a2f import settings
from maya_a2f.core.head import load_head
from maya_a2f.core.take import Take
from maya_a2f.worker.fitting.face_rig import FaceRig, RigControl, Sample
from maya_a2f.worker.fitting.fit_file import read_fit, write_fit
from maya_a2f.worker.fitting.fitted_retarget import FittedRetarget
from maya_a2f.worker.fitting.fitting import fit
from maya_a2f.worker.fitting.network_motion import unnamed_motion
from maya_a2f.worker.fitting.source_face import SourceFace, source_face
from maya_a2f.worker.pipeline import Pipeline

Doubles = NDArray[np.float64]
Result = TypeVar("Result")

LENGTHS = (1.4, 3.0, 10.0, None)
_RUNS = 5
_PRESETS = settings.checkout_folder() / "maya_a2f" / "presets"
DEMO = _PRESETS / "demo" / "demo.wav"
_MARKS = ("mouthCornerLeft", "mouthCornerRight", "lipUpper", "lipLower", "eyeOuterLeft", "eyeOuterRight", "noseTip",
          "chin")  # fmt: skip
_PAIRS = (
    ("mouthSmileLeft", "mouthSmileRight"), ("mouthFrownLeft", "mouthFrownRight"), ("mouthPucker", "mouthFunnel"),
    ("mouthUpperUpLeft", "mouthUpperUpRight"), ("mouthLowerDownLeft", "mouthLowerDownRight"),
    ("mouthStretchLeft", "mouthStretchRight"), ("mouthShrugUpper", "mouthShrugLower"),
    ("browDownLeft", "browDownRight"),
)  # fmt: skip
"""Of these the rig has halfway mixtures too, so that it has 60 controls."""


def main() -> None:
    """Print a table."""
    source = source_face(load_head(_PRESETS / "default_head"))
    print(f"{'clip (s)':<10}{'solve (s)':<11}{'x real time':<13}{'of the solve':<14}{'first: x':<10}{'of the solve'}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rig.a2ffit.npz"
        made, _ = fit(source, _rig(source), {})
        write_fit(made, path)
        pipeline, caches = Pipeline(), (Path(folder) / str(number) for number in count())
        for seconds in LENGTHS:
            whole, take = best(
                lambda seconds=seconds: solved(pipeline, DEMO, next(caches), out_seconds=seconds)  # type: ignore[misc]
            )
            tracks = {name: np.asarray(samples, np.float64) for name, samples in take.tracks.items()}

            def retarget(ready: FittedRetarget | None) -> None:
                solver = ready or FittedRetarget(read_fit(path))
                asked, _ = unnamed_motion(take, solver.fit, _PRESETS / "default_head", Path(folder) / "none")  # noqa: B023
                solver.solve(tracks, take.frame_count, asked)  # noqa: B023

            ready = FittedRetarget(made)
            again, _ = best(lambda ready=ready, retarget=retarget: retarget(ready))  # type: ignore[misc]
            first, _ = best(lambda retarget=retarget: retarget(None))  # type: ignore[misc]
            clip = float(take.duration_seconds)
            print(
                f"{clip:<10.1f}{whole:<11.3f}{clip / again:<13.0f}{again / whole:<14.2f}{clip / first:<10.0f}"
                f"{first / whole:.2f}"
            )
    print(f"{len(made.controls)} controls")


def demo_solve() -> tuple[float, Take]:
    """Seconds that the whole demo recording takes to solve, the model loaded and nothing cached; and its take."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline, caches = Pipeline(), (Path(folder) / str(number) for number in count())
        return best(lambda: solved(pipeline, DEMO, next(caches)))


def _rig(source: SourceFace) -> FaceRig:
    """Our head with another face's proportions: longer, narrower above, a flatter profile."""
    rest = _bent(source.points)
    fields = {name: _bent(source.points + deltas) - rest for name, deltas in _named(source).items()}
    for first, second in _PAIRS:
        fields[f"{first}+{second}"] = 0.5 * (fields[first] + fields[second])
    controls = [
        RigControl(f"ctl_{at:03d}", "weight", 0.0, 0.0, 1.0, (Sample(1.0, np.arange(len(rest)), field),))
        for at, field in enumerate(fields.values())
    ]
    return FaceRig("bent", rest, source.triangles, tuple(controls), {name: source.landmarks[name] for name in _MARKS})


def _named(source: SourceFace) -> dict[str, Doubles]:
    return {
        name: deltas.astype(np.float64)
        for name, deltas in zip(source.shapes, source.deltas, strict=True)
        if deltas.any()
    }


def _bent(points: Doubles) -> Doubles:
    x, y, z = points.T
    share = np.clip((y + 12.0) / 20.0, 0.0, 1.0)
    return np.stack([x * (1.15 - 0.2 * share), 1.1 * y + 0.02 * x**2, 0.92 * z], axis=1)


def best(call: Callable[[], Result]) -> tuple[float, Result]:
    """The shortest of some runs in seconds, after one that does not count, and what came of it."""
    times, result = [], call()
    for _ in range(_RUNS):
        started = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - started)
    return min(times), result


if __name__ == "__main__":
    main()
