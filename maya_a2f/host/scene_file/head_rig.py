"""Names of the head's nodes in a scene, and the rig they make.

A joint ``jaw`` becomes the node ``jaw_jnt``, a mesh ``face`` the transform ``face_geo`` with the shape
``face_geoShape`` and, where it has shapes, the blendShape ``face_shapes`` whose weights carry the shapes' names. So
the attributes that take keys are ``jaw_jnt.rotateX`` … ``jaw_jnt.translateZ`` for every joint and
``face_shapes.jawOpen`` for every shape. A shape that several meshes have is keyed on the first; the others follow it.
"""

from __future__ import annotations

from maya_a2f.core.head import Head
from maya_a2f.core.rig import Rig, RigAttribute

GROUP_NODE = "a2f_head"
_AXES = ("X", "Y", "Z")


def joint_node(joint: str) -> str:
    """The joint's node."""
    return f"{joint}_jnt"


def mesh_node(mesh: str) -> str:
    """The mesh's transform."""
    return f"{mesh}_geo"


def mesh_shape_node(mesh: str) -> str:
    """The mesh node itself."""
    return f"{mesh}_geoShape"


def blend_shape_node(mesh: str) -> str:
    """The blendShape of a mesh that has shapes."""
    return f"{mesh}_shapes"


def head_rig(head: Head) -> Rig:
    """Every attribute of the head that takes keys.

    Rotations rest at 0 degrees, weights at 0, translations at the joint's position relative to its parent, centimetres.
    """
    attributes: list[RigAttribute] = []
    for joint in head.joints:
        node = joint_node(joint.name)
        rest = head.rest_translate(joint.name)
        attributes += [RigAttribute(f"{node}.translate{axis}", "translate", rest[at]) for at, axis in enumerate(_AXES)]
        attributes += [RigAttribute(f"{node}.rotate{axis}", "rotate") for axis in _AXES]
    leaders = head.shape_leaders()
    attributes += [RigAttribute(f"{blend_shape_node(mesh)}.{shape}", "weight") for shape, mesh in leaders.items()]
    return Rig(head.name, tuple(attributes))
