"""Fits as files, and what the worker answers about them."""

from __future__ import annotations

import dataclasses
import json
import pickle
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.rig_description import Control, ControlSample, RigDescription, write_rig_description
from maya_a2f.core.take import Take, take_bytes
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.worker.fitting.columns import Piece
from maya_a2f.worker.fitting.face_rig import FaceRig
from maya_a2f.worker.fitting.fit_data import Fit, FitSettings, FittedControl, Grams, Lips, Quality
from maya_a2f.worker.fitting.fit_file import read_fit, write_fit
from maya_a2f.worker.fitting.fitted_retarget import FittedRetarget
from maya_a2f.worker.fitting.requests import answer_fit, answer_retarget
from maya_a2f.worker.service import Context, Request
from tests.worker.fitting.warped_faces import HEAD_FOLDER, other_face


def small_fit() -> Fit:
    """Two controls, two shapes; the first control is the first shape."""
    controls = np.array([[2.0, 0.1], [0.1, 1.0]])
    grams = Grams(controls, np.array([[2.0, 0.0], [0.1, 0.5]]), np.eye(2) * 2.0)
    quality = Quality({"mouth": 0.1}, {"jawOpen": 0.1}, {"jawOpen": ("jaw.open",)}, 0.2, 0.1, 0.9, ())
    return Fit(
        name="small",
        controls=(
            FittedControl("jaw.open", "weight", 0.0, 0.0, 1.0, 0.1),
            FittedControl("lip.up", "translate", 0.5, -np.inf, np.inf, 0.2),
        ),
        pieces=(Piece(0, 0.0, 1.0, 0, 1.0), Piece(1, 0.5, 2.5, 0, 1.0)),
        shapes=("jawOpen", "mouthUpperUpLeft"),
        total=grams,
        by_region={"mouth": grams},
        lips=Lips(np.ones((1, 2)), np.ones((1, 2)), np.ones(1), np.zeros(2)),
        pairs=np.zeros((0, 2), np.int64),
        vertex_cross=np.ones((2, 5, 3), np.float32),
        settings=FitSettings(),
        quality=quality,
        source="0123",
        notes=("A remark.",),
    )


def test_a_fit_comes_back_as_it_was(tmp_path: Path) -> None:
    made = small_fit()
    write_fit(made, tmp_path / "a.a2ffit.npz")
    read = read_fit(tmp_path / "a.a2ffit.npz")
    for name in ("name", "pieces", "shapes", "settings", "source", "notes", "is_accepted"):
        assert getattr(read, name) == getattr(made, name)
    assert [dataclasses.asdict(control) for control in read.controls] == [
        dataclasses.asdict(control) for control in made.controls
    ]
    assert dataclasses.asdict(read.quality) == dataclasses.asdict(made.quality)
    tracks = {"jawOpen": np.linspace(0.0, 1.0, 7)}
    ours, theirs = (FittedRetarget(one).solve(tracks, 7).values for one in (made, read))
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


def _with_head(arrays: dict[str, Any], **changes: Any) -> dict[str, Any]:
    head = json.loads(bytes(arrays["fit"])) | changes
    return arrays | {"fit": np.frombuffer(json.dumps(head).encode(), np.uint8)}


@pytest.mark.parametrize(
    ("damage", "code", "words"),
    [
        (lambda a: {k: v for k, v in a.items() if k != "grams.total.cross"}, "fit.damaged", "grams.total.cross"),
        (lambda a: a | {"grams.total.controls": np.ones((3, 3))}, "fit.damaged", "grams.total.controls"),
        (lambda a: a | {"lips.ratio": np.full(1, np.nan)}, "fit.damaged", "not finite"),
        (lambda a: a | {"pairs": np.array([[0, 9]])}, "fit.damaged", "pairs"),
        (lambda a: a | {"fit": np.array([{"a": 1}], dtype=object)}, "fit.damaged", ""),
        (lambda a: _with_head(a, schema="a2f.fit/9"), "fit.newer", "newer version"),
        (lambda a: _with_head(a, schema="something"), "fit.damaged", "schema"),
        (lambda a: _with_head(a, controls=[]), "fit.damaged", "no controls"),
        (lambda a: _with_head(a, regions=["tail"]), "fit.damaged", "regions"),
    ],
)
def test_damaged_files_are_refused_with_the_place(
    tmp_path: Path, damage: Callable[[dict[str, Any]], dict[str, Any]], code: str, words: str
) -> None:
    path = tmp_path / "a.a2ffit.npz"
    write_fit(small_fit(), path)
    arrays = damage(_arrays(path))
    with path.open("wb") as stream:
        np.savez(stream, allow_pickle=True, **arrays)
    with pytest.raises(UserError) as caught:
        read_fit(path)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.a2ffit.npz"
    for content in (b"", b"PK\x03\x04", pickle.dumps({"fit": 1}), b"\x93NUMPY\x01\x00"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="cannot be used"):
            read_fit(path)
    path.unlink()
    with pytest.raises(UserError) as caught:
        read_fit(path)
    assert caught.value.code == "fit.missing"


