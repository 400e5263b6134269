"""Alignment in any language that eSpeak NG speaks. A synthetic voice says the text; its sound, whose phone times are
known, is laid over the recording by dynamic time warping."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from maya_a2f.core.lip_contacts import SpokenPhone
from maya_a2f.errors import Cancelled, EngineError, UserError
from maya_a2f.worker.espeak import Espeak, SpokenText, espeak, espeak_phones
from maya_a2f.worker.resampling import resample
from maya_a2f.worker.transcript.alignment import SAMPLE_RATE_HZ, Alignment, Floats, IsCancelled, SpokenWord, misfit
from maya_a2f.worker.transcript.warping import FRAMES_PER_SECOND, Warp, cepstra, warped

ALIGNER = "eSpeak NG"
LEAST_SCORE = 0.08
"""Calibrated on synthetic speech with its own and other transcripts."""
LONGEST_SECONDS = 45.0
_VARIANTS = ("", "+f2", "+f4", "+m3")
"""A speaker is better imitated by a voice of like size; eSpeak NG's variants of every voice."""
_OTHER_NAMES = {"zh": "cmn", "jp": "ja", "no": "nb", "iw": "he", "in": "id"}
_NOT_SPOKEN = re.compile(r"\[[^\]]*\]|<[^>]*>")
_WORDS_PER_MINUTE = 165
_SLOWEST, _FASTEST = 90, 400
_QUIET_SHARE = 1e-3
_MARGIN_SECONDS = 0.05


def align_by_imitation(samples: Floats, text: str, language: str, cancelled: IsCancelled) -> Alignment:
    """Align ``samples`` (N,) at 16 kHz; errors as in :func:`.alignment.align`."""
    voice, name = _voice(language)
    spoken_text = " ".join(_NOT_SPOKEN.sub(" ", text).split())
    first, last = _spoken_part(samples)
    heard = samples[first:last]
    if not SAMPLE_RATE_HZ // 10 < len(heard) <= LONGEST_SECONDS * SAMPLE_RATE_HZ:
        return misfit("ipa", ALIGNER, f"Only recordings up to {LONGEST_SECONDS:g} s with speech can be aligned.")
    best: _Imitation | None = None
    for variant in _VARIANTS:
        if cancelled():
            raise Cancelled
        made = _imitated(voice, name + variant, spoken_text, heard)
        if made is not None and (best is None or made.score > best.score):
            best = made
    if best is None:
        raise UserError(
            f"The voice for '{language}' finds nothing to say in the transcript.",
            code="transcript.empty",
            hint="Check the text and its --language.",
        )
    score, spoken = best.score, best.spoken
    if score < LEAST_SCORE:
        reason = f"It does not sound like its words (score {score:.2f}, at least {LEAST_SCORE:g} is needed)."
        return misfit("ipa", ALIGNER, reason, score)
    clock = _Clock(best.warp, best.shift_seconds, first / SAMPLE_RATE_HZ)
    return Alignment(
        phones=tuple(_phones(spoken, clock)),
        words=tuple(_words(spoken, spoken_text, clock)),
        alphabet="ipa",
        score=score,
        fits=True,
        reason=f"Spoken by '{name}' and laid over the recording.",
        aligner=ALIGNER,
    )


@dataclass(frozen=True)
class _Imitation:
    """One voice's attempt."""

    spoken: SpokenText
    shift_seconds: float
    """How much silence was cut from its start."""
    warp: Warp

    @property
    def score(self) -> float:
        """By how much the path is better than one that means nothing."""
        return 1.0 - self.warp.cost / max(self.warp.chance, 1e-9)


def _imitated(voice: Espeak, name: str, text: str, heard: Floats) -> _Imitation | None:
    """``text`` spoken about as fast as ``heard``; None where the voice finds nothing to say."""
    spoken = voice.speak(name, text, _WORDS_PER_MINUTE)
    if spoken is not None:
        spoken = voice.speak(name, text, _fitting_speed(spoken, len(heard) / SAMPLE_RATE_HZ))
    if spoken is None or not any(phone.symbol for phone in espeak_phones(spoken)):
        return None
    imitation, shift_seconds = _trimmed(spoken)
    if len(imitation) < SAMPLE_RATE_HZ // FRAMES_PER_SECOND:
        return None
    return _Imitation(spoken, shift_seconds, warped(cepstra(imitation), cepstra(heard)))


