"""Where the eyes are told to look: a saccade there, a held gaze, a drift back; the lids follow a little.

Beyond some degrees the head takes a share of the way that grows with it, later and more slowly than the eyes (Freedman
and Sparks 1997: monkeys, beyond 20 degrees; 8 is our choice for people who face each other), and while a target is
looked at the eyes make up for the head's motion, as the vestibulo-ocular reflex does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.layers import GazeTarget
from maya_a2f.worker.saccades import eased, saccade_seconds

Doubles = NDArray[np.float64]

HALF_PUPIL_DISTANCE_CM = 3.15
_DRIFT_SECONDS = 0.7
_HEAD_SECONDS, _HEAD_DELAY_SECONDS = 0.55, 0.04
_HEAD_FREE_DEGREES, _HEAD_SHARE = 8.0, 0.35
_LIVELY_SHARE = 0.15
"""What is left of the eyes' own movements in a held gaze."""
_LID_DEGREES = {"Down": 35.0, "Up": 30.0, "In": 45.0, "Out": 45.0}
"""Turn of an eye at which its ``eyeLook…`` shape is full: the lids follow."""
LARGEST_EYE_TURN = 35.0


@dataclass(frozen=True, eq=False)
class GazeCourse:
    """What the targets ask for over F frames."""

    held: Doubles
    """(F,) 1 while a gaze is held, 0 when the eyes are free."""
    left: Doubles
    """(F, 2) yaw to the left and pitch down of the left eye, degrees, against the trunk."""
    right: Doubles
    """(F, 2) the right eye's."""
    head: Doubles
    """(F, 2) yaw and pitch that the head takes of it."""
    watched: Doubles
    """(F,) 1 while there is a target, held or not: the eyes then make up for the head."""


def gaze_course(targets: Sequence[GazeTarget], strength: float, seconds: Doubles) -> GazeCourse:
    """The course at ascending times ``seconds`` (F,). Targets in the order of time, as in the settings."""
    count = len(seconds)
    held, watched = np.zeros(count), np.zeros(count)
    left, right, head = np.zeros((count, 2)), np.zeros((count, 2)), np.zeros((count, 2))
    for target in targets:
        eyes = [strength * np.array(target.angles(side * HALF_PUPIL_DISTANCE_CM)) for side in (1, -1)]
        share = _head_share((eyes[0] + eyes[1]) / 2)
        if target.start_seconds is None:
            weight, slow = np.ones(count), np.ones(count)
        else:
            degrees = float(np.linalg.norm(eyes[0]))
            weight = _held(target, seconds, saccade_seconds(degrees), 0.0)
            slow = _held(target, seconds, _HEAD_SECONDS, _HEAD_DELAY_SECONDS)
            held = np.maximum(held, weight)
        for course, goal, amount in ((left, eyes[0], weight), (right, eyes[1], weight), (head, share, slow)):
            course += (goal - course) * amount[:, None]
        watched = np.maximum(watched, weight)
    return GazeCourse(held, left, right, head, watched)


def with_gaze(channels: Mapping[str, Doubles], course: GazeCourse, head: Doubles) -> dict[str, Doubles]:
    """The eye channels led to the target; ``head`` (F, 2) is the head's whole yaw and pitch, made up for."""
    made = dict(channels)
    for side, goal in (("left", course.left), ("right", course.right)):
        wanted = goal - head * course.watched[:, None]
        for axis, name in enumerate((f"{side}Eye.rotateY", f"{side}Eye.rotateX")):
            if name in made:
                own = made[name] * (1.0 - (1.0 - _LIVELY_SHARE) * course.held)
                made[name] = np.clip(own + wanted[:, axis], -LARGEST_EYE_TURN, LARGEST_EYE_TURN)
        made = with_lids(made, side, wanted)
    return made


def with_lids(channels: Mapping[str, Doubles], side: str, turn: Doubles) -> dict[str, Doubles]:
    """The ``eyeLook…`` shapes of one side further by what ``turn`` (F, 2), yaw left and pitch down, asks of them."""
    inwards = -turn[:, 0] if side == "left" else turn[:, 0]
    asked = {"Down": turn[:, 1], "Up": -turn[:, 1], "In": inwards, "Out": -inwards}
    followed = dict(channels)
    for way, degrees in asked.items():
        name = f"eyeLook{way}{side.capitalize()}"
        if name in followed:
            more = np.clip(degrees / _LID_DEGREES[way], 0.0, 1.0)
            followed[name] = followed[name] + np.clip(1.0 - followed[name], 0.0, 1.0) * more
    return followed


def _held(target: GazeTarget, seconds: Doubles, rise_seconds: float, delay_seconds: float) -> Doubles:
    """0 to 1 as the gaze arrives, and back as it drifts off."""
    start = (target.start_seconds or 0.0) + delay_seconds
    weight = eased((seconds - start) / rise_seconds)
    if target.end_seconds is not None:
        weight = weight * (1.0 - eased((seconds - target.end_seconds) / _DRIFT_SECONDS))
    return weight


def _head_share(turn: Doubles) -> Doubles:
    return np.asarray(_HEAD_SHARE * np.sign(turn) * np.maximum(0.0, np.abs(turn) - _HEAD_FREE_DEGREES))
