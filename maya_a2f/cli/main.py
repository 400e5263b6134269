"""The ``a2f`` command. Exit codes: 0 done, 2 the user's input, 3 the installation or a package, 4 the worker process,
5 writing files, 6 cancelled, 1 a defect of ours."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from maya_a2f import __version__, settings
from maya_a2f.cli.console import Console, accept_every_letter
from maya_a2f.cli.parsing import ShortParser
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.link.log_file import log_error, start_logging

_COMMANDS = ("animate", "batch", "emotion", "panel", "report", "rig", "models", "train", "doctor")
"""As ``--help`` lists them; each is the module of its name."""


def build_parser(only: str = "") -> ShortParser:
    """The whole command line; that of one command where ``only`` names it: loading the others takes a while."""
    parser = ShortParser(
        prog="a2f",
        description="From a recording to a keyed face: speech becomes editable keys on blendshapes and joints.",
        epilog="Start with:  a2f animate RECORDING.wav -o face.ma -o face.mp4",
    )
    parser.add_argument("--version", action="version", version=f"maya_a2f {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (only,) if only in _COMMANDS else _COMMANDS:
        import_module(f"maya_a2f.cli.{command}").add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code and lets no traceback out unless ``--debug`` is given."""
    accept_every_letter()
    if arguments is None:  # the real command line
        start_logging(settings.log_folder(), "command")
    console, debug = Console(), False
    try:
        words = sys.argv[1:] if arguments is None else arguments
        options = build_parser(words[0] if words else "").parse(arguments)
        console, debug = Console(quiet=options.quiet), options.debug
        return int(options.run(options, console))
    except A2FError as error:
        return _report(error, console, debug)
    except KeyboardInterrupt:
        return _report(Cancelled(), console, debug=False)
    except Exception as error:
        if debug:
            console.close()
            traceback.print_exc()
        else:
            console.defect(str(error) or type(error).__name__)
        return 1


def _report(error: A2FError, console: Console, debug: bool) -> int:
    console.error(error)
    log_error(error)
    if debug:
        traceback.print_exc()
        if error.details:
            print(error.details, file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
