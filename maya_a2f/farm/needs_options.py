"""What a job asks of a farm's machines, from the command line."""

from __future__ import annotations

import argparse

from maya_a2f.errors import UserError
from maya_a2f.farm.openjd_template import SYSTEMS, FarmNeeds


def add_needs(group: argparse._ArgumentGroup) -> None:
    """Options of ``--openjd``."""
    group.add_argument(
        "--farm-system", metavar="NAME", action="append", default=[],
        help="with --openjd: only machines with linux, windows or macos (may be given again)",
    )  # fmt: skip
    group.add_argument("--farm-gpus", metavar="N", type=int, help="with --openjd: only machines with so many GPUs")
    group.add_argument("--farm-memory", metavar="GIB", type=float, help="with --openjd: only machines with this memory")
    group.add_argument(
        "--farm-minutes", metavar="N", type=int, help=f"with --openjd: longest task (default: {FarmNeeds.minutes})"
    )


def needs_of(options: argparse.Namespace) -> FarmNeeds:
    """The needs as given. Raises :class:`UserError` ``option.bad``."""
    for name in options.farm_system:
        if name not in SYSTEMS:
            raise _bad("--farm-system", name, f"It is one of {', '.join(SYSTEMS)}.")
    for option, value, lowest in (
        ("--farm-gpus", options.farm_gpus, 0),
        ("--farm-memory", options.farm_memory, 0),
        ("--farm-minutes", options.farm_minutes, 1),
    ):
        if value is not None and not lowest <= value < 1e6:
            raise _bad(option, f"{value:g}", f"Give a number from {lowest}.")
    return FarmNeeds(
        tuple(dict.fromkeys(options.farm_system)),
        options.farm_gpus or 0,
        options.farm_memory or 0.0,
        FarmNeeds.minutes if options.farm_minutes is None else options.farm_minutes,
    )


def given_needs(options: argparse.Namespace) -> list[str]:
    """The options that were given; they say nothing without ``--openjd``."""
    names = ("farm_system", "farm_gpus", "farm_memory", "farm_minutes")
    return [f"--{name.replace('_', '-')}" for name in names if getattr(options, name) not in (None, [])]


def _bad(option: str, value: str, hint: str) -> UserError:
    return UserError(f"{option} {value} is not understood.", code="option.bad", hint=hint)
