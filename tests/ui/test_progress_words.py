"""How far a run is, in words."""

from __future__ import annotations

import pytest

from maya_a2f.link.messages import Progress
from maya_a2f.ui.panel_errors import place_of
from maya_a2f.ui.progress_words import STAGE_SPANS, ProgressMeter, counted, duration_words


def test_the_stages_fill_the_bar_without_gaps() -> None:
    ends = [0.0]
    for first, last in STAGE_SPANS.values():
        assert first == ends[-1]
        ends.append(last)
    assert ends[-1] == 1.0


def test_the_bar_never_falls_back() -> None:
    meter = ProgressMeter()
    shown = [
        meter.take(Progress(stage, done, 10), now).fraction
        for now, (stage, done) in enumerate([("Posing", 5), ("Listening", 1), ("A new stage", 9), ("Writing keys", 1)])
    ]
    assert shown == sorted(shown)


def test_speed_and_time_left_are_of_the_stage_at_work() -> None:
    meter = ProgressMeter()
    meter.take(Progress("Listening", 0, 1000), 10.0)
    assert meter.take(Progress("Listening", 20, 1000), 10.1).detail == ""
    assert meter.take(Progress("Listening", 400, 1000), 12.0).detail == "200 frames/s · about 3 s left"


def test_a_stage_read_from_the_cache_tells_no_speed() -> None:
    assert ProgressMeter().take(Progress("Listening", 1000, 1000), 1.0).detail == ""


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "0 s"), (59.4, "59 s"), (125, "2 min 5 s"), (3840, "1 h 4 min")])
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_counts() -> None:
    assert (counted(1, "curve"), counted(8112, "key")) == ("1 curve", "8\u202f112 keys")


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("clip.missing", "clip"), ("audio.silent", "clip"), ("transcript.empty", "clip"), ("rig_map.bad", "character"),
        ("character.gone", "character"), ("panel.no_character", "character"), ("model.unknown", "keys"),
        ("rate.bad", "keys"), ("worker.crashed", ""), ("maya.refused", ""), ("file.disk_full", ""),
    ],
)  # fmt: skip
def test_an_error_is_shown_where_it_belongs(code: str, place: str) -> None:
    from maya_a2f.errors import A2FError

    assert place_of(A2FError("It went wrong.", code=code)) == place
