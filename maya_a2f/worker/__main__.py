"""Where the worker process begins; run by path: ``python -I …/maya_a2f/worker/__main__.py``.

The package is loaded from where this file lies and no folder is added to ``sys.path``: a stray ``json.py`` beside the
package, or the modules of this folder, cannot take the place of the standard library's.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maya_a2f.worker.service import Handler


def load_package() -> None:
    """Make ``import maya_a2f`` mean the package this file is part of."""
    folder = Path(__file__).resolve().parent.parent
    spec = importlib.util.spec_from_file_location(
        "maya_a2f", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"No package in '{folder}'.")
    package = importlib.util.module_from_spec(spec)
    sys.modules["maya_a2f"] = package
    spec.loader.exec_module(package)


def load_handlers() -> Mapping[str, Handler]:
    """Imported at the first request: numpy and the engines take their time, hello should not."""
    # numpy's own threads would spin against the engine's, which slows both down; the engine has the large products.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from maya_a2f.worker.handlers import handlers

    return handlers()


def main() -> None:
    """Serve until the parent leaves."""
    load_package()
    from maya_a2f.worker.service import serve

    serve(load_handlers)


if __name__ == "__main__":
    main()
