"""Measures of the head in centimetres: the numbers other modules must agree on."""

from __future__ import annotations

EYE_CENTRE = (3.15, 0.0, 6.68)
"""Centre of the left eyeball; the right one is mirrored. Twice x is the interpupillary distance."""
EYE_RADIUS = 1.6
IRIS_RADIUS = 0.78

MOUTH_Y = -6.85
"""Height of the lip contact line at the centre."""
MOUTH_HALF_WIDTH = 2.42

HINGE = (0.0, -2.0, -0.3)
"""Axis of the jaw joint in the skull (the condyles), x = 0."""
JAW_OPEN_DEGREES = 19.0
JAW_FORWARD_CM = 0.6
JAW_SIDE_CM = 0.7

NECK_BOTTOM_Y = -17.0
NECK_JOINT = (0.0, -16.0, -2.7)
"""Foot of the neck: it bends from there, so that the cut below stays where it is."""
HEAD_JOINT = (0.0, -5.0, -2.5)
