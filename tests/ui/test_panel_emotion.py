"""Emotion from the voice and on attributes of the host, in the panel, with the real worker."""
# ruff: noqa: F811 - fixtures of another file

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets")

from maya_a2f.core.emotion_keys import EmotionKey
from maya_a2f.ui.panel import A2FPanel
from tests.ui.conftest import WaitUntil
from tests.ui.fake_panel_host import FakePanelHost
from tests.ui.test_panel_stories import (  # noqa: F401
    MakePanel,
    host,
    make_panel,
    pytestmark,
    run_through,
    shared_cache,
    short_line,
)
from tests.ui.test_voice_section import DIRECTION, control_button, strip, switch


def test_the_voice_is_asked_of_the_worker_and_its_take_says_so(
    make_panel: MakePanel,
    short_line: Path,
    wait_until: WaitUntil,
) -> None:
    panel = make_panel(short_line)
    switch(panel.look_section).click()
    wait_until(lambda: panel.look_section.emotions._course is not None)
    course = panel.look_section.emotions._course
    assert course is not None
    assert len(course.strengths["joy"]) == 18
    assert "estimator" in str(course.heard["description"])
    run_through(panel, "Preview", wait_until)
    made = panel.shelf.takes[-1].take.made_by["emotion_auto"]
    assert made["strength"] == 0.7
    switch(panel.look_section).click()
    assert panel.look_section.emotions._course is None


def test_keys_in_the_host_feed_the_next_run(
    make_panel: MakePanel,
    host: FakePanelHost,
    short_line: Path,
    wait_until: WaitUntil,
) -> None:
    panel: A2FPanel = make_panel(short_line)
    look = panel.look_section
    strip(look).add_key("joy", 0.2, 0.5)
    control_button(look, "Key in Fake").click()
    assert host.directions["hero"].keys == (EmotionKey(0.2, {"joy": 0.5}),)
    assert look.emotions.is_directed
    host.directions["hero"] = DIRECTION  # somebody keys them in the host
    run_through(panel, "Preview", wait_until)
    made = panel.shelf.takes[-1].take.made_by
    assert made["emotion"] == {"fear": 0.3}
    assert made["emotion_keys"] == [{"seconds": 0.5, "strengths": {"joy": 0.8}}]
    assert made["emotion_auto"]["strength"] == 0.5
    control_button(look, "Back here").click()
    assert host.directions == {}
    assert not look.emotions.is_directed
    assert look.emotion_keys() == DIRECTION.keys


def test_a_control_that_was_deleted_in_the_host_gives_the_emotions_back(
    make_panel: MakePanel,
    host: FakePanelHost,
    short_line: Path,
) -> None:
    panel = make_panel(short_line)
    host.directions["hero"] = DIRECTION
    panel._on_target()
    assert panel.look_section.emotions.is_directed
    del host.directions["hero"]
    panel._on_target()
    assert not panel.look_section.emotions.is_directed
    assert panel.look_section.emotion_keys() == DIRECTION.keys
