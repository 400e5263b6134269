"""Emotion keys that arrive one by one, and reading between them. Rules: specification, emotion.md section 4."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.package import Floats
from maya_a2f.worker.windows import SampleIndices

BLOCK_KEYS = 300


class EmotionAccumulator:
    """Keys (time stamp in samples, strengths). While it is open, nothing beyond the last key can be read.

    Every refusal is a :class:`UserError` ``emotion.keys_*``.
    """

    def __init__(self, names: Sequence[str], block_keys: int = BLOCK_KEYS) -> None:
        """``block_keys``: dropped keys are freed in blocks of so many."""
        self.names = tuple(names)
        self._block_keys = block_keys
        self.reset()

    def reset(self) -> None:
        """Empty and open."""
        self._times: list[int] = []
        self._vectors: list[Floats] = []
        self._dropped_before: int | None = None
        self._track: EmotionTrack | None = None
        self.dropped_count = 0
        """Keys freed so far."""
        self.is_closed = False

    @property
    def is_empty(self) -> bool:
        """Whether no key was ever added."""
        return not self._times

    @property
    def last_time(self) -> int | None:
        """Time stamp of the last key."""
        return self._times[-1] if self._times else None

    def add(self, time: int, vector: Sequence[float] | Floats) -> None:
        """Append a key, later than the one before it; times may be negative."""
        if self.is_closed:
            raise _refused("keys_closed", "a key was added after the last one")
        if self._times and time <= self._times[-1]:
            raise _refused("keys_order", f"the key at sample {time} does not come after the one at {self._times[-1]}")
        values = np.array(vector, np.float32)
        if values.shape != (len(self.names),):
            raise _refused("keys_length", f"a key has {values.size} strengths, not {len(self.names)}")
        self._times.append(int(time))
        self._vectors.append(values)
        self._track = None

    def close(self) -> None:
        """No more keys: the last one holds from now on."""
        if self.is_closed:
            raise _refused("keys_closed", "they were ended twice")
        if self.is_empty:
            raise _refused("keys_none", "there is not a single one")
        self.is_closed = True

    def drop_before(self, time: int) -> None:
        """Nothing before ``time`` is read any more; whole blocks of keys before it are freed."""
        if not self.is_closed and (self.last_time is None or time > self.last_time):
            raise _refused("keys_missing", f"sample {time} is beyond the last key so far")
        self._dropped_before = time if self._dropped_before is None else max(self._dropped_before, time)
        size = self._block_keys
        while len(self._times) > size and self._times[size] <= time:
            del self._times[:size], self._vectors[:size]
            self.dropped_count += size
            self._track = None

    def read(self, time: int) -> Floats:
        """(emotions,) strengths at a time stamp."""
        values: Floats = self.sampled(np.array([time], np.int64))[0]
        return values

    def sampled(self, times: SampleIndices) -> Floats:
        """(F, emotions) strengths at the time stamps ``times`` (F,)."""
        if self.is_empty:
            raise _refused("keys_none", "there is not a single one")
        if len(times) and not self.is_closed and int(times.max()) > self._times[-1]:
            raise _refused("keys_missing", f"sample {int(times.max())} is beyond the last key so far")
        if len(times) and self._dropped_before is not None and int(times.min()) < self._dropped_before:
            raise _refused("keys_dropped", f"sample {int(times.min())} lies before what is still kept")
        return self.track().sampled(times)

    def track(self) -> EmotionTrack:
        """The keys that are kept."""
        if self._track is None:
            self._track = EmotionTrack(self.names, tuple(self._times), np.stack(self._vectors))
        return self._track


def _refused(code: str, why: str) -> UserError:
    return UserError(
        f"The emotion keys cannot be used: {why}.",
        code=f"emotion.{code}",
        hint="Give keys in the order of time, and end them once.",
    )
