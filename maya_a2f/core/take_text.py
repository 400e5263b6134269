"""A take as text for other programs: CSV and JSON.

CSV: first column ``time`` in seconds, then one column per channel; degrees, centimetres, plain weights; values with
nine decimals. JSON: the same with exact values, the rate as a fraction, and what made the take.
"""

from __future__ import annotations

import json
import re

from maya_a2f.core.take import Take

JSON_SCHEMA = "a2f.take_json/1"
_TRAILING_ZEROS = re.compile(r"\.?0+(?=,|$)")
_MINUS_ZERO = re.compile(r"(?<![^,])-0(?![^,])")


def take_csv(take: Take) -> str:
    """The take as CSV text; one row per frame."""
    times = [float(take.seconds(frame)) for frame in range(take.frame_count)]
    pattern = ",".join(["%.9f"] * (1 + len(take.tracks)))
    rows = [pattern % row for row in zip(times, *take.tracks.values(), strict=True)]
    return "\n".join([",".join(["time", *take.tracks]), *map(_short, rows)]) + "\n"


def take_json(take: Take) -> str:
    """The take as JSON text."""
    data = {
        "schema": JSON_SCHEMA,
        "rate": [take.rate.numerator, take.rate.denominator],
        "frames": take.frame_count,
        "tailFrames": take.tail_frames,
        "times": [float(take.seconds(frame)) for frame in range(take.frame_count)],
        "channels": {name: list(samples) for name, samples in take.tracks.items()},
        "unavailable": list(take.unavailable),
        "notes": list(take.notes),
        "madeBy": take.made_by,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _short(row: str) -> str:
    """Nine decimals without trailing zeros, and no minus before zero."""
    return _MINUS_ZERO.sub("0", _TRAILING_ZEROS.sub("", row))
