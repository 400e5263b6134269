"""The report on a take that is still in memory, with its sound: no file is read but a TextGrid."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from maya_a2f.core.head import Head
from maya_a2f.core.take import Take
from maya_a2f.core.textgrid import Span, phone_tier, read_textgrid, word_tier
from maya_a2f.errors import UserError
from maya_a2f.quality.animation import Animation
from maya_a2f.quality.report import Report, judge
from maya_a2f.quality.sound import reduce_sound
from maya_a2f.quality.study import make_study
from maya_a2f.worker.audio import Audio
from maya_a2f.worker.transcript.alignment import Alignment

_SMALLEST_FRAMES = 3


def take_verdict(
    take: Take, audio: Audio, head: Head, alignment: Alignment | None = None, phones_path: Path | None = None
) -> Report:
    """Phones come from the TextGrid where one is given, else from the alignment of the take's transcript.

    Raises :class:`UserError` ``curves.too_short``, and as :func:`read_textgrid`.
    """
    if take.frame_count < _SMALLEST_FRAMES:
        raise UserError(
            f"The take has {take.frame_count} frames; nothing can be judged on so few.",
            code="curves.too_short",
            hint="Give a clip of at least a second.",
        )
    tracks = {name: np.asarray(samples, np.float64) for name, samples in take.tracks.items()}
    animation = Animation("", take.rate, tracks, take.frame_count, take.tail_frames, take.made_by, take.notes)
    phones, words = _speech(alignment, phones_path)
    sound = reduce_sound(audio.samples, audio.rate_hz)
    return judge(make_study(animation, head, sound=sound, phones=phones, words=words))[0]


def _speech(alignment: Alignment | None, path: Path | None) -> tuple[tuple[Span, ...] | None, tuple[Span, ...]]:
    if path is not None:
        tiers = read_textgrid(path)
        words = word_tier(tiers)
        return phone_tier(tiers, str(path)).spans, words.spans if words else ()
    if alignment is None or not alignment.fits:
        return None, ()
    return (
        tuple(Span(phone.start_seconds, phone.end_seconds, phone.symbol) for phone in alignment.phones),
        tuple(Span(word.start_seconds, word.end_seconds, word.text) for word in alignment.words),
    )
