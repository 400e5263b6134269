"""``a2f models``: which model packages there are, what one holds, and whether a folder is a sound one."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maya_a2f.api import open_worker
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.options import add_common
from maya_a2f.core.face_parameters import FACE_PARAMETERS
from maya_a2f.errors import EngineError
from maya_a2f.run import folders

_LABEL_WIDTH = 26
_WIDTH = 110


def add_parser(commands: Any) -> None:
    """Add ``models`` to the command line."""
    parser = commands.add_parser(
        "models",
        help="list, describe or check model packages",
        description="Which model packages there are, what one holds, and whether a folder is a sound one.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the packages found, and where")
    info = actions.add_parser("info", help="what a package holds")
    info.add_argument("name", metavar="NAME|DIR", help="a name from 'a2f models list', or a folder")
    info.add_argument("--identity", metavar="NAME", default="", help="whose face, for a model that has several")
    check = actions.add_parser("check", help="whether a folder is a sound package, and what is wrong in it")
    check.add_argument("folder", metavar="DIR", type=Path, help="the folder that holds model.json")
    for action, run in ((listing, run_list), (info, run_info), (check, run_check)):
        add_common(action)
        action.set_defaults(run=run)


def run_list(options: argparse.Namespace, console: Console) -> int:
    """``a2f models list``."""
    with open_worker() as worker:
        reply = worker.request("models_list", folders())
    packages = reply.items("packages")
    for package in packages:
        say(f"{package['name']:<28} {package['kind']:<12} {package['folder']}")
    say(f"\n{len(packages)} found. Looked in:" if packages else "No model package found. Looked in:")
    for folder in folders()["model_folders"]:
        say(f"  {folder}{'' if Path(folder).is_dir() else '   (not there)'}")
    return 0


def run_info(options: argparse.Namespace, console: Console) -> int:
    """``a2f models info NAME``."""
    with open_worker() as worker:
        reply = worker.request("models_info", {"model": options.name, "identity": options.identity, **folders()})
    report = reply.table("report")
    facts = dict(report["facts"])
    own_parameters = facts.pop("parameters", {})
    say(f"{report['name']}  in  {report['folder']}\n")
    for label, value in facts.items():
        say(fact_text(label, value))
    if own_parameters:
        whose = f"{facts['identity']}'s" if "identity" in facts else "this package's"
        say(f"\nFace parameters (--param NAME=X), with {whose} own values")
        say("\n".join(parameter_rows(own_parameters)))
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    for finding in errors:
        say(f"error: {finding['file']}: {finding['what']} {finding['next_step']}".rstrip())
    return EngineError.exit_code if errors else 0


def fact_text(label: str, value: Any) -> str:
    """One fact; a list is counted, then named, wrapped to the terminal's usual width."""
    text = f"{len(value)}: {', '.join(map(str, value))}" if isinstance(value, list) else str(value)
    return textwrap.fill(
        f"{label.replace('_', ' '):<{_LABEL_WIDTH}}{text}", _WIDTH, subsequent_indent=" " * _LABEL_WIDTH
    )


def parameter_rows(own: Mapping[str, float]) -> list[str]:
    """Every face parameter: name, the package's value, range, meaning."""
    return [
        f"  {parameter.name:<28} {own.get(parameter.name, parameter.default):>7g}"
        f"   {f'{parameter.minimum:g} … {parameter.maximum:g} {parameter.unit}':<16} {parameter.meaning}"
        for parameter in FACE_PARAMETERS
    ]


def run_check(options: argparse.Namespace, console: Console) -> int:
    """``a2f models check DIR``: exit code 0 for a sound package, 3 for one with errors."""
    with open_worker() as worker:
        reply = worker.request("models_check", {"folder": str(options.folder.absolute())})
    findings = reply.table("report")["findings"]
    for finding in findings:
        say(f"{finding['severity']}: {finding['file']}: {finding['what']} {finding['next_step']}".rstrip())
    errors = sum(finding["severity"] == "error" for finding in findings)
    if errors:
        say(f"\n'{options.folder}' is not a sound package: {errors} error{'s' if errors > 1 else ''}.")
        return EngineError.exit_code
    say(f"'{options.folder}' is a sound package." + (" See the warnings above." if findings else ""))
    return 0
