"""Scores of predicted tracks against phones, after the same questions a lip-sync judge asks; all on the lip gap."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from maya_a2f.training.phones import PHONE_CLASSES
from maya_a2f.training.tracks import COLUMN

_OPEN, _CLOSED, _TUCK = ("a", "ae", "e", "o"), ("p", "b", "m"), ("labiodental",)
_ROUND, _SPREAD = ("u", "o", "w"), ("i", "e")
_ORAL = ("alveolar", "velar", "l", "r", "s", "sh", "dental")
_NASAL = ("n", "ng")
OVERCLOSED_CM = 0.09


@dataclass(frozen=True)
class Scores:
    """Shares of events; see :func:`score_tracks`."""

    closure: float
    false_closure: float
    labiodental: float
    rounding: float
    """Difference of mean (spread - pucker) between spread and round phones in pooled deviations."""
    overclosed_consonants: float
    overclosed_nasals: float
    open_vowel_gap_cm: float
    rest_gap_cm: float
    events: int

    def overall(self) -> float:
        """The figure that chooses a checkpoint."""
        return (
            self.closure + 0.3 * self.labiodental + 0.1 * min(self.rounding, 3.0)
            - 2.0 * self.false_closure - 0.6 * self.overclosed_consonants - 0.6 * self.overclosed_nasals
            - 0.5 * max(0.0, 0.55 - self.open_vowel_gap_cm) - 0.5 * self.rest_gap_cm
        )  # fmt: skip

    def to_dict(self) -> dict[str, float]:
        """JSON-ready."""
        return {name: round(float(value), 4) for name, value in asdict(self).items()}


def score_tracks(
    tracks: NDArray[np.float32], classes: NDArray[np.int16], contact: NDArray[np.float32], rate_hz: float
) -> Scores:
    """Judge ``tracks`` (frames, tracks) against the phone ``classes`` and the teacher's ``contact`` of the same frames.

    Closed means a gap below max(0.06 cm, 15 % of the median open vowel) at some frame of the phone (40 ms before its
    start to 20 ms after its end); over-closed means a gap of at most 0.09 cm in the middle of a consonant that is at
    least 80 ms away from contacts and pauses.
    """
    gap = tracks[:, COLUMN["gap"]]
    shape = tracks[:, COLUMN["spread"]] - tracks[:, COLUMN["pucker"]]
    edges = np.flatnonzero(np.diff(classes)) + 1
    runs = list(zip(np.r_[0, edges], np.r_[edges, len(classes)], strict=True))
    named = [(int(a), int(b), PHONE_CLASSES[int(classes[a])]) for a, b in runs]
    still = np.isin(classes, [PHONE_CLASSES.index(n) for n in ("pause", *_TUCK)]) | (contact > 0.05)
    reach = round(0.08 * rate_hz)
    near = np.convolve(still.astype(float), np.ones(2 * reach + 1), "same") > 0.5

    def middles(group: tuple[str, ...], shortest: float = 0.0) -> NDArray[np.int64]:
        chosen = [(a + b) // 2 for a, b, name in named if name in group and (b - a) / rate_hz >= shortest]
        return np.array(chosen, np.int64)

    vowels = gap[middles(_OPEN, 0.05)]
    typical = float(np.median(vowels)) if len(vowels) else 0.0
    limit = max(0.06, 0.15 * typical)

    def narrowest(group: tuple[str, ...]) -> NDArray[np.float64]:
        before, after = round(0.04 * rate_hz), round(0.02 * rate_hz)
        found = [gap[max(0, a - before) : b + after].min() for a, b, name in named if name in group]
        return np.array(found, np.float64)

    shut, tuck = narrowest(_CLOSED), narrowest(_TUCK)
    round_, spread = shape[middles(_ROUND)], shape[middles(_SPREAD)]
    deviation = float(np.sqrt((round_.var() + spread.var()) / 2) + 1e-9) if len(round_) and len(spread) else 1.0

    def overclosed(group: tuple[str, ...]) -> float:
        at = middles(group)
        at = at[~near[at]] if len(at) else at
        return float(np.mean(gap[at] <= OVERCLOSED_CM)) if len(at) else 0.0

    pause = (classes == PHONE_CLASSES.index("pause")) & (contact < 0.01)
    deep = np.convolve(pause.astype(float), np.ones(31), "same") > 30.5
    return Scores(
        closure=float(np.mean(shut <= limit)) if len(shut) else 0.0,
        false_closure=float(np.mean(vowels <= limit)) if len(vowels) else 0.0,
        labiodental=float(np.mean(tuck <= max(0.06, 0.4 * typical))) if len(tuck) else 0.0,
        rounding=float((spread.mean() - round_.mean()) / deviation) if len(round_) and len(spread) else 0.0,
        overclosed_consonants=overclosed(_ORAL),
        overclosed_nasals=overclosed(_NASAL),
        open_vowel_gap_cm=typical,
        rest_gap_cm=float(np.percentile(np.abs(gap[deep]), 90)) if deep.any() else 0.0,
        events=len(shut),
    )
