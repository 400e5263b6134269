"""Asks which attribute to drive by which channels."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from maya_a2f.core.drive_expression import parsed_expression
from maya_a2f.core.rig_map import Drive
from maya_a2f.errors import A2FError, UserError
from maya_a2f.ui.drive_editor import name_editor
from maya_a2f.ui.field_message import FieldMessage
from maya_a2f.ui.rig_map_document import RigMapDocument
from maya_a2f.ui.theme import text_width


class AttributeAdder(QDialog):
    """An attribute, of the rig or of another that shares the map, and its channels."""

    def __init__(self, document: RigMapDocument, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add to the rig map")
        self._document = document
        self.found: tuple[str, Drive] | None = None
        self.message = FieldMessage(self)
        drives = document.rig_map.drives
        free = [attribute.name for attribute in document.rig.attributes if attribute.name not in drives]
        self.attribute = name_editor(free, self, is_sum=False)
        self.channels = name_editor(document.drivers, self, is_sum=True)
        for editor, tip in (
            (self.attribute, "node.attribute. A name that this rig does not have is kept for rigs that do."),
            (self.channels, "A channel, or a sum like jawOpen + 0.5 mouthClose."),
        ):
            editor.setFrame(True)
            editor.setToolTip(tip)
            editor.setMinimumWidth(text_width(self, "m" * 28))
            editor.editTextChanged.connect(lambda _text: self.message.clear())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Attribute", self.attribute)
        form.addRow("&Channels", self.channels)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.message)
        layout.addWidget(buttons)

    def accept(self) -> None:
        """Close with :attr:`found`, or stay open and say what is wrong."""
        try:
            self.found = self._read()
        except A2FError as error:
            self.message.show_error(error)
            return
        super().accept()

    def _read(self) -> tuple[str, Drive]:
        name = self.attribute.currentText().strip()
        node, _, leaf = name.rpartition(".")
        if not node or not leaf:
            raise UserError(f"'{name}' is no attribute.", code="rig_map.attribute", hint="Write it as node.attribute.")
        if name in self._document.rig_map.drives:
            raise UserError(
                f"'{name}' is in the rig map already.", code="rig_map.attribute", hint="Edit its row instead."
            )
        gains = parsed_expression(self.channels.currentText(), self._document.drivers)
        if not gains:
            raise UserError("No channel is chosen.", code="rig_map.channel", hint="Choose one from the list.")
        return name, Drive(gains)


def ask_attribute(document: RigMapDocument, parent: QWidget) -> tuple[str, Drive] | None:
    """The attribute and drive that the user wants; None when cancelled."""
    dialog = AttributeAdder(document, parent)
    dialog.exec()
    return dialog.found
