"""The pose step: raw network output of a whole clip -> channels over time. Needs no network and costs little.

Channels come in this order, each only where the package can give it: the skin set's pose names, the tongue set's,
``jaw.*``, ``leftEye.*``, ``rightEye.*``. Weights have Apple's meaning (see :mod:`maya_a2f.worker.mouth_close`), are not
clamped, and carry the package's multipliers and offsets; translations are centimetres, rotations degrees.

:class:`Poser` keeps what depends on the package alone, so that turning a dial does not pay for it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from maya_a2f.core.channels import EYE_CHANNELS, JAW_CHANNELS
from maya_a2f.core.face_parameters import effective_parameters
from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.worker.animator import SkinAnimator, animated_tongue, decoded, smoothing_factor, two_stage_smoothed
from maya_a2f.worker.blendshape_solver import BlendshapeSolver
from maya_a2f.worker.eyes import eye_rotations
from maya_a2f.worker.jaw import jaw_channels, jaw_matrices, jaw_targets, rigid_motions
from maya_a2f.worker.mouth_close import mouth_close_contains_jaw
from maya_a2f.worker.package import BlendshapeSet, Floats, RegressionPackage
from maya_a2f.worker.reduced_pose import SkinProjection, TongueProjection
from maya_a2f.worker.skin_vertices import SkinVertices

Doubles = npt.NDArray[np.float64]
OnProgress = Callable[[int, int], None]
"""Called with (frames done, frames in all)."""
IsCancelled = Callable[[], bool]

MOUTH_CLOSE_NOTE = (
    "The package's mouthClose contains jawOpen. Given Apple's meaning: jawOpen is jawOpen + mouthClose, at most 1."
)

_SKIN_SPAN, _TONGUE_SPAN = (0.0, 0.75), (0.75, 1.0)
_FEW_FRAMES = 48
"""So few under a new mask are made from their vertices; a mask that is asked for again gets its projection."""
_FRAMES_PER_CHUNK = 16
"""Full geometry of so many frames is held at once: 12 MB for 61 520 vertices."""


@dataclass(frozen=True)
class PoseResult:
    """What the pose step gives for one clip."""

    channels: Mapping[str, Doubles]
    """Channel name -> (F,) values, in column order."""
    notes: tuple[str, ...] = ()
    """Remarks worth showing with the take."""
    facts: Mapping[str, bool] = field(default_factory=dict)
    """What was found out about the package, for the take's record: ``mouthCloseContainsJaw``."""


@dataclass(frozen=True)
class FaceGeometry:
    """Vertices of some frames, centimetres."""

    skin: Floats
    """(F, 3V) absolute positions."""
    tongue: Floats
    """(F, 3Vt) absolute positions, without the jaw's motion."""
    jaw: Doubles
    """(F, 4, 4) p' = R·p + t for column vectors; identity where the package has no jaw."""


