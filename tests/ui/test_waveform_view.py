"""The waveform under mouse and keyboard: handles, playhead, zoom, ruler; times as people type and read them."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from fractions import Fraction

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from maya_a2f.core.clip_window import Trim, View
from maya_a2f.core.time_display import format_length, format_seconds, frame_ticks, parse_time, second_ticks, snapped
from maya_a2f.ui.theme import maya_like_palette
from maya_a2f.ui.waveform_paint import WaveColumns
from maya_a2f.ui.waveform_view import WaveformView

RATE = Fraction(25)
SECONDS = 4.0
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module", autouse=True)
def app() -> QApplication:
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


def columns(count: int = 400, start: float = 0.0, stop: float = SECONDS) -> WaveColumns:
    return WaveColumns(start, stop, array("f", [-0.5, 0.5] * count), array("f", [0.3] * count))


@pytest.fixture
def view() -> Iterator[WaveformView]:
    """Four seconds at 25 frames per second, the in point on frame 1."""
    widget = WaveformView()
    widget.setPalette(maya_like_palette())
    widget.resize(420, 140)
    widget.set_time_line(RATE, 1.0)
    widget.show_recording(Trim.whole(SECONDS, 1 / 25), columns())
    widget.show()
    yield widget
    widget.close()
    widget.deleteLater()


def trim_of(view: WaveformView) -> tuple[float, float]:
    assert view.trim is not None
    return view.trim.in_seconds, view.trim.out_seconds


def place(view: WaveformView, seconds: float) -> QPoint:
    return QPoint(round(view.x_of(seconds)), view.height() // 2)


def drag(
    view: WaveformView,
    start_seconds: float,
    seconds: float,
    beside: int = 0,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press at a time, so many pixels ``beside`` it, and let go as far beside another."""
    start, target = (place(view, at) + QPoint(beside, 0) for at in (start_seconds, seconds))
    QTest.mousePress(view, LEFT, keys, start)
    for step in (0.5, 1.0):
        QApplication.sendEvent(view, mouse_move(view, QPointF(start) + QPointF(target - start) * step, keys))
    QTest.mouseRelease(view, LEFT, keys, target)


def mouse_move(view: WaveformView, position: QPointF, keys: Qt.KeyboardModifier) -> QEvent:
    return QMouseEvent(QEvent.Type.MouseMove, position, QPointF(view.mapToGlobal(position.toPoint())), LEFT, LEFT, keys)


def wheel(view: WaveformView, seconds: float, turned: int, keys: Qt.KeyboardModifier | None = None) -> None:
    position = QPointF(place(view, seconds))
    event = QWheelEvent(
        position,
        QPointF(view.mapToGlobal(position.toPoint())),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        keys if keys is not None else Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_a_handle_is_dragged_to_whole_frames_and_tells_once_when_let_go(view: WaveformView) -> None:
    moving, done = QSignalSpy(view.trimming), QSignalSpy(view.trimmed)
    drag(view, 0.0, 1.013, -4)
    assert trim_of(view) == pytest.approx((1.0, SECONDS))
    assert moving.count() >= 1
    assert done.count() == 1
    drag(view, SECONDS, 3.01, 4)
    assert trim_of(view) == pytest.approx((1.0, 3.0), abs=1e-9)


def test_with_alt_a_handle_goes_anywhere(view: WaveformView) -> None:
    drag(view, 0.0, 1.013, -4, Qt.KeyboardModifier.AltModifier)
    start, _ = trim_of(view)
    assert start == pytest.approx(1.013, abs=0.012)
    assert start * 25 != pytest.approx(round(start * 25), abs=1e-3)


def test_handles_cannot_pass_each_other(view: WaveformView) -> None:
    drag(view, 0.0, SECONDS, -4)
    start, stop = trim_of(view)
    assert (start, stop) == pytest.approx((SECONDS - 0.04, SECONDS))


def test_a_double_click_on_a_handle_resets_it_alone(view: WaveformView) -> None:
    view.set_trim(Trim(1.0, 3.0, SECONDS, 0.04))
    done = QSignalSpy(view.trimmed)
    QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, place(view, 1.0) - QPoint(4, 0))
    assert trim_of(view) == (0.0, 3.0)
    QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, place(view, 3.0) + QPoint(4, 0))
    assert trim_of(view) == (0.0, SECONDS)
    assert done.count() == 2


