"""Lips against phones: closures, false closures, over-closing, rounding. All need phones with times."""

from __future__ import annotations

import numpy as np

from maya_a2f.quality.lips import FloatArray
from maya_a2f.quality.measure import Event, Measure, Verdict, at_least, grade_high, grade_low
from maya_a2f.quality.phone_groups import Phone
from maya_a2f.quality.study import Study

_BEFORE_SECONDS, _AFTER_SECONDS = 0.04, 0.02
"""Lips may close a little before the sound stops, and hold a little after it starts again."""
_NARROW_SHARE = 0.45
_LONG_CLOSURE_SECONDS = 0.2
_HOLD_EDGE_SECONDS = 0.05
_HELD_SHARE = 0.5
_CLEAR_OF_CLOSURE_SECONDS = 0.08
_SHORTEST_VOWEL_SECONDS = 0.05
_WIDE_OPEN_SHARE = 0.4
_FEWEST_FOR_CONTRAST = 3
_SMALLEST_DEVIATION_CM = 0.1
"""A mouth that hardly changes its width has no contrast, however steady it is."""


def measure_articulation(study: Study) -> tuple[Measure, ...]:
    """Seven measures; each ``not measured`` where its phones are missing."""
    return (
        _closures(study),
        _held_closures(study),
        _labiodentals(study),
        _false_closures(study),
        _over_closing(study, "oral", "over_closing", "Closing on other consonants", 0.10, 0.20),
        _over_closing(study, "nasal", "over_closing_nasals", "Closing on n and ng", 0.15, 0.30),
        _rounding(study),
    )


def least_gap_of(study: Study, phone: Phone) -> float:
    """The smallest gap around a closing phone."""
    return study.least_gap(phone.span.start_seconds - _BEFORE_SECONDS, phone.span.end_seconds + _AFTER_SECONDS)


def is_closed(study: Study, phone: Phone) -> bool:
    """Whether the lips close on a phone."""
    return least_gap_of(study, phone) <= study.closed_cm


def _closures(study: Study) -> Measure:
    limits = "good from 95 %, look from 80 %"
    phones = study.in_group("bilabial")
    if not phones:
        return _missing(study, "closure_recall", "Lips close on p, b, m", limits, "p, b or m")
    missed = [phone for phone in phones if not is_closed(study, phone)]
    share = 1 - len(missed) / len(phones)
    events = tuple(
        _event(study, phone, "closure_recall", _open_words(study, phone),
               _severity(least_gap_of(study, phone) > _WIDE_OPEN_SHARE * study.typical_gap_cm))
        for phone in missed
    )  # fmt: skip
    why = f"{len(phones) - len(missed)} of {len(phones)} close (within {study.closed_cm:.2f} cm)."
    verdict = at_least(grade_high(share, 0.95, 0.8), "look at", bool(missed))
    return Measure(
        "closure_recall", "lips", "Lips close on p, b, m", share, "%", verdict, why, limits, len(phones), events
    )


def _held_closures(study: Study) -> Measure:
    """A long m, as in "um", is a closure that lasts, not one that is touched."""
    key, title, limits = "closure_hold", "Long m stays closed", "good from 70 %, look from 40 % of its length"
    phones = [p for p in study.in_group("bilabial") if p.span.duration_seconds >= _LONG_CLOSURE_SECONDS]
    if not phones:
        return _missing(study, key, title, limits, f"p, b or m longer than {_LONG_CLOSURE_SECONDS:g} s")
    shares = [_closed_share(study, phone) for phone in phones]
    events = tuple(
        _event(study, phone, key, f"lips are closed for only {share:.0%} of {_label(phone)}", "look at")
        for phone, share in zip(phones, shares, strict=True)
        if share < _HELD_SHARE
    )
    value = float(np.mean(shares))
    verdict = at_least(grade_high(value, 0.7, 0.4), "look at", bool(events))
    why = f"On {len(phones)} long closures the lips are shut for {value:.0%} of the time."
    return Measure(key, "lips", title, value, "%", verdict, why, limits, len(phones), events)


def _closed_share(study: Study, phone: Phone) -> float:
    start, end = phone.span.start_seconds + _HOLD_EDGE_SECONDS, phone.span.end_seconds - _HOLD_EDGE_SECONDS
    grid = np.arange(start, end, 0.005) + study.phone_shift_seconds
    return float((np.interp(grid, study.times, study.lips.gap_cm) <= study.closed_cm).mean())


def _labiodentals(study: Study) -> Measure:
    title, limits = "Lower lip rises on f, v", "good from 90 %, look from 60 %"
    phones = study.in_group("labiodental")
    if not phones:
        return _missing(study, "labiodentals", title, limits, "f or v")
    limit = max(study.closed_cm, _NARROW_SHARE * study.typical_gap_cm)
    missed = [phone for phone in phones if least_gap_of(study, phone) > limit]
    share = 1 - len(missed) / len(phones)
    events = tuple(
        _event(study, phone, "labiodentals", _open_words(study, phone), "look at")
        for phone in missed
    )  # fmt: skip
    why = f"{len(phones) - len(missed)} of {len(phones)} narrow to {limit:.2f} cm or less."
    return Measure(
        "labiodentals", "lips", title, share, "%", grade_high(share, 0.9, 0.6), why, limits, len(phones), events
    )


