"""Meshes and materials as Maya ASCII: points, edges, faces, UVs; shading groups for whole meshes and for faces."""

from __future__ import annotations

from collections.abc import Sequence

from maya_a2f.core.head import Head, HeadMesh
from maya_a2f.host.scene_file.head_rig import blend_shape_node, mesh_shape_node
from maya_a2f.host.scene_file.ma_text import component_list, exact_number, single_number
from maya_a2f.host.scene_file.ma_writer import NUMBERS_PER_STATEMENT, SceneText, multi_pieces

_SMOOTH = 1
"""Third number of an edge: 1 smooth, 0 hard."""


def write_mesh_geometry(
    scene: SceneText, mesh: HeadMesh, pivot: Sequence[float] | None, *, own_faces: bool = True
) -> None:
    """Attributes of the mesh node started last; points relative to ``pivot``.

    Without a pivot only the looks are written: the geometry then comes through its history. ``own_faces`` is False for
    the hidden original, which wears no material.
    """
    scene.add_statement('setAttr -k off ".v";')
    groups = face_groups(mesh)
    if own_faces and len(groups) > 1:
        scene.add_statement(f'setAttr -s {len(groups)} ".iog[0].og";')
        if pivot is not None:
            for at, (_, faces) in enumerate(groups):
                scene.set_attr(f".iog[0].og[{at}].gcl", f'-type "componentList" {component_list("f", faces)}')
    scene.set_attr(".vir", "yes")
    scene.set_attr(".vif", "yes")
    scene.set_string(".uvst[0].uvsn", "map1")
    if pivot is not None and mesh.uvs:
        scene.set_array(".uvst[0].uvsp", mesh.uvs, 2, single_number, "float2")
    scene.set_string(".cuvs", "map1")
    scene.set_string(".dcc", "Ambient+Diffuse")
    scene.set_attr(".covm[0]", " 0 1 1")
    scene.set_attr(".cdvm[0]", " 0 1 1")
    if pivot is None:
        return
    scene.set_array(".vt", _relative(mesh.points, pivot), 3, single_number)
    edges, corners = mesh_edges(mesh)
    scene.set_array(".ed", [number for edge in edges for number in (*edge, _SMOOTH)], 3, exact_number)
    _write_faces(scene, mesh, corners)
    for attribute, component in ((".cd", "Edge"), (".cvd", "Vertex"), (".pd[0]", "UV"), (".hfd", "Face")):
        scene.set_attr(attribute, f'-type "dataPolyComponent" Index_Data {component} 0 ')


def mesh_edges(mesh: HeadMesh) -> tuple[list[tuple[int, int]], list[int]]:
    """The mesh's edges as vertex pairs, and for every face corner the id of the edge leaving it.

    An edge run against its own direction is counted as ``-id - 1``, as in a file.
    """
    ids: dict[tuple[int, int], int] = {}
    edges: list[tuple[int, int]] = []
    corners: list[int] = []
    start = 0
    for size in mesh.face_sizes:
        face = mesh.face_vertices[start : start + size]
        start += size
        for at, vertex in enumerate(face):
            following = face[(at + 1) % size]
            known = ids.get((following, vertex))
            if known is not None:
                corners.append(-known - 1)
                continue
            edge = ids.setdefault((vertex, following), len(edges))
            if edge == len(edges):
                edges.append((vertex, following))
            corners.append(edge)
    return edges, corners


def face_groups(mesh: HeadMesh) -> list[tuple[str, list[int]]]:
    """Materials of the mesh with the faces that wear them; a single one holds every face."""
    if mesh.face_materials is None:
        return [(mesh.material, list(range(mesh.face_count)))]
    groups: dict[str, list[int]] = {}
    for face, index in enumerate(mesh.face_materials):
        groups.setdefault(mesh.material_names[index], []).append(face)
    return list(groups.items())


def _relative(points: Sequence[float], pivot: Sequence[float]) -> list[float]:
    return [value - pivot[index % 3] for index, value in enumerate(points)]


