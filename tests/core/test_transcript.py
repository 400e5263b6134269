"""A transcript as text or as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f.core.transcript import Transcript, read_transcript
from maya_a2f.errors import UserError


def test_text_is_taken_as_it_is() -> None:
    assert read_transcript("Mama bought a map.") == Transcript("Mama bought a map.", "en")


def test_a_file_is_read_in_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    (tmp_path / "line.txt").write_bytes("\ufeffÜber Bäume".encode())
    assert read_transcript(str(tmp_path / "line.txt"), "de") == Transcript("Über Bäume", "de")


@pytest.mark.parametrize("text", ["", "  ", "... !?", "\n"])
def test_a_transcript_without_words_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_transcript(text)
    assert caught.value.code == "transcript.empty"


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_transcript(str(tmp_path / "line.txt"))
    assert caught.value.code == "transcript.missing"
    assert "line.txt" in caught.value.message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "line.wav").write_bytes(b"RIFF\xff\xfe\x00\x80")
    with pytest.raises(UserError) as caught:
        read_transcript(str(tmp_path / "line.wav"))
    assert caught.value.code == "transcript.unreadable"
