"""The published architecture's size and tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'train')")
pytest.importorskip("onnx", reason="onnx is not installed (extra 'train')")

from maya_a2f.training.published import (  # noqa: E402
    Autocorrelation,
    PublishedNetwork,
    PublishedShape,
    export_published,
    parameter_counts,
)

pytestmark = pytest.mark.train


@pytest.mark.parametrize(("skin", "trainable"), [(100, 1_749_955), (140, 1_772_355), (272, 1_868_979)])
def test_parameter_counts_are_those_of_the_specification(skin: int, trainable: int) -> None:
    assert parameter_counts(PublishedNetwork(PublishedShape(skin=skin))) == (trainable, 16_404_352)


def test_the_autocorrelation_of_a_window_matches_the_formula() -> None:
    samples = np.random.default_rng(0).standard_normal(8320).astype(np.float32) * 0.1
    found = Autocorrelation()(torch.tensor(samples[None]))[0, 0]
    window = samples[3 * 320 : 3 * 320 + 640].astype(np.float64) * 8.912028121636435
    s = np.hanning(640) * (window - window.mean())
    expected = [(s[: 640 - k] * s[k:]).sum() / 640 for k in range(32)]
    np.testing.assert_allclose(found[3].numpy(), expected, atol=1e-5)


def test_the_exported_graph_runs_in_batches(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    export_published(tmp_path / "network.onnx", PublishedShape(skin=12, tongue=3))
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"))
    draw = np.random.default_rng(1)
    feed = {
        "input": draw.standard_normal((3, 1, 8320)).astype(np.float32) * 0.1,
        "emotion": draw.random((3, 1, 26)).astype(np.float32),
    }
    together = session.run(None, feed)[0]
    assert together.shape == (3, 1, 12 + 3 + 15 + 4)
    alone = session.run(None, {name: value[1:2] for name, value in feed.items()})[0]
    np.testing.assert_allclose(together[1], alone[0], atol=1e-5)
