"""Opening a diffusion package's network."""

from __future__ import annotations

from maya_a2f.worker.diffusion.network import diffusion_signature
from maya_a2f.worker.diffusion.package import DiffusionPackage
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.port import NamedEngine
from maya_a2f.worker.engines.selection import EngineWish, choose_network


def open_diffusion_engine(
    package: DiffusionPackage, wish: EngineWish | None = None, watch: Watch | None = None
) -> NamedEngine:
    """The network in the best engine here, or the one asked for. Raises as
    :func:`~maya_a2f.worker.engines.selection.choose_network`."""
    return choose_network(NetworkFile(package.network_path, diffusion_signature(package.info)), wish, watch=watch)
