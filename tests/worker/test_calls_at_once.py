"""Batches of one clip side by side: the same rows in the same order, and nothing left running."""

from __future__ import annotations

import threading
from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.inference import infer, inferred_rows
from maya_a2f.worker.package import Floats
from tests.worker.package_values import package_values

PACKAGE = package_values()
RATE = Fraction(30)
SOUND = np.random.default_rng(1).standard_normal(16000 * 4).astype(np.float32)
EMOTION = constant_emotion(PACKAGE.info, {})


class CountingEngine:
    """Rows that say which window they were made of; notes how many calls were inside at once."""

    name = description = "counting"
    precision = "float32"
    max_batch = None

    def __init__(self, calls_at_once: int, fails_at: int | None = None) -> None:
        self.calls_at_once, self._fails_at = calls_at_once, fails_at
        self.calls = self.most = self._inside = 0
        self._lock = threading.Lock()
        self._both = threading.Barrier(calls_at_once)

    def run(self, emotion: Floats, audio: Floats) -> Floats:
        with self._lock:
            self.calls += 1
            self._inside += 1
            self.most = max(self.most, self._inside)
            number = self.calls
        if number <= self.calls_at_once:
            self._both.wait(10)  # the first calls meet here, or none goes on
        if number == self._fails_at:
            raise EngineError("no", code="engine.run_failed")
        rows = np.repeat(audio[:, 0, 4000:4001], PACKAGE.info.result_size, axis=1)
        with self._lock:
            self._inside -= 1
        return rows


def rows_of(engine: CountingEngine) -> Floats:
    return infer(PACKAGE, engine, SOUND, RATE, EMOTION, lambda done, total: None, lambda: False)


def test_rows_come_in_order_whatever_ran_side_by_side() -> None:
    alone, together = CountingEngine(1), CountingEngine(3)
    assert np.array_equal(rows_of(together), rows_of(alone))
    assert (alone.most, together.most) == (1, 3)
    assert alone.calls == together.calls


def test_progress_counts_up_to_all() -> None:
    heard: list[int] = []
    infer(PACKAGE, CountingEngine(2), SOUND, RATE, EMOTION, lambda done, total: heard.append(done), lambda: False)
    assert heard == [*range(0, 120, 16), 120]


def test_a_cancel_leaves_the_rest_undone() -> None:
    engine, asked = CountingEngine(2), []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        infer(PACKAGE, engine, SOUND, RATE, EMOTION, lambda done, total: None, cancelled)
    assert engine.calls <= 4
    assert threading.active_count() == len([t for t in threading.enumerate() if not t.name.startswith("a2f infer")])


def test_a_failure_is_that_of_the_call_itself() -> None:
    with pytest.raises(EngineError, match="no"):
        rows_of(CountingEngine(2, fails_at=3))


def test_whoever_stops_asking_leaves_nothing_running() -> None:
    engine = CountingEngine(2)
    rows = inferred_rows(PACKAGE, engine, SOUND, RATE, EMOTION, lambda done, total: None, lambda: False)
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    assert engine.calls < 8
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("a2f infer")]
