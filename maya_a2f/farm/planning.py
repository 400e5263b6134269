"""From a manifest to a plan: every line checked, also by the worker, before anything is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import maya_a2f
from maya_a2f import outputs, run
from maya_a2f.api import Asked, drive
from maya_a2f.core.rig_map_folders import map_files
from maya_a2f.core.rig_map_model import FIT_ENDING
from maya_a2f.core.take import TAKE_RECIPE
from maya_a2f.errors import A2FError, EngineError, UserError, error_from_dict
from maya_a2f.farm.drafting import Drafted, drafted, duplicate_faults
from maya_a2f.farm.faults import Fault, ManifestError, fault_of
from maya_a2f.farm.manifest import Manifest
from maya_a2f.farm.plan import BATCH_FRAMES, DEVICE_BATCH_FRAMES, Plan, PlannedLine, packs_of
from maya_a2f.farm.records import file_digest, recorded_outputs
from maya_a2f.line_runs import line_jobs
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message, Progress
from maya_a2f.looks import found_look
from maya_a2f.settings import DEFAULT_MODEL, rig_map_folders

OnProgress = Callable[[Progress], None]

_MANY_LINES = 200
_LINES_AT_ONCE = 1000
"""More do not fit into a message to the worker."""


@dataclass(frozen=True)
class PlanSettings:
    """What holds for a batch as a whole."""

    judged: bool = True
    pictures: int | None = None
    """Of each line; None: one, and of many lines only of those that are worth a look."""
    threads: int = 1
    batch_frames: int | None = None
    """None: as suits the engine that would run here."""


@dataclass(frozen=True)
class Planned:
    """The plan, what is worth knowing about it, and what this machine would run it with."""

    plan: Plan
    notes: tuple[str, ...]
    engine: str
    devices: int
    """GPUs that the engine could use; 0 on a processor."""


def make_plan(
    manifest: Manifest,
    results: Path,
    worker: Asked,
    settings: PlanSettings,
    *,
    earlier: Plan | None = None,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
) -> Planned:
    """Check everything and lay the lines into packs. ``results`` is the folder that the outputs go to and need not be
    there; what is there of the plan ``earlier`` is ours.

    Raises :class:`ManifestError` with all faults, what the worker raises when it cannot run, and
    :class:`EngineError` ``usd.missing``.
    """
    faults, notes = list(manifest.faults), []
    found: dict[int, Drafted] = {}
    for draft in manifest.lines:
        if (line := drafted(draft, results, faults)) is not None:
            found[draft.number] = line
    lines = [one.line for one in found.values()]
    faults += duplicate_faults(lines, results, manifest.source)
    if not overwrite:
        faults += existing_faults(lines, results, earlier)
    answer = _asked(found, worker, on_progress)
    drafts = {draft.number: draft for draft in manifest.lines}
    for told in answer.items("lines"):
        number = told["number"]
        missing = told.get("no_aligner")
        if told["error"] is None and missing is None:
            continue
        error = error_from_dict(told["error"] or missing)
        if told["error"] is None and "transcript" in drafts[number].found:
            notes.append(f"Transcripts beside the recordings are not used: {error.message} {error.hint}")
            found[number] = _without_transcript(found[number])
        else:
            faults.append(fault_of(drafts[number].place, error))
    if faults:
        order = {draft.place: draft.number for draft in manifest.lines}
        raise ManifestError(sorted(faults, key=lambda fault: order.get(fault.place.partition(", column")[0], 0)))
    engine = answer.text("engine")
    devices = answer.integer("devices")
    batch = settings.batch_frames or (DEVICE_BATCH_FRAMES if devices else BATCH_FRAMES)
    models = {name: str(facts["digest"]) for name, facts in answer.table("models").items()}
    facts = {told["number"]: told for told in answer.items("lines") if told["error"] is None}
    plan = Plan(
        lines=(),
        packs=(),
        manifest=str(manifest.source.absolute()),
        batch_frames=batch,
        threads=settings.threads,
        judged=settings.judged,
        pictures=1 if settings.pictures is None else settings.pictures,
        pictures_of="all" if settings.pictures is not None or len(found) <= _MANY_LINES else "worth a look",
        models=models,
    )
    done = _Digests()
    planned = tuple(_planned(one, facts.get(number, {}), plan, done) for number, one in found.items())
    return Planned(
        replace(plan, lines=planned, packs=packs_of(planned, batch)), tuple(dict.fromkeys(notes)), engine, devices
    )


def existing_faults(lines: Sequence[PlannedLine], results: Path, earlier: Plan | None) -> list[Fault]:
    """Outputs that are there and that no earlier batch in this folder made, by the plan of the last or by a record."""
    ours = {output for line in earlier.lines for output in line.outputs} if earlier is not None else set()
    return [
        Fault(line.place, f"'{path}' is already there.", "Choose another folder or name, or add --overwrite.")
        for line in lines
        for output, path in zip(line.outputs, line.output_paths(results), strict=True)
        if output not in ours and path.exists() and output not in recorded_outputs(results, line)
    ]


def _asked(found: Mapping[int, Drafted], worker: Asked, on_progress: OnProgress | None) -> Message:
    """The worker's answer on all lines."""
    told: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    once = _Once(worker)
    endings = {Path(output).suffix: Path(output) for one in found.values() for output in one.line.outputs}
    drive(outputs.export_checks(tuple(endings.values())), worker)
    for number, one in found.items():
        try:
            if one.job.lines:
                drive(line_jobs(one.job.clip, one.job.settings, one.job.lines), worker)
            told.append({"number": number, **_solve_fields(one, once)})
        except (UserError, EngineError) as error:
            refused.append({"number": number, "error": error.to_dict()})
    answers: list[Any] = []
    models: dict[str, Any] = {}
    for first in range(0, max(1, len(told)), _LINES_AT_ONCE):
        asked = {**run.folders(), "lines": told[first : first + _LINES_AT_ONCE]}
        reply = worker.request("pack_check", asked, {}, on_progress=on_progress)
        answers += reply.items("lines")
        models |= reply.table("models")
    return replace(reply, fields={**reply.fields, "lines": [*answers, *refused], "models": models})


