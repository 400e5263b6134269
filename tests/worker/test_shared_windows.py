"""Overlapping windows that share what they hear: which do, and that the result is that of windows alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.settings import checkout_folder
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.inference import infer
from maya_a2f.worker.loaded_model import ClipInput, LoadedModel, load_model
from maya_a2f.worker.package_files import stretch_file
from maya_a2f.worker.shared_windows import Sharing, sharing

DEFAULT = checkout_folder() / "engines" / "default"


@pytest.fixture(scope="module")
def model() -> Iterator[LoadedModel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAYA_A2F_ENGINE", "onnxruntime-cpu")
        patch.setenv("MAYA_A2F_DEVICE", "off")
        yield load_model(DEFAULT, "digest")


def clip(model: LoadedModel, rate: Fraction, seconds: float = 2.2) -> ClipInput:
    """Noise that comes and goes, and a joy that grows."""
    count = int(16000 * seconds)
    noise = np.random.default_rng(3).standard_normal(count) * 0.1
    sound = (noise * np.sin(np.arange(count) / 1500.0) ** 2).astype(np.float32)
    names = model.package.info.explicit_emotions
    vectors = np.zeros((2, len(names)), np.float32)
    vectors[1, names.index("joy")] = 1.0
    return ClipInput(sound, rate, EmotionTrack(names, (0, count), vectors), {"inputStrength": 1.3})


def by_windows(model: LoadedModel, heard: ClipInput) -> np.ndarray:
    return infer(
        model.package, model.engine, heard.samples, heard.rate, heard.emotion, lambda done, total: None, lambda: False,
        input_strength=heard.input_strength,
    )  # fmt: skip


def by_model(model: LoadedModel, heard: ClipInput) -> np.ndarray:
    return np.concatenate(list(model.rows(heard, lambda done, total: None, lambda: False)))


@pytest.mark.parametrize(
    ("rate", "shared"),
    [
        (Fraction(30), Sharing(3, 5)),
        (Fraction(25), Sharing(1, 2)),
        (Fraction(50), Sharing(1, 1)),
        (Fraction(60), Sharing(6, 5)),
        (Fraction(120), Sharing(12, 5)),
        (Fraction(15), Sharing(3, 10)),
        (Fraction(10), Sharing(1, 5)),
        (Fraction(24), None),
        (Fraction(48), None),
        (Fraction(30000, 1001), None),
        (Fraction(24000, 1001), None),
        (Fraction(2), None),
    ],
)
def test_windows_are_shared_where_their_grid_is_dense(rate: Fraction, shared: Sharing | None) -> None:
    assert sharing(Fraction(16000) / rate, 320) == shared


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(25), Fraction(60), Fraction(15), Fraction(24)])
def test_rows_are_those_of_windows_alone(model: LoadedModel, rate: Fraction) -> None:
    heard = clip(model, rate)
    wanted = by_windows(model, heard)
    np.testing.assert_allclose(by_model(model, heard), wanted, atol=1e-5 * float(np.ptp(wanted)))


@pytest.mark.parametrize("seconds", [0.01, 0.04, 0.07, 0.5, 3.3])
def test_recordings_of_any_length_have_all_their_rows(model: LoadedModel, seconds: float) -> None:
    heard = clip(model, Fraction(30), seconds)
    wanted = by_windows(model, heard)
    assert len(wanted) == int(np.ceil(seconds * 30))
    np.testing.assert_allclose(by_model(model, heard), wanted, atol=1e-5 * max(1.0, float(np.ptp(wanted))))


@pytest.mark.parametrize(("first", "count"), [(0, 1), (7, 1), (7, 2), (20, 16), (60, 6)])
def test_some_rows_are_those_of_all(model: LoadedModel, first: int, count: int) -> None:
    heard = clip(model, Fraction(30))
    rows = by_model(model, heard)
    some = model.rows_at(heard, first, count)
    np.testing.assert_allclose(some, rows[first : first + count], atol=1e-5 * float(np.ptp(rows)))


def test_the_same_clip_gives_the_same_bits_again(model: LoadedModel) -> None:
    heard = clip(model, Fraction(30), 6.0)
    np.testing.assert_array_equal(by_model(model, heard), by_model(model, heard))


def test_shared_rows_have_a_place_of_their_own_in_the_cache(model: LoadedModel, tmp_path: Path) -> None:
    plain = Path(shutil.copytree(DEFAULT, tmp_path / "plain"))
    stretch_file(plain / "network.onnx").unlink()
    alone = load_model(plain, "digest")
    for rate, is_shared in ((Fraction(30), True), (Fraction(24), False)):
        assert (model.infer_key(clip(model, rate)) != alone.infer_key(clip(alone, rate))) == is_shared


def test_a_file_that_does_not_fit_is_told_of_among_the_reasons_for_the_engine(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEFAULT, tmp_path / "copy"))
    stretch_file(folder / "network.onnx").write_bytes(b"nothing")
    other = load_model(folder, "digest")
    assert other.sharing(Fraction(30)) is None
    assert any("network_stretch.onnx" in why for why in other.engine.passed_over)
