"""``model.json`` of a diffusion package: which file plays which part (model-package.md section 4.1).

Lists give one entry per identity, matched by place and never by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.package_faults import BadPackageError, PackageError, package_fault, regular_file
from maya_a2f.worker.package_files import (
    MODEL_FILE,
    BlendshapeFiles,
    all_faults,
    external_weights,
    missing_parts,
    named_file,
    network_file,
    not_a_package,
    part_files,
)

NOISE_FILE = "noise.npy"
_MOST_IDENTITIES = 1000


@dataclass(frozen=True)
class IdentityFiles:
    """The files of one identity."""

    model_config: Path
    model_data: Path
    skin: BlendshapeFiles | None
    tongue: BlendshapeFiles | None
    unavailable: tuple[str, ...]
    """Outputs that ``model.json`` names no files for, in words."""

    def all_files(self) -> tuple[Path, ...]:
        """Every file of the identity."""
        solves = [path for part in (self.skin, self.tongue) if part for path in (part.config, part.data)]
        return (self.model_config, self.model_data, *solves)


@dataclass(frozen=True)
class DiffusionFiles:
    """Paths of a diffusion package's files; each is an ordinary file of the right kind."""

    model: Path
    network_info: Path
    network: Path
    """The ONNX file."""
    identities: tuple[IdentityFiles, ...]
    """In the order of the network's one-hot input."""
    noise: Path | None
    """The package's own noise, where it brings any."""

    def all_files(self) -> tuple[Path, ...]:
        """Every file that a solve with any identity reads."""
        network = (self.network, *external_weights(self.network))
        own = [path for identity in self.identities for path in identity.all_files()]
        noise = () if self.noise is None else (self.noise,)
        return (self.model, self.network_info, *network, *own, *noise)


def read_diffusion_files(folder: Path) -> DiffusionFiles:
    """Read ``folder/model.json`` and find everything it names. Raises :class:`BadPackageError`."""
    files, faults = found_diffusion_files(folder)
    if faults:
        raise BadPackageError(faults)
    return files


def found_diffusion_files(folder: Path) -> tuple[DiffusionFiles, tuple[PackageError, ...]]:
    """What ``folder/model.json`` names, and what is wrong with it; the path of a fault is not to be read."""
    model = folder / MODEL_FILE
    if not model.is_file():
        raise BadPackageError([not_a_package(folder)])
    fields = JsonFields(model)
    faults: list[PackageError] = []
    info = named_file(fields, folder, "networkInfoPath", ".json", faults)
    network = network_file(fields, folder, faults)
    count = _identity_count(fields)
    identities = tuple(_identity_files(fields, folder, place, faults) for place in range(count))
    noise = folder / NOISE_FILE
    if noise.exists():
        try:
            regular_file(noise, named_by=f"'{MODEL_FILE}'")
        except BadPackageError as bad:
            faults += bad.faults
    files = DiffusionFiles(model, info, network, identities, noise if noise.exists() else None)
    return files, all_faults(fields, faults)


def _identity_count(fields: JsonFields) -> int:
    configs, data = fields.length("modelConfigPaths"), fields.length("modelDataPaths")
    if configs != data:
        what = f"'modelConfigPaths' names {configs} files, but 'modelDataPaths' {data}: one each per identity is needed"
        fields.fault(what, code="list_length")
    if not 0 < configs <= _MOST_IDENTITIES and fields.has("modelConfigPaths"):
        fields.fault(f"'modelConfigPaths' names {configs} files: one per identity is needed", code="list_length")
    count = min(configs, data, _MOST_IDENTITIES)
    if fields.has("blendshapePaths"):
        sets = fields.length("blendshapePaths")
        if sets != configs:
            what = f"'blendshapePaths' has {sets} entries, but there are {configs} identities"
            fields.fault(what, code="list_length")
    return count


def _identity_files(fields: JsonFields, folder: Path, place: int, faults: list[PackageError]) -> IdentityFiles:
    parts = part_files(fields, folder, f"blendshapePaths.{place}", faults)
    return IdentityFiles(
        model_config=named_file(fields, folder, f"modelConfigPaths.{place}", ".json", faults),
        model_data=named_file(fields, folder, f"modelDataPaths.{place}", ".npz", faults),
        skin=parts["skin"],
        tongue=parts["tongue"],
        unavailable=missing_parts(parts),
    )


def identity_count_fault(files: DiffusionFiles, info_path: Path, names: int) -> PackageError | None:
    """The fault of a package whose lists and ``network_info.json`` speak of different numbers of identities."""
    if len(files.identities) == names:
        return None
    what = f"it names {names} identities, but '{files.model.name}' has files for {len(files.identities)}"
    return package_fault(info_path, what, code="identity_count")
