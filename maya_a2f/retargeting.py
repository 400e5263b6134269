"""Take + rig map -> tracks for a rig: the one door, whether the map drives attributes line by line or names a fit.

A map without a fit is applied here, on the standard library. One with a fit is solved in the worker, from the network
output of the take where that is still in the cache and from the take's weights where it is not. A line that the map has
for an attribute is stronger than the fit; a muted line leaves the attribute alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from maya_a2f import settings
from maya_a2f.core.retarget import RetargetResult, retargeted
from maya_a2f.core.rig import AttributeTrack, Rig, RigAttribute
from maya_a2f.core.rig_map import RigMap
from maya_a2f.core.take import Take, take_bytes
from maya_a2f.errors import UserError
from maya_a2f.link.blob import Blob
from maya_a2f.steps import Steps, WorkerRequest, asked

_HEAD_FOLDER = Path(__file__).resolve().parent / "presets" / "default_head"
"""The head that takes belong to."""


def retarget(take: Take, rig_map: RigMap, rig: Rig, folder: Path | None = None) -> Steps[RetargetResult]:
    """What each attribute of ``rig`` does in ``take``. ``folder`` is where the map's file lies, and its fit beside it;
    None is the one that the map was read from.

    Raises :class:`UserError` ``fit.*``, among them ``fit.poor`` for a fit that came out badly and that nobody accepted.
    """
    mapped = retargeted(take, rig_map, rig)
    if rig_map.fit is None:
        return mapped
    reply = yield from asked(
        WorkerRequest(
            "retarget",
            {
                "fit": str(fit_path(rig_map, folder or rig_map.folder)),
                "head_folder": str(_HEAD_FOLDER),
                "cache_folder": str(settings.cache_folder()),
            },
            {"take": Blob.of(take_bytes(take))},
        )
    )
    names = [str(name) for name in reply.items("attributes")]
    values = reply.blob("values", "f8").to_array()
    count = take.frame_count
    solved = {name: values[count * at : count * (at + 1)] for at, name in enumerate(names)}
    notes = tuple(str(note) for note in reply.items("notes"))
    followed = [tuple(map(str, channels)) for channels in reply.items("channels")]
    return _joined(mapped, solved, dict(zip(names, followed, strict=True)), rig_map, rig, notes)


def fit_path(rig_map: RigMap, folder: Path | None) -> Path:
    """The file that the map names. Raises :class:`UserError` ``fit.missing`` where no folder is known or the name is
    none, and ``fit.none`` for a map without a fit."""
    if rig_map.fit is None:
        raise UserError(f"The rig map '{rig_map.name}' names no fit.", code="fit.none", hint="Fit the rig first.")
    if folder is None:
        raise UserError(
            f"The rig map '{rig_map.name}' names the fit '{rig_map.fit}', and where that lies is not known.",
            code="fit.missing",
            hint="Save the map beside its fit and give its path.",
        )
    if Path(rig_map.fit).name != rig_map.fit:
        raise UserError(
            f"The rig map '{rig_map.name}' names the fit '{rig_map.fit}', which is no plain file name.",
            code="fit.missing",
            hint="A fit lies beside its map; write its name without a folder.",
        )
    return folder / rig_map.fit


def _joined(
    mapped: RetargetResult,
    solved: Mapping[str, array[float]],
    followed: Mapping[str, tuple[str, ...]],
    rig_map: RigMap,
    rig: Rig,
    notes: tuple[str, ...],
) -> RetargetResult:
    attributes = {attribute.name: attribute for attribute in rig.attributes}
    own = {track.attribute for track in mapped.tracks} | set(mapped.muted_attributes)
    tracks: list[AttributeTrack] = []
    missing: list[str] = []
    for name, samples in solved.items():
        attribute = attributes.get(name)
        if attribute is None:
            missing.append(name)
        elif name not in own:
            tracks.append(AttributeTrack(name, attribute.kind, _held(samples, attribute)))
    silent = tuple(name for name in mapped.silent_attributes if name not in solved)
    return replace(
        mapped,
        tracks=(*mapped.tracks, *tracks),
        missing_attributes=(*mapped.missing_attributes, *missing),
        silent_attributes=silent,
        notes=(*mapped.notes, *notes),
        channels={**mapped.channels, **{track.attribute: followed[track.attribute] for track in tracks}},
    )


def _held(samples: array[float], attribute: RigAttribute) -> array[float]:
    if attribute.lowest is None and attribute.highest is None:
        return samples
    floor = float("-inf") if attribute.lowest is None else attribute.lowest
    ceiling = float("inf") if attribute.highest is None else attribute.highest
    return array("d", [min(ceiling, max(floor, value)) for value in samples])
