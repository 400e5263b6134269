"""The command: ``mayapy -m maya_a2f.batch scene.ma --clip line.wav --save-as out.ma --result out.json``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maya_a2f import mayapy
from maya_a2f.batch.farm_job import collect, write_job
from maya_a2f.batch.record import LineRecord, Record, earlier_lines, host_facts, is_done, line_key
from maya_a2f.batch.table import Line, keys_options, line_from, read_table, shots_of
from maya_a2f.cli.emotion_options import strength
from maya_a2f.cli.options import finite_frame, finite_seconds, parse_assignments
from maya_a2f.core.atomic_file import make_folder
from maya_a2f.core.emotion_sidecar import NO_FILE
from maya_a2f.core.layers import SACCADE_KINDS
from maya_a2f.core.path_mapping import read_path_rules
from maya_a2f.errors import A2FError, UserError
from maya_a2f.farm.needs_options import add_needs
from maya_a2f.farm.openjd_lines import FarmLines

_EPILOG = """\
examples:
  mayapy -m maya_a2f.batch shot.ma --clip line.wav --character bob --save-as shot_a2f.ma --result shot.json
  mayapy -m maya_a2f.batch --jobs lines.csv --result lines.json --resume
  mayapy -m maya_a2f.batch --jobs lines.csv --openjd job

A table (.csv or .json) has the columns scene, clip, save_as and any option: character, rig_map, start_frame, emotion
(joy=0.6,anger=0.1), transcript, layer … Options given on the command line hold for every line that does not say
otherwise. Lines of one scene and one save_as are done together and saved once.

exit codes: 0 all done; 1 a defect, 2 a setting, 3 the installation, 4 the worker, 5 Maya or a file (of the first line
that failed); 6 cancelled. Maya may change them: trust "state" in the result file.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="mayapy -m maya_a2f.batch",
        description="Put recordings onto characters of Maya scenes, without a window.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("scene", nargs="?", help="the scene to open (.ma or .mb)")
    found.add_argument("--jobs", metavar="TABLE", type=Path, help="a table of lines instead of one scene")
    found.add_argument("--save-as", metavar="SCENE", help="the scene to write; .ma or .mb")
    found.add_argument("--result", metavar="JSON", type=Path, help="what came of it; renewed after every scene")
    found.add_argument("--resume", action="store_true", help="leave out what the result file says is done")
    found.add_argument("--overwrite", action="store_true", help="replace scenes that are there")
    found.add_argument("--overwrite-input", action="store_true", help="allow a scene to be saved over itself")
    found.add_argument("--quiet", action="store_true", help="say errors only")
    _add_options(found.add_argument_group("the line"))
    _add_farm(found.add_argument_group("a render farm"))
    return found


