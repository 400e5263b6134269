"""Who may import whom: every import in the package, those inside functions and for type checkers included.

The rules are those of docs/architecture.md. ``core``, ``link`` and what the hosts use run inside Maya, where only the
standard library (and PySide6) is present; numpy and its like belong to the worker's side.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "maya_a2f"

NUMBERS = frozenset({"numpy", "scipy"})
QT = frozenset({"PySide6", "shiboken6"})
VALUES = frozenset({"core", "errors", "settings"})

# fmt: off
REMOVED_MODULES = frozenset({
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils",
    "imghdr", "imp", "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes",
    "smtpd", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib",
})
# fmt: on
"""Gone by Python 3.13, which Maya 2027 runs."""


@dataclass(frozen=True)
class Rule:
    """What one part of the package may import, beside itself and the standard library."""

    own: frozenset[str] = frozenset()
    """Parts and modules of the package, with all below them."""
    foreign: frozenset[str] = frozenset()
    """Top-level packages of others."""
    own_within_functions: frozenset[str] = frozenset()
    """As ``own``, for imports inside a function only."""


JOBS = frozenset({
    "link", "presets", "steps", "baking", "retargeting", "characters", "outputs", "looks", "run", "line_runs", "api",
})  # fmt: skip
ENTRANCE = Rule(
    VALUES | JOBS | {"host", "batch", "farm", "scripting", "selftest", "mayapy", "cli"},
    own_within_functions=frozenset({"ui"}),
)
DASK = Rule(ENTRANCE.own, frozenset({"dask", "distributed"}))
HOST = VALUES | {"presets"}

RULES: dict[str, Rule] = {
    "": Rule(own_within_functions=frozenset({"scripting", "selftest"})),  # the package itself: names on demand
    "errors": Rule(),
    "core": Rule(frozenset({"errors"})),
    "settings": Rule(frozenset({"core", "errors"})),
    "link": Rule(frozenset({"errors"})),
    "presets": Rule(VALUES),
    "steps": Rule(VALUES | {"link"}),
    "baking": Rule(VALUES | {"link", "steps"}),
    "retargeting": Rule(VALUES | {"link", "steps"}),
    "characters": ENTRANCE,
    "outputs": ENTRANCE,
    "looks": Rule(VALUES),
    "run": ENTRANCE,
    "line_runs": ENTRANCE,
    "api": ENTRANCE,
    "batch": ENTRANCE,
    "batch.rows": Rule(frozenset({"errors"}), frozenset({"yaml"})),  # where it is installed
    "farm": ENTRANCE,
    **dict.fromkeys(("farm.dask_cluster", "farm.dask_futures", "farm.dask_tasks"), DASK),
    "scripting": ENTRANCE,
    "selftest": ENTRANCE,
    "mayapy": ENTRANCE,
    "cli": ENTRANCE,
    "host": Rule(HOST),
    "host.memory": Rule(HOST),
    "host.scene_file": Rule(HOST),
    "host.maya": Rule(HOST, QT | {"maya"}),
    # the panel's side of Maya: dock, shelf and menu hold the panel and start jobs
    "host.maya.desktop": Rule(HOST | JOBS | {"ui", "scripting", "selftest", "host.maya"}, QT | {"maya"}),
    "host.maya.scripts": Rule(own_within_functions=frozenset({"host.maya"}), foreign=frozenset({"maya"})),
    "host.maya.selftest": Rule(HOST | JOBS | {"scripting", "host.maya", "host.scene_file"}, QT | {"maya"}),
    "ui": Rule(VALUES | JOBS | {"host.scene_file"}, QT),
    "worker": Rule(
        VALUES | {"link", "presets"},
        NUMBERS | {"soundfile", "av", "onnxruntime", "tensorrt", "pocketsphinx", "pxr"},
        own_within_functions=frozenset({"preview", "quality"}),
    ),
    "worker.engines": Rule(
        VALUES | {"link", "worker"}, NUMBERS | {"onnxruntime", "onnx", "torch", "tensorrt", "tensorrt_rtx"}
    ),
    "worker.device": Rule(VALUES | {"worker"}, NUMBERS | {"torch"}),
    "worker.service": Rule(frozenset({"errors", "link"})),
    "worker.__main__": Rule(frozenset({"worker.service"}), own_within_functions=frozenset({"worker.handlers"})),
    "preview": Rule(VALUES | {"worker", "presets"}, NUMBERS | {"av", "moderngl"}),
    "quality": Rule(VALUES | {"worker", "presets", "link"}, NUMBERS | QT),
    "training": Rule(
        # preview: pictures to judge the head by; host.scene_file: the default rig map is drawn from the head's own rig
        VALUES | {"worker", "presets", "preview", "host.scene_file"},
        NUMBERS | {"torch", "onnx", "onnxruntime", "soundfile", "av", "matplotlib", "PIL", "hibari"},
    ),
}
"""By part; the longest name that fits a module rules it."""


@dataclass(frozen=True)
class Import:
    """One imported module, in full."""

    module: str
    line: int
    is_within_function: bool


def imports_of(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Every import in ``source``, the text of ``module``; also ``import_module("...")`` and ``__import__("...")``."""
    yield from _walked(ast.parse(source), module if is_package else module.rpartition(".")[0], False)


