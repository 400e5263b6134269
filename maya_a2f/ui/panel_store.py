"""The panel's settings as one text with the user's preferences: saved soon after each change and on close."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from maya_a2f.errors import A2FError
from maya_a2f.ui.panel_host import PanelHost

KEY: Final = "a2f_panel"
SCHEMA: Final = "a2f.panel/1"
_WAIT_MILLISECONDS: Final = 400
"""Changes that follow each other faster are saved together."""


class PanelStore(QObject):
    """Saves what ``current`` gives; never in the way: what cannot be saved or read is a remark, not an error."""

    def __init__(
        self, host: PanelHost, current: Callable[[], Mapping[str, Any]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._host, self._current = host, current
        self._saved = ""
        self.note = ""
        """What went wrong last, in a sentence; empty where nothing did."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)

    def load(self) -> dict[str, Any]:
        """What was saved last, by section; empty, with a :attr:`note`, when it is damaged or of another version."""
        try:
            text = self._host.recall(KEY)
        except A2FError as error:
            self.note = f"The panel's settings could not be read: {error.message}"
            return {}
        if not text:
            return {}
        sections = parsed_settings(text)
        if sections is None:
            self.note = "The panel's saved settings were damaged and are not used; it starts with its defaults."
            return {}
        self._saved = text
        return sections

    def save_soon(self) -> None:
        """Something changed."""
        self._timer.start(_WAIT_MILLISECONDS)

    def save(self) -> None:
        """Save now, when anything differs from what is saved."""
        self._timer.stop()
        try:
            text = settings_text(self._current())
            if text != self._saved:
                self._host.remember(KEY, text)
                self._saved = text
        except (A2FError, TypeError, ValueError) as error:
            self.note = f"The panel's settings could not be saved: {error}"


def settings_text(sections: Mapping[str, Any]) -> str:
    """The states of the sections as compact JSON of plain ASCII. Raises ValueError, TypeError for what is no JSON."""
    return json.dumps({"schema": SCHEMA, "sections": dict(sections)}, separators=(",", ":"), allow_nan=False)


def parsed_settings(text: str) -> dict[str, Any] | None:
    """The inverse of :func:`settings_text`; None for anything else."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or not isinstance(data.get("sections"), dict):
        return None
    return dict(data["sections"])
