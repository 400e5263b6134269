"""Writes ``flags.json`` and ``api_names.json``: which commands, flags and API names Maya has.

Run by hand when a command is added to :data:`COMMANDS`::

    python -m venv stubs && stubs/bin/pip install types-maya==0.6.1
    pip download --no-deps maya-stubs==0.4.0 && unzip maya_stubs-0.4.0*.whl -d stubs04
    python tests/fake_maya/generate_flags.py stubs/lib/python3*/site-packages/maya-stubs stubs04/maya-stubs

Only facts are taken: names, modes (create, query, edit), whether a flag may be given several times, argument types.
types-maya gives short and long names per mode; the doc strings of maya-stubs 0.4.0 say which names are the long ones
and which are multiuse. A short name is paired with its long one by the order of the query overloads, else by type,
modes and letters; one that stays ambiguous keeps no partner.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import sys
from pathlib import Path
from typing import Any

COMMANDS = [
    "about",
    "addAttr",
    "aliasAttr",
    "animLayer",
    "attributeQuery",
    "autoKeyframe",
    "blendShape",
    "bakeResults",
    "cacheEvaluator",
    "columnLayout",
    "confirmDialog",
    "connectAttr",
    "connectionInfo",
    "copyKey",
    "createNode",
    "currentTime",
    "currentUnit",
    "cutKey",
    "deformer",
    "delete",
    "deleteUI",
    "dgdirty",
    "disconnectAttr",
    "displayError",
    "displayInfo",
    "displayWarning",
    "duplicate",
    "evalDeferred",
    "evaluationManager",
    "evaluator",
    "file",
    "fileDialog2",
    "fileInfo",
    "filterCurve",
    "findKeyframe",
    "getAttr",
    "group",
    "headsUpMessage",
    "inViewMessage",
    "internalVar",
    "joint",
    "keyTangent",
    "keyframe",
    "listAttr",
    "listConnections",
    "listHistory",
    "listRelatives",
    "loadPlugin",
    "lockNode",
    "ls",
    "mayaDpiSetting",
    "mute",
    "menu",
    "menuItem",
    "moduleInfo",
    "namespace",
    "namespaceInfo",
    "nodeType",
    "objExists",
    "objectType",
    "objectTypeUI",
    "ogs",
    "optionVar",
    "orientConstraint",
    "parent",
    "parentConstraint",
    "pasteKey",
    "play",
    "playbackOptions",
    "playblast",
    "pluginInfo",
    "polyCube",
    "polySphere",
    "progressBar",
    "progressWindow",
    "reference",
    "referenceEdit",
    "referenceQuery",
    "refresh",
    "removeMultiInstance",
    "rename",
    "renderSettings",
    "scriptJob",
    "select",
    "selectKey",
    "sets",
    "setAttr",
    "setDrivenKeyframe",
    "setKeyframe",
    "setInfinity",
    "shelfButton",
    "shelfLayout",
    "skinCluster",
    "sound",
    "spaceLocator",
    "tabLayout",
    "text",
    "textCurves",
    "timeControl",
    "timeRange",
    "transformLimits",
    "undo",
    "redo",
    "undoInfo",
    "unloadPlugin",
    "upAxis",
    "warning",
    "window",
    "workspace",
    "workspaceControl",
    "xform",
    "shelfTabLayout",
]

API_CLASSES = {
    "OpenMaya": [
        "MObject",
        "MPlug",
        "MPlugArray",
        "MDagPath",
        "MSelectionList",
        "MTime",
        "MTimeArray",
        "MDoubleArray",
        "MIntArray",
        "MUIntArray",
        "MDGModifier",
        "MFnDependencyNode",
        "MPxCommand",
        "MFnPlugin",
        "MObjectHandle",
        "MGlobal",
        "MArgList",
        "MFn",
        "MAngle",
        "MUuid",
        "MEulerRotation",
        "MMessage",
        "MSceneMessage",
        "MMatrix",
        "MFnMatrixData",
        "MFnMesh",
        "MPoint",
        "MPointArray",
        "MSpace",
    ],
    "OpenMayaAnim": ["MFnAnimCurve", "MAnimControl", "MAnimCurveChange", "MAnimUtil"],
}
_MODES = {"create": "c", "query": "q", "edit": "e"}


def main(types_maya: Path, maya_stubs: Path) -> None:
    """Write both tables beside this file."""
    here = Path(__file__).resolve().parent
    types_text = (types_maya / "cmds.pyi").read_text(encoding="utf-8")
    docs_text = (maya_stubs / "cmds" / "__init__.pyi").read_text(encoding="utf-8")
    commands = {}
    for name in COMMANDS:
        table = command_table(name, types_text, docs_text)
        if table is not None:
            commands[name] = table
    content = ",\n".join(f" {json.dumps(name)}: {json.dumps(table)}" for name, table in sorted(commands.items()))
    (here / "flags.json").write_text("{\n" + content + "\n}\n", encoding="utf-8")
    names = {
        module: {kind: api_names(kind, module, types_maya, maya_stubs) for kind in kinds}
        for module, kinds in API_CLASSES.items()
    }
    (here / "api_names.json").write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")
    print(f"{len(commands)} commands, {sum(len(table) for table in commands.values())} flags")
    unpaired = sum(flag.get("short") == "?" for table in commands.values() for flag in table.values())
    print(f"unknown to Maya: {[name for name in COMMANDS if name not in commands]}; short names unpaired: {unpaired}")


def command_table(name: str, types_text: str, docs_text: str) -> dict[str, dict[str, Any]] | None:
    """Long flag name -> {"s": short, "m": modes, "t": type, "multi": True}; None for a command that does not exist."""
    signatures = re.findall(rf"^def {name}\((.*)\) -> (.*): \.\.\.$", types_text, re.MULTILINE)
    if not signatures:
        return None
    longs = documented_flags(name, docs_text)
    modes: dict[str, set[str]] = {}
    types: dict[str, str] = {}
    queried: list[str] = []
    for arguments, _ in signatures:
        flags = {}
        for argument in ast.parse(f"def f({arguments}): ...").body[0].args.kwonlyargs:  # type: ignore[attr-defined]
            flags[argument.arg] = ast.unparse(argument.annotation)
        mode = "q" if {"q", "query"} & set(_true(flags)) else "e" if {"e", "edit"} & set(_true(flags)) else "c"
        markers = {"q": ("q", "query"), "e": ("e", "edit"), "c": ()}[mode]
        for flag, kind in flags.items():
            if flag in markers and kind == "Literal[True]":
                continue
            modes.setdefault(flag, set()).add(mode)
            if mode == "q":
                if flag not in queried:
                    queried.append(flag)
            else:
                types[flag] = kind
    partner = _pairs(modes, types, queried, set(longs))
    table: dict[str, dict[str, Any]] = {}
    shorts = set(partner.values())
    for flag in sorted(modes):
        if flag in shorts:
            continue
        kind = types.get(flag, "bool")
        entry: dict[str, Any] = {"m": "".join(letter for letter in "cqe" if letter in modes[flag])}
        entry["t"] = _plain_type(kind)
        if "list[" in kind or "multiuse" in longs.get(flag, set()):
            entry["multi"] = True
        if flag in partner:
            entry["s"] = partner[flag]
        if entry["m"] == "q" and not {"type bool?", "type bool"} & longs.get(flag, {"type bool"}):
            entry["asks"] = True  # the query takes a value: animLayer(layer, query=True, layeredPlug="plug")
        table[flag] = entry
    return table


def documented_flags(name: str, text: str) -> dict[str, set[str]]:
    """Long flag names of maya-stubs 0.4.0 with the words of their "Properties" line and "type X"."""
    match = re.search(rf"^def {name}\(.*?(?=^def )", text, re.MULTILINE | re.DOTALL)
    if not match:
        return {}
    pattern = r"^        (\w+) \(([^)]*)\): .*?Properties: ([^\n]*)"
    found = re.findall(pattern, match.group(0), re.MULTILINE | re.DOTALL)
    return {flag: {f"type {kind}", *re.split(r",\s*", words.strip())} for flag, kind, words in found}


def _true(flags: dict[str, str]) -> list[str]:
    return [flag for flag, kind in flags.items() if kind == "Literal[True]"]


def _plain_type(kind: str) -> str:
    first = kind.split("|")[0].strip()
    return re.sub(r"Literal\[True\]", "bool", first)


def _pairs(modes: dict[str, set[str]], types: dict[str, str], queried: list[str], longs: set[str]) -> dict[str, str]:
    """Long name -> short name."""
    pairs: dict[str, str] = {}
    for first, second in itertools.pairwise(queried):
        taken = first in pairs or first in pairs.values() or second in pairs.values()
        if len(second) < len(first) and not taken and second not in longs and _fits(second, first):
            pairs[first] = second
    open_names = [flag for flag in modes if flag not in pairs and flag not in pairs.values()]
    for short in sorted(open_names, key=len):
        if short in longs or short in pairs.values():
            continue
        fitting = [
            flag
            for flag in open_names
            if flag not in pairs and len(flag) > len(short) and (flag in longs or not longs)
            and modes[flag] == modes[short] and types.get(flag) == types.get(short) and _fits(short, flag)
        ]  # fmt: skip
        initials = [flag for flag in fitting if _initials(flag) == short.lower()]
        best = initials if len(initials) == 1 else fitting
        if len(best) == 1:
            pairs[best[0]] = short
    return pairs


def _initials(name: str) -> str:
    return "".join(re.findall(r"^[a-z]|[A-Z0-9]", name)).lower()


def _fits(short: str, long: str) -> bool:
    """Whether the letters of a short name occur in the long one, in order, from the same first letter."""
    rest = iter(long.lower())
    return short[:1].lower() == long[:1].lower() and all(letter in rest for letter in short.lower())


def api_names(kind: str, module: str, *stubs: Path) -> list[str]:
    """Every name that a class has in one of the stubs, constants named in doc strings included."""
    names: set[str] = set()
    for folder in stubs:
        text = (folder / "api" / f"{module}.pyi").read_text(encoding="utf-8")
        match = re.search(rf"^class {kind}[(:].*?(?=^\S)", text, re.MULTILINE | re.DOTALL)
        if match:
            body = match.group(0)
            names |= set(re.findall(r"^    def (\w+)", body, re.MULTILINE))
            names |= set(re.findall(r"^    (\w+)\s*[:=]", body, re.MULTILINE))
            names |= set(re.findall(r"\b(k[A-Z]\w*)", body))
    return sorted(names)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
