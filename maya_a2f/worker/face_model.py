"""What the pipeline asks of any opened package that moves a face, and opening one of whichever kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from maya_a2f.core.closures import LipGap
from maya_a2f.worker.diffusion.model import LoadedDiffusion, load_diffusion
from maya_a2f.worker.diffusion.package import network_info
from maya_a2f.worker.diffusion.package_files import found_diffusion_files
from maya_a2f.worker.diffusion.package_reading import known_identity, read_diffusion_info
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.engines.port import EngineFacts
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.layering import LayerPlan
from maya_a2f.worker.loaded_model import ClipInput, IsCancelled, OnFrames, load_model
from maya_a2f.worker.package import Floats, NetworkInfo, RegressionPackage
from maya_a2f.worker.package_faults import BadPackageError
from maya_a2f.worker.package_files import found_package_files, is_diffusion
from maya_a2f.worker.package_reading import package_name, read_network_info
from maya_a2f.worker.pose import PoseResult


class FaceModel(Protocol):
    """:class:`~maya_a2f.worker.loaded_model.LoadedModel` and
    :class:`~maya_a2f.worker.diffusion.model.LoadedDiffusion`, which say more on each."""

    digest: str
    """The package's content hash."""
    head_size: float
    lip_gap: LipGap
    layer_plan: LayerPlan

    @property
    def package(self) -> RegressionPackage:
        """What is posed: of a package with several identities the one that was chosen."""

    @property
    def engine(self) -> EngineFacts:
        """What runs the network."""

    @property
    def record(self) -> Mapping[str, str]:
        """What decides a take besides what every model has: for the take's record."""

    @property
    def row_size(self) -> int:
        """R, the length of a row."""

    @property
    def few_frames(self) -> int:
        """Rows to ask for at once where only some are wanted."""

    def frame_count(self, clip: ClipInput) -> int:
        """Rows that the clip gives."""

    def infer_key(self, clip: ClipInput) -> str:
        """Names the rows of the clip in the cache."""

    def own_key(self, clip: ClipInput) -> tuple[object, ...]:
        """What rows depend on besides sound, emotion, rate, gain and package."""

    def rows(self, clip: ClipInput, on_progress: OnFrames, cancelled: IsCancelled) -> Iterator[Floats]:
        """All rows of the clip in order, some (n, R) at a time."""

    def rows_at(self, clip: ClipInput, first: int, count: int) -> Floats:
        """(count, R) some of the rows."""

    def is_exact_at(self, clip: ClipInput, first: int, count: int) -> bool:
        """Whether what :meth:`rows_at` gives there is what :meth:`rows` would."""

    def forget(self) -> None:
        """Let the next clip be posed as the first would be, to the last bit."""

    def pose(
        self,
        rows: Floats,
        rate: Fraction,
        parameters: Mapping[str, float],
        on_progress: OnFrames | None = None,
        cancelled: IsCancelled | None = None,
        *,
        first_frame: int = 0,
        lead_frames: int = 0,
    ) -> PoseResult:
        """The channels of a clip or a stretch of it."""


def described_network(folder: Path, identity: str = "") -> NetworkInfo:
    """What the network of the package in ``folder`` hears and is told; nothing else is read.

    Raises :class:`EngineError` ``package.*``, :class:`UserError` ``model.identity_unknown``.
    """
    try:
        if is_diffusion(folder):
            info = read_diffusion_info(found_diffusion_files(folder)[0].network_info)
            return network_info(info, known_identity(identity, info.identities, package_name(folder)))
        regression = read_network_info(found_package_files(folder)[0].network_info)
    except BadPackageError as bad:
        raise bad.faults[0] from None
    known_identity(identity, (regression.actor,), package_name(folder))
    return regression


def open_model(
    folder: Path,
    digest: str,
    identity: str = "",
    before: FaceModel | None = None,
    wish: EngineWish | None = None,
    watch: Watch | None = None,
) -> FaceModel:
    """Open the package in ``folder`` with the engine wished for, and of several identities the one called ``identity``.

    Of the model ``before`` it the network stays open where only the identity is another. Raises :class:`EngineError`,
    :class:`UserError` ``model.identity_unknown``.
    """
    if is_diffusion(folder):
        is_same = before is not None and (before.digest, before.package.folder) == (digest, folder)
        known = before if is_same and isinstance(before, LoadedDiffusion) else None
        return load_diffusion(folder, digest, identity, known, wish, watch)
    model = load_model(folder, digest, wish, watch)
    known_identity(identity, (model.package.info.actor,), model.package.name)
    return model
