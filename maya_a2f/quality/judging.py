"""From files to reports: read the take, its sound and its phones; check that they belong together; judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from maya_a2f.core.head import Head
from maya_a2f.core.textgrid import Span, phone_tier, read_textgrid, word_tier
from maya_a2f.core.transcript import Transcript
from maya_a2f.errors import A2FError, Cancelled, UserError
from maya_a2f.quality.animation import Animation, read_animation
from maya_a2f.quality.report import Report, judge
from maya_a2f.quality.sound import Sound, reduce_sound
from maya_a2f.quality.study import Study, make_study
from maya_a2f.worker.audio import load_audio

_LARGEST_DIFFERENCE_SECONDS = 0.1
_LONGEST_TAIL_SECONDS = 2.0


@dataclass(frozen=True)
class JudgeRequest:
    """What to judge, and by what."""

    take_path: Path
    audio_path: Path | None = None
    """None: the sound the take was made from, where it is still there."""
    phones_path: Path | None = None
    """A Praat TextGrid with a tier of phones."""
    transcript: Transcript | None = None
    """The words; phones come from aligning them to the sound, unless ``phones_path`` is given."""
    start_frame: float = 1.0
    rate: Fraction | None = None
    """For tables without times."""
    mouth_close_contains_jaw: bool = False


@dataclass(frozen=True)
class _Speech:
    """Phones and words, and where they come from."""

    phones: tuple[Span, ...] | None = None
    words: tuple[Span, ...] = ()
    origin: str = ""
    notes: tuple[str, ...] = ()


def judge_take(request: JudgeRequest, head: Head, cancelled: Callable[[], bool] | None = None) -> tuple[Report, Study]:
    """The report on one take, and the study it rests on (for the picture).

    Raises :class:`UserError`: as :func:`read_animation`, :func:`read_textgrid` and :func:`load_audio`, and
    ``report.length`` where sound and take are of different length, ``report.phones_length`` for phones beyond it.
    """
    animation = read_animation(
        request.take_path, rate=request.rate, mouth_close_contains_jaw=request.mouth_close_contains_jaw
    )
    sound, audio_name, notes = _find_sound(request, animation, cancelled)
    if sound is not None:
        _check_length(request, animation, sound, audio_name)
    speech = _find_phones(request, sound, cancelled)
    if speech.phones is not None:
        _check_phones(request, animation, speech.phones)
    study = make_study(animation, head, sound=sound, phones=speech.phones, words=speech.words)
    return judge(
        study,
        start_frame=request.start_frame,
        audio=audio_name,
        phones_from=speech.origin,
        notes=(*notes, *speech.notes),
    )


def _find_sound(
    request: JudgeRequest, animation: Animation, cancelled: Callable[[], bool] | None
) -> tuple[Sound | None, str, tuple[str, ...]]:
    """The sound, its name, and remarks. Only a sound that was asked for must be readable."""
    made_from = animation.made_from("audio")
    path = request.audio_path or (Path(str(made_from["path"])) if made_from.get("path") else None)
    if path is None:
        return None, "", ()
    # A take of a stretch is compared with that stretch, if the recording is the one it was cut from.
    is_same = request.audio_path is None or _same_file(path, made_from)
    start = float(made_from.get("in_seconds") or 0.0) if is_same else 0.0
    end = made_from.get("out_seconds") if is_same else None
    try:
        audio = load_audio(path, in_seconds=start, out_seconds=end, cancelled=cancelled)
    except UserError:
        if request.audio_path is not None:
            raise
        return None, "", (f"The sound it was made from, '{path}', cannot be read; add --audio.",)
    notes: tuple[str, ...] = ()
    if request.audio_path is None and made_from.get("hash") not in (None, audio.content_hash):
        notes = (f"'{path}' has changed since the take was made.",)
    return reduce_sound(audio.samples, audio.rate_hz), path.name, notes


def _same_file(path: Path, made_from: Mapping[str, Any]) -> bool:
    return "path" in made_from and path.absolute() == Path(str(made_from["path"])).absolute()


def _check_length(request: JudgeRequest, animation: Animation, sound: Sound, audio_name: str) -> None:
    """A take with a known tail must fit; a table may have a tail of unknown length."""
    rate = float(animation.rate)
    excess = (animation.frame_count - (animation.tail_frames or 0)) / rate - sound.duration_seconds
    slack = max(_LARGEST_DIFFERENCE_SECONDS, 2 / rate)
    longest = slack if animation.tail_frames is not None else _LONGEST_TAIL_SECONDS
    if -slack <= excess <= longest:
        return
    raise UserError(
        f"'{audio_name}' lasts {sound.duration_seconds:.2f} s, but '{request.take_path}' "
        f"{excess + sound.duration_seconds:.2f} s: they do not belong together.",
        code="report.length",
        hint="Give the recording the take was made from (--audio); for a CSV without times also --fps.",
    )


def _find_phones(request: JudgeRequest, sound: Sound | None, cancelled: Callable[[], bool] | None) -> _Speech:
    if request.phones_path is not None:
        tiers = read_textgrid(request.phones_path)
        words = word_tier(tiers)
        return _Speech(
            phone_tier(tiers, str(request.phones_path)).spans, words.spans if words else (), request.phones_path.name
        )
    if request.transcript is None:
        return _Speech()
    if sound is None:
        raise UserError(
            "A transcript can only be used with the sound.", code="report.no_audio", hint="Add --audio CLIP."
        )
    return _align(request.transcript, sound, cancelled)


def _align(transcript: Transcript, sound: Sound, cancelled: Callable[[], bool] | None) -> _Speech:
    """Phones from words; says why where that is not possible, and judges without."""
    try:
        from maya_a2f.worker.transcript.alignment import align

        found = align(sound.samples, sound.rate_hz, transcript, cancelled or (lambda: False))
    except ModuleNotFoundError as error:
        return _Speech(notes=(f"The transcript was not used: '{error.name}' is not installed.",))
    except Cancelled:
        raise
    except A2FError as error:
        return _Speech(notes=(f"The transcript was not used: {error}",))
    if not found.fits:
        return _Speech(notes=(f"The transcript was not used, since it does not fit the sound: {found.reason}",))
    phones = tuple(Span(phone.start_seconds, phone.end_seconds, phone.symbol) for phone in found.phones)
    words = tuple(Span(word.start_seconds, word.end_seconds, word.text) for word in found.words)
    return _Speech(phones, words, f"the transcript ({found.aligner})")


def _check_phones(request: JudgeRequest, animation: Animation, phones: tuple[Span, ...]) -> None:
    end = max((span.end_seconds for span in phones if span.label), default=0.0)
    length = animation.frame_count / float(animation.rate)
    if end <= length + _LARGEST_DIFFERENCE_SECONDS:
        return
    raise UserError(
        f"The phones last until {end:.2f} s, but '{request.take_path}' only {length:.2f} s: "
        "they do not belong together.",
        code="report.phones_length",
        hint="Give the TextGrid of the recording the take was made from.",
    )
