"""The live preview and the picture of the face, on a link that a test answers for, and once with a real worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from maya_a2f import settings
from maya_a2f.core.clip import Clip
from maya_a2f.core.head import load_head
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_map import Drive, RigMap, read_rig_map
from maya_a2f.errors import A2FError, Cancelled, HostError, UserError
from maya_a2f.host.scene_file.head_rig import head_rig
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import Message, Progress
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.settings import SolveSettings
from maya_a2f.ui.face_view import FaceView
from maya_a2f.ui.live_preview import LivePreview
from maya_a2f.ui.theme import maya_like_palette
from maya_a2f.ui.worker_link import WorkerLink
from tests.ui.conftest import WaitUntil

CLIP = Clip("line.wav")
RIG = Rig("Bob", (RigAttribute("face.jaw", "weight"), RigAttribute("jaw_jnt.rotateX", "rotate", 2.0)))
RIG_MAP = RigMap("map", {"face.jaw": Drive({"jawOpen": 1.0}), "jaw_jnt.rotateX": Drive({"jaw.rotateX": -1.0})})
BAD = UserError("No.", code="no")


@dataclass
class Asked:
    name: str
    fields: Mapping[str, Any]
    on_result: Callable[[Message], None]
    on_error: Callable[[A2FError], None]
    slot: str
    on_progress: Callable[[Progress], None] | None = None
    is_cancelled: bool = False
    is_over: bool = False
    is_preparing: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeLink:
    """Keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.state = "ready"

    def request(self, name: str, fields: Mapping[str, Any], blobs: Any = None, **rest: Any) -> Asked:
        asked = Asked(name, fields, rest["on_result"], rest["on_error"], rest["slot"], rest.get("on_progress"))
        self.asked.append(asked)
        return asked


class FakeHost:
    """A host whose rig is a dictionary."""

    def __init__(self, live_rig: bool = True) -> None:
        self.abilities = SimpleNamespace(live_rig=live_rig)
        self.shown: list[tuple[str, dict[str, float]]] = []
        self.put_backs = 0
        self.error: A2FError | None = None

    def show_values(self, character: str, values: Mapping[str, float]) -> None:
        if self.error is not None:
            raise self.error
        self.shown.append((character, dict(values)))

    def put_back(self) -> None:
        self.put_backs += 1


def pose(notes: tuple[str, ...] = (), **channels: float) -> Message:
    named = {name.replace("__", "."): value for name, value in channels.items()}
    return Message(fields={"channels": named, "notes": list(notes), "frame": 3, "frames": 9})


@pytest.fixture
def link(app: QApplication) -> FakeLink:
    return FakeLink()


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def preview(link: FakeLink, host: FakeHost) -> LivePreview:
    preview = LivePreview(link, host)  # type: ignore[arg-type]
    preview.set_clip(CLIP)
    preview.set_settings(SolveSettings(emotion={"joy": 0.5}))
    preview.set_target("Bob", RIG_MAP, RIG)
    return preview


def test_nothing_is_asked_before_a_moment_is_shown(preview: LivePreview, link: FakeLink) -> None:
    assert link.asked == []
    assert not preview.is_live


def test_a_moment_moves_the_rig(preview: LivePreview, link: FakeLink, host: FakeHost) -> None:
    poses, values = QSignalSpy(preview.poseShown), QSignalSpy(preview.valuesShown)
    preview.update_at(1.5)
    [asked] = link.asked
    assert (asked.name, asked.slot, asked.fields["seconds"]) == ("pose_frame", "live", 1.5)
    assert asked.fields["settings"]["emotion"] == {"joy": 0.5}
    asked.on_result(pose(jawOpen=0.4, jaw__rotateX=10.0, cheekPuff=1.0))
    assert host.shown == [("Bob", {"face.jaw": 0.4, "jaw_jnt.rotateX": -8.0})]
    assert poses.at(0)[0] == {"jawOpen": 0.4, "jaw.rotateX": 10.0, "cheekPuff": 1.0}
    assert values.at(0)[0] == {"face.jaw": 0.4, "jaw_jnt.rotateX": -8.0}


