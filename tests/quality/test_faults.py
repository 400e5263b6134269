"""Every known fault is found by the measure it belongs to, and by no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.quality.speaker import RATE, Speech, faults, judged, speak

LATE = 3 / RATE


def test_a_faultless_take_passes() -> None:
    report, _ = judged(speak())
    assert {m.key: m.why for m in report.measures if m.verdict not in ("good", "not measured")} == {}
    assert report.verdict == "good"
    assert report.events == ()
    assert [line.verdict for line in report.lines] == ["good"] * 5


def test_a_faultless_take_is_measured_in_full() -> None:
    report, _ = judged(speak())
    unmeasured = {measure.key for measure in report.measures if measure.verdict == "not measured"}
    assert unmeasured <= {"over_closing_nasals", "over_closing", "closure_hold"}
    assert report.measure("closure_recall").count == 8
    assert report.measure("closure_recall").value == 1.0
    assert report.measure("labiodentals").value == 1.0
    assert report.measure("false_closures").value == 0.0


def test_lips_that_never_close() -> None:
    speech = speak()
    shut = speech.frames_of("M", "B", "P", margin=0.07)
    speech.jaw[shut] = np.maximum(speech.jaw[shut], 0.16)
    report, _ = judged(speech)
    assert faults(report) == {"closure_recall"}
    assert report.measure("closure_recall").verdict == "bad"
    assert report.measure("closure_recall").value == 0.0


def test_one_closure_that_is_missed_is_named_with_its_time() -> None:
    speech = speak()
    phone = next(span for span in speech.phones if span.label == "P")
    missed = (speech.times >= phone.start_seconds - 0.04) & (speech.times <= phone.end_seconds + 0.03)
    speech.jaw[missed] = np.maximum(speech.jaw[missed], 0.16)
    report, _ = judged(speech)
    (event,) = report.measure("closure_recall").events
    assert (event.start_seconds, event.what.endswith("'P'")) == (phone.start_seconds, True)
    assert report.frame(event.start_seconds) == round(1 + phone.start_seconds * RATE)
    line = next(line for line in report.lines if line.start_seconds <= phone.start_seconds < line.end_seconds)
    assert line.verdict != "good"
    assert [other.verdict for other in report.lines if other is not line] == ["good"] * 4


def test_a_long_m_that_is_only_touched() -> None:
    speech = speak()
    spans = list(speech.phones)
    first = next(k for k, span in enumerate(spans) if span.label == "B")
    spans[first] = replace(spans[first], end_seconds=spans[first].end_seconds + 0.12, label="M")
    del spans[first + 1]
    speech.phones = tuple(spans)
    report, _ = judged(speech)
    assert faults(report) == {"closure_hold"}
    long = (speech.times >= spans[first].start_seconds) & (speech.times <= spans[first].end_seconds)
    speech.jaw[long] = 0.0
    assert faults(judged(speech)[0]) == set()


def test_lips_that_close_on_vowels() -> None:
    speech = speak()
    for span in [span for span in speech.phones if span.label in ("AE", "EY", "AH")]:
        speech.jaw[np.abs(speech.times - span.middle_seconds) <= 0.034] = 0.0
    report, _ = judged(speech)
    assert faults(report) == {"false_closures"}
    assert {event.what.split()[-1] for event in report.events} == {"'AE'", "'EY'", "'AH'"}


def test_lips_that_close_on_every_consonant() -> None:
    speech = speak()
    for span in [span for span in speech.phones if span.label in ("T", "K", "S", "D", "G", "L", "N")]:
        speech.jaw[np.abs(speech.times - span.middle_seconds) <= 0.034] = 0.0
    report, _ = judged(speech)
    assert faults(report) <= {"over_closing", "over_closing_nasals"}
    assert "over_closing" in faults(report)


def test_a_lower_lip_that_does_not_rise() -> None:
    speech = speak()
    tuck = speech.frames_of("F", "V", margin=0.03)
    speech.jaw[tuck] = np.maximum(speech.jaw[tuck], 0.2)
    report, _ = judged(speech)
    assert faults(report) == {"labiodentals"}


def test_lips_that_do_not_round() -> None:
    speech = speak()
    speech.pucker[:] = 0.0
    speech.spread[:] *= 0.05
    report, _ = judged(speech)
    assert faults(report) == {"rounding"}


@pytest.mark.parametrize(("frames", "direction"), [(3, "after"), (-3, "before")])
def test_a_mouth_off_by_three_frames(frames: int, direction: str) -> None:
    speech = speak()
    for curve in (speech.jaw, speech.pucker, speech.spread):
        curve[:] = np.roll(curve, frames)
    report, study = judged(speech)
    assert faults(report) <= {"closure_offset", "loudness_lag"}
    offset = report.measure("closure_offset")
    assert offset.verdict == "bad"
    assert offset.value == pytest.approx(frames / RATE, abs=0.02)
    assert direction in offset.why
    assert study.phone_shift_seconds == offset.value
    assert any("as a whole" in note for note in report.notes)


def test_a_late_mouth_is_found_by_the_sound_alone() -> None:
    speech = speak()
    speech.jaw[:] = np.roll(speech.jaw, 4)
    report, _ = judged(speech, with_phones=False)
    assert faults(report) == {"loudness_lag"}
    assert report.measure("loudness_lag").value == pytest.approx(4 / RATE, abs=0.04)


@pytest.mark.parametrize("with_phones", [True, False])
def test_a_mouth_that_moves_in_silence(with_phones: bool) -> None:
    speech = speak()
    quiet = (speech.times > 2.2) & (speech.times < 2.75)
    speech.jaw[quiet] += 0.08 * (1 - np.cos(2 * np.pi * 4 * (speech.times[quiet] - 2.2))) / 2
    report, _ = judged(speech, with_phones=with_phones)
    assert faults(report) == {"silence_motion"}
    (event,) = report.events
    assert 2.1 < event.start_seconds < event.end_seconds < 2.8


def test_a_mouth_that_stands_open_in_pauses() -> None:
    speech = speak()
    for start in (0.2, 2.0, 3.95, 5.9, 7.9):
        end = min(start + 0.85, speech.duration)
        speech.jaw[(speech.times >= start) & (speech.times < end)] = 0.1
    report, _ = judged(speech)
    assert "silence_open" in faults(report)


def test_a_hanging_mouth_at_the_end() -> None:
    speech = speak()
    speech.jaw[speech.times > speech.phones[-1].end_seconds] = 0.15
    report, _ = judged(speech)
    assert faults(report) == {"end_at_rest"}
    assert report.measure("end_at_rest").verdict == "bad"
    assert report.events[-1].start_seconds == pytest.approx(speech.times[-1])


@pytest.mark.parametrize("name", ["jawOpen", "browInnerUp"])
def test_a_jittery_curve(name: str) -> None:
    speech = speak()
    shaken = np.flatnonzero((speech.times > 1.0) & (speech.times < 1.9))
    if name == "jawOpen":
        # On a plateau, so that frame-to-frame noise is the only thing that is wrong with it.
        speech.extra["mouthUpperUpLeft"] = speech.extra["mouthUpperUpRight"] = _noise(speech, shaken, 0.05) + 0.05
    else:
        speech.extra[name] = _noise(speech, shaken, 0.04) + 0.1
    report, _ = judged(speech)
    assert faults(report) == {"jitter"}


def _noise(speech: Speech, frames: np.ndarray, size: float) -> np.ndarray:
    result = np.zeros(len(speech.jaw))
    result[frames] = size * np.where(frames % 2, 1.0, -1.0)
    return result


def test_a_weight_that_is_cut_off() -> None:
    speech = speak()
    speech.extra["browInnerUp"] = np.minimum(1.0, 2.0 * np.sin(np.pi * speech.times / speech.duration))
    report, _ = judged(speech)
    assert faults(report) == {"clipping"}
    assert "browInnerUp" in report.measure("clipping").why


def test_a_mouth_that_hardly_opens() -> None:
    speech = speak()
    for curve in (speech.jaw,):
        curve *= 0.3
    report, _ = judged(speech)
    assert "opening" in faults(report)
    assert "hardly" in report.measure("opening").why


def test_lips_that_pass_through_each_other() -> None:
    speech = speak()
    speech.extra["mouthClose"] = 0.15 * speech.frames_of("M", "B", "P", margin=-0.02)
    report, _ = judged(speech)
    assert "crossing" in faults(report)


def test_a_face_that_moves_on_one_side() -> None:
    speech = speak()
    speech.extra["mouthSmileLeft"] = 0.2 * np.sin(np.pi * speech.times / speech.duration)
    speech.extra["mouthSmileRight"] = np.zeros(len(speech.jaw))
    speech.spread[:] *= 1.0
    report, _ = judged(speech)
    assert "balance" in faults(report)
    assert "mouthSmile" in report.measure("balance").why


def test_eyes_that_never_close() -> None:
    speech = speak()
    speech.blink[:] = 0.0
    report, _ = judged(speech)
    assert faults(report) == {"blinks"}


def test_eyes_that_stay_closed() -> None:
    speech = speak()
    speech.blink[60:100] = 1.0
    report, _ = judged(speech)
    assert faults(report) == {"blinks"}
    assert len(report.measure("blinks").events) == 1


def test_a_jump_within_one_frame_is_too_fast() -> None:
    speech = speak()
    for span in [span for span in speech.phones if span.label == "AA"]:
        speech.jaw[round(span.middle_seconds * RATE)] = 0.95
    report, _ = judged(speech)
    assert {"lip_speed", "lip_acceleration"} <= faults(report)


def test_without_phones_the_measures_on_phones_say_what_they_need() -> None:
    report, _ = judged(speak(), with_phones=False)
    assert report.measure("closure_recall").verdict == "not measured"
    assert "--phones" in report.measure("closure_recall").why
    assert report.measure("silence_motion").verdict == "good"
    assert report.verdict == "good"


def test_without_sound_and_phones_the_curves_alone_are_judged() -> None:
    report, _ = judged(speak(), with_phones=False, with_sound=False)
    assert report.measure("silence_motion").verdict == "not measured"
    assert "--audio" in report.measure("silence_motion").why
    assert report.measure("end_at_rest").verdict == "good"
