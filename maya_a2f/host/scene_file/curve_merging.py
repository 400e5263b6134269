"""The keys of one curve of a scene file merged with new ones (:mod:`maya_a2f.core.rerun`).

Keys that stay keep their words, letter for letter.
"""

from __future__ import annotations

from dataclasses import dataclass

from maya_a2f.core.anim_curve import CurveTangent
from maya_a2f.core.keyed_merging import NUMBERS, fresh_of, internal, ticks_of
from maya_a2f.core.rerun import Merged, MergeRules, Written, merged
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.ma_keys import scene_curve, unit_scale
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode
from maya_a2f.host.scene_file.merged_keys import put_words, read_words, words_of

_UNKNOWN = 1000
"""Added to tangent numbers of files that the API has no number for here: edits by hand, since we write none of them."""


@dataclass(frozen=True)
class FileKey:
    """A key as found in a file."""

    ticks: int
    value: float
    into: int
    out: int
    into_xy: tuple[float, float] | None
    out_xy: tuple[float, float] | None


def keys_of(scene: Scene, node: SceneNode | None) -> list[FileKey]:
    """The keys of a curve, in internal units."""
    if node is None:
        return []
    found = scene_curve(scene, node)
    curve, rate = found.curve, scene.rate
    return [
        FileKey(
            ticks_of(key.frame, rate),
            internal(key.value, curve.kind),
            _number(codes[0], key.in_tangent),
            _number(codes[1], key.out_tangent),
            key.in_direction if key.in_tangent == "fixed" else None,
            key.out_direction if key.out_tangent == "fixed" else None,
        )
        for key, codes in zip(curve.keys, found.tangent_codes, strict=True)
    ]


def _number(code: int, name: CurveTangent) -> int:
    number = NUMBERS.get(name, 0)
    return number if number and (name != "auto" or code == 18) else _UNKNOWN + code


def merge_curve(
    scene: Scene, node: SceneNode | None, curve: KeyedCurve, written: Written | None, rules: MergeRules
) -> Merged:
    """What becomes of a curve; nothing is changed yet."""
    return merged(keys_of(scene, node), written, fresh_of(curve, scene.rate), curve.kind, rules)


def write_merged(scene: Scene, node: SceneNode, plan: Merged, keyed: KeyedCurve) -> None:
    """Give a curve its merged keys, in place."""
    old = read_words(node)
    new = words_of(keyed, 1.0 / unit_scale(scene, keyed.kind))
    words = [*(old[at] for at in plan.stays), *new]
    put_words(scene, node, sorted(words, key=lambda key: float(key.frame)))
