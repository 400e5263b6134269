"""Whether a folder is a sound diffusion package: every finding for every identity, and the network run twice."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np

from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.worker.diffusion.engine import open_diffusion_engine
from maya_a2f.worker.diffusion.loop import DiffusionLoop
from maya_a2f.worker.diffusion.noise import noise_source, noise_words
from maya_a2f.worker.diffusion.package import DiffusionInfo, DiffusionPackage
from maya_a2f.worker.diffusion.package_files import (
    DiffusionFiles,
    IdentityFiles,
    found_diffusion_files,
    identity_count_fault,
)
from maya_a2f.worker.diffusion.package_reading import (
    known_identity,
    read_diffusion_info,
    read_identity_config,
    read_identity_data,
)
from maya_a2f.worker.diffusion.running import open_runner
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.package_findings import FaceCheck, PackageReport
from maya_a2f.worker.package_reading import package_name


def check_diffusion_package(folder: Path, identity: str = "", *, runs_network: bool = True) -> PackageReport:
    """Read everything in ``folder`` and run the network. Bad packages are reported, never raised.

    The facts about a face are those of ``identity``, the first where it is empty. Raises :class:`UserError`
    ``model.identity_unknown``.
    """
    check = _Check(folder)
    check.run(identity, runs_network=runs_network)
    return PackageReport(folder, package_name(folder), tuple(check.findings), check.facts)


class _Check(FaceCheck):
    def run(self, identity: str, *, runs_network: bool) -> None:
        """Read everything; findings and facts grow."""
        self.facts["kind"] = "diffusion"
        found = self.attempt(self.folder, lambda: found_diffusion_files(self.folder))
        if found is None:
            return
        files, faults = found
        for fault in faults:
            self.add_error(fault.path, fault)
        self.unreadable = {self.folder, *(fault.path for fault in faults)}
        info = self.attempt(files.network_info, lambda: read_diffusion_info(files.network_info))
        if info is None:
            return
        miscount = identity_count_fault(files, files.network_info, len(info.identities))
        if miscount is not None:
            self.add_error(miscount.path, miscount)
        chosen = known_identity(identity, info.identities, package_name(self.folder))
        self._describe(info, files, chosen)
        packages = {
            name: self._read_identity(name, own, files, info, is_chosen=name == chosen)
            for name, own in zip(info.identities, files.identities, strict=False)
        }
        usable = packages.get(chosen) or next((package for package in packages.values() if package), None)
        if usable is not None and runs_network and files.network not in self.unreadable:
            engine = self.attempt(files.network, lambda: open_diffusion_engine(usable, EngineWish("onnxruntime-cpu")))
            if engine is not None:
                self.attempt(files.noise or files.network, lambda: self._run(engine, usable))

    def _describe(self, info: DiffusionInfo, files: DiffusionFiles, chosen: str) -> None:
        is_readable = files.network not in self.unreadable
        start = info.buffer_len * info.left_frames // info.frames
        self.facts.update(
            {
                "identities": list(info.identities),
                "identity": chosen,
                "emotions": list(info.emotions),
                "skin_vertices": info.skin_size // 3,
                "tongue_vertices": info.tongue_size // 3,
                "jaw_points": info.jaw_size // 3,
                "frames_per_second": describe_rate(info.frame_rate),
                "frames_per_inference": info.kept_frames,
                "diffusion_steps": info.steps,
                "window_samples": info.buffer_len,
                "look_ahead_seconds": (info.buffer_len - start) / info.samplerate,
                "sample_rate_hz": info.samplerate,
                "noise_bytes": 4 * math.prod(info.noise_shape),
                "network_file": files.network.name,
                "network_bytes": files.network.stat().st_size if is_readable else 0,
            }
        )

    def _read_identity(
        self, name: str, own: IdentityFiles, files: DiffusionFiles, info: DiffusionInfo, *, is_chosen: bool
    ) -> DiffusionPackage | None:
        """The package with this identity if all of it could be read; the facts are only the chosen one's."""
        facts = dict(self.facts)
        for output in own.unavailable:
            what = f"Unavailable with the identity '{name}': {output}."
            self.warn(files.model, what, "package.output_unavailable", "Add the set to 'blendshapePaths'.")
        config = self.attempt(own.model_config, lambda: read_identity_config(own.model_config))
        data = self.attempt(own.model_data, lambda: read_identity_data(own.model_data, info))
        skin = self.read_poses("skin", own.skin, info.skin_size // 3, data)
        tongue = self.read_poses("tongue", own.tongue, info.tongue_size // 3, data)
        if config is not None:
            self.facts.update(parameters=dict(config.parameters), input_strength=config.input_strength)
        if data is not None:
            self.facts["saccade_frames"] = len(data.saccade_rot_matrix)
        if not is_chosen:
            self.facts = facts
        are_read = (skin or not own.skin) and (tongue or not own.tongue)
        if config is None or data is None or not are_read:
            return None
        return DiffusionPackage(
            self.folder,
            package_name(self.folder),
            info,
            name,
            config,
            data,
            files.network,
            None if files.noise in self.unreadable else files.noise,
            skin,
            tongue,
            own.unavailable,
        )

    def _run(self, engine: NamedEngine, package: DiffusionPackage) -> None:
        info = package.info
        loop = DiffusionLoop(package, open_runner(info, engine, noise_source(package)))
        silence = np.zeros((1, info.buffer_len), np.float32)
        emotion = np.tile(np.array(info.default_emotion, np.float32), (1, info.kept_frames, 1))
        seconds = []
        for _ in range(2):  # the first run also sets the runtime up
            start = time.perf_counter()
            loop.run(silence, emotion)
            seconds.append(time.perf_counter() - start)
        self.facts["noise"] = noise_words(package)
        self.facts["engine"] = engine.description
        self.facts["batch"] = "any" if engine.max_batch is None else f"at most {engine.max_batch}"
        self.facts["milliseconds_per_inference"] = round(1000.0 * seconds[-1], 3)
