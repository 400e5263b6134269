"""``model.json``: which file of a package plays which part (specification, model-package.md sections 2 and 3.1).

Relative paths start at the folder of ``model.json``; absolute ones are used as they are. The network is usually named
``network.trt``, a plan built on one machine and never shipped; what is used here is the ONNX file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.package_faults import REPAIR, BadPackageError, PackageError, package_fault, regular_file

MODEL_FILE = "model.json"
PARTS = ("skin", "tongue")
STEP_PROPERTY = "a2f.step_samples"
"""Of a network over stretches of sound: how far apart windows lie that share what they hear alike."""


@dataclass(frozen=True)
class BlendshapeFiles:
    """The two files of one part's blendshape solve."""

    config: Path
    data: Path


@dataclass(frozen=True)
class PackageFiles:
    """Paths of a regression package's files; each is an ordinary file of the right kind."""

    model: Path
    network_info: Path
    network: Path
    """The ONNX file."""
    model_config: Path
    model_data: Path
    emotion_database: Path
    skin: BlendshapeFiles | None
    tongue: BlendshapeFiles | None
    unavailable: tuple[str, ...]
    """Outputs the package does not offer, in words."""

    def all_files(self) -> tuple[Path, ...]:
        """Every file a solve reads."""
        solves = [path for part in (self.skin, self.tongue) if part for path in (part.config, part.data)]
        stretches = stretch_file(self.network)
        network = [self.network, *external_weights(self.network), *([stretches] if _is_file(stretches) else [])]
        return (
            self.model, self.network_info, *network, self.model_config, self.model_data, self.emotion_database, *solves
        )  # fmt: skip


def read_package_files(folder: Path) -> PackageFiles:
    """Read ``folder/model.json`` and find everything it names. Raises :class:`BadPackageError`."""
    files, faults = found_package_files(folder)
    if faults:
        raise BadPackageError(faults)
    return files


def found_package_files(folder: Path) -> tuple[PackageFiles, tuple[PackageError, ...]]:
    """What ``folder/model.json`` names, and what is wrong with it; the path of a fault is not to be read.

    Raises :class:`BadPackageError` only for what is no regression package at all.
    """
    model = folder / MODEL_FILE
    if not _is_file(model):
        raise BadPackageError([not_a_package(folder)])
    fields = JsonFields(model)
    refuse_other_kinds(fields, folder)
    faults: list[PackageError] = []
    named = {
        key: named_file(fields, folder, key, suffix, faults)
        for key, suffix in (
            ("networkInfoPath", ".json"),
            ("modelConfigPath", ".json"),
            ("modelDataPath", ".npz"),
            ("emotionDatabasePath", ".npz"),
        )
    }
    parts = part_files(fields, folder, "blendshapePaths", faults)
    files = PackageFiles(
        model=model,
        network_info=named["networkInfoPath"],
        network=network_file(fields, folder, faults),
        model_config=named["modelConfigPath"],
        model_data=named["modelDataPath"],
        emotion_database=named["emotionDatabasePath"],
        skin=parts["skin"],
        tongue=parts["tongue"],
        unavailable=missing_parts(parts),
    )
    return files, all_faults(fields, faults)


def refuse_other_kinds(fields: JsonFields, folder: Path) -> None:
    """Raise :class:`BadPackageError` for a diffusion or emotion package, which are read elsewhere."""
    kind = package_kind(fields, folder)
    if kind == "diffusion":
        what = "is a diffusion model (Audio2Face-3D v3); what is to be done with it needs a regression model"
        hint = "Use a regression model such as Audio2Face-3D v2.3, or the default one."
    elif kind == "emotion":
        what = "is an Audio2Emotion model; it finds emotions and cannot move a face"
        hint = "Choose an Audio2Face model package."
    else:
        return
    message = f"The model package '{folder}' {what}."
    raise BadPackageError([PackageError(message, path=folder, code="unsupported_kind", hint=hint)])


def package_kind(fields: JsonFields, folder: Path) -> str:
    """``regression``, ``diffusion``, ``emotion`` or ``unknown``, from ``id.type`` and the keys of ``model.json``."""
    if fields.has("modelConfigPaths") or fields.has("modelDataPaths"):
        return "diffusion"
    try:
        info = JsonFields(regular_file(folder / fields.peek("networkInfoPath"), named_by=MODEL_FILE))
    except BadPackageError:
        return "unknown"
    if not info.has("id") and info.has("emotions"):
        return "emotion"
    kind = info.peek("id.type")
    return kind if kind in ("regression", "diffusion") else "unknown"