def pose(
    package: RegressionPackage,
    raw: Floats,
    rate: Fraction,
    parameters: Mapping[str, float],
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> PoseResult:
    """The channels of one clip; :meth:`Poser.pose` for one use."""
    return Poser(package).pose(raw, rate, parameters, on_progress, cancelled)


def geometry(
    package: RegressionPackage,
    raw: Floats,
    rate: Fraction,
    parameters: Mapping[str, float],
    frames: slice = slice(None),
) -> FaceGeometry:
    """Skin, tongue and jaw of the frames ``frames`` (step 1) of a clip, with the smoothing's history before them.

    ``raw`` and ``parameters`` as in :meth:`Poser.pose`, with the same errors.
    """
    values = effective_parameters(package.config.parameters, parameters)
    checked = checked_rows(package, raw)
    start, stop, _ = frames.indices(len(checked))
    stop = max(start, stop)
    shown = split_rows(package, checked[start:stop])
    animator = SkinAnimator(package.data, values, rate)
    _resume(animator, package, split_rows(package, checked[:start]).skin, rate, values)
    skin = np.empty((stop - start, package.data.neutral_skin.size), dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
        for first in range(0, stop - start, _FRAMES_PER_CHUNK):
            chunk = slice(first, first + _FRAMES_PER_CHUNK)
            skin[chunk] = animator.animated(decoded(shown.skin[chunk], package.data.shapes_matrix_skin))
        tongue = animated_tongue(
            decoded(shown.tongue, package.data.shapes_matrix_tongue), package.data.neutral_tongue, values
        )
    require_finite("skin", skin)
    require_finite("tongue", tongue)
    if package.info.result_jaw_size:
        motions = rigid_motions(package.data.neutral_jaw, jaw_targets(shown.jaw, package.data.neutral_jaw, values))
        jaw = jaw_matrices(*motions)
    else:
        jaw = np.broadcast_to(np.eye(4), (stop - start, 4, 4)).copy()
    return FaceGeometry(skin=skin, tongue=tongue, jaw=jaw)


class Poser:
    """A package made ready for posing. Results depend on the arguments, never, but for rounding, on earlier calls."""

    def __init__(self, package: RegressionPackage) -> None:
        """Raises :class:`EngineError` where the package's solver configuration makes no sense."""
        self._package = package
        self._skin_solver = BlendshapeSolver(package.skin) if package.skin else None
        self._tongue_solver = BlendshapeSolver(package.tongue) if package.tongue else None
        self._contains_jaw = mouth_close_contains_jaw(package.skin)
        self._skin_projection: tuple[tuple[float, float], SkinProjection] | None = None
        self._skin_vertices: SkinVertices | None = None
        self._passing_mask: tuple[float, float] | None = None
        self._is_forgetting = False
        self._tongue_projection: TongueProjection | None = None

    def forget(self) -> None:
        """Let the next clip have the bits that it would have as the first; see :meth:`BlendshapeSolver.forget`."""
        self._is_forgetting = True
        for solver in (self._skin_solver, self._tongue_solver):
            if solver is not None:
                solver.forget()

    def pose(
        self,
        raw: Floats,
        rate: Fraction,
        parameters: Mapping[str, float],
        on_progress: OnProgress | None = None,
        cancelled: IsCancelled | None = None,
        *,
        through_geometry: bool = False,
        first_frame: int = 0,
        lead_frames: int = 0,
    ) -> PoseResult:
        """The channels of a whole clip, or of a stretch of it.

        ``raw`` (F, result_size) is the network's output, first frame first; ``rate`` in frames per second;
        ``parameters`` differ from the package's own. ``through_geometry`` makes every vertex and projects it onto the
        shapes, which is the definition and gives the same numbers at many times the cost. For a stretch,
        ``first_frame`` is the frame of the clip that ``raw`` starts with, and the first ``lead_frames`` rows only let
        the smoothing settle: they give no samples. Raises :class:`UserError` ``parameter.*``, :class:`EngineError`
        ``network.shape`` or ``network.not_finite``, :class:`Cancelled`.
        """
        values = effective_parameters(self._package.config.parameters, parameters)
        checked = checked_rows(self._package, raw)
        parts = split_rows(self._package, checked)
        watch = _Watch(len(checked), on_progress or _ignore_progress, cancelled or _never)
        watch.report(0)
        channels: dict[str, Doubles] = {}
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
            way = self._slow if through_geometry else self._fast
            skin_b, tongue_b = way(parts, rate, values, watch, lead_frames)
            notes = self._add_weights(
                channels,
                None if skin_b is None else skin_b[lead_frames:],
                None if tongue_b is None else tongue_b[lead_frames:],
                watch,
            )
            shown = split_rows(self._package, checked[lead_frames:])
            self._add_joints(channels, shown, rate, values, first_frame + lead_frames)
        if not np.isfinite(np.array(list(channels.values()))).all():
            for name, samples in channels.items():
                require_finite(name, samples)
        watch.report(len(checked))
        return PoseResult(channels, notes, {"mouthCloseContainsJaw": self._contains_jaw})

    def _fast(
        self, parts: RowParts, rate: Fraction, values: Mapping[str, float], watch: _Watch, lead_frames: int
    ) -> tuple[Doubles | None, Doubles | None]:
        """Right sides of skin and tongue in coefficient space; those of the first ``lead_frames`` are not asked for."""
        package, skin, tongue = self._package, None, None
        if self._skin_solver is not None and package.skin is not None:
            key = (values["faceMaskLevel"], values["faceMaskSoftness"])
            known = self._skin_projection
            is_passing = known is not None and key not in (known[0], self._passing_mask) and not self._is_forgetting
            self._is_forgetting = False
            if is_passing and len(parts.skin) <= _FEW_FRAMES:
                self._passing_mask = key
                if self._skin_vertices is None:
                    self._skin_vertices = SkinVertices(package.data, self._skin_solver, package.skin.neutral)
                skin = self._skin_vertices.right_sides(parts.skin, rate, values, lead_frames)
            else:
                if known is None or known[0] != key:
                    made = SkinProjection(package.data, self._skin_solver, package.skin.neutral, *key)
                    known = self._skin_projection = (key, made)
                skin = known[1].right_sides(parts.skin, rate, values)
        watch.check()
        if self._tongue_solver is not None and package.tongue is not None:
            if self._tongue_projection is None:
                self._tongue_projection = TongueProjection(package.data, self._tongue_solver, package.tongue.neutral)
            tongue = self._tongue_projection.right_sides(parts.tongue, values)
        watch.check()
        return skin, tongue

    def _slow(
        self, parts: RowParts, rate: Fraction, values: Mapping[str, float], watch: _Watch, lead_frames: int
    ) -> tuple[Doubles | None, Doubles | None]:
        """The same right sides from the vertices."""
        del lead_frames
        data, count = self._package.data, len(parts.skin)
        chunks = [slice(start, start + _FRAMES_PER_CHUNK) for start in range(0, count, _FRAMES_PER_CHUNK)]
        skin = tongue = None
        if self._skin_solver is not None:
            animator = SkinAnimator(data, values, rate)
            skin = np.zeros((count, self._skin_solver.active.size))
            for chunk in chunks:
                watch.check()
                skin[chunk] = self._skin_solver.project(
                    animator.animated(decoded(parts.skin[chunk], data.shapes_matrix_skin))
                )
        if self._tongue_solver is not None:
            tongue = np.zeros((count, self._tongue_solver.active.size))
            for chunk in chunks:
                deltas = decoded(parts.tongue[chunk], data.shapes_matrix_tongue)
                tongue[chunk] = self._tongue_solver.project(animated_tongue(deltas, data.neutral_tongue, values))
        return skin, tongue

    def _add_weights(
        self, channels: dict[str, Doubles], skin_b: Doubles | None, tongue_b: Doubles | None, watch: _Watch
    ) -> tuple[str, ...]:
        """Solve both sets; returns the notes."""
        notes: list[str] = []
        if skin_b is not None and self._skin_solver is not None and self._package.skin is not None:
            weights = _solved(self._skin_solver, skin_b, watch, _SKIN_SPAN)
            channels.update(_columns(self._package.skin, weights))
            if self._contains_jaw:
                channels["jawOpen"] = np.minimum(1.0, channels["jawOpen"] + channels["mouthClose"])
                notes.append(MOUTH_CLOSE_NOTE)
        if tongue_b is not None and self._tongue_solver is not None and self._package.tongue is not None:
            weights = _solved(self._tongue_solver, tongue_b, watch, _TONGUE_SPAN)
            for name, samples in _columns(self._package.tongue, weights).items():
                if name in channels:
                    notes.append(f"Both shape sets have a pose '{name}'; the skin's is kept.")
                else:
                    channels[name] = samples
        return tuple(notes)

    def _add_joints(
        self,
        channels: dict[str, Doubles],
        parts: RowParts,
        rate: Fraction,
        values: Mapping[str, float],
        first_frame: int,
    ) -> None:
        data, info = self._package.data, self._package.info
        if info.result_jaw_size:
            motions = rigid_motions(data.neutral_jaw, jaw_targets(parts.jaw, data.neutral_jaw, values))
            jaw = jaw_channels(data.neutral_jaw, *motions)
            channels.update({name: jaw[:, index].copy() for index, name in enumerate(JAW_CHANNELS)})
        if info.result_eyes_size:
            eyes = eye_rotations(parts.eyes, data.saccade_rot_matrix, rate, values, first_frame).astype(np.float64)
            for name, column in zip(EYE_CHANNELS, (3, 4, 0, 1), strict=True):  # left first; the package has right first
                channels[name] = eyes[:, column].copy()


@dataclass(frozen=True)
class RowParts:
    """Raw network output by part, (F, n) each."""

    skin: Floats
    tongue: Floats
    jaw: Floats
    eyes: Floats


@dataclass(frozen=True)
class _Watch:
    """Progress out, cancellation in."""

    total: int
    on_progress: OnProgress
    cancelled: IsCancelled

    def check(self) -> None:
        """Raises :class:`Cancelled` when somebody asked for it."""
        if self.cancelled():
            raise Cancelled

    def report(self, done: int) -> None:
        """Check, then tell how far it is."""
        self.check()
        self.on_progress(done, self.total)


def _ignore_progress(done: int, total: int) -> None:
    del done, total


def _never() -> bool:
    return False


def checked_rows(package: RegressionPackage, raw: Floats) -> Floats:
    """``raw`` (F, R) as it is. Raises :class:`EngineError` ``network.shape`` or ``network.not_finite``."""
    size = package.info.result_size
    if raw.ndim != 2 or raw.shape[1] != size:
        raise EngineError(
            f"The network of '{package.name}' gave an array of shape {raw.shape}, expected (frames, {size}).",
            code="network.shape",
            hint="The network does not fit the package's network_info.json; install the package again.",
        )
    if not np.isfinite(raw).all():
        frame = int(np.flatnonzero(~np.isfinite(raw).all(axis=1))[0])
        raise EngineError(
            f"The network of '{package.name}' gave values that are not finite numbers (first in frame {frame}).",
            code="network.not_finite",
            hint="Check the package with 'a2f models check', or use another model.",
        )
    return raw


def split_rows(package: RegressionPackage, raw: Floats) -> RowParts:
    """Skin | tongue | jaw | eyes, inference.md section 4.1."""
    info = package.info
    skin = info.num_shapes_skin
    tongue = skin + info.num_shapes_tongue
    jaw = tongue + info.result_jaw_size
    return RowParts(raw[:, :skin], raw[:, skin:tongue], raw[:, tongue:jaw], raw[:, jaw:])


def _solved(solver: BlendshapeSolver, right_sides: Doubles, watch: _Watch, span: tuple[float, float]) -> Doubles:
    """(F, P) weights of a clip; ``span`` is this part's share of the progress."""
    return solver.solve_clip(
        right_sides, lambda done: watch.report(int(len(right_sides) * span[0] + done * (span[1] - span[0])))
    )


def _columns(shapes: BlendshapeSet, weights: Doubles) -> dict[str, Doubles]:
    return dict(zip(shapes.pose_names, weights.T.copy(), strict=True))


def _resume(
    animator: SkinAnimator, package: RegressionPackage, history: Floats, rate: Fraction, values: Mapping[str, float]
) -> None:
    """Bring the smoothers to where the frames before (n, S) leave them: smooth coefficients, decode the last state."""
    if len(history) == 0:
        return
    basis = package.data.shapes_matrix_skin
    for smoother, name in ((animator.lower, "lowerFaceSmoothing"), (animator.upper, "upperFaceSmoothing")):
        stages = two_stage_smoothed(history.astype(np.float64), smoothing_factor(values[name], float(1 / rate)))
        first, second = (animator.offset_deltas(decoded(stage[None], basis))[0] for stage in stages)
        smoother.resume(first, second)


def require_finite(name: str, samples: npt.NDArray[np.floating]) -> None:
    """Refuse a channel that overflowed: :class:`EngineError` ``network.not_finite``."""
    if not np.isfinite(samples).all():
        raise EngineError(
            f"The network's values are so large that '{name}' cannot be computed.",
            code="network.not_finite",
            hint="Check the package with 'a2f models check', or use another model.",
        )
