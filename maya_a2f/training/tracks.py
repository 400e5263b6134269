"""The articulatory tracks between phones and controls: what the teacher draws and the network predicts."""

from __future__ import annotations

from maya_a2f.training.phones import TONGUE_TRACKS

TRACKS: tuple[str, ...] = (
    "gap",
    "jaw",
    "pucker",
    "funnel",
    "spread",
    "tuck",
    "contact",
    *TONGUE_TRACKS,
    "brow",
    "blink",
)
"""Columns of a track array. ``gap`` is centimetres of inner-lip opening, ``jaw`` a weight, the others 0…1; ``contact``
is the degree of bilabial contact, which the network predicts as a probability."""
COLUMN: dict[str, int] = {name: column for column, name in enumerate(TRACKS)}
TRACK_RATE_HZ = 100
CLOSED_GAP_CM = -0.03
"""The gap that full contact pulls to: lips touch and press by a hair."""
