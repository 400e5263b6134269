"""What training minimises: tracks near the teacher's, contacts and rest at the right time, phones told apart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from maya_a2f.training.network import TrunkOutput
from maya_a2f.training.phones import PHONE_CLASSES
from maya_a2f.training.tracks import COLUMN, TRACKS

TRACK_WEIGHT: dict[str, float] = {
    "gap": 1.0, "jaw": 2.5, "pucker": 1.2, "funnel": 0.8, "spread": 0.8, "tuck": 0.9, "contact": 0.0, "brow": 0.15,
    "blink": 0.3,
}  # fmt: skip
"""Weights of the tracks' errors; tongue tracks 0.3."""
# Sounds most easily taken for a bilabial closure, though their lips stay open.
_DECOYS = ("n", "ng", "alveolar", "velar", "l", "dental", "h")
VELOCITY_WEIGHT, CONTACT_WEIGHT, REST_WEIGHT, CLASS_WEIGHT, DECOY_WEIGHT, SHAPE_WEIGHT = 1.5, 0.5, 0.2, 0.35, 1.5, 0.4
CONTACT_POSITIVE_WEIGHT = 2.2


@dataclass(frozen=True)
class LossTerms:
    """The parts of the loss, each a scalar already weighted."""

    tracks: Tensor
    velocity: Tensor
    contact: Tensor
    rest: Tensor
    classes: Tensor
    decoys: Tensor
    shape: Tensor

    def total(self) -> Tensor:
        """The sum."""
        return self.tracks + self.velocity + self.contact + self.rest + self.classes + self.decoys + self.shape


def track_weights() -> Tensor:
    """(tracks,) weights in the order of the columns."""
    return torch.tensor([TRACK_WEIGHT.get(name, 0.3) for name in TRACKS])


def loss_terms(out: TrunkOutput, tracks: Tensor, classes: Tensor) -> LossTerms:
    """All terms for targets ``tracks`` [B, T, tracks] and ``classes`` [B, T]."""
    contact = tracks[..., COLUMN["contact"]]
    gap, wanted = out.tracks[..., COLUMN["gap"]], tracks[..., COLUMN["gap"]]
    weights = track_weights()
    error = out.tracks - tracks
    near_contact = 1.0 + 2.5 * functional.max_pool1d(contact[:, None], 5, 1, 2)[:, 0]
    focus = torch.ones_like(error)
    focus[..., COLUMN["gap"]] = near_contact
    size = error.abs() + error**2
    track_loss = (size * focus * weights).mean(dim=(0, 1)).sum()
    velocity = (torch.diff(out.tracks, dim=1) - torch.diff(tracks, dim=1)).abs()
    velocity_loss = (velocity * weights).mean(dim=(0, 1)).sum() * VELOCITY_WEIGHT

    logit = out.tracks[..., COLUMN["contact"]]
    decoy = torch.zeros_like(contact)
    for name in _DECOYS:
        decoy += (classes == PHONE_CLASSES.index(name)).float()
    decoy = decoy * (contact < 0.05)
    hardness = 1.0 + DECOY_WEIGHT * 2.0 * decoy * torch.sigmoid(logit.detach())
    positive = torch.tensor(CONTACT_POSITIVE_WEIGHT)
    contact_error = functional.binary_cross_entropy_with_logits(logit, contact, pos_weight=positive, reduction="none")
    at_rest = ((wanted < 0.03) & (contact < 0.05) & (classes == PHONE_CLASSES.index("pause"))).float()
    rest_loss = functional.binary_cross_entropy_with_logits(out.rest, at_rest)
    sunk = torch.relu(torch.clamp(wanted, max=0.16) - gap) * decoy

    class_error = functional.cross_entropy(
        out.classes.flatten(0, 1), classes.flatten().long(), label_smoothing=0.05, reduction="none"
    )
    return LossTerms(
        tracks=track_loss,
        velocity=velocity_loss,
        contact=(contact_error * hardness).mean() * CONTACT_WEIGHT,
        rest=rest_loss * REST_WEIGHT,
        classes=class_error.mean() * CLASS_WEIGHT,
        decoys=sunk.mean() * DECOY_WEIGHT,
        shape=_uncorrelated(out.tracks, tracks) * SHAPE_WEIGHT,
    )


def _uncorrelated(out: Tensor, tracks: Tensor) -> Tensor:
    """1 - concordance of (spread - pucker) over the batch: keeps round and spread vowels as far apart as taught."""
    x = (out[..., COLUMN["spread"]] - out[..., COLUMN["pucker"]]).flatten()
    y = (tracks[..., COLUMN["spread"]] - tracks[..., COLUMN["pucker"]]).flatten()
    dx, dy = x - x.mean(), y - y.mean()
    return 1.0 - 2.0 * (dx * dy).mean() / (dx.square().mean() + dy.square().mean() + (x.mean() - y.mean()) ** 2 + 1e-6)
