"""A batch from manifest to summary, on this machine."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path

from maya_a2f.api import open_worker
from maya_a2f.cli.batch_beyond import run_beyond, write_job
from maya_a2f.cli.console import Console, one_line, say
from maya_a2f.core.atomic_file import make_folder
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.farm.columns import given_columns
from maya_a2f.farm.crew import Crew
from maya_a2f.farm.early_crew import early_crew
from maya_a2f.farm.folder_lock import folder_lock
from maya_a2f.farm.leftovers import remove_leftovers
from maya_a2f.farm.manifest import Manifest, read_manifest
from maya_a2f.farm.places import plain_path
from maya_a2f.farm.plan import PLAN_NAME, Plan, read_plan, write_plan
from maya_a2f.farm.planning import Planned, PlanSettings, make_plan
from maya_a2f.farm.records import drop_record, read_record, standing
from maya_a2f.farm.running import State, run_plan, usual_jobs
from maya_a2f.farm.summary import write_summary
from maya_a2f.link.messages import Progress

_NAMED = 20


def check_and_run(options: argparse.Namespace, console: Console) -> int:
    """Plan, run what is left, summarise; the exit code. Raises :class:`ManifestError` before anything is started."""
    results = plain_path(options.output)
    _check_folder(results)
    given = given_columns(options)
    if hasattr(options, "formats"):
        given["formats"] = options.formats
    manifest = read_manifest(options.manifest, given, results)
    if options.dry_run:
        planned = _planned(options, console, manifest, results, _earlier(results, console))
        _say_plan(planned, results, options)
        return 0
    with folder_lock(results) as lock, contextlib.ExitStack() as stack:
        earlier = _earlier(results, console)
        crew = None
        if earlier is None and not options.plan_only and options.openjd is None and options.on is None:
            crew = early_crew(manifest, results, options.jobs, _settings(options), lock)
            if crew is not None:
                stack.enter_context(crew)
        planned = _planned(options, console, manifest, results, earlier)
        plan = planned.plan
        for note in planned.notes:
            console.note(note)
        if earlier is not None:
            remove_leftovers(earlier, results)
        if options.overwrite:
            for line in plan.lines:
                drop_record(results, line)
        make_folder(results)
        write_plan(plan, results)
        standings = {line.number: standing(results, line, is_verified=options.verify) for line in plan.lines}
        left = [number for number, found in standings.items() if found in ("waiting", "failed")]
        _note_edits(console, plan, [number for number, found in standings.items() if found == "edited"])
        if options.openjd is not None:
            return write_job(options, plan, results)
        if options.plan_only:
            say(f"{results / PLAN_NAME}: {len(plan.packs)} packs, {len(left)} of {len(plan.lines)} lines to do")
            return 0
        if len(left) < len(plan.lines):
            console.note(f"{len(plan.lines) - len(left)} of {len(plan.lines)} lines are done already.")
        crew = crew or Crew(results / PLAN_NAME, plan.threads, devices=planned.devices, lock=lock)
        return _run(options, console, planned, results, left, crew)


def _run(
    options: argparse.Namespace, console: Console, planned: Planned, results: Path, left: list[int], crew: Crew
) -> int:
    plan = planned.plan
    started = time.monotonic()

    def tell(state: State) -> None:
        if state.news is not None and state.news[1] == "failed":
            line = plan.line(state.news[0])
            error = (read_record(results, line) or {}).get("error") or {}
            where = f"{line.place}, " if line.place and line.place != line.name else ""
            console.note(f"{where}'{line.name}' failed: {error.get('message', '')} {error.get('hint', '')}".strip())
        console.progress(Progress("Animating", state.frames_done, state.frames))

    jobs = options.jobs or usual_jobs(planned.devices)
    try:
        if options.on is not None:
            run_beyond(options.on, plan, results, jobs, left, tell)
        else:
            run_plan(plan, results, jobs, left=left, crew=crew, on_news=tell)
    except Cancelled as error:
        console.close()
        summary = write_summary(plan, results, time.monotonic() - started, is_cancelled=True)
        error.message = f"Cancelled. {summary.words}"
        error.hint = "The same command goes on from here."
        raise
    console.close()
    summary = write_summary(plan, results, time.monotonic() - started if left else 0.0)
    if not options.quiet:
        say(summary.words)
        say(f"  {summary.path}")
    return summary.exit_code


def _planned(
    options: argparse.Namespace, console: Console, manifest: Manifest, results: Path, earlier: Plan | None
) -> Planned:
    settings = _settings(options)
    with open_worker() as worker:
        planned = make_plan(
            manifest,
            results,
            worker,
            settings,
            earlier=earlier,
            overwrite=options.overwrite,
            on_progress=console.progress,
        )
    console.close()
    return planned


def _settings(options: argparse.Namespace) -> PlanSettings:
    return PlanSettings(judged=options.judged, pictures=options.pictures)


def _check_folder(results: Path) -> None:
    """Raises :class:`UserError` ``batch.results`` where there is a file in the place of the folder."""
    there = next((path for path in (results, *results.parents) if path.exists()), results)
    if there.exists() and not there.is_dir():
        raise UserError(
            f"'{there}' is a file, and the results need a folder.",
            code="batch.results",
            hint="Name another folder with -o.",
        )


def _earlier(results: Path, console: Console) -> Plan | None:
    """The plan of an earlier run, if there is one that can be read."""
    path = results / PLAN_NAME
    try:
        return read_plan(path) if path.exists() else None
    except UserError as error:
        console.note(f"{error.message} It is made again; finished lines are known by their reports.")
        return None


def _note_edits(console: Console, plan: Plan, edited: list[int]) -> None:
    for number in edited[:_NAMED]:
        name = plan.line(number).name
        console.note(f"'{name}' was changed since it was made and is left alone (--overwrite does it again).")
    if len(edited) > _NAMED:
        console.note(f"{len(edited) - _NAMED} more lines were changed since and are left alone.")


def _say_plan(planned: Planned, results: Path, options: argparse.Namespace) -> None:
    """What would be done, in words."""
    plan = planned.plan
    jobs = options.jobs or usual_jobs(planned.devices)
    for note in planned.notes:
        say(f"note: {one_line(note)}")
    done = 0
    for index, pack in enumerate(plan.packs):
        model = plan.line(pack.numbers[0]).options.get("model", "default")
        say(f"pack {index}: {len(pack.numbers)} lines, {plan.frames_of(pack)} frames, model '{model}'")
        for number in pack.numbers:
            line = plan.line(number)
            found = standing(results, line, is_verified=options.verify)
            is_done = not options.overwrite and found in ("done", "edited")
            done += is_done
            endings = ", ".join(Path(output).suffix[1:] for output in line.outputs)
            state = "done already" if is_done else endings
            say(f"  {line.number:5}  {one_line(line.name)}  {line.seconds:.2f} s  {state}")
    seconds = sum(line.seconds for line in plan.lines)
    say(
        f"{len(plan.lines)} lines, {seconds / 60:.1f} minutes, {len(plan.packs)} packs; {done} done already; "
        f"{jobs} worker{'' if jobs == 1 else 's'}, {planned.engine}; into {one_line(str(results))}"
    )
