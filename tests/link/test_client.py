"""The client with a worker that behaves."""

from __future__ import annotations

import math
import os
import sys
import threading
from array import array
from pathlib import Path

import pytest

import maya_a2f
from maya_a2f.errors import Cancelled, EngineError, UserError, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.client import Patience, WorkerClient
from maya_a2f.link.messages import Message, Progress
from tests.link.conftest import MakeClient, is_alive, is_gone_in_time


def test_fields_and_blobs_come_back_as_they_were_sent(client: WorkerClient) -> None:
    fields = {"text": "Käse \udcff", "number": -1.5e-300, "whole": 2**53, "list": [None, True], "table": {"": {}}}
    blobs = {
        "f4": Blob.from_floats([0.1, math.inf, -0.0], (3, 1)),
        "f8": Blob.of(array("d", [math.pi])),
        "i4": Blob.of(array("i", [-(2**31), 7])),
        "empty": Blob.from_floats([], (0, 3)),
        "bytes": Blob.of(b"\r\n\x1a\x00"),
    }
    message = client.request("echo", fields, blobs)
    assert message.fields == fields
    assert dict(message.blobs) == blobs


def test_one_worker_serves_many_requests(client: WorkerClient) -> None:
    client.start()
    first = client.process_id
    for value in range(20):
        assert client.request("echo", {"value": value}).integer("value") == value
    assert client.process_id == first


def test_progress_arrives_in_order_and_the_result_last(client: WorkerClient) -> None:
    seen: list[Progress] = []
    message = client.request("slow", {"seconds": 0.5}, on_progress=seen.append)
    assert message.integer("steps") == 5
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert seen[0] == Progress("work", 0.0, 5.0, "step 0")
    assert len(seen) >= 3


def test_progress_is_thinned_but_each_stage_keeps_its_first_and_last(client: WorkerClient) -> None:
    seen: list[Progress] = []
    client.request("hurry", on_progress=seen.append)
    for stage in ("first", "second"):
        assert [p.done for p in seen if p.stage == stage][
            :: max(1, len([p for p in seen if p.stage == stage]) - 1)
        ] == [
            0.0,
            20000.0,
        ]
    assert len(seen) < 400


def test_events_end_with_the_message(client: WorkerClient) -> None:
    events = list(client.events("slow", {"seconds": 0.3}))
    assert isinstance(events[-1], Message)
    assert all(isinstance(event, Progress) for event in events[:-1])


def test_megabytes_cross_both_ways(client: WorkerClient) -> None:
    values = client.request("big", {"items": 4_000_000}).blob("values", "f4", 1)
    assert values.shape == (4_000_000,)
    assert client.request("echo", {}, {"values": values}).blob("values", "f4", 1) == values


def test_nothing_that_is_printed_damages_the_link(client: WorkerClient) -> None:
    message = client.request("chat")
    assert message.text("stdin") == ""
    for line in ("printed", "through the original stream", "straight to descriptor 1", "from C", "from a child"):
        assert line in client.chatter.splitlines()


def test_a_users_error_arrives_as_it_left_with_the_workers_traceback(client: WorkerClient) -> None:
    with pytest.raises(UserError, match=r"The clip 'a\.wav' is empty") as caught:
        client.request("refuse")
    assert caught.value.code == "clip.empty"
    assert caught.value.hint == "Choose another."
    assert caught.value.details.startswith("0 samples")
    assert "various.py" in caught.value.details
    assert client.is_running


@pytest.mark.parametrize(
    ("name", "kind", "code", "words"),
    [
        ("fail", WorkerError, "worker.failed", "something nobody thought of"),
        ("leave", WorkerError, "worker.failed", "SystemExit"),
        ("starve", WorkerError, "worker.memory", "out of memory"),
        ("lack", EngineError, "engine.package_missing", "'a_package_that_nobody_has'"),
        ("answer_nan", WorkerError, "worker.unsendable", "not JSON compliant"),
        ("slow", WorkerError, "worker.bad_field", "'seconds'"),
        ("dance", WorkerError, "worker.unknown_request", "'dance'"),
    ],
)
def test_a_handler_that_fails_costs_no_worker(
    client: WorkerClient, name: str, kind: type[Exception], code: str, words: str
) -> None:
    client.start()
    first = client.process_id
    with pytest.raises(kind, match=words) as caught:
        client.request(name)
    assert getattr(caught.value, "code", "") == code
    assert client.request("echo").fields == {}
    assert client.process_id == first


def test_what_cannot_be_sent_is_refused_before_it_is_sent(client: WorkerClient) -> None:
    for value in (math.nan, {1, 2}, b"bytes"):
        with pytest.raises(WorkerError) as caught:
            client.request("echo", {"value": value})
        assert caught.value.code == "worker.unsendable"
    assert client.request("echo", {"value": 1}).integer("value") == 1


def test_a_thread_left_behind_cannot_talk_about_a_request_that_ended(client: WorkerClient) -> None:
    client.request("babble_on")
    for _ in range(50):
        client.request("echo")
    assert client.is_running


def test_a_cancelled_request_ends_and_the_worker_stays(client: WorkerClient) -> None:
    client.start()
    first = client.process_id
    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        client.request("slow", {"seconds": 60}, on_progress=seen.append, cancelled=lambda: len(seen) >= 2)
    assert client.request("echo").fields == {}
    assert client.process_id == first


def test_cancel_from_another_thread(client: WorkerClient) -> None:
    with pytest.raises(Cancelled):
        client.request("slow", {"seconds": 60}, on_progress=lambda _: threading.Thread(target=client.cancel).start())
    assert client.is_running


