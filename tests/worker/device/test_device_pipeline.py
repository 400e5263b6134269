"""The whole pipeline on torch tensors against the processor's: errors, portions, memory, refusals."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.core.face_parameters import FACE_PARAMETERS
from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.emotion_track import keyed_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.inference import infer
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser
from tests.package_factory import make_package
from tests.worker.device.comparing import assert_agree, assert_unchanged
from tests.worker.package_values import package_values, raw_values

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.audio_windows import SoundStore  # noqa: E402
from maya_a2f.worker.device.clips import HeardClip, PosedClip  # noqa: E402
from maya_a2f.worker.device.pipeline import DevicePipeline  # noqa: E402
from maya_a2f.worker.device.posing import DevicePoser  # noqa: E402
from maya_a2f.worker.engines.device_port import device_engine_of  # noqa: E402

pytestmark = pytest.mark.train
CPU = torch.device("cpu")
LIMIT = 2**30
DEFAULT = Path(__file__).resolve().parents[3] / "engines" / "default"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> RegressionPackage:
    return load_package(make_package(tmp_path_factory.mktemp("packages") / "tiny", seed=3))


@pytest.fixture(scope="module")
def default() -> RegressionPackage:
    return load_package(DEFAULT)


@pytest.fixture(scope="module")
def engine(tiny: RegressionPackage) -> Any:
    return opened(tiny)


def opened(package: RegressionPackage) -> Any:
    made = device_engine_of(OnnxRuntimeEngine(package.network_path, package.info, threads=1), even_on_processor=True)
    assert made is not None
    return made


def talk(seconds: float, seed: int = 0) -> Floats:
    """Bursts of a buzz, as loud as speech."""
    rng, time = np.random.default_rng(seed), np.arange(int(seconds * 16000)) / 16000
    loudness = np.clip(np.sin(2 * np.pi * 3.1 * time + seed), 0, None) * 0.4
    return np.asarray(loudness * (np.sign(np.sin(2 * np.pi * 120 * time)) + rng.normal(0, 0.2, len(time))), np.float32)


def heard(package: RegressionPackage, sound: Floats, rate: Fraction, gain: float = 1.3) -> HeardClip:
    emotion = keyed_emotion(package.info, [(0.0, {"joy": 0.2}), (0.7, {"anger": 0.9})])
    return HeardClip(sound, rate, emotion, gain)


def inferred_on_processor(package: RegressionPackage, clip: HeardClip) -> Floats:
    host = OnnxRuntimeEngine(package.network_path, package.info, threads=1)
    return infer(
        package, host, clip.samples, clip.rate, clip.emotion, lambda *_: None, lambda: False,
        input_strength=clip.input_strength,
    )  # fmt: skip


def test_clips_of_a_generated_package_come_out_as_on_the_processor(tiny: RegressionPackage, engine: Any) -> None:
    rates = (Fraction(30), Fraction(24000, 1001), Fraction(60))
    clips = [heard(tiny, talk(0.9 + 0.4 * n, n), rate, 1.0 + 0.2 * n) for n, rate in enumerate(rates)]
    posed = [PosedClip(rate, {"lowerFaceSmoothing": 0.05 * n}) for n, rate in enumerate(rates)]
    pipeline = DevicePipeline(tiny, engine, LIMIT)
    for clip, pose, rows, result in zip(clips, posed, pipeline.infer(clips), pipeline.solve(clips, posed), strict=True):
        raw = inferred_on_processor(tiny, clip)
        assert np.abs(rows.numpy() - raw).max() <= 1e-5 * np.ptp(raw)
        assert_agree(result, Poser(tiny).pose(raw, pose.rate, pose.parameters))
        assert sum(np.ptp(samples) > 0.01 for samples in result.channels.values()) > 20


def test_the_default_package_comes_out_as_on_the_processor(default: RegressionPackage) -> None:
    clips = [heard(default, talk(2.0, 5), Fraction(30)), heard(default, talk(1.1, 6), Fraction(25))]
    posed = [PosedClip(Fraction(30), {}), PosedClip(Fraction(25), {"skinStrength": 1.6, "tongueStrength": 2.0})]
    for clip, pose, result in zip(
        clips, posed, DevicePipeline(default, opened(default), LIMIT).solve(clips, posed), strict=True
    ):
        raw = inferred_on_processor(default, clip)
        assert_agree(result, Poser(default).pose(raw, pose.rate, pose.parameters))


@st.composite
def parameter_sets(draw: st.DrawFn) -> dict[str, float]:
    chosen = draw(st.lists(st.sampled_from(FACE_PARAMETERS), max_size=5, unique_by=lambda parameter: parameter.name))
    return {
        parameter.name: draw(st.floats(parameter.minimum, parameter.maximum))
        for parameter in chosen
        if parameter.name != "inputStrength"
    }


@st.composite
def posed_clips(draw: st.DrawFn) -> tuple[int, PosedClip]:
    frames = draw(st.integers(0, 45))
    rate = draw(st.sampled_from([Fraction(24), Fraction(30), Fraction(60000, 1001), Fraction(120)]))
    lead = draw(st.integers(0, frames))
    return frames, PosedClip(rate, draw(parameter_sets()), draw(st.integers(0, 400)), lead)


@settings(max_examples=25)
@given(st.lists(posed_clips(), min_size=1, max_size=5), st.integers(1, 60), st.integers(0, 3))
def test_any_clips_in_any_portions_come_out_as_on_the_processor(
    chosen: list[tuple[int, PosedClip]], chunk: int, seed: int
) -> None:
    package = package_values(seed, masked=seed % 2 == 0)
    clips = [clip for _, clip in chosen]
    rows = [raw_values(package, frames, 10 + place) for place, (frames, _) in enumerate(chosen)]
    results = DevicePoser(package, CPU, LIMIT, chunk_rows=chunk).pose(rows, clips)
    whole = DevicePoser(package, CPU, LIMIT).pose(rows, clips)
    for raw, clip, result, other in zip(rows, clips, results, whole, strict=True):
        expected = Poser(package).pose(
            raw, clip.rate, clip.parameters, first_frame=clip.first_frame, lead_frames=clip.lead_frames
        )
        assert_agree(result, expected)
        assert_unchanged(result, other)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 30000), st.sampled_from([24, 30, 60])), min_size=1, max_size=4),
    st.integers(1, 40),
    st.sampled_from([2**19, 2**22, 2**30]),
    st.booleans(),
)
def test_batch_memory_and_packing_change_no_row(
    tiny: RegressionPackage, engine: Any, lengths: list[tuple[int, int]], batch: int, limit: int, is_padded: bool
) -> None:
    sound = talk(2.0, 1)
    clips = [heard(tiny, sound[:length], Fraction(rate)) for length, rate in lengths]
    together = DevicePipeline(tiny, engine, limit, batch_frames=batch, is_padded=is_padded).infer(clips)
    for clip, rows in zip(clips, together, strict=True):
        (alone,) = DevicePipeline(tiny, engine, LIMIT).infer([clip])
        assert rows.shape == alone.shape
        assert (rows - alone).abs().max().item() <= 1e-6 if len(rows) else True


def test_the_default_package_in_other_portions_is_unchanged(default: RegressionPackage) -> None:
    raw = inferred_on_processor(default, heard(default, talk(2.5, 2), Fraction(30)))
    clip = PosedClip(Fraction(30), {"lowerFaceSmoothing": 0.04})
    (whole,) = DevicePoser(default, CPU, LIMIT).pose([raw], [clip])
    cut = DevicePoser(default, CPU, LIMIT, chunk_rows=13).pose([raw[::-1].copy(), raw, raw[:9]], [clip] * 3)
    assert_unchanged(cut[1], whole)


def test_the_default_package_in_other_batches_gives_the_same_channels(default: RegressionPackage) -> None:
    clips = [heard(default, talk(1.2, 2), Fraction(30)), heard(default, talk(0.7, 3), Fraction(24))]
    posed = [PosedClip(clip.rate, {}) for clip in clips]
    together = DevicePipeline(default, opened(default), LIMIT).solve(clips, posed)
    for batch, chunk in ((1, 5), (7, 60)):
        pipeline = DevicePipeline(default, opened(default), LIMIT, batch_frames=batch, chunk_rows=chunk)
        for result, other in zip(pipeline.solve(clips, posed), together, strict=True):
            assert_unchanged(result, other)
        (alone,) = pipeline.solve(clips[1:], posed[1:])
        assert_unchanged(alone, together[1])


def test_a_stretch_of_a_clip_is_inferred_as_within_it(tiny: RegressionPackage, engine: Any) -> None:
    clip = heard(tiny, talk(1.5), Fraction(30))
    pipeline = DevicePipeline(tiny, engine, LIMIT, batch_frames=4)
    (whole,), (part,) = pipeline.infer([clip]), pipeline.infer([dataclasses.replace(clip, first=11, count=9)])
    assert (part - whole[11:20]).abs().max().item() <= 1e-6
    assert (
        np.concatenate(list(pipeline.rows(clip.samples, clip.rate, clip.emotion, clip.input_strength))).tobytes()
        == whole.numpy().tobytes()
    )


def test_padded_batches_give_a_clip_the_same_bytes_alone_and_among_others(tiny: RegressionPackage, engine: Any) -> None:
    sizes: list[int] = []
    watched = Watched(engine, lambda tensors: sizes.append(len(tensors["input"])))
    pipeline = DevicePipeline(tiny, watched, LIMIT, batch_frames=16, is_padded=True)
    clips = [heard(tiny, talk(0.3 + 0.2 * n, n), Fraction(30)) for n in range(4)]
    alone = [pipeline.infer([clip])[0].numpy().tobytes() for clip in clips]
    assert [rows.numpy().tobytes() for rows in pipeline.infer(clips)] == alone
    assert set(sizes) == {16}


@dataclasses.dataclass
class Watched:
    """An engine with somebody looking at what it is given."""

    engine: Any
    look: Any
    max_batch: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def run_on_device(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        self.look(tensors)
        return dict(self.engine.run_on_device(tensors))


def runs_out_above(frames: int, error: Exception) -> Any:
    def look(tensors: Mapping[str, Any]) -> None:
        if len(tensors["input"]) > frames:
            raise error

    return look


@pytest.mark.parametrize(
    "error",
    [
        EngineError("too much", code="engine.out_of_memory", hint=""),
        torch.cuda.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_a_network_that_runs_out_of_memory_goes_on_with_half_the_batch(
    tiny: RegressionPackage, engine: Any, error: Exception
) -> None:
    clips = [heard(tiny, talk(1.0, n), Fraction(30)) for n in range(2)]
    expected = DevicePipeline(tiny, engine, LIMIT).infer(clips)
    pipeline = DevicePipeline(tiny, Watched(engine, runs_out_above(5, error)), LIMIT, batch_frames=16)
    for rows, right in zip(pipeline.infer(clips), expected, strict=True):
        assert (rows - right).abs().max().item() <= 1e-6
    assert pipeline.batch.rows == 4


def test_memory_that_is_too_small_for_one_frame_is_told(tiny: RegressionPackage, engine: Any) -> None:
    error = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 MiB")
    pipeline = DevicePipeline(tiny, Watched(engine, runs_out_above(0, error)), LIMIT, batch_frames=8)
    with pytest.raises(EngineError) as caught:
        pipeline.infer([heard(tiny, talk(0.5), Fraction(30))])
    assert caught.value.code == "engine.out_of_memory"
    assert "single frame" in caught.value.message
    assert pipeline.batch.rows == 1


def test_posing_that_runs_out_of_memory_goes_on_with_half_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    package = package_values(1)
    raws = [raw_values(package, 40), raw_values(package, 25, 2)]
    clips = [PosedClip(Fraction(30), {"lowerFaceSmoothing": 0.1})] * 2
    expected = DevicePoser(package, CPU, LIMIT).pose(raws, clips)
    poser = DevicePoser(package, CPU, LIMIT, chunk_rows=64)
    gathered = poser._gathered

    def scarce(spans: Any, rows: Any) -> Any:
        if sum(span.count for span in spans) > 20:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return gathered(spans, rows)

    monkeypatch.setattr(poser, "_gathered", scarce)
    for result, right in zip(poser.pose(raws, clips), expected, strict=True):
        assert_unchanged(result, right)
    assert poser.chunk.rows == 16


def test_other_errors_of_the_engine_pass(tiny: RegressionPackage, engine: Any) -> None:
    lost = EngineError("gone", code="engine.gpu_lost", hint="")
    with pytest.raises(EngineError, match="gone"):
        DevicePipeline(tiny, Watched(engine, runs_out_above(0, lost)), LIMIT).infer(
            [heard(tiny, talk(0.5), Fraction(30))]
        )


def test_a_failing_gpu_is_told_as_such(tiny: RegressionPackage, engine: Any) -> None:
    broken = RuntimeError("CUDA error: an illegal memory access was encountered")
    with pytest.raises(EngineError) as caught:
        DevicePipeline(tiny, Watched(engine, runs_out_above(0, broken)), LIMIT).infer(
            [heard(tiny, talk(0.5), Fraction(30))]
        )
    assert caught.value.code == "engine.gpu_lost"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("CUDA error: unspecified launch failure", "engine.gpu_lost"),
        ("CUDA error: out of memory", "engine.out_of_memory"),
    ],
)
def test_what_fails_outside_the_network_is_told_as_such_too(
    tiny: RegressionPackage, engine: Any, monkeypatch: pytest.MonkeyPatch, words: str, code: str
) -> None:
    """A GPU's failure shows where its numbers are looked at next."""

    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError(words)

    clip = heard(tiny, talk(0.5), Fraction(30))
    pipeline = DevicePipeline(tiny, engine, LIMIT)
    rows = pipeline.infer([clip])
    steps = (
        (SoundStore, "add", lambda: pipeline.infer([clip])),
        (
            torch.Tensor,
            "cpu",
            lambda: list(pipeline.rows(clip.samples, clip.rate, clip.emotion, clip.input_strength)),
        ),
        (torch.Tensor, "isfinite", lambda: pipeline.pose(rows, [PosedClip(Fraction(30), {})])),
    )
    for owner, name, step in steps:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fails)
            with pytest.raises(EngineError) as caught:
                step()
        assert caught.value.code == code, name


