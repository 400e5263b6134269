"""Weights from CSV, NPY and JSON, and what is said about bad files."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.training.character.weights_file import read_names, read_weights
from tests.training.character.footage_files import sway, write_csv

NAMES = ["jawOpen", "brow up", "lip_l"]


def test_csv_gives_names_and_values(tmp_path: Path) -> None:
    values = sway(20, 3)
    track = read_weights(write_csv(tmp_path / "a.csv", NAMES, values))
    assert track.names == tuple(NAMES)
    np.testing.assert_allclose(track.values, values, atol=1e-6)
    assert track.rate is None


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30), Fraction(24000, 1001), Fraction(60)])
def test_a_time_column_tells_the_rate_and_is_no_weight(tmp_path: Path, rate: Fraction) -> None:
    track = read_weights(write_csv(tmp_path / "a.csv", NAMES, sway(200, 3), time_rate=float(rate)))
    assert track.names == tuple(NAMES)
    assert track.rate == rate


def test_npy_takes_its_names_from_elsewhere(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", sway(9, 3))
    np.save(tmp_path / "names.npy", np.array(NAMES))
    track = read_weights(tmp_path / "a.npy", read_names(tmp_path / "names.npy"))
    assert track.names == tuple(NAMES)
    assert track.values.shape == (9, 3)


@pytest.mark.parametrize("text", ["a\nb\nc\n", "a, b, c\n", '["a", "b", "c"]'])
def test_names_come_as_lines_or_row_or_list(tmp_path: Path, text: str) -> None:
    path = tmp_path / ("names.json" if text.startswith("[") else "names.txt")
    path.write_text(text, encoding="utf-8")
    assert read_names(path) == ("a", "b", "c")


@pytest.mark.parametrize("layout", ["rows", "channels", "records"])
def test_json_comes_in_three_layouts(tmp_path: Path, layout: str) -> None:
    values = sway(7, 2)
    data: object = {"names": ["a", "b"], "frames": values.tolist(), "fps": 25}
    if layout == "channels":
        data = {"channels": {"a": values[:, 0].tolist(), "b": values[:, 1].tolist()}, "rate": [25, 1]}
    if layout == "records":
        data = [{"b": row[1], "a": row[0]} for row in values.tolist()]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    track = read_weights(path)
    order = [track.names.index(name) for name in ("a", "b")]
    np.testing.assert_allclose(track.values[:, order], values, atol=1e-6)
    assert track.rate == (None if layout == "records" else 25)


def _csv(text: str) -> bytes:
    return text.encode()


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.csv", _csv("a,b\n1,2\n1\n"), "row-length", "line 3"),
        ("a.csv", _csv("a,b\n1,x\n"), "number", "“b”"),
        ("a.csv", _csv("a,b\n1,2\n1,nan\n"), "not-finite", "frame 1"),
        ("a.csv", _csv("a,a\n1,2\n"), "names", "twice"),
        ("a.csv", _csv("1,2\n3,4\n"), "names", "numbers instead of names"),
        ("a.csv", _csv("a,b\n"), "empty", "row of numbers"),
        ("a.csv", _csv("time,a\n0,1\n0.1,1\n0.05,1\n"), "time", "evenly"),
        ("a.csv", b"\xff\xfe\x00", "unreadable", "CSV"),
        ("a.json", b"{", "unreadable", "JSON"),
        ("a.json", b'{"names": ["a"], "frames": [[1], [1, 2]]}', "layout", "layout"),
        ("a.json", b'[{"a": 1}, {"b": 1}]', "layout", "different weights"),
        ("a.npy", b"no array", "unreadable", "array"),
        ("a.fbx", b"", "format", ".fbx"),
    ],
)
def test_a_fault_names_file_and_place(tmp_path: Path, name: str, content: bytes, code: str, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_weights(tmp_path / name, ("a",))
    assert caught.value.code == f"training-data.{code}"
    assert name in caught.value.message
    assert words in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"lost\.csv"):
        read_weights(tmp_path / "lost.csv")


def test_columns_and_names_must_agree(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((4, 3)))
    with pytest.raises(UserError, match="3 columns, but there are 2 names"):
        read_weights(tmp_path / "a.npy", ("a", "b"))
    with pytest.raises(UserError, match="no names"):
        read_weights(tmp_path / "a.npy")


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError) as caught:
        read_weights(tmp_path / "a.npy", ("a",))
    assert caught.value.code == "training-data.unreadable"
