"""Where a script's keys go: a character of the running Maya, or outside Maya our own head in a scene file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from maya_a2f import outputs, settings
from maya_a2f.core.automatic_map import automatic_map
from maya_a2f.core.clip import Clip
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.head import Head, load_head
from maya_a2f.core.ports import Host
from maya_a2f.core.rig import Rig
from maya_a2f.core.rig_map import RigMap, read_rig_map, with_translations_scaled
from maya_a2f.core.rig_names import named_for
from maya_a2f.core.rig_signature import fit_of
from maya_a2f.core.take import Take
from maya_a2f.errors import HostError, UserError
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.host.scene_file.host import SceneFileHost
from maya_a2f.host.scene_file.keyed_scene import KeyedSceneHost
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.host.scene_file.scene_character import scene_character
from maya_a2f.host.scene_file.scene_rerun import FileBakeOptions
from maya_a2f.run import AnimateJob
from maya_a2f.scripting.job import AnimationJob

Channels = Mapping[str, tuple[str, ...]]
"""Attribute -> the take's channels that it follows, for the record."""
OWN_HEAD = "default"
_RATE_OUTSIDE = Fraction(30)
_START_OUTSIDE = 1.0
_NAMED = 5


@dataclass(frozen=True)
class Target:
    """A character, and the scene around it."""

    character: str
    rig: Rig
    rate: Fraction
    start_frame: float
    """Frame on which the clip starts."""
    sound_folder: Path
    """Where a copy of the sound goes."""
    host_for: Callable[[Channels], Host]
    """The host that writes attributes that follow these channels."""
    scene: Path | None = None
    """The scene file that is written, outside Maya."""
    files: tuple[Path, ...] = ()
    """Scene files that the character is in or comes from; its rig map may lie beside them."""
    direction: EmotionDirection | None = None
    """What the character's emotion control in Maya says."""


def in_maya() -> bool:
    """Whether this is Maya or mayapy.

    Raises :class:`HostError` ``script.not_started`` in a mayapy that has not been told to start.
    """
    try:
        from maya_a2f.host.maya import scene
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "maya":
            return False
        raise
    if not scene.is_running():
        raise HostError(
            "Maya has not been started in this mayapy.",
            code="script.not_started",
            hint="Call maya.standalone.initialize(name='python') first.",
        )
    return True


def find_target(job: AnimationJob) -> Target:
    """The character a job means. Raises :class:`A2FError`; nothing was changed."""
    return _maya_target(job) if in_maya() else _file_target(job)


def scene_rate(job: AnimationJob) -> Fraction:
    """Frames per second for a solve: the scene's, outside Maya the one asked for.

    Raises :class:`UserError` ``script.rate`` where a rate is asked for that is not the scene's.
    """
    given = job.given_rate()
    if not in_maya():
        return given or _RATE_OUTSIDE
    from maya_a2f.host.maya import scene

    rate = scene.rate()
    if given is not None and given != rate:
        raise UserError(
            f"The scene runs at {float(rate):g} frames per second, the script asks for {float(given):g}.",
            code="script.rate",
            hint="Leave rate= out: inside Maya the scene's rate always holds.",
        )
    return rate


def rig_of(character: str | None) -> Rig:
    """What a character offers. Raises :class:`HostError` as :func:`find_target`."""
    if not in_maya():
        if _is_scene(character):
            source = Path(str(character))
            return scene_character(read_scene(source), source.stem).rig()
        _check_own_head(character)
        return head_rig(load_head(outputs.HEAD_FOLDER))
    from maya_a2f.host.maya.find_character import find_character

    return find_character(character).rig()


def character_files(job: AnimationJob) -> tuple[Path, ...]:
    """The scene that a job names outside Maya; its rig map may lie beside it."""
    return (Path(str(job.character)).absolute(),) if _is_scene(job.character) and not in_maya() else ()


def _is_scene(character: str | None) -> bool:
    return character is not None and character.lower().endswith(".ma")


@dataclass(frozen=True)
class ChosenMap:
    """The map that drives a rig."""

    rig_map: RigMap
    notes: tuple[str, ...] = ()
    """What is worth knowing about the choice, as sentences."""
    folder: Path | None = None
    """Where its file lies, and its fit beside it."""


def map_for(
    rig: Rig, given: RigMap | None, take: Take, scenes: Sequence[Path] = (), given_folder: Path | None = None
) -> ChosenMap:
    """The map that drives a rig: the one given, under the rig's names; else the one saved for it (beside ``scenes``, in
    the studio's or the user's folder); else the one that ships, for our own head; else by name.

    Raises :class:`UserError` ``rig_map.no_match`` or ``rig_map.other_rig`` when it would drive nothing.
    """
    if given is not None:
        if fit_of(given, rig) == "not" and given.fit is None:
            raise UserError(
                f"The rig map '{given.name}' fits nothing of '{rig.name}': it drives {_some(list(given.drives))}; "
                f"the character has {_some([attribute.name for attribute in rig.attributes])}.",
                code="rig_map.other_rig",
                hint="Use the map that was made for this character.",
            )
        return ChosenMap(named_for(given, rig), folder=given_folder)
    own = read_rig_map(outputs.HEAD_FOLDER / "rig_map.json")
    found = automatic_map(rig, tuple(take.tracks), settings.rig_map_folders(*scenes), (own,))
    if found.path is None and found.rig_map == own:
        ratio = outputs.Scene(AnimateJob(Clip(""), ()), take).size_ratio
        return ChosenMap(own if ratio == 1.0 else with_translations_scaled(own, ratio), found.notes)
    if not found.rig_map.drives and not found.rig_map.joints and found.rig_map.fit is None:
        raise UserError(
            f"Nothing of '{rig.name}' is named like a channel: it has {len(rig.attributes)} attributes such as "
            f"{_some([attribute.name for attribute in rig.attributes])}; channels are {_some(list(take.tracks))}.",
            code="rig_map.no_match",
            hint="Make a rig map in the panel and give rig_map='my_rig.json'.",
        )
    return ChosenMap(found.rig_map, (*found.notes, *([found.asked] if found.asked else [])))


