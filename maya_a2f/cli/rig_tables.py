"""What is in a rig, and which channels would drive it, as tables of text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from maya_a2f.characters import CharacterFile, ChosenMap
from maya_a2f.core.drive_expression import expression_text
from maya_a2f.core.matching import SURE, Match
from maya_a2f.core.readiness import readiness_of
from maya_a2f.core.rig import RigAttribute
from maya_a2f.core.rig_description import Control, RigDescription
from maya_a2f.core.rig_map import RigMap

_WIDEST_NAME = 52


def inspection(character: CharacterFile, described: RigDescription | None) -> list[str]:
    """Lines on a character: what it is, every attribute, and remarks."""
    rig = character.rig
    what = "Maya scene" if character.is_scene else "face with shapes"
    lines = [f"{character.path}: {what}, '{rig.name}'"]
    if character.rate is not None:
        lines.append(f"  {float(character.rate):g} frames per second")
    if described is not None:
        lines += _mesh_lines(described)
    if rig.joints:
        lines.append(f"  {len(rig.joints)} joints and control curves")
    controls = {} if described is None else {control.attribute: control for control in described.controls}
    rows = [("attribute", "kind", "rest", "limits", "moves", "state")]
    for attribute in rig.attributes:
        state = character.blocked.get(attribute.name, "keys" if attribute.name in character.animated else "")
        rows.append((attribute.name, attribute.kind, f"{attribute.rest:g}", _limits(attribute),
                     _moves(controls.get(attribute.name)), state))  # fmt: skip
    locked = [name for name in character.blocked if name not in {item.name for item in rig.attributes}]
    rows += [(name, "", "", "", _moves(controls.get(name)), character.blocked[name]) for name in locked]
    return [*lines, "", *table(rows)]


def match_lines(character: CharacterFile, chosen: ChosenMap, channels: Sequence[str]) -> list[str]:
    """Lines on a map: every drive with how sure it is, questions, what is left over, and what the character shows."""
    rig_map, report = chosen.rig_map, chosen.report
    rows = [("attribute", "follows", "sure", "why")]
    for name, drive in rig_map.drives.items():
        match = report.matches.get(name, Match(1.0, chosen.how))
        mark = "  muted" if drive.muted else "" if match.confidence >= SURE else "  check"
        rows.append((name, expression_text(drive.gains), f"{match.confidence:.2f}", f"{match.why}{mark}"))
    for name, joint in rig_map.joints.drives.items():
        follows = joint.motion or ", ".join(joint.aim) or ", ".join(joint.turn) or ", ".join(joint.move)
        rows.append((name, follows, "", "joint, muted" if joint.muted else "joint"))
    lines = [f"{character.path}: {chosen.how}", "", *table(rows)]
    if report.questions:
        lines += ["", "Not clear enough to drive unasked:"]
        for question in report.questions:
            guesses = " or ".join(
                f"{expression_text(item.drive.gains)} ({item.match.confidence:.2f})" for item in question.candidates
            )
            lines.append(f"  {question.attribute}: {guesses}?")
    used = rig_map.followed
    lines += listed("Attributes that nothing drives", _without(report.unmatched_attributes, rig_map))
    lines += listed("Channels that drive nothing", [name for name in channels if name not in used])
    readiness = readiness_of(character.rig, rig_map, channels, set(character.blocked))
    return [*lines, "", f"Shows: {readiness.words}."]


def picture_labels(rig_map: RigMap, matches: Mapping[str, Match]) -> list[dict[str, str]]:
    """What stands under each control in a picture."""
    labels = []
    for name, drive in rig_map.drives.items():
        sure = matches.get(name)
        words = f"-> {expression_text(drive.gains)}" + (f"  {sure.confidence:.2f}" if sure is not None else "")
        labels.append({"attribute": name, "label": words})
    return labels


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as they need to be; the first row is the head."""
    widths = [min(_WIDEST_NAME, max(len(row[at]) for row in rows)) for at in range(len(rows[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def listed(title: str, names: Iterable[str]) -> list[str]:
    """A title with how many there are, and the names in lines."""
    shown = list(names)
    if not shown:
        return []
    lines = ["", f"{title} ({len(shown)}):"]
    line = " "
    for name in shown:
        if len(line) + len(name) > 110:
            lines.append(line)
            line = " "
        line += f" {name}"
    return [*lines, line]


def _without(names: Sequence[str], rig_map: RigMap) -> list[str]:
    nodes = set(rig_map.joints.drives)
    return [name for name in names if name.rpartition(".")[0] not in nodes]


def _mesh_lines(described: RigDescription) -> list[str]:
    sizes = [max(described.points[axis::3]) - min(described.points[axis::3]) for axis in range(3)]
    parts = described.parts or ((described.name, described.vertex_count),)
    meshes = ", ".join(f"{name} ({count})" for name, count in parts[:6]) + (" …" if len(parts) > 6 else "")
    extent = " x ".join(f"{size:.3g}" for size in sizes)
    return [
        f"  {described.vertex_count} vertices, {len(described.face_counts)} faces, {extent} cm",
        f"  meshes: {meshes}",
    ]


def _limits(attribute: RigAttribute) -> str:
    if attribute.lowest is None and attribute.highest is None:
        return ""
    low, high = ("" if limit is None else f"{limit:g}" for limit in (attribute.lowest, attribute.highest))
    return f"{low} … {high}"


def _moves(control: Control | None) -> str:
    """How many vertices, how far at most, and at which values it was sculpted beside the full one."""
    if control is None:
        return ""
    if not control.samples:
        return "nothing"
    full = max(control.samples, key=lambda sample: abs(sample.value - control.rest))
    far = max(math.hypot(*full.deltas[at : at + 3]) for at in range(0, len(full.deltas), 3))
    between = [f"{sample.value:g}" for sample in control.samples if sample is not full]
    return f"{len(full.indices)} by {far:.2g} cm" + (f", also at {', '.join(between)}" if between else "")
