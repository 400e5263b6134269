"""The clip section as an animator uses it: choosing, trimming, playing, and what it says about bad recordings."""

from __future__ import annotations

import os
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from maya_a2f.core.clip import Clip
from maya_a2f.core.ports import AudioNode
from maya_a2f.errors import A2FError, Cancelled, HostError, UserError, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message, Progress
from maya_a2f.settings import worker_python
from maya_a2f.ui import transport
from maya_a2f.ui.clip_chooser import typed_path
from maya_a2f.ui.clip_section import ClipSection
from maya_a2f.ui.panel_host import Abilities
from maya_a2f.ui.recent_clips import MOST_RECENT, RecentClips
from maya_a2f.ui.worker_link import WorkerLink

RATE = Fraction(25)
GONE = UserError("The recording 'x' does not exist.", code="audio.missing", hint="Check the name and the folder.")


@pytest.fixture(scope="module", autouse=True)
def app() -> QApplication:
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


@dataclass
class Asked:
    name: str
    fields: dict[str, Any]
    on_progress: Callable[[Progress], None] | None
    on_result: Callable[[Message], None] | None
    on_error: Callable[[A2FError], None] | None
    slot: str
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def answer(self, seconds: float = 4.0, **fields: Any) -> None:
        count = self.fields.get("count", 0)
        blobs = {
            "peaks": Blob.from_floats([-0.5, 0.5] * count, (count, 2)),
            "rms": Blob.of(array("f", [0.2] * count)),
        }
        told = {"duration_seconds": seconds, "sample_count": round(seconds * 8000), "rate_hz": 8000, "channels": 1,
                "format": "WAV, 16-bit PCM", "loudest": 0.5, "longest_seconds": 10800, "warnings": []}  # fmt: skip
        assert self.on_result is not None
        self.on_result(Message(fields={**told, **fields}, blobs=blobs))

    def answer_sound(self, path: str) -> None:
        fields = {"path": path, "copied": False, "sample_count": 32000, "rate_hz": 8000, "channels": 1, "note": ""}
        assert self.on_result is not None
        self.on_result(Message(fields=fields))

    def fail(self, error: A2FError) -> None:
        assert self.on_error is not None
        self.on_error(error)


@dataclass
class FakeLink:
    """Keeps requests until the test answers them."""

    asked: list[Asked] = field(default_factory=list)
    state: str = "ready"

    def request(
        self,
        name: str,
        fields: Any,
        blobs: Any = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        on_result: Callable[[Message], None] | None = None,
        on_error: Callable[[A2FError], None] | None = None,
        slot: str = "",
    ) -> Asked:
        self.asked.append(Asked(name, dict(fields), on_progress, on_result, on_error, slot))
        return self.asked[-1]

    @property
    def last(self) -> Asked:
        return self.asked[-1]


class FakeHost:
    """What the section asks of its host, with a record of the calls."""

    def __init__(self, plays_sound: bool = True) -> None:
        self.abilities = Abilities(plays_sound, True, True, False, True)
        self.calls: list[tuple[Any, ...]] = []

    def rate(self) -> Fraction:
        return RATE

    def current_frame(self) -> float:
        return 57.5

    def sound_folder(self) -> Path:
        return Path("/show/sound")

    def show_sound(self, audio: AudioNode) -> None:
        self.calls.append(("show_sound", audio))

    def set_current_frame(self, frame: float) -> None:
        self.calls.append(("set_current_frame", frame))

    def play(self, first_frame: float, last_frame: float) -> None:
        self.calls.append(("play", first_frame, last_frame))

    def stop(self) -> None:
        self.calls.append(("stop",))


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def make_section(link: Any, host: Any) -> ClipSection:
    section = ClipSection(link, host)
    section.resize(420, 300)
    section.show()
    return section


@pytest.fixture
def section(link: FakeLink, host: FakeHost) -> Iterator[ClipSection]:
    made = make_section(link, host)
    yield made
    made.close()
    made.deleteLater()


def choose(section: ClipSection, path: str) -> None:
    section.chooser.field.setText(path)
    QTest.keyClick(section.chooser.field, Qt.Key.Key_Return)


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        QTest.qWait(5)
    return condition()