def _write_faces(scene: SceneText, mesh: HeadMesh, corners: Sequence[int]) -> None:
    lines = []
    start = 0
    for size in mesh.face_sizes:
        line = f"\t\tf {size} " + " ".join(map(str, corners[start : start + size]))
        if mesh.face_uvs:
            line += f"\n\t\tmu 0 {size} " + " ".join(map(str, mesh.face_uvs[start : start + size]))
        lines.append(line)
        start += size
    announced, pieces = multi_pieces(".fc", len(lines), NUMBERS_PER_STATEMENT, f"-ch {len(corners)} ")
    for statement in announced:
        scene.add_statement(statement.lstrip("\t"))
    for target, first, last in pieces:
        body = "\n".join(lines[first : last + 1])
        scene.add_statement(f'setAttr {target} -type "polyFaces" \n{body};')


def write_mesh_looks(scene: SceneText, head: Head) -> None:
    """A blinn and a shading group per material, and who wears them."""
    for name, material in head.materials.items():
        node, group, info = f"{name}_mat", f"{name}_SG", f"{name}_info"
        scene.create_node("blinn", node)
        scene.set_attr(".dc", "1")
        scene.set_vector(".c", map(_rounded, material.color), "float3")
        scene.set_vector(".sc", [_rounded(material.specular)] * 3, "float3")
        scene.set_attr(".ec", exact_number(_rounded(min(1.0, max(0.02, material.roughness)) * 0.6)))
        scene.set_attr(".rfl", "0")
        scene.create_node("shadingEngine", group)
        scene.set_attr(".ihi", "0")
        scene.set_attr(".ro", "yes")
        scene.create_node("materialInfo", info)
        scene.connect(f"{node}.oc", f"{group}.ss")
        scene.connect(f"{group}.msg", f"{info}.sg")
        scene.connect(f"{node}.msg", f"{info}.m")
    for mesh in head.meshes:
        _dress(scene, mesh)
    _link_to_lights(scene, head)


def _dress(scene: SceneText, mesh: HeadMesh) -> None:
    """Connect a mesh to its shading groups; faces through groupParts where the mesh has history."""
    shape = mesh_shape_node(mesh.name)
    groups = face_groups(mesh)
    tail = f"{blend_shape_node(mesh.name)}.og[0]" if mesh.shapes else ""
    if len(groups) == 1:
        scene.connect(f"{shape}.iog", f"{groups[0][0]}_SG.dsm", next_available=True)
        groups = []
    for at, (material, faces) in enumerate(groups):
        group_id = f"{mesh.name}_{material}_groupId"
        scene.create_node("groupId", group_id)
        scene.set_attr(".ihi", "0")
        if tail:
            parts = f"{mesh.name}_{material}_groupParts"
            scene.create_node("groupParts", parts)
            scene.set_attr(".ihi", "0")
            scene.set_attr(".ic", f'-type "componentList" {component_list("f", faces)}')
            scene.connect(tail, f"{parts}.ig")
            scene.connect(f"{group_id}.id", f"{parts}.gi")
            tail = f"{parts}.og"
        scene.connect(f"{group_id}.id", f"{shape}.iog.og[{at}].gid")
        scene.connect(f"{material}_SG.mwc", f"{shape}.iog.og[{at}].gco")
        scene.connect(f"{shape}.iog.og[{at}]", f"{material}_SG.dsm", next_available=True)
        scene.connect(f"{group_id}.msg", f"{material}_SG.gn", next_available=True)
    if tail:
        scene.connect(tail, f"{shape}.i")


def _link_to_lights(scene: SceneText, head: Head) -> None:
    count = len(head.materials) + 2
    scene.create_node("lightLinker", "lightLinker1", shared=True)
    scene.add_statement(f'setAttr -s {count} ".lnk";')
    scene.add_statement(f'setAttr -s {count} ".slnk";')
    groups = [":initialShadingGroup", ":initialParticleSE", *(f"{name}_SG" for name in head.materials)]
    for kind in ("link", "shadowLink"):
        for group in groups:
            scene.relate(kind, ":lightLinker1", f"{group}.message", ":defaultLightSet.message")
    scene.on_existing(":renderPartition", [f'setAttr -s {count} ".st";'])
    for name in head.materials:
        scene.connect(f"{name}_SG.pa", ":renderPartition.st", next_available=True)
        scene.connect(f"{name}_mat.msg", ":defaultShaderList1.s", next_available=True)


def _rounded(value: float) -> float:
    return round(value, 6)
