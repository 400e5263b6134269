"""A scene that is there takes keys, and nothing else of it changes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost
from maya_a2f.host.scene_file.ma_keys import scene_audio, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene

_REAL = Path(__file__).resolve().parents[4] / "shared" / "eval" / "maya" / "mayausd__blendShapesExport.ma"
_TIMELINE = Timeline(Fraction(24), 10, 12)

_SCENE = """//Maya ASCII 2025ff03 scene
//Name: bob.ma
//Codeset: 1252
requires maya "2025ff03";
currentUnit -l centimeter -a degree -t film;
createNode transform -n "bob";
createNode joint -n "jaw" -p "bob";
	setAttr ".t" -type "double3" 0 1.5 0.25 ;
	setAttr ".mrxl" -5;
	setAttr ".xrxl" 30;
	setAttr ".mrxe" yes;
	setAttr ".xrxe" yes;
	setAttr -l on ".tx";
createNode joint -n "eye" -p "bob";
	setAttr -l on ".r";
createNode transform -n "mouth_ctl" -p "bob";
	addAttr -ci true -k true -sn "sm" -ln "smile" -min 0 -max 10 -at "double";
	addAttr -ci true -sn "hid" -ln "hidden" -at "double";
	setAttr -k on ".sm" 2;
createNode transform -n "brow_ctl" -p "bob";
	setAttr -k off ".v";
	setAttr -k off ".rx";
createNode nurbsCurve -n "brow_ctlShape" -p "brow_ctl";
createNode script -n "sceneConfigurationScriptNode";
	setAttr ".b" -type "string" "playbackOptions -min 1 -max 8 -ast 0 -aet 200 ";
	setAttr ".st" 6;
createNode blendShape -n "shapes";
	addAttr -ci true -h true -sn "aal" -ln "attributeAliasList" -dt "attributeAlias";
	setAttr -s 4 ".w";
	setAttr ".w[0]" 0;
	setAttr -l on ".w[1]" 0;
	setAttr ".aal" -type "attributeAlias" {"jawOpen","weight[0]","locked","weight[1]","driven"
		,"weight[2]","follows","weight[7]"} ;
createNode animCurveTU -n "shapes_jawOpen";
	setAttr ".tan" 18;
	setAttr ".wgt" no;
	setAttr -s 4 ".ktv[0:3]"  1 0.10000000000000001 10.25 0.5 11 0.75 20 1;
	setAttr -s 4 ".kit[0:3]"  1 18 18 9;
	setAttr -s 4 ".kix[0:3]"  0.5 1 1 1;
	setAttr ".pst" 3;
createNode animCurveUU -n "shapes_driven";
	setAttr -s 2 ".ktv[0:1]"  0 0 1 1;
