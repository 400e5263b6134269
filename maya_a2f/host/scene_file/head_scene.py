"""A head with keys and sound as a Maya ASCII scene that plays as soon as it is opened.

Hierarchy: group > joints; every mesh lies under the joint it follows, its points relative to that joint. Wiring of the
blendShapes as Maya 2025 saves it: ``XShapeOrig.w`` -> ``ip[0].ig``, ``XShapeOrig.o`` -> ``orggeom[0]``, ``og[0]`` ->
``XShape.i`` (specification, maya.md section 14).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.bake_plan import plan_bake
from maya_a2f.core.frame_rate import describe_rate, maya_time_unit
from maya_a2f.core.head import Head, HeadMesh
from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.project_paths import marked_path
from maya_a2f.core.result_record import record_texts
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.head_rig import (
    GROUP_NODE,
    blend_shape_node,
    head_rig,
    joint_node,
    mesh_node,
    mesh_shape_node,
)
from maya_a2f.host.scene_file.ma_mesh import write_mesh_geometry, write_mesh_looks
from maya_a2f.host.scene_file.ma_text import component_list, exact_number, single_number, wrapped
from maya_a2f.host.scene_file.ma_writer import MAYA_VERSION, SceneText
from maya_a2f.host.scene_file.scene_parts import (
    METADATA_NODE,
    sound_node,
    sound_path,
    write_audio,
    write_configuration,
    write_curve,
    write_metadata,
    write_playback_script,
)
from maya_a2f.host.scene_file.scene_results import made_uid, new_record, node_uid

_NTSC_RATES = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120))
_FOCAL_LENGTH_MM, _FILM_HEIGHT_MM = 35.0, 24.0
_CAMERA_YAW_DEGREES = 15.0


def write_head_scene(
    path: Path,
    head: Head,
    curves: Sequence[KeyedCurve],
    *,
    timeline: Timeline,
    audio: AudioNode | None = None,
    metadata: Mapping[str, str] | None = None,
    channels: Mapping[str, Sequence[str]] | None = None,
    result: str = "",
) -> BakeReport:
    """Write the scene, whole or not at all.

    Raises :class:`HostError` ``scene.rate`` (Maya has no time unit for the rate), ``file.unwritable`` or
    ``file.disk_full``.
    """
    if audio is not None:
        audio = replace(audio, path=marked_path(audio.path, path))
    content, report = head_scene(
        path.name, head, curves, timeline=timeline, audio=audio, metadata=metadata, channels=channels, result=result
    )
    write_atomically(path, content)
    return report


def head_scene(
    name: str,
    head: Head,
    curves: Sequence[KeyedCurve],
    *,
    timeline: Timeline,
    audio: AudioNode | None = None,
    metadata: Mapping[str, str] | None = None,
    channels: Mapping[str, Sequence[str]] | None = None,
    result: str = "",
) -> tuple[bytes, BakeReport]:
    """The scene's bytes and what was keyed; the same input always gives the same bytes. Raises ``scene.rate``."""
    plan = plan_bake(head_rig(head), curves)
    info = {"application": "maya", "product": f"Maya {MAYA_VERSION}", "version": MAYA_VERSION}
    scene = SceneText(name, _time_unit(timeline.rate), info)
    scene.include(_still_head(head))
    plugs = _weight_plugs(head)
    records = []
    rests = {attribute.name: attribute.rest for attribute in head_rig(head).attributes}
    for curve in plan.curves:
        plug = plugs.get(curve.attribute, _short_plug(curve.attribute))
        node = curve.attribute.replace(".", "_")
        uid = made_uid(name, node)
        write_curve(scene, curve, node, plug, uid=uid)
        records.append(
            new_record(curve, timeline.rate, node_uid(head, plug), plug, uid, rests[curve.attribute], channels or {})
        )
    _write_playback(scene, timeline, audio)
    if metadata or records:
        given = sound_path(audio).rpartition("/")[2] if audio is not None else ""
        offset = audio.offset_frame if audio is not None else 0.0
        texts = record_texts(GROUP_NODE, result or given, records, audio_offset_frame=offset)
        write_metadata(scene, METADATA_NODE, {**texts, **(metadata or {})})
    return scene.to_bytes(), BakeReport(tuple(curve.attribute for curve in plan.curves), plan.skipped)


