"""The networks of a package as files: for windows, as the format has it, and for stretches of sound."""

from __future__ import annotations

from pathlib import Path

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.training.network import BUFFER_SAMPLES, IMPLICIT_SIZE, STEP_SAMPLES, StretchNetwork, WindowNetwork
from maya_a2f.training.onnx_export import export_graph, export_stretches
from maya_a2f.worker.package_files import stretch_file

_EMOTIONS = IMPLICIT_SIZE + len(EMOTIONS)


def write_network_files(network: WindowNetwork, path: Path) -> None:
    """``path`` (``network.onnx``): ``input`` and ``emotion`` to ``result``, batch axis dynamic. Beside it the same for
    stretches: :func:`~maya_a2f.worker.package_files.stretch_file`."""
    export_graph(network, path, BUFFER_SAMPLES, _EMOTIONS)
    export_stretches(StretchNetwork(network), stretch_file(path), BUFFER_SAMPLES, _EMOTIONS, STEP_SAMPLES)
