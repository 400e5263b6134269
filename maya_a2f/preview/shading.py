"""Light on the vertices, the same for both renderers: everything but the key light's highlight and the pattern of eyes.

Skin is lit with wrapped diffuse light whose wrap and half-shadow are redder than the light itself, which is what light
scattered under the skin looks like from afar; sky light is dimmed by the baked occlusion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maya_a2f.preview import look
from maya_a2f.preview.arrays import FloatArray, normalised
from maya_a2f.preview.camera import Camera
from maya_a2f.preview.surface import Surface

EYE_MAP_SIZE = 256


@dataclass(frozen=True)
class ShadedVertices:
    """Light at R drawn vertices; linear."""

    color: FloatArray
    """(R, 3) light towards the camera without the key's highlight; on eyeballs to be multiplied by the eye map."""
    half: FloatArray
    """(R, 3) unit, half way between key light and camera."""
    shine: FloatArray
    """(R,) strength of the key's highlight: its colour times this times :func:`lobe`, on eyes :func:`catchlight`."""


class Shading:
    """What stays the same from frame to frame while one surface is lit."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._key = _unit(look.KEY_DIRECTION)
        self._fill = _unit(look.FILL_DIRECTION)
        self._rim = _unit(look.RIM_DIRECTION)
        eyes = surface.eye[:, 2:] > 0.5
        self._albedo = np.where(eyes, np.float32(1.0), surface.albedo)
        bleed = np.asarray(look.PENUMBRA_TINT, np.float32) * surface.subsurface[:, None]
        sky, key = surface.sky[:, None], surface.key[:, None]
        self._key_color = (key + bleed * key * (1 - key)) * _color(look.KEY_COLOR)
        sky_share = sky + bleed * sky * (1 - sky) * np.float32(0.8)
        self._fill_color = sky_share * _color(look.FILL_COLOR)
        self._sky_middle = sky_share * (_color(look.SKY_COLOR) + _color(look.GROUND_COLOR)) * np.float32(0.5)
        self._sky_slope = sky_share * (_color(look.SKY_COLOR) - _color(look.GROUND_COLOR)) * np.float32(0.5)
        self._wrap = _color(look.WRAP) * surface.subsurface[:, None]
        self._unwrap = 1 / (1 + self._wrap)
        sheen = np.float32(0.5) * surface.specular[:, None]
        self._rim_color = _color(look.RIM_COLOR) * (sheen + np.float32(0.9) * self._albedo) * sky
        self._base_mirror = np.float32(0.08) * surface.specular
        self._peak = (surface.gloss + 8) / np.float32(25)
        self._eyes = np.flatnonzero(surface.eye[:, 2] > 0.5)
        self._fill_peak = np.where(eyes[:, 0], np.float32(0), self._peak * surface.sky)
        two_sided = surface.triangles[surface.two_sided_from :]
        self._two_sided = np.unique(two_sided)

    def shade(self, points: FloatArray, normals: FloatArray, camera: Camera) -> ShadedVertices:
        """Light the drawn vertices of one frame: (R, 3) points and unit normals.

        Normals of surfaces seen from behind that have two sides are turned round, in place.
        """
        view = normalised(np.asarray(camera.position, np.float32) - points)
        facing_view = np.einsum("vi,vi->v", normals, view)
        if len(self._two_sided):
            turned = self._two_sided[facing_view[self._two_sided] < 0]
            normals[turned] *= -1
            facing_view[turned] *= -1
        facing_key = normals @ self._key
        color = np.clip((facing_key[:, None] + self._wrap) * self._unwrap, 0, 1)
        color *= self._key_color
        color += np.maximum(normals @ self._fill * np.float32(0.7) + np.float32(0.3), 0)[:, None] * self._fill_color
        color += self._sky_middle
        color += normals[:, 1:2] * self._sky_slope
        color *= self._albedo
        edge = 1 - np.clip(facing_view, 0, 1)
        facing_rim = np.maximum(normals @ self._rim + np.float32(0.15), 0)
        color += (facing_rim * edge * edge)[:, None] * self._rim_color
        half = normalised(view + self._key)
        lit = np.clip((facing_key + np.float32(0.05)) * np.float32(3.5), 0, 1) * self._surface.key
        shine = self._peak * self._mirror(half @ self._key) * lit
        shine[self._eyes] = look.CATCHLIGHT_STRENGTH * np.sqrt(self._surface.key[self._eyes])
        color += self._fill_shine(normals, view)[:, None] * _color(look.FILL_COLOR)
        return ShadedVertices(color.astype(np.float32, copy=False), half, shine.astype(np.float32, copy=False))

    def _fill_shine(self, normals: FloatArray, view: FloatArray) -> FloatArray:
        half = normalised(view + self._fill)
        facing = np.einsum("vi,vi->v", normals, half)
        shape = lobe(facing, self._surface.gloss * np.float32(0.6))
        return np.asarray(shape * self._fill_peak * self._mirror(half @ self._fill), np.float32)

    def _mirror(self, light_to_half: FloatArray) -> FloatArray:
        """Schlick's approximation of Fresnel's reflection."""
        grazing = 1 - np.maximum(light_to_half, 0)
        squared = grazing * grazing
        return np.asarray(self._base_mirror + (1 - self._base_mirror) * squared * squared * grazing, np.float32)


def lobe(facing: FloatArray, gloss: FloatArray) -> FloatArray:
    """Schlick's rational stand-in for facing^gloss (A Fast Alternative to Phong's Specular Model, 1994)."""
    clipped = np.maximum(facing, 0)
    return np.asarray(clipped / (gloss - gloss * clipped + clipped), np.float32)


def catchlight(facing: FloatArray) -> FloatArray:
    """The key's reflection on an eye: a disc with a soft border."""
    return _step(*look.CATCHLIGHT_COSINES, facing)


