"""The whole chain on damaged input, through one real worker: a clean error or a complete file, and never half of one.

The recordings and packages are damaged as in the tests of their readers; here the worker, the file outputs and their
names are judged too.
"""

from __future__ import annotations

import csv
import math
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from maya_a2f import run
from maya_a2f.api import drive, open_worker
from maya_a2f.core.clip import Clip
from maya_a2f.errors import A2FError, EngineError, HostError, UserError
from maya_a2f.link.client import WorkerClient
from maya_a2f.settings import SolveSettings
from tests.package_factory import make_package
from tests.worker.audio_files import damage
from tests.worker.test_audio_damage import make_seeds
from tests.worker.test_damaged_packages import damaged

RECORDINGS = 200
PACKAGES = 200


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerClient]:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    with open_worker() as client:
        yield client


def outcome(worker: WorkerClient, clip: Path, model: Path, out: Path) -> A2FError | None:
    """The clean error, or None after checking that the file is complete; nothing half-written either way."""
    job = run.AnimateJob(Clip(str(clip)), (out,), SolveSettings(model=str(model), tail_seconds=0.0))
    error: A2FError | None = None
    try:
        drive(run.animate(job), worker)
    except A2FError as caught:
        error = caught
    assert [entry.name for entry in out.parent.iterdir()] == ([] if error else [out.name])
    if error is None:
        with out.open(newline="") as stream:
            rows = list(csv.reader(stream))
        assert len(rows) > 1
        assert all(len(row) == len(rows[0]) and all(math.isfinite(float(value)) for value in row) for row in rows[1:])
        out.unlink()
    else:
        assert isinstance(error, (UserError, EngineError, HostError)), f"the worker itself failed: {error.details}"
        assert error.hint
    return error


def test_damaged_recordings(worker: WorkerClient, tmp_path: Path) -> None:
    model = make_package(tmp_path / "tiny")
    seeds = make_seeds()
    random_ = random.Random(11)
    (tmp_path / "out").mkdir()
    refused = 0
    for number in range(RECORDINGS):
        clip = tmp_path / "clip.bin"
        clip.write_bytes(damage(seeds[sorted(seeds)[number % len(seeds)]], random_))
        refused += outcome(worker, clip, model, tmp_path / "out" / "x.csv") is not None
    assert RECORDINGS // 10 < refused < RECORDINGS


def test_damaged_packages(worker: WorkerClient, tmp_path: Path) -> None:
    sound = make_package(
        tmp_path / "tiny", vertices=40, tongue_vertices=12, skin_shapes=3, tongue_shapes=2, saccade_frames=20
    )
    clip = tmp_path / "clip.wav"
    clip.write_bytes(make_seeds()["WAV PCM_16"])
    (tmp_path / "out").mkdir()
    refused = 0
    for number in range(PACKAGES):
        model = shutil.copytree(sound, tmp_path / "damaged")
        damaged(model, np.random.default_rng([7, number]))
        refused += outcome(worker, clip, model, tmp_path / "out" / "x.csv") is not None
        shutil.rmtree(model)
    assert PACKAGES // 10 < refused < PACKAGES
