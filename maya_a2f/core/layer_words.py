"""Layers and gaze targets as words of a command line or a text field."""

from __future__ import annotations

from maya_a2f.core.layers import GazeTarget, Layer, bad_gaze, check_target
from maya_a2f.errors import UserError


def parse_layer(text: str) -> tuple[str, Layer]:
    """``blinks=0.5``, ``head=off``, ``brows=on`` or ``head=0.8:7`` (strength and seed), as on the command line."""
    name, equals, value = text.partition("=")
    amount, colon, seed = value.partition(":")
    words: dict[str, float] = {"off": 0.0, "on": 1.0}
    try:
        strength = words[amount.strip().lower()] if amount.strip().lower() in words else float(amount)
        layer = Layer(strength, int(seed) if colon else 0)
    except ValueError:
        equals = ""
    if not equals:
        raise UserError(
            f"'{text}' does not set a layer.",
            code="layer.bad",
            hint="Write NAME=STRENGTH, for example blinks=0.5, head=off or head=0.8:7 (7 is the seed).",
        )
    return name.strip(), layer


def parse_gaze(text: str) -> GazeTarget:
    """``X,Y`` degrees or ``X,Y,Z`` centimetres, held from ``@START-END`` seconds where given."""
    place, at, span = text.partition("@")
    try:
        numbers = [float(part) for part in place.split(",")]
        start, _, end = span.partition("-")
        times = (float(start), float(end) if end else None) if at else (None, None)
        x, y, *rest = numbers
        target = GazeTarget(x, y, rest[0] if rest else None, *times)
        if len(rest) > 1:
            raise ValueError
    except ValueError as error:
        raise bad_gaze(f"'{text}' is not understood") from error
    check_target(target)
    return target
