"""Nodes, names, hierarchy, connections, references."""

from __future__ import annotations

from typing import Any

from tests.fake_maya.commands.registry import behaviour, names_in, or_none
from tests.fake_maya.model.node_types import NODE_TYPES, inherits
from tests.fake_maya.model.scene import Node, Scene
from tests.fake_maya.session import Session


@behaviour
def ls(session: Session, mode: str, *args: Any, **flags: Any) -> list[str] | None:
    scene = session.scene
    if args:
        nodes = [node for name in names_in(args) if "." not in name for node in _meant(scene, name)]
        if flags.get("recursive"):
            wanted = list(names_in(args))
            nodes = [n for n in scene.nodes.values() for w in wanted if _recursive_match(n, w)]
    else:
        nodes = list(scene.nodes.values())
    if flags.get("selection"):
        if any("." in item for item in scene.selection):
            return [_selected(scene, item, bool(flags.get("long"))) for item in scene.selection]
        nodes = [scene.nodes[item] for item in scene.selection]
    kinds = flags.get("type")
    if kinds:
        kinds = [kinds] if isinstance(kinds, str) else kinds
        nodes = [node for node in nodes if any(inherits(node.type, kind) for kind in kinds)]
    if flags.get("dag") or flags.get("dagObjects"):
        nodes = [node for node in nodes if node.is_dag]
    if flags.get("uuid"):
        return [node.uuid for node in nodes]  # the one command whose empty list stays a list
    return [scene.display_name(node, bool(flags.get("long"))) for node in nodes]


def _selected(scene: Scene, item: str, is_long: bool) -> str:
    """A node, or a component of one, as the selection lists it."""
    uuid, dot, component = item.partition(".")
    return scene.display_name(scene.nodes[uuid], is_long) + dot + component


def _meant(scene: Scene, name: str) -> list[Node]:
    """Nodes of a name, or of a UUID."""
    return [scene.nodes[name]] if name in scene.nodes else list(scene.matching(name))


def _recursive_match(node: Node, wanted: str) -> bool:
    namespace, _, rest = wanted.rpartition(":")
    inside = not namespace or node.namespace == namespace or node.namespace.startswith(f"{namespace}:")
    return inside and rest == "*"


@behaviour
def objExists(session: Session, mode: str, *args: Any) -> bool:
    name = next(names_in(args))
    try:
        return bool(session.scene.plug(name)) if "." in name else any(True for _ in session.scene.matching(name))
    except (RuntimeError, ValueError):
        return False


@behaviour
def nodeType(session: Session, mode: str, *args: Any, inherited: bool = False, **flags: Any) -> Any:
    node = session.scene.node(next(names_in(args)).partition(".")[0])
    if inherited:
        from tests.fake_maya.model.node_types import INHERITED

        return [*reversed(INHERITED.get(node.type, [])), node.type]
    return node.type


@behaviour
def objectType(session: Session, mode: str, *args: Any, isAType: str = "", **flags: Any) -> Any:
    node = session.scene.node(next(names_in(args)))
    return inherits(node.type, isAType) if isAType else node.type


@behaviour
def createNode(session: Session, mode: str, *args: Any, **flags: Any) -> str:
    scene = session.scene
    parent = scene.node(flags["parent"]) if flags.get("parent") else None
    node = scene.create(next(names_in(args)), flags.get("name", ""), parent)
    if not flags.get("skipSelect"):
        scene.set_member(scene, "selection", [node.uuid])
    return scene.display_name(node)


