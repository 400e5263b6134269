"""Logs: bounded, shared, and never in the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_a2f.errors import UserError
from maya_a2f.link.log_file import LogFile, log_chatter, log_error, start_logging


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """The package's loggers as they were."""
    kept = [
        (logging.getLogger(name), list(logging.getLogger(name).handlers)) for name in ("maya_a2f", "maya_a2f.worker")
    ]
    for logger, _ in kept:
        logger.handlers.clear()
    yield
    for logger, handlers in kept:
        logger.handlers[:] = handlers


def test_the_files_stay_within_their_number_and_size(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "worker.log", max_bytes=1000, files=3)
    for number in range(200):
        log.write(f"line {number} of a long story")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["worker.log", "worker.log.1", "worker.log.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert log.tail(1).endswith("line 199 of a long story")
    newest_old = (tmp_path / "worker.log.1").read_text().splitlines()[-1]
    first_new = (tmp_path / "worker.log").read_text().splitlines()[0]
    assert int(newest_old.split("line ")[1].split()[0]) + 1 == int(first_new.split("line ")[1].split()[0])


def test_two_writers_share_a_file(tmp_path: Path) -> None:
    first, second = LogFile(tmp_path / "a.log"), LogFile(tmp_path / "a.log")
    for number in range(5):
        first.write(f"first {number}")
        second.write(f"second {number}")
    assert len((tmp_path / "a.log").read_text().splitlines()) == 10


def test_a_log_that_cannot_be_written_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = LogFile(tmp_path / "file" / "a.log")
    log.write("lost")
    assert log.tail() == ""


def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log")
    log.write("x" * 10_000_000)
    assert (tmp_path / "a.log").stat().st_size < 10_000


def test_the_package_and_its_worker_have_a_file_each(tmp_path: Path) -> None:
    start_logging(tmp_path, "maya")
    start_logging(tmp_path, "maya")
    logging.getLogger("maya_a2f.host").info("baked %d curves", 72)
    log_chatter("a2f worker: Größe\n".encode())
    assert (tmp_path / "maya.log").read_text("utf-8").count("baked 72 curves") == 1
    assert "Größe" in (tmp_path / "worker.log").read_text("utf-8")
    assert "Größe" not in (tmp_path / "maya.log").read_text("utf-8")


def test_without_a_start_nothing_is_written_or_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log_chatter(b"quiet\n")
    assert not list(tmp_path.iterdir())
    assert capsys.readouterr().err == ""


def test_an_error_that_was_shown_is_kept_with_its_details(tmp_path: Path) -> None:
    start_logging(tmp_path, "maya")
    log_error(UserError("The clip 'ü.wav' is empty.", code="clip.empty", details="0 samples"))
    text = (tmp_path / "maya.log").read_text("utf-8")
    assert "clip.empty" in text
    assert "0 samples" in text
