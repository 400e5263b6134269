"""The scene and the CSV of one run hold the same motion."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from maya_a2f.core.anim_curve import evaluate
from maya_a2f.core.channels import ARKIT_CHANNELS, EYE_CHANNELS, JAW_CHANNELS, TONGUE_CHANNELS
from maya_a2f.core.head import load_head
from maya_a2f.host.scene_file.ma_keys import scene_audio, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.settings import checkout_folder
from tests.cli.conftest import Command

DEFAULT = checkout_folder() / "engines" / "default"


def columns(path: Path) -> dict[str, list[float]]:
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    return {name: [float(row[index]) for row in rows[1:]] for index, name in enumerate(rows[0])}


def expected_in_scene(channels: dict[str, list[float]]) -> dict[str, list[float]]:
    """Curve node -> values, for every channel of the CSV; joints start from their rest."""
    head = load_head(HEAD_FOLDER)
    rest = dict(zip("XYZ", head.rest_translate("jaw"), strict=True))
    curves: dict[str, list[float]] = {}
    for shapes, names in (("face_shapes", ARKIT_CHANNELS), ("tongue_shapes", TONGUE_CHANNELS)):
        curves |= {f"{shapes}_{name}": channels[name] for name in names}
    for name in (*JAW_CHANNELS, *EYE_CHANNELS):
        joint, attribute = name.split(".")
        offset = rest[attribute[-1]] if attribute.startswith("translate") else 0.0
        curves[f"{joint}_jnt_{attribute}"] = [value + offset for value in channels[name]]
    return curves


@pytest.mark.parametrize("rate", ["30", "23.976"])
def test_every_key_of_the_scene_equals_the_csv(a2f: Command, recording: Path, tmp_path: Path, rate: str) -> None:
    outputs = ("-o", tmp_path / "x.csv", "-o", tmp_path / "x.ma")
    code, _, err = a2f("animate", recording, "--model", DEFAULT, *outputs, "--fps", rate, "--start-frame", "-12.5")
    assert code == 0, err
    scene = read_scene(tmp_path / "x.ma")
    curves = {entry.node: entry.curve for entry in scene_curves(scene)}
    expected = expected_in_scene(columns(tmp_path / "x.csv"))
    assert set(expected) <= set(curves)
    for node, values in expected.items():
        keys = curves[node].keys
        assert [key.frame for key in keys] == [-12.5 + index for index in range(len(values))]
        assert max(abs(key.value - value) for key, value in zip(keys, values, strict=True)) <= 1e-6


def test_reduced_keys_stay_within_the_tolerance_as_maya_evaluates_them(
    a2f: Command, recording: Path, tmp_path: Path
) -> None:
    outputs = ("-o", tmp_path / "x.csv", "-o", tmp_path / "x.ma")
    a2f("animate", recording, "--model", DEFAULT, *outputs, "--keys", "reduced=0.01", "--start-frame", "1")
    curves = {entry.node: entry.curve for entry in scene_curves(read_scene(tmp_path / "x.ma"))}
    expected = expected_in_scene(columns(tmp_path / "x.csv"))
    for node, values in expected.items():
        got = evaluate(curves[node], [1.0 + index for index in range(len(values))])
        tolerance = 0.2 if "rotate" in node else 0.02 if "translate" in node else 0.01
        assert max(abs(a - b) for a, b in zip(got, values, strict=True)) <= tolerance + 1e-9
    assert sum(len(curves[node].keys) for node in expected) < 0.7 * sum(map(len, expected.values()))


def test_the_sound_lies_where_the_clip_starts(a2f: Command, recording: Path, tmp_path: Path) -> None:
    a2f("animate", recording, "--model", DEFAULT, "-o", tmp_path / "x.ma", "--start-frame", "101", "--fps", "24")
    (sound,) = scene_audio(read_scene(tmp_path / "x.ma"))
    assert Path(sound.path).exists()
    assert sound.offset_frame == 101
    assert sound.length_frames == pytest.approx(12.0)


def test_a_part_of_a_clip_gets_a_copy_of_its_sound(a2f: Command, recording: Path, tmp_path: Path) -> None:
    words = ("-o", tmp_path / "x.ma", "--in", "0.1", "--out", "0.4", "--overwrite")
    _, _, err = a2f("animate", recording, "--model", DEFAULT, *words)
    a2f("animate", recording, "--model", DEFAULT, *words)
    copies = list(tmp_path.glob("*.wav"))
    assert len(copies) == 1, "the second run uses the first one's copy"
    assert copies[0].name in err


def test_shared_shapes_are_keyed_once_and_followed(a2f: Command, recording: Path, tmp_path: Path) -> None:
    a2f("animate", recording, "--model", DEFAULT, "-o", tmp_path / "x.ma")
    scene = read_scene(tmp_path / "x.ma")
    nodes = {entry.node for entry in scene_curves(scene)}
    assert "face_shapes_eyeBlinkLeft" in nodes
    assert not any(node.startswith("lashes_shapes") for node in nodes)
    assert any(
        connection.source.startswith("face_shapes.w[") and connection.destination.startswith("lashes_shapes.w[")
        for connection in scene.connections
    )
