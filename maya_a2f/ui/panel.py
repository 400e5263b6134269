"""The panel: sections for clip, character, look and keys, the bar with the buttons, and the wires between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from maya_a2f.core.clip import Clip
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.rig_map import RigMap
from maya_a2f.errors import A2FError, UserError
from maya_a2f.settings import SolveSettings
from maya_a2f.ui import panel_jobs
from maya_a2f.ui.character_section import CharacterSection
from maya_a2f.ui.clip_section import ClipSection
from maya_a2f.ui.go_section import GoSection
from maya_a2f.ui.keys_section import KeysSection
from maya_a2f.ui.layers_section import LayersSection
from maya_a2f.ui.look_section import LookSection
from maya_a2f.ui.panel_emotion import PanelEmotion
from maya_a2f.ui.panel_errors import place_of, rate_changed
from maya_a2f.ui.panel_fit import PanelFit
from maya_a2f.ui.panel_host import FoundCharacter, PanelHost, rate_or
from maya_a2f.ui.panel_runs import PanelRuns
from maya_a2f.ui.panel_store import PanelStore
from maya_a2f.ui.playhead import Playhead
from maya_a2f.ui.results_list import ResultsList
from maya_a2f.ui.scroll_column import ScrollColumn
from maya_a2f.ui.section import Section, tab_stops
from maya_a2f.ui.take_shelf import TakeShelf
from maya_a2f.ui.theme import gap
from maya_a2f.ui.transcript_field import TranscriptField
from maya_a2f.ui.worker_facts import WorkerFacts
from maya_a2f.ui.worker_link import WorkerLink


class A2FPanel(QWidget):
    """One panel on one host. Call :meth:`close_down` before letting go of it."""

    clipChanged = Signal(object)  # noqa: N815 - as Qt names signals
    """:class:`Clip` or None."""

    def __init__(self, host: PanelHost, parent: QWidget | None = None, *, link: WorkerLink | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("a2fPanel")
        self.host = host
        self.link = link or WorkerLink(self)
        self.clip_section = ClipSection(self.link, host, self)
        self.transcript = TranscriptField(self)
        self.character_section = CharacterSection(host, self)
        self.results = ResultsList(self, host)
        self.look_section = LookSection(self)
        self.layers_section = LayersSection(self)
        self.look_section.use_layers(self.layers_section)
        self.keys_section = KeysSection(host, self)
        self.shelf = TakeShelf(self)
        self.go = GoSection(self, chatter=lambda: self.link.chatter)
        self.facts = WorkerFacts(self.link, self)
        self.playhead = Playhead(self.link, host, self)
        self.runs = PanelRuns(self)
        self.emotion = PanelEmotion(self)
        self.fit = PanelFit(self)
        self.store = PanelStore(host, self.state, self)
        self._sections = self._make_sections()
        self._make_layout()
        self._is_closed = False
        self._is_asking = False
        self._rate = rate_or(host, Fraction(30))
        self._path = ""
        self._connect()
        self._stop_watching = host.watch(self._on_frame, self._on_scene)
        self.restore(self.store.load())
        if self.store.note:
            self.go.show_note(self.store.note)
        self._on_everything()

    # -- what is chosen ---------------------------------------------------------------------------------------------

    def clip(self) -> Clip | None:
        """The clip with its stretch and start frame."""
        return self.clip_section.clip()

    def character(self) -> FoundCharacter | None:
        """The character that takes the keys."""
        return self.character_section.character()

    def rig_map(self) -> RigMap | None:
        """What drives it."""
        return self.character_section.rig_map()

    def solve_settings(self) -> SolveSettings:
        """Everything but the clip that decides a take, the host's emotion attributes read anew.

        Raises :class:`UserError` ``transcript.*``, :class:`HostError` ``emotion.*``.
        """
        self.emotion.read_control()
        return replace(self.dial_settings(), transcript=self.transcript.transcript())

    def dial_settings(self) -> SolveSettings:
        """As :meth:`solve_settings` without the words, which no single pose depends on."""
        look = self.look_section
        return SolveSettings(
            model=self.keys_section.model(),
            identity=self.keys_section.identity(),
            rate=self._rate,
            emotion=look.emotion(),
            emotion_keys=look.emotion_keys(),
            emotion_auto=look.emotion_auto(),
            parameters=look.parameters(),
            layers=self.layers_section.layers(),
            style=look.style_settings(),
            tail_seconds=look.tail_seconds(),
        )

    def set_clip(self, path: str) -> None:
        """Choose a recording."""
        self.clip_section.set_path(path)
        self._on_clip()

    # -- state ------------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Every section's state, JSON-ready."""
        return {
            "clip": self.clip_section.state(),
            "words": self.transcript.state(),
            "character": self.character_section.state(),
            "look": self.look_section.state(),
            "layers": self.layers_section.state(),
            "keys": self.keys_section.state(),
            "open": {name: section.is_open for name, section in self._sections.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`state` gave; what is missing or damaged keeps its default."""
        self.keys_section.restore(state.get("keys"))
        self.clip_section.restore(state.get("clip"))
        self.transcript.restore(state.get("words"))
        self.character_section.restore(state.get("character"))
        self.look_section.restore(state.get("look"))
        self.layers_section.restore(state.get("layers"))
        opened = state.get("open")
        for name, section in self._sections.items():
            if isinstance(opened, dict) and isinstance(opened.get(name), bool):
                section.set_open(opened[name])

    def close_down(self) -> None:
        """Stop all work, put the rig back, save the settings, let the worker go. Safe to call twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._stop_watching()
        self.runs.cancel()
        for stop in (self.playhead.stop, self.character_section.put_back, self.clip_section.stop, self.store.save):
            try:
                stop()
            except A2FError:  # the scene it would put back may be gone; the rest is to be stopped all the same
                continue
        self.link.close()

    def ask_worker(self) -> None:
        """Learn what the worker has and can, without anybody waiting; starts it. Once the panel is shown."""
        if not self._is_closed:
            self._is_asking = True
            self.facts.ask_missing()

    # -- layout -----------------------------------------------------------------------------------------------------

    def _make_sections(self) -> dict[str, Section]:
        with_words, with_results, with_layers, with_shelf = (QWidget(self) for _ in range(4))
        for column, widgets in (
            (with_words, (self.clip_section, self.transcript)),
            (with_results, (self.character_section, self.results)),
            (with_layers, (self.look_section, self.layers_section)),
            (with_shelf, (self.keys_section, self.shelf)),
        ):
            layout = QVBoxLayout(column)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(gap(self, 0.5))
            for widget in widgets:
                layout.addWidget(widget)
        return {
            "clip": Section("Clip", with_words, self, tool_tip="The recording that the face speaks."),
            "character": Section("Character", with_results, self, tool_tip="Who speaks, and what moves."),
            "look": Section("Look", with_layers, self, tool_tip="Emotion, strength and smoothing."),
            "keys": Section("Keys", with_shelf, self, tool_tip="Model and rate, how keys land, and takes to compare."),
        }

    def _make_layout(self) -> None:
        column = QWidget(self)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(gap(self, 0.4), gap(self, 0.4), gap(self, 0.4), gap(self, 0.4))
        inner.setSpacing(gap(self, 0.4))
        for section in self._sections.values():
            inner.addWidget(section)
        inner.addStretch(1)
        self._scroll = ScrollColumn(column, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.go)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """From top to bottom; rows that come later would be visited last of all."""
        stops = [stop for section in self._sections.values() for stop in section.tab_stops()] + tab_stops(self.go)
        for before, after in itertools.pairwise(stops):
            QWidget.setTabOrder(before, after)

    # -- wires ------------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.clip_section.clipChanged.connect(self._on_clip)
        self.clip_section.durationChanged.connect(self._on_duration)
        self.clip_section.seekRequested.connect(lambda seconds: self.playhead.seek(seconds, self.clip()))
        self.transcript.changed.connect(self._on_setting)
        self.character_section.characterChanged.connect(lambda *_: self._on_target())
        self.character_section.rigMapChanged.connect(lambda *_: self._on_target())
        self.look_section.emotionChanged.connect(self._on_look)
        self.look_section.dialsChanged.connect(self._on_look)
        self.layers_section.changed.connect(self._on_look)
        self.keys_section.changed.connect(self._on_setting)
        self.keys_section.modelChanged.connect(self._on_model)
        self.keys_section.identityChanged.connect(self._on_identity)
        self.keys_section.rateChanged.connect(lambda *_: self._on_rate())
        self.results.removeRequested.connect(self.runs.remove)
        self.results.rerunRequested.connect(self.runs.rerun)
        self.shelf.shownChanged.connect(self.runs.show_take)
        self.go.animateClicked.connect(lambda: self.runs.animate())
        self.go.previewClicked.connect(lambda: self.runs.preview())
        self.go.bakeClicked.connect(lambda: self.runs.bake())
        self.go.cancelClicked.connect(self._on_cancel)
        self.go.putBackClicked.connect(self._on_put_back)
        self.facts.modelsFound.connect(self._on_models)
        self.facts.modelKnown.connect(self._on_model_known)
        self.facts.engineKnown.connect(self.go.set_engine)
        self.facts.failed.connect(self._on_facts_failed)
        self.playhead.previewing.connect(self.go.set_previewing)
        self.playhead.preparing.connect(self.go.show_preparing)
        self.playhead.failed.connect(self.show_error)
        self.link.stateChanged.connect(self._on_link_state)
        for section in self._sections.values():
            section.toggled.connect(lambda *_: self._on_setting())

    def _on_everything(self) -> None:
        """Tell every section what the others hold: after a start or another scene."""
        self.facts.set_model(self.keys_section.model(), self.keys_section.identity())
        self._on_duration(self.clip_section.duration_seconds())
        self.playhead.set_settings(self.dial_settings())
        self._on_target()
        self._on_frame(self.host.current_frame())

    def _on_clip(self, *_: object) -> None:
        clip = self.clip()
        self.playhead.set_clip(clip)
        path = "" if clip is None else clip.path
        if path != self._path and not self.runs.is_running:
            self.go.clear()
        self._path = path
        self._sections["clip"].set_summary(self.clip_section.summary())
        self.clipChanged.emit(clip)
        self._on_frame(self.host.current_frame())
        self._on_setting()

    def _on_duration(self, seconds: float | None) -> None:
        clip = self.clip()
        if seconds is not None and clip is not None:
            seconds = (seconds if clip.out_seconds is None else clip.out_seconds) - clip.in_seconds
        self.look_section.set_duration(seconds)
        self._on_clip()

    def _on_target(self) -> None:
        character, rig_map = self.character(), self.rig_map()
        self.playhead.set_target(character, rig_map)
        self.emotion.show_control()
        self._show_summaries()
        self.show_results()
        self.runs.offer_to_follow_sound()
        self._on_setting()

    def _on_look(self) -> None:
        self.playhead.set_settings(self.dial_settings())
        self.playhead.preview_live()
        self._on_setting()

    def _on_model(self, name: str) -> None:
        self.facts.set_model(name)
        self.character_section.set_channels(())  # what another model gives is known with its first take
        self.playhead.set_settings(self.dial_settings())
        if self._is_asking:
            self.facts.ask_missing()

    def _on_identity(self, name: str) -> None:
        self.facts.set_model(self.keys_section.model(), name)
        self.playhead.set_settings(self.dial_settings())
        self.playhead.preview_live()
        if self._is_asking:
            self.facts.ask_missing()

    def _on_setting(self) -> None:
        """Anything the user chose: what can be done now, and the settings to be saved."""
        self.show_ready()
        self._show_summaries()
        self.emotion.follow()
        self.store.save_soon()

    def _on_models(self, names: list[str]) -> None:
        self.keys_section.set_models(names)
        if not names:
            self.keys_section.show_error(
                UserError(
                    "No model package is installed.",
                    code="model.none",
                    hint="Put one into a folder that 'a2f doctor' lists.",
                )
            )
        self._show_summaries()

    def _on_model_known(self, info: dict[str, Any] | None) -> None:
        facts = (info or {}).get("facts") or {}
        self.keys_section.set_identities([str(name) for name in facts.get("identities") or ()])
        self.look_section.set_model(info)
        self._show_summaries()

    def _on_facts_failed(self, error: A2FError) -> None:
        if not self.go.is_running:
            self.show_error(error)
        self.go.set_engine("Engine: not known, the worker does not answer.", str(error))

    def _on_link_state(self, state: str) -> None:
        if state == "starting":
            self.go.set_engine("Starting the worker …", "It starts once and serves every run.")
        elif state == "ready" and self._is_asking and not self._is_closed and not self.runs.is_running:
            self.facts.ask_missing()

    def _on_put_back(self) -> None:
        self.playhead.stop()

    def _on_cancel(self) -> None:
        """The run, or what the worker prepares for a live pose."""
        if self.runs.is_running:
            self.runs.cancel()
        else:
            self.playhead.stop()

    # -- the host ---------------------------------------------------------------------------------------------------

    def _on_frame(self, frame: float) -> None:
        clip = self.clip()
        self.playhead.show_frame(frame, may_show=not self.runs.is_running)
        seconds = None if clip is None else self.playhead.seconds_of(frame, clip)
        self.clip_section.set_playhead(seconds)
        self.look_section.set_playhead(None if seconds is None or clip is None else seconds - clip.in_seconds)

    def _on_scene(self, what: str) -> None:
        if self._is_closed:
            return
        if what == "new":
            self._on_new_scene()
        elif what == "rate":
            self._on_rate()
        elif what == "audio":
            self.runs.offer_to_follow_sound()

    def _on_new_scene(self) -> None:
        was_running = self.runs.is_running
        self.runs.cancel()
        self.playhead.forget()
        self.character_section.refresh()
        self.keys_section.refresh_host()
        self.go.clear()
        if was_running:
            self.go.show_note("Another scene was opened: the run was stopped and nothing was written.")
        self._on_rate()
        self._on_everything()

    def _on_rate(self) -> None:
        before = self._rate
        try:
            rate = self.host.rate()
        except A2FError as error:  # it counts in seconds or hours: nothing can be made until a rate is chosen
            self.runs.cancel()
            self.playhead.stop()
            self.keys_section.refresh_host()
            self.show_error(error)
            self.show_ready()
            return
        if rate == before:
            if not self.keys_section.has_rate:
                self.keys_section.refresh_host()
                self.go.clear()
                self.show_ready()
            return
        self._rate = rate
        if self.runs.is_running:
            self.runs.cancel()
            self.show_error(rate_changed(before, rate))
        self.playhead.stop()
        self.clip_section.set_rate(rate)
        self.playhead.set_rate(rate)
        self.keys_section.refresh_host()
        self._on_everything()

    # -- what is shown ----------------------------------------------------------------------------------------------

    def show_ready(self) -> None:
        """Which buttons can be pressed, and why the others can't."""
        why_not = self._why_not()
        made = self.shelf.shown
        bake = why_not
        if not bake and made is None:
            bake = "There is no take yet: Animate or Preview makes one."
        elif not bake and made is not None and made.take.rate != self._rate:
            bake = (
                f"The take was made at {describe_rate(made.take.rate)} frames per second; "
                f"the scene has {describe_rate(self._rate)}. Make it again."
            )
        self.go.set_ready(why_not, why_not, bake)

    def _why_not(self) -> str:
        if self.clip() is None and self.clip_section.message.text:
            return "The clip can't be used; the message under Clip says why."
        try:
            self.host.rate()
            panel_jobs.check_ready(self.clip(), self.character(), self.rig_map())
        except A2FError as error:
            return str(error)
        return ""

    def _show_summaries(self) -> None:
        keys = self.keys_section
        how = f"within ±{keys.keys().tolerance:g}" if keys.keys().reduced else "every frame"
        self._sections["keys"].set_summary(f"{keys.model_words()} · {describe_rate(self._rate)} fps · {how}")
        self._sections["look"].set_summary(self.look_section.summary())
        section, readiness = self._sections["character"], self.character_section.readiness()
        words = self.character_section.summary or "none"
        is_brief = section.is_open or readiness is None  # open, the section says the rest itself
        section.set_summary(words if is_brief or readiness is None else f"{words} · {readiness.words}")

    def show_results(self) -> None:
        """What lies on the character from earlier bakes."""
        character = self.character()
        try:
            self.results.set_results([] if character is None else self.host.results(character.name))
        except A2FError:
            self.results.set_results([])
        self._order_tabs()

    def set_busy(self, is_busy: bool) -> None:
        """A run begins or is over."""
        self.go.set_running(is_busy)
        self.clip_section.set_busy(is_busy)
        self.character_section.set_busy(is_busy)
        for widget in (self.transcript, self.keys_section, self.shelf, self.results):
            widget.setEnabled(not is_busy)
        self.show_ready()
        if not is_busy:
            self._order_tabs()
        if not is_busy and self._is_asking and not self._is_closed:
            self.facts.ask_missing()

    def clear_errors(self) -> None:
        """No section complains any more."""
        for show in self._places():
            show(None)
        self.go.clear()

    def show_error(self, error: A2FError) -> None:
        """In the place it belongs to, brought into sight; the bar says where. What belongs nowhere goes to the bar."""
        name = place_of(error)
        if name not in self._sections:
            self.go.show_error(error)
            return
        section = self._sections[name]
        section.set_open(True)
        {
            "clip": self.transcript.show_error
            if error.code.startswith("transcript.")
            else self.clip_section.show_error,
            "character": self.character_section.show_error,
            "keys": self.keys_section.show_error,
        }[name](error)
        self.go.show_warning("Nothing was changed.", f"See the message under {section.title}.")
        self._scroll.ensureWidgetVisible(section, 0, gap(self, 1))

    def _places(self) -> Sequence[Callable[[A2FError | None], None]]:
        return (
            self.clip_section.show_error,
            self.transcript.show_error,
            self.character_section.show_error,
            self.keys_section.show_error,
        )

    # -- Qt ---------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The first time, the worker is started and asked what it can."""
        super().showEvent(event)
        if not self._is_asking:
            self.host.later(self.ask_worker)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """A hidden panel moves nothing."""
        super().hideEvent(event)
        if not self._is_closed:
            self.playhead.stop()
            self.store.save()
