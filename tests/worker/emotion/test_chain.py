"""The chain from logits to a frame, against numbers worked out by hand (specification, emotion.md section 3)."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.worker.emotion.chain import ChainSettings, EmotionChain, heard_shares
from maya_a2f.worker.emotion.source import OWN_CHAIN

ANGER, DISGUST, FEAR, JOY, PAIN, SADNESS = 1, 3, 4, 6, 8, 9
EQUAL = np.zeros((1, 6), np.float32)
FRAME = 1 / 30


def logits(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def run(settings: ChainSettings, rows: np.ndarray, frame_seconds: float = FRAME, **kwargs: object) -> np.ndarray:
    chain = EmotionChain(settings, frame_seconds)
    return np.array([chain.step(row, **kwargs) for row in heard_shares(rows, settings)])  # type: ignore[arg-type]


def changed(**settings: object) -> ChainSettings:
    return dataclasses.replace(OWN_CHAIN, **settings)  # type: ignore[arg-type]


def one_hot(slot: int) -> tuple[float, ...]:
    return tuple(1.0 if index == slot else 0.0 for index in range(10))


# Softmax, contrast, unmapped, largest few


def test_equal_logits_give_three_hundredths_in_the_mapped_slots_of_the_first_frame() -> None:
    (frame,) = run(OWN_CHAIN, EQUAL)
    assert np.flatnonzero(frame).tolist() == [ANGER, DISGUST, FEAR, JOY, SADNESS]
    assert frame[[ANGER, DISGUST, FEAR, JOY, SADNESS]] == pytest.approx(0.03, abs=1e-8)


def test_the_first_frame_is_0_18_of_the_share() -> None:
    rows = logits(math.log(5), 0, 0, 0, 0, 0)  # softmax: 5/10, and 1/10 five times
    assert run(OWN_CHAIN, rows)[0, [ANGER, JOY]] == pytest.approx([0.18 * 0.5, 0.18 * 0.1], abs=1e-7)


def test_contrast_multiplies_the_logits() -> None:
    rows = logits(math.log(2), 0, 0, 0, 0, 0)
    shares = heard_shares(rows, changed(emotion_contrast=2.0))[0]
    assert shares[:4] == pytest.approx([4 / 9, 1 / 9, 1 / 9, 1 / 9])


def test_an_unmapped_emotion_is_left_out_and_the_others_keep_their_share() -> None:
    shares = heard_shares(logits(0, 0, 0, 0, math.log(5), 0), OWN_CHAIN)[0]
    assert shares == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.0, 0.1])


def test_huge_logits_do_not_overflow() -> None:
    assert heard_shares(logits(1e6, 0, 0, 0, -1e6, 0), OWN_CHAIN)[0].tolist() == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("most", "kept"),
    [(6, [0, 1, 2, 3, 5]), (9, [0, 1, 2, 3, 5]), (5, [0, 1, 2, 3, 5]), (3, [1, 3, 5]), (1, [3]), (0, [])],
)
def test_only_the_largest_few_stay_and_the_zero_of_neutral_takes_part(most: int, kept: list[int]) -> None:
    shares = heard_shares(logits(0.1, 0.3, 0.2, 0.9, 5.0, 0.4), changed(max_emotions=most))[0]
    assert np.flatnonzero(shares).tolist() == kept


@pytest.mark.parametrize(("most", "kept"), [(5, [0, 1, 2, 3, 5]), (4, [1, 2, 3, 5]), (2, [3, 5]), (1, [5])])
def test_of_equal_ones_the_lowest_index_goes_first(most: int, kept: list[int]) -> None:
    assert np.flatnonzero(heard_shares(EQUAL, changed(max_emotions=most))[0]).tolist() == kept


# Live blend, preferred emotion, transition, strength, and their order


def test_the_second_frame_blends_with_the_first_and_moves_a_fifteenth_of_the_way() -> None:
    rows = np.repeat(EQUAL, 2, axis=0)
    first, second = run(OWN_CHAIN, rows)[:, JOY]
    # p1 = 0.3/6 = 0.05; p2 = 0.3/6 + 0.7·0.05 = 0.085; w = (1/30)/0.5 = 1/15; 0.6·(0.085/15 + 0.05·14/15) = 0.0314
    assert (first, second) == (pytest.approx(0.03, abs=1e-8), pytest.approx(0.0314, abs=1e-7))


def test_every_step_in_its_order() -> None:
    """lb = ½, ps = ¼, w = ½, S = 0.8, joy heard alone and preferred: worked out frame by frame.

    Blend ½, ¾, ⅞; preferred 0.625, 0.8125, 0.90625; transition 0.625, 0.71875, 0.8125; strength 0.8 of these.
    """
    settings = changed(
        live_blend_coef=0.5,
        enable_preferred_emotion=True,
        preferred_emotion_strength=0.25,
        preferred_emotion=one_hot(JOY),
        live_transition_time=0.2,
        emotion_strength=0.8,
    )
    rows = np.repeat(logits(0, 0, 0, 1000, 0, 0), 3, axis=0)
    assert run(settings, rows, 0.1)[:, JOY] == pytest.approx([0.5, 0.575, 0.65], abs=1e-7)


def test_an_unmapped_slot_goes_on_from_the_last_output() -> None:
    """Pain preferred, same parameters: p = ½·o + ½·p, then ps, w and S; one that zeroes the slot would differ."""
    settings = changed(
        live_blend_coef=0.5,
        enable_preferred_emotion=True,
        preferred_emotion_strength=0.25,
        preferred_emotion=one_hot(PAIN),
        live_transition_time=0.2,
        emotion_strength=0.8,
    )
    rows = np.repeat(logits(0, 0, 0, 1000, 0, 0), 3, axis=0)
    assert run(settings, rows, 0.1)[:, PAIN] == pytest.approx([0.2, 0.23, 0.2645], abs=1e-7)


def test_the_feedback_of_unmapped_slots_follows_its_recurrence() -> None:
    settings = changed(
        enable_preferred_emotion=True,
        preferred_emotion_strength=0.4,
        preferred_emotion=tuple(0.1 * slot for slot in range(10)),
        beginning_emotion=tuple(0.05 * slot for slot in range(10)),
    )
    lb, ps, strength, w = 0.7, 0.4, 0.6, 1 / 15
    out = run(settings, np.repeat(EQUAL, 40, axis=0))
    for slot in (0, 2, 5, 7, 8):
        blended, output, before = 0.0, 0.0, 0.0
        for frame in range(40):
            begin = 0.05 * slot
            before = begin if frame == 0 else (1 - lb) * output + lb * before
            wanted = (1 - ps) * before + ps * 0.1 * slot
            blended = wanted if frame == 0 else w * wanted + (1 - w) * blended
            output = strength * blended
            assert out[frame, slot] == pytest.approx(output, abs=2e-6)


def test_the_beginning_emotion_is_blended_into_the_first_frame() -> None:
    settings = changed(beginning_emotion=one_hot(JOY))
    frame = run(settings, logits(1000, 0, 0, 0, 0, 0))[0]
    assert frame[[ANGER, JOY]] == pytest.approx([0.6 * 0.3, 0.6 * 0.7], abs=1e-7)
    unmapped = run(changed(beginning_emotion=one_hot(PAIN)), EQUAL)[0]
    assert unmapped[PAIN] == pytest.approx(0.6, abs=1e-7)


def test_a_preferred_emotion_that_is_not_enabled_does_nothing() -> None:
    settings = changed(preferred_emotion=one_hot(PAIN), preferred_emotion_strength=1.0)
    assert run(settings, np.repeat(EQUAL, 3, axis=0))[:, PAIN].tolist() == [0, 0, 0]


def test_full_preference_full_strength_and_no_transition_give_exactly_the_preferred_emotion() -> None:
    settings = changed(
        enable_preferred_emotion=True, preferred_emotion_strength=1.0, emotion_strength=1.0, live_transition_time=0.0
    )
    wanted = np.linspace(0, 1, 10, dtype=np.float32)
    rows = np.random.default_rng(0).normal(0, 5, (20, 6)).astype(np.float32)
    assert (run(settings, rows, preferred=wanted) == wanted).all()


def test_a_transition_shorter_than_a_millisecond_counts_as_one() -> None:
    rows = np.concatenate([EQUAL, logits(1000, 0, 0, 0, 0, 0)])
    fast = run(changed(live_transition_time=0.0), rows, 0.0005)
    same = run(changed(live_transition_time=0.001), rows, 0.0005)
    assert (fast == same).all()
    assert fast[1, ANGER] == pytest.approx(0.6 * (0.5 * (0.3 + 0.7 * 0.05) + 0.5 * 0.05))


def test_a_reset_starts_anew() -> None:
    chain = EmotionChain(changed(beginning_emotion=one_hot(PAIN)), FRAME)
    shares = heard_shares(EQUAL, OWN_CHAIN)[0]
    first = [chain.step(shares).tolist() for _ in range(3)]
    chain.reset()
    assert [chain.step(shares).tolist() for _ in range(3)] == first


shares_of_settings = st.floats(0, 1, width=32)


@given(
    rows=st.lists(st.lists(st.floats(-8, 8, width=32), min_size=6, max_size=6), min_size=1, max_size=6),
    contrast=st.floats(0.3125, 3, width=32),
    most=st.integers(1, 6),
    blend=shares_of_settings,
    preference=shares_of_settings,
    strength=shares_of_settings,
    seconds=st.floats(0, 2, width=32),
    is_enabled=st.booleans(),
)
def test_any_parameters_agree_with_a_plain_reading_of_the_steps(
    rows: list[list[float]],
    contrast: float,
    most: int,
    blend: float,
    preference: float,
    strength: float,
    seconds: float,
    is_enabled: bool,
) -> None:
    preferred = tuple(0.1 * slot for slot in range(10))
    beginning = tuple(0.1 * (9 - slot) for slot in range(10))
    settings = ChainSettings(
        OWN_CHAIN.correspondence, 10, contrast, most, blend, is_enabled, preference, seconds, strength, preferred,
        beginning,
    )  # fmt: skip
    found = run(settings, np.array(rows, np.float32))
    assert found == pytest.approx(np.array(_plain(settings, rows, FRAME)), abs=2e-5)


def _plain(settings: ChainSettings, rows: list[list[float]], frame_seconds: float) -> list[list[float]]:
    """Steps 0 to 8, one number at a time; ties are broken on float32 shares as the code under test has them."""
    work = list(settings.beginning_emotion)
    before = [0.0] * 10
    blended_before = [0.0] * 10
    out = []
    for number, row in enumerate(rows):
        shares = heard_shares(np.array([row], np.float32), dataclasses.replace(settings, max_emotions=6))[0].tolist()
        powers = [math.exp(settings.emotion_contrast * (value - max(row))) for value in row]
        exact = [0.0 if at == 4 else power / sum(powers) for at, power in enumerate(powers)]
        assert shares == pytest.approx(exact, abs=1e-6)
        for _ in range(6 - settings.max_emotions):
            left = [at for at in range(6) if shares[at] != math.inf]
            smallest = min(left, key=lambda at: (shares[at], at))
            exact[smallest], shares[smallest] = 0.0, math.inf
        for share, slot in zip(exact, settings.correspondence, strict=True):
            if slot >= 0:
                work[slot] = share
        source = settings.beginning_emotion if number == 0 else before
        keep = settings.live_blend_coef
        work = [(1 - keep) * value + keep * old for value, old in zip(work, source, strict=True)]
        before = work[:]
        if settings.enable_preferred_emotion:
            part = settings.preferred_emotion_strength
            work = [(1 - part) * v + part * p for v, p in zip(work, settings.preferred_emotion, strict=True)]
        if number:
            weight = min(frame_seconds / max(settings.live_transition_time, 0.001), 1)
            work = [weight * v + (1 - weight) * b for v, b in zip(work, blended_before, strict=True)]
        blended_before = work[:]
        work = [settings.emotion_strength * value for value in work]
        out.append(work[:])
    return out


def test_the_weight_of_a_transition_at_30_frames_and_half_a_second() -> None:
    assert float(EmotionChain(OWN_CHAIN, float(Fraction(1, 30)))._weight) == pytest.approx(0.0667, abs=5e-5)
