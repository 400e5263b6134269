"""The summary: failures first, nothing from outside, and text that stays text."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.errors import UserError
from maya_a2f.farm.plan import BATCH_FRAMES, Pack, Plan, PlannedLine, packs_of, read_plan, write_plan
from maya_a2f.farm.records import write_record
from maya_a2f.farm.summary import write_summary
from maya_a2f.farm.summary_page import duration

VERDICTS = ("good", "bad", "look at", None)


class Page(HTMLParser):
    """Rows of the table, and everything that a tag points to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href"):
                self.targets.append(str(value))
            if tag == "tr" and name == "data-name":
                self.rows.append(str(value))


def line(number: int, name: str = "", frames: int = 75, **options: str) -> PlannedLine:
    name = name or f"line {number}"
    return PlannedLine(
        number, name, f"line {number + 1}", f"/rec/{name}.wav", "", options, (f"{name}.csv",), frames, 2.5, key="k"
    )


def plan_of(*lines: PlannedLine) -> Plan:
    return Plan(lines, packs_of(lines, BATCH_FRAMES), "/jobs/lines.csv")


def record(verdict: str | None = None, error: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    found = None if verdict is None else {"verdict": verdict, "findings": []}
    state = {"state": "failed" if error else "done", "outputs": [], "seconds": 2.5, "notes": [], "picture": ""}
    return {**state, "verdict": found, "error": error, **more}


def test_failures_come_first_then_the_gravest_verdict_then_what_is_left(tmp_path: Path) -> None:
    plan = plan_of(*(line(number) for number in range(1, 7)))
    for number, verdict in enumerate(VERDICTS, 1):
        write_record(tmp_path, plan.line(number), record(verdict))
    error = UserError("It is broken.", code="audio.broken").to_dict()
    write_record(tmp_path, plan.line(5), record(error=error))
    summary = write_summary(plan, tmp_path, 10.0)
    page = Page(summary.path.read_text("utf-8"))
    assert page.rows == ["line 5", "line 2", "line 3", "line 1", "line 4", "line 6"]
    assert summary.state == "failed"
    assert summary.exit_code == 2
    assert summary.words.startswith("4 of 6 lines done; 1 failed; 1 to do; verdicts: 1 bad, 1 look at, 1 good")
    told = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert told["failures"][0]["error"]["message"] == "It is broken."
    assert (told["schema"], told["waiting"], told["exit_code"]) == ("a2f.batch_summary/1", 1, 2)


def test_the_page_needs_nothing_from_outside_and_no_name_becomes_markup(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script> & "q"'
    plan = plan_of(line(1, evil), line(2, "ü/ä #1%"))
    made = [{"path": "ü/ä #1%.csv", "what": "", "bytes": 1, "sha256": ""}]
    write_record(tmp_path, replace(plan.line(1), name="safe"), record())
    write_record(tmp_path, plan.line(2), record("good", notes=[evil], outputs=made))
    page = Page(write_summary(plan, tmp_path).path.read_text("utf-8"))
    assert page.tags.count("script") == 1
    assert page.targets
    assert all(not target.startswith(("http", "//")) for target in page.targets)
    assert "%C3%BC/%C3%A4%20%231%25.csv" in page.targets


def test_a_record_of_other_inputs_is_not_counted(tmp_path: Path) -> None:
    plan = plan_of(line(1))
    write_record(tmp_path, replace(plan.line(1), key="earlier"), record("good"))
    assert write_summary(plan, tmp_path).state == "waiting"


def test_lengths_read_as_people_say_them() -> None:
    assert [duration(seconds) for seconds in (4.25, 61, 3 * 3600 + 125)] == ["4.2 s", "1:01 min", "3:02 h"]


def test_packs_follow_from_the_manifest_alone() -> None:
    lines = [line(number, frames=60 + number % 40, fps="24" if number % 3 else "30") for number in range(1, 200)]
    packs = packs_of(lines, BATCH_FRAMES)
    assert packs == packs_of(lines, BATCH_FRAMES)
    numbers = [number for pack in packs for number in pack.numbers]
    assert sorted(numbers) == list(range(1, 200))
    by_number = {one.number: one for one in lines}
    for pack in packs:
        assert len({by_number[number].options["fps"] for number in pack.numbers}) == 1
        for part in pack.parts:
            assert sum(by_number[number].frames for number in part) <= 24 * BATCH_FRAMES
            assert list(part) == sorted(part)


def test_a_small_batch_has_work_for_several_workers() -> None:
    assert len(packs_of([line(number) for number in range(1, 25)], BATCH_FRAMES)) > 8
    assert len(packs_of([line(number) for number in range(1, 501)], BATCH_FRAMES)) < 40


def test_a_long_recording_is_a_part_of_its_own() -> None:
    lines = [line(1), replace(line(2), is_packed=False), line(3), line(4, frames=9999), line(5)]
    assert packs_of(lines, BATCH_FRAMES) == tuple(Pack(((number,),)) for number in range(1, 6))


def test_rows_of_a_part_lie_one_after_another() -> None:
    plan = plan_of(line(1, frames=10), line(2, frames=0), line(3, frames=7))
    assert plan.first_rows((1, 2, 3)) == {1: 0, 2: 10, 3: 10}


def test_a_plan_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_of(line(1, emotion="joy=1"), replace(line(2), options={"gaze": ("1,2", "3,4@1-2")}))
    assert read_plan(write_plan(plan, tmp_path)) == plan


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema": "a2f.batch_plan/2"}', '{"schema": "a2f.batch_plan/1", "lines": 3}', "[" * 9999]
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"plan\.json"):
        read_plan(path)


def test_a_page_of_many_lines_has_the_pictures_of_those_that_need_a_look_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maya_a2f.farm.summary_page._PICTURE_CHARACTERS", 250)
    plan = plan_of(*(line(number) for number in range(1, 6)))
    for number, verdict in enumerate(("good", "look at", "good", "bad", "good"), 1):
        write_record(tmp_path, plan.line(number), record(verdict, picture=str(number) * 100))
    page = write_summary(plan, tmp_path).path.read_text("utf-8")
    assert [number for number in "12345" if number * 100 in page] == ["2", "4"]
