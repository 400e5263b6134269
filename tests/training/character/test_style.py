"""Style: gains, snap, holds."""

from __future__ import annotations

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.training.character.recipe import StyleSettings
from maya_a2f.training.character.style import gains_of, held, held_frames, region_of, snapped, styled
from tests.training.character.footage_files import sway


def test_the_particular_gain_wins_over_the_general() -> None:
    names = ["mouth_oh_c", "mouth_press_l", "brow_raise_l", "jawOpen", "cheekPuff"]
    gains = gains_of(names, {"mouth_oh_c": 3.0, "mouth_p*": 2.5, "mouth": 2.0, "brows": 0.5, "all": 1.5})
    np.testing.assert_allclose(gains, [3.0, 2.5, 0.5, 1.5, 1.5])


def test_without_gains_nothing_changes() -> None:
    assert (gains_of(["a", "b"], {}) == 1).all()


def test_a_gain_for_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="tail"):
        gains_of(["jawOpen"], {"tail": 2.0})


@pytest.mark.parametrize(
    ("name", "region"),
    [("jawOpen", "jaw"), ("mouthSmileLeft", "mouth"), ("browInnerUp", "brows"), ("eyeBlinkLeft", "eyes"),
     ("tongueOut", "tongue"), ("tooth_d_d", "teeth"), ("noseSneerLeft", "nose"), ("cheek_puff_l", "cheeks")],
)  # fmt: skip
def test_regions_are_told_by_name(name: str, region: str) -> None:
    assert region_of(name) == region


def test_snap_is_faster_and_never_leaves_the_neighbourhood() -> None:
    values = sway(120, 4).astype(np.float32)
    quick = snapped(values, 30.0, 1.0, 0.2)
    assert np.abs(np.diff(quick, axis=0)).max() > 1.2 * np.abs(np.diff(values, axis=0)).max()
    assert quick.max() <= values.max() + 1e-6
    assert quick.min() >= values.min() - 1e-6
    assert np.corrcoef(quick[:, 0], values[:, 0])[0, 1] > 0.9


def test_snap_of_nothing_and_of_zero_change_nothing() -> None:
    values = sway(50, 2).astype(np.float32)
    np.testing.assert_allclose(snapped(values, 30.0, 0.0, 0.2), values)
    np.testing.assert_allclose(styled(values, 30.0, StyleSettings()), values)
    still = np.full((50, 2), 0.3, np.float32)
    np.testing.assert_allclose(snapped(still, 30.0, 1.0, 0.2), still)


def test_holds_stand_still_at_poses_that_occur() -> None:
    values = sway(300, 3).astype(np.float32)
    result = held(values, 30.0, 0.2, 0.067)
    frames = held_frames(values, 6)
    assert min(np.diff(frames)[:-1]) >= 1
    np.testing.assert_allclose(result[frames], values[frames], atol=1e-6)
    still = np.abs(np.diff(result, axis=0)).max(1) < 1e-6
    assert still.mean() > 0.4
    assert (np.abs(np.diff(values, axis=0)).max(1) < 1e-6).mean() < 0.05


def test_holds_keep_a_lip_closure() -> None:
    frames = np.arange(150)
    opening = 0.5 + 0.3 * np.sin(frames / 9.0)
    opening[70:76] = 0.0
    result = held(opening[:, None].astype(np.float32), 30.0, 0.13, 0.067)
    assert result[68:78].min() < 0.05
