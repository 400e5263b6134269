"""What the panel asks of Maya, answered by the module's own scan, bake and record (:mod:`maya_a2f.ui.panel_host`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya import cmds, utils
from maya.api import OpenMayaAnim

from maya_a2f import settings
from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.ports import AudioNode, BakeReport, Host, KeptKeys, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig, Triple
from maya_a2f.core.rig_description import RigDescription
from maya_a2f.errors import HostError
from maya_a2f.host.maya import emotion_control, following, scene, timeline
from maya_a2f.host.maya.bake_options import BakeOptions
from maya_a2f.host.maya.desktop import preferences
from maya_a2f.host.maya.desktop.characters import character_names, check_there, described, name_of, read_named
from maya_a2f.host.maya.desktop.playing import Player
from maya_a2f.host.maya.desktop.scene_watch import SceneWatch
from maya_a2f.host.maya.desktop.shown_values import ShownValues
from maya_a2f.host.maya.face_meshes import vertex_place
from maya_a2f.host.maya.fixes import apply_fixes
from maya_a2f.host.maya.host import MayaHost
from maya_a2f.host.maya.layers import LayerChoice, base_layer
from maya_a2f.host.maya.metadata import Result, audio_shift_frames, metadata_of, results_on, start_frame_of
from maya_a2f.host.maya.outside_stubs import current_frame
from maya_a2f.host.maya.plugs import plug_named
from maya_a2f.host.maya.removing import edit_of_record, remove_result
from maya_a2f.host.maya.sampling import sampled_rig
from maya_a2f.host.maya.scan import Character, read_character
from maya_a2f.host.maya.undo_step import one_step
from maya_a2f.host.maya.units import frame_of_ticks, outside_value, scene_rate, ticks_of_frame, time_of_ticks
from maya_a2f.ui.panel_host import Abilities, BakeChoice, BakedResult, FoundCharacter


class MayaPanelHost:
    """The running Maya. Main thread only."""

    def __init__(self) -> None:
        self._read: dict[str, Character] = {}
        """Characters by the name the panel knows them by, as they were read last."""
        self._values = ShownValues()
        self._player = Player()
        self._watches: list[SceneWatch] = []

    @property
    def title(self) -> str:
        """ "Maya 2026"."""
        return f"Maya {cmds.about(version=True)}"

    @property
    def abilities(self) -> Abilities:
        """Everything but files of its own; no sound and no picture without a window."""
        has_window = not cmds.about(batch=True)
        return Abilities(
            plays_sound=has_window, has_layers=True, picks_from_selection=True, writes_file=False, live_rig=has_window
        )

    # -- fitting by shape --------------------------------------------------------------------------------------------

    def picked_vertices(self) -> list[str]:
        """Selected vertices, ``mesh.vtx[12]``, each by itself."""
        return [name for name in cmds.ls(selection=True, flatten=True, long=True) or [] if ".vtx[" in name]

    def vertex_places(self, vertices: Mapping[str, str]) -> dict[str, Triple]:
        """Where picked vertices are in the world; those that are gone, or are no mesh's, are left out."""
        self.put_back()
        found = {name: vertex_place(vertex) for name, vertex in vertices.items()}
        return {name: place for name, place in found.items() if place is not None}

    def sample_rig(
        self,
        character: str,
        landmarks: Mapping[str, str],
        on_control: Callable[[int, int, str], bool],
        attributes: Sequence[str] = (),
    ) -> RigDescription:
        """See :func:`maya_a2f.host.maya.sampling.sampled_rig`; previews are put back first."""
        self.put_back()
        return sampled_rig(read_named(character), attributes=attributes, landmarks=landmarks, progress=on_control)

    def pose_values(self, character: str) -> dict[str, float]:
        """What every attribute of a character is now; its rests are those of when it was picked."""
        self.put_back()
        items = [item for item in self._known(character).attributes if not item.follows]
        plugs = {item.name: (plug_named(f"{item.node_path}.{item.plug}"), item.kind) for item in items}
        return {name: outside_value(plug.asDouble(), kind) for name, (plug, kind) in plugs.items() if plug is not None}

    # -- characters -------------------------------------------------------------------------------------------------

    def pick(self) -> FoundCharacter:
        """The selected character. Raises as :func:`maya_a2f.host.maya.scan.read_character`."""
        self.put_back()
        return self._keep(read_character())

    def characters(self) -> list[str]:
        """See :func:`maya_a2f.host.maya.desktop.characters.character_names`."""
        return character_names()

    def character(self, name: str) -> FoundCharacter:
        """Read a character anew. Raises :class:`HostError` ``character.gone`` or as ``read_character``."""
        self.put_back()
        return self._keep(read_named(name))

    def _keep(self, character: Character) -> FoundCharacter:
        self._read[name_of(character)] = character
        return described(character)

    def _known(self, name: str) -> Character:
        if name not in self._read:
            self._read[name] = read_named(name)
        return self._read[name]

    def fix(self, character: str, attributes: Sequence[str]) -> FoundCharacter:
        """Unlock, unmute, switch on, as one undo step. Raises :class:`HostError` ``maya.refused``."""
        self.put_back()
        apply_fixes(read_named(character), attributes)
        return self.character(character)

    # -- time and sound ---------------------------------------------------------------------------------------------

    def rate(self) -> Fraction:
        """Frames per second of the scene. Raises :class:`HostError` ``scene.rate``."""
        return scene_rate()

    def rates(self) -> list[Fraction]:
        """The scene's rate only."""
        return [scene_rate()]

    def set_rate(self, rate: Fraction) -> None:
        """Raises :class:`HostError` ``scene.rate_fixed`` for another rate than the scene's."""
        if rate != scene_rate():
            raise HostError(
                f"The scene runs at {describe_rate(scene_rate())} frames per second, not {describe_rate(rate)}.",
                code="scene.rate_fixed",
                hint="Change the frame rate in Maya's preferences under Time Slider; keys follow the scene's rate.",
            )

    def current_frame(self) -> float:
        """The frame shown."""
        return current_frame()

    def set_current_frame(self, frame: float) -> None:
        """Show a frame. Through the API: scrubbing leaves no undo steps."""
        OpenMayaAnim.MAnimControl.setCurrentTime(time_of_ticks(ticks_of_frame(frame, scene_rate())))

    def play(self, first_frame: float, last_frame: float) -> None:
        """Play the stretch; the playback range is put back when it stops."""
        self._player.play(first_frame, last_frame)

    def stop(self) -> None:
        """Stop playing."""
        self._player.stop()

    def sound_folder(self) -> Path:
        """See :func:`maya_a2f.host.maya.scene.sound_folder`; else in the cache folder."""
        return scene.sound_folder(settings.cache_folder() / "sound")

    def show_sound(self, audio: AudioNode) -> None:
        """Lay the sound on the time line, one undo step. Raises :class:`HostError` ``maya.refused``."""
        with one_step("sound"):
            node = timeline.lay_sound(audio)
        timeline.show_sound(node)
        self._sounds_changed()

    def _sounds_changed(self) -> None:
        for watch in self._watches:
            watch.watch_sounds()

    # -- moving the rig ---------------------------------------------------------------------------------------------

    def show_values(self, character: str, values: Mapping[str, float]) -> None:
        """See :class:`maya_a2f.host.maya.desktop.shown_values.ShownValues`."""
        self._values.show(self._known(character), values)

    def put_back(self) -> None:
        """Put back what :meth:`show_values` moved."""
        self._values.put_back()

    # -- keys -------------------------------------------------------------------------------------------------------

    def layers(self) -> list[str]:
        """Animation layers of the scene but the base layer."""
        base = base_layer()
        return [name for name in cmds.ls(type="animLayer") or [] if name != base]

    def bake_target(self, character: str, choice: BakeChoice) -> Host:
        """A host for one bake, of the character as it was read last; what was deleted of it since is left out.

        Raises as :meth:`character`, ``character.gone`` when nothing of it is left; :class:`HostError` ``bake.mode``.
        """
        if choice.mode not in ("replace", "insert"):
            raise HostError(f"There is no way of baking called '{choice.mode}'.", code="bake.mode")
        options = BakeOptions(
            mode="insert" if choice.mode == "insert" else "replace",
            layer=LayerChoice(choice.layer, is_new=choice.new_layer) if choice.layer else None,
            force=choice.force,
            result=choice.result,
            fit_range=choice.fit_range,
            channels=choice.channels,
            keep_existing=choice.keep_existing,
            scope=choice.scope,
        )
        known = self._known(character)
        check_there(known)
        return _BakeTarget(self, MayaHost(known, options))

    def results(self, character: str) -> list[BakedResult]:
        """What lies on the character, in the order of its frames."""
        rate = scene_rate()
        found = [_baked(result, character, rate) for result in self._results_on(character)]
        return sorted(found, key=lambda result: (result.first_frame, result.name))

    def remove(self, result: BakedResult, *, force: bool = False) -> BakeReport:
        """Take exactly these keys out. Raises :class:`HostError` ``result.gone`` or ``maya.refused``."""
        self.put_back()
        return remove_result(self._recorded(result), force=force)

    def find_edits(self, result: BakedResult) -> Iterator[KeptKeys | None]:
        """Curve by curve what was edited since. Raises :class:`HostError` ``result.gone``."""
        rate = scene_rate()
        for record in self._recorded(result).curves:
            yield edit_of_record(record, rate)

    def selected_range(self) -> tuple[float, float] | None:
        """The range selected on the time slider."""
        return timeline.selected_range()

    def sound_shift(self, result: BakedResult) -> float | None:
        """How many frames the sound of a result was moved since its keys were written; None where it is gone."""
        return audio_shift_frames(self._recorded(result))

    def follow_sound(self, result: BakedResult) -> BakeReport:
        """Move exactly the keys of a result to where its sound lies now, one undo step.

        Raises as :func:`maya_a2f.host.maya.following.follow_sound`.
        """
        self.put_back()
        return following.follow_sound(self._recorded(result))

    def _recorded_name(self, character: str) -> str:
        known = self._read.get(character)
        return known.name if known is not None else character.lstrip("|")

    def _results_on(self, character: str) -> list[Result]:
        """By the character's nodes too, where it was read: it may have been renamed since the keys were written."""
        known = self._read.get(character)
        nodes = {item.node_uuid for item in known.attributes} if known is not None else set()
        return results_on(self._recorded_name(character), nodes, known.namespace if known is not None else "")

    def _recorded(self, wanted: BakedResult) -> Result:
        for result in self._results_on(wanted.character):
            if result.name == wanted.name:
                return result
        raise HostError(
            f"The result '{wanted.name}' is no longer in the scene.",
            code="result.gone",
            hint="It was removed, or another scene was opened.",
        )

    # -- emotion ----------------------------------------------------------------------------------------------------

    def emotion_direction(self, character: str, start_frame: float) -> EmotionDirection | None:
        """What the emotion attributes of a character say. Raises as :mod:`maya_a2f.host.maya.emotion_control`."""
        control = emotion_control.control_of(self._recorded_name(character))
        return None if control is None else emotion_control.read_control(control, start_frame)

    def make_emotion_control(self, character: str, direction: EmotionDirection, start_frame: float) -> str:
        """Make them, one undo step. Raises :class:`HostError` ``emotion.control_exists``, ``maya.refused``."""
        self.put_back()
        return emotion_control.make_control(self._recorded_name(character), direction, start_frame)

    def remove_emotion_control(self, character: str) -> None:
        """Delete them, one undo step. Raises :class:`HostError` ``maya.refused``."""
        control = emotion_control.control_of(self._recorded_name(character))
        if control is not None:
            emotion_control.remove_control(control)

    # -- around -----------------------------------------------------------------------------------------------------

    def watch(self, on_frame: Callable[[float], None], on_scene: Callable[[str], None]) -> Callable[[], None]:
        """Start watching; the function returned ends it."""

        def told(word: str) -> None:
            if word == "new":
                self._read.clear()
                self._values.forget()
                self._player.forget()
            on_scene(word)

        watch = SceneWatch(on_frame, told, self.put_back)
        self._watches.append(watch)

        def stop() -> None:
            watch.stop()
            if watch in self._watches:
                self._watches.remove(watch)

        return stop

    def remember(self, key: str, text: str) -> None:
        """Keep a text. Raises :class:`HostError` ``file.unwritable`` or ``file.disk_full``."""
        preferences.remember(key, text)

    def recall(self, key: str) -> str:
        """A kept text, or an empty one."""
        return preferences.recall(key)

    def later(self, call: Callable[[], None]) -> None:
        """When Maya is idle."""
        utils.executeDeferred(call)

    def close(self) -> None:
        """Leave the scene as it was and end every watch."""
        self.stop()
        self.put_back()
        for watch in list(self._watches):
            watch.stop()
        self._watches.clear()


class _BakeTarget:
    """Bakes onto the rig as it stands, not as a preview moved it."""

    def __init__(self, panel_host: MayaPanelHost, host: MayaHost) -> None:
        self._panel_host, self._host = panel_host, host

    def rig(self) -> Rig:
        """What the character offers."""
        return self._host.rig()

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        """See :class:`maya_a2f.core.ports.Host`."""
        self._panel_host.stop()
        self._panel_host.put_back()
        report = self._host.bake(curves, timeline=timeline, audio=audio, metadata=metadata)
        self._panel_host._sounds_changed()
        return report


def _baked(result: Result, character: str, rate: Fraction) -> BakedResult:
    first = min((record.first for record in result.curves), default=0)
    last = max((record.last for record in result.curves), default=0)
    return BakedResult(
        result.name,
        character,
        frame_of_ticks(first, rate),
        frame_of_ticks(last, rate),
        _made_by(result),
        start_frame_of(result),
    )


def _made_by(result: Result) -> dict[str, Any]:
    """What made the keys; empty where a record was damaged."""
    try:
        found = json.loads(metadata_of(result.node).get("a2fTake", "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
