"""The characters of the scene: what can be picked without selecting it."""

from __future__ import annotations

import re

from maya import cmds

from maya_a2f.errors import HostError
from maya_a2f.host.maya.find_character import files_of
from maya_a2f.host.maya.fixes import fixable
from maya_a2f.host.maya.metadata import results
from maya_a2f.host.maya.outside_stubs import deformed_shapes
from maya_a2f.host.maya.scan import Character, read_character
from maya_a2f.ui.panel_host import FoundCharacter


def character_names() -> list[str]:
    """Namespaces and topmost nodes that hold joints or blendShapes, and characters with results, sorted."""
    namespaces: set[str] = set()
    roots: set[str] = set()
    blend_shapes = cmds.ls(type="blendShape") or []
    shapes = [shape for node in blend_shapes if ":" not in node for shape in deformed_shapes(node)]
    placed = [*(cmds.ls(type="joint", long=True) or []), *((cmds.ls(shapes, long=True) or []) if shapes else [])]
    for name in (*placed, *blend_shapes):
        namespace = name.rpartition("|")[2].rpartition(":")[0]
        if namespace:
            namespaces.add(namespace)
        elif name.startswith("|") and ":" not in name.split("|")[1]:
            roots.add(name.split("|")[1])
    named = {result.character for result in results()}
    return sorted(
        namespaces
        | {f"|{root}" if root in namespaces else root for root in roots}
        | {name for name in named if name in namespaces | roots or cmds.objExists(name)},
        key=_natural,
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts ``extra2`` before ``extra10``."""
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in re.split(r"(\d+)", name)]


def read_named(name: str) -> Character:
    """The character of a name from :func:`character_names`, or of :func:`name_of`, as it is now.

    Raises :class:`HostError` ``character.gone`` or as :func:`read_character`.
    """
    if not name.startswith("|") and name and cmds.namespace(exists=f":{name}"):
        return read_character(namespace=name)
    for path in (f"|{name.lstrip('|')}", name):
        if path.strip("|") and cmds.objExists(path):
            return read_character([path])
    raise _gone(name)


def check_there(character: Character) -> None:
    """Raises :class:`HostError` ``character.gone`` when no node of it is left since it was read."""
    nodes = sorted({item.node_uuid for item in character.attributes})
    if nodes and not cmds.ls(nodes):
        raise _gone(name_of(character))


def _gone(name: str) -> HostError:
    return HostError(
        f"The character '{name}' is no longer in the scene.",
        code="character.gone",
        hint="Load its reference, or choose another character.",
    )


def name_of(character: Character) -> str:
    """The name by which :func:`read_named` finds it again: a topmost node named like a namespace gets a bar before."""
    if not character.namespace and cmds.namespace(exists=f":{character.name}"):
        return f"|{character.name}"
    return character.name


def described(character: Character) -> FoundCharacter:
    """What the panel shows of a character."""
    rig = character.rig()
    offered = {item.name for item in rig.attributes}
    fixes = {name: fix.words for name, fix in fixable(character).items() if name in offered}
    return FoundCharacter(
        name_of(character),
        rig,
        (*character.warnings, *_layer_remarks(character)),
        {
            item.name: item.state.reason
            for item in character.attributes
            if item.name in offered and not item.state.takes_keys
        },
        fixes,
        files_of(character),
    )


def _layer_remarks(character: Character) -> list[str]:
    muted = sorted({layer for item in character.attributes for layer in item.muted_layers})
    remarks = [f"The animation layer '{layer}' is muted: keys on it would not show." for layer in muted]
    referenced = sum(item.state.freedom == "referenced keys" for item in character.attributes)
    if referenced:
        remarks.append(f"{referenced} attributes have keys in a referenced file, which cannot be changed from here.")
    return remarks
