"""The same on torch's tensors of the processor, which stand for a GPU's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.errors import EngineError
from maya_a2f.worker.diffusion import noise
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.model import LoadedDiffusion, load_diffusion
from maya_a2f.worker.diffusion.noise import noise_source
from maya_a2f.worker.diffusion.running import HostRunner, Runner, open_runner
from maya_a2f.worker.diffusion.stream import DiffusionStream
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.device_port import device_engine_of
from maya_a2f.worker.engines.onnxruntime_network import OnnxRuntimeNetwork
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package import Floats
from tests.diffusion_package_factory import make_diffusion_package
from tests.worker.diffusion.plain_loop import talk

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.diffusion_running import DeviceRunner  # noqa: E402
from tests.worker.device.far_device import FAR, FarDevice, FarTensor  # noqa: E402


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


def rows_by(model: LoadedDiffusion, runner: Runner) -> Floats:
    values = effective_parameters(model.package.config.parameters, {})
    clip = ClipInput(talk(1.0), Fraction(30), constant_emotion(model.package.info, {}), values)
    return np.concatenate(list(replace(model, runner=runner).rows(clip, lambda *_: None, lambda: False)))


def test_nothing_of_two_devices_is_mixed_and_only_rows_and_memory_come_back(model: LoadedDiffusion) -> None:
    class FarEngine:
        name, description, precision, max_batch, device = "far", "far", "float32", None, FAR

        def run_on_device(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
            assert all(isinstance(tensor, FarTensor) for tensor in tensors.values())
            near = {name: tensor.numbers.numpy() for name, tensor in tensors.items()}
            return {name: FarTensor(torch.from_numpy(made)) for name, made in model.engine.run_named(near).items()}

    with FarDevice() as device:
        runner: Any = DeviceRunner(model.source.info, FarEngine(), noise_source(model.source))  # type: ignore[arg-type]
        rows = rows_by(model, runner)
    assert np.array_equal(rows, rows_by(model, model.runner))
    assert max(device.copied_bytes) == 4 * 30 * model.row_size


@pytest.mark.parametrize(
    ("words", "code"),
    [("CUDA error: unspecified launch failure", "engine.gpu_lost"), ("CUDA out of memory.", "engine.out_of_memory")],
)
@pytest.mark.parametrize("step", ["cpu", "copy_", "abs", "index_select"])
def test_a_gpu_that_fails_on_the_way_is_told_as_such(
    model: LoadedDiffusion, monkeypatch: pytest.MonkeyPatch, words: str, code: str, step: str
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError(words)

    monkeypatch.setattr(torch.Tensor, step, fails)
    with pytest.raises(EngineError) as caught:
        rows_by(model, on_device(model))
    assert caught.value.code == code


@pytest.mark.parametrize("kind", [HostRunner, DeviceRunner])
def test_noise_that_could_not_be_made_is_made_when_it_is_asked_for_again(
    model: LoadedDiffusion, monkeypatch: pytest.MonkeyPatch, kind: type
) -> None:
    def frames(loop: DiffusionLoop) -> Floats:
        info = model.source.info
        windows, emotion = talk(1.0, 4)[None], np.zeros((1, info.kept_frames, len(info.emotions)), np.float32)
        return loop.run(windows.repeat(2, 0), emotion.repeat(2, 0)).frames(1)

    def loop() -> DiffusionLoop:
        runner = (
            on_device(model)
            if kind is DeviceRunner
            else HostRunner(model.source.info, model.engine, noise_source(model.source))
        )
        return DiffusionLoop(model.source, runner, 2)

    expected, tried = frames(loop()), loop()
    with monkeypatch.context() as patch:

        def fails(*_: Any) -> None:
            raise MemoryError

        patch.setattr(noise, "standard_normals", fails)
        with pytest.raises((MemoryError, EngineError)):
            frames(tried)
    blocks: Any = tried._runner._blocks  # type: ignore[attr-defined]
    blocks[:] = 9.0  # what memory holds that nothing was written to
    assert np.array_equal(frames(tried), expected)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this torch can use the GPU")
def test_a_torch_that_cannot_use_the_gpu_is_not_asked_to(model: LoadedDiffusion) -> None:
    on_gpu = object.__new__(OnnxRuntimeNetwork)
    on_gpu.provider = "cuda"
    assert isinstance(open_runner(model.source.info, on_gpu, noise_source(model.source)), HostRunner)


def test_the_device_of_the_environment_is_the_diffusion_models_too(
    model: LoadedDiffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for choice, kind in (("cpu", DeviceRunner), ("off", HostRunner)):
        monkeypatch.setenv("MAYA_A2F_DEVICE", choice)
        assert isinstance(open_runner(model.source.info, model.engine, noise_source(model.source)), kind)


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
