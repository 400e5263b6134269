"""How long the panel ever holds the user interface up: ``python -m benchmarks.panel_heartbeat [CLIP …]``.

A timer ticks every 5 ms while the panel starts, loads a clip, animates and previews; printed are, of each part, the
largest gap between two ticks and the most processor time that the thread used between two (on a busy machine the first
holds the waiting for a processor as well). The host's own bake, one call by design, is timed apart. Target: 50 ms.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QProcess, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from maya_a2f.core.ports import AudioNode, BakeReport, Host, Timeline
from maya_a2f.core.rig import KeyedCurve, Rig
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.panel import A2FPanel
from maya_a2f.ui.panel_host import BakeChoice
from maya_a2f.ui.standalone_host import StandaloneHost

DEMO = HEAD_FOLDER.parent / "demo" / "demo.wav"
PATIENCE_SECONDS = 600.0


class Heartbeat:
    """The largest gap between two ticks."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last, self._last_own = 0.0, 0.0
        self.largest, self.largest_own = 0.0, 0.0

    def start(self) -> None:
        self.forgive()
        self.largest, self.largest_own = 0.0, 0.0
        self._timer.start(5)

    def stop(self) -> tuple[float, float]:
        """Milliseconds: by the clock, and of the thread's own."""
        self._tick()
        self._timer.stop()
        return self.largest * 1000, self.largest_own * 1000

    def forgive(self) -> None:
        """What was since the last tick does not count."""
        self._last, self._last_own = time.perf_counter(), time.thread_time()

    def _tick(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        self.largest, self.largest_own = (
            max(self.largest, now - self._last),
            max(self.largest_own, own - self._last_own),
        )
        self._last, self._last_own = now, own


class TimedHost(StandaloneHost):
    """Its bake is timed and does not count for the heartbeat."""

    def __init__(self, folder: Path, heartbeat: Heartbeat) -> None:
        store = QSettings(str(folder / "panel.ini"), QSettings.Format.IniFormat)
        super().__init__(choose_file=lambda suggested: folder / "face.ma", settings_store=store)
        self.heartbeat = heartbeat
        self.bake_seconds = 0.0

    def bake_target(self, character: str, choice: BakeChoice) -> Host:
        return TimedTarget(self, super().bake_target(character, choice))


class TimedTarget:
    """A target and a stopwatch."""

    def __init__(self, host: TimedHost, target: Host) -> None:
        self._host, self._target = host, target

    def rig(self) -> Rig:
        return self._target.rig()

    def bake(
        self,
        curves: Sequence[KeyedCurve],
        *,
        timeline: Timeline,
        audio: AudioNode | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> BakeReport:
        self._host.heartbeat._tick()
        begun = time.perf_counter()
        try:
            return self._target.bake(curves, timeline=timeline, audio=audio, metadata=metadata)
        finally:
            self._host.bake_seconds = time.perf_counter() - begun
            self._host.heartbeat.forgive()


def wait_until(app: QApplication, condition: Callable[[], object]) -> None:
    """Run the event loop, blocking in it as a real one does, until a condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("The panel did not get there in time.")
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def is_running(process: QProcess) -> bool:
    """Whether a worker is still there."""
    return process.state() != QProcess.ProcessState.NotRunning


def measure(app: QApplication, clip: Path, folder: Path, *, reduced: bool) -> list[tuple[str, tuple[float, ...]]]:
    """Part -> largest gaps in milliseconds; the bake's own duration last."""
    heartbeat = Heartbeat()
    host = TimedHost(folder, heartbeat)
    rows: list[tuple[str, tuple[float, ...]]] = []
    begun = time.perf_counter()
    panel = A2FPanel(host)
    panel.resize(440, 900)
    panel.show()
    app.processEvents()
    rows.append(("making and showing the panel (once)", ((time.perf_counter() - begun) * 1000,)))

    def part(name: str, act: Callable[[], None], until: Callable[[], object]) -> None:
        heartbeat.start()
        act()
        wait_until(app, until)
        rows.append((name, heartbeat.stop()))

    part("starting the worker", lambda: None, lambda: not panel.facts._missing)
    part("loading the clip", lambda: panel.set_clip(str(clip)), lambda: panel.clip_section.duration_seconds())
    panel.keys_section._keys.setCurrentIndex(int(reduced))
    part("Animate, without the host's bake", panel.runs.animate, lambda: not panel.runs.is_running)
    if "keys" not in panel.go.result:
        raise SystemExit(panel.go.message)
    words = panel.go.result
    part("Preview", panel.runs.preview, lambda: not panel.runs.is_running)
    panel.close_down()
    panel.deleteLater()
    wait_until(app, lambda: not any(is_running(each) for each in app.findChildren(QProcess)))
    return [*rows, (f"the host's bake itself ({words.partition(' in ')[0]})", (host.bake_seconds * 1000,))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path, default=[DEMO])
    parser.add_argument("--reduced", action="store_true", help="as few keys as needed instead of every frame")
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MAYA_A2F_CACHE"] = str(Path(folder) / "cache")
        for clip in options.clips:
            print(f"{clip.name}{', reduced keys' if options.reduced else ''}")
            for name, times in measure(app, clip.absolute(), Path(folder), reduced=options.reduced):
                print("".join(f"{each:9.1f} ms" for each in times).ljust(26), name)


if __name__ == "__main__":
    main()
