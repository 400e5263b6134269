"""Where the project's folder ends in a path of a scene."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from maya_a2f.core.project_paths import marked_below, marked_path, moved_in_project, unmarked_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "show ü"
    (folder / "scenes" / "shot").mkdir(parents=True)
    (folder / "workspace.mel").touch()
    return folder


def test_a_sound_of_the_scenes_project_is_marked(project: Path) -> None:
    sound = project / "sound" / "line.wav"
    marked = marked_path(str(sound), project / "scenes" / "shot" / "a.ma")
    assert marked == f"{project.as_posix()}//sound/line.wav"
    assert Path(marked) == sound
    assert marked_path(marked, project / "scenes" / "a.ma") == marked


def test_a_scene_that_is_named_relatively_lies_in_a_project_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "scenes")
    assert marked_path(str(project / "a.wav"), Path("shot") / "a.ma") == f"{project.as_posix()}//a.wav"


def test_ways_up_and_down_again_are_straightened(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "rec").mkdir()
    monkeypatch.chdir(project / "rec")
    sound = str(project / "rec" / ".." / "scenes" / "a.wav")
    assert marked_path(sound, Path("..") / "scenes" / "a.ma") == f"{project.as_posix()}//scenes/a.wav"


def test_the_nearest_project_counts(project: Path) -> None:
    (project / "scenes" / "workspace.mel").touch()
    scene = project / "scenes" / "a.ma"
    assert marked_path(str(project / "scenes" / "a.wav"), scene) == f"{project.as_posix()}/scenes//a.wav"
    assert marked_path(str(project / "a.wav"), scene) == str(project / "a.wav")


@pytest.mark.parametrize("given", ["sound/line.wav", "C:\\rec\\line.wav", "//server/rec/line.wav", "/rec/line.wav"])
def test_a_sound_from_elsewhere_stays_as_it_is(project: Path, given: str) -> None:
    assert marked_path(given, project / "scenes" / "a.ma") == given


def test_a_sound_that_leaves_the_project_again_stays_as_it_is(project: Path) -> None:
    given = str(project / ".." / "rec" / "line.wav")
    assert marked_path(given, project / "scenes" / "a.ma") == given


def test_without_a_project_a_sound_stays_as_it_is(tmp_path: Path) -> None:
    given = str(tmp_path / "line.wav")
    assert marked_path(given, tmp_path / "a.ma") == given


def test_a_folder_above_that_may_not_be_looked_into_is_no_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    given = str(project / "line.wav")
    assert marked_path(given, project / "scenes" / "a.ma") == given


@pytest.mark.parametrize(
    ("project", "file", "marked"),
    [
        (PureWindowsPath("P:\\"), "P:\\sound\\a.wav", "P://sound/a.wav"),
        (PureWindowsPath("\\\\server\\show\\"), "\\\\server\\show\\sound\\a.wav", "//server/show//sound/a.wav"),
        (PureWindowsPath("P:\\bob"), "P:\\bob\\sound\\a.wav", "P:/bob//sound/a.wav"),
        (PureWindowsPath("P:\\"), "Q:\\sound\\a.wav", "Q:\\sound\\a.wav"),
        (PurePosixPath("/"), "/sound/a.wav", "/sound/a.wav"),
    ],
)
def test_a_project_may_be_a_whole_drive_or_share(project: PurePath, file: str, marked: str) -> None:
    assert marked_below(file, project, type(project)(file)) == marked
    assert type(project)(unmarked_path(marked)) == type(project)(file)


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("E:/High-Strung//sound/Performance.wav", "E:/High-Strung/sound/Performance.wav"),
        ("//server/show//sound/a.wav", "//server/show/sound/a.wav"),
        ("\\\\server\\show\\a.wav", "//server/show/a.wav"),
        ("/show/a.wav", "/show/a.wav"),
    ],
)
def test_the_mark_is_no_part_of_the_name(path: str, plain: str) -> None:
    assert unmarked_path(path) == plain


@pytest.mark.parametrize(
    ("old", "new", "is_moved"),
    [
        ("/gone/a//sound/line.wav", "/gone/b//sound/line.wav", True),
        ("D:\\show\\\\sound\\line.wav", "//server/show//sound/line.wav", True),
        ("P://sound/line.wav", "/show//sound/line.wav", True),
        ("/gone/a//sound/line.wav", "/gone/b//sound/other.wav", False),
        ("/gone/a/sound/line.wav", "/gone/b//sound/line.wav", False),
        ("//server/line.wav", "//server/line.wav", False),
        ("", "", False),
    ],
)
def test_a_project_that_was_moved_is_known_by_what_stands_behind_the_mark(old: str, new: str, is_moved: bool) -> None:
    assert moved_in_project(old, new) == is_moved


def test_a_project_whose_file_is_still_there_was_not_moved(project: Path) -> None:
    sound = project / "line.wav"
    old = marked_path(str(sound), project / "a.ma")
    assert moved_in_project(old, "/elsewhere//line.wav")
    sound.touch()
    assert not moved_in_project(old, "/elsewhere//line.wav")
