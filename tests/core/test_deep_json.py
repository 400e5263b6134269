"""A file of the user's that is nested too deeply for any reader: said like any other JSON that is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from maya_a2f.core.emotion_keys import read_emotion_keys
from maya_a2f.core.emotion_sidecar import read_sidecar
from maya_a2f.core.look import read_look
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.errors import UserError


@pytest.mark.parametrize("read", [read_look, read_rig_map, read_emotion_keys, read_sidecar])
def test_a_file_nested_too_deeply_is_refused_by_name(read: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(UserError, match=r"deep\.json"):
        read(path)
