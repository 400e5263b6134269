"""Sample-rate conversion in a stream: exact in time, nothing audible folded down, memory bounded.

The anti-alias filter is a Kaiser-windowed sinc (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh
window function", 1974): flat up to 90 % of the lower Nyquist frequency, 100 dB down from 100 % of it on. It is
symmetric about its middle, and the middle lies on the output sample: no shift in time.

With L = reduced target rate and M = reduced source rate, output n lies at source position n·M/L, held as integers.
``count`` source samples become ``ceil(count·L/M)`` output samples: the last one still lies before the end of the sound.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_ATTENUATION_DB = 100.0
_PASS_SHARE = 0.9
_MOST_PHASES = 2048
"""More phases than this (44101 Hz to 16000 Hz would have 16000) and the filter is interpolated between phases."""
_TABLE_PHASES = 512
"""Linear interpolation between this many phases errs by at most (pi / phases)^2 / 8, i.e. -106 dB."""
_TABLE_BATCH_VALUES = 1_000_000


class Resampler(Protocol):
    """Takes a mono signal piece by piece; what it returns, joined, is the signal at the target rate."""

    def push(self, samples: Floats) -> Floats:
        """Take (n,) samples, return the (m,) that are now certain; m may be 0."""

    def finish(self) -> Floats:
        """Return the rest; the resampler cannot be used afterwards."""


def resampled_length(count: int, source_rate_hz: int, target_rate_hz: int) -> int:
    """ceil(count · target / source), in integers."""
    return -(-count * target_rate_hz // source_rate_hz)


def make_resampler(source_rate_hz: int, target_rate_hz: int) -> Resampler:
    """The resampler between two rates in Hz, both positive."""
    divisor = math.gcd(source_rate_hz, target_rate_hz)
    up, down = target_rate_hz // divisor, source_rate_hz // divisor
    if up == down:
        return _PassThrough()
    kernel = _PolyphaseKernel(up, down) if up <= _MOST_PHASES else _TableKernel(up, down)
    return _StreamResampler(kernel)


def resample(samples: Floats, source_rate_hz: int, target_rate_hz: int) -> Floats:
    """The (n,) signal at another rate, whole."""
    resampler = make_resampler(source_rate_hz, target_rate_hz)
    return np.concatenate([resampler.push(samples), resampler.finish()])


class _PassThrough:
    def push(self, samples: Floats) -> Floats:
        return samples

    def finish(self) -> Floats:
        return np.empty(0, np.float32)


class _Kernel(Protocol):
    up: int
    down: int
    reach: int
    """Source samples on either side of a position that its output depends on."""
    alignment: int
    """:meth:`render` wants its samples to start at a multiple of this."""

    def render(self, samples: Floats, start: int, first: int, last: int) -> Floats:
        """Outputs ``first <= n < last`` from source samples that begin at index ``start``; zeros lie beyond them."""


class _StreamResampler:
    """Keeps as much of the past as the filter still needs."""

    def __init__(self, kernel: _Kernel) -> None:
        self._kernel = kernel
        self._kept: Floats = np.empty(0, np.float32)
        self._kept_start = 0
        self._count = 0
        self._done = 0

    def push(self, samples: Floats) -> Floats:
        self._kept = np.concatenate([self._kept, samples]) if len(self._kept) else samples
        self._count += len(samples)
        kernel = self._kernel
        # The last output whose position plus reach is already here.
        ready = (self._count - 1 - kernel.reach) * kernel.up // kernel.down + 1
        return self._render_to(max(self._done, ready))

    def finish(self) -> Floats:
        kernel = self._kernel
        return self._render_to(-(-self._count * kernel.up // kernel.down))

    def _render_to(self, last: int) -> Floats:
        kernel = self._kernel
        if last <= self._done:
            return np.empty(0, np.float32)
        output = kernel.render(self._kept, self._kept_start, self._done, last)
        self._done = last
        needed = max(0, last * kernel.down // kernel.up - kernel.reach)
        start = needed // kernel.alignment * kernel.alignment
        if start > self._kept_start:
            self._kept = self._kept[start - self._kept_start :].copy()
            self._kept_start = start
        return output


class _PolyphaseKernel:
    """scipy's polyphase FIR on the exact ratio, as ``scipy.signal.resample_poly`` uses it, but resumable."""

    def __init__(self, up: int, down: int) -> None:
        from scipy.signal import firwin  # here and below: loading it takes as long as all else of the worker

        self.up, self.down = up, down
        self.alignment = down
        half = _half_length() * max(up, down)  # in steps of the common rate up·source
        self._centre = -(-math.ceil(half) // down) * down
        self.reach = -(-self._centre // up)
        taps = 2 * math.ceil(half) + 1
        # With the common rate's Nyquist as 1 the lower of both rates' Nyquist is 1 / max(up, down).
        filter_ = firwin(taps, _cutoff_share() / max(up, down), window=("kaiser", _beta())) * up
        # Padded so that the middle tap lies on a multiple of `down` and so on an output of upfirdn.
        self._filter = np.pad(filter_, (self._centre - math.ceil(half), 0))

    def render(self, samples: Floats, start: int, first: int, last: int) -> Floats:
        """See :class:`_Kernel`. upfirdn's output m is the sum over j of filter[m·down - j·up] · samples[j]."""
        from scipy.signal import upfirdn

        values = np.asarray(upfirdn(self._filter, samples, self.up, self.down))
        shift = self._centre // self.down - start // self.down * self.up
        return values[first + shift : last + shift].astype(np.float32)


class _TableKernel:
    """For ratios with too many phases: positions stay exact integers, the filter is interpolated between phases."""

    def __init__(self, up: int, down: int) -> None:
        self.up, self.down = up, down
        self.alignment = 1
        ratio = max(1.0, down / up)  # source samples per sample of the lower rate
        half = _half_length() * ratio
        self.reach = math.ceil(half) + 1
        offsets = np.arange(-self.reach + 1, self.reach + 1)[None] - np.linspace(0.0, 1.0, _TABLE_PHASES + 1)[:, None]
        cutoff = _cutoff_share() / ratio
        inside = np.clip(1.0 - (offsets / half) ** 2, 0.0, None)
        window = np.where(np.abs(offsets) <= half, np.i0(_beta() * np.sqrt(inside)), 0.0)
        table = np.sinc(cutoff * offsets) * window
        self._table = (table / table.sum(axis=1, keepdims=True)).astype(np.float32)

    def render(self, samples: Floats, start: int, first: int, last: int) -> Floats:
        """See :class:`_Kernel`."""
        taps = self._table.shape[1]
        batch = max(1, _TABLE_BATCH_VALUES // taps)
        # `taps` zeros behind the samples as well: at the end of the sound the last positions look beyond it.
        padded = np.pad(samples, (self.reach, taps))
        windows = np.lib.stride_tricks.sliding_window_view(padded, taps)
        output = np.empty(last - first, np.float32)
        for begin in range(first, last, batch):
            indices = np.arange(begin, min(begin + batch, last), dtype=np.int64) * self.down
            whole, rest = indices // self.up, indices % self.up
            phase, within = np.divmod(rest * _TABLE_PHASES, self.up)
            weight = (within / self.up)[:, None].astype(np.float32)
            rows = self._table[phase] * (1.0 - weight) + self._table[phase + 1] * weight
            heard = windows[whole - start + 1]
            output[begin - first : begin - first + len(indices)] = np.einsum("nt,nt->n", heard, rows)
        return output


def _half_length() -> float:
    """Half the filter's length in samples of the lower rate (Kaiser's formula for the number of taps)."""
    width = math.pi * (1.0 - _PASS_SHARE)
    return (_ATTENUATION_DB - 7.95) / (2.285 * width) / 2.0


def _cutoff_share() -> float:
    """The -6 dB point as a share of the lower Nyquist frequency: the middle of the transition."""
    return (1.0 + _PASS_SHARE) / 2.0


def _beta() -> float:
    from scipy.signal import kaiser_beta

    return float(kaiser_beta(_ATTENUATION_DB))
