"""A take as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

from maya_a2f.core.take import Take
from maya_a2f.core.take_text import take_csv, take_json

TAKE = Take(Fraction(30000, 1001), {"jawOpen": [0.0, 1 / 3, -1e-12], "jaw.rotateX": [1.5, -2.0, 0.1234567891]})


def test_csv_rows_hold_time_and_every_channel() -> None:
    rows = list(csv.reader(io.StringIO(take_csv(TAKE))))
    assert rows[0] == ["time", "jawOpen", "jaw.rotateX"]
    assert len(rows) == 4
    assert abs(float(rows[2][0]) - 1001 / 30000) < 1e-9
    assert abs(float(rows[2][1]) - 1 / 3) < 1e-9
    assert rows[3][1] == "0"


def test_json_keeps_values_exactly() -> None:
    data = json.loads(take_json(TAKE))
    assert data["channels"]["jawOpen"] == TAKE.tracks["jawOpen"]
    assert data["rate"] == [30000, 1001]
