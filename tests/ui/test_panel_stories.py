"""The panel as an animator uses it, with the real worker and the model that ships."""

from __future__ import annotations

import json
import math
import os
import signal
import struct
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QPushButton, QToolButton

from maya_a2f import settings
from maya_a2f.core.ports import KeptKeys
from maya_a2f.core.rerun_scope import RerunScope
from maya_a2f.errors import HostError
from maya_a2f.link.messages import Progress
from maya_a2f.ui.keys_section import new_layer_name
from maya_a2f.ui.panel import A2FPanel
from maya_a2f.ui.panel_host import BakedResult
from maya_a2f.ui.panel_store import KEY
from tests.ui.conftest import WaitUntil
from tests.ui.fake_panel_host import FACE, FakePanelHost
from tests.ui.test_worker_link import is_alive

pytestmark = pytest.mark.skipif(
    settings.worker_python() is None or not (settings.checkout_folder() / "engines" / "default").is_dir(),
    reason="needs the worker's environment and the model that ships",
)

MakePanel = Callable[..., A2FPanel]


def write_recording(path: Path, seconds: float) -> Path:
    """Something like syllables: a tone that swells four times a second."""
    count = round(seconds * 16000)
    samples = (
        round(12000 * math.sin(math.tau * 160 * at / 16000) * max(0.0, math.sin(math.tau * 4 * at / 16000)))
        for at in range(count)
    )
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


@pytest.fixture(scope="session")
def short_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("sound") / "line ü.wav", 0.6)


@pytest.fixture(scope="session")
def long_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("sound") / "speech.wav", 60)


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def host(tmp_path: Path) -> FakePanelHost:
    return FakePanelHost(folder=tmp_path)


@pytest.fixture
def make_panel(
    app: QApplication,
    host: FakePanelHost,
    shared_cache: Path,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MakePanel]:
    monkeypatch.setenv("MAYA_A2F_CACHE", str(shared_cache))
    panels: list[A2FPanel] = []

    def make(clip: Path | None = None) -> A2FPanel:
        panel = A2FPanel(host)
        panels.append(panel)
        panel.resize(460, 900)
        panel.show()
        if clip is not None:
            panel.set_clip(str(clip))
            panel.character_section.pick()
            panel._on_target()
            wait_until(lambda: panel.clip_section.duration_seconds() is not None)
        return panel

    yield make
    for panel in panels:
        panel.close_down()
        panel.hide()
        panel.deleteLater()


def button(panel: A2FPanel, words: str) -> QPushButton:
    return next(each for each in panel.findChildren(QPushButton) if each.text().replace("&", "") == words)


def click(panel: A2FPanel, words: str) -> None:
    QTest.mouseClick(button(panel, words), Qt.MouseButton.LeftButton)


def stage(panel: A2FPanel) -> str:
    return panel.go._run._stage.text()


def run_through(panel: A2FPanel, words: str, wait_until: WaitUntil) -> None:
    click(panel, words)
    assert panel.runs.is_running
    wait_until(lambda: not panel.runs.is_running, 90)


def animate_until(panel: A2FPanel, wait_until: WaitUntil, wanted: str = "Listening") -> None:
    click(panel, "Animate")
    wait_until(lambda: stage(panel).startswith(wanted), 60)


# -- the main story --------------------------------------------------------------------------------


