"""How a performance is styled beyond what the model's own parameters say: plain numbers under plain names.

======================================  ===============================================================================
``exaggeration``                        how far from rest the face goes; 1 is as it was spoken
``jawStyle``, ``lipStyle``              -1 mumbles, 1 over-articulates: jaw and lips apart (JALI, SIGGRAPH 2016)
``lipLead`` ``jawLead`` ``tongueLead``
``browLead``                            milliseconds ahead of the sound; negative is later
``NAME.gain`` ``NAME.mute``             for a channel, both sides of one (``mouthSmile``), or a region (``brows``)
``NAME.offset`` ``.lowest`` ``.highest``  for a channel or both sides of one
======================================  ===============================================================================

:mod:`maya_a2f.core.performance_style` does it to channels.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from maya_a2f.core.channels import (
    ARKIT_CHANNELS,
    EYE_CHANNELS,
    HEAD_CHANNELS,
    JAW_CHANNELS,
    TONGUE_CHANNELS,
    ChannelKind,
    channel_kind,
)
from maya_a2f.core.face_regions import REGIONS, region_of
from maya_a2f.errors import UserError

LARGEST_LEAD_MS: Final = 250.0


@dataclass(frozen=True)
class StyleDial:
    """One of the settings that every face has."""

    name: str
    default: float
    minimum: float
    """Inclusive."""
    maximum: float
    """Inclusive."""
    unit: str
    meaning: str
    """One line for a tooltip."""


def _lead(name: str, part: str) -> StyleDial:
    meaning = f"How long {part} come ahead of the sound; less than 0 is later. Lips that close still close."
    return StyleDial(name, 0.0, -LARGEST_LEAD_MS, LARGEST_LEAD_MS, "ms", meaning)


STYLE_DIALS: Final = (
    StyleDial("exaggeration", 1.0, 0.0, 2.0, "", "How far from rest the face goes; lips that close still close."),
    StyleDial("jawStyle", 0.0, -1.0, 1.0, "", "-1 hardly moves the jaw, 1 opens it widely; the lips stay."),
    StyleDial("lipStyle", 0.0, -1.0, 1.0, "", "-1 hardly shapes the lips, 1 shapes every sound; the jaw stays."),
    _lead("lipLead", "the lips and their contacts"),
    _lead("jawLead", "the movements of the jaw"),
    _lead("tongueLead", "the movements of the tongue"),
    _lead("browLead", "the brows"),
)
"""In the order a panel shows them."""
_DIALS: Final = {dial.name: dial for dial in STYLE_DIALS}
_STANDARD: Final = (*ARKIT_CHANNELS, *TONGUE_CHANNELS, *JAW_CHANNELS, *EYE_CHANNELS, *HEAD_CHANNELS)
_LIMITS: Final[Mapping[str, Mapping[ChannelKind, tuple[float, float]]]] = {
    "gain": dict.fromkeys(("weight", "rotate", "translate"), (0.0, 3.0)),
    "mute": dict.fromkeys(("weight", "rotate", "translate"), (0.0, 1.0)),
    "offset": {"weight": (-1.0, 1.0), "rotate": (-30.0, 30.0), "translate": (-3.0, 3.0)},
    "lowest": {"weight": (-1.0, 2.0), "rotate": (-90.0, 90.0), "translate": (-10.0, 10.0)},
    "highest": {"weight": (-1.0, 2.0), "rotate": (-90.0, 90.0), "translate": (-10.0, 10.0)},
}
_DEFAULTS: Final = {"gain": 1.0, "mute": 0.0, "offset": 0.0, "lowest": -math.inf, "highest": math.inf}
_FOR_REGIONS: Final = ("gain", "mute")


@dataclass(frozen=True)
class ChannelStyle:
    """What is done to one channel: value · gain + offset, held between two limits."""

    gain: float = 1.0
    offset: float = 0.0
    lowest: float = -math.inf
    highest: float = math.inf
    is_muted: bool = False
    """It stays at rest, whatever else is asked."""


def checked_style(values: Mapping[str, object]) -> dict[str, float]:
    """The settings that change something, in one order, so that equal styles are equal data.

    Raises :class:`UserError` ``style.unknown``, ``style.out_of_range`` or ``style.bad``, naming the setting.
    """
    checked = {name: _checked(name, value) for name, value in values.items()}
    for name, lowest in checked.items():
        target, _, setting = name.rpartition(".")
        if setting == "lowest" and lowest > checked.get(f"{target}.highest", math.inf):
            raise _bad(f"'{target}.lowest' is {lowest:g}, above '{target}.highest'", "Swap the two.", "style.bad")
    return {name: value for name, value in sorted(checked.items()) if value != _default(name)}


def check_channels(style: Mapping[str, float], own: Iterable[str]) -> None:
    """Refuse names that neither the standard nor a model with these channels of its ``own`` has. Raises
    :class:`UserError` ``style.unknown``."""
    known = (*_STANDARD, *own)
    for name in style:
        target, dot, _ = name.rpartition(".")
        if dot:
            channels_of(target, known)


def dial_value(style: Mapping[str, float], name: str) -> float:
    """The setting of that dial."""
    return style.get(name, _DIALS[name].default)


def channel_styles(style: Mapping[str, float], channels: Iterable[str]) -> dict[str, ChannelStyle]:
    """What is done to channels that are there, by channel; those left as they are have no entry.

    Regions come first, then both sides, then the channel itself: gains multiply, the rest replaces. Raises
    :class:`UserError` ``style.unknown`` for a name that neither the standard nor these channels have.
    """
    there = tuple(channels)
    targets: dict[str, dict[str, float]] = {}
    for name, value in style.items():
        target, dot, setting = name.rpartition(".")
        if dot:
            targets.setdefault(target, {})[setting] = value
    found: dict[str, ChannelStyle] = {}
    for target in sorted(targets, key=lambda name: (name in there, name not in REGIONS)):
        settings = targets[target]
        for channel in channels_of(target, there):
            old = found.get(channel, ChannelStyle())
            found[channel] = ChannelStyle(
                old.gain * settings.get("gain", 1.0),
                settings.get("offset", old.offset),
                settings.get("lowest", old.lowest),
                settings.get("highest", old.highest),
                old.is_muted or bool(settings.get("mute", 0.0)),
            )
    return found


def channels_of(target: str, there: Iterable[str]) -> tuple[str, ...]:
    """The channels among ``there`` that a name stands for: itself, both sides, or a region. Raises
    :class:`UserError` ``style.unknown``."""
    known = tuple(there)
    if target in known:
        return (target,)
    if target in REGIONS:
        return tuple(name for name in known if region_of(name) == target)
    pair = (f"{target}Left", f"{target}Right")
    if any(side in known for side in pair):
        return tuple(side for side in pair if side in known)
    if target in _STANDARD or pair[0] in _STANDARD:
        return ()  # this package does not give it
    near = difflib.get_close_matches(target, [*known, *REGIONS], 3)
    raise _bad(
        f"There is no channel '{target}' to style",
        f"Did you mean {' or '.join(repr(name) for name in near)}?" if near else f"Regions: {', '.join(REGIONS)}.",
        "style.unknown",
    )


def _checked(name: str, value: object) -> float:
    lowest, highest, unit = _range(name)
    hint = f"Give a number from {lowest:g} to {highest:g}{unit and ' ' + unit}."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(f"The style '{name}' is {value!r}, which is not a number it can take", hint, "style.bad")
    if not lowest <= value <= highest:
        raise _bad(f"The style '{name}' is {value:g}, outside its range", hint, "style.out_of_range")
    if name.endswith(".mute") and value not in (0, 1):
        raise _bad(f"The style '{name}' is {value:g}", "Give 1 to mute it, 0 to leave it.", "style.out_of_range")
    return float(value)


def _range(name: str) -> tuple[float, float, str]:
    """(lowest, highest, unit) of a setting. Raises :class:`UserError` ``style.unknown``."""
    if name in _DIALS:
        dial = _DIALS[name]
        return dial.minimum, dial.maximum, dial.unit
    target, _, setting = name.rpartition(".")
    is_for_region = target not in REGIONS or setting in _FOR_REGIONS
    if target and setting in _LIMITS and is_for_region:
        return *_LIMITS[setting][channel_kind(target)], ""
    near = difflib.get_close_matches(name, _DIALS, 2, 0.5)
    settings = _FOR_REGIONS if target in REGIONS else tuple(_LIMITS)
    hint = f"Did you mean {' or '.join(repr(match) for match in near)}?" if near else ""
    raise _bad(
        f"There is no style '{name}'",
        hint or f"Styles: {', '.join(_DIALS)}, and NAME.{', NAME.'.join(settings)}.",
        "style.unknown",
    )


def _default(name: str) -> float:
    return _DIALS[name].default if name in _DIALS else _DEFAULTS[name.rpartition(".")[2]]


def _bad(message: str, hint: str, code: str) -> UserError:
    return UserError(f"{message}.", code=code, hint=hint)
