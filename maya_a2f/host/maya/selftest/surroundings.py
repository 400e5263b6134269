"""Checks about what is around the scene: Python, environment, plug-ins, folders, the window."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys

from maya import cmds

from maya_a2f import settings
from maya_a2f.host.maya.outside_stubs import plug_in_version
from maya_a2f.host.maya.selftest.check import Answer, Check, Surroundings
from maya_a2f.link.environment import worker_environment

_HARMFUL = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH", "MAYA_LOCATION")
_MAC_MODULES = "/Users/Shared/Autodesk/modules/maya"


def _numpy(_: Surroundings) -> Answer:
    is_there = importlib.util.find_spec("numpy") is not None
    return not is_there, f"numpy is {'' if is_there else 'not '}there in Python {platform.python_version()}"


def _child(here: Surroundings) -> Answer:
    present = [name for name in _HARMFUL if name in os.environ]
    python = settings.worker_python()
    if python is None or not here.worker:
        return None, f"There is no worker to start. Set in this Maya: {', '.join(present) or 'none of them'}."
    script = "import json, os, sys; print(json.dumps([sys.version.split()[0], sorted(os.environ)]))"
    ran = subprocess.run(
        [str(python), "-I", "-c", script],
        env=worker_environment(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if ran.returncode != 0:
        return False, f"the worker's Python ended with {ran.returncode}: {ran.stderr.strip()[-200:]}"
    version, names = json.loads(ran.stdout)
    leaked = [name for name in _HARMFUL if name in names]
    return not leaked, f"Maya sets {present}; the child (Python {version}) sees {leaked}"


def _usd(_: Surroundings) -> Answer:
    version = plug_in_version("mayaUsdPlugin")
    if version is None:
        return None, "maya-usd is not loaded; load mayaUsdPlugin and run again to have its version here."
    return True, f"mayaUsdPlugin {version}"


def _mac_modules(_: Surroundings) -> Answer:
    if sys.platform != "darwin":
        return None, "Only macOS can tell."
    paths = os.environ.get("MAYA_MODULE_PATH", "")
    return _MAC_MODULES in paths, f"MAYA_MODULE_PATH={paths}"


def _restore(_: Surroundings) -> Answer:
    if cmds.about(batch=True):
        return None, "There is no window here: run maya_a2f.selftest() in Maya."
    return None, "By hand: dock the panel, save the workspace, restart Maya; the panel must come back in its place."


def _asked_of_nobody(_: Surroundings) -> Answer:
    return None, "Nothing in the module relies on it."


def _licence(_: Surroundings) -> Answer:
    return None, "A program cannot tell; ask Autodesk. mayapy takes a seat like Maya."


AROUND_CHECKS = (
    Check(
        "python.numpy", "1, 20.10", "Is numpy missing from Maya's Python?",
        "missing", "nothing in Maya imports it, so it does not matter", _numpy,
    ),
    Check(
        "environment.child", "12, 20.12", "Does Maya's environment stay away from the worker?",
        "nothing harmful arrives", "none: report this", _child,
    ),
    Check("usd.version", "16, 20.13", "Which maya-usd is this?", "recorded only", "-", _usd),
    Check(
        "modules.mac", "2, 20.14", "Is the system modules folder of macOS where we think?",
        _MAC_MODULES, "the installer uses the user's folder", _mac_modules,
    ),
    Check(
        "panel.restore", "11, 20.11", "Does the docked panel come back after a restart?",
        "in its place", "one line with a button to open it", _restore,
    ),
    Check("ma.driven_plugs", "14", "Does an imported .ma connect to driven plugs?", "-", "-", _asked_of_nobody),
    Check("alembic.weights", "16", "Does Alembic carry blendShape weights?", "-", "-", _asked_of_nobody),
    Check("licence.mayapy", "13", "What does mayapy need of licences?", "-", "-", _licence),
)  # fmt: skip
