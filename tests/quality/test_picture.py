from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from maya_a2f.errors import HostError, UserError
from maya_a2f.quality import picture
from maya_a2f.quality.picture import picture_png, write_picture
from tests.quality.speaker import judged, speak


def pixels(content: bytes) -> np.ndarray:
    image = QImage.fromData(content).convertToFormat(QImage.Format.Format_RGB32)
    stored = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return stored[..., 2::-1].astype(int)


def near(image: np.ndarray, color: str) -> int:
    """Pixels of about a colour."""
    wanted = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])
    return int((np.abs(image - wanted).max(axis=-1) <= 6).sum())


def test_the_picture_shows_curves_and_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "report.png"
    size = write_picture([judged(speak())], path)
    image = pixels(path.read_bytes())
    assert image.shape == (size[1], size[0], 3) == (size[1], 1600, 3)
    assert near(image, "#f1c75b") > 1500, "the lip gap"
    assert near(image, "#5d7fa8") > 1500, "the sound"
    assert near(image, "#4fb477") > 3000, "verdicts that are good"
    assert near(image, "#e5565b") < 200, "nothing is bad but the mark of the legend"


def test_missed_closures_are_red(tmp_path: Path) -> None:
    speech = speak()
    shut = speech.frames_of("M", "B", "P", margin=0.07)
    speech.jaw[shut] = np.maximum(speech.jaw[shut], 0.16)
    image = pixels(picture_png([judged(speech)])[0])
    assert near(image, "#e5565b") > 3000


@pytest.mark.parametrize(("with_phones", "with_sound"), [(False, True), (False, False), (True, False)])
def test_what_is_not_known_is_left_out(with_phones: bool, with_sound: bool) -> None:
    image = pixels(picture_png([judged(speak(), with_phones=with_phones, with_sound=with_sound)])[0])
    assert near(image, "#f1c75b") > 1500
    assert (near(image, "#5d7fa8") > 1500) == with_sound


def test_several_takes_stand_under_each_other() -> None:
    one = judged(speak())
    assert picture_png([one, one])[1][1] > 2 * picture_png([one])[1][1]


def test_a_long_clip_takes_more_rows() -> None:
    report, study = judged(speak())
    longer = replace(report, frame_count=report.frame_count * 4)
    assert picture_png([(longer, study)])[1][1] > picture_png([(report, study)])[1][1]


def test_too_many_takes_for_one_picture_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_TALLEST_PIXELS", 1000)
    with pytest.raises(UserError) as caught:
        picture_png([judged(speak())] * 2)
    assert caught.value.code == "report.picture_size"


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(HostError):
        write_picture([judged(speak())], tmp_path / "none" / "a.png")
