"""``maya.app.general.mayaMixin``: docking, remembered instead of done."""

from __future__ import annotations

from typing import Any

from tests.fake_maya.model.interface import Widget
from tests.fake_maya.session import current


class MayaQWidgetDockableMixin:
    """Comes before the Qt class in the bases."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.shown_with: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    def show(self, *args: Any, **kwargs: Any) -> None:
        """Docked or floating; unknown options raise TypeError."""
        known = {"dockable", "floating", "area", "allowedArea", "width", "height", "x", "y", "retain", "plugins",
                 "controls", "uiScript", "closeCallback", "widthSizingProperty", "minWidth"}  # fmt: skip
        if set(kwargs) - known:
            raise TypeError(f"show: unknown {sorted(set(kwargs) - known)}")
        self.shown_with = kwargs
        if kwargs.get("dockable"):
            name = f"{self.objectName()}WorkspaceControl"  # type: ignore[attr-defined]
            if name in current().widgets:
                raise RuntimeError(f"Object's name '{name}' is not unique.")
            current().widgets[name] = Widget("workspaceControl", name, "MayaWindow", kwargs, self)
        super().show()  # type: ignore[misc]

    def dockCloseEventTriggered(self) -> None:
        """Called when the tab is closed."""
