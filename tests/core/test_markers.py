"""Markers: read from every format, refused in words where they make no sense."""

from __future__ import annotations

import json
import struct
import wave
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.markers import MarkedLine, lines_within, ordered_lines, seconds_from
from maya_a2f.core.markers_reading import read_markers
from maya_a2f.errors import UserError

TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

0 10 <exists> 2
"IntervalTier" "lines" 0 10 4
0 1 ""  1 3.5 "hello there"  3.5 4 ""  4 6 "bye"
"IntervalTier" "emotion" 0 10 2
0 3.9 "joy=0.5"  3.9 10 ""
"""


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def marked(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": "a2f.markers/1", "lines": list(lines), **more}


def wav_with_cues(path: Path, points: list[tuple[int, str, int]]) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2 * 80001))
    cues = struct.pack("<I", len(points))
    notes = b"adtl"
    for cue, (sample, name, length) in enumerate(points, 1):
        cues += struct.pack("<II4sIII", cue, sample, b"data", 0, 0, sample)
        text = name.encode() + b"\0"
        notes += struct.pack("<4sII", b"labl", 4 + len(text), cue) + text + bytes(len(text) % 2)
        notes += struct.pack("<4sIII4s8x", b"ltxt", 20, cue, length, b"rgn ")
    chunks = struct.pack("<4sI", b"cue ", len(cues)) + cues + struct.pack("<4sI", b"LIST", len(notes)) + notes
    content = bytearray(path.read_bytes() + chunks)
    content[4:8] = struct.pack("<I", len(content) - 8)
    path.write_bytes(bytes(content))
    return path


def test_json_gives_lines_in_the_order_of_time_with_names_fit_for_files(tmp_path: Path) -> None:
    path = written(
        tmp_path / "m.json",
        marked(
            {"name": "late", "start": "0:04.5", "end": 6},
            {"name": "a/b: c", "start": 1, "end": 2, "emotion": {"joy": 0.5}, "layers": {"head": {"strength": 0}}},
            {"start": 7, "name": "late"},
        ),
    )
    lines = read_markers(path, "clip.wav")
    assert [line.name for line in lines] == ["a_b_c", "late", "late_2"]
    assert lines[0].emotion == {"joy": 0.5}
    assert lines[0].layers == {"head": {"strength": 0}}
    assert lines[1].start_seconds == 4.5
    assert lines[2].end_seconds is None


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_csv_is_read_with_any_separator(tmp_path: Path, comma: str) -> None:
    rows = [["name", "Start", "end", "emotion", "layers"], ["x", "1:01.5", "62", "joy=0.5", "head=off"], [""] * 5]
    lines = read_markers(written(tmp_path / "m.csv", "\n".join(comma.join(row) for row in rows)), "c.wav")
    assert len(lines) == 1
    assert (lines[0].start_seconds, lines[0].end_seconds) == (61.5, 62.0)
    assert (lines[0].emotion, lines[0].layers) == ({"joy": 0.5}, {"head": {"strength": 0.0}})


def test_a_textgrid_gives_its_lines_and_what_lies_over_them(tmp_path: Path) -> None:
    lines = read_markers(written(tmp_path / "m.TextGrid", TEXTGRID), "c.wav")
    assert [(line.name, line.start_seconds, line.end_seconds) for line in lines] == [
        ("hello_there", 1.0, 3.5),
        ("bye", 4.0, 6.0),
    ]
    assert [line.emotion for line in lines] == [{"joy": 0.5}, {}]


def test_cue_points_of_a_wav_mark_regions_or_last_until_the_next(tmp_path: Path) -> None:
    path = wav_with_cues(tmp_path / "c.wav", [(8000, "one", 4000), (16000, "two", 0), (40000, "three", 0)])
    lines = read_markers(path, str(path))
    assert [(line.name, line.start_seconds, line.end_seconds) for line in lines] == [
        ("one", 1.0, 1.5),
        ("two", 2.0, None),
        ("three", 5.0, None),
    ]
    assert lines_within(lines, 0.0, 10.0, "c.wav") == ((1.0, 1.5), (2.0, 5.0), (5.0, 10.0))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "markers.bad"),
        ("[]", "markers.bad"),
        ({"schema": "a2f.markers/9", "lines": []}, "markers.newer"),
        (marked(), "markers.bad"),
        (marked({"name": "x", "end": 2}), "markers.bad"),
        (marked({"start": 1, "end": 1}), "markers.bad"),
        (marked({"start": 2, "end": 1}), "markers.bad"),
        (marked({"start": -1, "end": 1}), "markers.bad"),
        (marked({"start": "soon", "end": 1}), "markers.bad"),
        (marked({"start": True, "end": 1}), "markers.bad"),
        (marked({"start": 1, "end": 3}, {"start": 2, "end": 4}), "markers.bad"),
        (marked({"start": 1, "end": 3, "colour": "red"}), "markers.bad"),
        (marked({"start": 1, "end": 3, "emotion": {"joy": "much"}}), "markers.bad"),
        (marked({"start": 1, "end": 3, "layers": {"nose": {}}}), "layer.unknown"),
        (marked({"start": 1, "end": 3}, clip="other.wav"), "markers.other_clip"),
        ("name,end\nx,2\n", "markers.bad"),
        ("start,end,emotion\n1,2,joy\n", "markers.bad"),
    ],
)
def test_markers_that_make_no_sense_are_refused(tmp_path: Path, content: Any, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_markers(written(tmp_path / "m", content), "clip.wav")
    assert caught.value.code == code


def test_a_wav_without_cues_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no cue points"):
        read_markers(wav_with_cues(tmp_path / "c.wav", []), "c.wav")
    with pytest.raises(UserError, match="nothing"):
        read_markers(tmp_path / "nothing.json", "c.wav")


@pytest.mark.parametrize(("start", "end"), [(0.2, 1.0), (9.0, 10.5), (11.0, 12.0), (10.0, None)])
def test_lines_outside_the_clip_are_refused(start: float, end: float | None) -> None:
    with pytest.raises(UserError) as caught:
        lines_within(ordered_lines([MarkedLine("x", start, end)]), 0.5, 10.0, "clip.wav")
    assert caught.value.code == "markers.outside"


def test_an_end_a_hair_behind_the_recording_means_its_end() -> None:
    assert lines_within([MarkedLine("x", 1.0, 10.01)], 0.0, 10.0, "c.wav") == ((1.0, 10.0),)


def test_times_are_seconds_minutes_or_hours() -> None:
    assert [seconds_from(text, "x") for text in (1.5, "1.5", "2:01,5", "1:00:00")] == [1.5, 1.5, 121.5, 3600.0]


def test_a_line_has_a_style_of_its_own(tmp_path: Path) -> None:
    table = written(tmp_path / "m.csv", "name,start,end,style\na,0,1,jawStyle=-0.5;lipLead=20\n")
    assert read_markers(table, tmp_path / "x.wav")[0].style == {"jawStyle": -0.5, "lipLead": 20.0}
    with pytest.raises(UserError, match="jawStyle") as refused:
        read_markers(written(tmp_path / "m.json", marked({"start": 0, "style": {"jawStyle": 4}})), tmp_path / "x.wav")
    assert refused.value.code == "style.out_of_range"
