"""How keys land: model, rate, how many, and onto what."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from maya_a2f.baking import KeySettings
from maya_a2f.core.frame_rate import describe_rate
from maya_a2f.core.key_reduction import DEFAULT_TOLERANCE
from maya_a2f.errors import A2FError
from maya_a2f.settings import DEFAULT_MODEL
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.panel_host import BakeChoice, PanelHost, rate_or
from maya_a2f.ui.theme import gap, text_width

_NO_LAYER, _NEW_LAYER = "None", "New layer for this result"


class KeysSection(QWidget):
    """The settings of a bake, and the model and rate of a solve."""

    changed = Signal()
    """The user changed anything here."""
    modelChanged = Signal(str)  # noqa: N815 - as Qt names signals
    identityChanged = Signal(str)  # noqa: N815
    """The user chose another of the model's faces."""
    rateChanged = Signal(object)  # noqa: N815 - as Qt names signals
    """The user chose another rate, a :class:`Fraction`; the host has it already."""

    def __init__(self, host: PanelHost, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._wanted_model, self._wanted_identity = DEFAULT_MODEL, ""
        self._known_rate = rate_or(host, Fraction(30))
        self._has_rate = True
        self._make_fields()
        self._make_layout()
        self.refresh_host()

    def model(self) -> str:
        """Name of the model package."""
        return str(self._model.currentData() or self._wanted_model)

    def identity(self) -> str:
        """Which of the model's faces; empty for its first, and for a model that has one."""
        return self._wanted_identity

    def model_words(self) -> str:
        """The model, and which of its faces where it has several."""
        return f"{self.model()}, {self.identity()}" if self.identity() else self.model()

    def rate(self) -> Fraction:
        """Frames per second; the last ones where the scene has no frame rate now."""
        return self._known_rate

    @property
    def has_rate(self) -> bool:
        """False while the scene counts time in something that is no frame rate."""
        return self._has_rate

    def keys(self) -> KeySettings:
        """Which keys are set."""
        return KeySettings(reduced=self._keys.currentIndex() == 1, tolerance=self._tolerance.value())

    def choice(self, drives: Mapping[str, Sequence[str]], sound_name: str = "", *, force: bool = False) -> BakeChoice:
        """How they land; ``drives`` is attribute -> channels, ``sound_name`` names what the user gave no name."""
        layer = self._layer.currentText() if self._host.abilities.has_layers else _NO_LAYER
        is_new = layer == _NEW_LAYER
        name = self._name.text().strip()
        return BakeChoice(
            mode="insert" if self._mode.currentIndex() == 1 else "replace",
            layer=new_layer_name(name or sound_name, self._host.layers()) if is_new else _chosen_layer(layer),
            new_layer=is_new,
            force=force,
            result=name,
            fit_range=self._fit.isChecked(),
            channels=dict(drives),
        )

    def set_models(self, names: Sequence[str]) -> None:
        """What is installed; the chosen one is kept, also when it is not among them."""
        with QSignalBlocker(self._model):
            self._model.clear()
            for name in names:
                self._model.addItem(name, name)
            if self._wanted_model not in names:
                self._model.addItem(f"{self._wanted_model} (not installed)", self._wanted_model)
            self._model.setCurrentIndex(self._model.findData(self._wanted_model))
        if names and self._has_rate:
            self._message.clear()

    def set_identities(self, names: Sequence[str]) -> None:
        """The faces of the model, where it has several; the chosen one is kept when it is among them."""
        with QSignalBlocker(self._identity):
            self._identity.clear()
            self._identity.addItems(list(names))
            by_name = {name.lower(): name for name in names}
            self._wanted_identity = by_name.get(self._wanted_identity.lower(), "")
            self._identity.setCurrentText(self._wanted_identity or (names[0] if names else ""))
        self._form.setRowVisible(self._identity_row, len(names) > 1)

    def show_error(self, error: A2FError | None) -> None:
        """What is wrong with the models or the rate, in place."""
        if error is None:
            self._message.clear()
        else:
            self._message.show_error(error)

    def refresh_host(self) -> None:
        """Rates and layers as the host has them now; a scene without a frame rate is complained of in place."""
        self._refresh_rates()
        if self._host.abilities.has_layers:
            chosen = self._layer.currentText()
            with QSignalBlocker(self._layer):
                self._layer.clear()
                self._layer.addItems([_NO_LAYER, _NEW_LAYER, *self._host.layers()])
                self._layer.setCurrentIndex(max(0, self._layer.findText(chosen)))

    def _refresh_rates(self) -> None:
        try:
            rates, self._known_rate = self._host.rates(), self._host.rate()
        except A2FError as error:
            self._has_rate = False
            self._message.show_error(error)
            with QSignalBlocker(self._rate):
                self._rate.clear()
                self._rate.addItem("no frame rate", self._known_rate)
            self._rate.setEnabled(False)
            return
        if not self._has_rate:
            self._has_rate = True
            self._message.clear()
        rate = self._known_rate
        with QSignalBlocker(self._rate):
            self._rate.clear()
            for each in rates if rate in rates else [*rates, rate]:
                self._rate.addItem(f"{describe_rate(each)} frames per second", each)
            self._rate.setCurrentIndex(next(i for i in range(self._rate.count()) if self._rate.itemData(i) == rate))
        self._rate.setEnabled(len(rates) > 1)

    def state(self) -> dict[str, Any]:
        """All fields, JSON-ready."""
        return {
            "model": self.model(),
            "identity": self.identity(),
            "rate": [self.rate().numerator, self.rate().denominator],
            "reduced": self._keys.currentIndex() == 1,
            "tolerance": self._tolerance.value(),
            "insert": self._mode.currentIndex() == 1,
            "layer": self._layer.currentText() if self._host.abilities.has_layers else "",
            "name": self._name.text(),
            "fit": self._fit.isChecked(),
        }

    def restore(self, state: object) -> None:
        """Take back what :meth:`state` gave; what does not fit is ignored."""
        if not isinstance(state, dict):
            return
        self.blockSignals(True)
        if isinstance(state.get("model"), str) and state["model"]:
            self._wanted_model = state["model"]
            self._wanted_identity = state["identity"] if isinstance(state.get("identity"), str) else ""
            self.set_models([str(self._model.itemData(i)) for i in range(self._model.count())])
        if _is_number(state.get("tolerance")):
            self._tolerance.setValue(float(state["tolerance"]))
        for name, box in (("reduced", self._keys), ("insert", self._mode)):
            if isinstance(state.get(name), bool):
                box.setCurrentIndex(int(state[name]))
        if isinstance(state.get("name"), str):
            self._name.setText(state["name"])
        if isinstance(state.get("fit"), bool):
            self._fit.setChecked(state["fit"])
        if state.get("layer") == _NEW_LAYER:  # a layer of another scene would be a surprise
            self._layer.setCurrentText(_NEW_LAYER)
        self._restore_rate(state.get("rate"))
        self.blockSignals(False)
        self._show_tolerance()

    def _restore_rate(self, pair: object) -> None:
        """Only where the host lets choose: a scene's rate is the scene's."""
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(part) is int and part > 0 for part in pair)):
            return
        rate, rates = Fraction(*pair), self._host.rates()
        if len(rates) > 1 and rate in rates:
            self._host.set_rate(rate)
            self.refresh_host()

    def _make_fields(self) -> None:
        self._model = QComboBox(self)
        self._model.addItem(DEFAULT_MODEL, DEFAULT_MODEL)
        self._model.setToolTip("The trained model that listens to the clip. 'a2f models list' shows where they lie.")
        self._identity = QComboBox(self)
        self._identity.setToolTip("Whose face: this model has learned several, and moves each in its own way.")
        self._rate = QComboBox(self)
        self._rate.setToolTip("Frames per second of the keys; inside a scene it is the scene's rate.")
        self._keys = QComboBox(self)
        self._keys.addItems(["On every frame", "As few as needed"])
        self._keys.setToolTip(
            "A key on every frame, or only those that keep each curve within the tolerance. "
            "Closed lips keep their keys either way."
        )
        self._tolerance = QDoubleSpinBox(self)
        self._tolerance.setDecimals(3)
        self._tolerance.setRange(0.001, 0.2)
        self._tolerance.setSingleStep(0.001)
        self._tolerance.setValue(DEFAULT_TOLERANCE)
        self._tolerance.setPrefix("± ")
        self._tolerance.setToolTip("Largest error of a weight; rotations and translations have one to match.")
        self._mode = QComboBox(self)
        self._mode.addItems(["Replace keys in the clip's range", "Insert between existing keys"])
        self._mode.setToolTip("Keys outside the clip's range are never touched.")
        self._layer = QComboBox(self)
        self._layer.addItems([_NO_LAYER])
        self._layer.setToolTip("Animation layer that takes the keys.")
        self._name = QLineEdit(self)
        self._name.setPlaceholderText("named after the sound")
        self._name.setToolTip("Name of the result; a result of the same name on the character is replaced.")
        self._fit = QCheckBox("Set the &playback range to the clip", self)
        self._fit.setChecked(True)
        self._fit.setToolTip("After a bake the time line shows just the clip.")
        self._message = FieldMessage(self)
        self._model.currentIndexChanged.connect(self._on_model)
        self._identity.currentIndexChanged.connect(self._on_identity)
        self._rate.currentIndexChanged.connect(self._on_rate)
        self._keys.currentIndexChanged.connect(self._show_tolerance)
        for signal in (
            self._keys.currentIndexChanged,
            self._tolerance.valueChanged,
            self._mode.currentIndexChanged,
            self._layer.currentIndexChanged,
            self._name.textEdited,
            self._fit.toggled,
        ):
            signal.connect(lambda *_: self.changed.emit())

    def _make_layout(self) -> None:
        form = self._form = QFormLayout()
        form.setHorizontalSpacing(gap(self, 0.7))
        form.setVerticalSpacing(gap(self, 0.35))
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        has_layers, writes_file = self._host.abilities.has_layers, self._host.abilities.writes_file
        self._add_row(form, "&Model", self._model)
        self._identity_row = self._add_row(form, "&Face", self._identity)
        form.setRowVisible(self._identity_row, False)
        self._add_row(form, "&Rate", self._rate)
        self._add_row(form, "&Keys", self._keys, self._tolerance)
        if not writes_file:
            self._add_row(form, "&Write", self._mode)
        self._mode.setVisible(not writes_file)
        if has_layers:
            self._add_row(form, "&Layer", self._layer)
        self._layer.setVisible(has_layers)
        if not writes_file:
            self._add_row(form, "Res&ult", self._name)
            form.addRow(QLabel(self), self._fit)
        self._name.setVisible(not writes_file)
        self._fit.setVisible(not writes_file)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(gap(self))
        layout.addLayout(form)
        layout.addWidget(self._message)
        self._show_tolerance()

    def _add_row(self, form: QFormLayout, words: str, field: QWidget, beside: QWidget | None = None) -> QHBoxLayout:
        label = QLabel(words, self)
        label.setMinimumWidth(text_width(self, "Result  "))
        label.setBuddy(field)
        field.setAccessibleName(words.replace("&", ""))
        field.setSizePolicy(QSizePolicy.Policy.Ignored, field.sizePolicy().verticalPolicy())
        row = QHBoxLayout()
        row.setSpacing(gap(self))
        row.addWidget(field, 1)
        if beside is not None:
            row.addWidget(beside)
        form.addRow(label, row)
        return row

    def _show_tolerance(self) -> None:
        self._tolerance.setVisible(self._keys.currentIndex() == 1)

    def _on_model(self) -> None:
        self._wanted_model = self.model()
        self.set_identities(())  # another model's are known when it has told of them
        self.modelChanged.emit(self._wanted_model)
        self.changed.emit()

    def _on_identity(self) -> None:
        self._wanted_identity = self._identity.currentText()
        self.identityChanged.emit(self._wanted_identity)
        self.changed.emit()

    def _on_rate(self) -> None:
        rate = self._rate.currentData()
        try:
            self._host.set_rate(rate)
            self._message.clear()
        except A2FError as error:
            self._message.show_error(error)
            self.refresh_host()
            return
        self.rateChanged.emit(rate)
        self.changed.emit()


def new_layer_name(words: str, taken: Sequence[str]) -> str:
    """``a2f_line_042``: letters, digits and underscores only, numbered where the name is taken."""
    base = "a2f_" + (re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_") or "speech")
    names = itertools.chain([base], (f"{base}_{count}" for count in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _chosen_layer(shown: str) -> str:
    return "" if shown == _NO_LAYER else shown


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1
