"""All checks, each in a new scene, and what came of them as a table and as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maya import cmds

import maya_a2f
from maya_a2f.core.atomic_file import write_atomically
from maya_a2f.errors import HostError
from maya_a2f.host.maya import scene
from maya_a2f.host.maya.selftest.check import Check, Finding, Surroundings, answered
from maya_a2f.host.maya.selftest.desktop_checks import DESKTOP_CHECKS
from maya_a2f.host.maya.selftest.emotion_checks import EMOTION_CHECKS
from maya_a2f.host.maya.selftest.full_job import JOB_CHECKS
from maya_a2f.host.maya.selftest.keys import KEY_CHECKS
from maya_a2f.host.maya.selftest.rig_checks import RIG_CHECKS
from maya_a2f.host.maya.selftest.scene_checks import SCENE_CHECKS
from maya_a2f.host.maya.selftest.surroundings import AROUND_CHECKS

SCHEMA = "a2f.selftest/1"
CHECKS: tuple[Check, ...] = (
    *KEY_CHECKS, *SCENE_CHECKS, *RIG_CHECKS, *EMOTION_CHECKS, *AROUND_CHECKS, *DESKTOP_CHECKS, *JOB_CHECKS
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of all checks."""

    host: dict[str, str]
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """No check broke, and no job or check without a fallback came out different."""
        return not any(
            finding.verdict == "error" or (finding.verdict == "different" and "none: report" in finding.meaning)
            for finding in self.findings
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "schema": SCHEMA,
            "good": self.is_good,
            "host": self.host,
            "checks": [finding.to_dict() for finding in self.findings],
        }

    def table(self) -> str:
        """For people."""
        width = max(len(finding.id) for finding in self.findings)
        lines = [" ".join(f"{name} {value}" for name, value in self.host.items())]
        for finding in self.findings:
            lines.append(
                f"{finding.id:{width}}  {finding.verdict:12} {finding.observed.partition(chr(10))[0]}".rstrip()
            )
            if finding.meaning:
                lines.append(f"{'':{width}}  {'':12} {finding.meaning}")
        counts = {
            word: sum(finding.verdict == word for finding in self.findings)
            for word in ("as expected", "different", "not checked", "error")
        }
        lines.append(", ".join(f"{count} {word}" for word, count in counts.items()))
        return "\n".join(lines)


def run_checks(
    *,
    model: str = "default",
    worker: bool = True,
    risky: bool = False,
    force: bool = False,
    json_path: Path | None = None,
    checks: Sequence[Check] = CHECKS,
    on_finding: Callable[[Finding], None] | None = None,
) -> Outcome:
    """Ask everything. Each check has a new scene; afterwards the scene that was open is opened again.

    Raises :class:`HostError` ``selftest.unsaved`` for unsaved changes, which are never thrown away, and
    ``selftest.open_scene`` for a saved scene without ``force``. The JSON is renewed after each check, so that one that
    ends the process is known.
    """
    _check_scene(force)
    host = host_facts()
    findings: list[Finding] = []
    with _scene_kept(), tempfile.TemporaryDirectory(prefix="a2f_selftest_") as folder:
        here = Surroundings(Path(folder), model, worker, risky)
        for check in checks:
            scene.new_scene()
            findings.append(answered(check, here))
            if on_finding is not None:
                on_finding(findings[-1])
            if json_path is not None:
                _write(json_path, Outcome(host, tuple(findings)))
        scene.new_scene()
    return Outcome(host, tuple(findings))


def host_facts() -> dict[str, str]:
    """Versions and platform."""
    return {
        "maya": scene.maya_version(),
        "mode": "batch" if cmds.about(batch=True) else "window",
        "maya_a2f": maya_a2f.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _check_scene(force: bool) -> None:
    command = f'"{mayapy_path()}" -m maya_a2f.selftest --json a2f_selftest.json'
    if scene.is_modified():
        raise HostError(
            "The scene has unsaved changes, and the self-test needs new scenes.",
            code="selftest.unsaved",
            hint=f"Save it first, or run the self-test beside Maya: {command}",
        )
    if scene.scene_path() is not None and not force:
        raise HostError(
            f"The scene '{scene.scene_path()}' is open, and the self-test needs new scenes.",
            code="selftest.open_scene",
            hint="Close it (File > New Scene), or give force=True: it is opened again afterwards, with an empty undo "
            f"queue. Or run beside Maya: {command}",
        )


def mayapy_path() -> str:
    """mayapy of this Maya."""
    name = "mayapy.exe" if sys.platform == "win32" else "mayapy"
    location = os.environ.get("MAYA_LOCATION")
    return str(Path(location) / "bin" / name) if location else name


@contextlib.contextmanager
def _scene_kept() -> Iterator[None]:
    path = scene.scene_path()
    try:
        yield
    finally:
        if path is not None:
            scene.open_scene(path)
        else:
            scene.new_scene()


def _write(path: Path, outcome: Outcome) -> None:
    write_atomically(path, (json.dumps(outcome.to_dict(), indent=1, ensure_ascii=False) + "\n").encode())
