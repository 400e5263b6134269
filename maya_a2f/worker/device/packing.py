"""Many clips as one table of frames: which frames are worked on together, and where each lies in its clip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch


@dataclass(frozen=True)
class Span:
    """Some frames of one clip."""

    clip: int
    """Place of the clip among those worked on."""
    first: int
    """Frame of the clip, from 0."""
    count: int
    """At least 1."""


def packed(frame_counts: Sequence[int], frames: int, first_clip: int = 0, first_frame: int = 0) -> tuple[Span, ...]:
    """The spans of the next ``frames`` frames (fewer at the end) of clips of ``frame_counts``, one after the other."""
    spans, room = [], frames
    clip, first = first_clip, first_frame
    while clip < len(frame_counts) and room > 0:
        count = min(room, frame_counts[clip] - first)
        if count > 0:
            spans.append(Span(clip, first, count))
            room -= count
        clip, first = clip + 1, 0
    return tuple(spans)


def after(spans: Sequence[Span], frame_counts: Sequence[int]) -> tuple[int, int]:
    """(clip, frame) that follows the last of ``spans``."""
    last = spans[-1]
    end = last.first + last.count
    return (last.clip, end) if end < frame_counts[last.clip] else (last.clip + 1, 0)


@dataclass(frozen=True, eq=False)
class Table:
    """Spans one under the other, (n,) rows, as seen from ``device``."""

    spans: tuple[Span, ...]
    device: torch.device

    def __len__(self) -> int:
        return sum(span.count for span in self.spans)

    def parts(self) -> Iterator[tuple[Span, slice]]:
        """Every span and its rows."""
        start = 0
        for span in self.spans:
            yield span, slice(start, start + span.count)
            start += span.count

    @cached_property
    def span_of(self) -> torch.Tensor:
        """(n,) place of each row's span."""
        return self._moved(np.repeat(np.arange(len(self.spans)), self._counts))

    @cached_property
    def within(self) -> torch.Tensor:
        """(n,) place of each row in its span."""
        return self._moved(np.concatenate([np.arange(span.count) for span in self.spans] or [np.empty(0, np.int64)]))

    @cached_property
    def starts(self) -> torch.Tensor:
        """(spans,) first row of each."""
        return self._moved(np.cumsum([0, *self._counts])[:-1])

    @property
    def longest(self) -> int:
        """Rows of the longest span."""
        return max(self._counts, default=0)

    def spread(self, values: Sequence[float]) -> torch.Tensor:
        """(n, 1) float64 with each span's value in its rows."""
        whole = torch.as_tensor(np.asarray(values, np.float64), device=self.device)
        return whole[self.span_of][:, None]

    def _moved(self, places: npt.NDArray[np.int64]) -> torch.Tensor:
        return torch.as_tensor(places.astype(np.int64), device=self.device)

    @property
    def _counts(self) -> list[int]:
        return [span.count for span in self.spans]
