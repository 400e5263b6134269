"""The client with a worker that dies or breaks the protocol."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path

import pytest

from maya_a2f.errors import A2FError, Cancelled, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import Patience, WorkerClient
from tests.link.conftest import PATIENCE, SERVICES, MakeClient, is_gone_in_time, wait_until

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def failure_of(client: WorkerClient, name: str = "echo", **fields: object) -> A2FError:
    """The error that the request ends with."""
    with pytest.raises(A2FError) as caught:
        client.request(name, fields)
    return caught.value


@posix_only
def test_a_worker_killed_from_outside_in_the_middle_of_its_work(client: WorkerClient) -> None:
    def kill(_: object) -> None:
        assert client.process_id is not None
        os.kill(client.process_id, signal.SIGKILL)

    client.start()
    first = client.process_id
    assert first is not None
    with pytest.raises(WorkerError, match=r"signal SIGKILL \(9\): killed from outside") as caught:
        client.request("deaf", on_progress=kill)
    assert caught.value.code == "worker.crashed"
    assert is_gone_in_time(first)
    assert client.request("echo", {"again": True}).flag("again")
    assert client.process_id != first


@posix_only
def test_a_worker_killed_between_requests_is_replaced(client: WorkerClient) -> None:
    client.start()
    assert client.process_id is not None
    first = client.process_id
    os.kill(first, signal.SIGKILL)
    assert is_gone_in_time(first)
    assert wait_until(lambda: not client.is_running)
    assert client.request("echo").fields == {}
    assert client.process_id != first


def test_a_worker_whose_gpu_was_lost_ends_and_is_replaced(client: WorkerClient) -> None:
    client.start()
    first = client.process_id
    assert first is not None
    assert failure_of(client, "spoil").code == "engine.gpu_lost"
    assert is_gone_in_time(first)
    assert wait_until(lambda: not client.is_running)
    assert client.request("echo").fields == {}
    assert client.process_id != first


@posix_only
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"signal": int(signal.SIGABRT)}, "signal SIGABRT (6): gave up in native code"),
        ({"signal": int(signal.SIGTERM)}, "signal SIGTERM (15): asked to end from outside"),
        ({"code": 7}, "exit code 7"),
        ({"code": 0}, "exit code 0"),
    ],
)
def test_the_error_says_how_the_worker_ended_and_keeps_its_last_words(
    client: WorkerClient, fields: dict[str, int], words: str
) -> None:
    error = failure_of(client, "die", **fields)
    assert error.code == "worker.crashed"
    assert words in error.message
    assert "about to die" in error.details
    assert client.request("echo").fields == {}


@posix_only
def test_a_fault_in_native_code_leaves_a_traceback(client: WorkerClient) -> None:
    error = failure_of(client, "fault")
    assert "segmentation fault" in error.message
    assert "in fault" in error.details


def test_a_flood_on_standard_error_stops_nothing(client: WorkerClient) -> None:
    client.request("flood", {"bytes": 8_000_000})
    # the answer may overtake standard error
    assert wait_until(lambda: "the last line" in client.chatter.splitlines()[-2:])
    assert len(client.chatter) < 200_000


def test_the_end_of_a_flood_is_kept_when_the_worker_dies(client: WorkerClient) -> None:
    error = failure_of(client, "flood", bytes=8_000_000, die=True)
    assert "exit code 3" in error.message
    assert error.details.splitlines()[-1] == "the last line"
    assert len(error.details) < 200_000


@posix_only
def test_what_a_killed_worker_started_ends_as_well(client: WorkerClient) -> None:
    children: list[int] = []
    with pytest.raises(WorkerError):
        client.request("family", {"die": True}, on_progress=lambda progress: children.append(int(progress.stage)))
    assert len(children) == 1
    assert is_gone_in_time(children[0])


def test_after_five_crashes_in_a_row_no_more_workers_are_started(client: WorkerClient) -> None:
    codes = [failure_of(client, "die", code=1).code for _ in range(6)]
    assert codes == ["worker.crashed"] * 4 + ["worker.gave_up"] * 2
    error = failure_of(client)
    assert error.code == "worker.gave_up"
    assert "5 times in a row" in error.message
    assert "exit code 1" in error.message
    assert "doctor" in error.hint
    assert not client.is_running


def test_a_client_that_gave_up_tries_again_after_a_reset(client: WorkerClient) -> None:
    for _ in range(5):
        failure_of(client, "die", code=1)
    client.reset()
    assert client.request("echo").fields == {}


def test_an_answer_in_between_starts_the_count_anew(client: WorkerClient) -> None:
    for _ in range(4):
        failure_of(client, "die", code=1)
    client.request("echo")
    codes = [failure_of(client, "die", code=1).code for _ in range(5)]
    assert codes == ["worker.crashed"] * 4 + ["worker.gave_up"]


@posix_only
def test_the_same_request_works_on_the_next_run(client: WorkerClient, tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    assert failure_of(client, "die_once", marker=marker).code == "worker.crashed"
    assert client.request("die_once", {"marker": marker}).flag("lived")


@pytest.mark.parametrize(
    ("way", "code", "words"),
    [
        ("old_version", "worker.version", "'0.0.1'"),
        ("other_protocol", "worker.version", "protocol 999"),
        (
            "exit_early",
            "worker.no_hello",
            'before it said hello (exit code 9); its last words: "no module named something"',
        ),
        ("banner", "worker.garbage", "Welcome"),
        ("garbage_reply", "worker.garbage", "no frame"),
        ("huge_announcement", "worker.garbage", "9223372036854775808"),
        ("half_frame", "worker.stalled", "silent in the middle of a message"),
        ("half_frame_then_end", "worker.crashed", "exit code 0"),
        ("foreign_id", "worker.garbage", "request 77 out of turn"),
        ("bad_progress", "worker.bad_field", "'stage'"),
        ("close_pipe", "worker.crashed", "closed its pipe"),
    ],
)
def test_a_worker_that_breaks_the_protocol_is_ended_and_the_error_says_why(
    make_client: MakeClient, way: str, code: str, words: str
) -> None:
    client = make_client(way)
    error = failure_of(client)
    assert isinstance(error, WorkerError)
    assert error.code == code
    assert words in error.message
    assert error.hint
    assert not client.is_running


def test_a_worker_that_never_says_hello_is_ended(make_client: MakeClient) -> None:
    client = make_client("mute", patience=Patience(hello_seconds=0.5))
    error = failure_of(client)
    assert error.code == "worker.no_hello"
    assert "0.5 s" in error.message


def test_a_start_can_be_cancelled(make_client: MakeClient) -> None:
    client = make_client("mute")
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        client.request("echo", cancelled=lambda: next(answers))
    assert not client.is_running


def test_a_worker_that_never_reads_can_still_be_cancelled(make_client: MakeClient) -> None:
    client = make_client("never_read")
    client.start()
    answers = iter([False] * 10 + [True] * 100)
    with pytest.raises(Cancelled):
        client.request("echo", {}, {"b": Blob.of(bytes(10_000_000))}, cancelled=lambda: next(answers))
    assert not client.is_running


@posix_only
def test_an_output_held_open_by_a_stranger_does_not_hide_the_end(make_client: MakeClient) -> None:
    client = make_client("bequeath_pipe")
    polls = itertools.count()
    with pytest.raises(WorkerError, match="exit code 4") as caught:
        client.request("echo", cancelled=lambda: next(polls) > 100)  # not before the stranger closes it
    assert caught.value.code == "worker.crashed"
    os.kill(int(caught.value.details.split()[-1]), signal.SIGKILL)


def test_a_frame_larger_than_the_limit_is_not_taken(make_client: MakeClient) -> None:
    from maya_a2f.link.framing import Limits

    client = make_client(limits=Limits(blobs_bytes=1000))
    error = failure_of(client, "big", items=1000)
    assert error.code == "worker.garbage"
    assert "4000" in error.message


def test_an_entry_that_is_not_there_is_named(make_client: MakeClient) -> None:
    client = make_client(entry=SERVICES / "nowhere.py", patience=PATIENCE)
    error = failure_of(client)
    assert error.code == "worker.no_hello"
    assert "nowhere.py" in error.message
