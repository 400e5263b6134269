"""A complete package in NVIDIA's format for a character (specification, training.md section 8, model-package.md 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.training.character.face import EYE_VALUES, PLAIN_JAW, Controls, Face, MeshFace, WeightRig, result_map
from maya_a2f.training.character.faults import data_fault
from maya_a2f.training.character.style import gains_of
from maya_a2f.training.character.voice import CharacterPackageNetwork, CharacterVoice
from maya_a2f.training.network import BUFFER_OFFSET, BUFFER_SAMPLES, IMPLICIT_SIZE
from maya_a2f.training.network_files import write_network_files

Floats = NDArray[np.float32]
_TONGUE = np.zeros((1, 1, 3), np.float32)
_MESH_SHRINKAGE = 0.05
"""L2 strength of the solve for shapes somebody else made: enough to keep near-equal shapes from fighting."""


@dataclass(frozen=True)
class _Shapes:
    """Poses for the solve: names, neutral, deltas, and how weights come out."""

    names: tuple[str, ...]
    neutral: Floats
    deltas: Floats
    multipliers: Floats
    offsets: Floats
    shrinkage: float


def write_package(
    target: Path, name: str, face: Face, controls: Controls, voices: Sequence[CharacterVoice], context: int,
    gains: Mapping[str, float], shapes: Path | None, facts: Mapping[str, Any],
) -> None:  # fmt: skip
    """All files of the package; existing ones are replaced. ``facts`` are told in its README."""
    target.mkdir(parents=True, exist_ok=True)
    poses = _poses(face, controls, gains, shapes)
    weight_gains = gains_of(face.skin.names, gains) if isinstance(face.skin, WeightRig) else np.ones(0, np.float32)
    matrix, offset = result_map(face, controls, weight_gains)
    write_network_files(CharacterPackageNetwork(voices, context, matrix, offset), target / "network.onnx")
    write_arrays(target, face, poses)
    _write_descriptions(target, name, face, poses, gains)
    _write_readme(target, name, facts)


def _poses(face: Face, controls: Controls, gains: Mapping[str, float], shapes: Path | None) -> _Shapes:
    if isinstance(face.skin, WeightRig):
        return _unit_poses(face.skin)
    if shapes is not None:
        return _given_poses(shapes, face.skin, gains)
    return _component_poses(face.skin, controls)


def _unit_poses(rig: WeightRig) -> _Shapes:
    """One float of a meaningless mesh per weight; the solve gives exactly what the network said."""
    deltas = np.zeros((len(rig.names), rig.neutral.size), np.float32)
    deltas[np.arange(len(rig.names)), rig.places] = 1.0
    shaped = deltas.reshape(len(rig.names), -1, 3)
    return _Shapes(rig.names, rig.neutral, shaped, rig.high - rig.low, rig.low, 0.0)


def _component_poses(face: MeshFace, controls: Controls) -> _Shapes:
    """Principal components as poses, their coefficients as weights: 0…1 of the solve is each one's own range."""
    count = len(face.skin.shapes)
    everything = np.concatenate([part[:, :count] for part in controls.values])
    low, high = np.minimum(everything.min(0), 0.0), np.maximum(everything.max(0), 0.0)
    room = np.maximum(0.25 * (high - low), 1e-3)
    low, high = low - room, high + room
    span = (high - low).astype(np.float32)
    neutral = face.skin.vertices(low[None])[0]
    deltas = face.skin.shapes * span[:, None, None]
    names = tuple(f"skin{k + 1:03d}" for k in range(count))
    return _Shapes(names, neutral, np.asarray(deltas, np.float32), span, low.astype(np.float32), 0.0)


