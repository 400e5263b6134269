"""``a2f report`` from the command line to the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

from maya_a2f.core.take import write_take
from tests.cli.conftest import Command
from tests.quality.speaker import SAMPLE_RATE_HZ, speak, textgrid, write


@pytest.fixture
def line(tmp_path: Path) -> Path:
    speech = speak()
    speech.jaw[speech.times > speech.phones[-1].end_seconds] = 0.15
    write_take(speech.take(), tmp_path / "line.a2ftake")
    write(tmp_path / "line.TextGrid", textgrid(speech.phones, speech.duration))
    soundfile.write(tmp_path / "line.wav", speech.samples(), SAMPLE_RATE_HZ)
    return tmp_path


def test_a_report_is_printed_and_written(a2f: Command, line: Path) -> None:
    outputs = [line / name for name in ("out.png", "out.json", "out.txt")]
    words = [word for output in outputs for word in ("-o", output)]
    phones = ("--phones", line / "line.TextGrid", "--start-frame", 1001)
    code, out, err = a2f("report", line / "line.a2ftake", "--audio", line / "line.wav", *phones, *words)
    assert code == 0, err
    assert "Mouth at rest at the end" in out
    assert outputs[0].read_bytes()[:4] == b"\x89PNG"
    (report,) = json.loads(outputs[1].read_text("utf-8"))["reports"]
    (fault,) = report["look_at"]
    assert (fault["measure"], fault["frame"]) == ("end_at_rest", 1000 + report["frames"])
    assert outputs[2].read_text("utf-8") in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["none.a2ftake"], 2, "none.a2ftake"),
        (["line.a2ftake", "--audio", "none.wav"], 2, "none.wav"),
        (["line.a2ftake", "--phones", "line.wav"], 2, "TextGrid"),
    ],
)
def test_what_cannot_be_judged_is_one_line(
    a2f: Command, line: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(line)
    found, out, err = a2f("report", *words)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("output", ["a.gif", "line.wav", "line.a2ftake", "none/a.png"])
def test_outputs_that_cannot_be_are_refused_before_any_work(
    a2f: Command, line: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(line)
    before = (line / "line.a2ftake").read_bytes()
    code, _, err = a2f("report", "line.a2ftake", "--audio", "line.wav", "-o", output, "--overwrite")
    assert code in (2, 5)
    assert output in err
    assert (line / "line.a2ftake").read_bytes() == before


def test_a_file_that_is_there_is_kept(a2f: Command, line: Path) -> None:
    kept = write(line / "out.txt", "mine")
    code, _, err = a2f("report", line / "line.a2ftake", "-o", kept)
    assert code == 2
    assert "--overwrite" in err
    assert kept.read_text() == "mine"
