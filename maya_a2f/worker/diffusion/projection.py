"""Vertices -> rows, the few numbers of a frame that posing needs, and posing from them.

A diffusion network gives vertex deltas δ. What the solver wants of them is linear (see
:mod:`maya_a2f.worker.reduced_pose`): with D the active shapes and m the lower-face mask,

    row = Dᵀδ (K) | Dᵀ(m·δ) (K) | Dᵀδ of the tongue (Kt) | jaw | eyes,

so a frame shrinks from 88 831 numbers to about 130, and everything after that, strengths, smoothing, offsets, is the
same arithmetic as for a regression package. The mask is in the rows: another one needs the network again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.animator import lower_face_mask
from maya_a2f.worker.blendshape_solver import BlendshapeSolver, Doubles
from maya_a2f.worker.diffusion.package import DiffusionPackage, row_package
from maya_a2f.worker.package import BlendshapeSet, Floats, ModelData, RegressionPackage
from maya_a2f.worker.pose import Poser, RowParts, _Watch
from maya_a2f.worker.reduced_pose import SkinProjection, TongueProjection


class RowProjection:
    """One identity's D with one mask; makes rows of the network's frames."""

    def __init__(self, package: DiffusionPackage, mask_level: float, mask_softness: float) -> None:
        """Raises :class:`EngineError` where the package's solver configuration makes no sense."""
        info, neutral = package.info, package.data.neutral_skin
        self.sizes = (info.skin_size, info.tongue_size)
        """Floats of a frame for each of the parts."""
        self.parts = (
            _nothing()
            if package.skin is None
            else _projected_by(package.skin, np.repeat(lower_face_mask(neutral, mask_level, mask_softness), 3)),
            _nothing() if package.tongue is None else _projected_by(package.tongue, None),
        )
        """Skin and tongue."""

    def rows(self, frames: Floats) -> Floats:
        """(n, R) float32 for frames (n, D)."""
        skin, tongue, joints = np.split(frames, np.cumsum(self.sizes), axis=1)
        pieces = [part.projected(deltas) for part, deltas in zip(self.parts, (skin, tongue), strict=True)]
        rows: Floats = np.concatenate([*pieces, joints], axis=1, dtype=np.float32, casting="same_kind")
        return rows


@dataclass(frozen=True, eq=False)
class PartProjection:
    """D of a skin or tongue, flat; with a mask also D of the lower face."""

    columns: npt.NDArray[np.intp] | None
    """(n,) the floats of the part that count; None means all."""
    shapes: Doubles
    """(K or 2K, n)"""

    def projected(self, deltas: Floats) -> Doubles:
        """(F, K) or, with a mask, (F, 2K)."""
        chosen = deltas if self.columns is None else deltas[:, self.columns]
        rows: Doubles = chosen.astype(np.float64) @ self.shapes.T
        return rows


def _projected_by(poses: BlendshapeSet, mask: Floats | None) -> PartProjection:
    solver = BlendshapeSolver(poses)
    size = solver.active.size
    shapes = np.concatenate([deltas.reshape(size, -1) for _, deltas in solver.blocks()], axis=1)
    columns = None
    if solver.vertices is not None:
        columns = (3 * solver.vertices[:, None] + np.arange(3)).reshape(-1)
    if mask is not None:
        shapes = np.concatenate([shapes, shapes * (mask if columns is None else mask[columns])])
    return PartProjection(columns, shapes)


def _nothing() -> PartProjection:
    """Of a part without poses."""
    return PartProjection(np.empty(0, np.intp), np.empty((0, 0)))


class RowPoser(Poser):
    """:class:`Poser` for rows: the projection onto the shapes has been done already."""

    def __init__(self, package: DiffusionPackage) -> None:
        """Raises :class:`EngineError` where the package's solver configuration makes no sense."""
        rows = row_package(package)
        super().__init__(rows)
        self._rows = rows
        if self._tongue_solver is not None and rows.tongue is not None:
            self._tongue_projection = _TongueRows(rows.data, self._tongue_solver, rows.tongue.neutral)

    @property
    def package(self) -> RegressionPackage:
        """The identity as posing sees it."""
        return self._rows

    def _fast(
        self, parts: RowParts, rate: Fraction, values: Mapping[str, float], watch: _Watch, lead_frames: int
    ) -> tuple[Doubles | None, Doubles | None]:
        key = (values["faceMaskLevel"], values["faceMaskSoftness"])
        is_made = self._skin_projection is not None and self._skin_projection[0] == key
        if self._skin_solver is not None and self._rows.skin is not None and not is_made:
            made = _SkinRows(self._rows.data, self._skin_solver, self._rows.skin.neutral, *key)
            self._skin_projection = (key, made)
        return super()._fast(parts, rate, values, watch, lead_frames)


class _SkinRows(SkinProjection):
    """G_low and G_up for coefficients that are Dᵀδ | Dᵀ(m·δ)."""

    def __init__(
        self, data: ModelData, solver: BlendshapeSolver, neutral: Floats, level: float, softness: float
    ) -> None:
        super().__init__(data, solver, neutral, level, softness)  # the offsets' two columns
        one = np.eye(solver.active.size)
        self.lower = np.concatenate([np.zeros_like(one), one, self.lower], axis=1)
        self.upper = np.concatenate([one, -one, self.upper], axis=1)


class _TongueRows(TongueProjection):
    """The same for coefficients that are Dᵀδ."""

    def __init__(self, data: ModelData, solver: BlendshapeSolver, neutral: Floats) -> None:
        super().__init__(data, solver, neutral)
        self.basis = np.eye(solver.active.size)
