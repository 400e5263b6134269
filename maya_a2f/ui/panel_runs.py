"""The panel's runs: what happens from a click to the line that says what came of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from maya_a2f.core.clip import Clip
from maya_a2f.core.ports import Host
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.core.rig_map import RigMap
from maya_a2f.errors import A2FError
from maya_a2f.steps import Steps
from maya_a2f.ui import panel_jobs
from maya_a2f.ui.panel_host import BakedResult, FoundCharacter, KnowsSounds
from maya_a2f.ui.panel_jobs import Baked, BakeOrder, Fitted, MadeTake
from maya_a2f.ui.progress_words import counted
from maya_a2f.ui.result_row import frames_words
from maya_a2f.ui.steps_runner import JobHandle, run_steps

if TYPE_CHECKING:
    from maya_a2f.ui.panel import A2FPanel

_SAME_FRAME = 1e-3


class PanelRuns(QObject):
    """At most one run at a time. A run that does not end well leaves the host as it was."""

    def __init__(self, panel: A2FPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._job: JobHandle | None = None
        self._count = 0

    @property
    def is_running(self) -> bool:
        """A run is under way."""
        return self._job is not None

    def animate(self) -> None:
        """Make a take and write its keys."""

        def steps() -> Steps[Baked]:
            clip, character, rig_map = self._checked()
            order = self._order(character, rig_map)
            settings = self._panel.solve_settings()
            return panel_jobs.animate(clip, settings, character, rig_map, order, self._keep)

        self._start(steps, self._on_baked)

    def rerun(self, result: BakedResult, scope: RerunScope) -> None:
        """Make a result again from its own recording, with the panel's settings, around what was edited since."""

        def steps() -> Steps[Baked]:
            clip, character, rig_map = self._checked(self._clip_of(result))
            order = self._order(character, rig_map, result.name, scope)
            settings = self._panel.solve_settings()
            return panel_jobs.animate(clip, settings, character, rig_map, order, self._keep)

        self._start(steps, self._on_baked)

    def preview(self) -> None:
        """Make a take and show it without keys."""

        def steps() -> Steps[Fitted]:
            clip, character, rig_map = self._checked()
            return panel_jobs.preview(clip, self._panel.solve_settings(), character, rig_map, self._keep)

        self._start(steps, self._on_previewed)

    def bake(self) -> None:
        """Write the keys of the take that is shown, at the start frame chosen now."""
        made = self._panel.shelf.shown
        if made is None:
            return

        def steps() -> Steps[Baked]:
            _, character, rig_map = self._checked()
            moved = replace(made, clip=self._at_start_frame(made.clip))
            return panel_jobs.bake_take(moved, character, rig_map, self._order(character, rig_map))

        self._start(steps, self._on_baked, needs_model=False)

    def cancel(self) -> None:
        """Stop the run, if there is one; nothing is changed."""
        if self._job is not None:
            self._job.cancel()

    def show_take(self, made: MadeTake) -> None:
        """Another take was chosen to be seen and baked."""
        self._panel.playhead.show_made(made)
        self._panel.show_ready()

    def remove(self, result: BakedResult, force: bool) -> None:
        """Take a result's keys out again."""
        panel = self._panel
        panel.playhead.stop()
        try:
            report = panel.host.remove(result, force=force)
        except A2FError as error:
            panel.results.show_refusal(result, error)
            return
        panel.results.clear_message()
        panel.show_results()
        panel.go.clear()
        left = f"; {counted(len(report.skipped), 'curve')} left as they are" if report.skipped else ""
        panel.go.show_note(f"Removed '{result.name}': {counted(len(report.written), 'curve')}{left}.")

    def offer_to_follow_sound(self) -> None:
        """Sounds of the character's results may lie elsewhere than when their keys were written: offer to move them."""
        panel, host = self._panel, self._panel.host
        character = panel.character()
        if character is None or self.is_running or not isinstance(host, KnowsSounds):
            return
        moved: dict[str, float] = {}
        with contextlib.suppress(A2FError):  # a character or record that is gone has nothing to be moved
            for result in host.results(character.name):
                shift = host.sound_shift(result)
                if shift is not None and abs(shift) >= _SAME_FRAME:
                    moved[result.name] = shift
        if not moved:
            panel.go.hide_offer()
            return
        names = " and ".join(f"'{name}' moved by {shift:+g} frames" for name, shift in moved.items())
        panel.go.show_offer(
            f"The sound of {names}.", "&Move its keys along", lambda: self._follow(character.name, moved)
        )

    def _follow(self, character: str, moved: Mapping[str, float]) -> None:
        """Move exactly the keys of these results; the clip of the panel goes with its own."""
        panel, host = self._panel, self._panel.host
        assert isinstance(host, KnowsSounds)
        panel.playhead.stop()
        count = 0
        try:
            for result in host.results(character):
                if result.name not in moved:
                    continue
                count += len(host.follow_sound(result).written)
                self._move_clip(result, moved[result.name])
        except A2FError as error:
            panel.show_error(error)
            return
        finally:
            panel.show_results()
        panel.go.clear()
        panel.go.show_note(f"Moved {counted(count, 'curve')} along with the sound.")

    def _move_clip(self, result: BakedResult, shift: float) -> None:
        clip, audio = self._panel.clip(), result.made_by.get("audio")
        if clip is not None and isinstance(audio, Mapping) and audio.get("path") == clip.path:
            self._panel.clip_section.set_start_frame(clip.start_frame + shift)

    # -- before -----------------------------------------------------------------------------------------------------

    def _checked(self, given: Clip | None = None) -> tuple[Clip, FoundCharacter, RigMap]:
        """The pre-flight check, on the scene as it is now; for another clip than the panel's where one is given.

        Raises :class:`A2FError`.
        """
        panel = self._panel
        panel.host.rate()
        picked = panel.character()
        if picked is not None:
            panel.host.character(picked.name)  # gone or unreadable: says so before any work
            panel.character_section.refresh()
        clip, character, rig_map = given or panel.clip(), panel.character(), panel.rig_map()
        panel_jobs.check_ready(clip, character, rig_map)
        assert clip is not None and character is not None and rig_map is not None  # noqa: PT018 - just checked
        return clip, character, rig_map

    def _clip_of(self, result: BakedResult) -> Clip | None:
        """The recording of a result where it lies: as the panel has it, else as the result says."""
        clip, audio = self._panel.clip(), result.made_by.get("audio")
        start = result.first_frame if result.start_frame is None else result.start_frame
        if not isinstance(audio, Mapping) or not audio.get("path"):
            return clip
        if clip is not None and clip.path == audio["path"]:
            return replace(clip, start_frame=start)
        return Clip(str(audio["path"]), float(audio.get("in_seconds") or 0.0), audio.get("out_seconds"), start)

    def _order(
        self, character: FoundCharacter, rig_map: RigMap, again: str = "", scope: RerunScope | None = None
    ) -> BakeOrder:
        """``again`` is the result to be renewed, as far as the ``scope`` goes."""
        host = self._panel.host
        named = rig_map.named_channels()
        drives = {name: named[name] for name in panel_jobs.drivable(rig_map, character)}
        clip = self._panel.clip()
        sound_name = "" if clip is None else Path(clip.path).stem
        chosen = replace(
            self._panel.keys_section.choice(drives, sound_name),
            keep_existing=self._panel.layers_section.keep_existing(),
        )
        if scope is not None:  # it stays on its layer, and the time line as it is
            chosen = replace(chosen, result=again, layer="", new_layer=False, fit_range=False, scope=scope)
        # Where a file is written, it is asked for before the work rather than after it.
        ready = host.bake_target(character.name, chosen) if host.abilities.writes_file else None

        def target(channels: Mapping[str, tuple[str, ...]]) -> Host:
            self._panel.playhead.stop()
            whole = replace(chosen, channels={**chosen.channels, **channels})
            return ready or host.bake_target(character.name, whole)

        return BakeOrder(target, self._panel.keys_section.keys(), host.sound_folder())

    def _at_start_frame(self, clip: Clip) -> Clip:
        """A take of the clip that is chosen moves with its start frame; one of another clip stays."""
        current = self._panel.clip()
        if current is None or replace(current, start_frame=clip.start_frame) != clip:
            return clip
        return current

    def _start(
        self, make: Callable[[], Steps[Any]], on_done: Callable[[Any], None], *, needs_model: bool = True
    ) -> None:
        """Check and begin; what is wrong is shown and nothing begins. One that ``needs_model`` waits for a network that
        is being prepared for a live pose."""
        if self._job is not None:
            return
        panel = self._panel
        panel.clear_errors()
        panel.playhead.stop(spares_preparing=needs_model)
        panel.link.reset()
        try:
            steps = make()
        except A2FError as error:
            panel.playhead.live.call_off()
            panel.show_error(error)
            return
        panel.set_busy(True)
        self._job = run_steps(
            panel.link,
            steps,
            on_progress=panel.go.show_progress,
            on_done=lambda result: self._finish(lambda: on_done(result)),
            on_error=lambda error: self._finish(lambda: panel.show_error(error)),
        )

    # -- after ------------------------------------------------------------------------------------------------------

    def _finish(self, show: Callable[[], None]) -> None:
        self._job = None
        self._panel.playhead.live.call_off()
        self._panel.set_busy(False)
        if self._panel.shelf.takes:
            self._panel.character_section.set_channels(tuple(self._panel.shelf.takes[-1].take.tracks))
        show()

    def _keep(self, made: MadeTake) -> MadeTake:
        self._count += 1
        kept = replace(made, number=self._count)
        self._panel.shelf.add(kept)
        passed_over = kept.take.made_by.get("engines_passed_over")
        self._panel.go.set_engine(
            f"Engine: {kept.take.made_by.get('engine', 'not known')}",
            "\n".join(f"· {reason}" for reason in passed_over) if isinstance(passed_over, list) else None,
        )
        return kept

    def _words_unused(self, made: MadeTake) -> str:
        """Say in place why the words of a take were of no use; in brief for the line of the result."""
        note = next((note for note in made.take.notes if note.startswith("The transcript")), "")
        if not note or made.settings.transcript is None:
            return ""
        self._panel.transcript.show_warning(note)
        return "the words were not used"

    def _on_previewed(self, fitted: Fitted) -> None:
        self._panel.playhead.show_fitted(fitted)
        take = fitted.made.take
        frames, curves = counted(take.frame_count, "frame"), counted(len(fitted.tracks), "curve")
        words = f"Take {fitted.made.number}: {frames} on {curves}"
        exceptions = ", ".join(filter(None, ("no keys yet, Bake writes them", self._words_unused(fitted.made))))
        self._panel.go.show_result(words, exceptions, take_remarks(fitted.made))

    def _on_baked(self, baked: Baked) -> None:
        report = baked.report
        skipped = f"{len(report.skipped)} skipped" if report.skipped else ""
        kept = f"edits kept on {counted(len(report.kept), 'curve')}" if report.kept else ""
        exceptions = ", ".join(filter(None, (skipped, kept, self._words_unused(baked.fitted.made))))
        words = f"{counted(len(report.written), 'curve')}, {counted(baked.key_count, 'key')}"
        details = [f"{skip.attribute}: {skip.reason}." for skip in report.skipped]
        edited = {kept.attribute: kept for kept in report.kept if kept.attribute in report.written}
        details += [f"{name}: edited keys stay ({frames_words(kept)})." for name, kept in edited.items()]
        details += [*report.notes, *([baked.sound.note] if baked.sound is not None and baked.sound.note else [])]
        panel, writes_file = self._panel, self._panel.host.abilities.writes_file
        panel.go.show_result(words, exceptions, [*details, *take_remarks(baked.fitted.made)])
        if writes_file:  # the keys lie in a file: what they look like is seen on the head here
            panel.go.add_to_result(report.notes[0])
            panel.playhead.show_fitted(baked.fitted)
        panel.show_results()
        panel.keys_section.refresh_host()


def take_remarks(made: MadeTake) -> list[str]:
    """What is worth knowing of a take."""
    return [*made.take.notes, *(f"The model gives no {what}." for what in made.take.unavailable)]
