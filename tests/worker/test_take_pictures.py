"""The small pictures of a batch's takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.take import Take
from maya_a2f.errors import UserError
from maya_a2f.farm.pack_run import shared_fields
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message
from maya_a2f.worker.pack_requests import PackAnswers
from maya_a2f.worker.pack_review import Reviewer, ShownHead, widest_frames
from maya_a2f.worker.pipeline import Pipeline


@pytest.fixture(scope="module")
def reviewer() -> Reviewer:
    told = shared_fields(judged=True, pictures=1)
    rig = Rig("", tuple(RigAttribute(*attribute) for attribute in told["rig"]))
    return Reviewer(ShownHead(Path(told["head_folder"]), told["joint_suffix"], told["shapes_suffix"], rig))


def spoken(phase: float, *channels: str) -> Take:
    tracks = {name: [0.5 + 0.5 * math.sin(phase + place + frame / 3) for frame in range(20)]
              for place, name in enumerate(channels)}  # fmt: skip
    return Take(Fraction(30), tracks)


def test_takes_that_are_drawn_together_look_as_by_themselves(reviewer: Reviewer) -> None:
    takes = [
        spoken(0.0, "jawOpen", "mouthSmileLeft"),
        spoken(1.0, "jawOpen"),
        spoken(2.0, "jawOpen", "mouthSmileLeft"),
        spoken(3.0, "unheardOf"),
    ]
    alone = [reviewer.pictures([take], 2)[0] for take in takes]
    assert reviewer.pictures(takes, 2) == alone
    assert len(set(alone)) == len(takes)


def test_a_take_that_cannot_be_drawn_leaves_the_others_their_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {7: spoken(0.0, "jawOpen"), 8: spoken(1.0, "jawOpen"), 9: spoken(2.0, "jawOpen")}

    def pictures(self: Reviewer, takes: Sequence[Take], count: int) -> list[bytes]:
        if shown[8] in takes:
            raise UserError("A track holds values that are not finite numbers.", code="preview.not_finite")
        return [b"a picture"] * len(takes)

    monkeypatch.setattr(Reviewer, "pictures", pictures)
    answers = PackAnswers(Pipeline(), lambda message: pytest.fail("nothing is solved"))
    blobs: dict[str, Blob] = {}
    answers._draw(shown, Message(fields=shared_fields(judged=False, pictures=1)), blobs)
    assert sorted(blobs) == ["picture.7", "picture.9"]


def test_nothing_is_drawn_of_no_take(reviewer: Reviewer) -> None:
    assert reviewer.pictures([], 1) == []


def test_the_widest_open_mouth_of_each_stretch_is_shown() -> None:
    jaw = [0.0, 0.4, 0.1, 0.0, 0.2, 0.9]
    assert widest_frames(Take(Fraction(30), {"jawOpen": jaw}), 2) == [1, 5]
