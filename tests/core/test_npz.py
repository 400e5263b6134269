"""The stdlib reader of .npz, against numpy as the independent writer."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core import npz
from maya_a2f.core.npz import read_npz
from maya_a2f.errors import UserError

np = pytest.importorskip("numpy", reason="the archives to read are made with numpy, which is not installed")


def test_arrays_written_by_numpy_come_back_with_shape_and_values(tmp_path: Path) -> None:
    path = tmp_path / "a b ö.npz"
    points = np.arange(12, dtype="<f4").reshape(4, 3) / 7
    np.savez_compressed(path, points=points, ids=np.array([3, -1, 2**31 - 1], "<i4"), one=np.float64(1 / 3))
    arrays = read_npz(path)
    assert arrays["points"].shape == (4, 3)
    assert list(arrays["points"].values) == [float(value) for value in points.ravel()]
    assert list(arrays["ids"].values) == [3, -1, 2**31 - 1]
    assert arrays["one"].shape == ()
    assert list(arrays["one"].values) == [1 / 3]


def test_an_empty_array_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", nothing=np.zeros((0, 3), "<f4"))
    assert read_npz(tmp_path / "x.npz")["nothing"].shape == (0, 3)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, "<i8"),
        np.zeros(3, ">f4"),
        np.array(["text"]),
        np.asfortranarray(np.zeros((2, 3), "<f4")),
    ],
    ids=["int64", "big endian", "text", "column order"],
)
def test_another_type_or_order_is_refused_by_name(tmp_path: Path, array: Any) -> None:
    np.savez(tmp_path / "x.npz", odd=array)
    with pytest.raises(UserError, match="'odd'") as caught:
        read_npz(tmp_path / "x.npz")
    assert caught.value.code == "npz.damaged"


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", odd=np.array([{}], dtype=object))
    with pytest.raises(UserError, match="odd"):
        read_npz(tmp_path / "x.npz")


def test_a_shape_that_does_not_fit_the_bytes_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros(4, "<f4"))
    content = stream.getvalue().replace(b"(4,)", b"(9,)")
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("wide.npy", content)
    with pytest.raises(UserError, match="wide"):
        read_npz(tmp_path / "x.npz")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "LARGEST_ARRAY_BYTES", 1000)
    np.savez_compressed(tmp_path / "x.npz", big=np.zeros(100_000, "<f4"))
    with pytest.raises(UserError, match="'big' unpacks to more than 1000 bytes"):
        read_npz(tmp_path / "x.npz")


@pytest.mark.parametrize("keep", [0, 10, 60, 200])
def test_a_truncated_archive_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, points=np.random.default_rng(0).random((50, 3)).astype("<f4"))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError) as caught:
        read_npz(path)
    assert caught.value.code == "npz.damaged"


def test_every_flipped_byte_gives_arrays_or_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, points=np.arange(6, dtype="<f4"))
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x5A]) + content[at + 1 :])
        try:
            read_npz(path)
        except UserError as error:
            assert error.code == "npz.damaged"  # noqa: PT017


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.npz") as caught:
        read_npz(tmp_path / "gone.npz")
    assert caught.value.code == "npz.missing"
