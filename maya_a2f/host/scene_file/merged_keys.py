"""New keys in a stretch of a curve that is there: keys outside the stretch keep their words, letter for letter."""

from __future__ import annotations

from dataclasses import dataclass, field

from maya_a2f.core.rig import KeyedCurve
from maya_a2f.host.scene_file.ma_keys import KEY_ATTRIBUTES, tangent_code, unit_scale
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode
from maya_a2f.host.scene_file.ma_text import exact_number, ranges, wrapped
from maya_a2f.host.scene_file.ma_writer import multi_pieces

_SAME_FRAME = 1e-6
_PER_KEY = (".kit", ".kot", ".kix", ".kiy", ".kox", ".koy", ".ktl", ".kwl", ".kbd")
_WHOLE = (".kit", ".kot")
_PAIRS_PER_STATEMENT, _NUMBERS_PER_STATEMENT = 250, 500
_SPLINE = 9


@dataclass
class KeyWords:
    """A key as the words of the file."""

    frame: str
    value: str
    details: dict[str, str] = field(default_factory=dict)
    """Attribute -> its word, where the file says something of this key."""


def merge_keys(scene: Scene, node: SceneNode, keyed: KeyedCurve, first: float, last: float) -> int:
    """Replace what a curve has from frame ``first`` to ``last``, both included; returns how many keys stay outside.

    Values are degrees, centimetres and weights. Raises :class:`~maya_a2f.errors.HostError` ``scene.damaged``.
    """
    old = read_words(node)
    before = [key for key in old if float(key.frame) < first - _SAME_FRAME]
    after = [key for key in old if float(key.frame) > last + _SAME_FRAME]
    put_words(scene, node, [*before, *words_of(keyed, 1.0 / unit_scale(scene, keyed.kind)), *after])
    return len(before) + len(after)


def words_of(keyed: KeyedCurve, scale: float) -> list[KeyWords]:
    """New keys; values are multiplied by ``scale`` to come into the scene's unit."""
    code = str(tangent_code(keyed))
    into = str(_SPLINE) if keyed.tangent == "step" else code
    return [
        KeyWords(exact_number(frame), exact_number(value * scale), {".kit": into, ".kot": code})
        for frame, value in zip(keyed.frames, keyed.values, strict=True)
    ]


def put_words(scene: Scene, node: SceneNode, keys: list[KeyWords]) -> None:
    """Give a curve these keys and no others, in place."""
    default = str(int(node.number(".tan", _SPLINE)))
    for key in keys:
        key.details.setdefault(".kit", default)
        key.details.setdefault(".kot", default)
    attributes = [item for item in node.attributes if item.base in KEY_ATTRIBUTES or item.name in KEY_ATTRIBUTES]
    scene.replace_statements(node, attributes, _statements(keys, default))


def read_words(node: SceneNode) -> list[KeyWords]:
    """The keys of a curve, in order of the file. Raises :class:`~maya_a2f.errors.HostError` ``scene.damaged``."""
    keys: dict[int, KeyWords] = {}
    for attribute in node.having_base(".ktv"):
        first, last = attribute.index_range or (0, 0)
        texts = attribute.text.split()
        attribute.numbers()
        if len(texts) != 2 * (last + 1 - first):
            raise attribute.damaged(f"{len(texts)} numbers for the keys {first} to {last}")
        for at in range(last + 1 - first):
            keys[first + at] = KeyWords(texts[2 * at], texts[2 * at + 1])
    for base in _PER_KEY:
        for attribute in node.having_base(base):
            first, _ = attribute.index_range or (0, 0)
            for index, text in enumerate(attribute.text.split(), first):
                if index in keys:
                    keys[index].details[base] = text
    return [keys[index] for index in sorted(keys)]


def _statements(keys: list[KeyWords], default: str) -> list[str]:
    statements, pieces = multi_pieces(".ktv", len(keys), _PAIRS_PER_STATEMENT)
    for target, first, last in pieces:
        texts = [text for key in keys[first : last + 1] for text in (key.frame, key.value)]
        statements.append(f"\tsetAttr {target}  {wrapped(texts)};")
    for base in _PER_KEY:
        said = {at: key.details[base] for at, key in enumerate(keys) if base in key.details}
        if base in _WHOLE and all(text == default for text in said.values()):
            continue
        statements += _sparse(base, said, len(keys))
    return statements


def _sparse(base: str, said: dict[int, str], count: int) -> list[str]:
    """``setAttr`` for the keys that have a word of their own, run by run."""
    statements: list[str] = []
    for run_first, run_last in ranges(sorted(said)):
        for first in range(run_first, run_last + 1, _NUMBERS_PER_STATEMENT):
            last = min(first + _NUMBERS_PER_STATEMENT - 1, run_last)
            index = str(first) if first == last else f"{first}:{last}"
            size = f"-s {count} " if not statements and count > 1 else ""
            texts = [said[at] for at in range(first, last + 1)]
            statements.append(f'\tsetAttr {size}"{base}[{index}]"  {wrapped(texts)};')
    return statements
