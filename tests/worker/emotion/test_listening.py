"""From a recording to the emotion of its frames: windows, shared runs, mixing, and what a solve is told."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from maya_a2f.core.channels import EMOTIONS
from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.core.take import take_bytes
from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError
from maya_a2f.worker.audio import Audio, load_audio
from maya_a2f.worker.emotion import network_listener
from maya_a2f.worker.emotion.automatic import EmotionEar, VoiceEmotion, mixed
from maya_a2f.worker.emotion.chain import EmotionChain
from maya_a2f.worker.emotion.frames import classifier_frames, listen, replay, silent_runs
from maya_a2f.worker.emotion.network_listener import NetworkListener
from maya_a2f.worker.emotion.package import load_emotion_package
from maya_a2f.worker.emotion.source import OWN_CHAIN
from maya_a2f.worker.emotion_track import EmotionTrack
from maya_a2f.worker.engines.network_file import NetworkFile
from maya_a2f.worker.engines.selection import EngineWish
from maya_a2f.worker.frame_pose import NO_VOICE_NOTE, FramePoser
from maya_a2f.worker.pipeline import Pipeline
from maya_a2f.worker.solve_request import SolveRequest
from tests.emotion_package_factory import make_emotion_package, network_logits
from tests.package_factory import make_package

RATE = 16000
JOY, ANGER, SADNESS = EMOTIONS.index("joy"), EMOTIONS.index("anger"), EMOTIONS.index("sadness")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "line.wav"
    times = np.arange(2 * RATE) / RATE
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 150 * times) * (times / 2), RATE)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    make_package(folder / "tiny")
    make_emotion_package(folder / "a2e")
    return folder


@pytest.fixture
def audio(recording: Path) -> Audio:
    return load_audio(recording)


def nothing(done: int, total: int) -> None:
    pass


def never() -> bool:
    return False


def hand(*keys: tuple[int, dict[str, float]]) -> EmotionTrack:
    vectors = np.array([[strengths.get(name, 0.0) for name in EMOTIONS] for _, strengths in keys], np.float32)
    return EmotionTrack(EMOTIONS, tuple(time for time, _ in keys), vectors)


NEUTRAL = hand((0, {}))


def heard_voice(
    models: Path, audio: Audio, cache: Path, auto: EmotionAuto, by_hand: EmotionTrack | None = NEUTRAL
) -> VoiceEmotion:
    ear = EmotionEar()
    source = ear.source(auto, (models,), cache)
    return ear.voice(source, audio, by_hand, cache, nothing, never)


# Windows


def test_the_window_is_centred_on_its_frame() -> None:
    frames = classifier_frames(60_001, RATE, Fraction(30), 0)
    assert (frames.progress.start(0), frames.progress.target(0), frames.progress.end(0)) == (-30_000, 0, 30_001)
    assert [frames.progress.target(k) for k in range(4)] == [0, 533, 1066, 1600]


@pytest.mark.parametrize(("samples", "count"), [(0, 0), (1, 1), (533, 1), (534, 2), (16000, 30), (16001, 31)])
@pytest.mark.parametrize("skip", [0, 1, 15, 30])
def test_the_number_of_frames_does_not_depend_on_the_skip(samples: int, count: int, skip: int) -> None:
    assert classifier_frames(60_000, RATE, Fraction(30), skip).frame_count(samples) == count


def test_a_stride_longer_than_the_window_is_refused() -> None:
    classifier_frames(5334, RATE, Fraction(30), 9)
    with pytest.raises(UserError) as caught:
        classifier_frames(5333, RATE, Fraction(30), 9)
    assert caught.value.code == "emotion.skip"


@pytest.mark.parametrize("skip", [0, 1, 15, 30])
@pytest.mark.parametrize("batch", [1, 3, 100])
def test_every_frame_gets_the_logits_of_its_run_whatever_the_batch(
    models: Path, audio: Audio, skip: int, batch: int
) -> None:
    listener = NetworkListener(load_emotion_package(models / "a2e"))
    frames = classifier_frames(20_000, RATE, Fraction(30), skip)
    heard = listen(listener, audio.samples, frames, nothing, never, batch)
    padded = np.concatenate([np.zeros(10_000, np.float32), audio.samples, np.zeros(20_000, np.float32)])
    starts = [frame * RATE * (skip + 1) // 30 for frame in range(-(-60 // (skip + 1)))]
    expected = network_logits(np.stack([padded[start : start + 20_000] for start in starts]))
    assert heard.logits == pytest.approx(expected, abs=1e-5)
    found = list(replay(EmotionChain(OWN_CHAIN, 1 / 30), heard, frames, len(audio.samples)))
    assert [time for time, _ in found] == [k * RATE // 30 for k in range(60)]
    chain = EmotionChain(OWN_CHAIN, 1 / 30)
    shares = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    shares[:, 4] = 0
    again = np.array([chain.step(shares[frame // (skip + 1)].astype(np.float32)) for frame in range(60)])
    assert np.array([vector for _, vector in found]) == pytest.approx(again, abs=1e-5)


def test_listening_can_be_called_off(models: Path, audio: Audio) -> None:
    listener = NetworkListener(load_emotion_package(models / "a2e"))
    frames = classifier_frames(20_000, RATE, Fraction(30), 0)
    with pytest.raises(Cancelled):
        listen(listener, audio.samples, frames, nothing, lambda: True)


# The voice of a clip


def test_the_network_is_opened_once_for_all_recordings_and_with_the_engine_asked_for(
    models: Path, audio: Audio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    own = network_listener.choose_network

    def choosing(network: NetworkFile, wish: EngineWish, **rest: Any) -> Any:
        opened.append(wish.engine)
        return own(network, wish, **rest)

    monkeypatch.setattr(network_listener, "choose_network", choosing)
    ear = EmotionEar()
    source = ear.source(EmotionAuto(1.0), (models,), tmp_path)
    others = [dataclasses.replace(audio, samples=audio.samples * gain, content_hash=f"{gain}") for gain in (0.5, 2.0)]
    for heard, engine in ((audio, ""), (others[0], ""), (audio, ""), (others[1], "onnxruntime-cpu")):
        ear.voice(source, heard, None, tmp_path, nothing, never, engine)
    assert opened == ["", "onnxruntime-cpu"]


def test_a_package_is_heard_and_recorded(models: Path, audio: Audio, tmp_path: Path) -> None:
    voice = heard_voice(models, audio, tmp_path, EmotionAuto(1.0))
    assert voice.track.names == EMOTIONS
    assert len(voice.track.times) == 60
    record = voice.record()
    assert record["source"] == "a2e"
    assert record["settings"]["emotionStrength"] == 0.6
    assert 0 < record["certainty"]["mean"] <= 1
    assert voice.track.vectors[-1, ANGER] > voice.track.vectors[-1, SADNESS] > 0  # the level rises towards anger


def test_what_was_heard_is_kept_and_the_chain_runs_again(
    models: Path, audio: Audio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = heard_voice(models, audio, tmp_path, EmotionAuto(1.0))
    monkeypatch.setattr(NetworkListener, "hear", lambda *_: pytest.fail("heard twice"))
    weaker = heard_voice(models, audio, tmp_path, EmotionAuto(1.0, "", {"emotionStrength": 0.3}))
    assert weaker.track.vectors == pytest.approx(first.track.vectors / 2, abs=1e-6)


def test_the_gain_of_the_sound_needs_another_hearing(models: Path, audio: Audio, tmp_path: Path) -> None:
    first = heard_voice(models, audio, tmp_path, EmotionAuto(1.0))
    louder = heard_voice(models, audio, tmp_path, EmotionAuto(1.0, "", {"inputStrength": 2.0}))
    assert not np.allclose(first.track.vectors, louder.track.vectors, atol=1e-3)


def test_without_a_listener_all_emotions_are_alike(models: Path, audio: Audio, tmp_path: Path) -> None:
    voice = heard_voice(models, audio, tmp_path, EmotionAuto(1.0, "none"))
    assert voice.track.vectors[0, [1, 3, 4, 6, 9]] == pytest.approx(0.03, abs=1e-7)
    assert len(voice.certainty) == 0
    assert "certainty" not in voice.record()


PREFERRED_ONLY = {
    "enablePreferredEmotion": 1.0,
    "preferredEmotionStrength": 1.0,
    "emotionStrength": 1.0,
    "liveTransitionTime": 0.0,
}


@pytest.mark.parametrize("model", ["", "none", "estimator"])
def test_keys_enter_the_chain_as_the_preferred_emotion_and_come_out_unchanged(
    models: Path, audio: Audio, tmp_path: Path, model: str
) -> None:
    keys = hand((0, {"joy": 0.25, "pain": 1.0}), (RATE, {"joy": 0.75}))
    voice = heard_voice(models, audio, tmp_path, EmotionAuto(1.0, model, PREFERRED_ONLY), keys)
    times = np.array(voice.track.times)
    assert (voice.track.vectors == keys.sampled(times)).all()


def test_a_package_of_another_length_needs_a_face_that_has_it(audio: Audio, tmp_path: Path) -> None:
    config = {
        "output_emotion_length": 3,
        "preferred_emotion": [0.0] * 3,
        "emotion_correspondence": dict.fromkeys(("angry", "disgust", "fear", "happy", "neutral", "sad"), -1),
    }
    make_emotion_package(tmp_path / "odd", config=config)
    three = EmotionTrack(("a", "b", "c"), (0,), np.zeros((1, 3), np.float32))
    assert heard_voice(tmp_path, audio, tmp_path, EmotionAuto(1.0), three).track.names == ("a", "b", "c")
    with pytest.raises(EngineError) as caught:
        heard_voice(tmp_path, audio, tmp_path, EmotionAuto(1.0))
    assert caught.value.code == "emotion.length"


def test_a_package_of_another_rate_is_refused(audio: Audio, tmp_path: Path) -> None:
    make_emotion_package(tmp_path / "slow", samplerate=8000)
    with pytest.raises(EngineError) as caught:
        heard_voice(tmp_path, audio, tmp_path, EmotionAuto(1.0))
    assert caught.value.code == "emotion.samplerate"


# Mixing


def test_a_strength_mixes_hand_and_voice_and_keeps_the_keys_where_they_are() -> None:
    voice = hand((0, {"anger": 0.5}), (1000, {"anger": 0.5}))
    track = mixed(hand((100, {"joy": 1.0}), (300, {"joy": 0.0})), voice, 0.25)
    assert track.times == (0, 100, 300, 1000)
    assert track.vectors[:, JOY].tolist() == [0.75, 0.75, 0.0, 0.0]
    assert track.vectors[:, ANGER].tolist() == [0.125] * 4


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_the_ends_of_the_strength_are_one_of_both_alone(strength: float) -> None:
    by_hand, voice = hand((0, {"joy": 1.0})), hand((0, {"anger": 0.5}))
    assert mixed(by_hand, voice, strength).vectors.tolist() == (voice if strength else by_hand).vectors.tolist()


def test_a_face_with_other_emotions_takes_those_it_has_by_name() -> None:
    by_hand = EmotionTrack(("Joy", "boredom"), (0,), np.array([[0.2, 0.8]], np.float32))
    track = mixed(by_hand, hand((0, {"joy": 1.0, "anger": 1.0})), 0.5)
    assert track.names == ("Joy", "boredom")
    assert track.vectors[0] == pytest.approx([0.6, 0.4])


# In a solve


def request(recording: Path, models: Path, cache: Path, **changes: object) -> SolveRequest:
    asked = SolveRequest(
        clip_path=recording,
        in_seconds=0.0,
        out_seconds=None,
        model="tiny",
        rate=Fraction(30),
        emotion={},
        parameters={},
        tail_seconds=0.0,
        model_folders=(models,),
        cache_folder=cache,
    )
    return dataclasses.replace(asked, **changes)  # type: ignore[arg-type]


def solved(asked: SolveRequest):  # type: ignore[no-untyped-def]
    return Pipeline().solve(asked, lambda *_: None, never)


def test_the_voice_changes_the_face_and_the_take_says_so(recording: Path, models: Path, tmp_path: Path) -> None:
    plain = solved(request(recording, models, tmp_path))
    assert "emotion_auto" not in plain.made_by
    felt = solved(request(recording, models, tmp_path, emotion_auto=EmotionAuto(1.0)))
    assert felt.tracks["mouthSmileLeft"] != plain.tracks["mouthSmileLeft"]
    record = felt.made_by["emotion_auto"]
    assert (record["strength"], record["source"]) == (1.0, "a2e")
    assert record["certainty"]["series"]
    again = solved(request(recording, models, tmp_path, emotion_auto=EmotionAuto(1.0)))
    assert take_bytes(again) == take_bytes(felt)


def test_our_estimator_says_in_the_take_how_sure_it_is(recording: Path, models: Path, tmp_path: Path) -> None:
    take = solved(request(recording, models, tmp_path, emotion_auto=EmotionAuto(1.0, "estimator")))
    assert take.made_by["emotion_auto"]["certainty"]["mean"] <= 0.6
    assert any("our own estimate: certainty" in note for note in take.notes)


def test_a_baseline_that_changes_makes_another_take(recording: Path, models: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm.wav"
    auto = EmotionAuto(1.0, "estimator", {}, str(calm))
    digests = set()
    for hz in (100, 200):
        soundfile.write(calm, 0.3 * np.sin(2 * np.pi * hz * np.arange(RATE) / RATE), RATE)
        made = solved(request(recording, models, tmp_path, emotion_auto=auto)).made_by["emotion_auto"]
        assert "calm.wav" in made["description"]
        digests.add(made["digest"])
    assert len(digests) == 2
    calm.unlink()
    with pytest.raises(UserError) as caught:
        solved(request(recording, models, tmp_path, emotion_auto=auto))
    assert caught.value.code == "emotion.baseline"


def test_other_settings_and_another_package_make_another_take(recording: Path, tmp_path: Path) -> None:
    make_package(tmp_path / "models" / "tiny")
    make_emotion_package(tmp_path / "models" / "a2e")
    asked = request(recording, tmp_path / "models", tmp_path, emotion_auto=EmotionAuto(1.0))
    first = solved(asked)
    one = solved(dataclasses.replace(asked, emotion_auto=EmotionAuto(1.0, "", {"maxEmotions": 1.0})))
    half = solved(dataclasses.replace(asked, emotion_auto=EmotionAuto(0.5)))
    make_emotion_package(tmp_path / "models" / "a2e", offsets=(0, 0, 0, 9, 0, 0))
    joyful = solved(asked)
    smiles = [tuple(take.tracks["mouthSmileLeft"]) for take in (first, one, half, joyful)]
    assert len(set(smiles)) == 4


def test_full_preference_in_a_solve_equals_the_keys_alone(recording: Path, models: Path, tmp_path: Path) -> None:
    keys = (EmotionKey(0.0, {"joy": 0.2}), EmotionKey(1.0, {"joy": 0.9}))
    alone = solved(request(recording, models, tmp_path, emotion_keys=keys))
    preferred = solved(
        request(recording, models, tmp_path, emotion_keys=keys, emotion_auto=EmotionAuto(1.0, "", PREFERRED_ONLY))
    )
    assert np.array(preferred.tracks["mouthSmileLeft"]) == pytest.approx(
        np.array(alone.tracks["mouthSmileLeft"]), abs=2e-3
    )


def test_settings_out_of_range_are_refused_before_any_work(recording: Path, models: Path, tmp_path: Path) -> None:
    with pytest.raises(A2FError) as caught:
        solved(request(recording, models, tmp_path, emotion_auto=EmotionAuto(1.0, "", {"maxEmotions": 7})))
    assert caught.value.code == "emotion.setting_out_of_range"
    assert not [*tmp_path.rglob("*.npy")]


def test_without_a_classifier_every_frame_has_its_own_zeros() -> None:
    heard = silent_runs(5, 6)
    assert heard.logits.shape == (5, 6)
    assert not heard.logits.any()


# One moment, for a preview


def posed(pipeline: Pipeline, asked: SolveRequest):  # type: ignore[no-untyped-def]
    return FramePoser(pipeline).pose(asked, 1.0)


def test_a_preview_shows_the_voice_as_the_solve_does(recording: Path, models: Path, tmp_path: Path) -> None:
    asked = request(recording, models, tmp_path, emotion_auto=EmotionAuto(1.0, "none", {"emotionStrength": 1.0}))
    pipeline = Pipeline()
    shown = posed(pipeline, asked)
    take = pipeline.solve(asked, lambda *_: None, never)
    for name in ("mouthSmileLeft", "jawOpen", "browInnerUp"):
        assert shown.channels[name] == pytest.approx(take.tracks[name][30], abs=2e-3)
    assert shown.notes == ()


def test_a_preview_does_not_wait_for_a_network_to_listen(recording: Path, models: Path, tmp_path: Path) -> None:
    asked = request(recording, models, tmp_path, emotion_auto=EmotionAuto(1.0))
    pipeline = Pipeline()
    assert posed(pipeline, asked).notes == (NO_VOICE_NOTE,)
    pipeline.solve(asked, lambda *_: None, never)
    assert posed(pipeline, asked).notes == ()
