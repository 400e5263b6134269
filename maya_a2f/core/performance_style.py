"""Style, done to channels after the solve: leads, exaggeration, jaw and lip axes, gains, limits.

Everything but the leads looks at one frame alone, and a lead looks no further than its own length, so a stretch of a
clip is styled like the whole. Lips that touch in the take touch in the styled one: where a frame's gap is closed it may
not grow, and it is closed again through ``mouthClose`` first and ``jawOpen`` second, as the phones' contacts are.

The two axes are those of Edwards et al., "JALI" (SIGGRAPH 2016): how much of the sound is made with the jaw, and how
much with the lips. Smiles and frowns carry feeling rather than sounds and lie on neither.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from maya_a2f.core.channels import channel_kind
from maya_a2f.core.closures import (
    CLOSED_GAP_CM,
    JAW_OPEN,
    LARGEST_MOUTH_CLOSE,
    MOUTH_CLOSE,
    TUCK_GAP_CM,
    LipGap,
    can_close,
)
from maya_a2f.core.face_regions import region_of
from maya_a2f.core.style_settings import ChannelStyle, channel_styles, dial_value

Tracks = Mapping[str, Sequence[float]]
_LEADS: Final = {"mouth": "lipLead", "jaw": "jawLead", "tongue": "tongueLead", "brows": "browLead"}
_STILL_WORDS: Final = ("eyeblink", "eyelook", "eye.", "head.")
"""Channels that exaggeration leaves alone: lids close and eyes look as far as they do."""
_EXPRESSIVE_WORDS: Final = ("smile", "frown", "dimple", "mouthleft", "mouthright", "sneer", "cheek")
_LEAST_SHARE, _MOST_GAIN = 0.1, 1.8
"""What an axis leaves at -1, and what it makes at 1."""
_FREE_GAP_CM, _FREEING_CM = 3.0, 0.3
"""A gap that is so much wider than closed may become as wide as it likes."""
_RATIO_BASE, _LARGEST_RATIO = 0.05, 4.0


def lead_frames(style: Mapping[str, float], rate: Fraction) -> tuple[int, int]:
    """How many frames before and after one its style depends on."""
    leads = [dial_value(style, name) * float(rate) / 1000 for name in _LEADS.values()]
    earliest, latest = min(0.0, *leads), max(0.0, *leads)
    return math.ceil(-earliest), math.ceil(latest) + (1 if latest else 0)


def styled(
    tracks: Tracks, rate: Fraction, style: Mapping[str, float], lip_gap: LipGap, frames: slice = slice(None)
) -> dict[str, Sequence[float]]:
    """``tracks`` in the ``style`` of :func:`~maya_a2f.core.style_settings.checked_style`; channels nothing asks for
    come back as they are. Beyond the ends a lead finds the first and the last frame. ``frames`` (step 1) are the ones
    wanted. Raises :class:`UserError` ``style.unknown``."""
    wanted = range(*frames.indices(len(next(iter(tracks.values()), ()))))
    if not style:
        return {name: _part(samples, wanted) for name, samples in tracks.items()}
    asked = channel_styles(style, tracks)
    made: dict[str, Sequence[float]] = {}
    jaw_before: Sequence[float] = ()
    for name, samples in tracks.items():
        moved = _led(samples, _shift(style, name, rate), wanted)
        if name == JAW_OPEN:
            jaw_before = moved
        if name.startswith("jaw.") and JAW_OPEN in tracks:
            made[name] = moved  # the joint follows what becomes of jawOpen
            continue
        made[name] = _limited(_scaled(moved, _way(style, name)), asked.get(name))
    if can_close(tracks, lip_gap):
        _keep_contacts(made, _reference(tracks, lip_gap, _shift(style, MOUTH_CLOSE, rate), wanted), lip_gap, asked)
    for name in tracks:
        if name.startswith("jaw.") and JAW_OPEN in tracks:
            # A region's gain is in jawOpen already.
            own = {key: value for key, value in style.items() if key.startswith(f"{name}.") or key == "jaw.mute"}
            followed = _following(made[name], jaw_before, made[JAW_OPEN])
            made[name] = _limited(followed, channel_styles(own, (name,)).get(name))
    return made


def _shift(style: Mapping[str, float], channel: str, rate: Fraction) -> float:
    """Frames by which a channel comes earlier."""
    lead = _LEADS.get(region_of(channel) or "")
    return 0.0 if lead is None else dial_value(style, lead) * float(rate) / 1000


def _part(samples: Sequence[float], frames: range) -> Sequence[float]:
    return samples if len(frames) == len(samples) else samples[frames.start : frames.stop]


def _led(samples: Sequence[float], shift: float, frames: range) -> Sequence[float]:
    """Sample k of ``frames`` is what was at k + ``shift``, between frames on a straight line."""
    if shift == 0.0 or not frames:
        return _part(samples, frames)
    whole, last = math.floor(shift), len(samples) - 1
    share = shift - whole
    held = [samples[min(max(index + whole, 0), last)] for index in range(frames.start, frames.stop + 1)]
    return [before + (after - before) * share for before, after in itertools.pairwise(held)]


def _way(style: Mapping[str, float], channel: str) -> Callable[[float], float] | None:
    """How a channel's value changes with exaggeration and axes; None where it does not."""
    gain = _axis_gain(style, channel)
    if not _has_word(channel, _STILL_WORDS):
        gain *= dial_value(style, "exaggeration")
    if gain == 1.0:
        return None
    is_weight = channel_kind(channel) == "weight"

    def changed(value: float) -> float:
        added = (gain - 1.0) * value
        if added <= 0.0 or value <= 0.0 or not is_weight:
            return value + added
        room = 1.0 - value  # a weight comes near 1 and never passes it
        return value + room * -math.expm1(-added / room) if room > 0.0 else value

    return changed


