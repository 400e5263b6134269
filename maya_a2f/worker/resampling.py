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
_BLOCK, _BLOCKS_AT_ONCE = 128, 256
_LARGEST_MATRIX = 4_000_000
"""For ratios that need more (44101 Hz to 16000 Hz has 16000 phases) the filter is interpolated between phases."""
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
    kernel = _PolyphaseKernel(up, down) if _PolyphaseKernel.is_small(up, down) else _TableKernel(up, down)
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
    """The exact ratio: every block of outputs is one matrix times the samples it lies in.

    The same sums as ``scipy.signal.resample_poly``, whose module takes longer to load than a clip to resample.
    """

    def __init__(self, up: int, down: int) -> None:
        self.up, self.down = up, down
        self.alignment = down
        half = math.ceil(_half_length() * max(up, down))  # in steps of the common rate up·source
        self.reach = -(-half // up)
        # With the common rate's Nyquist as 1 the lower of both rates' Nyquist is 1 / max(up, down).
        filter_ = _lowpass(half, _cutoff_share() / max(up, down)) * up
        periods = -(-_BLOCK // up)
        self._outputs, self._inputs = periods * up, periods * down
        places = np.arange(self._outputs)[:, None] * down - (np.arange(self._width) - self.reach) * up + half
        inside = (places >= 0) & (places < len(filter_))
        self._matrix = np.where(inside, filter_[np.clip(places, 0, len(filter_) - 1)], 0.0).T.copy()

    @property
    def _width(self) -> int:
        return self._inputs + 2 * self.reach

    @staticmethod
    def is_small(up: int, down: int) -> bool:
        """Whether the matrix of such a ratio fits into some megabytes."""
        periods = -(-_BLOCK // up)
        reach = _half_length() * max(up, down) / up
        return periods * up * (periods * down + 2 * reach) <= _LARGEST_MATRIX

    def render(self, samples: Floats, start: int, first: int, last: int) -> Floats:
        """See :class:`_Kernel`."""
        output = np.empty(last - first, np.float32)
        for begin in range(first // self._outputs, -(-last // self._outputs), _BLOCKS_AT_ONCE):
            end = min(begin + _BLOCKS_AT_ONCE, -(-last // self._outputs))
            heard = np.zeros((end - begin) * self._inputs + 2 * self.reach)
            origin = begin * self._inputs - self.reach - start  # of what is heard, in `samples`
            inner = samples[max(0, origin) : max(0, origin + len(heard))]
            heard[max(0, -origin) : max(0, -origin) + len(inner)] = inner
            windows = np.lib.stride_tricks.sliding_window_view(heard, self._width)[:: self._inputs]
            values = (windows @ self._matrix).reshape(-1)
            low, high = max(first, begin * self._outputs), min(last, end * self._outputs)
            output[low - first : high - first] = values[low - begin * self._outputs : high - begin * self._outputs]
        return output


def _lowpass(half: int, cutoff: float) -> Doubles:
    """(2·half + 1,) a Kaiser-windowed sinc that lets through ``cutoff`` of the Nyquist frequency; its sum is 1."""
    filter_ = np.sinc(cutoff * np.arange(-half, half + 1)) * np.kaiser(2 * half + 1, _beta())
    return np.asarray(filter_ / filter_.sum())


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
    """Kaiser's window for that attenuation (his formula for 50 dB and more)."""
    return 0.1102 * (_ATTENUATION_DB - 8.7)
