"""Reading and checking diffusion packages, sound and damaged ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.diffusion.engine import open_diffusion_engine
from maya_a2f.worker.diffusion.package import row_package
from maya_a2f.worker.diffusion.package_reading import load_diffusion_package
from maya_a2f.worker.installed_models import installed_packages
from maya_a2f.worker.package_check import check_package
from maya_a2f.worker.package_hash import package_hash
from maya_a2f.worker.package_reading import load_package
from tests.diffusion_package_factory import make_diffusion_package
from tests.package_faults import edit_arrays, edit_json, edit_network


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "v3"
    return make_diffusion_package(folder, vertices=61, tongue_vertices=22, saccade_frames=60)


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "v3"))


def test_everything_is_read_for_the_identity_asked_for(sound: Path) -> None:
    claire, james = load_diffusion_package(sound), load_diffusion_package(sound, "jAMES")
    assert (claire.identity, james.identity) == ("Claire", "James")
    assert james.one_hot().tolist() == [0.0, 1.0, 0.0]
    assert claire.info.skin_size == 183
    assert np.allclose(james.data.neutral_skin, claire.data.neutral_skin * np.float32(1.04))
    assert james.config.parameters["lowerFaceStrength"] == pytest.approx(1.2)
    assert james.skin is not None
    assert james.tongue is not None


def test_rows_are_small(sound: Path) -> None:
    info = row_package(load_diffusion_package(sound)).info
    active = 52 - 8 - 1  # no eye looks, no tongueOut
    assert info.result_size == 2 * active + 16 + 15 + 4


def test_an_unknown_identity_is_refused_with_those_there_are(sound: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_diffusion_package(sound, "Jmaes")
    assert caught.value.code == "model.identity_unknown"
    assert "Did you mean 'James'?" in caught.value.hint
    assert "Claire, James, Mark" in caught.value.hint


def test_a_list_of_models_names_the_kind(sound: Path) -> None:
    (found,) = installed_packages([sound.parent])
    assert (found.name, found.kind) == ("v3", "diffusion")


def test_a_sound_package_is_described(sound: Path) -> None:
    report = check_package(sound, "Mark")
    assert report.is_sound
    assert not report.findings
    facts = report.facts
    assert facts["identities"] == ["Claire", "James", "Mark"]
    assert facts["identity"] == "Mark"
    assert facts["parameters"]["lowerFaceStrength"] == pytest.approx(1.15)
    assert facts["frames_per_second"] == "60"
    assert facts["look_ahead_seconds"] == 0.75
    assert len(facts["skin_poses"]) == 52
    assert facts["milliseconds_per_inference"] > 0
    assert "Philox4x32-10, seed 0" in facts["noise"]


def test_facts_alone_leave_the_network_closed(folder: Path) -> None:
    (folder / "network.onnx").write_bytes(b"none")
    assert check_package(folder, is_quick=True).is_sound
    assert not check_package(folder).is_sound


def test_the_hash_changes_with_any_identity_and_with_the_noise(folder: Path) -> None:
    before = package_hash(folder)
    edit_json(folder, "model_config_Mark.json", lambda content: content["config"].update(skin_strength=0.9))
    after = package_hash(folder)
    np.save(folder / "noise.npy", np.zeros(3, np.float32))
    assert len({before, after, package_hash(folder)}) == 3


def test_what_needs_a_regression_model_says_so(sound: Path) -> None:
    with pytest.raises(EngineError, match="diffusion model"):
        load_package(sound)


def test_an_identity_without_shapes_gives_no_weights_and_says_so(folder: Path) -> None:
    edit_json(folder, "model.json", lambda content: content["blendshapePaths"][1].pop("tongue"))
    assert load_diffusion_package(folder, "Claire").tongue is not None
    james = load_diffusion_package(folder, "James")
    assert james.tongue is None
    assert "tongue blendshape weights" in james.unavailable[0]
    (finding,) = check_package(folder).findings
    assert finding.severity == "warning"
    assert "'James'" in finding.what


def test_shapes_that_are_no_object_are_refused_once(folder: Path) -> None:
    edit_json(folder, "model.json", lambda content: content["blendshapePaths"].__setitem__(1, 3))
    with pytest.raises(EngineError, match=r"'blendshapePaths\.1' is 3"):
        load_diffusion_package(folder, "James")
    named = [finding for finding in check_package(folder).findings if "blendshapePaths" in finding.what]
    assert [finding.severity for finding in named] == ["error"]


@dataclass(frozen=True)
class Fault:
    apply: Callable[[Path], None]
    words: tuple[str, ...]
    identity: str = "James"
    is_seen_when_opened: bool = False


def _json(file: str, edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    return lambda folder: edit_json(folder, file, edit)


def _arrays(file: str, edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    return lambda folder: edit_arrays(folder, file, edit)


def _info(**changes: Any) -> Callable[[Path], None]:
    def edit(content: dict[str, Any]) -> None:
        for name, value in changes.items():
            content["params" if name in content["params"] or name.startswith("noise") else "audio_params"][name] = value

    return _json("network_info.json", edit)


def _renamed(folder: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        for node in model.graph.node:
            node.input[:] = ["sound" if name == "window" else name for name in node.input]
        next(tensor for tensor in model.graph.input if tensor.name == "window").name = "sound"

    edit_network(folder, edit)


_DATA, _SKIN = "model_data_James.npz", "bs_skin_James.npz"
_FAULTS: dict[str, Fault] = {
    "a config too few": Fault(
        _json("model.json", lambda content: content["modelConfigPaths"].pop()), ("model.json", "modelConfigPaths")
    ),
    "no configs": Fault(
        _json("model.json", lambda content: content.update(modelConfigPaths=[])), ("model.json", "modelConfigPaths")
    ),
    "configs are no list": Fault(
        _json("model.json", lambda content: content.update(modelDataPaths="a.npz")), ("modelDataPaths", "a list")
    ),
    "a data path is a number": Fault(
        _json("model.json", lambda content: content["modelDataPaths"].__setitem__(1, 4)), ("modelDataPaths.1", "4")
    ),
    "blendshapes for two": Fault(
        _json("model.json", lambda content: content["blendshapePaths"].pop()), ("blendshapePaths", "2 entries")
    ),
    "one identity more": Fault(
        _json("network_info.json", lambda content: content["params"]["identities"].append("Ann")),
        ("network_info.json", "4 identities", "files for 3"),
    ),
    "no identity": Fault(_info(identities=[]), ("network_info.json", "identities")),
    "an identity twice": Fault(_info(identities=["Mark", "James", "mark"]), ("network_info.json", "twice")),
    "an identity without a name": Fault(_info(identities=["Mark", "James", " "]), ("identities",)),
    "skin not of vertices": Fault(_info(skin_size=184), ("network_info.json", "skin_size", "184")),
    "another skin": Fault(_info(skin_size=186), (_DATA, "neutral_skin", "186")),
    "no frames": Fault(_info(num_frames_center=0), ("num_frames_center",)),
    "too many frames": Fault(_info(num_frames_center=9999, buffer_len=100), ("network_info.json", "frames")),
    "huge noise": Fault(_info(num_diffusion_steps=999, skin_size=3 * 10**6), ("network_info.json", "GB")),
    "first frames never made": Fault(_info(padding_left=100), ("padding_left",)),
    "no padding": Fault(
        _json("network_info.json", lambda c: c["audio_params"].pop("padding_right")), ("padding_right",)
    ),
    "regression": Fault(_json("network_info.json", lambda c: c["id"].update(type="regression")), ("regression",)),
    "default emotion too short": Fault(_info(default_emotion=[0.0]), ("default_emotion",)),
    "seed of another kind": Fault(_info(noise_seed=-1), ("noise_seed", "-1")),
    "no config": Fault(lambda folder: (folder / "model_config_James.json").unlink(), ("model_config_James.json",)),
    "strength out of range": Fault(
        _json("model_config_James.json", lambda content: content["config"].update(skin_strength=9)),
        ("model_config_James.json", "skin_strength"),
    ),
    "no data": Fault(lambda folder: (folder / _DATA).unlink(), (_DATA, "modelDataPaths.1")),
    "no neutral": Fault(_arrays(_DATA, lambda arrays: arrays.pop("neutral_skin")), (_DATA, "neutral_skin")),
    "NaN in the jaw": Fault(_arrays(_DATA, lambda arrays: arrays["neutral_jaw"].fill(np.nan)), (_DATA, "neutral_jaw")),
    "flat head": Fault(_arrays(_DATA, lambda arrays: arrays["neutral_skin"].fill(0)), (_DATA, "height")),
    "no saccades": Fault(
        _arrays(_DATA, lambda arrays: arrays.update(saccade_rot_matrix=np.zeros((0, 2)))), (_DATA, "saccade")
    ),
    "a pose too small": Fault(
        _arrays(_SKIN, lambda arrays: arrays.update(jawOpen=arrays["jawOpen"][:-3])), (_SKIN, "jawOpen")
    ),
    "data cut": Fault(lambda folder: (folder / _DATA).write_bytes((folder / _DATA).read_bytes()[:999]), (_DATA,)),
    "no network": Fault(lambda folder: (folder / "network.onnx").unlink(), ("network.onnx",)),
    "a network pointer of git": Fault(
        lambda folder: (folder / "network.onnx").write_text("version https://git-lfs.github.com/spec/v1\n"),
        ("network.onnx",),
        is_seen_when_opened=True,
    ),
    "another memory": Fault(_info(gru_latent_dim=13), ("network.onnx", "input_latents"), is_seen_when_opened=True),
    "another window": Fault(_info(buffer_len=15000), ("network.onnx", "window"), is_seen_when_opened=True),
    "an emotion less": Fault(
        _info(emotions=["joy"], default_emotion=[0.0]), ("network.onnx", "emotion"), is_seen_when_opened=True
    ),
    "a tensor of another name": Fault(_renamed, ("network.onnx", "'sound'", "'window'"), is_seen_when_opened=True),
}


@pytest.mark.parametrize("name", _FAULTS)
def test_a_damaged_package_is_refused_by_name(folder: Path, name: str) -> None:
    fault = _FAULTS[name]
    fault.apply(folder)
    if fault.is_seen_when_opened:
        load_diffusion_package(folder, fault.identity)
    with pytest.raises(EngineError) as caught:
        open_diffusion_engine(load_diffusion_package(folder, fault.identity))
    said = f"{caught.value.message} {caught.value.details}"
    for word in fault.words:
        assert word in said
    report = check_package(folder)
    assert not report.is_sound
    assert any(all(word in f"{finding.file} {finding.what}" for word in fault.words[:1]) for finding in report.findings)


def test_other_identities_do_not_suffer_from_damage_to_one(folder: Path) -> None:
    _FAULTS["flat head"].apply(folder)
    assert load_diffusion_package(folder, "Claire").identity == "Claire"
    assert not check_package(folder).is_sound


def test_broken_numbers_of_the_network_are_told(folder: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        tensor = next(each for each in model.graph.initializer if each.name == "mixtures")
        values = onnx.numpy_helper.to_array(tensor).copy()
        values[0, 0] = np.nan
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, "mixtures"))

    edit_network(folder, edit)
    (finding,) = check_package(folder).findings
    assert finding.code == "engine.not_finite"
