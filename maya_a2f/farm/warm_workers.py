"""Inference workers that stay warm between the packs of a long-lived process, one per thread."""

from __future__ import annotations

import threading
from typing import Final

from maya_a2f.api import open_worker
from maya_a2f.link.client import WorkerClient

_IDLE_SECONDS: Final = 120.0
"""A worker holds its model, and a GPU's memory; nobody says that a run was killed, so that it is let go after this."""


class WarmWorkers:
    """A client per thread, opened when first asked for; all are let go when none was used for a while."""

    def __init__(self, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._clients: dict[tuple[int, str], WorkerClient] = {}
        self._in_use = 0
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._clients)

    def take(self, kind: str) -> WorkerClient:
        """This thread's running client for work of a ``kind`` (one that was started for another kind is not taken).

        To be given back with :meth:`give_back`. Raises as :func:`open_worker` and :meth:`WorkerClient.start`.
        """
        place = (threading.get_ident(), kind)
        with self._lock:
            client = self._clients.get(place) or open_worker()
            self._clients[place] = client
            self._in_use += 1
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        try:
            client.start()
        except BaseException:
            self.give_back()
            raise
        return client

    def give_back(self) -> None:
        """The thread is done with its client for now."""
        with self._lock:
            self._in_use -= 1
            if self._in_use == 0:
                self._timer = threading.Timer(self._idle_seconds, self.let_go)
                self._timer.daemon = True
                self._timer.start()

    def let_go(self) -> None:
        """Close every client, unless one is in use."""
        with self._lock:
            if self._in_use:
                return
            clients, self._clients = list(self._clients.values()), {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for client in clients:
            client.close()