def _add_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--clip", metavar="SOUND", help="the recording")
    group.add_argument("--character", metavar="NAME", help="namespace or any node; not needed for an only character")
    group.add_argument("--rig-map", metavar="FILE", help="which channels drive what; else by name")
    group.add_argument("--start-frame", metavar="N", type=finite_frame, help="else the playback range's first frame")
    group.add_argument("--in", dest="in_seconds", metavar="SECONDS", type=finite_seconds)
    group.add_argument("--out", dest="out_seconds", metavar="SECONDS", type=finite_seconds)
    group.add_argument("--tail", dest="tail_seconds", metavar="SECONDS", type=finite_seconds)
    group.add_argument("--model", metavar="NAME|DIR")
    group.add_argument("--identity", metavar="NAME", help="whose face, for a model that has several")
    group.add_argument("--engine", metavar="NAME", help="what the network runs in; else the best one here")
    group.add_argument("--precision", choices=["fp32", "tf32", "fp16", "bf16"], help="the lowest it may run in")
    group.add_argument("--emotion", metavar="NAME=X,…", action="append", default=[])
    group.add_argument("--emotion-keys", metavar="FILE")
    group.add_argument(
        "--emotion-auto", metavar="STRENGTH", type=strength, help="how much comes from the voice, 0 to 1"
    )
    group.add_argument("--emotion-model", metavar="NAME|DIR")
    group.add_argument("--emotion-baseline", metavar="FILE", help="a neutral recording of the same speaker")
    group.add_argument("--emotion-setting", metavar="NAME=X,…", action="append", default=[])
    group.add_argument("--emotion-file", metavar="FILE|none", help="else CLIP.emotion.json beside the recording")
    group.add_argument("--param", metavar="NAME=X", action="append", default=[])
    group.add_argument("--look", metavar="NAME|FILE", default=None)
    group.add_argument("--style", metavar="NAME=X", action="append", default=[])
    group.add_argument("--layers", metavar="NAME=X,…", help="how strong blinks, saccades, gaze, brows and head are")
    group.add_argument("--seed", metavar="N", type=int, help="another variation of them")
    group.add_argument("--gaze", metavar="X,Y[,Z][@S-E];…", help="where the eyes look, as 'a2f animate --gaze' has it")
    group.add_argument("--saccades", choices=SACCADE_KINDS)
    group.add_argument("--markers", metavar="FILE", help="the lines of a long recording, each with its settings")
    group.add_argument("--transcript", metavar="TEXT|FILE")
    group.add_argument("--language", metavar="CODE")
    group.add_argument("--keys", metavar="every|reduced[=TOLERANCE]")
    group.add_argument("--mode", choices=["replace", "insert"])
    group.add_argument("--layer", metavar="NAME", help="animation layer to write to")
    group.add_argument("--new-layer", action="store_true", default=None, help="make the layer")
    group.add_argument(
        "--override-layer", action="store_true", default=None, help="the new layer replaces what is below"
    )
    group.add_argument("--result-name", dest="result_name", metavar="NAME", help="else the sound's file name")
    group.add_argument("--force", action="store_true", default=None, help="replace keys edited since they were baked")
    group.add_argument("--only-frames", metavar="A:B", help="renew an earlier result from frame A to B only")
    group.add_argument("--only-regions", metavar="NAME,…", help="renew these regions only: mouth, eyes, brows …")
    group.add_argument("--take-over", metavar="all|ATTR,…", help="attributes whose edits are given up")
    group.add_argument("--fade", dest="fade_frames", metavar="N", type=int, help="frames of the blend at borders")
    group.add_argument("--no-sound", dest="sound", action="store_false", default=None)
    group.add_argument("--fit-range", action="store_true", default=None, help="set the playback range to the clip")
    group.add_argument("--take", dest="take_path", metavar="FILE", help="save the take too (.a2ftake)")


def _add_farm(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--openjd",
        metavar="DIR",
        type=Path,
        help="write a job for render farms there, one task per scene; no Maya needed",
    )
    add_needs(group)
    group.add_argument("--mayapy", metavar="PATH", default="mayapy", help="mayapy on the farm's machines")
    group.add_argument("--collect", metavar="DIR", type=Path, help="make --result of the results of a farm's tasks")
    group.add_argument("--path-rules", metavar="JSON", type=Path, help="where the table's files lie on this machine")
    group.add_argument("--openjd-task", action="store_true", help="run as a task of such a job: it is told of progress")


