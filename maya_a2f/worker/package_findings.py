"""What a check of a package finds, and what every kind of face package is checked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from maya_a2f.errors import A2FError
from maya_a2f.worker.blendshape_reading import read_blendshape_set
from maya_a2f.worker.package import BlendshapeSet, ModelData
from maya_a2f.worker.package_faults import BadPackageError
from maya_a2f.worker.package_files import BlendshapeFiles

_T = TypeVar("_T")
_MANY_POSES = 100


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a package."""

    severity: Literal["error", "warning"]
    """An error keeps the package from running; a warning only means that something is missing or odd."""
    file: str
    """The file's name within the package, or the folder."""
    what: str
    """What is wrong, as a sentence."""
    next_step: str
    """What to do about it; may be empty."""
    code: str
    """Stable identifier, ``package.…`` or ``engine.…``."""


@dataclass(frozen=True)
class PackageReport:
    """The outcome of a check."""

    folder: Path
    name: str
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]
    """What the package holds, JSON-ready, as far as it could be read."""

    @property
    def is_sound(self) -> bool:
        """Whether the package can run: no errors among the findings."""
        return all(finding.severity != "error" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "folder": str(self.folder),
            "name": self.name,
            "is_sound": self.is_sound,
            "findings": [asdict(finding) for finding in self.findings],
            "facts": dict(self.facts),
        }


class FaceCheck:
    """Findings and facts about the package in ``folder``, as they grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.facts: dict[str, Any] = {}
        self.unreadable: set[Path] = set()
        """Files with a fault that is known; they are not read again."""

    def attempt(self, path: Path, action: Callable[[], _T]) -> _T | None:
        """The action's result; its faults become findings. None as well where ``path`` already has a fault."""
        if path in self.unreadable:
            return None
        try:
            return action()
        except BadPackageError as bad:
            for fault in bad.faults:
                self.add_error(fault.path, fault)
        except A2FError as error:
            self.add_error(path, error)
        except MemoryError:
            self._add("error", path, "It does not fit into this machine's memory.", "", "package.too_large")
        return None

    def add_error(self, path: Path, error: A2FError) -> None:
        """An error about a file."""
        self._add("error", path, error.message, error.hint, error.code)

    def _add(self, severity: Literal["error", "warning"], path: Path, what: str, next_step: str, code: str) -> None:
        self.findings.append(Finding(severity, path.name, what, next_step, code))

    def warn(self, path: Path, what: str, code: str, next_step: str = "") -> None:
        """A warning about a file."""
        self._add("warning", path, what, next_step, code)

    def read_poses(
        self, part: str, files: BlendshapeFiles | None, vertices: int, data: ModelData | None
    ) -> BlendshapeSet | None:
        """A part's poses, described and looked over; None where there are none, or none that can be read."""
        if files is None or files.config in self.unreadable:
            return None
        poses = self.attempt(files.data, lambda: read_blendshape_set(files, vertices))
        if poses is None:
            return None
        active = sum(1 for flag in poses.config.active_poses if flag)
        self.facts[f"{part}_poses"] = list(poses.pose_names)
        self.facts[f"{part}_poses_active"] = active
        self.facts[f"{part}_mask_vertices"] = 0 if poses.mask is None else len(poses.mask)
        if not active:
            self.warn(files.config, "No pose is active, so every weight stays 0.", "package.no_active_pose")
        if len(poses.pose_names) > _MANY_POSES:
            what = f"{len(poses.pose_names)} poses make the solve slow."
            self.warn(files.data, what, "package.many_poses")
        if poses.mask is not None and len(np.unique(poses.mask)) != len(poses.mask):
            self.warn(files.data, "'frontalMask' names some vertices twice.", "package.mask_repeats")
        still = [name for name, delta in zip(poses.pose_names, poses.deltas, strict=True) if not delta.any()]
        if still:
            what = f"These poses move nothing: {', '.join(still[:8])}{', …' if len(still) > 8 else ''}."
            self.warn(files.data, what, "package.still_pose")
        if data is not None:
            self._compare_neutrals(part, files, poses, data)
        return poses

    def _compare_neutrals(self, part: str, files: BlendshapeFiles, poses: BlendshapeSet, data: ModelData) -> None:
        """The poses must belong to the network's mesh (section 3.6): same size was checked, same place is here."""
        neutral = data.neutral_skin if part == "skin" else data.neutral_tongue
        size = float(np.ptp(neutral.reshape(-1, 3), axis=0).max()) or 1.0
        difference = float(np.abs(poses.neutral - neutral).max())
        if difference > 0.01 * size:
            what = f"Its neutral pose differs from that of 'model_data' by up to {difference:.3g} cm."
            self.warn(files.data, what, "package.neutral_differs", "Make both from the same mesh.")
