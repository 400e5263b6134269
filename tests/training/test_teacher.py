"""The teacher's rules on phones whose times are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.training.corpus.voices import Phone
from maya_a2f.training.expressions import expression_table
from maya_a2f.training.phones import PHONE_CLASSES
from maya_a2f.training.rig import CONTROLS, TUCK_CM, LipRig, teach_controls
from maya_a2f.training.teacher import perform
from maya_a2f.training.tracks import COLUMN

Tracks = NDArray[np.float32]


def performed(*symbols: str, seconds: float = 0.12) -> tuple[Tracks, dict[int, slice]]:
    """Tracks of ``symbols``, one after the other from 0.5 s on, and the frames of each."""
    start = 0.5
    phones, spans = [], {}
    for index, symbol in enumerate(symbols):
        phones.append(Phone(start, start + seconds, symbol))
        spans[index] = slice(round(start * 100), round((start + seconds) * 100))
        start += seconds
    return perform(phones, "ipa", round(start * 100) + 80).tracks, spans


def gap_of(controls: Tracks, lips: LipRig) -> NDArray[np.float64]:
    return np.asarray(controls @ lips.gap_cm, np.float64)


@pytest.mark.parametrize("consonant", ["p", "b", "m"])
def test_a_bilabial_between_open_vowels_closes_the_lips(consonant: str) -> None:
    tracks, spans = performed("a", consonant, "a")
    assert tracks[spans[1], COLUMN["gap"]].min() <= -0.025
    assert tracks[spans[0], COLUMN["gap"]].max() > 0.5


@pytest.mark.parametrize("consonant", ["t", "d", "n", "k", "ŋ", "s", "l", "θ", "ɹ"])
def test_a_tongue_phone_between_vowels_leaves_the_lips_apart(consonant: str) -> None:
    tracks, spans = performed("a", consonant, "a")
    assert tracks[spans[1], COLUMN["gap"]].min() > 0.15
    assert tracks[:, COLUMN["contact"]].max() == 0


def test_a_labiodental_tucks_without_closing() -> None:
    tracks, spans = performed("a", "f", "a")
    middle = tracks[spans[1]]
    assert middle[:, COLUMN["tuck"]].max() == 1
    assert 0 < middle[:, COLUMN["gap"]].min() <= 0.07
    assert tracks[:, COLUMN["contact"]].max() == 0


def test_rounding_begins_before_its_vowel_and_earlier_than_it_fades() -> None:
    tracks, spans = performed("a", "t", "u", "t", "a")
    pucker = tracks[:, COLUMN["pucker"]]
    before, after = spans[2].start - 6, spans[2].stop + 6
    assert pucker[before] > 0.15
    assert pucker[before] > pucker[after]
    assert pucker[spans[2]].max() > 0.6


def test_a_sibilant_narrows_the_jaw_more_than_a_velar() -> None:
    sibilant, spans = performed("a", "s", "a")
    velar, _ = performed("a", "k", "a")
    assert sibilant[spans[1], COLUMN["jaw"]].min() < velar[spans[1], COLUMN["jaw"]].min() * 0.8


def test_long_pauses_bring_the_lips_to_rest() -> None:
    tracks, spans = performed("a", "a")
    assert abs(tracks[spans[1].stop + 40 :, COLUMN["gap"]]).max() < 0.02
    assert abs(tracks[:20, COLUMN["gap"]]).max() < 0.02


def test_short_vowels_open_less_than_long_ones() -> None:
    short, _ = performed("t", "a", "t", seconds=0.05)
    long, _ = performed("t", "a", "t", seconds=0.2)
    assert short[:, COLUMN["gap"]].max() < 0.8 * long[:, COLUMN["gap"]].max()


def test_louder_speech_opens_further() -> None:
    phones = [Phone(0.2 * i, 0.2 * i + 0.2, "a") for i in range(1, 5)]
    level = np.ones(140)
    level[60:100] = 8.0
    tracks = perform(phones, "ipa", 140, level).tracks
    assert tracks[70, COLUMN["gap"]] > tracks[30, COLUMN["gap"]] * 1.05


def test_classes_follow_the_phones() -> None:
    phones = [Phone(0.1, 0.2, "m"), Phone(0.2, 0.4, "a")]
    classes = perform(phones, "ipa", 60).classes
    assert PHONE_CLASSES[classes[15]] == "m"
    assert PHONE_CLASSES[classes[30]] == "a"
    assert PHONE_CLASSES[classes[5]] == PHONE_CLASSES[classes[55]] == "pause"


def test_the_face_meets_the_gap_track_exactly() -> None:
    lips = LipRig.of_contract()
    tracks, _ = performed("m", "a", "u", "ʃ", "i", "b", "o", "w", "a")
    np.testing.assert_allclose(gap_of(teach_controls(tracks, lips), lips), tracks[:, COLUMN["gap"]], atol=1e-5)


def test_the_upper_lip_leaves_a_tucked_lower_lip_to_show_the_teeth() -> None:
    lips = LipRig.of_contract()
    tracks, _ = performed("a", "f", "a", "v", "a")
    expected = tracks[:, COLUMN["gap"]] + TUCK_CM * tracks[:, COLUMN["tuck"]]
    np.testing.assert_allclose(gap_of(teach_controls(tracks, lips), lips), expected, atol=1e-5)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_an_emotion_moves_the_face_but_no_lip_contact(emotion: str) -> None:
    lips, table = LipRig.of_contract(), expression_table()
    row = EMOTIONS.index(emotion)
    tracks, spans = performed("a", "m", "a")
    neutral = teach_controls(tracks, lips)
    moved = teach_controls(tracks, lips, table.controls[row], 1 + table.gain[row], table.ajar_cm[row])
    assert abs(moved - neutral).max() > 0.2
    closed = tracks[:, COLUMN["contact"]] == 1
    assert closed.any()
    assert gap_of(moved, lips)[closed].max() < 0.01
    assert spans[1].start <= np.flatnonzero(closed)[0]


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_mouth_that_stands_open_keeps_no_lip_from_the_teeth(emotion: str) -> None:
    lips, table = LipRig.of_contract(), expression_table()
    row = EMOTIONS.index(emotion)
    tracks, _ = performed("a", "f", "a", "v", "a")
    moved = teach_controls(tracks, lips, table.controls[row], 1 + table.gain[row], table.ajar_cm[row])
    tucked = tracks[:, COLUMN["tuck"]] > 0.9
    wider = gap_of(moved, lips) - gap_of(teach_controls(tracks, lips), lips)
    assert tucked.any()
    assert wider[tucked].max() < 0.06


def test_controls_stay_between_0_and_1_and_closures_need_little_mouth_close() -> None:
    tracks, _ = performed("m", "a", "b", "u", "p", "i")
    controls = teach_controls(tracks, LipRig.of_contract())
    assert controls.min() >= 0
    assert controls.max() <= 1
    closed = tracks[:, COLUMN["contact"]] > 0.99
    assert controls[closed, CONTROLS.index("mouthClose")].max() < 0.1


def test_silence_alone_is_a_face_at_rest() -> None:
    tracks = perform([], "ipa", 30).tracks
    assert not tracks.any()
    assert not teach_controls(tracks, LipRig.of_contract()).any()
