"""Doing the lines: open, animate, save; go on after failures."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maya_a2f.batch.record import LineRecord, Record, is_done, stamp
from maya_a2f.errors import A2FError, Cancelled, HostError
from maya_a2f.farm.openjd_lines import FarmLines
from maya_a2f.host.maya import scene
from maya_a2f.host.maya.find_character import sole_character
from maya_a2f.scripting import Session, job_from

_HOPELESS = frozenset({"worker.no_environment", "worker.gave_up", "worker.version"})
"""Every further line would fail the same way."""
Shot = Sequence[LineRecord]


@dataclass(frozen=True)
class Permissions:
    """What may be replaced."""

    overwrite: bool = False
    """Targets that are there."""
    overwrite_input: bool = False
    """The scene itself, as its own target."""


def run_shots(
    shots: Sequence[Shot],
    record: Record,
    permissions: Permissions,
    earlier: dict[str, dict[str, Any]],
    *,
    quiet: bool = False,
    farm: FarmLines,
) -> int:
    """Do all shots; the exit code: 0, that of the first failure's group, or 6 when cancelled.

    The record is renewed after every shot; ``farm`` is told of each. Raises :class:`HostError` ``file.*`` when it
    cannot be written at all.
    """
    code, count = 0, sum(map(len, shots))
    record.write("running")
    with Session() as session:
        for number, shot in enumerate(shots):
            farm.status(f"Scene {number + 1} of {len(shots)}: {shot[0].line.scene.name}")
            error = None if _is_unchanged(shot, earlier) else _run_shot(shot, session, permissions, earlier)
            for line in shot:
                _log(line, count, quiet)
            farm.progress(number + 1, len(shots))
            if error is not None:
                farm.fail(str(error))
                code = code or error.exit_code
                if isinstance(error, Cancelled) or error.code in _HOPELESS:
                    record.write("cancelled" if isinstance(error, Cancelled) else "failed")
                    return error.exit_code
            record.write("running")
    record.write("failed" if code else "done")
    return code


def _is_unchanged(shot: Shot, earlier: dict[str, dict[str, Any]]) -> bool:
    if not all(is_done(line, earlier) for line in shot):
        return False
    for line in shot:
        known = earlier[line.key]
        line.state, line.result = "unchanged", known.get("result")
        line.scene_stamp, line.saved_stamp = known.get("scene_stamp"), known.get("saved_stamp")
    return True


def _run_shot(
    shot: Shot, session: Session, permissions: Permissions, earlier: dict[str, dict[str, Any]]
) -> A2FError | None:
    """All lines of a scene, saved once; the error when one failed, and then nothing is saved."""
    at = shot[0]
    try:
        first = shot[0].line
        overwrite = _may_replace(shot, permissions, earlier)
        scene.check_target(first.save_as, overwrite=overwrite)
        before = stamp(first.scene)
        scene.open_scene(first.scene)
        for at in shot:
            start = time.monotonic()
            options = dict(at.line.options)
            options["character"] = options.get("character") or sole_character()
            at.result = session.run(job_from(options)).to_dict()
            at.seconds = time.monotonic() - start
        scene.save_scene(first.save_as, overwrite=overwrite)
        after = stamp(first.save_as)
        for line in shot:
            line.state, line.scene_stamp, line.saved_stamp = "done", before, after
    except (Exception, KeyboardInterrupt) as raised:
        error = _told(raised)
        for line in shot:
            line.state, line.result = "failed", None
            line.error = error.to_dict() if line is at else _beside(at).to_dict()
        return error
    return None


def _may_replace(shot: Shot, permissions: Permissions, earlier: dict[str, dict[str, Any]]) -> bool:
    """Whether the target may be overwritten: asked for, or it is what an earlier run of ours left."""
    line = shot[0].line
    if line.scene.resolve() == line.save_as.resolve():
        if not permissions.overwrite_input:
            raise HostError(
                f"'{line.scene}' is to be saved over itself.",
                code="file.exists",
                hint="Give another --save-as, or allow it with --overwrite-input.",
            )
        return True
    ours = [known.get("saved_stamp") for known in earlier.values() if known.get("save_as") == str(line.save_as)]
    return permissions.overwrite or stamp(line.save_as) in [mark for mark in ours if mark is not None]


def _told(raised: BaseException) -> A2FError:
    if isinstance(raised, A2FError):
        return raised
    if isinstance(raised, KeyboardInterrupt):
        return Cancelled()
    return A2FError(
        f"A defect: {type(raised).__name__}: {raised}",
        code="defect",
        hint="Please report it with the result file.",
        details="".join(traceback.format_exception(raised)),
    )


def _beside(at: LineRecord) -> A2FError:
    return HostError(
        f"Nothing of this scene was saved, because line {at.line.number} failed.",
        code="batch.shot",
        hint="See to that line, then run again with --resume.",
    )


def _log(line: LineRecord, count: int, quiet: bool) -> None:
    where = f"[{line.line.number}/{count}] {line.state:9} {line.line.options.get('clip')} -> {line.line.save_as}"
    if line.error is not None:
        print(f"{where}: {line.error['message']} {line.error['hint']}".rstrip(), file=sys.stderr, flush=True)
    elif not quiet and line.result is not None:
        keys = f"{line.result['keys']} keys on {len(line.result['curves'])} curves of '{line.result['character']}'"
        skipped = f", {len(line.result['skipped'])} skipped" if line.result["skipped"] else ""
        print(f"{where}: {keys}{skipped}, {line.seconds:.1f} s", flush=True)
