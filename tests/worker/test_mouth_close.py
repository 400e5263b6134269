"""Whether mouthClose brings the jaw along, on shapes of several heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from maya_a2f.worker.mouth_close import jaw_share_of_mouth_close, mouth_close_contains_jaw
from maya_a2f.worker.package import BlendshapeConfig, BlendshapeSet
from maya_a2f.worker.package_reading import load_package
from tests.package_factory import make_package
from tests.worker.package_values import shape_set

Floats = npt.NDArray[np.float32]
NO_CONFIG = BlendshapeConfig(0.0, 0.0, 0.0, 0.0, 1.0, (1, 1), (-1, -1), (-1, -1), (1.0, 1.0), (0.0, 0.0))
ICT_FACE = Path(__file__).parents[3] / "shared" / "eval" / "faces" / "ict_facekit.npz"


def head() -> tuple[Floats, Floats, Floats]:
    """An egg-shaped head, an opening jaw about its hinge, and lips that close over it (points, jaw, lips)."""
    rng = np.random.default_rng(0)
    direction = rng.normal(0, 1, (3000, 3))
    direction[2000:] = rng.normal(0, 0.1, (1000, 3)) + np.array(
        [0, -4.8 / 11, 0.9]
    )  # a mesh is densest around the mouth
    points = direction / np.linalg.norm(direction, axis=1, keepdims=True) * [7, 11, 9]
    hinge = np.array([0.0, -1.0, 0.0])
    below = 1 / (1 + np.exp((points[:, 1] + 4.5) / 0.4)) / (1 + np.exp(-(points[:, 2] - 1) / 0.8))
    angle = np.radians(15) * below
    y, z = points[:, 1] - hinge[1], points[:, 2] - hinge[2]
    jaw = np.column_stack([0 * y, y * np.cos(angle) - z * np.sin(angle) - y, y * np.sin(angle) + z * np.cos(angle) - z])
    near_lips = np.exp(-0.5 * (((points[:, 1] + 4.5) / 1.0) ** 2 + (points[:, 0] / 2.5) ** 2)) * (points[:, 2] > 0)
    lips = -jaw * near_lips[:, None]
    return points.astype(np.float32), jaw.astype(np.float32), lips.astype(np.float32)


def pair(points: Floats, jaw: Floats, close: Floats) -> BlendshapeSet:
    return shape_set(("jawOpen", "mouthClose"), points, np.stack([jaw.reshape(-1), close.reshape(-1)]), None, NO_CONFIG)


def test_lips_alone_do_not_contain_the_jaw() -> None:
    points, jaw, lips = head()
    assert jaw_share_of_mouth_close(pair(points, jaw, lips)) == pytest.approx(0.0, abs=0.2)
    assert not mouth_close_contains_jaw(pair(points, jaw, lips))


def test_an_open_jaw_with_closed_lips_contains_the_jaw() -> None:
    points, jaw, lips = head()
    assert jaw_share_of_mouth_close(pair(points, jaw, jaw + lips)) == pytest.approx(1.0, abs=0.2)
    assert mouth_close_contains_jaw(pair(points, jaw, jaw + lips))


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_answer_does_not_depend_on_the_unit(scale: float) -> None:
    points, jaw, lips = (values * np.float32(scale) for values in head())
    assert not mouth_close_contains_jaw(pair(points, jaw, lips))
    assert mouth_close_contains_jaw(pair(points, jaw, jaw + lips))


def test_sets_without_both_shapes_or_without_movement_do_not_contain_it() -> None:
    points, jaw, lips = head()
    still = np.zeros_like(jaw)
    assert not mouth_close_contains_jaw(None)
    assert not mouth_close_contains_jaw(pair(points, still, jaw))
    assert jaw_share_of_mouth_close(pair(points, still, jaw)) is None
    whole = pair(points, jaw, jaw + lips)
    for names in (("jawOpen", "other"), ("other", "mouthClose")):
        assert not mouth_close_contains_jaw(BlendshapeSet(names, whole.neutral, whole.deltas, whole.mask, whole.config))


@pytest.mark.parametrize("contains", [False, True])
def test_a_package_on_disk_is_told_apart(tmp_path: Path, contains: bool) -> None:
    folder = make_package(tmp_path / "package", mouth_close_contains_jaw_open=contains)
    assert mouth_close_contains_jaw(load_package(folder).skin) is contains


@pytest.mark.eval
@pytest.mark.skipif(not ICT_FACE.exists(), reason="the shared evaluation faces are not here")
def test_a_real_face_nobody_here_made_is_told_apart() -> None:
    with np.load(ICT_FACE, allow_pickle=False) as face:
        points, jaw, close = (
            face[name].astype(np.float32) for name in ("neutral", "delta_jawOpen", "delta_mouthClose")
        )
    assert jaw_share_of_mouth_close(pair(points, jaw, close)) == pytest.approx(0.0, abs=0.15)
    assert jaw_share_of_mouth_close(pair(points, jaw, jaw + close)) == pytest.approx(1.0, abs=0.15)
