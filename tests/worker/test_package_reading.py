"""Sound packages load exactly as written; wrong ones are refused with the file and the thing in it."""

from __future__ import annotations

import json
import shutil
import struct
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.errors import EngineError
from maya_a2f.worker.emotion_track import constant_emotion
from maya_a2f.worker.engines.onnxruntime_engine import OnnxRuntimeEngine
from maya_a2f.worker.inference import infer
from maya_a2f.worker.package import RegressionPackage
from maya_a2f.worker.package_check import check_package
from maya_a2f.worker.package_reading import load_package
from tests.package_factory import make_package, write_npz
from tests.package_faults import FAULTS, damage, edit_arrays, edit_json

LOAD_FAULTS = [name for name, fault in FAULTS.items() if fault.stage == "load"]
OPEN_FAULTS = [name for name, fault in FAULTS.items() if fault.stage == "open"]
RUN_FAULTS = [name for name, fault in FAULTS.items() if fault.stage == "run"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_package(tmp_path_factory.mktemp("sound") / "tiny", vertices=601)


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "tiny")


def run_silence(package: RegressionPackage) -> None:
    engine = OnnxRuntimeEngine(package.network_path, package.info, threads=1)
    silence = np.zeros(1000, np.float32)
    infer(package, engine, silence, Fraction(30), constant_emotion(package.info, {}), lambda *_: None, lambda: False)


def test_every_value_of_a_package_arrives_as_written(sound: Path) -> None:
    package = load_package(sound)
    data = np.load(sound / "model_data.npz")
    skin = np.load(sound / "bs_skin.npz")
    database = np.load(sound / "implicit_emo_db.npz")

    assert (package.name, package.info.actor, package.unavailable) == ("tiny", "tiny", ())
    assert (package.info.emotion_size, package.info.result_size) == (26, 12 + 4 + 15 + 4)
    assert package.network_path == sound / "network.onnx"
    np.testing.assert_array_equal(package.data.shapes_matrix_skin, data["shapes_matrix_skin"].reshape(12, -1))
    np.testing.assert_array_equal(package.data.neutral_skin, data["shapes_mean_skin"].ravel())
    np.testing.assert_array_equal(package.data.lip_open_pose_delta, data["lip_open_pose_delta"].ravel())
    np.testing.assert_array_equal(package.data.eye_close_pose_delta, data["eye_close_pose_delta"].ravel())
    np.testing.assert_array_equal(package.data.shapes_matrix_tongue, data["shapes_matrix_tongue"].reshape(4, -1))
    np.testing.assert_array_equal(package.data.neutral_tongue, data["shapes_mean_tongue"].ravel())
    np.testing.assert_array_equal(package.data.neutral_jaw, data["neutral_jaw"])
    np.testing.assert_array_equal(package.data.saccade_rot_matrix, data["saccade_rot_matrix"])
    np.testing.assert_array_equal(package.implicit_emotion, database["emo_db"][50 + 33])
    assert package.skin is not None
    assert package.tongue is not None
    assert (package.skin.pose_names, package.tongue.pose_names) == (ARKIT_CHANNELS, TONGUE_CHANNELS)
    np.testing.assert_array_equal(package.skin.deltas[17], skin["jawOpen"].ravel())
    np.testing.assert_array_equal(package.skin.mask, skin["frontalMask"])
    assert package.tongue.mask is None
    assert package.skin.config.symmetry_poses[6] == package.skin.config.symmetry_poses[13] == 1
    assert package.skin.config.temporal_smoothing == 0.3
    assert package.skin.config.template_bb_size == pytest.approx(31.0965, abs=1e-3)


def test_parameters_have_the_names_people_use(sound: Path) -> None:
    config = load_package(sound).config
    assert config.input_strength == config.parameters["inputStrength"] == 1.3
    assert config.parameters["lowerFaceStrength"] == 1.4
    assert config.parameters["rightEyeballRotationOffsetY"] == -2.0
    assert config.parameters["blinkOffset"] == 0.0


@pytest.mark.parametrize("seed", [0, 5])
def test_equal_arguments_give_equal_packages(tmp_path: Path, seed: int) -> None:
    one, other = make_package(tmp_path / "one", seed=seed), make_package(tmp_path / "other", seed=seed)
    for path in one.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name


