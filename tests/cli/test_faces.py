"""Models with several faces on the command line and in scripts."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.take import read_take
from maya_a2f.scripting.job import AnimationJob
from tests.cli.conftest import Command
from tests.diffusion_package_factory import make_diffusion_package


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_diffusion_package(tmp_path_factory.mktemp("faces") / "v3", vertices=61, tongue_vertices=22)


def test_a_clip_is_animated_with_the_face_asked_for(a2f: Command, faces: Path, recording: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("x.csv", "x.ma", "x.a2ftake")]
    words = [word for path in outputs for word in ("-o", path)]
    code, out, _ = a2f("animate", recording, "--model", faces, "--identity", "james", *words)
    assert code == 0
    assert "model 'v3' (James)" in out
    rows = list(csv.DictReader(outputs[0].open(encoding="utf-8")))
    assert len(rows) == 15 + 6
    assert max(float(row["jawOpen"]) for row in rows) > 0.05
    assert outputs[1].stat().st_size > 10_000
    assert read_take(outputs[2]).made_by["package"]["identity"] == "James"


@pytest.mark.parametrize("model", ["v3", "tiny"])
def test_a_face_that_the_model_does_not_have_is_refused(
    a2f: Command, faces: Path, recording: Path, tmp_path: Path, model: str
) -> None:
    given = faces if model == "v3" else "tiny"
    code, _, err = a2f("animate", recording, "--model", given, "--identity", "Ann", "-o", tmp_path / "x.csv")
    assert code == 2
    assert "'Ann'" in err
    assert ("Claire, James, Mark" if model == "v3" else "It has: tiny") in err
    assert not (tmp_path / "x.csv").exists()


def test_info_names_the_faces_and_shows_ones_own_values(a2f: Command, faces: Path) -> None:
    code, out, _ = a2f("models", "info", faces, "--identity", "Mark")
    assert code == 0
    assert "3: Claire, James, Mark" in out
    assert "with Mark's own values" in out
    line = next(line for line in out.splitlines() if "lowerFaceStrength" in line)
    assert "1.15" in line
    assert a2f("models", "info", faces, "--identity", "Ann")[0] == 2


def test_every_identity_is_checked(a2f: Command, faces: Path) -> None:
    assert a2f("models", "check", faces)[0] == 0
    data = faces / "model_data_Mark.npz"
    content = data.read_bytes()
    data.write_bytes(content[:500])
    code, out, _ = a2f("models", "check", faces)
    data.write_bytes(content)
    assert code == 3
    assert "model_data_Mark.npz" in out


def test_scripts_and_recipes_keep_the_face() -> None:
    job = AnimationJob(model="v3", identity="Mark")
    assert job.solve_settings(Fraction(30)).identity == "Mark"


def test_scripts_choose_the_engine_and_its_precision() -> None:
    settings = AnimationJob(engine="tensorrt-rtx", precision="fp16").solve_settings(Fraction(30))
    assert (settings.engine, settings.precision) == ("tensorrt-rtx", "fp16")
