"""Playing the clip: on the host's own time line where it has sound, else through QtMultimedia where that is there."""

from __future__ import annotations

import importlib
from fractions import Fraction
from types import ModuleType
from typing import Any

import PySide6
from PySide6.QtCore import QObject, QTimer, QUrl, Signal

from maya_a2f.baking import LaidSound, sound_for
from maya_a2f.core.clip import Clip
from maya_a2f.errors import A2FError, Cancelled, UserError
from maya_a2f.link.messages import Message
from maya_a2f.steps import WorkerRequest
from maya_a2f.ui.clip_loader import Link
from maya_a2f.ui.panel_host import PanelHost

_POLL_MILLISECONDS = 25


class Transport(QObject):
    """Plays the stretch of a clip. One of the two players below does the work."""

    playingChanged = Signal(bool)  # noqa: N815 - as Qt names signals
    moved = Signal(float)
    """Seconds in the file, while playing without the host's time line."""
    failed = Signal(object)
    """:class:`A2FError`."""

    def __init__(self, link: Link, host: PanelHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_playing = False
        self._player: HostPlayer | FilePlayer | None = None
        self.why_not = ""
        """Why nothing can be played, in words; empty where it can."""
        if host.abilities.plays_sound:
            self._player = HostPlayer(self, link, host)
            return
        multimedia = load_multimedia()
        if multimedia is None:
            self.why_not = (
                "Playing needs Qt's module QtMultimedia, which this Python does not have. To get it, run:"
                f" pip install PySide6-Addons=={PySide6.__version__}"
            )
        else:
            self._player = FilePlayer(self, multimedia)

    def play(self, clip: Clip, end_seconds: float, rate: Fraction, from_seconds: float) -> None:
        """Play from ``from_seconds`` in the file to ``end_seconds``; from the in point where that isn't between."""
        if self._player is None:
            return
        if not clip.in_seconds <= from_seconds < end_seconds - float(1 / rate):
            from_seconds = clip.in_seconds
        self.set_playing(True)
        self._player.play(clip, end_seconds, rate, from_seconds)

    def stop(self) -> None:
        """Stop; nothing happens where nothing plays."""
        if self._player is not None and self.is_playing:
            self.set_playing(False)
            self._player.stop()

    def set_playing(self, is_playing: bool) -> None:
        """Note whether sound is to be heard, for the host may stop by itself."""
        if is_playing != self.is_playing:
            self.is_playing = is_playing
            self.playingChanged.emit(is_playing)

    def fail(self, error: A2FError) -> None:
        """Stop and tell why; a call-off is no reason."""
        self.set_playing(False)
        if not isinstance(error, Cancelled):
            self.failed.emit(error)


class HostPlayer:
    """Lays the whole recording on the host's time line, in step with the clip, and lets the host play."""

    def __init__(self, transport: Transport, link: Link, host: PanelHost) -> None:
        self._transport, self._link, self._host = transport, link, host
        self._turn = 0

    def play(self, clip: Clip, end_seconds: float, rate: Fraction, from_seconds: float) -> None:
        """The worker first makes the sound playable where it isn't; then the host plays."""
        self._turn += 1
        turn = self._turn
        whole = Clip(clip.path, start_frame=clip.start_frame - clip.in_seconds * float(rate))
        steps = sound_for(whole, rate, self._host.sound_folder())
        request = next(steps)
        assert isinstance(request, WorkerRequest)

        def on_result(message: Message) -> None:
            if turn != self._turn:
                return
            try:
                steps.send(message)
            except StopIteration as end:
                self._start(end.value, clip, end_seconds, rate, from_seconds)
            except A2FError as error:
                self._transport.fail(error)

        def on_error(error: A2FError) -> None:
            if turn == self._turn:
                self._transport.fail(error)

        self._link.request(request.name, request.fields, on_result=on_result, on_error=on_error, slot="sound")

    def stop(self) -> None:
        """Stop the host's time line."""
        self._turn += 1
        try:
            self._host.stop()
        except A2FError as error:
            self._transport.fail(error)

    def _start(self, sound: LaidSound, clip: Clip, end_seconds: float, rate: Fraction, from_seconds: float) -> None:
        first = clip.start_frame
        last = first + (end_seconds - clip.in_seconds) * float(rate)
        try:
            self._host.show_sound(sound.audio)
            self._host.set_current_frame(round(first + (from_seconds - clip.in_seconds) * float(rate)))
            self._host.play(first, last)
        except A2FError as error:
            self._transport.fail(error)


class FilePlayer:
    """Plays the file itself and tells where it is."""

    def __init__(self, transport: Transport, multimedia: Any) -> None:
        self._transport = transport
        self._output = multimedia.QAudioOutput(transport)
        self._player = multimedia.QMediaPlayer(transport)
        self._player.setAudioOutput(self._output)
        self._player.errorOccurred.connect(self._on_error)
        self._player.mediaStatusChanged.connect(self._on_status)
        status = multimedia.QMediaPlayer.MediaStatus
        self._ready, self._ended = (status.LoadedMedia, status.BufferedMedia), status.EndOfMedia
        self._path = ""
        self._start_at: float | None = None
        self._end = 0.0
        self._timer = QTimer(transport)
        self._timer.setInterval(_POLL_MILLISECONDS)
        self._timer.timeout.connect(self._poll)

    def play(self, clip: Clip, end_seconds: float, rate: Fraction, from_seconds: float) -> None:
        """Open the file and play once it is open."""
        self._path, self._end, self._start_at = clip.path, end_seconds, from_seconds
        self._player.stop()
        source = QUrl.fromLocalFile(clip.path)
        if self._player.source() != source or self._player.mediaStatus() not in (*self._ready, self._ended):
            self._player.setSource(QUrl())  # a file that failed before is tried again
            self._player.setSource(source)
        if self._player.mediaStatus() in (*self._ready, self._ended):
            self._begin()

    def stop(self) -> None:
        """Stop and let go of the file's position."""
        self._start_at = None
        self._timer.stop()
        self._player.stop()

    def _begin(self) -> None:
        assert self._start_at is not None
        start, self._start_at = self._start_at, None
        self._player.setPosition(round(start * 1000))
        self._player.play()
        self._timer.start()

    def _poll(self) -> None:
        seconds = self._player.position() / 1000.0
        if seconds >= self._end:
            self._finish()
        else:
            self._transport.moved.emit(seconds)

    def _finish(self) -> None:
        self.stop()
        self._transport.moved.emit(self._end)
        self._transport.set_playing(False)

    def _on_status(self, status: object) -> None:
        if self._start_at is not None and status in self._ready:
            self._begin()
        elif status == self._ended and self._timer.isActive():
            self._finish()

    def _on_error(self, error: object, words: str) -> None:
        if self._transport.is_playing:
            self.stop()
            self._transport.fail(
                UserError(
                    f"The recording '{self._path}' cannot be played here: {words or error}.",
                    code="audio.not_playable",
                    hint="It can be animated all the same.",
                )
            )


def load_multimedia() -> ModuleType | None:
    """QtMultimedia with the parts used here, or None where it is not installed or does not load."""
    try:
        module = importlib.import_module("PySide6.QtMultimedia")
    except ImportError:
        return None
    return module if hasattr(module, "QMediaPlayer") and hasattr(module, "QAudioOutput") else None