@pytest.mark.parametrize(
    ("chosen", "keys", "expected"),
    [
        ("in", [(Qt.Key.Key_Right, False)], (1.04, 3.0)),
        ("in", [(Qt.Key.Key_Left, True)], (0.6, 3.0)),
        ("out", [(Qt.Key.Key_Left, False), (Qt.Key.Key_Left, True)], (1.0, 2.56)),
        ("out", [(Qt.Key.Key_Right, True)] * 5, (1.0, SECONDS)),
    ],
)
def test_arrow_keys_nudge_a_handle_by_a_frame_and_with_shift_by_ten(
    view: WaveformView, chosen: str, keys: list[tuple[Qt.Key, bool]], expected: tuple[float, float]
) -> None:
    view.set_trim(Trim(1.0, 3.0, SECONDS, 0.04))
    QTest.keyClick(view, Qt.Key.Key_Up if chosen == "in" else Qt.Key.Key_Down)
    assert view.chosen == chosen
    for key, shifted in keys:
        QTest.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier if shifted else Qt.KeyboardModifier.NoModifier)
    assert trim_of(view) == pytest.approx(expected)


def test_i_and_o_set_in_and_out_at_the_playhead_and_r_resets(view: WaveformView) -> None:
    view.set_playhead(1.5)
    QTest.keyClick(view, Qt.Key.Key_I)
    view.set_playhead(2.5)
    QTest.keyClick(view, Qt.Key.Key_O)
    assert trim_of(view) == (1.5, 2.5)
    QTest.keyClick(view, Qt.Key.Key_R)
    assert trim_of(view) == (0.0, SECONDS)


def test_a_click_and_the_arrow_keys_move_the_playhead_on_frames_of_the_time_line(view: WaveformView) -> None:
    seeks = QSignalSpy(view.seekRequested)
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, place(view, 2.01))
    assert view.playhead == pytest.approx(2.0)
    assert seeks.at(seeks.count() - 1)[0] == pytest.approx(2.0)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.playhead == pytest.approx(2.04)
    assert trim_of(view) == (0.0, SECONDS)


def test_dragging_the_playhead_ends_where_it_was_let_go(view: WaveformView) -> None:
    seeks = QSignalSpy(view.seekRequested)
    drag(view, 1.0, 3.0)
    assert seeks.at(seeks.count() - 1)[0] == pytest.approx(3.0)


def test_what_the_program_sets_is_not_told(view: WaveformView) -> None:
    spies = [QSignalSpy(signal) for signal in (view.trimming, view.trimmed, view.seekRequested)]
    view.set_playhead(1.0)
    view.set_trim(Trim(1.0, 3.0, SECONDS))
    view.set_time_line(Fraction(24), 101.0)
    assert [spy.count() for spy in spies] == [0, 0, 0]


def test_the_wheel_zooms_at_the_cursor_and_with_shift_moves_along(view: WaveformView) -> None:
    wheel(view, 1.0, 240)
    assert view.view.span == pytest.approx(SECONDS * 0.64)
    assert view.x_of(1.0) == pytest.approx(place(view, 1.0).x(), abs=1.0)
    start = view.view.start
    wheel(view, 1.0, -120, Qt.KeyboardModifier.ShiftModifier)
    assert view.view.start > start
    for _ in range(60):
        wheel(view, 1.0, 120)
    assert view.view.span == pytest.approx(6 / 25)
    for _ in range(60):
        wheel(view, 1.0, -120)
    assert view.view == View.whole(SECONDS)


