"""Loading a diffusion package. Rules: specification, model-package.md sections 2, 4 and 7."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.blendshape_reading import read_blendshape_set
from maya_a2f.worker.diffusion.package import DiffusionInfo, DiffusionPackage
from maya_a2f.worker.diffusion.package_files import (
    DiffusionFiles,
    IdentityFiles,
    identity_count_fault,
    read_diffusion_files,
)
from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.npz_arrays import opened_npz
from maya_a2f.worker.package import Floats, ModelConfig, ModelData
from maya_a2f.worker.package_faults import BadPackageError, PackageError, package_fault
from maya_a2f.worker.package_reading import package_name, read_parameters, read_saccades

_MOST_VALUES = 30_000_000
"""Floats of one frame's part: ten million vertices."""
_LARGEST_NOISE_BYTES = 2 * 1024**3
_LARGEST_LATENTS_BYTES = 64 * 1024**2


def load_diffusion_package(folder: Path, identity: str = "") -> DiffusionPackage:
    """Read the package in ``folder`` with one identity, the first where none is named.

    Raises :class:`UserError` ``model.identity_unknown`` naming those there are, :class:`EngineError` ``package.*`` that
    names the file, the key or array, and the next step. The network itself is opened by an engine, not here.
    """
    try:
        files = read_diffusion_files(folder)
        info = read_diffusion_info(files.network_info)
        fault = identity_count_fault(files, files.network_info, len(info.identities))
        if fault is not None:
            raise fault
        name = known_identity(identity, info.identities, package_name(folder))
        return read_identity(folder, files, info, name)
    except BadPackageError as bad:
        raise bad.faults[0] from None
    except MemoryError as error:
        raise EngineError(
            f"The model package '{folder}' does not fit into this machine's memory.",
            code="package.too_large",
            hint="Close other programs, or use a smaller model package.",
        ) from error


def known_identity(wanted: str, identities: Sequence[str], model: str) -> str:
    """The identity called ``wanted`` (upper or lower case), the first where nothing is wanted.

    Raises :class:`UserError` ``model.identity_unknown``.
    """
    if not wanted.strip():
        return identities[0]
    by_name = {name.lower(): name for name in identities}
    if wanted.strip().lower() in by_name:
        return by_name[wanted.strip().lower()]
    close = difflib.get_close_matches(wanted.strip().lower(), list(by_name), n=1)
    raise UserError(
        f"The model '{model}' has no identity '{wanted}'.",
        code="model.identity_unknown",
        hint=(f"Did you mean '{by_name[close[0]]}'? " if close else "") + "It has: " + ", ".join(identities) + ".",
    )


