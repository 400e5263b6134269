"""A data set folder: recordings and animation found, read and checked against each other."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.errors import UserError
from maya_a2f.training.character.face import WeightRig, prepare
from maya_a2f.training.character.recipe import Recipe, read_recipe
from maya_a2f.training.character.shots import find_shots, read_footage
from tests.training.character.footage_files import sway, write_csv, write_maya_cache, write_pc2, write_sound

NAMES = ["jawOpen", "mouthSmile", "browUp"]


def recipe_of(folder: Path, text: str) -> Recipe:
    path = folder / "hero.toml"
    path.write_text('kind = "character"\n' + text, encoding="utf-8")
    return read_recipe(path)


def weight_footage(folder: Path, shots: tuple[str, ...] = ("a", "b"), frames: int = 60, rate: float = 30.0) -> Recipe:
    for seed, shot in enumerate(shots):
        write_sound(folder / "audio" / f"{shot}.wav", frames / rate)
        write_csv(folder / "weights" / f"{shot}.csv", NAMES, sway(frames, 3, seed))
    return recipe_of(folder, f'[data]\nweights = "weights/{{shot}}.csv"\nfps = {rate}\n')


def mesh_footage(folder: Path, vertices: int = 12, frames: int = 60) -> Recipe:
    neutral = np.random.default_rng(0).normal(size=(vertices, 3)).astype(np.float32)
    deltas = np.random.default_rng(1).normal(size=(3, vertices, 3)).astype(np.float32)
    np.save(folder / "neutral.npy", neutral)
    for seed, shot in enumerate("ab"):
        write_sound(folder / "audio" / f"{shot}.wav", frames / 30)
        cache = (neutral + np.tensordot(sway(frames, 3, seed), deltas, axes=1)).astype(np.float32)
        (folder / "skin").mkdir(exist_ok=True)
        write_pc2(folder / "skin" / f"{shot}.pc2", cache) if seed else np.save(folder / "skin" / f"{shot}.npy", cache)
    return recipe_of(folder, '[data]\nskin = "skin/{shot}.*"\nneutral = "neutral.npy"\n')


def test_shots_are_found_by_pattern(tmp_path: Path) -> None:
    for name in ("take_01.wav", "take_02.wav", "other.txt"):
        (tmp_path / name).touch()
    assert list(find_shots(tmp_path, "take_{shot}.wav")) == ["01", "02"]
    (tmp_path / "s1").mkdir()
    (tmp_path / "s1" / "s1.wav").touch()
    (tmp_path / "s1" / "s2.wav").touch()
    assert list(find_shots(tmp_path, "{shot}/{shot}.wav")) == ["s1"]


@pytest.mark.parametrize("rate", [24.0, 30.0, 23.976, 60.0])
def test_weights_of_any_rate_are_read(tmp_path: Path, rate: float) -> None:
    footage = read_footage(weight_footage(tmp_path, rate=rate))
    assert [shot.name for shot in footage.shots] == ["a", "b"]
    assert footage.names == tuple(NAMES)
    assert float(footage.shots[0].rate) == pytest.approx(rate, abs=1e-3)
    assert footage.shots[0].frame_count == 60


def test_skipped_shots_are_not_read(tmp_path: Path) -> None:
    recipe = weight_footage(tmp_path)
    (tmp_path / "weights" / "b.csv").unlink()
    text = (tmp_path / "hero.toml").read_text().split("\n", 1)[1]
    assert len(read_footage(recipe_of(tmp_path, text + 'skip = ["b"]\n')).shots) == 1
    with pytest.raises(UserError, match=r"b\.csv"):
        read_footage(recipe)


def test_an_animation_that_does_not_fit_its_audio_says_which_rate_would(tmp_path: Path) -> None:
    weight_footage(tmp_path, frames=240)
    with pytest.raises(UserError, match=r"a\.csv.*240 frames take 10\.00 s at 24 .*8\.00 s.*30 would fit") as caught:
        read_footage(recipe_of(tmp_path, '[data]\nweights = "weights/{shot}.csv"\nfps = 24\n'))
    assert caught.value.code == "training-data.length"


def test_shots_with_other_weights_are_refused(tmp_path: Path) -> None:
    recipe = weight_footage(tmp_path)
    write_csv(tmp_path / "weights" / "b.csv", ["jawOpen", "mouthSmile", "extra"], sway(60, 3))
    with pytest.raises(UserError, match=r"b\.csv.*browUp"):
        read_footage(recipe)


def test_columns_may_come_in_another_order(tmp_path: Path) -> None:
    recipe = weight_footage(tmp_path)
    values = sway(60, 3, 1)
    write_csv(tmp_path / "weights" / "b.csv", NAMES[::-1], values[:, ::-1])
    np.testing.assert_allclose(read_footage(recipe).shots[1].weights, values, atol=1e-5)


def test_weights_can_be_left_out_by_pattern(tmp_path: Path) -> None:
    weight_footage(tmp_path)
    text = '[data]\nweights = "weights/{shot}.csv"\nfps = 30\n'
    assert read_footage(recipe_of(tmp_path, text + 'ignore = ["mouth*"]\n')).names == ("jawOpen", "browUp")
    with pytest.raises(UserError, match="leaves no weight"):
        read_footage(recipe_of(tmp_path, text + 'ignore = ["*"]\n'))


@pytest.mark.parametrize("name", ["neutral", "jaw.translateX"])
def test_a_name_the_package_needs_itself_is_refused(tmp_path: Path, name: str) -> None:
    recipe = weight_footage(tmp_path)
    write_csv(tmp_path / "weights" / "a.csv", [name, "b", "c"], sway(60, 3))
    with pytest.raises(UserError, match=name):
        read_footage(recipe)


def test_vertex_caches_of_different_kinds_go_together(tmp_path: Path) -> None:
    footage = read_footage(mesh_footage(tmp_path))
    assert [shot.skin.shape for shot in footage.shots if shot.skin is not None] == [(60, 12, 3)] * 2
    assert footage.shots[0].rate == Fraction(30)


def test_another_topology_is_refused_by_file(tmp_path: Path) -> None:
    recipe = mesh_footage(tmp_path)
    (tmp_path / "skin" / "b.pc2").unlink()
    write_maya_cache(tmp_path / "skin" / "b.xml", np.zeros((60, 13, 3), np.float32))
    with pytest.raises(UserError, match=r"b\.xml.*13 vertices.*neutral pose has 12"):
        read_footage(recipe)


def test_jaw_and_eyes_need_every_shot(tmp_path: Path) -> None:
    weight_footage(tmp_path)
    np.savez(tmp_path / "eyes.npz", a=np.zeros((60, 2, 2)))
    text = '[data]\nweights = "weights/{shot}.csv"\nfps = 30\neyes = "eyes.npz"\n'
    with pytest.raises(UserError, match=r"eyes\.npz.*“b”"):
        read_footage(recipe_of(tmp_path, text))
    np.savez(tmp_path / "eyes.npz", a=np.zeros((60, 2, 2)), b=np.zeros((50, 2, 2)))
    with pytest.raises(UserError, match="eyes has 50"):
        read_footage(recipe_of(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[data]\n", "either “weights” or “skin”"),
        ('[data]\nweights = "a.csv"\n', "{shot}"),
        ('[data]\nweights = "{shot}.csv"\nfolder = "nowhere"\n', "nowhere"),
        ('[data]\nweights = "{shot}.csv"\nframes = 3\n', "frames"),
        ('[data]\nweights = "{shot}.csv"\nfps = "30"\n', "a number"),
        ('[data]\nweights = "{shot}.csv"\n[training]\nsteps = 0\n', "steps"),
        ('[data]\nweights = "{shot}.csv"\n[training]\ndevice = "tpu"\n', "tpu"),
        ('[data]\nweights = "{shot}.csv"\n[style.gains]\nmouth = -1\n', "between 0 and 5"),
        ('colour = 1\n[data]\nweights = "{shot}.csv"\n', "colour"),
        ("[data\n", "can not be read"),
    ],
)
def test_a_recipe_is_refused_with_the_entry_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read_footage(recipe_of(tmp_path, text))
    assert caught.value.code == "training.recipe"
    assert words in caught.value.message


def test_components_bring_the_mesh_back(tmp_path: Path) -> None:
    recipe = mesh_footage(tmp_path)
    footage = read_footage(recipe)
    face, controls = prepare(footage, recipe)
    assert not isinstance(face.skin, WeightRig)
    shape = face.skin.skin
    assert len(shape.shapes) == 3
    flat = shape.shapes.reshape(3, -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(3), atol=1e-5)
    np.testing.assert_allclose(shape.vertices(controls.values[1]), footage.shots[1].skin, atol=1e-3)


def test_fewer_components_for_less_variance(tmp_path: Path) -> None:
    mesh_footage(tmp_path)
    text = '[data]\nskin = "skin/{shot}.*"\nneutral = "neutral.npy"\nvariance = 0.5\n'
    recipe = recipe_of(tmp_path, text)
    face, _ = prepare(read_footage(recipe), recipe)
    assert not isinstance(face.skin, WeightRig)
    assert len(face.skin.skin.shapes) < 3


def test_rest_is_zero_where_a_weight_passes_through_it(tmp_path: Path) -> None:
    recipe = weight_footage(tmp_path)
    values = sway(60, 3)
    values[:, 1] += 5.0
    write_csv(tmp_path / "weights" / "a.csv", NAMES, values)
    write_csv(tmp_path / "weights" / "b.csv", NAMES, values)
    _, controls = prepare(read_footage(recipe), recipe)
    assert controls.rest[0] == 0.0
    assert controls.rest[1] == pytest.approx(np.median(values[:, 1]), abs=1e-4)
