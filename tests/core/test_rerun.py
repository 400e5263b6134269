"""A second run over edited keys: no edit is changed or lost, and what nobody touched is as a fresh run makes it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maya_a2f.core.frame_rate import TICKS_PER_SECOND
from maya_a2f.core.key_blending import Fresh, WrittenKey
from maya_a2f.core.key_marks import (
    BLOCK_TICKS,
    MOST_BLOCKS,
    BlockMarks,
    block_length,
    edited_blocks,
    fingerprint,
    frames_of,
    marks_from_text,
    marks_of,
)
from maya_a2f.core.rerun import (
    EVERYTHING,
    Merged,
    MergeRules,
    Written,
    edited_zones,
    first_written,
    merged,
)

RATE = Fraction(30)
FRAME = TICKS_PER_SECOND // 30
BLOCK_FRAMES = 15
_LINEAR = (2, 2)
_MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _fresh(seed: int, first: int, count: int, *, step: int = 1) -> Fresh:
    draw = random.Random(seed)
    frames = range(first, first + count, step)
    return Fresh([frame * FRAME for frame in frames], [draw.uniform(-1, 1) for _ in frames], _LINEAR)


def _keys(fresh: Fresh) -> list[WrittenKey]:
    return [WrittenKey(*item, *fresh.tangents) for item in zip(fresh.ticks, fresh.values, strict=True)]


def _after(found: list[WrittenKey], plan: Merged) -> list[WrittenKey]:
    """The curve once the plan is carried out."""
    left = [found[at] for at in plan.stays]
    assert not {key.ticks for key in left} & {key.ticks for key in plan.keys}
    return sorted([*left, *plan.keys], key=lambda key: key.ticks)


@dataclass(frozen=True)
class Edit:
    """Something an animator does to the key nearest to a frame."""

    what: str
    frame: int
    amount: int

    def apply(self, keys: list[WrittenKey]) -> list[WrittenKey]:
        if self.what == "add":
            new = WrittenKey(self.frame * FRAME + FRAME // 3, self.amount / 7, 11, 11)
            return sorted([*(key for key in keys if key.ticks != new.ticks), new], key=lambda key: key.ticks)
        if not keys:
            return keys
        at = min(range(len(keys)), key=lambda index: abs(keys[index].ticks - self.frame * FRAME))
        key = keys[at]
        others = [*keys[:at], *keys[at + 1 :]]
        if self.what == "delete":
            return others
        if self.what == "value":
            changed = key._replace(value=key.value + self.amount / 10)
        elif self.what == "tangent":
            changed = key._replace(into=3, out=1, out_xy=(1.0, 0.5))
        else:
            changed = key._replace(ticks=key.ticks + self.amount * FRAME)
        kept = [other for other in others if other.ticks != changed.ticks]
        return sorted([*kept, changed], key=lambda other: other.ticks)


EDITS = st.lists(
    st.builds(
        Edit,
        st.sampled_from(["add", "delete", "value", "tangent", "move"]),
        st.integers(-20, 120),
        st.integers(1, 40).flatmap(lambda size: st.sampled_from([size, -size])),
    ),
    max_size=4,
)
SPANS = st.one_of(
    st.just(EVERYTHING),
    st.tuples(st.integers(-10, 90), st.integers(0, 60)).map(
        lambda pair: (pair[0] * FRAME, (pair[0] + pair[1]) * FRAME + 1)
    ),
)
RUNS = st.lists(
    st.tuples(
        st.integers(0, 99), st.integers(-15, 25), st.integers(3, 110), st.sampled_from([1, 1, 4]), SPANS,
        st.sampled_from([0, 3, 5]), st.booleans(),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@_MANY
@given(st.integers(0, 99), st.integers(5, 110), st.lists(EDITS, min_size=4, max_size=4), RUNS)
def test_no_edit_is_ever_changed_or_lost(seed: int, count: int, edits: list[list[Edit]], runs: list[tuple]) -> None:  # type: ignore[type-arg]
    """Runs and edits in turn; an edited key is one that no run of ours wrote as it is now."""
    first = _fresh(seed, 0, count)
    keys = _keys(first)
    written = first_written(keys)
    ours = {(key.ticks, key.value, key.into, key.out) for key in keys}
    for edit_list, (new_seed, start, length, step, span, fade, clears) in zip(edits, runs, strict=False):
        for edit in edit_list:
            keys = edit.apply(keys)
        fresh = _fresh(new_seed, start, length, step=step)
        plan = merged(keys, written, fresh, "weight", MergeRules(RATE, span, fade, clears_others=clears))
        result = _after(keys, plan)
        edited = [key for key in keys if (key.ticks, key.value, key.into, key.out) not in ours]
        assert [key for key in edited if key not in result] == [], "an edited key is gone"
        for zone in edited_zones(written, keys):
            assert _inside(result, zone) == _inside(keys, zone), "an edited stretch is not as the animator left it"
        assert _beyond(result, span) == _beyond(keys, span), "a key outside of the range"
        ours |= {(key.ticks, key.value, key.into, key.out) for key in plan.keys}
        keys, written = result, plan.written or written


def _inside(keys: list[WrittenKey], zone: tuple[int, int]) -> list[WrittenKey]:
    return [key for key in keys if zone[0] <= key.ticks < zone[1]]


def _beyond(keys: list[WrittenKey], zone: tuple[int, int]) -> list[WrittenKey]:
    return [key for key in keys if not zone[0] <= key.ticks < zone[1]]


@_MANY
@given(st.integers(0, 99), EDITS, st.sampled_from([1, 4]), st.sampled_from([0, 5]), SPANS)
def test_what_nobody_edited_equals_a_fresh_run(
    seed: int, edits: list[Edit], step: int, fade: int, span: tuple[int, int]
) -> None:
    keys = _keys(_fresh(seed, 0, 90))
    written = first_written(keys)
    for edit in edits:
        keys = edit.apply(keys)
    fresh = _fresh(seed + 1, 0, 90, step=step)
    plan = merged(keys, written, fresh, "weight", MergeRules(RATE, span, fade))
    borders = [tick for zone in (*plan.edited, span) for tick in zone]
    result = {key.ticks: key for key in _after(keys, plan)}
    for key in _keys(fresh):
        near = min(abs(key.ticks - border) for border in borders) <= (fade + 1) * FRAME
        is_open = span[0] <= key.ticks < span[1] and not any(a <= key.ticks < b for a, b in plan.edited)
        if is_open and not near:
            assert result[key.ticks] == key
    wanted = {key.ticks for key in _keys(fresh)}
    for key in plan.keys:
        near = min(abs(key.ticks - border) for border in borders) <= (fade + 1) * FRAME
        assert near or key.ticks in wanted


def test_a_run_over_untouched_keys_is_a_fresh_run() -> None:
    old, fresh = _keys(_fresh(1, 0, 100)), _fresh(2, 5, 60)
    plan = merged(old, first_written(old), fresh, "weight", MergeRules(RATE))
    assert (plan.stays, plan.edited) == ((), ())
    assert list(plan.keys) == _keys(fresh)
    assert plan.written == first_written(_keys(fresh))


def test_an_edit_keeps_its_half_second_and_is_blended_at_both_ends() -> None:
    old, fresh = _keys(_fresh(1, 0, 90)), _fresh(2, 0, 90)
    found = Edit("value", 37, 5).apply(old)
    plan = merged(found, first_written(old), fresh, "weight", MergeRules(RATE, fade_frames=4))
    assert [frames_of(zone, RATE) for zone in plan.edited] == [(30.0, 44.0)]
    result = {key.ticks // FRAME: key.value for key in _after(found, plan)}
    assert sorted(result) == list(range(90))
    assert all(result[frame] == found[frame].value for frame in range(30, 45))
    assert result[45] == found[45].value
    assert result[29] == found[29].value
    assert result[47] == pytest.approx(0.5 * (found[47].value + fresh.values[47])), "half way"
    assert result[49] == fresh.values[49]
    assert result[25] == fresh.values[25]


def test_the_edit_is_still_known_after_many_runs_and_never_grows() -> None:
    old = _keys(_fresh(0, 0, 90))
    written = first_written(old)
    keys = Edit("delete", 50, 1).apply(old)
    for seed in range(1, 8):
        plan = merged(keys, written, _fresh(seed, -seed, 90 + 2 * seed), "weight", MergeRules(RATE))
        keys = _after(keys, plan)
        assert plan.written is not None
        written = plan.written
        assert [frames_of(zone, RATE) for zone in plan.edited] == [(45.0, 59.0)]


def test_putting_an_edit_back_gives_the_curve_back_to_the_runs() -> None:
    old = _keys(_fresh(0, 0, 60))
    written = first_written(old)
    edited = Edit("value", 20, 3).apply(old)
    plan = merged(edited, written, _fresh(1, 0, 60), "weight", MergeRules(RATE))
    assert plan.written is not None
    keys = [old[20] if key.ticks == 20 * FRAME else key for key in _after(edited, plan)]
    assert edited_zones(plan.written, keys) == ()


def test_taking_over_gives_the_edits_up() -> None:
    old, fresh = _keys(_fresh(1, 0, 60)), _fresh(2, 0, 60)
    found = Edit("add", 70, 3).apply(Edit("value", 37, 5).apply(old))
    plan = merged(found, first_written(old), fresh, "weight", MergeRules(RATE, takes_over=True))
    assert [key.ticks // FRAME for key in (found[at] for at in plan.stays)] == [70], "outside of ours"
    assert list(plan.keys) == _keys(fresh)
    assert plan.edited == ()


def test_keys_beyond_ours_that_a_longer_run_would_clear_stay() -> None:
    old = _keys(_fresh(1, 0, 30))
    found = Edit("add", 50, 3).apply(old)
    plan = merged(found, first_written(old), _fresh(2, 0, 90), "weight", MergeRules(RATE))
    assert [frames_of(zone, RATE) for zone in plan.edited] == [(45.0, 59.0)]
    assert found[-1] in _after(found, plan)
    assert plan.written is not None
    again = merged(_after(found, plan), plan.written, _fresh(3, 0, 90), "weight", MergeRules(RATE))
    assert found[-1] in [_after(found, plan)[at] for at in again.stays]


def test_a_curve_of_ours_that_has_none_of_our_keys_keeps_all_of_somebody_elses() -> None:
    found = [WrittenKey(20 * FRAME, 0.5, 11, 11)]
    plan = merged(found, None, _fresh(2, 0, 60), "weight", MergeRules(RATE))
    assert plan.stays == (0,)
    first_run = merged(found, None, _fresh(2, 0, 60), "weight", MergeRules(RATE, is_again=False))
    assert first_run.stays == ()


def test_records_from_before_there_were_marks_hold_at_the_level_of_the_curve() -> None:
    old, fresh = _keys(_fresh(1, 0, 60)), _fresh(2, 0, 60)
    written = replace(first_written(old), marks=None)
    assert list(merged(old, written, fresh, "weight", MergeRules(RATE)).keys) == _keys(fresh)
    found = Edit("value", 37, 5).apply(old)
    plan = merged(found, written, fresh, "weight", MergeRules(RATE))
    assert (plan.keys, plan.written, len(plan.stays)) == ((), None, len(found))
    assert [frames_of(zone, RATE) for zone in plan.edited] == [(0.0, 59.0)]


def test_an_older_module_sees_a_curve_with_kept_edits_as_edited() -> None:
    old = _keys(_fresh(1, 0, 60))
    found = Edit("value", 37, 5).apply(old)
    plan = merged(found, first_written(old), _fresh(2, 0, 60), "weight", MergeRules(RATE))
    assert plan.written is not None
    own = [key for key in _after(found, plan) if plan.written.owns(key.ticks)]
    assert fingerprint((key.ticks, key.value, key.into, key.out) for key in own) != plan.written.fingerprint


def test_a_range_is_cross_faded_inside_and_untouched_outside() -> None:
    old, fresh = _keys(_fresh(1, 0, 90)), _fresh(2, 0, 90)
    span = (30 * FRAME, 60 * FRAME + 1)
    plan = merged(old, first_written(old), fresh, "weight", MergeRules(RATE, span, 6))
    result = {key.ticks // FRAME: key.value for key in _after(old, plan)}
    assert all(result[frame] == old[frame].value for frame in (*range(31), *range(60, 90)))
    assert all(result[frame] == fresh.values[frame] for frame in range(36, 55))
    for frame in (*range(31, 36), *range(55, 60)):
        low, high = sorted((old[frame].value, fresh.values[frame]))
        assert low < result[frame] < high
    assert plan.edited == ()


def test_a_range_of_few_keys_gets_keys_at_its_borders() -> None:
    """Reduced keys need have none in the range; the fresh curve is sampled where it meets the old one."""
    old = _keys(_fresh(1, 0, 91))
    fresh = Fresh([0, 90 * FRAME], [0.0, 9.0], _LINEAR)
    plan = merged(old, first_written(old), fresh, "weight", MergeRules(RATE, (30 * FRAME, 60 * FRAME + 1), 0))
    assert [(key.ticks // FRAME, pytest.approx(key.value)) for key in plan.keys] == [(30, 3.0), (60, 6.0)]


def test_a_run_that_is_moved_takes_its_untouched_keys_along_and_leaves_the_edited_ones() -> None:
    old = _keys(_fresh(1, 0, 60))
    found = Edit("value", 20, 3).apply(old)
    plan = merged(found, first_written(old), _fresh(1, 200, 60), "weight", MergeRules(RATE))
    assert [found[at].ticks // FRAME for at in plan.stays] == list(range(15, 30))
    assert [key.ticks // FRAME for key in plan.keys] == list(range(200, 260))


def test_insert_keeps_keys_on_other_frames_through_every_run() -> None:
    own = [WrittenKey(frame * FRAME + FRAME // 2, 0.5, 3, 3) for frame in range(10, 20)]
    plan = merged(own, None, _fresh(0, 0, 30), "weight", MergeRules(RATE, clears_others=False, is_again=False))
    keys, written = _after(own, plan), plan.written
    assert written is not None
    assert edited_zones(written, keys) == ()
    for seed in range(1, 4):
        plan = merged(keys, written, _fresh(seed, 0, 30 + seed), "weight", MergeRules(RATE, clears_others=False))
        keys, written = _after(keys, plan), plan.written
        assert written is not None
        assert plan.edited == ()
        assert all(key in keys for key in own)
        assert [key for key in keys if key not in own] == _keys(_fresh(seed, 0, 30 + seed))


@_MANY
@given(st.integers(1, 4000), st.integers(-5000, 5000), EDITS)
def test_marks_tell_edits_by_block_survive_their_text_and_move_along(count: int, first: int, edits: list[Edit]) -> None:
    keys = _keys(_fresh(3, first, min(count, 200)))
    marks = first_written(keys).marks
    assert marks is not None
    assert marks_from_text(marks.text()) == marks
    assert edited_blocks(marks, keys) == []
    shifted = [key._replace(ticks=key.ticks + 12345) for key in keys]
    assert edited_blocks(marks.moved(12345), shifted) == []
    for edit in edits:
        changed = replace(edit, frame=edit.frame + first).apply(keys)
        if changed != keys:
            assert edited_blocks(marks, changed)


def test_memory_is_bounded_however_long_the_curve() -> None:
    """72 curves of a minute, and of three hours."""
    minute = 60 * TICKS_PER_SECOND
    for span, most in ((minute, 130), (180 * minute, MOST_BLOCKS)):
        length = block_length(span)
        marks = marks_of([WrittenKey(0, 1.0, 2, 2), WrittenKey(span, 1.0, 2, 2)], 0, length, span)
        assert len(marks.marks) <= most + 1
        assert 72 * len(marks.text()) < 160_000
    assert block_length(minute) == BLOCK_TICKS


def test_memory_stays_bounded_when_a_curve_with_kept_edits_grows() -> None:
    old = _keys(_fresh(0, 0, 60))
    found = Edit("value", 20, 3).apply(old)
    long = Fresh([frame * FRAME for frame in range(0, 40_000, 10)], [0.1] * 4000, _LINEAR)
    plan = merged(found, first_written(old), long, "weight", MergeRules(RATE))
    assert plan.written is not None
    assert plan.written.marks is not None
    assert len(plan.written.marks.marks) <= MOST_BLOCKS
    assert edited_zones(plan.written, _after(found, plan)), "still known"


@pytest.mark.parametrize("text", ["", "1 2", "a b c", "0 0 ", "0 5 abc", "0 5 abcdefgh x"])
def test_marks_that_cannot_be_read_are_none(text: str) -> None:
    assert marks_from_text(text) is None


def test_marks_of_no_block_say_that_every_key_is_somebody_elses() -> None:
    assert edited_blocks(BlockMarks(0, BLOCK_TICKS, ()), _keys(_fresh(0, 0, 3))) == [0]
    assert Written(0, 0, "").owns(0)
    assert math.isclose(BLOCK_FRAMES * FRAME, BLOCK_TICKS)
