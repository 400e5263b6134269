"""Raw numbers with a type and a shape."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest

from maya_a2f.errors import WorkerError
from maya_a2f.link.blob import Blob, blob_bytes

NO_NUMPY = "numpy is not installed, as inside Maya"


@pytest.mark.parametrize(("code", "dtype"), [("f", "f4"), ("d", "f8"), ("i", "i4"), ("B", "u1")])
def test_an_array_survives(code: str, dtype: str) -> None:
    items: array[Any] = array(code, [0, 1, 2, 250])
    blob = Blob.of(items)
    assert (blob.dtype, blob.shape) == (dtype, (4,))
    assert blob.to_array() == items


def test_numbers_are_little_endian() -> None:
    assert bytes(Blob.of(array("i", [1])).data) == b"\x01\x00\x00\x00"
    assert bytes(Blob.from_floats([1.0]).data) == b"\x00\x00\x80\x3f"


def test_a_numpy_array_brings_its_own_type_and_shape_and_comes_back_equal() -> None:
    np = pytest.importorskip("numpy", reason=NO_NUMPY)
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    blob = Blob.of(values)
    assert (blob.dtype, blob.shape) == ("f4", (2, 3))
    np.testing.assert_array_equal(np.frombuffer(blob.data, "<" + blob.dtype).reshape(blob.shape), values)


def test_an_empty_numpy_array_keeps_its_shape() -> None:
    np = pytest.importorskip("numpy", reason=NO_NUMPY)
    blob = Blob.of(np.zeros((0, 3), np.int32))
    assert (blob.dtype, blob.shape, len(blob.data)) == ("i4", (0, 3), 0)


def test_a_blob_is_made_without_a_copy() -> None:
    items = array("f", [1.0, 2.0])
    blob = Blob.of(items)
    items[0] = 5.0
    assert blob.to_array()[0] == 5.0


@pytest.mark.parametrize(
    "buffer",
    [
        array("H", [1]),
        "text",
        7,
    ],
)
def test_another_type_or_layout_is_refused(buffer: object) -> None:
    with pytest.raises(WorkerError) as caught:
        Blob.of(buffer)
    assert caught.value.code == "worker.bad_blob"


def test_numpy_arrays_of_another_type_or_layout_are_refused() -> None:
    np = pytest.importorskip("numpy", reason=NO_NUMPY)
    wrong = [
        np.zeros(3, np.float16),
        np.zeros(3, np.int64),
        np.zeros(3, ">f4"),
        np.zeros((4, 4), np.float32)[:, ::2],
        np.zeros((3, 2), np.float32).T,
    ]
    for buffer in wrong:
        with pytest.raises(WorkerError) as caught:
            Blob.of(buffer)
        assert caught.value.code == "worker.bad_blob"


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("f2", (1,)), ("", (1,)), ("f4", (-1,)), ("f4", (2.0,)), ("f4", (True,)), ("f4", (2**63,)), ("f4", (1,) * 9)],
)
def test_an_impossible_description_is_refused(dtype: str, shape: tuple[Any, ...]) -> None:
    with pytest.raises(WorkerError) as caught:
        blob_bytes(dtype, shape)
    assert caught.value.code == "worker.bad_blob"


def test_bytes_that_do_not_fill_the_shape_are_refused() -> None:
    with pytest.raises(WorkerError, match="7 bytes"):
        Blob(bytes(7), "f4", (2,))


def test_special_floats_travel_in_blobs() -> None:
    values = Blob.from_floats([math.inf, -math.inf, math.nan], dtype="f8").to_array()
    assert values[0] == math.inf
    assert values[1] == -math.inf
    assert math.isnan(values[2])
