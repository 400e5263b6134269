"""The character a script means: by selection, namespace or node."""

from __future__ import annotations

from pathlib import Path

from maya import cmds

from maya_a2f.errors import HostError
from maya_a2f.host.maya.scan import Character, read_character
from maya_a2f.host.maya.scene import scene_path


def find_character(name: str | None = None) -> Character:
    """The selected character, or the one of a namespace (``bob``, ``bob:``) or of any of its nodes (``bob:jaw_jnt``).

    Raises :class:`HostError` as :func:`~maya_a2f.host.maya.scan.read_character` does; ``character.missing`` for a name
    that is neither, ``character.ambiguous`` for one that several nodes have.
    """
    if name is None:
        return read_character()
    wanted = name.strip().strip(":")
    if wanted and cmds.namespace(exists=f":{wanted}"):
        return read_character(namespace=wanted)
    found = cmds.ls(name.strip(), long=True) or []
    if len(found) == 1:
        return read_character(found)
    if found:
        raise HostError(
            f"Several nodes are called '{name}': {', '.join(found[:4])}{' …' if len(found) > 4 else ''}.",
            code="character.ambiguous",
            hint="Give the full path of one of them.",
        )
    namespaces = character_namespaces()
    known = f"Namespaces of this scene: {', '.join(namespaces[:8])}." if namespaces else "The scene has no namespaces."
    raise HostError(
        f"The scene has no namespace or node '{name}'.",
        code="character.missing",
        hint=f"{known} Name one, or any node of the character.",
    )


def files_of(character: Character) -> tuple[Path, ...]:
    """The scene that a character is in, and the file that it is referenced from."""
    opened = scene_path()
    files = [] if opened is None else [opened]
    for node in cmds.ls([item.node_uuid for item in character.attributes[:1]]) or []:
        if cmds.referenceQuery(node, isNodeReferenced=True):
            files.append(Path(str(cmds.referenceQuery(node, filename=True, withoutCopyNumber=True))))
    return tuple(files)


def character_namespaces() -> list[str]:
    """Namespaces that hold blendShapes or joints."""
    nodes = cmds.ls(type=["blendShape", "joint"], long=True) or []
    names = {node.rpartition("|")[2].rpartition(":")[0] for node in nodes}
    return sorted(names - {""})


def sole_character() -> str:
    """The scene's only character, as :func:`find_character` takes it: what has blendShapes.

    Raises :class:`HostError` ``character.several`` or ``character.empty``.
    """
    found = {
        name.rpartition("|")[2].rpartition(":")[0] or f"|{name.split('|')[1]}"
        for name in cmds.ls(type="mesh", long=True) or []
        if _has_shapes(name)
    }
    if len(found) == 1:
        return found.pop()
    raise HostError(
        f"The scene has several characters: {', '.join(sorted(found))}." if found else "No mesh has blendShapes.",
        code="character.several" if found else "character.empty",
        hint="Say which one: its namespace, or any of its nodes.",
    )


def _has_shapes(mesh: str) -> bool:
    if cmds.getAttr(f"{mesh}.intermediateObject"):
        return False
    history = cmds.listHistory(mesh, pruneDagObjects=True) or []
    return any(cmds.nodeType(node) == "blendShape" for node in history)
