"""Write a complete model package in NVIDIA's on-disk format from a trained network and the default head.

``python -m maya_a2f.training.export_package RUN/best.npz engines/default --config CONFIG.toml``; after a change of the
head alone, ``... export_package engines/default/weights.npz engines/default``. Formats: specification, model-package.md
section 3 and training.md section 8.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from maya_a2f.core.channels import ARKIT_CHANNELS, EMOTIONS, TONGUE_CHANNELS
from maya_a2f.training.configuration import NetworkSettings, read_configuration
from maya_a2f.training.corpus.voices import Phone
from maya_a2f.training.expressions import expression_table
from maya_a2f.training.face_model import DEFAULT_HEAD, Basis, FaceModel, principal_components, read_face_model
from maya_a2f.training.network import (
    BUFFER_OFFSET,
    BUFFER_SAMPLES,
    IMPLICIT_SIZE,
    FaceNetwork,
    NetworkShape,
    PackageNetwork,
)
from maya_a2f.training.network_files import write_network_files
from maya_a2f.training.rig import CONTROLS, EYE_VALUES, TONGUE_OPPOSITES, LipRig, teach_controls
from maya_a2f.training.saccades import saccade_track
from maya_a2f.training.teacher import perform

Floats = NDArray[np.float32]
SKIN_VARIANCE, TONGUE_VARIANCE = 0.9999999, 0.9999999
"""Higher than the published 0.9995: small shapes (lip presses, dimples) must come back from the solve unchanged, and on
a mesh of this size all components together take under 3 MB."""
WEIGHTS = "weights.npz"
"""The trained weights beside the package's own files: to fine-tune from, and to export again after the head changed."""
SCORES = "scores.json"
"""The figures in the package's README, kept when it is exported again."""
_PHONES = ("", *"pbmfθtnklɹsʃwjieæaɔouyə")
_SYMMETRY_GROUPS = (
    "eyeBlink", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress", "mouthLowerDown",
    "mouthUpperUp", "browOuterUp", "browDown", "cheekSquint", "noseSneer",
)  # fmt: skip
# Shapes that are each other's opposite on this head: both at once say nothing, so only one of a pair may answer.
_SKIN_OPPOSITES = (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"))


def load_network(weights: Path, settings: NetworkSettings, lips: LipRig) -> FaceNetwork:
    """A trained network (``best.npz`` of a run) for a face with the given lip gaps."""
    face = FaceNetwork(NetworkShape(**asdict(settings)), lips)
    with np.load(weights, allow_pickle=False) as data:
        state = {name: torch.tensor(data[name]) for name in data.files if not name.startswith("expressions.")}
    state["lip_gap"], state["driver_matrix"] = face.lip_gap, face.driver_matrix
    face.load_state_dict(state)
    return face.eval()


def pose_sample(lips: LipRig, seed: int = 0, words: int = 300) -> Floats:
    """(frames, 68) controls as the teacher uses them on random phones, with emotions, and every control alone."""
    draw = np.random.default_rng(seed)
    table, parts = expression_table(), []
    for _ in range(words):
        lengths = draw.uniform(0.04, 0.2, 12)
        ends = np.cumsum(lengths)
        symbols = draw.choice(_PHONES, 12)
        phones = [Phone(float(b - a), float(b), str(s)) for a, b, s in zip(lengths, ends, symbols, strict=True)]
        tracks = perform(phones, "ipa", int(ends[-1] * 100) + 20).tracks[::4]
        emotion = draw.random(len(EMOTIONS)) * (draw.random(len(EMOTIONS)) < 0.12)
        parts.append(teach_controls(tracks, lips, expression=emotion @ table.controls))
    alone = np.eye(len(CONTROLS), dtype=np.float32).repeat(max(1, words // 15), 0) * 0.5
    return np.concatenate([*parts, alone])


def result_matrix(face: FaceModel, skin: Basis, tongue: Basis) -> Floats:
    """(68 + 4, K): controls and eye degrees to skin | tongue | jaw | eyes.

    Shapes that the solve leaves out move nothing: it would explain their motion by others (lids that follow the gaze by
    lids opened wide).
    """
    jaw = face.jaw_shapes.reshape(len(ARKIT_CHANNELS), -1)
    widths = [skin.from_weights.shape[1], tongue.from_weights.shape[1], jaw.shape[1], len(EYE_VALUES)]
    starts = np.concatenate([[0], np.cumsum(widths)])
    matrix = np.zeros((len(CONTROLS) + len(EYE_VALUES), starts[-1]), np.float32)
    arkit = len(ARKIT_CHANNELS)
    solved = np.array([_takes_part(name) for name in ARKIT_CHANNELS], np.float32)
    matrix[:arkit, starts[0] : starts[1]] = skin.from_weights * solved[:, None]
    matrix[arkit : len(CONTROLS), starts[1] : starts[2]] = tongue.from_weights
    matrix[:arkit, starts[2] : starts[3]] = jaw
    matrix[len(CONTROLS) :, starts[3] :] = np.eye(len(EYE_VALUES))
    return matrix


def export_package(
    weights: Path,
    target: Path,
    settings: NetworkSettings,
    scores: Mapping[str, Any] | None = None,
    head: Path = DEFAULT_HEAD,
) -> None:
    """All files of the package; existing ones are replaced."""
    target.mkdir(parents=True, exist_ok=True)
    face, lips = read_face_model(head), LipRig.of_head(head)
    sample = pose_sample(lips)
    skin = principal_components(face.skin_shapes, sample[:, : len(ARKIT_CHANNELS)], SKIN_VARIANCE)
    tongue = principal_components(face.tongue_shapes, sample[:, len(ARKIT_CHANNELS) :], TONGUE_VARIANCE)
    network = PackageNetwork(load_network(weights, settings, lips), result_matrix(face, skin, tongue))
    write_network_files(network, target / "network.onnx")
    write_data(face, skin, tongue, target)
    write_descriptions(face, skin, tongue, target)
    known = target / SCORES
    if scores:
        _write_json(known, scores)
    write_readme(target, json.loads(known.read_text(encoding="utf-8")) if known.exists() else {})
    if weights.resolve() != (target / WEIGHTS).resolve():
        shutil.copyfile(weights, target / WEIGHTS)


def write_data(face: FaceModel, skin: Basis, tongue: Basis, target: Path) -> None:
    """The ``.npz`` files, deflated."""
    arkit = {name: face.skin_shapes[row] for row, name in enumerate(ARKIT_CHANNELS)}
    lip_open = sum(arkit[f"mouth{part}{side}"] for part in ("UpperUp", "LowerDown") for side in ("Left", "Right"))
    np.savez_compressed(
        target / "model_data.npz",
        shapes_matrix_skin=skin.components,
        shapes_mean_skin=face.skin,
        lip_open_pose_delta=np.asarray(lip_open, np.float32),
        eye_close_pose_delta=arkit["eyeBlinkLeft"] + arkit["eyeBlinkRight"],
        shapes_matrix_tongue=tongue.components,
        shapes_mean_tongue=face.tongue,
        neutral_jaw=face.jaw,
        saccade_rot_matrix=saccade_track(5000, 30.0, seed=7),
    )
    np.savez_compressed(
        target / "implicit_emo_db.npz",
        emo_spec_names=np.array(["default_neutral"]).astype("S"),
        emo_spec_start=np.zeros(1, np.int32),
        emo_spec_size=np.ones(1, np.int32),
        emo_db=np.zeros((1, IMPLICIT_SIZE), np.float32),
    )
    moved = np.linalg.norm(face.skin_shapes, axis=2).max(0) > 0.02
    _write_shapes(target / "bs_skin.npz", face.skin, arkit, np.flatnonzero(moved).astype(np.int32))
    tongue_shapes = {name: face.tongue_shapes[row] for row, name in enumerate(TONGUE_CHANNELS)}
    _write_shapes(target / "bs_tongue.npz", face.tongue, tongue_shapes, None)


def _write_shapes(path: Path, neutral: Floats, shapes: Mapping[str, Floats], mask: NDArray[np.int32] | None) -> None:
    arrays: dict[str, Any] = {"poseNames": np.array(["neutral", *shapes]).astype("S"), "neutral": neutral, **shapes}
    if mask is not None:
        arrays["frontalMask"] = mask
    np.savez_compressed(path, **arrays)


def write_descriptions(face: FaceModel, skin: Basis, tongue: Basis, target: Path) -> None:
    """The ``.json`` files."""
    _write_json(
        target / "model.json",
        {
            "networkInfoPath": "network_info.json",
            "networkPath": "network.trt",
            "emotionDatabasePath": "implicit_emo_db.npz",
            "modelConfigPath": "model_config.json",
            "modelDataPath": "model_data.npz",
            "blendshapePaths": {
                "skin": {"config": "bs_skin_config.json", "data": "bs_skin.npz"},
                "tongue": {"config": "bs_tongue_config.json", "data": "bs_tongue.npz"},
            },
        },
    )
    _write_json(
        target / "network_info.json",
        {
            "id": {"type": "regression", "actor": "default", "version": "1.0", "output": "geometry"},
            "params": {
                "implicit_emotion_len": IMPLICIT_SIZE,
                "explicit_emotions": list(EMOTIONS),
                "default_emotion": [0.0] * len(EMOTIONS),
                "identities": ["default"],
                "num_shapes_skin": len(skin.components),
                "num_verts_skin": len(face.skin),
                "num_shapes_tongue": len(tongue.components),
                "num_verts_tongue": len(face.tongue),
                "result_jaw_size": face.jaw.size,
                "result_eyes_size": len(EYE_VALUES),
            },
            "audio_params": {"buffer_len": BUFFER_SAMPLES, "buffer_ofs": BUFFER_OFFSET, "samplerate": 16000},
        },
    )
    _write_json(target / "model_config.json", {"config": model_config()})
    _write_json(target / "bs_skin_config.json", {"blendshape_params": skin_solver(face.skin)})
    _write_json(target / "bs_tongue_config.json", {"blendshape_params": tongue_solver(face.tongue)})
    shape = f"x1x{BUFFER_SAMPLES},emotion:{{n}}x1x{IMPLICIT_SIZE + len(EMOTIONS)}"
    sizes = {"min": "1", "max": "{MAX_BATCH_SIZE}", "opt": "{OPT_BATCH_SIZE}"}
    batch = [f"--{kind}Shapes=input:{n}{shape.replace('{n}', n)}" for kind, n in sizes.items()]
    _write_json(
        target / "trt_info.json",
        {
            "trt_build_param": {"cuda_in_graphics": ["--memPoolSize=tacticSharedMem:0.046875"], "batch": batch},
            "defaults": {"MAX_BATCH_SIZE": 128, "OPT_BATCH_SIZE": 10},
        },
    )


def model_config() -> dict[str, float | int | str]:
    """Neutral animator settings: every strength 1, every offset 0, hardly any smoothing; blinks and brows of people."""
    return {
        "input_strength": 1.0, "lower_face_smoothing": 0.0, "upper_face_smoothing": 0.001, "lower_face_strength": 1.0,
        "upper_face_strength": 1.0, "face_mask_level": 0.6, "face_mask_softness": 0.0085, "skin_strength": 1.0,
        "blink_strength": 1.0, "eyelid_open_offset": 0.0, "lip_open_offset": 0.0, "tongue_strength": 1.0,
        "tongue_height_offset": 0.0, "tongue_depth_offset": 0.0, "lower_teeth_strength": 1.0,
        "lower_teeth_height_offset": 0.0, "lower_teeth_depth_offset": 0.0, "eyeballs_strength": 1.0,
        "saccade_strength": 1.0, "right_eye_rot_x_offset": 0.0, "right_eye_rot_y_offset": 0.0,
        "left_eye_rot_x_offset": 0.0, "left_eye_rot_y_offset": 0.0, "eye_saccade_seed": 0.0,
        "blink_rate": 16.0, "brow_emphasis": 1.0,
        "source_shot": "default_neutral", "source_frame": 0,
    }  # fmt: skip


def skin_solver(neutral: Floats) -> dict[str, Any]:
    """Solver settings under which the solve returns the weights that made a pose.

    As in the published packages the lids' eyeLook shapes and tongueOut take no part: the eyes have channels of their
    own, and on this head tongueOut moves no skin.
    """
    symmetry = [-1] * len(ARKIT_CHANNELS)
    for group, name in enumerate(_SYMMETRY_GROUPS):
        for side in ("Left", "Right"):
            symmetry[ARKIT_CHANNELS.index(name + side)] = group
    active = [int(_takes_part(name)) for name in ARKIT_CHANNELS]
    return _solver(neutral, active, symmetry, _pair_ids(ARKIT_CHANNELS, _SKIN_OPPOSITES), 1e-6)


def _takes_part(shape: str) -> bool:
    return shape != "tongueOut" and not shape.startswith("eyeLook")


def tongue_solver(neutral: Floats) -> dict[str, Any]:
    """Likewise for the tongue."""
    count = len(TONGUE_CHANNELS)
    return _solver(neutral, [1] * count, [-1] * count, _pair_ids(TONGUE_CHANNELS, TONGUE_OPPOSITES), 1e-4)


def _pair_ids(names: tuple[str, ...], pairs: tuple[tuple[str, str], ...]) -> list[int]:
    ids = [-1] * len(names)
    for number, pair in enumerate(pairs):
        for name in pair:
            ids[names.index(name)] = number
    return ids


def _solver(neutral: Floats, active: list[int], symmetry: list[int], cancel: list[int], l2: float) -> dict[str, Any]:
    count = len(active)
    return {
        "strengthL1regularization": 0.0,
        "strengthL2regularization": l2,
        "strengthTemporalSmoothing": 0.0,
        "strengthSymmetry": 0.0,
        "templateBBSize": float(np.linalg.norm(neutral.max(0) - neutral.min(0))),
        "numPoses": count,
        "bsSolveActivePoses": active,
        "bsSolveCancelPoses": cancel,
        "bsSolveSymmetryPoses": symmetry,
        "bsWeightMultipliers": [1.0] * count,
        "bsWeightOffsets": [0.0] * count,
    }


def write_readme(target: Path, scores: Mapping[str, Any]) -> None:
    """Where the package comes from and what it can do."""
    lines = [
        "# default",
        "",
        "A voice-to-face model package made entirely by this project: head, text, teacher rules and network; MIT "
        "licence like the rest. The network heard synthetic speech only (Flite, Festival, eSpeak NG, Kokoro, hibari, "
        "Piper; voices and their licences: docs/training.md); no animation but the teacher's own rules went into it.",
        "",
        "- Format: NVIDIA Audio2Face-3D regression package, 8 320-sample windows at 16 kHz, ten explicit emotions.",
        "- `mouthClose` has Apple's meaning (relative to the jaw).",
        "- Eyes: right x, right y, left x, left y in degrees; +x looks down, +y to the character's left.",
        "- The implicit emotion is ignored; its table holds one row of zeros, `default_neutral`.",
        "- Any level of speech gives the same result: the first layer is blind to it, inside `network.onnx`.",
        "",
    ]
    if scores:
        lines += ["## Scores", "", "| what | figure |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in scores.items()]
        lines.append("")
    (target / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Command line of the export."""
    parser = argparse.ArgumentParser(description="Write a model package from a trained network.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--config", type=Path, default=Path(__file__).parent / "default.toml")
    parser.add_argument("--scores", type=Path, help="JSON object to list in the package's README.")
    options = parser.parse_args()
    scores = json.loads(options.scores.read_text(encoding="utf-8")) if options.scores else None
    settings = read_configuration(options.config).network
    export_package(options.weights, options.target, settings, scores)


if __name__ == "__main__":
    main()