def eye_map() -> FloatArray:
    """(256, 256, 3) linear colours of an eyeball over x, y in -1…1 of the direction from its centre; row 0 is y = -1.

    White with veins towards the rim; an iris with fibres, a dark edge, a pupil, and the bright crescent that the cornea
    throws on the side away from the key light.
    """
    axis = ((np.arange(EYE_MAP_SIZE, dtype=np.float32) + 0.5) / EYE_MAP_SIZE) * 2 - 1
    x, y = np.meshgrid(axis, axis)
    radius: FloatArray = np.hypot(x, y)
    across: FloatArray = np.asarray(radius / look.IRIS_RADIUS, np.float32)
    turn = np.arctan2(y, x)
    fibre = 0.5 + 0.25 * np.sin(turn * 41 + np.sin(radius * 55) * 1.5) + 0.25 * np.sin(turn * 67 - radius * 20)
    toward = -np.asarray(look.KEY_DIRECTION[:2]) / np.hypot(*look.KEY_DIRECTION[:2])
    caustic = np.clip((x * toward[0] + y * toward[1]) / look.IRIS_RADIUS * 0.5 + 0.5, 0, 1)
    brightness = 0.6 + 0.55 * fibre * _step(0.35, 0.7, across) + 0.5 * _step(0.62, 0.40, across)
    brightness *= (0.45 + 1.2 * caustic) * (1 - 0.88 * _step(0.76, 1.0, across))
    iris = brightness[..., None] * _color(look.IRIS_COLOR)
    iris = _mixed(_color(look.PUPIL_COLOR), iris, _step(look.PUPIL_RADIUS - 0.02, look.PUPIL_RADIUS + 0.02, radius))
    white = _mixed(_color(look.SCLERA_COLOR), _color(look.VEIN_COLOR), 0.8 * _step(0.55, 1.0, radius))
    return _mixed(iris, white, _step(look.IRIS_RADIUS - 0.03, look.IRIS_RADIUS + 0.03, radius))


def _step(low: float, high: float, values: FloatArray) -> FloatArray:
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _mixed(first: FloatArray, second: FloatArray, share: FloatArray) -> FloatArray:
    return np.asarray(first + (second - first) * share[..., None], np.float32)


def _color(value: look.Triple) -> FloatArray:
    return np.asarray(value, np.float32)


def _unit(value: look.Triple) -> FloatArray:
    return normalised(np.asarray(value, np.float32))
