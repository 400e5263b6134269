"""Runs of steps between the events of the user interface."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from maya_a2f.errors import A2FError, Cancelled, HostError
from maya_a2f.link.messages import Message, Progress
from maya_a2f.steps import Steps, WorkerRequest, asked
from maya_a2f.ui.steps_runner import JobHandle, run_steps
from maya_a2f.ui.worker_link import WorkerLink
from tests.ui.conftest import WaitUntil

ENTRY = Path(__file__).resolve().parent.parent / "link" / "services" / "various.py"


class Outcome:
    """What a run told."""

    def __init__(self) -> None:
        self.progress: list[Progress] = []
        self.done: list[object] = []
        self.errors: list[A2FError] = []

    def start(self, link: WorkerLink, steps: Steps[object]) -> JobHandle:
        return run_steps(
            link, steps, on_progress=self.progress.append, on_done=self.done.append, on_error=self.errors.append
        )

    @property
    def is_told(self) -> bool:
        return bool(self.done or self.errors)


@pytest.fixture
def link(app: QApplication) -> Iterator[WorkerLink]:
    link = WorkerLink(python=Path(sys.executable), entry=ENTRY)
    yield link
    link.close()


def asking(seconds: float, undone: list[str]) -> Steps[str]:
    """Asks the worker, with something to take back."""
    yield Progress("first", 0, 1)
    try:
        reply: Message = yield from asked(WorkerRequest("slow", {"seconds": seconds}))
    except A2FError:
        undone.append("taken back")
        raise
    yield Progress("last", 1, 1)
    return f"{reply.integer('steps')} steps"


def failing(error: Exception) -> Callable[[], Steps[None]]:
    def steps() -> Steps[None]:
        yield Progress("first", 0, 1)
        raise error

    return steps


def test_a_run_gives_its_result_and_all_progress(link: WorkerLink, wait_until: WaitUntil) -> None:
    outcome = Outcome()
    handle = outcome.start(link, asking(0.2, []))
    assert handle.is_running
    assert not outcome.progress
    wait_until(lambda: outcome.is_told)
    assert outcome.done == ["2 steps"]
    assert [each.stage for each in outcome.progress][:2] == ["first", "work"]
    assert outcome.progress[-1].stage == "last"
    assert not handle.is_running


def test_cancel_lets_the_steps_take_back_what_they_did(link: WorkerLink, wait_until: WaitUntil) -> None:
    outcome, undone = Outcome(), list[str]()
    handle = outcome.start(link, asking(30, undone))
    wait_until(lambda: any(each.stage == "work" for each in outcome.progress))
    handle.cancel()
    assert undone == ["taken back"]
    assert isinstance(outcome.errors[0], Cancelled)
    handle.cancel()
    assert len(outcome.errors) == 1


def test_cancel_before_the_first_step_runs_nothing(link: WorkerLink, app: QApplication) -> None:
    outcome = Outcome()
    outcome.start(link, asking(1, [])).cancel()
    for _ in range(5):
        app.processEvents()
    assert isinstance(outcome.errors[0], Cancelled)
    assert outcome.progress == []
    assert link.state == "stopped"


def test_cancel_from_within_a_progress_callback_stops_at_the_next_step(link: WorkerLink, wait_until: WaitUntil) -> None:
    outcome = Outcome()
    handles: list[JobHandle] = []
    handles.append(
        run_steps(
            link,
            asking(30, []),
            on_progress=lambda progress: handles[0].cancel(),
            on_done=outcome.done.append,
            on_error=outcome.errors.append,
        )
    )
    wait_until(lambda: outcome.is_told)
    assert isinstance(outcome.errors[0], Cancelled)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (OSError(28, "No space left on device", "/full/disk"), HostError, "file.failed"),
        (HostError("no", code="host.no"), HostError, "host.no"),
        (KeyError("gone"), A2FError, "program.fault"),
    ],
)
def test_whatever_goes_wrong_is_told_as_an_error_to_show(
    link: WorkerLink, wait_until: WaitUntil, error: Exception, kind: type[A2FError], code: str
) -> None:
    outcome = Outcome()
    outcome.start(link, failing(error)())
    wait_until(lambda: outcome.is_told)
    assert isinstance(outcome.errors[0], kind)
    assert outcome.errors[0].code == code


def test_small_steps_leave_the_user_interface_its_turns(
    link: WorkerLink, app: QApplication, wait_until: WaitUntil
) -> None:
    def many() -> Steps[str]:
        for count in range(20000):
            sum(range(200))
            yield Progress("counting", count, 20000)
        return "counted"

    from PySide6.QtCore import QTimer

    turns = []
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(1))
    timer.start(0)
    outcome = Outcome()
    outcome.start(link, many())
    wait_until(lambda: outcome.is_told)
    assert outcome.done == ["counted"]
    assert len(turns) > 3


def test_closing_the_link_ends_the_run(link: WorkerLink, wait_until: WaitUntil) -> None:
    outcome, undone = Outcome(), list[str]()
    outcome.start(link, asking(30, undone))
    wait_until(lambda: any(each.stage == "work" for each in outcome.progress))
    link.close()
    assert isinstance(outcome.errors[0], Cancelled)
    assert undone == ["taken back"]
