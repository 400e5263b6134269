"""Pictures of the panel for the documentation: ``python -m benchmarks.panel_pictures OUT_DIR``.

The real panel on the real worker, without a screen, with the recording that ships: empty, ready, running, error, done.
QT_SCALE_FACTOR=2 in the environment makes them at 200 %. Needs Pillow, which brings the files to 256 colours.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QEventLoop, QProcess, QSettings
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.standalone import StandaloneWindow, make_application
from maya_a2f.ui.theme import colours_of, line_height

DEMO = HEAD_FOLDER.parent / "demo" / "demo.wav"
FACE_COLOURS = 176
LIVELIER = {"emotion": {"joy": 0.4}, "parameters": {"lowerFaceStrength": 1.1}}
"""What the second take differs in."""
_PATIENCE_SECONDS = 120.0


def wait_until(app: QApplication, condition: Callable[[], object], what: str) -> None:
    """Run the event loop until a condition holds."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"No picture of '{what}': it did not come to that in time.")
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.001)


def is_running(process: QProcess) -> bool:
    """Whether a worker is still there."""
    return process.state() != QProcess.ProcessState.NotRunning


def settle(app: QApplication, seconds: float = 0.6) -> None:
    """Let what is under way be painted: pictures of the face come from the worker."""
    until = time.monotonic() + seconds
    wait_until(app, lambda: time.monotonic() > until, "a moment")


def take_pictures(app: QApplication, folder: Path, work: Path) -> None:
    """Write ``panel_STATE.png`` for every state."""

    def save(window: StandaloneWindow, state: str, *, at_once: bool = False) -> None:
        if not at_once:
            settle(app)
        path = folder / f"panel_{state}.png"
        if not window.grab().save(str(path)):
            raise SystemExit(f"'{folder}' takes no pictures.")
        with Image.open(path) as picture:
            width = round(window.face.width() * window.devicePixelRatioF())
            small = in_few_colours(picture.convert("RGB"), width, signs_of(window))
        small.save(path, optimize=True)
        print(path, f"{small.width} x {small.height}, {path.stat().st_size / 1000:.0f} kB")

    clip = work / "line_042.wav"
    clip.write_bytes(DEMO.read_bytes())
    store = QSettings(str(work / "panel.ini"), QSettings.Format.IniFormat)
    window = StandaloneWindow(settings_store=store, choose_file=lambda suggested: work / "line_042.ma")
    panel = window.panel
    unit = line_height(window)
    window.resize(unit * 62, unit * 58)
    window.show()
    wait_until(app, lambda: not panel.facts._missing and window.face.has_picture, "empty")
    save(window, "empty")
    panel.set_clip(str(clip))
    wait_until(app, lambda: panel.clip_section.duration_seconds() is not None, "ready")
    save(window, "ready")
    long_clip = work / "dialogue_07.wav"
    write_repeated(clip, long_clip, 9)
    panel.clip_section._on_chosen(str(long_clip))
    wait_until(app, lambda: panel.clip_section.duration_seconds() is not None, "a long clip")
    panel.runs.animate()
    wait_until(app, lambda: panel.go._run._bar._fraction > 0.35 and panel.go._run._detail.text(), "running")
    save(window, "running", at_once=True)
    panel.runs.cancel()
    broken = work / "line_043.wav"
    broken.write_bytes(clip.read_bytes()[:30])
    panel.clip_section._on_chosen(str(broken))
    wait_until(app, lambda: panel.clip_section.message.text, "error")
    save(window, "error")
    panel.clip_section._on_chosen(str(clip))
    wait_until(app, lambda: panel.clip_section.duration_seconds() is not None, "ready again")
    panel.runs.preview()
    wait_until(app, lambda: not panel.runs.is_running, "the first take")
    panel.look_section.restore({**panel.look_section.state(), **LIVELIER})
    panel._on_look()
    panel.runs.animate()
    wait_until(app, lambda: not panel.runs.is_running, "done")
    if "keys" not in panel.go.result:
        raise SystemExit(panel.go.message)
    tracks = panel.shelf.takes[-1].take.tracks
    open_round = [jaw + funnel for jaw, funnel in zip(tracks["jawOpen"], tracks["mouthFunnel"], strict=True)]
    panel.host.set_current_frame(1 + open_round.index(max(open_round)))
    settle(app, 3.0)  # pictures of the frames before it come first
    panel._scroll.verticalScrollBar().setValue(panel._scroll.verticalScrollBar().maximum())
    save(window, "done")
    window.close()
    wait_until(app, lambda: not any(is_running(each) for each in app.findChildren(QProcess)), "the worker's end")


def signs_of(window: StandaloneWindow) -> list[int]:
    """Colours that mean something though they fill a few pixels only: red, green, blue, red, …"""
    colours = colours_of(window)
    signs = (colours.good, colours.warning, colours.error, colours.accent)
    return [part for colour in signs for part in (colour.red(), colour.green(), colour.blue())]


def in_few_colours(picture: Image.Image, face_width: int, signs: list[int]) -> Image.Image:
    """256 colours: most of them for the face at the left, whose shading is dithered, the others for the panel."""
    face, rest = picture.crop((0, 0, face_width, picture.height)), picture.crop((face_width, 0, *picture.size))
    face_palette = face.quantize(FACE_COLOURS, kmeans=1)
    face = face.quantize(palette=face_palette, dither=Image.Dither.FLOYDSTEINBERG)
    panel_colours = 256 - FACE_COLOURS - len(signs) // 3
    panel_palette = rest.quantize(panel_colours, kmeans=2, dither=Image.Dither.NONE).getpalette() or []
    own = signs + panel_palette[: 3 * panel_colours]
    rest = rest.quantize(palette=palette_of(own), dither=Image.Dither.NONE)
    whole = picture.copy()
    whole.paste(face.convert("RGB"), (0, 0))
    whole.paste(rest.convert("RGB"), (face_width, 0))
    colours = (face_palette.getpalette() or [])[: 3 * FACE_COLOURS] + own
    return whole.quantize(palette=palette_of(colours), dither=Image.Dither.NONE)


def palette_of(colours: list[int]) -> Image.Image:
    """A picture that holds these colours, the last one as often as it takes."""
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours + colours[-3:] * (256 - len(colours) // 3))
    return palette


def write_repeated(source: Path, path: Path, count: int) -> None:
    """The recording several times over, long enough to be seen at work."""
    with wave.open(str(source), "rb") as sound:
        parameters, samples = sound.getparams(), sound.readframes(sound.getnframes())
    with wave.open(str(path), "wb") as sound:
        sound.setparams(parameters)
        for _ in range(count):
            sound.writeframes(samples)


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    app = make_application()
    if not QFontDatabase.families():
        raise SystemExit("No fonts are installed; the pictures would show boxes.")
    with tempfile.TemporaryDirectory() as holder:
        os.environ["MAYA_A2F_CACHE"] = str(Path(holder) / "cache")
        work = Path(tempfile.gettempdir()) / "shots"  # a path short enough to be read in a picture
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            take_pictures(app, options.folder.absolute(), work)
        finally:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
