"""What our source asks of TensorRT's Python interface, and what a library offers: read, not remembered.

The library's bindings are loaded in a process of their own, where libraries that cannot be had (they hold the builder
and the runtime) are replaced by empty ones: classes and the signatures in their documentation are all that is needed.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENGINES = Path(__file__).resolve().parents[3] / "maya_a2f" / "worker" / "engines"
FILES = ("plan_building.py", "rtx_scalars.py", "plan_running.py")
CLASSES = {
    "builder": "Builder",
    "config": "IBuilderConfig",
    "network": "INetworkDefinition",
    "parser": "OnnxParser",
    "fault": "ParserError",
    "profile": "IOptimizationProfile",
    "tensor": "ITensor",
    "layer": "ILayer",
    "zeros": "ILayer",
    "wide": "ILayer",
    "timing_cache": "ITimingCache",
    "runtime": "Runtime",
    "engine": "ICudaEngine",
    "context": "IExecutionContext",
    "runtime_config": "IRuntimeConfig",
    "runtime_cache": "IRuntimeCache",
    "blob": "IHostMemory",
}
"""Our names for values of the library, and their classes."""
OTHERS = frozenset({
    "self", "time", "np", "recipe", "watch", "library", "logger", "path", "text", "gpu", "spec", "found", "progress",
    "launcher", "scratch", "buffer", "shapes", "tensors", "outputs", "signature", "network_file", "kept", "inputs",
    "makers", "profiles", "recipe_network",
})  # fmt: skip
"""Names of values that are not the library's."""


@dataclass(frozen=True)
class Use:
    """One thing that is asked of the library."""

    path: str
    """``IBuilderConfig.set_flag``, ``BuilderFlag.TF32``."""
    place: str
    is_rtx_only: bool
    is_set: bool = False
    arguments: int | None = None
    """Given by position; None where it is not called."""
    keywords: tuple[str, ...] = ()


def uses() -> list[Use]:
    """Everything that our source asks of the library. Raises ValueError for a name that is neither's."""
    found: list[Use] = []
    for name in FILES:
        tree = ast.parse((ENGINES / name).read_text("utf-8"))
        _parents(tree)
        for node in ast.walk(tree):
            found += _uses_of(node, name)
    return found


def offered(paths: list[str], module: str, search: list[str], libraries: Path | None = None) -> dict[str, Any]:
    """By path: its documentation and whether it can be set; None where there is no such thing."""
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(search)}
    if libraries is not None:
        surroundings["LD_LIBRARY_PATH"] = str(libraries)
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, module], input=json.dumps(paths), capture_output=True, text=True, check=False,
        env=surroundings, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def empty_libraries(bindings: Path, folder: Path) -> Path:
    """NVIDIA's libraries that ``bindings`` (a shared object) is linked with, with every function giving nothing."""
    dynamic = subprocess.run(["readelf", "-d", str(bindings)], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"Shared library: \[(libnv[^\]]+)\]", dynamic)
    symbols = subprocess.run(
        ["nm", "-D", "--undefined-only", str(bindings)], capture_output=True, text=True, check=True
    ).stdout
    wanted = re.findall(r" U ((?:create|getBuilder|getNv|getPlugin|initLib)\w+)$", symbols, re.MULTILINE)
    source = folder / "empty.c"
    source.write_text("".join(f"void *{symbol}(void) {{ return 0; }}\n" for symbol in wanted), "utf-8")
    for name in names:
        command = ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", str(folder / name), str(source)]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def complaint(use: Use, offer: Any) -> str:
    """What is wrong with a use, in words; empty when it fits."""
    if offer is None:
        return f"{use.place}: there is no {use.path}"
    if use.is_set and not offer["settable"]:
        return f"{use.place}: {use.path} cannot be set"
    if use.arguments is None:
        return ""
    signatures = list(_signatures(offer["doc"]))
    if not signatures:
        return f"{use.place}: {use.path} says nothing of its arguments"
    for names, required in signatures:
        if (
            required <= use.arguments + len(use.keywords)
            and use.arguments <= len(names)
            and set(use.keywords) <= set(names)
        ):
            return ""
    return f"{use.place}: {use.path} does not take {use.arguments} arguments and {use.keywords}: {offer['doc'][:300]}"


