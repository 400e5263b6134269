"""Maya's matrices as its documentation writes them: row vectors, products from left to right. For tests only, and
written apart from the code under test."""

from __future__ import annotations

import math

Rows = list[list[float]]


def times(*matrices: Rows) -> Rows:
    result = identity()
    for matrix in matrices:
        result = [[sum(row[k] * matrix[k][column] for k in range(4)) for column in range(4)] for row in result]
    return result


def identity() -> Rows:
    return [[float(row == column) for column in range(4)] for row in range(4)]


def translation(x: float, y: float, z: float) -> Rows:
    return [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [x, y, z, 1]]


def scaling(x: float, y: float, z: float) -> Rows:
    return [[x, 0, 0, 0], [0, y, 0, 0], [0, 0, z, 0], [0, 0, 0, 1]]


def rotation(degrees: tuple[float, float, float], order: str = "xyz") -> Rows:
    """For row vectors the first axis of the order stands leftmost."""
    c, s = [math.cos(math.radians(angle)) for angle in degrees], [math.sin(math.radians(angle)) for angle in degrees]
    about = {
        "x": [[1, 0, 0, 0], [0, c[0], s[0], 0], [0, -s[0], c[0], 0], [0, 0, 0, 1]],
        "y": [[c[1], 0, -s[1], 0], [0, 1, 0, 0], [s[1], 0, c[1], 0], [0, 0, 0, 1]],
        "z": [[c[2], s[2], 0, 0], [-s[2], c[2], 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    }
    return times(*(about[letter] for letter in order))


def point(p: tuple[float, float, float], matrix: Rows) -> tuple[float, float, float]:
    x, y, z = (sum((*p, 1.0)[k] * matrix[k][column] for k in range(4)) for column in range(3))
    return x, y, z


def flat(matrix: Rows) -> tuple[float, ...]:
    return tuple(float(value) for row in matrix for value in row)
