"""Phones to what they ask of the lips."""

from __future__ import annotations

import pytest

from maya_a2f.core.lip_contacts import SpokenPhone, lip_spans, phone_kind


@pytest.mark.parametrize(
    ("symbol", "alphabet", "kind"),
    [
        ("P", "arpabet", "closed"), ("b", "arpabet", "closed"), ("M", "arpabet", "closed"), ("F", "arpabet", "tuck"),
        ("AA1", "arpabet", "open"), ("AH0", "arpabet", "open"), ("IY1", "arpabet", None), ("UW", "arpabet", None),
        ("N", "arpabet", None), ("W", "arpabet", None), ("SIL", "arpabet", None), ("", "arpabet", None),
        ("p", "ipa", "closed"), ("pʰ", "ipa", "closed"), ("ˈaː", "ipa", "open"), ("v", "ipa", "tuck"),
        ("ɱ", "ipa", "tuck"), ("ɡ͡b", "ipa", "closed"), ("kp", "ipa", "closed"), ("ə", "ipa", None),
        ("y", "ipa", None), ("β", "ipa", None), ("", "ipa", None),
    ],
)  # fmt: skip
def test_a_phone_asks_of_the_lips_what_its_articulation_needs(symbol: str, alphabet: str, kind: str | None) -> None:
    assert phone_kind(symbol, alphabet) == kind  # type: ignore[arg-type]


def test_a_stop_lets_go_before_its_phone_ends_and_a_nasal_holds_longer() -> None:
    stop, nasal = lip_spans([SpokenPhone(0.0, 0.1, "P"), SpokenPhone(1.0, 1.1, "M")], "arpabet")
    assert stop.end_seconds == pytest.approx(0.072)
    assert nasal.end_seconds == pytest.approx(1.08)


def test_a_very_short_vowel_asks_for_nothing() -> None:
    assert lip_spans([SpokenPhone(0.0, 0.03, "AH")], "arpabet") == ()
