"""The panel: PySide6 widgets that run docked in Maya and standalone alike (``a2f panel``)."""
