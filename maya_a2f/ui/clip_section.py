"""The clip section of the panel: choose a recording, see it, trim it, hear it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from maya_a2f.core.clip import Clip
from maya_a2f.core.clip_window import Trim
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.time_display import format_frame, format_length
from maya_a2f.errors import A2FError, UserError
from maya_a2f.ui.clip_chooser import ClipChooser, dropped_paths
from maya_a2f.ui.clip_loader import ClipFacts, ClipLoader, Link
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.panel_host import PanelHost, rate_or
from maya_a2f.ui.play_button import PlayButton
from maya_a2f.ui.recent_clips import RecentClips
from maya_a2f.ui.start_frame_row import StartFrameRow
from maya_a2f.ui.theme import colours_of, gap, small_font
from maya_a2f.ui.transport import Transport
from maya_a2f.ui.trim_fields import TrimFields
from maya_a2f.ui.waveform_paint import WaveColumns
from maya_a2f.ui.waveform_view import WaveformView

_EMPTY_WORDS = "Drop a recording here"
_KINDS_WORDS = "WAV, AIFF, FLAC, Ogg, MP3, M4A, or the sound of a movie"


class ClipSection(QWidget):
    """Path, waveform, in and out, play, and what is wrong with the recording."""

    clipChanged = Signal(object)  # noqa: N815 - as Qt names signals
    """:class:`Clip`, or None where there is none that can be used: the user chose, or the worker found out."""
    durationChanged = Signal(object)  # noqa: N815
    """Seconds of the recording once it is known; None when no longer."""
    seekRequested = Signal(float)  # noqa: N815
    """Seconds in the file: the playhead was moved, by hand or by playing without the host's time line."""
    playToggled = Signal(bool)  # noqa: N815

    def __init__(self, link: Link, host: PanelHost, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._path = ""
        self._wanted: tuple[float, float | None, str] = (0.0, None, "")
        """In, out and path to take up when the recording is loaded."""
        self._facts: ClipFacts | None = None
        self._trim: Trim | None = None
        self._error: A2FError | None = None
        self._told: Clip | None = None
        self._is_busy = False
        self._rate = rate_or(host, Fraction(30))
        self._loader = ClipLoader(link, self)
        self._loader.progressed.connect(self._on_progress)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._transport = Transport(link, host, self)
        self._transport.playingChanged.connect(self._on_playing)
        self._transport.moved.connect(self._on_moved)
        self._transport.failed.connect(self._on_play_failed)
        self.chooser = ClipChooser(self)
        self.chooser.chosen.connect(self._on_chosen)
        self.waveform = WaveformView(self)
        self.waveform.trimming.connect(self._on_trimming)
        self.waveform.trimmed.connect(self._on_trimmed)
        self.waveform.seekRequested.connect(self.seekRequested)
        self.waveform.playRequested.connect(self._on_space)
        self.waveform.viewChanged.connect(self._on_view_changed)
        self._loader.refined.connect(self.waveform.set_detail)
        self.play_button = PlayButton(self)
        self.play_button.clicked.connect(self._on_play)
        self.start_row = StartFrameRow(host.current_frame, self)
        self.start_row.changed.connect(self._on_start_frame)
        self.fields = TrimFields(self)
        self.fields.changed.connect(self._on_field)
        self.info = QLabel(self)
        self.message = FieldMessage(self)
        self._lay_out()
        self.setAcceptDrops(True)
        self.set_rate(self._rate)
        self._show_nothing()
        self._show_enabled()

    # What the panel asks

    def clip(self) -> Clip | None:
        """The stretch to animate; None where there is no recording or it is known to be unusable."""
        if not self._path or isinstance(self._error, UserError):
            return None
        if self._trim is None:
            in_seconds, out_seconds, path = self._wanted
            trim = (in_seconds, out_seconds) if path == self._path else (0.0, None)
            return Clip(self._path, trim[0], trim[1], self.start_row.frame())
        return Clip(self._path, self._trim.in_seconds, self._trim.out_or_end, self.start_row.frame())

    def duration_seconds(self) -> float | None:
        """Length of the whole recording; None until it is known."""
        return None if self._facts is None else self._facts.duration_seconds

    def summary(self) -> str:
        """The clip in a few words, for the section's title bar."""
        if not self._path:
            return "no clip"
        name = self._path.replace("\\", "/").rpartition("/")[2]
        return name if self._trim is None else f"{name}, {format_length(self._trim.length_seconds, 1)}"

    def set_path(self, path: str) -> None:
        """Choose a recording from the program; the worker is asked about it, in and out are reset."""
        self._wanted = (0.0, None, path)
        self._open(path)

    def set_playhead(self, seconds: float | None) -> None:
        """Where the time line stands, seconds in the file; None hides the playhead."""
        leads = self._transport.is_playing and not self._host.abilities.plays_sound
        if not leads:  # else the time line follows us, a little behind
            self.waveform.set_playhead(seconds)

    def set_rate(self, rate: Fraction) -> None:
        """Frames per second of the scene."""
        self._rate = rate
        self.fields.set_rate(rate)
        if self._trim is not None:
            self._trim = replace(self._trim, least_seconds=float(1 / rate))
            self.waveform.set_trim(self._trim)
        self._show_time_line()
        self._show_trim()

    def set_start_frame(self, frame: float) -> None:
        """The frame of the time line on which the in point lies; emits nothing."""
        if frame != self.start_row.frame():
            self._transport.stop()
            self.start_row.show_frame(frame)
            self._told = self.clip()
            self._show_time_line()

    def set_playing(self, is_playing: bool) -> None:
        """The host's time line started or stopped by itself."""
        self._transport.set_playing(is_playing)

    def show_error(self, error: A2FError | None) -> None:
        """Show in place what somebody found wrong with the clip; None shows what this section knows itself."""
        if error is not None:
            self.message.show_error(error)
        else:
            self._show_message()

    def set_busy(self, is_busy: bool) -> None:
        """While a job runs, the clip stays as it is."""
        self._is_busy = is_busy
        self._show_enabled()

    def stop(self) -> None:
        """Be silent: the panel closes."""
        self._transport.stop()

    def state(self) -> dict[str, Any]:
        """JSON-ready, for :meth:`restore`."""
        in_seconds, out_seconds = self._wanted[:2]
        if self._trim is not None:
            in_seconds, out_seconds = self._trim.in_seconds, self._trim.out_or_end
        return {
            "path": self._path,
            "in_seconds": in_seconds,
            "out_seconds": out_seconds,
            "start_frame": self.start_row.frame(),
            "recent": self.chooser.recent.to_list(),
            "folder": self.chooser.folder,
        }

    def restore(self, state: object) -> None:
        """Take up what :meth:`state` gave; entries that are missing or make no sense are left out."""
        if not isinstance(state, Mapping):
            return
        self.chooser.recent = RecentClips.from_list(state.get("recent"))
        folder, path = state.get("folder"), state.get("path")
        self.chooser.folder = folder if isinstance(folder, str) else ""
        start_frame = _number(state.get("start_frame"))
        if start_frame is not None:
            self.set_start_frame(start_frame)
        if isinstance(path, str) and path:
            self._wanted = (_number(state.get("in_seconds")) or 0.0, _number(state.get("out_seconds")), path)
            self._open(path)

    # The recording

    def _open(self, path: str) -> None:
        self._transport.stop()
        self._path, self._error = path, None
        had_duration, self._facts, self._trim = self._facts is not None, None, None
        self.chooser.show_path(path)
        if had_duration:
            self.durationChanged.emit(None)
        if path:
            self.waveform.show_words("Reading the recording", 0.0)
            self._loader.load(path)
        else:
            self._loader.clear()
            self._show_nothing()
        self._show_trim()
        self._show_message()
        self._show_enabled()
        self._told = self.clip()

    def _on_chosen(self, path: str) -> None:
        """The user gave a path; the same once more reads it anew and keeps in and out."""
        if self._is_busy:
            return
        clip = self.clip()
        is_same = path == self._path and clip is not None
        self._wanted = (clip.in_seconds, clip.out_seconds, path) if is_same and clip is not None else (0.0, None, path)
        self._open(path)
        self.clipChanged.emit(self._told)

    def _on_progress(self, fraction: float) -> None:
        if self._trim is None:
            self.waveform.show_words("Reading the recording", fraction)

    def _on_loaded(self, facts: ClipFacts, columns: WaveColumns) -> None:
        self._facts, self._error = facts, None
        least = float(1 / self._rate)
        trim = Trim.whole(facts.duration_seconds, least)
        in_seconds, out_seconds, _ = self._wanted
        is_reset = not trim.fits(in_seconds, out_seconds)
        if not is_reset:
            out = facts.duration_seconds if out_seconds is None else min(out_seconds, facts.duration_seconds)
            trim = Trim(in_seconds, out, facts.duration_seconds, least)
        self._trim = trim
        self.chooser.remember(facts.path)
        self._show_time_line()
        self.waveform.show_recording(trim, columns, facts.loudest)
        self._show_trim()
        self._show_enabled()
        self._show_message()
        if is_reset:
            self.message.show_note("The in and out points lay outside this recording and were reset.")
        self.durationChanged.emit(facts.duration_seconds)
        self._tell_clip()

    def _on_failed(self, error: A2FError) -> None:
        """The recording can't be read, or is gone or changed since."""
        self._error = error
        self._transport.stop()
        if self._facts is None:
            self.waveform.show_words(_EMPTY_WORDS)
        self._show_message()
        self._show_enabled()
        self._tell_clip()

    def _tell_clip(self) -> None:
        clip = self.clip()
        if clip != self._told:
            self._told = clip
            self.clipChanged.emit(clip)

    def _on_view_changed(self) -> None:
        self._loader.refine(self.waveform.wanted_columns())

    # In and out

    def _on_trimming(self, trim: Trim) -> None:
        self._trim = trim
        self._show_trim()

    def _on_trimmed(self, trim: Trim) -> None:
        self._trim = trim
        self._transport.stop()
        self._show_trim()
        self._show_message()
        self._tell_clip()

    def _on_field(self, trim: Trim) -> None:
        self.waveform.set_trim(trim)
        self._on_trimmed(trim)

    def _on_start_frame(self) -> None:
        self._transport.stop()
        self._show_time_line()
        self._tell_clip()

    # Playing

    def _on_play(self) -> None:
        if self._transport.is_playing:
            self._transport.stop()
        elif self._error is not None:
            self._on_chosen(self._path)
        elif (clip := self.clip()) is not None and self._trim is not None:
            playhead = self.waveform.playhead
            start = clip.in_seconds if playhead is None else playhead
            self._transport.play(clip, self._trim.out_seconds, self._rate, start)
        self.play_button.setChecked(self._transport.is_playing)

    def _on_space(self) -> None:
        if self.play_button.isEnabled():
            self._on_play()

    def _on_playing(self, is_playing: bool) -> None:
        self.play_button.setChecked(is_playing)
        self._show_enabled()
        self.playToggled.emit(is_playing)

    def _on_moved(self, seconds: float) -> None:
        self.waveform.set_playhead(seconds)
        self.seekRequested.emit(seconds)

    def _on_play_failed(self, error: A2FError) -> None:
        if isinstance(error, UserError) and error.code != "audio.not_playable":
            self._on_failed(error)
        else:
            self.message.show_error(error)

    # What is shown

    def _show_nothing(self) -> None:
        self.waveform.show_words(_EMPTY_WORDS)

    def _show_message(self) -> None:
        """What is wrong, else what is odd, else nothing."""
        error = self._error or (too_long(self._facts, self._trim) if self._facts and self._trim else None)
        if error is not None:
            self.message.show_error(error)
        elif self._facts is not None and self._facts.warnings:
            self.message.show_warning(" ".join(self._facts.warnings))
        else:
            self.message.clear()

    def _show_time_line(self) -> None:
        self.waveform.set_time_line(self._rate, self.start_row.frame())

    def _show_trim(self) -> None:
        trim = self._trim
        self.fields.show_trim(trim)
        if trim is None or self._facts is None:
            self.info.setText(_KINDS_WORDS)
            self.info.setToolTip("")
            return
        frames = format_frame(round(trim.length_seconds * float(self._rate), 1))
        length = f"{frames} frames at {describe_rate(self._rate)} fps"
        self.info.setText(f"{length} · {self._facts.describe()}")
        self.info.setToolTip(f"{self._facts.describe()}\n{format_length(self._facts.duration_seconds)} in all")

    def _show_enabled(self) -> None:
        can_change = not self._is_busy
        has_recording = self._trim is not None
        self.chooser.setEnabled(can_change)
        self.waveform.set_can_trim(can_change)
        self.start_row.setEnabled(can_change)
        self.fields.setEnabled(can_change and has_recording)
        why_not = self._transport.why_not
        is_playing = self._transport.is_playing
        self.play_button.setEnabled(not why_not and has_recording and (can_change or is_playing))
        where = "on the time line" if self._host.abilities.plays_sound else "from the playhead"
        self.play_button.setToolTip(why_not or ("Stop" if is_playing else f"Play the stretch {where} (Space)"))

    def _lay_out(self) -> None:
        times = QHBoxLayout()
        times.setSpacing(gap(self, 0.6))
        times.addWidget(self.play_button)
        times.addWidget(self.fields, 1)
        self.info.setFont(small_font(self))
        palette = QPalette(self.info.palette())
        palette.setColor(QPalette.ColorRole.WindowText, colours_of(self).dim)
        self.info.setPalette(palette)
        self.info.setMinimumWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(self, 0.35))
        column.addWidget(self.chooser)
        column.addWidget(self.message)
        column.addWidget(self.waveform)
        column.addWidget(self.info)
        column.addLayout(times)
        column.addWidget(self.start_row)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's names
        """Take files."""
        if not self._is_busy and dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self.waveform.set_drop_target(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """They go elsewhere."""
        self.waveform.set_drop_target(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open the first."""
        self.waveform.set_drop_target(False)
        paths = dropped_paths(event.mimeData())
        if paths and not self._is_busy:
            event.acceptProposedAction()
            self._on_chosen(paths[0])


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def too_long(facts: ClipFacts, trim: Trim) -> UserError | None:
    """What to say of a stretch that can't be animated in one go; None where it can."""
    if trim.length_seconds <= facts.longest_seconds:
        return None
    length, most = format_length(trim.length_seconds, 0), format_length(facts.longest_seconds, 0)
    return UserError(
        f"The stretch is {length} long; at most {most} can be animated at once.",
        code="audio.too_long",
        hint="Move the in and out points closer together.",
    )
