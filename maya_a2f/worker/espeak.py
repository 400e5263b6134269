"""eSpeak NG's library: text in any of its languages to sound, with the time of every phone.

It reports a stop about 45 ms after its closure began (measured by the steepest fall of energy before /p b/ after a
vowel); :func:`espeak_phones` moves its stops 45 ms earlier.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.errors import EngineError

STOP_SHIFT_SECONDS = 0.045
_STOPS = frozenset("pbtdkɡgqʔɓɗʈɖ")
_SHORTEST_PHONE_SECONDS = 0.01


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of espeak-ng/speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
_SYNCHRONOUS, _PHONEME_EVENTS_IPA, _END_OF_LIST, _WORD_EVENT, _PHONEME_EVENT = 2, 3, 0, 1, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8 = 1
_IPA = 2


@dataclass(frozen=True)
class SpokenText:
    """What the library said."""

    samples: npt.NDArray[np.int16]
    """(N,) mono."""
    sample_rate_hz: int
    events: tuple[tuple[int, str], ...]
    """(start sample, IPA with stress marks) of every phone; an empty symbol is a pause."""
    words: tuple[tuple[int, int, int], ...]
    """(start sample, first character counted from 0, characters) of every word."""


class Espeak:
    """The library, which has one global state; :func:`espeak` gives the one instance."""

    def __init__(self) -> None:
        """Raises :class:`EngineError` ``espeak.missing`` where the library is not installed."""
        name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        try:
            self._library: Any = ctypes.CDLL(name)
        except OSError as error:
            raise EngineError(
                "The synthesiser 'espeak-ng' is not installed.",
                code="espeak.missing",
                hint="Install eSpeak NG (its library is enough; Debian and Ubuntu: libespeak-ng1).",
                details=str(error),
            ) from error
        self._sample_rate_hz = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS_IPA))
        if self._sample_rate_hz <= 0:
            raise EngineError(
                "The synthesiser 'espeak-ng' does not find its voices.",
                code="espeak.missing",
                hint="Install its data as well (Debian and Ubuntu: espeak-ng-data).",
            )
        self._chunks: list[npt.NDArray[np.int16]] = []
        self._events: list[tuple[int, str]] = []
        self._words: list[tuple[int, int, int]] = []
        self._callback = _Callback(self._received)
        self._library.espeak_SetSynthCallback(self._callback)

    def _received(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _END_OF_LIST:
            event = events[index]
            if event.type == _PHONEME_EVENT:
                raw = ctypes.string_at(ctypes.addressof(event.id), 8).split(b"\0")[0]
                self._events.append((event.sample, raw.decode("utf-8", "ignore")))
            elif event.type == _WORD_EVENT:
                self._words.append((event.sample, event.text_position - 1, event.length))
            index += 1
        return 0

    def speak(
        self, voice: str, text: str, words_per_minute: int = 165, pitch: int = 50, pitch_range: int = 55
    ) -> SpokenText | None:
        """Speak ``text`` with ``voice`` (``de``, ``en-us+f3``); None for an unknown voice or when nothing was said.

        ``pitch`` and ``pitch_range`` are 0…99.
        """
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._chunks, self._events, self._words = [], [], []
        data = text.encode("utf-8")
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._chunks:
            return None
        return SpokenText(np.concatenate(self._chunks), self._sample_rate_hz, tuple(self._events), tuple(self._words))

    def phonemes(self, voice: str, text: str) -> str:
        """IPA of ``text``, words apart by a space, stress marked; empty for an unknown voice. No punctuation."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return ""
        translate = self._library.espeak_TextToPhonemes
        translate.restype = ctypes.c_char_p
        kept = ctypes.create_string_buffer(text.encode("utf-8"))
        rest = ctypes.c_void_p(ctypes.addressof(kept))
        clauses = []
        while rest.value:
            clauses.append((translate(ctypes.byref(rest), _UTF8, _IPA) or b"").decode("utf-8").strip())
        return " ".join(clause for clause in clauses if clause)

    def has_voice(self, voice: str) -> bool:
        """Whether ``voice`` can speak."""
        return int(self._library.espeak_SetVoiceByName(voice.encode())) == 0


@cache
def espeak() -> Espeak:
    """The library, initialised once per process. Raises as :class:`Espeak`."""
    return Espeak()


def espeak_phones(spoken: SpokenText) -> list[SpokenPhone]:
    """Phones with start and end, stops from where their closure begins; pauses have an empty symbol."""
    rate = spoken.sample_rate_hz
    starts = [sample / rate for sample, _ in spoken.events]
    symbols = [symbol.strip("ˈˌ ") for _, symbol in spoken.events]
    for index, symbol in enumerate(symbols):
        if symbol[:1] in _STOPS and index:
            starts[index] = max(starts[index] - STOP_SHIFT_SECONDS, starts[index - 1] + _SHORTEST_PHONE_SECONDS)
    ends = [*starts[1:], len(spoken.samples) / rate]
    return [SpokenPhone(a, max(b, a), s) for a, b, s in zip(starts, ends, symbols, strict=True)]