def _solve_fields(one: Drafted, worker: Asked) -> dict[str, Any]:
    steps = run.solve(one.job.clip, one.job.settings)
    step = next(steps)
    while not (not isinstance(step, Progress) and step.name == "solve"):
        reply = None if isinstance(step, Progress) else worker.request(step.name, step.fields, step.blobs)
        step = steps.send(reply)
    steps.close()
    return {"clip": step.fields["clip"], "settings": step.fields["settings"]}


class _Once:
    """A worker that is asked the same thing only once."""

    def __init__(self, worker: Asked) -> None:
        self._worker = worker
        self._known: dict[str, Message] = {}

    def request(
        self,
        name: str,
        fields: Mapping[str, Any],
        blobs: Mapping[str, Blob],
        *,
        on_progress: OnProgress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Message:
        """See :meth:`maya_a2f.link.client.WorkerClient.request`; without blobs."""
        key = json.dumps([name, dict(fields)], sort_keys=True, default=str)
        if key not in self._known:
            self._known[key] = self._worker.request(name, fields, blobs, on_progress=on_progress, cancelled=cancelled)
        return self._known[key]


def _without_transcript(one: Drafted) -> Drafted:
    options = {name: value for name, value in one.line.options.items() if name not in ("transcript", "language")}
    return replace(one, line=replace(one.line, options=options))


class _Digests:
    """Digests of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}
        self._folders: dict[Path, tuple[tuple[Path, ...], tuple[Path, ...]]] = {}

    def of(self, path: Path) -> str:
        """SHA-256 in hex; empty where the file cannot be read."""
        if path not in self._known:
            self._known[path] = file_digest(path) or ""
        return self._known[path]

    def of_maps(self, line: PlannedLine) -> list[str]:
        """Of saved maps that may be found for a character where none is given, and of fits that maps may name."""
        rig, given = line.options.get("rig"), line.options.get("rig_map")
        if not isinstance(rig, str):
            return []
        folders = (Path(given).parent,) if isinstance(given, str) else rig_map_folders(Path(rig))
        found: list[Path] = []
        for folder in folders:
            if folder not in self._folders:
                self._folders[folder] = tuple(map_files(folder)), tuple(sorted(folder.glob(f"*{FIT_ENDING}")))
            maps, fits = self._folders[folder]
            found += [*(() if given is not None else maps), *fits]
        return [self.of(path) for path in found]


def _planned(one: Drafted, facts: Mapping[str, Any], plan: Plan, digests: _Digests) -> PlannedLine:
    line = replace(
        one.line,
        clip_sha256=digests.of(Path(one.line.clip)),
        frames=int(facts.get("frames", 0)),
        seconds=float(facts.get("seconds", 0.0)),
        is_packed=one.line.is_packed and bool(facts.get("fits", True)),
    )
    maps = digests.of_maps(line)
    depends = {
        "version": [maya_a2f.__version__, TAKE_RECIPE],
        "clip": line.clip_sha256,
        "path": line.clip,
        "options": {name: line.options[name] for name in sorted(line.options)},
        "files": [digests.of(path) for path in (*one.files, *([Path(line.phones)] if line.phones else []))],
        **({"maps": maps} if maps else {}),
        "look": _look_words(line),
        "outputs": line.outputs,
        "model": plan.models.get(str(line.options.get("model", DEFAULT_MODEL)), ""),
        "batch": [plan.batch_frames, plan.threads] if line.is_packed else [plan.threads],
    }
    return replace(line, key=hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32])


def _look_words(line: PlannedLine) -> str:
    """A look by name may be changed; what it says is part of the line."""
    given = line.options.get("look")
    try:
        return "" if not isinstance(given, str) else _look_text(given)
    except A2FError:
        return ""


@lru_cache(maxsize=64)
def _look_text(given: str) -> str:
    return repr(found_look(given))
