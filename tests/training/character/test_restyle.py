"""A style for a finished package, without training."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.training.character.restyle import read_style_recipe, restyle
from maya_a2f.worker.package_check import check_package
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser
from tests.package_factory import make_package


def style_file(folder: Path, text: str) -> Path:
    path = folder / "loud.toml"
    path.write_text('kind = "style"\n' + text, encoding="utf-8")
    return path


def test_every_weight_is_scaled_by_its_gain(tmp_path: Path) -> None:
    make_package(tmp_path / "tiny")
    text = 'model = "tiny"\npackage = "loud"\n[style.gains]\nmouth = 1.5\ntongueUp = 0.0\n'
    target = restyle(read_style_recipe(style_file(tmp_path, text)))
    assert check_package(target).is_sound
    before, after = load_package(tmp_path / "tiny"), load_package(target)
    raw = np.random.default_rng(0).normal(size=(10, before.info.result_size)).astype(np.float32)
    old, new = (Poser(package).pose(raw, Fraction(30), {}).channels for package in (before, after))
    for name, samples in old.items():
        gain = 1.5 if name.startswith("mouth") else 0.0 if name == "tongueUp" else 1.0
        np.testing.assert_allclose(new[name], gain * samples, atol=1e-6, err_msg=name)
    assert max(np.abs(samples).max() for name, samples in old.items() if name.startswith("mouth")) > 0.1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('package = "x"\n', "at least one gain"),
        ("[style.gains]\nmouth = 2\n", "“package”"),
        ('package = "x"\n[style.gains]\nmouth = 9\n', "between 0 and 5"),
        ('package = "x"\n[style]\nsnap = 1.0\n[style.gains]\nmouth = 2\n', "Timing is learned"),
        ('package = "x"\nspeed = 1\n[style.gains]\nmouth = 2\n', "speed"),
    ],
)
def test_a_style_file_is_refused_with_the_entry_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read_style_recipe(style_file(tmp_path, text))
    assert words in caught.value.message


def test_a_package_is_never_written_over_itself(tmp_path: Path) -> None:
    make_package(tmp_path / "tiny")
    text = 'model = "tiny"\npackage = "tiny"\n[style.gains]\nmouth = 1.5\n'
    with pytest.raises(UserError, match="another folder"):
        restyle(read_style_recipe(style_file(tmp_path, text)))
