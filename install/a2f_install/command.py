"""The command line: ``python3 install/installer.py install | uninstall | status``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from a2f_install import removal, status, studio, user_module
from a2f_install.files import is_writable
from a2f_install.places import SUPPORTED_MAYAS, System
from a2f_install.source import NAME, InstallError, Source, read_source

EXAMPLES = """\
  installer.py install                         for you, in every supported Maya
  installer.py install --maya 2026             for you, in Maya 2026 only; the others keep what they have
  installer.py install --studio /mnt/tools/a2f a copy for everybody, this version beside the others
  installer.py status                          what is installed where, and what is wrong
  installer.py uninstall                       everything this project wrote for you
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    made = argparse.ArgumentParser(
        prog="installer.py",
        description="Install the Maya module, per user or for a studio.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command", required=True)
    for name, words in (
        ("install", "write the module file; again: update"),
        ("uninstall", "remove what was written, and say what"),
        ("status", "what is installed where, and what is wrong"),
    ):
        command = commands.add_parser(name, help=words)
        where = command.add_mutually_exclusive_group()
        where.add_argument(
            "--user",
            type=Path,
            nargs="?",
            const=None,
            metavar="DIR",
            help="for one user (the default); DIR is the Maya folder where it is not the usual one",
        )
        where.add_argument("--studio", type=Path, metavar="DIR", help="for everybody, in a shared folder")
        if name != "status":
            command.add_argument("--maya", nargs="+", default=[], metavar="YEAR", choices=SUPPORTED_MAYAS)
        if name == "uninstall":
            command.add_argument(
                "--module-version", default="", metavar="V", help="this version only; studio: or 'all'"
            )
            kept = command.add_mutually_exclusive_group()
            kept.add_argument("--keep-settings", action="store_true", help="keep looks, recent clips, presets")
            kept.add_argument("--remove-settings", action="store_true", help="delete them too, without asking")
            command.add_argument("--dry-run", action="store_true", help="list what would be deleted, delete nothing")
    return made


def main(arguments: Sequence[str], root: Path, *, system: System | None = None) -> int:
    """Run one command; 0 done, 1 there are warnings (status), 3 it could not be done."""
    options = parser().parse_args(arguments)
    system = system or System()
    if options.user is not None:
        system = replace(system, environ={**system.environ, "MAYA_APP_DIR": str(options.user)})
    try:
        source = read_source(root)
        run: Callable[[argparse.Namespace, System, Source], int] = {
            "install": _install,
            "uninstall": _uninstall,
            "status": _status,
        }[options.command]
        return run(options, system, source)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 3


def _install(options: argparse.Namespace, system: System, source: Source) -> int:
    if options.studio is not None:
        _say(studio.install(source, options.studio.absolute(), options.maya))
        copy = options.studio.absolute() / source.version / "module"
        print(f"\nThe worker's environment, once per system:\n  python3 '{copy / 'install' / 'bootstrap.py'}' env")
        print("or leave it to each user: the panel offers to set it up in the user's folder. docs/install.md has more.")
        return 0
    _say(user_module.install(source, system.maya_folder(), options.maya))
    _warn(system, source)
    print("\nStart Maya: the A2F shelf and menu are there; the panel offers to set up the worker's environment.")
    if not is_writable(source.root):
        print("This folder is read-only: the environment goes into your own folder.")
    return 0


def _uninstall(options: argparse.Namespace, system: System, source: Source) -> int:
    if options.studio is not None:
        return _uninstall_studio(options, source)
    remove_settings = _asked_about_settings(options)
    if options.dry_run:
        for entry in user_module.removable(system.maya_folder(), options.maya, options.module_version):
            print(f"module file: '{entry.file}', Maya {entry.block.maya}, {entry.block.version}")
        for piece in removal.pieces(
            system, source, settings=remove_settings, mayas=options.maya, version=options.module_version
        ):
            print(f"{piece.what}: '{piece.path}'")
        return 0
    _say(
        removal.uninstall(system, source, settings=remove_settings, mayas=options.maya, version=options.module_version)
    )
    kept = [piece for piece in removal.pieces(system, source, settings=True) if piece.what == "settings"]
    if kept and not (options.maya or options.module_version):
        print("Looks, recent clips and presets were kept; --remove-settings deletes them.")
    return 0


def _uninstall_studio(options: argparse.Namespace, source: Source) -> int:
    wanted = options.module_version or source.version
    found = [v for v in studio.versions(options.studio.absolute()) if wanted in ("all", v.version)]
    if options.maya:
        raise InstallError("A studio's version is removed as a whole: leave out --maya.")
    if not found:
        raise InstallError(f"'{options.studio}' holds no {NAME} {wanted} that this installer put there.")
    for version in found:
        _say([f"Would delete '{version.folder}'."] if options.dry_run else studio.uninstall(version))
    return 0


def _status(options: argparse.Namespace, system: System, source: Source) -> int:
    for label, text in status.rows(system, source, options.studio):
        print(f"{label:<22} {text}")
    return 1 if status.warnings(system, source) else 0


def _asked_about_settings(options: argparse.Namespace) -> bool:
    """Whether settings go too. Without a flag and somebody to ask, they stay."""
    if options.keep_settings or options.remove_settings or options.dry_run or options.maya or options.module_version:
        return bool(options.remove_settings)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return input("Delete your looks, recent clips and presets as well? [y/N] ").strip().lower() in ("y", "yes")


def _say(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(sentence)


def _warn(system: System, source: Source) -> None:
    for text in status.warnings(system, source):
        print(f"Warning: {text}")
