"""The reader on small hand-made scenes: syntax in all its forms, and damaged files."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.head_scene import head_scene
from maya_a2f.host.scene_file.ma_geometry import scene_blend_shapes, scene_meshes
from maya_a2f.host.scene_file.ma_keys import replace_keys, scene_audio, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene, scene_from_bytes
from maya_a2f.host.scene_file.ma_scene import Scene
from tests.head_factory import tiny_head

_HEAD = b"//Maya ASCII 2025ff03 scene\n"


def _read(text: str, *, codec: str = "utf-8") -> Scene:
    content = _HEAD + text.encode(codec)
    scene = scene_from_bytes(content, "test.ma")
    assert scene.to_bytes() == content
    return scene


def test_statements_end_at_semicolons_outside_of_strings_and_comments() -> None:
    scene = _read(
        'requires maya "2025ff03"; // a comment; with "quotes\n'
        'fileInfo "a;b" "c\\"; d";\n/* also ; this " */ createNode transform -n "x";\n'
        '\tsetAttr ".nts" -type "string" (\n\t\t"one; "\n\t\t+ "two\\n");\n'
    )
    assert scene.maya_version == "2025ff03"
    assert scene.file_info == {"a;b": 'c"; d'}
    assert scene.node("x").string(".nts") == "one; two\n"


def test_long_names_and_long_flags_are_understood() -> None:
    scene = _read(
        'createNode animCurveTA -name "c" -shared;\n\trename -uuid "U-1";\n'
        '\tsetAttr ".tangentType" 3;\n\tsetAttr ".keyTimeValue[0:1]" 1 2 3 4;\n'
        'connectAttr -force "c.output" "j.rotateX";\n'
    )
    (curve,) = scene_curves(scene)
    assert [(key.frame, key.value, key.in_tangent) for key in curve.curve.keys] == [(1, 2, "flat"), (3, 4, "flat")]
    assert curve.drives == ("j.rotateX",)
    assert scene.node("c").uid == "U-1"


def test_a_type_may_stand_before_the_attribute() -> None:
    scene = _read('createNode transform -n "a";\n\tsetAttr -type "double3" ".t" 1 2 3 ;\n')
    assert scene.node("a").vector(".t", (0, 0, 0)) == (1, 2, 3)


def test_units_of_the_file_become_degrees_and_centimetres() -> None:
    scene = _read(
        "currentUnit -l meter -a radian -t pal;\n"
        'createNode animCurveTA -n "a";\n\tsetAttr ".ktv[0]"  1 3.141592653589793;\n'
        'createNode animCurveTL -n "l";\n\tsetAttr ".ktv[0]"  1 0.25;\n'
    )
    angle, place = scene_curves(scene)
    assert angle.curve.keys[0].value == pytest.approx(180.0)
    assert place.curve.keys[0].value == 25.0
    assert angle.curve.rate == Fraction(25)


def test_an_unknown_time_unit_is_named_when_it_matters() -> None:
    scene = _read('currentUnit -t fortnight;\ncreateNode animCurveTU -n "a";\n\tsetAttr ".ktv[0]"  1 1;\n')
    with pytest.raises(HostError, match="fortnight") as caught:
        scene_curves(scene)
    assert caught.value.code == "scene.unit"


def test_driven_keys_are_told_from_curves_over_time() -> None:
    (curve,) = scene_curves(_read('createNode animCurveUA -n "a";\n\tsetAttr -s 2 ".ktv[0:1]"  0 0 1 90;\n'))
    assert curve.is_driven_key
    assert curve.curve.rate == 1


def test_sparse_targets_in_betweens_and_both_forms_of_aliases_are_read() -> None:
    text = (
        'createNode blendShape -n "b";\n'
        '\tsetAttr ".w[2]" 0.5;\n\tsetAttr ".w[17]" 1;\n'
        '\tsetAttr ".it[0].itg[17].iti[5500].ipt" -type "pointArray" 1 1 2 3 1 ;\n'
        '\tsetAttr ".it[0].itg[17].iti[5500].ict" -type "componentList" 1 "vtx[9]";\n'
        '\tsetAttr ".it[0].itg[17].iti[6000].ipt" -type "pointArray" 2 0 0 1 1 0 0 2 1 ;\n'
        '\tsetAttr ".it[0].itg[17].iti[6000].ict" -type "componentList" 1 "vtx[*]";\n'
        '\tsetAttr ".ibig[17].ibi[5500].ibtn" -type "string" "half";\n'
        '\tsetAttr ".aal" -type "attributeAlias" %s;\n'
        'connectAttr "m.w" "b.it[0].itg[2].iti[6000].igt";\n'
    )
    for aliases in ('{"two","weight[2]","far","weight[17]"} ', '4 "two" "weight[2]" "far" "weight[17]"'):
        aliases = aliases if aliases.startswith("{") else aliases[2:]
        (blend_shape,) = scene_blend_shapes(_read(text % aliases))
        assert [(target.index, target.alias, target.weight) for target in blend_shape.targets] == [
            (2, "two", 0.5), (17, "far", 1.0),
        ]  # fmt: skip
        between, full = blend_shape.target("far").items
        assert (between.weight, between.name, between.indices, list(between.deltas)) == (0.5, "half", (9,), [1, 2, 3])
        assert full.indices == (0, 1)
        assert blend_shape.target("two").items[0].live_geometry == "m.w"


def test_an_alias_list_with_its_count_is_read() -> None:
    (blend_shape,) = scene_blend_shapes(
        _read('createNode blendShape -n "b";\n\tsetAttr ".aal" -type "attributeAlias" 2 "x" "weight[3]" ;\n')
    )
    assert [(target.index, target.alias) for target in blend_shape.targets] == [(3, "x")]


def test_points_in_pieces_tweaks_holes_and_a_second_uv_set_are_read() -> None:
    (mesh,) = scene_meshes(
        _read(
            'createNode mesh -n "m";\n\tsetAttr -s 4 ".vt[0:1]" 0 0 0 1 0 0;\n\tsetAttr ".vt[2:3]" 1 1 0 0 1 0;\n'
            '\tsetAttr ".pt[3]" -type "float3" 0 0.5 0 ;\n'
            '\tsetAttr -s 4 ".ed[0:3]" 0 1 0 1 2 1 3 2 0 3 0 0;\n'
            '\tsetAttr -ch 4 ".fc[0]" -type "polyFaces"\n\t\tf 4 0 1 -3 3\n\t\tmu 0 4 0 1 2 3\n\t\tmu 1 4 3 2 1 0;\n'
        )
    )
    assert mesh.faces == ((0, 1, 2, 3),)
    assert mesh.face_uvs == ((0, 1, 2, 3),)
    assert list(mesh.points[9:]) == [0, 1.5, 0]
    assert [smooth for _, _, smooth in mesh.edges] == [False, True, False, False]


def test_nodes_of_one_name_are_told_apart_by_their_path() -> None:
    scene = _read(
        'createNode transform -n "a";\ncreateNode transform -n "x" -p "a";\ncreateNode transform -n "b";\n'
        'createNode transform -n "x" -p "b";\ncreateNode mesh -n "xShape" -p "|b|x";\n'
    )
    assert scene.node("|a|x").path == "|a|x"
    assert scene.node("b|x").path == "|b|x"
    assert scene.node("xShape").path == "|b|x|xShape"
    with pytest.raises(HostError, match="2 nodes"):
        scene.node("x")
    with pytest.raises(HostError, match="no node 'y'"):
        scene.node("y")


def test_strings_in_other_code_pages_survive() -> None:
    text = '//Codeset: 1252\ncreateNode audio -n "s";\n\tsetAttr ".f" -type "string" "C:/Tön/ä.wav";\n'
    assert _read(text, codec="cp1252").codeset == "1252"
    assert scene_audio(_read(text))[0].path == "C:/Tön/ä.wav"


def test_references_are_kept_and_listed() -> None:
    scene = _read(
        'file -rdi 1 -ns "r" -rfn "rRN" -typ "mayaAscii" "/a/b.ma";\nfile -r -ns "r" -dr 1 -rfn "rRN" "/a/b.ma";\n'
        'createNode reference -n "rRN";\n\tsetAttr ".ed" -type "dataReferenceEdits" \n\t\t"rRN"\n\t\t"" 0;\n'
    )
    assert scene.references == ["/a/b.ma"]


def test_replacing_keys_leaves_every_other_byte_alone() -> None:
    content, _ = head_scene(
        "x.ma",
        tiny_head(),
        [
            KeyedCurve("face_shapes.jawOpen", "weight", (1, 2, 3), (0, 1, 0), "step"),
            KeyedCurve("jaw_jnt.rotateX", "rotate", (1, 2), (0, 10)),
        ],
        timeline=Timeline(Fraction(24), 1, 3),
    )
    scene = scene_from_bytes(content)
    first, other = scene_curves(scene)
    replace_keys(scene, first, KeyedCurve("face_shapes.jawOpen", "weight", (5.5, 6), (1 / 3, 0), "auto"))
    changed = scene_from_bytes(scene.to_bytes())
    new, same = scene_curves(changed)
    assert [(key.frame, key.value, key.out_tangent) for key in new.curve.keys] == [
        (5.5, 1 / 3, "auto"), (6, 0, "auto"),
    ]  # fmt: skip
    assert same == other
    assert new.drives == first.drives
    before, after = content.decode().splitlines(), scene.to_bytes().decode().splitlines()
    assert [line for line in before if ".ktv[0:2]" not in line and ".kot" not in line and '".tan" 9' not in line] == [
        line for line in after if '.ktv[0:1]"  5.5' not in line and '".tan" 18' not in line
    ]


def test_a_binary_scene_is_refused_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "x.mb"
    path.write_bytes(b"FOR8\x00\x00\x00\x00Maya")
    with pytest.raises(HostError, match=r"x\.mb") as caught:
        read_scene(path)
    assert caught.value.code == "scene.binary"
    assert ".ma" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"hello;", b"\x89PNG\r\n", b"//Maya ASCII 2025 scene\n\x00\x01;"])
def test_what_is_no_scene_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a b ö.ma"
    path.write_bytes(content)
    with pytest.raises(HostError, match="a b ö") as caught:
        read_scene(path)
    assert caught.value.code == "scene.not_maya"


def test_a_missing_scene_is_named(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"gone\.ma") as caught:
        read_scene(tmp_path / "gone.ma")
    assert caught.value.code == "scene.missing"


def test_a_scene_cut_within_a_statement_is_refused_with_the_line() -> None:
    content, _ = head_scene("x.ma", tiny_head(), (), timeline=Timeline(Fraction(24), 1, 3))
    with pytest.raises(HostError, match="cut short: line") as caught:
        scene_from_bytes(content[: content.index(b"polyFaces") + 40])
    assert caught.value.code == "scene.truncated"


def test_a_scene_cut_between_statements_is_noticed() -> None:
    content, _ = head_scene("x.ma", tiny_head(), (), timeline=Timeline(Fraction(24), 1, 3))
    assert scene_from_bytes(content).has_end
    assert not scene_from_bytes(content[: content.index(b"select -ne :time1")]).has_end


def test_an_open_string_does_not_take_forever() -> None:
    content = _HEAD + b'setAttr ".x" -type "string" "' + b"\\a" * 200_000
    with pytest.raises(HostError) as caught:
        scene_from_bytes(content)
    assert caught.value.code == "scene.truncated"


def test_damaged_numbers_give_the_line() -> None:
    scene = _read('createNode animCurveTU -n "a";\n\tsetAttr -s 2 ".ktv[0:1]"  0 0 1 x;\n')
    with pytest.raises(HostError, match="Line 3") as caught:
        scene_curves(scene)
    assert caught.value.code == "scene.damaged"


@pytest.mark.parametrize("seed", range(60))
def test_a_scene_with_random_damage_gives_a_scene_or_a_clear_error(seed: int) -> None:
    content, _ = head_scene(
        "x.ma",
        tiny_head(),
        [KeyedCurve("face_shapes.jawOpen", "weight", (1, 2, 3), (0, 1, 0))],
        timeline=Timeline(Fraction(24), 1, 3),
    )
    chance = random.Random(seed)
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(60, len(damaged))
        action = chance.randrange(3)
        if action == 0:
            damaged[at] = chance.choice(b'0123456789";[]:-. \nabcxyz\xff')
        elif action == 1:
            del damaged[at : at + chance.randint(1, 40)]
        else:
            damaged[at:at] = bytes(chance.choice(b'0123456789";[]:- ') for _ in range(chance.randint(1, 20)))
    try:
        scene = scene_from_bytes(bytes(damaged))
        assert scene.to_bytes() == bytes(damaged)
        scene_meshes(scene)
        scene_blend_shapes(scene)
        scene_curves(scene)
        scene_audio(scene)
        assert scene.playback is None or len(scene.playback) == 2
    except HostError as error:
        assert error.code.startswith("scene.")  # noqa: PT017
