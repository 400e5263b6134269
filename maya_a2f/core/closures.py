"""Close the lips where the phones close them, and nowhere else.

A network hears that a lip contact is near but not always when; phones with times know. Contacts pull the lip gap under
a ceiling that reaches contact over their whole length and ends where the closing and opening ramps begin; open vowels
keep it above a floor. Only the gap is shaped, through ``mouthClose`` first and ``jawOpen`` second; rounding, spreading,
smiles and the tongue stay as they are. Doing it twice changes nothing.

Ramps and the forms of contacts: Edwards et al., "JALI" (SIGGRAPH 2016), and the default model's teacher.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from maya_a2f.core.lip_contacts import LipSpan

CLOSING_SECONDS, OPENING_SECONDS = 0.075, 0.065
CLOSED_GAP_CM = -0.01
"""Lips touch and press by a hair."""
TUCK_GAP_CM = 0.10
TUCK_ROLL = 0.30
"""``mouthRollLower`` when the lower lip is at the teeth."""
OPEN_GAP_CM = 0.25
"""No open vowel is spoken with less; ordinary ones have 0.5 to 0.9. Seen open on other faces too, whose mouthClose
may close further. Chosen on synthetic speech with exact phone times."""
OPEN_FULL_SHARE = 0.4
OPEN_RAMP_SECONDS = 0.04
LARGEST_MOUTH_CLOSE = 0.08
"""Beyond it the jaw closes the rest, as it does in speech: on a face whose ``mouthClose`` closes further than its
``jawOpen`` opens, more would push the lips through each other."""
_FREE_GAP_CM = 1.0
"""A ceiling this high binds nothing."""
_RAMP_GAP_CM = 0.5
"""A ramp starts at least this high: the mouth may still open for a vowel shortly before it closes."""
_EXACT_CM = 1e-7
MOUTH_CLOSE, JAW_OPEN, ROLL_LOWER = "mouthClose", "jawOpen", "mouthRollLower"


@dataclass(frozen=True)
class LipGap:
    """The vertical gap between the inner lips as a linear function of the channels, 0 at rest."""

    cm_per_weight: Mapping[str, float]
    """Channel -> change of the gap per unit weight, centimetres."""

    def cm(self, tracks: Mapping[str, Sequence[float]], frame: int) -> float:
        """The gap in one frame."""
        return sum(gain * tracks[name][frame] for name, gain in self.cm_per_weight.items() if name in tracks)


GENERIC_LIP_GAP = LipGap({JAW_OPEN: 2.9, MOUTH_CLOSE: -2.9})
"""For faces that nobody measured: Apple's meaning, in which mouthClose undoes jawOpen's parting of the lips."""


def can_close(tracks: Mapping[str, Sequence[float]], lip_gap: LipGap) -> bool:
    """Whether the channels that :func:`with_contacts` moves are there and work as their names say."""
    gain = lip_gap.cm_per_weight
    return {MOUTH_CLOSE, JAW_OPEN} <= set(tracks) and gain.get(JAW_OPEN, 0) > 0 and gain.get(MOUTH_CLOSE, 0) < 0


def with_contacts(
    tracks: Mapping[str, Sequence[float]], rate: Fraction, spans: Sequence[LipSpan], lip_gap: LipGap
) -> dict[str, Sequence[float]]:
    """``tracks`` with real contacts at ``spans``; frame k lies at k/rate seconds.

    Changes ``mouthClose``, ``jawOpen`` and, for tucks, ``mouthRollLower``, in frames within a span or its ramps.
    Tracks that :func:`can_close` refuses come back as they are.
    """
    changed = dict(tracks)
    if not spans or not can_close(tracks, lip_gap):
        return changed
    count = len(tracks[JAW_OPEN])
    changed[JAW_OPEN], changed[MOUTH_CLOSE] = array("d", tracks[JAW_OPEN]), array("d", tracks[MOUTH_CLOSE])
    floors = _floors(spans, rate, count)
    holds = [hold for span in spans if span.kind != "open" and (hold := _hold(span, float(rate), count)) is not None]
    raised = [max(lip_gap.cm(tracks, frame), floors.get(frame, -math.inf)) for frame in range(count)]
    ceilings = _ceilings(holds, raised, float(rate))
    for frame in sorted(floors.keys() | ceilings.keys()):
        gap = lip_gap.cm(tracks, frame)
        wanted = min(gap, ceilings.get(frame, math.inf))
        if not any(hold.first <= frame <= hold.last for hold in holds):
            wanted = max(wanted, floors.get(frame, -math.inf))
        if wanted < gap - _EXACT_CM:
            _close(changed, frame, gap - wanted, lip_gap)
        elif wanted > gap + _EXACT_CM:
            _open(changed, frame, wanted - gap, lip_gap)
    if ROLL_LOWER in tracks:
        changed[ROLL_LOWER] = _tucked(tracks[ROLL_LOWER], holds, float(rate))
    return changed


@dataclass(frozen=True)
class _Hold:
    """A contact on the frame grid; times in frames."""

    first: float
    last: float
    level_cm: float
    before: int
    """The last frame before its closing ramp; may be negative."""
    after: int
    """The first frame after its opening ramp; may lie beyond the end."""


def _hold(span: LipSpan, rate: float, count: int) -> _Hold | None:
    """At least one frame is fully within a contact, however short it is; None outside the clip."""
    first, last = span.start_seconds * rate, span.end_seconds * rate
    if last < 0.0 or first > count - 1:
        return None
    if math.ceil(first) > math.floor(last):
        nearest = min(max(round((first + last) / 2), 0), count - 1)
        first, last = min(first, nearest), max(last, nearest)
    level = CLOSED_GAP_CM if span.kind == "closed" else TUCK_GAP_CM
    before = math.ceil(first - CLOSING_SECONDS * rate) - 1
    return _Hold(first, last, level, before, math.floor(last + OPENING_SECONDS * rate) + 1)


def _smooth(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


def _ceilings(holds: Sequence[_Hold], gaps: Sequence[float], rate: float) -> dict[int, float]:
    """Frame -> highest gap allowed. A ramp starts from the gap that the clip has just outside it; where that frame
    belongs to another contact's ramp, from a free mouth. So a ceiling depends only on frames it does not change."""
    bound = {frame for hold in holds for frame in range(hold.before + 1, hold.after)}
    ceilings: dict[int, float] = {}
    for hold in holds:
        for frame in range(max(hold.before + 1, 0), min(hold.after, len(gaps))):
            if frame < hold.first:
                anchor, ramp = hold.before, CLOSING_SECONDS * rate
                distance, reach = hold.first - frame, hold.first - hold.before
            else:
                anchor, ramp = hold.after, OPENING_SECONDS * rate
                distance, reach = max(frame - hold.last, 0.0), hold.after - hold.last
            is_free = anchor in bound or not 0 <= anchor < len(gaps)
            outside = _FREE_GAP_CM if is_free else max(gaps[anchor], _RAMP_GAP_CM)
            share = _smooth(distance / (ramp if is_free else reach))
            ceiling = hold.level_cm + (outside - hold.level_cm) * share
            ceilings[frame] = min(ceiling, ceilings.get(frame, math.inf))
    return ceilings


