"""Where in the panel an error is shown, and those that the panel itself raises."""

from __future__ import annotations

from fractions import Fraction

from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.errors import A2FError, HostError


def place_of(error: A2FError) -> str:
    """The section that an error belongs to; empty where it is the bar's."""
    subject = error.code.partition(".")[0]
    if subject in ("clip", "audio", "transcript") or error.code == "panel.no_clip":
        return "clip"
    if subject in ("rig_map", "character") or error.code in ("panel.no_character", "panel.no_drives"):
        return "character"
    if subject in ("model", "package", "rate") or error.code in ("parameter.unknown", "scene.rate"):
        return "keys"
    return ""


def rate_changed(before: Fraction, after: Fraction) -> HostError:
    """The scene got another rate while a run was under way."""
    return HostError(
        f"The scene's rate changed from {describe_rate(before)} to {describe_rate(after)} frames per second: "
        "the run was stopped and nothing was written.",
        code="panel.rate_changed",
        hint="Press Animate again.",
    )
