"""Calls that work in Maya although ``types-maya`` does not know them: the allow-list, one reason each.

Everything else in this package is checked against the stubs by mypy. Source of the reasons: specification, maya.md
sections 3, 5 and 7, and the doc strings of maya-stubs 0.4.0.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from maya import cmds
from maya.api import OpenMaya

_commands: Any = cmds


def alias_words(node: str) -> list[str]:
    """Alias, attribute, alias, attribute … The stubs list no query mode for ``aliasAttr``; it gives None for none."""
    return list(_commands.aliasAttr(node, query=True) or [])


def alias_pairs(node: str) -> list[tuple[str, str]]:
    """(alias, attribute) of a node; by the API where the command cannot be asked (UNVERIFIED for Maya 2027)."""
    try:
        words = alias_words(node)
    except (RuntimeError, TypeError):
        found = OpenMaya.MSelectionList().add(node).getDependNode(0)
        return [(str(alias), str(place)) for alias, place in OpenMaya.MFnDependencyNode(found).getAliasList()]
    return list(zip(words[0::2], words[1::2], strict=True))


def current_frame() -> float:
    """The current time in frames. The stubs list no query mode for ``currentTime``."""
    return float(_commands.currentTime(query=True))


def set_current_frame(frame: float) -> None:
    """Go to a frame. The stubs list no edit mode for ``currentTime``, and the create form is the documented one."""
    _commands.currentTime(frame, update=False)


def curve_on_layer(layer: str, plug: str) -> str | None:
    """The curve that drives a plug on a layer. The stubs take True only where the flag's query wants a plug."""
    found: Sequence[str] | str | None = _commands.animLayer(layer, query=True, findCurveForPlug=plug)
    if not found:
        return None
    return found if isinstance(found, str) else found[0]


def key_frames(plug: str) -> tuple[float, ...]:
    """Frames of the keys of a plug's own curve. The stubs type this query as a number; it gives a list, or None."""
    return tuple(map(float, _commands.keyframe(plug, query=True, timeChange=True) or ()))


def affected_layers(plug: str) -> tuple[str, ...]:
    """Layers that take part in a plug. The stubs type this query bool; it gives names, or None."""
    return tuple(_commands.animLayer([plug], query=True, affectedLayers=True) or ())


def plug_ins() -> tuple[str, ...]:
    """Names of the loaded plug-ins. The stubs type this query bool; it gives names, or None."""
    return tuple(_commands.pluginInfo(query=True, listPlugins=True) or ())


def attribute_limit(node: str, attribute: str, *, lowest: bool) -> float | None:
    """A hard limit of an attribute. The stubs type this query bool; it gives a list of numbers."""
    query = _commands.attributeQuery
    if lowest:
        found = query(attribute, node=node, minimum=True) if query(attribute, node=node, minExists=True) else None
    else:
        found = query(attribute, node=node, maximum=True) if query(attribute, node=node, maxExists=True) else None
    return float(found[0]) if found else None


def apply_keys(token: str) -> None:
    """Our own command: no stubs can know it."""
    _commands.a2fApplyKeys(token)


def undo_step_name() -> str:
    """Name of the last undo step. The stubs type this query bool; it gives a string."""
    return str(_commands.undoInfo(query=True, undoName=True))


def option_text(name: str) -> str:
    """A preference; empty where there is none. The stubs list no ``query="name"`` for ``optionVar``."""
    return str(_commands.optionVar(query=name)) if _commands.optionVar(exists=name) else ""


def project_folder() -> str:
    """Root of the current project. The stubs type this query bool; it gives a string."""
    return str(_commands.workspace(query=True, rootDirectory=True) or "")


def sound_rule() -> str:
    """The project's folder for sounds, as its file rule says. The stubs type it as a list, too."""
    return str(_commands.workspace(fileRuleEntry="audio") or "")


def shelf_children(shelf: str) -> tuple[str, ...]:
    """What lies on a shelf. The stubs type this query bool; it gives names, or None."""
    return tuple(_commands.shelfLayout(shelf, query=True, childArray=True) or ())


def deformed_shapes(blend_shape: str) -> tuple[str, ...]:
    """Shapes that a blendShape deforms. The stubs type this query str; it gives names, or None."""
    return tuple(_commands.blendShape(blend_shape, query=True, geometry=True) or ())


def skinned_shapes(skin: str) -> tuple[str, ...]:
    """Shapes that a skinCluster deforms, as any deformer is asked. The stubs type this query bool; it gives names."""
    return tuple(_commands.deformer(skin, query=True, geometry=True) or ())


def matrix_of(plug: OpenMaya.MPlug) -> OpenMaya.MMatrix:
    """What a matrix attribute holds now. The stubs name ``MFnMatrixData`` and nothing of it."""
    data: Any = OpenMaya
    found: OpenMaya.MMatrix = data.MFnMatrixData(plug.asMObject()).matrix()
    return found


def mesh_function(path: OpenMaya.MDagPath) -> Any:
    """``MFnMesh``. The stubs name the class and nothing of it."""
    api: Any = OpenMaya
    return api.MFnMesh(path)


def start_job(*, event: tuple[str, Callable[[], object]]) -> int:
    """A script job on an event; its number. The stubs type the command None; it gives the number."""
    return int(_commands.scriptJob(event=event))


def start_attribute_job(*, attribute: str, call: Callable[[], object]) -> int:
    """A script job on an attribute, gone with the scene; its number, which the stubs do not know of."""
    return int(_commands.scriptJob(attributeChange=(attribute, call), killWithScene=True))


def start_condition_job(*, begins: str, call: Callable[[], object]) -> int:
    """A script job for each time a condition begins; its number, which the stubs do not know of."""
    return int(_commands.scriptJob(conditionTrue=(begins, call)))


def start_ending_job(*, ends: str, call: Callable[[], object]) -> int:
    """A script job for the next time a condition ends; its number, which the stubs do not know of."""
    return int(_commands.scriptJob(conditionFalse=(ends, call), runOnce=True))


def time_range(slider: str) -> tuple[float, float]:
    """What is selected on a time slider: its first frame, and the one after its last. The stubs type it bool."""
    first, end = _commands.timeControl(slider, query=True, rangeArray=True)
    return float(first), float(end)


def qt_util() -> Any:
    """``MQtUtil``: docking needs the pointers of Maya's own widgets. The stubs of ``maya.OpenMayaUI`` are empty."""
    module: Any = importlib.import_module("maya.OpenMayaUI")
    return module.MQtUtil


def scene_message() -> Any:
    """``MSceneMessage``: told before a scene is saved. The stubs name the class and nothing of it."""
    return OpenMaya.MSceneMessage


def is_alive(handle: Any) -> bool:
    """Whether the node of an ``MObjectHandle`` is in the scene. The stubs name the class and nothing of it."""
    return bool(handle.isValid() and handle.isAlive())


def mute_off(plug: str) -> None:
    """Take a channel's mute out. Here so that the self-test and the offer to unmute do the same."""
    _commands.mute(plug, disable=True)


def plug_in_version(name: str) -> str | None:
    """Version of a loaded plug-in, None where it is not loaded. The stubs type this query bool; it gives a string."""
    return str(_commands.pluginInfo(name, query=True, version=True)) if name in plug_ins() else None


def take_picture(stem: str) -> bool:
    """One small picture by playblast. The stubs want tuples where lists are documented."""
    made = _commands.playblast(
        frame=[1], format="image", compression="png", completeFilename=f"{stem}.png", widthHeight=(64, 64),
        percent=100, offScreen=True, viewer=False, showOrnaments=False, forceOverwrite=True,
    )  # fmt: skip
    return bool(made)
