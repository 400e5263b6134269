"""The parser of the command line: a wrong option costs one line, not a screen."""

from __future__ import annotations

import argparse
from typing import NoReturn


class ShortParser(argparse.ArgumentParser):
    """Says what is wrong and where the help is, without listing every option."""

    def error(self, message: str) -> NoReturn:
        """One line, then exit code 2."""
        what = message[:1].upper() + message[1:]
        next_step = f"See '{self.prog} --help'."
        if message.endswith("expected one argument"):
            next_step = f"A value that begins with a minus is joined by '=', as in --gaze=-10,5. {next_step}"
        self.exit(2, f"{self.prog}: {what}. {next_step}\n")
