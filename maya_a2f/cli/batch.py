"""``a2f batch``: many recordings at once, by a manifest or a folder of them."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import Any

from maya_a2f.api import open_worker
from maya_a2f.cli.batch_beyond import FarmTask, add_beyond, add_task, check_beyond, path_rules
from maya_a2f.cli.batch_run import check_and_run
from maya_a2f.cli.console import Console, one_line, say
from maya_a2f.cli.options import add_common
from maya_a2f.errors import UserError, error_from_dict
from maya_a2f.farm.columns import add_columns
from maya_a2f.farm.drafting import DEFAULT_FORMATS, FORMATS
from maya_a2f.farm.faults import ManifestError
from maya_a2f.farm.folder_lock import folder_lock
from maya_a2f.farm.leftovers import remove_leftovers
from maya_a2f.farm.pack_run import run_pack
from maya_a2f.farm.pack_words import parse_packs
from maya_a2f.farm.plan import PLAN_NAME, Plan, PlannedLine, read_plan
from maya_a2f.farm.records import read_record
from maya_a2f.farm.summary import write_summary
from maya_a2f.farm.worker_settings import engine_threads

_EPILOG = f"""\
examples:
  a2f batch recordings -o out                       every recording in and below a folder: a take and a Maya scene each
  a2f batch lines.csv -o out --formats take,csv     a table of lines
  a2f batch lines.csv -o out --dry-run              check all of it and say what would be done
  a2f batch lines.csv -o out --on dask://farm1      on the machines of a Dask cluster
  a2f batch lines.csv -o out --openjd job           as a job for a render farm (Open Job Description, Deadline Cloud)
  a2f batch lines.csv -o out                        again, after a crash or a change: does what is left

A table (.csv, .json, .yaml) has a column 'clip' and any of name (the outputs' path below OUT), formats
({", ".join(("take", *FORMATS[1:]))}), phones (a TextGrid for the verdict), and the options of
'a2f animate' without their dashes: model, emotion, look, rig, rig_map, transcript, in, out, fps … Options given here
hold for every line that does not say otherwise, as "defaults" of a JSON or YAML table do.

exit codes: 0 all done; else that of the first line that failed (2 its input, 3 the installation, 4 the worker,
5 files), 2 for a manifest with faults (nothing was started then), 6 cancelled. OUT/summary.html shows everything.
"""


def add_parser(commands: Any) -> None:
    """Add ``batch`` to the command line."""
    parser = commands.add_parser(
        "batch",
        help="animate many recordings: a table of lines, or a folder",
        description="Animate many recordings. A run that was ended, however, goes on where it stopped.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "manifest", metavar="MANIFEST|FOLDER", nargs="?", type=Path, help="a table of lines, or a folder of recordings"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=_folder, help="the folder for the results; made where it is not there"
    )
    parser.add_argument(
        "--formats",
        metavar="NAME,…",
        default=argparse.SUPPRESS,
        help=f"what to make of every line that does not say itself (default: {','.join(DEFAULT_FORMATS)})",
    )
    _add_running(parser.add_argument_group("running"))
    add_beyond(parser.add_argument_group("beyond this machine"))
    _add_parts(parser.add_argument_group("a plan in parts, on several machines"))
    add_columns(parser)
    add_common(parser)
    parser.set_defaults(run=run)


def _add_running(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--jobs", metavar="N", type=_count, help="workers side by side (default: one per GPU, else one per core)"
    )
    group.add_argument("--dry-run", action="store_true", help="check everything and print the plan; nothing is written")
    group.add_argument("--overwrite", action="store_true", help="do all lines again, and replace files that are there")
    group.add_argument(
        "--verify",
        action="store_true",
        help="read every finished file to see whether it is as it was made; else its size and time say so",
    )
    group.add_argument(
        "--no-verdicts", dest="judged", action="store_false", help="do not judge the takes (see 'a2f report')"
    )
    group.add_argument(
        "--pictures",
        metavar="N",
        type=int,
        choices=range(7),
        help="pictures of each line in the summary, 0 to 6 (default: 1; of more than 200 lines only those worth a look "
        "have one)",
    )


def _add_parts(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--plan-only", action="store_true", help=f"write OUT/{PLAN_NAME} and do nothing yet")
    group.add_argument("--plan", metavar="JSON", type=Path, help=f"the {PLAN_NAME} of a batch that was planned")
    group.add_argument("--pack", metavar="N|N-M", help="with --plan: do these packs of it here")
    group.add_argument("--finish", action="store_true", help="with --plan: write the summary of what was done")
    add_task(group)


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return Path(text)


def _count(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 1 <= value <= 1024:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of workers")
    return value


def run(options: argparse.Namespace, console: Console) -> int:
    """Run the command; returns the exit code."""
    if options.plan is not None:
        if options.manifest is not None or (options.pack is None) == (not options.finish):
            raise UserError(
                "--plan goes with --pack or with --finish, and without a manifest.",
                code="batch.command",
                hint=f"Write for example: a2f batch --plan OUT/{PLAN_NAME} --pack 3",
            )
        with FarmTask(options.openjd_task) as task:
            return finish(options, task) if options.finish else run_packs(options, console, task)
    if options.manifest is None or options.output is None or options.pack is not None or options.finish:
        raise UserError(
            "Give a table or a folder of recordings, and -o OUT.",
            code="batch.command",
            hint="Write for example: a2f batch recordings -o out",
        )
    check_beyond(options)
    try:
        return check_and_run(options, console)
    except ManifestError as error:
        for fault in error.faults:
            console.fault(one_line(str(fault)))
        raise


def run_packs(options: argparse.Namespace, console: Console, task: FarmTask) -> int:
    """Packs of a plan, in this process."""
    plan = read_plan(options.plan, path_rules(options))
    folder = options.plan.absolute().parent
    done: list[int] = []
    failed: list[int] = []
    kept: list[int] = []

    def tell(line: PlannedLine, state: str) -> None:
        error = (read_record(folder, line) or {}).get("error") or {} if state == "failed" else {}
        words = f"{state:7} {line.name}" + (f": {error.get('message', '')}" if error else "")
        if not options.quiet:
            say(one_line(words))
        task.line(line, words)

    indices = parse_packs(options.pack, len(plan.packs))
    task.begin(sum(plan.frames_of(plan.pack(index)) for index in indices))
    with folder_lock(folder, shared=True), engine_threads(plan.threads), open_worker() as worker:
        for index in indices:
            result = run_pack(plan, index, folder, worker, on_line=tell, on_progress=console.progress)
            done += result.done
            failed += result.failed
            kept += result.kept
    console.close()
    if not options.quiet:
        say(f"{len(done)} done, {len(failed)} failed, {len(kept)} done before")
    return 0 if options.openjd_task else first_failure(plan, folder, failed)


def finish(options: argparse.Namespace, task: FarmTask) -> int:
    """Tidy up and write the summary of a plan whose packs were done elsewhere."""
    plan = read_plan(options.plan, path_rules(options))
    folder = options.plan.absolute().parent
    with folder_lock(folder):
        remove_leftovers(plan, folder)
        summary = write_summary(plan, folder)
    if not options.quiet:
        say(summary.words)
        say(f"  {summary.path}")
    return task.ended(summary)


def first_failure(plan: Plan, folder: Path, numbers: Collection[int]) -> int:
    """The exit code: that of the first of the lines, 0 where none failed."""
    for line in plan.lines:
        record = read_record(folder, line) if line.number in numbers else None
        if record is not None and record.get("error"):
            return error_from_dict(record["error"]).exit_code
    return 0
