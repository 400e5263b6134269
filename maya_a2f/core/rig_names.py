"""A rig map under another rig's names: other namespaces, other paths to the same nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from maya_a2f.core.joint_drives import JointDrive, JointSection
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map_model import RigMap


def neutral_node(node: str) -> str:
    """A node's name without path and namespaces."""
    return node.rpartition("|")[2].rpartition(":")[2]


def neutral_attribute(name: str) -> str:
    """``node.attribute`` without the node's path and namespaces."""
    node, _, leaf = name.rpartition(".")
    return f"{neutral_node(node)}.{leaf.rpartition(':')[2]}"


def named_for(rig_map: RigMap, rig: Rig) -> RigMap:
    """The map with the names of ``rig``, where they differ in namespaces and paths only.

    A name that the rig has stays, and so does one that it has nothing like, or several like.
    """
    attributes = _renaming((item.name for item in rig.attributes), neutral_attribute)
    nodes = _renaming(
        [*(item.name for item in rig.joints), *(item.name.rpartition(".")[0] for item in rig.attributes)], neutral_node
    )
    drives = {attributes(name): drive for name, drive in rig_map.drives.items()}
    if len(drives) != len(rig_map.drives):
        return rig_map
    return replace(
        rig_map,
        drives=drives,
        mirror=tuple((attributes(left), attributes(right)) for left, right in rig_map.mirror),
        joints=_joints_for(rig_map.joints, nodes, attributes),
    )


def _renaming(names: Iterable[str], neutral: Callable[[str], str]) -> Callable[[str], str]:
    known = dict.fromkeys(names)
    alike: dict[str, list[str]] = {}
    for name in known:
        alike.setdefault(neutral(name), []).append(name)

    def renamed(name: str) -> str:
        found = alike.get(neutral(name), [])
        return found[0] if name not in known and len(found) == 1 else name

    return renamed


def _joints_for(section: JointSection, nodes: Callable[[str], str], attributes: Callable[[str], str]) -> JointSection:
    drives: Mapping[str, JointDrive] = {
        nodes(name): replace(
            drive,
            centres=tuple(nodes(place) if isinstance(place, str) else place for place in drive.centres),
            pivot=nodes(drive.pivot) if isinstance(drive.pivot, str) else drive.pivot,
            instead=None if drive.instead is None else attributes(drive.instead),
        )
        for name, drive in section.drives.items()
    }
    return replace(section, drives=drives) if len(drives) == len(section.drives) else section