def test_the_limit_bounds_how_much_is_done_at_once(tiny: RegressionPackage, engine: Any) -> None:
    small, large = DevicePipeline(tiny, engine, 2**23), DevicePipeline(tiny, engine, 2**33)
    assert small.batch.rows < large.batch.rows
    assert small.batch.rows * small.bytes_per_frame <= 2**23
    assert small.poser.chunk.rows < large.poser.chunk.rows
    assert small.poser.chunk.rows * small.poser.bytes_per_frame <= 2**23
    assert DevicePipeline(tiny, engine, 1).batch.rows == 1
    assert DevicePipeline(tiny, Watched(engine, None, max_batch=3), LIMIT).batch.rows == 3


def test_progress_is_told_and_a_cancel_stops_both_steps(tiny: RegressionPackage, engine: Any) -> None:
    clips = [heard(tiny, talk(1.0, n), Fraction(30)) for n in range(2)]
    pipeline = DevicePipeline(tiny, engine, LIMIT, batch_frames=7, chunk_rows=11)
    told: list[tuple[int, int]] = []
    rows = pipeline.infer(clips, lambda done, total: told.append((done, total)))
    assert told[0] == (0, 60)
    assert told[-1] == (60, 60)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    told.clear()
    pipeline.pose(rows, [PosedClip(Fraction(30), {})] * 2, lambda done, total: told.append((done, total)))
    assert told[0] == (0, 60)
    assert told[-1] == (60, 60)
    for step in (
        lambda stop: pipeline.infer(clips, cancelled=stop),
        lambda stop: pipeline.pose(rows, [PosedClip(Fraction(30), {})] * 2, cancelled=stop),
    ):
        asked = iter([False, True])
        with pytest.raises(Cancelled):
            step(lambda asked=asked: next(asked))


