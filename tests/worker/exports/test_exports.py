"""An export shows the same vertices in every frame, whoever opens it."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import sys
from array import array
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.rig_description import ControlSample
from maya_a2f.worker.exports.animated_face import AnimatedFace, head_face, rig_face, sample_shares
from maya_a2f.worker.exports.gltf_writer import write_glb
from maya_a2f.worker.exports.usd_file import write_usd
from maya_a2f.worker.rigs.gltf_file import GltfFile
from maya_a2f.worker.rigs.gltf_rig import rotation_of
from tests.cli.rig_files import described
from tests.head_factory import tiny_head

_SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "export_readers.py"
_RATE, _COUNT = Fraction(24000, 1001), 9


def _benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("export_readers", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["export_readers"] = module
    spec.loader.exec_module(module)
    return module


def _head_face() -> AnimatedFace:
    draw = np.random.default_rng(3)
    head = tiny_head()
    tracks: dict[str, Any] = {f"face_shapes.{name}": draw.random(_COUNT) for name in head.mesh("face").shapes}
    for joint in head.joints:
        for at, axis in enumerate("XYZ"):
            tracks[f"{joint.name}_jnt.rotate{axis}"] = draw.normal(0, 25, _COUNT)
            rest = head.rest_translate(joint.name)[at]
            tracks[f"{joint.name}_jnt.translate{axis}"] = rest + draw.normal(0, 0.5, _COUNT)
    return head_face(head, tracks, _COUNT, joint_suffix="_jnt", shapes_suffix="_shapes", rate=_RATE, start_frame=101.5)


def _rig_face() -> AnimatedFace:
    """With a sample half way, and weights beyond both ends."""
    tracks = {"face.jawOpen": np.linspace(-0.5, 1.5, _COUNT), "face.mouthSmile_L": np.linspace(1, 0, _COUNT)}
    return rig_face(described(), tracks, _COUNT, rate=_RATE, start_frame=-3.0)


@pytest.fixture(params=["head", "rig"])
def face(request: pytest.FixtureRequest) -> AnimatedFace:
    return _head_face() if request.param == "head" else _rig_face()


def _expected(face: AnimatedFace) -> dict[str, np.ndarray]:
    frames = [face.posed(at) for at in range(_COUNT)]
    return {mesh.name: np.stack([frame[at] for frame in frames]) for at, mesh in enumerate(face.meshes)}


def _gltf_frames(path: Path) -> dict[str, np.ndarray]:
    """Evaluated from the file alone: samplers at the keys, nodes from the root down, targets by their weights."""
    file = GltfFile(path)
    nodes = file.items("nodes")
    animation = file.items("animations")[0]
    values: dict[tuple[int, str], np.ndarray] = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        times = file.accessor(sampler["input"])[:, 0]
        assert times == pytest.approx(np.arange(_COUNT) * float(1 / _RATE), abs=1e-6)
        output = file.accessor(sampler["output"])
        values[channel["target"]["node"], channel["target"]["path"]] = output
    parents = {child: at for at, node in enumerate(nodes) for child in node.get("children", ())}
    result = {}
    for at, node in enumerate(nodes):
        if "mesh" not in node:
            continue
        mesh = file.item("meshes", node["mesh"])
        part = mesh["primitives"][0]
        rest = file.accessor(part["attributes"]["POSITION"]).astype(float)
        targets = [file.accessor(target["POSITION"]) for target in part.get("targets", ())]
        frames = []
        for frame in range(_COUNT):
            points = rest.copy()
            if targets:
                weights = values[at, "weights"].reshape(_COUNT, -1)[frame]
                points += sum(weight * target for weight, target in zip(weights, targets, strict=True))
            joint = parents.get(at)
            while joint is not None:
                turn = rotation_of(values[joint, "rotation"][frame : frame + 1].astype(float))[0]
                points = points @ turn.T + values[joint, "translation"][frame]
                joint = parents.get(joint)
            frames.append(100 * points)
        result[mesh["name"]] = np.stack(frames)
    return result


def _assert_same(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray], share: float = 1e-6) -> None:
    height = max(float(np.ptp(frames[0][:, 1])) for frames in expected.values())
    assert set(found) >= set(expected)
    for name, frames in expected.items():
        assert found[name][:, : frames.shape[1]] == pytest.approx(frames, abs=share * height), name


def test_gltf_holds_the_vertices_of_every_frame(face: AnimatedFace, tmp_path: Path) -> None:
    write_glb(face, tmp_path / "x.glb")
    _assert_same(_gltf_frames(tmp_path / "x.glb"), _expected(face))


@pytest.mark.readers
@pytest.mark.parametrize("ending", [".usda", ".usdc", ".usd"])
def test_usd_holds_the_vertices_of_every_frame(face: AnimatedFace, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd

    path = tmp_path / f"x{ending}"
    write_usd(face, path)
    found = _benchmark().frames_by_usd_core(path, _COUNT, face.start_frame)
    _assert_same(found, _expected(face))
    stage = Usd.Stage.Open(str(path))
    assert Fraction(stage.GetTimeCodesPerSecond()).limit_denominator(1001) == _RATE
    assert stage.GetStartTimeCode() == face.start_frame
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.readers
def test_usd_names_the_sound_and_when_it_starts(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd

    (tmp_path / "línea 1.wav").write_bytes(b"")
    face = dataclasses.replace(_rig_face(), sound=tmp_path / "línea 1.wav", sound_frame=-3.25)
    write_usd(face, tmp_path / "x.usda")
    stage = Usd.Stage.Open(str(tmp_path / "x.usda"))
    sound = stage.GetPrimAtPath("/Face/Sound")
    assert sound.GetAttribute("filePath").Get().path == "./línea 1.wav"
    assert sound.GetAttribute("startTime").Get() == -3.25


@pytest.mark.readers
def test_blender_shows_the_same_vertices(tmp_path: Path) -> None:
    python = sys.executable if importlib.util.find_spec("bpy") else os.environ.get("MAYA_A2F_TEST_BPY_PYTHON")
    if not python:
        pytest.skip("bpy is not here; MAYA_A2F_TEST_BPY_PYTHON may name a Python that has it")
    benchmark = _benchmark()
    face = _head_face()
    write_glb(face, tmp_path / "x.glb")
    ordered, rows = benchmark.in_blenders_order(tmp_path / "x.glb", _expected(face))
    found = benchmark.frames_by_blender(python, tmp_path / "x.glb", _RATE, face.start_frame, _COUNT, tmp_path)
    _assert_same({name: found[name][:, rows[name]] for name in ordered}, ordered, 1e-4)
    if importlib.util.find_spec("pxr"):
        write_usd(face, tmp_path / "x.usdc")
        found = benchmark.frames_by_blender(python, tmp_path / "x.usdc", _RATE, face.start_frame, _COUNT, tmp_path)
        _assert_same(found, _expected(face), 1e-4)


@pytest.mark.readers
def test_the_khronos_validator_finds_nothing(face: AnimatedFace, tmp_path: Path) -> None:
    folder = os.environ.get("MAYA_A2F_TEST_GLTF_VALIDATOR")
    if not folder or not shutil.which("node"):
        pytest.skip("gltf-validator is not here; MAYA_A2F_TEST_GLTF_VALIDATOR may name a folder with its node_modules")
    write_glb(face, tmp_path / "x.glb")
    assert _benchmark().validator_issues(Path(folder), tmp_path / "x.glb").startswith("0 0 ")


def test_meshes_of_a_rig_are_exported_one_by_one_and_move_alike(tmp_path: Path) -> None:
    one = described()
    twice = dataclasses.replace(
        one,
        points=one.points + one.points,
        face_counts=one.face_counts + one.face_counts,
        face_indices=one.face_indices + array("i", [index + 5 for index in one.face_indices]),
        controls=tuple(
            dataclasses.replace(
                control,
                samples=tuple(
                    ControlSample(sample.value, array("i", [index + at for at in (0, 5) for index in sample.indices]),
                                  sample.deltas + sample.deltas)
                    for sample in control.samples
                ),
            )
            for control in one.controls
        ),
        parts=(("head", 5), ("Zähne", 5)),
    )  # fmt: skip
    tracks = {"face.jawOpen": [0.0, 0.75, 1.0]}
    face = rig_face(twice, tracks, 3, rate=_RATE, start_frame=1.0)
    assert [(mesh.name, len(mesh.points), len(mesh.face_counts)) for mesh in face.meshes] == [
        ("head", 5, 2), ("Z_hne", 5, 2),
    ]  # fmt: skip
    for frame in range(3):
        first, second = face.posed(frame)
        assert (first == second).all()
        assert first == pytest.approx(rig_face(one, tracks, 3, rate=_RATE, start_frame=1.0).posed(frame)[0])


def test_the_same_face_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.glb", "b.glb"):
        write_glb(_head_face(), tmp_path / name)
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_samples_are_mixed_straight_between_neighbours_and_on_beyond_the_ends() -> None:
    shape = next(item for item in _rig_face().meshes[0].shapes if item.name == "jawOpen")
    shares = sample_shares(shape, slice(None))
    at = {round(float(weight), 3): column for weight, column in zip(shape.weights, shares.T, strict=True)}
    assert at[0.0] == pytest.approx([0, 0])
    assert at[0.25] == pytest.approx([0.5, 0])
    assert at[0.75] == pytest.approx([0.5, 0.5])
    assert at[1.5] == pytest.approx([-1, 2])
    assert at[-0.5] == pytest.approx([-1, 0])
