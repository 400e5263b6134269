"""Ways for a model package to be wrong, by name. Each is applied to a sound package of :mod:`tests.package_factory`.

``FAULTS`` maps a name to what it does, where it comes to light, and the words a good message holds.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.package_factory import write_json, write_npz

Arrays = dict[str, npt.NDArray[Any]]
Stage = Literal["load", "open", "run"]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong."""

    apply: Callable[[Path], None]
    """Damages the package in the folder."""
    words: tuple[str, ...]
    """What the message must name: the file, and the thing in it."""
    stage: Stage = "load"
    """Seen when loading, when an engine opens the network, or when the network runs."""


def damage(folder: Path, name: str) -> Path:
    """Apply fault ``name`` to the package in ``folder`` and return the folder."""
    FAULTS[name].apply(folder)
    return folder


def edit_json(folder: Path, file: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """Read a JSON file, let ``edit`` change it in place, write it back."""
    content = json.loads((folder / file).read_text(encoding="utf-8"))
    edit(content)
    write_json(folder / file, content)


def edit_arrays(folder: Path, file: str, edit: Callable[[Arrays], object]) -> None:
    """Read an .npz file, let ``edit`` change its arrays in place, write it back."""
    with np.load(folder / file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    edit(arrays)
    write_npz(folder / file, arrays)


def edit_network(folder: Path, edit: Callable[[onnx.ModelProto], object]) -> None:
    """Read the ONNX file, let ``edit`` change it in place, write it back unchecked."""
    model = onnx.load(str(folder / "network.onnx"))
    edit(model)
    (folder / "network.onnx").write_bytes(model.SerializeToString())


def write_member(path: Path, name: str, content: bytes, *, method: int = zipfile.ZIP_DEFLATED) -> None:
    """Replace the whole archive ``path`` by one with the single member ``name``."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(f"{name}.npy", content)


def declare_size(path: Path, size: int) -> None:
    """Overwrite the unpacked size of the first member in an archive's table of contents."""
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<L", size)
    path.write_bytes(bytes(content))


def _key(file: str, path: str, value: Any) -> Callable[[Path], None]:
    """Set the dotted key ``path`` of a JSON file."""

    def apply(folder: Path) -> None:
        def edit(content: dict[str, Any]) -> None:
            *parents, last = path.split(".")
            for parent in parents:
                content = content[parent]
            content[last] = value

        edit_json(folder, file, edit)

    return apply


def _without_key(file: str, path: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        def edit(content: dict[str, Any]) -> None:
            *parents, last = path.split(".")
            for parent in parents:
                content = content[parent]
            del content[last]

        edit_json(folder, file, edit)

    return apply


def _array(file: str, name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        edit_arrays(folder, file, lambda arrays: arrays.update({name: change(arrays[name])}))

    return apply


def _without_array(file: str, name: str) -> Callable[[Path], None]:
    return lambda folder: edit_arrays(folder, file, lambda arrays: arrays.pop(name))


def _without_file(*files: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        for file in files:
            (folder / file).unlink()

    return apply


def _content(file: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / file).write_bytes(change((folder / file).read_bytes()))

    return apply


def _with_nan(values: Any) -> Any:
    changed = values.copy()
    changed.flat[changed.size // 2] = np.nan
    return changed


def _bit_flip(content: bytes) -> bytes:
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 0x10
    return bytes(damaged)


def _object_array(file: str, name: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        content = io.BytesIO()
        np.save(content, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
        write_member(folder / file, name, content.getvalue())

    return apply


def _zeros_bomb(file: str, name: str) -> Callable[[Path], None]:
    """A small file that would unpack to 40 MB of zeros where a few kilobytes are needed."""

    def apply(folder: Path) -> None:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10_000_000,)})
        with (
            zipfile.ZipFile(folder / file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
            archive.open(f"{name}.npy", "w", force_zip64=True) as member,
        ):
            member.write(header.getvalue())
            for _ in range(40):
                member.write(bytes(1_000_000))

    return apply


def _lying_size(folder: Path) -> None:
    declare_size(folder / "bs_tongue.npz", 0xF0000000)


def _rename_tensor(old: str, new: str) -> Callable[[Path], None]:
    def edit(model: onnx.ModelProto) -> None:
        for tensor in (*model.graph.input, *model.graph.output):
            tensor.name = new if tensor.name == old else tensor.name
        for node in model.graph.node:
            node.input[:] = [new if name == old else name for name in node.input]
            node.output[:] = [new if name == old else name for name in node.output]

    return lambda folder: edit_network(folder, edit)


def _extra_input(folder: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input.append(helper.make_tensor_value_info("identity", TensorProto.FLOAT, ["batch", 3]))

    edit_network(folder, edit)


def _fixed_batch_of_two(folder: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        for tensor in (*model.graph.input, *model.graph.output):
            tensor.type.tensor_type.shape.dim[0].dim_value = 2

    edit_network(folder, edit)


def _doubles(folder: Path) -> None:
    """The same network, but its result is cast to float64."""

    def edit(model: onnx.ModelProto) -> None:
        last = model.graph.node[-1]
        last.output[0] = "single"
        model.graph.node.append(helper.make_node("Cast", ["single"], ["result"], to=TensorProto.DOUBLE))
        model.graph.output[0].type.tensor_type.elem_type = TensorProto.DOUBLE

    edit_network(folder, edit)


def _nan_weights(folder: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        for tensor in model.graph.initializer:
            if tensor.name == "output_weight":
                tensor.CopyFrom(numpy_helper.from_array(_with_nan(numpy_helper.to_array(tensor)), tensor.name))

    edit_network(folder, edit)


def _hidden_wrong_result(folder: Path) -> None:
    """The declared result shape has no numbers, the real one is one value short."""

    def edit(model: onnx.ModelProto) -> None:
        tensor = next(entry for entry in model.graph.initializer if entry.name == "output_weight")
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[:, :-1].copy(), tensor.name))
        bias = next(entry for entry in model.graph.initializer if entry.name == "output_bias")
        bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias)[:-1].copy(), bias.name))
        for axis in model.graph.output[0].type.tensor_type.shape.dim:
            axis.Clear()

    edit_network(folder, edit)


def _short_list(name: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        edit_json(folder, "bs_skin_config.json", lambda content: content["blendshape_params"][name].pop())

    return apply


def _one_sided_pair(folder: Path) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["blendshape_params"]["bsSolveSymmetryPoses"][2] = 77

    edit_json(folder, "bs_skin_config.json", edit)


_INFO, _CONFIG, _DATA = "network_info.json", "model_config.json", "model_data.npz"
_SKIN, _SKIN_CONFIG, _EMOTION = "bs_skin.npz", "bs_skin_config.json", "implicit_emo_db.npz"

FAULTS: dict[str, Fault] = {
    # model.json
    "no model.json": Fault(_without_file("model.json"), ("model.json",)),
    "model.json is no JSON": Fault(_content("model.json", lambda content: content[:-20]), ("model.json", "JSON")),
    "model.json is a list": Fault(_content("model.json", lambda _: b"[1, 2]"), ("model.json", "object")),
    "model.json is not UTF-8": Fault(_content("model.json", lambda _: b'{"a": "\xff\xfe"}'), ("model.json",)),
    "model.json is deeply nested": Fault(_content("model.json", lambda _: b"[" * 200_000), ("model.json",)),
    "a path is a number": Fault(_key("model.json", "networkInfoPath", 5), ("model.json", "networkInfoPath", "5")),
    "a path is empty": Fault(_key("model.json", "modelDataPath", ""), ("model.json", "modelDataPath")),
    "a path is missing": Fault(_without_key("model.json", "modelDataPath"), ("model.json", "modelDataPath")),
    "a path has a NUL": Fault(_key("model.json", "modelDataPath", "a\0.npz"), ("modelDataPath",)),
    "a path is too long": Fault(_key("model.json", "modelDataPath", "a" * 5000 + ".npz"), ("modelDataPath",)),
    "a path names a text file": Fault(_key("model.json", "modelDataPath", "/etc/passwd"), ("modelDataPath", ".npz")),
    "a path names a folder": Fault(_key("model.json", "networkInfoPath", "."), ("networkInfoPath",)),
    "blendshape path of wrong type": Fault(
        _key("model.json", "blendshapePaths.skin.data", 3), ("model.json", "blendshapePaths.skin.data")
    ),
    "blendshape paths as a list": Fault(
        _key("model.json", "blendshapePaths", ["bs_skin.npz"]), ("model.json", "blendshapePaths")
    ),
    "diffusion": Fault(_key(_INFO, "id.type", "diffusion"), ("diffusion",)),
    "diffusion paths": Fault(_key("model.json", "modelConfigPaths", ["a.json"]), ("diffusion",)),
    # missing files
    **{
        f"no {file}": Fault(_without_file(file), (file,))
        for file in (_INFO, _CONFIG, _DATA, _EMOTION, _SKIN, _SKIN_CONFIG, "bs_tongue.npz", "bs_tongue_config.json")
    },
    "no network": Fault(_without_file("network.onnx"), ("network.onnx", "incomplete")),
    # network_info.json
    "no actor": Fault(_without_key(_INFO, "id.actor"), (_INFO, "id.actor")),
    "not geometry": Fault(_key(_INFO, "id.output", "emotion"), (_INFO, "emotion")),
    "default emotion too short": Fault(_key(_INFO, "params.default_emotion", [0.0]), (_INFO, "default_emotion")),
    "an emotion twice": Fault(_key(_INFO, "params.explicit_emotions", ["joy"] * 10), (_INFO, "explicit_emotions")),
    "vertices as text": Fault(_key(_INFO, "params.num_verts_skin", "601"), (_INFO, "num_verts_skin")),
    "negative vertices": Fault(_key(_INFO, "params.num_verts_skin", -601), (_INFO, "num_verts_skin")),
    "other vertices": Fault(_key(_INFO, "params.num_verts_skin", 602), (_DATA, "shapes_matrix_skin")),
    "a billion vertices": Fault(_key(_INFO, "params.num_verts_skin", 10**9), (_INFO, "num_verts_skin")),
    "huge shapes": Fault(_key(_INFO, "params.num_shapes_skin", 10**6), (_INFO, "num_shapes_skin")),
    "shapes of a gigabyte": Fault(
        lambda folder: edit_json(
            folder, _INFO, lambda content: content["params"].update(num_shapes_skin=9000, num_verts_skin=12_000)
        ),
        (_INFO, "1.3 GB"),
    ),
    "half a vertex": Fault(_key(_INFO, "params.num_verts_tongue", 120.5), (_INFO, "num_verts_tongue")),
    "infinite number": Fault(_key(_INFO, "audio_params.samplerate", float("inf")), (_INFO, "samplerate")),
    "jaw not a multiple of 3": Fault(_key(_INFO, "params.result_jaw_size", 14), (_INFO, "result_jaw_size")),
    "three eyes": Fault(_key(_INFO, "params.result_eyes_size", 6), (_INFO, "result_eyes_size")),
    "target outside the window": Fault(_key(_INFO, "audio_params.buffer_ofs", 9000), (_INFO, "buffer_ofs")),
    # model_config.json
    "no strength": Fault(_without_key(_CONFIG, "config.skin_strength"), (_CONFIG, "skin_strength")),
    "strength as text": Fault(_key(_CONFIG, "config.skin_strength", "1.0"), (_CONFIG, "skin_strength")),
    "strength as truth value": Fault(_key(_CONFIG, "config.skin_strength", True), (_CONFIG, "skin_strength")),
    "strength out of range": Fault(_key(_CONFIG, "config.skin_strength", 2.5), (_CONFIG, "skin_strength", "2.5")),
    "unknown shot": Fault(_key(_CONFIG, "config.source_shot", "none"), (_EMOTION, "none")),
    "frame after the shot": Fault(_key(_CONFIG, "config.source_frame", 40), (_EMOTION, "40")),
    "negative frame": Fault(_key(_CONFIG, "config.source_frame", -1), (_CONFIG, "source_frame")),
    # implicit_emo_db.npz
    "emotion rows too narrow": Fault(_array(_EMOTION, "emo_db", lambda rows: rows[:, :15]), (_EMOTION, "emo_db")),
    "emotion rows flat": Fault(_array(_EMOTION, "emo_db", np.ravel), (_EMOTION, "emo_db")),
    "emotion table uneven": Fault(_array(_EMOTION, "emo_spec_size", lambda sizes: sizes[:2]), (_EMOTION, "length")),
    "emotion start beyond the rows": Fault(
        _array(_EMOTION, "emo_spec_start", lambda starts: starts + 5000), (_EMOTION, "33")
    ),
    "shot names are numbers": Fault(
        _array(_EMOTION, "emo_spec_names", lambda names: np.arange(3)), (_EMOTION, "emo_spec_names")
    ),
    # model_data.npz
    "no basis": Fault(_without_array(_DATA, "shapes_matrix_skin"), (_DATA, "shapes_matrix_skin", "missing")),
    "basis too small": Fault(
        _array(_DATA, "shapes_matrix_skin", lambda basis: basis[:-1]), (_DATA, "shapes_matrix_skin")
    ),
    "NaN in the basis": Fault(_array(_DATA, "shapes_matrix_tongue", _with_nan), (_DATA, "shapes_matrix_tongue")),
    "infinite neutral": Fault(
        _array(_DATA, "shapes_mean_skin", lambda points: np.full_like(points, np.inf)), (_DATA, "shapes_mean_skin")
    ),
    "absurd neutral": Fault(
        _array(_DATA, "shapes_mean_skin", lambda points: points * np.float32(1e20)), (_DATA, "shapes_mean_skin")
    ),
    "double too large for a float": Fault(
        _array(_DATA, "neutral_jaw", lambda points: points.astype(np.float64) * 1e300), (_DATA, "neutral_jaw")
    ),
    "flat head": Fault(_array(_DATA, "shapes_mean_skin", np.zeros_like), (_DATA, "shapes_mean_skin", "height")),
    "complex numbers": Fault(
        _array(_DATA, "neutral_jaw", lambda points: points.astype(np.complex64)), (_DATA, "neutral_jaw", "complex64")
    ),
    "no saccades": Fault(_array(_DATA, "saccade_rot_matrix", lambda track: track[:0]), (_DATA, "saccade_rot_matrix")),
    "odd saccades": Fault(
        _array(_DATA, "saccade_rot_matrix", lambda track: np.ravel(track)[:-1]), (_DATA, "saccade_rot_matrix")
    ),
    "objects instead of arrays": Fault(_object_array(_DATA, "shapes_matrix_skin"), (_DATA, "objects")),
    "data truncated": Fault(_content(_DATA, lambda content: content[: len(content) // 2]), (_DATA,)),
    "data bit-flipped": Fault(_content(_DATA, _bit_flip), (_DATA,)),
    "data empty": Fault(_content(_DATA, lambda _: b""), (_DATA,)),
    "data is no zip": Fault(_content(_DATA, lambda content: b"x" * len(content)), (_DATA,)),
    "zip bomb": Fault(_zeros_bomb(_DATA, "shapes_matrix_skin"), (_DATA, "shapes_matrix_skin")),
    # bs_*.npz
    "zip that lies about its size": Fault(_lying_size, ("bs_tongue.npz",)),
    "no pose names": Fault(_without_array(_SKIN, "poseNames"), (_SKIN, "poseNames")),
    "first pose not neutral": Fault(
        _array(_SKIN, "poseNames", lambda names: names[::-1].copy()), (_SKIN, "poseNames", "neutral")
    ),
    "a pose named twice": Fault(
        _array(_SKIN, "poseNames", lambda names: np.concatenate([names[:-1], names[1:2]])), (_SKIN, "twice")
    ),
    "a pose without its array": Fault(_without_array(_SKIN, "jawOpen"), (_SKIN, "jawOpen")),
    "double deltas": Fault(
        _array(_SKIN, "jawOpen", lambda delta: delta.astype(np.float64)), (_SKIN, "jawOpen", "float64")
    ),
    "delta of another mesh": Fault(_array(_SKIN, "jawOpen", lambda delta: delta[:-3]), (_SKIN, "jawOpen")),
    "NaN in a delta": Fault(_array(_SKIN, "jawOpen", _with_nan), (_SKIN, "jawOpen")),
    "no neutral": Fault(_without_array(_SKIN, "neutral"), (_SKIN, "neutral")),
    "mask beyond the mesh": Fault(
        _array(_SKIN, "frontalMask", lambda mask: mask + np.int32(500)), (_SKIN, "frontalMask")
    ),
    "mask as floats": Fault(_array(_SKIN, "frontalMask", lambda mask: mask.astype(np.float32)), (_SKIN, "frontalMask")),
    "negative mask": Fault(_array(_SKIN, "frontalMask", lambda mask: mask - np.int32(500)), (_SKIN, "frontalMask")),
    # bs_*_config.json
    **{
        f"{name} too short": Fault(_short_list(name), (_SKIN_CONFIG, name))
        for name in (
            "bsSolveActivePoses",
            "bsSolveCancelPoses",
            "bsSolveSymmetryPoses",
            "bsWeightMultipliers",
            "bsWeightOffsets",
        )
    },
    "no L1": Fault(
        _without_key(_SKIN_CONFIG, "blendshape_params.strengthL1regularization"),
        (_SKIN_CONFIG, "strengthL1regularization"),
    ),
    "negative L2": Fault(
        _key(_SKIN_CONFIG, "blendshape_params.strengthL2regularization", -1),
        (_SKIN_CONFIG, "strengthL2regularization"),
    ),
    "no box": Fault(_key(_SKIN_CONFIG, "blendshape_params.templateBBSize", 0), (_SKIN_CONFIG, "templateBBSize")),
    "a pair of one": Fault(_one_sided_pair, (_SKIN_CONFIG, "bsSolveSymmetryPoses", "77")),
    "fewer poses described": Fault(
        lambda folder: write_json(
            folder / _SKIN_CONFIG, json.loads((folder / "bs_tongue_config.json").read_text(encoding="utf-8"))
        ),
        (_SKIN_CONFIG, "numPoses", "52"),
    ),
    # network.onnx
    "network truncated": Fault(
        _content("network.onnx", lambda content: content[: len(content) // 2]), ("network.onnx",), "open"
    ),
    "network is no ONNX": Fault(_content("network.onnx", lambda _: b"<html>"), ("network.onnx",), "open"),
    "network empty": Fault(_content("network.onnx", lambda _: b""), ("network.onnx",), "open"),
    "network hears another window": Fault(
        _key(_INFO, "audio_params.buffer_len", 8000), ("network.onnx", "input", "8320"), "open"
    ),
    "network without the tensor 'input'": Fault(
        _rename_tensor("input", "window"), ("network.onnx", "window", "input"), "open"
    ),
    "network without the tensor 'result'": Fault(
        _rename_tensor("result", "output"), ("network.onnx", "output", "result"), "open"
    ),
    "network with an extra input": Fault(_extra_input, ("network.onnx", "identity"), "open"),
    "network in batches of two": Fault(_fixed_batch_of_two, ("network.onnx", "[2, 1,"), "open"),
    "network gives doubles": Fault(_doubles, ("network.onnx", "result", "float32"), "open"),
    "network gives fewer values": Fault(_hidden_wrong_result, ("network.onnx", "34"), "run"),
    "NaN weights": Fault(_nan_weights, ("network.onnx", "numbers"), "run"),
}