def test_a_map_with_a_fit_is_solved_by_the_worker(
    preview: LivePreview, link: FakeLink, host: FakeHost, tmp_path: Path
) -> None:
    preview.set_target(
        "Bob", RigMap("map", {"face.jaw": RIG_MAP.drives["face.jaw"]}, fit="bob.npz", folder=tmp_path), RIG
    )
    preview.update_at(1.5)
    link.asked[0].on_result(pose(jawOpen=0.4))
    assert host.shown == []
    solve = link.asked[1]
    assert (solve.name, solve.slot, solve.fields["fit"]) == ("retarget", "live fit", str(tmp_path / "bob.npz"))
    fields = {"attributes": ["face.jaw", "jaw_jnt.rotateX"], "channels": [[], []], "notes": []}
    solve.on_result(Message(fields, {"values": Blob.from_floats([0.9, 7.0], (2, 1), "f8")}))
    assert host.shown == [("Bob", {"face.jaw": 0.4, "jaw_jnt.rotateX": 7.0})]


def test_a_dial_is_followed_at_the_same_moment(preview: LivePreview, link: FakeLink) -> None:
    preview.update_at(1.5)
    preview.set_settings(SolveSettings(parameters={"lowerFaceStrength": 0.5}))
    assert [asked.fields["seconds"] for asked in link.asked] == [1.5, 1.5]
    assert link.asked[1].fields["settings"]["parameters"] == {"lowerFaceStrength": 0.5}
    preview.set_settings(SolveSettings(parameters={"lowerFaceStrength": 0.5}))
    assert len(link.asked) == 2, "the same settings are not asked again"


def test_another_map_is_seen_without_asking_the_worker(preview: LivePreview, link: FakeLink, host: FakeHost) -> None:
    preview.update_at(0.0)
    link.asked[0].on_result(pose(jawOpen=0.4))
    preview.set_target("Bob", RigMap("stronger", {"face.jaw": Drive({"jawOpen": 2.0})}), RIG)
    assert host.shown[-1] == ("Bob", {"face.jaw": 0.8})
    assert len(link.asked) == 1
    assert host.put_backs == 0


def test_another_character_is_shown_after_the_first_is_put_back(
    preview: LivePreview, link: FakeLink, host: FakeHost
) -> None:
    preview.update_at(0.0)
    link.asked[0].on_result(pose(jawOpen=0.4))
    preview.set_target("Ann", RIG_MAP, RIG)
    assert host.put_backs == 1
    assert host.shown[-1][0] == "Ann"


def test_stopping_puts_back_and_late_answers_are_dropped(preview: LivePreview, link: FakeLink, host: FakeHost) -> None:
    preview.update_at(0.0)
    link.asked[0].on_result(pose(jawOpen=0.4))
    preview.update_at(1.0)
    preview.stop()
    assert link.asked[1].is_cancelled
    link.asked[1].on_result(pose(jawOpen=0.9))
    link.asked[1].on_error(Cancelled())
    preview.stop()
    assert len(host.shown) == 1
    assert host.put_backs == 1
    assert len(link.asked) == 2


def test_without_a_clip_it_stops(preview: LivePreview, link: FakeLink, host: FakeHost) -> None:
    preview.update_at(0.0)
    link.asked[0].on_result(pose(jawOpen=0.4))
    preview.set_clip(None)
    assert host.put_backs == 1
    assert not preview.is_live


def test_what_a_job_pushed_aside_is_asked_again_but_not_by_a_link_that_closes(
    preview: LivePreview, link: FakeLink
) -> None:
    errors = QSignalSpy(preview.failed)
    preview.update_at(2.0)
    link.asked[0].on_error(Cancelled())
    assert [asked.fields["seconds"] for asked in link.asked] == [2.0, 2.0]
    link.state = "stopped"
    link.asked[1].on_error(Cancelled())
    assert len(link.asked) == 2
    assert errors.count() == 0


def test_errors_and_notes_are_said(preview: LivePreview, link: FakeLink, host: FakeHost) -> None:
    errors, notes = QSignalSpy(preview.failed), QSignalSpy(preview.noteChanged)
    preview.update_at(0.0)
    link.asked[0].on_error(BAD)
    assert errors.at(0)[0] is BAD
    link.asked[0].on_result(pose(notes=("Contacts later.",), jawOpen=0.1))
    link.asked[0].on_result(pose(jawOpen=0.1))
    assert [notes.at(i)[0] for i in range(notes.count())] == ["Contacts later.", ""]
    host.error = HostError("Gone.", code="host.gone")
    link.asked[0].on_result(pose(jawOpen=0.1))
    assert errors.at(1)[0] is host.error