@lru_cache(maxsize=1)
def _still_head(head: Head) -> SceneText:
    """What is the same in every scene of a head."""
    scene = SceneText("", "", {})
    _write_camera(scene, head)
    _write_joints(scene, head)
    for mesh in head.meshes:
        _write_mesh(scene, head, mesh)
    for mesh in head.meshes:
        if mesh.shapes:
            _write_blend_shape(scene, head, mesh)
    write_mesh_looks(scene, head)
    _connect_followers(scene, head, _weight_plugs(head))
    return scene


def _time_unit(rate: Fraction) -> str:
    unit = maya_time_unit(rate)
    if unit is not None:
        return unit
    rates = sorted({*map(Fraction, range(2, 241)), *_NTSC_RATES}, key=lambda other: abs(other - rate))
    near = [describe_rate(other) for other in rates if maya_time_unit(other) is not None][:4]
    raise HostError(
        f"Maya has no time unit for {describe_rate(rate)} frames per second.",
        code="scene.rate",
        hint=f"Choose one Maya knows, such as {', '.join(near[:-1])} or {near[-1]}.",
    )


def _write_camera(scene: SceneText, head: Head) -> None:
    """The perspective view, placed so that the whole head is seen from the front, a little from its left."""
    lows = [min(min(mesh.points[axis::3], default=0.0) for mesh in head.meshes) for axis in range(3)]
    highs = [max(max(mesh.points[axis::3], default=1.0) for mesh in head.meshes) for axis in range(3)]
    centre = [0.5 * (low + high) for low, high in zip(lows, highs, strict=True)]
    size = max(high - low for low, high in zip(lows, highs, strict=True)) or 1.0
    distance = 0.6 * size * _FOCAL_LENGTH_MM / (0.5 * _FILM_HEIGHT_MM) + 0.5 * (highs[2] - lows[2])
    yaw = math.radians(_CAMERA_YAW_DEGREES)
    scene.create_node("transform", "persp", shared=True)
    scene.set_attr(".v", "no")
    place = (centre[0] + distance * math.sin(yaw), centre[1], centre[2] + distance * math.cos(yaw))
    scene.set_vector(".t", (round(value, 6) for value in place))
    scene.set_vector(".r", (0.0, _CAMERA_YAW_DEGREES, 0.0))
    scene.create_node("camera", "perspShape", "persp", shared=True)
    scene.set_attr(".v", "no", flags="-k off ")
    scene.set_attr(".fl", exact_number(_FOCAL_LENGTH_MM))
    scene.set_attr(".coi", exact_number(round(distance, 6)))
    for attribute, value in ((".imn", "persp"), (".den", "persp_depth"), (".man", "persp_mask")):
        scene.set_string(attribute, value)
    scene.set_string(".hc", "viewSet -p %camera")


def _write_joints(scene: SceneText, head: Head) -> None:
    scene.create_node("transform", GROUP_NODE)
    for joint in head.joints:
        parent = GROUP_NODE if joint.parent is None else joint_node(joint.parent)
        scene.create_node("joint", joint_node(joint.name), parent)
        scene.set_uid(node_uid(head, joint_node(joint.name)))
        scene.set_vector(".t", map(_tidy, head.rest_translate(joint.name)))
        scene.set_attr(".ssc", "no")
        scene.set_attr(".radi", "0.5")
        if joint.parent is not None:
            scene.connect(f"{parent}.s", f"{joint_node(joint.name)}.is")


def _tidy(value: float) -> float:
    """A rest position without the rounding of a subtraction (1e-9 centimetres)."""
    return round(value, 9)


