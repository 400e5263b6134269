"""Solve a take for a fitted rig: channels in, attribute values out, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from maya_a2f.worker.fitting.clip_solver import Contacts, solve_clip
from maya_a2f.worker.fitting.columns import control_values
from maya_a2f.worker.fitting.fit_data import Fit
from maya_a2f.worker.fitting.quality import alone, undone_share
from maya_a2f.worker.fitting.surface import Doubles

_CLOSED_CM, _OPEN_CM = 0.04, 0.25
"""Our lips touch below the first; above the second their distance is a wish like any other."""
_PRESSED_CM = 0.01
"""Lips that touch on ours press on theirs by so much, so that what other wishes leave of it is still a contact."""
_FRAMES_AT_ONCE = 4096
_OVERLAP = 24
_ANSWERS = 0.3
"""A control answers to a shape that uses it by at least so much of what the one that uses it most does."""
_OUTER_COST = 1e-3
"""The outer pieces of a chain cost this share of their motion more, so that inner ones fill first."""


@dataclass(frozen=True, eq=False)
class Retargeted:
    """What the rig does."""

    values: Mapping[str, Doubles]
    """Attribute -> (F,) values, rest included."""
    at_rest: tuple[str, ...]
    """Attributes that nothing in this take needs."""
    residuals: Mapping[str, float]
    """Region -> share of its wanted motion's RMS that stays undone in this take."""


class FittedRetarget:
    """A fit made ready to solve; safe to use for any number of takes."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        h, settings = fit.total.controls, fit.settings
        own = np.maximum(np.diag(h), 1e-12)
        self._h = h + np.diag(settings.ridge * own + 1e-12)
        for a, b in fit.pairs:
            pull = settings.symmetry * float(np.sqrt(own[a] * own[b]))
            self._h[a, a] += pull
            self._h[b, b] += pull
            self._h[a, b] -= pull
            self._h[b, a] -= pull
        order = np.array([piece.order for piece in fit.pieces], dtype=np.float64)
        self._linear = settings.sparsity_cm * np.sqrt(own) + _OUTER_COST * order * own
        self._upper = np.array([piece.most for piece in fit.pieces])
        self._smoothing = settings.smoothing * float(np.median(own))

    @cached_property
    def channels(self) -> dict[str, tuple[str, ...]]:
        """Attribute -> the channels that use it, each at full strength; the first uses it most."""
        fit = self.fit
        x = alone(fit.total, fit.pieces)
        found = {}
        for at, control in enumerate(fit.controls):
            use = np.max([x[row] for row, piece in enumerate(fit.pieces) if piece.control == at], axis=0, initial=0.0)
            order = [shape for shape in np.argsort(-use) if use[shape] >= max(_ANSWERS * float(use.max()), 1e-3)]
            found[control.attribute] = tuple(fit.shapes[shape] for shape in order)
        return found

    def solve(
        self,
        tracks: Mapping[str, npt.NDArray[np.floating]],
        frame_count: int,
        asked: Doubles | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Retargeted:
        """``tracks``: channel -> (F,); channels that the fit does not know do nothing. ``asked`` (K, F): what motion
        beyond that of the channels asks of the variables, see :mod:`maya_a2f.worker.fitting.network_motion`."""
        fit = self.fit
        weights = np.zeros((len(fit.shapes), frame_count))
        for row, name in zip(weights, fit.shapes, strict=True):
            if name in tracks:
                row[:] = tracks[name]
        b = fit.total.cross @ weights + (fit.total.controls @ fit.lips.seal)[:, None]
        if asked is not None:
            b += asked
        contacts = self._contacts(weights)
        x = np.empty((len(fit.pieces), frame_count))
        for start in range(0, frame_count, _FRAMES_AT_ONCE):
            first, last = max(start - _OVERLAP, 0), min(start + _FRAMES_AT_ONCE + _OVERLAP, frame_count)
            part = Contacts(contacts.rows, contacts.goals[:, first:last], contacts.weights[:, first:last])
            solved = solve_clip(self._h, b[:, first:last], self._upper, self._linear, part, self._smoothing, check)
            end = min(start + _FRAMES_AT_ONCE, frame_count)
            x[:, start:end] = solved[:, start - first : end - first]
        values = control_values(fit.rest, fit.pieces, x.T)
        names = [control.attribute for control in fit.controls]
        used = np.array([any(x[at].max(initial=0.0) > 1e-4 for at, p in enumerate(fit.pieces) if p.control == c)
                         for c in range(len(names))])  # fmt: skip
        return Retargeted(
            {name: np.ascontiguousarray(values[:, at]) for at, name in enumerate(names)},
            tuple(name for name, is_used in zip(names, used, strict=True) if not is_used),
            {
                region: undone_share(grams, x - fit.lips.seal[:, None], weights)
                for region, grams in fit.by_region.items()
            },
        )

    def gaps(self, tracks: Mapping[str, npt.NDArray[np.floating]], frame_count: int) -> tuple[Doubles, Doubles]:
        """(R, F) our lip distances and what is asked of theirs; centimetres above rest."""
        weights = np.zeros((len(self.fit.shapes), frame_count))
        for row, name in zip(weights, self.fit.shapes, strict=True):
            if name in tracks:
                row[:] = tracks[name]
        contacts = self._contacts(weights)
        return self.fit.lips.shapes @ weights, contacts.goals

    def _contacts(self, weights: Doubles) -> Contacts:
        fit, lips = self.fit, self.fit.lips
        ours = lips.shapes @ weights
        near = np.clip((_OPEN_CM - ours) / (_OPEN_CM - _CLOSED_CM), 0.0, 1.0)
        near = near * near * (3.0 - 2.0 * near)
        goals = lips.ratio[:, None] * ours + (lips.controls @ lips.seal)[:, None] - _PRESSED_CM * near
        strength = (fit.settings.opening + (fit.settings.contact - fit.settings.opening) * near) / max(len(ours), 1)
        return Contacts(lips.controls, goals, strength)