def spoilt(rows: Floats, frame: int, value: float) -> Floats:
    changed = rows.copy()
    changed[frame, 0] = value
    return changed


@pytest.mark.parametrize("as_tensor", [False, True])
def test_rows_that_are_no_numbers_are_refused_as_on_the_processor(as_tensor: bool) -> None:
    package = package_values()
    rows = raw_values(package, 6)
    poser, clip = DevicePoser(package, CPU, LIMIT), PosedClip(Fraction(30), {})
    for bad, code in ((spoilt(rows, 4, np.nan), "network.not_finite"), (rows[:, :-1], "network.shape")):
        given = torch.as_tensor(bad.copy()) if as_tensor else bad
        with pytest.raises(EngineError) as caught:
            poser.pose([rows, given], [clip, clip])
        with pytest.raises(EngineError) as expected:
            Poser(package).pose(bad, Fraction(30), {})
        assert caught.value.code == expected.value.code == code
        assert caught.value.message == expected.value.message


def test_a_network_that_gives_no_numbers_is_refused(tiny: RegressionPackage, engine: Any) -> None:
    class Broken(Watched):
        def run_on_device(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
            result = self.engine.run_on_device(tensors)["result"]
            result[-1, 0, 3] = float("nan")
            return {"result": result}

    with pytest.raises(EngineError) as caught:
        DevicePipeline(tiny, Broken(engine, None), LIMIT).infer([heard(tiny, talk(0.5), Fraction(30))])
    assert caught.value.code == "engine.not_finite"


def test_torch_has_its_threads_back_after_posing_also_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    package = package_values()
    poser, before, seen = DevicePoser(package, CPU, LIMIT), torch.get_num_threads(), []

    def failing(*_: Any) -> Any:
        seen.append(torch.get_num_threads())
        raise ValueError("on purpose")

    torch.set_num_threads(2)
    try:
        poser.pose([raw_values(package, 3)], [PosedClip(Fraction(30), {})])
        monkeypatch.setattr(poser, "_gathered", failing)
        with pytest.raises(ValueError, match="on purpose"):
            poser.pose([raw_values(package, 3)], [PosedClip(Fraction(30), {})])
        assert seen == [1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_few_rows_are_posed_on_the_processor_where_that_is_sooner(
    tiny: RegressionPackage, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = [heard(tiny, talk(0.5 + n, n), Fraction(30)) for n in range(2)]
    posed = [PosedClip(Fraction(30), {}, 40, 6), PosedClip(Fraction(30), {"skinStrength": 1.2})]
    pipeline = DevicePipeline(tiny, engine, LIMIT)
    expected = pipeline.solve(clips, posed)
    monkeypatch.setattr(pipeline, "is_worth_posing", lambda frames: frames >= 100)
    monkeypatch.setattr(pipeline.poser, "pose", None)
    for result, right in zip(pipeline.solve(clips, posed), expected, strict=True):
        assert_agree(result, right)


def test_parameters_out_of_range_are_refused() -> None:
    package = package_values()
    with pytest.raises(UserError):
        DevicePoser(package, CPU, LIMIT).pose([raw_values(package, 2)], [PosedClip(Fraction(30), {"nonsense": 1.0})])


@pytest.mark.parametrize("lacking", ["skin", "tongue", "both"])
def test_packages_without_a_shape_set_give_what_they_can(lacking: str) -> None:
    package = package_values()
    without: dict[str, Any] = {"skin": None} if lacking == "skin" else {"tongue": None}
    package = dataclasses.replace(package, **({"skin": None, "tongue": None} if lacking == "both" else without))
    raw = raw_values(package, 12)
    (result,) = DevicePoser(package, CPU, LIMIT, chunk_rows=5).pose([raw], [PosedClip(Fraction(30), {})])
    assert_agree(result, Poser(package).pose(raw, Fraction(30), {}))


def test_a_mouth_close_that_contains_the_jaw_is_converted(tmp_path: Path) -> None:
    folder = make_package(tmp_path / "nvidia", seed=1, mouth_close_contains_jaw_open=True)
    package = load_package(folder)
    raw = inferred_on_processor(package, heard(package, talk(1.0), Fraction(30), 2.0))
    (result,) = DevicePoser(package, CPU, LIMIT).pose([raw], [PosedClip(Fraction(30), {})])
    assert result.facts == {"mouthCloseContainsJaw": True}
    assert_agree(result, Poser(package).pose(raw, Fraction(30), {}))


def sizes_of(clips: Sequence[HeardClip], package: RegressionPackage) -> list[int]:
    return [clip.frame_count(package) for clip in clips]


def test_clips_without_sound_give_no_frames(tiny: RegressionPackage, engine: Any) -> None:
    clips = [heard(tiny, talk(length), Fraction(30)) for length in (0.0, 0.2, 0.0)]
    assert sizes_of(clips, tiny) == [0, 6, 0]
    results = DevicePipeline(tiny, engine, LIMIT).solve(clips, [PosedClip(Fraction(30), {})] * 3)
    assert [len(result.channels["jawOpen"]) for result in results] == [0, 6, 0]
    assert DevicePipeline(tiny, engine, LIMIT).solve([], []) == []
