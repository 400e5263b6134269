"""What the worker says about a recording: what kind it is and what to draw of it. One recording at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from maya_a2f.core.clip import Clip, clip_fields
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.link.messages import Message, Progress
from maya_a2f.ui.waveform_paint import WaveColumns

_OVERVIEW_COLUMNS = 4096
_LOAD_SLOT, _DETAIL_SLOT = "clip", "peaks"
_PATIENCE_MILLISECONDS = 80
"""How long a zoom must rest before finer columns are asked for."""


class Ticket(Protocol):
    """A request that was made."""

    def cancel(self) -> None:
        """Call it off."""


class Link(Protocol):
    """What is needed of :class:`~maya_a2f.ui.worker_link.WorkerLink`."""

    @property
    def state(self) -> str:
        """``stopped`` once it was closed."""

    def request(
        self,
        name: str,
        fields: Mapping[str, Any],
        blobs: Any = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        on_result: Callable[[Message], None] | None = None,
        on_error: Callable[[A2FError], None] | None = None,
        slot: str = "",
    ) -> Ticket:
        """Ask the worker."""


@dataclass(frozen=True)
class ClipFacts:
    """What kind of recording it is."""

    path: str
    duration_seconds: float
    rate_hz: int
    channels: int
    format_words: str
    loudest: float
    longest_seconds: float
    """A longer stretch than this can't be animated in one go."""
    warnings: tuple[str, ...]

    def describe(self) -> str:
        """``WAV, 16-bit PCM · 48 kHz · stereo``."""
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.format_words} · {self.rate_hz / 1000:g} kHz · {channels}"


class ClipLoader(QObject):
    """Asks for a recording's outline, and for finer columns of a part of it."""

    progressed = Signal(float)
    """Share of the file that is read."""
    loaded = Signal(object, object)
    """:class:`ClipFacts` and the :class:`WaveColumns` of the whole recording."""
    refined = Signal(object)
    """Finer :class:`WaveColumns`."""
    failed = Signal(object)
    """:class:`A2FError`: the recording can't be used, or no longer."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._path = ""
        self._load: Ticket | None = None
        self._generation = 0
        self._wanted: tuple[float, float, int] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask_detail)

    @property
    def is_loading(self) -> bool:
        """Whether an answer about the recording is awaited."""
        return self._load is not None

    def load(self, path: str) -> None:
        """Ask about ``path``; what was asked before is called off."""
        self.clear()
        self._path = path
        self._ask_overview()

    def clear(self) -> None:
        """Ask for nothing any more."""
        self._generation += 1
        self._timer.stop()
        self._wanted = None
        load, self._load, self._path = self._load, None, ""
        if load is not None:
            load.cancel()

    def refine(self, wanted: tuple[float, float, int] | None) -> None:
        """Ask for columns (start, stop, count) once nothing else was wanted for a moment; None for no more."""
        self._wanted = wanted
        if wanted is None or self.is_loading:
            self._timer.stop()
        else:
            self._timer.start(_PATIENCE_MILLISECONDS)

    def _ask_overview(self) -> None:
        generation, path = self._generation, self._path

        def on_result(message: Message) -> None:
            if generation == self._generation:
                self._load = None
                self._take(path, message)

        def on_error(error: A2FError) -> None:
            if generation != self._generation:
                return
            self._load = None
            if not isinstance(error, Cancelled):
                self.failed.emit(error)
            elif self._link.state != "stopped":
                self._ask_overview()  # a job went before; the question waits behind it

        def on_progress(progress: Progress) -> None:
            if generation == self._generation:
                self.progressed.emit(progress.fraction)

        self._load = self._link.request(
            "peaks",
            {"clip": clip_fields(Clip(path)), "count": _OVERVIEW_COLUMNS},
            on_progress=on_progress,
            on_result=on_result,
            on_error=on_error,
            slot=_LOAD_SLOT,
        )

    def _take(self, path: str, message: Message) -> None:
        try:
            facts = ClipFacts(
                path=path,
                duration_seconds=message.number("duration_seconds", minimum=0.0),
                rate_hz=message.integer("rate_hz", minimum=1),
                channels=message.integer("channels", minimum=1),
                format_words=message.text("format"),
                loudest=message.number("loudest", minimum=0.0),
                longest_seconds=message.number("longest_seconds", minimum=0.0),
                warnings=message.texts("warnings"),
            )
            columns = _columns(message, 0.0, facts.duration_seconds)
        except A2FError as error:
            self.failed.emit(error)
            return
        self.loaded.emit(facts, columns)

    def _ask_detail(self) -> None:
        if self._wanted is None or self.is_loading or not self._path:
            return
        (start, stop, count), generation = self._wanted, self._generation

        def on_result(message: Message) -> None:
            if generation == self._generation:
                self.refined.emit(_columns(message, start, stop))

        def on_error(error: A2FError) -> None:
            if generation == self._generation and not isinstance(error, Cancelled):
                self.failed.emit(error)

        self._link.request(
            "peaks",
            {"clip": clip_fields(Clip(self._path, start, stop)), "count": count},
            on_result=on_result,
            on_error=on_error,
            slot=_DETAIL_SLOT,
        )


def _columns(message: Message, start: float, stop: float) -> WaveColumns:
    extremes, rms = message.blob("peaks", "f4", 2), message.blob("rms", "f4", 1)
    return WaveColumns(start, stop, extremes.to_array(), rms.to_array())
