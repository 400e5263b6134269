"""Tests for a real Maya: they run under ``mayapy -m pytest tests/in_maya`` and are skipped everywhere else."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def reason_to_skip() -> str:
    """Why these tests cannot run here; empty in a real mayapy."""
    try:
        found = importlib.util.find_spec("maya.standalone")
    except ModuleNotFoundError:
        found = None
    if found is None or found.origin is None:
        return "no Maya: run 'mayapy -m pytest tests/in_maya'"
    if "fake_maya" in found.origin:
        return "the maya here is the fake of tests/fake_maya"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = reason_to_skip()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.maya)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def standalone() -> None:
    """Maya, started once."""
    from maya_a2f.host.maya import standalone as maya

    maya.start()


@pytest.fixture
def head(standalone: None, tmp_path: Path) -> Iterator[str]:
    """A scene with our own head; the name of its topmost node."""
    from maya_a2f.host.maya import scene
    from maya_a2f.host.maya.selftest.scene_checks import own_scene
    from maya_a2f.host.scene_file.head_rig import GROUP_NODE

    scene.new_scene()
    scene.open_scene(own_scene(tmp_path))
    yield GROUP_NODE
    scene.new_scene()