def _floors(spans: Sequence[LipSpan], rate: Fraction, count: int) -> dict[int, float]:
    """Frame -> lowest gap allowed: full in the middle of open vowels. Contacts are stronger, their ramps not."""
    floors: dict[int, float] = {}
    ramp = OPEN_RAMP_SECONDS * float(rate)
    for span in spans:
        if span.kind != "open":
            continue
        start, end = span.start_seconds * float(rate), span.end_seconds * float(rate)
        middle, half = (start + end) / 2, (end - start) * OPEN_FULL_SHARE / 2
        first, last = min(middle - half, math.floor(middle)), max(middle + half, math.ceil(middle))
        for frame in range(max(math.ceil(first - ramp), 0), min(math.floor(last + ramp) + 1, count)):
            away = max(first - frame, frame - last, 0.0)
            share = 1.0 - _smooth(away / ramp)
            floors[frame] = max(floors.get(frame, -math.inf), OPEN_GAP_CM * share - (1.0 - share))
    return floors


def _close(tracks: dict[str, Sequence[float]], frame: int, amount_cm: float, lip_gap: LipGap) -> None:
    """Lips together: mouthClose up to its limit, then the jaw, then mouthClose again."""
    close_cm, jaw_cm = -lip_gap.cm_per_weight[MOUTH_CLOSE], lip_gap.cm_per_weight[JAW_OPEN]
    amount_cm -= close_cm * _shift(tracks, MOUTH_CLOSE, frame, amount_cm / close_cm, LARGEST_MOUTH_CLOSE)
    amount_cm += jaw_cm * _shift(tracks, JAW_OPEN, frame, -amount_cm / jaw_cm, 0.0)
    _shift(tracks, MOUTH_CLOSE, frame, amount_cm / close_cm, 1.0)


def _open(tracks: dict[str, Sequence[float]], frame: int, amount_cm: float, lip_gap: LipGap) -> None:
    """Lips apart: less mouthClose, then the jaw."""
    close_cm, jaw_cm = -lip_gap.cm_per_weight[MOUTH_CLOSE], lip_gap.cm_per_weight[JAW_OPEN]
    amount_cm += close_cm * _shift(tracks, MOUTH_CLOSE, frame, -amount_cm / close_cm, 0.0)
    _shift(tracks, JAW_OPEN, frame, amount_cm / jaw_cm, 1.0)


def _shift(tracks: dict[str, Sequence[float]], name: str, frame: int, change: float, limit: float) -> float:
    """Change a weight, never past ``limit`` and never against the change's direction; returns what it moved by."""
    samples = tracks[name]
    assert isinstance(samples, array)
    old = samples[frame]
    new = min(old + change, max(limit, old)) if change > 0 else max(old + change, min(limit, old))
    samples[frame] = new
    return float(new - old)


def _tucked(samples: Sequence[float], holds: Sequence[_Hold], rate: float) -> Sequence[float]:
    rolled = array("d", samples)
    for hold in holds:
        if hold.level_cm != TUCK_GAP_CM:
            continue
        for frame in range(max(hold.before + 1, 0), min(hold.after, len(rolled))):
            away = max((hold.first - frame) / CLOSING_SECONDS, (frame - hold.last) / OPENING_SECONDS, 0.0) / rate
            rolled[frame] = max(rolled[frame], TUCK_ROLL * (1.0 - _smooth(away)))
    return rolled
