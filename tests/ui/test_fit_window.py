"""The window that fits a rig by shape, with a host and a worker that answer as told."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from maya_a2f.core.head import load_head
from maya_a2f.core.landmarks import LANDMARKS, landmark_places
from maya_a2f.core.rig import Rig, RigAttribute
from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.core.rig_map import read_rig_map
from maya_a2f.errors import EngineError, HostError
from maya_a2f.link.messages import Message, Progress
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.fit_window import FEWEST, FitWindow
from maya_a2f.ui.worker_link import Ticket

RIG = Rig("hero", (RigAttribute("ctl.a", "weight"),))


class SomeHost:
    def __init__(self) -> None:
        self.vertices = ["|hero|face.vtx[0]"]
        self.told: list[bool] = []
        self.error: HostError | None = None
        self.during: Callable[[], None] = lambda: None

    def picked_vertices(self) -> list[str]:
        return self.vertices

    def sample_rig(
        self, character: str, landmarks: Mapping[str, str], on_control: Callable[[int, int, str], bool]
    ) -> RigDescription:
        self.told.append(on_control(0, 2, "ctl.a"))
        self.during()
        if self.error is not None:
            raise self.error
        sample = ControlSample(1.0, array("i", [0]), array("f", [0.0, 1.0, 0.0]))
        points = array("f", [float(value) for value in range(36)])
        marks = {name: int(place[:-1].rpartition("[")[2]) for name, place in landmarks.items()}
        return RigDescription(
            character, points, array("i", [3]), array("i", [0, 1, 2]), (Control("ctl.a", samples=(sample,)),), marks
        )


class SomeLink:
    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.calls: dict[str, Any] = {}

    def request(self, name: str, fields: Mapping[str, Any], blobs: object = None, **calls: Any) -> Ticket:
        self.asked.append((name, dict(fields)))
        self.calls = calls
        Path(fields["path"]).write_bytes(b"a fit")
        return Ticket(lambda ticket: None)

    def answer(self, **fields: Any) -> None:
        self.calls["on_result"](Message(kind="result", fields=fields))


@pytest.fixture
def host() -> SomeHost:
    return SomeHost()


@pytest.fixture
def link() -> SomeLink:
    return SomeLink()


@pytest.fixture
def window(app: object, host: SomeHost, link: SomeLink, tmp_path: Path) -> FitWindow:
    made = FitWindow(host, link, "hero", RIG, tmp_path)  # type: ignore[arg-type]
    made.show()
    return made


def take(window: FitWindow, host: SomeHost, count: int, first: int = 0) -> None:
    for at in range(first, first + count):
        host.vertices = [f"|hero|face.vtx[{at}]"]
        window.take_vertex()


def test_every_landmark_has_a_place_on_our_head():
    assert set(landmark_places(load_head(HEAD_FOLDER))) == set(LANDMARKS)
    places = landmark_places(load_head(HEAD_FOLDER))
    for name, (x, _, _) in places.items():
        assert (x > 0.2) == name.endswith("Left")
        assert (x < -0.2) == name.endswith("Right")


def test_a_fit_starts_with_four_places_and_takes_go_down_the_list(window: FitWindow, host: SomeHost):
    names = list(LANDMARKS)
    take(window, host, FEWEST - 1)
    assert not window.start.isEnabled()
    assert window.current() == names[FEWEST - 1]
    take(window, host, 1, FEWEST - 1)
    assert window.start.isEnabled()
    window.choose(names[0])
    window.clear_vertex()
    assert not window.start.isEnabled()


def test_several_or_no_vertices_are_refused_in_words(window: FitWindow, host: SomeHost):
    host.vertices = []
    window.take_vertex()
    assert "No vertices are selected." in window.message.text
    host.vertices = ["a.vtx[0]", "a.vtx[1]"]
    window.take_vertex()
    assert "2 vertices are selected." in window.message.text


def test_a_good_fit_is_saved_as_a_map_with_its_fit_beside_it(
    window: FitWindow, host: SomeHost, link: SomeLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    take(window, host, 4)
    window.begin()
    ((name, fields),) = link.asked
    assert name == "fit"
    assert fields["landmarks"] == dict(zip(list(LANDMARKS)[:4], range(4), strict=True))
    assert not fields["accept"]
    assert Path(fields["rig"]).is_file()
    link.calls["on_progress"](Progress("fit", 1, 2, "Registering"))
    link.answer(regions={"mouth": 0.125}, problems=[])
    assert "mouth 12 %" in window.message.text
    written: list[Path] = []
    window.acceptedMap.connect(written.append)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "bob"), ""))
    window.use()
    assert written == [tmp_path / "bob.json"]
    assert read_rig_map(tmp_path / "bob.json").fit == "bob.a2ffit.npz"
    assert (tmp_path / "bob.a2ffit.npz").read_bytes() == b"a fit"
    assert len(link.asked) == 1


def test_a_bad_fit_says_so_and_is_marked_when_it_is_used_all_the_same(
    window: FitWindow, host: SomeHost, link: SomeLink, tmp_path: Path
):
    take(window, host, 4)
    window.begin()
    link.answer(regions={}, problems=["The mouth is left."])
    assert "The mouth is left." in window.message.text
    window.save_to(tmp_path / "bob.json")
    assert not (tmp_path / "bob.json").exists()
    assert link.asked[1][1]["accept"]
    assert link.asked[1][1]["landmarks"] == link.asked[0][1]["landmarks"]
    link.answer(regions={}, problems=["The mouth is left."])
    assert read_rig_map(tmp_path / "bob.json").fit == "bob.a2ffit.npz"


def test_errors_of_host_and_worker_stay_in_the_window_and_it_can_begin_again(
    window: FitWindow, host: SomeHost, link: SomeLink
):
    take(window, host, 4)
    host.error = HostError("No mesh is known.", code="sampling.no_mesh", hint="Select it.")
    window.begin()
    assert "No mesh is known." in window.message.text
    assert window.start.isEnabled()
    host.error = None
    window.begin()
    link.calls["on_error"](EngineError("The landmarks form no face.", code="fit.landmarks_apart", hint="Again."))
    assert "form no face" in window.message.text
    assert window.start.isEnabled()


def test_stopping_while_sampling_says_nothing(window: FitWindow, host: SomeHost):
    take(window, host, 4)
    host.error = HostError("stopped", code="sampling.stopped", hint="x")
    window.begin()
    assert host.told == [True]
    assert "stopped" not in window.message.text


def test_other_windows_take_no_clicks_while_the_rig_is_moved(window: FitWindow, host: SomeHost):
    other = QPushButton("delete everything")
    clicks: list[int] = []
    other.clicked.connect(lambda: clicks.append(1))
    other.show()
    take(window, host, 4)
    host.during = lambda: QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    window.begin()
    assert clicks == []
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    assert clicks == [1]
    other.close()


def test_clicking_a_dot_chooses_its_place(window: FitWindow):
    window.picture.chosen.emit("chin")
    assert window.current() == "chin"


def said_beside(window: FitWindow, name: str) -> str:
    return window.places.topLevelItem(list(LANDMARKS).index(name)).text(2)


def test_a_vertex_taken_twice_is_said_beside_both_places_and_nothing_starts(window: FitWindow, host: SomeHost):
    take(window, host, 5)
    window.choose("lipLower")
    host.vertices = ["|hero|face.vtx[4]"]
    window.take_vertex()
    assert list(LANDMARKS)[4] == "lipUpper"
    assert said_beside(window, "lipUpper") == "same as 6 face.vtx[4]"
    assert said_beside(window, "lipLower") == "same as 5 face.vtx[4]"
    assert "are the same vertex" in window.message.text
    assert not window.start.isEnabled()
    assert "same vertex" in window.start.toolTip()
    window.choose("lipLower")
    host.vertices = ["|hero|face.vtx[5]"]
    window.take_vertex()
    assert window.start.isEnabled()
    assert window.message.text == ""


class PlacingHost(SomeHost):
    """Vertices are the landmarks of our head in order, with left and right as they were given."""

    def vertex_places(self, vertices: Mapping[str, str]) -> dict[str, tuple[float, float, float]]:
        places = list(landmark_places(load_head(HEAD_FOLDER)).values())
        return {name: places[int(vertex[:-1].rpartition("[")[2])] for name, vertex in vertices.items()}


def test_places_on_the_wrong_sides_are_said_beside_them_before_a_fit(app: object, link: SomeLink, tmp_path: Path):
    host = PlacingHost()
    window = FitWindow(host, link, "hero", RIG, tmp_path)  # type: ignore[arg-type]
    window.show()
    names = list(LANDMARKS)
    for name in names:
        mirrored = name.replace("Left", "#").replace("Right", "Left").replace("#", "Right")
        window.choose(name)
        host.vertices = [f"|hero|face.vtx[{names.index(mirrored)}]"]
        window.take_vertex()
    assert said_beside(window, "mouthCornerLeft") == "wrong side? face.vtx[3]"
    assert said_beside(window, "chin") == "face.vtx[1]"
    assert "wrong sides" in window.message.text
    assert "negative scale" in window.message.text
    for name in names:
        window.choose(name)
        host.vertices = [f"|hero|face.vtx[{names.index(name)}]"]
        window.take_vertex()
    assert window.message.text == ""
    assert said_beside(window, "mouthCornerLeft") == "face.vtx[2]"
    window.close()