def _walked(node: ast.AST, package: str, is_within_function: bool) -> Iterator[Import]:
    for name in _imported_names(node, package):
        yield Import(name, getattr(node, "lineno", 0), is_within_function)
    within = is_within_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    for child in ast.iter_child_nodes(node):
        yield from _walked(child, package, within)


def _imported_names(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
        # "from maya_a2f import worker" imports a part; "from maya_a2f.core.take import Take" only looks like one.
        return [f"{base}.{alias.name}" for alias in node.names] if base == "maya_a2f" else [base]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            return [node.args[0].value]
    return []


def part_of(module: str) -> str:
    """The key of :data:`RULES` that ``module`` (named from below the package) falls under; empty when there is none."""
    while module and module not in RULES:
        module = module.rpartition(".")[0]
    return module


def complaints(source: str, module: str, is_package: bool = False) -> list[str]:
    """What in ``source``, the text of ``module`` (named from below the package), breaks the rules."""
    part = part_of(module)
    if module and not part:
        return [f"maya_a2f.{module} belongs to no known part"]
    rule = RULES.get(part, Rule())
    return [
        f"{module}, line {found.line}: {found.module} {why}"
        for found in imports_of(source, f"maya_a2f.{module}".rstrip("."), is_package)
        if (why := _objection(found, part, rule))
    ]


def _objection(found: Import, part: str, rule: Rule) -> str:
    top, _, below = found.module.partition(".")
    if top in REMOVED_MODULES:
        return "is gone from Python 3.13"
    if top != "maya_a2f":
        is_allowed = top in sys.stdlib_module_names or top in rule.foreign
    elif not part_of(below):
        is_allowed = below in ("", "__version__")
    else:
        own = rule.own | {part} | (rule.own_within_functions if found.is_within_function else frozenset())
        is_allowed = any(f"{below}.".startswith(f"{allowed}.") for allowed in own)
    return "" if is_allowed else f"may not be imported in '{part}' here"


def module_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", module_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_part_may(path: Path) -> None:
    is_package = path.name == "__init__.py"
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    module = ".".join(parts[:-1] if is_package else parts)
    assert complaints(path.read_text(encoding="utf-8"), module, is_package) == []


def test_every_module_is_looked_at() -> None:
    assert len(module_files()) > 30


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.take", "import numpy"),
        ("core.take", "def f():\n    import numpy.linalg"),
        ("core.take", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy as np"),
        ("core.take", "class A:\n    async def f(self):\n        from scipy import signal"),
        ("core.take", "try:\n    import maya.cmds\nexcept ImportError:\n    pass"),
        ("core.take", "from importlib import import_module\nimport_module('numpy')"),
        ("core.take", "import importlib\nimportlib.import_module('torch.nn')"),
        ("core.take", "__import__('numpy')"),
        ("core.take", "from maya_a2f.settings import SolveSettings"),
        ("core.take", "from maya_a2f import link"),
        ("core.take", "from ..link import client"),
        ("core.take", "import PySide6.QtCore"),
        ("core.frame_rate", "import distutils"),
        ("link.client", "from maya_a2f.core.take import Take"),
        ("link.client", "from maya_a2f.worker.service import serve"),
        ("errors", "from maya_a2f.core.take import Take"),
        ("run", "from maya_a2f.worker.pipeline import Pipeline"),
        ("api", "def f():\n    from maya_a2f.preview import movie"),
        ("cli.main", "import numpy"),
        ("cli.main", "import maya.cmds"),
        ("host.scene_file.writer", "from maya_a2f.host.maya import bake"),
        ("host.scene_file.writer", "from maya_a2f.host import memory"),
        ("host.scene_file.writer", "from maya_a2f.host.memory import MemoryHost"),
        ("host.scene_file.writer", "from maya_a2f.link.client import WorkerClient"),
        ("host.scene_file.writer", "import numpy"),
        ("host.memory", "from maya_a2f.ui import panel"),
        ("host.maya.bake", "import numpy"),
        ("ui.panel", "import maya.cmds"),
        ("ui.panel", "from maya_a2f.host.maya import bake"),
        ("worker.solver", "import torch"),
        ("worker.device.posing", "import onnxruntime"),
        ("worker.solver", "import maya.cmds"),
        ("worker.solver", "from maya_a2f.preview import movie"),
        ("worker.solver", "from maya_a2f.training import export"),
        ("worker.service", "import numpy"),
        ("worker.service", "from maya_a2f.worker.pipeline import Pipeline"),
        ("worker.__main__", "from maya_a2f.worker.handlers import handlers"),
        ("preview.movie", "import torch"),
        ("preview.movie", "from maya_a2f.training import export"),
        ("quality.report", "import moderngl"),
        ("quality.report", "from maya_a2f.preview import movie"),
        ("worker.solver", "from maya_a2f.quality import report"),
        ("training.export", "from maya_a2f.run import animate"),
        ("training.export", "from maya_a2f.host.maya import bake"),
        ("", "import maya_a2f.api"),
        ("stray", "import os"),
    ],
)
def test_an_import_against_the_rules_is_found(module: str, source: str) -> None:
    assert len(complaints(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.take", "import os.path, json\nfrom maya_a2f.errors import UserError\nfrom maya_a2f.core import clip"),
        ("core.take", "from . import clip\nfrom .clip import Clip\nfrom ..errors import UserError"),
        ("link.client", "import maya_a2f\nfrom maya_a2f import __version__, errors"),
        ("host.maya.bake", "import maya.cmds as cmds\nfrom maya.api import OpenMaya\nfrom PySide6 import QtWidgets"),
        ("host.maya.bake", "from maya_a2f.host.maya import units"),
        ("ui.panel", "from PySide6 import QtCore\nfrom maya_a2f.run import run"),
        ("cli.main", "def f():\n    from maya_a2f.host.scene_file.writer import write"),
        ("worker.handlers", "def f():\n    from maya_a2f.preview.movie import write"),
        ("worker.handlers", "def f():\n    from maya_a2f.quality.request import report"),
        ("quality.picture", "from PySide6.QtGui import QPainter"),
        ("worker.solver", "import numpy as np\nfrom scipy import linalg"),
        ("worker.__main__", "def f():\n    from maya_a2f.worker.handlers import handlers"),
        ("training.network", "import torch"),
    ],
)
def test_an_import_within_the_rules_passes(module: str, source: str) -> None:
    assert complaints(source, module) == []
