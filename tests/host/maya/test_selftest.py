"""The self-test on the fake: all is answered, a wrong habit is noticed by the check it concerns, no scene is lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import maya_a2f
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import HostError
from tests.fake_maya.session import Session, new_session

new_session()

from maya import cmds  # noqa: E402

from maya_a2f.host.maya import scene as scene_files  # noqa: E402
from maya_a2f.host.maya.selftest import scene_checks, surroundings  # noqa: E402
from maya_a2f.host.maya.selftest.running import CHECKS, run_checks  # noqa: E402

REPOSITORY = Path(maya_a2f.__file__).resolve().parent.parent
NOT_HERE = {
    "playblast.mayapy", "environment.child", "usd.version", "modules.mac", "panel.restore", "ma.driven_plugs",
    "alembic.weights", "licence.mayapy", "job.whole",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_in_maya(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    maya.may_preview = True
    found = surroundings.importlib.util.find_spec
    monkeypatch.setattr(surroundings.importlib.util, "find_spec", lambda name: None if name == "numpy" else found(name))


def verdicts(**options: Any) -> dict[str, str]:
    return {finding.id: finding.verdict for finding in run_checks(worker=False, **options).findings}


def test_every_open_point_of_the_specification_is_asked() -> None:
    told = " ".join(check.point for check in CHECKS)
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15):
        assert re.search(rf"20\.{number}\b", told), f"point {number} of section 20"
    sections = {word for check in CHECKS for word in re.findall(r"[\d.]+", check.point)}
    assert {"1", "2", "4", "9", "13", "14", "16"} <= sections, "the sections with an UNVERIFIED"
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(check.question.endswith("?") and check.expected and check.fallback for check in CHECKS)


def test_a_maya_that_is_as_expected_passes(maya: Session, tmp_path: Path) -> None:
    outcome = run_checks(worker=False, json_path=tmp_path / "out.json")
    found = {finding.id: finding.verdict for finding in outcome.findings}
    assert {name for name, verdict in found.items() if verdict == "not checked"} == NOT_HERE
    assert {verdict for name, verdict in found.items() if name not in NOT_HERE} == {"as expected"}, outcome.table()
    assert all(finding.meaning for finding in outcome.findings if finding.verdict == "not checked"), "it says why"
    assert outcome.is_good
    told = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (told["schema"], told["good"], told["host"]["maya"]) == ("a2f.selftest/1", True, "2026")
    assert [item["id"] for item in told["checks"]] == [check.id for check in CHECKS]
    table = outcome.table()
    assert all(check.id in table for check in CHECKS)


FAULTS: dict[str, set[str]] = {
    "addKeys change": {"keys.replace_undo"},
    "rounded rate": {"rate.23976"},
    "aliasAttr query": {"alias.query"},
    "stale meshes": {"rig.sampled"},
    "locks ignored": {"keys.locked"},
    "layer locks ignored": {"layer.locked"},
    "layer curves hidden": {"layer.curve"},
    "mute stays": {"mute.off"},
    "command errors": {"command.error"},
    "new uuid": {"curve.deleted"},
    "sounds unread": {"sound.pcm"},
    "float sounds": {"sound.float"},
    "short texts": {"node.long_text"},
    "no proxies": {"plug.proxy"},
    "trimming moves": {"sound.trim"},
    "no sound rule": {"project.sound_rule"},
    "undo forgets": {"curve.deleted", "job.bake", "job.rerun"},
    "late connection": {"curve.create", "curve.value_after_undo", "job.bake", "job.rerun"},
    "tangents": {"keys.tangents", "job.bake", "job.rerun"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_habit_is_noticed_by_the_checks_it_concerns(maya: Session, fault: str) -> None:
    maya.faults = {fault}
    found = verdicts()
    noticed = {name for name, verdict in found.items() if verdict in ("different", "error")}
    assert noticed == FAULTS[fault]


def test_a_preview_that_does_not_show_is_noticed(maya: Session) -> None:
    maya.may_preview = False
    assert {name for name, verdict in verdicts().items() if verdict == "different"} == {"panel.preview"}


def test_a_scene_of_ours_that_reads_differently_is_noticed(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    real = scene_checks.own_scene

    def wrong(folder: Path) -> Path:
        path = real(folder)
        text = path.read_text("latin-1")
        write_atomically(path, re.sub(r'(?s)createNode joint -n "jaw_jnt".*?;', "", text, count=1).encode("latin-1"))
        return path

    monkeypatch.setattr(scene_checks, "own_scene", wrong)
    assert verdicts()["scene.own_ma"] in ("different", "error")


def test_code_28_that_is_plain_auto_is_noticed(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_checks, "_MA", scene_checks._MA.replace('".tan" 28', '".tan" 18'))
    assert verdicts()["tangent.28"] == "different"


def test_numpy_in_maya_is_recorded_and_does_not_matter(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings.importlib.util, "find_spec", lambda name: object())
    outcome = run_checks(worker=False)
    found = {finding.id: finding for finding in outcome.findings}
    assert found["python.numpy"].verdict == "different"
    assert "nothing in Maya imports it" in found["python.numpy"].meaning
    assert outcome.is_good


def test_a_leak_into_the_workers_environment_is_noticed(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/maya")
    monkeypatch.setattr(surroundings.settings, "worker_python", lambda: Path(sys.executable))
    check = next(check for check in CHECKS if check.id == "environment.child")

    def verdict() -> str:
        return run_checks(checks=[check]).findings[0].verdict

    assert verdict() == "as expected"
    monkeypatch.setattr(surroundings, "worker_environment", lambda base: {**base, "MAYA_LOCATION": "/maya"})
    assert verdict() == "different"


def test_a_fault_without_a_fallback_is_not_good(maya: Session) -> None:
    maya.faults = {"undo forgets"}
    assert not run_checks(worker=False).is_good
    maya.faults = {"addKeys change"}
    assert run_checks(worker=False).is_good, "there is a fallback"


def test_a_check_that_breaks_does_not_stop_the_others(maya: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_checks.layers, "made_layer", lambda choice: 1 / 0)
    outcome = run_checks(worker=False)
    found = {finding.id: finding for finding in outcome.findings}
    assert found["layer.curve"].verdict == "error"
    assert "ZeroDivisionError" in found["layer.curve"].observed
    assert len(found) == len(CHECKS)
    assert not outcome.is_good


def test_unsaved_changes_are_never_thrown_away(maya: Session) -> None:
    cmds.createNode("transform", name="precious")
    before = maya.scene
    for force in (False, True):
        with pytest.raises(HostError) as caught:
            run_checks(worker=False, force=force)
        assert caught.value.code == "selftest.unsaved"
        assert "mayapy" in caught.value.hint
        assert "-m maya_a2f.selftest" in caught.value.hint
    assert maya.scene is before
    assert cmds.objExists("precious")


def test_a_saved_scene_is_opened_again_and_only_when_asked(maya: Session, tmp_path: Path) -> None:
    cmds.createNode("transform", name="precious")
    path = tmp_path / "mine.ma"
    scene_files.save_scene(path)
    content = path.read_bytes()
    with pytest.raises(HostError) as caught:
        run_checks(worker=False)
    assert caught.value.code == "selftest.open_scene"
    run_checks(worker=False, force=True)
    assert scene_files.scene_path() == path
    assert cmds.objExists("precious")
    assert not scene_files.is_modified()
    assert path.read_bytes() == content


def test_nothing_is_left_in_the_new_scene(maya: Session) -> None:
    run_checks(worker=False)
    assert cmds.ls() == []
    assert scene_files.scene_path() is None
    assert not scene_files.is_modified()


def test_the_package_offers_it_as_a_function(maya: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert maya_a2f.selftest(worker=False).is_good
    assert "as expected" in capsys.readouterr().out
    import maya_a2f.selftest as module

    assert callable(module)
    assert maya_a2f.selftest(worker=False, quiet=True).is_good, "also after the import of the module of that name"


MAYAPY = """
import runpy, sys
for name in ("numpy", "scipy", "PySide6", "shiboken6", "onnxruntime"):
    sys.modules[name] = None
