"""What the installers know about this module: which module files lead to it, where environments are."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from maya_a2f import settings


def installation_rows() -> list[tuple[str, str]]:
    """(label, text) rows as ``installer.py status`` prints them; one row with the reason where there is no installer
    beside the package.
    """
    folder = settings.checkout_folder() / "install"
    if not (folder / "a2f_install" / "status.py").is_file():
        return [("module", f"no installer in '{settings.checkout_folder()}': the package was installed without it")]
    sys.path.insert(0, str(folder))
    try:
        source, status, places = (importlib.import_module(f"a2f_install.{n}") for n in ("source", "status", "places"))
        return _rows(source, status, places)
    except Exception as error:  # a report about faults must not fail by one
        return [("module", f"cannot be told ({type(error).__name__}: {error})")]
    finally:
        sys.path.remove(str(folder))


def _rows(source: Any, status: Any, places: Any) -> list[tuple[str, str]]:
    rows = status.rows(places.System(), source.read_source(settings.checkout_folder()))
    return [(str(label), str(text)) for label, text in rows]