def test_deflated_members_and_other_number_types_are_read(folder: Path) -> None:
    before = load_package(folder).data
    edit_arrays(
        folder,
        "model_data.npz",
        lambda arrays: arrays.update(
            shapes_matrix_skin=np.asfortranarray(arrays["shapes_matrix_skin"].astype(np.float64)),
            neutral_jaw=arrays["neutral_jaw"].astype(">f4"),
            lip_open_pose_delta=arrays["lip_open_pose_delta"].ravel(),
            extra=np.arange(3),
        ),
    )
    with np.load(folder / "model_data.npz") as archive:
        write_npz(folder / "model_data.npz", dict(archive), compressed=True)
    after = load_package(folder).data
    np.testing.assert_array_equal(after.shapes_matrix_skin, before.shapes_matrix_skin)
    np.testing.assert_array_equal(after.neutral_jaw, before.neutral_jaw)
    np.testing.assert_array_equal(after.lip_open_pose_delta, before.lip_open_pose_delta)
    assert after.shapes_matrix_skin.dtype == np.float32
    assert after.neutral_jaw.dtype == np.dtype("=f4")


def test_names_may_be_unicode_arrays(folder: Path) -> None:
    edit_arrays(
        folder, "bs_skin.npz", lambda arrays: arrays.update(poseNames=np.char.decode(arrays["poseNames"], "utf-8"))
    )
    package = load_package(folder)
    assert package.skin is not None
    assert package.skin.pose_names == ARKIT_CHANNELS


def test_unknown_keys_are_ignored_and_whole_numbers_serve_as_floats(folder: Path) -> None:
    edit_json(folder, "model_config.json", lambda content: content["config"].update(skin_strength=1, novelty=[1]))
    edit_json(folder, "network_info.json", lambda content: content.update(novelty={"a": None}))
    assert load_package(folder).config.parameters["skinStrength"] == 1.0


def test_a_missing_box_size_has_the_formats_default(folder: Path) -> None:
    edit_json(folder, "bs_skin_config.json", lambda content: content["blendshape_params"].pop("templateBBSize"))
    package = load_package(folder)
    assert package.skin is not None
    assert package.skin.config.template_bb_size == 54.7


def test_paths_may_be_absolute_or_lead_to_another_folder(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / "model_data.npz").rename(elsewhere / "d.npz")
    (folder / "network_info.json").rename(elsewhere / "ü.json")
    edit_json(
        folder,
        "model.json",
        lambda content: content.update(modelDataPath=str(elsewhere / "d.npz"), networkInfoPath="../elsewhere/ü.json"),
    )
    assert load_package(folder).info.num_verts_skin == 601


@pytest.mark.parametrize(
    ("named", "present", "used"),
    [
        ("network.trt", "network.onnx", "network.onnx"),
        ("network_fp16.trt", "network_fp16.onnx", "network_fp16.onnx"),
        ("network_fp16.trt", "network.onnx", "network.onnx"),
        ("plans/network.trt", "network.onnx", "network.onnx"),
        ("my.onnx", "my.onnx", "my.onnx"),
    ],
)
def test_the_onnx_file_stands_in_for_the_plan_nobody_ships(folder: Path, named: str, present: str, used: str) -> None:
    (folder / "network.onnx").rename(folder / present)
    edit_json(folder, "model.json", lambda content: content.update(networkPath=named))
    assert load_package(folder).network_path == folder / used


def test_the_file_named_is_preferred_to_the_usual_one(folder: Path) -> None:
    shutil.copy(folder / "network.onnx", folder / "other.onnx")
    edit_json(folder, "model.json", lambda content: content.update(networkPath="other.trt"))
    assert load_package(folder).network_path.name == "other.onnx"


@pytest.mark.parametrize(
    ("paths", "skin", "tongue"),
    [
        ({}, False, False),
        (None, False, False),
        ({"skin": {"config": "bs_skin_config.json", "data": "bs_skin.npz"}}, True, False),
        ({"tongue": {"config": "bs_tongue_config.json", "data": "bs_tongue.npz"}}, False, True),
        ({"skin": {"config": "bs_skin_config.json"}}, False, False),
    ],
)
def test_missing_blendshape_sets_are_said_to_be_unavailable(
    folder: Path, paths: object, skin: bool, tongue: bool
) -> None:
    edit_json(folder, "model.json", lambda content: content.update(blendshapePaths=paths))
    package = load_package(folder)
    assert (package.skin is not None, package.tongue is not None) == (skin, tongue)
    said = " ".join(package.unavailable)
    assert ("skin" in said, "tongue" in said) == (not skin, not tongue)


@pytest.mark.parametrize("name", LOAD_FAULTS)
def test_a_wrong_package_is_refused_by_file_and_thing(folder: Path, name: str) -> None:
    damage(folder, name)
    with pytest.raises(EngineError) as caught:
        load_package(folder)
    assert caught.value.code.startswith("package.")
    assert caught.value.hint
    for word in FAULTS[name].words:
        assert word in caught.value.message, f"'{word}' is not in: {caught.value.message}"


