"""English alignment with pocketsphinx: the words over the whole clip, then their phones as one-phone words.

pocketsphinx's own second pass gives up on longer clips ("Alignment failed"), so phones are aligned with the same search
as words: each phone is a dictionary entry of its own, in the order of the pronunciations that the word pass chose. Its
search loses the way at some beam widths and finds it at others; several are tried. Where the phones of a whole clip are
not found, each word's are looked for within the word, and at last divided evenly.

Fit is judged by acoustic scores: an unrestricted phone search says how well any sounds can explain the recording, the
word pass how well these words do. Right words come close to the former.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.errors import Cancelled, EngineError, UserError, extra_hint
from maya_a2f.worker.transcript.alignment import SAMPLE_RATE_HZ, Alignment, Floats, IsCancelled, SpokenWord, misfit
from maya_a2f.worker.transcript.spelling import spelled_phones
from maya_a2f.worker.transcript.words import english_words

Doubles = npt.NDArray[np.float64]

ALIGNER = "pocketsphinx"
LEAST_SCORE = 0.5
"""Calibrated on synthetic speech with its own, shuffled and foreign transcripts."""
LEAST_WORD_SCORE = 0.5
"""Words that sound less like themselves are left to the network."""
LONGEST_PHONE_SECONDS = 0.35
"""Mean of a word; a word that is stretched further fills in for others."""
LEAST_COVERAGE = 0.7
"""Share of the loud frames that must lie within trusted words: nothing else may swallow speech."""
_BEAMS = (1e-64, 1e-48, 1e-90, 1e-120)
_FRAMES_PER_SECOND = 100
_SAMPLES_PER_FRAME = SAMPLE_RATE_HZ // _FRAMES_PER_SECOND
_LOG_BASE = math.log(1.0001)
_ALLPHONE_SCALE = 1024
"""The phone search reports scores without the shift by 10 bits that the word search applies."""
_LEAST_PROBABILITY = 1e-300
_PHONE_NAMES = """
AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH
"""
_PHONES = tuple(_PHONE_NAMES.split())
_STOPS = frozenset({"P", "B", "T", "D", "K", "G", "CH", "JH"})
_STOP_CLOSURE_SECONDS = 0.06
_WORD_MARGIN_FRAMES = 6
_PEAK = 0.7
_SILENCE_DB = -40.0
_SHORTEST_PHONE_SECONDS = 0.03


@dataclass(frozen=True)
class Stretch:
    """One item of a search's result: frames ``first`` ≤ f < ``end``."""

    name: str
    first: int
    end: int
    log_score: float


def align_english(samples: Floats, text: str, cancelled: IsCancelled) -> Alignment:
    """Align ``samples`` (N,) at 16 kHz with English ``text``; errors as in :func:`.alignment.align`."""
    words = english_words(text)
    if not words:
        raise UserError(
            "The transcript has no English words.",
            code="transcript.empty",
            hint="Give the words that are spoken in the clip, or name their --language.",
        )
    recogniser = _Recogniser(cancelled)
    sound = _pcm(samples)
    found = recogniser.words(words, sound) if len(samples) >= SAMPLE_RATE_HZ // 10 else None
    if found is None:
        return misfit("arpabet", ALIGNER, "The words of the transcript were not found in the recording.")
    spoken = [item for item in found if not _is_filler(item.name)]
    free = recogniser.free_scores(sound)
    score = float(free.mean()) / _mean_score(found)
    trusted = [_is_trusted(item, free, len(recogniser.pronunciation(item.name))) for item in spoken]
    reason = _why_not(score, _coverage([s for s, good in zip(spoken, trusted, strict=True) if good], samples))
    phones = recogniser.phones(spoken, sound) if not reason else []
    return Alignment(
        phones=_cut([p for group, good in zip(phones, trusted, strict=False) if good for p in group], samples),
        words=tuple(SpokenWord(s.first / 100, s.end / 100, w) for s, w in zip(spoken, words, strict=True)),
        alphabet="arpabet",
        score=score,
        fits=not reason,
        reason=reason or f"{sum(trusted)} of {len(words)} words found.",
        aligner=ALIGNER,
    )


def _is_trusted(word: Stretch, free: Doubles, phone_count: int) -> bool:
    """Whether the sound of a word is its own; ``free`` as :meth:`_Recogniser.free_scores` gives it."""
    frames = word.end - word.first
    if frames > phone_count * LONGEST_PHONE_SECONDS * _FRAMES_PER_SECOND or word.log_score >= 0.0:
        return False
    return float(free[word.first : word.end].sum()) / word.log_score >= LEAST_WORD_SCORE


