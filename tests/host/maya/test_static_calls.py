"""Every command the host calls exists, with every flag in its mode: read from the source, run or not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import maya_a2f
from tests.fake_maya.flags import table

HOST = Path(maya_a2f.__file__).parent / "host" / "maya"
_NOT_LISTED = {("aliasAttr", "query"), ("currentTime", "query")}
"""Modes that work and no stub lists (specification, maya.md section 5)."""
OWN_COMMANDS = frozenset({"a2fApplyKeys"})


def command_calls(source: str) -> list[ast.Call]:
    """Calls of ``cmds.x(...)`` and of the allow-list's ``_commands.x(...)``, aliases such as ``query`` included."""
    tree = ast.parse(source)
    aliases = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and _is_commands(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in aliases:
                node.func = aliases[node.func.id]
            if isinstance(node.func, ast.Attribute) and _is_commands(node.func):
                calls.append(node)
    return calls


def _is_commands(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("cmds", "_commands")


def complaints(call: ast.Call) -> list[str]:
    """What Maya would not take about a call."""
    assert isinstance(call.func, ast.Attribute)
    command = call.func.attr
    if command in OWN_COMMANDS:
        return []
    if command not in table():
        return [f"no command '{command}'"]
    facts = table()[command]
    flags = [keyword.arg or "**" for keyword in call.keywords]
    mode = "q" if "query" in flags else "e" if "edit" in flags else "c"
    found = []
    for flag in flags:
        if flag in ("query", "edit"):
            listed = any(flag[0] in fact["m"] for fact in facts.values()) or (command, flag) in _NOT_LISTED
            found += [] if listed else [f"{command}: no {flag} mode"]
        elif flag not in facts:
            found.append(f"{command}: no flag '{flag}'")
        elif mode not in facts[flag]["m"]:
            found.append(f"{command}: '{flag}' is not for mode '{mode}'")
    return found


ALL = [(path.name, call) for path in sorted(HOST.rglob("*.py")) for call in command_calls(path.read_text("utf-8"))]


@pytest.mark.parametrize(("file", "call"), ALL, ids=[f"{file}:{call.lineno}" for file, call in ALL])
def test_maya_knows_the_call(file: str, call: ast.Call) -> None:
    assert complaints(call) == []


def test_the_calls_are_found_at_all() -> None:
    assert len(ALL) > 50


@pytest.mark.parametrize("folder", ["desktop", "selftest"])
def test_the_folders_below_are_looked_at_too(folder: str) -> None:
    assert any(command_calls(path.read_text("utf-8")) for path in (HOST / folder).glob("*.py"))


def test_every_flag_misspelt_is_noticed() -> None:
    missed = []
    for file, call in ALL:
        for keyword in call.keywords:
            right = keyword.arg
            assert right is not None, "flags are written out, so that they can be checked"
            for wrong in (f"{right}x", right[:-1], right[0].swapcase() + right[1:]):
                keyword.arg = wrong
                if not complaints(call):
                    missed.append(f"{file}:{call.lineno} {wrong}")
            keyword.arg = right
    assert missed == []


def test_every_command_misspelt_is_noticed() -> None:
    for file, call in ALL:
        assert isinstance(call.func, ast.Attribute)
        if call.func.attr in OWN_COMMANDS:
            continue
        right = call.func.attr
        call.func.attr = f"{right}s" if f"{right}s" not in table() else f"{right}z"
        assert complaints(call), f"{file}:{call.lineno}"
        call.func.attr = right


@pytest.mark.parametrize("path", sorted(HOST.rglob("*.py")), ids=lambda path: path.name)
def test_flags_are_written_in_full(path: Path) -> None:
    for call in command_calls(path.read_text("utf-8")):
        for keyword in call.keywords:
            assert len(keyword.arg or "") > 3, f"{path.name}:{call.lineno}: short names are hard to read"
