"""What happens when ``drag_into_maya.py`` is dropped: a module file for the user, at work in the running Maya at once.

Runs inside Maya, on its main thread. Nothing is asked in batch mode.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from a2f_install import running_maya, user_module
from a2f_install.environments import candidates, is_ready
from a2f_install.places import System
from a2f_install.source import NAME, InstallError, Source, read_source

START_UP = "maya_a2f.host.maya.desktop.start_up"
HERE_ONLY, EVERYWHERE, CANCEL = "This Maya only", "Every Maya", "Cancel"
SET_UP, LATER = "Set up now", "Later"


def run(root_folder: str) -> list[str]:
    """Install the module in ``root_folder``; what was done and what is to be done, a sentence each.

    Shows the same in a dialog where there is one, and never raises: errors are sentences too.
    """
    try:
        return _installed(Path(root_folder))
    except InstallError as error:
        _tell(str(error))
        return [str(error)]


def _installed(root: Path) -> list[str]:
    from maya import cmds

    source = read_source(root)
    maya = str(cmds.about(version=True))[:4]
    if maya not in source.mayas:
        raise InstallError(f"{NAME} {source.version} serves Maya {', '.join(source.mayas)}; this is Maya {maya}.")
    maya_folder = _maya_folder()
    mayas = _asked_about_others(source, maya_folder, maya)
    if mayas is None:
        return ["Cancelled; nothing was changed."]
    replaced = user_module.others(source, maya_folder, [maya])
    done = user_module.install(source, maya_folder, mayas)
    other = running_maya.loaded_root()
    if other is not None and (other != root.resolve() or running_maya.loaded_version() != source.version):
        done.append(
            f"This Maya has {NAME} {running_maya.loaded_version()} from '{other}' loaded."
            f" Restart Maya to work with {source.version}."
        )
        _tell("\n\n".join(done))
        return done
    for entry in replaced:
        running_maya.withdraw(entry.block, entry.root)
    for block in source.blocks(str(root), [maya]):
        if block.fits(maya, System().maya_platform):
            running_maya.apply(block, root)
    importlib.invalidate_caches()
    done += _start()
    if not cmds.about(batch=True):
        _offer_environment(source, done)
    return done


def _maya_folder() -> Path:
    """The user's Maya folder as this Maya has it, MAYA_APP_DIR and redirected Documents included."""
    from maya import cmds

    folder = str(cmds.internalVar(userAppDir=True) or "")
    return Path(folder) if folder else System().maya_folder()


def _asked_about_others(source: Source, maya_folder: Path, maya: str) -> list[str] | None:
    """For which Mayas to install: all (an empty list), this one, or None for none."""
    others = [entry for entry in user_module.others(source, maya_folder) if entry.is_ours]
    if not others:
        return []
    listed = "\n".join(
        dict.fromkeys(f"Maya {o.block.maya or '(any)'}: {NAME} {o.block.version} in {o.root}" for o in others)
    )
    answer = _ask(
        f"Installed now:\n{listed}\n\nInstall {NAME} {source.version} from {source.root}\nin its place?"
        f"\n\n{HERE_ONLY}: Maya {maya} gets this one, the others keep what they have.",
        [EVERYWHERE, HERE_ONLY, CANCEL],
        unasked=HERE_ONLY,
    )
    return {EVERYWHERE: [], HERE_ONLY: [maya]}.get(answer)


def _start() -> list[str]:
    """Shelf and menu, now; a sentence where that is not to be had."""
    try:
        start_up = importlib.import_module(START_UP)
    except ImportError as error:
        if error.name and START_UP.startswith(error.name):
            return ["The module is installed, but this copy has no shelf and menu."]
        return [f"The module is installed, but shelf and menu could not be loaded ({error})."]
    try:
        start_up.start()
    except Exception as error:  # whatever it is, the module is installed, and Maya must go on
        return [f"The module is installed, but shelf and menu could not be built ({type(error).__name__}: {error})."]
    return ["The A2F shelf and menu are there."]


def _offer_environment(source: Source, done: list[str]) -> None:
    system = System()
    is_set_up = bool(system.environ.get("MAYA_A2F_WORKER_PYTHON")) or any(
        is_ready(folder) for folder in candidates(system, source.root, source.version)
    )
    text = "\n".join(done)
    if is_set_up:
        _tell(text)
        return
    answer = _ask(
        f"{text}\n\nThe speech runs outside Maya, in a Python environment of its own (about 700 MB, once)."
        "\nSet it up now? You can work on meanwhile.",
        [SET_UP, LATER],
        unasked=LATER,
    )
    if answer == SET_UP:
        try:
            importlib.import_module("maya_a2f.ui.environment_window").show()
        except Exception as error:  # the set-up can always be run by hand
            _tell(
                f"The set-up window could not be opened ({type(error).__name__}: {error}).\n\nRun this in a terminal:\n"
                f'python3 "{source.root / "install" / "bootstrap.py"}" env'
            )


def _ask(text: str, buttons: list[str], *, unasked: str) -> str:
    """The button pressed; ``unasked`` in batch mode. Closing the dialog is the last button."""
    from maya import cmds

    if cmds.about(batch=True):
        return unasked
    return str(
        cmds.confirmDialog(
            title=NAME,
            message=text,
            button=buttons,
            defaultButton=buttons[0],
            cancelButton=buttons[-1],
            dismissString=buttons[-1],
        )
    )


def _tell(text: str) -> None:
    from maya import cmds

    if cmds.about(batch=True):
        print(text, file=sys.stderr)
    else:
        _ask(text, ["OK"], unasked="OK")