def _given_poses(path: Path, face: MeshFace, gains: Mapping[str, float]) -> _Shapes:
    """The user's own blendshapes; the gains become the solve's multipliers."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        names = [n.decode() if isinstance(n, bytes) else str(n) for n in arrays["poseNames"].reshape(-1)]
    except (OSError, ValueError, EOFError, KeyError, AttributeError) as error:
        raise data_fault(path, f"it is no readable archive of shapes ({error})", code="shapes") from error
    names = [name for name in names if name != "neutral"]
    size = face.skin.neutral.size
    for name in ("neutral", *names):
        if name not in arrays or arrays[name].size != size or not np.isfinite(arrays[name]).all():
            what = f"“{name}” must be there with finite positions of all {size // 3} vertices"
            raise data_fault(path, what, code="shapes")
    deltas = np.stack([arrays[name].reshape(-1, 3) for name in names]).astype(np.float32)
    neutral = arrays["neutral"].reshape(-1, 3).astype(np.float32)
    return _Shapes(
        tuple(names), neutral, deltas, gains_of(names, gains), np.zeros(len(names), np.float32), _MESH_SHRINKAGE
    )


def write_arrays(target: Path, face: Face, poses: _Shapes) -> None:
    """The ``.npz`` files, deflated."""
    if isinstance(face.skin, WeightRig):
        rig = face.skin
        # The network counts from rest, so that the dial of the skin's strength acts about rest.
        mean = rig.neutral.copy().reshape(-1)
        mean[rig.places] += (rig.rest - rig.low) / (rig.high - rig.low)
        skin_matrix, skin_mean = poses.deltas, mean.reshape(-1, 3)
        tongue_matrix, tongue_mean = _TONGUE, _TONGUE[0]
    else:
        skin_matrix, skin_mean = face.skin.skin.shapes, face.skin.skin.neutral
        tongue = face.skin.tongue
        tongue_matrix = _TONGUE if tongue is None else tongue.shapes
        tongue_mean = _TONGUE[0] if tongue is None else tongue.neutral
    np.savez_compressed(
        target / "model_data.npz",
        shapes_matrix_skin=skin_matrix,
        shapes_mean_skin=skin_mean,
        lip_open_pose_delta=np.zeros_like(skin_mean),
        eye_close_pose_delta=np.zeros_like(skin_mean),
        shapes_matrix_tongue=tongue_matrix,
        shapes_mean_tongue=tongue_mean,
        neutral_jaw=PLAIN_JAW if face.jaw_neutral is None else face.jaw_neutral,
        saccade_rot_matrix=np.zeros((5000, 2), np.float32),
    )
    np.savez_compressed(
        target / "implicit_emo_db.npz",
        emo_spec_names=np.array(["neutral"]).astype("S"),
        emo_spec_start=np.zeros(1, np.int32),
        emo_spec_size=np.ones(1, np.int32),
        emo_db=np.zeros((1, IMPLICIT_SIZE), np.float32),
    )
    names = np.array([n.encode() for n in ("neutral", *poses.names)])
    arrays: dict[str, Any] = {"poseNames": names, "neutral": poses.neutral}
    arrays.update(zip(poses.names, poses.deltas, strict=True))
    np.savez_compressed(target / "bs_skin.npz", **arrays)


def _write_descriptions(target: Path, name: str, face: Face, poses: _Shapes, gains: Mapping[str, float]) -> None:
    skin, tongue, jaw, eyes = face.widths
    mesh = face.skin
    vertices = len(mesh.neutral) if isinstance(mesh, WeightRig) else len(mesh.skin.neutral)
    tongue_vertices = 1 if isinstance(mesh, WeightRig) or mesh.tongue is None else len(mesh.tongue.neutral)
    model = {
        "networkInfoPath": "network_info.json", "networkPath": "network.trt",
        "emotionDatabasePath": "implicit_emo_db.npz", "modelConfigPath": "model_config.json",
        "modelDataPath": "model_data.npz",
        "blendshapePaths": {"skin": {"config": "bs_skin_config.json", "data": "bs_skin.npz"}},
    }  # fmt: skip
    info = {
        "id": {"type": "regression", "actor": name, "version": "1.0", "output": "geometry"},
        "params": {
            "implicit_emotion_len": IMPLICIT_SIZE, "explicit_emotions": list(EMOTIONS),
            "default_emotion": [0.0] * len(EMOTIONS), "identities": [name], "num_shapes_skin": skin,
            "num_verts_skin": vertices, "num_shapes_tongue": tongue, "num_verts_tongue": tongue_vertices,
            "result_jaw_size": jaw, "result_eyes_size": eyes,
        },
        "audio_params": {"buffer_len": BUFFER_SAMPLES, "buffer_ofs": BUFFER_OFFSET, "samplerate": 16000},
    }  # fmt: skip
    shape = f"x1x{BUFFER_SAMPLES},emotion:{{n}}x1x{IMPLICIT_SIZE + len(EMOTIONS)}"
    sizes = {"min": "1", "max": "{MAX_BATCH_SIZE}", "opt": "{OPT_BATCH_SIZE}"}
    batch = [f"--{kind}Shapes=input:{n}{shape.replace('{n}', n)}" for kind, n in sizes.items()]
    trt = {
        "trt_build_param": {"cuda_in_graphics": ["--memPoolSize=tacticSharedMem:0.046875"], "batch": batch},
        "defaults": {"MAX_BATCH_SIZE": 128, "OPT_BATCH_SIZE": 10},
    }
    files = {
        "model.json": model, "network_info.json": info, "trt_info.json": trt,
        "model_config.json": {"config": neutral_config(gains if isinstance(mesh, MeshFace) else {})},
        "bs_skin_config.json": {"blendshape_params": _solver(poses)},
    }  # fmt: skip
    for file, content in files.items():
        (target / file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def neutral_config(gains: Mapping[str, float]) -> dict[str, float | int | str]:
    """Animator settings that change nothing: strengths 1, offsets 0, no smoothing; a mesh's gains become strengths."""
    whole = gains.get("all", 1.0)
    lower, upper = gains.get("mouth", 1.0), gains.get("brows", gains.get("eyes", 1.0))
    return {
        "input_strength": 1.0, "lower_face_smoothing": 0.0, "upper_face_smoothing": 0.0,
        "lower_face_strength": min(2.0, lower), "upper_face_strength": min(2.0, upper), "face_mask_level": 0.6,
        "face_mask_softness": 0.0085, "skin_strength": min(2.0, whole), "blink_strength": 1.0,
        "eyelid_open_offset": 0.0, "lip_open_offset": 0.0, "tongue_strength": min(3.0, gains.get("tongue", whole)),
        "tongue_height_offset": 0.0, "tongue_depth_offset": 0.0,
        "lower_teeth_strength": min(2.0, gains.get("jaw", whole)), "lower_teeth_height_offset": 0.0,
        "lower_teeth_depth_offset": 0.0, "eyeballs_strength": 1.0, "saccade_strength": 0.0,
        "right_eye_rot_x_offset": 0.0, "right_eye_rot_y_offset": 0.0, "left_eye_rot_x_offset": 0.0,
        "left_eye_rot_y_offset": 0.0, "eye_saccade_seed": 0.0, "source_shot": "neutral", "source_frame": 0,
    }  # fmt: skip


