"""Smoothing by doubling is the recurrence, however clips are packed and cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.worker import animator

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.packing import Table, after, packed  # noqa: E402
from maya_a2f.worker.device.smoothing import two_stage_smoothed  # noqa: E402

pytestmark = pytest.mark.train
CPU = torch.device("cpu")


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 70), min_size=1, max_size=6).filter(any),
    st.integers(1, 90),
    st.integers(0, 10_000),
)
def test_any_packing_and_cutting_gives_the_recurrence(counts: list[int], chunk: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    clips = [rng.normal(0, 1, (count, 3)) for count in counts]
    factors = [
        float(f) if rng.random() < 0.8 else None for f in rng.choice([1.0, 0.9999, 0.5, 0.02, 1e-4], len(counts))
    ]
    expected = [clip.copy() for clip in clips]
    for clip, factor in zip(expected, factors, strict=True):
        if len(clip):
            animator.two_stage_smoothed(clip, factor)
    got = [np.full_like(clip, np.nan) for clip in clips]
    place, carried = (0, 0), None
    while spans := packed(counts, chunk, *place):
        table = Table(spans, CPU)
        rows = torch.as_tensor(np.concatenate([clips[s.clip][s.first : s.first + s.count] for s in spans]))
        before = carried if spans[0].first else None
        smoothed, carried = two_stage_smoothed(rows, [factors[s.clip] for s in spans], table, before)
        for span, part in table.parts():
            got[span.clip][span.first : span.first + span.count] = smoothed[part]
        place = after(spans, counts)
    for values, right in zip(got, expected, strict=True):
        assert values == pytest.approx(right, abs=1e-12)


def test_a_long_clip_keeps_what_little_is_left_of_its_first_frame() -> None:
    values = torch.zeros((4000, 1), dtype=torch.float64)
    values[0] = 1.0
    factor = 0.002
    expected = values.numpy().copy()
    animator.two_stage_smoothed(expected, factor)
    smoothed, _ = two_stage_smoothed(values, [factor], Table(packed([4000], 4000), CPU), None)
    assert expected[-1, 0] > 1e-4
    assert smoothed.numpy() == pytest.approx(expected, abs=1e-13)
