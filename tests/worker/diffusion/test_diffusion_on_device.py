"""The same on torch's tensors of the processor, which stand for a GPU's."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.worker.device.diffusion_running import DeviceRunner
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.model import LoadedDiffusion, load_diffusion
from maya_a2f.worker.diffusion.noise import noise_source
from maya_a2f.worker.diffusion.running import HostRunner, Runner
from maya_a2f.worker.diffusion.stream import DiffusionStream
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.device_port import device_engine_of
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package import Floats
from tests.diffusion_package_factory import make_diffusion_package
from tests.worker.diffusion.plain_loop import talk


@pytest.fixture(scope="module", params=[True, False], ids=["constant", "fresh noise"])
def model(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> LoadedDiffusion:
    folder = tmp_path_factory.mktemp("models") / "v3"
    params = {"constant_noise": request.param}
    return load_diffusion(make_diffusion_package(folder, vertices=61, tongue_vertices=22, params=params), "d", "Mark")


def on_device(model: LoadedDiffusion) -> DeviceRunner:
    engine = device_engine_of(model.engine, even_on_processor=True)
    assert engine is not None
    return DeviceRunner(model.source.info, engine, noise_source(model.source))


def test_without_a_gpu_everything_stays_in_host_arrays(model: LoadedDiffusion) -> None:
    assert isinstance(model.runner, HostRunner)


def test_rows_are_the_same(model: LoadedDiffusion) -> None:
    values = effective_parameters(model.package.config.parameters, {})
    clip = ClipInput(talk(2.0), Fraction(24), constant_emotion(model.package.info, {}), values)
    made = []
    for runner in (model.runner, on_device(model)):
        tried = replace(model, runner=runner)
        made.append(np.concatenate(list(tried.rows(clip, lambda done, total: None, lambda: False))))
    scale = np.abs(made[0]).max()
    assert scale > 1.0
    assert np.abs(made[0] - made[1]).max() < 1e-6 * scale


def test_tracks_with_memories_of_their_own_are_the_same(model: LoadedDiffusion) -> None:
    def frames(runner: Runner) -> list[Floats]:
        stream = DiffusionStream(model.source.info, DiffusionLoop(model.source, runner, 2))
        for number, track in enumerate(stream.tracks):
            track.emotion.add(0, np.zeros(10, np.float32))
            track.emotion.close()
            track.audio.append(talk(1.0 + number, number))
            track.audio.close()
        blocks = []
        while stream.available(1):
            blocks += stream.execute()
        return [np.concatenate([block.frames for block in blocks if block.track == track]) for track in range(2)]

    for ours, theirs in zip(frames(model.runner), frames(on_device(model)), strict=True):
        assert np.array_equal(ours, theirs)


def test_a_package_without_shapes_still_gives_jaw_and_eyes(tmp_path: Path) -> None:
    bare = load_diffusion(
        make_diffusion_package(tmp_path, vertices=61, tongue_vertices=22, blendshapes=()), "d", "Claire"
    )
    clip = ClipInput(
        talk(1.0),
        Fraction(30),
        constant_emotion(bare.package.info, {}),
        effective_parameters(bare.package.config.parameters, {}),
    )
    for runner in (bare.runner, on_device(bare)):
        rows = np.concatenate(list(replace(bare, runner=runner).rows(clip, lambda *_: None, lambda: False)))
        posed = bare.pose(rows, clip.rate, {})
        assert list(posed.channels)[:2] == ["jaw.translateX", "jaw.translateY"]
        assert float(np.ptp(posed.channels["jaw.rotateX"])) > 1.0
