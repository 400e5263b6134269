"""Install the Maya module: ``python3 install/installer.py install | uninstall | status``. Python 3.9 and newer."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from a2f_install.command import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # folders may hold letters that the console cannot show
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent.parent))