def test_a_typed_path_is_asked_about_and_becomes_the_clip(section: ClipSection, link: FakeLink) -> None:
    clips, durations = QSignalSpy(section.clipChanged), QSignalSpy(section.durationChanged)
    choose(section, "/show/line.wav")
    assert clips.count() == 1
    assert section.clip() == Clip("/show/line.wav")
    assert link.last.name == "peaks"
    assert link.last.fields["clip"]["path"] == "/show/line.wav"
    link.last.answer(4.0)
    assert section.duration_seconds() == 4.0
    assert durations.at(0)[0] == 4.0
    assert section.clip() == Clip("/show/line.wav")
    assert clips.count() == 1
    assert "100 frames at 25 fps" in section.info.text()
    assert section.summary() == "line.wav, 4.0 s"


def test_what_the_program_sets_is_not_told(section: ClipSection, link: FakeLink) -> None:
    clips, seeks = QSignalSpy(section.clipChanged), QSignalSpy(section.seekRequested)
    section.set_path("/show/line.wav")
    link.last.answer()
    section.set_playhead(1.0)
    section.set_rate(Fraction(30))
    section.set_start_frame(101.0)
    section.restore({"path": "/show/other.wav", "in_seconds": 1.0, "out_seconds": 2.0})
    link.last.answer()
    assert section.clip() == Clip("/show/other.wav", 1.0, 2.0, 101.0)
    assert (clips.count(), seeks.count()) == (0, 0)


def drop(section: ClipSection, *paths: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QEvent.Type.Drop,
    )
    section.dropEvent(event)


def test_a_file_is_dropped(section: ClipSection, link: FakeLink, tmp_path: Path) -> None:
    path = str(tmp_path / "Zeile 1 – süß.wav")
    drop(section, path, str(tmp_path / "other.wav"))
    assert section.clip() == Clip(path)
    section.set_busy(True)
    drop(section, str(tmp_path / "other.wav"))
    assert section.clip() == Clip(path)


