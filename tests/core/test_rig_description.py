"""A rig description is written and read without numpy, and says what is wrong with a bad one."""

from __future__ import annotations

import dataclasses
import math
from array import array
from pathlib import Path

import pytest

from maya_a2f.core.npz import npz_bytes, read_npz
from maya_a2f.core.rig_description import (
    Control,
    ControlSample,
    RigDescription,
    read_rig_description,
    write_rig_description,
)
from maya_a2f.errors import UserError

_JAW = Control(
    "Müller:jaw_ctl.open",
    "scalar",
    rest=0.5,
    lowest=0.0,
    highest=10.0,
    samples=(
        ControlSample(5.0, array("i", [2]), array("f", [0, -0.5, 0.25])),
        ControlSample(10.0, array("i", [1, 2]), array("f", [0, -1, 0, 0, -1, 0.5])),
    ),
)
_STILL = Control("lids.weight[3]", locked=True)


def _description() -> RigDescription:
    return RigDescription(
        "Müller",
        array("f", [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0]),
        array("i", [4]),
        array("i", [0, 1, 2, 3]),
        (_JAW, _STILL),
        {"chin": 2},
        scale=2.54,
        notes=("A mesh was left out.",),
        parts=(("face", 3), ("teeth", 1)),
    )


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "mül ler.a2frig.npz"
    write_rig_description(_description(), path)
    assert read_rig_description(path) == _description()


def test_the_same_description_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_rig_description(_description(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_numpy_reads_what_is_written(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    write_rig_description(_description(), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        assert arrays["points"].dtype == np.float32
        assert arrays["points"].shape == (4, 3)
        assert arrays["control.0.1.indices"].tolist() == [1, 2]
        assert arrays["control.0.1.deltas"].tolist() == [[0, -1, 0], [0, -1, 0.5]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": array("f", [0, math.nan, 0])}, "'points' holds values that are not finite"),
        ({"face_counts": array("i", [3])}, "needs 3 corners, 'face_indices' has 4"),
        ({"face_counts": array("i", [2, 2])}, "fewer than three"),
        ({"face_indices": array("i", [0, 1, 2, 4])}, "a vertex that is not there"),
        ({"controls": (_JAW, _JAW)}, "two controls 'Müller:jaw_ctl.open'"),
        ({"controls": (dataclasses.replace(_JAW, lowest=11.0),)}, "lowest value 11 above its highest 10"),
        ({"controls": (dataclasses.replace(_JAW, rest=math.inf),)}, "no finite number"),
        ({"controls": (dataclasses.replace(_JAW, samples=(_JAW.samples[0], _JAW.samples[0])),)}, "twice at one value"),
        (
            {"controls": (dataclasses.replace(_STILL, samples=(ControlSample(1, array("i", [0]), array("f")),)),)},
            "0 offsets for 1 vertices",
        ),
        (
            {"controls": (dataclasses.replace(
                _STILL, samples=(ControlSample(1, array("i", [2, 1]), array("f", [0] * 6)),)),)},
            "do not ascend",
        ),
        ({"landmarks": {"chin": 4}}, "landmark 'chin' is 4"),
        ({"parts": (("face", 3),)}, "its parts have 3 vertices"),
        ({"scale": 0.0}, "'scale' is 0"),
    ],
)  # fmt: skip
def test_a_description_that_makes_no_sense_is_not_written(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words.replace("(", r"\(")) as caught:
        write_rig_description(dataclasses.replace(_description(), **change), tmp_path / "x.npz")  # type: ignore[arg-type]
    assert caught.value.code == "rig_description.bad"
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"rig_description/1", b"rig_description/2", "rig_description.newer"),
        (b"a2f.rig_desc", b"b3g.rig_desc", "rig_description.bad"),
        (b'"controls"', b'"kontrols"', "rig_description.bad"),
        (b'"scalar"', b'"scaler"', "rig_description.bad"),
        (b"{", b"[", "rig_description.bad"),
    ],
)
def test_a_newer_or_damaged_file_is_told(tmp_path: Path, old: bytes, new: bytes, code: str) -> None:
    path = tmp_path / "x.npz"
    write_rig_description(_description(), path)
    arrays = dict(read_npz(path))
    text = bytes(arrays["rig"].values).replace(old, new)
    arrays["rig"] = dataclasses.replace(arrays["rig"], values=array("B", text))
    path.write_bytes(npz_bytes(arrays))
    with pytest.raises(UserError, match=r"x\.npz") as caught:
        read_rig_description(path)
    assert caught.value.code == code


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    write_rig_description(_description(), path)
    arrays = dict(read_npz(path))
    del arrays["control.0.1.deltas"]
    path.write_bytes(npz_bytes(arrays))
    with pytest.raises(UserError, match=r"control\.0\.1\.deltas"):
        read_rig_description(path)
