"""glTF and USD faces with shapes as rig descriptions: what one program wrote, ours reads; what is broken is named."""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.plain_npz_rig import read_npz_rig
from maya_a2f.core.rig_description import RigDescription
from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.exports.animated_face import rig_face
from maya_a2f.worker.exports.gltf_copy import can_copy, write_animated_copy
from maya_a2f.worker.exports.gltf_writer import glb_bytes
from maya_a2f.worker.exports.usd_file import write_usd
from maya_a2f.worker.rigs.gltf_rig import read_gltf_rig
from maya_a2f.worker.rigs.reading import read_rig
from tests.cli.rig_files import SHAPES, described, write_npz


def _offsets(rig: RigDescription) -> dict[str, dict[float, dict[int, list[float]]]]:
    return {
        control.attribute.rpartition(".")[2]: {
            sample.value: {
                index: [round(value, 4) for value in sample.deltas[3 * at : 3 * at + 3]]
                for at, index in enumerate(sample.indices)
            }
            for sample in control.samples
        }
        for control in rig.controls
    }


def _glb(change: Callable[[dict[str, Any]], object], binary: bytes | None = None) -> bytes:
    """Our own export with something else in its JSON."""
    content = glb_bytes(rig_face(described(), {}, 0, rate=Fraction(24), start_frame=1.0))
    size = struct.unpack("<I", content[12:16])[0]
    data = json.loads(content[20 : 20 + size])
    rest = content[20 + size + 8 :] if binary is None else binary
    change(data)
    text = json.dumps(data).encode()
    text += b" " * (-len(text) % 4)
    length = 28 + len(text) + len(rest)
    return (struct.pack("<4sII", b"glTF", 2, length) + struct.pack("<I4s", len(text), b"JSON") + text
            + struct.pack("<I4s", len(rest), b"BIN\0") + rest)  # fmt: skip


def test_a_gltf_face_comes_back_in_centimetres(tmp_path: Path) -> None:
    (tmp_path / "face.glb").write_bytes(_glb(lambda data: None))
    found = read_gltf_rig(tmp_path / "face.glb")
    assert found.vertex_count == 5
    assert list(found.points) == pytest.approx(list(described().points), abs=1e-5)
    offsets = _offsets(found)
    assert offsets["mouthSmile_L"] == {1.0: {1: [0, -1.5, 0]}}
    assert offsets["jawOpen_at_0_5"][1.0][1] == [0, 0, 0.25]


def test_nodes_stand_where_their_parents_put_them(tmp_path: Path) -> None:
    def turn(data: dict[str, Any]) -> None:
        data["nodes"][0]["rotation"] = [0, 0, 2**-0.5, 2**-0.5]  # a quarter about z
        data["nodes"].append({"translation": [0, 1, 0], "scale": [2, 2, 2], "children": [0]})
        data["scenes"][0]["nodes"] = [1]

    (tmp_path / "face.glb").write_bytes(_glb(turn))
    found = read_gltf_rig(tmp_path / "face.glb")
    assert list(found.points)[3:6] == pytest.approx([0, 120, 0], abs=1e-4)
    assert _offsets(found)["mouthSmile_L"] == {1.0: {1: [3.0, 0, 0]}}


