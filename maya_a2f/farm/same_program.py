"""Whether two machines run the same maya_a2f."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import maya_a2f


@lru_cache(maxsize=1)
def program_digest() -> str:
    """Hash of the package's own source: equal where two machines would do the same. Line ends do not count."""
    root = Path(maya_a2f.__file__).resolve().parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
