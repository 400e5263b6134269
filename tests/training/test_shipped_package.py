"""The package in ``engines/default``: made for the shipped head, sound, and still itself at any level of speech."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.training.face_model import DEFAULT_HEAD, read_face_model
from maya_a2f.worker.package import RegressionPackage
from maya_a2f.worker.package_reading import load_package

FOLDER = Path(__file__).parents[2] / "engines" / "default"
pytestmark = pytest.mark.skipif(not (FOLDER / "model.json").exists(), reason="no default package is in this checkout")


@pytest.fixture(scope="module")
def package() -> RegressionPackage:
    return load_package(FOLDER)


def test_the_package_was_made_for_the_shipped_head(package: RegressionPackage) -> None:
    # If this fails the head was changed: python -m maya_a2f.training.export_package engines/default/weights.npz
    # engines/default makes the package anew, without training.
    face = read_face_model(DEFAULT_HEAD)
    assert package.skin is not None
    assert package.tongue is not None
    np.testing.assert_allclose(package.skin.neutral.reshape(-1, 3), face.skin, atol=1e-4)
    np.testing.assert_allclose(package.tongue.neutral.reshape(-1, 3), face.tongue, atol=1e-4)
    np.testing.assert_allclose(package.skin.deltas.reshape(52, -1, 3), face.skin_shapes, atol=1e-4)
    np.testing.assert_allclose(package.data.neutral_jaw, face.jaw, atol=1e-4)


def test_the_package_is_small_and_has_every_output(package: RegressionPackage) -> None:
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    assert size < 25e6
    assert package.unavailable == ()
    assert package.info.explicit_emotions == EMOTIONS
    assert json.loads((FOLDER / "model.json").read_text())["networkPath"] == "network.trt"


def test_gaze_is_small_and_never_still_for_long(package: RegressionPackage) -> None:
    gaze = package.data.saccade_rot_matrix
    assert gaze.shape == (5000, 2)
    assert abs(gaze).max() < 8
    assert 0.5 < gaze[:, 1].std() < 3
    jumps = np.flatnonzero(np.linalg.norm(np.diff(gaze, axis=0), axis=1) > 0.5)
    assert np.diff(jumps).max() < 30 * 8


def test_silence_gives_a_face_at_rest_and_level_changes_nothing(package: RegressionPackage) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(package.network_path))
    time = np.arange(8320) / 16000
    buzz = np.sign(np.sin(2 * np.pi * 120 * time)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    speech = (np.convolve(buzz, np.exp(-np.arange(60) / 9) * np.cos(np.arange(60) * 0.27), "same") * 0.02).astype("f")
    feed = np.stack([np.zeros(8320, np.float32), speech, speech * 0.1])[:, None]
    result = session.run(None, {"input": feed, "emotion": np.zeros((3, 1, 26), np.float32)})[0][:, 0]
    assert abs(result[0]).max() < 0.5  # centimetres over all vertices: nothing
    assert abs(result[1]).max() > 3 * abs(result[0]).max()
    assert abs(result[1] - result[2]).max() < 0.15 * abs(result[1]).max()
