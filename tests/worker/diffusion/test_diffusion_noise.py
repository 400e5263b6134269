from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from maya_a2f.errors import EngineError
from maya_a2f.worker.diffusion.noise import NoiseSource, noise_source, noise_words
from maya_a2f.worker.diffusion.package_reading import load_diffusion_package
from maya_a2f.worker.diffusion.philox import philox_rounds, philox_words, standard_normals
from tests.diffusion_package_factory import make_diffusion_package


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_diffusion_package(tmp_path / "v3", vertices=41, tongue_vertices=22)


def words(counter: tuple[int, int, int, int], key: int) -> list[int]:
    first, second, third, fourth = (np.array([word], np.uint64) for word in counter)
    return [int(word) for word in philox_rounds((first, second, third, fourth), key)[0]]


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [  # the known answers that the authors of the generator publish
        ((0, 0, 0, 0), 0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ((2**32 - 1,) * 4, 2**64 - 1, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            0x299F31D0_A4093822,
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_the_generator_is_philox_4x32_10(counter: tuple[int, int, int, int], key: int, expected: list[int]) -> None:
    assert words(counter, key) == expected


def test_a_large_counter_fills_the_second_word() -> None:
    assert philox_words(np.array([7 << 32 | 5], np.uint64), 3)[0].tolist() == words((5, 7, 0, 0), 3)


def test_the_values_are_standard_normal() -> None:
    values = np.empty(100_000, np.float32)
    standard_normals(values, seed=0)
    assert kstest(values, "norm").pvalue > 0.01
    assert abs(float(np.corrcoef(values[:-1], values[1:])[0, 1])) < 0.01


@pytest.mark.parametrize("offset", [1, 2, 3, 4, 1001, 262_143])
def test_any_stretch_of_the_stream_can_be_made_alone(offset: int) -> None:
    whole, part = np.empty(262_500, np.float32), np.empty(301, np.float32)
    standard_normals(whole, seed=9)
    standard_normals(part, seed=9, offset=offset)
    assert np.array_equal(part[: len(whole) - offset], whole[offset : offset + 301])


def test_seeds_give_different_noise() -> None:
    first, second = np.empty(64, np.float32), np.empty(64, np.float32)
    standard_normals(first, seed=0)
    standard_normals(second, seed=1)
    assert not np.any(first == second)


def test_constant_noise_is_one_block_for_every_inference(folder: Path) -> None:
    source = noise_source(load_diffusion_package(folder))
    first = source.block(0)
    assert source.is_constant
    assert source.block(5) is first
    assert first.shape == load_diffusion_package(folder).info.noise_shape


def test_other_noise_goes_on_where_the_inference_before_ended(tmp_path: Path) -> None:
    folder = make_diffusion_package(tmp_path, vertices=41, tongue_vertices=22, params={"constant_noise": False})
    info = load_diffusion_package(folder).info
    source, size = NoiseSource(info), int(np.prod(info.noise_shape))
    stream = np.empty(3 * size, np.float32)
    standard_normals(stream, 0)
    for inference in (0, 2, 1, 0):  # rewinding is only a smaller number
        assert np.array_equal(source.block(inference).reshape(-1), stream[inference * size : (inference + 1) * size])


def test_a_package_can_name_its_seed(tmp_path: Path) -> None:
    folder = make_diffusion_package(tmp_path, vertices=41, tongue_vertices=22, params={"noise_seed": 7})
    package = load_diffusion_package(folder)
    expected = np.empty(16, np.float32)
    standard_normals(expected, 7)
    assert np.array_equal(noise_source(package).block(0).reshape(-1)[:16], expected)
    assert "seed 7" in noise_words(package)


def test_a_package_can_bring_its_own_noise(folder: Path) -> None:
    shape = load_diffusion_package(folder).info.noise_shape
    own = np.random.default_rng(0).normal(size=shape)
    np.save(folder / "noise.npy", own)
    package = load_diffusion_package(folder)
    source = noise_source(package)
    assert source.is_constant
    assert np.array_equal(source.block(3), own.astype(np.float32))
    assert "noise.npy" in noise_words(package)


@pytest.mark.parametrize("fault", ["shape", "objects", "text", "NaN", "integers"])
def test_noise_that_is_none_is_refused_by_name(folder: Path, fault: str) -> None:
    shape = load_diffusion_package(folder).info.noise_shape
    path = folder / "noise.npy"
    if fault == "shape":
        np.save(path, np.zeros(shape[1:], np.float32))
    elif fault == "objects":
        np.save(path, np.array([{}, None], dtype=object), allow_pickle=True)
    elif fault == "text":
        path.write_text("noise")
    elif fault == "integers":
        np.save(path, np.zeros(shape, np.int32))
    else:
        np.save(path, np.full(shape, np.nan, np.float32))
    with pytest.raises(EngineError) as caught:
        noise_source(load_diffusion_package(folder))
    assert "noise.npy" in caught.value.message
    assert caught.value.code.startswith("package.noise")
