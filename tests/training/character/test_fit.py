"""Fine-tuning on synthetic speech: it learns, resumes, stops; the trunk of a package is the trunk that was exported."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'train')")
pytest.importorskip("onnx", reason="onnx is not installed (extra 'train')")
onnxruntime = pytest.importorskip("onnxruntime")

from maya_a2f.errors import Cancelled, EngineError  # noqa: E402
from maya_a2f.settings import checkout_folder  # noqa: E402
from maya_a2f.training.character.default_trunk import read_trunk  # noqa: E402
from maya_a2f.training.character.fit import (  # noqa: E402
    Fit,
    Material,
    checked,
    device_of,
    fit_voices,
    predicted,
    trunk_context,
)
from maya_a2f.training.character.lesson import teach  # noqa: E402
from maya_a2f.training.character.recipe import FitSettings  # noqa: E402
from maya_a2f.training.character.recordings import Recording, make_recording, shot_gain  # noqa: E402
from maya_a2f.training.character.voice import CharacterPackageNetwork, CharacterVoice  # noqa: E402
from maya_a2f.training.network import (  # noqa: E402
    FaceNetwork,
    LogMel,
    NetworkShape,
    PackageNetwork,
    Trunk,
    clip_features,
)
from maya_a2f.training.network_files import write_network_files  # noqa: E402
from maya_a2f.training.rig import CONTROLS, EYE_VALUES, LipRig  # noqa: E402
from maya_a2f.worker.package_check import check_package  # noqa: E402
from tests.training.character.footage_files import sway, write_csv, write_sound  # noqa: E402
from tests.training.character.test_shots import recipe_of  # noqa: E402

pytestmark = pytest.mark.train
SHAPE = NetworkShape(channels=12, dilations=(1, 2))
SETTINGS = FitSettings(
    steps=40, batch=6, segment_seconds=0.6, learning_rate=3e-3, validate_every=10, threads=1, refit=False
)


def small_trunk(seed: int = 0) -> Trunk:
    torch.manual_seed(seed)
    return Trunk(SHAPE).eval()


def speech(seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sound whose brightness changes, and two controls that follow the brightness."""
    draw = np.random.default_rng(seed)
    frames = int(seconds * 30)
    level = np.interp(np.arange(frames), np.arange(0, frames + 8, 8), draw.random(-(-(frames + 8) // 8)))
    time = np.arange(int(seconds * 16000)) / 16000
    fine = np.interp(time * 30, np.arange(frames), level)
    sound = 0.1 * ((1 - fine) * np.sin(2 * np.pi * 200 * time) + fine * draw.standard_normal(len(time)))
    return sound.astype(np.float32), np.stack([level * 3, 1 - level * 2], 1).astype(np.float32)


def plain_network(voice: CharacterVoice, context: int) -> CharacterPackageNetwork:
    """One voice whose two controls are the result."""
    return CharacterPackageNetwork([voice], context, np.eye(2, dtype=np.float32), np.zeros(2, np.float32))


def recordings(count: int = 2, seconds: float = 5.0) -> list[Recording]:
    return [make_recording(*speech(seconds, seed), Fraction(30)) for seed in range(count)]


def make_fit(folder: Path, settings: FitSettings = SETTINGS) -> Fit:
    data = recordings()
    return Fit(small_trunk(), data[:1], data[1:], np.ones(2, np.float32), settings, 3, folder / "last.pt")


def nothing(*_: object) -> None:
    pass


def never() -> bool:
    return False


def test_training_lowers_the_error_on_animation_kept_apart(tmp_path: Path) -> None:
    log: list[dict[str, object]] = []
    make_fit(tmp_path).run(40, log.append, nothing, never)
    errors = [float(str(entry["error"])) for entry in log if entry["kind"] == "validation"]
    assert errors[-1] < 0.9 * errors[0]
    losses = [float(str(entry["loss"])) for entry in log if entry["kind"] == "train"]
    assert losses[-1] < losses[0]


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    fit = make_fit(tmp_path)
    with pytest.raises(Cancelled):
        fit.run(40, nothing, nothing, lambda: fit.state.step >= 17)
    again = make_fit(tmp_path)
    assert again.state.step == 17
    for name, value in fit.voice.state_dict().items():
        assert torch.equal(value, again.voice.state_dict()[name]), name
    again.run(40, nothing, nothing, never)
    assert again.state.step == 40


def test_a_checkpoint_of_other_settings_is_not_used(tmp_path: Path) -> None:
    make_fit(tmp_path).save()
    fit = make_fit(tmp_path)
    fit.state.step = 12
    fit.save()
    other = FitSettings(**{**SETTINGS.__dict__, "learning_rate": 1e-4})
    assert make_fit(tmp_path, other).state.step == 0
    (tmp_path / "last.pt").write_bytes(b"damaged")
    assert make_fit(tmp_path).state.step == 0


def test_no_better_score_stops_a_run(tmp_path: Path) -> None:
    hopeless = FitSettings(**{**SETTINGS.__dict__, "learning_rate": 1e-7, "trunk_rate": 0.0, "patience": 1})
    fit = make_fit(tmp_path, FitSettings(**{**hopeless.__dict__, "validate_every": 5}))
    fit.state.best_score = -1.0
    fit.run(40, nothing, nothing, never)
    assert fit.state.step < 40


def test_several_voices_are_averaged_and_refitted_on_everything(tmp_path: Path) -> None:
    data = recordings()
    settings = FitSettings(**{**SETTINGS.__dict__, "steps": 10, "voices": 2, "refit": True})
    material = Material(tuple(data[:1]), tuple(data[1:]), np.ones(2, np.float32))
    voices, check = fit_voices(small_trunk(), material, settings, 1, tmp_path, nothing, never)
    assert len(voices) == 2
    assert np.isfinite(check.error)
    runs = {json.loads(line)["run"] for line in (tmp_path / "log.jsonl").read_text().splitlines()}
    assert runs == {"voice 1", "voice 1, all shots", "voice 2, all shots"}
    one, two = (predicted([voice], data[0], trunk_context(small_trunk())) for voice in voices)
    both = predicted(voices, data[0], trunk_context(small_trunk()))
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-5)


def test_the_exported_window_says_what_the_whole_clip_says(tmp_path: Path) -> None:
    trunk = small_trunk()
    context = trunk_context(trunk)
    voice = CharacterVoice(trunk, 2).eval()
    samples, truth = speech(3.0, 1)
    recording = make_recording(samples, truth, Fraction(50))
    write_network_files(plain_network(voice, context), tmp_path / "n.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "n.onnx"))
    frames = np.array([20, 37, 60])
    padded = np.pad(samples, (4160, 4160))
    windows = np.stack([padded[f * 320 : f * 320 + 8320] for f in frames])[:, None]
    result = session.run(None, {"input": windows, "emotion": np.ones((3, 1, 26), np.float32)})[0][:, 0]
    np.testing.assert_allclose(result, predicted([voice], recording, context)[frames], atol=1e-3)


def test_a_shot_that_hardly_uses_a_control_says_little_about_it() -> None:
    truth = np.stack([sway(600, 1)[:, 0] * 8, sway(600, 1)[:, 0] * 0.02], 1).astype(np.float32)
    gain = shot_gain(truth, Fraction(30))
    assert gain[0] > 1.0
    assert gain[1] < 0.5
    assert abs(shot_gain(truth[:3], Fraction(30))[1] - 1.0) < 0.1


def test_the_trunk_comes_back_from_its_own_export(tmp_path: Path) -> None:
    torch.manual_seed(4)
    face = FaceNetwork(SHAPE, LipRig.of_contract())
    face.train()
    with torch.no_grad():
        for _ in range(4):
            face.trunk(torch.randn(2, 64, 120) - 13)
    face.eval()
    matrix = np.zeros((len(CONTROLS) + len(EYE_VALUES), 5), np.float32)
    write_network_files(PackageNetwork(face, matrix), tmp_path / "network.onnx")
    trunk = read_trunk(tmp_path / "network.onnx")
    features = clip_features(speech(2.0, 1)[0])
    with torch.no_grad():
        np.testing.assert_allclose(trunk(features).tracks, face.trunk(features).tracks, atol=1e-4)
        np.testing.assert_allclose(trunk(features).rest, face.trunk(features).rest, atol=1e-4)


def test_the_shipped_model_can_be_gone_on_from() -> None:
    network = checkout_folder() / "engines" / "default" / "network.onnx"
    trunk = read_trunk(network)
    window = torch.tensor(speech(0.52, 2)[0][None, None, :8320])
    out = trunk(LogMel(trunk_context(trunk))(window))
    assert torch.isfinite(out.tracks).all()
    assert out.tracks.shape[1] == 1


def test_another_network_is_refused(tmp_path: Path) -> None:
    voice = CharacterVoice(small_trunk(), 2).eval()
    context = trunk_context(small_trunk())
    write_network_files(plain_network(voice, context), tmp_path / "n.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"not a graph")
    for name in ("n.onnx", "bad.onnx"):
        with pytest.raises(EngineError) as caught:
            read_trunk(tmp_path / name)
        assert caught.value.code == "training.foreign-network"


def test_cuda_where_there_is_none_is_said() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(EngineError, match="no CUDA device"):
        device_of("cuda")


def test_a_perfect_guess_has_no_error() -> None:
    trunk = small_trunk()
    voice = CharacterVoice(trunk, 2).eval()
    recording = recordings(1)[0]
    guess = predicted([voice], recording, trunk_context(trunk))
    itself = Recording(recording.features, recording.targets, guess, recording.rate, recording.gain)
    assert checked([voice], [itself], np.ones(2, np.float32), trunk_context(trunk)).error < 1e-9


def test_a_folder_of_animation_becomes_a_sound_package(tmp_path: Path) -> None:
    for seed, shot in enumerate("ab"):
        samples = sway(120, 2, seed)
        write_sound(tmp_path / "audio" / f"{shot}.wav", 4.0, samples[:, 0], seed)
        write_csv(tmp_path / "weights" / f"{shot}.csv", ["jaw", "lip"], samples)
    recipe = recipe_of(
        tmp_path,
        '[data]\nweights = "weights/{shot}.csv"\n[training]\nsteps = 4\nbatch = 2\nvalidate_every = 2\nthreads = 1\n'
        "refit = false\n",
    )
    lesson = teach(recipe, tmp_path / "run", nothing, never)
    assert check_package(lesson.package).is_sound
    assert (tmp_path / "run" / "curves.png").stat().st_size > 1000
    assert set(lesson.correlations) <= {"jaw", "lip"}
