"""The worker over QProcess, against real child processes that behave and misbehave."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from maya_a2f.errors import A2FError, Cancelled, EngineError, UserError, WorkerError
from maya_a2f.link.client import Patience
from maya_a2f.link.environment import worker_environment
from maya_a2f.link.messages import Message
from maya_a2f.ui.progress_words import PREPARING
from maya_a2f.ui.worker_link import WorkerLink
from tests.ui.conftest import WaitUntil

SERVICES = Path(__file__).resolve().parent.parent / "link" / "services"
PATIENCE = Patience(hello_seconds=30.0, cancel_seconds=0.4, stalled_seconds=0.4, crashes=3)
MakeLink = Callable[..., WorkerLink]


class Answers:
    """What came back, in order."""

    def __init__(self) -> None:
        self.results: list[Message] = []
        self.errors: list[A2FError] = []
        self.stages: list[str] = []

    def to(self, **more: Any) -> dict[str, Any]:
        """Callbacks for a request."""
        return {
            "on_result": self.results.append,
            "on_error": self.errors.append,
            "on_progress": lambda progress: self.stages.append(progress.stage),
            **more,
        }

    @property
    def count(self) -> int:
        return len(self.results) + len(self.errors)


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
        stat = Path(f"/proc/{process_id}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.fixture
def make_link(app: QApplication, wait_until: WaitUntil) -> Iterator[MakeLink]:
    """Links to ``various.py`` or, given a way, ``broken.py``; closed and gone at the end."""
    links: list[WorkerLink] = []

    def make(way: str = "", **options: Any) -> WorkerLink:
        if way:
            options["environment"] = {**worker_environment(os.environ), "MAYA_A2F_TEST_WAY": way}
        options.setdefault("patience", PATIENCE)
        options.setdefault("python", Path(sys.executable))
        entry = SERVICES / ("broken.py" if way else "various.py")
        links.append(WorkerLink(entry=entry, **options))
        return links[-1]

    yield make
    ids = [link.process_id for link in links]
    for link in links:
        link.close()
    wait_until(lambda: not any(is_alive(process_id) for process_id in ids if process_id is not None), 8)


@pytest.fixture
def link(make_link: MakeLink) -> WorkerLink:
    return make_link()


def test_nothing_starts_before_the_first_request(link: WorkerLink, app: QApplication) -> None:
    app.processEvents()
    assert (link.state, link.is_running, link.process_id) == ("stopped", False, None)


def test_a_request_is_answered_and_the_states_are_told(link: WorkerLink, wait_until: WaitUntil) -> None:
    states: list[str] = []
    link.stateChanged.connect(states.append)
    answers = Answers()
    link.request("echo", {"text": "grüß"}, **answers.to())
    assert answers.count == 0
    wait_until(lambda: answers.count)
    assert answers.results[0].fields == {"text": "grüß"}
    wait_until(lambda: link.state == "ready")
    assert states == ["starting", "ready", "busy", "ready"]


def test_requests_are_worked_on_one_after_the_other(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    for number in range(5):
        link.request("echo", {"number": number}, **answers.to())
    wait_until(lambda: answers.count == 5)
    assert [result.fields["number"] for result in answers.results] == [0, 1, 2, 3, 4]


def test_progress_is_heard(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    link.request("slow", {"seconds": 0.2}, **answers.to())
    wait_until(lambda: answers.results)
    assert answers.stages[0] == "work"


def test_of_one_slot_only_the_newest_waiting_request_is_asked(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    tickets = [link.request("echo", {"number": number}, **answers.to(slot="live")) for number in range(4)]
    wait_until(lambda: answers.results)
    assert [result.fields["number"] for result in answers.results] == [3]
    assert all(ticket.is_over for ticket in tickets)


def test_a_job_goes_before_a_waiting_slot(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    link.request("echo", {"which": "picture"}, **answers.to(slot="live"))
    link.request("echo", {"which": "job"}, **answers.to())
    wait_until(lambda: answers.count == 2)
    assert [result.fields["which"] for result in answers.results] == ["job", "picture"]


def test_a_job_calls_the_picture_off_that_is_being_made(link: WorkerLink, wait_until: WaitUntil) -> None:
    pictures, jobs = Answers(), Answers()
    link.request("slow", {"seconds": 30}, **pictures.to(slot="live"))
    wait_until(lambda: pictures.stages)
    link.request("echo", {}, **jobs.to())
    wait_until(lambda: jobs.results)
    assert isinstance(pictures.errors[0], Cancelled)


def test_a_job_waits_for_a_picture_that_prepares_what_the_job_needs_too(
    link: WorkerLink, wait_until: WaitUntil
) -> None:
    answers = Answers()
    link.request("slow", {"seconds": 0.3, "stage": PREPARING}, **answers.to(slot="live"))
    wait_until(lambda: answers.stages)
    link.request("echo", {"which": "job"}, **answers.to())
    wait_until(lambda: answers.count == 2)
    assert answers.errors == []
    assert [result.fields for result in answers.results] == [{"steps": 3}, {"which": "job"}]


def test_a_picture_that_prepares_can_be_called_off_while_a_job_waits_for_it(
    link: WorkerLink, wait_until: WaitUntil
) -> None:
    pictures, jobs = Answers(), Answers()
    ticket = link.request("slow", {"seconds": 30, "stage": PREPARING}, **pictures.to(slot="live"))
    wait_until(lambda: pictures.stages)
    link.request("echo", {}, **jobs.to())
    ticket.cancel()
    wait_until(lambda: jobs.results)
    assert isinstance(pictures.errors[0], Cancelled)


def test_cancel_tells_at_once_and_the_worker_lives_on(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    ticket = link.request("slow", {"seconds": 30}, **answers.to())
    wait_until(lambda: answers.stages)
    process_id = link.process_id
    ticket.cancel()
    assert answers.count == 0
    wait_until(lambda: answers.errors)
    assert isinstance(answers.errors[0], Cancelled)
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.results)
    assert link.process_id == process_id


def test_a_worker_that_hears_no_cancel_is_replaced(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    ticket = link.request("deaf", {}, **answers.to())
    wait_until(lambda: answers.stages)
    process_id = link.process_id
    assert process_id is not None
    ticket.cancel()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.results)
    assert link.process_id != process_id
    wait_until(lambda: not is_alive(process_id))


def test_a_waiting_request_can_be_cancelled(link: WorkerLink, wait_until: WaitUntil) -> None:
    first, second = Answers(), Answers()
    link.request("slow", {"seconds": 0.3}, **first.to())
    link.request("echo", {}, **second.to()).cancel()
    wait_until(lambda: first.results and second.errors)
    assert isinstance(second.errors[0], Cancelled)
    assert second.results == []


def test_a_handlers_error_arrives_as_its_class(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    link.request("no such request", {}, **answers.to())
    wait_until(lambda: answers.errors)
    assert answers.errors[0].code == "worker.unknown_request"
    assert link.is_running


def test_a_crash_fails_the_running_request_only(link: WorkerLink, wait_until: WaitUntil) -> None:
    crashed, next_one = Answers(), Answers()
    link.request("die", {"signal": int(signal.SIGKILL)}, **crashed.to())
    link.request("echo", {}, **next_one.to())
    wait_until(lambda: next_one.results)
    assert crashed.errors[0].code == "worker.crashed"
    assert "SIGKILL" in crashed.errors[0].message
    assert "about to die" in crashed.errors[0].details


def test_a_worker_that_left_between_requests_is_replaced_without_a_word(
    link: WorkerLink, wait_until: WaitUntil
) -> None:
    answers = Answers()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.results)
    process_id = link.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    wait_until(lambda: not link.is_running)
    link.request("echo", {}, **answers.to())
    wait_until(lambda: len(answers.results) == 2)
    assert answers.errors == []


def test_after_failures_in_a_row_it_gives_up_until_reset(make_link: MakeLink, wait_until: WaitUntil) -> None:
    link = make_link("exit_early")
    answers = Answers()
    for count in range(1, 5):
        link.request("echo", {}, **answers.to())
        wait_until(lambda count=count: answers.count == count)
    assert [error.code for error in answers.errors] == ["worker.no_hello"] * 2 + ["worker.gave_up"] * 2
    assert "no module named something" in answers.errors[0].message
    assert link.state == "failed"
    link.reset()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.count == 5)
    assert answers.errors[-1].code == "worker.no_hello"


@pytest.mark.parametrize(
    ("way", "code"),
    [("old_version", "worker.version"), ("other_protocol", "worker.version"), ("banner", "worker.garbage"),
     ("garbage_reply", "worker.garbage"), ("huge_announcement", "worker.garbage"), ("half_frame", "worker.stalled")],
)  # fmt: skip
def test_a_worker_that_breaks_the_protocol_is_ended(
    make_link: MakeLink, wait_until: WaitUntil, way: str, code: str
) -> None:
    link = make_link(way)
    answers = Answers()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.errors)
    assert answers.errors[0].code == code
    assert isinstance(answers.errors[0], WorkerError)
    assert not link.is_running


def test_a_worker_that_says_no_hello_is_given_up(make_link: MakeLink, wait_until: WaitUntil) -> None:
    link = make_link("mute", patience=Patience(hello_seconds=0.3))
    answers = Answers()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.errors)
    assert answers.errors[0].code == "worker.no_hello"


def test_a_python_that_cannot_be_started_is_named(make_link: MakeLink, wait_until: WaitUntil, tmp_path: Path) -> None:
    link = make_link(python=tmp_path / "no python")
    answers = Answers()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.errors)
    assert isinstance(answers.errors[0], EngineError)
    assert "no python" in answers.errors[0].message


def test_without_an_environment_the_hint_says_how_to_make_one(
    app: QApplication, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maya_a2f.settings.worker_python", lambda: None)
    link, answers = WorkerLink(), Answers()
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.errors)
    assert answers.errors[0].code == "worker.no_environment"
    assert "bootstrap.py" in answers.errors[0].hint


def test_what_cannot_be_sent_fails_alone(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    link.request("echo", {"number": float("nan")}, **answers.to())
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.count == 2)
    assert answers.errors[0].code == "worker.unsendable"
    assert len(answers.results) == 1


def test_close_cancels_all_and_ends_the_worker_without_waiting(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    link.request("slow", {"seconds": 30}, **answers.to())
    link.request("echo", {}, **answers.to())
    wait_until(lambda: answers.stages)
    process_id = link.process_id
    assert process_id is not None
    link.close()
    assert [type(error) for error in answers.errors] == [Cancelled, Cancelled]
    assert link.state == "stopped"
    wait_until(lambda: not is_alive(process_id), 8)


def test_a_callback_may_ask_again_or_close(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()

    def ask_again(message: Message) -> None:
        answers.results.append(message)
        link.request("echo", {"second": True}, **answers.to(on_result=close))

    def close(message: Message) -> None:
        answers.results.append(message)
        link.close()

    link.request("echo", {}, **answers.to(on_result=ask_again))
    wait_until(lambda: len(answers.results) == 2)
    assert link.state == "stopped"


def test_a_user_error_of_the_worker_keeps_its_group(link: WorkerLink, wait_until: WaitUntil) -> None:
    answers = Answers()
    link.request("refuse", {}, **answers.to())
    wait_until(lambda: answers.errors)
    assert isinstance(answers.errors[0], UserError)
