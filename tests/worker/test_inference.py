"""Running the network over a clip: rates, batches, gain, emotion, cancelling, and the engines themselves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.emotion_track import EmotionTrack, constant_emotion, keyed_emotion
from maya_a2f.worker.engines import selection
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.engines.onnxruntime_network import gpu_is_built_in
from maya_a2f.worker.engines.port import Engine
from maya_a2f.worker.engines.selection import choose_engine, list_engines
from maya_a2f.worker.inference import infer
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_reading import load_package
from tests.package_factory import make_package
from tests.package_network import NetworkWeights, network_result, random_weights

SIZE = {"vertices": 60, "tongue_vertices": 20, "skin_shapes": 3, "tongue_shapes": 2, "saccade_frames": 10}
WEIGHTS: NetworkWeights = random_weights(
    window=8320,
    emotion_size=26,
    result_scale=np.full(3 + 2 + 15 + 4, 2.0, np.float32),
    open_row=np.full(24, 1.5, np.float32),
    rng=np.random.default_rng(3),
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> RegressionPackage:
    return load_package(make_package(tmp_path_factory.mktemp("p") / "small", weights=WEIGHTS, **SIZE))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def engine(package: RegressionPackage) -> Engine:
    return OnnxRuntimeEngine(package.network_path, package.info, threads=1)


@pytest.fixture(scope="module")
def speech() -> Floats:
    rng = np.random.default_rng(1)
    envelope = np.repeat(rng.uniform(0.0, 0.5, 25), 800).astype(np.float32)
    return (rng.standard_normal(20_000).astype(np.float32) * envelope).astype(np.float32)


def run(
    package: RegressionPackage, engine: Engine, audio: Floats, rate: Fraction = Fraction(30), **options: object
) -> Floats:
    emotion = options.pop("emotion", None) or constant_emotion(package.info, {})
    return infer(package, engine, audio, rate, emotion, lambda *_: None, lambda: False, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(30000, 1001), Fraction(60), Fraction(7), Fraction(1)])
def test_every_frame_hears_its_own_window(
    package: RegressionPackage, engine: Engine, speech: Floats, rate: Fraction
) -> None:
    emotion = keyed_emotion(package.info, [(0.0, {"joy": 1.0}), (1.0, {"anger": 0.5})])
    frames = -(-20_000 * rate.numerator // (16_000 * rate.denominator))
    expected = []
    padded = np.concatenate([np.zeros(4160, np.float32), speech, np.zeros(8320, np.float32)])
    for frame in range(frames):
        target = frame * 16_000 * rate.denominator // rate.numerator
        explicit = emotion.sampled(np.array([target]))[0]
        mood = np.concatenate([package.implicit_emotion, explicit])
        window = np.float32(1.3) * padded[target : target + 8320]
        expected.append(network_result(WEIGHTS, mood[None], window[None])[0])
    result = run(package, engine, speech, rate, emotion=emotion)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, np.array(expected), atol=1e-4)


@pytest.mark.parametrize("batch_frames", [1, 2, 7, 1000])
def test_the_batch_size_does_not_matter(
    package: RegressionPackage, engine: Engine, speech: Floats, batch_frames: int
) -> None:
    np.testing.assert_allclose(
        run(package, engine, speech, batch_frames=batch_frames), run(package, engine, speech), atol=1e-5
    )


def test_a_network_with_a_fixed_batch_of_one_runs_frame_by_frame(
    package: RegressionPackage, engine: Engine, speech: Floats, tmp_path: Path
) -> None:
    fixed = load_package(make_package(tmp_path / "fixed", weights=WEIGHTS, batch=1, **SIZE))  # type: ignore[arg-type]
    single = OnnxRuntimeEngine(fixed.network_path, fixed.info, threads=1)
    assert (single.max_batch, engine.max_batch) == (1, None)
    np.testing.assert_allclose(run(fixed, single, speech), run(package, engine, speech), atol=1e-5)


def test_the_gain_multiplies_the_audio(package: RegressionPackage, engine: Engine, speech: Floats) -> None:
    np.testing.assert_allclose(
        run(package, engine, speech * np.float32(2.0), input_strength=1.0),
        run(package, engine, speech, input_strength=2.0),
        atol=1e-6,
    )
    assert not np.allclose(run(package, engine, speech, input_strength=1.0), run(package, engine, speech))


def test_the_emotion_changes_the_result(package: RegressionPackage, engine: Engine, speech: Floats) -> None:
    angry = run(package, engine, speech, emotion=constant_emotion(package.info, {"anger": 1.0}))
    assert np.abs(angry - run(package, engine, speech)).max() > 0.01


def test_a_clip_of_one_sample_is_one_frame_and_no_sample_none(package: RegressionPackage, engine: Engine) -> None:
    assert run(package, engine, np.zeros(1, np.float32)).shape == (1, 24)
    assert run(package, engine, np.zeros(0, np.float32)).shape == (0, 24)


def test_progress_counts_frames_up_to_all_of_them(package: RegressionPackage, engine: Engine, speech: Floats) -> None:
    heard: list[tuple[int, int]] = []
    emotion = constant_emotion(package.info, {})
    infer(
        package, engine, speech, Fraction(60), emotion, lambda *step: heard.append(step), lambda: False, batch_frames=32
    )  # fmt: skip
    assert heard == [(0, 75), (32, 75), (64, 75), (75, 75)]


def test_cancelling_stops_before_the_next_batch(package: RegressionPackage, engine: Engine, speech: Floats) -> None:
    heard: list[int] = []
    with pytest.raises(Cancelled):
        infer(
            package, engine, speech, Fraction(30), constant_emotion(package.info, {}),
            lambda done, of: heard.append(done), lambda: len(heard) > 2, batch_frames=4,
        )  # fmt: skip
    assert heard == [0, 4, 8]


class FixedEngine:
    """Returns one value everywhere."""

    name, description, precision, max_batch = "fixed", "a constant", "float32", None

    def __init__(self, value: float) -> None:
        self.value = value

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        return np.full((len(audio), 24), self.value, np.float32)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2e9])
def test_a_result_that_is_no_number_is_refused_by_model_name(package: RegressionPackage, value: float) -> None:
    with pytest.raises(EngineError, match="'small'") as caught:
        run(package, FixedEngine(value), np.zeros(100, np.float32))
    assert caught.value.code == "engine.not_finite"


def test_a_result_too_large_for_memory_is_refused_before_it_is_made(package: RegressionPackage) -> None:
    long = np.broadcast_to(np.float32(0), (16_000 * 3600,))
    with pytest.raises(UserError) as caught:
        run(package, FixedEngine(0.0), long, Fraction(6000))
    assert caught.value.code == "clip.too_long"


def test_the_processor_is_always_there_and_the_better_engines_say_why_not() -> None:
    statuses = {status.name: status for status in list_engines()}
    assert list(statuses) == ["tensorrt", "tensorrt-rtx", "onnxruntime-cuda", "onnxruntime-cpu"]
    assert statuses["onnxruntime-cpu"].would_run
    assert sum(status.selected for status in statuses.values()) == 1
    assert all(status.why for status in statuses.values())
    assert not statuses["tensorrt"].would_run


def test_an_engine_is_chosen_or_refused_by_name(package: RegressionPackage) -> None:
    assert choose_engine(package, wanted="onnxruntime-cpu", threads=1).name == "onnxruntime-cpu"
    assert choose_engine(package, threads=1).precision == "float32"
    with pytest.raises(UserError, match="onnxruntime-cpu") as unknown:
        choose_engine(package, wanted="abacus")
    assert unknown.value.code == "engine.unknown"
    with pytest.raises(EngineError) as unavailable:
        choose_engine(package, wanted="tensorrt")
    assert unavailable.value.code == "engine.unavailable"


def test_a_gpu_that_fails_is_replaced_unless_asked_for(
    package: RegressionPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_in = gpu_is_built_in()
    monkeypatch.setattr(selection, "gpu_is_built_in", lambda: True)
    monkeypatch.setattr(selection, "driver_obstacle", lambda: "")
    if built_in:
        pytest.skip("this machine's GPU works")
    chosen = choose_engine(package, threads=1)
    assert (chosen.name, "could not start on the GPU" in chosen.description) == ("onnxruntime-cpu", True)
    assert "ONNX Runtime on an NVIDIA GPU: ONNX Runtime could not start on the GPU." in chosen.passed_over
    with pytest.raises(EngineError) as caught:
        choose_engine(package, wanted="onnxruntime-cuda")
    assert caught.value.code == "engine.cuda_failed"


def test_opening_a_damaged_network_prints_nothing(
    package: RegressionPackage, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = package.network_path.read_bytes()
    for number, damage in enumerate((content.replace(b"Tanh", b"T\xdfnh"), content[:500], content[200:])):
        (tmp_path / f"{number}.onnx").write_bytes(damage)
        with pytest.raises(EngineError, match="damaged"):
            OnnxRuntimeEngine(tmp_path / f"{number}.onnx", package.info, threads=1)
    assert capfd.readouterr() == ("", "")


def test_an_engine_that_fails_midway_is_reported_with_the_network(package: RegressionPackage, engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"network\.onnx") as caught:
        engine.run(np.zeros((2, 1, 26), np.float32), np.zeros((2, 1, 8000), np.float32))
    assert caught.value.code == "engine.run_failed"
    assert caught.value.details


def test_an_opened_network_that_does_not_fit_another_package_says_so(package: RegressionPackage) -> None:
    other = replace(package.info, num_shapes_skin=4)
    with pytest.raises(EngineError, match="result") as caught:
        OnnxRuntimeEngine(package.network_path, other)
    assert caught.value.code == "engine.network_misfit"


def test_an_emotion_track_of_the_wrong_width_cannot_be_made() -> None:
    with pytest.raises(UserError):
        EmotionTrack(("joy",), (0,), np.zeros((1, 2), np.float32))


def test_a_batch_that_the_device_has_no_room_for_is_run_in_halves_and_a_frame_alone_is_refused(
    package: RegressionPackage, engine: Engine
) -> None:
    class Scarce:
        name = description = "scarce"
        precision, max_batch = "float32", None
        passed_over: tuple[str, ...] = ()

        def __init__(self, room: int) -> None:
            self.room, self.sizes = room, list[int]()

        def run(self, emotion: Floats, audio: Floats) -> Floats:
            self.sizes.append(len(audio))
            if len(audio) > self.room:
                raise EngineError("too much", code="engine.out_of_memory")
            return engine.run(emotion, audio)

    sound = np.random.default_rng(2).normal(0, 0.1, 8000).astype(np.float32)
    emotion = constant_emotion(package.info, {})
    told = (package, engine, sound, Fraction(30), emotion, lambda done, total: None, lambda: False)
    scarce = Scarce(4)
    assert infer(told[0], scarce, *told[2:]) == pytest.approx(infer(*told), abs=1e-5)
    assert set(scarce.sizes) == {15, 7, 8, 3, 4}
    with pytest.raises(EngineError, match="too much"):
        infer(told[0], Scarce(0), *told[2:])
