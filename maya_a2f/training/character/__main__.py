"""``python -m maya_a2f.training.character CONFIG.toml``: train a character without the ``a2f`` command."""

from __future__ import annotations

import sys

from maya_a2f.training.command import main

if __name__ == "__main__":
    sys.exit(main())
