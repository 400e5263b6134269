"""The installer on three simulated systems: twice is once, uninstalling leaves nothing, what others wrote stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from a2f_install import command, status, studio, user_module
from a2f_install.environments import STAMP
from a2f_install.module_file import Block, parse, write
from a2f_install.places import System, user_module_folders
from a2f_install.source import read_source

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small checkout with an awkward name."""
    folder = tmp_path / "tools für alle" / "maya a2f"
    for name in ("maya_a2f/host/maya/plug_ins/a.py", "icons/a2f.svg", "install/bootstrap.py", "engines/default/m.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("content", "utf-8")
    shutil.copy(CHECKOUT / "a2f.mod", folder)
    (folder / "tests").mkdir()
    (folder / "tests" / "t.py").touch()
    return folder


@pytest.fixture(params=["win32", "darwin", "linux"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> System:
    home = tmp_path / "home" / "Jürgen Müller"
    environ = {}
    if request.param == "win32":
        environ = {"APPDATA": str(home / "AppData/Roaming"), "LOCALAPPDATA": str(home / "AppData/Local")}
    home.mkdir(parents=True)
    return System(request.param, environ, home, documents=home / "OneDrive - Größe AG" / "Dokumente")


def run(system: System, root: Path, *words: str) -> int:
    return command.main(list(words), root, system=system)


def everything_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def an_environment(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / STAMP).write_text('["x"]')
    (folder / "pyvenv.cfg").touch()


def test_each_system_has_its_folder(system: System) -> None:
    below = system.maya_folder().relative_to(system.home).as_posix()
    assert (
        below
        == {
            "win32": "OneDrive - Größe AG/Dokumente/maya",
            "darwin": "Library/Preferences/Autodesk/maya",
            "linux": "maya",
        }[system.platform]
    )


def test_installing_leads_every_maya_to_the_module(system: System, root: Path) -> None:
    assert run(system, root, "install") == 0
    file = user_module.user_file(system.maya_folder())
    blocks = parse(file.read_text("utf-8"))
    assert [block.maya for block in blocks] == ["2025", "2026", "2027"]
    assert all(block.root(file.parent).resolve() == root.resolve() for block in blocks)
    assert [path.name for path in file.parent.iterdir()] == [file.name], "Maya reads every file there"


def test_installing_twice_is_installing_once(system: System, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(system, root, "install")
    before = everything_in(system.home)
    text = user_module.user_file(system.maya_folder()).read_bytes()
    capsys.readouterr()
    assert run(system, root, "install") == 0
    assert "Up to date" in capsys.readouterr().out
    assert everything_in(system.home) == before
    assert user_module.user_file(system.maya_folder()).read_bytes() == text


def test_uninstalling_leaves_nothing(system: System, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    maya = system.maya_folder()
    (maya / "2026" / "prefs" / "shelves").mkdir(parents=True)
    (maya / "2026" / "ja_JP" / "prefs" / "shelves").mkdir(parents=True)
    system.user_folder().mkdir(parents=True)
    system.cache_folder().parent.mkdir(parents=True)
    before = everything_in(system.home)
    run(system, root, "install")
    for shelf in maya.rglob("shelves"):
        (shelf / "shelf_A2F.mel").write_text('shelfButton -command "import maya_a2f"')
    an_environment(system.user_folder() / "environments" / "0.1.0")
    an_environment(root / ".venv")
    for name in ("logs/worker.log", "logs/worker.log.1", "looks/anna.json", "recent.json"):
        (system.user_folder() / name).parent.mkdir(exist_ok=True)
        (system.user_folder() / name).touch()
    (maya / "maya_a2f").mkdir()
    (maya / "maya_a2f" / "a2f_panel.json").touch()
    (system.cache_folder() / "takes").mkdir(parents=True)
    assert run(system, root, "uninstall", "--remove-settings") == 0
    after = everything_in(system.home)
    assert not {name for name in after - before if "a2f" in name.lower()}
    assert {name for name in before - after if "maya_a2f" not in name} <= set()
    assert not (root / ".venv").exists()
    assert "looks" in capsys.readouterr().out, "what is deleted is listed"


def test_settings_stay_when_nobody_can_be_asked_or_on_request(system: System, root: Path) -> None:
    looks = system.user_folder() / "looks" / "anna.json"
    looks.parent.mkdir(parents=True)
    looks.touch()
    for words in ([], ["--keep-settings"]):
        run(system, root, "install")
        assert run(system, root, "uninstall", *words) == 0
        assert looks.exists()


def test_the_users_model_packages_are_never_deleted(system: System, root: Path) -> None:
    package = system.user_folder() / "models" / "Mark" / "network.onnx"
    package.parent.mkdir(parents=True)
    package.touch()
    run(system, root, "uninstall", "--remove-settings")
    assert package.exists()


def test_what_others_wrote_stays(system: System, root: Path) -> None:
    maya = system.maya_folder()
    foreign = {
        maya / "modules" / "other.mod": "+ other 1.0 /other\n",
        maya / "2026" / "prefs" / "shelves" / "shelf_A2F.mel": "// somebody else's shelf of that name",
        maya / "2026" / "prefs" / "userPrefs.mel": 'optionVar -sv "a2f_panel" "x"',
    }
    an_environment(root / ".venv")
    (root / ".venv" / STAMP).unlink()  # made by hand
    for path, text in foreign.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    run(system, root, "install")
    run(system, root, "uninstall", "--remove-settings")
    assert {path: path.read_text("utf-8") for path in foreign} == foreign
    assert (root / ".venv").exists()


def test_in_a_shared_cache_only_what_is_ours_goes(system: System, root: Path, tmp_path: Path) -> None:
    shared = tmp_path / "cache of all"
    for name in ("takes/a", "inferred/b", "of somebody else"):
        (shared / name).mkdir(parents=True)
    moved = System(system.platform, {**system.environ, "MAYA_A2F_CACHE": str(shared)}, system.home, system.documents)
    run(moved, root, "uninstall", "--remove-settings")
    assert [path.name for path in shared.iterdir()] == ["of somebody else"]


def test_a_module_file_written_by_hand_is_neither_replaced_nor_deleted(
    system: System, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = user_module.user_file(system.maya_folder())
    file.parent.mkdir(parents=True)
    file.write_text("+ maya_a2f 0.0.9 /mine\n")
    assert run(system, root, "install") == 3
    assert "0.0.9" in capsys.readouterr().err
    run(system, root, "uninstall", "--remove-settings")
    assert file.read_text() == "+ maya_a2f 0.0.9 /mine\n"


def test_one_maya_can_have_another_version(system: System, root: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(root, newer)
    template = (newer / "a2f.mod").read_text("utf-8").replace(read_source(root).version, "9.0.0")
    (newer / "a2f.mod").write_text(template, "utf-8")
    run(system, root, "install")
    assert run(system, newer, "install", "--maya", "2026") == 0
    found = user_module.find(user_module_folders(system.maya_folder()))
    assert {entry.block.maya: entry.root.name for entry in found} == {
        "2025": root.name,
        "2026": "newer",
        "2027": root.name,
    }
    run(system, newer, "uninstall", "--maya", "2026")
    assert {e.block.maya for e in user_module.find(user_module_folders(system.maya_folder()))} == {"2025", "2027"}


def test_the_folder_of_a_maya_is_cleared_of_an_earlier_file_of_ours(system: System, root: Path) -> None:
    """No Maya may find two."""
    source = read_source(root)
    old = system.maya_folder() / "2026" / "modules" / "old.mod"
    old.parent.mkdir(parents=True)
    old.write_text(write(source.blocks("/old place", ["2026"])))
    run(system, root, "install")
    assert not old.exists()


def test_maya_app_dir_moves_everything(system: System, root: Path, tmp_path: Path) -> None:
    moved = System(system.platform, {"MAYA_APP_DIR": str(tmp_path / "app")}, system.home, system.documents)
    run(moved, root, "install")
    assert user_module.user_file(tmp_path / "app").is_file()


def test_a_checkout_on_the_module_path_is_warned_of(system: System, root: Path) -> None:
    bad = System(system.platform, {**system.environ, "MAYA_MODULE_PATH": str(root)}, system.home, system.documents)
    assert any("reads every file" in text for text in status.warnings(bad, read_source(root)))
    assert run(bad, root, "status") == 1
    assert run(system, root, "status") == 0


def test_a_dry_run_deletes_nothing(system: System, root: Path) -> None:
    run(system, root, "install")
    before = everything_in(system.home)
    assert run(system, root, "uninstall", "--dry-run") == 0
    assert everything_in(system.home) == before


# studio -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def share(tmp_path: Path) -> Path:
    return tmp_path / "Studio Größe" / "maya a2f"


def test_a_studio_copy_is_complete_and_names_itself_relatively(root: Path, share: Path) -> None:
    source = read_source(root)
    studio.install(source, share)
    (version,) = studio.versions(share)
    (file,) = version.module_folder.iterdir()
    for block in parse(file.read_text("utf-8")):
        module = block.root(file.parent)
        assert block.path == "../module", "the share may be mounted anywhere"
        assert (module / "maya_a2f" / "host" / "maya" / "plug_ins" / "a.py").is_file()
        assert (module / "install" / "bootstrap.py").is_file()
        assert not (module / "tests").exists()


def test_a_studio_copy_twice_is_once_and_a_second_time_updates(root: Path, share: Path) -> None:
    source = read_source(root)
    studio.install(source, share)
    before = everything_in(share)
    assert any("up to date" in sentence for sentence in studio.install(source, share))
    assert everything_in(share) == before
    (root / "icons" / "a2f.svg").write_text("drawn anew")
    (root / "maya_a2f" / "host" / "maya" / "plug_ins" / "a.py").rename(root / "maya_a2f" / "b.py")
    studio.install(source, share)
    module = share / source.version / "module"
    assert (module / "icons" / "a2f.svg").read_text() == "drawn anew"
    assert (module / "maya_a2f" / "b.py").exists()
    assert not (module / "maya_a2f" / "host" / "maya" / "plug_ins" / "a.py").exists(), "what is gone is gone there too"


def test_versions_lie_side_by_side_and_go_one_by_one(root: Path, share: Path) -> None:
    first = read_source(root)
    studio.install(first, share)
    text = (root / "a2f.mod").read_text("utf-8")
    (root / "a2f.mod").write_text(text.replace(first.version, "9.0.0"), "utf-8")
    studio.install(read_source(root), share)
    assert [version.version for version in studio.versions(share)] == [first.version, "9.0.0"]
    assert len({version.module_folder for version in studio.versions(share)}) == 2
    studio.uninstall(studio.versions(share)[1])
    assert [version.version for version in studio.versions(share)] == [first.version]


def test_uninstalling_a_studio_copy_leaves_nothing_but_what_others_put_there(root: Path, share: Path) -> None:
    source = read_source(root)
    studio.install(source, share)
    (version,) = studio.versions(share)
    an_environment(version.environment)
    cache = version.folder / "module" / "maya_a2f" / "__pycache__"
    cache.mkdir()
    (cache / "a.pyc").touch()
    foreign = version.folder / "module" / "notes of the TD.txt"
    foreign.touch()
    said = studio.uninstall(version)
    assert [path for path in share.rglob("*") if path.is_file()] == [foreign]
    assert any("notes of the TD" in sentence for sentence in said)
    foreign.unlink()
    studio.install(source, share)
    studio.uninstall(studio.versions(share)[0])
    assert not share.exists()


def test_a_share_that_cannot_be_written_is_told_in_words(
    root: Path, share: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(shutil, "copy2", refuse)
    assert command.main(["install", "--studio", str(share)], root) == 3
    assert "cannot be written (Permission denied)" in capsys.readouterr().err
    monkeypatch.undo()
    assert command.main(["install", "--studio", str(share)], root) == 0, "what was begun can be finished"


def test_a_folder_of_somebody_else_is_not_filled(root: Path, share: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = share / read_source(root).version
    taken.mkdir(parents=True)
    (taken / "precious.txt").touch()
    assert command.main(["install", "--studio", str(share)], root) == 3
    assert "did not write" in capsys.readouterr().err
    assert everything_in(share) == {taken.name, f"{taken.name}/precious.txt"}


def test_a_manifest_cannot_make_us_delete_outside_its_folder(root: Path, share: Path, tmp_path: Path) -> None:
    source = read_source(root)
    studio.install(source, share)
    victim = tmp_path / "victim.txt"
    victim.touch()
    manifest = share / source.version / studio.MANIFEST
    text = manifest.read_text("utf-8").replace('"module/a2f.mod"', f'"../../../victim.txt", "{victim.as_posix()}"')
    manifest.write_text(text, "utf-8")
    studio.uninstall(studio.versions(share)[0])
    assert victim.exists()


def test_a_block_for_any_maya_counts_for_each() -> None:
    assert Block("maya_a2f", "1", "/a").fits("2026", "linux")
