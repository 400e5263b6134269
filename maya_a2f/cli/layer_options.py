"""The options for eyes, brows and head: ``--layer``, ``--seed``, ``--gaze``, ``--saccades``."""

from __future__ import annotations

import argparse
from dataclasses import replace

from maya_a2f.core.face_regions import REGIONS
from maya_a2f.core.layer_words import parse_gaze, parse_layer
from maya_a2f.core.layers import (
    LARGEST_SEED,
    LAYER_NAMES,
    SACCADE_KINDS,
    LayerSettings,
    with_layer,
    with_seed,
    with_targets,
)
from maya_a2f.errors import UserError


def add_layer_options(group: argparse._ArgumentGroup) -> None:
    """Add them to a group of options."""
    group.add_argument(
        "--layer",
        metavar="NAME=X",
        action="append",
        default=[],
        help=f"how strong a layer is: {', '.join(LAYER_NAMES)}; for example blinks=0.5, head=off, head=0.8:7 with 7 as "
        "its seed (default: as the model has it, and a gently moving head)",
    )
    group.add_argument(
        "--seed",
        metavar="N",
        type=int,
        default=None,
        help=f"another variation of blinks, eye darts, brows and head, 0 to {LARGEST_SEED}",
    )
    group.add_argument(
        "--gaze",
        metavar="X,Y[,Z][@S-E]",
        action="append",
        default=[],
        help="where the eyes look: degrees to the character's left and up, or with Z a point in centimetres before the "
        "eyes; @2-4.5 holds it from 2 to 4.5 s. May be given several times; write --gaze=-10,5 before a minus",
    )
    group.add_argument(
        "--saccades",
        choices=SACCADE_KINDS,
        default=None,
        help="eye darts of the model, or drawn from measured figures (default: model)",
    )
    group.add_argument(
        "--keep-existing",
        metavar="REGION,…",
        default="eyes,head",
        help="regions of a character's scene whose own animation is left alone, or none (default: %(default)s)",
    )


def kept_of(options: argparse.Namespace) -> frozenset[str]:
    """The regions whose animation is kept. Raises :class:`UserError` ``option.bad``."""
    names = frozenset(filter(None, (part.strip() for part in options.keep_existing.split(","))))
    if names == {"none"}:
        return frozenset()
    if unknown := sorted(names - set(REGIONS)):
        raise UserError(
            f"'{unknown[0]}' is no region of the face.",
            code="option.bad",
            hint=f"Give --keep-existing none, or some of {', '.join(REGIONS)}.",
        )
    return names


def unseen_gazes(layers: LayerSettings, seconds: float) -> list[str]:
    """A sentence for every gaze that is held only after a clip of so many seconds."""
    late = [target for target in layers.targets if (target.start_seconds or 0.0) >= seconds]
    return [
        f"The gaze at {gaze.x:g},{gaze.y:g} is not seen: it starts at {gaze.start_seconds:g} s, after the clip's end."
        for gaze in late
    ]


def layers_of(options: argparse.Namespace) -> LayerSettings:
    """What the options ask for. Raises :class:`UserError` ``layer.*`` or ``gaze.bad``."""
    layers = LayerSettings(saccade_kind=options.saccades or "model")
    if options.seed is not None:
        layers = with_seed(layers, options.seed)
    for text in options.layer:
        name, layer = parse_layer(text)
        if ":" not in text:
            layer = replace(layer, seed=options.seed or 0)
        layers = with_layer(layers, name, layer)
    return with_targets(layers, tuple(map(parse_gaze, options.gaze)))
