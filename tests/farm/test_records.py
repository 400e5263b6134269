"""What a record says of finished files is believed while they look untouched and nothing is left to do; else they are
read."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.farm import records
from maya_a2f.farm.plan import PlannedLine
from maya_a2f.farm.records import file_digest, made_files, read_record, standing, write_record

LINE = PlannedLine(
    1,
    "a",
    "line 2",
    "/rec/a.wav",
    clip_sha256="",
    options={},
    outputs=("a.csv", "a.json"),
    frames=9,
    seconds=0.3,
    key="k",
)
CHANGED = replace(LINE, key="of other inputs")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read since."""
    names: list[str] = []

    def digest(path: Path) -> str | None:
        names.append(path.name)
        return file_digest(path)

    monkeypatch.setattr(records, "file_digest", digest)
    return names


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder in which the line was done."""
    folder = tmp_path / "out"
    folder.mkdir()
    for path in LINE.output_paths(folder):
        path.write_bytes(b"made")
        set_time(path, 1_700_000_000_123_456_700)
    write_record(folder, LINE, {"state": "done", "outputs": made_files(folder, LINE, ["rows", "a take"])})
    return folder


def set_time(path: Path, mtime_ns: int) -> None:
    os.utime(path, ns=(mtime_ns, mtime_ns))


def edit_in_secret(path: Path) -> None:
    """As many bytes as before, and the time of before."""
    before = path.stat().st_mtime_ns
    path.write_bytes(b"mine")
    set_time(path, before)


def rewrite_record(folder: Path, *without: str, **changed: Any) -> None:
    record = read_record(folder, LINE)
    assert record is not None
    outputs = [
        {name: fact for name, fact in {**entry, **changed}.items() if name not in without}
        for entry in record["outputs"]
    ]
    write_record(folder, LINE, {"state": "done", "outputs": outputs})


def test_untouched_files_are_not_read(results: Path, read: list[str]) -> None:
    assert standing(results, LINE) == "done"
    assert read == []


def test_files_of_a_line_that_changed_are_read_before_it_is_done_again(results: Path, read: list[str]) -> None:
    assert standing(results, CHANGED) == "waiting"
    assert sorted(read) == ["a.csv", "a.json"]


@pytest.mark.parametrize("is_verified", [False, True])
def test_an_edit_that_its_time_hides_is_found_where_the_line_changed(results: Path, is_verified: bool) -> None:
    edit_in_secret(results / "a.csv")
    assert standing(results, CHANGED, is_verified=is_verified) == "edited"


@pytest.mark.parametrize("is_verified", [False, True])
def test_an_edit_that_its_time_hides_is_found_where_another_file_is_gone(results: Path, is_verified: bool) -> None:
    edit_in_secret(results / "a.csv")
    (results / "a.json").unlink()
    assert standing(results, LINE, is_verified=is_verified) == "edited"


@pytest.mark.parametrize("is_verified", [False, True])
def test_an_edit_that_its_time_hides_is_found_where_the_scenes_sound_is_gone(results: Path, is_verified: bool) -> None:
    edit_in_secret(results / "a.csv")
    record = read_record(results, LINE)
    assert record is not None
    write_record(results, LINE, {**record, "sound": "a.4f0c11d2.wav"})
    assert standing(results, LINE, is_verified=is_verified) == "edited"


def test_an_edit_that_leaves_the_size_is_noticed_by_its_time(results: Path, read: list[str]) -> None:
    (results / "a.csv").write_bytes(b"mine")
    assert standing(results, LINE) == "edited"
    assert sorted(read) == ["a.csv", "a.json"]


def test_a_file_with_a_new_time_and_the_old_bytes_is_done(results: Path, read: list[str]) -> None:
    set_time(results / "a.json", 1_700_000_001_123_456_700)
    assert standing(results, LINE) == "done"
    assert sorted(read) == ["a.csv", "a.json"]


def test_a_file_that_was_put_in_the_place_of_another_is_read(results: Path, read: list[str], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(b"mine")
    set_time(other, (results / "a.csv").stat().st_mtime_ns)
    other.replace(results / "a.csv")
    assert standing(results, LINE) == "edited"
    assert sorted(read) == ["a.csv", "a.json"]


def test_a_folder_that_was_copied_is_read_and_done(results: Path, read: list[str], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(results, elsewhere, copy_function=shutil.copy)
    assert standing(elsewhere, LINE) == "done"
    assert sorted(read) == ["a.csv", "a.json"]


def test_records_of_earlier_versions_hold_and_are_checked_by_reading(results: Path, read: list[str]) -> None:
    rewrite_record(results, "mtime_ns", "inode")
    assert standing(results, LINE) == "done"
    assert sorted(read) == ["a.csv", "a.json"]


def test_times_in_whole_seconds_prove_nothing(results: Path, read: list[str]) -> None:
    for path in LINE.output_paths(results):
        set_time(path, 1_700_000_000_000_000_000)
    rewrite_record(results, mtime_ns=1_700_000_000_000_000_000)
    assert standing(results, LINE) == "done"
    assert sorted(read) == ["a.csv", "a.json"]


def test_verifying_reads_everything_and_finds_what_its_time_hides(results: Path, read: list[str]) -> None:
    edit_in_secret(results / "a.csv")
    assert standing(results, LINE) == "done"
    assert standing(results, LINE, is_verified=True) == "edited"
    assert sorted(read) == ["a.csv", "a.json"]


def test_a_file_that_is_gone_is_waited_for(results: Path) -> None:
    (results / "a.csv").unlink()
    assert standing(results, LINE) == "waiting"
