"""The meshes of a face as one: their points as evaluated now, faces, and vertices by the names they are picked with."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import Any

from maya import cmds
from maya.api import OpenMaya

from maya_a2f.core.rig import Triple
from maya_a2f.errors import HostError
from maya_a2f.host.maya.outside_stubs import deformed_shapes, mesh_function
from maya_a2f.host.maya.placing import carried_meshes, mesh_name
from maya_a2f.host.maya.plugs import plug_named
from maya_a2f.host.maya.scan import Character

_VERTEX = re.compile(r"(?P<mesh>[^.]+)\.vtx\[(?P<index>\d+)\]")


class FaceMeshes:
    """Several meshes, one after another."""

    def __init__(self, shapes: Sequence[str]) -> None:
        self._paths = [_dag_path(shape) for shape in shapes]
        self._names = [mesh_name(shape) for shape in shapes]
        self._outputs = [plug_named(f"{shape}.outMesh") for shape in shapes]
        self._is_z_up = cmds.upAxis(query=True, axis=True) == "z"
        self.counts: list[int] = []
        """Corners of each face."""
        self.corners: list[int] = []
        """Vertices of all corners."""
        sizes: list[int] = []
        for path in self._paths:
            counts, corners = mesh_function(path).getVertices()
            start = sum(sizes)
            self.counts += list(counts)
            self.corners += [start + vertex for vertex in corners]
            sizes.append(mesh_function(path).numVertices)
        self.parts: tuple[tuple[str, int], ...] = tuple(zip(self._names, sizes, strict=True))
        """(mesh, its number of vertices) in order."""

    def points(self) -> array[float]:
        """x y z of all vertices in the world, centimetres, y up, as the rig stands now."""
        values = array("d")
        for path, output in zip(self._paths, self._outputs, strict=True):
            if output is not None:
                output.asMObject()  # pulls the deformers, whatever evaluates the scene otherwise
            found = mesh_function(path).getPoints(OpenMaya.MSpace.kWorld)
            if self._is_z_up:
                for point in found:
                    values.extend((point.x, point.z, -point.y))
            else:
                for point in found:
                    values.extend((point.x, point.y, point.z))
        return values

    def vertex(self, place: str) -> int:
        """The number of ``mesh.vtx[12]`` among all. Raises :class:`HostError` ``sampling.vertex``."""
        match = _VERTEX.fullmatch(place)
        if match is not None:
            wanted = cmds.ls(match["mesh"], long=True) or []
            start = 0
            for path, (_, size) in zip(self._paths, self.parts, strict=True):
                full = path.fullPathName()
                if any(item in (full, full.rpartition("|")[0]) for item in wanted) and int(match["index"]) < size:
                    return start + int(match["index"])
                start += size
        raise HostError(
            f"'{place}' is no vertex of the face's meshes ({', '.join(self._names)}).",
            code="sampling.vertex",
            hint="Pick a vertex of one of them.",
        )


def face_shapes(character: Character, meshes: Sequence[str] = ()) -> list[str]:
    """Mesh nodes (full paths) of a face: those named, or those that the character's shapes or its jaw move.

    Raises :class:`HostError` ``sampling.no_mesh``.
    """
    if meshes:
        found = [_shape_of(name) for name in meshes]
    else:
        nodes = dict.fromkeys(item.node_path for item in character.attributes if item.plug.startswith("weight["))
        found = [shape for node in nodes for shape in deformed_shapes(node)]
        if not found:
            names = {place.name: place for place in character.places}
            jaws = [
                item.node_path for item in character.attributes if names.get(_node(item.name)) and _is_jaw(item.name)
            ]
            found = [_shape_of(mesh) for node in dict.fromkeys(jaws) for mesh in carried_meshes(node)]
    shapes = [str(path) for shape in found for path in cmds.ls(shape, long=True) or []]
    drawn = [shape for shape in dict.fromkeys(shapes) if not cmds.getAttr(f"{shape}.intermediateObject")]
    if not drawn:
        raise HostError(
            f"No mesh of '{character.name}' is known to be its face.",
            code="sampling.no_mesh",
            hint="Select the meshes of the face, and sample again with them.",
        )
    return drawn


def vertex_place(vertex: str) -> Triple | None:
    """Where ``mesh.vtx[12]`` is in the world now, centimetres in the scene's axes; None where there is no such one."""
    match = _VERTEX.fullmatch(vertex)
    nodes = cmds.ls(match["mesh"], long=True) or [] if match is not None else []
    if match is None or len(nodes) != 1:
        return None
    points = mesh_function(_dag_path(_shape_of(nodes[0]))).getPoints(OpenMaya.MSpace.kWorld)
    index = int(match["index"])
    return (points[index].x, points[index].y, points[index].z) if index < len(points) else None


def _node(attribute: str) -> str:
    return attribute.rpartition(".")[0]


def _is_jaw(attribute: str) -> bool:
    return "jaw" in _node(attribute).lower()


def _shape_of(name: str) -> str:
    """The mesh node of a transform or a mesh, which must be there."""
    nodes = cmds.ls(name, long=True) or []
    for node in nodes:
        below = [node] if cmds.nodeType(node) == "mesh" else cmds.listRelatives(node, shapes=True, fullPath=True) or []
        for shape in below:
            if cmds.nodeType(shape) == "mesh" and not cmds.getAttr(f"{shape}.intermediateObject"):
                return str(shape)
    raise HostError(
        f"'{name}' is no mesh of the scene.", code="sampling.no_mesh", hint="Choose the meshes of the face."
    )


def _dag_path(shape: str) -> Any:
    return OpenMaya.MSelectionList().add(shape).getDagPath(0)
