"""One door to maps with and without a fit; the worker is played by the test."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.retarget import RetargetResult
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message
from maya_a2f.retargeting import retarget
from maya_a2f.steps import Steps, WorkerRequest

TAKE = Take(Fraction(30), {"jawOpen": [0.0, 0.5], "eyeBlinkLeft": [1.0, 0.0]})
RIG = Rig(
    "rig",
    (
        RigAttribute("c.a", "weight", highest=0.6),
        RigAttribute("c.b", "weight"),
        RigAttribute("c.muted", "weight"),
        RigAttribute("c.free", "weight"),
    ),
)
DRIVES = {"c.b": Drive({"jawOpen": 2.0}), "c.muted": Drive({"jawOpen": 1.0}, muted=True)}


def finished(steps: Steps[RetargetResult]) -> RetargetResult:
    with pytest.raises(StopIteration) as end:
        next(steps)
    result: RetargetResult = end.value.value
    return result


def test_a_map_without_a_fit_asks_nobody() -> None:
    result = finished(retarget(TAKE, RigMap("m", DRIVES), RIG))
    assert {track.attribute: list(track.samples) for track in result.tracks} == {"c.b": [0.0, 1.0]}


def test_a_fit_is_solved_by_the_worker_and_lines_of_the_map_are_stronger(tmp_path: Path) -> None:
    steps = retarget(TAKE, RigMap("m", DRIVES, fit="hero.a2ffit.npz"), RIG, tmp_path)
    asked = next(steps)
    assert isinstance(asked, WorkerRequest)
    assert asked.name == "retarget"
    assert asked.fields["fit"] == str(tmp_path / "hero.a2ffit.npz")
    values = array("d", [0.1, 0.9, 0.3, 0.3, 0.4, 0.4, 0.7, 0.7])
    fields = {
        "attributes": ["c.a", "c.b", "c.muted", "gone"],
        "channels": [["jawOpen", "mouthClose"], ["mouthClose"], [], []],
        "notes": ["Solved from the take's weights."],
    }
    reply = Message(fields, {"values": Blob.from_floats(values, (4, 2), "f8")}, "result", 1, "")
    with pytest.raises(StopIteration) as end:
        steps.send(reply)
    result = end.value.value
    assert {track.attribute: list(track.samples) for track in result.tracks} == {"c.b": [0.0, 1.0], "c.a": [0.1, 0.6]}
    assert result.missing_attributes == ("gone",)
    assert result.muted_attributes == ("c.muted",)
    assert result.notes == ("Solved from the take's weights.",)
    assert result.channels == {"c.a": ("jawOpen", "mouthClose")}


@pytest.mark.parametrize("name", ["../other.a2ffit.npz", "/tmp/x.npz"])
def test_a_fit_elsewhere_than_beside_its_map_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        next(retarget(TAKE, RigMap("m", {}, fit=name), RIG, tmp_path))
    assert caught.value.code == "fit.missing"


def test_a_map_that_lies_nowhere_cannot_have_a_fit() -> None:
    with pytest.raises(UserError, match="where that lies is not known"):
        next(retarget(TAKE, RigMap("m", {}, fit="hero.a2ffit.npz"), RIG))
