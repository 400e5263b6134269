"""Node names that a scene has left."""

from __future__ import annotations

from maya_a2f.host.scene_file.ma_scene import Scene


class FreeNames:
    """Node names of a scene, those that are about to be added among them."""

    def __init__(self, scene: Scene) -> None:
        self._taken = set(scene.by_name)

    def free(self, wanted: str) -> str:
        """The name itself, or with a number where it is taken."""
        name, number = wanted, 1
        while name in self._taken:
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name
