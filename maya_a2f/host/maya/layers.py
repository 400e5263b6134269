"""Keys on animation layers (specification, maya.md section 7).

Maya puts a blend node between a layered plug and its curves, so its direct source is no curve. Maya itself makes the
first key on a layer (``setKeyframe``), which makes the layer's curve; the bulk of the keys then goes to that curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.errors import HostError
from maya_a2f.host.maya.outside_stubs import affected_layers, curve_on_layer
from maya_a2f.host.maya.plugs import node_named


@dataclass(frozen=True)
class LayerChoice:
    """Which animation layer takes the keys."""

    name: str
    is_new: bool = False
    """Make a layer of this name (Maya adds a number where the name is taken); else it must exist."""
    override: bool = False
    """A new layer replaces what is below it; else it adds to it, and the keys are differences from the rest."""


def base_layer() -> str | None:
    """The base layer; None in a scene without layers."""
    root: str | None = cmds.animLayer(query=True, root=True)
    return root or None


def check_layer(choice: LayerChoice) -> None:
    """Raises :class:`HostError` ``layer.missing`` or ``layer.locked``; a layer to be made is always right."""
    if choice.is_new:
        return
    if not cmds.objExists(choice.name) or cmds.nodeType(choice.name) != "animLayer":
        raise HostError(
            f"The scene has no animation layer '{choice.name}'.",
            code="layer.missing",
            hint="Choose a layer of this scene, or have a new one made.",
        )
    if is_locked(choice.name):
        raise HostError(
            f"The animation layer '{choice.name}' is locked.",
            code="layer.locked",
            hint="Unlock it in the layer editor, or choose another layer.",
        )


def is_locked(layer: str) -> bool:
    """Whether a layer takes no keys."""
    return bool(cmds.animLayer(layer, query=True, lock=True))


def is_muted(layer: str) -> bool:
    """Whether a layer's keys do not show."""
    return bool(cmds.animLayer(layer, query=True, mute=True))


def is_override(layer: str) -> bool:
    """Whether a layer replaces what is below it."""
    return bool(cmds.animLayer(layer, query=True, override=True))


def made_layer(choice: LayerChoice) -> str:
    """The layer's name; a new one is made."""
    if not choice.is_new:
        return choice.name
    return str(cmds.animLayer(choice.name, override=choice.override))


def add_to_layer(layer: str, plugs: Sequence[str]) -> None:
    """Make plugs members; ``setKeyframe`` ignores those that are not."""
    if plugs:
        cmds.animLayer(layer, edit=True, attribute=list(plugs))


def take_from_layer(layer: str, plugs: Sequence[str]) -> None:
    """Make plugs no members any more: an override layer would hold them still without keys."""
    if plugs and cmds.objExists(layer):
        cmds.animLayer(layer, edit=True, removeAttribute=list(plugs))


def layers_of(plug: str) -> tuple[str, ...]:
    """Layers that take part in a plug, the base layer first."""
    return affected_layers(plug)


def curve_for_layer(layer: str, plug: str, frame: float) -> tuple[OpenMaya.MObject, bool] | None:
    """(curve of a plug on a layer, whether it was made now); None where Maya makes none (locked, no member)."""
    name = curve_on_layer(layer, plug)
    is_new = name is None
    if name is None:
        if not cmds.setKeyframe(plug, animLayer=layer, time=frame, noResolve=True):
            return None
        name = curve_on_layer(layer, plug)
    curve = None if name is None else node_named(name)
    return None if curve is None else (curve, is_new)
