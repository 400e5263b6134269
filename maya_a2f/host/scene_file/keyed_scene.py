"""The host that puts keys into a scene that is there: ``character.ma`` in, a keyed copy out, nothing else changed.

New are animation curves and their connections, the sound, and one node that says what made the keys. A curve that is
there loses its keys within the take and keeps those outside of it. The playback range grows to hold the take. What is
locked or driven by something else is left as it is, and named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.core.bake_plan import plan_bake
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.ports import AudioNode, BakeReport, Timeline
from maya_a2f.core.project_paths import marked_path, moved_in_project, unmarked_path
from maya_a2f.core.result_record import record_texts
from maya_a2f.core.rig import KeyedCurve, Rig
from maya_a2f.errors import HostError
from maya_a2f.host.scene_file.ma_reader import read_scene
from maya_a2f.host.scene_file.ma_scene import Scene, SceneNode, node_of_plug
from maya_a2f.host.scene_file.ma_text import exact_number, node_name
from maya_a2f.host.scene_file.ma_writer import SceneText
from maya_a2f.host.scene_file.node_names import FreeNames
from maya_a2f.host.scene_file.scene_character import SceneCharacter, scene_character
from maya_a2f.host.scene_file.scene_parts import (
    CONFIGURATION_NODE,
    METADATA_NODE,
    PLAYBACK_NODE,
    sound_node,
    sound_path,
    write_audio,
    write_configuration,
    write_metadata,
    write_playback_script,
)
from maya_a2f.host.scene_file.scene_rerun import CurveKeys, FileBakeOptions
from maya_a2f.host.scene_file.scene_results import SceneResult, scene_results

_RANGE_FLAG = re.compile(r"-(min|max|ast|aet) (-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


class KeyedSceneHost:
    """Bakes onto the character of a scene file, into a copy of the file."""

    def __init__(
        self,
        source: Path,
        path: Path,
        *,
        namespace: str | None = None,
        overwrite: bool = False,
        options: FileBakeOptions | None = None,
    ) -> None:
        """Reads ``source``; it may be the same file as ``path``, which is then renewed.

        Raises :class:`HostError` ``scene.*`` or ``character.*``.
        """
        self._path = path
        self._overwrite = overwrite
        self._options = options or FileBakeOptions()
        self._source = source
        self._namespace = namespace
        self._scene = read_scene(source)
        self.character = scene_character(self._scene, source.stem, namespace)

    def rig(self) -> Rig:
        """What the character offers."""
        return self.character.rig()

    @property
    def scene(self) -> Scene:
        """The scene as it was read; not to be changed."""
        return self._scene

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """Write the keyed copy, whole or not at all; see :class:`maya_a2f.core.ports.Host`.

        Raises :class:`HostError` ``file.exists``, ``scene.other_rate``, ``scene.letters`` and what reading raises.
        """
        if self._path.exists() and not self._overwrite:
            raise HostError(
                f"'{self._path}' exists already.",
                code="file.exists",
                hint="Choose another name, or allow overwriting it.",
            )
        scene = read_scene(self._source)
        character = scene_character(scene, self._source.stem, self._namespace)
        if audio is not None:
            audio = replace(audio, path=marked_path(audio.path, self._path))
        report = key_scene(
            scene, character, curves, timeline=timeline, audio=audio, metadata=metadata, options=self._options
        )
        write_atomically(self._path, scene.to_bytes())
        return report


def key_scene(
    scene: Scene,
    character: SceneCharacter,
    curves: Sequence[KeyedCurve],
    *,
    timeline: Timeline,
    audio: AudioNode | None = None,
    metadata: Mapping[str, str] | None = None,
    options: FileBakeOptions | None = None,
) -> BakeReport:
    """Put keys, sound and range into a scene, in place; ``character`` was read from that very scene.

    Raises :class:`HostError` ``scene.other_rate``, ``scene.letters`` or ``scene.damaged``; then the scene is not to be
    used any more.
    """
    _check_rate(scene, timeline)
    plan = plan_bake(character.rig(), curves)
    attributes = {item.name: item for item in character.attributes}
    options = options or FileBakeOptions()
    result = options.result or (sound_path(audio).rpartition("/")[2] if audio is not None else "")
    earlier = next((item for item in scene_results(scene) if item.name == result), None)
    if earlier is None and options.scope is not None:
        raise _no_result(scene, result)
    if earlier is not None and options.scope is not None and options.scope.is_part:
        metadata = None  # what made the whole still holds for the whole
    names = FreeNames(scene)
    added = SceneText("", scene.time_unit, {})
    keys = CurveKeys(scene, added, names, options, earlier, character.attributes)
    for curve in plan.curves:
        keys.add(attributes[curve.attribute], curve)
    notes = list(character.notes)
    if keys.beside:
        notes.append(f"{keys.beside} keys outside of the take stay as they were.")
    notes += _add_playback(scene, added, names, timeline, audio)
    if metadata or keys.records:
        renewed = {record.attribute for record in keys.records}
        old = [record for record in (earlier.records if earlier else ()) if record.attribute not in renewed]
        offset = audio.offset_frame if audio is not None else 0.0
        texts = record_texts(
            _recorded_name(scene, character, earlier), result, [*old, *keys.records], audio_offset_frame=offset
        )
        _add_metadata(scene, added, names, earlier, {**texts, **(metadata or {})})
    scene.append_nodes(added.node_statements)
    if added.connection_statements:
        scene.append_connections(added.connection_statements)
    written = tuple(record.attribute for record in keys.records)
    return BakeReport(written, (*plan.skipped, *keys.skipped), tuple(notes), keys.key_count, tuple(keys.kept))


def _check_rate(scene: Scene, timeline: Timeline) -> None:
    if scene.rate != timeline.rate:
        raise HostError(
            f"'{scene.name}' runs at {describe_rate(scene.rate)} frames per second, the take at "
            f"{describe_rate(timeline.rate)}.",
            code="scene.other_rate",
            hint="Leave --fps out: the scene's rate is used.",
        )


def _add_playback(
    scene: Scene, added: SceneText, names: FreeNames, timeline: Timeline, audio: AudioNode | None
) -> list[str]:
    """Sound, range, and the script that shows the sound; returns remarks."""
    sound = None
    if audio is not None:
        sound = _same_sound(scene, audio)
        if sound is None:
            sound = names.free(sound_node(audio))
            write_audio(added, sound, audio)
    notes = _widen_range(scene, added, timeline)
    if sound is not None:
        script = SceneText("", "", {})
        write_playback_script(script, sound)
        present = [node for node in scene.find_nodes(PLAYBACK_NODE) if node.type == "script"]
        if present:
            old = [item for item in present[0].attributes if item.name in (".b", ".st")]
            scene.replace_statements(present[0], old, script.node_statements[1:])
        else:
            write_playback_script(added, sound)
    return notes


def _same_sound(scene: Scene, audio: AudioNode) -> str | None:
    """The node that plays this file from this frame already, or did so where the project lay before: then it plays
    it from here."""
    path = sound_path(audio)
    there = [node for node in scene.of_type("audio") if abs(node.number(".o", 0.0) - audio.offset_frame) < 1e-6]
    for node in there:
        if unmarked_path(node.string(".f")) == unmarked_path(path):
            return node.name
    for node in there:
        file = node.find(".f")
        if file is not None and moved_in_project(node.string(".f"), path):
            fresh = SceneText("", "", {})
            fresh.set_string(".f", path)
            scene.replace_statements(node, [file], fresh.node_statements)
            return node.name
    return None


def _widen_range(scene: Scene, added: SceneText, timeline: Timeline) -> list[str]:
    found = [node for node in scene.of_type("script") if node.name.endswith(CONFIGURATION_NODE)]
    if not found:
        write_configuration(added, timeline)
        return []
    before = scene.playback
    attribute = found[0].find(".b")
    if before is None or attribute is None:
        return [f"The playback range was left alone: the script '{found[0].name}' does not set it plainly."]
    first, last = timeline.first_frame, timeline.last_frame

    def widened(match: re.Match[str]) -> str:
        flag, number = match.group(1), float(match.group(2))
        if flag in ("min", "ast"):
            return match.group(0) if number <= first else f"-{flag} {exact_number(first)}"
        return match.group(0) if number >= last else f"-{flag} {exact_number(last)}"

    source = attribute.statement.source
    changed = _RANGE_FLAG.sub(widened, attribute.text)
    if changed == attribute.text:
        return []
    attribute.statement.source = source[: attribute.value_start] + changed + source[attribute.value_end :]
    old = f"{exact_number(before[0])}-{exact_number(before[1])}"
    new = f"{exact_number(min(before[0], first))}-{exact_number(max(before[1], last))}"
    return [f"The playback range was widened from {old} to {new}." if old != new else "The time range was widened."]


def _no_result(scene: Scene, name: str) -> HostError:
    known = ", ".join(f"'{item.name}'" for item in scene_results(scene))
    return HostError(
        f"'{scene.name}' has no result '{name}' that could be renewed.",
        code="result.missing",
        hint=f"Results in it: {known}; name one of them."
        if known
        else "Earlier versions kept no record of their keys: write the scene anew once.",
    )


def _recorded_name(scene: Scene, character: SceneCharacter, earlier: SceneResult | None) -> str:
    """What Maya will call the character: its namespace, else its topmost node."""
    if earlier is not None:
        return earlier.character
    nodes = [scene.node(node_of_plug(attribute.plug)) for attribute in character.attributes]
    path = next((node.path for node in nodes if node.path.startswith("|")), "")
    name = path.split("|")[1] if path else character.name
    return name.rpartition(":")[0] or name


def _add_metadata(
    scene: Scene, added: SceneText, names: FreeNames, earlier: SceneResult | None, metadata: Mapping[str, str]
) -> None:
    """What made the keys; the earlier answer to the same question is replaced."""
    node = earlier.node if earlier is not None else _nameless(scene)
    if node is None:
        write_metadata(added, names.free(METADATA_NODE), metadata)
        return
    fresh = SceneText("", "", {})
    write_metadata(fresh, METADATA_NODE, metadata)
    wanted = {f".{node_name(name)}" for name in metadata}
    known = {item.name for item in node.attributes}
    old = [item for item in node.attributes if item.name in wanted]
    sources = [
        source
        for source in fresh.node_statements[1:]
        if "setAttr" in source.split('"')[0] or not any(f'"{name[1:]}"' in source for name in known)
    ]
    scene.replace_statements(node, old, sources)


def _nameless(scene: Scene) -> SceneNode | None:
    """The node of a version that kept no record of curves."""
    ours = {item.node.name for item in scene_results(scene)}
    return next(
        (node for node in scene.find_nodes(METADATA_NODE) if node.type == "network" and node.name not in ours), None
    )