def _write_mesh(scene: SceneText, head: Head, mesh: HeadMesh) -> None:
    shape = mesh_shape_node(mesh.name)
    pivot = head.joint(mesh.joint).position
    scene.create_node("transform", mesh_node(mesh.name), joint_node(mesh.joint))
    scene.create_node("mesh", shape, mesh_node(mesh.name))
    if not mesh.shapes:
        write_mesh_geometry(scene, mesh, pivot)
        return
    write_mesh_geometry(scene, mesh, None)
    scene.create_node("mesh", f"{shape}Orig", mesh_node(mesh.name))
    scene.set_attr(".io", "yes")
    write_mesh_geometry(scene, mesh, pivot, own_faces=False)


def _write_blend_shape(scene: SceneText, head: Head, mesh: HeadMesh) -> None:
    node = blend_shape_node(mesh.name)
    count = len(mesh.shapes)
    last = "0" if count == 1 else f"0:{count - 1}"
    size = f"-s {count} " if count > 1 else ""
    zeros = wrapped(["0"] * count)
    scene.create_node("blendShape", node)
    scene.set_uid(node_uid(head, node))
    scene.add_statement('addAttr -ci true -h true -sn "aal" -ln "attributeAliasList" -dt "attributeAlias";')
    scene.set_attr(f".w[{last}]", f" {zeros}", flags=size)
    if count > 1:
        scene.add_statement(f'setAttr {size}".it[0].itg";')
    for index, shape in enumerate(mesh.shapes.values()):
        item = f".it[0].itg[{index}].iti[6000]"
        words = []
        for at in range(0, len(shape.deltas), 3):
            words += [*map(single_number, shape.deltas[at : at + 3]), "1"]
        scene.set_attr(f"{item}.ipt", f'-type "pointArray" {wrapped([str(len(shape.indices)), *words])} ')
        scene.set_attr(f"{item}.ict", f'-type "componentList" {component_list("vtx", shape.indices)}')
    scene.set_attr(".mlid", "0")
    scene.set_attr(".mlpr", "0")
    scene.set_attr(f".pndr[{last}]", f" {zeros}", flags=size)
    children = wrapped([str(count), *map(str, range(count))])
    scene.set_attr(".tgdt[0].cid", f'-type "Int32Array" {children} ')
    aliases = "\n\t\t,".join(f'"{shape}","weight[{index}]"' for index, shape in enumerate(mesh.shapes))
    scene.set_attr(".aal", f'-type "attributeAlias" {{{aliases}}} ')
    original = f"{mesh_shape_node(mesh.name)}Orig"
    scene.connect(f"{original}.w", f"{node}.ip[0].ig")
    scene.connect(f"{original}.o", f"{node}.orggeom[0]")


def _weight_plugs(head: Head) -> dict[str, str]:
    """Attribute names of weights -> the plugs behind the aliases."""
    return {
        f"{blend_shape_node(mesh.name)}.{shape}": f"{blend_shape_node(mesh.name)}.w[{index}]"
        for mesh in head.meshes
        for index, shape in enumerate(mesh.shapes)
    }


def _connect_followers(scene: SceneText, head: Head, plugs: Mapping[str, str]) -> None:
    """One weight per shape: what lashes, brows and tongue share with the face follows the face's weight."""
    leaders = head.shape_leaders()
    for mesh in head.meshes:
        for shape in mesh.shapes:
            if leaders[shape] != mesh.name:
                leader, follower = (f"{blend_shape_node(name)}.{shape}" for name in (leaders[shape], mesh.name))
                scene.connect(plugs[leader], plugs[follower])


def _short_plug(attribute: str) -> str:
    """``jaw_jnt.rotateX`` -> ``jaw_jnt.rx``."""
    node, _, name = attribute.rpartition(".")
    return f"{node}.{name[0]}{name[-1].lower()}"


def _write_playback(scene: SceneText, timeline: Timeline, audio: AudioNode | None) -> None:
    first = exact_number(timeline.first_frame)
    sound = None
    if audio is not None:
        sound = sound_node(audio)
        write_audio(scene, sound, audio)
    write_configuration(scene, timeline)
    write_playback_script(scene, sound)
    scene.on_existing(":time1", [f'setAttr ".o" {first};', f'setAttr ".unw" {first};'])