def test_vertices_that_a_file_splits_at_seams_are_one(tmp_path: Path) -> None:
    """Two triangles with corners of their own, as a UV seam makes them."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], "<f4")
    moves = np.zeros_like(points)
    moves[[1, 3], 2] = 0.1
    binary = points.tobytes() + moves.tobytes()
    data = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0, "name": "head"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "targets": [{"POSITION": 1}]}]}],
        "accessors": [{"bufferView": at, "componentType": 5126, "count": 6, "type": "VEC3"} for at in (0, 1)],
        "bufferViews": [{"buffer": 0, "byteOffset": 72 * at, "byteLength": 72} for at in (0, 1)],
        "buffers": [{"byteLength": 144, "uri": "face.bin"}],
    }
    (tmp_path / "face.bin").write_bytes(binary)
    (tmp_path / "face.gltf").write_text(json.dumps(data))
    found = read_gltf_rig(tmp_path / "face.gltf")
    assert found.vertex_count == 4
    assert found.controls[0].attribute == "head.target_0"
    assert len(found.controls[0].samples[0].indices) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data["asset"].update(version="1.0"), "version 2"),
        (lambda data: data["accessors"][1].update(count=10**9), "accessor"),
        (lambda data: data["accessors"][1].update(bufferView=99), "bufferViews"),
        (lambda data: data["bufferViews"][1].update(byteLength=3), "do not fit"),
        (lambda data: data["nodes"][0].update(children=[0]), "circle"),
        (lambda data: data["nodes"][0].update(children=[7]), "impossible child"),
        (lambda data: data["buffers"][0].update(uri="../../etc/passwd"), "not beside the file"),
        (lambda data: data["buffers"][0].update(uri="https://example.org/face.bin"), "not beside the file"),
        (lambda data: data["nodes"][0].update(rotation=[1, 2]), "place of node 0"),
        (lambda data: data["meshes"][0]["primitives"][0].pop("targets"), "no mesh with shapes"),
        (lambda data: data.update(extensionsRequired=["KHR_draco_mesh_compression"]), "without compression"),
    ],
)
def test_a_broken_gltf_file_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    path = tmp_path / "face.glb"
    path.write_bytes(_glb(change))
    with pytest.raises(UserError, match=words) as caught:
        read_gltf_rig(path)
    assert "face.glb" in str(caught.value)
    assert caught.value.code.startswith("rig.")


@pytest.mark.parametrize("content", [b"", b"glTF", b"{}", b"glTF\x02\0\0\0\xff\0\0\0", b"PK\3\4"])
def test_what_is_no_gltf_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "face.glb").write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_rig(tmp_path / "face.glb")
    assert caught.value.code == "rig.damaged"


_VALUES: tuple[Any, ...] = (None, -1, 0, 1, 2.5, "x", [], {}, [1], 1e30, True, 10**12, [None], {"a": 1})


def _places(data: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in entries for place in ((*above, key), *_places(value, (*above, key)))]


@pytest.mark.parametrize("seed", range(8))
def test_a_gltf_file_with_anything_in_any_place_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)

    def change(data: dict[str, Any]) -> None:
        for _ in range(draw.randint(1, 3)):
            *above, last = draw.choice(_places(data))
            held: Any = data
            for key in above:
                held = held[key]
            held[last] = draw.choice(_VALUES)

    codes = set()
    for _ in range(40):
        (tmp_path / "face.glb").write_bytes(_glb(change))
        try:
            if can_copy(tmp_path / "face.glb"):
                write_animated_copy(
                    tmp_path / "face.glb", tmp_path / "out.glb", {"face.jawOpen": [0.0, 1.0]}, 2, Fraction(24), {}
                )
            read_gltf_rig(tmp_path / "face.glb")
        except UserError as error:
            codes.add(error.code.split(".")[0])
    assert codes == {"rig"}


def test_a_target_of_another_vertex_count_is_named_and_counts_as_still(tmp_path: Path) -> None:
    def shorten(data: dict[str, Any]) -> None:
        target = data["meshes"][0]["primitives"][0]["targets"][3]["POSITION"]
        data["accessors"][target] = {"componentType": 5126, "count": 4, "type": "VEC3"}

    (tmp_path / "face.glb").write_bytes(_glb(shorten))
    found = read_gltf_rig(tmp_path / "face.glb")
    assert any("4 vertices" in note for note in found.notes)


def test_a_usd_face_comes_back_with_its_in_betweens(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    write_usd(rig_face(described(), {}, 0, rate=Fraction(24), start_frame=1.0), tmp_path / "face.usda")
    found = read_rig(tmp_path / "face.usda")
    assert list(found.points) == pytest.approx(list(described().points), abs=1e-5)
    assert _offsets(found) == _offsets(described())
    assert [control.attribute for control in found.controls] == list(SHAPES)


def test_a_z_up_usd_stage_in_metres_is_turned_and_scaled(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    path = tmp_path / "face.usda"
    write_usd(rig_face(described(), {}, 0, rate=Fraction(24), start_frame=1.0), path)
    text = path.read_text().replace('upAxis = "Y"', 'upAxis = "Z"').replace("metersPerUnit = 0.01", "metersPerUnit = 1")
    path.write_text(text)
    found = read_rig(path)
    assert list(found.points)[12:15] == pytest.approx([500, 200, -1500], abs=1e-2)


def test_without_usd_core_the_way_to_get_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    (tmp_path / "face.usda").write_text("#usda 1.0")
    face = rig_face(described(), {}, 0, rate=Fraction(24), start_frame=1.0)
    for call in (lambda: read_rig(tmp_path / "face.usda"), lambda: write_usd(face, tmp_path / "out.usda")):
        with pytest.raises(EngineError, match=r"\[rigs\]") as caught:
            call()
        assert caught.value.code == "usd.missing"
    assert not (tmp_path / "out.usda").exists()


def test_a_broken_usd_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pxr", reason="usd-core is not installed")
    (tmp_path / "face.usda").write_text("#usda 1.0\ndef Mesh {{{")
    with pytest.raises(UserError) as caught:
        read_rig(tmp_path / "face.usda")
    assert caught.value.code == "rig.damaged"


def test_a_plain_npz_is_read_and_its_faults_named(tmp_path: Path) -> None:
    path = write_npz(tmp_path)
    assert [control.attribute for control in read_npz_rig(path).controls] == list(SHAPES)
    arrays = dict(np.load(path))
    arrays["delta_jawOpen"] = np.zeros((7, 3), np.float32)
    arrays["delta_tail_wag"][0, 0] = np.nan
    np.savez(path, **arrays)
    found = read_npz_rig(path)
    assert [control.attribute for control in found.controls] == ["mouthSmile_L", "mouthSmile_R", "eyeBlink_L"]
    assert "'jawOpen' has 7 vertices" in " ".join(found.notes)
    assert "'tail_wag' holds values that are no numbers" in " ".join(found.notes)


def test_a_npz_of_something_else_says_what_is_missing(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", points=np.zeros((3, 3), np.float32))
    with pytest.raises(UserError, match="no 'neutral'") as caught:
        read_npz_rig(tmp_path / "x.npz")
    assert caught.value.code == "rig.no_mesh"