def test_the_middle_button_moves_the_view(view: WaveformView) -> None:
    for _ in range(6):
        wheel(view, 2.0, 120)
    grabbed, start = view.seconds_at(200.0), view.view.start
    QTest.mousePress(view, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, QPoint(200, 60))
    QApplication.sendEvent(view, mouse_move(view, QPointF(120, 60), Qt.KeyboardModifier.NoModifier))
    assert view.view.start > start
    assert view.seconds_at(120.0) == pytest.approx(grabbed)
    view.set_playhead(0.1)
    assert view.seconds_at(120.0) == pytest.approx(grabbed)
    QTest.mouseRelease(view, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, QPoint(120, 60))
    view.set_playhead(0.2)
    assert view.view.start <= 0.2


def test_the_time_line_does_not_pull_the_playhead_out_of_the_hand(view: WaveformView) -> None:
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, place(view, 2.0))
    view.set_playhead(0.5)
    assert view.playhead == pytest.approx(2.0)
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, place(view, 2.0))
    view.set_playhead(0.5)
    assert view.playhead == 0.5


def test_finer_columns_are_wanted_only_where_those_at_hand_are_too_coarse(view: WaveformView) -> None:
    assert view.wanted_columns() is None
    for _ in range(8):
        wheel(view, 2.0, 120)
    wanted = view.wanted_columns()
    assert wanted is not None
    start, stop, count = wanted
    assert start <= view.view.start
    assert stop >= view.view.stop
    view.set_detail(columns(count, start, stop))
    assert view.wanted_columns() is None


def test_the_keyboard_shows_all_and_the_stretch(view: WaveformView) -> None:
    view.set_trim(Trim(1.0, 2.0, SECONDS))
    QTest.keyClick(view, Qt.Key.Key_F)
    assert view.view.start < 1.0 < 2.0 < view.view.stop
    assert view.view.span < 1.2
    QTest.keyClick(view, Qt.Key.Key_A)
    assert view.view.is_whole


def test_the_view_turns_the_page_for_the_playhead(view: WaveformView) -> None:
    view.set_trim(Trim(0.0, 1.0, SECONDS))
    view.show_trim()
    view.set_playhead(3.0)
    assert view.view.start < 3.0 < view.view.stop


def test_the_host_does_not_take_our_keys_while_we_have_the_focus(view: WaveformView) -> None:
    for key, modifiers, is_ours in (
        (Qt.Key.Key_I, Qt.KeyboardModifier.NoModifier, True),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, True),
        (Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier, False),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.NoModifier, False),
    ):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifiers)
        event.ignore()
        QApplication.sendEvent(view, event)
        assert event.isAccepted() is is_ours


def test_without_leave_to_trim_handles_stay(view: WaveformView) -> None:
    view.set_can_trim(False)
    drag(view, 0.0, 2.0, -2)
    QTest.keyClick(view, Qt.Key.Key_I)
    QTest.keyClick(view, Qt.Key.Key_R)
    assert trim_of(view) == (0.0, SECONDS)


def test_the_menu_offers_what_can_be_done(view: WaveformView) -> None:
    view.set_playhead(1.0)
    actions = {action.text().split("\t")[0].replace("&", ""): action for action in view.make_menu().actions()}
    assert not actions["Reset in and out"].isEnabled()
    actions["Set in at the playhead"].trigger()
    assert trim_of(view) == (1.0, SECONDS)


def test_with_nothing_to_show_nothing_happens(view: WaveformView) -> None:
    view.show_words("Drop a recording here")
    spies = [QSignalSpy(signal) for signal in (view.trimming, view.trimmed, view.seekRequested, view.playRequested)]
    QTest.mouseClick(view, LEFT)
    QTest.keyClick(view, Qt.Key.Key_I)
    wheel_free = view.wanted_columns()
    assert [spy.count() for spy in spies] == [0] * 4
    assert wheel_free is None
    assert not view.grab().isNull()


def image_of(view: WaveformView) -> QImage:
    return view.grab().toImage()


