"""``a2f batch``: many recordings at once, by a manifest or a folder."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import Any

from maya_a2f.api import open_worker
from maya_a2f.cli.console import Console, say
from maya_a2f.cli.options import add_common
from maya_a2f.errors import UserError, error_from_dict
from maya_a2f.farm.pack_run import run_pack
from maya_a2f.farm.pack_words import parse_packs
from maya_a2f.farm.plan import PLAN_NAME, Plan, PlannedLine, read_plan
from maya_a2f.farm.records import read_record
from maya_a2f.farm.worker_settings import engine_threads


def add_parser(commands: Any) -> None:
    """Add ``batch`` to the command line."""
    parser = commands.add_parser("batch", help="animate many recordings: a manifest or a folder of them")
    parser.add_argument("--plan", metavar="JSON", type=Path, help=f"the {PLAN_NAME} of a batch that was planned")
    parser.add_argument("--pack", metavar="N|N-M", help="with --plan: do these packs of it only")
    add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    """Run the command; returns the exit code."""
    if options.plan is None or options.pack is None:
        raise UserError("Give --plan and --pack.", code="batch.command")
    return run_packs(options, console)


def run_packs(options: argparse.Namespace, console: Console) -> int:
    """Packs of a plan, in this process."""
    plan = read_plan(options.plan)
    folder = options.plan.absolute().parent
    done: list[int] = []
    failed: list[int] = []
    kept: list[int] = []

    def tell(line: PlannedLine, state: str) -> None:
        if not options.quiet:
            say(f"{state:7} {line.name}")

    with engine_threads(plan.threads), open_worker() as worker:
        for index in parse_packs(options.pack, len(plan.packs)):
            result = run_pack(plan, index, folder, worker, on_line=tell, on_progress=console.progress)
            done += result.done
            failed += result.failed
            kept += result.kept
    console.close()
    if not options.quiet:
        say(f"{len(done)} done, {len(failed)} failed, {len(kept)} done before")
    return first_failure(plan, folder, failed)


def first_failure(plan: Plan, folder: Path, numbers: Collection[int]) -> int:
    """The exit code: that of the first line which failed, 0 where none did."""
    for line in plan.lines:
        record = read_record(folder, line) if line.number in numbers else None
        if record is not None and record.get("error"):
            return error_from_dict(record["error"]).exit_code
    return 0
