"""A take as text for other programs: CSV and JSON.

CSV: first column ``time`` in seconds, then one column per channel; degrees, centimetres, plain weights; values with
nine decimals. JSON: the same with exact values, the rate as a fraction, and what made the take.
"""

from __future__ import annotations

import json

from maya_a2f.core.take import Take

JSON_SCHEMA = "a2f.take_json/1"


def take_csv(take: Take) -> str:
    """The take as CSV text; one row per frame."""
    columns = list(take.tracks.values())
    lines = [",".join(["time", *take.tracks])]
    for frame in range(take.frame_count):
        row = [float(take.seconds(frame)), *(column[frame] for column in columns)]
        lines.append(",".join(map(_short, row)))
    return "\n".join(lines) + "\n"


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


def _short(value: float) -> str:
    """Nine decimals without trailing zeros, and no minus before zero."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
