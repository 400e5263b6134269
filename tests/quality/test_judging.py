"""From files to reports, and what is refused on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from maya_a2f.core.take import write_take
from maya_a2f.core.take_text import take_csv
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import UserError
from maya_a2f.quality.animation import arkit_name, read_animation
from maya_a2f.quality.judging import JudgeRequest, judge_take
from maya_a2f.quality.report import reports_from_json, reports_json, timecode
from maya_a2f.quality.report_text import reports_text
from maya_a2f.worker.transcript import alignment
from tests.quality.speaker import RATE, SAMPLE_RATE_HZ, default_head, speak, textgrid, write


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a faultless take, its table, its sound and its phones."""
    speech = speak()
    write_take(speech.take(), tmp_path / "line.a2ftake")
    write(tmp_path / "line.csv", take_csv(speech.take()))
    write(tmp_path / "line.TextGrid", textgrid(speech.phones, speech.duration))
    soundfile.write(tmp_path / "line.wav", speech.samples(), SAMPLE_RATE_HZ)
    return tmp_path


def request(folder: Path, take: str = "line.a2ftake") -> JudgeRequest:
    return JudgeRequest(folder / take, folder / "line.wav", folder / "line.TextGrid")


def test_a_take_with_its_sound_and_phones_passes(files: Path) -> None:
    report, _ = judge_take(request(files), default_head())
    assert (report.verdict, report.audio, report.phones_from) == ("good", "line.wav", "line.TextGrid")


def test_a_table_gives_the_same_figures_as_the_take(files: Path) -> None:
    of_take, _ = judge_take(request(files), default_head())
    of_table, _ = judge_take(request(files, "line.csv"), default_head())
    for one, other in zip(of_take.measures, of_table.measures, strict=True):
        assert (one.key, one.verdict) == (other.key, other.verdict)
        assert (one.value is None) == (other.value is None)
        assert (one.value or 0.0) == pytest.approx(other.value or 0.0, rel=0.01, abs=0.005)


def test_the_sound_of_the_take_is_found_without_asking(files: Path) -> None:
    take = replace(speak().take(), made_by={"audio": {"path": str(files / "line.wav"), "hash": "other"}})
    write_take(take, files / "made.a2ftake")
    report, _ = judge_take(JudgeRequest(files / "made.a2ftake"), default_head())
    assert report.audio == "line.wav"
    assert any("changed" in note for note in report.notes)


def test_a_sound_that_is_gone_is_said(files: Path) -> None:
    take = replace(speak().take(), made_by={"audio": {"path": str(files / "gone.wav")}})
    write_take(take, files / "made.a2ftake")
    report, _ = judge_take(JudgeRequest(files / "made.a2ftake"), default_head())
    assert report.audio == ""
    assert any("gone.wav" in note and "--audio" in note for note in report.notes)


@pytest.mark.parametrize("seconds", [0.5, 15.0])
def test_a_sound_of_another_length_is_refused(files: Path, seconds: float) -> None:
    soundfile.write(files / "line.wav", np.full(round(seconds * SAMPLE_RATE_HZ), 0.1), SAMPLE_RATE_HZ)
    with pytest.raises(UserError, match="do not belong together") as caught:
        judge_take(replace(request(files), phones_path=None), default_head())
    assert caught.value.code == "report.length"


def test_phones_of_a_longer_recording_are_refused(files: Path) -> None:
    speech = speak()
    later = tuple(replace(s, start_seconds=s.start_seconds + 5, end_seconds=s.end_seconds + 5) for s in speech.phones)
    write(files / "line.TextGrid", textgrid(later, speech.duration + 5))
    with pytest.raises(UserError) as caught:
        judge_take(request(files), default_head())
    assert caught.value.code == "report.phones_length"


@pytest.mark.parametrize(("name", "code"), [("none.a2ftake", "take.missing"), ("none.csv", "curves.missing")])
def test_a_missing_take_is_refused(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(UserError, match=name) as caught:
        read_animation(tmp_path / name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("time,smile,frown\n0,0,0\n0.1,0,0\n", "curves.no_arkit"),
        ("time,jawOpen,mouthClose\n", "curves.damaged"),
        ("time,jawOpen,mouthClose\n0,0,0\n0.1,x,0\n0.2,0,0\n", "curves.damaged"),
        ("time,jawOpen,mouthClose\n0,0,0\n0.1,nan,0\n0.2,0,0\n", "curves.damaged"),
        ("time,jawOpen,mouthClose\n0,0,0\n0.1\n0.2,0,0\n", "curves.damaged"),
        ("time,jawOpen,mouthClose\n0,0,0\n0,0,0\n0,0,0\n", "curves.damaged"),
        ("time,jawOpen,mouthClose\n0,0,0\n0.1,0,0\n", "curves.too_short"),
    ],
)
def test_a_table_that_cannot_be_judged_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        read_animation(write(tmp_path / "a.csv", text))
    assert caught.value.code == code


