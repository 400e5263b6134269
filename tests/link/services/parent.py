"""A host that starts a worker, says its process id, and waits in a request; somebody kills it then.

Arguments: name of the request, its fields as JSON, and ``thread`` to start the worker from a thread that ends at once.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from maya_a2f.link.client import WorkerClient


def main() -> None:
    client = WorkerClient(sys.executable, Path(__file__).with_name("various.py"))
    if "thread" in sys.argv:
        starter = threading.Thread(target=client.start)
        starter.start()
        starter.join()
    else:
        client.start()
    print(client.process_id, flush=True)
    if sys.argv[1] == "idle":
        sys.stdin.read()
    else:
        client.request(sys.argv[1], json.loads(sys.argv[2]), on_progress=lambda p: print(p.stage, flush=True))
        print("answered", flush=True)


if __name__ == "__main__":
    main()
