"""Lip contacts laid into tracks: closed where asked, open where asked, everything else untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.closures import (
    CLOSED_GAP_CM,
    CLOSING_SECONDS,
    GENERIC_LIP_GAP,
    OPEN_GAP_CM,
    OPEN_RAMP_SECONDS,
    OPENING_SECONDS,
    TUCK_GAP_CM,
    TUCK_ROLL,
    LipGap,
    with_contacts,
)
from maya_a2f.core.lip_contacts import LipSpan

RATE = Fraction(30)
MEASURED = LipGap({"jawOpen": 2.9, "mouthClose": -2.9, "mouthFunnel": 0.9, "mouthShrugLower": -0.5})


def tracks(count: int = 30, jaw: float = 0.25, close: float = 0.0, funnel: float = 0.0) -> dict[str, list[float]]:
    return {
        "jawOpen": [jaw] * count,
        "mouthClose": [close] * count,
        "mouthFunnel": [funnel] * count,
        "mouthPucker": [0.4] * count,
        "mouthRollLower": [0.0] * count,
    }


def gaps(made: Mapping[str, Sequence[float]], lip_gap: LipGap = GENERIC_LIP_GAP) -> list[float]:
    return [lip_gap.cm(made, frame) for frame in range(len(made["jawOpen"]))]


def test_the_lips_touch_over_the_whole_contact() -> None:
    made = gaps(with_contacts(tracks(), RATE, [LipSpan("closed", 0.4, 0.5)], GENERIC_LIP_GAP))
    assert made[12:16] == pytest.approx([CLOSED_GAP_CM] * 4)


def test_the_mouth_closes_and_opens_in_ramps_and_moves_nowhere_else() -> None:
    made = gaps(with_contacts(tracks(), RATE, [LipSpan("closed", 0.4, 0.5)], GENERIC_LIP_GAP))
    assert CLOSED_GAP_CM < made[11] < made[10] < 0.725 + 1e-9
    assert CLOSED_GAP_CM < made[16] < made[17] <= 0.725 + 1e-9
    assert made[:9] == pytest.approx([0.725] * 9)
    assert made[18:] == pytest.approx([0.725] * 12)


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30), Fraction(24000, 1001), Fraction(60)])
def test_a_contact_between_two_frames_still_closes_one(rate: Fraction) -> None:
    start = 10.4 / float(rate)
    made = gaps(with_contacts(tracks(), rate, [LipSpan("closed", start, start + 0.2 / float(rate))], GENERIC_LIP_GAP))
    assert made[10] == pytest.approx(CLOSED_GAP_CM)


def test_a_wide_open_jaw_rises_rather_than_push_the_lips_through_each_other() -> None:
    made = with_contacts(tracks(jaw=0.6), RATE, [LipSpan("closed", 0.4, 0.5)], GENERIC_LIP_GAP)
    other_face = [2.89 * jaw - 3.72 * close for jaw, close in zip(made["jawOpen"], made["mouthClose"], strict=True)]
    assert min(other_face) > -0.2
    assert other_face[13] <= 0.0


def test_a_mouth_that_is_closed_already_stays_as_it_is() -> None:
    before = tracks(jaw=0.05, close=0.06)
    made = with_contacts(before, RATE, [LipSpan("closed", 0.4, 0.5)], GENERIC_LIP_GAP)
    assert {name: list(samples) for name, samples in made.items()} == before


def test_other_shapes_that_open_the_lips_are_closed_against() -> None:
    made = with_contacts(tracks(jaw=0.1, funnel=0.5), RATE, [LipSpan("closed", 0.4, 0.5)], MEASURED)
    assert gaps(made, MEASURED)[13] == pytest.approx(CLOSED_GAP_CM)
    assert list(made["mouthFunnel"]) == [0.5] * 30


def test_a_tuck_brings_the_lower_lip_to_the_teeth_without_closing() -> None:
    made = with_contacts(tracks(), RATE, [LipSpan("tuck", 0.4, 0.5)], GENERIC_LIP_GAP)
    assert gaps(made)[13] == pytest.approx(TUCK_GAP_CM)
    assert made["mouthRollLower"][13] == pytest.approx(TUCK_ROLL)
    assert made["mouthRollLower"][8] == made["mouthRollLower"][19] == 0.0


def test_a_closed_mouth_opens_for_an_open_vowel_only() -> None:
    shut = tracks(jaw=0.06, close=0.06)
    made = gaps(with_contacts(shut, RATE, [LipSpan("open", 0.4, 0.6)], GENERIC_LIP_GAP))
    assert made[15] == pytest.approx(OPEN_GAP_CM)
    assert made[:10] == pytest.approx([0.0] * 10)
    assert made[20:] == pytest.approx([0.0] * 10)


def test_a_vowel_that_is_open_enough_is_left_alone() -> None:
    before = tracks()
    made = with_contacts(before, RATE, [LipSpan("open", 0.4, 0.6)], GENERIC_LIP_GAP)
    assert {name: list(samples) for name, samples in made.items()} == before


def test_a_contact_is_stronger_than_the_vowel_beside_it() -> None:
    spans = [LipSpan("open", 0.2, 0.4), LipSpan("closed", 0.4, 0.44)]
    made = gaps(with_contacts(tracks(jaw=0.02), RATE, spans, GENERIC_LIP_GAP))
    assert made[12] <= CLOSED_GAP_CM + 1e-9
    assert made[9] >= OPEN_GAP_CM - 1e-9


def test_the_vowel_between_two_contacts_stays_open() -> None:
    spans = [LipSpan("closed", 0.3, 0.36), LipSpan("open", 0.4, 0.5), LipSpan("closed", 0.5, 0.56)]
    made = gaps(with_contacts(tracks(), RATE, spans, GENERIC_LIP_GAP))
    assert max(made[12:15]) >= OPEN_GAP_CM - 1e-9
    assert made[10] == made[16] == pytest.approx(CLOSED_GAP_CM)


def test_tracks_without_a_jaw_come_back_as_they_are() -> None:
    before = {"mouthClose": [0.1] * 9}
    assert with_contacts(before, RATE, [LipSpan("closed", 0.1, 0.2)], GENERIC_LIP_GAP) == before


def test_a_contact_outside_the_clip_changes_nothing() -> None:
    before = tracks()
    made = with_contacts(before, RATE, [LipSpan("closed", 5.0, 5.1), LipSpan("open", 7.0, 7.2)], GENERIC_LIP_GAP)
    assert {name: list(samples) for name, samples in made.items()} == before


weights = st.floats(0.0, 1.0)
kinds = st.sampled_from(["closed", "tuck", "open"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, list[float]], Fraction, list[LipSpan]]:
    count = draw(st.integers(2, 40))
    names = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower")
    made = {name: draw(st.lists(weights, min_size=count, max_size=count)) for name in names}
    rate = draw(st.sampled_from([Fraction(24), Fraction(30), Fraction(30000, 1001), Fraction(60)]))
    spans = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.floats(-0.1, 1.4))
        spans.append(LipSpan(draw(kinds), start, start + draw(st.floats(0.02, 0.3))))
    return made, rate, spans


@given(cases())
def test_only_the_named_channels_change_and_only_near_a_span(
    case: tuple[dict[str, list[float]], Fraction, list[LipSpan]],
) -> None:
    before, rate, spans = case
    made = with_contacts(before, rate, spans, MEASURED)
    assert list(made) == list(before)
    assert list(made["mouthFunnel"]) == before["mouthFunnel"]
    assert list(made["mouthPucker"]) == before["mouthPucker"]
    reach = max(CLOSING_SECONDS, OPENING_SECONDS, OPEN_RAMP_SECONDS) + 1.01 / float(rate)
    for frame in range(len(before["jawOpen"])):
        time = frame / float(rate)
        if not any(span.start_seconds - reach <= time <= span.end_seconds + reach for span in spans):
            assert all(made[name][frame] == before[name][frame] for name in before)


@given(cases())
def test_doing_it_twice_changes_nothing_more(case: tuple[dict[str, list[float]], Fraction, list[LipSpan]]) -> None:
    before, rate, spans = case
    once = with_contacts(before, rate, spans, MEASURED)
    twice = with_contacts(once, rate, spans, MEASURED)
    for name in before:
        assert list(twice[name]) == pytest.approx(list(once[name]), abs=1e-6)


@given(cases())
def test_weights_stay_between_0_and_1(case: tuple[dict[str, list[float]], Fraction, list[LipSpan]]) -> None:
    before, rate, spans = case
    made = with_contacts(before, rate, spans, MEASURED)
    assert all(-1e-12 <= value <= 1.0 + 1e-12 for samples in made.values() for value in samples)
