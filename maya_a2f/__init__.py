"""maya_a2f: from a recording to a keyed face.

Scripts call :func:`animate`, :func:`solve`, :func:`retarget`, :func:`bake`, :func:`rerun`, :func:`results`,
:func:`remove`, :func:`fit_rig`, :func:`seal_lips`, :func:`emotion_control`, :func:`session` and :func:`selftest` of
this package; they are loaded when first used (:mod:`maya_a2f.scripting`).
Importing the package does no work and needs only the standard library, so that it is safe inside Maya.
"""

from typing import Any

__version__ = "0.1.0"

_SCRIPTING = frozenset(
    {
        "AnimationJob",
        "animate",
        "bake",
        "emotion_control",
        "fit_rig",
        "remove",
        "rerun",
        "results",
        "retarget",
        "seal_lips",
        "session",
        "solve",
    }
)


def __getattr__(name: str) -> Any:
    if name in _SCRIPTING:
        import maya_a2f.scripting

        return getattr(maya_a2f.scripting, name)
    if name == "selftest":
        import maya_a2f.selftest

        return maya_a2f.selftest
    raise AttributeError(f"module 'maya_a2f' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SCRIPTING, "selftest"})
