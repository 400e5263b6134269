"""The default network: contract, convolution over windows, level, expressions; a tiny training end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'train')")
pytest.importorskip("onnx", reason="onnx is not installed (extra 'train')")
onnxruntime = pytest.importorskip("onnxruntime")

from maya_a2f.core.channels import ARKIT_CHANNELS, EMOTIONS  # noqa: E402
from maya_a2f.training.configuration import Configuration, NetworkSettings, TrainingSettings  # noqa: E402
from maya_a2f.training.dataset import build_dataset  # noqa: E402
from maya_a2f.training.export_package import export_package, pose_sample  # noqa: E402
from maya_a2f.training.expressions import expression_table  # noqa: E402
from maya_a2f.training.features import log_mel  # noqa: E402
from maya_a2f.training.network import (  # noqa: E402
    OPENING,
    STEP_SAMPLES,
    FaceNetwork,
    LogMel,
    NetworkShape,
    PackageNetwork,
    StretchNetwork,
    clip_features,
    sharpened,
)
from maya_a2f.training.phones import PHONE_CLASSES  # noqa: E402
from maya_a2f.training.rig import CONTROLS, LipRig  # noqa: E402
from maya_a2f.training.spectral_augmentation import SpectralAugmentation, Strength  # noqa: E402
from maya_a2f.training.tracks import COLUMN, TRACKS  # noqa: E402
from maya_a2f.training.train import Trainer  # noqa: E402
from maya_a2f.worker.blendshape_solver import BlendshapeSolver  # noqa: E402
from maya_a2f.worker.package_reading import load_package  # noqa: E402
from tests.training.test_corpus import write_tiny_corpus  # noqa: E402

pytestmark = pytest.mark.train
SMALL = NetworkShape(channels=16)


def speech_like(seconds: float, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    time = np.arange(int(seconds * 16000)) / 16000
    glide = time * (1 + 0.02 * np.sin(3 * time))
    tone = np.sin(2 * np.pi * 150 * glide) + np.sin(2 * np.pi * 700 * glide) / 2 + np.sin(2 * np.pi * 1800 * glide) / 3
    swell = np.interp(time, np.linspace(0, seconds, 12), draw.uniform(0.05, 1.0, 12))
    return np.asarray((tone * swell + draw.standard_normal(len(time)) * 0.02) * 0.1, np.float32)


def random_network(seed: int = 3) -> FaceNetwork:
    torch.manual_seed(seed)
    face = FaceNetwork(SMALL, LipRig.of_contract())
    face.train()
    with torch.no_grad():  # norm statistics that are not the initial ones
        for _ in range(5):
            face.trunk(clip_features(speech_like(2.0, seed)).repeat(2, 1, 1) + torch.randn(2, 64, 201))
    return face.eval()


def windows_of(samples: np.ndarray, targets: np.ndarray) -> torch.Tensor:
    padded = np.pad(samples, (4160, 8320))
    return torch.tensor(np.stack([padded[t : t + 8320] for t in targets])[:, None])


def test_one_window_gives_one_result_vector() -> None:
    matrix = np.random.default_rng(0).standard_normal((len(CONTROLS) + 4, 33)).astype(np.float32)
    network = PackageNetwork(random_network(), matrix)
    assert network(torch.zeros(3, 1, 8320), torch.zeros(3, 1, 26)).shape == (3, 1, 33)


def test_a_window_hears_exactly_what_the_convolution_over_the_clip_hears() -> None:
    samples = speech_like(2.0)
    face = random_network()
    whole = face.trunk(clip_features(samples)).tracks[0]
    frames = np.arange(len(whole)) * 2 + SMALL.context_frames // 2
    features = LogMel(SMALL.context_frames)(windows_of(samples, frames * 160))
    alone = face.trunk(features).tracks[:, 0]
    np.testing.assert_allclose(alone.detach().numpy(), whole.detach().numpy(), atol=2e-3)


def test_a_stretch_answers_at_its_places_as_the_windows_there_do() -> None:
    matrix = np.random.default_rng(0).standard_normal((len(CONTROLS) + 4, 33)).astype(np.float32)
    network = PackageNetwork(random_network(), matrix)
    places = torch.tensor([0, 2, 7, 12])
    samples = torch.tensor(speech_like(2.0))
    emotion = torch.rand(1, 4, 26, generator=torch.Generator().manual_seed(3))
    windows = torch.stack([samples[at * STEP_SAMPLES :][:8320] for at in places.tolist()])[:, None]
    with torch.no_grad():
        alone = network(windows, emotion.transpose(0, 1))[:, 0]
        shared = StretchNetwork(network)(samples[None, None, : 8320 + 12 * STEP_SAMPLES], emotion, places)[0]
    np.testing.assert_allclose(shared, alone, atol=1e-4)


def test_the_graphs_features_are_those_of_the_cache() -> None:
    samples = speech_like(1.0)
    inside = LogMel(49)(windows_of(samples, np.array([8000])))[0].T.numpy()
    cached = np.logaddexp(log_mel(samples)[50 - 24 : 50 + 25], np.log(3e-10))
    np.testing.assert_allclose(inside, cached, atol=2e-3)


@pytest.mark.parametrize("gain_db", [-20.0, -10.0, 10.0])
def test_the_level_of_speech_does_not_matter(gain_db: float) -> None:
    face = random_network()
    # Well above the floor throughout, as noise keeps it; a clip's own edges are steps from digital silence.
    samples = speech_like(2.0) + np.random.default_rng(9).standard_normal(32000).astype(np.float32) * 0.05
    inner = slice(15, -15)
    with torch.no_grad():
        loud = face.trunk(clip_features(samples)).tracks[:, inner]
        other = face.trunk(clip_features((samples * 10 ** (gain_db / 20)).astype(np.float32))).tracks[:, inner]
    assert float((loud - other).abs().max()) < 0.05 * float(loud.std())


def test_silence_stays_silence_whatever_its_level() -> None:
    face = random_network()
    nothing = face.trunk(clip_features(np.zeros(16000, np.float32))).tracks
    hiss = np.random.default_rng(0).standard_normal(16000).astype(np.float32) * 1e-6
    moved = (face.trunk(clip_features(hiss)).tracks - nothing).detach().abs().max()
    assert float(moved) < 1e-2


def test_a_sure_contact_closes_the_lips_and_a_sure_rest_brings_them_to_rest() -> None:
    tracks = torch.zeros(1, 3, len(TRACKS))
    tracks[..., COLUMN["gap"]] = 0.4
    tracks[..., COLUMN["contact"]] = torch.tensor([-5.0, 5.0, -5.0])
    classes = torch.zeros(1, 3, len(PHONE_CLASSES))
    classes[0, 1, PHONE_CLASSES.index("m")] = 9.0
    gap = sharpened(tracks, torch.tensor([[-5.0, -5.0, 5.0]]), classes)[0, :, COLUMN["gap"]]
    assert gap[0] == pytest.approx(0.4 * OPENING)
    assert gap[1] < -0.02
    assert abs(gap[2]) < 1e-3


def test_a_contact_that_is_none_of_p_b_and_m_does_not_close_the_lips() -> None:
    tracks = torch.zeros(1, 1, len(TRACKS))
    tracks[..., COLUMN["gap"]], tracks[..., COLUMN["contact"]] = 0.4, 2.0
    classes = torch.zeros(1, 1, len(PHONE_CLASSES))
    classes[..., PHONE_CLASSES.index("a")] = 9.0
    assert float(sharpened(tracks, torch.tensor([[-5.0]]), classes)[0, 0, COLUMN["gap"]]) > 0.4


def test_augmentation_keeps_shapes_and_is_reproducible() -> None:
    def run() -> tuple[torch.Tensor, ...]:
        augmentation = SpectralAugmentation(100, Strength(), torch.Generator().manual_seed(4))
        count = augmentation.source_frames()
        draw = torch.Generator().manual_seed(5)
        features = torch.randn(12, count, 64, generator=draw) - 14
        tracks = torch.rand(12, count, len(TRACKS), generator=draw)
        return augmentation(features, tracks, torch.zeros(12, count, dtype=torch.long))

    first, again = run(), run()
    assert [tuple(x.shape) for x in first] == [(12, 100, 64), (12, 100, len(TRACKS)), (12, 100)]
    for x, y in zip(first, again, strict=True):
        assert torch.equal(x, y)
        assert torch.isfinite(x.float()).all()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package trained for seconds on two tones."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_corpus(folder / "corpus", index=0)
    write_tiny_corpus(folder / "corpus", held_out=True, index=1)
    list(build_dataset(folder / "corpus", folder / "set", 1, 5, 1))
    settings = TrainingSettings(steps=30, batch=4, segment_seconds=0.4, validate_every=15, bfloat16=False)
    configuration = Configuration(network=NetworkSettings(channels=16), training=settings)
    trainer = Trainer(configuration, folder / "set", folder / "run")
    trainer.train()
    assert Trainer(configuration, folder / "set", folder / "run").progress() == 1.0  # resumed at the end
    export_package(folder / "run" / "best.npz", folder / "package", configuration.network)
    return folder


def test_a_tiny_training_logs_losses_and_validation(trained: Path) -> None:
    entries = [json.loads(line) for line in (trained / "run" / "log.jsonl").read_text().splitlines()]
    assert [e["step"] for e in entries if e["kind"] == "validation"][:2] == [15, 30]
    assert all(0 <= e["closure"] <= 1 for e in entries if e["kind"] == "validation")


def test_the_exported_package_is_read_and_runs(trained: Path) -> None:
    package = load_package(trained / "package")
    session = onnxruntime.InferenceSession(str(trained / "package" / "network.onnx"))
    feed = {"input": np.zeros((2, 1, 8320), np.float32), "emotion": np.zeros((2, 1, 26), np.float32)}
    result = session.run(None, feed)[0]
    assert result.shape == (2, 1, package.info.result_size)
    assert np.isfinite(result).all()


def test_emotions_reach_the_skin_of_the_package(trained: Path) -> None:
    session = onnxruntime.InferenceSession(str(trained / "package" / "network.onnx"))
    emotion = np.zeros((2, 1, 26), np.float32)
    emotion[1, 0, 16 + EMOTIONS.index("joy")] = 1.0
    result = session.run(None, {"input": np.zeros((2, 1, 8320), np.float32), "emotion": emotion})[0][:, 0]
    assert abs(result[1] - result[0]).max() > 0.01


def test_the_solver_returns_the_weights_that_made_a_pose(trained: Path) -> None:
    package = load_package(trained / "package")
    assert package.skin is not None
    solver = BlendshapeSolver(package.skin)
    draw = np.random.default_rng(2)
    weights = draw.choice(pose_sample(LipRig.of_default_head(), seed=1, words=20), 40)[:, : len(ARKIT_CHANNELS)]
    weights[:, [i for i, name in enumerate(ARKIT_CHANNELS) if name.startswith("eyeLook") or name == "tongueOut"]] = 0
    basis = package.data.shapes_matrix_skin.reshape(package.info.num_shapes_skin, -1)
    for row in weights:
        offset = solver.evaluate_pose(row) - package.skin.neutral
        decoded = package.skin.neutral + (offset @ basis.T) @ basis  # through the principal components
        solved = solver.solve(solver.project(decoded[None])[0])
        np.testing.assert_allclose(solved, row, atol=0.02)


def test_the_expression_table_leaves_speech_alone_at_neutral() -> None:
    face = FaceNetwork(SMALL, LipRig.of_contract())
    added, gain, ajar, eyes = face.expressions(torch.zeros(1, 1, 26))
    assert not added.any()
    assert float(gain.detach()) == 1.0
    assert float(ajar.detach()) == 0.0
    assert not eyes.any()
    assert expression_table().controls.shape == (len(EMOTIONS), len(CONTROLS))