def _signatures(doc: str) -> Iterator[tuple[list[str], int]]:
    """(names, how many must be given) of each ``name(self: X, a: T, b: T = 1) -> R``."""
    for match in re.finditer(r"^\s*(?:\d+\. )?\w+\((self: [^\n]*|arg0: [^\n]*)\)(?: ->[^\n]*)?$", doc, re.MULTILINE):
        parts = _split(match.group(1))[1:]
        yield [part.partition(":")[0].strip() for part in parts], sum("=" not in part for part in parts)


def _split(text: str) -> list[str]:
    """At commas that are in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[(<") - (character in "])>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _uses_of(node: ast.AST, file: str) -> Iterator[Use]:
    if isinstance(node, ast.ClassDef):
        yield from _overridden(node, file)
    if not isinstance(node, ast.Attribute):
        return
    parent = node.parent  # type: ignore[attr-defined]
    if isinstance(parent, ast.Attribute) and _chain(parent)[:1] == ["trt"]:
        return  # the longer one is looked at
    chain = _chain(node)
    place = f"{file}, line {node.lineno}"
    if isinstance(node.value, ast.Call) and (_chain(node.value.func) or [""])[0] in {"trt", *CLASSES}:
        raise ValueError(f"{place}: what the library returns is asked for '{node.attr}' without being named first")
    if not chain or chain[0] in OTHERS:
        return
    if chain[0] != "trt" and chain[0] not in CLASSES:
        if _is_imported_or_own(node, chain[0]):
            return
        raise ValueError(f"{place}: '{chain[0]}' is neither known as a value of the library nor as another")
    if chain[0] == "trt":
        path = ".".join(chain[1:])
    elif len(chain) == 2:
        path = f"{CLASSES[chain[0]]}.{chain[1]}"
    else:
        return  # its first part is looked at on its own
    arguments, keywords = None, ()
    if isinstance(parent, ast.Call) and parent.func is node:
        arguments = len(parent.args)
        keywords = tuple(keyword.arg or "" for keyword in parent.keywords)
        if chain[0] == "trt" and len(chain) == 2:
            path += ".__init__"
    if path.endswith(".__init__") and arguments == 1 and chain[-1] == "__init__":
        arguments = 0  # self, said in words
    is_set = isinstance(node.ctx, ast.Store)
    yield Use(path, place, _is_rtx_only(node), is_set, arguments, keywords)


def _overridden(node: ast.ClassDef, file: str) -> Iterator[Use]:
    for base in node.bases:
        chain = _chain(base)
        if chain[:1] == ["trt"]:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name != "__init__":
                    path = f"{chain[1]}.{method.name}"
                    yield Use(path, f"{file}, line {method.lineno}", False, False, len(method.args.args) - 1)


def _chain(node: ast.AST) -> list[str]:
    """``trt.BuilderFlag.TF32`` as names; empty for anything but names and dots."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return [*before, node.attr] if before else []
    return []


def _parents(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]


def _is_rtx_only(node: ast.AST) -> bool:
    above: Any = node
    while above is not None:
        if isinstance(above, ast.FunctionDef) and above.name.lstrip("_").startswith("rtx_"):
            return True
        above = getattr(above, "parent", None)
    return False


def _is_imported_or_own(node: ast.AST, name: str) -> bool:
    """Whether the name is a class, function or module of the file."""
    above: Any = node
    while getattr(above, "parent", None) is not None:
        above = above.parent
    for statement in ast.walk(above):
        if isinstance(statement, (ast.ClassDef, ast.FunctionDef)) and statement.name == name:
            return True
        if isinstance(statement, (ast.Import, ast.ImportFrom)) and name in {
            (alias.asname or alias.name) for alias in statement.names
        }:
            return True
    return False


_LOOK = """
import importlib, inspect, json, sys
module = importlib.import_module(sys.argv[1])
answer = {}
for path in json.load(sys.stdin):
    value = module
    try:
        for part in path.split("."):
            own = inspect.isclass(value) and part in vars(value)
            value = inspect.getattr_static(value, part) if own else getattr(value, part)
    except AttributeError:
        answer[path] = None
        continue
    settable = getattr(value, "fset", None) is not None
    answer[path] = {"doc": str(getattr(value, "__doc__", "") or ""), "settable": settable}
json.dump(answer, sys.stdout)
"""
