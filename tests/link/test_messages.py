"""Every field read off the wire is checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from maya_a2f.errors import A2FError, Cancelled, EngineError, HostError, UserError, WorkerError
from maya_a2f.link.blob import Blob
from maya_a2f.link.messages import (
    ERROR,
    PROGRESS,
    Content,
    Message,
    Progress,
    error_message,
    error_of,
    progress_message,
    progress_of,
)

Read = Callable[[Content], Any]


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        ("a", lambda m: m.text("x"), "a"),
        (3, lambda m: m.integer("x", minimum=3, maximum=3), 3),
        (3, lambda m: m.number("x"), 3.0),
        (-0.5, lambda m: m.number("x", minimum=-1, maximum=1), -0.5),
        (False, lambda m: m.flag("x"), False),
        (["a", "b"], lambda m: m.texts("x"), ("a", "b")),
        ({"joy": 1}, lambda m: m.numbers("x"), {"joy": 1.0}),
        ({"a": [1]}, lambda m: m.table("x"), {"a": [1]}),
        ([1, "a"], lambda m: m.items("x"), [1, "a"]),
    ],
)
def test_a_field_of_the_right_type_is_read(value: object, read: Read, expected: object) -> None:
    assert read(Content({"x": value})) == expected


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1, lambda m: m.text("x")),
        (None, lambda m: m.text("x")),
        (1.0, lambda m: m.integer("x")),
        (True, lambda m: m.integer("x")),
        (2, lambda m: m.integer("x", minimum=3)),
        (4, lambda m: m.integer("x", maximum=3)),
        (2**70, lambda m: m.integer("x")),
        ("1", lambda m: m.number("x")),
        (True, lambda m: m.number("x")),
        (math.nan, lambda m: m.number("x")),
        (math.inf, lambda m: m.number("x")),
        (10**400, lambda m: m.number("x")),
        (1.1, lambda m: m.number("x", maximum=1)),
        (0, lambda m: m.flag("x")),
        ("ab", lambda m: m.texts("x")),
        (["a", 1], lambda m: m.texts("x")),
        ({"joy": "much"}, lambda m: m.numbers("x")),
        ([], lambda m: m.numbers("x")),
        ([["a", 1]], lambda m: m.table("x")),
        ({}, lambda m: m.items("x")),
        ("ab", lambda m: m.items("x")),
        (1, lambda m: m.text("y")),
        (1, lambda m: m.blob("x", "f4")),
    ],
)
def test_a_field_of_the_wrong_type_is_refused_by_name(value: object, read: Read) -> None:
    with pytest.raises(WorkerError, match=r"'[xy]'") as caught:
        read(Content({"x": value}))
    assert caught.value.code == "worker.bad_field"


def test_a_default_stands_for_a_missing_field_but_not_for_a_wrong_one() -> None:
    assert Content().text("x", "fallback") == "fallback"
    assert Content().number("x", 2.0) == 2.0
    with pytest.raises(WorkerError):
        Content({"x": 5}).text("x", "fallback")


def test_a_blob_of_another_type_or_dimension_is_refused() -> None:
    content = Content({}, {"b": Blob.from_floats([1, 2], (1, 2))})
    assert content.blob("b", "f4", 2).shape == (1, 2)
    for dtype, dimensions in (("f8", 2), ("f4", 1)):
        with pytest.raises(WorkerError, match="'b'"):
            content.blob("b", dtype, dimensions)


def test_progress_crosses_as_it_is() -> None:
    progress = Progress("infer", 3.5, 7.0, "window 3")
    assert progress_of(progress_message(4, progress)) == progress
    assert progress.fraction == 0.5
    assert Progress("infer", 3, 0).fraction == 0.0
    assert Progress("infer", 9, 7).fraction == 1.0


@pytest.mark.parametrize(
    "fields", [{}, {"stage": "a", "done": -1, "total": 1}, {"stage": "a", "done": 1, "total": None}]
)
def test_a_malformed_progress_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(WorkerError):
        progress_of(Message(kind=PROGRESS, id=1, fields=fields))


@pytest.mark.parametrize("kind", [UserError, EngineError, WorkerError, HostError, Cancelled])
def test_an_error_of_every_group_crosses_as_its_class(kind: type[A2FError]) -> None:
    error = kind("The clip 'a' is odd.", code="clip.odd", hint="Try another.", details="why")
    crossed = error_of(error_message(3, error))
    assert type(crossed) is kind
    assert crossed.to_dict() == error.to_dict()


def test_an_error_of_an_unknown_group_is_the_workers() -> None:
    crossed = error_of(Message(kind=ERROR, id=1, fields={"group": "weather", "message": "Rain.", "code": "w.r"}))
    assert type(crossed) is WorkerError
    assert crossed.code == "w.r"


def test_a_malformed_error_is_refused() -> None:
    with pytest.raises(WorkerError, match="'message'"):
        error_of(Message(kind=ERROR, id=1, fields={"group": "user", "message": ["x"], "code": "c"}))