@lru_cache(maxsize=4096)
def _has_word(channel: str, words: tuple[str, ...]) -> bool:
    low = channel.lower()
    return any(word in low for word in words)


def _axis_gain(style: Mapping[str, float], channel: str) -> float:
    region = region_of(channel)
    if region == "jaw" or channel == MOUTH_CLOSE:  # mouthClose undoes what the jaw opens
        axis = dial_value(style, "jawStyle")
    elif region == "mouth" and not _has_word(channel, _EXPRESSIVE_WORDS):
        axis = dial_value(style, "lipStyle")
    else:
        return 1.0
    return 1.0 + axis * ((1.0 - _LEAST_SHARE) if axis < 0.0 else (_MOST_GAIN - 1.0))


def _scaled(samples: Sequence[float], way: Callable[[float], float] | None) -> Sequence[float]:
    return samples if way is None else [way(value) for value in samples]


def _limited(samples: Sequence[float], asked: ChannelStyle | None) -> Sequence[float]:
    if asked is None:
        return samples
    if asked.is_muted:
        return [0.0] * len(samples)
    return [min(max(value * asked.gain + asked.offset, asked.lowest), asked.highest) for value in samples]


def _following(samples: Sequence[float], before: Sequence[float], after: Sequence[float]) -> Sequence[float]:
    """The jaw's joint, moved as much more or less as jawOpen is."""
    return [
        value * min(max((new + _RATIO_BASE) / (max(old, 0.0) + _RATIO_BASE), 0.0), _LARGEST_RATIO)
        if new != old
        else value
        for value, old, new in zip(samples, before, after, strict=True)
    ]


def _reference(tracks: Tracks, lip_gap: LipGap, shift: float, frames: range) -> Sequence[float]:
    """The lip gap of ``frames``, moved with the lips. A contact of a single frame is not lost between two frames."""
    gaps = _gaps(tracks, lip_gap)
    moved = _led(gaps, shift, frames)
    if shift == 0.0:
        return moved
    last, step = len(gaps) - 1, math.floor(shift + 0.5)
    nearest = [gaps[min(max(index + step, 0), last)] for index in frames]
    return [min(one, other) if other <= TUCK_GAP_CM else one for one, other in zip(moved, nearest, strict=True)]


def _gaps(tracks: Tracks, lip_gap: LipGap) -> list[float]:
    gaps = [0.0] * len(next(iter(tracks.values()), ()))
    for name, gain in lip_gap.cm_per_weight.items():
        if name in tracks:
            gaps = [gap + gain * value for gap, value in zip(gaps, tracks[name], strict=True)]
    return gaps


def _keep_contacts(
    made: dict[str, Sequence[float]], reference: Sequence[float], lip_gap: LipGap, asked: Mapping[str, ChannelStyle]
) -> None:
    """Close what was closed, and part lips that would now go through each other."""
    close_cm, jaw_cm = -lip_gap.cm_per_weight[MOUTH_CLOSE], lip_gap.cm_per_weight[JAW_OPEN]
    closing, opening = list(made[MOUTH_CLOSE]), list(made[JAW_OPEN])
    of_close, of_jaw = asked.get(MOUTH_CLOSE, ChannelStyle()), asked.get(JAW_OPEN, ChannelStyle())
    for frame, (gap, was) in enumerate(zip(_gaps(made, lip_gap), reference, strict=True)):
        excess = gap - _ceiling(was)
        lack = min(was, CLOSED_GAP_CM) - gap
        if excess > 0.0:
            excess -= close_cm * _moved(closing, frame, excess / close_cm, LARGEST_MOUTH_CLOSE, of_close)
            excess += jaw_cm * _moved(opening, frame, -excess / jaw_cm, 0.0, of_jaw)
            _moved(closing, frame, excess / close_cm, 1.0, of_close)
        elif lack > 0.0:
            lack += close_cm * _moved(closing, frame, -lack / close_cm, 0.0, of_close)
            _moved(opening, frame, lack / jaw_cm, 1.0, of_jaw)
    made[MOUTH_CLOSE], made[JAW_OPEN] = closing, opening


def _ceiling(gap: float) -> float:
    """How wide a gap may become, centimetres: no wider where it is closed, freely where it is open. Lips that are
    pressed need no more than to touch."""
    gap = max(gap, CLOSED_GAP_CM)
    share = min(max((gap - TUCK_GAP_CM) / _FREEING_CM, 0.0), 1.0)
    return gap + _FREE_GAP_CM * share * share * (3.0 - 2.0 * share)


def _moved(samples: list[float], frame: int, change: float, limit: float, asked: ChannelStyle) -> float:
    """Change a weight towards ``limit`` and no further, within what is asked of it; returns what it moved by."""
    if asked.is_muted or change == 0.0:
        return 0.0
    old = samples[frame]
    if change > 0.0:
        new = min(old + change, max(min(limit, asked.highest), old))
    else:
        new = max(old + change, min(max(limit, asked.lowest), old))
    samples[frame] = new
    return new - old
