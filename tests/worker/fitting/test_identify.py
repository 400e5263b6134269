"""Poses told by their motion."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.worker.fitting.identify import Match, calibrated, completed, matches

RNG = np.random.default_rng(8)
COUNT = 300
OURS = RNG.normal(size=(4, COUNT, 3))
FLAT = np.full(COUNT, 1.0 / COUNT)


def like(motion: np.ndarray, noise: float = 0.4, gain: float = 1.0) -> np.ndarray:
    return gain * (motion + noise * RNG.normal(size=motion.shape))


def pairs_of(
    theirs: np.ndarray, partners: list[tuple[int, int]], twins: list[tuple[int, int]]
) -> dict[tuple[int, ...], tuple[int, ...]]:
    found = matches(OURS, theirs, FLAT, partners, twins)
    return {match.shapes: match.fields for match in found if match.trust > 0.5}


def test_shuffled_poses_are_found_and_strangers_are_not() -> None:
    theirs = np.stack([like(OURS[2]), RNG.normal(size=(COUNT, 3)), like(OURS[0], gain=2.0), like(OURS[3], gain=0.5)])
    assert pairs_of(theirs, [], []) == {(0,): (2,), (2,): (0,), (3,): (3,)}


def test_a_pose_of_another_strength_keeps_its_sculptors_strength() -> None:
    theirs = np.stack([like(OURS[1], 0.2, gain=1.8)])
    found = matches(OURS, theirs, FLAT, [], [])
    meant = calibrated(OURS, theirs, found, [], np.zeros(COUNT), FLAT)
    assert meant[1] == pytest.approx(theirs[0])
    assert np.linalg.norm(meant[0]) == pytest.approx(found[0].amplitude * np.linalg.norm(OURS[0]), rel=0.1)


def test_what_goes_too_far_to_be_a_pose_is_none() -> None:
    assert pairs_of(np.stack([like(OURS[1], gain=9.0)]), [], []) == {}


def test_one_control_for_both_sides_is_shared_out() -> None:
    left = np.zeros((COUNT, 3))
    left[:150] = OURS[0, :150]
    right = np.zeros((COUNT, 3))
    right[150:] = OURS[0, 150:]
    ours = np.stack([left, right])
    leftness = (np.arange(COUNT) < 150).astype(float)
    theirs = np.stack([1.4 * OURS[0]])
    found = matches(ours, theirs, FLAT, [(0, 1)], [])
    assert [(match.shapes, match.fields) for match in found] == [((0, 1), (0,))]
    meant = calibrated(ours, theirs, found, [(0, 1)], leftness, FLAT)
    assert meant == pytest.approx(1.4 * ours)


def test_a_left_and_a_right_control_make_one_pose() -> None:
    halves = np.zeros((2, COUNT, 3))
    halves[0, :150], halves[1, 150:] = OURS[1, :150], OURS[1, 150:]
    assert pairs_of(halves, [], [(0, 1)]) == {(1,): (0, 1)}


def test_a_control_that_two_shapes_could_be_is_shared_out() -> None:
    ours = np.stack([OURS[0], OURS[0] + 0.1 * OURS[1]])
    found = matches(ours, np.stack([like(OURS[0], 0.3)]), FLAT, [], [])
    assert {match.shapes for match in found} == {(0,), (1,)}
    assert sum(match.trust for match in found) == pytest.approx(1.0, abs=1e-6)


def test_a_missing_half_is_the_mirror_image_of_the_other() -> None:
    images = np.arange(COUNT)[::-1].copy()
    images[5] = -1
    theirs = np.stack([like(OURS[0], 0.3)])
    found = matches(OURS, theirs, FLAT, [], [])
    meant = calibrated(OURS, theirs, found, [], np.zeros(COUNT), FLAT)
    whole = completed(meant, found, [(0, 1)], images)
    known = images >= 0
    assert whole[1, known] == pytest.approx(theirs[0][images[known]] * [-1.0, 1.0, 1.0], abs=0.02)
    assert whole[1, 5] == pytest.approx(meant[1, 5])
    assert whole[0] == pytest.approx(meant[0])


def test_a_missing_pose_leans_towards_how_its_kin_were_sculpted() -> None:
    """Where the rig has the first of two shapes that are nearly one, and twists it, the second leans that way."""
    ours = np.stack([OURS[0], OURS[0] + 0.3 * OURS[1], OURS[2]])
    twist = 0.5 * RNG.normal(size=(COUNT, 3))
    theirs = np.stack([ours[0] + twist, ours[2]])
    found = [Match((0,), (0,), 1.0, 0.9, 1.0), Match((2,), (1,), 1.0, 1.0, 1.0)]
    meant = calibrated(ours, theirs, found, [], np.zeros(COUNT), FLAT)
    leaning = float(np.vdot(meant[1] - ours[1], twist) / np.vdot(twist, twist))
    assert 0.15 < leaning < 0.5
    assert meant[2] == pytest.approx(theirs[1])