def read_identity(folder: Path, files: DiffusionFiles, info: DiffusionInfo, identity: str) -> DiffusionPackage:
    """The package with the identity ``identity``. Raises :class:`BadPackageError`."""
    own: IdentityFiles = files.identities[info.identities.index(identity)]
    return DiffusionPackage(
        folder=folder,
        name=package_name(folder),
        info=info,
        identity=identity,
        config=read_identity_config(own.model_config),
        data=read_identity_data(own.model_data, info),
        network_path=files.network,
        noise_path=files.noise,
        skin=read_blendshape_set(own.skin, info.skin_size // 3) if own.skin else None,
        tongue=read_blendshape_set(own.tongue, info.tongue_size // 3) if own.tongue else None,
        unavailable=own.unavailable,
    )


def read_diffusion_info(path: Path) -> DiffusionInfo:
    """``network_info.json`` (section 4.2). Raises :class:`BadPackageError`."""
    fields = JsonFields(path)
    kind, output = fields.text("id.type"), fields.text("id.output")
    if (fields.has("id.type") and kind != "diffusion") or (fields.has("id.output") and output != "geometry"):
        fields.fault(f"it describes a '{kind}' network with output '{output}', not diffusion of geometry", code="kind")
    emotions, identities = fields.texts("params.emotions"), fields.texts("params.identities")
    if len(set(emotions)) != len(emotions):
        fields.fault("'params.emotions' names an emotion twice", code="wrong_value")
    if fields.has("params.identities"):
        if not identities or not all(name.strip() for name in identities):
            fields.fault("'params.identities' names no identity, or one without a name", code="wrong_value")
        if len({name.lower() for name in identities}) != len(identities):
            fields.fault("'params.identities' names an identity twice", code="wrong_value")
    info = DiffusionInfo(
        emotions=emotions,
        default_emotion=fields.numbers("params.default_emotion", count=len(emotions)),
        identities=identities,
        skin_size=_vertex_floats(fields, "params.skin_size"),
        tongue_size=_vertex_floats(fields, "params.tongue_size"),
        jaw_size=_vertex_floats(fields, "params.jaw_size"),
        eyes_size=fields.integer("params.eyes_size", minimum=4, maximum=4),
        steps=fields.integer("params.num_diffusion_steps", minimum=1, maximum=1000),
        gru_layers=fields.integer("params.num_gru_layers", minimum=1, maximum=1000),
        latent_size=fields.integer("params.gru_latent_dim", minimum=1, maximum=2**20),
        left_frames=fields.integer("params.num_frames_left_truncate", minimum=0, maximum=10_000),
        kept_frames=fields.integer("params.num_frames_center", minimum=1, maximum=10_000),
        right_frames=fields.integer("params.num_frames_right_truncate", minimum=0, maximum=10_000),
        buffer_len=fields.integer("audio_params.buffer_len", minimum=1, maximum=2**22),
        padding_left=fields.integer("audio_params.padding_left", minimum=0, maximum=2**22),
        samplerate=fields.integer("audio_params.samplerate", minimum=1000, maximum=384_000),
        constant_noise=not fields.has("params.constant_noise") or fields.flag("params.constant_noise"),
        noise_seed=_seed(fields),
    )
    fields.integer("audio_params.padding_right", minimum=0, maximum=2**22)  # has to be there, and is never used
    _check_together(fields, info)
    fields.finish()
    return info


def _check_together(fields: JsonFields, info: DiffusionInfo) -> None:
    if info.frames > info.buffer_len:
        fields.fault(f"it asks for {info.frames} frames of a window of {info.buffer_len} samples", code="wrong_value")
    if info.buffer_len * info.left_frames // info.frames > info.padding_left:
        what = "'audio_params.padding_left' is so short that a recording's first frames would never be made"
        fields.fault(what, code="wrong_value")
    noise_bytes, latents_bytes = math.prod(info.noise_shape) * 4, math.prod(info.latents_shape) * 4
    if noise_bytes > _LARGEST_NOISE_BYTES or latents_bytes > _LARGEST_LATENTS_BYTES:
        wanted = (noise_bytes + latents_bytes) / 1e9
        fields.fault(f"the noise and memory of one inference would take {wanted:.1f} GB", code="too_large")


def _vertex_floats(fields: JsonFields, key: str) -> int:
    size = fields.integer(key, minimum=3, maximum=_MOST_VALUES)
    if size % 3 and fields.has(key):
        fields.fault(f"'{key}' is {size}, not a multiple of 3", code="wrong_value")
    return size


def _seed(fields: JsonFields) -> int:
    if not fields.has("params.noise_seed"):
        return 0
    return fields.integer("params.noise_seed", minimum=0, maximum=2**53)


def read_identity_config(path: Path) -> ModelConfig:
    """``model_config_<identity>.json`` (section 4.3). Raises :class:`BadPackageError`."""
    fields = JsonFields(path)
    parameters = read_parameters(fields)
    fields.finish()
    return ModelConfig(parameters["inputStrength"], parameters, source_shot="", source_frame=0)


def read_identity_data(path: Path, info: DiffusionInfo) -> ModelData:
    """``model_data_<identity>.npz`` (section 4.4), every array of the size the network's description gives."""
    faults: list[PackageError] = []
    with opened_npz(path) as arrays:

        def read(name: str, count: int) -> Floats:
            try:
                return arrays.floats(name, count)
            except BadPackageError as bad:
                faults.extend(bad.faults)
                return np.empty(0, np.float32)

        data = ModelData(
            shapes_matrix_skin=np.empty((0, info.skin_size), np.float32),
            neutral_skin=read("neutral_skin", info.skin_size),
            lip_open_pose_delta=read("lip_open_pose_delta", info.skin_size),
            eye_close_pose_delta=read("eye_close_pose_delta", info.skin_size),
            shapes_matrix_tongue=np.empty((0, info.tongue_size), np.float32),
            neutral_tongue=read("neutral_tongue", info.tongue_size),
            neutral_jaw=read("neutral_jaw", info.jaw_size).reshape(-1, 3),
            saccade_rot_matrix=read_saccades(arrays, faults),
        )
    heights = data.neutral_skin[1::3]
    if heights.size and heights.min() >= heights.max():
        what = "all vertices of 'neutral_skin' have the same height, so lower and upper face cannot be told apart"
        faults.append(package_fault(path, what, code="array_value"))
    if faults:
        raise BadPackageError(faults)
    return data
