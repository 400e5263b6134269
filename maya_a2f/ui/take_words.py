"""Takes of a session in words: what sets each apart from the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.ui.look_groups import MAIN, MORE
from maya_a2f.ui.panel_jobs import MadeTake

_DIALS: Final = {name: words[0].lower() + words[1:] for group in (MAIN, *MORE) for name, words in group.dials}
_NOT_SET: Final = "off"
_DEFAULT: Final = "default"


def take_facts(made: MadeTake) -> dict[str, str]:
    """What made a take: title -> words."""
    settings, clip = made.settings, made.clip
    facts = {
        "clip": PurePath(clip.path).name,
        "stretch": f"{clip.in_seconds:.2f} s – " + ("end" if clip.out_seconds is None else f"{clip.out_seconds:.2f} s"),
        "model": settings.model + (f" ({settings.identity})" if settings.identity else ""),
        "rate": f"{describe_rate(settings.rate)} fps",
        "tail": f"{settings.tail_seconds:g} s",
        "words": "given" if settings.transcript is not None else "none",
        "emotion over time": f"{len(settings.emotion_keys)} keys" if settings.emotion_keys else "none",
        "emotion from the voice": f"{settings.emotion_auto.strength:.2f}" if settings.emotion_auto.is_on else "off",
    }
    facts |= {name: f"{value:.2f}" for name, value in settings.emotion.items() if value}
    facts |= {_DIALS.get(name, name): f"{value:.2f}" for name, value in settings.parameters.items()}
    return facts


def difference_words(made: MadeTake, others: Sequence[MadeTake]) -> str:
    """Only what is not the same in all of them: ``joy 0.60 · jaw strength 1.20``; empty where nothing is."""
    mine = take_facts(made)
    theirs = [take_facts(other) for other in others if other is not made]
    differing = [
        title
        for title in dict.fromkeys([*mine, *(title for facts in theirs for title in facts)])
        if any(facts.get(title) != mine.get(title) for facts in theirs)
    ]
    return " · ".join(f"{title} {mine.get(title, _missing(title))}" for title in differing)


def _missing(title: str) -> str:
    return _DEFAULT if title in _DIALS.values() else _NOT_SET
