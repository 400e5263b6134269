"""A take as text for other programs: CSV and JSON.

CSV: first column ``time`` in seconds, then one column per channel; degrees, centimetres, plain weights; values with
nine decimals. JSON: the same with exact values, the rate as a fraction, and what made the take.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from maya_a2f.core.take import Take

JSON_SCHEMA = "a2f.take_json/1"


def take_csv(take: Take) -> str:
    """The take as CSV text; one row per frame."""
    frames = range(take.frame_count)
    # A quotient of whole numbers is rounded once, as that of fractions is.
    times = [frame * take.rate.denominator / take.rate.numerator for frame in frames]
    columns = [_shortened(samples) for samples in (times, *take.tracks.values())]
    rows = "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))
    # What is left of whole numbers, and of values that round to zero from below.
    rows = rows.replace(".,", ",").replace(".\n", "\n").replace("-0,", "0,").replace("-0\n", "0\n")
    return ",".join(["time", *take.tracks]) + "\n" + rows


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


def _shortened(samples: Sequence[float]) -> list[str]:
    """Nine decimals without trailing zeros; a point may be left at the end. Many samples of a take are zero."""
    if not any(samples):
        return ["0"] * len(samples)
    return [f"{value:.9f}".rstrip("0") if value else "0" for value in samples]
