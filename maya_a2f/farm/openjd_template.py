"""Open Job Description templates as data: one for solving a batch, one for baking shots with mayapy.

Version ``jobtemplate-2023-09`` without extensions, so that every scheduler that knows the format takes them. Commands
are a program and a list of words, never a shell's line: one template serves Linux, Windows and macOS, and spaces in
paths need no quotes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from maya_a2f.farm.plan import PLAN_NAME

SPECIFICATION: Final = "jobtemplate-2023-09"
RULES_FILE: Final = "{{Session.PathMappingRulesFile}}"
"""The scheduler's path mapping rules, written for every session; see :mod:`maya_a2f.core.path_mapping`."""
SYSTEMS: Final = ("linux", "windows", "macos")
_NAME_LENGTH: Final = 128
_NOTICE_SECONDS: Final = 60
"""From the notice to stop to the kill: enough to finish a file and let the worker go."""


@dataclass(frozen=True)
class FarmNeeds:
    """What a host of the farm must offer, and how long a task may take."""

    systems: tuple[str, ...] = ()
    """``linux``, ``windows``, ``macos``; empty is any."""
    gpus: int = 0
    memory_gib: float = 0.0
    minutes: int = 120
    """A task that takes longer is stopped and counts as failed."""


def solve_template(name: str, packs: int, needs: FarmNeeds) -> dict[str, Any]:
    """Packs side by side, then the summary. Parameters: ``Results`` (the folder with ``plan.json``), ``Python``."""
    batch = ["-m", "maya_a2f.cli.main", "batch", "--plan", f"{{{{Param.Results}}}}/{PLAN_NAME}"]
    farm = ["--path-rules", RULES_FILE, "--openjd-task"]
    solve = _script("{{Param.Python}}", [*batch, "--pack", "{{Task.Param.Pack}}", *farm], needs)
    finish = _script("{{Param.Python}}", [*batch, "--finish", *farm], needs)
    return {
        "specificationVersion": SPECIFICATION,
        "name": job_name(name),
        "description": "Audio-driven facial animation: every task does one pack of recordings of a batch.",
        "parameterDefinitions": [
            _path("Results", "DIRECTORY", "INOUT", "Results", f"The batch's folder, with its {PLAN_NAME}."),
            _text("Python", "Python", "The Python on the farm's machines that has maya_a2f.", "python"),
        ],
        "steps": [
            _step("Animate", solve, needs, parameter=("Pack", packs)),
            _step("Summary", finish, FarmNeeds(needs.systems), after="Animate"),
        ],
    }


def bake_template(name: str, shots: int, needs: FarmNeeds, words: Sequence[str] = ("--resume",)) -> dict[str, Any]:
    """Every shot in a mayapy of its own, then one result file. Parameters: ``Shots``, ``Results``, ``Mayapy``.

    ``words`` go to every shot's command: what may be replaced, what is left out.
    """
    shot = "shot_{{Task.Param.Shot}}.json"
    batch = ["-m", "maya_a2f.batch"]
    bake = ["--jobs", f"{{{{Param.Shots}}}}/{shot}", "--result", f"{{{{Param.Results}}}}/{shot}", *words,
            "--path-rules", RULES_FILE, "--openjd-task"]  # fmt: skip
    collect = ["--collect", "{{Param.Results}}", "--result", "{{Param.Results}}/result.json", "--openjd-task"]
    return {
        "specificationVersion": SPECIFICATION,
        "name": job_name(name),
        "description": "Audio-driven facial animation: every task bakes the lines of one scene in mayapy.",
        "parameterDefinitions": [
            {**_path("Shots", "DIRECTORY", "IN", "Tables of the shots", "One table per scene."), "default": "shots"},
            {**_path("Results", "DIRECTORY", "INOUT", "Result folder", "What came of them."), "default": "results"},
            _text("Mayapy", "mayapy", "Maya's Python on the farm's machines, with the module maya_a2f.", "mayapy"),
        ],
        "steps": [
            _step("Bake", _script("{{Param.Mayapy}}", [*batch, *bake], needs), needs, parameter=("Shot", shots)),
            _step(
                "Result", _script("{{Param.Mayapy}}", [*batch, *collect], needs), FarmNeeds(needs.systems), after="Bake"
            ),
        ],
    }


def parameter_values(values: Mapping[str, str]) -> dict[str, Any]:
    """``parameter_values.json`` of a job bundle of AWS Deadline Cloud."""
    return {"parameterValues": [{"name": name, "value": value} for name, value in values.items()]}


def asset_references(
    files: Sequence[str], folders: Sequence[str] = (), written: Sequence[str] = (), mentioned: Sequence[str] = ()
) -> dict[str, Any]:
    """``asset_references.json`` of a job bundle: what is read, where is written, paths that only occur."""
    return {
        "assetReferences": {
            "inputs": {"filenames": sorted(set(files)), "directories": sorted(set(folders))},
            "outputs": {"directories": sorted(set(written))},
            "referencedPaths": sorted(set(mentioned)),
        }
    }


def job_name(text: str) -> str:
    """``text`` as a job's name: 1 to 128 characters, no control characters, nothing of a format string."""
    kept = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text).strip()
    for braces in ("{{", "}}"):
        while braces in kept:
            kept = kept.replace(braces, braces[0])
    return kept[:_NAME_LENGTH] or "maya_a2f"


def _path(name: str, kind: str, flow: str, label: str, what: str) -> dict[str, Any]:
    chosen = "CHOOSE_INPUT_FILE" if kind == "FILE" else "CHOOSE_DIRECTORY"
    return {
        "name": name,
        "type": "PATH",
        "objectType": kind,
        "dataFlow": flow,
        "description": what,
        "userInterface": {"control": chosen, "label": label, "groupLabel": "Batch"},
    }


def _text(name: str, label: str, what: str, default: str) -> dict[str, Any]:
    shown = {"control": "LINE_EDIT", "label": label, "groupLabel": "Farm"}
    return {"name": name, "type": "STRING", "description": what, "default": default, "userInterface": shown}


def _script(command: str, words: Sequence[str], needs: FarmNeeds) -> dict[str, Any]:
    return {
        "actions": {
            "onRun": {
                "command": command,
                "args": list(words),
                "timeout": needs.minutes * 60,
                "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": _NOTICE_SECONDS},
            }
        }
    }


def _step(
    name: str, script: dict[str, Any], needs: FarmNeeds, *, parameter: tuple[str, int] | None = None, after: str = ""
) -> dict[str, Any]:
    step: dict[str, Any] = {"name": name}
    if after:
        step["dependencies"] = [{"dependsOn": after}]
    required = _requirements(needs)
    if required:
        step["hostRequirements"] = required
    if parameter is not None:
        called, count = parameter
        range_ = f"0-{count - 1}" if count > 1 else "0"
        step["parameterSpace"] = {"taskParameterDefinitions": [{"name": called, "type": "INT", "range": range_}]}
    return {**step, "script": script}


def _requirements(needs: FarmNeeds) -> dict[str, Any]:
    amounts = []
    if needs.gpus:
        amounts.append({"name": "amount.worker.gpu", "min": needs.gpus})
    if needs.memory_gib:
        amounts.append({"name": "amount.worker.memory", "min": round(needs.memory_gib * 1024)})
    attributes = [{"name": "attr.worker.os.family", "anyOf": list(needs.systems)}] if needs.systems else []
    return {name: listed for name, listed in (("amounts", amounts), ("attributes", attributes)) if listed}
