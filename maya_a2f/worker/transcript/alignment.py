"""What an alignment is, and how to get one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.lip_contacts import Alphabet, SpokenPhone
from maya_a2f.core.transcript import Transcript
from maya_a2f.worker.resampling import resample

SAMPLE_RATE_HZ = 16000
Floats = npt.NDArray[np.float32]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True)
class SpokenWord:
    """One word in time."""

    start_seconds: float
    end_seconds: float
    text: str


@dataclass(frozen=True)
class Alignment:
    """Where the words and phones of a transcript lie in a recording."""

    phones: tuple[SpokenPhone, ...]
    """In order of time; silence is left out."""
    words: tuple[SpokenWord, ...]
    alphabet: Alphabet
    score: float
    """How well it fits: about 1 for the right words, towards 0 for others. Comparable within one aligner only."""
    fits: bool
    reason: str
    """In words: why it does not fit, or what was done."""
    aligner: str
    """What found it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "aligner": self.aligner,
            "alphabet": self.alphabet,
            "fits": self.fits,
            "score": round(self.score, 4),
            "reason": self.reason,
            "words": [[round(w.start_seconds, 4), round(w.end_seconds, 4), w.text] for w in self.words],
            "phones": [[round(p.start_seconds, 4), round(p.end_seconds, 4), p.symbol] for p in self.phones],
        }


def alignment_from_dict(data: dict[str, Any]) -> Alignment:
    """The inverse of :meth:`Alignment.to_dict`, for records that this program wrote."""
    return Alignment(
        phones=tuple(SpokenPhone(start, end, symbol) for start, end, symbol in data["phones"]),
        words=tuple(SpokenWord(start, end, text) for start, end, text in data["words"]),
        alphabet=data["alphabet"],
        score=float(data["score"]),
        fits=bool(data["fits"]),
        reason=str(data["reason"]),
        aligner=str(data["aligner"]),
    )


def misfit(alphabet: Alphabet, aligner: str, reason: str, score: float = 0.0) -> Alignment:
    """An alignment that must not be used."""
    return Alignment((), (), alphabet, score, False, reason, aligner)


def is_english(language: str) -> bool:
    """``en``, ``en-us``, ``en_GB`` …"""
    return language.lower().replace("_", "-").split("-")[0] in ("en", "eng", "english")


def align(samples: Floats, rate_hz: int, transcript: Transcript, cancelled: IsCancelled = lambda: False) -> Alignment:
    """Find the transcript's words in ``samples`` (N,), mono, -1…1.

    English by a speech recogniser's acoustic model, other languages by comparison with a synthetic voice. A transcript
    that belongs to other words comes back with ``fits`` False. Raises :class:`EngineError` ``transcript.no_recogniser``
    or ``transcript.no_voices`` where the extra software is missing, :class:`UserError` ``transcript.language`` for a
    language that no voice speaks, :class:`Cancelled`.
    """
    heard = samples if rate_hz == SAMPLE_RATE_HZ else resample(samples, rate_hz, SAMPLE_RATE_HZ)
    if is_english(transcript.language):
        from maya_a2f.worker.transcript.recogniser import align_english

        return align_english(heard, transcript.text, cancelled)
    from maya_a2f.worker.transcript.imitation import align_by_imitation

    return align_by_imitation(heard, transcript.text, transcript.language, cancelled)
