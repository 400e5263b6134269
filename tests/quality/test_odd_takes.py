"""Takes at the edge of what there is: nothing moves, nobody speaks, hardly any frames."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from maya_a2f.core.textgrid import Span
from maya_a2f.quality.animation import Animation
from maya_a2f.quality.picture import picture_png
from maya_a2f.quality.report import judge, reports_json
from maya_a2f.quality.sound import find_pauses, reduce_sound
from maya_a2f.quality.study import make_study
from tests.quality.speaker import RATE, default_head, faults, judged, speak


def still(frames: int) -> Animation:
    return Animation("still", Fraction(RATE), {"jawOpen": np.zeros(frames), "mouthClose": np.zeros(frames)}, frames, 0)


@pytest.mark.parametrize("frames", [3, 5, 60])
@pytest.mark.parametrize("phones", [None, (), (Span(0, 0.05, "M"),), (Span(0, 0.1, ""),)])
def test_a_face_that_never_moves_is_judged(frames: int, phones: tuple[Span, ...] | None) -> None:
    sound = reduce_sound(np.zeros(frames * 16000 // RATE, np.float32), 16000)
    report, study = judge(make_study(still(frames), default_head(), sound=sound, phones=phones))
    assert report.measure("opening").verdict == "bad"
    assert report.measure("end_at_rest").verdict == "good"
    assert "NaN" not in reports_json([report])
    assert picture_png([(report, study)])[0]


def test_a_silent_sound_is_one_pause() -> None:
    (pause,) = find_pauses(reduce_sound(np.zeros(16000, np.float32), 16000))
    assert (pause.start_seconds, pause.end_seconds) == (0.0, 1.0)


def test_a_steady_tone_has_no_pause() -> None:
    assert find_pauses(reduce_sound(np.sin(np.arange(32000)).astype(np.float32), 16000)) == ()


def test_frames_after_the_clip_are_no_silence() -> None:
    speech = speak()
    plain, _ = judged(speech)
    tail = {name: np.concatenate([track, np.zeros(15)]) for name, track in speech.tracks().items()}
    longer = replace(speech.animation(), tracks=tail, frame_count=len(speech.jaw) + 15, tail_frames=15)
    sound = reduce_sound(speech.samples(), 16000)
    report, _ = judge(make_study(longer, default_head(), sound=sound, phones=speech.phones))
    assert faults(report) == faults(plain) == set()
    assert report.measure("silence_motion").count == plain.measure("silence_motion").count


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(60), Fraction(30000, 1001)])
def test_the_verdicts_hold_at_other_frame_rates(rate: Fraction) -> None:
    speech = speak()
    frames = int(speech.duration * rate)
    times = np.arange(frames) / float(rate)
    tracks = {name: np.interp(times, speech.times, track) for name, track in speech.tracks().items()}
    animation = Animation("line", rate, tracks, frames, 0)
    sound = reduce_sound(speech.samples(), 16000)
    report, _ = judge(make_study(animation, default_head(), sound=sound, phones=speech.phones))
    assert faults(report) == set()
