"""What of a recording is chosen (in and out) and what of it is shown (zoom and pan). Seconds in the file."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Trim:
    """The stretch between in and out, within a recording."""

    in_seconds: float
    out_seconds: float
    duration_seconds: float
    """Of the recording."""
    least_seconds: float = 0.0
    """In and out are kept this far apart (a frame), or as far as the recording is long."""

    @classmethod
    def whole(cls, duration_seconds: float, least_seconds: float = 0.0) -> Trim:
        """Nothing cut away."""
        return cls(0.0, duration_seconds, duration_seconds, least_seconds)

    @property
    def length_seconds(self) -> float:
        """From in to out."""
        return self.out_seconds - self.in_seconds

    @property
    def is_whole(self) -> bool:
        """Nothing is cut away."""
        return self.in_seconds <= 0.0 and self.out_seconds >= self.duration_seconds

    @property
    def out_or_end(self) -> float | None:
        """Out as a clip names it: None for the file's end."""
        return None if self.out_seconds >= self.duration_seconds else self.out_seconds

    def with_in(self, seconds: float) -> Trim:
        """In moved as near to ``seconds`` as the out point allows."""
        return replace(self, in_seconds=max(0.0, min(seconds, self.out_seconds - self._least())))

    def with_out(self, seconds: float) -> Trim:
        """Out moved as near to ``seconds`` as the in point allows."""
        return replace(self, out_seconds=min(self.duration_seconds, max(seconds, self.in_seconds + self._least())))

    def fits(self, in_seconds: float, out_seconds: float | None) -> bool:
        """Whether a clip with these points encloses some of this recording."""
        out = self.duration_seconds if out_seconds is None else out_seconds
        return 0.0 <= in_seconds < min(out, self.duration_seconds)

    def _least(self) -> float:
        return min(self.least_seconds, self.duration_seconds)


@dataclass(frozen=True)
class View:
    """The visible stretch of a recording."""

    start: float
    stop: float
    duration: float

    @classmethod
    def whole(cls, duration: float) -> View:
        """All of it."""
        return cls(0.0, duration, duration)

    @property
    def span(self) -> float:
        """Seconds that are visible."""
        return self.stop - self.start

    @property
    def is_whole(self) -> bool:
        """All of it is visible."""
        return self.span >= self.duration

    def zoomed(self, at: float, factor: float, least: float) -> View:
        """``factor`` times as many seconds visible, ``at`` staying where it is; never fewer than ``least``."""
        span = min(self.duration, max(self.span * factor, min(least, self.duration)))
        share = (at - self.start) / self.span if self.span > 0 else 0.5
        return self._from(at - share * span, span)

    def panned(self, seconds: float) -> View:
        """Moved along, as far as there is sound."""
        return self._from(self.start + seconds, self.span)

    def around(self, start: float, stop: float, least: float) -> View:
        """From ``start`` to ``stop`` with a little room at both sides."""
        room = 0.04 * (stop - start)
        span = min(self.duration, max(stop - start + 2 * room, min(least, self.duration)))
        return self._from((start + stop) / 2 - span / 2, span)

    def showing(self, seconds: float) -> View:
        """Turned to the page that holds ``seconds``, if it isn't visible."""
        if self.start <= seconds <= self.stop:
            return self
        return self._from(seconds - 0.05 * self.span, self.span)

    def _from(self, start: float, span: float) -> View:
        start = max(0.0, min(start, self.duration - span))
        return View(start, start + span, self.duration)
