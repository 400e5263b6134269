"""Where Maya and this project keep a user's files, on each system.

The project's own folders are those of ``maya_a2f/settings.py``, which a Python 3.9 cannot be counted on to import;
``tests/install/test_places.py`` holds the two together.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SUPPORTED_MAYAS = ("2025", "2026", "2027")


@dataclass(frozen=True)
class System:
    """The machine as the installers see it; tests describe others."""

    platform: str = sys.platform
    """``win32``, ``darwin`` or ``linux``."""
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: Path = field(default_factory=Path.home)
    documents: Path | None = None
    """Windows: the Documents folder, which may be redirected; None asks the system."""

    @property
    def maya_platform(self) -> str:
        """Maya's word for the system in module files."""
        return {"win32": "win64", "darwin": "mac"}.get(self.platform, "linux")

    def maya_folder(self) -> Path:
        """The user's Maya folder: MAYA_APP_DIR, else where this system has it. May not exist."""
        moved = self.environ.get("MAYA_APP_DIR", "").strip()
        if moved:
            return Path(moved)
        if self.platform == "win32":
            return (self.documents or windows_documents(self.home)) / "maya"
        if self.platform == "darwin":
            return self.home / "Library" / "Preferences" / "Autodesk" / "maya"
        return self.home / "maya"

    def system_module_folders(self) -> list[Path]:
        """Where modules for every user of the machine lie; the versions' folders below them as well."""
        if self.platform == "win32":
            shared = Path(self.environ.get("CommonProgramFiles", "C:/Program Files/Common Files"))
            return [shared / "Autodesk Shared" / "Modules" / "maya"]
        if self.platform == "darwin":
            return [Path("/Users/Shared/Autodesk/modules/maya")]
        return [Path("/usr/autodesk/modules/maya")]

    def listed_module_folders(self) -> list[Path]:
        """The folders of MAYA_MODULE_PATH."""
        separator = ";" if self.platform == "win32" else ":"
        entries = self.environ.get("MAYA_MODULE_PATH", "").split(separator)
        return [Path(entry.strip()) for entry in entries if entry.strip()]

    def user_folder(self) -> Path:
        """The project's folder of the user: environments, logs, looks, model packages."""
        if self.platform == "win32":
            return Path(self.environ.get("APPDATA") or self.home) / "maya_a2f"
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support" / "maya_a2f"
        return Path(self.environ.get("XDG_DATA_HOME") or self.home / ".local" / "share") / "maya_a2f"

    def cache_folder(self) -> Path:
        """The project's cache where MAYA_A2F_CACHE does not move it."""
        if self.platform == "win32":
            return Path(self.environ.get("LOCALAPPDATA") or self.user_folder()) / "maya_a2f" / "cache"
        if self.platform == "darwin":
            return self.home / "Library" / "Caches" / "maya_a2f"
        return Path(self.environ.get("XDG_CACHE_HOME") or self.home / ".cache") / "maya_a2f"

    def moved_cache_folder(self) -> Path | None:
        """The folder of MAYA_A2F_CACHE, which others may use as well."""
        moved = self.environ.get("MAYA_A2F_CACHE", "").strip()
        return Path(moved) if moved else None


def user_module_folders(maya_folder: Path) -> list[Path]:
    """Where a user's module files may lie: for all Mayas, then for each version that the folder knows or we support."""
    versions = sorted({*SUPPORTED_MAYAS, *(path.name for path in _versions_in(maya_folder))})
    return [maya_folder / "modules", *(maya_folder / version / "modules" for version in versions)]


def shelf_folders(maya_folder: Path) -> list[Path]:
    """Where Maya saves a user's shelves, the folders of other languages included."""
    versions = _versions_in(maya_folder)
    return [
        folder
        for version in versions
        for folder in [version / "prefs" / "shelves", *sorted(version.glob("*_*/prefs/shelves"))]
        if folder.is_dir()
    ]


def module_folders(system: System) -> list[Path]:
    """Every folder in which some Maya looks for module files: MAYA_MODULE_PATH, the user's, the machine's."""
    machine = [path for base in system.system_module_folders() for path in (base, *(base / v for v in SUPPORTED_MAYAS))]
    return [*system.listed_module_folders(), *user_module_folders(system.maya_folder()), *machine]


def windows_documents(home: Path) -> Path:
    """The Documents folder as the shell knows it (OneDrive and policies move it), else the one below ``home``."""
    if sys.platform != "win32":
        return home / "Documents"
    import ctypes

    personal, of_this_moment, longest = 5, 0, 260
    buffer = ctypes.create_unicode_buffer(longest)
    failed = ctypes.windll.shell32.SHGetFolderPathW(None, personal, None, of_this_moment, buffer)
    return Path(buffer.value) if not failed and buffer.value else home / "Documents"


def _versions_in(maya_folder: Path) -> list[Path]:
    try:
        return sorted(path for path in maya_folder.iterdir() if path.name[:4].isdigit() and path.is_dir())
    except OSError:
        return []
