"""Pictures to judge the head by: ``python -m maya_a2f.training.head.sheet [--head DIR] [--out DIR]``.

Writes ``head_neutral.jpg`` (three views), ``head_shapes.jpg`` (every shape at 1; the tongue's without the face) and
``head_combinations.jpg``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.preview.arrays import Picture
from maya_a2f.preview.camera import Camera, frame_head
from maya_a2f.preview.head_mesh import HeadMesh, load_head_mesh
from maya_a2f.preview.posing import HeadPoser
from maya_a2f.preview.renderer import Renderer, open_renderer
from maya_a2f.preview.surface import build_surface
from maya_a2f.training.head.build import DEFAULT_FOLDER
from maya_a2f.training.head.proportions import HINGE, JAW_FORWARD_CM, JAW_OPEN_DEGREES, JAW_SIDE_CM

CELL = (300, 330)
LABEL_HEIGHT = 18


def both(name: str, weight: float = 1.0) -> dict[str, float]:
    """A two-sided shape on both sides."""
    return {f"{name}Left": weight, f"{name}Right": weight}


COMBINATIONS: dict[str, dict[str, float]] = {
    "jawOpen + mouthClose": {"jawOpen": 1.0, "mouthClose": 1.0},
    "both at 0.5": {"jawOpen": 0.5, "mouthClose": 0.5},
    "m, b, p": {"jawOpen": 0.12, "mouthClose": 0.12, "mouthRollLower": 0.3, "mouthRollUpper": 0.2,
                **both("mouthPress", 0.4)},
    "f, v": {"jawOpen": 0.12, "mouthRollLower": 0.8, **both("mouthUpperUp", 0.25)},
    "roll + press": {"mouthRollLower": 0.8, "mouthRollUpper": 0.5, **both("mouthPress")},
    "aa": {"jawOpen": 0.6, **both("mouthLowerDown", 0.3)},
    "oo": {"jawOpen": 0.15, "mouthPucker": 0.7, "mouthFunnel": 0.35},
    "oh": {"jawOpen": 0.35, "mouthFunnel": 0.7},
    "ee": {"jawOpen": 0.12, **both("mouthSmile", 0.3), **both("mouthStretch", 0.4), **both("mouthLowerDown", 0.6),
           **both("mouthUpperUp", 0.3)},
    "l": {"jawOpen": 0.3, "tongueTipUp": 0.8},
    "th": {"jawOpen": 0.2, "tongueStretch": 0.8, "tongueTipUp": 0.3},
    "joy": {"jawOpen": 0.25, **both("mouthSmile", 0.9), **both("cheekSquint", 0.8), **both("eyeSquint", 0.4),
            **both("mouthUpperUp", 0.3)},
    "anger": {**both("browDown"), **both("noseSneer", 0.6), **both("mouthPress", 0.6), **both("eyeSquint", 0.4)},
    "sadness": {"browInnerUp": 0.9, **both("mouthFrown", 0.8), **both("eyeBlink", 0.2), "mouthShrugLower": 0.2},
    "surprise": {"jawOpen": 0.55, "browInnerUp": 0.8, **both("browOuterUp"), **both("eyeWide", 0.9)},
    "blink": both("eyeBlink"),
    "half blink": both("eyeBlink", 0.5),
    "tongue out": {"jawOpen": 0.45, "tongueOut": 1.0},
}  # fmt: skip


def with_jaw(weights: Mapping[str, float], pivot: tuple[float, float, float]) -> dict[str, float]:
    """The weights as attributes of the head, and the jaw joint's motion that lower teeth and tongue follow."""
    angle = np.radians(JAW_OPEN_DEGREES * weights.get("jawOpen", 0.0))
    arm = np.subtract(pivot, HINGE)
    y = arm[1] * np.cos(angle) - arm[2] * np.sin(angle) - arm[1]
    z = arm[1] * np.sin(angle) + arm[2] * np.cos(angle) - arm[2]
    named = {f"{'tongue' if name in TONGUE_CHANNELS else 'face'}.{name}": value for name, value in weights.items()}
    return {
        **named,
        "jaw.rotateX": float(np.degrees(angle)),
        "jaw.translateX": JAW_SIDE_CM * (weights.get("jawLeft", 0.0) - weights.get("jawRight", 0.0)),
        "jaw.translateY": float(y),
        "jaw.translateZ": float(z) + JAW_FORWARD_CM * weights.get("jawForward", 0.0),
    }


