"""How far the device may be from the processor's pipeline: 1e-5 of the motion's range, 1e-4 for weights."""

from __future__ import annotations

import numpy as np

from maya_a2f.worker.pose import PoseResult

WEIGHTS, MOTION, UNCHANGED = 1e-4, 1e-5, 1e-6


def assert_agree(result: PoseResult, reference: PoseResult) -> None:
    """Same channels, notes and facts; values within the limits."""
    assert list(result.channels) == list(reference.channels)
    assert result.notes == reference.notes
    assert result.facts == reference.facts
    for name, expected in reference.channels.items():
        got = result.channels[name]
        assert got.shape == expected.shape, name
        limit = MOTION * max(1.0, float(np.ptp(expected)) if len(expected) else 0.0) if "." in name else WEIGHTS
        assert largest(got - expected) <= limit, name


def assert_unchanged(result: PoseResult, other: PoseResult) -> None:
    """The same result in other portions."""
    for name, expected in other.channels.items():
        assert largest(result.channels[name] - expected) <= UNCHANGED, name


def largest(values: np.ndarray) -> float:  # type: ignore[type-arg]
    return float(np.abs(values).max(initial=0.0))
