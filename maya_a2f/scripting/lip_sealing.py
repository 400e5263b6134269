"""A map by name that keeps a character's lips as far apart as ours, measured on its own shapes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maya_a2f import api, outputs, settings
from maya_a2f.characters import ENDINGS, choose_map, open_character
from maya_a2f.core.automatic_map import automatic_map
from maya_a2f.core.head import load_head
from maya_a2f.core.lip_seal import lip_openings, lip_shapes, sealed_unasked
from maya_a2f.core.readiness import STANDARD_CHANNELS
from maya_a2f.core.rig_description import RigDescription
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.core.rig_names import named_for
from maya_a2f.errors import UserError
from maya_a2f.scripting.job import Name
from maya_a2f.scripting.series import Session
from maya_a2f.scripting.target import in_maya


@dataclass(frozen=True)
class LipSeal:
    """What came of it; ``maya_a2f.animate(clip, "bob", rig_map=maya_a2f.seal_lips("bob").rig_map)`` uses it."""

    rig_map: RigMap
    note: str
    """What was corrected, or why nothing was."""


def seal_lips(character: Name | None = None, rig_map: Name | RigMap | None = None) -> LipSeal:
    """The character's map (the one given, else as :func:`~maya_a2f.scripting.animate` would choose) with a ``jawOpen``
    that keeps the lips as ours are. In Maya the shapes that the map drives are moved once and put back; outside
    ``character`` is a file. Raises :class:`~maya_a2f.errors.A2FError`."""
    given = rig_map if rig_map is None or isinstance(rig_map, RigMap) else read_rig_map(Path(rig_map))
    found, described = _in_maya(character, given) if in_maya() else _of_file(character, given)
    made, note = sealed_unasked(found, lip_openings(load_head(outputs.HEAD_FOLDER)), described)
    return LipSeal(made, note or "The lips close as ours do, or the map sees to them already.")


def _in_maya(character: Name | None, given: RigMap | None) -> tuple[RigMap, RigDescription]:
    from maya_a2f.host.maya.find_character import files_of, find_character
    from maya_a2f.host.maya.sampling import sampled_rig

    scanned = find_character(None if character is None else str(character))
    rig = scanned.rig()
    if given is None:
        own = read_rig_map(outputs.HEAD_FOLDER / "rig_map.json")
        chosen = automatic_map(rig, STANDARD_CHANNELS, settings.rig_map_folders(*files_of(scanned)), (own,)).rig_map
    else:
        chosen = named_for(given, rig)
    shapes = lip_shapes(chosen, rig)
    if not shapes:
        raise UserError(
            f"The rig map '{chosen.name}' drives no shapes of '{scanned.name}': its lips cannot be measured.",
            code="seal.no_shapes",
            hint="Fit the rig by shape (maya_a2f.fit_rig): that watches the lips of joints, too.",
        )
    return chosen, sampled_rig(scanned, attributes=shapes)


def _of_file(character: Name | None, given: RigMap | None) -> tuple[RigMap, RigDescription]:
    if character is None or not str(character).lower().endswith(ENDINGS):
        raise UserError(
            "No character's file was named.",
            code="rig.none",
            hint=f"Outside Maya give a file: {', '.join(ENDINGS)}.",
        )
    with Session() as session:
        opened = api.drive(open_character(Path(character)), session)
    if given is not None:
        return named_for(given, opened.rig), opened.description()
    return choose_map(opened, None, STANDARD_CHANNELS, seal=False).rig_map, opened.description()
