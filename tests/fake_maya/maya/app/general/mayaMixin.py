"""``maya.app.general.mayaMixin``: docking, remembered instead of done."""

from __future__ import annotations

from typing import Any


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
        super().show()  # type: ignore[misc]
