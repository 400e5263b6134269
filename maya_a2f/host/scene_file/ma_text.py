"""The words of a Maya ASCII file: numbers, strings, names, component lists.

Source: specification, maya.md section 14, and scenes saved by Maya itself.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from maya_a2f.errors import HostError

_WORDS_PER_LINE = 12
_ESCAPES = str.maketrans(
    {**{chr(code): " " for code in range(32)}, "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def exact_number(value: float) -> str:
    """Shortest text that reads back as the same float64; whole numbers without a point."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        raise HostError(
            f"A scene cannot hold the value {value}.",
            code="scene.not_finite",
            hint="Solve the clip again; if it comes back, please report it.",
        )
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def exact_numbers(values: Sequence[float]) -> list[str]:
    """:func:`exact_number` of each."""
    if not all(map(math.isfinite, values)):
        return list(map(exact_number, values))
    texts = [text[:-2] if text.endswith(".0") else text for text in map(repr, map(float, values))]
    return ["0" if text == "-0" else text for text in texts]


def single_number(value: float) -> str:
    """Text that reads back as the same float32: points, UVs and deltas, which Maya keeps in single precision."""
    text = f"{value:.9g}"
    return "0" if text == "-0" else text


def quoted(text: str) -> str:
    """A string literal; control characters Maya has no escape for become spaces."""
    return f'"{text.translate(_ESCAPES)}"'


def unquoted(literal: str) -> str:
    """The inside of a string literal (without its quotes) as text."""
    if "\\" not in literal:
        return literal
    return re.sub(r"\\(.)", lambda match: _UNESCAPES.get(match.group(1), match.group(1)), literal, flags=re.DOTALL)


def node_name(text: str) -> str:
    """A legal node name that reads like ``text``: ASCII letters, digits and _, no digit first."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", ascii_text).strip("_")
    if not name:
        return "node"
    return f"_{name}" if name[0].isdigit() else name


def wrapped(words: Sequence[str]) -> str:
    """Words in lines, as Maya wraps long values: each further line starts with two tabs and a space."""
    if len(words) <= _WORDS_PER_LINE:
        return " ".join(words)
    lines = (" ".join(words[at : at + _WORDS_PER_LINE]) for at in range(0, len(words), _WORDS_PER_LINE))
    return "\n\t\t ".join(lines)


def ranges(indices: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of every run in ascending indices."""
    first = last = None
    for index in indices:
        if first is None or last is None:
            first = last = index
        elif index == last + 1:
            last = index
        else:
            yield first, last
            first = last = index
    if first is not None and last is not None:
        yield first, last


def component_list(kind: str, indices: Iterable[int]) -> str:
    """``2 "vtx[0]" "vtx[6:7]"``: the value of a componentList attribute; an empty list is saved without its count."""
    parts = [f'"{kind}[{first}]"' if first == last else f'"{kind}[{first}:{last}]"' for first, last in ranges(indices)]
    return wrapped([str(len(parts)), *parts]) if parts else ""
