"""Records of the user interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Widget:
    """A layout, button, menu or control."""

    kind: str
    name: str
    parent: str
    flags: dict[str, Any] = field(default_factory=dict)
    content: Any = None
    """The Qt widget inside a workspace control."""


@dataclass
class Job:
    """A script job."""

    kind: str
    trigger: str
    call: Callable[[], Any]
    once: bool
    with_scene: bool
    seen: Any = None
    """Last value of the attribute watched."""
    running: bool = False
