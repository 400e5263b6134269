"""Setting up the worker's environment: the command that does it, and how far its output says it is. Needs no Qt."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maya_a2f import settings
from maya_a2f.link.environment import worker_environment
from maya_a2f.ui.python_finding import FoundPython

STEPS: Final = ("Create the environment", "Fetch the packages", "Install the packages", "Check that they load")
_MARK: Final = "@step "
_MARKS: Final = {"creating the environment": 0, "installing packages": 1, "checking that they load": 3}
_INSTALLING: Final = "Installing collected packages:"
_COLLECTED: Final = re.compile(r"^\s*(?:Collecting|Processing) (?P<what>.+)$")
_FETCHED: Final = re.compile(r"^\s*(?:Downloading|Using cached) (?P<what>\S+?)(?: \((?P<size>[^)]+)\))?$")
_EXPECTED_PACKAGES: Final = 16
_FETCHING: Final = (0.12, 0.70)
_INSTALLED_AT: Final = (0.0, 0.12, 0.70, 0.96)
"""Share of the whole at which each step begins, by what they take on a slow line."""
_TAIL_LINES: Final = 400
CANCELLED_CODE: Final = 6


@dataclass(frozen=True)
class SetUp:
    """What to set up, and how."""

    python: FoundPython
    folder: Path
    wheels: Path | None = None
    """Folder of wheels; None takes the network."""
    script: Path | None = None
    """Another script than the module's ``install/bootstrap.py``."""

    def command(self) -> list[str]:
        """The command line."""
        script = self.script or settings.checkout_folder() / "install" / "bootstrap.py"
        offline = [] if self.wheels is None else ["--wheels", str(self.wheels)]
        # -B: the module may lie on a read-only share, and its folder is nobody's place for caches
        return [*self.python.command, "-B", "-u", str(script), "env", "--lines", "--folder", str(self.folder), *offline]


def set_up_environment(base: Mapping[str, str]) -> dict[str, str]:
    """``base`` without what Maya leaves in it; unlike the worker, pip needs the proxies."""
    proxies = {name: value for name, value in base.items() if name.upper().endswith("_PROXY")}
    return {**worker_environment(base), **proxies}


class SetUpProgress:
    """What the set-up's output has said so far."""

    def __init__(self) -> None:
        self.step = -1
        """Index into :data:`STEPS`; -1 before the first."""
        self.fraction = 0.0
        self.status = "Starting …"
        self.log: deque[str] = deque(maxlen=_TAIL_LINES)
        self._rest = ""
        self._collected = 0

    def feed(self, text: str) -> list[str]:
        """Take output as it comes; the whole lines that are new."""
        *lines, self._rest = (self._rest + text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
        shown = [line for line in lines if line.strip()]
        for line in shown:
            self._take(line)
        return [line for line in shown if not line.startswith(_MARK)]

    def end(self) -> list[str]:
        """The output is over: what stands in the last line without an end."""
        return self.feed("\n") if self._rest else []

    def last_words(self, lines: int = 12) -> str:
        """The end of the log: what an error says."""
        return "\n".join(list(self.log)[-lines:])

    def _take(self, line: str) -> None:
        if line.startswith(_MARK):
            self._begin(_MARKS.get(line[len(_MARK) :].strip(), self.step))
            return
        self.log.append(line)
        collected, fetched = _COLLECTED.match(line), _FETCHED.match(line)
        if line.startswith(_INSTALLING):
            self._begin(2)
            self.status = f"{self._collected} packages"
        elif collected:
            self._collected += 1
            start, end = _FETCHING
            self._reach(start + (end - start) * min(0.98, self._collected / _EXPECTED_PACKAGES))
            self.status = _package_name(collected["what"])
        elif fetched and fetched["what"].endswith(".whl"):
            name = fetched["what"].split("/")[-1].split("-")[0]
            self.status = f"{name}, {fetched['size']}" if fetched["size"] else name

    def _begin(self, step: int) -> None:
        self.step = step
        self.status = ""
        if step >= 0:
            self._reach(_INSTALLED_AT[step])

    def _reach(self, fraction: float) -> None:
        self.fraction = max(self.fraction, fraction)


def _package_name(what: str) -> str:
    """From a requirement (``numpy>=1.26``) or the path of a wheel."""
    name = re.split(r"[/\\]", what)[-1]
    return re.split(r"[-<>=!~\[ (;]", name)[0] if name.endswith(".whl") else re.split(r"[<>=!~\[ (;]", name)[0]
