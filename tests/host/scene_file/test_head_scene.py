"""The written scene, read back by the reader and by plain text search."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.ports import AudioNode, Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.head_scene import head_scene, write_head_scene
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.host.scene_file.ma_geometry import scene_blend_shapes, scene_meshes
from maya_a2f.host.scene_file.ma_keys import scene_audio, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene, scene_from_bytes
from maya_a2f.host.scene_file.ma_scene import Scene
from tests.head_factory import tiny_head

_TIMELINE = Timeline(Fraction(24), 1, 60)
_CURVES = (
    KeyedCurve("face_shapes.mouthClose", "weight", (1, 2), (0.1, 0.2)),
    KeyedCurve("jaw_jnt.rotateX", "rotate", (1, 2), (0, 10), "auto"),
    KeyedCurve("tongue1_jnt.translateY", "translate", (1, 2), (0, 1), "step"),
)


def _scene(timeline: Timeline = _TIMELINE, audio: AudioNode | None = None) -> Scene:
    content, _ = head_scene("Szene ö.ma", tiny_head(), _CURVES, timeline=timeline, audio=audio)
    return scene_from_bytes(content)


def test_the_meshes_come_back_with_points_faces_uvs_and_smooth_edges() -> None:
    head = tiny_head()
    meshes = {mesh.path.rpartition("|")[2]: mesh for mesh in scene_meshes(_scene())}
    for mesh in head.meshes:
        read = meshes[f"{mesh.name}_geoShape" + ("Orig" if mesh.shapes else "")]
        pivot = head.joint(mesh.joint).position
        expected = [value - pivot[at % 3] for at, value in enumerate(mesh.points)]
        assert list(read.points) == pytest.approx(expected, abs=1e-6)
        assert [vertex for face in read.faces for vertex in face] == list(mesh.face_vertices)
        assert [len(face) for face in read.faces] == list(mesh.face_sizes)
        assert [uv for face in read.face_uvs for uv in face] == list(mesh.face_uvs)
        assert list(read.uvs) == pytest.approx(list(mesh.uvs), abs=1e-7)
        assert all(smooth for _, _, smooth in read.edges)
        assert len({frozenset(edge[:2]) for edge in read.edges}) == len(read.edges)
        assert read.is_intermediate == bool(mesh.shapes)


def test_the_shapes_come_back_with_names_vertices_and_deltas() -> None:
    head = tiny_head()
    blend_shapes = {blend_shape.node: blend_shape for blend_shape in scene_blend_shapes(_scene())}
    assert set(blend_shapes) == {"face_shapes", "tongue_shapes"}
    for mesh in head.meshes:
        for index, shape in enumerate(mesh.shapes.values()):
            target = blend_shapes[f"{mesh.name}_shapes"].target(shape.name)
            (item,) = target.items
            assert (target.index, item.item, item.weight) == (index, 6000, 1.0)
            assert item.indices == tuple(shape.indices)
            # Nine digits: what was a float32 is the same float32 again.
            assert [f"{value:.9g}" for value in item.deltas] == [f"{value:.9g}" for value in shape.deltas]


def test_the_hierarchy_is_group_joints_meshes() -> None:
    scene = _scene()
    assert scene.node("jaw_jnt").path == "|a2f_head|head_jnt|jaw_jnt"
    assert scene.node("tongue_geoShape").path == "|a2f_head|head_jnt|jaw_jnt|tongue_geo|tongue_geoShape"
    assert scene.node("leftEye_geo").parent == "|a2f_head|head_jnt|leftEye_jnt"
    assert scene.node("jaw_jnt").vector(".t", (0, 0, 0)) == (0.0, -2.5, 3.0)


def test_a_mesh_stands_where_it_was_when_its_joint_rests() -> None:
    head, scene = tiny_head(), _scene()
    for mesh in head.meshes:
        node = scene.node(f"{mesh.name}_geoShape" + ("Orig" if mesh.shapes else ""))
        place = [0.0, 0.0, 0.0]
        parent = node.parent
        while parent:
            transform = scene.node(parent)
            place = [own + more for own, more in zip(place, transform.vector(".t", (0, 0, 0)), strict=True)]
            parent = transform.parent
        points = next(item.points for item in scene_meshes(scene) if item.path == node.path)
        world = [value + place[at % 3] for at, value in enumerate(points)]
        assert world == pytest.approx(list(mesh.points), abs=1e-6)


def test_the_blend_shape_is_wired_as_maya_saves_it() -> None:
    scene = _scene()
    assert scene.source("face_shapes.ip[0].ig") == "face_geoShapeOrig.w"
    assert scene.source("face_shapes.orggeom[0]") == "face_geoShapeOrig.o"
    assert scene.source("tongue_geoShape.i") == "tongue_shapes.og[0]"
    # Faces of two materials: the deformed mesh passes the face groups on its way to the shape.
    chain = ["face_geoShape.i"]
    while source := scene.source(chain[-1]):
        chain.append(source.replace(".og", ".ig") if "groupParts" in source else source)
    assert chain[1:] == ["face_lips_groupParts.ig", "face_skin_groupParts.ig", "face_shapes.og[0]"]


def test_a_shape_of_several_meshes_is_keyed_once_and_the_others_follow() -> None:
    scene = _scene()
    assert scene.source("tongue_shapes.w[1]") == "face_shapes.w[3]"
    assert scene.source("tongue_shapes.w[0]") is None
    names = [attribute.name for attribute in head_rig(tiny_head()).attributes]
    assert "face_shapes.cheekPuff" in names
    assert "tongue_shapes.cheekPuff" not in names


def test_every_face_wears_exactly_one_material() -> None:
    scene = _scene()
    for name, faces in (("skin", ["f[0:3]", "f[5:8]"]), ("lips", ["f[4]"])):
        component_list = scene.node(f"face_{name}_groupParts").find(".ic")
        assert component_list is not None
        assert component_list.words() == [str(len(faces)), *faces]
    assert "skin_SG.dsm" in scene.destinations("face_geoShape.iog.og[0]")
    assert "lips_SG.dsm" in scene.destinations("face_geoShape.iog.og[1]")
    assert scene.destinations("tongue_geoShape.iog") == ["lips_SG.dsm"]
    assert scene.node("skin_mat").vector(".c", (0, 0, 0)) == (0.6, 0.35, 0.25)
    assert scene.source("skin_SG.ss") == "skin_mat.oc"


def test_curves_have_the_right_type_tangents_and_plug() -> None:
    curves = {curve.node: curve for curve in scene_curves(_scene())}
    weight, angle, place = (curves[curve.attribute.replace(".", "_")] for curve in _CURVES)
    assert (weight.type, weight.drives, weight.curve.keys[0].out_tangent) == (
        "animCurveTU", ("face_shapes.w[1]",), "linear",
    )  # fmt: skip
    assert (angle.type, angle.drives, angle.curve.keys[0].in_tangent) == ("animCurveTA", ("jaw_jnt.rx",), "auto")
    assert (place.type, place.drives, place.curve.keys[0].out_tangent) == (
        "animCurveTL", ("tongue1_jnt.ty",), "step",
    )  # fmt: skip
    assert not weight.curve.weighted


def test_opening_the_scene_sets_range_speed_and_sound() -> None:
    scene = _scene(audio=AudioNode("C:\\Ton\\take 1.wav", -11, 60))
    assert scene.playback == (1, 60)
    sound = scene.of_type("audio")[0]
    assert (sound.name, sound.string(".f")) == ("take_1_sound", "C:/Ton/take 1.wav")
    assert [sound.number(name, 0) for name in (".o", ".se", ".ef")] == [-11, 60, 49]
    script = scene.node("a2f_playbackScriptNode")
    assert script.number(".st", 0) == 2
    assert '-sound "take_1_sound"' in script.string(".b")
    assert script.string(".b").startswith("if (!`about -batch`)")
    assert "-playbackSpeed 1" in script.string(".b")
    assert scene.node(":time1").number(".o", 0) == 1


@pytest.mark.parametrize(
    ("rate", "unit"),
    [
        (Fraction(24000, 1001), "23.976fps"),
        (Fraction(30000, 1001), "29.97fps"),
        (Fraction(25), "pal"),
        (Fraction(48), "show"),
        (Fraction(120), "120fps"),
    ],
)
def test_the_time_unit_is_the_rates_own(rate: Fraction, unit: str) -> None:
    scene = _scene(Timeline(rate, 1, 10))
    assert scene.time_unit == unit
    assert scene.rate == rate


@pytest.mark.parametrize(("rate", "near"), [(Fraction(22), ("20", "24")), (Fraction(2997, 100), ("29.97", "30"))])
def test_a_rate_maya_cannot_count_in_is_refused_with_the_near_ones(
    tmp_path: Path, rate: Fraction, near: tuple[str, str]
) -> None:
    with pytest.raises(HostError, match="no time unit") as caught:
        write_head_scene(tmp_path / "x.ma", tiny_head(), (), timeline=Timeline(rate, 1, 2))
    assert caught.value.code == "scene.rate"
    assert all(word in caught.value.hint for word in near)
    assert list(tmp_path.iterdir()) == []


def test_the_same_input_gives_the_same_bytes() -> None:
    assert _scene().to_bytes() == _scene().to_bytes()


def test_long_curves_are_written_in_pieces_and_read_whole() -> None:
    frames = tuple(float(frame) for frame in range(1, 1802))
    curve = KeyedCurve("face_shapes.jawOpen", "weight", frames, tuple(frame / 7 for frame in frames))
    content, _ = head_scene("x.ma", tiny_head(), [curve], timeline=_TIMELINE)
    text = content.decode()
    assert '"face_shapes_jawOpen"' in text
    # As Maya saves them: announced with their number, then 250 keys a statement.
    assert '\tsetAttr -s 1801 ".ktv";\n\tsetAttr ".ktv[0:249]"  1 ' in text
    assert '\tsetAttr ".ktv[1750:1800]"  1751 ' in text
    (read,) = scene_curves(scene_from_bytes(content))
    assert [(key.frame, key.value) for key in read.curve.keys] == list(zip(curve.frames, curve.values, strict=True))


def test_every_connection_starts_and_ends_at_a_node_of_the_scene() -> None:
    scene = _scene(audio=AudioNode("a.wav", 1, 10))
    names = {node.name for node in scene.nodes}
    for link in scene.connections:
        for plug in (link.source, link.destination):
            node = plug.partition(".")[0]
            assert node.startswith(":") or node in names, plug


def test_names_are_ascii_identifiers_and_unique() -> None:
    names = [node.name for node in _scene(audio=AudioNode("3 ö.wav", 1, 10)).nodes if not node.name.startswith(":")]
    assert all(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) for name in names)
    assert len(set(names)) == len(names)


def test_an_existing_scene_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "mit Leerzeichen" / "Szene ö.ma"
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(HostError) as caught:
        SceneFileHost(path, tiny_head()).bake(_CURVES, timeline=_TIMELINE)
    assert caught.value.code == "file.exists"
    assert path.read_text() == "mine"
    SceneFileHost(path, tiny_head(), overwrite=True).bake(_CURVES, timeline=_TIMELINE)
    assert len(scene_curves(read_scene(path))) == 3
    assert list(path.parent.iterdir()) == [path]


def test_a_sound_of_the_scenes_project_has_the_projects_folder_marked(tmp_path: Path) -> None:
    (tmp_path / "workspace.mel").touch()
    path = tmp_path / "scenes" / "x.ma"
    path.parent.mkdir()
    audio = AudioNode(str(tmp_path / "sound" / "line.wav"), 1, 48)
    write_head_scene(path, tiny_head(), (), timeline=Timeline(Fraction(24), 1, 3), audio=audio)
    (sound,) = scene_audio(read_scene(path))
    assert sound.path == f"{tmp_path.as_posix()}//sound/line.wav"


def test_a_missing_folder_is_an_error_of_the_host(tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        SceneFileHost(tmp_path / "gone" / "x.ma", tiny_head()).bake(_CURVES, timeline=_TIMELINE)
    assert caught.value.code == "file.unwritable"
