"""A USD stage as a rig: every mesh bound to UsdSkel blend shapes, at rest. Needs usd-core (extra ``rigs``).

A blend shape's weight belongs to its name, whatever meshes have it, so controls are called as the blend shapes are;
in-betweens are their samples.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.rig_building import MeshTarget, RigMesh, build_description
from maya_a2f.core.rig_description import RigDescription
from maya_a2f.errors import EngineError, UserError, extra_hint

Rows = npt.NDArray[np.float64]


def read_usd_rig(path: Path) -> RigDescription:
    """Describe a ``.usd``, ``.usda``, ``.usdc`` or ``.usdz``.

    Raises :class:`UserError` ``rig.*``, :class:`EngineError` ``usd.missing`` where usd-core is not installed.
    """
    usd, geometry, skeleton = import_usd()
    if not path.is_file():
        raise UserError(f"'{path}' cannot be read: there is no such file.", code="rig.missing", hint="Check the path.")
    try:
        stage = usd.Stage.Open(str(path))
    except Exception as error:  # the library's own exception type says no more than that
        raise UserError(
            f"'{path}' cannot be used: it is no sound USD file ({str(error).splitlines()[0][:160]}).",
            code="rig.damaged",
            hint="Export it again.",
        ) from error
    upright = geometry.GetStageUpAxis(stage) == geometry.Tokens.z
    notes: list[str] = []
    meshes = [
        mesh
        for prim in stage.Traverse(usd.TraverseInstanceProxies())
        if prim.IsA(geometry.Mesh)
        for mesh in [_mesh(geometry.Mesh(prim), skeleton.BindingAPI(prim), skeleton, upright, notes)]
        if mesh is not None
    ]
    scale = 100.0 * geometry.GetStageMetersPerUnit(stage)
    return build_description(path.stem, meshes, scale=scale, notes=notes, source=str(path))


def import_usd() -> tuple[Any, Any, Any]:
    """``pxr.Usd``, ``pxr.UsdGeom``, ``pxr.UsdSkel``. Raises :class:`EngineError` ``usd.missing``."""
    try:
        from pxr import Usd, UsdGeom, UsdSkel
    except ImportError as error:
        raise EngineError(
            "USD files need the package 'usd-core', which is not installed.",
            code="usd.missing",
            hint=extra_hint("rigs"),
        ) from error
    return Usd, UsdGeom, UsdSkel


def _mesh(mesh: Any, binding: Any, skeleton: Any, is_z_up: bool, notes: list[str]) -> RigMesh | None:
    name = mesh.GetPrim().GetName()
    points = np.array(mesh.GetPointsAttr().Get() or (), np.float64).reshape(-1, 3)
    counts = list(mesh.GetFaceVertexCountsAttr().Get() or ())
    corners = list(mesh.GetFaceVertexIndicesAttr().Get() or ())
    if not len(points):
        notes.append(f"The mesh '{name}' has no points.")
        return None
    if mesh.GetOrientationAttr().Get() == "leftHanded":
        corners = _reversed(counts, corners)
    matrix = _world(mesh, binding, skeleton)
    if is_z_up:
        matrix = matrix @ np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float64)
    linear = matrix[:3, :3]
    targets = _targets(mesh, binding, skeleton, linear, len(points), notes)
    placed = points @ linear + matrix[3, :3]
    return RigMesh(name, placed.ravel().tolist(), counts, corners, targets)


def _targets(
    mesh: Any, binding: Any, skeleton: Any, linear: Rows, vertex_count: int, notes: list[str]
) -> list[MeshTarget]:
    names = list(binding.GetBlendShapesAttr().Get() or ())
    paths = list(binding.GetBlendShapeTargetsRel().GetTargets())
    if len(names) != len(paths):
        notes.append(f"The mesh '{mesh.GetPrim().GetName()}' names {len(names)} blend shapes and has {len(paths)}.")
    stage = mesh.GetPrim().GetStage()
    found: list[MeshTarget] = []
    for name, path in zip(map(str, names), paths, strict=False):
        shape = skeleton.BlendShape(stage.GetPrimAtPath(path))
        if not shape:
            notes.append(f"'{name}' leads to '{path}', which is no blend shape; it is left out.")
            continue
        indices = shape.GetPointIndicesAttr().Get()
        whole = shape.GetOffsetsAttr().Get()
        sculpts = [(1.0, whole)]
        sculpts += [(float(between.GetWeight()), between.GetOffsets()) for between in shape.GetInbetweens()]
        for value, offsets in sculpts:
            found.append(_target(name, value, indices, offsets, linear, vertex_count))
    return found


def _target(name: str, value: float, indices: Any, offsets: Any, linear: Rows, vertex_count: int) -> MeshTarget:
    rows = np.array(offsets if offsets is not None else (), np.float64).reshape(-1, 3) @ linear
    where = np.arange(len(rows)) if indices is None or not len(indices) else np.array(indices, np.int64)
    if len(where) != len(rows):
        return MeshTarget(name, value, [], [], vertex_count=len(rows))
    order = np.argsort(where, kind="stable")
    dense = indices is None or not len(indices)
    count = len(rows) if dense and len(rows) != vertex_count else None
    return MeshTarget(name, value, where[order].tolist(), rows[order].ravel().tolist(), count)


def _world(mesh: Any, binding: Any, skeleton: Any) -> Rows:
    """From the mesh's points to the world at rest: the geometry's bind place where it is skinned."""
    _, geometry, _ = import_usd()
    cache = geometry.XformCache()
    own = np.array(cache.GetLocalToWorldTransform(mesh.GetPrim()), np.float64)
    if not binding.GetJointIndicesPrimvar().HasValue():
        return own
    bind = binding.GetGeomBindTransformAttr().Get()
    place = np.array(bind, np.float64) if bind is not None else np.eye(4)
    owner = binding.GetInheritedSkeleton()
    if owner:
        place = place @ np.array(cache.GetLocalToWorldTransform(owner.GetPrim()), np.float64)
    return place


def _reversed(counts: list[int], corners: list[int]) -> list[int]:
    turned: list[int] = []
    start = 0
    for count in counts:
        turned += reversed(corners[start : start + count])
        start += count
    return turned