def aimed(
    camera: Camera, target: tuple[float, float, float], yaw_degrees: float, height_cm: float, rise: float = 0.04
) -> Camera:
    """``camera`` turned to look at ``target`` from the side, showing ``height_cm``; ``rise`` per distance."""
    distance = 0.5 * height_cm / np.tan(np.radians(camera.vertical_field_degrees) / 2.0)
    yaw = np.radians(yaw_degrees)
    place = np.asarray(target) + distance * np.array([np.sin(yaw), rise, np.cos(yaw)])
    x, y, z = (float(v) for v in place)
    return replace(camera, position=(x, y, z), target=target, near=float(distance) * 0.3, far=float(distance) * 3.0)


def _draw(head: HeadMesh, drawer: Renderer, weights: Mapping[str, float], camera: Camera) -> Picture:
    pivot = next(joint.position for joint in head.joints if joint.name == "jaw")
    x, y, z = (float(v) for v in pivot)
    posed = HeadPoser(head, shapes_suffix="").pose(with_jaw(weights, (x, y, z)))
    return drawer.render(posed.points[0], posed.normals[0], camera)


def contact_sheet(pictures: Mapping[str, Picture], columns: int) -> Image.Image:
    """Labelled pictures of one size in rows."""
    first = next(iter(pictures.values()))
    height, width = first.shape[0] + LABEL_HEIGHT, first.shape[1]
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), (24, 24, 26))
    pen = ImageDraw.Draw(sheet)
    for k, (label, picture) in enumerate(pictures.items()):
        corner = (k % columns * width, k // columns * height)
        sheet.paste(Image.fromarray(np.asarray(picture)), (corner[0], corner[1] + LABEL_HEIGHT))
        pen.text((corner[0] + 6, corner[1] + 3), label, fill=(235, 235, 235))
    return sheet


def _region(shape: str, camera: Camera) -> Camera:
    """Where to look for a shape: the mouth, the eyes or the tongue."""
    if shape.startswith(("eye", "brow", "cheekSquint", "noseSneer")):
        return aimed(camera, (0.0, -0.6, 6.0), 18.0, 13.0)
    if shape.startswith("tongue"):
        return aimed(camera, (0.0, -7.6, 7.0), 32.0, 9.0)
    return aimed(camera, (0.0, -4.2, 6.0), 24.0, 19.0)


def make_sheets(folder: Path, out: Path) -> list[Path]:
    """Render the three pictures of the head in ``folder`` into ``out``; returns their paths."""
    head = load_head_mesh(folder)
    surface = build_surface(head)
    out.mkdir(parents=True, exist_ok=True)
    views: dict[str, Picture] = {}
    with open_renderer(surface, (640, 760), "auto") as drawer:
        base = frame_head(head, 640 / 760)
        for label, yaw in (("front", 0.0), ("three quarters", 38.0), ("profile", 90.0)):
            views[label] = _draw(head, drawer, {}, aimed(base, (0.0, -1.8, 0.0), yaw, 32.0))
    shapes: dict[str, Picture] = {}
    combined: dict[str, Picture] = {}
    with open_renderer(surface, CELL, "auto") as drawer:
        base = frame_head(head, CELL[0] / CELL[1])
        for name in ARKIT_CHANNELS:
            opened = {"jawOpen": 0.4} if name == "tongueOut" else {}
            shapes[name] = _draw(head, drawer, {**opened, name: 1.0}, _region(name, base))
        for name, weights in COMBINATIONS.items():
            combined[name] = _draw(head, drawer, weights, aimed(base, (0.0, -3.6, 6.0), 16.0, 20.0))
    inside = replace(head, parts=tuple(p for p in head.parts if p.name in ("tongue", "lowerTeeth")))
    with open_renderer(build_surface(inside), CELL, "auto") as drawer:
        for name in TONGUE_CHANNELS:
            shapes[name] = _draw(inside, drawer, {name: 1.0}, aimed(base, (0.0, -7.8, 5.2), 35.0, 9.5, 0.45))
    sheets = (
        ("head_neutral.jpg", contact_sheet(views, 3)),
        ("head_shapes.jpg", contact_sheet(shapes, 10)),
        ("head_combinations.jpg", contact_sheet(combined, 6)),
    )
    paths = []
    for name, sheet in sheets:
        sheet.save(out / name, quality=88, optimize=True)
        paths.append(out / name)
    return paths


def main(arguments: list[str] | None = None) -> int:
    """Render the sheets and say where they lie."""
    parser = argparse.ArgumentParser(description="Render the default head, its shapes and some combinations.")
    parser.add_argument("--head", type=Path, default=DEFAULT_FOLDER, help="folder with head.json and head.npz")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder for the pictures")
    options = parser.parse_args(arguments)
    for path in make_sheets(options.head, options.out):
        print(f"{path} {path.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
