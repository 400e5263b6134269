"""What the worker answers: ``fit`` makes a fit of a rig's description, ``retarget`` solves a take with one."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path

import numpy as np

from maya_a2f.core.head import load_head
from maya_a2f.core.rig_description import read_rig_description
from maya_a2f.core.take import take_from_bytes
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Content, Reply
from maya_a2f.worker.fitting.face_rig import rig_from_description
from maya_a2f.worker.fitting.fit_data import Fit
from maya_a2f.worker.fitting.fit_file import read_fit, write_fit
from maya_a2f.worker.fitting.fitted_retarget import FittedRetarget
from maya_a2f.worker.fitting.fitting import fit
from maya_a2f.worker.fitting.network_motion import unnamed_motion
from maya_a2f.worker.fitting.source_face import source_face
from maya_a2f.worker.service import Context, Request


def answer_fit(request: Request, context: Context) -> Reply:
    """Fields: ``rig`` (a description's path), ``head_folder``, ``landmarks`` {name: vertex}, ``seal`` {attribute:
    value}, ``path`` to write the fit to, ``picture`` (a PNG's path, or empty), ``accept`` (keep it even if it is bad).

    The reply says how good it is; a bad one is written all the same, and refuses to be used until it is accepted.
    """
    rig = rig_from_description(read_rig_description(Path(request.text("rig"))))
    head = source_face(load_head(Path(request.text("head_folder"))))
    made, shown = fit(
        head,
        rig,
        _vertices(request),
        seal=request.numbers("seal", {}),
        on_progress=context.progress,
    )
    made = dataclasses.replace(made, is_accepted=request.flag("accept", False))
    write_fit(made, Path(request.text("path")))
    if request.text("picture", ""):
        from maya_a2f.quality.fit_picture import write_fit_picture

        write_fit_picture(made, shown, Path(request.text("picture")))
    return Reply(fit_fields(made))


def answer_retarget(request: Request, context: Context) -> Reply:
    """Fields: ``fit`` (path), ``head_folder``, ``cache_folder``; blob ``take``. Reply: ``attributes``, ``channels`` (of
    each, those that it answers to), ``at_rest``, ``residuals`` by region, ``notes``; blob ``values`` (attributes,
    frames).

    Raises :class:`UserError` ``fit.poor`` for a bad fit that nobody accepted.
    """
    path = Path(request.text("fit"))
    solver = _solver(path)
    made = solver.fit
    if not (made.quality.is_good or made.is_accepted):
        raise UserError(
            f"The fit '{path}' came out badly: {' '.join(made.quality.problems)}",
            code="fit.poor",
            hint="Correct the landmarks or the controls and fit again, or accept the fit as it is.",
        )
    take = take_from_bytes(bytes(request.blob("take", "u1").data), "the take")
    context.progress("Solving for the rig", 0, 0)
    tracks = {name: np.asarray(samples, dtype=np.float64) for name, samples in take.tracks.items()}
    asked, note = unnamed_motion(
        take, made, Path(request.text("head_folder")), Path(request.text("cache_folder")), context.check_cancelled
    )
    solved = solver.solve(tracks, take.frame_count, asked, context.check_cancelled)
    unknown = sorted(name for name in made.shapes if name not in tracks)
    notes = [note]
    if unknown:
        notes.append(f"The take has no {', '.join(unknown)}.")
    reply = {
        "attributes": list(solved.values),
        "channels": [list(solver.channels[name]) for name in solved.values],
        "at_rest": list(solved.at_rest),
        "residuals": dict(solved.residuals),
        "notes": notes,
    }
    values = np.stack(list(solved.values.values())).astype("<f8")
    return Reply(reply, {"values": Blob.of(np.ascontiguousarray(values))})


def _solver(path: Path) -> FittedRetarget:
    """The fit in a file, ready; the last one stays open, for a preview asks many times a second."""
    try:
        found = path.stat()
        version = (found.st_mtime_ns, found.st_size)
    except OSError:
        version = (0, 0)
    return _opened(path, version)


@lru_cache(maxsize=1)
def _opened(path: Path, version: tuple[int, int]) -> FittedRetarget:
    del version
    return FittedRetarget(read_fit(path))


def fit_fields(made: Fit) -> dict[str, object]:
    """What is told of a fit, JSON-ready."""
    quality = made.quality
    return {
        "name": made.name,
        "controls": [[control.attribute, control.residual] for control in made.controls],
        "regions": dict(quality.regions),
        "shapes": dict(quality.shapes),
        "matched": {name: list(same) for name, same in quality.matched.items()},
        "registration_cm": quality.registration_cm,
        "alignment_cm": quality.alignment_cm,
        "covered": quality.covered,
        "problems": list(quality.problems),
        "accepted": made.is_accepted,
        "notes": list(made.notes),
    }


def _vertices(request: Request) -> dict[str, int]:
    fields = Content(request.table("landmarks", {}))
    return {name: fields.integer(name, minimum=0) for name in fields.fields}
