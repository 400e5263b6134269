"""Motion of the network's skin that no shape names."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.core.take import Take
from maya_a2f.worker.fitting import network_motion
from maya_a2f.worker.fitting.network_motion import FROM_NETWORK, unnamed_motion
from maya_a2f.worker.infer_cache import InferCache
from maya_a2f.worker.package import RegressionPackage
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser, geometry
from tests.package_factory import make_package
from tests.worker.fitting.test_fit_file import small_fit
from tests.worker.package_values import raw_values

RATE = Fraction(30)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> RegressionPackage:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    make_package(folder, vertices=150)
    return load_package(folder)


def take_of(package: RegressionPackage, cache: Path, frames: int = 12) -> tuple[Take, np.ndarray]:
    raw = raw_values(package, frames, 3)
    InferCache(cache / "inferred").write("ab" * 32, raw)
    made_by = {"inferred": "ab" * 32, "package": {"folder": str(package.folder)}, "parameters": {}}
    return Take(RATE, {"jawOpen": [0.0] * (frames + 2)}, tail_frames=2, made_by=made_by), raw


@pytest.fixture
def neutral(package: RegressionPackage, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """The package's skin is the head's."""
    points: np.ndarray = package.data.neutral_skin.astype(np.float64).reshape(-1, 3)
    monkeypatch.setattr(network_motion, "skin_at_rest", lambda folder: points)
    return points


def test_it_is_what_the_skin_does_beyond_its_shapes(
    package: RegressionPackage, neutral: np.ndarray, tmp_path: Path
) -> None:
    assert package.skin is not None
    cross = np.random.default_rng(1).normal(size=(2, len(neutral), 3)).astype(np.float32)
    made = dataclasses.replace(small_fit(), vertex_cross=cross)
    take, raw = take_of(package, tmp_path)
    asked, note = unnamed_motion(take, made, tmp_path, tmp_path)
    channels = Poser(package).pose(raw, RATE, {}).channels
    skin = geometry(package, raw, RATE, {}).skin - package.skin.neutral.reshape(-1)
    deltas = package.skin.deltas.reshape(len(package.skin.pose_names), -1)
    for name, delta in zip(package.skin.pose_names, deltas, strict=True):
        skin = skin - channels[name][:, None] * delta
    assert note == FROM_NETWORK
    assert asked is not None
    assert np.abs(asked).max() > 0.1
    assert asked[:, :12] == pytest.approx(cross.reshape(2, -1) @ skin.T, abs=2e-2)
    assert not asked[:, 12:].any()


@pytest.mark.usefixtures("neutral")
def test_without_the_network_the_take_is_enough_and_it_is_said(package: RegressionPackage, tmp_path: Path) -> None:
    take, _ = take_of(package, tmp_path)
    cases = {
        "no longer in the cache": (take, tmp_path / "empty"),
        "model that made the take is not there": (
            dataclasses.replace(take, made_by={**take.made_by, "package": {"folder": str(tmp_path / "gone")}}),
            tmp_path,
        ),
        "another than the fitted head's": (take, tmp_path),
    }
    for words, (used, cache) in cases.items():
        asked, note = unnamed_motion(used, small_fit(), tmp_path, cache)
        assert asked is None
        assert words in note
        assert note.startswith("Solved from the take's weights")
