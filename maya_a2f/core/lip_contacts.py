"""Which phones touch the lips, and which cannot be spoken with closed ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Alphabet = Literal["arpabet", "ipa"]
SpanKind = Literal["closed", "tuck", "open"]


@dataclass(frozen=True)
class SpokenPhone:
    """One phone in time."""

    start_seconds: float
    end_seconds: float
    symbol: str
    """ARPABET (with or without stress digit) or IPA; empty is silence."""


@dataclass(frozen=True)
class LipSpan:
    """A stretch in which the phones say something about the lips."""

    kind: SpanKind
    """``closed``: both lips touch; ``tuck``: lower lip at the teeth; ``open``: a vowel that opens the mouth."""
    start_seconds: float
    """Start of the contact, or of the vowel."""
    end_seconds: float
    """End of the contact, which a stop releases before its phone ends."""


_ARPABET: dict[str, SpanKind] = {
    **dict.fromkeys(("p", "b", "m", "em"), "closed"),
    **dict.fromkeys(("f", "v"), "tuck"),
    **dict.fromkeys(("aa", "ae", "ah", "ao", "aw", "ay", "eh", "ey", "ow", "oy"), "open"),
}
_IPA: dict[str, SpanKind] = {
    **dict.fromkeys("pbmɓʙ", "closed"),
    **dict.fromkeys("fvɱⱱ", "tuck"),
    **dict.fromkeys("aäɑɐɶæʌɔɒɛɜeo", "open"),
}
_LABIAL_VELAR = re.compile("[kgɡŋ]͡?[pbm]")

CONTACT_DELAY_SECONDS = 0.005
STOP_HOLD_SHARE = 0.72
"""A stop's lips part before its burst and aspiration end."""
TUCK_HOLD_SHARE = 0.85
NASAL_RELEASE_SECONDS = 0.02
SHORTEST_HOLD_SECONDS = 0.02
SHORTEST_OPEN_SECONDS = 0.04
"""Shorter vowels are reduced: nothing is asked of them."""


def lip_spans(phones: Iterable[SpokenPhone], alphabet: Alphabet) -> tuple[LipSpan, ...]:
    """Contacts and open vowels of phones in order of time; phones that leave the lips alone give none."""
    spans = (_span(phone, alphabet) for phone in phones)
    return tuple(span for span in spans if span is not None)


def _span(phone: SpokenPhone, alphabet: Alphabet) -> LipSpan | None:
    kind = phone_kind(phone.symbol, alphabet)
    start, duration = phone.start_seconds, phone.end_seconds - phone.start_seconds
    if kind is None or duration <= 0.0:
        return None
    if kind == "open":
        return LipSpan(kind, start, phone.end_seconds) if duration >= SHORTEST_OPEN_SECONDS else None
    is_nasal = "m" in phone.symbol.lower()
    share = TUCK_HOLD_SHARE if kind == "tuck" else STOP_HOLD_SHARE
    hold = duration - NASAL_RELEASE_SECONDS if is_nasal else share * duration
    return LipSpan(kind, start + CONTACT_DELAY_SECONDS, start + max(SHORTEST_HOLD_SECONDS, hold))


def phone_kind(symbol: str, alphabet: Alphabet) -> SpanKind | None:
    """What a phone asks of the lips; None for most. Stress, length, tone and other marks do not matter."""
    if alphabet == "arpabet":
        return _ARPABET.get(symbol.strip().rstrip("0123456789").lower())
    if _LABIAL_VELAR.match(symbol):
        return "closed"
    for letter in symbol:
        if unicodedata.category(letter) == "Ll":  # neither stress nor length nor a raised letter
            return _IPA.get(letter)
    return None
