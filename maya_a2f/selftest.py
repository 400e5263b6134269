"""``maya_a2f.selftest()`` inside Maya, ``mayapy -m maya_a2f.selftest --json OUT`` beside it.

Asks this Maya everything the specification leaves open, and does one whole job in a scratch scene. The module can be
called, so that ``maya_a2f.selftest()`` works before and after it was imported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from maya_a2f import mayapy
from maya_a2f.errors import A2FError, HostError


def run(
    *,
    json_path: str | Path | None = None,
    model: str = "default",
    worker: bool = True,
    risky: bool = False,
    force: bool = False,
    quiet: bool = False,
) -> Any:
    """Run every check; prints a table and returns a :class:`maya_a2f.host.maya.selftest.running.Outcome`.

    ``worker=False`` leaves the worker out, ``risky=True`` adds what may end the process, ``force=True`` allows it with
    a saved scene open, which is opened again afterwards. Raises :class:`HostError` ``selftest.*``.
    """
    from maya_a2f.scripting.target import in_maya

    if not in_maya():
        raise HostError(
            "This is not Maya.", code="selftest.no_maya", hint="Run it in Maya, or: mayapy -m maya_a2f.selftest"
        )
    from maya_a2f.host.maya.selftest.running import run_checks

    path = None if json_path is None else Path(json_path)
    outcome = run_checks(model=model, worker=worker, risky=risky, force=force, json_path=path)
    if not quiet:
        print(outcome.table())
    return outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when all is well, 1 when something is not, else the error's code."""
    parser = argparse.ArgumentParser(prog="mayapy -m maya_a2f.selftest", description=__doc__)
    parser.add_argument("--json", metavar="OUT", type=Path, help="write what came of it there")
    parser.add_argument("--model", default="default", help="the model of the whole job (default: %(default)s)")
    parser.add_argument("--no-worker", action="store_true", help="leave out what needs the worker")
    parser.add_argument("--risky", action="store_true", help="also what may end the process (playblast)")
    given = parser.parse_args(arguments)
    try:
        mayapy.start("maya_a2f.selftest")
        outcome = run(json_path=given.json, model=given.model, worker=not given.no_worker, risky=given.risky)
    except A2FError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0 if outcome.is_good else 1


class _Callable(ModuleType):
    def __call__(self, **options: Any) -> Any:
        return run(**options)


sys.modules[__name__].__class__ = _Callable

if __name__ == "__main__":
    mayapy.leave(main())
