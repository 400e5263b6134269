"""A network on disk, and what its bytes are known by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from maya_a2f.worker.engines.signature import Signature
from maya_a2f.worker.package_files import external_weights
from maya_a2f.worker.package_hash import file_digest


@dataclass(frozen=True)
class NetworkFile:
    """An ONNX file and the tensors it must have."""

    path: Path
    signature: Signature

    @property
    def build_info(self) -> Path | None:
        """The package's ``trt_info.json``; None where it has none."""
        beside = self.path.with_name("trt_info.json")
        return beside if beside.is_file() else None

    def digest(self) -> str:
        """64 hex digits over the file and the weights beside it. Raises :class:`EngineError`."""
        whole = hashlib.sha256()
        for path in (self.path, *external_weights(self.path)):
            whole.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + file_digest(path, {}).encode() + b"\n")
        return whole.hexdigest()
