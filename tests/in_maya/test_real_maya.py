"""A handful of stories in a real Maya; the self-test asks the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f import settings
from maya_a2f.errors import A2FError


def test_the_selftest_finds_nothing_without_a_fallback(standalone: None, tmp_path: Path) -> None:
    has_worker = settings.worker_python() is not None
    outcome = maya_a2f.selftest(json_path=tmp_path / "selftest.json", worker=has_worker)
    assert outcome.is_good, outcome.table()
    assert json.loads((tmp_path / "selftest.json").read_text("utf-8"))["good"]


def test_a_take_is_baked_undone_redone_and_removed(head: str) -> None:
    from maya import cmds

    from maya_a2f.host.maya import scene
    from maya_a2f.host.maya.selftest.full_job import difference, scene_state, synthetic_take

    before = scene_state()
    done = maya_a2f.bake(synthetic_take(scene.rate()), head, start_frame=1001, layer="speech", new_layer=True)
    assert done.keys > 0
    baked = scene_state()
    cmds.undo()
    assert difference(before, scene_state()) == ""
    cmds.redo()
    assert difference(baked, scene_state()) == ""
    maya_a2f.remove(maya_a2f.results()[0])
    assert maya_a2f.results() == []


def test_a_locked_attribute_is_named_and_the_fix_is_one_step(head: str) -> None:
    from maya import cmds

    from maya_a2f.host.maya import scene
    from maya_a2f.host.maya.find_character import find_character
    from maya_a2f.host.maya.fixes import apply_fixes
    from maya_a2f.host.maya.selftest.full_job import synthetic_take

    name = next(item for item in find_character(head).rig().attributes if item.name.endswith(".jawOpen")).name
    cmds.setAttr(name, lock=True)
    take = synthetic_take(scene.rate())
    assert [item.reason for item in maya_a2f.bake(take, head).skipped] == ["it is locked"]
    cmds.undo()
    assert apply_fixes(find_character(head), [name]) == (name,)
    assert maya_a2f.bake(take, head).skipped == ()


def test_a_baked_scene_is_saved_and_opened_again_with_its_keys(head: str, tmp_path: Path) -> None:
    from maya_a2f.host.maya import scene
    from maya_a2f.host.maya.selftest.full_job import scene_state, synthetic_take

    maya_a2f.bake(synthetic_take(scene.rate()), head)
    curves = scene_state()["curves"]
    for name in ("a.ma", "b.mb"):
        scene.save_scene(tmp_path / name)
        scene.open_scene(tmp_path / name)
        assert scene_state()["curves"].keys() == curves.keys()
    assert len(maya_a2f.results()) == 1


def test_what_cannot_be_done_is_an_error_of_ours(head: str) -> None:
    with pytest.raises(A2FError):
        maya_a2f.animate("no such recording.wav", head)
    with pytest.raises(A2FError):
        maya_a2f.animate("no such recording.wav", "nobody")
