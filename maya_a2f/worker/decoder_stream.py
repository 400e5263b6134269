"""A file as native decoders may read it: without a name, and raising nothing into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class DecoderStream:
    """The methods that soundfile and PyAV ask of a file object.

    By its name a ".raw" or ".vox" would be taken for headerless data, a ".m3u8" for a playlist; so it has none.
    Exceptions inside a native callback cannot be raised, only printed; they become short reads and failed seeks.
    """

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        self.failure = ""
        """Why reading stopped, when the disk or the network failed."""

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; none at the end or after a failure."""
        try:
            return self._stream.read(size)
        except OSError as error:
            self.failure = error.strerror or str(error)
            return b""

    def readinto(self, buffer: Any) -> int:
        """As :meth:`read`, into ``buffer``."""
        try:
            return self._stream.readinto(buffer)
        except OSError as error:
            self.failure = error.strerror or str(error)
            return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """The new position, -1 where a damaged file points before its own start."""
        try:
            return self._stream.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        """The position in bytes."""
        return self._stream.tell()

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()
