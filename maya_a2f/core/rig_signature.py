"""Which rig a map was made for, as a short text.

The signature is made from the names of all weights on the nodes that the map drives (with a fit: of all weights), and
of its joints: it is the same under any namespace, in any order and whatever else the rig has, and another one once a
shape is added, renamed or gone.
A map whose signature differs may still fit, as long as the rig has all that it drives; see :func:`fit_of`.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map_model import RigMap
from maya_a2f.core.rig_names import neutral_attribute, neutral_node

Fit = Literal["same", "complete", "partly", "not"]
_LENGTH = 16


def rig_signature(rig: Rig, rig_map: RigMap) -> str:
    """The signature of a rig as far as a map concerns it: 16 hexadecimal digits."""
    nodes = {neutral_attribute(name).partition(".")[0] for name in rig_map.drives}
    joints = {neutral_node(name) for name in rig_map.joints.drives}
    names = {neutral_attribute(item.name) for item in rig.attributes if item.kind == "weight"}
    lines = sorted(name for name in names if rig_map.fit is not None or name.partition(".")[0] in nodes)
    lines += sorted({neutral_node(item.name) for item in rig.joints} & joints)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_LENGTH]


def fit_of(rig_map: RigMap, rig: Rig) -> Fit:
    """How well a map fits a rig: ``same`` rig by its signature; ``complete``: the rig has all that the map drives;
    ``partly``; ``not`` at all. Namespaces do not matter."""
    there = {neutral_attribute(item.name) for item in rig.attributes}
    nodes = {neutral_node(item.name) for item in rig.joints} | {name.partition(".")[0] for name in there}
    found = [neutral_attribute(name) in there for name in rig_map.drives]
    found += [neutral_node(name) in nodes for name in rig_map.joints.drives]
    if not found and rig_map.fit is not None:
        return "same" if rig_map.signature == rig_signature(rig, rig_map) else "not"
    if not any(found):
        return "not"
    if not all(found):
        return "partly"
    return "same" if rig_map.signature == rig_signature(rig, rig_map) else "complete"