def _solver(poses: _Shapes) -> dict[str, Any]:
    count = len(poses.names)
    return {
        "strengthL1regularization": 0.0,
        "strengthL2regularization": poses.shrinkage,
        "strengthTemporalSmoothing": 0.0,
        "strengthSymmetry": 0.0,
        "templateBBSize": float(np.linalg.norm(np.ptp(poses.neutral, axis=0))),
        "numPoses": count,
        "bsSolveActivePoses": [1] * count,
        "bsSolveCancelPoses": [-1] * count,
        "bsSolveSymmetryPoses": [-1] * count,
        "bsWeightMultipliers": [float(m) for m in poses.multipliers],
        "bsWeightOffsets": [float(o) for o in poses.offsets],
    }


def _write_readme(target: Path, name: str, facts: Mapping[str, Any]) -> None:
    lines = [
        f"# {name}",
        "",
        "A voice-to-face model package, fine-tuned from the default model of maya_a2f on one character's animation. "
        "Format: NVIDIA Audio2Face-3D regression package. Emotions have no effect: the data named none.",
        "",
        "| what | figure |",
        "|---|---|",
        *[f"| {key} | {value} |" for key, value in facts.items()],
        "",
    ]
    (target / "README.md").write_text("\n".join(lines), encoding="utf-8")


assert EYE_VALUES == 4
