"""Scenes saved by real Maya: nothing is lost, and counts agree with a plain text search."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.anim_curve import CurveEvaluator
from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.head_scene import head_scene
from maya_a2f.host.scene_file.ma_geometry import scene_blend_shapes, scene_meshes
from maya_a2f.host.scene_file.ma_keys import scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene, scene_from_bytes
from maya_a2f.host.scene_file.ma_scene import Scene
from tests.head_factory import tiny_head

_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "eval" / "maya"
_SCENES = sorted(_FOLDER.glob("*.ma"))
pytestmark = [
    pytest.mark.eval,
    pytest.mark.skipif(not _SCENES, reason="the shared evaluation scenes are not here"),
]


@pytest.fixture(params=_SCENES or [Path("none")], ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


def _count(text: str, pattern: str) -> int:
    return len(re.findall(pattern, text, re.MULTILINE))


def test_an_unchanged_scene_is_written_back_byte_for_byte(path: Path) -> None:
    assert read_scene(path).to_bytes() == path.read_bytes()


def test_nodes_connections_and_attributes_are_all_there(path: Path) -> None:
    text, scene = path.read_text("latin-1"), read_scene(path)
    made = [node for node in scene.nodes if node.type]
    assert len(made) == _count(text, r"^createNode ")
    for node_type in {node.type for node in made}:
        assert len(scene.of_type(node_type)) == _count(text, rf"^createNode {node_type} ")
    assert len(scene.connections) == _count(text, r"^connectAttr ")
    assert sum(len(node.attributes) for node in scene.nodes) == _count(text, r"^\tsetAttr ")
    assert sum(bool(node.uid) for node in made) == _count(text, r"^\trename -uid ")
    assert len(scene.file_info) == _count(text, r"^fileInfo ")
    assert scene.has_end
    assert scene.playback is not None


def test_every_curve_is_read_with_all_its_keys(path: Path) -> None:
    text, curves = path.read_text("latin-1"), scene_curves(read_scene(path))
    assert len(curves) == _count(text, r"^createNode animCurve")
    sizes = [int(size or 1) for size in re.findall(r'setAttr (?:-s (\d+) )?"\.ktv\[', text)]
    assert sorted(len(curve.curve.keys) for curve in curves) == sorted(sizes)
    names = set(re.findall(r'^createNode animCurve\w+ -n "([^"]+)"', text, re.MULTILINE))
    sources = re.findall(r'^connectAttr "([^"]+)\.o" ', text, re.MULTILINE)
    assert sum(len(curve.drives) for curve in curves) == sum(source in names for source in sources) > 0


def test_curves_evaluate_to_their_keys_and_to_finite_values_everywhere(path: Path) -> None:
    for curve in scene_curves(read_scene(path)):
        evaluator = CurveEvaluator(curve.curve)
        keys = curve.curve.keys
        assert evaluator.values([key.frame for key in keys]) == [key.value for key in keys]
        span = keys[-1].frame - keys[0].frame + 1
        frames = [keys[0].frame - span + 3 * span * step / 97 for step in range(98)]
        assert all(map(math.isfinite, evaluator.values(frames)))


def test_automatic_tangents_are_those_maya_saved(path: Path) -> None:
    """Scenes keep the directions of automatic tangents beside fixed ones: the evaluator must find the same."""
    scene = read_scene(path)
    checked = 0
    for curve in scene_curves(scene):
        node = scene.node(curve.node)
        saved = {
            index
            for attribute in node.having_base(".kix")
            for index in range(attribute.index_range[0], attribute.index_range[1] + 1)  # type: ignore[index]
        }
        evaluator = CurveEvaluator(curve.curve)
        for index in saved:
            key, code = curve.curve.keys[index], curve.tangent_codes[index]
            if code == (18, 18) and key.in_direction is not None:
                x, y = evaluator.direction(index, incoming=True)
                y = math.radians(y) if curve.curve.kind == "rotate" else y
                length = math.hypot(x, y)
                assert (x / length, y / length) == pytest.approx(key.in_direction, abs=1e-7)
                checked += 1
    if "anim_001" in path.name or "CameraAttrSpline" in path.name:
        assert checked > 0


def test_mesh_faces_and_blend_shape_targets_agree_with_the_text(path: Path) -> None:
    text, scene = path.read_text("latin-1"), read_scene(path)
    meshes, blend_shapes = scene_meshes(scene), scene_blend_shapes(scene)
    assert len(meshes) == _count(text, r"^createNode mesh ")
    assert sum(len(mesh.faces) for mesh in meshes) == _count(text, r"^\t\tf \d+ ")
    assert sum(bool(mesh.points) for mesh in meshes) == _count(text, r'"\.vt\[0:')
    assert len(blend_shapes) == _count(text, r"^createNode blendShape ")
    targets = [target for blend_shape in blend_shapes for target in blend_shape.targets]
    assert sum(target.alias is not None for target in targets) == _count(text, r'"weight\[\d+\]"')
    items = [item for target in targets for item in target.items]
    assert sum(item.live_geometry is None for item in items) == _count(text, r"iti\[\d+\]\.ipt\"")
    assert sum(item.live_geometry is not None for item in items) == _count(text, r"iti\[\d+\]\.igt\"")
    for mesh in meshes:
        assert all(0 <= vertex < len(mesh.points) // 3 for face in mesh.faces for vertex in face)


def _attribute_types(scene: Scene) -> dict[tuple[str, str], set[str]]:
    """(node type, attribute without indices) -> the types it is written with."""
    types: dict[tuple[str, str], set[str]] = {}
    for node in scene.nodes:
        for attribute in node.attributes:
            key = node.type or node.name, re.sub(r"\[[\d:]+\]", "[]", attribute.name)
            types.setdefault(key, set()).add(attribute.type)
    return types


def test_our_scenes_write_attributes_with_the_types_maya_writes() -> None:
    saved: dict[tuple[str, str], set[str]] = {}
    for path in _SCENES:
        for key, types in _attribute_types(read_scene(path)).items():
            saved.setdefault(key, set()).update(types)
    head = tiny_head()
    curves = [KeyedCurve(item.name, item.kind, (1, 2), (0, 1)) for item in head_rig(head).attributes]
    content, _ = head_scene("x.ma", head, curves, timeline=Timeline(Fraction(24), 1, 2))
    ours = _attribute_types(scene_from_bytes(content))
    common = ours.keys() & saved.keys()
    assert {node_type for node_type, _ in common} >= {"mesh", "joint", "blendShape", "animCurveTA", "script", "camera"}
    assert len(common) > 50
    for key in common:
        assert ours[key] <= saved[key], key


def test_particulars_of_the_scenes() -> None:
    scenes = {path.stem.removeprefix("mayausd__"): read_scene(path) for path in _SCENES}
    assert {scene.rate for scene in scenes.values()} == {Fraction(24)}
    assert scenes["UsdExportSkeleton"].maya_version == "2018ff08"
    assert scenes["anim_001"].references == ["/scenes/rhino_model_textured/waking_animation/rhino_rig_001.ma"]
    assert scenes["UsdExportCameraAttrSplineTest"].playback == (0, 33)
    skeleton = scenes["UsdExportSkeleton"]
    assert len(skeleton.of_type("joint")) == 25
    assert all(node.path.startswith("|SkelChar|Hips") for node in skeleton.of_type("joint"))
    shapes = {item.node: item for item in scene_blend_shapes(scenes["blendShapesExport"])}
    between = shapes["blendShape10"].target("pCube2").items
    assert [(item.weight, item.name) for item in between] == [
        (0.333, "pCube2_0.333"), (0.667, "pCube2_0.667"), (1.0, ""),
    ]  # fmt: skip
    assert shapes["blendShape22"].target("tgt3").items[0].indices == (0, 6, 7)
