"""Loading a regression model package. Rules: specification, model-package.md sections 2, 3 and 7.

Nothing is guessed and nothing is repaired: a package is either read as written or refused with the file and the thing
in it that is wrong. Arrays are read once and not copied again; the largest package published takes about 250 MB.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from maya_a2f.core.face_parameters import FACE_PARAMETERS, OWN_PARAMETERS, range_fault
from maya_a2f.errors import EngineError
from maya_a2f.worker.blendshape_reading import read_blendshape_set
from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.npz_arrays import NpzArrays, opened_npz
from maya_a2f.worker.package import Floats, ModelConfig, ModelData, NetworkInfo, RegressionPackage
from maya_a2f.worker.package_faults import BadPackageError, PackageError, package_fault
from maya_a2f.worker.package_files import read_package_files

_MOST_VERTICES = 10_000_000
_MOST_SHAPES = 10_000
_LARGEST_BASIS_BYTES = 1024**3
_MOST_DATABASE_VALUES = 16 * 1024**2
_MOST_SACCADE_VALUES = 4 * 1024**2


def load_package(folder: Path) -> RegressionPackage:
    """Read the package in ``folder``, complete and checked for mutual fit.

    Raises :class:`EngineError` ``package.*`` that names the file, the key or array, and the next step. The network
    itself is opened by an engine, not here.
    """
    try:
        return _load(folder)
    except BadPackageError as bad:
        raise bad.faults[0] from None
    except MemoryError as error:
        raise EngineError(
            f"The model package '{folder}' does not fit into this machine's memory.",
            code="package.too_large",
            hint="Close other programs, or use a smaller model package.",
        ) from error


def package_name(folder: Path) -> str:
    """What the user calls the package in ``folder``: the folder's name."""
    return folder.name or folder.resolve().name


def _load(folder: Path) -> RegressionPackage:
    files = read_package_files(folder)
    info = read_network_info(files.network_info)
    config = read_model_config(files.model_config)
    return RegressionPackage(
        folder=folder,
        name=package_name(folder),
        info=info,
        config=config,
        data=read_model_data(files.model_data, info),
        implicit_emotion=read_implicit_emotion(files.emotion_database, info, config),
        network_path=files.network,
        skin=read_blendshape_set(files.skin, info.num_verts_skin) if files.skin else None,
        tongue=read_blendshape_set(files.tongue, info.num_verts_tongue) if files.tongue else None,
        unavailable=files.unavailable,
    )


def read_network_info(path: Path) -> NetworkInfo:
    """``network_info.json`` (section 3.2). Raises :class:`BadPackageError`."""
    fields = JsonFields(path)
    kind, output = fields.text("id.type"), fields.text("id.output")
    if (fields.has("id.type") and kind != "regression") or (fields.has("id.output") and output != "geometry"):
        fields.fault(f"it describes a '{kind}' network with output '{output}', not regression of geometry", code="kind")
    emotions = fields.texts("params.explicit_emotions")
    if len(set(emotions)) != len(emotions):
        fields.fault("'params.explicit_emotions' names an emotion twice", code="wrong_value")
    info = NetworkInfo(
        actor=fields.text("id.actor"),
        explicit_emotions=emotions,
        default_emotion=fields.numbers("params.default_emotion", count=len(emotions)),
        implicit_emotion_len=fields.integer("params.implicit_emotion_len", minimum=0, maximum=4096),
        num_shapes_skin=fields.integer("params.num_shapes_skin", minimum=1, maximum=_MOST_SHAPES),
        num_verts_skin=fields.integer("params.num_verts_skin", minimum=1, maximum=_MOST_VERTICES),
        num_shapes_tongue=fields.integer("params.num_shapes_tongue", minimum=1, maximum=_MOST_SHAPES),
        num_verts_tongue=fields.integer("params.num_verts_tongue", minimum=1, maximum=_MOST_VERTICES),
        result_jaw_size=fields.integer("params.result_jaw_size", minimum=3, maximum=3000),
        result_eyes_size=fields.integer("params.result_eyes_size", minimum=4, maximum=4),
        buffer_len=fields.integer("audio_params.buffer_len", minimum=1, maximum=2**22),
        buffer_ofs=fields.integer("audio_params.buffer_ofs", minimum=0, maximum=2**22),
        samplerate=fields.integer("audio_params.samplerate", minimum=1000, maximum=384_000),
    )
    if info.result_jaw_size % 3:
        fields.fault("'params.result_jaw_size' is not a multiple of 3", code="wrong_value")
    if info.buffer_ofs > info.buffer_len:
        fields.fault("'audio_params.buffer_ofs' lies outside the window of 'buffer_len' samples", code="wrong_value")
    values = info.num_shapes_skin * info.num_verts_skin + info.num_shapes_tongue * info.num_verts_tongue
    if values * 12 > _LARGEST_BASIS_BYTES:
        fields.fault(f"its shapes would take {values * 12 / 1e9:.1f} GB of memory", code="too_large")
    fields.finish()
    return info


