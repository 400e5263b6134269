"""How the workers of a batch are started."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from maya_a2f.settings import THREADS_VARIABLE

_LIBRARIES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextlib.contextmanager
def engine_threads(count: int) -> Iterator[None]:
    """Within the block, workers start with so many threads of the processor; 0 leaves it to them."""
    names = (THREADS_VARIABLE, *_LIBRARIES) if count else ()
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
