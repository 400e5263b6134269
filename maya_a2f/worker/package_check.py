"""Whether a folder is a sound model package: every finding, not only the first, and what the package holds.

The rules are those of loading (:mod:`maya_a2f.worker.package_reading`); on top of them the network is opened, compared
with its description and run once on silence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from maya_a2f.errors import A2FError
from maya_a2f.worker.blendshape_reading import read_blendshape_set
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.inference import infer
from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.package import BlendshapeSet, ModelConfig, ModelData, NetworkInfo, RegressionPackage
from maya_a2f.worker.package_faults import BadPackageError
from maya_a2f.worker.package_files import (
    MODEL_FILE,
    BlendshapeFiles,
    PackageFiles,
    found_package_files,
    package_kind,
)
from maya_a2f.worker.package_reading import (
    package_name,
    read_implicit_emotion,
    read_model_config,
    read_model_data,
    read_network_info,
)

_T = TypeVar("_T")
_SILENT_FRAMES = 8
_MANY_POSES = 100
_FEWEST_JAW_POINTS = 3


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


def check_package(folder: Path) -> PackageReport:
    """Read everything in ``folder`` and run the network once. Bad packages are reported, never raised."""
    if _is_emotion(folder):
        from maya_a2f.worker.emotion.package_check import check_emotion_package

        return check_emotion_package(folder)
    check = _Check(folder)
    check.run()
    return PackageReport(folder, package_name(folder), tuple(check.findings), check.facts)


def _is_emotion(folder: Path) -> bool:
    try:
        return package_kind(JsonFields(folder / MODEL_FILE), folder) == "emotion"
    except BadPackageError:
        return False


class _Check:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.facts: dict[str, Any] = {}
        self._unreadable: set[Path] = set()

    def run(self) -> None:
        found = self._attempt(self.folder, lambda: found_package_files(self.folder))
        if found is None:
            return
        files, faults = found
        for fault in faults:
            self._add_error(fault.path, fault)
        # A path that is no text at all is given as the folder.
        self._unreadable = {self.folder, *(fault.path for fault in faults)}
        self._warn_of_missing_outputs(files)
        info = self._attempt(files.network_info, lambda: read_network_info(files.network_info))
        config = self._attempt(files.model_config, lambda: read_model_config(files.model_config))
        if config is not None:
            self.facts["parameters"] = dict(config.parameters)
            self.facts["input_strength"] = config.input_strength
        if info is None:
            return
        self._describe_network(info, files)
        package = self._read_arrays(files, info, config)
        self._check_network(files, info, package)

    def _attempt(self, path: Path, action: Callable[[], _T]) -> _T | None:
        """The action's result; its faults become findings. None as well where ``path`` already has a fault."""
        if path in self._unreadable:
            return None
        try:
            return action()
        except BadPackageError as bad:
            for fault in bad.faults:
                self._add_error(fault.path, fault)
        except A2FError as error:
            self._add_error(path, error)
        except MemoryError:
            self._add("error", path, "It does not fit into this machine's memory.", "", "package.too_large")
        return None

    def _add_error(self, path: Path, error: A2FError) -> None:
        self._add("error", path, error.message, error.hint, error.code)

    def _add(self, severity: Literal["error", "warning"], path: Path, what: str, next_step: str, code: str) -> None:
        self.findings.append(Finding(severity, path.name, what, next_step, code))

    def _warn(self, path: Path, what: str, code: str, next_step: str = "") -> None:
        self._add("warning", path, what, next_step, code)

    def _warn_of_missing_outputs(self, files: PackageFiles) -> None:
        for output in files.unavailable:
            what = f"Unavailable with this package: {output}."
            self._warn(files.model, what, "package.output_unavailable", "Add the set to 'blendshapePaths'.")

    def _describe_network(self, info: NetworkInfo, files: PackageFiles) -> None:
        self.facts.update(
            {
                "actor": info.actor,
                "emotions": list(info.explicit_emotions),
                "implicit_emotion_len": info.implicit_emotion_len,
                "skin_vertices": info.num_verts_skin,
                "skin_shapes": info.num_shapes_skin,
                "tongue_vertices": info.num_verts_tongue,
                "tongue_shapes": info.num_shapes_tongue,
                "jaw_points": info.result_jaw_size // 3,
                "result_size": info.result_size,
                "window_samples": info.buffer_len,
                "look_ahead_seconds": (info.buffer_len - info.buffer_ofs) / info.samplerate,
                "sample_rate_hz": info.samplerate,
                "network_file": files.network.name,
                "network_bytes": files.network.stat().st_size if files.network not in self._unreadable else 0,
            }
        )
        if info.result_jaw_size // 3 < _FEWEST_JAW_POINTS:
            what = f"{info.result_jaw_size // 3} jaw points do not fix a rotation; the jaw will only move."
            self._warn(files.network_info, what, "package.few_jaw_points")

    def _read_arrays(
        self, files: PackageFiles, info: NetworkInfo, config: ModelConfig | None
    ) -> RegressionPackage | None:
        """The package if all of it could be read; every array file is read either way."""
        data = self._attempt(files.model_data, lambda: read_model_data(files.model_data, info))
        implicit = None
        if config is not None:
            implicit = self._attempt(
                files.emotion_database, lambda: read_implicit_emotion(files.emotion_database, info, config)
            )
        skin = self._read_poses("skin", files.skin, info.num_verts_skin, data)
        tongue = self._read_poses("tongue", files.tongue, info.num_verts_tongue, data)
        if data is None or implicit is None or config is None:
            return None
        self.facts["saccade_frames"] = len(data.saccade_rot_matrix)
        return RegressionPackage(
            folder=self.folder,
            name=package_name(self.folder),
            info=info,
            config=config,
            data=data,
            implicit_emotion=implicit,
            network_path=files.network,
            skin=skin,
            tongue=tongue,
            unavailable=files.unavailable,
        )

    def _read_poses(
        self, part: str, files: BlendshapeFiles | None, vertices: int, data: ModelData | None
    ) -> BlendshapeSet | None:
        if files is None or files.config in self._unreadable:
            return None
        poses = self._attempt(files.data, lambda: read_blendshape_set(files, vertices))
        if poses is None:
            return None
        active = sum(1 for flag in poses.config.active_poses if flag)
        self.facts[f"{part}_poses"] = list(poses.pose_names)
        self.facts[f"{part}_poses_active"] = active
        self.facts[f"{part}_mask_vertices"] = 0 if poses.mask is None else len(poses.mask)
        if not active:
            self._warn(files.config, "No pose is active, so every weight stays 0.", "package.no_active_pose")
        if len(poses.pose_names) > _MANY_POSES:
            what = f"{len(poses.pose_names)} poses make the solve slow."
            self._warn(files.data, what, "package.many_poses")
        if poses.mask is not None and len(np.unique(poses.mask)) != len(poses.mask):
            self._warn(files.data, "'frontalMask' names some vertices twice.", "package.mask_repeats")
        still = [name for name, delta in zip(poses.pose_names, poses.deltas, strict=True) if not delta.any()]
        if still:
            what = f"These poses move nothing: {', '.join(still[:8])}{', …' if len(still) > 8 else ''}."
            self._warn(files.data, what, "package.still_pose")
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
            self._warn(files.data, what, "package.neutral_differs", "Make both from the same mesh.")

    def _check_network(self, files: PackageFiles, info: NetworkInfo, package: RegressionPackage | None) -> None:
        engine = self._attempt(files.network, lambda: OnnxRuntimeEngine(files.network, info))
        if engine is None or package is None:
            return
        self._attempt(files.network, lambda: self._run_on_silence(engine, package))

    def _run_on_silence(self, engine: OnnxRuntimeEngine, package: RegressionPackage) -> None:
        frames = 1 if engine.max_batch == 1 else _SILENT_FRAMES
        rate = Fraction(package.info.samplerate)  # one frame per sample, so a few samples are a few frames
        silence = np.zeros(frames, np.float32)
        emotion = constant_emotion(package.info, {})
        seconds = []
        for _ in range(2):  # the first run also sets the runtime up
            start = time.perf_counter()
            infer(package, engine, silence, rate, emotion, lambda done, of: None, lambda: False)
            seconds.append(time.perf_counter() - start)
        self.facts["engine"] = engine.description
        self.facts["batch"] = "any" if engine.max_batch is None else f"at most {engine.max_batch}"
        self.facts["milliseconds_per_frame"] = round(1000.0 * seconds[-1] / frames, 3)
