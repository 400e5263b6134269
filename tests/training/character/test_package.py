"""A package of weights alone: what the network says comes back from the solve under its own name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'train')")
pytest.importorskip("onnx", reason="onnx is not installed (extra 'train')")

from maya_a2f.training.character.face import Controls, prepare, result_map  # noqa: E402
from maya_a2f.training.character.fit import trunk_context  # noqa: E402
from maya_a2f.training.character.package_writer import write_package  # noqa: E402
from maya_a2f.training.character.shots import read_footage  # noqa: E402
from maya_a2f.training.character.style import gains_of  # noqa: E402
from maya_a2f.training.character.voice import CharacterVoice  # noqa: E402
from maya_a2f.training.network import NetworkShape, Trunk  # noqa: E402
from maya_a2f.worker.package_check import check_package  # noqa: E402
from maya_a2f.worker.package_reading import load_package  # noqa: E402
from maya_a2f.worker.pose import Poser  # noqa: E402
from tests.training.character.footage_files import sway, write_csv, write_sound  # noqa: E402
from tests.training.character.test_shots import mesh_footage, recipe_of  # noqa: E402

pytestmark = pytest.mark.train
SHAPE = NetworkShape(channels=8)
RANGES = {"jawOpen": (0.0, 1.0), "lip_x": (-2.0, 3.0), "browUp": (0.1, 0.4), "angle": (5.0, 30.0), "still": (0.2, 0.2)}


def weights_package(folder: Path, style: str = "") -> tuple[Path, Controls, np.ndarray, dict[str, float]]:
    names, frames = list(RANGES), 90
    low, high = np.array(list(RANGES.values())).T
    values = low + (high - low) * sway(frames, len(names), 3)
    write_sound(folder / "audio" / "a.wav", frames / 30)
    write_csv(folder / "weights" / "a.csv", names, values)
    recipe = recipe_of(folder, f'[data]\nweights = "weights/{{shot}}.csv"\nfps = 30\n{style}')
    face, controls = prepare(read_footage(recipe), recipe)
    torch.manual_seed(0)
    trunk = Trunk(SHAPE).eval()
    gains = dict(recipe.style.gains)
    write_package(
        folder / "package", "hero", face, controls, [CharacterVoice(trunk, len(names)).eval()], trunk_context(trunk),
        gains, None, {},
    )  # fmt: skip
    matrix, offset = result_map(face, controls, gains_of(names, gains))
    raw = controls.standardised(0) @ matrix + offset
    return folder / "package", controls, np.asarray(raw, np.float32), gains


def test_weights_come_back_through_the_solve(tmp_path: Path) -> None:
    folder, controls, raw, _ = weights_package(tmp_path)
    package = load_package(folder)
    assert package.info.num_verts_skin == -(-len(RANGES) // 3)
    channels = Poser(package).pose(raw, Fraction(30), {}).channels
    for column, name in enumerate(RANGES):
        np.testing.assert_allclose(channels[name], controls.values[0][:, column], atol=1e-3, err_msg=name)


def test_the_slow_way_through_the_mesh_gives_the_same(tmp_path: Path) -> None:
    folder, controls, raw, _ = weights_package(tmp_path)
    channels = Poser(load_package(folder)).pose(raw, Fraction(30), {}, through_geometry=True).channels
    for column, name in enumerate(RANGES):
        np.testing.assert_allclose(channels[name], controls.values[0][:, column], atol=1e-3, err_msg=name)


def test_gains_act_about_rest(tmp_path: Path) -> None:
    folder, controls, raw, _ = weights_package(tmp_path, "[style.gains]\njawOpen = 1.5\nangle = 0.5\n")
    channels = Poser(load_package(folder)).pose(raw, Fraction(30), {}).channels
    jaw, angle = controls.values[0][:, 0], controls.values[0][:, 3]
    np.testing.assert_allclose(channels["jawOpen"], 1.5 * jaw, atol=2e-3)
    np.testing.assert_allclose(channels["angle"], controls.rest[3] + 0.5 * (angle - controls.rest[3]), atol=2e-2)
    assert controls.rest[0] == 0.0


def test_the_skins_strength_acts_about_rest_and_the_lower_faces_spares_the_brows(tmp_path: Path) -> None:
    folder, controls, raw, _ = weights_package(tmp_path)
    poser = Poser(load_package(folder))
    silent = poser.pose(raw, Fraction(30), {"skinStrength": 0.0}).channels
    for column, name in enumerate(RANGES):
        np.testing.assert_allclose(silent[name], controls.rest[column], atol=1e-3)
    calm = poser.pose(raw, Fraction(30), {"lowerFaceStrength": 0.5}).channels
    np.testing.assert_allclose(calm["browUp"], controls.values[0][:, 2], atol=2e-3)
    np.testing.assert_allclose(calm["jawOpen"], 0.5 * controls.values[0][:, 0], atol=2e-3)


def test_the_package_is_sound(tmp_path: Path) -> None:
    folder, _, _, _ = weights_package(tmp_path)
    report = check_package(folder)
    assert report.is_sound, report.findings


def test_jaw_and_eyes_pass_through(tmp_path: Path) -> None:
    frames = 60
    write_sound(tmp_path / "audio" / "a.wav", 2.0)
    write_csv(tmp_path / "weights" / "a.csv", ["x", "y"], sway(frames, 2))
    neutral = np.random.default_rng(2).normal(size=(5, 3))
    slide = np.broadcast_to(sway(frames, 1, 5)[:, :, None] * [0.0, -1.0, 0.0], (frames, 5, 3))
    turn = sway(frames, 4, 6).reshape(frames, 2, 2) * 10
    np.save(tmp_path / "jaw.npy", neutral)
    np.savez(tmp_path / "jaw.npz", a=slide)
    np.savez(tmp_path / "eyes.npz", a=turn)
    recipe = recipe_of(
        tmp_path,
        '[data]\nweights = "weights/{shot}.csv"\nfps = 30\njaw = "jaw.npz"\njaw_neutral = "jaw.npy"\n'
        'eyes = "eyes.npz"\n',
    )
    face, controls = prepare(read_footage(recipe), recipe)
    matrix, offset = result_map(face, controls, np.ones(2, np.float32))
    trunk = Trunk(SHAPE).eval()
    voices = [CharacterVoice(trunk, len(controls.names)).eval()]
    write_package(tmp_path / "p", "hero", face, controls, voices, trunk_context(trunk), {}, None, {})
    raw = np.asarray(controls.standardised(0) @ matrix + offset, np.float32)
    channels = Poser(load_package(tmp_path / "p")).pose(raw, Fraction(30), {}).channels
    np.testing.assert_allclose(channels["x"], controls.values[0][:, 0], atol=1e-3)
    np.testing.assert_allclose(channels["jaw.translateY"], -sway(frames, 1, 5)[:, 0], atol=1e-3)
    np.testing.assert_allclose(channels["rightEye.rotateX"], turn[:, 0, 0], atol=1e-3)
    np.testing.assert_allclose(channels["leftEye.rotateY"], turn[:, 1, 1], atol=1e-3)


def test_a_mesh_without_shapes_is_solved_for_its_components(tmp_path: Path) -> None:
    recipe = mesh_footage(tmp_path)
    face, controls = prepare(read_footage(recipe), recipe)
    matrix, offset = result_map(face, controls, np.ones(0, np.float32))
    trunk = Trunk(SHAPE).eval()
    voices = [CharacterVoice(trunk, len(controls.names)).eval()]
    write_package(tmp_path / "p", "hero", face, controls, voices, trunk_context(trunk), {}, None, {})
    assert check_package(tmp_path / "p").is_sound
    raw = np.asarray(controls.standardised(1) @ matrix + offset, np.float32)
    channels = Poser(load_package(tmp_path / "p")).pose(raw, Fraction(30), {}).channels
    for column in range(3):
        np.testing.assert_allclose(channels[f"skin{column + 1:03d}"], controls.values[1][:, column], atol=5e-3)


def test_a_mesh_with_the_users_shapes_is_solved_for_them(tmp_path: Path) -> None:
    recipe = mesh_footage(tmp_path)
    neutral = np.load(tmp_path / "neutral.npy")
    deltas = np.random.default_rng(1).normal(size=(3, 12, 3)).astype(np.float32)  # those the animation is made of
    shapes = {f"shape{k}": deltas[k] for k in range(3)}
    np.savez(tmp_path / "shapes.npz", poseNames=np.array(["neutral", *shapes]), neutral=neutral, **shapes)
    face, controls = prepare(read_footage(recipe), recipe)
    matrix, offset = result_map(face, controls, np.ones(0, np.float32))
    trunk = Trunk(SHAPE).eval()
    voices = [CharacterVoice(trunk, len(controls.names)).eval()]
    path = tmp_path / "shapes.npz"
    write_package(tmp_path / "p", "hero", face, controls, voices, trunk_context(trunk), {"shape0": 2.0}, path, {})
    raw = np.asarray(controls.standardised(0) @ matrix + offset, np.float32)
    channels = Poser(load_package(tmp_path / "p")).pose(raw, Fraction(30), {}).channels
    np.testing.assert_allclose(channels["shape1"], sway(60, 3, 0)[:, 1], atol=0.05)
    np.testing.assert_allclose(channels["shape0"], 2.0 * sway(60, 3, 0)[:, 0], atol=0.1)