def test_a_take_without_arkit_weights_is_refused(tmp_path: Path) -> None:
    write_take(replace(speak().take(), tracks={"smile": [0.0] * 9}), tmp_path / "a.a2ftake")
    with pytest.raises(UserError) as caught:
        read_animation(tmp_path / "a.a2ftake")
    assert caught.value.code == "curves.no_arkit"


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("blendShapes.JawOpen", "jawOpen"),
        ("MouthSmile_L", "mouthSmileLeft"),
        ("head:mouthSmileRight", "mouthSmileRight"),
        ("jawLeft", "jawLeft"),
        ("HeadRoll", None),
    ],
)
def test_other_spellings_of_a_name_are_understood(column: str, name: str | None) -> None:
    assert arkit_name(column) == name


def test_a_mouth_close_that_contains_the_jaw_is_converted(tmp_path: Path) -> None:
    text = ",timeCode,blendShapes.JawOpen,blendShapes.MouthClose\n" + "".join(
        f"{k},{k / 25},0.1,0.3\n" for k in range(5)
    )
    path = write(tmp_path / "a.csv", text)
    plain, converted = read_animation(path), read_animation(path, mouth_close_contains_jaw=True)
    assert plain.rate == 25
    assert plain.tracks["jawOpen"] == pytest.approx(0.1)
    assert converted.tracks["jawOpen"] == pytest.approx(0.4)
    assert converted.tracks["mouthClose"] == pytest.approx(0.3)


def test_clock_times_need_a_rate(tmp_path: Path) -> None:
    text = "Timecode,JawOpen,MouthClose\n" + "".join(f"11:02:03:{k:02d}.5,0.1,0\n" for k in range(9))
    path = write(tmp_path / "a.csv", text)
    assert any("assumed" in note for note in read_animation(path).notes)
    assert read_animation(path, rate=Fraction(60)).rate == 60


def test_uneven_times_are_brought_to_even_ones(tmp_path: Path) -> None:
    times = [0.0, 1 / 30, 2 / 30, 5 / 30, 6 / 30, 7 / 30]
    path = write(tmp_path / "a.csv", "time,jawOpen,mouthClose\n" + "".join(f"{t},{t},0\n" for t in times))
    animation = read_animation(path)
    assert animation.frame_count == 8
    assert animation.tracks["jawOpen"] == pytest.approx(np.arange(8) / 30)
    assert any("uneven" in note for note in animation.notes)


def test_a_transcript_that_fits_gives_phones(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phones = tuple(alignment.SpokenPhone(s.start_seconds, s.end_seconds, s.label) for s in speak().phones)
    words = (alignment.SpokenWord(0.9, 2.2, "hello"),)
    found = alignment.Alignment(phones, words, "arpabet", 1.0, True, "", "a fake")
    monkeypatch.setattr(alignment, "align", lambda *_: found)
    spoken = replace(request(files), phones_path=None, transcript=Transcript("hello"))
    report, _ = judge_take(spoken, default_head())
    assert "transcript" in report.phones_from
    assert report.measure("closure_recall").value == 1.0
    assert report.lines[0].words == "hello"


def test_a_transcript_that_does_not_fit_is_said_and_left(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "align", lambda *_: alignment.misfit("arpabet", "a fake", "other words"))
    spoken = replace(request(files), phones_path=None, transcript=Transcript("hello"))
    report, _ = judge_take(spoken, default_head())
    assert report.phones_from == ""
    assert any("other words" in note for note in report.notes)
    assert report.measure("closure_recall").verdict == "not measured"


def test_a_transcript_without_sound_is_refused(files: Path) -> None:
    with pytest.raises(UserError) as caught:
        judge_take(JudgeRequest(files / "line.csv", transcript=Transcript("hello")), default_head())
    assert caught.value.code == "report.no_audio"


def test_json_gives_the_report_back(files: Path) -> None:
    report, _ = judge_take(request(files), default_head())
    text = reports_json([report, report])
    assert reports_from_json(text) == (report, report)
    data = json.loads(text)
    assert data["schema"] == "a2f.report/1"
    assert data["reports"][0]["verdict"] == "good"


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "report.damaged"), ("{}", "report.damaged"), ('{"schema": "a2f.report/9"}', "report.newer"),
     ('{"schema": "a2f.report/1", "reports": [{}]}', "report.damaged")],
)  # fmt: skip
def test_other_json_is_refused(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        reports_from_json(text)
    assert caught.value.code == code


def test_the_text_names_verdicts_lines_and_times(files: Path) -> None:
    speech = speak()
    speech.jaw[speech.times > speech.phones[-1].end_seconds] = 0.15
    write_take(speech.take(), files / "line.a2ftake")
    report, _ = judge_take(request(files), default_head())
    text = reports_text([report, report])
    last = len(speech.jaw) - 1
    assert "line.a2ftake: BAD" in text
    assert timecode(last / RATE, Fraction(RATE)) in text
    assert f"frame {last + 1}" in text
    assert text.count("Lines") == 2
    assert "All takes" in text


@pytest.mark.parametrize(
    ("seconds", "rate", "text"),
    [(0, 30, "00:00.00"), (61.5, 30, "01:01.15"), (59.999, 24, "01:00.00"), (1, Fraction(30000, 1001), "00:01.00")],
)
def test_timecodes_count_frames(seconds: float, rate: Fraction, text: str) -> None:
    assert timecode(seconds, Fraction(rate)) == text
