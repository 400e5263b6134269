"""Several changes as one step of Maya's undo queue."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from maya import cmds

from maya_a2f.errors import HostError
from maya_a2f.host.maya.outside_stubs import undo_step_name
from maya_a2f.host.maya.snapshot import restore_view, view_snapshot

_STEPS = itertools.count(1)


@contextmanager
def one_step(what: str = "keys") -> Iterator[None]:
    """Everything inside is one undo step; a failure takes back what was done. The view is left as it was.

    Raises :class:`HostError` ``maya.refused``.
    """
    view = view_snapshot()
    is_batch = cmds.about(batch=True)
    name = f"A2F {what} {next(_STEPS)}"
    failed = True
    cmds.undoInfo(openChunk=True, chunkName=name)
    if not is_batch:
        cmds.refresh(suspend=True)
    try:
        yield
        restore_view(view)
        failed = False
    except (RuntimeError, ValueError, TypeError) as error:
        raise HostError(
            f"Maya refused a step: {error}",
            code="maya.refused",
            hint="Nothing was changed. Look for the node it names; it may be locked or referenced.",
            details=traceback.format_exc(),
        ) from error
    finally:
        if not is_batch:
            cmds.refresh(suspend=False)
        cmds.undoInfo(closeChunk=True)
        # An empty step may not be kept at all, and undo may be switched off: undo only what is surely ours.
        if failed and undo_step_name() == name:
            cmds.undo()
