"""What the network's skin does beyond its shapes: motion that no channel names, and a fitted rig may still follow.

Only a package whose skin is the fitted head's own mesh can be compared vertex by vertex.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from maya_a2f.core.head import load_head
from maya_a2f.core.take import Take
from maya_a2f.errors import A2FError
from maya_a2f.worker.fitting.fit_data import Fit
from maya_a2f.worker.fitting.source_face import source_face
from maya_a2f.worker.fitting.surface import Doubles
from maya_a2f.worker.infer_cache import InferCache
from maya_a2f.worker.package import Floats, RegressionPackage
from maya_a2f.worker.package_files import is_diffusion
from maya_a2f.worker.package_reading import load_package
from maya_a2f.worker.pose import Poser, geometry

FROM_NETWORK = "Solved from the network's output."
_FRAMES_AT_ONCE = 256
_SPANNED = 0.01
"""Motion of the network's basis beyond the shapes that is not worth a thought, as a share of its own."""
_SAME_CM = 0.05
"""How far the package's skin at rest may lie off the head's."""


def unnamed_motion(
    take: Take, fit: Fit, head_folder: Path, cache_folder: Path, check: Callable[[], None] = lambda: None
) -> tuple[Doubles | None, str]:
    """(K, F) what that motion asks of the fit's variables, or None; and a sentence on which of the two it is.

    ``head_folder`` holds the head that the fit was made for.
    """
    key = take.made_by.get("inferred")
    raw = InferCache(cache_folder / "inferred").read(key) if isinstance(key, str) else None
    if raw is None:
        return None, "Solved from the take's weights: the network's output is no longer in the cache."
    try:
        folder = Path(str(take.made_by["package"]["folder"]))
        if is_diffusion(folder):
            return None, "Solved from the take's weights: a diffusion model's own motion is not kept."
        package = load_package(folder)
    except (A2FError, KeyError, TypeError):
        return None, "Solved from the take's weights: the model that made the take is not there."
    neutral = skin_at_rest(head_folder)
    skin = package.data.neutral_skin.astype(np.float64).reshape(-1, 3)
    usable = package.skin is not None and skin.shape == neutral.shape == fit.vertex_cross.shape[1:]
    if not usable or float(np.abs(skin - neutral).max()) > _SAME_CM or len(raw) < take.clip_frame_count:
        return None, "Solved from the take's weights: the model's skin is another than the fitted head's."
    if _is_spanned(package):
        return None, FROM_NETWORK
    try:
        asked = _asked(take, fit, package, raw[: take.clip_frame_count], check)
    except A2FError as error:
        return None, f"Solved from the take's weights: {error.message}"
    if asked is None:
        return None, "Solved from the take's weights: the model's mouthClose is not Apple's."
    return asked, FROM_NETWORK


@lru_cache(maxsize=1)
def skin_at_rest(head_folder: Path) -> Doubles:
    """(V, 3) of a head's face."""
    return source_face(load_head(head_folder)).points


def _is_spanned(package: RegressionPackage) -> bool:
    """Whether the shapes can do all that the network's skin can: then the take's weights already say it all."""
    assert package.skin is not None
    deltas = package.skin.deltas.reshape(len(package.skin.pose_names), -1).astype(np.float64)
    basis = package.data.shapes_matrix_skin.astype(np.float64)
    basis = basis if basis.shape[1] == deltas.shape[1] else basis.T
    gram = deltas @ deltas.T
    known = np.linalg.solve(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)), deltas @ basis.T)
    left = float((basis**2).sum() - np.einsum("sb,sb->", known, deltas @ basis.T))
    return left < _SPANNED**2 * float((basis**2).sum())


def _asked(take: Take, fit: Fit, package: RegressionPackage, raw: Floats, check: Callable[[], None]) -> Doubles | None:
    assert package.skin is not None
    known = set(package.config.parameters)
    made = take.made_by.get("parameters", {})
    parameters = {name: float(value) for name, value in made.items() if name in known}
    posed = Poser(package).pose(raw, take.rate, parameters)
    if posed.facts["mouthCloseContainsJaw"]:
        return None
    multipliers, offsets = (np.asarray(part) for part in (package.skin.config.multipliers, package.skin.config.offsets))
    shown = np.stack([posed.channels[name] for name in package.skin.pose_names], axis=1)
    weights = np.divide(shown - offsets, multipliers, out=np.zeros_like(shown), where=multipliers != 0.0)
    deltas = package.skin.deltas.reshape(len(package.skin.pose_names), -1)
    rest = package.skin.neutral.reshape(-1)
    cross = fit.vertex_cross.reshape(len(fit.pieces), -1)
    asked = np.zeros((len(fit.pieces), take.frame_count))
    for start in range(0, len(raw), _FRAMES_AT_ONCE):
        check()
        frames = slice(start, min(start + _FRAMES_AT_ONCE, len(raw)))
        moved = geometry(package, raw, take.rate, parameters, frames).skin - rest
        moved -= (weights[frames] @ deltas).astype(np.float32)
        asked[:, frames] = cross @ moved.T
    return asked
