"""Cutting a Maya ASCII file into statements, without losing a byte.

A statement runs to the semicolon outside of strings and comments; comments and white space before it belong to it. The
text is handled as latin-1, which maps every byte to one character and back, whatever code page the file was saved in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.ma_text import unquoted

_STATEMENT = re.compile(r'(?:[^";/]++|"(?:[^"\\]++|\\.)*+"|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/|/)*+;', re.DOTALL)
_BLANK = re.compile(r"(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+", re.DOTALL)
_WORD = re.compile(r"[^\s;]+")
_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)"|([^\s";(){},+]+)|([(){},+])', re.DOTALL)


@dataclass
class Statement:
    """One statement with its source, exactly as in the file."""

    source: str
    """With the comments and white space before it; latin-1."""
    line: int
    """Line its first word stands on, from 1."""
    command: str
    """First word: ``createNode``, ``setAttr`` …; empty for what follows the last statement."""

    @property
    def body(self) -> str:
        """The statement without leading comments and without the semicolon."""
        blank = _BLANK.match(self.source)
        return self.source[blank.end() if blank else 0 :].rstrip().removesuffix(";")


def split_statements(text: str, name: str) -> list[Statement]:
    """Every statement of a file; what follows the last one comes as a statement without a command.

    Raises :class:`HostError` ``scene.truncated`` when the text ends inside a statement.
    """
    statements: list[Statement] = []
    position, line = 0, 1
    while match := _STATEMENT.match(text, position):
        source = match.group()
        blank = _BLANK.match(source)
        start = blank.end() if blank else 0
        word = _WORD.search(source, start)
        statements.append(Statement(source, line + source.count("\n", 0, start), word.group() if word else ""))
        line += source.count("\n")
        position = match.end()
    blank = _BLANK.match(text, position)
    if blank is None or blank.end() < len(text):
        raise HostError(
            f"'{name}' is cut short: line {line + text.count(chr(10), position)} ends within a statement.",
            code="scene.truncated",
            hint="Copy or save the scene again.",
        )
    statements.append(Statement(text[position:], line, ""))
    return statements


def tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Words of a statement's text as (word, was it a quoted string); punctuation counts as a word."""
    for match in _TOKEN.finditer(text):
        if match.group(1) is not None:
            yield unquoted(match.group(1)), True
        else:
            yield match.group(2) or match.group(3), False


def words(text: str) -> list[str]:
    """Words and strings of a statement, without punctuation between them; scenes have many, so this is kept short."""
    return [word or unquoted(string) for string, word, sign in _TOKEN.findall(text) if not sign]


def flag_values(arguments: list[str], *names: str) -> list[str]:
    """Values that follow any of the given flags (``-n``, ``-name``)."""
    return [arguments[at + 1] for at, word in enumerate(arguments) if word in names and at + 1 < len(arguments)]
