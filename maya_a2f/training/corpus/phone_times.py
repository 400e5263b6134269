"""From a neural voice's durations (frames per token) to phones with times.

The models spread a word's time over letters, stress marks, spaces and blanks, in steps of 12 to 25 ms; what sounds
during a mark is one of its neighbours, and a space may or may not be a pause. Such stretches are left open here and
settled by :mod:`maya_a2f.training.corpus.forced_alignment`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.corpus.forced_alignment import (
    HOP_SECONDS,
    Boundaries,
    Passage,
    aligned,
    cepstra,
    fitted_model,
)
from maya_a2f.training.corpus.voices import Phone
from maya_a2f.training.phones import PHONE_CLASSES, articulations

PAUSE = "pau"
_GAPS = frozenset(' ,.!?;:—…"()“”^$')
_SILENT_MARKS = frozenset("ˈˌ_'-→↗↘↓")
_TRAILING_MARKS = frozenset("ːˑʰʲ˞̧̪̯̩̃ˤ")
_STOPS = frozenset("pbtdkɡgqcʈɖ")
_SHORTEST_PAUSE_SECONDS = 0.05
_LONGEST_CLOSURE_SECONDS = 0.15
_STOP_SECONDS = 0.08
_TOLERANCE_FRAMES = 8.0
_ROUNDS = 2


@dataclass(frozen=True)
class Token:
    """One input symbol of a model with its duration; the empty symbol is padding."""

    symbol: str
    seconds: float


@dataclass(frozen=True)
class Span:
    """One phone, or a pause that may turn out to be none; it begins somewhere from ``earliest`` to ``latest``."""

    symbol: str
    earliest: float
    """Seconds."""
    latest: float


def spans_of(tokens: Sequence[Token]) -> list[Span]:
    """Phones of ``tokens`` with a possible pause at each end and between words; length marks stay with their letter."""
    spans = [Span(PAUSE, 0.0, 0.0)]
    now = phone_start = phone_end = 0.0
    gap = True
    for token in tokens:
        end = now + token.seconds
        if token.symbol in _TRAILING_MARKS and not gap and spans[-1].symbol != PAUSE:
            spans[-1] = Span(spans[-1].symbol + token.symbol, spans[-1].earliest, spans[-1].latest)
            phone_end = end
        elif token.symbol in _GAPS or not token.symbol:
            gap = True
        elif token.symbol not in _SILENT_MARKS and token.symbol not in _TRAILING_MARKS:
            if gap and len(spans) > 1:
                spans.append(Span(PAUSE, phone_start, now))
            spans.append(Span(token.symbol, phone_end, now + (token.seconds if gap else 0.0)))
            gap, phone_start, phone_end = False, now, end
        now = end
    return [*spans, Span(PAUSE, phone_start, now)] if len(spans) > 1 else spans


def settled_phones(
    utterances: Sequence[tuple[NDArray[np.int16], list[Span]]],
    offset_seconds: float,
    in_ipa: Callable[[str], str],
    exact: Sequence[tuple[NDArray[np.int16], tuple[Phone, ...]]],
) -> list[tuple[Phone, ...]]:
    """Phones of one voice's ``utterances`` (16 kHz samples, spans), settled together.

    ``offset_seconds`` is added to the model's own times. The sounds are learnt from ``exact``, speech with exact
    ARPABET phones, then from the utterances themselves where the search found them.
    """
    spelled = [[_spelled(span, in_ipa) for span in spans] for _, spans in utterances]
    passages = [
        _passage(samples, spans, symbols, offset_seconds)
        for (samples, spans), symbols in zip(utterances, spelled, strict=True)
    ]
    known = [_exact_passage(samples, phones) for samples, phones in exact]
    model = fitted_model([passage for passage, _ in known], [limits for _, limits in known])
    boundaries: list[Boundaries] = []
    for _ in range(_ROUNDS):
        boundaries = [aligned(passage, model, _TOLERANCE_FRAMES) for passage in passages]
        model = fitted_model(passages, boundaries)
    return [_phones(symbols, found) for symbols, found in zip(spelled, boundaries, strict=True)]


def _spelled(span: Span, in_ipa: Callable[[str], str]) -> str:
    return PAUSE if span.symbol == PAUSE else "".join(map(in_ipa, span.symbol))


def _classes(symbol: str) -> list[int]:
    return [PHONE_CLASSES.index(part.phone_class) for part in articulations(symbol)]


def _passage(samples: NDArray[np.int16], spans: list[Span], symbols: list[str], offset: float) -> Passage:
    classes: list[int] = []
    earliest: list[float] = []
    latest: list[float] = []
    for index, (span, symbol) in enumerate(zip(spans, symbols, strict=True)):
        for part, found in enumerate(_classes(symbol)):
            following = spans[index + 1].earliest if index + 1 < len(spans) else span.latest
            classes.append(found)
            earliest.append((span.earliest if part == 0 else span.latest) + offset)
            latest.append((span.latest if part == 0 else max(span.latest, following)) + offset)
    optional = np.array([PHONE_CLASSES[c] == "pause" for c in classes])
    optional[[0, -1]] = False
    early, late = np.array(earliest[1:]) / HOP_SECONDS, np.array(latest[1:]) / HOP_SECONDS
    return Passage(cepstra(samples), np.array(classes), early, late, optional)


def _exact_passage(samples: NDArray[np.int16], phones: Sequence[Phone]) -> tuple[Passage, Boundaries]:
    features = cepstra(samples)
    classes: list[int] = []
    limits = [0.0]
    for phone in phones:
        parts = [PHONE_CLASSES.index(part.phone_class) for part in articulations(phone.symbol, "arpabet")]
        classes += parts
        limits += list(np.linspace(phone.start_seconds, phone.end_seconds, len(parts) + 1)[1:])
    frames = np.minimum(np.round(np.array(limits) / HOP_SECONDS), len(features)).astype(np.int64)
    inner = frames[1:-1].astype(np.float64)
    return Passage(features, np.array(classes), inner, inner, np.zeros(len(classes), np.bool_)), frames


def _phones(symbols: list[str], boundaries: Boundaries) -> tuple[Phone, ...]:
    phones: list[Phone] = []
    at = 0
    for symbol in symbols:
        following = at + len(_classes(symbol))
        start, end = int(boundaries[at]) * HOP_SECONDS, int(boundaries[following]) * HOP_SECONDS
        if end > start:
            phones.append(Phone(round(start, 4), round(end, 4), symbol))
        at = following
    return with_closures(phones)


def with_closures(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """``phones`` with the silence before a stop counted as its closure: all of a short one, the end of a long one."""
    result = list(phones)
    for index in range(len(result) - 1, 0, -1):
        before, phone = result[index - 1], result[index]
        if before.symbol != PAUSE or phone.symbol == PAUSE:
            continue
        length = before.end_seconds - before.start_seconds
        stop = phone.symbol[0] in _STOPS
        if index > 1 and (length < _SHORTEST_PAUSE_SECONDS or (stop and length < _LONGEST_CLOSURE_SECONDS)):
            result[index] = replace(phone, start_seconds=before.start_seconds)
            del result[index - 1]
        elif stop:
            start = max(before.start_seconds, min(phone.start_seconds, phone.end_seconds - _STOP_SECONDS))
            result[index] = replace(phone, start_seconds=start)
            result[index - 1] = replace(before, end_seconds=start)
    return tuple(phone for phone in result if phone.end_seconds > phone.start_seconds)
