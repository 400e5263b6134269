"""What ``mayapy -m maya_a2f.batch`` does for a render farm: writing the job, and its last step."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from maya_a2f.batch.bundle import bake_bundle
from maya_a2f.batch.collecting import collected, failed_lines, write_collected
from maya_a2f.batch.table import Line
from maya_a2f.errors import UserError
from maya_a2f.farm.needs_options import needs_of
from maya_a2f.farm.openjd_bundle import run_words, write_bundle
from maya_a2f.farm.openjd_lines import FarmLines


def write_job(given: argparse.Namespace, shots: Sequence[Sequence[Line]]) -> int:
    """Write the bundle of ``shots`` and say how it is run. Raises :class:`UserError`, :class:`HostError`."""
    if given.result is not None:
        raise UserError(
            "--openjd and --result do not go together.",
            code="batch.command",
            hint="The job's own parameter 'Results' says where results go; its last step makes result.json there.",
        )
    allowed = [word for name, word in (("overwrite", "--overwrite"), ("overwrite_input", "--overwrite-input"))
               if getattr(given, name)]  # fmt: skip
    words = allowed or ["--resume"]
    name = f"maya_a2f bake: {given.jobs.stem if given.jobs is not None else shots[0][0].scene.stem}"
    template = write_bundle(given.openjd, bake_bundle(shots, name, needs_of(given), mayapy=given.mayapy, words=words))
    if not given.quiet:
        count = f"{len(shots)} task{'s' if len(shots) != 1 else ''}, one per scene"
        print(f"{template}: {count}.\n{run_words(template, 'Result')}", flush=True)
    return 0


def collect(folder: Path, path: Path | None, farm: FarmLines) -> int:
    """Make one result file of the tasks' own; 5 when a line is not done, whatever the tasks' exit codes said."""
    if path is None:
        raise UserError("--collect needs --result.", code="batch.command", hint="See --help.")
    record = collected(folder)
    write_collected(path, record)
    failed = failed_lines(record)
    text = f"{len(record['lines']) - len(failed)} of {len(record['lines'])} lines are done"
    farm.status(text)
    for line in failed:
        error = line.get("error") or {}
        farm.fail(f"{line.get('save_as')}: {error.get('message', 'its process ended before it was done')}")
    print(f"{path}: {text}.", flush=True)
    return 5 if failed else 0
