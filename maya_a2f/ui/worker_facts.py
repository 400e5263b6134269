"""What the panel wants to know of the worker without anybody waiting: engines, models, what a model can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from maya_a2f import run
from maya_a2f.errors import A2FError, Cancelled
from maya_a2f.link.messages import Content, Message
from maya_a2f.outputs import HEAD_FOLDER
from maya_a2f.ui.worker_link import WorkerLink


class WorkerFacts(QObject):
    """Asks in slots, so every job goes first; what a job called off is asked again by :meth:`ask_missing`."""

    modelsFound = Signal(list)  # noqa: N815 - as Qt names signals
    """Names of the installed packages; those that hear emotion move no face and are left out."""
    modelKnown = Signal(object)  # noqa: N815
    """The reply to ``models_info`` as a dict; None where the package can't be used."""
    engineKnown = Signal(str, str)  # noqa: N815
    """Which engine runs, in a line, and all of them with their reasons."""
    failed = Signal(object)
    """An :class:`A2FError` that kept something from being known."""

    def __init__(self, link: WorkerLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._model, self._identity = "", ""
        self._missing: dict[str, Callable[[], None]] = {
            "models": self._ask_models,
            "model": self._ask_model,
            "doctor": self._ask_doctor,
        }
        self._on_the_way: set[str] = set()

    def set_model(self, name: str, identity: str = "") -> None:
        """The package to know more about, and which of its faces; asked with the next :meth:`ask_missing`."""
        if (name, identity) != (self._model, self._identity):
            self._model, self._identity = name, identity
            self._missing["model"] = self._ask_model
            self._on_the_way.discard("model")

    def ask_missing(self) -> None:
        """Ask what is not known yet and not asked for already."""
        for name, ask in [*self._missing.items()]:
            if name not in self._on_the_way:
                self._on_the_way.add(name)
                ask()

    def forget(self) -> None:
        """Everything may have changed: the worker failed, or models were installed."""
        self._missing = {"models": self._ask_models, "model": self._ask_model, "doctor": self._ask_doctor}
        self._on_the_way.clear()

    def _ask_models(self) -> None:
        self._ask("models", "models_list", run.folders(), self._on_models)

    def _ask_model(self) -> None:
        self._ask("model", "models_info", self._model_fields(), self._on_model)

    def _model_fields(self) -> dict[str, Any]:
        return {"model": self._model, "identity": self._identity, "is_quick": True, **run.folders()}

    def _ask_doctor(self) -> None:
        self._ask("doctor", "doctor", {"head_folder": str(HEAD_FOLDER), **run.folders()}, self._on_doctor)

    def _ask(self, what: str, name: str, fields: Mapping[str, Any], take: Callable[[Message], None]) -> None:
        model = (self._model, self._identity)

        def on_result(reply: Message) -> None:
            if what == "model" and model != (self._model, self._identity):
                return
            self._on_the_way.discard(what)
            self._missing.pop(what, None)
            try:
                take(reply)
            except A2FError as error:
                self.failed.emit(error)

        def on_error(error: A2FError) -> None:
            self._on_the_way.discard(what)
            if isinstance(error, Cancelled) or (what == "model" and model != (self._model, self._identity)):
                return
            if what == "model":
                self._missing.pop(what, None)
                self.modelKnown.emit(None)
            self.failed.emit(error)

        self._link.request(name, fields, on_result=on_result, on_error=on_error, slot=f"facts {what}")

    def _on_models(self, reply: Message) -> None:
        packages = [Content(entry) for entry in reply.items("packages")]
        self.modelsFound.emit([each.text("name") for each in packages if each.text("kind", "") != "emotion"])

    def _on_model(self, reply: Message) -> None:
        self.modelKnown.emit(dict(reply.table("report")))

    def _on_doctor(self, reply: Message) -> None:
        self.engineKnown.emit(*engine_words(reply))


def engine_words(reply: Content) -> tuple[str, str]:
    """The chosen engine in a line, and every engine with its reason, from the reply to ``doctor``."""
    chosen = reply.text("chosen")
    lines = [
        f"{'▸' if entry['name'] == chosen else '·'} {entry['name']}: {entry['why']}" for entry in reply.items("engines")
    ]
    return f"Engine: {chosen}", "\n".join(lines)
