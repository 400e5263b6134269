"""Networks and GPUs for the tests of engines."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.worker.engines.gpu_facts import Gpu
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_cache import PlanCache, Watch
from maya_a2f.worker.engines.signature import Axis, Signature, TensorSpec
from maya_a2f.worker.engines.tensorrt_engine import PlanMaker
from maya_a2f.worker.engines.tensorrt_library import TENSORRT_RTX
from tests.package_network import network_bytes, random_weights

NO_RTX = "the package tensorrt-rtx is not installed (.venv-train has it)"
needs_rtx = pytest.mark.skipif(importlib.util.find_spec("tensorrt_rtx") is None, reason=NO_RTX)

WINDOW, EMOTION, RESULTS = 1600, 6, 9
GPU = Gpu("NVIDIA GeForce RTX 4090", (8, 9), "580.65.06", (13, 0))
SIGNATURE = Signature(
    (TensorSpec("emotion", (Axis.BATCH, 1, EMOTION)), TensorSpec("input", (Axis.BATCH, 1, WINDOW))),
    (TensorSpec("result", (Axis.BATCH, 1, RESULTS)),),
)


def small_network(folder: Path, *, seed: int = 0, batch: int | str = "batch") -> NetworkFile:
    """A network of a few thousand weights with the tensors of :data:`SIGNATURE`."""
    scale = np.ones(RESULTS, np.float32)
    weights = random_weights(
        window=WINDOW, emotion_size=EMOTION, result_scale=scale, open_row=scale, rng=np.random.default_rng(seed)
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "network.onnx"
    path.write_bytes(network_bytes(weights, window=WINDOW, batch=batch))
    return NetworkFile(path, SIGNATURE)


def rtx_maker(*folders: Path, gpu: Gpu = GPU, watch: Watch | None = None) -> PlanMaker:
    """Builds with TensorRT for RTX for a GPU that need not be here."""
    return PlanMaker(TENSORRT_RTX, gpu, PlanCache(folders), watch or Watch())
