"""The take and its file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maya_a2f.core.take import Take, read_take, take_bytes, take_from_bytes, write_take
from maya_a2f.errors import A2FError, HostError, UserError

TAKE = Take(
    rate=Fraction(24000, 1001),
    tracks={"jawOpen": [0.0, 0.1, 1 / 3], "jaw.rotateX": [1e-300, -2.5, 17.0]},
    tail_frames=1,
    made_by={"package": "default", "emotion": {"joy": 0.5}},
    unavailable=("tongue shapes",),
    notes=("Größe",),
)


def as_lists(take: Take) -> dict[str, list[float]]:
    return {name: list(samples) for name, samples in take.tracks.items()}


def test_a_take_survives_its_file_bit_for_bit(tmp_path: Path) -> None:
    write_take(TAKE, tmp_path / "x.a2ftake")
    read = read_take(tmp_path / "x.a2ftake")
    assert as_lists(read) == as_lists(TAKE)
    assert (read.rate, read.tail_frames, read.made_by, read.unavailable, read.notes) == (
        TAKE.rate, TAKE.tail_frames, TAKE.made_by, TAKE.unavailable, TAKE.notes,
    )  # fmt: skip


def test_equal_takes_are_equal_files() -> None:
    assert take_bytes(TAKE) == take_bytes(take_from_bytes(take_bytes(TAKE)))


def test_times_are_exact() -> None:
    assert TAKE.seconds(24000) == 1001
    assert TAKE.clip_frame_count == 2


def test_every_single_damaged_byte_is_noticed() -> None:
    content = take_bytes(TAKE)
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x10
        with pytest.raises(UserError):
            take_from_bytes(bytes(damaged))


@given(st.integers(0, 400))
def test_a_take_cut_short_is_refused(length: int) -> None:
    content = take_bytes(TAKE)
    if length < len(content):
        with pytest.raises(A2FError):
            take_from_bytes(content[:length])


def test_a_newer_take_says_so() -> None:
    content = take_bytes(TAKE)
    with pytest.raises(UserError) as caught:
        take_from_bytes(content[:7] + b"\x02" + content[8:])
    assert caught.value.code == "take.newer"


def test_a_missing_take_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.a2ftake"):
        read_take(tmp_path / "gone.a2ftake")


def test_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="folder does not exist"):
        write_take(TAKE, tmp_path / "no" / "x.a2ftake")
    assert not list(tmp_path.iterdir())
