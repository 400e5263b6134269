"""Whether a folder is a sound model package: every finding, not only the first, and what the package holds.

The rules are those of loading (:mod:`maya_a2f.worker.package_reading`); on top of them the network is opened, compared
with its description and run once on silence.
"""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.engines.stretch_network import open_stretches
from maya_a2f.worker.inference import infer
from maya_a2f.worker.json_fields import JsonFields
from maya_a2f.worker.package import ModelConfig, NetworkInfo, RegressionPackage
from maya_a2f.worker.package_faults import REPAIR, BadPackageError
from maya_a2f.worker.package_files import (
    MODEL_FILE,
    PackageFiles,
    found_package_files,
    is_diffusion,
    package_kind,
    stretch_file,
)
from maya_a2f.worker.package_findings import FaceCheck, PackageReport
from maya_a2f.worker.package_reading import (
    package_name,
    read_implicit_emotion,
    read_model_config,
    read_model_data,
    read_network_info,
)

_SILENT_FRAMES = 8
_FEWEST_JAW_POINTS = 3


def check_package(folder: Path, identity: str = "", *, is_quick: bool = False) -> PackageReport:
    """Read everything in ``folder`` and run the network once. Bad packages are reported, never raised.

    Of a package with several identities, ``identity`` is the one whose parameters are among the facts; empty is the
    first. Raises :class:`UserError` ``model.identity_unknown``. Where only facts are wanted, ``is_quick`` leaves a
    diffusion network closed, which takes seconds and a gigabyte to open.
    """
    if _is_emotion(folder):
        from maya_a2f.worker.emotion.package_check import check_emotion_package

        return check_emotion_package(folder)
    if is_diffusion(folder):
        from maya_a2f.worker.diffusion.package_check import check_diffusion_package

        return check_diffusion_package(folder, identity, runs_network=not is_quick)
    check = _Check(folder)
    check.run()
    return PackageReport(folder, package_name(folder), tuple(check.findings), check.facts)


def _is_emotion(folder: Path) -> bool:
    try:
        return package_kind(JsonFields(folder / MODEL_FILE), folder) == "emotion"
    except BadPackageError:
        return False


class _Check(FaceCheck):
    def run(self) -> None:
        """Read everything; findings and facts grow."""
        found = self.attempt(self.folder, lambda: found_package_files(self.folder))
        if found is None:
            return
        files, faults = found
        for fault in faults:
            self.add_error(fault.path, fault)
        # A path that is no text at all is given as the folder.
        self.unreadable = {self.folder, *(fault.path for fault in faults)}
        self._warn_of_missing_outputs(files)
        info = self.attempt(files.network_info, lambda: read_network_info(files.network_info))
        config = self.attempt(files.model_config, lambda: read_model_config(files.model_config))
        if config is not None:
            self.facts["parameters"] = dict(config.parameters)
            self.facts["input_strength"] = config.input_strength
        if info is None:
            return
        self._describe_network(info, files)
        package = self._read_arrays(files, info, config)
        self._check_network(files, info, package)

    def _warn_of_missing_outputs(self, files: PackageFiles) -> None:
        for output in files.unavailable:
            what = f"Unavailable with this package: {output}."
            self.warn(files.model, what, "package.output_unavailable", "Add the set to 'blendshapePaths'.")

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
                "network_bytes": files.network.stat().st_size if files.network not in self.unreadable else 0,
            }
        )
        if info.result_jaw_size // 3 < _FEWEST_JAW_POINTS:
            what = f"{info.result_jaw_size // 3} jaw points do not fix a rotation; the jaw will only move."
            self.warn(files.network_info, what, "package.few_jaw_points")

    def _read_arrays(
        self, files: PackageFiles, info: NetworkInfo, config: ModelConfig | None
    ) -> RegressionPackage | None:
        """The package if all of it could be read; every array file is read either way."""
        data = self.attempt(files.model_data, lambda: read_model_data(files.model_data, info))
        implicit = None
        if config is not None:
            implicit = self.attempt(
                files.emotion_database, lambda: read_implicit_emotion(files.emotion_database, info, config)
            )
        skin = self.read_poses("skin", files.skin, info.num_verts_skin, data)
        tongue = self.read_poses("tongue", files.tongue, info.num_verts_tongue, data)
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

    def _check_network(self, files: PackageFiles, info: NetworkInfo, package: RegressionPackage | None) -> None:
        engine = self.attempt(files.network, lambda: OnnxRuntimeEngine(files.network, info))
        if engine is None or package is None:
            return
        self.attempt(files.network, lambda: self._run_on_silence(engine, package))
        stretches, why_not = open_stretches(files.network, info, engine, None)
        if why_not:
            hint = f"Delete it, or export the package again; '{files.network.name}' runs by itself. " + REPAIR
            self.warn(stretch_file(files.network), why_not, "package.stretches_unused", hint)
        self.facts["shares_windows"] = stretches is not None

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
