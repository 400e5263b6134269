"""A rig's file fitted from a script; the worker's answers are computed in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maya_a2f
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message
from maya_a2f.scripting import rig_fitting, series
from maya_a2f.scripting.series import Session
from maya_a2f.worker.fitting.requests import answer_fit, answer_retarget
from maya_a2f.worker.rigs.requests import rig_handlers
from maya_a2f.worker.service import Context, Request
from tests.cli.rig_files import write_gltf, write_npz
from tests.worker.fitting.warped_faces import other_face


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def request(
        self: Session, name: str, fields: Mapping[str, Any], blobs: Mapping[str, Blob], **calls: object
    ) -> Message:
        answer = {"fit": answer_fit, "retarget": answer_retarget, **rig_handlers()}[name]
        reply = answer(Request(dict(fields), dict(blobs), "request", 1, name), Context(1, lambda message: None))
        return Message(reply.fields, reply.blobs, "result", 1, "")

    monkeypatch.setattr(Session, "request", request)
    for module in (rig_fitting, series):
        monkeypatch.setattr(module, "in_maya", lambda: False)
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))


def write_face(path: Path) -> tuple[dict[str, int], dict[str, str]]:
    """A plain .npz; landmarks, and control -> shape."""
    rig, real = other_face(("jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "mouthSmileRight"))
    arrays: dict[str, Any] = {f"delta_{c.attribute}": rig.dense(c.samples[0]) for c in rig.controls}
    np.savez(path, neutral=rig.points, triangles=rig.triangles.astype(np.int32), **arrays)
    return dict(rig.landmarks), real


@pytest.mark.usefixtures("in_place")
def test_a_file_is_fitted_and_its_map_retargets(tmp_path: Path) -> None:
    marks, real = write_face(tmp_path / "bob.npz")
    made = maya_a2f.fit_rig(tmp_path / "bob.npz", marks, tmp_path / "bob.json")
    assert made.problems == ()
    assert 0.0 < made.regions["mouth"] < 0.6
    assert {shape: tuple(real[one] for one in same) for shape, same in made.matched.items()} == {
        shape: (shape,) for shape in real.values()
    }
    assert read_rig_map(tmp_path / "bob.json").fit == "bob.a2ffit.npz"
    rig = Rig("bob", tuple(RigAttribute(name, "weight") for name in made.controls))
    take = Take(Fraction(30), {"jawOpen": [0.0, 0.4]})
    tracks = maya_a2f.retarget(take, rig, tmp_path / "bob.json").tracks
    by_shape = {real[track.attribute]: track.samples for track in tracks}
    assert list(by_shape["jawOpen"]) == pytest.approx([0.0, 0.4], abs=0.06)
    of_file = maya_a2f.retarget(take, str(tmp_path / "bob.npz"), tmp_path / "bob.json").tracks
    assert {t.attribute: list(t.samples) for t in of_file} == {t.attribute: list(t.samples) for t in tracks}


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("write", [write_npz, write_gltf])
def test_characters_in_files_are_retargeted_by_name(write: Callable[[Path], Path], tmp_path: Path) -> None:
    take = Take(Fraction(30), {"jawOpen": [0.0, 0.4]})
    result = maya_a2f.retarget(take, str(write(tmp_path)))
    (track,) = (track for track in result.tracks if track.attribute.endswith("jawOpen"))
    assert list(track.samples) == pytest.approx([0.0, 0.4])


@pytest.mark.usefixtures("in_place")
def test_a_file_that_is_no_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nobody"):
        maya_a2f.retarget(Take(Fraction(30), {"jawOpen": [0.0]}), str(tmp_path / "nobody.npz"))


@pytest.mark.usefixtures("in_place")
def test_files_that_are_there_are_kept(tmp_path: Path) -> None:
    marks, _ = write_face(tmp_path / "bob.npz")
    (tmp_path / "bob.json").write_text("{}")
    with pytest.raises(UserError) as caught:
        maya_a2f.fit_rig(tmp_path / "bob.npz", marks, tmp_path / "bob.json")
    assert caught.value.code == "output.exists"
    with pytest.raises(UserError, match="number of a vertex"):
        maya_a2f.fit_rig(tmp_path / "bob.npz", {"chin": "face.vtx[3]"}, tmp_path / "other.json")
