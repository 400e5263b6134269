"""``a2f animate --rig`` and ``a2f rig``, with a real worker process where one is needed."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import pytest

from maya_a2f.core.rig_description import read_rig_description
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.host.scene_file.ma_keys import scene_audio, scene_curves
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.link.messages import Content
from maya_a2f.worker.rigs.gltf_file import GltfFile
from tests.cli.conftest import Command
from tests.cli.rig_files import SHAPES, write_gltf, write_npz, write_scene

_REAL = Path(__file__).resolve().parents[3] / "shared" / "eval" / "maya" / "mayausd__blendShapesExport.ma"


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rig map of whoever runs the tests is found."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "user"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("MAYA_A2F_RIG_MAPS", raising=False)


def _animate(a2f: Command, recording: Path, *words: object) -> tuple[int, str, str]:
    return a2f("animate", recording, "--model", "tiny", *words)


def test_a_characters_scene_gets_keys_at_its_own_rate(a2f: Command, recording: Path, tmp_path: Path) -> None:
    rig, out = write_scene(tmp_path), tmp_path / "out.ma"
    code, text, err = _animate(a2f, recording, "--rig", rig, "-o", out, "--start-frame", "11")
    assert code == 0, err
    assert "24 fps" in text
    scene = read_scene(out)
    driven = {curve.drives[0] for curve in scene_curves(scene)}
    assert driven == {"shapes.w[0]", "shapes.w[1]", "shapes.w[2]"}
    assert scene_curves(scene)[0].curve.keys[0].frame == 11
    assert len(scene_audio(scene)) == 1
    assert "shapes.eyeBlink_L: it is locked." in err
    assert out.read_text("utf-8").startswith(rig.read_text("utf-8").split("connectAttr")[0])


def test_a_copy_without_a_single_key_is_refused(a2f: Command, recording: Path, tmp_path: Path) -> None:
    rig = write_scene(tmp_path)
    lines = {"shapes.eyeBlink_L": {"from": {"eyeBlinkLeft": 1.0}}}
    (tmp_path / "bob.json").write_text(json.dumps({"schema": "a2f.rig_map/1", "attributes": lines}), encoding="utf-8")
    code, _, err = _animate(a2f, recording, "--rig", rig, "-o", tmp_path / "out.ma")
    assert code == 2
    assert "would get keys" in err
    assert "it is locked" in err
    assert not (tmp_path / "out.ma").exists()


def test_a_map_beside_the_character_is_found(a2f: Command, recording: Path, tmp_path: Path) -> None:
    rig = write_scene(tmp_path)
    lines = {"shapes.tail_wag": {"from": {"jawOpen": 2.0}}}
    (tmp_path / "bob.json").write_text(json.dumps({"schema": "a2f.rig_map/1", "attributes": lines}), encoding="utf-8")
    code, _, err = _animate(a2f, recording, "--rig", rig, "-o", tmp_path / "out.ma")
    assert code == 0
    assert "1 of 5 attributes are driven, by the map" in err
    assert {curve.drives[0] for curve in scene_curves(read_scene(tmp_path / "out.ma"))} == {"shapes.w[4]"}


def test_one_run_exports_a_plain_face_as_gltf(a2f: Command, recording: Path, tmp_path: Path) -> None:
    rig, out = write_npz(tmp_path), tmp_path / "out.glb"
    code, text, err = _animate(a2f, recording, "--rig", rig, "-o", out, "--fps", "29.97")
    assert code == 0, err
    assert "glTF" in text
    scene = GltfFile(out).data["scenes"][0]
    assert scene["extras"]["framesPerSecond"] == [30000, 1001]
    assert Path(scene["extras"]["sound"]) == recording


def test_a_gltf_character_keeps_all_it_has_and_gets_an_animation(a2f: Command, recording: Path, tmp_path: Path) -> None:
    rig, out = write_gltf(tmp_path), tmp_path / "out.glb"
    code, _, err = _animate(a2f, recording, "--rig", rig, "-o", out, "--fps", "24")
    assert code == 0, err
    old, new = GltfFile(rig), GltfFile(out)
    for part in ("nodes", "meshes", "materials", "scenes"):
        assert new.data[part] == old.data[part]
    assert new.binary.startswith(old.binary)
    (animation,) = new.items("animations")
    (channel,) = animation["channels"]
    assert channel["target"] == {"node": 0, "path": "weights"}
    times, weights = (new.accessor(animation["samplers"][0][name]) for name in ("input", "output"))
    assert times[1, 0] == pytest.approx(1 / 24)
    names = new.items("meshes")[0]["extras"]["targetNames"]
    columns = dict(zip(names, weights.reshape(len(times), -1).T, strict=True))
    assert columns["jawOpen"].any()
    assert not columns["tail_wag"].any()
    assert animation["extras"]["sound"] == recording.as_posix()


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["--rig", "face.npz", "-o", "out.ma"], 2, "no Maya scene"),
        (["--rig", "face.ma", "-o", "out.mp4"], 2, "our own head"),
        (["--rig", "face.ma", "-o", "out.csv"], 2, "would not be used"),
        (["--rig", "face.ma", "-o", "out.ma", "--fps", "30"], 2, "runs at 24"),
        (["--rig", "gone.ma", "-o", "out.ma"], 5, "gone.ma"),
        (["--rig", "face.txt", "-o", "out.glb"], 2, "no ending that names a rig"),
        (["--rig", "face.npz", "-o", "out.glb", "--namespace", "bob"], 2, "'face.npz' is none"),
        (["-o", "out.ma", "--namespace", "bob"], 2, "--rig"),
        (["--rig", "face.ma", "-o", "out.ma", "--namespace", "bob"], 5, "'bob'"),
        (["--rig", "face.ma", "-o", "out.ma", "--rig-map", "other.json"], 2, "fits nothing"),
        (["--rig", "face.ma", "-o", "face.ma"], 2, "already there"),
        (["--rig", "face.npz", "-o", "out.glb", "--rig-map", "misspelt.json"], 2, "drives nothing: the take does not"),
    ],
)
def test_what_cannot_work_is_refused_by_name_and_nothing_is_written(
    a2f: Command,
    recording: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    code: int,
    part: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scene(tmp_path), write_npz(tmp_path)
    Path("face.txt").write_text("x")
    Path("misspelt.json").write_text('{"schema": "a2f.rig_map/1", "attributes": {"jawOpen": {"from": {"jawOpn": 1}}}}')
    Path("other.json").write_text('{"schema": "a2f.rig_map/1", "attributes": {"a.b": {"from": {"jawOpen": 1}}}}')
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    found, _, err = _animate(a2f, recording, *words)
    assert (found, part in err) == (code, True), err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.eval
@pytest.mark.skipif(not _REAL.is_file(), reason="the shared evaluation scenes are not here")
def test_a_scene_saved_by_maya_is_keyed_through_a_map_and_else_the_same(
    a2f: Command, recording: Path, tmp_path: Path
) -> None:
    weights = [
        "blendShape9.pCube2",
        "blendShape13.tgt",
        "blendShape14.tgt1",
        "blendShape17.pCube1",
        "blendShape24.tgt0",
    ]
    lines = {name: {"from": {"jawOpen": 1.0}, "limits": [0, 1]} for name in weights}
    (tmp_path / "map.json").write_text(json.dumps({"schema": "a2f.rig_map/1", "attributes": lines}), encoding="utf-8")
    out = tmp_path / "out.ma"
    code, _, err = _animate(a2f, recording, "--rig", _REAL, "--rig-map", tmp_path / "map.json", "-o", out)
    assert code == 0, err
    assert "5 of 40 attributes are driven" in err
    before, after = (path.read_text("latin-1").split("\n") for path in (_REAL, out))
    gone = [line[2:] for line in difflib.ndiff(before, after) if line.startswith("- ")]
    assert len(gone) == 3  # the keys of three curves that were there; the playback range holds the take
    assert all(line.startswith("\tsetAttr -s ") and ".ktv[" in line for line in gone)


def test_inspect_shows_every_attribute_and_what_it_moves(a2f: Command, tmp_path: Path) -> None:
    code, text, err = a2f("rig", "inspect", write_scene(tmp_path), "-o", tmp_path / "face.a2frig.npz")
    assert code == 0, err
    rows = {line.split()[0]: line for line in text.splitlines() if line.startswith("shapes.")}
    assert set(rows) == {f"shapes.{name}" for name in SHAPES}
    assert "1 by 0.5 cm" in rows["shapes.jawOpen"]
    assert "it is locked" in rows["shapes.eyeBlink_L"]
    described = read_rig_description(tmp_path / "face.a2frig.npz")
    assert [control.attribute for control in described.controls] == ["shapes.jawOpen"]


def test_match_writes_a_map_that_the_next_run_finds(a2f: Command, recording: Path, tmp_path: Path) -> None:
    rig = write_scene(tmp_path)
    code, text, _ = a2f("rig", "match", rig, "-o", tmp_path / "bob.json")
    assert code == 0
    assert "mouthSmileLeft" in text
    assert "Attributes that nothing drives (1):\n  shapes.tail_wag" in text
    assert "shapes.mouthSmile_L" in read_rig_map(tmp_path / "bob.json").drives
    _, _, err = _animate(a2f, recording, "--rig", rig, "-o", tmp_path / "out.ma")
    assert "by the map" in err


def test_an_existing_file_is_kept(a2f: Command, tmp_path: Path) -> None:
    rig = write_scene(tmp_path)
    (tmp_path / "bob.json").write_text("precious")
    code, _, err = a2f("rig", "match", rig, "-o", tmp_path / "bob.json")
    assert code == 2
    assert "already there" in err
    assert (tmp_path / "bob.json").read_text() == "precious"


def test_a_gltf_file_is_read_and_drawn(a2f: Command, tmp_path: Path) -> None:
    code, text, err = a2f("rig", "match", write_gltf(tmp_path), "--picture", tmp_path / "face.png")
    assert code == 0, err
    assert "face.jawOpen" in text
    assert (tmp_path / "face.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("text", ["{", "[1]", '{"chin": "x"}', '{"chin": -1}'])
def test_landmarks_that_make_no_sense_are_refused_before_any_work(a2f: Command, tmp_path: Path, text: str) -> None:
    marks = tmp_path / "marks.json"
    marks.write_text(text)
    words = ("--landmarks", marks, "-o", tmp_path / "bob.json")
    code, _, err = a2f("rig", "fit", write_npz(tmp_path), *words)
    assert code == 2
    assert "marks.json" in err
    assert not (tmp_path / "bob.json").exists()


class _FittingWorker:
    """Answers ``fit`` as the worker does, without the work."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        self.asked: dict[str, Any] = {}

    def request(self, name: str, fields: dict[str, Any], blobs: object, **_options: object) -> Content:
        assert name == "fit"
        described = read_rig_description(Path(fields["rig"]))
        self.asked = {**fields, "controls": [control.attribute for control in described.controls]}
        Path(fields["path"]).write_bytes(b"fit")
        return Content({"regions": {"mouth": 0.05}, "controls": [["jawOpen", 0.04]], "problems": self.problems,
                        "notes": ["A note of the fit."]})  # fmt: skip

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("problems", "words", "code"), [([], (), 0), (["Too far."], (), 2), (["Too far."], ("--accept",), 0)]
)
def test_a_fit_lies_beside_its_map_and_a_bad_one_is_told(
    a2f: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    problems: list[str],
    words: tuple[str, ...],
    code: int,
) -> None:
    worker = _FittingWorker(problems)
    monkeypatch.setattr("maya_a2f.cli.rig.open_worker", lambda: worker)
    rig, marks, out = write_npz(tmp_path), tmp_path / "marks.json", tmp_path / "bob.json"
    marks.write_text('{"landmarks": {"chin": 2}}')
    seal = ("--seal", "jawOpen=0.1")
    found, text, err = a2f("rig", "fit", rig, "--landmarks", marks, "-o", out, *seal, *words)
    assert found == code, err
    assert ("Too far." in err) == bool(problems)
    assert "mouth" in text
    assert "5.0 %" in text
    assert read_rig_map(out).fit == "bob.a2ffit.npz"
    assert (tmp_path / "bob.a2ffit.npz").is_file()
    assert (worker.asked["landmarks"], worker.asked["seal"]) == ({"chin": 2}, {"jawOpen": 0.1})
    assert worker.asked["controls"] == list(SHAPES)
    assert worker.asked["accept"] == bool(words)