def test_what_takes_the_worker_long_before_a_pose_is_told(
    preview: LivePreview, link: FakeLink, host: FakeHost, wait_until: WaitUntil
) -> None:
    told = QSignalSpy(preview.preparing)
    preview.update_at(0.0)
    tell = link.asked[0].on_progress
    assert tell is not None
    tell(Progress("Loading the model", 0, 0))
    link.asked[0].on_result(pose(jawOpen=0.1))  # that was quick: not worth a word
    preview.update_at(1.0)
    tell = link.asked[1].on_progress
    assert tell is not None
    for done in (100, 200):
        tell(Progress("Preparing the network for the GPU", done, 1000))
    wait_until(lambda: told.count())
    tell(Progress("Preparing the network for the GPU", 300, 1000))
    link.asked[1].on_result(pose(jawOpen=0.4))
    heard = [told.at(at)[0] for at in range(told.count())]
    assert heard == [*(Progress("Preparing the network for the GPU", done, 1000) for done in (200, 300)), None]
    assert host.shown[-1] == ("Bob", {"face.jaw": 0.4})


def test_stopping_also_calls_off_what_the_worker_prepares_for_an_older_pose(
    preview: LivePreview, link: FakeLink, wait_until: WaitUntil
) -> None:
    told = QSignalSpy(preview.preparing)
    preview.update_at(0.0)
    tell = link.asked[0].on_progress
    assert tell is not None
    tell(Progress("Preparing the network for the GPU", 1, 1000))
    wait_until(lambda: told.count())
    preview.update_at(1.0)
    preview.stop()
    assert [asked.is_cancelled for asked in link.asked] == [True, True]
    assert told.at(told.count() - 1)[0] is None


def test_what_is_prepared_goes_on_for_the_job_that_stops_the_preview_until_it_is_called_off(
    preview: LivePreview, link: FakeLink, host: FakeHost, wait_until: WaitUntil
) -> None:
    told = QSignalSpy(preview.preparing)
    preview.update_at(0.0)
    link.asked[0].is_preparing = True
    preview.update_at(1.0)
    preview.stop(spares_preparing=True)
    assert [asked.is_cancelled for asked in link.asked] == [False, True]
    tell = link.asked[0].on_progress
    assert tell is not None
    tell(Progress("Preparing the network for the GPU", 1, 1000))
    wait_until(lambda: told.count())
    preview.call_off()
    assert link.asked[0].is_cancelled
    link.asked[0].on_error(Cancelled())
    assert told.at(told.count() - 1)[0] is None
    assert len(link.asked) == 2


def test_a_pose_that_was_spared_does_not_move_the_rig(preview: LivePreview, link: FakeLink, host: FakeHost) -> None:
    preview.update_at(0.0)
    link.asked[0].is_preparing = True
    preview.stop(spares_preparing=True)
    link.asked[0].on_result(pose(jawOpen=0.4))
    assert host.shown == []


def test_a_host_without_a_live_rig_still_gets_the_face(link: FakeLink) -> None:
    host = FakeHost(live_rig=False)
    preview = LivePreview(link, host)  # type: ignore[arg-type]
    values = QSignalSpy(preview.valuesShown)
    preview.set_clip(CLIP)
    preview.set_target("Bob", RIG_MAP, RIG)
    preview.update_at(0.0)
    link.asked[0].on_result(pose(jawOpen=0.4))
    preview.stop()
    assert values.count() == 1
    assert (host.shown, host.put_backs) == ([], 0)


def picture(width: int, height: int, colour: tuple[int, int, int]) -> Message:
    return Message(blobs={"picture": Blob(bytes(colour) * (width * height), "u1", (height, width, 3))})


@pytest.fixture
def view(link: FakeLink) -> Iterator[FaceView]:
    view = FaceView(link)  # type: ignore[arg-type]
    view.setPalette(maya_like_palette())
    view.resize(200, 100)
    view.show()
    yield view
    view.close()


def test_the_face_is_asked_for_in_the_size_shown(view: FaceView, link: FakeLink) -> None:
    assert link.asked == [], "nothing is drawn before there is something to show"
    view.show_values({"face_shapes.jawOpen": 0.5})
    asked = link.asked[-1]
    assert (asked.name, asked.slot) == ("still", "still")
    assert asked.fields["values"] == {"face_shapes.jawOpen": 0.5}
    assert (asked.fields["width"], asked.fields["height"]) == view.picture_pixels()