def colours_in(image: QImage, x: int) -> set[int]:
    return {image.pixel(x, y) for y in range(image.height() // 2 - 10, image.height() // 2 + 10)}


def test_the_stretch_is_brighter_than_what_is_cut_away(view: WaveformView) -> None:
    view.set_trim(Trim(1.0, 3.0, SECONDS))
    image = image_of(view)

    def brightness(seconds: float) -> int:
        x, y = round(view.x_of(seconds)), round(view._wave_box().center().y()) - 4
        return image.pixelColor(x, y).lightness()

    assert brightness(2.0) > brightness(0.5) + 30
    assert brightness(2.0) > brightness(3.5) + 30


def test_the_playhead_moves_over_a_picture_that_stays(view: WaveformView) -> None:
    view.set_playhead(1.0)
    first = image_of(view)
    ground = view._ground
    view.set_playhead(2.0)
    second = image_of(view)
    assert view._ground is ground
    assert colours_in(first, round(view.x_of(2.0))) != colours_in(second, round(view.x_of(2.0)))


def test_a_column_of_a_pixel_holds_the_extremes_below_it() -> None:
    wave = WaveColumns(0.0, 1.0, array("f", [-0.1, 0.2, -0.5, 0.1, -0.2, 0.9, 0.0, 0.0]), array("f", [0.1] * 4))
    assert wave.level(0.0, 0.5)[:2] == pytest.approx((-0.5, 0.2))
    assert wave.level(0.5, 0.51)[:2] == pytest.approx((-0.2, 0.9))
    assert wave.level(1.5, 2.0) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2.5", 2.5), ("2,5 s", 2.5), (".5", 0.5), ("5.", 5.0), ("1:02.5", 62.5), ("1:00:02", 3602.0), ("48f", 2.0),
     ("12 frames", 0.5), ("", None), ("x", None), ("1:", None), ("-1", None), ("nan", None), ("1e5", None)],
)  # fmt: skip
def test_a_time_is_understood_as_people_type_it(text: str, seconds: float | None) -> None:
    assert parse_time(text, Fraction(24)) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("seconds", [0.0, 0.0004, 1.25, 59.9996, 60.0, 3599.9999, 3661.5, 40000.125])
def test_a_time_that_is_shown_is_understood_again(seconds: float) -> None:
    assert ":60" not in format_seconds(seconds)
    assert parse_time(format_seconds(seconds), RATE) == pytest.approx(seconds, abs=0.00051)


def test_a_length_has_its_unit_where_nothing_else_says_what_it_is() -> None:
    assert (format_length(9.96, 1), format_length(90.04, 1), format_length(3661, 0)) == ("10.0 s", "1:30.0", "1:01:01")


@pytest.mark.parametrize("span", [0.24, 1.0, 9.8, 75.0, 600.0, 7200.0, 86400.0])
def test_a_ruler_has_a_few_round_labels_at_any_zoom(span: float) -> None:
    start = span * 0.37
    for ticks in (second_ticks(start, start + span, 6), frame_ticks(start, start + span, 6, RATE, 0.0, 101.0)):
        labels = [tick.label for tick in ticks if tick.label]
        assert 1 <= len(labels) <= 8
        assert len(labels) == len(set(labels))
        assert len(ticks) < 50
        assert all(start - 1e-6 <= tick.position <= start + span + 1e-6 for tick in ticks)


def test_the_ruler_counts_frames_of_the_time_line() -> None:
    ticks = frame_ticks(0.0, 4.0, 6, RATE, 1.0, 101.0)
    labelled = {tick.label: tick.position for tick in ticks if tick.label}
    assert labelled["100"] == pytest.approx(1.0 - 1 / 25)
    assert labelled["120"] == pytest.approx(1.0 + 19 / 25)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30), Fraction(30000, 1001)])
def test_times_snap_to_whole_frames_of_any_rate(rate: Fraction) -> None:
    moved = snapped(10.02, rate, 0.7)
    frames = (moved - 0.7) * float(rate)
    assert frames == pytest.approx(round(frames), abs=1e-9)
    assert abs(moved - 10.02) <= 0.5 / float(rate) + 1e-9
