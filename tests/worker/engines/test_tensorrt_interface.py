"""Everything our source asks of TensorRT and TensorRT for RTX exists there, with the arguments we give."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.worker.engines.tensorrt_interface import Use, complaint, empty_libraries, offered, uses

POOLS = ("MemoryPoolType.WORKSPACE", "MemoryPoolType.TACTIC_SHARED_MEMORY")
"""Asked for by the names that stand in ``build_settings.py``."""


def bindings_folder() -> Path | None:
    """Where ``tensorrt_bindings`` lies: MAYA_A2F_TENSORRT_BINDINGS, else among the installed packages."""
    if os.environ.get("MAYA_A2F_TENSORRT_BINDINGS"):
        return Path(os.environ["MAYA_A2F_TENSORRT_BINDINGS"])
    spec = importlib.util.find_spec("tensorrt_bindings")
    return Path(spec.origin).parents[1] if spec is not None and spec.origin else None


def complaints(asked: list[Use], module: str, search: list[str], libraries: Path | None = None) -> list[str]:
    offers = offered(sorted({use.path for use in asked}), module, search, libraries)
    return [words for use in asked if (words := complaint(use, offers[use.path]))]


def test_the_source_is_understood() -> None:
    paths = {use.path for use in uses()}
    assert len(paths) > 60
    assert {"IExecutionContext.execute_async_v3", "BuilderFlag.TF32", "IProgressMonitor.step_complete"} <= paths


@pytest.mark.rtx
@pytest.mark.skipif(importlib.util.find_spec("tensorrt_rtx") is None, reason="tensorrt-rtx is not installed")
def test_tensorrt_for_rtx_has_all_that_is_asked_of_it() -> None:
    asked = [*uses(), *(Use(pool, "build_settings.py", False) for pool in POOLS)]
    assert complaints(asked, "tensorrt_rtx", sys.path) == []


@pytest.mark.rtx
@pytest.mark.skipif(bindings_folder() is None, reason="the package tensorrt-cu13-bindings is not installed")
@pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "nm", "readelf")), reason="needs gcc and binutils"
)
def test_tensorrt_has_all_that_is_asked_of_it(tmp_path: Path) -> None:
    folder = bindings_folder()
    assert folder is not None
    (binary,) = (folder / "tensorrt_bindings").glob("tensorrt*.so")
    asked = [use for use in uses() if not use.is_rtx_only] + [Use(pool, "build_settings.py", False) for pool in POOLS]
    libraries = empty_libraries(binary, tmp_path)
    assert complaints(asked, "tensorrt_bindings", [str(folder), *sys.path], libraries) == []


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (Use("Builder.fly", "here", False), "no Builder.fly"),
        (Use("Builder.create_network", "here", False, False, 3), "does not take 3"),
        (Use("Builder.create_network", "here", False, False, 0, ("height",)), "does not take"),
        (Use("Builder.create_network", "here", False, True), "cannot be set"),
    ],
)
def test_a_use_that_does_not_fit_is_found(use: Use, words: str) -> None:
    offers = {
        "Builder.create_network": {"doc": "create_network(self: t.Builder, flags: int = 0) -> t.N", "settable": False}
    }
    assert words in complaint(use, offers.get(use.path))
    assert complaint(Use("Builder.create_network", "here", False, False, 1), offers["Builder.create_network"]) == ""
