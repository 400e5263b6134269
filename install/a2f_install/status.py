"""What is installed where, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from a2f_install import environments, studio, user_module
from a2f_install.files import is_writable
from a2f_install.places import System, module_folders, user_module_folders
from a2f_install.source import NAME, Source

Row = tuple[str, str]
"""(label, text)."""


def rows(system: System, source: Source, studio_folder: Path | None = None) -> list[Row]:
    """The state, for people."""
    found: list[Row] = [
        ("module", f"{NAME} {source.version} in '{source.root}'" + ("" if is_writable(source.root) else ", read-only")),
        ("user's Maya folder", _with_presence(system.maya_folder())),
    ]
    entries = user_module.find(module_folders(system))
    if not entries:
        found.append(("module file", "none: drag install/drag_into_maya.py into Maya, or run installer.py install"))
    for entry in entries:
        block = entry.block
        text = f"Maya {block.maya or '(any)'}: {block.version} in '{entry.root}', by '{entry.file}'"
        text += "" if entry.is_ours else " (written by hand)"
        found.append(("module file", text + ("" if entry.root.is_dir() else ". That folder is gone: install again.")))
    for environment in environments.candidates(system, source.root, source.version):
        state = "ready" if environments.is_ready(environment) else "not there"
        if state != "ready" and environment.exists():
            state = "there, but not made by bootstrap.py"
        found.append(("worker's environment", f"'{environment}': {state}"))
    if system.environ.get("MAYA_A2F_WORKER_PYTHON"):
        found.append(("worker's Python", f"'{system.environ['MAYA_A2F_WORKER_PYTHON']}', by MAYA_A2F_WORKER_PYTHON"))
    if studio_folder is not None:
        listed = studio.versions(studio_folder)
        found += [("studio", f"{v.version}: MAYA_MODULE_PATH={v.module_folder}") for v in listed]
        found += [] if listed else [("studio", f"nothing of ours in '{studio_folder}'")]
    return found + [("WARNING", text) for text in warnings(system, source)]


def warnings(system: System, source: Source) -> list[str]:
    """What will go wrong, with the next step."""
    found = []
    for folder in system.listed_module_folders():
        if folder.resolve() == source.root.resolve() or (folder / "a2f.mod").is_file():
            found.append(
                f"'{folder}' is on MAYA_MODULE_PATH, and Maya reads every file in it as a module file."
                " Take it off, and run installer.py install instead."
            )
        elif folder.parent.resolve() == source.root.resolve():
            found.append(f"'{folder}' is on MAYA_MODULE_PATH, but is no folder of module files. Take it off.")
    for maya in source.mayas:
        serving = {
            (entry.root.resolve(), entry.block.version)
            for entry in user_module.find(module_folders(system))
            if entry.block.fits(maya, system.maya_platform)
        }
        if len(serving) > 1:
            names = "; ".join(f"{version} in '{root}'" for root, version in sorted(serving))
            found.append(f"Maya {maya} finds several: {names}. Which one it takes is not certain. Remove all but one.")
    for folder in user_module_folders(system.maya_folder()):
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            if path.is_file() and "a2f" in path.name and path.suffix != ".mod":
                found.append(f"'{path}' lies in a folder where Maya reads every file. Move it out.")
    return found


def _with_presence(folder: Path) -> str:
    return f"'{folder}'" + ("" if folder.is_dir() else " (not there yet)")
