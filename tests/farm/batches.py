"""A small batch, planned by hand: a tiny model, short recordings, four packs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from maya_a2f.farm.plan import Pack, Plan, PlannedLine, write_plan
from tests.package_factory import make_package

PACKS = (((1, 2), (3,)), ((4,),), ((5, 6),), ((7,),))
SECONDS = (0.3, 0.5, 0.4, 0.3, 0.6, 0.3, 0.4)


def make_recordings(folder: Path) -> list[Path]:
    """Seven tones that swell, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, seconds in enumerate(SECONDS, 1):
        times = np.arange(round(seconds * 16000)) / 16000
        tone = 0.4 * np.sin(2 * np.pi * (110 + 20 * number) * times) * np.sin(np.pi * times / seconds)
        path = folder / f"line {number} ü.wav"
        soundfile.write(path, tone, 16000)
        paths.append(path)
    return paths


def make_models(folder: Path) -> Path:
    """A folder of models with 'tiny' in it."""
    make_package(folder / "tiny")
    return folder


def make_plan(recordings: list[Path], folder: Path) -> Plan:
    """The plan of ``recordings``, written into ``folder`` (made)."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, path in enumerate(recordings, 1):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        outputs = (f"scenes/line {number}.csv", f"line {number}.a2ftake")
        frames = -(-round(SECONDS[number - 1] * 16000) * 30 // 16000)
        lines.append(
            PlannedLine(
                number, f"line {number}", f"line {number}", str(path), digest, {"model": "tiny"}, outputs, frames,
                SECONDS[number - 1], key=f"{digest[:16]}-{number}",
            )
        )  # fmt: skip
    plan = Plan(tuple(lines), tuple(Pack(parts) for parts in PACKS), judged=False, pictures=0)
    write_plan(plan, folder)
    return plan


@contextmanager
def environment(**values: object) -> Iterator[None]:
    """Variables for the block; what is started within inherits them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def outputs_of(plan: Plan, folder: Path) -> dict[str, str]:
    """SHA-256 of every output of the plan, by its name; empty for a file that is not there."""
    found = {}
    for line in plan.lines:
        for output, path in zip(line.outputs, line.output_paths(folder), strict=True):
            found[output] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found
