"""An animated face as USD: UsdSkel blend shapes and joints with time samples, preview materials, and the sound.

One time code is one frame of the take, and ``timeCodesPerSecond`` is the rate: 24000/1001 stays what it is. Needs
usd-core (extra ``rigs``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.atomic_file import atomic_path
from maya_a2f.worker.exports.animated_face import (
    AnimatedFace,
    FaceJoint,
    FaceMesh,
    between_label,
    quaternions_of,
    unique_identifiers,
)
from maya_a2f.worker.rigs.usd_rig import import_usd

_ROOT = "/Face"
_STILL_JOINT = "root"
_MOST_WEIGHT = 1.0


def write_usd(face: AnimatedFace, path: Path) -> None:
    """Write ``.usda``, ``.usdc`` or ``.usd``, whole or not at all.

    Raises :class:`~maya_a2f.errors.EngineError` ``usd.missing``, :class:`~maya_a2f.errors.HostError` ``file.*``.
    """
    import_usd()
    with atomic_path(path) as temporary:
        temporary.unlink()
        _Stage(face, temporary, path).save()


class _Stage:
    def __init__(self, face: AnimatedFace, temporary: Path, path: Path) -> None:
        from pxr import Gf, Sdf, Usd, UsdGeom, UsdMedia, UsdShade, UsdSkel, Vt

        modules: tuple[Any, ...] = (Gf, Sdf, UsdGeom, UsdMedia, UsdShade, UsdSkel, Vt)
        self.gf, self.sdf, self.geometry, self.media, self.shade, self.skel, self.vt = modules
        self.face = face
        self.folder = path.absolute().parent
        stages: Any = Usd
        self.stage = stages.Stage.CreateNew(str(temporary))
        self.codes = [stages.TimeCode(face.start_frame + at) for at in range(face.frame_count)]
        self.joint_paths = _joint_paths(face.joints)

    def save(self) -> None:
        stage, face = self.stage, self.face
        stage.SetTimeCodesPerSecond(float(face.rate))
        stage.SetFramesPerSecond(float(face.rate))
        stage.SetStartTimeCode(face.start_frame)
        stage.SetEndTimeCode(face.start_frame + max(0, face.frame_count - 1))
        self.geometry.SetStageUpAxis(stage, self.geometry.Tokens.y)
        self.geometry.SetStageMetersPerUnit(stage, 0.01)
        root = self.skel.Root.Define(stage, _ROOT)
        stage.SetDefaultPrim(root.GetPrim())
        skeleton = self._skeleton()
        animation = self._animation()
        self.skel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([animation.GetPath()])
        materials = self._materials()
        names = unique_identifiers(mesh.name for mesh in face.meshes)
        for name, mesh in zip(names, face.meshes, strict=True):
            self._mesh(name, mesh, skeleton, materials)
        seen = np.concatenate(
            [mesh.points for mesh in face.meshes] + [part for posed in self._few_frames() for part in posed]
        )
        lows, highs = seen.min(axis=0), seen.max(axis=0)
        root.CreateExtentAttr(self.vt.Vec3fArray.FromNumpy(np.array([lows, highs], np.float32)))
        if face.sound is not None:
            self._sound(face.sound)
        stage.GetRootLayer().Save()

    def _few_frames(self) -> list[list[Any]]:
        count = self.face.frame_count
        return [
            self.face.posed(frame) for frame in sorted({0, count // 3, 2 * count // 3, count - 1} & set(range(count)))
        ]

    def _skeleton(self) -> Any:
        skeleton = self.skel.Skeleton.Define(self.stage, f"{_ROOT}/Skeleton")
        skeleton.CreateJointsAttr(self.joint_paths)
        bind, rest = [], []
        world: dict[str, Any] = {}
        for joint in self.face.joints:
            world[joint.name] = joint.rest + (world[joint.parent] if joint.parent is not None else 0.0)
            bind.append(self.gf.Matrix4d(1.0).SetTranslate(self.gf.Vec3d(*map(float, world[joint.name]))))
            rest.append(self.gf.Matrix4d(1.0).SetTranslate(self.gf.Vec3d(*map(float, joint.rest))))
        if not self.face.joints:
            bind = rest = [self.gf.Matrix4d(1.0)]
        skeleton.CreateBindTransformsAttr(self.vt.Matrix4dArray(bind))
        skeleton.CreateRestTransformsAttr(self.vt.Matrix4dArray(rest))
        return skeleton

    def _animation(self) -> Any:
        animation = self.skel.Animation.Define(self.stage, f"{_ROOT}/Skeleton/Animation")
        animation.CreateJointsAttr(self.joint_paths)
        count = len(self.joint_paths)
        animation.CreateScalesAttr(self.vt.Vec3hArray([self.gf.Vec3h(1.0, 1.0, 1.0)] * count))
        moves, turns = animation.CreateTranslationsAttr(), animation.CreateRotationsAttr()
        joints = self.face.joints
        if not joints:
            moves.Set(self.vt.Vec3fArray(1))
            turns.Set(self.vt.QuatfArray([self.gf.Quatf(1.0)]))
        quaternions = [quaternions_of(joint.rotations) for joint in joints]
        weights = self._weights()
        animation.CreateBlendShapesAttr(list(weights))
        shaping = animation.CreateBlendShapeWeightsAttr()
        rows = np.stack(list(weights.values()), 1).astype(np.float32) if weights else None
        for at, code in enumerate(self.codes):
            if joints:
                places = np.stack([joint.translations[at] for joint in joints]).astype(np.float32)
                moves.Set(self.vt.Vec3fArray.FromNumpy(places), code)
                turns.Set(self.vt.QuatfArray([self._quaternion(each[at]) for each in quaternions]), code)
            if rows is not None:
                shaping.Set(self.vt.FloatArray.FromNumpy(np.ascontiguousarray(rows[at])), code)
        return animation

    def _quaternion(self, parts: Any) -> Any:
        x, y, z, w = map(float, parts)
        return self.gf.Quatf(w, x, y, z)

    def _weights(self) -> dict[str, Any]:
        """Blend shape -> its weights; a name that several meshes have counts once."""
        return {shape.name: shape.weights for mesh in reversed(self.face.meshes) for shape in reversed(mesh.shapes)}

    def _mesh(self, name: str, mesh: FaceMesh, skeleton: Any, materials: dict[str, Any]) -> None:
        prim = self.geometry.Mesh.Define(self.stage, f"{_ROOT}/{name}")
        prim.CreatePointsAttr(self._vectors(mesh.points))
        prim.CreateFaceVertexCountsAttr(self.vt.IntArray.FromNumpy(mesh.face_counts.astype(np.int32)))
        prim.CreateFaceVertexIndicesAttr(self.vt.IntArray.FromNumpy(mesh.face_indices.astype(np.int32)))
        prim.CreateSubdivisionSchemeAttr("none")
        prim.CreateExtentAttr(self._vectors(np.array([mesh.points.min(axis=0), mesh.points.max(axis=0)])))
        if mesh.uvs is not None and mesh.face_uvs is not None:
            coordinates = self.geometry.PrimvarsAPI(prim).CreatePrimvar(
                "st", self.sdf.ValueTypeNames.TexCoord2fArray, self.geometry.Tokens.faceVarying
            )
            coordinates.Set(self.vt.Vec2fArray.FromNumpy(mesh.uvs.astype(np.float32)))
            coordinates.SetIndices(self.vt.IntArray.FromNumpy(mesh.face_uvs.astype(np.int32)))
        self._wear(prim, mesh, materials)
        binding = self.skel.BindingAPI.Apply(prim.GetPrim())
        binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
        joint = next((at for at, item in enumerate(self.face.joints) if item.name == mesh.joint), 0)
        binding.CreateJointIndicesPrimvar(True, 1).Set(self.vt.IntArray([joint]))
        binding.CreateJointWeightsPrimvar(True, 1).Set(self.vt.FloatArray([1.0]))
        binding.CreateGeomBindTransformAttr(self.gf.Matrix4d(1.0))
        if not mesh.shapes:
            return
        targets = [self._shape(f"{_ROOT}/{name}/{shape.name}", shape) for shape in mesh.shapes]
        binding.CreateBlendShapesAttr([shape.name for shape in mesh.shapes])
        binding.CreateBlendShapeTargetsRel().SetTargets(targets)

    def _shape(self, path: str, shape: Any) -> Any:
        """The full sculpt, and every other one as an in-between over the same vertices."""
        prim = self.skel.BlendShape.Define(self.stage, path)
        indices = np.unique(np.concatenate([sample.indices for sample in shape.samples]))
        for sample in shape.samples:
            rows = np.zeros((len(indices), 3))
            rows[np.searchsorted(indices, sample.indices)] = sample.deltas
            if sample.weight == _MOST_WEIGHT:
                prim.CreateOffsetsAttr(self._vectors(rows))
            else:
                between = prim.CreateInbetween(between_label(sample.weight))
                between.SetWeight(sample.weight)
                between.SetOffsets(self._vectors(rows))
        prim.CreatePointIndicesAttr(self.vt.IntArray.FromNumpy(indices.astype(np.int32)))
        return prim.GetPath()

    def _materials(self) -> dict[str, Any]:
        self.stage.DefinePrim(f"{_ROOT}/Materials", "Scope")
        made = {}
        used = dict.fromkeys(name for mesh in self.face.meshes for name in mesh.materials)
        for legal, name in zip(unique_identifiers(used), used, strict=True):
            material = self.shade.Material.Define(self.stage, f"{_ROOT}/Materials/{legal}")
            shader = self.shade.Shader.Define(self.stage, f"{_ROOT}/Materials/{legal}/Surface")
            shader.CreateIdAttr("UsdPreviewSurface")
            colour = self.gf.Vec3f(*self.face.colours.get(name, (0.5, 0.5, 0.5)))
            shader.CreateInput("diffuseColor", self.sdf.ValueTypeNames.Color3f).Set(colour)
            shader.CreateInput("roughness", self.sdf.ValueTypeNames.Float).Set(0.5)
            material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
            made[name] = material
        return made

    def _wear(self, prim: Any, mesh: FaceMesh, materials: dict[str, Any]) -> None:
        api = self.shade.MaterialBindingAPI
        api.Apply(prim.GetPrim()).Bind(materials[mesh.materials[0]])
        if mesh.face_materials is None:
            return
        names = unique_identifiers(mesh.materials)
        for at, name in enumerate(mesh.materials):
            faces = np.flatnonzero(mesh.face_materials == at).astype(np.int32)
            if len(faces):
                subset = api.Apply(prim.GetPrim()).CreateMaterialBindSubset(
                    f"faces_{names[at]}", self.vt.IntArray.FromNumpy(faces)
                )
                api.Apply(subset.GetPrim()).Bind(materials[name])

    def _sound(self, sound: Path) -> None:
        audio = self.media.SpatialAudio.Define(self.stage, f"{_ROOT}/Sound")
        try:
            shown = f"./{sound.absolute().relative_to(self.folder).as_posix()}"
        except ValueError:
            shown = sound.absolute().as_posix()
        audio.CreateFilePathAttr(self.sdf.AssetPath(shown))
        audio.CreateAuralModeAttr("nonSpatial")
        audio.CreatePlaybackModeAttr("onceFromStart")
        audio.CreateStartTimeAttr(self.sdf.TimeCode(self.face.sound_frame))

    def _vectors(self, rows: Any) -> Any:
        return self.vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rows, np.float32))


def _joint_paths(joints: tuple[FaceJoint, ...]) -> list[str]:
    """UsdSkel's joint tokens: a path from the topmost joint; a still one where there is none."""
    paths: dict[str, str] = {}
    for joint in joints:
        paths[joint.name] = joint.name if joint.parent is None else f"{paths[joint.parent]}/{joint.name}"
    return list(paths.values()) or [_STILL_JOINT]
