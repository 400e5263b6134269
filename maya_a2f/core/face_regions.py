"""Which part of the face a channel moves: what a re-run of a region only means."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

REGIONS: Final = ("mouth", "jaw", "tongue", "eyes", "brows", "head")
KEPT_REASON: Final = "it has animation of its own, which is kept"
"""Why an attribute takes no keys whose region's existing animation is left alone."""
_WORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("brows", ("brow",)),
    ("tongue", ("tongue",)),
    ("jaw", ("jaw",)),
    ("mouth", ("mouth", "lip", "cheekpuff", "cheek_puff", "nosesneer", "nose_sneer")),
    ("eyes", ("eye", "blink", "gaze", "cheeksquint", "cheek_squint")),
    ("head", ("head", "neck")),
)


@lru_cache(maxsize=4096)
def region_of(channel: str) -> str | None:
    """The region of a channel by its name; None for one of no region.

    The puffed cheek and the sneering nose move the upper lip and count as mouth, the squinting cheek as eyes.
    """
    name = channel.lower()
    return next((region for region, words in _WORDS if any(word in name for word in words)), None)


def moves_any(channels: Iterable[str], regions: Iterable[str]) -> bool:
    """Whether any of the channels lies in one of the regions."""
    wanted = frozenset(regions)
    return any(region_of(channel) in wanted for channel in channels)
