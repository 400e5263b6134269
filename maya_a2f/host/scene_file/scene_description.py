"""The face of a scene as a rig description: base meshes of its blendShapes, and their targets with in-betweens; with
``skins``, what joints do by classic linear skinning as well.

The geometry is the one before the blendShape (``XShapeOrig``), put in its place by the transforms above it. What only
Maya can make (geometry that comes out of a generator, targets that are deformed themselves) is named and left out.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace

from maya_a2f.core.rig_building import MeshTarget, RigMesh, build_description
from maya_a2f.core.rig_description import Control, RigDescription
from maya_a2f.host.scene_file.ma_geometry import (
    BlendTarget,
    SceneMesh,
    TargetItem,
    scene_blend_shapes,
    scene_meshes,
)
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode, node_of_plug, short_attribute
from maya_a2f.host.scene_file.ma_skinning import read_skin
from maya_a2f.host.scene_file.scene_character import SceneAttribute, SceneCharacter
from maya_a2f.host.scene_file.skin_targets import SkinnedMesh, SkinSampler
from maya_a2f.host.scene_file.transforms import Matrix, moved, turned, world_matrix

_DEEPEST = 64


def scene_description(scene: Scene, character: SceneCharacter, *, skins: bool = False) -> RigDescription:
    """Describe the character that was read from a scene; ``skins``: what its joints do, too.

    Raises :class:`~maya_a2f.errors.UserError` ``rig.*`` or :class:`~maya_a2f.errors.HostError` ``scene.damaged``.
    """
    return _Describer(scene, character).description(skins)


class _Describer:
    def __init__(self, scene: Scene, character: SceneCharacter) -> None:
        self._scene = scene
        self._character = character
        self._attributes = {item.plug: item for item in character.attributes}
        self._by_name = {item.name: item for item in character.attributes}
        self._geometry = {id(node): mesh for node, mesh in zip(scene.of_type("mesh"), scene_meshes(scene), strict=True)}
        self._inputs = _inputs(scene)
        self._notes = list(character.notes)
        self._without_points: list[str] = []

    def description(self, skins: bool) -> RigDescription:
        bases: dict[int, SceneNode] = {}
        targets: dict[int, list[MeshTarget]] = {}
        for node, shape in zip(self._scene.of_type("blendShape"), scene_blend_shapes(self._scene), strict=True):
            own = [target for target in shape.targets if self._plug(node, target) in self._attributes]
            for geometry in sorted({item.geometry for target in own for item in target.items}):
                base = self._drawn_base(node, geometry)
                if base is not None:
                    bases[id(base)] = base
                    targets.setdefault(id(base), []).extend(self._targets(node, own, geometry, base))
        if self._without_points:
            self._notes.append(
                f"The meshes of {len(self._without_points)} blendShapes are not saved as points in the scene: "
                f"{', '.join(repr(name) for name in dict.fromkeys(self._without_points))}. Delete the history of their "
                "original meshes in Maya, or sample the rig there."
            )
        moving = self._skinned(bases, targets) if skins else []
        if not skins and self._scene.of_type("skinCluster"):
            self._notes.append("What joints do to the skin is read for a fit by shape only; Maya can sample it.")
        built = build_description(
            self._character.name,
            [self._mesh(base, targets[key]) for key, base in bases.items()],
            scale=self._scene.centimetres_per_unit,
            notes=self._notes,
            source=self._scene.name,
        )
        known = {item.name: item for item in moving}
        return replace(built, controls=tuple(_of_joint(control, known) for control in built.controls))

    def _skinned(self, bases: dict[int, SceneNode], targets: dict[int, list[MeshTarget]]) -> list[SceneAttribute]:
        """Add what joints do to the meshes of classic skins; the channels that do it."""
        sampler, meshes = SkinSampler(self._scene, self._character.attributes), {}
        for node in self._scene.of_type("skinCluster"):
            skin, base = read_skin(self._scene, node), self._base(node, 0)
            points = None if base is None else self._geometry[id(base)].points
            why = skin if isinstance(skin, str) else ""
            if not why and (base is None or not points):
                why = "its mesh is not saved as points in the scene"
            elif not why and base is not None and id(base) in meshes:
                why = "its mesh has another one as well"
            if why or base is None or isinstance(skin, str) or points is None:
                self._notes.append(f"The skin '{node.name}' is not read: {why}. Sample the rig in Maya.")
                continue
            mesh = SkinnedMesh(skin, points, world_matrix(self._scene, base.parent))
            outside = max(vertex for pulled in skin.weights.values() for vertex, _ in pulled) >= len(points) // 3
            if outside or not sampler.is_at_bind(mesh):
                why = "it weighs vertices that its mesh does not have" if outside else "its joints left their bind pose"
                self._notes.append(f"The skin '{node.name}' is not read: {why}. Sample the rig in Maya.")
                continue
            meshes[id(base)] = mesh
            bases[id(base)] = base
        controls = sampler.controls(list(meshes.values()))
        for key, mesh in meshes.items():
            own = targets.setdefault(key, [])
            own += [target for control in controls for target in sampler.targets(mesh, control)]
        return controls

    @staticmethod
    def _plug(node: SceneNode, target: BlendTarget) -> str:
        return f"{node.name}.w[{target.index}]"

    def _drawn_base(self, node: SceneNode, geometry: int) -> SceneNode | None:
        """The mesh before the deformer, where the scene has its points."""
        base = self._base(node, geometry)
        found = self._geometry.get(id(base)) if base is not None else None
        if found is not None and found.points and found.faces:
            return base
        self._without_points.append(node.name)
        return None

    def _mesh(self, base: SceneNode, targets: Sequence[MeshTarget]) -> RigMesh:
        found = self._geometry[id(base)]
        return RigMesh(
            (base.parent or base.name).rpartition("|")[2].rpartition(":")[2],
            moved(world_matrix(self._scene, base.parent), found.points),
            [len(face) for face in found.faces],
            [vertex for face in found.faces for vertex in face],
            targets,
        )

    def _targets(
        self, node: SceneNode, targets: Sequence[BlendTarget], geometry: int, base: SceneNode
    ) -> list[MeshTarget]:
        place = world_matrix(self._scene, base.parent)
        found = self._geometry[id(base)]
        return [
            self._target(self._attributes[self._plug(node, target)], item, found, place)
            for target in targets
            for item in target.items
            if item.geometry == geometry
        ]

    def _target(self, attribute: SceneAttribute, item: TargetItem, base: SceneMesh, place: Matrix) -> MeshTarget:
        """One sculpt, under the attribute that is keyed: what follows another weight belongs to that one."""
        leader = self._by_name.get(attribute.follows, attribute)
        indices: Sequence[int] = item.indices
        deltas: Sequence[float] = item.deltas
        count: int | None = None
        if item.live_geometry is not None and not indices:
            sculpt = self._sculpt(item.live_geometry)
            if sculpt is None:
                self._notes.append(
                    f"The target mesh of '{attribute.name}' is not saved as points in the scene; it counts as moving "
                    "nothing."
                )
            else:
                count = len(sculpt) // 3
                if count == len(base.points) // 3:
                    indices = range(count)
                    deltas = array("d", [new - old for new, old in zip(sculpt, base.points, strict=True)])
        order = sorted(range(len(indices)), key=indices.__getitem__)
        if any(indices[one] == indices[two] for one, two in itertools.pairwise(order)):
            self._notes.append(f"'{attribute.name}' moves a vertex twice; the last offset counts.")
            order = list({indices[at]: at for at in order}.values())
        straight = [value for at in order for value in deltas[3 * at : 3 * at + 3]]
        return MeshTarget(
            leader.name,
            item.weight,
            [indices[at] for at in order],
            turned(place, straight),
            count,
            bool(leader.blocked),
        )

    def _sculpt(self, plug: str) -> Sequence[float] | None:
        found = self._scene.find_nodes(node_of_plug(plug))
        mesh = self._geometry.get(id(found[0])) if len(found) == 1 else None
        return mesh.points if mesh is not None and mesh.points else None

    def _base(self, node: SceneNode, geometry: int) -> SceneNode | None:
        """The mesh before the deformer, found by going up the chain."""
        source = self._input(node, f".orggeom[{geometry}]") or self._input(node, f".ip[{geometry}].ig")
        for _ in range(_DEEPEST):
            if source is None:
                return None
            found = self._scene.find_nodes(node_of_plug(source))
            if len(found) != 1:
                return None
            if found[0].type == "mesh":
                before = self._input(found[0], ".i")
                if before is None or self._geometry[id(found[0])].points:
                    return found[0]
                source = before
                continue
            source = self._input(found[0], ".ig") or self._input(found[0], ".ip[0].ig") or self._input(found[0], ".ip")
        return None

    def _input(self, node: SceneNode, attribute: str) -> str | None:
        return self._inputs.get((id(node), attribute))


def _of_joint(control: Control, known: Mapping[str, SceneAttribute]) -> Control:
    """With kind, rest and limits of the channel that it is."""
    item = known.get(control.attribute)
    if item is None or item.kind == "weight":
        return control
    return replace(control, kind=item.kind, rest=item.rest, lowest=item.lowest, highest=item.highest)


def _inputs(scene: Scene) -> dict[tuple[int, str], str]:
    """(``id`` of a node, its attribute) -> the plug connected there."""
    found = {}
    for link in scene.connections:
        owner = node_of_plug(link.destination)
        for node in scene.find_nodes(owner):
            found[id(node), short_attribute(link.destination[len(owner) :])] = link.source
    return found
