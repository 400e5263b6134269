"""What a fit knows: enough to solve any take for the rig, and to say how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.fitting.columns import Piece
from maya_a2f.worker.fitting.source_face import REGIONS
from maya_a2f.worker.fitting.surface import Doubles, Indices


@dataclass(frozen=True)
class FitSettings:
    """How much each wish weighs in the solve."""

    region_weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "mouth": 1.0, "jaw": 0.5, "eyes": 0.5, "brows": 0.3, "cheeks": 0.2, "still": 0.05, "unseen": 2.0,
        }
    )  # fmt: skip
    """Of a whole region, however many vertices it has; ``still`` is what none of our shapes moves, ``unseen`` what has
    no counterpart on our head."""
    poses: bool = True
    """A control that is a pose of ours by its motion goes as far as its sculptor meant; else every distance is ours."""
    ridge: float = 0.003
    """Pull towards rest, as a share of what a control moves."""
    sparsity_cm: float = 0.001
    """A control is used where it brings the face closer by more than this."""
    symmetry: float = 0.02
    """Pull of left and right controls towards each other, as a share of what they move."""
    smoothing: float = 0.02
    """Pull of a frame towards its neighbours, as a share of what a control moves."""
    contact: float = 12.0
    """Weight of closed lips against the shape of the whole mouth."""
    opening: float = 0.5
    """Weight of the lips' distance while they are apart."""


@dataclass(frozen=True, eq=False)
class FittedControl:
    """One attribute that the fit drives."""

    attribute: str
    kind: str
    rest: float
    lowest: float
    highest: float
    residual: float
    """What is left of the wanted motion where this control moves the face, as a share of that motion."""


@dataclass(frozen=True, eq=False)
class Grams:
    """Inner products of motions over one set of vertices; (K, K), (K, S) and (S, S), cm² times weight."""

    controls: Doubles
    cross: Doubles
    shapes: Doubles


@dataclass(frozen=True, eq=False)
class Lips:
    """Distances between the lips at some places along them, above those at rest."""

    controls: Doubles
    """(R, K) centimetres that each variable adds."""
    shapes: Doubles
    """(R, S) centimetres that each shape of ours adds on our head."""
    ratio: Doubles
    """(R,) their distance for one centimetre of ours."""
    seal: Doubles
    """(K,) the variables with which their mouth is closed, as ours is at rest; zeros where it rests closed."""


@dataclass(frozen=True, eq=False)
class Quality:
    """How well the controls can follow us; shares of the wanted motion's RMS that stay undone."""

    regions: Mapping[str, float]
    shapes: Mapping[str, float]
    matched: Mapping[str, tuple[str, ...]]
    """Shape of ours -> the controls that are the same pose."""
    alignment_cm: float
    registration_cm: float
    covered: float
    """Share of our moving surface that has a counterpart."""
    problems: tuple[str, ...]
    """Why the fit should not be used as it is; empty for a good one."""

    @property
    def is_good(self) -> bool:
        """Whether it may be baked without asking."""
        return not self.problems


@dataclass(frozen=True, eq=False)
class Fit:
    """A rig's answer to our motion."""

    name: str
    controls: tuple[FittedControl, ...]
    pieces: tuple[Piece, ...]
    shapes: tuple[str, ...]
    """Our channels, in order of the grams."""
    total: Grams
    """Weighted by region: what is solved."""
    by_region: Mapping[str, Grams]
    """Unweighted, centimetres² per vertex: what is reported."""
    lips: Lips
    pairs: Indices
    """(p, 2) pieces that are each other's mirror image."""
    vertex_cross: npt.NDArray[np.float32]
    """(K, V, 3) what a centimetre at each vertex of our head asks of each variable: for motion that no shape names."""
    settings: FitSettings
    quality: Quality
    source: str
    """The head that it was made for: a hash of its skin at rest."""
    notes: tuple[str, ...] = ()
    is_accepted: bool = False
    """Somebody saw the problems of :attr:`quality` and wants it all the same."""

    @property
    def rest(self) -> Doubles:
        """(C,) rest values."""
        return np.array([control.rest for control in self.controls], dtype=np.float64)


REGION_NAMES = (*REGIONS, "still")
