"""A whole solve with ``MAYA_A2F_DEVICE=cpu`` gives the take that the processor's own path gives."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.core.take import Take
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from tests.package_factory import make_package
from tests.worker.package_values import package_values

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.choice import device_pipeline_of  # noqa: E402
from maya_a2f.worker.device.pipeline import DevicePipeline  # noqa: E402
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork  # noqa: E402
from maya_a2f.worker.loaded_model import LoadedModel  # noqa: E402

pytestmark = pytest.mark.train


def solved(folder: Path, clip: Path, cache: Path) -> tuple[Take, Pipeline]:
    request = SolveRequest(
        clip_path=clip,
        in_seconds=0.0,
        out_seconds=None,
        model=str(folder),
        rate=Fraction(30),
        emotion={"joy": 0.4},
        parameters={"lowerFaceSmoothing": 0.05, "saccadeSeed": 3.0},
        tail_seconds=0.2,
        model_folders=(),
        cache_folder=cache,
    )
    pipeline = Pipeline()
    return pipeline.solve(request, lambda *_: None, lambda: False), pipeline


@pytest.mark.skipif(torch.cuda.is_available(), reason="this torch can use the GPU")
def test_a_torch_that_knows_no_gpu_leaves_everything_but_the_network_to_numpy() -> None:
    on_gpu = object.__new__(OnnxRuntimeNetwork)
    on_gpu.provider = "cuda"
    assert device_pipeline_of(package_values(), on_gpu, {}) is None


@pytest.mark.parametrize("seconds", [2, 125])
def test_a_solve_on_torch_is_the_processors(seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longer clip is made in stretches."""
    package = make_package(tmp_path / "tiny", seed=2)
    time = np.arange(seconds * 16000) / 16000
    sound = np.sin(2 * np.pi * 140 * time) * np.clip(np.sin(2 * np.pi * 2.3 * time), 0, None) * 12000
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(sound.astype("<i2").tobytes())
    monkeypatch.setenv("MAYA_A2F_DEVICE", "off")
    expected, pipeline = solved(package, tmp_path / "clip.wav", tmp_path / "off")
    monkeypatch.setenv("MAYA_A2F_DEVICE", "cpu")
    calls: list[int] = []
    posed = DevicePipeline.posed
    monkeypatch.setattr(
        DevicePipeline, "posed", lambda self, rows, *rest: calls.append(len(rows)) or posed(self, rows, *rest)
    )
    take, pipeline = solved(package, tmp_path / "clip.wav", tmp_path / "cpu")
    model = pipeline._model
    assert isinstance(model, LoadedModel)
    assert model.device is not None
    assert calls
    assert list(take.tracks) == list(expected.tracks)
    for name, samples in expected.tracks.items():
        assert np.abs(np.subtract(take.tracks[name], samples)).max() <= 1e-4, name
