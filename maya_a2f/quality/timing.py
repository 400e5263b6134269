"""Is the mouth early or late? Against the phones' closures, and against the loudness of the sound.

Positive is a mouth that comes after the sound.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from maya_a2f.quality.lips import FloatArray
from maya_a2f.quality.measure import Measure, grade_low
from maya_a2f.quality.study import Study

_GRID_SECONDS = 0.005
_REACH_SECONDS = 0.3
_DIP_REACH_SECONDS = 0.12
_DIP_SHARE = 0.25
"""A dip is a closing movement when it goes below this share of the typical gap."""
_LARGEST_SCATTER_SECONDS = 0.09
"""Between the quartiles of the offsets; more means that these are not the closures of these phones."""
_DIP_LEVEL = 0.15
_FEWEST_CLOSURES = 4
_CLEARLY_BETTER = 0.15
_FEWEST_TIMES = 150
"""Of 10 ms: in less sound the best lag is chance."""
_SMALLEST_CORRELATION = 0.45
_LIMITS_CLOSURES = "good within 0.035 s, look within 0.070 s"
_LIMITS_LOUDNESS = "good within 0.080 s, look within 0.130 s"


def measure_timing(study: Study) -> tuple[Measure, Measure]:
    """Offset of the closures from the phones, and lag of the lip gap behind the loudness."""
    return _closure_offset(study), _loudness_lag(study)


def shifted_to_lips(study: Study) -> Study:
    """``study`` with its phones moved to where the lips are, if these are off as a whole.

    Without this a late mouth would look like one that never closes; being late is said by the timing measure alone.
    """
    offsets = _offsets(study)
    frame = 1 / study.rate_hz
    if len(offsets) == 0 or abs(float(np.median(offsets))) <= 1.2 * frame:
        return study
    return replace(study, phone_shift_seconds=float(np.median(offsets)))


def _closure_offset(study: Study) -> Measure:
    title = "Closures on time"
    offsets = _offsets(study)
    if len(offsets) == 0:
        why = (
            "Needs phones: add --phones or --transcript."
            if study.phones is None
            else f"Needs {_FEWEST_CLOSURES} closing movements near p, b, m, all off by about the same."
        )
        return Measure("closure_offset", "timing", title, None, "s", "not measured", why, _LIMITS_CLOSURES)
    median = float(np.median(offsets))
    why = f"The closing movements lie {_signed_words(median)} (median of {len(offsets)})."
    verdict = grade_low(abs(median), 0.035, 0.07)
    return Measure(
        "closure_offset", "timing", title, median, "s", verdict, why, _LIMITS_CLOSURES, len(offsets)
    )  # fmt: skip


def _signed_words(seconds: float) -> str:
    milliseconds = round(1000 * abs(seconds))
    if milliseconds == 0:
        return "exactly on the sound"
    return f"{milliseconds} ms {'after' if seconds > 0 else 'before'} the sound"


def _offsets(study: Study) -> FloatArray:
    """For every p, b, m: centre of the closing movement minus middle of the phone. Empty where that says nothing."""
    grid = np.arange(0, study.animation.frame_count / study.rate_hz, _GRID_SECONDS)
    gap = np.interp(grid, study.times, study.lips.gap_cm)
    lag = _coarse_lag(study)
    phones = study.in_group("bilabial")
    found = [_dip_centre(grid, gap, phone.span.middle_seconds, lag, study.typical_gap_cm) for phone in phones]
    offsets = np.array([offset for offset in found if offset is not None])
    if len(offsets) < max(_FEWEST_CLOSURES, len(phones) / 2):
        return np.zeros(0)
    scatter = float(np.ptp(np.percentile(offsets, [25, 75])))
    return offsets if scatter <= _LARGEST_SCATTER_SECONDS else np.zeros(0)


def _coarse_lag(study: Study) -> float:
    """The shift of the phones at which vowels are most open and p, b, m most closed; 0 unless clearly better."""
    shut = np.array([phone.span.middle_seconds for phone in study.in_group("bilabial")])
    wide = np.array([phone.span.middle_seconds for phone in study.in_group("open")])
    if len(shut) < _FEWEST_CLOSURES or len(wide) < _FEWEST_CLOSURES:
        return 0.0
    shifts = np.arange(-_REACH_SECONDS, _REACH_SECONDS + 1e-9, _GRID_SECONDS)
    contrasts = [
        float(
            np.interp(wide + shift, study.times, study.lips.gap_cm).mean()
            - np.interp(shut + shift, study.times, study.lips.gap_cm).mean()
        )
        for shift in shifts
    ]
    best, now = int(np.argmax(contrasts)), contrasts[len(shifts) // 2]
    is_clear = contrasts[best] - now > _CLEARLY_BETTER * study.typical_gap_cm
    return float(shifts[best]) if is_clear else 0.0


def _dip_centre(grid: FloatArray, gap: FloatArray, middle: float, lag: float, typical: float) -> float | None:
    near = np.flatnonzero(np.abs(grid - middle - lag) <= _DIP_REACH_SECONDS)
    if len(near) == 0:
        return None
    lowest = int(near[np.argmin(gap[near])])
    if gap[lowest] > _DIP_SHARE * typical:
        return None
    level = gap[lowest] + _DIP_LEVEL * typical
    first = last = lowest
    while first > near[0] and gap[first - 1] <= level:
        first -= 1
    while last < near[-1] and gap[last + 1] <= level:
        last += 1
    return float((grid[first] + grid[last]) / 2 - middle)


def _loudness_lag(study: Study) -> Measure:
    key, title = "loudness_lag", "Mouth follows the loudness"
    if study.sound is None:
        why = "Needs the sound: add --audio."
        return Measure(key, "timing", title, None, "s", "not measured", why, _LIMITS_LOUDNESS)
    lag, best = _best_lag(study)
    if best == 0.0:
        why = "There is too little sound: two seconds are needed."
        return Measure(key, "timing", title, None, "s", "not measured", why, _LIMITS_LOUDNESS)
    if best < _SMALLEST_CORRELATION:
        why = f"Lip gap and loudness hardly go together (r = {best:.2f}), so no lag can be told."
        return Measure(key, "timing", title, None, "s", "not measured", why, _LIMITS_LOUDNESS)
    why = f"Opening goes best with the loudness {_signed_words(lag)} (r = {best:.2f})."
    return Measure(key, "timing", title, lag, "s", grade_low(abs(lag), 0.08, 0.13), why, _LIMITS_LOUDNESS)


def _best_lag(study: Study) -> tuple[float, float]:
    """Lag of the gap behind the loudness with the highest correlation, and that correlation."""
    assert study.sound is not None
    end = min(study.clip_seconds, study.animation.frame_count / study.rate_hz)
    times = np.arange(_REACH_SECONDS, max(end - _REACH_SECONDS, _REACH_SECONDS), 0.01)
    if len(times) < _FEWEST_TIMES:
        return 0.0, 0.0
    loud = np.interp(times, study.sound.loudness_times, study.sound.loudness)
    gap = study.lips.gap_cm
    if loud.std() < 1e-6 or gap.std() < 1e-6:
        return 0.0, 0.0
    lags = np.arange(-_REACH_SECONDS, _REACH_SECONDS + 1e-9, _GRID_SECONDS)
    correlations = _correlations(loud, np.interp(times + lags[:, None], study.times, gap))
    best = int(np.argmax(correlations))
    return float(lags[best]), float(correlations[best])


def _correlations(a: FloatArray, b: FloatArray) -> FloatArray:
    """(n,) of ``a`` (times,) with each row of ``b`` (n, times)."""
    scales = a.std() * b.std(axis=1)
    products = ((a - a.mean()) * (b - b.mean(axis=1, keepdims=True))).mean(axis=1)
    return np.where(scales > 1e-12, products / np.maximum(scales, 1e-12), 0.0)