connectAttr "shapes_jawOpen.o" "shapes.w[0]";
connectAttr "shapes_driven.o" "shapes.w[2]";
connectAttr "shapes.w[0]" "shapes.w[7]";
// End of bob.ma
"""


def _write(folder: Path, text: str = _SCENE, *, newline: str = "\n") -> Path:
    path = folder / "bob.ma"
    path.write_bytes(text.replace("\n", newline).encode("cp1252"))
    return path


def _curve(attribute: str, kind: str = "weight", values: tuple[float, ...] = (0.0, 0.5, 1.0)) -> KeyedCurve:
    return KeyedCurve(attribute, kind, (10, 11, 12), values)  # type: ignore[arg-type]


def _bake(source: Path, *curves: KeyedCurve, out: str = "out.ma", audio: AudioNode | None = None,
          metadata: Mapping[str, str] | None = None) -> tuple[Path, BakeReport]:  # fmt: skip
    path = source.parent / out
    report = KeyedSceneHost(source, path).bake(curves, timeline=_TIMELINE, audio=audio, metadata=metadata)
    return path, report


def _gone(before: Path, after: Path) -> list[str]:
    """Lines of the old file that the new one does not have, in order."""
    lines = [path.read_text("cp1252").splitlines() for path in (before, after)]
    return [line[2:] for line in difflib.ndiff(*lines) if line.startswith("- ")]


def test_the_rig_has_weights_joints_and_controls_with_their_limits_and_rest(tmp_path: Path) -> None:
    rig = KeyedSceneHost(_write(tmp_path), tmp_path / "x.ma").rig()
    found = {item.name: item for item in rig.attributes}
    assert rig.name == "bob"
    assert {"shapes.jawOpen", "shapes.locked", "shapes.driven", "jaw.rotateX", "eye.rotateZ", "mouth_ctl.smile"} <= {
        *found
    }
    assert (found["jaw.rotateX"].lowest, found["jaw.rotateX"].highest) == (-5, 30)
    assert found["jaw.translateY"].rest == 1.5
    smile = found["mouth_ctl.smile"]
    assert (smile.kind, smile.rest, smile.lowest, smile.highest) == ("weight", 2, 0, 10)
    assert "brow_ctl.translateY" in found  # a control curve offers what is keyable
    assert not {"brow_ctl.rotateX", "mouth_ctl.translateX", "mouth_ctl.hidden", "shapes.follows"} & {*found}


def test_keys_land_and_the_rest_of_the_file_keeps_every_byte(tmp_path: Path) -> None:
    source = _write(tmp_path)
    path, report = _bake(source, _curve("jaw.rotateX", "rotate"), _curve("mouth_ctl.smile"))
    assert report.written == ("jaw.rotateX", "mouth_ctl.smile")
    assert _gone(source, path) == [
        '\tsetAttr ".b" -type "string" "playbackOptions -min 1 -max 8 -ast 0 -aet 200 ";',
    ]
    curves = {curve.drives[0]: curve for curve in scene_curves(read_scene(path)) if curve.drives}
    assert [(key.frame, key.value) for key in curves["jaw.rx"].curve.keys] == [(10, 0), (11, 0.5), (12, 1)]
    assert curves["jaw.rx"].type == "animCurveTA"
    assert curves["mouth_ctl.sm"].type == "animCurveTU"
    assert read_scene(path).playback == (1, 12)


def test_keys_inside_the_take_are_replaced_and_those_outside_keep_their_words(tmp_path: Path) -> None:
    source = _write(tmp_path)
    path, report = _bake(source, _curve("shapes.jawOpen"))
    assert "2 keys outside of the take stay as they were." in report.notes
    text = path.read_text("cp1252")
    assert '.ktv[0:4]"  1 0.10000000000000001 10 0 11 0.5 12 1 20 1;' in text
    (curve,) = [item for item in scene_curves(read_scene(path)) if item.node == "shapes_jawOpen"]
    assert curve.tangent_codes == ((1, 18), (2, 2), (2, 2), (2, 2), (9, 18))
    assert curve.curve.keys[0].in_direction == (0.5, 0.0)
    assert curve.curve.post_infinity == "cycle"
    assert [line for line in _gone(source, path) if "playbackOptions" not in line] == [
        '\tsetAttr -s 4 ".ktv[0:3]"  1 0.10000000000000001 10.25 0.5 11 0.75 20 1;',
        '\tsetAttr -s 4 ".kit[0:3]"  1 18 18 9;',
        '\tsetAttr -s 4 ".kix[0:3]"  0.5 1 1 1;',
    ]


@pytest.mark.parametrize(
    ("attribute", "kind", "reason"),
    [
        ("shapes.locked", "weight", "it is locked"),
        ("jaw.translateX", "translate", "it is locked"),
        ("eye.rotateY", "rotate", "it is locked"),
        ("shapes.driven", "weight", "driven key 'shapes_driven'"),
        ("shapes.follows", "weight", "no such attribute"),
        ("jaw.rotateX", "weight", "of kind 'weight'"),
    ],
)
def test_what_cannot_be_keyed_is_left_and_named(tmp_path: Path, attribute: str, kind: str, reason: str) -> None:
    source = _write(tmp_path)
    path, report = _bake(source, _curve(attribute, kind), _curve("jaw.rotateY", "rotate"))
    assert report.written == ("jaw.rotateY",)
    ((skipped),) = report.skipped
    assert skipped.attribute == attribute
    assert reason in skipped.reason
    assert len(_gone(source, path)) == 1  # the range


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('connectAttr "shapes_jawOpen.o" "jaw.rz";', "also drives 1 other"),
        ('connectAttr "shapes.en" "shapes_jawOpen.i";', "instead of the scene's time"),
    ],
)
def test_a_curve_that_is_not_the_attributes_own_is_left(tmp_path: Path, line: str, reason: str) -> None:
    source = _write(tmp_path, _SCENE.replace("// End", f"{line}\n// End"))
    _, report = _bake(source, _curve("shapes.jawOpen"))
    assert reason in report.skipped[0].reason


def test_sound_and_what_made_the_keys_are_in_the_scene_once_however_often_it_is_keyed(tmp_path: Path) -> None:
    source = _write(tmp_path)
    audio = AudioNode("C:\\takes\\line.wav", 10.5, 48.25)
    first, _ = _bake(source, _curve("shapes.jawOpen"), audio=audio, metadata={"a2fTake": '{"a": 1}'})
    second, _ = _bake(first, _curve("shapes.jawOpen"), out="again.ma", audio=audio, metadata={"a2fTake": '{"a": 2}'})
    scene = read_scene(second)
    assert scene_audio(scene) == [AudioNode("C:/takes/line.wav", 10.5, 48.25)]
    assert scene.node("a2f_take").string(".a2fTake") == '{"a": 2}'
    assert [line for line in _gone(first, second) if "a2fTake" not in line] == []


def test_a_sound_of_the_scenes_project_is_written_as_maya_writes_it_and_known_again(tmp_path: Path) -> None:
    (tmp_path / "workspace.mel").touch()
    root = tmp_path.as_posix()
    source = _write(tmp_path)
    first, _ = _bake(source, _curve("shapes.jawOpen"), audio=AudioNode(f"{root}/sound/line.wav", 10.5, 48.25))
    assert [sound.path for sound in scene_audio(read_scene(first))] == [f"{root}//sound/line.wav"]
    (tmp_path / "workspace.mel").unlink()
    audio = AudioNode(f"{root}/sound/line.wav", 10.5, 48.25)
    again, _ = _bake(first, _curve("shapes.jawOpen"), out="again.ma", audio=audio)
    assert [sound.path for sound in scene_audio(read_scene(again))] == [f"{root}//sound/line.wav"]


def test_a_sound_of_a_project_that_was_moved_is_in_the_scene_once_and_plays_from_there(tmp_path: Path) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    (before / "sound").mkdir(parents=True)
    (before / "workspace.mel").touch()
    (before / "sound" / "line.wav").touch()
    audio = AudioNode(f"{before.as_posix()}/sound/line.wav", 10.5, 48.25)
    first, _ = _bake(_write(before), _curve("shapes.jawOpen"), audio=audio)
    before.rename(after)
    audio = replace(audio, path=f"{after.as_posix()}/sound/line.wav")
    again, _ = _bake(after / first.name, _curve("shapes.jawOpen"), out="again.ma", audio=audio)
    assert scene_audio(read_scene(again)) == [replace(audio, path=f"{after.as_posix()}//sound/line.wav")]
    assert [line.count("/a//sound/") for line in _gone(after / first.name, again)] == [1]
    twice, _ = _bake(again, _curve("shapes.jawOpen"), out="twice.ma", audio=audio)
    assert twice.read_bytes() == again.read_bytes()


def test_a_sound_of_the_same_name_in_a_project_that_is_still_there_is_another(tmp_path: Path) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    for folder in (before, after):
        (folder / "sound").mkdir(parents=True)
        (folder / "workspace.mel").touch()
        (folder / "sound" / "line.wav").touch()
    audio = AudioNode(f"{before.as_posix()}/sound/line.wav", 10.5, 48.25)
    first, _ = _bake(_write(before), _curve("shapes.jawOpen"), audio=audio)
    copied = first.rename(after / first.name)
    audio = replace(audio, path=f"{after.as_posix()}/sound/line.wav")
    again, _ = _bake(copied, _curve("shapes.jawOpen"), out="again.ma", audio=audio)
    assert [Path(sound.path).parts[-3] for sound in scene_audio(read_scene(again))] == ["a", "b"]


def test_lines_end_as_they_did_and_letters_are_in_the_files_code_page(tmp_path: Path) -> None:
    source = _write(tmp_path, newline="\r\n")
    path, _ = _bake(source, _curve("jaw.rotateX", "rotate"), audio=AudioNode("/tök.wav", 10, 5))
    content = path.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert b'"/t\xf6k.wav"' in content


def test_letters_the_code_page_lacks_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    source = _write(tmp_path)
    with pytest.raises(HostError, match="1252") as caught:
        _bake(source, _curve("jaw.rotateX", "rotate"), audio=AudioNode("/台词.wav", 10, 5))
    assert caught.value.code == "scene.letters"
    assert [item.name for item in tmp_path.iterdir()] == ["bob.ma"]


def test_another_rate_is_refused(tmp_path: Path) -> None:
    host = KeyedSceneHost(_write(tmp_path), tmp_path / "out.ma")
    with pytest.raises(HostError, match=r"24 .* 25") as caught:
        host.bake([], timeline=Timeline(Fraction(25), 1, 2))
    assert caught.value.code == "scene.other_rate"


def test_the_files_units_are_kept(tmp_path: Path) -> None:
    source = _write(tmp_path, _SCENE.replace("-l centimeter -a degree", "-l meter -a radian"))
    path, _ = _bake(source, _curve("jaw.rotateX", "rotate", (0, 90, 180)), _curve("jaw.translateZ", "translate"))
    text = path.read_text("cp1252")
    assert "10 0 11 1.5707963267948966 12 3.141592653589793" in text
    assert "10 0 11 0.005 12 0.01" in text


def test_several_namespaces_are_asked_about_and_one_can_be_chosen(tmp_path: Path) -> None:
    text = _SCENE.replace('"shapes', '"bob:shapes').replace(
        "createNode script", 'createNode blendShape -n "ann:shapes";\n\tsetAttr ".w[0]" 0;\ncreateNode script', 1
    )
    source = _write(tmp_path, text)
    with pytest.raises(HostError, match=r"'ann', 'bob'") as caught:
        KeyedSceneHost(source, tmp_path / "x.ma")
    assert caught.value.code == "character.several"
    host = KeyedSceneHost(source, tmp_path / "x.ma", namespace="bob")
    assert host.rig().name == "bob"
    host.bake([_curve("shapes.jawOpen")], timeline=_TIMELINE)
    assert any(curve.node == "bob:shapes_jawOpen" and len(curve.curve.keys) == 5
               for curve in scene_curves(read_scene(tmp_path / "x.ma")))  # fmt: skip
    with pytest.raises(HostError, match="'cat'") as missing:
        KeyedSceneHost(source, tmp_path / "x.ma", namespace="cat")
    assert missing.value.code == "character.namespace"


def test_equal_names_are_told_apart_by_their_parents(tmp_path: Path) -> None:
    text = _SCENE.replace(
        "createNode script", 'createNode transform -n "ann";\ncreateNode joint -n "jaw" -p "ann";\ncreateNode script', 1
    )
    source = _write(tmp_path, text)
    path, report = _bake(source, _curve("ann|jaw.rotateX", "rotate"))
    assert report.written == ("ann|jaw.rotateX",)
    assert 'connectAttr "ann_jaw_rotateX.o" "|ann|jaw.rx";' in path.read_text("cp1252")


def test_an_empty_scene_and_its_references_are_named(tmp_path: Path) -> None:
    source = tmp_path / "shot.ma"
    source.write_text('//Maya ASCII 2025 scene\nfile -r -ns "bob" -rfn "bobRN" "/rigs/bob.ma";\n', encoding="utf-8")
    with pytest.raises(HostError, match=r"'/rigs/bob\.ma'") as caught:
        KeyedSceneHost(source, tmp_path / "x.ma")
    assert caught.value.code == "character.empty"


@pytest.mark.eval
@pytest.mark.skipif(not _REAL.is_file(), reason="the shared evaluation scenes are not here")
def test_a_scene_saved_by_maya_keeps_every_other_byte(tmp_path: Path) -> None:
    host = KeyedSceneHost(_REAL, tmp_path / "out.ma")
    weights = [item for item in host.rig().attributes if item.kind == "weight"]
    assert len({item.name.split(".")[0] for item in weights}) == 13  # the fourteenth follows another
    report = host.bake([_curve(item.name) for item in weights], timeline=_TIMELINE)
    assert len(report.written) == len(weights)
    old, new = read_scene(_REAL), read_scene(tmp_path / "out.ma")
    replaced = {"shapes_"} | {curve.node for curve in scene_curves(old) if any(
        plug.startswith("blendShape") and ".w[" in plug for plug in curve.drives)}  # fmt: skip
    lines = [statement for statement in old.statements if not any(
        statement in node.statements and ".ktv" in statement.source for name in replaced
        for node in old.find_nodes(name))]  # fmt: skip
    kept = iter(statement.source for statement in new.statements)
    assert all(any(line.source == other for other in kept) for line in lines), "a statement changed or moved"
    fresh = len(new.of_type("animCurveTU")) - len(old.of_type("animCurveTU"))
    assert fresh == len(weights) - len(replaced) + 1
    assert len(new.connections) == len(old.connections) + fresh
