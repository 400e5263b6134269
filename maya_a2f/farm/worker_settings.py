"""How the workers of a batch are started."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from maya_a2f.settings import THREADS_VARIABLE

_MESA = "LP_NUM_THREADS"
"""Those that draw beside the one that asks: none is cheapest for small pictures."""
_LIBRARIES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextlib.contextmanager
def engine_threads(count: int) -> Iterator[None]:
    """Within the block, workers start with so many threads of the processor; 0 leaves it to them."""
    wanted = {**dict.fromkeys((THREADS_VARIABLE, *_LIBRARIES), str(count)), _MESA: str(count - 1)} if count else {}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