def read_model_config(path: Path) -> ModelConfig:
    """``model_config.json`` (section 3.3), every parameter within its range. Raises :class:`BadPackageError`."""
    fields = JsonFields(path)
    parameters = read_parameters(fields)
    config = ModelConfig(
        input_strength=parameters["inputStrength"],
        parameters=parameters,
        source_shot=fields.text("config.source_shot"),
        source_frame=fields.integer("config.source_frame", minimum=0, maximum=2**31 - 1),
    )
    fields.finish()
    return config


def read_parameters(fields: JsonFields) -> dict[str, float]:
    """Every face parameter by name, from the object ``config``; faults are recorded, not raised."""
    parameters: dict[str, float] = {}
    for parameter in FACE_PARAMETERS:
        key = f"config.{parameter.json_key}"
        if parameter.json_key is None or (parameter.name in OWN_PARAMETERS and not fields.has(key)):
            parameters[parameter.name] = parameter.default
            continue
        value = parameters[parameter.name] = fields.number(key)
        # The format knows no limits for the audio gain.
        wrong = None if parameter.name == "inputStrength" or not fields.has(key) else range_fault(parameter.name, value)
        if wrong is not None:
            fields.fault(f"'{key}' has a value out of range: {wrong}", code="out_of_range")
    return parameters


def read_implicit_emotion(path: Path, info: NetworkInfo, config: ModelConfig) -> Floats:
    """(implicit_emotion_len,) the database's row at (source_shot, source_frame) (section 3.5)."""
    with opened_npz(path) as arrays:
        shots = arrays.texts("emo_spec_names")
        starts = arrays.integers("emo_spec_start", most=len(shots))
        sizes = arrays.integers("emo_spec_size", most=len(shots))
        shape = arrays.header("emo_db").shape
        if len(shape) != 2 or shape[1] != info.implicit_emotion_len or math.prod(shape) > _MOST_DATABASE_VALUES:
            what = f"'emo_db' has the shape {shape}, but must have {info.implicit_emotion_len} columns"
            raise BadPackageError([package_fault(path, what, code="array_size")])
        if not len(shots) == len(starts) == len(sizes):
            what = "'emo_spec_names', 'emo_spec_start' and 'emo_spec_size' differ in length"
            raise BadPackageError([package_fault(path, what, code="array_size")])
        rows = arrays.floats("emo_db", math.prod(shape)).reshape(shape)
    if config.source_shot not in shots:
        known = ", ".join(shots[:5]) + (", …" if len(shots) > 5 else "")
        what = f"it has no shot '{config.source_shot}' ('source_shot' of the model configuration); it has {known}"
        raise BadPackageError([package_fault(path, what, code="shot_unknown")])
    shot = shots.index(config.source_shot)
    row = int(starts[shot]) + config.source_frame
    if config.source_frame >= int(sizes[shot]) or not 0 <= row < len(rows):
        what = f"the shot '{config.source_shot}' has no frame {config.source_frame} ('source_frame')"
        raise BadPackageError([package_fault(path, what, code="shot_unknown")])
    implicit: Floats = rows[row].copy()
    return implicit


def read_model_data(path: Path, info: NetworkInfo) -> ModelData:
    """``model_data.npz`` (section 3.4), every array of the size the network's description gives."""
    skin, tongue = 3 * info.num_verts_skin, 3 * info.num_verts_tongue
    faults: list[PackageError] = []
    with opened_npz(path) as arrays:

        def read(name: str, *shape: int) -> Floats:
            try:
                return arrays.floats(name, math.prod(shape)).reshape(shape)
            except BadPackageError as bad:
                faults.extend(bad.faults)
                return np.empty(0, np.float32)

        data = ModelData(
            shapes_matrix_skin=read("shapes_matrix_skin", info.num_shapes_skin, skin),
            neutral_skin=read("shapes_mean_skin", skin),
            lip_open_pose_delta=read("lip_open_pose_delta", skin),
            eye_close_pose_delta=read("eye_close_pose_delta", skin),
            shapes_matrix_tongue=read("shapes_matrix_tongue", info.num_shapes_tongue, tongue),
            neutral_tongue=read("shapes_mean_tongue", tongue),
            neutral_jaw=read("neutral_jaw", info.result_jaw_size // 3, 3),
            saccade_rot_matrix=read_saccades(arrays, faults),
        )
    heights = data.neutral_skin[1::3]
    if heights.size and heights.min() >= heights.max():
        what = "all vertices of 'shapes_mean_skin' have the same height, so lower and upper face cannot be told apart"
        faults.append(package_fault(path, what, code="array_value"))
    if faults:
        raise BadPackageError(faults)
    return data


def read_saccades(arrays: NpzArrays, faults: list[PackageError]) -> Floats:
    """(frames, 2); its length is the package's own choice, but even and not zero (section 7)."""
    name = "saccade_rot_matrix"
    try:
        count = arrays.header(name).count
        if count == 0 or count % 2 or count > _MOST_SACCADE_VALUES:
            what = f"the array '{name}' has {count} values, but must hold pairs of rotations"
            raise BadPackageError([package_fault(arrays.path, what, code="array_size")])
        return arrays.floats(name, count).reshape(-1, 2)
    except BadPackageError as bad:
        faults.extend(bad.faults)
        return np.empty((0, 2), np.float32)