def _why_not(score: float, coverage: float) -> str:
    if score < LEAST_SCORE:
        return f"The sounds are not those of its words (score {score:.2f}, at least {LEAST_SCORE:g} is needed)."
    if coverage < LEAST_COVERAGE:
        return f"Only {coverage:.0%} of the speech is explained by its words."
    return ""


def _pcm(samples: Floats) -> bytes:
    """16-bit sound at a fixed peak, so that level does not matter."""
    loudest = float(np.max(np.abs(samples), initial=0.0))
    scaled = samples * (_PEAK * 32767.0 / loudest) if loudest > 0 else samples
    return scaled.astype("<i2").tobytes()


def _coverage(spoken: Sequence[Stretch], samples: Floats) -> float:
    """Share of the frames within 20 dB of the loud ones that lie in words."""
    loud = _louder_than(samples, -20.0)
    inside = np.zeros(len(loud), bool)
    for item in spoken:
        inside[item.first : item.end] = True
    return float((loud & inside).sum() / max(1, loud.sum()))


def _louder_than(samples: Floats, level_db: float) -> npt.NDArray[np.bool_]:
    """(frames,) whether a frame's power lies above ``level_db`` relative to the loud ones."""
    count = len(samples) // _SAMPLES_PER_FRAME
    frames = samples[: count * _SAMPLES_PER_FRAME].reshape(count, _SAMPLES_PER_FRAME).astype(np.float64)
    power = (frames**2).mean(axis=1)
    return np.asarray(power > 10 ** (level_db / 10) * np.percentile(power, 95) if count else np.zeros(0, bool))


def _cut(phones: Sequence[SpokenPhone], samples: Floats) -> tuple[SpokenPhone, ...]:
    """No phone outlasts the sound: the search has no silence after the last word."""
    sounding = np.flatnonzero(_louder_than(samples, _SILENCE_DB))
    end = (float(sounding[-1]) + 1) / _FRAMES_PER_SECOND if len(sounding) else 0.0
    return tuple(
        replace(phone, end_seconds=min(phone.end_seconds, max(end, phone.start_seconds + _SHORTEST_PHONE_SECONDS)))
        for phone in phones
    )


def _mean_score(items: Sequence[Stretch]) -> float:
    return sum(item.log_score for item in items) / max(1, items[-1].end)


def _is_filler(name: str) -> bool:
    return name.startswith(("<", "[", "+"))


def _bare(name: str) -> str:
    """``the(2)`` → ``the``."""
    return name.partition("(")[0]