_OPTIONS = ("layers", "seed", "gaze", "saccades", "markers",
            "clip", "character", "rig_map", "start_frame", "in_seconds", "out_seconds", "tail_seconds", "model",
            "identity", "engine", "precision",
            "emotion_keys", "emotion_auto", "emotion_model", "emotion_baseline", "emotion_file",
            "look", "transcript", "language", "mode", "layer", "new_layer", "override_layer", "force", "sound",
            "only_frames", "only_regions", "take_over", "fade_frames",
            "fit_range", "take_path")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; the exit code. Nothing but an error's words goes to standard error."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    given = parser().parse_args(arguments)
    for name in ("SIGTERM", "SIGBREAK"):  # a farm stops jobs with these; finish the record
        with contextlib.suppress(ValueError, AttributeError):
            signal.signal(getattr(signal, name), _interrupted)
    try:
        return _run(given)
    except A2FError as error:
        print(error, file=sys.stderr)
        FarmLines(given.openjd_task).fail(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 6


def _run(given: argparse.Namespace) -> int:
    if given.collect is not None:
        return collect(given.collect, given.result, FarmLines(given.openjd_task))
    read = _lines(given)
    if given.openjd is not None:
        return write_job(given, shots_of(read))
    lines = [LineRecord(line, line_key(line)) for line in read]
    by_line = {record.line.number: record for record in lines}
    shots = [[by_line[line.number] for line in shot] for shot in shots_of([record.line for record in lines])]
    earlier = earlier_lines(given.result) if given.result is not None else {}
    if not (given.resume or given.overwrite or given.overwrite_input):
        _check_record(given.result, lines, earlier)
    if given.openjd_task and given.result is not None:
        make_folder(given.result.parent)
    running, version = _started_maya()
    record = Record(given.result, lines, host_facts(version))
    permissions = running.Permissions(given.overwrite, given.overwrite_input)
    code: int = running.run_shots(
        shots,
        record,
        permissions,
        earlier if given.resume else {},
        quiet=given.quiet,
        farm=FarmLines(given.openjd_task),
    )
    return code


def _check_record(path: Path | None, lines: Sequence[LineRecord], earlier: dict[str, dict[str, Any]]) -> None:
    """A run begun again by mistake must not lose the record of what is done. Raises :class:`UserError`."""
    done = sum(is_done(line, earlier) for line in lines)
    if done:
        raise UserError(
            f"'{path}' says that {done} of {len(lines)} lines {'is' if done == 1 else 'are'} done already.",
            code="batch.done",
            hint="Give --resume to do what is left, or --overwrite to do all of it again.",
        )


def _lines(given: argparse.Namespace) -> list[Line]:
    if (given.scene is None) == (given.jobs is None):
        raise UserError("Give a scene, or --jobs.", code="batch.command", hint="See --help.")
    missing = [f"--{name.replace('_', '-')}" for name in ("clip", "save_as") if getattr(given, name) is None]
    if given.scene is not None and missing:
        raise UserError(f"Give {' and '.join(missing)} too.", code="batch.command", hint="See --help.")
    if given.resume and given.result is None:
        raise UserError("--resume needs --result.", code="batch.command", hint="See --help.")
    options: dict[str, Any] = {name: getattr(given, name) for name in _OPTIONS}
    options["emotion"] = parse_assignments(given.emotion, "emotion") or None
    options["emotion_settings"] = parse_assignments(given.emotion_setting, "emotion setting") or None
    options["parameters"] = parse_assignments(given.param, "parameter") or None
    options["style"] = parse_assignments(given.style, "style") or None
    options["result"] = given.result_name
    options = {name: value for name, value in options.items() if value is not None}
    if given.keys is not None:
        options.update(keys_options(given.keys))
    here = Path.cwd()
    for name in ("clip", "rig_map", "markers", "emotion_keys", "emotion_file", "emotion_baseline", "take_path"):
        if name in options and options[name] != NO_FILE:
            options[name] = str(here / options[name])  # a table's own paths start at the table, these here
    if given.jobs is not None:
        return read_table(given.jobs, options, read_path_rules(given.path_rules) if given.path_rules else ())
    return [line_from(1, {**options, "scene": given.scene, "save_as": given.save_as}, here)]


def _started_maya() -> tuple[Any, str]:
    """The module that works in Maya, and Maya's version."""
    mayapy.start("maya_a2f.batch")
    from maya_a2f.batch import running
    from maya_a2f.host.maya.scene import maya_version

    return running, maya_version()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    mayapy.leave(main())
