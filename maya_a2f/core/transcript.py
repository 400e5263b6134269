"""What is said in a recording, as the user gave it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.errors import UserError

LARGEST_BYTES = 2**20
_TEXT_SUFFIXES = frozenset({".txt", ".lab", ".text", ".md"})


@dataclass(frozen=True)
class Transcript:
    """Words of a clip, in order."""

    text: str
    language: str = "en"
    """``en``, ``de``, ``fr``, ``pt-br`` …: English goes to a recogniser, all others to eSpeak NG's voices."""


def read_transcript(text_or_path: str, language: str = "en") -> Transcript:
    """The transcript in a file when ``text_or_path`` names one, else the text itself.

    Raises :class:`UserError` ``transcript.missing`` (it looks like a file's name and there is none),
    ``transcript.unreadable`` (no UTF-8 text, or far too long) or ``transcript.empty`` (no letter or digit in it).
    """
    text = _file_text(text_or_path)
    if text is None:
        text = text_or_path
    if not any(unicodedata.category(letter)[0] in "LN" for letter in text):
        raise UserError(
            "The transcript has no words.", code="transcript.empty", hint="Give the words that are spoken in the clip."
        )
    return Transcript(text, language.strip() or "en")


def _file_text(text_or_path: str) -> str | None:
    looks_like_file = Path(text_or_path.strip()).suffix.lower() in _TEXT_SUFFIXES and "\n" not in text_or_path
    try:
        is_file = Path(text_or_path).is_file()
    except (OSError, ValueError):  # far too long for a name, or a character that no name may have
        is_file = False
    if not is_file:
        if looks_like_file:
            raise UserError(
                f"The transcript '{text_or_path}' is not there.",
                code="transcript.missing",
                hint="Check the path, or give the words themselves in quotes.",
            )
        return None
    try:
        content = Path(text_or_path).read_bytes()
        if len(content) > LARGEST_BYTES:
            raise ValueError(f"it has more than {LARGEST_BYTES} bytes")
        return content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise UserError(
            f"The transcript '{text_or_path}' cannot be read: {error}.",
            code="transcript.unreadable",
            hint="Save it as plain text in UTF-8.",
        ) from error