class _Recogniser:
    """The decoders of one alignment, made when first needed."""

    def __init__(self, cancelled: IsCancelled) -> None:
        try:
            import pocketsphinx
        except ImportError as error:
            raise EngineError(
                "English transcripts need pocketsphinx, which is not installed.",
                code="transcript.no_recogniser",
                hint=extra_hint("transcript"),
                details=str(error),
            ) from error
        self._make: Any = vars(pocketsphinx)["Decoder"]
        self._cancelled = cancelled
        self._decoders: dict[tuple[float, bool], Any] = {}
        self._added: dict[str, list[str]] = {}

    def words(self, words: Sequence[str], sound: bytes) -> list[Stretch] | None:
        """All words in order, with silences; None where they are not to be found."""
        for word in words:
            if word not in self._added and self._decoder(_BEAMS[0], True).lookup_word(word) is None:
                self._added[word] = spelled_phones(word) or ["AH"]
        return self._searched(words, sound, scored=True)

    def free_scores(self, sound: bytes) -> Doubles:
        """(frames,) log score of the best phones without any order."""
        decoder = self._make(samprate=float(SAMPLE_RATE_HZ), lm=None, loglevel="FATAL", compallsen=True)
        decoder.add_allphone_file("phones", None)
        decoder.activate_search("phones")
        scores = np.zeros(len(sound) // (2 * _SAMPLES_PER_FRAME) + 1)
        for item in self._decoded(decoder, sound):
            scores[item.first : item.end] = _ALLPHONE_SCALE * item.log_score / (item.end - item.first)
        return scores

    def phones(self, spoken: Sequence[Stretch], sound: bytes) -> list[list[SpokenPhone]]:
        """The phones of aligned words, word by word."""
        sounds = [self.pronunciation(item.name) for item in spoken]
        names = [_entry(phone) for phones in sounds for phone in phones]
        found = self._searched(names, sound, scored=False)
        if found is not None:
            starts = [sum(map(len, sounds[:index])) for index in range(len(sounds) + 1)]
            phones = _timed(found, set(starts))
            return [phones[start:end] for start, end in itertools.pairwise(starts)]
        return [self._within(item, word_phones, sound) for item, word_phones in zip(spoken, sounds, strict=True)]

    def _within(self, word: Stretch, phones: Sequence[str], sound: bytes) -> list[SpokenPhone]:
        """The phones of one word looked for in its own sound; evenly divided where that fails too."""
        first = max(0, word.first - _WORD_MARGIN_FRAMES)
        bytes_per_frame = 2 * _SAMPLES_PER_FRAME
        piece = sound[first * bytes_per_frame : (word.end + _WORD_MARGIN_FRAMES) * bytes_per_frame]
        found = self._searched([_entry(phone) for phone in phones], piece, scored=False)
        if found is not None:
            shift = first / _FRAMES_PER_SECOND
            return [
                replace(p, start_seconds=p.start_seconds + shift, end_seconds=p.end_seconds + shift)
                for p in _timed(found, {0})
            ]
        step = (word.end - word.first) / len(phones)
        return [
            SpokenPhone((word.first + i * step) / 100, (word.first + (i + 1) * step) / 100, phone)
            for i, phone in enumerate(phones)
        ]

    def pronunciation(self, name: str) -> list[str]:
        """ARPABET phones of a word that :meth:`words` found."""
        if name in self._added:
            return self._added[name]
        known: str | None = self._decoder(_BEAMS[0], True).lookup_word(name)
        return known.split() if known else spelled_phones(_bare(name)) or ["AH"]

    def _searched(self, names: Sequence[str], sound: bytes, *, scored: bool) -> list[Stretch] | None:
        for beam in _BEAMS:
            decoder = self._decoder(beam, scored)
            for word, phones in self._added.items():
                if decoder.lookup_word(word) is None:
                    decoder.add_word(word, " ".join(phones), True)
            try:
                decoder.set_align_text(" ".join(names))
            except RuntimeError:
                return None
            items = self._decoded(decoder, sound)
            if items and [_bare(item.name) for item in items if not _is_filler(item.name)] == list(names):
                return items
        return None

    def _decoder(self, beam: float, scored: bool) -> Any:
        """``scored``: against the best of all sounds, which scores need and which takes several times as long."""
        if (beam, scored) not in self._decoders:
            decoder = self._make(
                samprate=float(SAMPLE_RATE_HZ), lm=None, loglevel="FATAL", compallsen=scored,
                beam=beam, wbeam=beam * 1e10, pbeam=beam,
            )  # fmt: skip
            for phone in _PHONES:
                decoder.add_word(_entry(phone), phone, phone == _PHONES[-1])
            self._decoders[beam, scored] = decoder
        return self._decoders[beam, scored]

    def _decoded(self, decoder: Any, sound: bytes) -> list[Stretch]:
        if self._cancelled():
            raise Cancelled
        try:
            decoder.start_utt()
            decoder.process_raw(sound, full_utt=True)
            decoder.end_utt()
        except RuntimeError:
            return []
        if decoder.hyp() is None:
            return []
        return [
            Stretch(s.word, s.start_frame, s.end_frame + 1, math.log(max(s.ascore, _LEAST_PROBABILITY)) / _LOG_BASE)
            for s in decoder.seg()
            if s.word not in ("<s>", "</s>")
        ]


def _entry(phone: str) -> str:
    """The dictionary entry that is spoken as this phone alone."""
    return f"_{phone.lower()}"


def _timed(found: Sequence[Stretch], word_starts: set[int]) -> list[SpokenPhone]:
    """Phones with times. Silence before a stop is its closure: within a word all of it, between words a short part."""
    phones: list[SpokenPhone] = []
    silence_frames = 0
    for item in found:
        if _is_filler(item.name):
            silence_frames += item.end - item.first
            continue
        symbol = item.name.lstrip("_").upper()
        start = item.first / _FRAMES_PER_SECOND
        silence = silence_frames / _FRAMES_PER_SECOND
        if symbol in _STOPS:
            start -= min(silence, _STOP_CLOSURE_SECONDS) if len(phones) in word_starts else silence
        elif silence and len(phones) not in word_starts:
            phones[-1] = replace(phones[-1], end_seconds=start)
        phones.append(SpokenPhone(start, item.end / _FRAMES_PER_SECOND, symbol))
        silence_frames = 0
    return phones
