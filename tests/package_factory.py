"""Small model packages in NVIDIA's on-disk format (specification, model-package.md section 3), made from a seed.

:func:`make_package` writes a sound one; :mod:`tests.package_faults` damages it by name. Equal arguments give equal
bytes. The defaults: 601 skin and 122 tongue vertices, the 52 ARKit and 16 tongue poses, the ten emotions, 16 kHz.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.channels import ARKIT_CHANNELS, EMOTIONS, TONGUE_CHANNELS
from tests.package_geometry import basis, face_points, pose_delta, tongue_points
from tests.package_network import NetworkWeights, network_bytes, random_weights

Floats = npt.NDArray[np.float32]

NEUTRAL_JAW: Floats = np.array(
    [[0.0, -7.5, 9.0], [2.5, -7.0, 7.0], [-2.5, -7.0, 7.0], [3.5, -6.5, 3.0], [-3.5, -6.5, 3.0]], np.float32
)
_JAW_HINGE = np.array([0.0, -2.0, 0.0], np.float32)
SOURCE_SHOT, SOURCE_FRAME = "g2a_neutral", 33

CONFIG: dict[str, Any] = {  # the published values of v2.3-Mark
    "input_strength": 1.3,
    "lower_face_smoothing": 0.0023,
    "upper_face_smoothing": 0.001,
    "lower_face_strength": 1.4,
    "upper_face_strength": 1.0,
    "face_mask_level": 0.6,
    "face_mask_softness": 0.0085,
    "skin_strength": 1.1,
    "blink_strength": 1.0,
    "eyelid_open_offset": 0.06,
    "lip_open_offset": -0.03,
    "tongue_strength": 1.5,
    "tongue_height_offset": 0.2,
    "tongue_depth_offset": 0.13,
    "lower_teeth_strength": 1.3,
    "lower_teeth_height_offset": -0.1,
    "lower_teeth_depth_offset": 0.0,
    "eyeballs_strength": 1.0,
    "saccade_strength": 0.9,
    "right_eye_rot_x_offset": 0.0,
    "right_eye_rot_y_offset": -2.0,
    "left_eye_rot_x_offset": 0.0,
    "left_eye_rot_y_offset": 2.0,
    "eye_saccade_seed": 0.0,
    "source_shot": SOURCE_SHOT,
    "source_frame": SOURCE_FRAME,
}


def make_package(
    folder: Path,
    *,
    seed: int = 0,
    vertices: int = 601,
    tongue_vertices: int = 122,
    skin_shapes: int = 12,
    tongue_shapes: int = 4,
    skin_poses: Sequence[str] = ARKIT_CHANNELS,
    tongue_poses: Sequence[str] = TONGUE_CHANNELS,
    mask: bool = True,
    mouth_close_contains_jaw_open: bool = False,
    blendshapes: Sequence[str] = ("skin", "tongue"),
    emotions: Sequence[str] = EMOTIONS,
    implicit_emotion_len: int = 16,
    buffer_len: int = 8320,
    buffer_ofs: int = 4160,
    samplerate: int = 16000,
    jaw_points: int = 5,
    saccade_frames: int = 5000,
    actor: str = "tiny",
    config: Mapping[str, Any] | None = None,
    weights: NetworkWeights | None = None,
    network: bytes | None = None,
    batch: int | str = "batch",
    compressed: bool = False,
) -> Path:
    """Write a sound package into ``folder`` (created) and return it.

    ``blendshapes`` leaves out the solve of a part (``("skin",)``, ``()``); ``config`` overrides keys of
    ``model_config.json``; ``weights`` or a whole ``network`` replaces the random network; ``batch=1`` fixes its batch
    axis; ``compressed`` deflates the arrays (NVIDIA's readers take both).
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    skin, tongue = face_points(vertices), tongue_points(tongue_vertices)
    skin_deltas = {name: pose_delta(skin, name) for name in skin_poses}
    tongue_deltas = {name: pose_delta(tongue, name) for name in tongue_poses}
    opening = pose_delta(skin, "jawOpen")
    jaw = NEUTRAL_JAW[np.arange(jaw_points) % len(NEUTRAL_JAW)]

    _write_model_json(folder, blendshapes)
    write_json(
        folder / "network_info.json",
        {
            "id": {"type": "regression", "actor": actor, "version": "2.3", "output": "geometry"},
            "params": {
                "implicit_emotion_len": implicit_emotion_len,
                "explicit_emotions": list(emotions),
                "default_emotion": [0.0] * len(emotions),
                "identities": [actor],
                "num_shapes_skin": skin_shapes,
                "num_verts_skin": vertices,
                "num_shapes_tongue": tongue_shapes,
                "num_verts_tongue": tongue_vertices,
                "result_jaw_size": 3 * jaw_points,
                "result_eyes_size": 4,
            },
            "audio_params": {"buffer_len": buffer_len, "buffer_ofs": buffer_ofs, "samplerate": samplerate},
        },
    )
    write_json(folder / "model_config.json", {"config": {**CONFIG, **(config or {})}})
    write_json(folder / "trt_info.json", _trt_info(buffer_len, implicit_emotion_len + len(emotions)))
    _write_emotion_database(folder / "implicit_emo_db.npz", implicit_emotion_len, rng)
    write_npz(
        folder / "model_data.npz",
        {
            "shapes_matrix_skin": basis(skin, [opening, *skin_deltas.values()], skin_shapes, rng),
            "shapes_mean_skin": skin,
            "lip_open_pose_delta": pose_delta(skin, "mouthClose") * np.float32(-0.5),
            "eye_close_pose_delta": pose_delta(skin, "eyeBlinkLeft") + pose_delta(skin, "eyeBlinkRight"),
            "shapes_matrix_tongue": basis(
                tongue, [pose_delta(tongue, "tongueUp"), *tongue_deltas.values()], tongue_shapes, rng
            ),
            "shapes_mean_tongue": tongue,
            "neutral_jaw": jaw,
            "saccade_rot_matrix": saccade_track(saccade_frames, rng),
        },
        compressed=compressed,
    )
    if network is None:
        if weights is None:
            weights = _weights(
                opening, skin_shapes, tongue_shapes, jaw, buffer_len, implicit_emotion_len, emotions, rng
            )
        network = network_bytes(weights, window=buffer_len, batch=batch)
    (folder / "network.onnx").write_bytes(network)
    if "skin" in blendshapes:
        if mouth_close_contains_jaw_open:
            skin_deltas["mouthClose"] = skin_deltas["mouthClose"] + skin_deltas["jawOpen"]
        lower = np.flatnonzero((skin[:, 1] < 5.0) & (skin[:, 2] > 0.0)).astype(np.int32)
        write_blendshapes(folder, "skin", skin, skin_deltas, mask=lower if mask else None, compressed=compressed)
    if "tongue" in blendshapes:
        write_blendshapes(folder, "tongue", tongue, tongue_deltas, mask=None, compressed=compressed)
    return folder


def write_blendshapes(
    folder: Path,
    part: str,
    neutral: Floats,
    deltas: Mapping[str, Floats],
    *,
    mask: npt.NDArray[np.int32] | None,
    compressed: bool = False,
) -> None:
    """``bs_<part>.npz`` and ``bs_<part>_config.json`` with the published regularisation."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "poseNames": np.array(["neutral", *deltas], dtype="S"),
        "neutral": neutral,
        "rig_version": np.array("1.0"),
        **deltas,
    }
    if mask is not None:
        arrays["frontalMask"] = mask
    write_npz(folder / f"bs_{part}.npz", arrays, compressed=compressed)
    names = list(deltas)
    inactive = {name for name in names if name.startswith("eyeLook")} | {"tongueOut"}
    skin = part == "skin"
    settings = {
        "strengthL1regularization": 0.5 if skin else 1.0,
        "strengthL2regularization": 0.5 if skin else 3.5,
        "strengthTemporalSmoothing": 0.3 if skin else 5.0,
        "strengthSymmetry": 100,
        "templateBBSize": float(np.linalg.norm(np.ptp(neutral, axis=0))),
        "numPoses": len(names),
        "bsSolveActivePoses": [0 if name in inactive else 1 for name in names],
        "bsSolveCancelPoses": [-1] * len(names),
        "bsSolveSymmetryPoses": symmetry_ids(names) if skin else [-1] * len(names),
        "bsWeightMultipliers": [1.0] * len(names),
        "bsWeightOffsets": [0.0] * len(names),
    }
    write_json(folder / f"bs_{part}_config.json", {"blendshape_params": settings})


def symmetry_ids(names: Sequence[str]) -> list[int]:
    """The published pairing: every …Left/…Right pair but looks, squints and shifts of the jaw or mouth."""
    unpaired = {"jaw", "mouth", "eyeSquint"}
    ids: dict[str, int] = {}
    for name in names:
        base = name.removesuffix("Left")
        if base != name and f"{base}Right" in names and base not in unpaired and not base.startswith("eyeLook"):
            ids[base] = len(ids)
    return [ids.get(name.removesuffix("Left").removesuffix("Right"), -1) for name in names]


def write_json(path: Path, content: Any) -> None:
    """Indented UTF-8."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_npz(path: Path, arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = False) -> None:
    """As ``numpy.savez``, but with fixed time stamps, so that equal arrays are equal bytes."""
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            member.compress_type = method
            archive.writestr(member, content.getvalue())


def _write_model_json(folder: Path, blendshapes: Sequence[str]) -> None:
    model: dict[str, Any] = {
        "networkInfoPath": "network_info.json",
        "networkPath": "network.trt",  # never shipped: it is built where it runs
        "modelConfigPath": "model_config.json",
        "modelDataPath": "model_data.npz",
        "emotionDatabasePath": "implicit_emo_db.npz",
    }
    if blendshapes:
        model["blendshapePaths"] = {
            part: {"config": f"bs_{part}_config.json", "data": f"bs_{part}.npz"} for part in blendshapes
        }
    write_json(folder / "model.json", model)


def _trt_info(buffer_len: int, emotion_size: int) -> dict[str, Any]:
    shapes = [
        f"--{limit}Shapes=input:{count}x1x{buffer_len},emotion:{count}x1x{emotion_size}"
        for limit, count in (("min", "1"), ("max", "{MAX_BATCH_SIZE}"), ("opt", "{OPT_BATCH_SIZE}"))
    ]
    return {
        "trt_build_param": {"cuda_in_graphics": ["--memPoolSize=tacticSharedMem:0.046875"], "batch": shapes},
        "defaults": {"MAX_BATCH_SIZE": 128, "OPT_BATCH_SIZE": 10},
    }


def _write_emotion_database(path: Path, width: int, rng: np.random.Generator) -> None:
    names, sizes = ["p1_neutral", SOURCE_SHOT, "p3_neutral"], [50, 40, 30]
    write_npz(
        path,
        {
            "emo_spec_names": np.array(names, dtype="S"),
            "emo_spec_start": np.cumsum([0, *sizes[:-1]]).astype(np.int32),
            "emo_spec_size": np.array(sizes, np.int32),
            "emo_db": rng.normal(0.0, 0.3, (sum(sizes), width)).astype(np.float32),
        },
    )


def saccade_track(frames: int, rng: np.random.Generator) -> Floats:
    """Gazes held for a third of a second to two seconds, within about 2 degrees."""
    track = np.empty((frames, 2), np.float32)
    frame = 0
    while frame < frames:
        hold = int(rng.integers(10, 60))
        track[frame : frame + hold] = rng.normal(0.0, 0.8, 2)
        frame += hold
    return track


def _weights(
    opening: Floats,
    skin_shapes: int,
    tongue_shapes: int,
    jaw: Floats,
    buffer_len: int,
    implicit_emotion_len: int,
    emotions: Sequence[str],
    rng: np.random.Generator,
) -> NetworkWeights:
    size = float(np.linalg.norm(opening)) or 1.0
    scale = np.concatenate(
        [
            np.full(skin_shapes, 0.3 * size),
            np.full(tongue_shapes, 2.0),
            np.full(jaw.size, 0.02),
            np.full(4, 4.0),
        ]
    ).astype(np.float32)
    wide_open = np.zeros(scale.size, np.float32)
    if skin_shapes:
        wide_open[0] = size
    start = skin_shapes + tongue_shapes
    wide_open[start : start + jaw.size] = (opened_jaw(jaw, 14.0) - jaw).reshape(-1)
    return random_weights(
        window=buffer_len,
        emotion_size=implicit_emotion_len + len(emotions),
        result_scale=scale,
        open_row=wide_open,
        rng=rng,
    )


def opened_jaw(points: Floats, degrees: float) -> Floats:
    turn = np.radians(degrees)
    matrix = np.array(
        [[1.0, 0.0, 0.0], [0.0, np.cos(turn), -np.sin(turn)], [0.0, np.sin(turn), np.cos(turn)]], np.float32
    )
    return np.asarray((points - _JAW_HINGE) @ matrix.T + _JAW_HINGE, np.float32)
