"""Articulatory tracks to control weights: one function for the teacher (NumPy) and inside the network (torch).

The lip gap of a face is linear in its shapes, so the gap track can be met exactly: every lip control is set from its
own track, then what is missing from the wanted gap goes into ``jawOpen`` and what is too much into ``mouthClose``,
which has Apple's meaning (relative to the jaw: ``jawOpen`` = ``mouthClose`` = a keeps the lips sealed).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maya_a2f.core.channels import ARKIT_CHANNELS, TONGUE_CHANNELS
from maya_a2f.training.tracks import COLUMN

CONTROLS: tuple[str, ...] = (*ARKIT_CHANNELS, *TONGUE_CHANNELS)
"""Columns of a control array: 52 ARKit weights, then 16 tongue weights."""
EYE_VALUES: tuple[str, ...] = ("rightX", "rightY", "leftX", "leftY")
"""Eye rotations in degrees; +X looks down, +Y looks to the character's left (right-handed, y up, z forward)."""

JAW_SLACK = 0.045
"""How far the jaw may be more open than the lip gap alone explains: keeps ``mouthClose`` small in closures, so that a
face whose ``mouthClose`` closes further than its ``jawOpen`` opens does not push its lips through each other."""

TUCK_CM = 0.10
"""The upper lip leaves the lower one by so much when that is tucked under the upper teeth: f and v show teeth."""

_DRIVERS: dict[str, dict[str, float]] = {
    "pucker": {"mouthPucker": 0.72},
    "funnel": {"mouthFunnel": 0.42},
    "spread": {"mouthSmile*": 0.13, "mouthStretch*": 0.15, "mouthDimple*": 0.06},
    "tuck": {"mouthRollLower": 0.70, "mouthUpperUp*": 0.40},
    "contact": {"mouthPress*": 0.11, "mouthRollLower": 0.06, "mouthRollUpper": 0.08},
    "flare": {"mouthUpperUp*": 0.11, "mouthLowerDown*": 0.15},
    "tipUp": {"tongueTipUp": 0.80, "tongueUp": 0.30},
    "tipOut": {"tongueStretch": 0.65, "tongueUp": 0.10, "tongueWide": 0.20},
    "dorsumUp": {"tongueUp": 0.75, "tongueIn": 0.40, "tongueTipDown": 0.15},
    "front": {"tongueUp": 0.35, "tongueWide": 0.40, "tongueStretch": 0.12},
    "low": {"tongueDown": 0.65},
    "curl": {"tongueRollUp": 0.35, "tongueTipUp": 0.45, "tongueNarrow": 0.30, "tongueIn": 0.30},
    "brow": {"browInnerUp": 0.22, "browOuterUp*": 0.16},
    "blink": {"eyeBlink*": 1.0},
    "jaw": {"jawOpen": 1.0},
    "close": {"mouthClose": 1.0},
}
DRIVERS: tuple[str, ...] = tuple(_DRIVERS)

# Contract of the default head in cm of inner-lip gap per unit weight, used only where no head asset is at hand.
_CONTRACT_GAP_CM: dict[str, float] = {
    "jawOpen": 2.9, "mouthClose": -2.9, "mouthFunnel": 0.9, "mouthShrugLower": -0.5, "mouthShrugUpper": 0.4,
    "mouthUpperUp*": 0.35, "mouthLowerDown*": 0.3,
}  # fmt: skip


def expanded(weights: dict[str, float]) -> dict[str, float]:
    """``name*`` stands for ``nameLeft`` and ``nameRight``."""
    result: dict[str, float] = {}
    for name, value in weights.items():
        sides = (name[:-1] + "Left", name[:-1] + "Right") if name.endswith("*") else (name,)
        result.update(dict.fromkeys(sides, value))
    return result


def driver_matrix() -> NDArray[np.float32]:
    """(drivers, controls): weight of each control per unit of each driver."""
    matrix = np.zeros((len(DRIVERS), len(CONTROLS)), np.float32)
    for row, name in enumerate(DRIVERS):
        for control, value in expanded(_DRIVERS[name]).items():
            matrix[row, CONTROLS.index(control)] = value
    return matrix


TONGUE_OPPOSITES: tuple[tuple[str, str], ...] = (
    ("tongueTipUp", "tongueTipDown"), ("tongueTipLeft", "tongueTipRight"), ("tongueRollUp", "tongueRollDown"),
    ("tongueRollLeft", "tongueRollRight"), ("tongueUp", "tongueDown"), ("tongueLeft", "tongueRight"),
    ("tongueIn", "tongueStretch"), ("tongueWide", "tongueNarrow"),
)  # fmt: skip
"""Tongue shapes that are each other's opposite: asking for both is asking for the difference."""


def opposites_matrix() -> NDArray[np.float32]:
    """(controls, controls): weights @ matrix, cut at 0, leaves of each pair of opposites what exceeds the other."""
    matrix = np.eye(len(CONTROLS), dtype=np.float32)
    for pair in TONGUE_OPPOSITES:
        for one, other in (pair, pair[::-1]):
            matrix[CONTROLS.index(one), CONTROLS.index(other)] = -1.0
    return matrix


