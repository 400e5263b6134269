"""The pipeline on a real GPU: the processor's numbers, and memory that really runs out. Skipped where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.inference import infer
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser
from tests.package_factory import make_package
from tests.worker.device.comparing import assert_agree, assert_unchanged
from tests.worker.package_values import package_values, raw_values

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.clips import HeardClip, PosedClip  # noqa: E402
from maya_a2f.worker.device.pipeline import DevicePipeline  # noqa: E402
from maya_a2f.worker.device.posing import DevicePoser  # noqa: E402

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.train,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU that torch can use"),
]
LIMIT = 2**30


class Bridge:
    """The processor's network behind tensors on the GPU."""

    name, description, precision, max_batch = "bridge", "bridge", "float32", None

    def __init__(self, engine: OnnxRuntimeEngine) -> None:
        self._engine, self.device = engine, torch.device("cuda", torch.cuda.current_device())

    def run_on_device(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        emotion, sound = (tensors[name].cpu().numpy() for name in ("emotion", "input"))
        return {"result": torch.from_numpy(self._engine.run(emotion, sound)[:, None]).to(self.device)}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chunk", [17, None])
def test_posing_gives_the_processors_numbers(seed: int, chunk: int | None) -> None:
    package = package_values(seed)
    rows = [raw_values(package, count, count) for count in (200, 1, 90)]
    clips = [
        PosedClip(Fraction(30), {"lowerFaceSmoothing": 0.1}),
        PosedClip(Fraction(60), {}),
        PosedClip(Fraction(24), {}, 9, 5),
    ]
    results = DevicePoser(package, torch.device("cuda"), LIMIT, chunk_rows=chunk).pose(rows, clips)
    for result, raw, clip in zip(results, rows, clips, strict=True):
        expected = Poser(package).pose(
            raw, clip.rate, clip.parameters, first_frame=clip.first_frame, lead_frames=clip.lead_frames
        )
        assert_agree(result, expected)


def test_the_whole_pipeline_gives_the_processors_numbers(tmp_path: Path) -> None:
    package = load_package(make_package(tmp_path / "tiny", seed=3))
    host = OnnxRuntimeEngine(package.network_path, package.info, threads=1)
    emotion = constant_emotion(package.info, {"joy": 0.5})
    sound = (np.sin(np.arange(48000) / 20) * np.sin(np.arange(48000) / 2500)).astype(np.float32)
    clips = [HeardClip(sound[:length], Fraction(30), emotion, 1.2) for length in (48000, 7000)]
    posed = [PosedClip(Fraction(30), {})] * 2
    for clip, result in zip(clips, DevicePipeline(package, Bridge(host), LIMIT).solve(clips, posed), strict=True):
        raw = infer(package, host, clip.samples, clip.rate, emotion, lambda *_: None, lambda: False, input_strength=1.2)
        assert_agree(result, Poser(package).pose(raw, Fraction(30), {}))


def test_a_gpu_that_runs_out_of_memory_goes_on_with_smaller_chunks() -> None:
    package = package_values(1)
    rows, clips = [raw_values(package, 60000)], [PosedClip(Fraction(30), {})]
    (expected,) = DevicePoser(package, torch.device("cuda"), LIMIT, chunk_rows=4000).pose(rows, clips)
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(min(1.0, 96 * 2**20 / total))
    try:
        poser = DevicePoser(package, torch.device("cuda"), LIMIT, chunk_rows=60000)
        (result,) = poser.pose(rows, clips)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert poser.chunk.rows < 60000
    assert_unchanged(result, expected)