@pytest.mark.parametrize("name", OPEN_FAULTS)
def test_a_wrong_network_is_refused_when_opened(folder: Path, name: str) -> None:
    damage(folder, name)
    package = load_package(folder)
    with pytest.raises(EngineError) as caught:
        OnnxRuntimeEngine(package.network_path, package.info, threads=1)
    assert caught.value.hint
    for word in FAULTS[name].words:
        assert word in caught.value.message, f"'{word}' is not in: {caught.value.message}"


@pytest.mark.parametrize("name", RUN_FAULTS)
def test_a_wrong_result_is_refused_when_the_network_runs(folder: Path, name: str) -> None:
    damage(folder, name)
    package = load_package(folder)
    with pytest.raises(EngineError) as caught:
        run_silence(package)
    for word in FAULTS[name].words:
        assert word in str(caught.value), f"'{word}' is not in: {caught.value}"


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_finds_every_fault(folder: Path, name: str) -> None:
    report = check_package(damage(folder, name))
    assert not report.is_sound
    said = " ".join(f"{finding.file} {finding.what} {finding.next_step}" for finding in report.findings)
    for word in FAULTS[name].words:
        assert word in said
    json.dumps(report.to_dict())


def test_a_check_names_all_faults_at_once(folder: Path) -> None:
    damage(folder, "no bs_tongue.npz")
    damage(folder, "NaN in the basis")
    damage(folder, "negative L2")
    damage(folder, "bsWeightOffsets too short")
    damage(folder, "double deltas")
    damage(folder, "network gives doubles")
    damage(folder, "no strength")
    codes = [(finding.file, finding.code) for finding in check_package(folder).findings if finding.severity == "error"]
    assert sorted(codes) == [
        ("bs_skin.npz", "package.array_type"),
        ("bs_skin_config.json", "package.list_length"),
        ("bs_skin_config.json", "package.wrong_value"),
        ("bs_tongue.npz", "package.file_missing"),
        ("model_config.json", "package.key_missing"),
        ("model_data.npz", "package.not_finite"),
        ("network.onnx", "engine.network_misfit"),
    ]


@pytest.mark.parametrize("name", ["a path is a number", "a path is missing", "a path is empty", "no model_data.npz"])
def test_a_check_names_one_fault_once(folder: Path, name: str) -> None:
    assert len(check_package(damage(folder, name)).findings) == 1


def test_a_sound_package_passes_its_check_with_facts(sound: Path) -> None:
    report = check_package(sound)
    assert report.is_sound
    assert report.findings == ()
    assert report.facts["skin_poses_active"] == 43
    assert report.facts["look_ahead_seconds"] == 0.26
    assert report.facts["milliseconds_per_frame"] > 0
    json.dumps(report.to_dict())


def test_a_check_warns_without_calling_the_package_unsound(tmp_path: Path) -> None:
    folder = make_package(tmp_path / "p", vertices=60, blendshapes=("skin",), jaw_points=2)
    edit_arrays(folder, "bs_skin.npz", lambda arrays: arrays.update(neutral=arrays["neutral"] + np.float32(5)))
    edit_arrays(folder, "bs_skin.npz", lambda arrays: arrays.update(jawOpen=arrays["jawOpen"] * 0))
    report = check_package(folder)
    assert report.is_sound
    assert {finding.code for finding in report.findings} == {
        "package.output_unavailable", "package.few_jaw_points", "package.neutral_differs", "package.still_pose",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("zip that lies about its size", "package.npz_bomb"),
        ("zip bomb", "package.array_size"),
        ("shapes of a gigabyte", "package.too_large"),
        ("diffusion", "package.unsupported_kind"),
        ("no network", "package.network_missing"),
        ("no model.json", "package.not_a_package"),
        ("no bs_skin.npz", "package.file_missing"),
    ],
)
def test_the_code_of_a_fault_is_stable(folder: Path, name: str, code: str) -> None:
    with pytest.raises(EngineError) as caught:
        load_package(damage(folder, name))
    assert caught.value.code == code


def test_members_that_unpack_to_too_much_together_are_refused_unread(folder: Path) -> None:
    content = bytearray((folder / "bs_tongue.npz").read_bytes())
    place = content.find(b"PK\x01\x02")
    while place >= 0:  # 0.3 GB each, which so many packed bytes could hold
        content[place + 10 : place + 12] = struct.pack("<H", 8)
        content[place + 20 : place + 28] = struct.pack("<LL", 300_000, 300_000_000)
        place = content.find(b"PK\x01\x02", place + 4)
    (folder / "bs_tongue.npz").write_bytes(bytes(content))
    with pytest.raises(EngineError, match="bomb") as caught:
        load_package(folder)
    assert caught.value.code == "package.npz_bomb"


def test_a_bomb_is_refused_without_being_unpacked(folder: Path) -> None:
    damage(folder, "zip bomb")
    tracemalloc.start()
    with pytest.raises(EngineError):
        load_package(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6
