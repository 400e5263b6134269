"""The parser of the command line: a wrong option costs one line, not a screen."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import NoReturn


class ShortParser(argparse.ArgumentParser):
    """Says what is wrong and where the help is, without listing every option."""

    def error(self, message: str) -> NoReturn:
        """One line, then exit code 2."""
        what = message[:1].upper() + message[1:] + ("" if message.endswith("?") else ".")
        next_step = f"See '{self.prog} --help'."
        if message.endswith("expected one argument"):
            next_step = f"A value that begins with a minus is joined by '=', as in --gaze=-10,5. {next_step}"
        self.exit(2, f"{self.prog}: {what} {next_step}\n")

    def parse(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """As ``parse_args``; an unknown option is told by the command it was given to, with the nearest it has."""
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            self._refuse(options, unknown[0].partition("=")[0])
        return options

    def _refuse(self, options: argparse.Namespace, word: str) -> NoReturn:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                command = action.choices.get(str(getattr(options, action.dest, "")))
                if isinstance(command, ShortParser):
                    command._refuse(options, word)
        near = difflib.get_close_matches(word, self._option_string_actions, n=1)
        self.error(f"'{word}' is not known here" + (f". Did you mean {near[0]}?" if near else ""))
