"""``--rerun`` and its company: an earlier result is renewed, and what was edited in it stays."""

from __future__ import annotations

import argparse

from maya_a2f.core.face_regions import REGIONS
from maya_a2f.core.rerun import DEFAULT_FADE_FRAMES
from maya_a2f.core.rerun_scope import RerunScope, scope_from
from maya_a2f.errors import UserError


def add_rerun_options(group: argparse._ArgumentGroup) -> None:
    """Add them."""
    group.add_argument(
        "--rerun",
        action="store_true",
        help="renew the .ma of -o, which is there: keys edited in it since stay and are listed, all others are made "
        "again",
    )
    group.add_argument("--range", metavar="A:B", default=None, help="renew from frame A to frame B only")
    group.add_argument("--region", metavar="NAME,…", default=None, help=f"renew only {', '.join(REGIONS)}")
    group.add_argument(
        "--take-over", metavar="all|NODE.ATTR,…", default=None, help="attributes whose edits are given up"
    )
    group.add_argument(
        "--fade",
        metavar="FRAMES",
        type=int,
        default=None,
        help=f"length of the blend where new keys meet keys that stay (default: {DEFAULT_FADE_FRAMES})",
    )
    group.add_argument(
        "--result", metavar="NAME", default="", help="name of the result in the scene (default: the sound's file name)"
    )


def scope_of(options: argparse.Namespace) -> RerunScope | None:
    """How much is renewed; None without ``--rerun``. Raises :class:`UserError` ``rerun.*``."""
    given = {"range": options.range, "regions": options.region, "take_over": options.take_over, "fade": options.fade}
    if options.rerun:
        return scope_from(given)
    names = {"range": "--range", "regions": "--region", "take_over": "--take-over", "fade": "--fade"}
    lone = next((names[name] for name, value in given.items() if value is not None), None)
    if lone is not None:
        raise UserError(
            f"{lone} says how much of a scene is renewed, and nothing is.",
            code="rerun.none",
            hint=f"Add --rerun, or leave {lone} out.",
        )
    return None