@behaviour
def delete(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    scene = session.scene
    for node in [scene.node(name) for name in names_in(args)]:
        if node.reference:
            raise RuntimeError(f"Node '{node.name}' is from a referenced file, thus not removable.")
        if node.locked:
            raise RuntimeError(f"Cannot delete locked node '{node.name}'.")
        if node.uuid in scene.nodes:
            scene.delete(node)


@behaviour
def rename(session: Session, mode: str, *args: Any, **flags: Any) -> str:
    old, new = names_in(args)
    node = session.scene.node(old)
    session.scene.rename(node, new)
    return session.scene.display_name(node)


@behaviour
def lockNode(session: Session, mode: str, *args: Any, lock: bool = True, **flags: Any) -> Any:
    nodes = [session.scene.node(name) for name in names_in(args)]
    if mode == "q":
        return [node.locked for node in nodes]
    for node in nodes:
        session.scene.set_member(node, "locked", lock)
    return [session.scene.display_name(node) for node in nodes]


@behaviour
def select(session: Session, mode: str, *args: Any, **flags: Any) -> None:
    scene = session.scene
    names = [] if flags.get("clear") else [name.partition(".") for name in names_in(args)]
    nodes = [scene.node(owner).uuid + dot + component for owner, dot, component in names]
    if flags.get("add"):
        nodes = [*scene.selection, *(item for item in nodes if item not in scene.selection)]
    if flags.get("deselect"):
        nodes = [item for item in scene.selection if item not in nodes]
    scene.set_member(scene, "selection", nodes)


@behaviour
def listRelatives(session: Session, mode: str, *args: Any, **flags: Any) -> list[str] | None:
    scene = session.scene
    found: list[Node] = []
    for name in names_in(args):
        node = scene.node(name)
        if flags.get("parent"):
            found += [node.parent] if node.parent else []
        elif flags.get("allDescendents"):
            found += _below(scene, node)
        elif flags.get("shapes"):
            found += scene.shapes(node)
        else:
            found += [other for other in scene.nodes.values() if other.parent is node]
    kind = flags.get("type")
    if kind:
        kinds = [kind] if isinstance(kind, str) else kind
        found = [node for node in found if any(inherits(node.type, wanted) for wanted in kinds)]
    if flags.get("noIntermediate"):
        found = [node for node in found if not node.values.get("intermediateObject")]
    return or_none([scene.display_name(node, bool(flags.get("fullPath"))) for node in found])


def _below(scene: Scene, node: Node) -> list[Node]:
    children = [other for other in scene.nodes.values() if other.parent is node]
    return [item for child in children for item in [*_below(scene, child), child]]


@behaviour
def listHistory(session: Session, mode: str, *args: Any, **flags: Any) -> list[str] | None:
    scene = session.scene
    found: list[Node] = []
    open_nodes = [scene.node(name) for name in names_in(args)]
    while open_nodes:
        node = open_nodes.pop(0)
        if node in found:
            continue
        found.append(node)
        if node.type in ("transform", "joint"):
            open_nodes += scene.shapes(node)
        open_nodes += [scene.nodes[source[0]] for to, source in scene.connections.items() if to[0] == node.uuid]
    if flags.get("pruneDagObjects"):
        found = [node for node in found if not node.is_dag]
    return or_none([scene.display_name(node) for node in found])


@behaviour
def listConnections(session: Session, mode: str, *args: Any, **flags: Any) -> list[str] | None:
    scene = session.scene
    found = []
    for name in names_in(args):
        owner = scene.node(name.partition(".")[0])
        path = scene.plug(name)[1] if "." in name else ""
        for to, source in scene.connections.items():
            here, there = (to, source)
            if flags.get("source", True) and here[0] == owner.uuid and _covers(owner, path, here[1]):
                found.append((here, there))
            if flags.get("destination", True) and there[0] == owner.uuid and _covers(owner, path, there[1]):
                found.append((there, here))
    kind = flags.get("type")
    if kind:
        found = [pair for pair in found if inherits(scene.nodes[pair[1][0]].type, kind)]
    result = []
    for here, there in found:
        if flags.get("connections"):
            result.append(scene.plug_name(here, alias=False))
        result.append(scene.plug_name(there) if flags.get("plugs") else scene.display_name(scene.nodes[there[0]]))
    return or_none(result)


def _covers(node: Node, wanted: str, path: str) -> bool:
    attribute = node.attribute(path)
    return not wanted or wanted in (path, attribute.long, attribute.parent)


@behaviour
def connectAttr(session: Session, mode: str, *args: Any, force: bool = False, **flags: Any) -> str:
    first, second = names_in(args)
    scene = session.scene
    source, destination = scene.plug(first), scene.plug(second)
    destination = _next_element(scene, destination, bool(flags.get("nextAvailable")))
    if scene.is_locked(destination):
        raise RuntimeError(f"The destination attribute '{second}' cannot be modified: it is locked.")
    if force and destination in scene.connections:
        scene.disconnect(destination)
    scene.connect(source, destination)
    return f"Connected {first} to {second}."


def _next_element(scene: Scene, plug: tuple[str, str], wanted: bool) -> tuple[str, str]:
    if not wanted:
        return plug
    taken = {path for uuid, path in scene.connections if uuid == plug[0]}
    index = next(at for at in range(len(taken) + 1) if f"{plug[1]}[{at}]" not in taken)
    return plug[0], f"{plug[1]}[{index}]"


@behaviour
def disconnectAttr(session: Session, mode: str, *args: Any, **flags: Any) -> str:
    first, second = names_in(args)
    scene = session.scene
    source, destination = scene.plug(first), scene.plug(second)
    if scene.connections.get(destination) != source:
        raise RuntimeError(f"There is no connection from '{first}' to '{second}' to disconnect")
    scene.disconnect(destination)
    return f"Disconnect {first} from {second}."


@behaviour
def referenceQuery(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    scene = session.scene
    node = scene.node(next(names_in(args)).partition(".")[0])
    if flags.get("isNodeReferenced"):
        return bool(node.reference)
    name = node.reference or (node.name if node.type == "reference" else "")
    if not name:
        raise RuntimeError(f"'{node.name}' is not from a referenced file.")
    state = scene.reference_state[name]
    if flags.get("isLoaded"):
        return state["loaded"]
    if flags.get("filename"):
        return state["filename"]
    if flags.get("namespace"):
        return f":{state['namespace']}"
    if flags.get("referenceNode"):
        return name
    raise RuntimeError("referenceQuery: nothing asked")


@behaviour
def namespaceInfo(session: Session, mode: str, *args: Any, **flags: Any) -> Any:
    if flags.get("listOnlyDependencyNodes"):
        wanted = next(names_in(args)).lstrip(":")
        nodes = [node for node in session.scene.nodes.values() if _recursive_match(node, f"{wanted}:*")]
        if not flags.get("recurse"):
            nodes = [node for node in nodes if node.namespace == wanted]
        return or_none([session.scene.display_name(node) for node in nodes])
    names = {node.namespace for node in session.scene.nodes.values() if node.namespace}
    names |= {":".join(name.split(":")[:count]) for name in names for count in range(1, name.count(":") + 1)}
    if flags.get("listOnlyNamespaces") or flags.get("listNamespace"):
        if not flags.get("recurse"):
            names = {name for name in names if ":" not in name}
        return or_none(sorted(names | {"UI", "shared"}))
    raise NotImplementedError("namespaceInfo: this query")


@behaviour
def namespace(session: Session, mode: str, *args: Any, exists: str = "", **flags: Any) -> Any:
    if exists:
        wanted = exists.lstrip(":")
        return any(f"{node.namespace}:".startswith(f"{wanted}:") for node in session.scene.nodes.values())
    raise NotImplementedError("namespace: this form")


KNOWN_TYPES = frozenset(NODE_TYPES)
