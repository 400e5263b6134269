"""A diffusion network on the GPU of this machine, compared with the processor. Skipped where there is none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.model import LoadedDiffusion, load_diffusion
from maya_a2f.worker.diffusion.running import HostRunner
from maya_a2f.worker.diffusion.stream import DiffusionStream
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines import tensorrt_engine
from maya_a2f.worker.engines.gpu_facts import driver_obstacle
from maya_a2f.worker.engines.selection import EngineWish, list_engines
from maya_a2f.worker.engines.torch_facts import torch_obstacle
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package import Floats
from tests.diffusion_package_factory import make_diffusion_package
from tests.worker.diffusion.plain_loop import talk

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(driver_obstacle()), reason=driver_obstacle())]
ENGINES = ("tensorrt", "tensorrt-rtx", "onnxruntime-cuda")


@pytest.fixture(scope="module", params=[True, False], ids=["constant", "fresh noise"])
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    made = tmp_path_factory.mktemp("models") / "v3"
    params = {"constant_noise": request.param}
    return make_diffusion_package(made, vertices=301, tongue_vertices=42, params=params)


@pytest.fixture(params=ENGINES)
def pair(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> tuple[LoadedDiffusion, LoadedDiffusion]:
    """On the GPU and on the processor."""
    monkeypatch.setattr(tensorrt_engine, "plan_folders", lambda: (tmp_path,))
    status = next(each for each in list_engines() if each.name == request.param)
    if not status.would_run:
        pytest.skip(status.why)
    on_gpu = load_diffusion(folder, "d", "James", wish=EngineWish(request.param))
    return on_gpu, load_diffusion(folder, "d", "James", wish=EngineWish("onnxruntime-cpu"))


def assert_near(made: Floats, right: Floats) -> None:
    assert made.shape == right.shape
    assert float(np.abs(made - right).max()) <= 1e-3 * float(np.ptp(right))


def test_rows_are_the_processors_and_vertices_stay_on_the_gpu(pair: tuple[LoadedDiffusion, LoadedDiffusion]) -> None:
    rows = []
    for model in pair:
        values = effective_parameters(model.package.config.parameters, {})
        clip = ClipInput(talk(4.0), Fraction(24), constant_emotion(model.package.info, {"joy": 0.4}), values)
        rows.append(np.concatenate(list(model.rows(clip, lambda done, total: None, lambda: False))))
    assert_near(*rows)
    assert isinstance(pair[0].runner, HostRunner) == bool(torch_obstacle("gpu"))


def test_tracks_of_a_batch_are_the_processors(pair: tuple[LoadedDiffusion, LoadedDiffusion]) -> None:
    """The memory's batch is its third axis; the second track starts later."""
    frames = []
    for model in pair:
        stream = DiffusionStream(model.source.info, DiffusionLoop(model.source, model.runner, 2))
        for number, track in enumerate(stream.tracks):
            track.emotion.add(0, np.zeros(10, np.float32))
            track.emotion.close()
            if number == 0:
                track.audio.append(talk(2.5, number))
                track.audio.close()
        blocks = stream.execute() + stream.execute()
        stream.tracks[1].audio.append(talk(2.0, 1))
        stream.tracks[1].audio.close()
        while stream.available(0) or stream.available(1):
            blocks += stream.execute()
        frames.append([np.concatenate([block.frames for block in blocks if block.track == at]) for at in range(2)])
    for made, right in zip(*frames, strict=True):
        assert_near(made, right)
