"""Temporary files of a run that was killed."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from pathlib import Path

from maya_a2f.farm.drafting import RESERVED
from maya_a2f.farm.plan import Plan
from maya_a2f.farm.records import record_path

_RANDOM = r"\.[A-Za-z0-9_]{8}"


def remove_leftovers(plan: Plan, folder: Path) -> int:
    """Remove what writing the files of ``plan`` left half done; how many there were.

    Only names that :func:`~maya_a2f.core.atomic_file.atomic_path` gives to the plan's own files go.
    """
    names: defaultdict[Path, set[tuple[str, str]]] = defaultdict(set)
    own = [folder / name for name in RESERVED]
    for line in plan.lines:
        own += [*line.output_paths(folder), record_path(folder, line)]
    for path in own:
        names[path.parent].add((path.name[:40], path.suffix))
    removed = 0
    for parent, wanted in names.items():
        with contextlib.suppress(OSError):
            hidden = [entry for entry in parent.iterdir() if entry.name.startswith(".")]
            for entry in hidden:
                match = re.fullmatch(rf"\.(.*){_RANDOM}(\.[^.]*)", entry.name)
                if match is not None and (match[1], match[2]) in wanted:
                    entry.unlink(missing_ok=True)
                    removed += 1
    return removed
