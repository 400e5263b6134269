"""Plans that were built, kept by everything they depend on, so that each is built once.

The first folder is the module's, where a studio's machines share them; where it can't be written, the user's cache is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maya_a2f.core.atomic_file import make_folder, unwritable
from maya_a2f.errors import EngineError, HostError
from maya_a2f.worker.engines.plan_file import Plan, read_plan, write_plan
from maya_a2f.worker.engines.plan_lock import building_lock

SCHEMA = "a2f.plan/1"
WAITING = "Waiting for another process that prepares the network for the GPU"
_SUFFIX = ".plan"
_LIMIT_BYTES = 16 * 2**30


@dataclass(frozen=True)
class Watch:
    """Who hears of the progress of a build and may call it off."""

    on_progress: Callable[[str, int, int], None] = lambda text, done, total: None
    """What is done, how much of it, of how much."""
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class PlanCache:
    """Plans in ``folders``, the first of which that can be written to is."""

    folders: tuple[Path, ...]
    limit_bytes: int = field(default=_LIMIT_BYTES)
    """Of plans in a folder; those unused for longest go first."""
    _refused: set[Path] = field(default_factory=set, compare=False)
    """Plans that were not accepted and cannot be deleted either: a studio's folder may be read-only."""

    def find(self, key: str) -> Plan | None:
        """The sound plan under ``key``; None where there is none."""
        for folder in self.folders:
            path = folder / (key + _SUFFIX)
            plan = None if path in self._refused else read_plan(path, key)
            if plan is not None:
                with contextlib.suppress(OSError):
                    os.utime(path)
                return plan
        return None

    def plan(self, key: str, build: Callable[[], Plan], watch: Watch) -> Plan:
        """The plan under ``key``, built by ``build`` when there is no sound one; another process's build is waited for.

        Raises :class:`Cancelled`, :class:`EngineError` ``engine.disk_full`` or ``engine.plan_not_kept`` when it can't
        be kept anywhere, and what ``build`` raises.
        """
        found = self.find(key)
        if found is not None:
            return found
        refusals: list[HostError] = []
        built: Plan | None = None
        for folder in self.folders:
            try:
                make_folder(folder)
                with _locked(folder / (key + ".lock"), watch):
                    found = self.find(key)
                    if found is not None:
                        return found
                    built = built or build()
                    self._keep(folder, key, built)
                return built
            except HostError as error:
                refusals.append(error)
        raise _not_kept(refusals)

    def copies(self, key: str) -> int:
        """In how many folders there is something under ``key``."""
        return sum((folder / (key + _SUFFIX)).is_file() for folder in self.folders)

    def replace(self, plan: Plan) -> None:
        """Write the plan's header anew where it lies. Not being able to costs time later, so nothing is raised."""
        for folder in self.folders:
            path = folder / (plan.key + _SUFFIX)
            if path.is_file() and path not in self._refused:
                with contextlib.suppress(HostError):
                    write_plan(path, plan)
                return

    def reject(self, plan: Plan) -> None:
        """Keep of the plan only its header, which says why it is not to be used; as :meth:`replace`."""
        self.replace(Plan(plan.header, b""))
        for path in self.runtime_files(plan.key):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def runtime_files(self, key: str) -> list[Path]:
        """Where what the library keeps of running the plan under ``key`` lies or may be written, one per folder."""
        return [folder / f"{key}.runtime" for folder in self.folders]

    def forget(self, key: str) -> None:
        """Delete the plan that :meth:`find` gives under ``key``, or look past it where it cannot be deleted: its
        library did not accept it."""
        for folder in self.folders:
            path = folder / (key + _SUFFIX)
            if path in self._refused or read_plan(path, key) is None:
                continue
            try:
                path.unlink(missing_ok=True)
            except OSError:
                self._refused.add(path)
            return

    def _keep(self, folder: Path, key: str, plan: Plan) -> None:
        write_plan(folder / (key + _SUFFIX), plan)
        self._refused.discard(folder / (key + _SUFFIX))
        entries = []
        for path in folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                state = path.stat()
                entries.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries, key=lambda entry: entry[0])[:-1]:
            if total <= self.limit_bytes:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                path.with_suffix(".runtime").unlink(missing_ok=True)
                total -= size


def plan_key(made_for: dict[str, Any]) -> str:
    """64 hex digits over everything a plan depends on."""
    return hashlib.sha256(json.dumps([SCHEMA, made_for], sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def _locked(path: Path, watch: Watch) -> Iterator[None]:
    stack = contextlib.ExitStack()
    try:
        stack.enter_context(building_lock(path, lambda: watch.on_progress(WAITING, 0, 0), watch.cancelled))
    except OSError as error:
        raise unwritable(path, error) from error
    with stack:
        yield


def _not_kept(refusals: Sequence[HostError]) -> EngineError:
    is_full = any(error.code == "file.disk_full" for error in refusals)
    why = next((error for error in refusals if error.code == "file.disk_full"), refusals[0])
    return EngineError(
        f"The network could not be prepared for the GPU: {why.message[0].lower()}{why.message[1:]}",
        code="engine.disk_full" if is_full else "engine.plan_not_kept",
        hint="Free some space, then run again." if is_full else "Name a folder you may write to in MAYA_A2F_CACHE.",
        details="\n".join(error.message for error in refusals),
    )
