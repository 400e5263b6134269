"""The installers run by themselves, from their own folder."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "install"
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))
