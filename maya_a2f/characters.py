"""Characters in files: what one offers, which map drives it, and what it looks like; ``--rig`` and ``a2f rig``.

A Maya scene (``.ma``) takes keys and can be described; a described rig (``NAME.a2frig.npz``, a plain ``.npz``, glTF,
USD) can be exported. glTF and USD are read in the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from maya_a2f import settings
from maya_a2f.core.automatic_map import AutomaticMap, automatic_map
from maya_a2f.core.channels import ChannelKind
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.head import load_head
from maya_a2f.core.lip_seal import JAW_OPEN, MOUTH_CLOSE, lip_openings, sealed_unasked
from maya_a2f.core.matching import MatchReport, report_of
from maya_a2f.core.plain_npz_rig import read_npz_rig
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_description import RigDescription, rig_description_from_bytes
from maya_a2f.core.rig_map import RigMap, read_rig_map
from maya_a2f.core.rig_names import named_for
from maya_a2f.core.rig_signature import fit_of
from maya_a2f.errors import UserError
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.host.scene_file.ma_scene import Scene
from maya_a2f.host.scene_file.scene_character import SceneCharacter, scene_character
from maya_a2f.host.scene_file.scene_description import scene_description
from maya_a2f.host.scene_file.scene_results import scene_results
from maya_a2f.steps import Steps, WorkerRequest, asked

SCENES = (".ma", ".mb")
WORKER_FILES = (".gltf", ".glb", ".vrm", ".usd", ".usda", ".usdc", ".usdz")
ENDINGS = (".ma", ".npz", *WORKER_FILES)
_SHIPPED_MAP = Path(__file__).resolve().parent / "presets" / "default_head" / "rig_map.json"
_NAMED = 5


@dataclass(frozen=True)
class ChosenMap:
    """The map that drives a character, and where it comes from."""

    report: MatchReport
    """The map, and what it leaves open."""
    folder: Path | None
    """Where its file lies; None for one made here."""
    how: str
    """In words: "by the map 'bob.json'", "matched by name"."""
    notes: tuple[str, ...] = ()

    @property
    def rig_map(self) -> RigMap:
        """The map, under the rig's names."""
        return self.report.rig_map


class CharacterFile:
    """A character in a file."""

    def __init__(self, path: Path, rig: Rig, source: tuple[Scene, SceneCharacter] | RigDescription) -> None:
        self.path = path
        self.rig = rig
        self._source = source

    @property
    def is_scene(self) -> bool:
        """Whether it is a Maya scene, which can take keys."""
        return not isinstance(self._source, RigDescription)

    @property
    def rate(self) -> Fraction | None:
        """A scene's frames per second; None for other files, which have none. Raises ``scene.unit``."""
        return None if isinstance(self._source, RigDescription) else self._source[0].rate

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of the file."""
        return self._source.notes if isinstance(self._source, RigDescription) else self._source[1].notes

    @property
    def blocked(self) -> dict[str, str]:
        """Attribute -> why it cannot be keyed."""
        if isinstance(self._source, RigDescription):
            return {item.attribute: "it is locked" for item in self._source.controls if item.locked}
        return {item.name: item.blocked for item in self._source[1].attributes if item.blocked and not item.follows}

    @property
    def animated(self) -> tuple[str, ...]:
        """Attributes that have keys already which are none of ours."""
        if isinstance(self._source, RigDescription):
            return ()
        scene, character = self._source
        ours = {record.attribute for result in scene_results(scene) for record in result.records}
        return tuple(item.name for item in character.attributes if item.curve is not None and item.name not in ours)

    def description(self, *, skins: bool = False) -> RigDescription:
        """The face as a fit and an export see it; ``skins``: what a scene's joints do to it, too.

        Raises :class:`UserError` ``rig.*``.
        """
        if isinstance(self._source, RigDescription):
            return self._source
        return scene_description(*self._source, skins=skins)


def open_character(path: Path, namespace: str | None = None) -> Steps[CharacterFile]:
    """Read a character's file.

    Raises :class:`UserError` ``rig.*``, ``npz.*`` or ``rig_description.*``, :class:`HostError` ``scene.*`` or
    ``character.*``, :class:`EngineError` ``usd.missing``.
    """
    ending = path.suffix.lower()
    if ending in SCENES:
        scene = read_scene(path)
        character = scene_character(scene, path.stem, namespace)
        return CharacterFile(path, character.rig(), (scene, character))
    if namespace is not None:
        raise UserError(
            f"A namespace is chosen in Maya scenes, and '{path}' is none.",
            code="rig.namespace",
            hint="Leave --namespace out.",
        )
    if ending == ".npz":
        described = read_npz_rig(path)
    elif ending in WORKER_FILES:
        reply = yield from asked(WorkerRequest("rig_read", {"path": str(path.absolute())}))
        described = rig_description_from_bytes(bytes(reply.blob("description", "u1").data), str(path))
    else:
        raise UserError(
            f"'{path}' has no ending that names a rig's format.",
            code="rig.format",
            hint=f"Use {', '.join(ENDINGS)}.",
        )
    return CharacterFile(path, rig_of(described), described)


def check_rate(character: CharacterFile, rate: Fraction, outputs: Sequence[Path]) -> None:
    """Refuse a rate that is not the scene's, where a keyed copy of it is wanted. Raises ``rate.not_the_scenes``."""
    if character.rate is not None:
        check_scene_rate(character.path, character.rate, rate, outputs)