def _voice(language: str) -> tuple[Espeak, str]:
    """The library and its name for a language: as given, then without its country."""
    try:
        library = espeak()
    except EngineError as error:
        raise EngineError(
            f"A transcript in '{language}' needs eSpeak NG, which is not installed.",
            code="transcript.no_voices",
            hint=error.hint,
            details=error.details,
        ) from error
    name = language.lower().replace("_", "-")
    base = name.split("-")[0]
    for candidate in (name, _OTHER_NAMES.get(base, base)):
        if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]+)*", candidate) and library.has_voice(candidate):
            return library, candidate
    raise UserError(
        f"No voice speaks the language '{language}'.",
        code="transcript.language",
        hint="Give a code such as en, de, fr, es, it, pt-br or pl ('espeak-ng --voices' lists them).",
    )


def _spoken_part(samples: Floats) -> tuple[int, int]:
    """First and last sample of what is not silence at both ends, with a margin."""
    block = SAMPLE_RATE_HZ // FRAMES_PER_SECOND
    count = len(samples) // block
    power = (samples[: count * block].reshape(count, block).astype(np.float64) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > _QUIET_SHARE * np.percentile(power, 95)) if count else np.zeros(0, np.intp)
    if len(loud) == 0 or not power.any():
        return 0, 0
    margin = int(_MARGIN_SECONDS * SAMPLE_RATE_HZ)
    return max(0, int(loud[0]) * block - margin), min(len(samples), (int(loud[-1]) + 1) * block + margin)


def _trimmed(spoken: SpokenText) -> tuple[Floats, float]:
    """The voice's sound at 16 kHz without silence at its ends, and how many seconds were cut at the start."""
    sound = resample(spoken.samples.astype(np.float32) / 32768.0, spoken.sample_rate_hz, SAMPLE_RATE_HZ)
    first, last = _spoken_part(sound)
    return sound[first:last], first / SAMPLE_RATE_HZ


def _fitting_speed(spoken: SpokenText, wanted_seconds: float) -> int:
    """Words per minute at which the voice takes as long as the recording."""
    seconds = len(_trimmed(spoken)[0]) / SAMPLE_RATE_HZ
    return round(min(_FASTEST, max(_SLOWEST, _WORDS_PER_MINUTE * seconds / max(wanted_seconds, 0.1))))


class _Clock:
    """Time of the voice to time of the recording."""

    def __init__(self, warp: Warp, shift_seconds: float, start_seconds: float) -> None:
        self._warp, self._shift, self._start = warp, shift_seconds, start_seconds

    def seconds(self, voice_seconds: float) -> float:
        """The recording's time."""
        frame = (voice_seconds - self._shift) * FRAMES_PER_SECOND
        grid = np.arange(len(self._warp.position))
        return self._start + float(np.interp(frame, grid, self._warp.position)) / FRAMES_PER_SECOND


def _phones(spoken: SpokenText, clock: _Clock) -> list[SpokenPhone]:
    return [
        SpokenPhone(clock.seconds(phone.start_seconds), clock.seconds(phone.end_seconds), phone.symbol)
        for phone in espeak_phones(spoken)
        if phone.symbol
    ]


def _words(spoken: SpokenText, text: str, clock: _Clock) -> list[SpokenWord]:
    """A word lasts until the next one begins."""
    starts = [clock.seconds(sample / spoken.sample_rate_hz) for sample, _, _ in spoken.words]
    end = clock.seconds(len(spoken.samples) / spoken.sample_rate_hz)
    return [
        SpokenWord(start, stop, text[at : at + length])
        for start, stop, (_, at, length) in zip(starts, [*starts[1:], end], spoken.words, strict=True)
    ]
