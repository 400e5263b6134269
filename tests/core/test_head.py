"""Loading a head's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.head import kept_head, load_head
from maya_a2f.core.npz import NpzArray
from maya_a2f.errors import UserError
from tests.head_factory import floats, ints, tiny_arrays, tiny_description, tiny_head, write_head

Change = Callable[[dict[str, Any], dict[str, NpzArray]], object]


def test_a_head_is_the_same_from_disk_and_from_memory(tmp_path: Path) -> None:
    assert load_head(write_head(tmp_path / "Kopf ü")) == tiny_head()


def test_joints_come_parents_first_whatever_the_file_says() -> None:
    names = [joint.name for joint in tiny_head().joints]
    assert names.index("head") < names.index("jaw") < names.index("tongue1")


def test_a_joints_rest_is_its_place_relative_to_its_parent() -> None:
    head = tiny_head()
    assert head.rest_translate("head") == (0.0, 0.5, 0.0)
    assert head.rest_translate("jaw") == (0.0, -2.5, 3.0)
    assert head.rest_translate("tongue1") == (0.0, 0.5, 2.0)


def test_shapes_hold_only_the_vertices_they_move() -> None:
    shape = tiny_head().mesh("face").shapes["mouthClose"]
    assert list(shape.indices) == [5, 9]
    assert shape.deltas[3] == pytest.approx(1 / 3, abs=1e-7)


_DAMAGE: dict[str, tuple[Change, str]] = {
    "schema": (lambda text, _: text.update(schema="a2f.head/9"), "schema"),
    "unit": (lambda text, _: text.update(unit="meter"), "meter"),
    "no joints": (lambda text, _: text.pop("joints"), "joints"),
    "no such joint": (lambda text, _: text["meshes"][0].update(joint="neck"), "neck"),
    "circle": (lambda text, _: text["joints"][1].update(parent="jaw"), "lead nowhere"),
    "material": (lambda text, _: text["meshes"][1].update(material="gold"), "gold"),
    "name": (lambda text, _: text["joints"][0].update(name="zunge ö"), "zunge"),
    "position": (lambda text, _: text["joints"][0].update(position=[0, 1]), "unpack"),
    "no points": (lambda _, arrays: arrays.pop("face.points"), "face.points"),
    "points": (lambda _, arrays: arrays.update({"face.points": floats([(0, 0)], 2)}), "face.points"),
    "nan": (lambda _, arrays: arrays["face.points"].values.__setitem__(4, float("nan")), "finite"),
    "corner": (lambda _, arrays: arrays["face.face_vertices"].values.__setitem__(0, 99), "out of range"),
    "corners": (lambda _, arrays: arrays.update({"face.face_sizes": ints([4] * 8)}), "corners"),
    "uv": (lambda _, arrays: arrays["face.face_uvs"].values.__setitem__(0, -1), "out of range"),
    "shape vertex": (lambda _, arrays: arrays["face.shape.jawOpen.indices"].values.__setitem__(2, 16), "range"),
    "shape order": (lambda _, arrays: arrays["face.shape.jawOpen.indices"].values.__setitem__(0, 2), "ascend"),
    "shape deltas": (lambda _, arrays: arrays.pop("face.shape.jawOpen.deltas"), "jawOpen"),
    "face material": (lambda _, arrays: arrays.update({"face.face_materials": ints([0, 2])}), "face materials"),
}


@pytest.mark.parametrize("what", list(_DAMAGE))
def test_a_fault_in_a_head_is_named(tmp_path: Path, what: str) -> None:
    change, word = _DAMAGE[what]
    description, arrays = tiny_description(), tiny_arrays()
    change(description, arrays)
    with pytest.raises(UserError, match=word) as caught:
        load_head(write_head(tmp_path / "head", description, arrays))
    assert caught.value.code == "head.damaged"


@pytest.mark.parametrize("part", ["head.json", "head.npz"])
def test_a_missing_file_of_a_head_is_named(tmp_path: Path, part: str) -> None:
    folder = write_head(tmp_path / "head")
    (folder / part).unlink()
    with pytest.raises(UserError, match=part) as caught:
        load_head(folder)
    assert caught.value.code == "head.missing"


def test_json_that_is_none_and_an_archive_that_is_none_are_refused(tmp_path: Path) -> None:
    folder = write_head(tmp_path / "head")
    (folder / "head.npz").write_bytes(b"PK no")
    with pytest.raises(UserError, match=r"head\.npz") as caught:
        load_head(folder)
    assert caught.value.code == "head.damaged"
    (folder / "head.json").write_bytes(b"{\xff")
    with pytest.raises(UserError, match="JSON"):
        load_head(folder)


def test_a_kept_head_is_read_again_once_its_files_have_changed(tmp_path: Path) -> None:
    folder = write_head(tmp_path / "head")
    first = kept_head(folder)
    assert kept_head(folder) is first
    description = folder / "head.json"
    description.write_text(description.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    again = kept_head(folder)
    assert again is not first
    assert again == first
    assert hash(again) == hash(first)
    description.unlink()
    with pytest.raises(UserError) as caught:
        kept_head(folder)
    assert caught.value.code == "head.missing"
