"""Paths of another machine as they are called here."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from maya_a2f.core.path_mapping import PathRule, mapped_path, mapped_paths, read_path_rules
from maya_a2f.errors import UserError


def rules_file(folder: Path, *rules: tuple[str, str, str]) -> Path:
    path = folder / "rules.json"
    names = ("source_path_format", "source_path", "destination_path")
    listed = [dict(zip(names, rule, strict=True)) for rule in rules]
    path.write_text(json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": listed}), "utf-8")
    return path


def test_what_lies_below_a_source_lies_below_its_destination() -> None:
    rules = (PathRule(PurePosixPath("/shows/b 1"), "/mnt/x"),)
    assert mapped_path("/shows/b 1/line ü.wav", rules) == os.path.join("/mnt/x", "line ü.wav")  # noqa: PTH118
    assert mapped_path("/shows/b 1", rules) == "/mnt/x"


def test_a_source_ends_at_a_folder_not_within_a_name() -> None:
    assert (
        mapped_path("/shows/b12/line.wav", (PathRule(PurePosixPath("/shows/b1"), "/mnt/x"),)) == "/shows/b12/line.wav"
    )


def test_the_longest_source_wins_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    path = rules_file(tmp_path, ("POSIX", "/shows", "/far"), ("POSIX", "/shows/b", "/near"))
    assert mapped_path("/shows/b/x.wav", read_path_rules(path)) == os.path.join("/near", "x.wav")  # noqa: PTH118


def test_windows_sources_compare_without_case_and_with_either_slash(tmp_path: Path) -> None:
    rules = read_path_rules(rules_file(tmp_path, ("WINDOWS", "S:\\Shows", "/mnt/s")))
    assert mapped_path("s:/shows/B/line.wav", rules) == os.path.join("/mnt/s", "B", "line.wav")  # noqa: PTH118


def test_an_empty_object_is_no_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text("{}")
    assert read_path_rules(path) == ()


def test_paths_are_found_anywhere_in_a_document() -> None:
    rules = (PathRule(PurePosixPath("/a"), "/b"),)
    document = {"lines": [{"clip": "/a/x.wav", "text": "and/or", "in": 1.5, "none": None}], "out": "/a"}
    moved = mapped_paths(document, rules)
    assert moved == {"lines": [{"clip": "/b/x.wav", "text": "and/or", "in": 1.5, "none": None}], "out": "/b"}


@pytest.mark.parametrize(
    "text",
    ["", "[1]", '{"path_mapping_rules": 3}', '{"path_mapping_rules": [3]}',
     '{"path_mapping_rules": [{"source_path_format": "VMS", "source_path": "a", "destination_path": "b"}]}',
     '{"path_mapping_rules": [{"source_path_format": "POSIX", "source_path": "/a"}]}', "[" * 100_000],
)  # fmt: skip
def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"rules\.json") as raised:
        read_path_rules(path)
    assert raised.value.code == "paths.unreadable"


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.json"):
        read_path_rules(tmp_path / "nothing.json")


def test_a_windows_drive_is_a_source(tmp_path: Path) -> None:
    (rule,) = read_path_rules(rules_file(tmp_path, ("windows", "S:\\", "/mnt/s")))
    assert rule.source == PureWindowsPath("S:\\")
    assert mapped_path("S:\\a.wav", (rule,)) == os.path.join("/mnt/s", "a.wav")  # noqa: PTH118