def test_browsing_starts_in_the_folder_of_the_last_recording(
    section: ClipSection, link: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[str] = []

    def answer(parent: object, title: str, folder: str, kinds: str) -> tuple[str, str]:
        folders.append(folder)
        return str(Path("/show/b.wav")), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    section.set_path(str(Path("/show/a.wav")))
    link.last.answer()
    QTest.mouseClick(section.chooser.browse_button, Qt.MouseButton.LeftButton)
    assert folders == [str(Path("/show"))]
    assert section.clip() == Clip(str(Path("/show/b.wav")))


def test_recent_recordings_are_offered_and_only_those_that_could_be_read(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/a.wav")
    link.last.answer()
    section.set_path("/show/bad.wav")
    link.last.fail(GONE)
    section.set_path("/show/b.wav")
    link.last.answer()
    section.chooser.fill_menu()
    actions = section.chooser.menu.actions()
    assert [action.text() for action in actions[:2]] == ["b.wav", "a.wav"]
    actions[1].trigger()
    assert section.clip() == Clip("/show/a.wav")


@pytest.mark.parametrize("code", ["audio.missing", "audio.not_sound", "audio.empty_file", "audio.no_samples"])
def test_a_bad_recording_is_refused_in_place_with_the_next_step(
    section: ClipSection, link: FakeLink, code: str
) -> None:
    clips = QSignalSpy(section.clipChanged)
    choose(section, "/show/bad.wav")
    link.last.fail(UserError("'/show/bad.wav' is no good.", code=code, hint="Choose another."))
    assert section.message.text == "'/show/bad.wav' is no good. Choose another."
    assert section.clip() is None
    assert section.duration_seconds() is None
    assert clips.at(clips.count() - 1)[0] is None
    assert not section.play_button.isEnabled()
    choose(section, "/show/good.wav")
    link.last.answer()
    assert section.message.text == ""
    assert section.clip() == Clip("/show/good.wav")


def test_a_worker_that_fails_does_not_make_the_clip_bad(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.last.fail(WorkerError("The worker ended.", code="worker.crashed", hint="Again."))
    assert section.message.text == "The worker ended. Again."
    assert section.clip() == Clip("/show/line.wav")
    choose(section, "/show/line.wav")
    assert link.last.fields["clip"]["path"] == "/show/line.wav"


def test_remarks_about_a_recording_do_not_keep_it_from_being_used(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/quiet.wav")
    link.last.answer(warnings=["The recording is silent."])
    assert section.message.text == "The recording is silent."
    assert section.clip() == Clip("/show/quiet.wav")


def test_a_stretch_that_is_too_long_is_said_until_it_is_trimmed(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/day.wav")
    link.last.answer(20000.0)
    assert "at most 3:00:00" in section.message.text
    section.fields.length_field.setValue(100.0)
    assert section.message.text == ""
    assert section.clip() == Clip("/show/day.wav", 0.0, 100.0)


def test_a_recording_that_is_gone_is_noticed_at_the_next_use(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.last.answer()
    QTest.keyClick(section.waveform, Qt.Key.Key_Space)
    assert link.last.name == "maya_audio"
    link.last.fail(GONE)
    assert "does not exist" in section.message.text
    assert section.clip() is None
    assert not section.play_button.isChecked()
    QTest.mouseClick(section.play_button, Qt.MouseButton.LeftButton)
    assert link.last.name == "peaks"
    link.last.answer()
    assert section.message.text == ""
    assert section.clip() == Clip("/show/line.wav")


def test_in_out_and_length_are_typed(section: ClipSection, link: FakeLink) -> None:
    clips = QSignalSpy(section.clipChanged)
    section.set_path("/show/line.wav")
    link.last.answer(100.0)
    for field_, text in (
        (section.fields.in_field, "25f"),
        (section.fields.out_field, "1:02.5"),
        (section.fields.length_field, "2"),
    ):
        field_.selectAll()
        QTest.keyClicks(field_, text)
        QTest.keyClick(field_, Qt.Key.Key_Return)
    assert section.clip() == Clip("/show/line.wav", 1.0, 3.0)
    assert clips.count() == 3
    assert section.waveform.trim is not None
    assert section.waveform.trim.out_seconds == 3.0


def test_leaving_a_field_changes_nothing(section: ClipSection, link: FakeLink) -> None:
    section.restore({"path": "/show/line.wav", "in_seconds": 1 / 3, "out_seconds": 2.0})
    link.last.answer()
    before = section.clip()
    for field_ in (section.fields.in_field, section.fields.out_field, section.fields.length_field):
        field_.setFocus()
        field_.selectAll()
        QTest.keyClick(field_, Qt.Key.Key_Return)
    assert section.clip() == before


def test_handles_on_the_waveform_show_in_the_fields(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.last.answer()
    clips = QSignalSpy(section.clipChanged)
    section.set_playhead(1.0)
    QTest.keyClick(section.waveform, Qt.Key.Key_I)
    assert section.fields.in_field.value() == 1.0
    assert section.fields.length_field.value() == 3.0
    assert [clips.at(k)[0] for k in range(clips.count())] == [Clip("/show/line.wav", 1.0)]


def test_the_start_frame_is_typed_or_taken_from_the_time_line(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.last.answer()
    clips = QSignalSpy(section.clipChanged)
    field_ = section.start_row.field
    field_.selectAll()
    QTest.keyClicks(field_, "-12,5")
    QTest.keyClick(field_, Qt.Key.Key_Return)
    assert section.clip() == Clip("/show/line.wav", start_frame=-12.5)
    QTest.mouseClick(section.start_row.button, Qt.MouseButton.LeftButton)
    assert section.clip() == Clip("/show/line.wav", start_frame=57.5)
    assert field_.text() == "57.5"
    assert clips.count() == 2


def test_playing_lays_the_sound_in_step_with_the_clip_and_plays_it_on_the_host(
    section: ClipSection, link: FakeLink, host: FakeHost
) -> None:
    toggles = QSignalSpy(section.playToggled)
    section.restore({"path": "/show/line.wav", "in_seconds": 1.0, "out_seconds": 3.0})
    section.set_start_frame(101.0)
    link.last.answer()
    QTest.mouseClick(section.play_button, Qt.MouseButton.LeftButton)
    assert section.play_button.isChecked()
    link.last.answer_sound("/show/line.wav")
    assert host.calls == [
        ("show_sound", AudioNode("/show/line.wav", 76.0, 100.0)),
        ("set_current_frame", 101),
        ("play", 101.0, 151.0),
    ]
    QTest.mouseClick(section.play_button, Qt.MouseButton.LeftButton)
    assert host.calls[-1] == ("stop",)
    assert not section.play_button.isChecked()
    assert toggles.count() == 2


def test_playing_starts_at_the_playhead_where_that_is_in_the_stretch(
    section: ClipSection, link: FakeLink, host: FakeHost
) -> None:
    section.set_path("/show/line.wav")
    link.last.answer()
    section.set_playhead(2.0)
    QTest.keyClick(section.waveform, Qt.Key.Key_Space)
    link.last.answer_sound("/show/line.wav")
    assert ("set_current_frame", 51) in host.calls


def test_stopping_before_the_sound_is_ready_plays_nothing_later(
    section: ClipSection, link: FakeLink, host: FakeHost
) -> None:
    section.set_path("/show/line.wav")
    link.last.answer()
    QTest.keyClick(section.waveform, Qt.Key.Key_Space)
    QTest.keyClick(section.waveform, Qt.Key.Key_Space)
    link.last.answer_sound("/show/line.wav")
    assert host.calls == [("stop",)]


def test_a_host_that_cannot_play_says_why_and_the_clip_stays(
    section: ClipSection, link: FakeLink, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(audio: AudioNode) -> None:
        raise HostError("The scene is read-only.", code="host.read_only")

    monkeypatch.setattr(host, "show_sound", refuse)
    section.set_path("/show/line.wav")
    link.last.answer()
    QTest.keyClick(section.waveform, Qt.Key.Key_Space)
    link.last.answer_sound("/show/line.wav")
    assert section.message.text == "The scene is read-only."
    assert section.clip() == Clip("/show/line.wav")
    assert not section.play_button.isChecked()


def test_without_any_way_to_play_the_button_is_off_and_says_why(
    link: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "load_multimedia", lambda: None)
    section = make_section(link, FakeHost(plays_sound=False))
    section.set_path("/show/line.wav")
    link.last.answer()
    assert not section.play_button.isEnabled()
    assert "PySide6-Addons" in section.play_button.toolTip()
    QTest.keyClick(section.waveform, Qt.Key.Key_Space)
    assert link.last.name == "peaks"
    section.deleteLater()


class FakePlayer(QObject):
    """QMediaPlayer's part that is used."""

    MediaStatus = SimpleNamespace(LoadedMedia=1, BufferedMedia=2, EndOfMedia=3)
    errorOccurred = Signal(object, str)  # noqa: N815
    mediaStatusChanged = Signal(object)  # noqa: N815
    made: list[FakePlayer] = []  # noqa: RUF012

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.url, self.milliseconds, self.state, self.status = QUrl(), 0, "stopped", 0
        FakePlayer.made.append(self)

    def setAudioOutput(self, output: object) -> None:  # noqa: N802
        pass

    def source(self) -> QUrl:
        return self.url

    def setSource(self, url: QUrl) -> None:  # noqa: N802
        self.url, self.status = url, 0

    def mediaStatus(self) -> int:  # noqa: N802
        return self.status

    def setPosition(self, milliseconds: int) -> None:  # noqa: N802
        self.milliseconds = milliseconds

    def position(self) -> int:
        return self.milliseconds

    def play(self) -> None:
        self.state = "playing"

    def stop(self) -> None:
        self.state = "stopped"


@pytest.fixture
def alone(link: FakeLink, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ClipSection, FakePlayer]]:
    """A section whose host has no sound, with QtMultimedia played by a fake."""
    module = SimpleNamespace(QMediaPlayer=FakePlayer, QAudioOutput=QObject)
    monkeypatch.setattr(transport, "load_multimedia", lambda: module)
    section = make_section(link, FakeHost(plays_sound=False))
    section.restore({"path": "/show/line.wav", "in_seconds": 1.0, "out_seconds": 3.0})
    link.last.answer()
    yield section, FakePlayer.made[-1]
    section.stop()
    section.deleteLater()


def test_standalone_the_file_plays_once_it_is_open_and_the_playhead_goes_along(
    alone: tuple[ClipSection, FakePlayer],
) -> None:
    section, player = alone
    seeks = QSignalSpy(section.seekRequested)
    QTest.mouseClick(section.play_button, Qt.MouseButton.LeftButton)
    assert (player.url.toLocalFile(), player.state) == ("/show/line.wav", "stopped")
    player.status = 1
    player.mediaStatusChanged.emit(1)
    assert (player.state, player.milliseconds) == ("playing", 1000)
    player.milliseconds = 2000
    assert wait_until(lambda: section.waveform.playhead == 2.0)
    assert seeks.at(seeks.count() - 1)[0] == 2.0
    player.milliseconds = 3010
    assert wait_until(lambda: not section.play_button.isChecked())
    assert (player.state, section.waveform.playhead) == ("stopped", 3.0)


def test_standalone_a_file_that_does_not_play_is_said_and_can_still_be_animated(
    alone: tuple[ClipSection, FakePlayer],
) -> None:
    section, player = alone
    QTest.mouseClick(section.play_button, Qt.MouseButton.LeftButton)
    player.errorOccurred.emit(1, "no such codec")
    assert "no such codec" in section.message.text
    assert section.clip() == Clip("/show/line.wav", 1.0, 3.0)
    assert not section.play_button.isChecked()


def test_a_question_that_gave_way_to_a_job_is_asked_again(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.last.fail(Cancelled())
    assert len(link.asked) == 2
    link.last.answer()
    assert section.duration_seconds() == 4.0


def test_a_closed_link_is_not_asked_again(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.state = "stopped"
    link.last.fail(Cancelled())
    assert len(link.asked) == 1


def test_only_the_last_choice_counts(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/a.wav")
    first = link.last
    section.set_path("/show/b.wav")
    assert first.is_cancelled
    first.answer(9.0)
    first.fail(GONE)
    assert section.duration_seconds() is None
    assert section.message.text == ""
    link.last.answer(4.0)
    assert section.duration_seconds() == 4.0


def test_zooming_in_asks_for_finer_columns_of_what_is_seen(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/hour.wav")
    link.last.answer(3600.0)
    for _ in range(30):
        QTest.keyClick(section.waveform, Qt.Key.Key_Plus)
    assert wait_until(lambda: len(link.asked) == 2)
    clip, view = link.last.fields["clip"], section.waveform.view
    assert clip["in_seconds"] <= view.start < view.stop <= clip["out_seconds"]
    link.last.answer(3600.0)
    assert section.waveform.wanted_columns() is None


def test_while_a_job_runs_the_clip_stays_as_it_is(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/line.wav")
    link.last.answer()
    section.set_busy(True)
    section.set_playhead(1.0)
    QTest.keyClick(section.waveform, Qt.Key.Key_I)
    assert not section.fields.in_field.isEnabled()
    assert not section.chooser.isEnabled()
    assert section.clip() == Clip("/show/line.wav")
    section.set_busy(False)
    QTest.keyClick(section.waveform, Qt.Key.Key_I)
    assert section.clip() == Clip("/show/line.wav", 1.0)


def test_what_it_keeps_comes_back(link: FakeLink, host: FakeHost) -> None:
    first, second = make_section(link, host), make_section(link, host)
    first.restore({"path": "/show/line.wav", "in_seconds": 1.0, "out_seconds": 3.0, "start_frame": 101.5})
    link.last.answer()
    second.restore(first.state())
    assert second.clip() == Clip("/show/line.wav", 1.0, 3.0, 101.5)
    assert second.state()["out_seconds"] == 3.0
    link.last.answer()
    assert second.clip() == Clip("/show/line.wav", 1.0, 3.0, 101.5)
    assert second.state() == first.state()
    for each in (first, second):
        each.deleteLater()


@pytest.mark.parametrize(
    "state",
    [None, [], {}, {"path": 3}, {"path": "/show/line.wav", "in_seconds": "x", "out_seconds": float("nan")},
     {"path": "/show/line.wav", "in_seconds": 99.0}, {"recent": [1, None, "a"], "folder": 7}],
)  # fmt: skip
def test_a_damaged_memory_does_no_harm(section: ClipSection, link: FakeLink, state: object) -> None:
    section.restore(state)
    for asked in link.asked:
        asked.answer()
    clip = section.clip()
    assert clip is None or clip == Clip("/show/line.wav")


def test_points_outside_of_a_recording_that_became_shorter_are_reset_and_that_is_said(
    section: ClipSection, link: FakeLink
) -> None:
    section.restore({"path": "/show/line.wav", "in_seconds": 9.0, "out_seconds": 12.0})
    link.last.answer(4.0)
    assert section.clip() == Clip("/show/line.wav")
    assert "reset" in section.message.text


def test_errors_of_others_are_shown_and_taken_back(section: ClipSection) -> None:
    section.show_error(UserError("The clip is empty.", code="clip.empty"))
    assert section.message.text == "The clip is empty."
    section.show_error(None)
    assert section.message.text == ""


@pytest.mark.skipif(worker_python() is None, reason="the worker's environment is not set up")
def test_with_a_real_worker_a_recording_is_shown_zoomed_lost_and_found(host: FakeHost, tmp_path: Path) -> None:
    path = tmp_path / "Zeile 1.wav"

    def write() -> None:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(array("h", [0, 9000, 0, -9000] * 8000).tobytes())

    write()
    link = WorkerLink()
    section = make_section(link, host)
    try:
        section.set_path(str(path))
        assert wait_until(lambda: section.duration_seconds() == 4.0)
        assert section.clip() == Clip(str(path))
        assert "WAV, 16-bit PCM · 8 kHz · mono" in section.info.text()
        before = section.waveform.grab().toImage()
        refined = QSignalSpy(section._loader.refined)
        for _ in range(14):
            QTest.keyClick(section.waveform, Qt.Key.Key_Plus)
        assert wait_until(lambda: refined.count() == 1)
        assert section.waveform.grab().toImage() != before
        path.unlink()
        QTest.keyClick(section.waveform, Qt.Key.Key_Space)
        assert wait_until(lambda: "does not exist" in section.message.text)
        write()
        QTest.keyClick(section.waveform, Qt.Key.Key_Space)
        assert wait_until(lambda: section.message.text == "" and section.clip() is not None)
    finally:
        link.close()
        section.deleteLater()


def test_reading_a_long_file_shows_how_far_it_is(section: ClipSection, link: FakeLink) -> None:
    section.set_path("/show/hour.wav")
    before = section.waveform.grab().toImage()
    assert link.last.on_progress is not None
    link.last.on_progress(Progress("Reading the recording", 50, 100))
    assert section.waveform.grab().toImage() != before


@pytest.mark.parametrize(
    ("text", "path"),
    [(' "/a b/c.wav" ', "/a b/c.wav"), ("'/a.wav'", "/a.wav"), ("/a.wav", "/a.wav"), ("", ""), ('"', '"')],
)
def test_a_pasted_path_is_understood(text: str, path: str) -> None:
    assert typed_path(text) == path


def test_a_pasted_address_and_a_home_folder_are_understood(tmp_path: Path) -> None:
    assert Path(typed_path(QUrl.fromLocalFile(str(tmp_path / "ä b.wav")).toString())) == tmp_path / "ä b.wav"
    assert Path(typed_path("~/line.wav")) == Path.home() / "line.wav"


def test_recent_recordings_are_few_single_and_told_apart() -> None:
    recent = RecentClips()
    for path in ("/a/x.wav", "/b/x.wav", "/c/y.wav", "/a/x.wav"):
        recent = recent.with_path(path)
    assert recent.paths == ("/a/x.wav", "/c/y.wav", "/b/x.wav")
    assert recent.labels() == [str(Path("a/x.wav")), "y.wav", str(Path("b/x.wav"))]
    for number in range(2 * MOST_RECENT):
        recent = recent.with_path(f"/n/{number}.wav")
    assert len(recent.paths) == MOST_RECENT
    assert RecentClips.from_list(recent.to_list()) == recent
