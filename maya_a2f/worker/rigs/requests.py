"""What the worker is asked about rigs: reading one, exporting one, drawing one."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from maya_a2f.core.head import load_head
from maya_a2f.core.rig_description import rig_description_bytes, rig_description_from_bytes
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Content, Reply
from maya_a2f.worker.exports.animated_face import AnimatedFace, head_face, rig_face
from maya_a2f.worker.exports.gltf_copy import can_copy, write_animated_copy
from maya_a2f.worker.exports.gltf_writer import timing_extras, write_glb
from maya_a2f.worker.exports.usd_file import write_usd
from maya_a2f.worker.rigs.reading import read_rig
from maya_a2f.worker.rigs.usd_rig import import_usd
from maya_a2f.worker.service import Context, Handler, Request

_USD = (".usd", ".usda", ".usdc")


def rig_handlers() -> dict[str, Handler]:
    """Request name -> handler.

    ``rig_read``     path -> rig description
    ``export_check`` path -> nothing, or the error that writing such a file would end in
    ``export``       head folder or rig description, attribute samples, rate -> a USD or glTF file
    ``rig_picture``  rig description, poses -> a PNG
    """
    return {"rig_read": _rig_read, "export_check": _export_check, "export": _export, "rig_picture": _rig_picture}


def _rig_read(request: Request, context: Context) -> Reply:
    path = Path(request.text("path"))
    context.progress(f"Reading {path.name}", 0, 0)
    return Reply({}, {"description": Blob.of(rig_description_bytes(read_rig(path), str(path)))})


def _export_check(request: Request, context: Context) -> Reply:
    if Path(request.text("path")).suffix.lower() in _USD:
        import_usd()
    return Reply({})


def _export(request: Request, context: Context) -> Reply:
    path = Path(request.text("path"))
    context.progress(f"Writing {path.name}", 0, 0)
    if path.suffix.lower() == ".glb" and request.text("source", "") and can_copy(Path(request.text("source"))):
        return _export_copy(request, path)
    face = _face(request)
    write_usd(face, path) if path.suffix.lower() in _USD else write_glb(face, path)
    shapes = {shape.name for mesh in face.meshes for shape in mesh.shapes}
    return Reply(
        {"meshes": len(face.meshes), "shapes": len(shapes), "joints": len(face.joints), "notes": list(face.notes)}
    )


def _export_copy(request: Request, path: Path) -> Reply:
    """The character's own ``.glb`` with the animation in it."""
    tracks, count, rate, start = _timed_tracks(request)
    sound = None if request.fields.get("sound") is None else Path(request.text("sound"))
    extras = timing_extras(rate, start, sound, request.number("sound_frame", start))
    moving = write_animated_copy(Path(request.text("source")), path, tracks, count, rate, extras)
    return Reply({"meshes": moving, "shapes": len(tracks), "joints": 0, "notes": []})


def _timed_tracks(request: Request) -> tuple[dict[str, Any], int, Fraction, float]:
    count = request.integer("frames", 0)
    samples = np.frombuffer(request.blob("samples", "f8", 2).data, "<f8").reshape(-1, count)
    tracks: dict[str, Any] = dict(zip(request.texts("attributes"), samples, strict=True))
    numerator, denominator = request.items("rate")
    return tracks, count, Fraction(int(numerator), int(denominator)), request.number("start_frame")


def _face(request: Request) -> AnimatedFace:
    tracks, count, rate, start = _timed_tracks(request)
    if "description" in request.blobs:
        described = rig_description_from_bytes(bytes(request.blob("description", "u1").data))
        face = rig_face(described, tracks, count, rate=rate, start_frame=start)
    else:
        face = head_face(
            load_head(Path(request.text("head_folder"))),
            tracks,
            count,
            joint_suffix=request.text("joint_suffix"),
            shapes_suffix=request.text("shapes_suffix"),
            rate=rate,
            start_frame=start,
        )
    if request.fields.get("sound") is None:
        return face
    return dataclasses.replace(face, sound=Path(request.text("sound")), sound_frame=request.number("sound_frame"))


def _rig_picture(request: Request, context: Context) -> Reply:
    from maya_a2f.preview.rig_sheet import draw_rig

    context.progress("Drawing", 0, 0)
    described = rig_description_from_bytes(bytes(request.blob("description", "u1").data))
    labels = {}
    for item in request.items("labels"):
        fields = Content({"item": item}).table("item")
        labels[str(fields["attribute"])] = str(fields["label"])
    path = Path(request.text("path"))
    if path.suffix.lower() != ".png":
        raise UserError(f"'{path}' is no .png.", code="output.format", hint="Give the picture a name with .png.")
    drawn, left_out = draw_rig(described, labels, path)
    return Reply({"drawn": drawn, "left_out": left_out})
