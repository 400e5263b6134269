"""Fit by shape from a script: a character sampled in the running Maya, or a rig's file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maya_a2f import api
from maya_a2f.characters import open_character
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_description import ENDING, RigDescription, write_rig_description
from maya_a2f.core.rig_map import RigMap, write_rig_map
from maya_a2f.core.rig_map_folders import signed
from maya_a2f.core.rig_map_model import FIT_ENDING
from maya_a2f.errors import Cancelled, UserError
from maya_a2f.link.messages import Progress
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.scripting.job import Name
from maya_a2f.scripting.series import Session
from maya_a2f.scripting.target import in_maya
from maya_a2f.steps import Steps, WorkerRequest, asked


@dataclass(frozen=True)
class RigFit:
    """What a fit came out as."""

    rig_map: Path
    """The map, which names the fit."""
    fit: Path
    regions: Mapping[str, float]
    """Region of the face -> share of our motion that stays undone."""
    controls: Mapping[str, float]
    """Attribute -> undone share where it moves the face."""
    matched: Mapping[str, tuple[str, ...]]
    """Our shape -> the attributes that are the same pose."""
    problems: tuple[str, ...]
    """Why it is bad; empty for a good one. A bad fit is not baked unless it was accepted."""
    notes: tuple[str, ...]


def fit_rig(
    character: Name | None,
    landmarks: Mapping[str, int | str],
    rig_map: Name,
    *,
    meshes: Sequence[str] = (),
    attributes: Sequence[str] = (),
    seal: Mapping[str, float] | None = None,
    accept: bool = False,
    picture: Name | None = None,
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RigFit:
    """Find what the controls of a character must do, by shape; writes ``rig_map`` (JSON) and the fit beside it.

    In Maya ``character`` is a namespace or any node of it (None: the selection), its ``attributes`` (default: all) are
    moved through their ranges and put back, and landmarks are ``"face.vtx[12]"``. Outside it is a rig's file and
    landmarks are vertices. ``seal`` is the pose that closes a mouth which rests open. Raises :class:`A2FError`.
    """
    target = Path(rig_map)
    fit_file = target.with_name(f"{target.stem}{FIT_ENDING}")
    taken = [path for path in (target, fit_file, *([Path(picture)] if picture is not None else [])) if path.exists()]
    if taken and not overwrite:
        raise UserError(
            f"'{taken[0]}' is there already.", code="output.exists", hint="Give overwrite=True, or another name."
        )
    with Session(on_progress=on_progress, cancelled=cancelled) as session, tempfile.TemporaryDirectory() as folder:
        steps = _fitted(character, landmarks, meshes, attributes, cancelled)
        rig, description, marks = api.drive(steps, session, on_progress=on_progress, cancelled=cancelled)
        described = Path(folder) / f"rig{ENDING}"
        write_rig_description(description, described)
        fields = {
            "rig": str(described),
            "head_folder": str(HEAD_FOLDER),
            "landmarks": marks,
            "seal": dict(seal or {}),
            "path": str(fit_file.absolute()),
            "picture": "" if picture is None else str(Path(picture).absolute()),
            "accept": accept,
        }
        reply = api.drive(asked(WorkerRequest("fit", fields)), session, on_progress=on_progress, cancelled=cancelled)
    write_rig_map(signed(RigMap(rig.name, {}, fit=fit_file.name), rig), target)
    return RigFit(
        target,
        fit_file,
        reply.numbers("regions"),
        {str(name): float(share) for name, share in reply.items("controls")},
        {name: tuple(map(str, same)) for name, same in reply.table("matched").items()},
        reply.texts("problems"),
        reply.texts("notes"),
    )


def _fitted(
    character: Name | None,
    landmarks: Mapping[str, int | str],
    meshes: Sequence[str],
    attributes: Sequence[str],
    cancelled: Callable[[], bool] | None,
) -> Steps[tuple[Rig, RigDescription, dict[str, int]]]:
    """The rig, its description, and landmarks by vertex that the description does not hold."""
    if in_maya():
        from maya_a2f.host.maya.find_character import find_character
        from maya_a2f.host.maya.sampling import sampled_rig

        def go_on(done: int, total: int, name: str) -> bool:
            del done, total, name
            return cancelled is None or not cancelled()

        yield Progress("Moving the controls", 0, 0)
        found = find_character(None if character is None else str(character))
        named = {name: str(place) for name, place in landmarks.items()}
        description = sampled_rig(found, meshes=meshes, attributes=attributes, landmarks=named, progress=go_on)
        return found.rig(), description, dict(description.landmarks)
    if character is None:
        raise UserError("No rig was named.", code="rig.none", hint="Give the path of a rig's file.")
    opened = yield from open_character(Path(character))
    if cancelled is not None and cancelled():
        raise Cancelled
    return opened.rig, opened.description(skins=True), {name: _vertex(name, place) for name, place in landmarks.items()}


def _vertex(name: str, place: int | str) -> int:
    if isinstance(place, bool) or not isinstance(place, int):
        raise UserError(
            f"The landmark '{name}' is {place!r}; in a file a landmark is the number of a vertex.",
            code="fit.landmarks",
            hint="Names such as face.vtx[12] are for a running Maya.",
        )
    return place
