"""The panel's emotion beyond its dials: what the voice says, and attributes in the host that say what is felt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from maya_a2f.core.emotion_direction import EmotionDirection
from maya_a2f.errors import A2FError
from maya_a2f.ui.panel_host import KnowsEmotion
from maya_a2f.ui.voice_curves import VoiceCurves

if TYPE_CHECKING:
    from maya_a2f.ui.panel import A2FPanel


class PanelEmotion(QObject):
    """Wires the Look section to the worker and the host."""

    def __init__(self, panel: A2FPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._curves = VoiceCurves(panel.link, self)
        self._curves.known.connect(panel.look_section.emotions.set_voice)
        self._curves.failed.connect(panel.look_section.emotions.show_voice_error)
        panel.look_section.emotions.controlAsked.connect(self._on_control)
        panel.look_section.emotions.set_control_offer(
            panel.host.title if isinstance(panel.host, KnowsEmotion) else None
        )

    def follow(self) -> None:
        """Clip or dials changed."""
        self._curves.follow(self._panel.clip(), self._panel.dial_settings())

    def read_control(self) -> None:
        """Take over what the host's attributes say now. Raises :class:`HostError` ``emotion.*``."""
        panel, host = self._panel, self._panel.host
        character, clip = panel.character(), panel.clip()
        if not isinstance(host, KnowsEmotion):
            return
        direction = None
        if character is not None:
            direction = host.emotion_direction(character.name, 1.0 if clip is None else clip.start_frame)
        if direction is not None or panel.look_section.emotions.is_directed:
            panel.look_section.emotions.set_directed(direction)

    def show_control(self) -> None:
        """As :meth:`read_control`; what is wrong is shown."""
        try:
            self.read_control()
        except A2FError as error:
            self._panel.show_error(error)

    def _on_control(self, is_wanted: bool) -> None:
        """The button: attributes in the host, or back here."""
        panel, host = self._panel, self._panel.host
        character, clip, look = panel.character(), panel.clip(), self._panel.look_section
        if not isinstance(host, KnowsEmotion):
            return
        panel.go.clear()
        if character is None:
            panel.go.show_warning("Pick a character first.", "Its emotions go onto attributes of its own.")
            return
        try:
            if is_wanted:
                direction = EmotionDirection(
                    "the panel", look.emotion(), look.emotion_keys(), look.emotion_auto().strength
                )
                node = host.make_emotion_control(character.name, direction, 1.0 if clip is None else clip.start_frame)
                panel.go.show_note(f"Key the emotions on '{node}'; the next run reads them.")
            else:
                host.remove_emotion_control(character.name)
            self.read_control()
        except A2FError as error:
            panel.show_error(error)
