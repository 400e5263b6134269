"""What a GPU would refuse or pay for, found without one: tensors of two devices in one operation, and copies."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser
from tests.package_factory import make_package
from tests.worker.device.comparing import assert_agree
from tests.worker.package_values import package_values, raw_values

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.clips import HeardClip, PosedClip  # noqa: E402
from maya_a2f.worker.device.pipeline import DevicePipeline  # noqa: E402
from maya_a2f.worker.device.posing import DevicePoser  # noqa: E402
from maya_a2f.worker.device.weights import SolverName  # noqa: E402
from tests.worker.device.far_device import FAR, FarDevice, FarTensor  # noqa: E402

pytestmark = pytest.mark.train


class FarEngine:
    """The processor's network, on far tensors."""

    name, description, precision, max_batch, device = "far", "far", "float32", None, FAR

    def __init__(self, engine: OnnxRuntimeEngine) -> None:
        self._engine = engine

    def run_on_device(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        assert all(isinstance(tensor, FarTensor) for tensor in tensors.values())
        emotion, sound = (tensors[name].numbers.numpy() for name in ("emotion", "input"))
        return {"result": FarTensor(torch.from_numpy(self._engine.run(emotion, sound)[:, None]))}


def test_the_far_device_catches_what_a_gpu_would() -> None:
    with FarDevice():
        far = torch.zeros((2, 3), device=FAR)
        with pytest.raises(RuntimeError, match="two devices"):
            far + torch.ones((2, 3))
        with pytest.raises((RuntimeError, TypeError)):
            far.numpy()
        assert (far + 1.0).cpu().numpy().sum() == 6.0


@pytest.mark.parametrize("method", ["exact", "admm"])
def test_posing_never_mixes_devices_and_copies_back_once_per_chunk(method: SolverName) -> None:
    package = package_values(1)
    rows = [raw_values(package, 30), raw_values(package, 17, 3)]
    clips = [
        PosedClip(Fraction(30), {"lowerFaceSmoothing": 0.1}),
        PosedClip(Fraction(60), {"faceMaskLevel": 0.4}, 5, 3),
    ]
    with FarDevice() as device:
        results = DevicePoser(package, FAR, 2**30, chunk_rows=13, solver=method).pose(rows, clips)
    wide = [size for size in device.copied_bytes if size > 13 * 8]
    assert len(wide) == 4  # 47 rows
    if method == "exact":
        for result, raw, clip in zip(results, rows, clips, strict=True):
            assert_agree(
                result,
                Poser(package).pose(
                    raw, clip.rate, clip.parameters, first_frame=clip.first_frame, lead_frames=clip.lead_frames
                ),
            )


def test_inferring_never_mixes_devices_and_rows_stay_there(tmp_path: Path) -> None:
    package = load_package(make_package(tmp_path / "tiny", seed=3))
    host = OnnxRuntimeEngine(package.network_path, package.info, threads=1)
    sound = np.sin(np.arange(16000) / 20).astype(np.float32)
    clips = [
        HeardClip(sound[:length], Fraction(30), constant_emotion(package.info, {}), 1.2) for length in (16000, 7000)
    ]
    with FarDevice() as device:
        pipeline = DevicePipeline(package, FarEngine(host), 2**30, batch_frames=8, is_padded=True)
        rows = pipeline.infer(clips)
        assert all(isinstance(clip_rows, FarTensor) for clip_rows in rows)
        assert max(device.copied_bytes) <= 8
        results = pipeline.pose(rows, [PosedClip(Fraction(30), {})] * 2)
    assert [len(result.channels["jawOpen"]) for result in results] == [30, 14]
