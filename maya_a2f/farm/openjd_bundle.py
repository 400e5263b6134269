"""Job bundles of Open Job Description on disk: a template, its parameters' values, the files it needs.

::

    DIR/template.json              the job, for every scheduler of the format
        parameter_values.json      values of its parameters, as AWS Deadline Cloud's job bundles have them
        asset_references.json      files read and folders written, for Deadline Cloud's job attachments
        openjd_parameters.json     the same values for 'openjd run DIR/template.json -p file://…'
        shots/                     tables of the shots, of a bundle that bakes

JSON is valid YAML; Deadline Cloud reads either ending, and refuses a bundle that has both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from maya_a2f.core.atomic_file import make_folder, write_atomically
from maya_a2f.errors import UserError
from maya_a2f.farm.openjd_template import parameter_values

_FILES: Final = ("template", "parameter_values", "asset_references")
_LONGEST_VALUE: Final = 1024
"""Letters of a job parameter's value (Template Schemas, JobParameterStringValue)."""
_MARK: Final = "openjd_parameters.json"


@dataclass(frozen=True)
class Bundle:
    """What a bundle folder holds."""

    template: Mapping[str, Any]
    values: Mapping[str, str]
    """By job parameter."""
    assets: Mapping[str, Any]
    tables: Mapping[str, Any] = field(default_factory=dict)
    """Further JSON files, by their path within the folder."""
    here: Mapping[str, str] = field(default_factory=dict)
    """Values that differ where the job is run on this machine."""
    folders: tuple[str, ...] = ()
    """Folders within it that must be there: job attachments refuse a job whose input folder is missing."""


def write_bundle(folder: Path, bundle: Bundle) -> Path:
    """Write ``bundle`` into ``folder`` (made when missing; an earlier bundle of ours in it is replaced); its template.

    Raises :class:`UserError` ``openjd.folder`` for a folder that holds something else, ``openjd.value`` for a value
    that is too long; :class:`HostError` ``file.*``.
    """
    _check_folder(folder)
    for name, value in bundle.values.items():
        if len(value) > _LONGEST_VALUE:
            raise UserError(
                f"'{value[:60]}…' is too long for the job parameter {name}: it has {len(value)} letters of at most "
                f"{_LONGEST_VALUE}.",
                code="openjd.value",
                hint="Choose a folder with a shorter path.",
            )
    make_folder(folder)
    for place in {(folder / name).parent for name in bundle.tables} | {folder / name for name in bundle.folders}:
        make_folder(place)
    for stale in folder.glob("shots/shot_*.json"):
        if stale.relative_to(folder).as_posix() not in bundle.tables:
            stale.unlink()
    for name, content in bundle.tables.items():
        _write(folder / name, content)
    _write(folder / "asset_references.json", bundle.assets)
    _write(folder / "parameter_values.json", parameter_values(bundle.values))
    _write(folder / _MARK, {**bundle.values, **bundle.here})
    _write(folder / "template.json", bundle.template)  # last: a bundle with a template is whole
    return folder / "template.json"


def run_words(template: Path, last_step: str) -> str:
    """How the job is run here and handed to a farm, in two lines."""
    folder = template.parent.absolute()
    values = f'-p "file://{folder / _MARK}"'
    return (
        f'Here:            openjd run "{folder / template.name}" {values} --step {last_step} --run-dependencies\n'
        f'Deadline Cloud:  deadline bundle submit "{folder}"'
    )


def _check_folder(folder: Path) -> None:
    try:
        there = [entry.name for entry in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise UserError(
            f"'{folder}' cannot be a job bundle: {error.strerror or error}.", code="openjd.folder",
            hint="Give another folder to --openjd.",
        ) from error  # fmt: skip
    clashing = [f"{name}.yaml" for name in _FILES if f"{name}.yaml" in there]
    if clashing or (there and _MARK not in there):
        raise UserError(
            f"'{folder}' holds something else" + (f" ('{clashing[0]}')." if clashing else "."),
            code="openjd.folder",
            hint="Give --openjd a new folder, or that of an earlier bundle.",
        )


def _write(path: Path, content: Any) -> None:
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