def test_a_cancel_between_requests_harms_nothing(client: WorkerClient) -> None:
    client.cancel()
    assert client.request("echo").fields == {}


def test_a_handler_that_hears_no_cancel_is_killed_after_the_grace(client: WorkerClient) -> None:
    client.start()
    first = client.process_id
    assert first is not None
    with pytest.raises(Cancelled):
        client.request("deaf", on_progress=lambda _: client.cancel())
    assert is_gone_in_time(first)
    assert client.request("echo").fields == {}
    assert client.process_id != first


def test_cancelling_is_no_crash(make_client: MakeClient) -> None:
    client = make_client(patience=Patience(cancel_seconds=0.05))
    for _ in range(6):
        with pytest.raises(Cancelled):
            client.request("deaf", on_progress=lambda _: client.cancel())
    assert client.request("echo").fields == {}


def test_what_is_cancelled_before_it_begins_starts_no_process(client: WorkerClient) -> None:
    with pytest.raises(Cancelled):
        client.request("echo", cancelled=lambda: True)
    assert not client.is_running


def test_ctrl_c_cancels_and_tells_the_worker(client: WorkerClient, tmp_path: Path) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    marker = tmp_path / "marker"
    with pytest.raises(Cancelled):
        client.request("leave_marker", {"marker": str(marker)}, on_progress=interrupt)
    assert marker.read_text() == "cancelled"
    assert client.is_running


@pytest.mark.skipif(sys.platform == "win32", reason="signals itself")
def test_ctrl_c_while_waiting_cancels(client: WorkerClient) -> None:
    import signal

    client.start()
    seen: list[Progress] = []

    def interrupt_soon(progress: Progress) -> None:
        seen.append(progress)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(Cancelled):
        client.request("deaf", on_progress=interrupt_soon)
    assert len(seen) == 1
    assert client.request("echo").fields == {}


def test_an_error_in_the_progress_callback_calls_the_request_off(client: WorkerClient, tmp_path: Path) -> None:
    def stumble(_: Progress) -> None:
        raise RuntimeError("the panel is gone")

    marker = tmp_path / "marker"
    with pytest.raises(RuntimeError, match="the panel is gone"):
        client.request("leave_marker", {"marker": str(marker)}, on_progress=stumble)
    assert marker.read_text() == "cancelled"
    assert client.request("echo").fields == {}


def test_closing_the_events_early_calls_the_request_off(client: WorkerClient, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    events = client.events("leave_marker", {"marker": str(marker)})
    assert isinstance(next(events), Progress)
    events.close()
    assert marker.read_text() == "cancelled"
    assert client.request("echo").fields == {}


def test_a_second_request_at_the_same_time_is_refused(client: WorkerClient) -> None:
    def ask_again(_: Progress) -> None:
        client.request("echo")

    with pytest.raises(WorkerError) as caught:
        client.request("slow", {"seconds": 60}, on_progress=ask_again)
    assert caught.value.code == "worker.busy"


def test_closing_from_another_thread_cancels_the_request(client: WorkerClient) -> None:
    client.start()
    process_id = client.process_id
    assert process_id is not None
    with pytest.raises(Cancelled):
        client.request("slow", {"seconds": 60}, on_progress=lambda _: threading.Thread(target=client.close).start())
    assert is_gone_in_time(process_id)
    assert client.request("echo").fields == {}


def test_leaving_the_context_ends_the_worker(make_client: MakeClient) -> None:
    with make_client() as client:
        client.start()
        process_id = client.process_id
        assert process_id is not None
        assert is_alive(process_id)
    assert not is_alive(process_id)
    assert not client.is_running
    client.close()


def test_closing_asks_first_so_that_a_handler_may_clean_up(client: WorkerClient, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    closing = threading.Thread(target=client.close)
    with pytest.raises(Cancelled):
        client.request(
            "leave_marker",
            {"marker": str(marker)},
            on_progress=lambda _: closing.start(),
        )
    closing.join()
    assert marker.read_text() == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="counts processes by id")
def test_what_the_worker_started_ends_with_it(client: WorkerClient) -> None:
    child = client.request("family").integer("child")
    assert is_alive(child)
    client.close()
    assert is_gone_in_time(child)


def test_a_worker_that_will_not_leave_is_killed(make_client: MakeClient) -> None:
    client = make_client("hold_on")
    client.start()
    process_id = client.process_id
    assert process_id is not None
    client.close()
    assert not is_alive(process_id)


def test_the_hello_names_this_version(client: WorkerClient) -> None:
    client.start()
    assert client.process_id is not None
    assert is_alive(client.process_id)
    assert maya_a2f.__version__


def test_a_python_that_is_not_there_is_named(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(python=tmp_path / "no python")
    with pytest.raises(EngineError, match="no python") as caught:
        client.start()
    assert caught.value.code == "worker.not_started"
    assert "bootstrap" in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's way of waiting")
def test_where_the_system_cannot_wait_without_reaping_nothing_is_left_either(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "waitid", raising=False)
    child = client.request("family").integer("child")
    worker = client.process_id
    assert worker is not None
    client.close()
    assert is_gone_in_time(worker)
    assert is_gone_in_time(child)
    with pytest.raises(WorkerError, match="exit code 7"):
        client.request("die", {"code": 7})
    with pytest.raises(Cancelled):
        client.request("deaf", on_progress=lambda _: client.cancel())
