"""Which channels drive an attribute, as a line a person reads and types: ``jawOpen + 0.5 mouthClose``.

A line is a sum of terms, each a channel's name with an optional gain before it (``2 jawOpen``, ``2 * jawOpen``,
``-20 tongueTipUp``). A name that isn't one word of letters, digits, ``_``, ``.``, ``:`` and ``|`` stands in quotes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from maya_a2f.errors import UserError

_NAME = r"[^\W\d][\w.:|]*"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN_NAME = re.compile(_NAME)
_TERM = re.compile(
    rf"""\s*(?P<sign>[+-]?)\s*
    (?:(?P<gain>[+-]?{_NUMBER})\s*\*?\s*)?
    (?:"(?P<quoted>[^"]*)"|(?P<name>{_NAME}))\s*""",
    re.VERBOSE,
)
_LONGEST_EXCERPT = 24


def expression_text(gains: Mapping[str, float]) -> str:
    """The line for channel -> gain; :func:`parsed_expression` is the inverse. A gain of 1 isn't written."""
    line = ""
    for name, gain in gains.items():
        shown = name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'
        size = "" if abs(gain) == 1.0 else f"{number_text(abs(gain))} "
        joint = (" - " if gain < 0 else " + ") if line else ("-" if gain < 0 else "")
        line += f"{joint}{size}{shown}"
    return line


def number_text(value: float) -> str:
    """A number as short as it reads back the same."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def parsed_expression(text: str, channels: Collection[str] = ()) -> dict[str, float]:
    """Channel -> gain in the order written; empty for an empty line. ``channels``: what there is; empty allows any.

    A channel's case is corrected. Raises :class:`UserError` ``rig_map.expression`` that quotes the place, or
    ``rig_map.channel`` for a name that no channel has.
    """
    gains: dict[str, float] = {}
    place, end = 0, len(text.rstrip())
    while place < end:
        term = _TERM.match(text, place)
        if term is None:
            raise _bad(text, place, "a channel's name is missing" if gains or not text.strip() else "")
        if gains and not term["sign"]:
            raise _bad(text, place, "a + or - is missing")
        gain = float(term["gain"] or 1.0) * (-1.0 if term["sign"] == "-" else 1.0)
        if not math.isfinite(gain):
            raise _bad(text, place, "the gain is too large")
        name = _known(term["quoted"] if term["quoted"] is not None else term["name"], channels)
        if name in gains:
            raise _bad(text, place, f"'{name}' stands there twice; add the two gains")
        gains[name] = gain
        place = term.end()
    return gains


def _known(name: str, channels: Collection[str]) -> str:
    if not channels or name in channels:
        return name
    by_case = {channel.casefold(): channel for channel in channels}
    if name.casefold() in by_case:
        return by_case[name.casefold()]
    near = [by_case[match] for match in get_close_matches(name.casefold(), by_case, n=2, cutoff=0.6)]
    raise UserError(
        f"There is no channel '{name}'.",
        code="rig_map.channel",
        hint=f"Did you mean {' or '.join(near)}?" if near else "Choose one from the list.",
    )


def _bad(text: str, place: int, why: str) -> UserError:
    rest = text[place:].strip()
    excerpt = rest if len(rest) <= _LONGEST_EXCERPT else rest[:_LONGEST_EXCERPT] + "…"
    return UserError(
        f"'{excerpt}' cannot be read as channels{': ' + why if why else ''}.",
        code="rig_map.expression",
        hint="Write channels with gains, like: jawOpen + 0.5 mouthClose",
    )
