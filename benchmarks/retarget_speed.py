"""How fast a take is put onto a rig through a map, on the standard library alone.

    python -m benchmarks.retarget_speed [TAKE.a2ftake …]

The take of the demo recording, and a made one of 60 s at 30 frames per second with all standard channels, put onto rigs
that follow naming conventions. Printed are the rig's tracks, the best of five runs, how many times faster than the clip
plays that is, and its share of the time that the recording takes to be solved (the model loaded, nothing cached); the
same for matching by name. With takes as arguments (``.a2ftake``), these as well. Then the same of a fitted rig, as
``python -m benchmarks.fitted_speed`` prints it.
"""

from __future__ import annotations

import math
import sys
import time
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from benchmarks import fitted_speed
from maya_a2f.core.channels import ARKIT_CHANNELS
from maya_a2f.core.conventions import shipped_conventions
from maya_a2f.core.matching import matched_by_name
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.retarget import retargeted
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.take import Take, read_take

SECONDS, RATE, RUNS = 60, Fraction(30), 5
Result = TypeVar("Result")
_WIDTHS = (18, 26, 8, 10, 14, 14, 12)


def main(arguments: list[str]) -> int:
    """Print a table."""
    solving, demo = fitted_speed.demo_solve()
    takes = {"demo": demo, "made, 60 s": made_take()} | {Path(name).stem: read_take(Path(name)) for name in arguments}
    _print_row("take", "rig", "tracks", "seconds", "x real time", "of the solve", "match (s)")
    for name, take in takes.items():
        matched = []
        for rig in rigs():
            seconds, report = _best(lambda rig=rig, take=take: matched_by_name(rig, tuple(take.tracks)))  # type: ignore[misc]
            matched.append((rig, report.rig_map, f"{seconds:.4f}"))
        for rig, rig_map, matching in [*matched, (*heavy_map(), "")]:
            taken, result = _best(lambda take=take, rig=rig, rig_map=rig_map: retargeted(take, rig_map, rig))  # type: ignore[misc]
            ratio = f"{float(take.duration_seconds) / taken:.0f}"
            share = f"{taken / solving:.3f}" if take is demo else ""
            _print_row(name, rig.name, len(result.tracks), f"{taken:.4f}", ratio, share, matching)
    print()
    fitted_speed.main()
    return 0


def made_take() -> Take:
    """Every standard channel moving, each on its own."""
    count = int(SECONDS * RATE)
    tracks = {
        name: array("d", [0.3 + 0.3 * math.sin(frame * (0.05 + index * 0.003) + index) for frame in range(count)])
        for index, name in enumerate(STANDARD_CHANNELS)
    }
    return Take(RATE, tracks)


def rigs() -> list[Rig]:
    """A rig with the channels' own names, and one for each convention."""
    own = tuple(
        RigAttribute(name if "." in name else f"face.{name}", "rotate" if ".rotate" in name else "weight")
        for name in STANDARD_CHANNELS
    )
    arkit = tuple(RigAttribute(f"face.{name}", "weight", lowest=0.0, highest=1.0) for name in ARKIT_CHANNELS)
    found = [Rig("all channels", own), Rig("ARKit, 0 to 1", arkit)]
    for convention in shipped_conventions():
        names = convention.names.values()
        found.append(Rig(convention.name, tuple(RigAttribute(f"face.{name}", "weight") for name in names)))
    return found


def heavy_map() -> tuple[Rig, RigMap]:
    """A rig of 80 attributes, each by three channels through a curve and within limits."""
    names = [f"ctl{index}.value" for index in range(80)]
    drives = {
        name: Drive(
            {STANDARD_CHANNELS[(index + step * 7) % len(STANDARD_CHANNELS)]: 0.5 + step for step in range(3)},
            offset=0.1,
            limits=(-1.0, 2.0),
            curve=((0.0, 0.0), (0.5, 0.8), (1.0, 1.2), (3.0, 2.0)),
        )
        for index, name in enumerate(names)
    }
    return Rig("3 channels, curve, limits", tuple(RigAttribute(name, "weight") for name in names)), RigMap("m", drives)


def _best(call: Callable[[], Result]) -> tuple[float, Result]:
    """The shortest of some runs in seconds, and what came of it."""
    times, result = [], call()
    for _ in range(RUNS):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def _print_row(*cells: object) -> None:
    print("".join(f"{cell!s:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
