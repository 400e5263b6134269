"""The scene evaluated node by node, as Maya would, against the poser of the preview: pivots, order, wiring, units."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.core.anim_curve import evaluate
from maya_a2f.core.head import load_head
from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.head_scene import head_scene
from maya_a2f.host.scene_file.ma_geometry import scene_blend_shapes, scene_meshes
from maya_a2f.host.scene_file.ma_keys import scene_curves
from maya_a2f.host.scene_file.ma_reader import scene_from_bytes
from maya_a2f.host.scene_file.ma_scene import Scene

pytest.importorskip("numpy", reason="the preview is numpy's, which is not installed, as inside Maya")

import numpy as np
from numpy.typing import NDArray

from maya_a2f.preview.head_mesh import load_head_mesh
from maya_a2f.preview.posing import HeadPoser

_HEAD = Path(maya_a2f.__file__).parent / "presets" / "default_head"
_FRAME = 3.0
Doubles = NDArray[np.float64]


def _local_matrix(scene: Scene, path: str, driven: dict[str, float]) -> Doubles:
    """4x4 for row vectors: rotation X, then Y, then Z, then translation (specification, maya.md section 6)."""
    node = scene.node(path)
    channels = {}
    for attribute in ("t", "r"):
        saved = node.vector(f".{attribute}", (0.0, 0.0, 0.0))
        for axis, value in zip("xyz", saved, strict=True):
            channels[attribute + axis] = driven.get(f"{node.name}.{attribute}{axis}", value)
    matrix = np.eye(4)
    for first, second, axis in ((1, 2, "x"), (2, 0, "y"), (0, 1, "z")):
        angle = np.radians(channels[f"r{axis}"])
        turn = np.eye(4)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[first, second], turn[second, first] = np.sin(angle), -np.sin(angle)
        matrix = matrix @ turn
    matrix[3, :3] = [channels["tx"], channels["ty"], channels["tz"]]
    return matrix


def _world_points(scene: Scene, mesh: str, driven: dict[str, float]) -> Doubles:
    shape = f"{mesh}_geoShape"
    path = scene.node(shape).path
    deformer = next((item for item in scene_blend_shapes(scene) if item.node == f"{mesh}_shapes"), None)
    rest = path + "Orig" if deformer else path
    points = np.array(next(item.points for item in scene_meshes(scene) if item.path == rest)).reshape(-1, 3)
    for target in deformer.targets if deformer else ():
        plug = f"{mesh}_shapes.w[{target.index}]"
        source = scene.source(plug) or ""
        weight = driven[source if source in driven else plug]
        for item in target.items:
            points[list(item.indices)] += weight * np.array(item.deltas).reshape(-1, 3)
    points = np.hstack([points, np.ones((len(points), 1))])
    parent = scene.node(shape).parent
    while parent:
        points = points @ _local_matrix(scene, parent, driven)
        parent = scene.node(parent).parent
    world: Doubles = points[:, :3]
    return world


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_scene_stands_as_the_preview_shows_it(seed: int | None) -> None:
    head = load_head(_HEAD)
    chance = np.random.default_rng(seed)
    values = {}
    for attribute in head_rig(head).attributes:
        reach = {"weight": 0.6, "rotate": 35.0, "translate": 1.5}[attribute.kind] if seed is not None else 0.0
        values[attribute.name] = attribute.rest + float(chance.uniform(-1, 1)) * reach
    curves = [
        KeyedCurve(item.name, item.kind, (1.0, 5.0), (values[item.name] - 1.0, values[item.name] + 1.0))
        for item in head_rig(head).attributes
    ]
    content, report = head_scene("x.ma", head, curves, timeline=Timeline(Fraction(24), 1, 5))
    assert report.skipped == ()
    scene = scene_from_bytes(content)
    driven = {curve.drives[0]: evaluate(curve.curve, [_FRAME])[0] for curve in scene_curves(scene)}
    assert len(driven) == len(values)

    preview = load_head_mesh(_HEAD)
    poser = HeadPoser(preview, joint_suffix="_jnt", local_translations=True)
    shown = poser.pose(values).points[0]
    start = 0
    for part in preview.parts:
        expected = shown[start : start + len(part.points)]
        start += len(part.points)
        assert np.abs(_world_points(scene, part.name, driven) - expected).max() < 2e-4
