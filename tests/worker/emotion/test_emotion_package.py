"""Audio2Emotion packages as they lie on disk: read, checked, refused (model-package.md section 6)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_a2f.core.emotion_settings import EmotionAuto
from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError
from maya_a2f.worker.emotion import network_listener
from maya_a2f.worker.emotion.network_listener import USUAL_WINDOW, NetworkListener
from maya_a2f.worker.emotion.package import load_emotion_package
from maya_a2f.worker.emotion.source import OWN_CHAIN, emotion_source
from maya_a2f.worker.engines.plan_cache import Watch
from maya_a2f.worker.package_check import check_package
from tests.emotion_package_factory import CLASSES, make_emotion_package, network_logits
from tests.package_factory import make_package


def edited(folder: Path, file: str, edit: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads((folder / file).read_text("utf-8"))
    edit(content)
    (folder / file).write_text(json.dumps(content), "utf-8")
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return make_emotion_package(tmp_path / "a2e")


@pytest.mark.parametrize("version", ["2.2", "3.0"])
def test_the_published_values_are_read(tmp_path: Path, version: str) -> None:
    read = load_emotion_package(make_emotion_package(tmp_path / "a2e", version=version))
    assert read.info.emotions == CLASSES
    assert read.info.samplerate == 16000
    assert read.chain.correspondence == (1, 3, 4, 6, -1, 9) == OWN_CHAIN.correspondence
    assert (read.chain.emotion_contrast, read.chain.max_emotions, read.chain.live_blend_coef) == (1.0, 6, 0.7)
    assert (read.chain.live_transition_time, read.chain.emotion_strength) == (0.5, 0.6)
    assert (read.chain.enable_preferred_emotion, read.chain.preferred_emotion_strength) == (False, 0.5)
    assert read.chain.preferred_emotion == (0.0,) * 10


def test_the_post_processing_alone_needs_no_network(package: Path) -> None:
    (package / "network.onnx").unlink()
    assert load_emotion_package(package, needs_network=False).chain.length == 10
    with pytest.raises(EngineError, match=r"no ONNX network") as caught:
        load_emotion_package(package)
    assert caught.value.code == "package.network_missing"


def test_windows_go_through_the_network_with_the_gain(package: Path) -> None:
    listener = NetworkListener(load_emotion_package(package), input_strength=2.0)
    audio = np.random.default_rng(1).normal(0, 0.1, 20_000).astype(np.float32)
    heard = listener.hear(audio, np.array([-100, 5_000]), 6_000)
    windows = np.stack([np.concatenate([np.zeros(100, np.float32), audio[:5_900]]), audio[5_000:11_000]])
    expected = network_logits(2 * windows)
    assert heard.logits == pytest.approx(expected, abs=1e-5)
    shares = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    assert heard.certainty == pytest.approx(shares.max(axis=1), abs=1e-5)
    assert (listener.usual_window, listener.max_batch) == (USUAL_WINDOW, None)


def test_preparing_the_network_is_heard_of_and_can_be_called_off(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def preparing(network: object, wish: object, *, watch: Watch) -> None:
        watch.on_progress("Preparing", 3, 10)
        assert watch.cancelled()
        raise Cancelled

    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(network_listener, "choose_network", preparing)
    source = emotion_source(EmotionAuto(strength=1.0, model=str(package)), (), {})
    with pytest.raises(Cancelled):
        source.opened(16000, lambda: True, lambda done, total: heard.append((done, total)))
    assert heard == [(3, 10)]


def test_a_network_of_one_size_says_so(tmp_path: Path) -> None:
    made = make_emotion_package(tmp_path / "a2e", batch=1, length=8000)
    listener = NetworkListener(load_emotion_package(made))
    assert (listener.usual_window, listener.max_batch) == (8000, 1)
    with pytest.raises(EngineError, match="windowSamples"):
        listener.hear(np.zeros(9000, np.float32), np.array([0]), 9000)


def test_a_sound_package_is_described(package: Path) -> None:
    report = check_package(package)
    assert report.is_sound
    assert not report.findings
    assert report.facts["hears"] == list(CLASSES)
    assert "angry -> anger" in report.facts["mapping"]
    assert "neutral -> nothing" in report.facts["mapping"]
    assert report.facts["window_samples"] == USUAL_WINDOW


POST = "post_processing_config"
BAD: dict[str, tuple[str, Callable[[dict[str, Any]], object], str, str]] = {
    "a missing value": ("model_config.json", lambda c: c[POST].pop("live_blend_coef"), "key_missing", "live_blend"),
    "a text for a number": (
        "model_config.json",
        lambda c: c[POST].update(emotion_contrast="much"),
        "wrong_type",
        "emotion_contrast",
    ),
    "a number for a switch": (
        "model_config.json",
        lambda c: c[POST].update(enable_preferred_emotion=1),
        "wrong_type",
        "enable_preferred_emotion",
    ),
    "a preferred emotion too short": (
        "model_config.json",
        lambda c: c[POST].update(preferred_emotion=[0.0] * 9),
        "list_length",
        "preferred_emotion",
    ),
    "a slot beyond the vector": (
        "model_config.json",
        lambda c: c[POST]["emotion_correspondence"].update(sad=10),
        "wrong_type",
        "sad",
    ),
    "an emotion without a slot": (
        "model_config.json",
        lambda c: c[POST]["emotion_correspondence"].pop("fear"),
        "key_missing",
        "fear",
    ),
    "no correspondence": (
        "model_config.json",
        lambda c: c[POST].pop("emotion_correspondence"),
        "key_missing",
        "correspondence",
    ),
    "no fixed_dt": ("model_config.json", lambda c: c[POST].pop("fixed_dt"), "key_missing", "fixed_dt"),
    "an emotion twice": ("network_info.json", lambda c: c.update(emotions=["sad", "sad"]), "wrong_value", "twice"),
    "no rate": ("network_info.json", lambda c: c.pop("audio_params"), "key_missing", "samplerate"),
    "no configuration": ("model.json", lambda c: c.pop("modelConfigPath"), "key_missing", "modelConfigPath"),
    "a file that is not there": ("model.json", lambda c: c.update(modelConfigPath="x.json"), "file_missing", "x.json"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_damaged_package_is_refused_with_the_file_and_the_thing(package: Path, name: str) -> None:
    file, edit, code, words = BAD[name]
    edited(package, file, edit)
    with pytest.raises(EngineError, match=words) as caught:
        load_emotion_package(package)
    assert caught.value.code == f"package.{code}"
    report = check_package(package)
    assert f"package.{code}" in [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"names": ("input", "output")}, "input_values"),
        ({"names": ("input_values", "logits")}, "output"),
        ({"gains": (1.0,) * 5, "offsets": (0.0,) * 5}, r"\[batch, 6\]"),
        ({"batch": 4}, "batch"),
    ],
)
def test_a_network_with_other_tensors_is_refused(tmp_path: Path, how: dict[str, Any], words: str) -> None:
    made = make_emotion_package(tmp_path / "a2e", **how)
    with pytest.raises(EngineError, match=words) as caught:
        NetworkListener(load_emotion_package(made))
    assert caught.value.code == "engine.network_misfit"


def test_bytes_that_are_no_network_are_refused(package: Path) -> None:
    (package / "network.onnx").write_bytes(b"not a network")
    assert [finding.code for finding in check_package(package).findings] == ["engine.network_damaged"]


def test_values_that_are_no_numbers_are_noticed(tmp_path: Path) -> None:
    made = make_emotion_package(tmp_path / "a2e", offsets=(float("nan"),) * 6)
    with pytest.raises(EngineError) as caught:
        NetworkListener(load_emotion_package(made)).hear(np.zeros(8000, np.float32), np.array([0]), 8000)
    assert caught.value.code == "engine.not_finite"


def test_unusual_values_are_taken_and_said(tmp_path: Path) -> None:
    made = make_emotion_package(tmp_path / "a2e", config={"max_emotions": 0, "emotion_strength": 2.0})
    report = check_package(made)
    assert report.is_sound
    assert [finding.code for finding in report.findings] == ["package.unusual_value"] * 2
    assert load_emotion_package(made).chain.max_emotions == 0


# Which listener


def test_the_first_installed_package_listens_and_without_one_our_estimator(tmp_path: Path) -> None:
    make_package(tmp_path / "face")
    assert emotion_source(EmotionAuto(1.0), (tmp_path,), {}).name == "estimator"
    make_emotion_package(tmp_path / "a2e")
    assert emotion_source(EmotionAuto(1.0), (tmp_path,), {}).name == "a2e"
    assert emotion_source(EmotionAuto(1.0, "Estimator"), (tmp_path,), {}).name == "estimator"
    assert emotion_source(EmotionAuto(1.0, "none"), (tmp_path,), {}).name == "none"
    assert emotion_source(EmotionAuto(1.0, str(tmp_path / "a2e")), (), {}).name == "a2e"


def test_a_face_is_no_listener(tmp_path: Path) -> None:
    make_package(tmp_path / "face")
    with pytest.raises(UserError) as caught:
        emotion_source(EmotionAuto(1.0, "face"), (tmp_path,), {})
    assert caught.value.code == "emotion.not_a_listener"
    with pytest.raises(A2FError) as unknown:
        emotion_source(EmotionAuto(1.0, "fase"), (tmp_path,), {})
    assert unknown.value.code == "model.unknown"


def test_settings_replace_those_of_the_package(tmp_path: Path) -> None:
    make_emotion_package(tmp_path / "a2e", config={"emotion_strength": 0.9})
    settings = {"maxEmotions": 2.0, "enablePreferredEmotion": 1.0, "beginningEmotion.joy": 0.5}
    source = emotion_source(EmotionAuto(1.0, "a2e", settings), (tmp_path,), {})
    assert source.chain.emotion_strength == 0.9 == source.settings["emotionStrength"]
    assert (source.chain.max_emotions, source.chain.enable_preferred_emotion) == (2, True)
    assert source.chain.beginning_emotion[6] == 0.5
    assert source.settings["maxEmotions"] == 2
