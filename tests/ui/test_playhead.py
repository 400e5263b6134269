"""What the panel says of the face that is shown at the playhead."""

from __future__ import annotations

from fractions import Fraction

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from maya_a2f.link.messages import Progress
from maya_a2f.ui.panel_host import FoundCharacter
from maya_a2f.ui.playhead import Playhead
from tests.ui.test_live_preview import CLIP, RIG, RIG_MAP, FakeHost, FakeLink, pose


class StillHost(FakeHost):
    """On its first frame."""

    def rate(self) -> Fraction:
        return Fraction(30)

    def current_frame(self) -> float:
        return 0.0


@pytest.fixture
def link(app: QApplication) -> FakeLink:
    return FakeLink()


@pytest.fixture
def playhead(link: FakeLink) -> Playhead:
    playhead = Playhead(link, StillHost())  # type: ignore[arg-type]
    playhead.set_clip(CLIP)
    playhead.set_target(FoundCharacter("Bob", RIG), RIG_MAP)
    return playhead


def test_the_note_of_a_pose_is_there_again_once_the_worker_is_prepared(playhead: Playhead, link: FakeLink) -> None:
    said = QSignalSpy(playhead.previewing)
    playhead.preview_live()
    link.asked[0].on_result(pose(notes=("Contacts later.",), jawOpen=0.1))
    with_note = said.at(said.count() - 1)[0]
    assert with_note.endswith(" Contacts later.")
    playhead.live.preparing.emit(Progress("Preparing the network for the GPU", 1, 1000))
    assert said.at(said.count() - 1)[0] != with_note
    playhead.live.preparing.emit(None)
    link.asked[0].on_result(pose(notes=("Contacts later.",), jawOpen=0.2))
    assert said.at(said.count() - 1)[0] == with_note


def test_a_note_stays_while_dials_are_moved_and_goes_with_the_live_pose(playhead: Playhead, link: FakeLink) -> None:
    said = QSignalSpy(playhead.previewing)
    playhead.preview_live()
    link.asked[0].on_result(pose(notes=("Contacts later.",), jawOpen=0.1))
    playhead.preview_live()
    link.asked[1].on_result(pose(notes=("Contacts later.",), jawOpen=0.2))
    assert said.at(said.count() - 1)[0].endswith(" Contacts later.")
    playhead.stop()
    playhead.preview_live()
    heard = [said.at(at)[0] for at in range(said.count())]
    assert heard[-2:] == ["", heard[0]]
    assert "Contacts" not in heard[0]
