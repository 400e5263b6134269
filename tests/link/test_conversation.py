"""The rules of the talk, without any process."""

from __future__ import annotations

import pytest

from maya_a2f.errors import UserError, WorkerError
from maya_a2f.link.conversation import Conversation, Failure, Ready
from maya_a2f.link.framing import FrameDecoder, encode
from maya_a2f.link.messages import (
    CANCEL,
    HELLO,
    REQUEST,
    RESULT,
    SHUTDOWN,
    Message,
    Progress,
    error_message,
    hello_message,
    progress_message,
)


def framed(message: Message) -> bytes:
    return b"".join(encode(message))


@pytest.fixture
def conversation() -> Conversation:
    """One that has heard its hello."""
    talk = Conversation("1.0")
    assert talk.hear(framed(hello_message("1.0", "3.11.2", 77))) == [Ready("3.11.2", 77)]
    return talk


def test_a_request_is_open_until_its_result(conversation: Conversation) -> None:
    (sent,) = FrameDecoder().feed(b"".join(conversation.ask("solve", {"a": 1}, {})))
    assert (sent.kind, sent.id, sent.name, sent.fields) == (REQUEST, 1, "solve", {"a": 1})
    assert conversation.is_open
    result = Message(kind=RESULT, id=1, fields={"b": 2})
    progress = Progress("infer", 1, 2)
    assert conversation.hear(framed(progress_message(1, progress)) + framed(result)) == [progress, result]
    assert not conversation.is_open


def test_an_error_ends_the_request_as_the_class_it_was(conversation: Conversation) -> None:
    conversation.ask("solve", {}, {})
    (event,) = conversation.hear(framed(error_message(1, UserError("No.", code="clip.no"))))
    assert isinstance(event, Failure)
    assert isinstance(event.error, UserError)
    assert not conversation.is_open


def test_a_cancel_names_the_open_request(conversation: Conversation) -> None:
    conversation.ask("solve", {}, {})
    (sent,) = FrameDecoder().feed(b"".join(conversation.call_off()))
    assert (sent.kind, sent.id) == (CANCEL, 1)
    assert conversation.is_open


def test_what_cannot_be_sent_opens_no_request(conversation: Conversation) -> None:
    with pytest.raises(WorkerError):
        conversation.ask("solve", {"a": float("nan")}, {})
    assert not conversation.is_open


def test_an_error_about_the_link_itself_is_raised(conversation: Conversation) -> None:
    with pytest.raises(WorkerError, match="cannot understand") as caught:
        conversation.hear(framed(error_message(0, WorkerError("I cannot understand.", code="worker.garbage"))))
    assert caught.value.code == "worker.garbage"


@pytest.mark.parametrize(
    "message",
    [
        Message(kind=RESULT, id=1),
        Message(kind=RESULT, id=0),
        progress_message(1, Progress("a", 1, 1)),
        hello_message("1.0", "3", 1),
        Message(kind=SHUTDOWN),
        Message(kind=REQUEST, id=1, name="solve"),
    ],
)
def test_a_message_out_of_turn_is_refused(conversation: Conversation, message: Message) -> None:
    with pytest.raises(WorkerError, match="out of turn") as caught:
        conversation.hear(framed(message))
    assert caught.value.code == "worker.garbage"


@pytest.mark.parametrize("kind", [REQUEST, CANCEL, SHUTDOWN, HELLO])
def test_a_worker_cannot_answer_with_what_is_no_answer(conversation: Conversation, kind: str) -> None:
    conversation.ask("solve", {}, {})
    with pytest.raises(WorkerError, match="out of turn"):
        conversation.hear(framed(Message(kind=kind, id=1)))


def test_nothing_may_come_before_the_hello() -> None:
    with pytest.raises(WorkerError, match="out of turn"):
        Conversation("1.0").hear(framed(Message(kind=RESULT, id=1)))


@pytest.mark.parametrize("fields", [{}, {"protocol": "1", "version": "1.0"}, {"protocol": 1, "version": 1}])
def test_a_malformed_hello_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(WorkerError) as caught:
        Conversation("1.0").hear(framed(Message(kind=HELLO, fields=fields)))
    assert caught.value.code == "worker.bad_field"


def test_another_version_is_refused_with_both_named_and_the_next_step() -> None:
    with pytest.raises(WorkerError, match=r"'0\.9'.*'1\.0'") as caught:
        Conversation("1.0").hear(framed(hello_message("0.9", "3", 1)))
    assert caught.value.code == "worker.version"
    assert "Restart Maya" in caught.value.hint
    assert "bootstrap" in caught.value.hint
