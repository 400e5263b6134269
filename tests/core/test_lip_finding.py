"""Lips found on a face by what jawOpen and mouthClose do to it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import replace

import pytest

from maya_a2f.core.lip_finding import LipPair, Vector, find_lips
from maya_a2f.core.lip_seal import sealed_unasked
from maya_a2f.core.rig_description import Control, ControlSample, RigDescription
from maya_a2f.core.rig_map import Derived, Drive, RigMap

OURS = {"jawOpen": 3.0, "mouthClose": -3.0}
MAP = RigMap("bob", {f"face.{name}": Drive({name: 1.0}) for name in OURS})
COLUMNS, HALF_WIDTH = 13, 5.0
LIP_ROWS = (4.0, 2.5, 1.2, 0.04)
"""Heights of the upper lip's rows over the seam; the lower lip's are as far under it."""
UPPER, LOWER = 3 * COLUMNS + 6, 4 * COLUMNS + 6
Turn = Callable[[Vector], Vector]


def face(
    ratio: float = 1.0, *, turn: Turn = lambda place: place, flip: bool = False, gap: float = 0.0
) -> RigDescription:
    """A bent sheet slit along the mouth, with teeth behind: ``jawOpen`` takes the lower half 2.5 cm down and back,
    ``mouthClose`` brings back ``ratio`` of it. Its corners hold both halves together."""
    heights = [*LIP_ROWS, *(-height - gap for height in reversed(LIP_ROWS))]
    points: list[Vector] = []
    jaw: dict[int, Vector] = {}
    seal: dict[int, Vector] = {}
    for row, height in enumerate(heights):
        for column in range(COLUMNS):
            x = HALF_WIDTH * (2 * column / (COLUMNS - 1) - 1)
            y = 0.0 if abs(x) == HALF_WIDTH and row in (3, 4) else height
            share = max(0.0, 1 - (x / HALF_WIDTH) ** 2)
            if row >= 4:
                share *= 1 - 0.1 * (row - 4)
                jaw[len(points)] = (0.1 * x * share, -2.5 * share, -1.2 * share)
                back = ratio * (1 - 0.3 * (row - 4))
                seal[len(points)] = (0.0, 2.5 * share * back, 1.2 * share * back)
            points.append((x, y, 10 - 0.1 * x * x))
    quads = [
        (row * COLUMNS + at, row * COLUMNS + at + 1, (row + 1) * COLUMNS + at + 1, (row + 1) * COLUMNS + at)
        for row in range(len(heights) - 1)
        for at in range(COLUMNS - 1)
        if row != 3 or at in (0, COLUMNS - 2)
    ]
    for y in (0.01, -0.01):  # the teeth, which only the jaw moves
        start = len(points)
        points += [(x, y + way, 8.0) for way in (0.0, math.copysign(1.0, y)) for x in (-1.0, 0.0, 1.0)]
        quads += [(start + at, start + at + 1, start + at + 4, start + at + 3) for at in (0, 1)]
        if y < 0:
            jaw |= dict.fromkeys(range(start, start + 6), (0.0, -2.4, -1.1))
    corners = [vertex for quad in quads for vertex in (reversed(quad) if flip else quad)]
    return RigDescription(
        "bob",
        array("f", [axis for place in points for axis in turn(place)]),
        array("i", [4] * len(quads)),
        array("i", corners),
        (control("face.jawOpen", jaw, turn), control("face.mouthClose", seal, turn)),
    )


def control(name: str, moved: dict[int, Vector], turn: Turn) -> Control:
    deltas = array("f", [axis for vertex in sorted(moved) for axis in turn(moved[vertex])])
    return Control(name, "weight", 0.0, 0.0, 1.0, False, (ControlSample(1.0, array("i", sorted(moved)), deltas),))


def motion(described: RigDescription, at: int) -> dict[int, Vector]:
    sample = described.controls[at].samples[0]
    return {v: tuple(sample.deltas[3 * i : 3 * i + 3]) for i, v in enumerate(sample.indices)}  # type: ignore[misc]


def found(described: RigDescription) -> LipPair | str:
    return find_lips(described, motion(described, 0), motion(described, 1))


TURNS: dict[str, tuple[Turn, int, int]] = {
    "as it is": (lambda p: p, 1, 1),
    "a tenth of the size": (lambda p: (0.1 * p[0], 0.1 * p[1], 0.1 * p[2]), 1, 1),
    "elsewhere": (lambda p: p, 1, 1),
    "on its back": (lambda p: (p[0], -p[2], p[1]), 2, 1),
    "upside down": (lambda p: (-p[0], -p[1], p[2]), 1, -1),
    "looking aside": (lambda p: (p[2], p[1], -p[0]), 1, 1),
    "mirrored": (lambda p: (-p[0], p[1], p[2]), 1, 1),
}


@pytest.mark.parametrize("ratio", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("how", TURNS)
@pytest.mark.parametrize("flip", [False, True])
def test_the_middle_of_the_lips_is_found_whichever_way_the_face_lies(ratio: float, how: str, flip: bool) -> None:
    turn, axis, sign = TURNS[how]
    described = face(ratio, turn=turn, flip=flip)
    if how == "elsewhere":
        moved = array("f", [place + 7.0 for place in described.points])
        described = replace(described, points=moved)
    assert found(described) == LipPair(UPPER, LOWER, axis, sign)


@pytest.mark.parametrize("ratio", [0.7, 1.3])
@pytest.mark.parametrize("how", ["as it is", "a third more", "on its back"])
def test_a_seal_that_closes_too_little_or_too_much_is_put_right(ratio: float, how: str) -> None:
    turns: dict[str, Turn] = {"a third more": lambda p: (1.3 * p[0], 1.3 * p[1], 1.3 * p[2])}
    made, note = sealed_unasked(MAP, OURS, face(ratio, turn=turns.get(how) or TURNS[how][0]))
    terms = dict(made.derived["jawOpen"].operands)
    assert terms["mouthClose"] == pytest.approx(ratio - 1.0, abs=1e-3)
    assert f"closes {ratio:.2f} x" in note
    assert made.drives == MAP.drives


@pytest.mark.parametrize("ratio", [0.97, 1.0, 1.03])
def test_a_seal_like_ours_is_left_as_it_is_without_a_word(ratio: float) -> None:
    assert sealed_unasked(MAP, OURS, face(ratio)) == (MAP, "")


def one_sided(described: RigDescription) -> RigDescription:
    moved = {v: way for v, way in motion(described, 0).items() if described.points[3 * v] <= 0.0}
    return replace(described, controls=(control("face.jawOpen", moved, lambda p: p), described.controls[1]))


@pytest.mark.parametrize(
    ("described", "words"),
    [
        (one_sided(face(1.3)), "which axis mirrors"),
        (face(1.3, gap=1.0), "touches at rest"),
        (face(0.1), "brings back nothing"),
        (face(2.4), "closes 2.40 x"),
        (face(1.3, turn=lambda p: (p[0], p[1] - 0.5 * p[2], p[2] + 0.5 * p[1])), "up axis"),
        (face(1.3, turn=lambda p: (0.8 * p[0] + 0.6 * p[2], p[1], 0.8 * p[2] - 0.6 * p[0])), "which axis mirrors"),
        (replace(face(1.3), face_counts=array("i"), face_indices=array("i")), "touches at rest"),
    ],
)
def test_a_face_whose_lips_are_not_clear_is_left_as_it_is_and_says_so(described: RigDescription, words: str) -> None:
    made, note = sealed_unasked(MAP, OURS, described)
    assert made is MAP
    assert words in note
    assert "--landmarks" in note


def test_touching_vertices_that_move_unlike_are_not_trusted() -> None:
    described = face(1.3)
    seal = motion(described, 1)
    for vertex in range(LOWER - 1, LOWER + 2):
        described = replace(described, points=beside(described.points, vertex, 0.1 * (vertex - LOWER)))
    seal[LOWER + 1] = (0.0, 1.2, 0.6)
    words = find_lips(described, motion(described, 0), seal)
    assert words == "vertices that touch between the lips are not moved alike"


def beside(points: array[float], vertex: int, x: float) -> array[float]:
    moved = array("f", points)
    for at, sideways in ((vertex, x), (vertex - COLUMNS, x)):
        moved[3 * at] = sideways
    return moved


@pytest.mark.parametrize(
    "rig_map",
    [
        RigMap("bob", {"face.jawOpen": Drive({"jawOpen": 1.0})}),
        RigMap("bob", {**MAP.drives, "face.jawOpen": Drive({"jawOpen": 1.0}, muted=True)}),
        replace(MAP, derived={"jawOpen": Derived("sum", (("jawOpen", 1.0),), ((0.0, 0.0), (1.0, 1.0)))}),
    ],
)
def test_a_map_without_both_shapes_or_with_its_own_jaw_is_no_matter(rig_map: RigMap) -> None:
    assert sealed_unasked(rig_map, OURS, face(1.3)) == (rig_map, "")