def test_before_the_first_picture_there_is_a_calm_figure(view: FaceView) -> None:
    image = view.grab().toImage()
    shades = {image.pixelColor(x, y).lightness() for x in range(0, 200, 7) for y in range(0, 100, 7)}
    assert not view.has_picture
    assert len(shades) > 2
    assert max(shades) < 200


def test_a_picture_keeps_its_shape(view: FaceView, link: FakeLink) -> None:
    shown = QSignalSpy(view.pictureShown)
    view.show_rest()
    link.asked[-1].on_result(picture(50, 50, (255, 0, 0)))
    image = view.grab().toImage()
    ratio = image.width() / view.width()
    assert shown.count() == 1
    assert image.pixelColor(round(100 * ratio), round(50 * ratio)) == QColor(255, 0, 0)
    assert image.pixelColor(round(20 * ratio), round(50 * ratio)) != QColor(255, 0, 0)


def test_the_old_picture_stays_until_the_new_one_is_there(view: FaceView, link: FakeLink) -> None:
    failed = QSignalSpy(view.failed)
    view.show_rest()
    link.asked[-1].on_result(picture(200, 100, (0, 255, 0)))
    view.show_values({"face_shapes.jawOpen": 1.0})
    link.asked[-1].on_error(BAD)
    assert view.has_picture
    assert failed.count() == 1
    link.asked[-1].on_error(Cancelled())
    assert link.asked[-1].fields["values"] == {"face_shapes.jawOpen": 1.0}
    assert failed.count() == 1


def test_another_size_is_drawn_once_it_rests(view: FaceView, link: FakeLink, wait_until: WaitUntil) -> None:
    view.show_rest()
    link.asked[-1].on_result(picture(200, 100, (0, 255, 0)))
    count = len(link.asked)
    for width in (210, 220, 230):
        view.resize(QSize(width, 100))
    wait_until(lambda: len(link.asked) > count)
    assert len(link.asked) == count + 1
    assert link.asked[-1].fields["width"] == view.picture_pixels()[0]


def test_a_hidden_view_asks_nothing(link: FakeLink) -> None:
    view = FaceView(link)  # type: ignore[arg-type]
    view.show_rest()
    assert link.asked == []
    view.show()
    assert len(link.asked) == 1
    view.close()


@pytest.fixture
def real_link(app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerLink]:
    python = settings.worker_python()
    if python is None:
        pytest.skip("needs the worker's environment (numpy, onnxruntime)")
    monkeypatch.setenv("MAYA_A2F_CACHE", str(tmp_path / "cache"))
    link = WorkerLink(python=python)
    yield link
    link.close()


def test_with_a_real_worker_a_dial_moves_the_rig_and_the_face(
    real_link: WorkerLink, host: FakeHost, wait_until: WaitUntil
) -> None:
    demo = settings.checkout_folder() / "maya_a2f" / "presets" / "demo" / "demo.wav"
    rig = head_rig(load_head(HEAD_FOLDER))
    preview, view = LivePreview(real_link, host), FaceView(real_link)  # type: ignore[arg-type]
    errors: list[object] = []
    preview.failed.connect(errors.append)
    view.failed.connect(errors.append)
    preview.valuesShown.connect(view.show_values)
    view.resize(120, 120)
    view.show()
    preview.set_clip(Clip(str(demo)))
    preview.set_target("head", read_rig_map(HEAD_FOLDER / "rig_map.json"), rig)
    preview.set_settings(SolveSettings(rate=Fraction(30)))
    preview.update_at(34 / 30)
    wait_until(lambda: errors or (host.shown and view.has_picture), 120)
    assert errors == []
    preview.set_settings(SolveSettings(rate=Fraction(30), parameters={"lowerFaceStrength": 0.0}))
    wait_until(lambda: errors or len(host.shown) > 1, 60)
    assert errors == []
    before, after = host.shown[0][1], host.shown[-1][1]
    jaw = "face_shapes.jawOpen"
    assert before[jaw] > 0.03
    assert abs(after[jaw]) < 0.01
    view.close()
    preview.stop()
    assert host.put_backs == 1
