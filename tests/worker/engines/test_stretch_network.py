"""Networks over stretches of sound: what is used, and what is not. The network is the default package's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.settings import checkout_folder
from maya_a2f.worker.engines.onnx_wire import property_field
from maya_a2f.worker.engines.selection import choose_engine
from maya_a2f.worker.engines.stretch_network import StretchNetwork, open_stretches
from maya_a2f.worker.package import RegressionPackage
from maya_a2f.worker.package_check import check_package
from maya_a2f.worker.package_files import STEP_PROPERTY, stretch_file
from maya_a2f.worker.package_hash import package_hash
from maya_a2f.worker.package_reading import load_package

DEFAULT = checkout_folder() / "engines" / "default"


@pytest.fixture
def package(tmp_path: Path) -> RegressionPackage:
    return load_package(Path(shutil.copytree(DEFAULT, tmp_path / "copy")))


def opened(package: RegressionPackage) -> tuple[StretchNetwork | None, str]:
    engine = choose_engine(package, wanted="onnxruntime-cpu")
    return open_stretches(package.network_path, package.info, engine, None)


def test_the_default_package_shares_its_windows(package: RegressionPackage) -> None:
    found, why_not = opened(package)
    assert found is not None
    assert found.step_samples == 320
    assert why_not == ""


def test_frames_are_those_of_the_windows_that_begin_at_their_places(package: RegressionPackage) -> None:
    found, _ = opened(package)
    assert found is not None
    draw = np.random.default_rng(0)
    sound = (0.05 * draw.standard_normal((2, 8320 + 9 * 320))).astype(np.float32)
    emotion = draw.random((2, 3, 26), np.float32)
    places = np.array([0, 4, 9])
    engine = choose_engine(package, wanted="onnxruntime-cpu")
    for stretch in range(2):
        windows = np.stack([sound[stretch, at * 320 :][:8320] for at in places])[:, None]
        alone = engine.run(emotion[stretch][:, None], windows)
        shared = found.run(emotion, sound, places)[stretch]
        np.testing.assert_allclose(shared, alone, atol=1e-5 * float(np.ptp(alone)))


def test_one_shape_of_call_gives_a_frame_the_same_bits_wherever_it_stands(package: RegressionPackage) -> None:
    found, _ = opened(package)
    assert found is not None
    sound = (0.05 * np.random.default_rng(1).standard_normal((1, 8320 + 30 * 320))).astype(np.float32)
    told, places = np.zeros((1, 4, 26), np.float32), 5 * np.arange(4)
    size = 8320 + 15 * 320
    first = found.run(told, sound[:, :size], places)
    later = found.run(told, sound[:, 2 * 5 * 320 :][:, :size], places)
    np.testing.assert_array_equal(first[:, 2:], later[:, :2])


def test_a_package_without_one_is_whole(package: RegressionPackage) -> None:
    stretch_file(package.network_path).unlink()
    assert opened(package) == (None, "")


def test_one_that_answers_otherwise_is_not_used_and_says_so(package: RegressionPackage) -> None:
    path = stretch_file(package.network_path)
    path.write_bytes(path.read_bytes() + property_field(STEP_PROPERTY, "640"))
    found, why_not = opened(package)
    assert found is None
    assert "does not answer as 'network.onnx' does" in why_not


@pytest.mark.parametrize("step", ["0", "8321", "9" * 5000, "many"])
def test_a_step_that_no_network_has_is_not_believed(package: RegressionPackage, step: str) -> None:
    path = stretch_file(package.network_path)
    path.write_bytes(path.read_bytes() + property_field(STEP_PROPERTY, step))
    found, why_not = opened(package)
    assert found is None
    assert "does not fit its package" in why_not


@pytest.mark.parametrize("content", [b"", b"no network at all", None])
def test_a_file_that_is_no_such_network_is_not_used_and_says_so(package: RegressionPackage, content: bytes) -> None:
    path = stretch_file(package.network_path)
    path.write_bytes(package.network_path.read_bytes() if content is None else content)
    found, why_not = opened(package)
    assert found is None
    assert "network_stretch.onnx" in why_not
    assert str(package.folder) not in why_not, "a take says it, wherever its package lay"


def test_a_check_of_the_package_tells_of_it(package: RegressionPackage) -> None:
    report = check_package(package.folder)
    assert (report.is_sound, report.findings, report.facts["shares_windows"]) == (True, (), True)
    stretch_file(package.network_path).write_bytes(b"damaged")
    report = check_package(package.folder)
    assert report.is_sound, "the network itself is whole"
    assert [(one.file, one.code) for one in report.findings] == [("network_stretch.onnx", "package.stretches_unused")]


def test_the_packages_hash_covers_it(package: RegressionPackage) -> None:
    before = package_hash(package.folder)
    path = stretch_file(package.network_path)
    path.write_bytes(path.read_bytes() + property_field("comment", "another"))
    assert package_hash(package.folder) != before
