"""The panel's host without Maya: files that are never replaced unasked, a time line of its own."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from maya_a2f.cli.main import main
from maya_a2f.core.ports import Timeline
from maya_a2f.core.rig import KeyedCurve
from maya_a2f.errors import Cancelled, HostError, UserError
from maya_a2f.ui.panel_host import BakeChoice
from maya_a2f.ui.standalone_host import CHARACTER, RATES, StandaloneHost

MakeHost = Callable[..., StandaloneHost]


@pytest.fixture
def make_host(app: QApplication, tmp_path: Path) -> MakeHost:
    def make(choice: Path | None = None) -> StandaloneHost:
        store = QSettings(str(tmp_path / "panel.ini"), QSettings.Format.IniFormat)
        return StandaloneHost(choose_file=lambda suggested: choice, settings_store=store)

    return make


@pytest.fixture
def host(make_host: MakeHost) -> StandaloneHost:
    return make_host()


def jaw_curve(host: StandaloneHost) -> KeyedCurve:
    name = next(a.name for a in host.pick().rig.attributes if a.name.endswith(".jawOpen"))
    return KeyedCurve(name, "weight", [1.0, 2.0], [0.0, 1.0])


def test_the_head_that_ships_is_the_only_character(host: StandaloneHost) -> None:
    assert host.characters() == [CHARACTER]
    assert len(host.character(CHARACTER).rig.attributes) > 52
    with pytest.raises(HostError, match="hero"):
        host.character("hero")


def test_a_bake_writes_the_chosen_scene_and_says_where(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host(tmp_path / "face")
    report = host.bake_target(CHARACTER, BakeChoice()).bake(
        [jaw_curve(host)], timeline=Timeline(Fraction(30), 1, 2), metadata={"a2fTake": "{}"}
    )
    scene = tmp_path / "face.ma"
    assert report.notes[0] == f"Written: {scene}"
    assert "requires maya" in scene.read_text("utf-8")
    assert host.sound_folder() == tmp_path


def test_no_file_chosen_is_a_cancel_and_writes_nothing(host: StandaloneHost, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        host.bake_target(CHARACTER, BakeChoice())
    assert not list(tmp_path.glob("*.ma"))


def test_the_suggested_file_lies_beside_the_clip_and_is_never_one_that_is_there(
    host: StandaloneHost, tmp_path: Path
) -> None:
    host.clip_path = tmp_path / "line 42.wav"
    assert host.suggested_file() == tmp_path / "line 42.ma"
    (tmp_path / "line 42.ma").write_text("")
    (tmp_path / "line 42_2.ma").write_text("")
    assert host.suggested_file() == tmp_path / "line 42_3.ma"


def test_the_recording_itself_is_never_written_over(make_host: MakeHost, tmp_path: Path) -> None:
    clip = tmp_path / "odd.ma"
    host = make_host(clip)
    host.clip_path = clip
    with pytest.raises(UserError, match="recording itself"):
        host.bake_target(CHARACTER, BakeChoice())


def test_a_folder_that_cannot_take_the_scene_is_an_error_that_changes_nothing(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(tmp_path / "no such folder" / "face.ma")
    target = host.bake_target(CHARACTER, BakeChoice())
    with pytest.raises(HostError):
        target.bake([jaw_curve(host)], timeline=Timeline(Fraction(30), 1, 2))


def test_frames_and_rates_are_told_to_whoever_watches(host: StandaloneHost) -> None:
    frames: list[float] = []
    words: list[str] = []
    stop = host.watch(frames.append, words.append)
    host.set_current_frame(12.5)
    host.set_current_frame(12.5)
    host.set_rate(Fraction(24000, 1001))
    stop()
    stop()
    host.set_current_frame(1)
    assert (frames, words) == ([12.5], ["rate"])
    assert host.rate() in RATES


def test_a_rate_that_maya_lacks_is_refused(host: StandaloneHost) -> None:
    with pytest.raises(UserError, match="no time unit"):
        host.set_rate(Fraction(23))


def test_values_are_drawn_and_put_back(host: StandaloneHost) -> None:
    drawn: list[dict[str, float]] = []
    host.on_values = lambda values: drawn.append(dict(values))
    host.show_values(CHARACTER, {"face_shapes.jawOpen": 0.5})
    host.put_back()
    assert drawn == [{"face_shapes.jawOpen": 0.5}, {}]


def test_settings_survive_a_restart(make_host: MakeHost) -> None:
    text = '{"schema":"a2f.panel/1","path":"C:\\\\Töne, laut\\\\a;b.wav"}'
    assert make_host().recall("a2f_panel") == ""
    make_host().remember("a2f_panel", text)
    assert make_host().recall("a2f_panel") == text


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")


def test_without_a_display_the_command_says_what_to_use_instead(
    no_display: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["panel"]) == 3
    assert "a2f animate" in capsys.readouterr().err


def test_a_clip_that_is_not_there_is_refused_before_a_window_opens(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["panel", "no such clip.wav"]) == 2
    assert "no such clip.wav" in capsys.readouterr().err
