"""A worker with handlers that behave and misbehave; run by path as the real one is."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from maya_a2f.errors import EngineError, UserError
from maya_a2f.link.blob import Blob
from maya_a2f.worker.service import Context, Handler, Reply, Request, serve


def echo(request: Request, context: Context) -> Reply:
    return Reply(request.fields, request.blobs)


def slow(request: Request, context: Context) -> Reply:
    """Ten steps a second of a ``stage`` for ``seconds``, stopping when told."""
    steps = round(request.number("seconds") * 10)
    for step in range(steps):
        context.check_cancelled()
        context.progress(request.text("stage", "work"), step, steps, f"step {step}")
        time.sleep(0.1)
    return Reply({"steps": steps})


def deaf(request: Request, context: Context) -> Reply:
    """Hears no cancel."""
    context.progress("deaf", 0, 1)
    time.sleep(60)
    return Reply()


def stuck(request: Request, context: Context) -> Reply:
    """Native code that never gives the interpreter back, so that no other thread of the worker runs."""
    context.progress("stuck", 0, 1)
    ctypes.PyDLL(None).sleep(60)
    return Reply()


def leave_marker(request: Request, context: Context) -> Reply:
    """Waits to be cancelled, then writes the file ``marker``."""
    context.progress("waiting", 0, 1)
    while not context.cancelled():
        time.sleep(0.02)
    Path(request.text("marker")).write_text("cancelled")
    return Reply()


def die(request: Request, context: Context) -> Reply:
    """By the signal or exit code asked for."""
    print("about to die", file=sys.stderr, flush=True)
    if "signal" in request.fields:
        os.kill(os.getpid(), request.integer("signal"))
        time.sleep(10)
    os._exit(request.integer("code", 0))


def fault(request: Request, context: Context) -> Reply:
    """A real segmentation fault."""
    ctypes.string_at(0)
    return Reply()


def die_once(request: Request, context: Context) -> Reply:
    """Crashes unless the file ``marker`` is there."""
    marker = Path(request.text("marker"))
    if not marker.exists():
        marker.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return Reply({"lived": True})


def chat(request: Request, context: Context) -> Reply:
    """Everything that writes to standard output by the back door."""
    print("printed", flush=True)
    print("through the original stream", file=sys.__stdout__, flush=True)
    os.write(1, b"straight to descriptor 1\n")
    library = ctypes.CDLL(None)
    library.puts(b"from C")
    library.fflush(None)
    subprocess.run([sys.executable, "-I", "-c", "print('from a child')"], check=True)
    return Reply({"stdin": os.read(0, 10).hex()})


def flood(request: Request, context: Context) -> Reply:
    """Writes ``bytes`` to standard error, then a last line."""
    line = b"x" * 1023 + b"\n"
    for _ in range(request.integer("bytes") // len(line)):
        os.write(2, line)
    os.write(2, b"the last line\n")
    if request.flag("die", False):
        os._exit(3)
    return Reply()


def big(request: Request, context: Context) -> Reply:
    return Reply({}, {"values": Blob.from_floats([0.5, -1.5] * (request.integer("items") // 2))})


def family(request: Request, context: Context) -> Reply:
    """Starts a grandchild that would live on; when asked, one that ignores being asked to end."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    if request.flag("die", False):
        context.progress(str(child.pid), 0, 0)
        os.kill(os.getpid(), signal.SIGKILL)
    return Reply({"child": child.pid})


def refuse(request: Request, context: Context) -> Reply:
    raise UserError("The clip 'a.wav' is empty.", code="clip.empty", hint="Choose another.", details="0 samples")


def spoil(request: Request, context: Context) -> Reply:
    raise EngineError("The NVIDIA GPU stopped answering.", code="engine.gpu_lost")


def fail(request: Request, context: Context) -> Reply:
    raise ValueError("something nobody thought of")


def starve(request: Request, context: Context) -> Reply:
    return Reply({"size": len(bytearray(2**60))})


def leave(request: Request, context: Context) -> Reply:
    sys.exit(5)


def lack(request: Request, context: Context) -> Reply:
    return Reply({"package": importlib.import_module("a_package_that_nobody_has").__name__})


def answer_nan(request: Request, context: Context) -> Reply:
    return Reply({"value": float("nan")})


def hurry(request: Request, context: Context) -> Reply:
    """Progress far more often than anybody wants, in two stages."""
    for stage in ("first", "second"):
        for step in range(20001):
            context.progress(stage, step, 20000)
    return Reply()


def babble_on(request: Request, context: Context) -> Reply:
    """Leaves a thread behind that goes on reporting."""

    def babble() -> None:
        for step in range(200):
            context.progress(f"late {step}", 0, 1)
            time.sleep(0.005)

    threading.Thread(target=babble, daemon=True).start()
    return Reply()


def surroundings(request: Request, context: Context) -> Reply:
    return Reply(
        {
            "environment": dict(os.environ),
            "json": json.__file__,
            "path": sys.path,
            "isolated": sys.flags.isolated,
            "utf8": sys.flags.utf8_mode,
            "encoding": sys.getfilesystemencoding(),
        }
    )


HANDLERS: dict[str, Handler] = {
    handler.__name__: handler
    for handler in (
        echo, slow, deaf, stuck, leave_marker, die, fault, die_once, chat, flood, big, family, refuse, fail, starve,
        leave, lack, answer_nan, hurry, babble_on, surroundings, spoil,
    )
}  # fmt: skip

if __name__ == "__main__":
    serve(HANDLERS)
