"""Diffusion packages damaged at random: a clean error or finite channels, nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("resource", reason="the regression packages' damage is used, which measures memory by it")

from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.errors import A2FError
from maya_a2f.worker.blendshape_solver import Doubles
from maya_a2f.worker.diffusion.model import load_diffusion
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.loaded_model import ClipInput
from maya_a2f.worker.package_check import check_package
from tests.diffusion_package_factory import make_diffusion_package
from tests.diffusion_package_network import NetworkShape
from tests.worker.diffusion.plain_loop import talk
from tests.worker.test_damaged_packages import damaged

CASES = 60


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = NetworkShape(latent=4, identities=1)
    return make_diffusion_package(
        tmp_path_factory.mktemp("tiny") / "tiny",
        identities=("Ann",),
        vertices=40,
        tongue_vertices=12,
        saccade_frames=20,
        shape=shape,
    )


@pytest.mark.parametrize("case", range(CASES))
def test_a_damaged_package_runs_or_is_refused(tiny: Path, tmp_path: Path, case: int) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "damaged"))
    what = damaged(folder, np.random.default_rng(case))
    report = check_package(folder)
    assert all(finding.what and finding.file for finding in report.findings), what
    result = outcome(folder)
    if isinstance(result, A2FError):
        is_of_numbers = result.code.endswith("not_finite")
        assert str(folder) in result.message or is_of_numbers, what
        assert not report.is_sound or is_of_numbers, what
    else:
        assert all(np.isfinite(samples).all() for samples in result.values()), what


def outcome(folder: Path) -> A2FError | Mapping[str, Doubles]:
    """The error the package is refused with, or its channels for a short clip; other exceptions pass through."""
    try:
        model = load_diffusion(folder, "d")
        values = effective_parameters(model.package.config.parameters, {})
        clip = ClipInput(talk(0.5), Fraction(30), constant_emotion(model.package.info, {}), values)
        rows = np.concatenate(list(model.rows(clip, lambda done, total: None, lambda: False)))
        return model.pose(rows, clip.rate, {}).channels
    except A2FError as error:
        return error
