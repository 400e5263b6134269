"""``bs_skin`` and ``bs_tongue``: poses and how to solve for them.

Rules: specification, model-package.md sections 3.6 and 3.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.npz_arrays import NpzArrays, opened_npz
from maya_a2f.worker.package import BlendshapeConfig, BlendshapeSet, Floats, Ints
from maya_a2f.worker.package_faults import BadPackageError, PackageError, package_fault
from maya_a2f.worker.package_files import BlendshapeFiles

_MOST_POSES = 2000
_LARGEST_BYTES = 512 * 1024**2
_TEMPLATE_BB_SIZE = 54.7
_LARGEST_NUMBER = 1e9  # beyond it a product of a few such numbers leaves float32


def read_blendshape_set(files: BlendshapeFiles, vertices: int) -> BlendshapeSet:
    """The poses of a part with ``vertices`` vertices. Raises :class:`BadPackageError`, for either file or both."""
    faults: list[PackageError] = []
    config, poses = None, None
    try:
        config = read_blendshape_config(files.config)
    except BadPackageError as bad:
        faults.extend(bad.faults)
    try:
        poses = _read_poses(files.data, vertices)
    except BadPackageError as bad:
        faults.extend(bad.faults)
    if config is None or poses is None:
        raise BadPackageError(faults)
    if len(poses.names) != len(config.active_poses):
        described, held = len(config.active_poses), len(poses.names)
        what = f"it describes {described} poses ('numPoses'), but '{files.data.name}' has {held}"
        raise BadPackageError([package_fault(files.config, what, code="pose_count")])
    return BlendshapeSet(
        pose_names=poses.names, neutral=poses.neutral, deltas=poses.deltas, mask=poses.mask, config=config
    )


@dataclass(frozen=True)
class _Poses:
    names: tuple[str, ...]
    neutral: Floats
    deltas: Floats
    mask: Ints | None


def _read_poses(path: Path, vertices: int) -> _Poses:
    faults: list[PackageError] = []
    with opened_npz(path) as arrays:
        names = _pose_names(arrays)
        if len(names) * vertices * 12 > _LARGEST_BYTES:
            raise BadPackageError([package_fault(path, "its poses take more than 512 MiB", code="too_large")])
        neutral = _gathered_floats(arrays, "neutral", 3 * vertices, faults)
        mask = _mask(arrays, vertices, faults)
        deltas = _deltas(arrays, names, vertices, faults)
    if faults:
        raise BadPackageError(faults)
    return _Poses(names, neutral, deltas, mask)


def read_blendshape_config(path: Path) -> BlendshapeConfig:
    """``bs_*_config.json``. Raises :class:`BadPackageError`."""
    fields = JsonFields(path)
    count = fields.integer("blendshape_params.numPoses", minimum=1, maximum=_MOST_POSES)
    config = BlendshapeConfig(
        l1_regularization=_not_negative(fields, "strengthL1regularization"),
        l2_regularization=_not_negative(fields, "strengthL2regularization"),
        temporal_smoothing=_not_negative(fields, "strengthTemporalSmoothing"),
        symmetry=_not_negative(fields, "strengthSymmetry"),
        template_bb_size=fields.number("blendshape_params.templateBBSize", default=_TEMPLATE_BB_SIZE),
        active_poses=fields.integers("blendshape_params.bsSolveActivePoses", count=count),
        cancel_poses=_pair_ids(fields, "bsSolveCancelPoses", count),
        symmetry_poses=_pair_ids(fields, "bsSolveSymmetryPoses", count),
        multipliers=_believable(fields, "bsWeightMultipliers", count),
        offsets=_believable(fields, "bsWeightOffsets", count),
    )
    if fields.has("blendshape_params.templateBBSize") and not 1e-6 < config.template_bb_size < _LARGEST_NUMBER:
        fields.fault("'blendshape_params.templateBBSize' is not the size of a face", code="wrong_value")
    fields.finish()
    return config


def _not_negative(fields: JsonFields, key: str) -> float:
    value = fields.number(f"blendshape_params.{key}")
    if not 0.0 <= value <= _LARGEST_NUMBER:
        what = f"'blendshape_params.{key}' is {value:g}, but must lie between 0 and {_LARGEST_NUMBER:g}"
        fields.fault(what, code="wrong_value")
    return value


def _believable(fields: JsonFields, key: str, count: int) -> tuple[float, ...]:
    numbers = fields.numbers(f"blendshape_params.{key}", count=count)
    if any(abs(number) > _LARGEST_NUMBER for number in numbers):
        what = f"'blendshape_params.{key}' holds numbers beyond {_LARGEST_NUMBER:g}"
        fields.fault(what, code="wrong_value")
    return numbers


def _pair_ids(fields: JsonFields, key: str, count: int) -> tuple[int, ...]:
    """Two poses with the same id of 0 or more are a pair (specification, sdk-benchmarks.md section 3.9)."""
    ids = fields.integers(f"blendshape_params.{key}", count=count)
    odd = [pair for pair, members in Counter(entry for entry in ids if entry >= 0).items() if members != 2]
    if odd and fields.has(f"blendshape_params.{key}"):
        listed = ", ".join(map(str, sorted(odd)[:5]))
        fields.fault(f"'blendshape_params.{key}' uses the pair ids {listed} not exactly twice", code="pose_pairs")
    return ids


def _pose_names(arrays: NpzArrays) -> tuple[str, ...]:
    names = arrays.texts("poseNames")
    what = ""
    if not names or names[0] != "neutral":
        what = f"the first entry of 'poseNames' is '{names[0] if names else ''}', but must be 'neutral'"
    elif not 1 < len(names) <= _MOST_POSES + 1:
        what = f"'poseNames' names {len(names) - 1} poses, but 1 to {_MOST_POSES} make sense"
    elif len(set(names)) != len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        what = f"'poseNames' names '{twice}' twice"
    if what:
        raise BadPackageError([package_fault(arrays.path, what, code="pose_names")])
    return names[1:]


def _deltas(arrays: NpzArrays, names: Sequence[str], vertices: int, faults: list[PackageError]) -> Floats:
    missing = [name for name in names if name not in arrays]
    if missing:
        listed = ", ".join(f"'{name}'" for name in missing[:5]) + (", …" if len(missing) > 5 else "")
        faults.append(package_fault(arrays.path, f"it has no array for the poses {listed}", code="array_missing"))
        return np.empty((0, 0), np.float32)
    deltas = np.empty((len(names), 3 * vertices), np.float32)
    for row, name in zip(deltas, names, strict=True):
        try:
            row[:] = arrays.floats(name, 3 * vertices, exact=True)
        except BadPackageError as bad:
            faults.extend(bad.faults)
    return deltas


def _gathered_floats(arrays: NpzArrays, name: str, count: int, faults: list[PackageError]) -> Floats:
    try:
        return arrays.floats(name, count)
    except BadPackageError as bad:
        faults.extend(bad.faults)
        return np.empty(0, np.float32)


def _mask(arrays: NpzArrays, vertices: int, faults: list[PackageError]) -> Ints | None:
    if "frontalMask" not in arrays:
        return None
    try:
        mask = arrays.integers("frontalMask", most=vertices)
    except BadPackageError as bad:
        faults.extend(bad.faults)
        return None
    if mask.size and not (mask.min() >= 0 and mask.max() < vertices):
        what = f"'frontalMask' names vertices beyond the {vertices} there are"
        faults.append(package_fault(arrays.path, what, code="array_value"))
    return mask
