"""Emotion over time, as an animator sets it: keys that each say how strong some emotions are at a moment.

Every emotion has a lane of its own: a key that does not name an emotion leaves that lane alone. Between two keys of a
lane the strength is linear, before the first and after the last it is constant. A file, version 1::

    {"schema": "a2f.emotion_keys/1", "keys": [{"seconds": 0.5, "strengths": {"joy": 0.8}}]}
"""

from __future__ import annotations

import difflib
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.errors import UserError

SCHEMA = "a2f.emotion_keys/1"

Lane = Sequence[tuple[float, float]]
"""(seconds, strength) of one emotion, the seconds strictly increasing."""


@dataclass(frozen=True)
class EmotionKey:
    """Strengths at a moment."""

    seconds: float
    """After the clip's in point; may be negative."""
    strengths: Mapping[str, float]
    """Emotion -> 0…1; an emotion that is not named goes on as its own keys say."""


def lanes(keys: Iterable[EmotionKey]) -> dict[str, list[tuple[float, float]]]:
    """Emotion (lower case) -> its lane. Raises :class:`UserError` ``emotion.bad_keys`` for two keys of one emotion at
    one moment, or a time that is no number.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for key in keys:
        if not math.isfinite(key.seconds):
            raise _bad("a key has a time that is not a number of seconds")
        for name, strength in key.strengths.items():
            found.setdefault(name.lower(), []).append((key.seconds, strength))
    for name, lane in found.items():
        lane.sort()
        if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(lane)):
            raise _bad(f"the emotion '{name}' has two keys at the same moment")
    return found


def strength_at(lane: Lane, seconds: float) -> float:
    """The strength of a lane with at least one key: never beyond those of the keys around the moment."""
    if seconds <= lane[0][0]:
        return lane[0][1]
    for (start, before), (end, after) in itertools.pairwise(lane):
        if seconds <= end:
            between = before + (after - before) * (seconds - start) / (end - start)
            return min(max(between, min(before, after)), max(before, after))
    return lane[-1][1]


def complete_keys(keys: Sequence[EmotionKey], base: Mapping[str, float]) -> list[tuple[float, dict[str, float]]]:
    """The same course of strengths as keys that all name the same emotions, in the order of time.

    ``base`` holds for emotions without a key. Raises as :func:`lanes`.
    """
    by_name = lanes(keys)
    still = {name: value for name, value in base.items() if name.lower() not in by_name}
    moments = sorted({seconds for lane in by_name.values() for seconds, _ in lane})
    return [
        (seconds, {**still, **{name: strength_at(lane, seconds) for name, lane in by_name.items()}})
        for seconds in moments
    ]


def keys_of_lanes(by_name: Mapping[str, Lane]) -> tuple[EmotionKey, ...]:
    """Lanes as keys in the order of time, one for every moment; the inverse of :func:`lanes`."""
    moments: dict[float, dict[str, float]] = {}
    for name, lane in by_name.items():
        for seconds, strength in lane:
            moments.setdefault(seconds, {})[name] = strength
    return tuple(EmotionKey(seconds, moments[seconds]) for seconds in sorted(moments))


def key_fields(keys: Iterable[EmotionKey]) -> list[dict[str, Any]]:
    """JSON-ready; :func:`keys_from_data` is the inverse."""
    return [{"seconds": key.seconds, "strengths": dict(key.strengths)} for key in keys]


def keys_from_data(data: Any) -> tuple[EmotionKey, ...]:
    """Keys from JSON data, in the order of time. Raises :class:`UserError` ``emotion.bad_keys``; which emotions there
    are, only the model knows.
    """
    if not isinstance(data, list):
        raise _bad("they are no list")
    keys = sorted((_key(entry) for entry in data), key=lambda key: key.seconds)
    lanes(keys)
    return tuple(keys)


def read_emotion_keys(path: Path) -> tuple[EmotionKey, ...]:
    """Keys from a file. Raises :class:`UserError` ``emotion.keys_unreadable`` or ``emotion.bad_keys``."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None)
        raise UserError(
            f"The emotion keys '{path}' cannot be read: {reason or f'it is not valid JSON ({error})'}.",
            code="emotion.keys_unreadable",
            hint="Check the path; emotion keys are a JSON text file." if reason else "Correct that place in the file.",
        ) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise _bad(f'the file \'{path}\' does not say "schema": "{SCHEMA}"')
    return keys_from_data(data.get("keys"))


def check_names(names: Iterable[str], known: Sequence[str] = EMOTIONS) -> None:
    """Raises :class:`UserError` ``emotion.unknown`` for a name that is no emotion (upper or lower case)."""
    for name in names:
        if name.lower() not in known:
            close = difflib.get_close_matches(name.lower(), known, n=1)
            raise UserError(
                f"There is no emotion '{name}'.",
                code="emotion.unknown",
                hint=(f"Did you mean '{close[0]}'? " if close else "") + f"Emotions: {', '.join(known)}.",
            )


def _key(entry: Any) -> EmotionKey:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("strengths"), Mapping):
        raise _bad("a key is not an object with seconds and strengths")
    strengths = {str(name): _number(value) for name, value in entry["strengths"].items()}
    if not all(0.0 <= value <= 1.0 for value in strengths.values()):
        raise _bad("a strength is not between 0 and 1")
    return EmotionKey(_number(entry.get("seconds")), strengths)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _bad(f"{value!r} stands where a number should")
    return float(value)


def _bad(why: str) -> UserError:
    return UserError(
        f"The emotion keys cannot be used: {why}.",
        code="emotion.bad_keys",
        hint='Write keys such as {"seconds": 0.5, "strengths": {"joy": 0.8}}, one per emotion and moment.',
    )
