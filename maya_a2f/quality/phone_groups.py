"""Which phones close the lips, round them, spread them or leave them alone; ARPABET and IPA labels.

The groups are those of lip-reading and of JALI's rules (Edwards et al. 2016): p b m close, f v bring the lower lip to
the upper teeth, consonants of the tongue never need closed lips.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from maya_a2f.core.textgrid import Span

PhoneGroup = Literal["pause", "bilabial", "labiodental", "open", "vowel", "oral", "nasal", "other"]

_PAUSES = frozenset({"", "sil", "sp", "spn", "pau", "h#", "_", "#", "<p>", "<sil>", "<eps>", "<usb>", "brth", "ssil"})

_ARPABET: dict[PhoneGroup, frozenset[str]] = {
    "bilabial": frozenset({"p", "b", "m", "em", "bcl", "pcl"}),
    "labiodental": frozenset({"f", "v"}),
    "open": frozenset({"aa", "ae", "ao", "aw", "ay", "ah", "eh", "ow", "ey"}),
    "vowel": frozenset({"ih", "iy", "uh", "uw", "oy", "er", "ax", "ix", "axr", "ux"}),
    "oral": frozenset({"t", "d", "s", "z", "k", "g", "l", "r", "th", "dh", "sh", "zh", "ch", "jh", "dx", "el"}),
    "nasal": frozenset({"n", "ng", "en", "nx"}),
    "other": frozenset({"w", "y", "hh", "hv", "wh", "q"}),
}
_ARPABET_ROUND = frozenset({"uw", "ow", "w", "uh", "oy"})
_ARPABET_SPREAD = frozenset({"iy", "ey", "eh", "ih"})

_IPA: dict[PhoneGroup, str] = {
    "bilabial": "pbmɓ",
    "labiodental": "fvɱʋ",
    "open": "aæɑɒɔʌɛɐɜeoœ",
    "vowel": "iɪuʊyʏøəɘɵɤɨʉɯɚɝᵻ",
    "oral": "tdszkglrɹɾθðʃʒʂʐɕʑcɟqɡxɣχʁɬɮɫʎʈɖɭɻçʝ",
    "nasal": "nŋɲɳɴ",
    "other": "wjhɦʔʍɥɰβɸʘ",
}
_IPA_ROUND = frozenset("uʊwoɔyʏøœɥʉ")
_IPA_SPREAD = frozenset("iɪeɛj")
_IPA_MARKS = re.compile(r"[ˈˌːˑ.̯͡‿ʰʲʷˠˤʼ˞\d\s'\"|-]")


@dataclass(frozen=True)
class Phone:
    """One phone and what it asks of the lips."""

    span: Span
    group: PhoneGroup
    is_round: bool
    is_spread: bool


def classify(spans: Sequence[Span]) -> tuple[Phone, ...]:
    """Every span with its group; the alphabet is told by the labels as a whole."""
    uses_arpabet = _is_arpabet(span.label for span in spans)
    return tuple((_arpabet_phone if uses_arpabet else _ipa_phone)(span) for span in spans)


def unknown_labels(phones: Iterable[Phone]) -> tuple[str, ...]:
    """Labels that belong to no group of either alphabet, each once."""
    known = {label for group in _ARPABET.values() for label in group} | set("".join(_IPA.values()))
    found = {
        phone.span.label
        for phone in phones
        if phone.group == "other" and _arpabet_label(phone.span.label) not in known
        and not set(_ipa_letters(phone.span.label)[:1]) & known
    }  # fmt: skip
    return tuple(sorted(found))


def _is_arpabet(labels: Iterable[str]) -> bool:
    spoken = [label for label in labels if label.lower() not in _PAUSES]
    cleaned = [re.sub(r"\d", "", label).lower() for label in spoken]
    vowels = _ARPABET["open"] | _ARPABET["vowel"] | {"hh", "ng", "sh", "th", "dh", "ch", "jh"}
    return all(label.isascii() for label in cleaned) and any(label in vowels for label in cleaned)


def _arpabet_label(label: str) -> str:
    return re.sub(r"[\d\s]", "", label).lower()


def _arpabet_phone(span: Span) -> Phone:
    label = _arpabet_label(span.label)
    if label in _PAUSES:
        return Phone(span, "pause", False, False)
    group: PhoneGroup = next((group for group, labels in _ARPABET.items() if label in labels), "other")
    return Phone(span, group, label in _ARPABET_ROUND, label in _ARPABET_SPREAD)


def _ipa_letters(label: str) -> str:
    decomposed = unicodedata.normalize("NFD", label)
    return "".join(letter for letter in _IPA_MARKS.sub("", decomposed) if not unicodedata.combining(letter))


def _ipa_phone(span: Span) -> Phone:
    if span.label.strip().lower() in _PAUSES:
        return Phone(span, "pause", False, False)
    letters = _ipa_letters(span.label)
    first = letters[:1].lower()
    group: PhoneGroup = next((group for group, known in _IPA.items() if first and first in known), "other")
    is_round = any(letter in _IPA_ROUND for letter in letters)
    return Phone(span, group, is_round, not is_round and first in _IPA_SPREAD)