def _some(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_NAMED])
    return f"{shown}{' …' if len(names) > _NAMED else ''}" if names else "nothing"


def _maya_target(job: AnimationJob) -> Target:
    from maya_a2f.host.maya import scene
    from maya_a2f.host.maya.bake import BakeOptions
    from maya_a2f.host.maya.emotion_control import control_of, read_control
    from maya_a2f.host.maya.find_character import files_of, find_character
    from maya_a2f.host.maya.host import MayaHost
    from maya_a2f.host.maya.layers import LayerChoice

    if job.save_as is not None:
        raise UserError(
            "save_as= is for use outside Maya.",
            code="script.option",
            hint="Save with cmds.file(), or use maya_a2f.batch, which opens and saves scenes.",
        )
    rate = scene_rate(job)
    character = find_character(job.character)
    layer = None if not job.layer else LayerChoice(job.layer, job.new_layer, job.override_layer)

    def host_for(channels: Channels) -> Host:
        options = BakeOptions(
            mode="insert" if job.mode == "insert" else "replace",
            layer=layer,
            weighted=job.weighted,
            force=job.force,
            result=job.result,
            fit_range=job.fit_range,
            channels=channels,
            keep_existing=frozenset(job.keep_existing),
            scope=job.scope(),
        )
        return MayaHost(character, options)

    start = job.wanted_start()
    start = scene.first_frame() if start is None else start
    control = None if job.has_own_emotion else control_of(character.name)
    return Target(
        character.name,
        character.rig(),
        rate,
        start,
        scene.sound_folder(settings.cache_folder() / "sound"),
        host_for,
        direction=None if control is None else read_control(control, start),
        files=files_of(character),
    )


def _file_target(job: AnimationJob) -> Target:
    if not _is_scene(job.character):
        _check_own_head(job.character)
    if job.save_as is None:
        raise UserError(
            "There is no scene to write to: this is not Maya.",
            code="script.no_scene",
            hint="Run this in Maya or mayapy, or give save_as='line.ma' for a new scene with our own head.",
        )
    path = Path(job.save_as).absolute()
    start = job.wanted_start()
    start = _START_OUTSIDE if start is None else start
    source = Path(str(job.character)) if _is_scene(job.character) else None
    rate = scene_rate(job) if source is None else _rate_of_file(job, source)
    may_replace = job.overwrite or job.rerun
    plain = AnimateJob(job.clip_at(start), (path,), job.solve_settings(rate), overwrite=may_replace)
    outputs.check(plain)
    if path.suffix.lower() != ".ma":
        raise UserError(f"'{path}' is no .ma scene.", code="script.option", hint="Give save_as='line.ma'.")
    if source is not None:
        rig = rig_of(job.character)
        files = character_files(job)
        return Target(rig.name, rig, rate, start, path.parent, lambda m: _copy_host(job, source, path, m), path, files)
    head = load_head(outputs.HEAD_FOLDER)
    return Target(
        OWN_HEAD,
        head_rig(head),
        rate,
        start,
        path.parent,
        lambda channels: _file_host(job, path, head, channels),
        path,
    )


def _rate_of_file(job: AnimationJob, source: Path) -> Fraction:
    given, rate = job.given_rate(), read_scene(source).rate
    if given is not None and given != rate:
        raise UserError(
            f"'{source}' runs at {float(rate):g} frames per second, the script asks for {float(given):g}.",
            code="script.rate",
            hint="Leave rate= out: the scene's rate always holds.",
        )
    return rate


def _copy_host(job: AnimationJob, source: Path, path: Path, channels: Channels) -> Host:
    """A keyed copy of a character's scene; for a second run the copy that is there."""
    scope = replace(job.scope(), takes_all=True) if job.force else job.scope()
    is_again = job.rerun and path.exists()
    kept = frozenset(job.keep_existing)
    options = FileBakeOptions(job.result, channels, scope if is_again else None, kept)
    return KeyedSceneHost(path if is_again else source, path, overwrite=job.overwrite or job.rerun, options=options)


def _file_host(job: AnimationJob, path: Path, head: Head, channels: Channels) -> Host:
    """A new scene; for a second run the one that is there."""
    if job.rerun and path.exists():
        options = FileBakeOptions(
            job.result,
            channels,
            replace(job.scope(), takes_all=True) if job.force else job.scope(),
            frozenset(job.keep_existing),
        )
        return KeyedSceneHost(path, path, overwrite=True, options=options)
    return SceneFileHost(path, head, overwrite=job.overwrite, channels=channels, result=job.result)


def _check_own_head(character: str | None) -> None:
    if character not in (None, OWN_HEAD):
        raise UserError(
            f"The character '{character}' can only be found in Maya, and this is not Maya.",
            code="script.no_scene",
            hint=f"Run this in Maya or mayapy; outside, give '{OWN_HEAD}' (our own head) or a .ma scene, and use "
            "'a2f animate --rig' for other files.",
        )
