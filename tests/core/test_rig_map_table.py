"""A rig map as a table: which rows a search shows, and what a typed cell means."""

from __future__ import annotations

import math

import pytest

from maya_a2f.core.matching import BY_HAND, Match
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.core.rig_map_table import (
    Field,
    Show,
    TableSource,
    drive_text,
    edited_drive,
    matching_rows,
    unused_channels,
)
from maya_a2f.errors import UserError

CHANNELS = ("jawOpen", "mouthClose", "eyeBlinkLeft", "jaw.rotateX", "jaw.rotateY")
SOURCE = TableSource(
    rig=Rig("hero", tuple(RigAttribute(f"face.{name}", "weight") for name in ("open", "close", "blink", "nose"))),
    rig_map=RigMap(
        "m",
        {
            "face.close": Drive({"mouthClose": 1.0, "jawOpen": 0.5}),
            "face.open": Drive({"jawOpen": 1.0}, muted=True),
            "gone.x": Drive({"jawOpen": 1.0}),
        },
    ),
    channels=CHANNELS,
    matches={"face.close": Match(1.0, BY_HAND), "face.open": Match(0.6, "similar"), "gone.x": Match(1.0, "same name")},
    blocked={"face.nose": "it is locked"},
)


@pytest.mark.parametrize(
    ("show", "search", "rows"),
    [
        ("all", "", ["face.close", "face.open", "gone.x", "face.blink", "face.nose"]),
        ("all", "JAW", ["face.close", "face.open", "gone.x"]),
        ("all", "face jaw", ["face.close", "face.open"]),
        ("all", "nothing like it", []),
        ("driven", "", ["face.close", "face.open", "gone.x"]),
        ("undriven", "", ["face.blink", "face.nose"]),
        ("undriven", "nose", ["face.nose"]),
        ("unsure", "", ["face.open"]),
        ("by_hand", "", ["face.close"]),
        ("blocked", "", ["face.nose"]),
        ("muted", "", ["face.open"]),
        ("missing", "", ["gone.x"]),
        ("unused", "", ["eyeBlinkLeft", "jaw.rotateX", "jaw.rotateY"]),
        ("unused", "rotate", ["jaw.rotateX", "jaw.rotateY"]),
    ],
)
def test_a_search_shows_rows_of_a_kind_with_all_its_words(show: Show, search: str, rows: list[str]) -> None:
    assert matching_rows(SOURCE, show, search) == rows


def test_channels_that_drive_nothing_are_listed() -> None:
    assert unused_channels(SOURCE.rig_map, ("jawOpen", "cheekPuff")) == ["cheekPuff"]


def test_a_single_channel_is_shown_without_its_gain() -> None:
    assert drive_text(Drive({"jawOpen": 3.0})) == "jawOpen"
    assert drive_text(Drive({"jawOpen": 3.0, "mouthClose": -1.0})) == "3 jawOpen - mouthClose"
    assert drive_text(None) == ""


BEFORE = Drive({"jawOpen": 2.0}, offset=0.5, limits=(0.0, 1.0), muted=True)


@pytest.mark.parametrize(
    ("field", "text", "after"),
    [
        ("channels", "mouthClose", Drive({"mouthClose": 2.0}, 0.5, (0.0, 1.0), True)),
        ("channels", "3 mouthClose", Drive({"mouthClose": 3.0}, 0.5, (0.0, 1.0), True)),
        ("channels", "jaw.rotateX", Drive({"jaw.rotateX": 1.0}, 0.5, (0.0, 1.0), True)),
        ("channels", "jawOpen + 0.5 mouthClose", Drive({"jawOpen": 1.0, "mouthClose": 0.5}, 0.5, (0.0, 1.0), True)),
        ("channels", " ", None),
        ("gain", "-1,5", Drive({"jawOpen": -1.5}, 0.5, (0.0, 1.0), True)),
        ("gain", "", Drive({"jawOpen": 1.0}, 0.5, (0.0, 1.0), True)),
        ("offset", "", Drive({"jawOpen": 2.0}, 0.0, (0.0, 1.0), True)),
        ("lowest", "-2", Drive({"jawOpen": 2.0}, 0.5, (-2.0, 1.0), True)),
        ("highest", "", Drive({"jawOpen": 2.0}, 0.5, (0.0, math.inf), True)),
    ],
)
def test_a_typed_cell_changes_its_field_only(field: Field, text: str, after: Drive | None) -> None:
    assert edited_drive(BEFORE, field, text, CHANNELS) == after


def test_both_limits_emptied_are_none() -> None:
    half = edited_drive(BEFORE, "lowest", "", CHANNELS)
    assert half is not None
    assert half.limits == (-math.inf, 1.0)
    open_ = edited_drive(half, "highest", "", CHANNELS)
    assert open_ is not None
    assert open_.limits is None


@pytest.mark.parametrize(
    ("drive", "field", "text", "words"),
    [
        (BEFORE, "gain", "much", "'much'"),
        (BEFORE, "gain", "inf", "'inf'"),
        (BEFORE, "lowest", "2", "above the highest"),
        (BEFORE, "channels", "jawOpn", "'jawOpn'"),
        (None, "gain", "2", "follows no channel"),
        (Drive({"jawOpen": 1.0, "mouthClose": 1.0}), "gain", "2", "Several channels"),
    ],
)
def test_what_cannot_be_taken_says_why(drive: Drive | None, field: Field, text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        edited_drive(drive, field, text, CHANNELS)
    assert words in caught.value.message
    assert caught.value.hint
