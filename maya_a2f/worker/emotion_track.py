"""Explicit emotion over time, as keys. Rule: specification, emotion.md section 4; a service's keys: section 5.

Between two keys the value is linear, before the first and after the last it is constant. Nothing is eased or smoothed.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from maya_a2f.errors import UserError
from maya_a2f.worker.package import Floats, NetworkInfo
from maya_a2f.worker.windows import SampleIndices

_LONGEST_SECONDS = 14 * 24 * 3600.0


@dataclass(frozen=True, eq=False)
class EmotionTrack:
    """At least one key; the times increase strictly."""

    names: tuple[str, ...]
    """The emotions, in network order."""
    times: tuple[int, ...]
    """Time stamps of the keys in samples of the network's rate; may be negative."""
    vectors: Floats
    """(keys, emotions) strengths."""
    _time_array: SampleIndices = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.times or self.vectors.shape != (len(self.times), len(self.names)):
            raise _bad_keys("an emotion track needs at least one key with one strength per emotion")
        if any(later <= earlier for earlier, later in zip(self.times, self.times[1:], strict=False)):
            raise _bad_keys("two emotion keys fall on the same sample or are not in the order of time")
        if not np.isfinite(self.vectors).all():
            raise _bad_keys("an emotion key holds a value that is not a number")
        object.__setattr__(self, "_time_array", np.array(self.times, np.int64))  # thousands of keys, asked per batch

    def sampled(self, times: SampleIndices) -> Floats:
        """(F, emotions) strengths at the time stamps ``times`` (F,), as the reference computes them in float32."""
        keys = self._time_array
        after = np.clip(np.searchsorted(keys, times, side="right"), 1, max(1, len(keys) - 1))
        before = after - 1
        if len(keys) == 1:
            return np.repeat(self.vectors, len(times), axis=0)
        held = np.clip(times, keys[0], keys[-1])
        span = (keys[after] - keys[before]).astype(np.float32)
        share = ((held - keys[before]).astype(np.float32) / span)[:, None].astype(np.float64)
        # The reference rounds to float32 after each of two fused multiply-adds: fma(u, b, fma(-u, a, a)).
        a, b = self.vectors[before].astype(np.float64), self.vectors[after].astype(np.float64)
        rest = (a - share * a).astype(np.float32).astype(np.float64)
        return np.asarray(share * b + rest, np.float32)

    def digest(self) -> str:
        """SHA-256 of the keys, for cache keys and takes."""
        content = hashlib.sha256("\0".join(self.names).encode())
        content.update(np.array(self.times, "<i8").tobytes())
        content.update(self.vectors.astype("<f4").tobytes())
        return content.hexdigest()


def constant_emotion(info: NetworkInfo, strengths: Mapping[str, float]) -> EmotionTrack:
    """One key at sample 0; emotions not named have the package's default.

    Raises :class:`UserError` ``emotion.unknown`` or ``emotion.out_of_range``.
    """
    return keyed_emotion(info, [(0.0, strengths)])


def keyed_emotion(info: NetworkInfo, keys: Sequence[tuple[float, Mapping[str, float]]]) -> EmotionTrack:
    """Keys of (seconds after the clip's start, strengths by name), rounded to the nearest sample.

    Emotions not named in a key have the package's default there. Raises :class:`UserError` ``emotion.unknown``,
    ``emotion.out_of_range`` or ``emotion.bad_keys``.
    """
    if not all(abs(seconds) <= _LONGEST_SECONDS for seconds, _ in keys):  # NaN fails too
        raise _bad_keys("an emotion key has a time that is not a number of seconds within two weeks")
    vectors = [emotion_vector(info, strengths) for _, strengths in keys]
    return EmotionTrack(
        names=info.explicit_emotions,
        times=tuple(math.floor(seconds * info.samplerate + 0.5) for seconds, _ in keys),
        vectors=np.array(vectors, np.float32).reshape(len(keys), len(info.explicit_emotions)),
    )


def emotion_vector(info: NetworkInfo, strengths: Mapping[str, float]) -> Floats:
    """(emotions,) the default emotion with ``strengths`` (0…1 by name, upper or lower case) in place."""
    vector = np.array(info.default_emotion, np.float32)
    positions = {name.lower(): index for index, name in enumerate(info.explicit_emotions)}
    for name, strength in strengths.items():
        if name.lower() not in positions:
            raise _unknown(name, info)
        # Written so that NaN fails too.
        if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0.0 <= strength <= 1.0:
            raise UserError(
                f"The strength {strength!r} of the emotion '{name}' is not between 0 and 1.",
                code="emotion.out_of_range",
                hint="Give a number from 0 to 1, for example joy=0.6.",
            )
        vector[positions[name.lower()]] = strength
    return vector


def _unknown(name: str, info: NetworkInfo) -> UserError:
    close = difflib.get_close_matches(name.lower(), info.explicit_emotions, n=1)
    known = ", ".join(info.explicit_emotions) or "none"
    return UserError(
        f"The model of '{info.actor}' knows no emotion '{name}'.",
        code="emotion.unknown",
        hint=(f"Did you mean '{close[0]}'? " if close else "") + f"It knows: {known}.",
    )


def _bad_keys(why: str) -> UserError:
    return UserError(
        f"The emotion keys cannot be used: {why}.",
        code="emotion.bad_keys",
        hint="Give keys with strictly increasing times.",
    )
