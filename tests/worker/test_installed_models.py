"""Models are found by name or path, never another one; their content has one digest."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maya_a2f.errors import EngineError, UserError
from maya_a2f.worker.installed_models import installed_packages, resolve_model
from maya_a2f.worker.package_hash import package_hash, read_known_digests, write_known_digests
from tests.package_factory import make_package, write_json
from tests.package_faults import damage


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_package(
        tmp_path_factory.mktemp("small") / "small", vertices=60, tongue_vertices=20, saccade_frames=10, actor="ann"
    )


@pytest.fixture
def folders(small: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    mine, shipped = tmp_path / "mine", tmp_path / "shipped"
    shutil.copytree(small, mine / "Mark")
    shutil.copytree(small, shipped / "mark")
    shutil.copytree(small, shipped / "default")
    shutil.copytree(small, shipped / "v3")
    damage(shipped / "v3", "diffusion")
    (shipped / "plans").mkdir()
    (shipped / "broken").mkdir()
    (shipped / "broken" / "model.json").write_bytes(b"{")
    return mine, tmp_path / "absent", shipped


def test_what_is_installed_is_listed_once_by_name(folders: tuple[Path, ...]) -> None:
    mine, _, shipped = folders
    listed = [(entry.name, entry.folder, entry.kind, entry.actor) for entry in installed_packages(folders)]
    assert listed == [
        ("broken", shipped / "broken", "unknown", ""),
        ("default", shipped / "default", "regression", "ann"),
        ("Mark", mine / "Mark", "regression", "ann"),
        ("v3", shipped / "v3", "diffusion", "ann"),
    ]


def test_an_emotion_package_is_recognised(tmp_path: Path) -> None:
    folder = tmp_path / "emotion"
    folder.mkdir()
    write_json(folder / "model.json", {"networkInfoPath": "network_info.json", "networkPath": "network.trt"})
    write_json(folder / "network_info.json", {"emotions": ["angry"], "audio_params": {"samplerate": 16000}})
    assert [entry.kind for entry in installed_packages([tmp_path])] == ["emotion"]


@pytest.mark.parametrize("name", ["mark", "MARK", " Mark "])
def test_a_name_is_found_in_any_case_and_the_first_folder_wins(folders: tuple[Path, ...], name: str) -> None:
    assert resolve_model(name, folders) == folders[0] / "Mark"


def test_a_path_is_that_folder_and_no_other(folders: tuple[Path, ...], small: Path) -> None:
    assert resolve_model(str(small), folders) == small
    assert resolve_model(str(small / "model.json"), folders) == small


def test_a_folder_here_may_be_named_without_a_separator(
    folders: tuple[Path, ...], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.parent)
    assert resolve_model("small", folders) == Path("small")


@pytest.mark.parametrize("name", ["marc", "default2", "", "defaul"])
def test_an_unknown_name_is_refused_with_what_is_installed(folders: tuple[Path, ...], name: str) -> None:
    with pytest.raises(UserError, match=r"Installed: Mark, broken, default, v3") as caught:
        resolve_model(name, folders)
    assert caught.value.code == "model.unknown"
    assert f"'{name}'" in caught.value.message


def test_a_near_miss_is_suggested_but_never_taken(folders: tuple[Path, ...]) -> None:
    with pytest.raises(UserError, match="Did you mean 'default'"):
        resolve_model("defualt", folders)


def test_a_path_that_is_no_package_is_refused(folders: tuple[Path, ...], tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        resolve_model(str(tmp_path / "mark"), folders)  # 'mark' is installed, but this path is not it
    assert caught.value.code == "model.unknown"
    with pytest.raises(UserError, match=r"model\.json") as caught:
        resolve_model(str(folders[2] / "plans"), folders)
    assert caught.value.code == "model.not_a_package"


def test_no_models_at_all_is_said_with_the_folders_searched(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=str(tmp_path)):
        resolve_model("default", [tmp_path])


def test_the_hash_depends_on_the_files_content_alone(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "README.md").write_text("not read by a solve")
    assert package_hash(copy) == package_hash(small)
    assert len(package_hash(copy)) == 64


@pytest.mark.parametrize(
    "file",
    ["model.json", "network_info.json", "network.onnx", "model_config.json", "model_data.npz", "implicit_emo_db.npz",
     "bs_skin.npz", "bs_skin_config.json", "bs_tongue.npz", "bs_tongue_config.json"],
)  # fmt: skip
def test_a_change_in_any_file_changes_the_hash(small: Path, tmp_path: Path, file: str) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    with (copy / file).open("ab") as stream:
        stream.write(b"\n")
    assert package_hash(copy) != package_hash(small)


def test_known_digests_spare_the_reading(small: Path, tmp_path: Path) -> None:
    known: dict[str, str] = {}
    whole = package_hash(small, known)
    assert len(known) == 10
    write_known_digests(tmp_path / "new" / "digests.json", known)
    again = read_known_digests(tmp_path / "new" / "digests.json")
    assert again == known
    forged = dict.fromkeys(again, "0" * 64)
    assert package_hash(small, forged) != whole  # so it did not read the files


def test_a_damaged_list_of_digests_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "digests.json"
    for content in (b"", b"[1]", b"\xff", b'{"a": 5, "b": "short"}'):
        path.write_bytes(content)
        assert read_known_digests(path) == {}


def test_the_hash_of_an_incomplete_package_is_refused(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "model_data.npz").unlink()
    with pytest.raises(EngineError, match=r"model_data\.npz"):
        package_hash(copy)
