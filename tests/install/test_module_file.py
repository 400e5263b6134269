"""``a2f.mod`` obeys Maya's rules: a blank or comment line would end a block (specification, maya.md section 2)."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LINES = (CHECKOUT / "a2f.mod").read_text("utf-8").splitlines()


def blocks() -> dict[str, list[str]]:
    """Specifier line -> its entries."""
    found: dict[str, list[str]] = {}
    for line in LINES:
        if line.startswith("+ "):
            found[line] = []
        else:
            found[list(found)[-1]].append(line)
    return found


def test_no_line_ends_a_block_early() -> None:
    assert all(line.strip() and not line.startswith(("#", "//")) for line in LINES)


def test_every_supported_maya_has_the_same_block() -> None:
    assert [line.split()[1] for line in blocks()] == ["MAYAVERSION:2025", "MAYAVERSION:2026", "MAYAVERSION:2027"]
    assert len({tuple(entries) for entries in blocks().values()}) == 1


def test_the_folders_it_names_are_there() -> None:
    for entry in next(iter(blocks().values())):
        name, colon, folder = entry.partition(": ")
        if colon:
            assert (CHECKOUT / folder).is_dir(), name


def test_the_version_is_the_projects() -> None:
    text = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    (version,) = {line.split()[3] for line in blocks()}
    assert f'version = "{version}"' in text
