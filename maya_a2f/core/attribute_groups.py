"""Attributes of a rig that were named together, and which naming conventions they follow.

A blendShape's weights are one group. Weights of nodes with few of them (a control panel, where each control has one or
two) are one group together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from maya_a2f.core.conventions import Convention, Entry, Key
from maya_a2f.core.name_parts import is_side, name_words, parts_of
from maya_a2f.core.naming_words import NamingWords
from maya_a2f.core.rig import RigAttribute

_OWN_GROUP = 4
_LONGEST_PREFIX = 4
_COMMON_SHARE = 0.5
_FEWEST_COMMON = 3

Words = tuple[str, ...]


@dataclass(frozen=True)
class AttributeGroup:
    """Weights that were named together."""

    attributes: tuple[RigAttribute, ...]
    words: Mapping[str, Words]
    """Attribute -> the words of its name as they stand."""
    bare: Mapping[str, Words]
    """The same without what the group's names share at their ends and no vocabulary knows."""
    node_words: Mapping[str, Words]
    """Attribute -> the words of its node's name."""


@dataclass(frozen=True)
class Recognised:
    """A convention that a group follows."""

    convention: Convention
    entries: Mapping[str, Entry]
    """Attribute -> what the convention says."""


def groups_of(attributes: Iterable[RigAttribute], words: NamingWords) -> list[AttributeGroup]:
    """Every weight in its group."""
    by_node: dict[str, list[RigAttribute]] = {}
    for attribute in attributes:
        if attribute.kind == "weight":
            by_node.setdefault(attribute.name.rpartition(".")[0], []).append(attribute)
    large = [found for found in by_node.values() if len(found) >= _OWN_GROUP]
    small = [attribute for found in by_node.values() if len(found) < _OWN_GROUP for attribute in found]
    return [_group(found, words) for found in (*large, small) if found]


def recognised(group: AttributeGroup, conventions: Sequence[Convention]) -> list[Recognised]:
    """The conventions that a group follows, those with most names first."""
    ends = _ends(list(group.words.values()))
    keys = [_keys(group, prefix, suffix) for prefix, suffix in ends]
    found = []
    for convention in conventions:
        best: dict[str, Entry] = {}
        for by_attribute in keys:
            if not convention.fits(frozenset(by_attribute.values())):
                continue
            entries = {name: convention.entries[key] for name, key in by_attribute.items() if key in convention.entries}
            if len(entries) > len(best):
                best = {
                    name: entry
                    for name, entry in entries.items()
                    if not entry.unless & frozenset(by_attribute.values())
                }
        if best:
            found.append(Recognised(convention, best))
    return sorted(found, key=lambda item: -len(item.entries))


def _group(attributes: Sequence[RigAttribute], words: NamingWords) -> AttributeGroup:
    vocabulary = words.vocabulary
    leaves, nodes = {}, {}
    for attribute in attributes:
        node, _, leaf = attribute.name.rpartition(".")
        leaves[attribute.name] = name_words(leaf.rpartition(":")[2], vocabulary)
        nodes[attribute.name] = name_words(node.rpartition("|")[2].rpartition(":")[2], vocabulary)
    return AttributeGroup(tuple(attributes), leaves, _without_common_ends(leaves, vocabulary), nodes)


def _without_common_ends(words: Mapping[str, Words], vocabulary: frozenset[str]) -> dict[str, Words]:
    """Unknown words that most names share at their beginning or end, taken off."""
    bare = dict(words)
    for at in (0, -1):
        for _ in range(_LONGEST_PREFIX):
            counts = Counter(found[at] for found in bare.values() if len(found) > 1)
            shared = {word for word, count in counts.items() if _is_common(count, len(bare))}
            dropped = {word for word in shared if word not in vocabulary and not is_side(word)}
            if not dropped:
                break
            rest = slice(1, None) if at == 0 else slice(None, -1)
            bare = {
                name: found[rest] if len(found) > 1 and found[at] in dropped else found for name, found in bare.items()
            }
    return bare


def _ends(names: Sequence[Words]) -> list[tuple[Words, Words]]:
    """(prefix, suffix) that many of the names share, and neither."""
    prefixes = Counter(found[:size] for found in names for size in range(1, min(_LONGEST_PREFIX + 1, len(found))))
    suffixes = Counter(found[-1:] for found in names if len(found) > 1 and not is_side(found[-1]))
    many = [prefix for prefix, count in prefixes.items() if count >= _OWN_GROUP]
    tails = [suffix for suffix, count in suffixes.items() if _is_common(count, len(names))]
    return [(prefix, suffix) for prefix in ((), *many) for suffix in ((), *tails)]


def _keys(group: AttributeGroup, prefix: Words, suffix: Words) -> dict[str, Key]:
    """Attribute -> key of its name, for names with these ends."""
    found: dict[str, Key] = {}
    for name, words in group.words.items():
        if words[: len(prefix)] != prefix or (suffix and words[-len(suffix) :] != suffix):
            continue
        rest = words[len(prefix) : len(words) - len(suffix)]
        if rest:
            found[name] = parts_of(rest).key
    return found


def _is_common(count: int, total: int) -> bool:
    return count >= max(_FEWEST_COMMON, _COMMON_SHARE * total)