@dataclass(frozen=True)
class LipRig:
    """How a face's lip gap answers to its controls."""

    gap_cm: NDArray[np.float32]
    """(controls,): change of the vertical inner-lip gap per unit weight."""

    @staticmethod
    def of_contract() -> LipRig:
        """The default head's designed values."""
        gap = np.zeros(len(CONTROLS), np.float32)
        for name, value in expanded(_CONTRACT_GAP_CM).items():
            gap[CONTROLS.index(name)] = value
        return LipRig(gap)

    @staticmethod
    def of_head(folder: Path) -> LipRig:
        """Measured on the landmarks ``lipUpperInner`` and ``lipLowerInner`` of a head folder."""
        head = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        upper, lower = head["landmarks"]["lipUpperInner"], head["landmarks"]["lipLowerInner"]
        gap = np.zeros(len(CONTROLS), np.float32)
        with np.load(folder / "head.npz", allow_pickle=False) as data:
            count = len(data["face.points"])
            for column, name in enumerate(CONTROLS):
                if f"face.shape.{name}.indices" not in data.files:
                    continue
                lift = np.zeros(count, np.float32)
                lift[data[f"face.shape.{name}.indices"]] = data[f"face.shape.{name}.deltas"][:, 1]
                gap[column] = lift[upper].mean() - lift[lower].mean()
        return LipRig(gap)

    @staticmethod
    def of_default_head() -> LipRig:
        """The shipped head where it exists, else the contract it is built to."""
        folder = Path(__file__).parent.parent / "presets" / "default_head"
        return LipRig.of_head(folder) if (folder / "head.npz").exists() else LipRig.of_contract()


def _positive(x: Any) -> Any:
    return (x + abs(x)) * 0.5


def _least(x: Any, y: Any) -> Any:
    return (x + y - abs(x - y)) * 0.5


def drive(
    tracks: Any, expression: Any, gain: Any, ajar: Any, lips: Any, matrix: Any, opposites: Any,
    stack: Callable[[list[Any]], Any],
) -> Any:  # fmt: skip
    """Control weights (…, controls) from tracks (…, tracks).

    ``expression`` (…, controls) is added to what speech asks for, and its effect on the lip gap is taken out again, so
    that contacts stay. ``gain`` (…,) scales the opening, ``ajar`` (…,) in cm opens the mouth where speech leaves it
    shut, but not lips that meet or that are at the teeth. ``lips`` (controls,) is :attr:`LipRig.gap_cm`, ``matrix`` is
    :func:`driver_matrix`, ``opposites`` is :func:`opposites_matrix`; all are of the array library of ``tracks``, and
    ``stack`` joins columns on the last axis.
    """
    track = {name: tracks[..., column] for name, column in COLUMN.items()}
    contact = _least(_positive(track["contact"]), 1.0 + 0.0 * track["contact"])
    gap = track["gap"]
    opened = _positive(gap)
    gap = gap + opened * (gain - 1.0)
    gap = gap + TUCK_CM * _positive(track["tuck"]) * (1.0 - contact)
    lips_busy = 4.0 * contact + 1.5 * _positive(track["tuck"])
    gap = gap + ajar * _positive(1.0 - lips_busy) * _positive(1.0 - opened / 0.4)
    shape = {name: _positive(track[name]) for name in DRIVERS if name in track}
    shape["contact"] = contact
    shape["flare"] = _least(_positive(gap) / 0.8, 1.0 + 0.0 * gap) * _positive(1.0 - 0.8 * shape["pucker"])
    jaw_gap, close_gap = lips[CONTROLS.index("jawOpen")], lips[CONTROLS.index("mouthClose")]
    shape["jaw"] = _least(_positive(track["jaw"]), _positive(gap) / jaw_gap + JAW_SLACK)
    shape["close"] = 0.0 * gap
    raw = stack([shape[name] for name in DRIVERS]) @ matrix + expression
    missing = gap - raw @ lips
    correction = stack(
        [_positive(missing) / jaw_gap if n == "jaw" else _positive(-missing) / -close_gap if n == "close" else 0.0 * gap
         for n in DRIVERS]
    )  # fmt: skip
    controls = _positive((raw + correction @ matrix) @ opposites)
    return _least(controls, 1.0 + 0.0 * controls)


def teach_controls(
    tracks: NDArray[np.floating[Any]],
    lips: LipRig,
    expression: NDArray[np.floating[Any]] | None = None,
    gain: float = 1.0,
    ajar: float = 0.0,
) -> NDArray[np.float32]:
    """:func:`drive` for NumPy tracks of one utterance."""
    offset = np.zeros(len(CONTROLS)) if expression is None else expression
    result = drive(
        tracks, offset, gain, ajar, lips.gap_cm, driver_matrix(), opposites_matrix(), lambda parts: np.stack(parts, -1)
    )
    return np.asarray(result, np.float32)
