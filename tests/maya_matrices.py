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


def determinant(matrix: Rows) -> float:
    """Of the upper left three by three: no matrix here projects."""
    (a, b, c, _), (d, e, f, _), (g, h, i, _), _ = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def inverse(matrix: Rows) -> Rows:
    (a, b, c, _), (d, e, f, _), (g, h, i, _), last = matrix
    volume = determinant(matrix)
    turned = [
        [(e * i - f * h) / volume, (c * h - b * i) / volume, (b * f - c * e) / volume, 0.0],
        [(f * g - d * i) / volume, (a * i - c * g) / volume, (c * d - a * f) / volume, 0.0],
        [(d * h - e * g) / volume, (b * g - a * h) / volume, (a * e - b * d) / volume, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
    x, y, z = (-sum(last[k] * turned[k][column] for k in range(3)) for column in range(3))
    turned[3] = [x, y, z, 1.0]
    return turned


def flat(matrix: Rows) -> tuple[float, ...]:
    return tuple(float(value) for row in matrix for value in row)