def is_diffusion(folder: Path) -> bool:
    """Whether the folder calls itself a diffusion package; False also where it cannot be read."""
    try:
        return package_kind(JsonFields(folder / MODEL_FILE), folder) == "diffusion"
    except BadPackageError:
        return False


def external_weights(network: Path) -> tuple[Path, ...]:
    """Files beside ``network`` that by custom hold its weights (``network.onnx.data``)."""
    candidates = (network.with_name(network.name + "_data"), network.with_name(network.name + ".data"))
    return tuple(path for path in candidates if path.is_file())


def stretch_file(network: Path) -> Path:
    """Where the network over stretches of sound lies that goes with the file ``network``, if there is one."""
    return network.with_name(f"{network.stem}_stretch.onnx")


def not_a_package(folder: Path) -> PackageError:
    """The fault for a folder without ``model.json``."""
    what = f"has no '{MODEL_FILE}'" if _is_folder(folder) else "is not a folder"
    return PackageError(
        f"'{folder}' is not a model package: it {what}.",
        path=folder,
        code="not_a_package",
        hint="Give the folder that holds the model's 'model.json' ('a2f models list' shows what is installed).",
    )


def named_file(fields: JsonFields, folder: Path, key: str, suffix: str, faults: list[PackageError]) -> Path:
    """The file under ``key``; what is wrong with it joins ``faults``, or those of ``fields``."""
    text = fields.file_name(key)
    if not text:
        return folder
    path = folder / text
    if path.suffix.lower() != suffix:
        faults.append(package_fault(path, f"'{key}' must name a {suffix} file", code="file_kind"))
        return path
    try:
        return regular_file(path, named_by=f"'{key}' in '{fields.path.name}'")
    except BadPackageError as bad:
        faults.extend(bad.faults)
        return path


def network_file(fields: JsonFields, folder: Path, faults: list[PackageError]) -> Path:
    """The ONNX file that goes with ``networkPath``; its absence joins ``faults``."""
    named = folder / (fields.file_name("networkPath") or "network.trt")
    candidates = [named.parent / f"{named.stem}.onnx", folder / "network.onnx"]
    for candidate in candidates:
        if _is_file(candidate):
            return candidate
    faults.append(
        PackageError(
            f"The model package '{folder}' is incomplete: it holds no ONNX network ('{candidates[0].name}').",
            path=candidates[0],
            code="network_missing",
            hint="Put the package's 'network.onnx' beside its 'model.json'. " + REPAIR,
        )
    )
    return candidates[0]


def part_files(
    fields: JsonFields, folder: Path, place: str, faults: list[PackageError]
) -> dict[str, BlendshapeFiles | None]:
    """Skin and tongue of the object under the key ``place``; None for a part that it names no complete set for."""
    is_there = fields.is_object(place)
    return {part: _blendshape_files(fields, folder, f"{place}.{part}", faults) if is_there else None for part in PARTS}


def missing_parts(parts: Mapping[str, BlendshapeFiles | None]) -> tuple[str, ...]:
    """What a package without some of its blendshape sets cannot give, in words."""
    return tuple(
        f"{part} blendshape weights ('{MODEL_FILE}' names no complete blendshape set for the {part})"
        for part in PARTS
        if parts[part] is None
    )


def all_faults(fields: JsonFields, faults: Sequence[PackageError]) -> tuple[PackageError, ...]:
    """Those of the description, then ``faults``."""
    try:
        fields.finish()
    except BadPackageError as bad:
        return (*bad.faults, *faults)
    return tuple(faults)


def _blendshape_files(fields: JsonFields, folder: Path, key: str, faults: list[PackageError]) -> BlendshapeFiles | None:
    if not fields.is_object(key):
        return None
    keys = {kind: f"{key}.{kind}" for kind in ("config", "data")}
    if not all(fields.has(each) for each in keys.values()):
        return None
    return BlendshapeFiles(
        config=named_file(fields, folder, keys["config"], ".json", faults),
        data=named_file(fields, folder, keys["data"], ".npz", faults),
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