def _answer(answer: Callable[[Request, Context], Any], fields: dict[str, Any], take: Take | None = None) -> Any:
    blobs = {} if take is None else {"take": Blob.of(take_bytes(take))}
    return answer(Request(fields, blobs, "request", 1, "any"), Context(1, lambda message: None))


def _describe(rig: FaceRig) -> RigDescription:
    controls = tuple(
        Control(
            control.attribute, "weight", 0.0, 0.0, 1.0, False,
            tuple(
                ControlSample(s.value, array("i", s.indices.tolist()), array("f", s.deltas.ravel().tolist()))
                for s in control.samples
            ),
        )
        for control in rig.controls
    )  # fmt: skip
    counts = array("i", [3] * len(rig.triangles))
    return RigDescription(
        rig.name, array("f", rig.points.ravel().tolist()), counts, array("i", rig.triangles.ravel().tolist()), controls,
        dict(rig.landmarks),
    )  # fmt: skip


def test_a_description_becomes_a_fit_and_a_take_its_values(tmp_path: Path) -> None:
    rig, real = other_face(("jawOpen", "mouthClose", "mouthPucker"))
    write_rig_description(_describe(rig), tmp_path / "rig.a2frig.npz")
    fields = {
        "rig": str(tmp_path / "rig.a2frig.npz"),
        "head_folder": str(HEAD_FOLDER),
        "path": str(tmp_path / "rig.a2ffit.npz"),
    }
    told = _answer(answer_fit, fields)
    assert told.fields["problems"] == []
    assert {name: tuple(real[one] for one in same) for name, same in told.fields["matched"].items()} == {
        shape: (shape,) for shape in real.values()
    }
    take = Take(Fraction(30), {"jawOpen": [0.0, 0.3, 0.5], "mouthPucker": [0.0, 0.0, 0.4]})
    where = {"fit": fields["path"], "head_folder": str(HEAD_FOLDER), "cache_folder": str(tmp_path)}
    reply = _answer(answer_retarget, where, take)
    values = np.frombuffer(reply.blobs["values"].data, "<f8").reshape(-1, 3)
    by_shape = {real[name]: row for name, row in zip(reply.fields["attributes"], values, strict=True)}
    assert by_shape["jawOpen"] == pytest.approx([0.0, 0.3, 0.5], abs=0.08)
    assert by_shape["mouthPucker"][2] == pytest.approx(0.4, abs=0.12)
    assert "take's weights" in reply.fields["notes"][0]
    assert "mouthClose" in reply.fields["notes"][1]


def test_a_bad_fit_is_never_used_quietly(tmp_path: Path) -> None:
    made = small_fit()
    poor = dataclasses.replace(
        made, quality=dataclasses.replace(made.quality, problems=("No control opens the mouth.",))
    )
    take = Take(Fraction(30), {"jawOpen": [0.0, 0.3]})
    where = {"fit": str(tmp_path / "a.npz"), "head_folder": str(HEAD_FOLDER), "cache_folder": str(tmp_path)}
    write_fit(poor, tmp_path / "a.npz")
    with pytest.raises(UserError, match="No control opens the mouth") as caught:
        _answer(answer_retarget, where, take)
    assert caught.value.code == "fit.poor"
    write_fit(dataclasses.replace(poor, is_accepted=True), tmp_path / "a.npz")
    assert _answer(answer_retarget, where, take).fields["attributes"] == ["jaw.open", "lip.up"]