def check_scene_rate(
    scene: Path, own: Fraction, rate: Fraction, outputs: Sequence[Path], *, option: str = "--fps"
) -> None:
    """As :func:`check_rate`, of a scene whose ``own`` rate is known; ``option`` is what the rate is given by."""
    if own == rate or not any(path.suffix.lower() == ".ma" for path in outputs):
        return
    words = describe_rate(own)
    raise UserError(
        f"'{scene}' runs at {words} frames per second, {describe_rate(rate)} are asked for.",
        code="rate.not_the_scenes",
        hint=f"Leave {option} out, or give {option} {words}.",
    )


def rig_of(described: RigDescription) -> Rig:
    """What a description offers to be driven: every control that is not locked."""
    return Rig(
        described.name,
        tuple(
            RigAttribute(item.attribute, _kind(item.kind), item.rest, item.lowest, item.highest)
            for item in described.controls
            if not item.locked
        ),
    )


def choose_map(
    character: CharacterFile, given: Path | None, channels: Iterable[str], *, seal: bool = True
) -> ChosenMap:
    """The map given; else one saved for the character (beside it, in the studio's or the user's folder); else by name.

    ``seal``: one by name keeps the lips as far apart as ours, where its shapes show clearly what they are.
    Raises :class:`UserError` ``rig_map.*``: among them ``rig_map.other_rig`` and ``rig_map.no_match`` for a map that
    would drive nothing.
    """
    rig, wanted = character.rig, tuple(channels)
    if given is not None:
        rig_map = read_rig_map(given)
        if fit_of(rig_map, rig) == "not" and rig_map.fit is None:
            raise UserError(
                f"The rig map '{given}' fits nothing of '{character.path.name}': it drives "
                f"{_some([*rig_map.drives, *rig_map.joints.drives])}; the character has {_some(_names(rig))}.",
                code="rig_map.other_rig",
                hint="Use the map that was made for this character.",
            )
        named = named_for(rig_map, rig)
        return ChosenMap(report_of(named, rig, wanted, "given"), given.absolute().parent, f"by the map '{given.name}'")
    own_head = read_rig_map(_SHIPPED_MAP)
    found = automatic_map(rig, wanted, settings.rig_map_folders(character.path.absolute()), (own_head,))
    if found.rig_map is own_head:
        return ChosenMap(found.report, _SHIPPED_MAP.parent, "by the map of our own head", found.notes)
    if found.path is None:
        found = _beside_animation(found, character)
    if not found.rig_map.drives and not found.rig_map.joints.drives and found.rig_map.fit is None:
        raise UserError(
            f"Nothing of '{character.path.name}' is named like a channel: it has {len(rig.attributes)} attributes such "
            f"as {_some(_names(rig))}; channels are {_some(wanted)}.",
            code="rig_map.no_match",
            hint="Fit it by shape ('a2f rig fit'), or write a rig map as docs/rigs.md shows and give --rig-map FILE.",
        )
    if found.path is None:
        found = _with_lips(found, character) if seal else found
        return ChosenMap(found.report, None, "matched by name", found.notes)
    return ChosenMap(found.report, found.path.absolute().parent, f"by the map '{found.path}'", found.notes)


def _beside_animation(found: AutomaticMap, character: CharacterFile) -> AutomaticMap:
    """The match by name without the joints that have keys of somebody's: those are left to them."""
    animated = {name.rpartition(".")[0] for name in character.animated}
    section = found.rig_map.joints
    left = [name for name in section.drives if name in animated]
    if not left:
        return found
    kept = {name: drive for name, drive in section.drives.items() if name not in animated}
    rig_map = replace(found.rig_map, joints=replace(section, drives=kept))
    have = "has" if len(left) == 1 else "have"
    note = f"{_some(left)} could follow the take and {have} keys already; a rig map that names them replaces these."
    return replace(found, report=replace(found.report, rig_map=rig_map), notes=(*found.notes, note))


def _with_lips(found: AutomaticMap, character: CharacterFile) -> AutomaticMap:
    """The match by name with the lips' opening measured on the character's own shapes."""
    followed = {channel for drive in found.rig_map.drives.values() if not drive.muted for channel in drive.gains}
    if not followed.issuperset((JAW_OPEN, MOUTH_CLOSE)):
        return found
    try:
        described = character.description()
    except UserError as error:
        return replace(found, notes=(*found.notes, f"Its lips were not measured: {error.message}"))
    rig_map, note = sealed_unasked(found.rig_map, lip_openings(load_head(_SHIPPED_MAP.parent)), described)
    if not note:
        return found
    return replace(found, report=replace(found.report, rig_map=rig_map), notes=(*found.notes, note))


def _names(rig: Rig) -> list[str]:
    return [attribute.name for attribute in rig.attributes]


def _kind(kind: str) -> ChannelKind:
    return "rotate" if kind == "rotate" else "translate" if kind == "translate" else "weight"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_NAMED])
    return f"{shown}{' …' if len(names) > _NAMED else ''}" if names else "nothing"
