"""A rig map as a table: which rows there are, which of them a search shows, and what a typed cell means.

Rows are attributes: those that the map drives in its order, then the others of the rig in the rig's. Channels that
drive nothing are rows of their own, shown apart.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.drive_expression import expression_text, parsed_expression
from maya_a2f.core.matching import BY_HAND, SURE, Match
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import Drive, RigMap
from maya_a2f.errors import UserError

Show = Literal["all", "driven", "undriven", "asked", "unsure", "by_hand", "blocked", "muted", "missing", "unused"]
Field = Literal["channels", "gain", "offset", "lowest", "highest"]
_NUMBER_WORDS = {
    "gain": "The gain",
    "offset": "The offset",
    "lowest": "The lowest value",
    "highest": "The highest value",
}


@dataclass(frozen=True)
class TableSource:
    """Everything the table is made from."""

    rig: Rig
    rig_map: RigMap
    channels: tuple[str, ...]
    matches: Mapping[str, Match]
    blocked: Mapping[str, str]
    asked: frozenset[str] = frozenset()
    """Attributes with an open question."""


def attribute_rows(source: TableSource) -> list[str]:
    """Attributes that the map drives, in its order, then those of the rig that follow nothing."""
    drives = source.rig_map.drives
    return [*drives, *(attribute.name for attribute in source.rig.attributes if attribute.name not in drives)]


def unused_channels(rig_map: RigMap, channels: Sequence[str]) -> list[str]:
    """Channels that drive nothing."""
    used = rig_map.followed
    return [channel for channel in channels if channel not in used]


def matching_rows(source: TableSource, show: Show, search: str = "") -> list[str]:
    """Rows of one kind whose attribute or channels contain every word of ``search``, whatever their case.

    Attributes; with ``unused`` channels.
    """
    words = search.casefold().split()
    if show == "unused":
        unused = unused_channels(source.rig_map, source.channels)
        return [name for name in unused if all(word in name.casefold() for word in words)]
    rows = attribute_rows(source) if show == "all" else _rows_of_kind(source, show)
    if not words:
        return rows
    drives = source.rig_map.drives
    return [name for name in rows if _contains(name, drives.get(name), words)]


def _contains(attribute: str, drive: Drive | None, words: Sequence[str]) -> bool:
    text = f"{attribute} {' '.join(drive.gains)}" if drive is not None else attribute
    text = text.casefold()
    return all(word in text for word in words)


def _rows_of_kind(source: TableSource, show: Show) -> list[str]:
    drives, rows = source.rig_map.drives, attribute_rows(source)
    if show == "driven":
        return [name for name in rows if name in drives]
    if show == "undriven":
        return [name for name in rows if name not in drives]
    if show == "asked":
        return [name for name in rows if name in source.asked]
    if show == "blocked":
        return [name for name in rows if name in source.blocked]
    if show == "muted":
        return [name for name in rows if name in drives and drives[name].muted]
    if show == "missing":
        known = {attribute.name for attribute in source.rig.attributes}
        return [name for name in rows if name not in known]
    if show == "by_hand":
        return [name for name in rows if name in source.matches and source.matches[name].why == BY_HAND]
    return [name for name in rows if name in source.matches and source.matches[name].confidence < SURE]


def drive_text(drive: Drive | None) -> str:
    """The channels as shown: a single one without its gain, which has a column of its own."""
    if drive is None:
        return ""
    if len(drive.gains) == 1:
        return expression_text(dict.fromkeys(drive.gains, 1.0))
    return expression_text(drive.gains)


def edited_drive(drive: Drive | None, field: Field, text: str, channels: Collection[str]) -> Drive | None:
    """The drive after ``text`` was typed into one of its cells; None where it drives nothing any more.

    Emptying the channels takes the drive away; an empty gain is 1, an empty offset 0, an empty limit open. A single
    channel in place of another of the same kind keeps the gain. Raises :class:`UserError` saying what to type.
    """
    if field == "channels":
        return _with_channels(drive, text, channels)
    if drive is None:
        raise UserError(
            "The attribute follows no channel yet.", code="rig_map.undriven", hint="Choose its channel first."
        )
    number = _typed_number(text, field)
    if field == "gain":
        if len(drive.gains) != 1:
            raise UserError(
                "Several channels drive the attribute.",
                code="rig_map.gain",
                hint="Write their gains before their names: jawOpen + 0.5 mouthClose",
            )
        return replace(drive, gains=dict.fromkeys(drive.gains, 1.0 if number is None else number))
    if field == "offset":
        return replace(drive, offset=number or 0.0)
    return replace(drive, limits=_limits(drive, field, number))


def _with_channels(drive: Drive | None, text: str, channels: Collection[str]) -> Drive | None:
    gains = parsed_expression(text, channels)
    if not gains:
        return None
    if drive is None:
        return Drive(gains)
    old, new = [*drive.gains], [*gains]
    if len(old) == len(new) == 1 and gains[new[0]] == 1.0 and channel_kind(old[0]) == channel_kind(new[0]):
        gains = {new[0]: drive.gains[old[0]]}
    return replace(drive, gains=gains)


def _limits(drive: Drive, field: Field, number: float | None) -> tuple[float, float] | None:
    lowest, highest = drive.limits or (-math.inf, math.inf)
    if field == "lowest":
        lowest = -math.inf if number is None else number
    else:
        highest = math.inf if number is None else number
    if lowest > highest:
        raise UserError(
            f"The lowest value ({lowest:g}) would be above the highest ({highest:g}).",
            code="rig_map.limits",
            hint="Change the other limit first.",
        )
    return None if math.isinf(lowest) and math.isinf(highest) else (lowest, highest)


def _typed_number(text: str, field: Field) -> float | None:
    """The number; None for an empty text. A comma is read as the decimal point."""
    if not text.strip():
        return None
    try:
        number = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(
            f"{_NUMBER_WORDS[field]} must be a number, not '{text.strip()}'.",
            code="rig_map.number",
            hint="Type a number like 0.5 or -20.",
        )
    return number