def test_pick_a_character_and_a_clip_and_animate(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    assert button(panel, "Animate").isEnabled()
    run_through(panel, "Animate", wait_until)
    choice, memory = host.bakes[0]
    assert len(memory.keys) == 52
    frames = memory.keys["face.jawOpen"].frames
    assert list(frames) == [1.0 + at for at in range(len(frames))]
    assert panel.go.result.startswith("52 curves, ")
    assert panel.go.result.endswith("; 1 skipped")
    assert choice.channels["face.jawOpen"] == ("jawOpen",)
    assert memory.audio is not None
    assert memory.audio.offset_frame == 1.0
    assert json.loads(memory.metadata["a2fTake"])["package"]["name"] == "default"
    assert "default" in panel._sections["keys"]._bar._summary


def test_what_is_missing_is_said_and_the_buttons_wait(make_panel: MakePanel, host: FakePanelHost) -> None:
    host.found.clear()
    panel = make_panel()
    assert not any(button(panel, words).isEnabled() for words in ("Animate", "Preview", "Bake", "Cancel"))
    assert "There is no clip yet" in panel.go._reason.text()
    assert "There is no clip yet" in button(panel, "Animate").toolTip()


def test_keys_of_the_keyboard_start_a_run(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    panel.activateWindow()
    button(panel, "Animate").setFocus()
    QTest.keyClick(button(panel, "Animate"), Qt.Key.Key_Space)
    assert panel.runs.is_running
    wait_until(lambda: not panel.runs.is_running, 90)
    assert len(host.bakes) == 1


def test_the_tabulator_goes_from_top_to_bottom(make_panel: MakePanel, app: QApplication) -> None:
    panel = make_panel()
    panel.activateWindow()
    app.processEvents()
    places: list[str] = []
    widget = panel.nextInFocusChain()
    while widget is not panel:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(panel):
            section = next((s for s in panel._sections.values() if s.isAncestorOf(widget)), None)
            place = "go" if panel.go.isAncestorOf(widget) else "" if section is None else section.title
            is_bar = section is not None and widget is section._bar
            places.append(f"{place} bar" if is_bar else place)
        widget = widget.nextInFocusChain()
    order = [place for at, place in enumerate(places) if place and (at == 0 or place != places[at - 1])]
    assert order == ["Clip bar", "Clip", "Character bar", "Character", "Look bar", "Look", "Keys bar", "Keys", "go"]


def test_every_control_says_what_it_is_for(make_panel: MakePanel) -> None:
    panel = make_panel()
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox)
    silent = [
        f"{type(widget).__name__} '{widget.accessibleName() or getattr(widget, 'text', str)()}'"
        for kind in kinds
        for widget in panel.findChildren(kind)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisibleTo(panel) and not widget.toolTip()
    ]
    assert silent == []


def test_engine_and_models_are_told_without_a_click(make_panel: MakePanel, wait_until: WaitUntil) -> None:
    panel = make_panel()
    wait_until(lambda: panel.go._engine.text().startswith("Engine: "), 60)
    assert "ONNX" in panel.go._engine.toolTip()
    wait_until(lambda: not panel.facts._missing, 60)
    assert panel.keys_section._model.findData("default") >= 0


# -- preview, takes --------------------------------------------------------------------------------


def test_preview_shows_the_take_without_keys_and_bake_writes_it(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    assert not button(panel, "Bake").isEnabled()
    run_through(panel, "Preview", wait_until)
    assert host.bakes == []
    assert len(host.shown) == 52
    made = panel.shelf.shown
    assert made is not None
    host.set_current_frame(5.0)
    assert host.shown["face.jawOpen"] == pytest.approx(min(1.0, max(0.0, made.take.tracks["jawOpen"][4])))
    run_through(panel, "Bake", wait_until)
    assert host.shown == {}
    assert len(host.bakes[0][1].keys) == 52


def test_put_back_shows_the_character_as_it_was(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    run_through(panel, "Preview", wait_until)
    put_back = next(each for each in panel.go.findChildren(QToolButton) if each.text() == "Put back")
    QTest.mouseClick(put_back, Qt.MouseButton.LeftButton)
    assert host.shown == {}
    assert panel.go._shown_row.isHidden()


def test_two_takes_are_compared_and_the_shown_one_is_baked(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    run_through(panel, "Preview", wait_until)
    panel.look_section.tail_seconds = lambda: 0.5  # type: ignore[method-assign]
    run_through(panel, "Preview", wait_until)
    first, second = panel.shelf.takes
    assert (panel.shelf.mark_of(first), panel.shelf.mark_of(second)) == ("A", "B")
    assert panel.shelf.shown is second
    assert second.take.frame_count > first.take.frame_count
    host.set_current_frame(4.0)
    panel.shelf.switch()
    assert panel.shelf.shown is first
    wait_until(lambda: panel.playhead._viewer.fitted is not None and panel.playhead._viewer.fitted.made is first)
    run_through(panel, "Bake", wait_until)
    assert len(host.bakes[0][1].keys["face.jawOpen"].frames) == first.take.frame_count


def test_a_take_of_another_rate_is_not_baked(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    run_through(panel, "Preview", wait_until)
    host.scene_rate = Fraction(24)
    host.tell("rate")
    assert not button(panel, "Bake").isEnabled()
    assert "30 frames per second" in button(panel, "Bake").toolTip()
    assert button(panel, "Animate").isEnabled()


def test_a_moved_dial_shows_its_effect_without_a_click_and_scrubbing_follows(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    panel.look_section.dialsChanged.emit()
    wait_until(lambda: host.shown, 60)
    before = dict(host.shown)
    host.set_current_frame(6.0)
    wait_until(lambda: host.shown != before, 60)
    run_through(panel, "Animate", wait_until)
    assert host.shown == {}


# -- cancel, close, kill ---------------------------------------------------------------------------


def test_a_network_that_is_prepared_for_a_live_pose_shows_progress_and_can_be_cancelled(
    make_panel: MakePanel, short_line: Path
) -> None:
    panel = make_panel(short_line)
    panel.playhead.preview_live()
    assert not panel.go._run.isVisible()
    panel.playhead.live.preparing.emit(Progress("Loading the model", 0, 0))
    assert stage(panel) == "Loading the model"
    panel.playhead.live.preparing.emit(Progress("Preparing the network for the GPU", 420, 1000))
    assert stage(panel) == "Preparing the network for the GPU · 42%"
    assert "as soon as the worker is ready" in panel.go._shown.text()
    assert button(panel, "Animate").isEnabled()
    click(panel, "Cancel")
    assert not panel.playhead.live.is_live
    panel.playhead.live.preparing.emit(None)
    assert not panel.go._run.isVisible()
    assert not button(panel, "Cancel").isEnabled()


def test_a_run_takes_the_line_of_progress_from_a_live_pose(
    make_panel: MakePanel, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    panel.playhead.preview_live()
    panel.playhead.live.preparing.emit(Progress("Preparing the network for the GPU", 420, 1000))
    click(panel, "Animate")
    assert not panel.playhead.live.is_live
    panel.playhead.live.preparing.emit(Progress("Preparing the network for the GPU", 430, 1000))
    assert stage(panel).startswith("Preparing the network for the GPU")
    panel.playhead.live.preparing.emit(None)
    assert panel.go._run.isVisible()
    assert button(panel, "Cancel").isEnabled()
    wait_until(lambda: not panel.runs.is_running, 90)
    assert not panel.go._run.isVisible()


def test_animate_goes_on_with_what_a_live_pose_prepares_and_cancel_stops_it(
    make_panel: MakePanel, short_line: Path
) -> None:
    panel = make_panel(short_line)
    panel.playhead.preview_live()
    [ticket] = panel.playhead.live._tickets
    ticket.is_preparing = True
    click(panel, "Animate")
    assert not ticket.is_over
    click(panel, "Cancel")
    assert ticket.is_over
    assert not panel.runs.is_running


def test_a_run_that_cannot_begin_leaves_nothing_being_prepared(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Fraction:
        raise HostError("No.", code="host.no")

    panel = make_panel(short_line)
    panel.playhead.preview_live()
    [ticket] = panel.playhead.live._tickets
    ticket.is_preparing = True
    monkeypatch.setattr(host, "rate", refuse)
    click(panel, "Animate")
    assert ticket.is_over
    assert not panel.runs.is_running


def test_cancel_in_the_middle_changes_nothing_and_the_next_click_works(
    make_panel: MakePanel, host: FakePanelHost, long_line: Path, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(long_line)
    animate_until(panel, wait_until)
    click(panel, "Cancel")
    assert not panel.runs.is_running
    assert "Cancelled" in panel.go.message
    assert host.bakes == []
    panel.set_clip(str(short_line))
    run_through(panel, "Animate", wait_until)
    assert len(host.bakes) == 1


def test_killing_the_worker_says_so_and_the_next_click_works(
    make_panel: MakePanel, host: FakePanelHost, long_line: Path, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(long_line)
    animate_until(panel, wait_until)
    assert panel.link.process_id is not None
    os.kill(panel.link.process_id, signal.SIGKILL)
    wait_until(lambda: not panel.runs.is_running)
    assert "The worker ended in the middle of its work" in panel.go.message
    assert "worker.crashed" in panel.go._message.report
    assert host.bakes == []
    panel.set_clip(str(short_line))
    run_through(panel, "Animate", wait_until)
    assert len(host.bakes) == 1


def test_closing_the_panel_in_the_middle_leaves_the_host_untouched(
    make_panel: MakePanel, host: FakePanelHost, long_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(long_line)
    animate_until(panel, wait_until)
    process_id = panel.link.process_id
    assert process_id is not None
    panel.close_down()
    panel.close_down()
    assert (host.bakes, host.shown, host.is_watched) == ([], {}, False)
    wait_until(lambda: not is_alive(process_id), 10)


def test_a_new_scene_in_the_middle_stops_the_run(
    make_panel: MakePanel, host: FakePanelHost, long_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(long_line)
    animate_until(panel, wait_until)
    host.found.clear()
    host.tell("new")
    assert not panel.runs.is_running
    assert "Another scene was opened" in panel.go.message
    assert host.bakes == []
    assert panel.character() is None
    assert not button(panel, "Animate").isEnabled()


def test_another_rate_in_the_middle_stops_the_run(
    make_panel: MakePanel, host: FakePanelHost, long_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(long_line)
    animate_until(panel, wait_until)
    host.scene_rate = Fraction(24)
    host.tell("rate")
    assert not panel.runs.is_running
    assert "from 30 to 24" in panel.go.message
    assert host.bakes == []


# -- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [HostError("'hero' is read-only.", code="maya.read_only"), OSError(28, "No space left on device", "/full")],
    ids=["refused", "disk full"],
)
def test_a_bake_that_fails_is_told_and_the_take_is_kept_for_the_next_click(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil, error: Exception
) -> None:
    panel = make_panel(short_line)
    host.bake_error = error
    run_through(panel, "Animate", wait_until)
    assert "read-only" in panel.go.message or "No space left" in panel.go.message
    assert host.bakes == []
    host.bake_error = None
    run_through(panel, "Bake", wait_until)
    assert len(host.bakes) == 1


def test_a_copy_of_the_sound_goes_again_when_the_bake_fails(
    make_panel: MakePanel, host: FakePanelHost, tmp_path: Path, wait_until: WaitUntil
) -> None:
    host.folder = tmp_path / "sound"
    panel = make_panel(write_recording(tmp_path / "line.wav", 1.0))
    panel.clip_section.restore({**panel.clip_section.state(), "in_seconds": 0.2, "out_seconds": 0.8})
    wait_until(lambda: panel.clip() is not None and panel.clip().in_seconds == 0.2)
    host.bake_error = HostError("'hero' is read-only.", code="maya.read_only")
    run_through(panel, "Animate", wait_until)
    assert "read-only" in panel.go.message
    assert [*host.folder.glob("*")] == []
    host.bake_error = None
    run_through(panel, "Bake", wait_until)
    assert len([*host.folder.glob("*.wav")]) == 1


def test_a_character_renamed_while_solving_is_named(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    click(panel, "Animate")
    host.found["hero_renamed"] = replace(host.found.pop("hero"), name="hero_renamed")
    wait_until(lambda: not panel.runs.is_running, 60)
    assert "'hero' is not in the scene any more" in panel.character_section.message.text
    assert "Character" in panel.go.message
    assert host.bakes == []


def test_a_character_that_went_away_is_noticed_before_any_work(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path
) -> None:
    panel = make_panel(short_line)
    host.found.clear()
    click(panel, "Animate")
    assert not panel.runs.is_running
    assert "'hero' is not in the scene any more" in panel.character_section.message.text


def test_a_clip_deleted_after_it_was_loaded_is_noticed_before_any_work(
    make_panel: MakePanel, host: FakePanelHost, tmp_path: Path
) -> None:
    clip = write_recording(tmp_path / "gone.wav", 0.5)
    panel = make_panel(clip)
    clip.unlink()
    click(panel, "Animate")
    assert not panel.runs.is_running
    assert "is not there any more" in panel.clip_section.message.text


def test_words_that_cannot_be_read_are_refused_in_place(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path
) -> None:
    panel = make_panel(short_line)
    panel.transcript._text.setPlainText("no such file.txt")
    click(panel, "Animate")
    assert not panel.runs.is_running
    assert "is not there" in panel.transcript._message.text


def test_words_that_do_not_fit_are_said_in_place_and_in_the_result(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    pytest.importorskip("pocketsphinx", reason="the worker's own environment aligns words by it")
    panel = make_panel(short_line)
    panel.transcript._text.setPlainText("not a word of this long sentence about the weather is said in the clip")
    run_through(panel, "Animate", wait_until)
    assert "was not used" in panel.transcript._message.text
    assert panel.go.result.endswith("1 skipped, the words were not used")
    assert len(host.bakes) == 1
    panel.transcript._text.setPlainText("")
    assert panel.transcript._message.text == ""


def test_without_a_worker_the_hint_says_what_to_do_and_a_later_click_works(
    make_panel: MakePanel,
    host: FakePanelHost,
    short_line: Path,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    python = settings.worker_python()
    monkeypatch.setattr("maya_a2f.settings.worker_python", lambda: None)
    panel = make_panel()
    panel.set_clip(str(short_line))
    panel.character_section.pick()
    panel._on_target()
    wait_until(lambda: "bootstrap.py" in panel.go.message)
    monkeypatch.setattr("maya_a2f.settings.worker_python", lambda: python)
    panel.set_clip(str(short_line))
    wait_until(lambda: button(panel, "Animate").isEnabled())
    run_through(panel, "Animate", wait_until)
    assert len(host.bakes) == 1


def test_blocked_attributes_are_left_out_and_named(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    host.found["hero"] = replace(FACE, blocked={"face.jawOpen": "it is locked"})
    panel = make_panel(short_line)
    run_through(panel, "Animate", wait_until)
    assert "face.jawOpen" not in host.bakes[0][1].keys
    assert len(host.bakes[0][1].keys) == 51
    assert "face.jawOpen: it is locked." in panel.go._result._details.toPlainText()


# -- results, sound --------------------------------------------------------------------------------


def test_a_result_is_removed_and_an_edited_one_only_when_insisted(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    host.baked = [BakedResult("line_01", "hero", 1, 40), BakedResult("line_02", "hero", 50, 80)]
    panel = make_panel(short_line)
    click(panel, "Remove")
    assert host.removed == [("line_01", False)]
    assert "Removed 'line_01'" in panel.go.message
    host.remove_error = HostError("face.jawOpen was edited since.", code="result.edited", hint="Keep it, or insist.")
    click(panel, "Remove")
    assert "face.jawOpen was edited since" in panel.results._message.text
    assert len(host.baked) == 1
    click(panel, "Remove the edited keys too")
    assert host.removed[-1] == ("line_02", True)
    assert panel.results.isHidden()


def test_a_result_is_made_again_from_its_own_recording_around_what_was_edited(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, long_line: Path, wait_until: WaitUntil
) -> None:
    edited = KeptKeys("face.jawOpen", ((16.0, 30.0),), "its keys were edited since they were written")
    host.edits, host.range = {"line": [edited]}, (4.0, 12.0)
    panel = make_panel(short_line)
    run_through(panel, "Animate", wait_until)
    wait_until(lambda: panel.results.row("line").summary == "1 edited curve")
    panel.set_clip(str(long_line))
    panel.results.row("line")._summary.click()
    panel.results.row("line")._taking["face.jawOpen"].click()
    run_through(panel, "Re-run range", wait_until)
    (_, first), (choice, again) = host.bakes
    assert (choice.result, choice.fit_range, choice.layer) == ("line", False, "")
    assert choice.scope == RerunScope((4.0, 12.0), frozenset(), frozenset({"face.jawOpen"}))
    assert again.keys["face.jawOpen"].frames == first.keys["face.jawOpen"].frames, "the recording of the result"
    assert again.audio is not None
    assert Path(again.audio.path).name == short_line.name


def test_keys_follow_a_sound_that_was_moved(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    run_through(panel, "Animate", wait_until)
    host.tell("audio")
    assert panel.go._offer.isHidden()
    host.sound_moved = 12.0
    host.tell("audio")
    assert not panel.go._offer.isHidden()
    host.remove_error = HostError("face.jawOpen was edited since.", code="result.edited", hint="Move it by hand.")
    click(panel, "Move its keys along")
    assert "face.jawOpen was edited since" in panel.go.message
    assert panel.clip_section.clip().start_frame == 1.0  # type: ignore[union-attr]
    host.remove_error = None
    host.tell("audio")
    click(panel, "Move its keys along")
    assert host.followed == ["line"]
    assert len(host.bakes) == 1, "the keys are moved, not made again"
    assert panel.clip_section.clip().start_frame == 13.0  # type: ignore[union-attr]
    assert "Moved 2 curves" in panel.go.message


def test_the_offer_to_follow_goes_when_the_sound_is_put_back(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    run_through(panel, "Animate", wait_until)
    for moved, is_hidden in ((5.0, False), (0.0, True), (-5.0, False), (None, True)):
        host.sound_moved = moved
        host.tell("audio")
        assert panel.go._offer.isHidden() is is_hidden
    host.sound_moved = 2.0
    panel.character_section.pick()
    assert not panel.go._offer.isHidden(), "a sound moved on another day is noticed with its character"


def test_a_new_layer_is_named_after_the_result_and_never_like_one_that_is_there(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    panel.keys_section._layer.setCurrentText("New layer for this result")
    run_through(panel, "Animate", wait_until)
    choice = host.bakes[0][0]
    assert (choice.layer, choice.new_layer) == ("a2f_line", True)
    assert new_layer_name("scene 4", ["a2f_scene_4", "a2f_scene_4_2"]) == "a2f_scene_4_3"


# -- settings --------------------------------------------------------------------------------------


def test_the_panel_opens_as_it_was_closed(make_panel: MakePanel, host: FakePanelHost, short_line: Path) -> None:
    panel = make_panel(short_line)
    panel.keys_section._keys.setCurrentIndex(1)
    panel.keys_section._tolerance.setValue(0.02)
    panel.keys_section._name.setText("scene 4")
    panel.transcript._text.setPlainText("My baby bought a map.")
    panel._sections["look"].set_open(False)
    before = panel.state()
    panel.close_down()
    again = make_panel()
    assert again.state() == before
    assert again.character() is not None
    assert again.keys_section.keys().reduced
    assert not again._sections["look"].is_open


def test_a_change_is_saved_soon_without_closing(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil
) -> None:
    panel = make_panel(short_line)
    panel.keys_section._keys.setCurrentIndex(1)
    wait_until(lambda: '"reduced":true' in host.recall(KEY))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"schema":"a2f.panel/1","sections":[]}',
        '{"schema":"a2f.panel/1","sections":{"clip":7,"keys":{"model":3,"tolerance":"x","start":null,"rate":[0,0]},'
        '"look":"?","character":{"character":[]},"words":[],"open":{"clip":"yes"}}}',
    ],
)
def test_damaged_settings_are_ignored(make_panel: MakePanel, host: FakePanelHost, text: str) -> None:
    host.texts[KEY] = text
    panel = make_panel()
    assert panel.keys_section.keys().reduced is False
    assert panel.keys_section.model() == "default"


# -- the heartbeat ---------------------------------------------------------------------------------


def test_the_user_interface_is_never_held_up(
    make_panel: MakePanel, host: FakePanelHost, short_line: Path, wait_until: WaitUntil, app: QApplication
) -> None:
    panel = make_panel(short_line)
    wait_until(lambda: not panel.facts._missing, 60)
    beats = [time.perf_counter()]
    gaps: list[float] = []

    def beat() -> None:
        now = time.perf_counter()
        gaps.append(now - beats[-1])
        beats[-1] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    timer.start(10)
    run_through(panel, "Animate", wait_until)
    timer.stop()
    assert len(host.bakes) == 1
    assert max(gaps) < 0.2
