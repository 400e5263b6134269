"""Jaw and eyes on the device, and windows of sound: the processor's numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maya_a2f.worker import jaw
from maya_a2f.worker.windows import WindowProgress, gather_windows

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'gpu')")

from maya_a2f.worker.device.audio_windows import SoundStore, sound_bytes  # noqa: E402
from maya_a2f.worker.device.joints import rigid_motions  # noqa: E402

pytestmark = pytest.mark.train
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "neutral",
    [
        np.random.default_rng(0).normal(0, 3, (5, 3)),
        np.random.default_rng(1).normal(0, 3, (5, 3)) * [1, 0, 1],  # in a plane
        np.linspace(-2, 2, 4)[:, None] * [[1.0, 0.5, 0.2]],  # on a line
        np.array([[1.0, 2.0, 3.0]]),  # a single point
    ],
    ids=["space", "plane", "line", "point"],
)
def test_rigid_motions_are_the_processors(neutral: np.ndarray) -> None:  # type: ignore[type-arg]
    rng = np.random.default_rng(2)
    targets = neutral + rng.normal(0, 0.4, (60, *neutral.shape))
    targets[0] = neutral
    targets[1:4] = neutral * [[[1, 1, -1]]]  # a mirror image must not become a reflection
    rotations, translations = rigid_motions(torch.as_tensor(neutral), torch.as_tensor(targets))
    expected_rotations, expected_translations = jaw.rigid_motions(neutral, targets)
    assert torch.linalg.det(rotations).numpy() == pytest.approx(np.ones(60), abs=1e-9)
    moved = np.einsum("fij,nj->fni", rotations.numpy(), neutral) + translations.numpy()[:, None]
    expected = np.einsum("fij,nj->fni", expected_rotations, neutral) + expected_translations[:, None]
    assert moved == pytest.approx(expected, abs=1e-9)
    if len(neutral) > 1:
        unmirrored = [0, *range(4, 60)]
        assert rotations.numpy()[unmirrored] == pytest.approx(expected_rotations[unmirrored], abs=1e-6)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=4),
    st.fractions(Fraction(1), Fraction(120), max_denominator=1001),
    st.integers(1, 300),
    st.integers(0, 300),
    st.integers(0, 10_000),
)
def test_windows_are_those_of_the_processor_to_the_last_bit(
    lengths: list[int], rate: Fraction, size: int, offset: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    progress = WindowProgress(size, -min(offset, size), min(offset, size), Fraction(1000) / rate)
    store, places, expected = SoundStore(size, CPU), [], []
    for length in lengths:
        sound, gain = rng.normal(0, 1, length).astype(np.float32), float(rng.uniform(0, 3))
        count = progress.count_closed(length)
        if count == 0:
            continue
        first = int(rng.integers(0, count))
        places.append(store.add(sound, gain, progress, first, count - first))
        expected.append(gather_windows(sound, progress.starts(first, count - first), size) * np.float32(gain))
        assert sound_bytes(progress, size, first, count - first) >= 4 * size
    if places:
        windows = store.windows(np.concatenate(places))[:, 0].numpy()
        assert windows.tobytes() == np.concatenate(expected).tobytes()
