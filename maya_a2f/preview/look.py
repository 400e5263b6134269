"""The studio: lights, background and how each kind of surface answers light. Both renderers draw from these figures.

World space, linear colours. Three lights: a warm key from the picture's upper left, a cool fill from the right, a rim
from behind; a sky brighter than the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from maya_a2f.preview.arrays import FloatArray, Picture

Triple: TypeAlias = tuple[float, float, float]

KEY_DIRECTION: Final[Triple] = (-0.50, 0.55, 0.67)
KEY_COLOR: Final[Triple] = (1.72, 1.58, 1.42)
FILL_DIRECTION: Final[Triple] = (0.83, 0.06, 0.55)
FILL_COLOR: Final[Triple] = (0.30, 0.32, 0.37)
RIM_DIRECTION: Final[Triple] = (0.62, 0.42, -0.66)
RIM_COLOR: Final[Triple] = (1.45, 1.6, 1.85)
SKY_COLOR: Final[Triple] = (0.36, 0.39, 0.45)
GROUND_COLOR: Final[Triple] = (0.20, 0.14, 0.11)
EXPOSURE: Final = 0.66

BACKGROUND_INNER: Final[Triple] = (0.062, 0.070, 0.082)
BACKGROUND_OUTER: Final[Triple] = (0.010, 0.012, 0.015)
BACKGROUND_CENTER: Final = (0.47, 0.42)
"""In the picture, 0…1 from the left and from the top."""

WRAP: Final[Triple] = (0.42, 0.17, 0.11)
"""How far light creeps past the terminator per unit of subsurface; red goes farthest, as in skin."""
PENUMBRA_TINT: Final[Triple] = (0.55, 0.08, 0.0)
"""Red that bleeds into half-shadow per unit of subsurface."""

CATCHLIGHT_COSINES: Final = (0.9880, 0.9945)
"""Cosines of the angles to the half way direction at which the key's reflection on an eye begins and is full."""
CATCHLIGHT_STRENGTH: Final = 1.1

IRIS_COLOR: Final[Triple] = (0.13, 0.22, 0.25)
PUPIL_COLOR: Final[Triple] = (0.004, 0.004, 0.005)
SCLERA_COLOR: Final[Triple] = (0.72, 0.69, 0.66)
VEIN_COLOR: Final[Triple] = (0.60, 0.36, 0.32)
IRIS_RADIUS: Final = 0.47
"""Sine of the angle from the eye's axis to the edge of the iris (about 28°)."""
PUPIL_RADIUS: Final = 0.19
"""Sine of the angle to the edge of the pupil."""


@dataclass(frozen=True)
class Finish:
    """What a kind of surface adds to its material."""

    subsurface: float = 0.0
    smoothest: float = 0.0
    """Lower bound of roughness."""
    roughest: float = 1.0
    """Upper bound of roughness."""
    least_specular: float = 0.0
    least_sky: float = 0.0
    """Sky light that reaches it at least: light that wanders about inside a mouth."""
    sharp_edges: bool = False
    """Material borders stay crisp instead of blending over one ring of vertices."""


_FINISHES: Final[tuple[tuple[tuple[str, ...], Finish], ...]] = (
    (("brow", "lash", "hair"), Finish(smoothest=0.5)),
    (("eye", "sclera", "iris", "pupil", "cornea"), Finish(roughest=0.16, least_specular=0.8, least_sky=0.25)),
    (("teeth", "tooth"), Finish(subsurface=0.25, roughest=0.3, least_specular=0.6, least_sky=0.42, sharp_edges=True)),
    (("tongue", "gum", "mouth"), Finish(subsurface=0.8, roughest=0.33, least_specular=0.7, least_sky=0.30)),
    (("lip",), Finish(subsurface=0.8, roughest=0.42, least_specular=0.55)),
    (("skin", "face"), Finish(subsurface=0.75, smoothest=0.42, least_specular=0.35)),
)


def finish_of(material: str) -> Finish:
    """The kind of surface a material's name speaks of; a plain one where it speaks of none."""
    lowered = material.lower()
    return next((finish for words, finish in _FINISHES if any(word in lowered for word in words)), Finish())


def gloss_of(roughness: float) -> float:
    """Blinn-Phong exponent of a roughness: 2/r⁴ - 2 (the usual match to a microfacet lobe of width r²)."""
    return float(np.clip(2.0 / max(roughness, 0.05) ** 4 - 2.0, 4.0, 700.0))


def toned(linear: FloatArray) -> FloatArray:
    """Linear light -> display 0…1: exposure, Narkowicz's fit of the ACES film curve (2015), gamma 2.2."""
    c = np.maximum(linear, 0) * np.float32(EXPOSURE)
    curve = np.clip(c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0)
    return np.asarray(curve ** np.float32(1 / 2.2), np.float32)


def background(size: tuple[int, int]) -> Picture:
    """The backdrop: a soft glow behind the head; dithered, so that the gradient does not show steps."""
    width, height = size
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - np.float32(BACKGROUND_CENTER[0])
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - np.float32(BACKGROUND_CENTER[1])
    distance = np.sqrt((x[None, :] * (width / height) * 0.85) ** 2 + (y[:, None] * 1.05) ** 2)
    glow = np.exp(-2.6 * distance**2)[..., None].astype(np.float32)
    inner, outer = (np.asarray(color, np.float32) for color in (BACKGROUND_INNER, BACKGROUND_OUTER))
    light: FloatArray = np.asarray((outer + (inner - outer) * glow) / np.float32(EXPOSURE), np.float32)
    shown = toned(light) * 255
    noise = np.random.default_rng(0).random((height, width, 1), np.float32)
    return np.asarray(np.clip(shown + noise, 0, 255), np.uint8)