def _false_closures(study: Study) -> Measure:
    title, limits = "Lips closed on open vowels", "good up to 2 %, look up to 8 %"
    phones = [p for p in study.in_group("open") if p.span.duration_seconds >= _SHORTEST_VOWEL_SECONDS]
    if not phones:
        return _missing(study, "false_closures", title, limits, "open vowels")
    shut = [phone for phone in phones if study.gap_at(phone.span.middle_seconds) <= study.closed_cm]
    share = len(shut) / len(phones)
    events = tuple(
        _event(study, p, "false_closures", f"lips are closed in the middle of {_label(p)}", "bad") for p in shut
    )
    why = f"{len(shut)} of {len(phones)} open vowels are closed in their middle."
    verdict = at_least(grade_low(share, 0.02, 0.08), "look at", bool(shut))
    return Measure("false_closures", "lips", title, share, "%", verdict, why, limits, len(phones), events)


def _over_closing(study: Study, group: str, key: str, title: str, good: float, look: float) -> Measure:
    limits = f"good up to {good:.0%}, look up to {look:.0%}"
    phones = _clear_phones(study, group)
    if not phones:
        return _missing(study, key, title, limits, f"{group} consonants away from closures and pauses")
    shut = [phone for phone in phones if study.gap_at(phone.span.middle_seconds) <= study.closed_cm]
    share = len(shut) / len(phones)
    events = tuple(_event(study, p, key, f"lips are closed on {_label(p)}", "look at") for p in shut)
    why = f"{len(shut)} of {len(phones)} are closed where the tongue alone would do."
    return Measure(key, "lips", title, share, "%", grade_low(share, good, look), why, limits, len(phones), events)


def _rounding(study: Study) -> Measure:
    title, limits = "Rounded against spread", "good from 1.5, look from 0.8 (difference of mouth width over its spread)"
    sounds = [phone for phone in study.phones or () if phone.group != "pause"]
    rounded = _widths(study, [phone for phone in sounds if phone.is_round])
    spread = _widths(study, [phone for phone in sounds if phone.is_spread])
    if min(len(rounded), len(spread)) < _FEWEST_FOR_CONTRAST:
        return _missing(study, "rounding", title, limits, "three rounded and three spread sounds")
    deviation = max(float(np.sqrt((rounded.var() + spread.var()) / 2)), _SMALLEST_DEVIATION_CM)
    contrast = float((spread.mean() - rounded.mean()) / deviation)
    why = (
        f"The mouth is {10 * (spread.mean() - rounded.mean()):.1f} mm narrower on {len(rounded)} rounded sounds "
        f"than on {len(spread)} spread ones."
    )
    verdict = grade_high(contrast, 1.5, 0.8)
    return Measure("rounding", "lips", title, contrast, "", verdict, why, limits, len(rounded) + len(spread))


def _widths(study: Study, phones: list[Phone]) -> FloatArray:
    middles = [phone.span.middle_seconds + study.phone_shift_seconds for phone in phones]
    return np.interp(middles, study.times, study.lips.width_cm) if middles else np.zeros(0)


def _clear_phones(study: Study, group: str) -> list[Phone]:
    """Phones of a group whose middle lies away from sounds that close the lips and from pauses."""
    spans = [phone.span for phone in study.in_group("bilabial", "labiodental", "pause")] + list(study.pauses or ())
    starts = np.array([span.start_seconds for span in spans]) - _CLEAR_OF_CLOSURE_SECONDS
    ends = np.array([span.end_seconds for span in spans]) + _CLEAR_OF_CLOSURE_SECONDS
    return [
        phone
        for phone in study.in_group(group)
        if not ((starts <= phone.span.middle_seconds) & (phone.span.middle_seconds <= ends)).any()
    ]


def _event(study: Study, phone: Phone, key: str, what: str, verdict: Verdict) -> Event:
    shift = study.phone_shift_seconds
    return Event(key, phone.span.start_seconds + shift, phone.span.end_seconds + shift, what, verdict)


def _open_words(study: Study, phone: Phone) -> str:
    return f"lips stay {least_gap_of(study, phone):.2f} cm open on {_label(phone)}"


def _severity(is_clear_fault: bool) -> Verdict:
    return "bad" if is_clear_fault else "look at"


def _label(phone: Phone) -> str:
    return f"'{phone.span.label}'"


def _missing(study: Study, key: str, title: str, limits: str, what: str) -> Measure:
    why = "Needs phones: add --phones or --transcript." if study.phones is None else f"The clip lacks {what}."
    unit = "" if key == "rounding" else "%"
    return Measure(key, "lips", title, None, unit, "not measured", why, limits)