runpy.run_module("maya_a2f.selftest", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("is_mayapy", [True, False])
def test_the_command_writes_json_and_ends_with_a_true_code(tmp_path: Path, is_mayapy: bool) -> None:
    paths = [str(REPOSITORY), *([str(REPOSITORY / "tests" / "fake_maya")] if is_mayapy else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "FAKE_MAYA": "mayapy"}
    ran = subprocess.run(
        [sys.executable, "-c", MAYAPY, "--no-worker", "--json", "out.json"], env=environment, cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if not is_mayapy:
        assert ran.returncode == 5
        assert "mayapy -m maya_a2f.selftest" in ran.stderr
        return
    found = json.loads((tmp_path / "out.json").read_text("utf-8"))
    verdict = {item["id"]: item["verdict"] for item in found["checks"]}
    assert set(verdict.values()) == {"as expected", "not checked"}, ran.stdout
    assert found["host"]["mode"] == "batch"
    assert ran.returncode == 0, ran.stderr


def test_the_maya_page_lists_every_check_and_no_other() -> None:
    page = (REPOSITORY / "docs" / "maya.md").read_text("utf-8")
    known = {check.id for check in CHECKS}
    rows = set(re.findall(r"(?m)^\| `([a-z_]+\.[a-z_0-9]+)` \|", page))
    assert rows == known
    families = {name.partition(".")[0] for name in known}
    named = {name for name in re.findall(r"`([a-z]+\.[a-z_0-9]+)`", page) if name.partition(".")[0] in families}
    assert named <= known | {"scene.py", "batch.py"}
