"""Scenes with words, lines and signs out of place are keyed or refused by name; nothing else happens."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import A2FError
from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost, key_scene
from maya_a2f.host.scene_file.ma_reader import scene_from_bytes
from maya_a2f.host.scene_file.scene_character import scene_character
from maya_a2f.host.scene_file.scene_description import scene_description
from tests.small_scene import SCENE

_WORDS = ("nan", "-1", "1e999", '"', ";", "[", "0:3", "-l on", "{", "", "9999999", "shapes", ".w[0]", "yes")


def _damaged(seed: int) -> str:
    draw = random.Random(seed)
    lines = SCENE.split("\n")
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(1, len(lines))
        kind = draw.random()
        if kind < 0.3:
            del lines[at]
        elif kind < 0.5:
            lines.insert(at, draw.choice(lines))
        else:
            words = lines[at].split(" ")
            words[draw.randrange(len(words))] = draw.choice(_WORDS)
            lines[at] = " ".join(words)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_a_damaged_scene_is_keyed_or_refused(seed: int) -> None:
    codes = set()
    for each in range(seed, seed + 10):
        try:
            scene = scene_from_bytes(_damaged(each).encode(), "bob.ma")
            character = scene_character(scene, "bob")
            curves = [KeyedCurve(item.name, item.kind, (1, 2), (0, 1)) for item in character.rig().attributes]
            report = key_scene(scene, character, curves, timeline=Timeline(Fraction(24), 1, 2))
            assert len(report.written) + len(report.skipped) == len(curves)
            scene_description(scene, character)
        except A2FError as error:
            codes.add(error.code.split(".")[0])
    assert codes <= {"scene", "character", "rig"}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.97])
def test_a_scene_cut_short_is_refused_and_nothing_is_written(tmp_path: Path, share: float) -> None:
    source = tmp_path / "bob.ma"
    source.write_bytes(SCENE.encode()[: int(len(SCENE) * share)].rstrip(b";\n"))
    with pytest.raises(A2FError):
        KeyedSceneHost(source, tmp_path / "out.ma").bake([], timeline=Timeline(Fraction(24), 1, 2))
    assert [item.name for item in tmp_path.iterdir()] == ["bob.ma"]
