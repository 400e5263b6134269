"""Module files: read as Maya reads them (specification, maya.md section 2), written so that nothing is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest
from a2f_install.module_file import Block, Effect, ModuleTextError, effects, faults, parse, write
from a2f_install.source import InstallError, mark_of, path_text, read_source
from hypothesis import given
from hypothesis import strategies as st

CHECKOUT = Path(__file__).resolve().parents[2]
TEMPLATE = (CHECKOUT / "a2f.mod").read_text("utf-8")


def test_conditions_come_in_any_number_and_the_path_is_the_rest_of_the_line() -> None:
    (block,) = parse("+ MAYAVERSION:2026 PLATFORM:win64 LOCALE:ja_JP tool 1.0 C:/Program Files/Größe x\n")
    assert block == Block("tool", "1.0", "C:/Program Files/Größe x", (), "2026", "win64", "ja_JP")
    assert parse("+ tool 1.0 ../tool\n") == [Block("tool", "1.0", "../tool")]


@pytest.mark.parametrize("ending", ["", "   ", "# words", "// words", "  # words"])
def test_an_empty_or_comment_line_ends_the_block(ending: str) -> None:
    text = f"+ a 1 /a\nX=1\n{ending}\nY=2\n+ b 1 /b\nZ=3\n"
    assert [block.entries for block in parse(text)] == [("X=1",), ("Z=3",)]
    assert any("Line 3" in fault for fault in faults(text))


def test_what_stands_before_the_first_block_is_ignored() -> None:
    assert parse("# ours\nX=1\n+ a 1 /a\n")[0].entries == ()


@pytest.mark.parametrize("line", ["+a 1 /a", "+ a 1", "+", "+ MAYAVERSION:2026 a 1"])
def test_a_line_that_opens_no_block_is_a_fault(line: str) -> None:
    assert not parse(line)
    assert faults(line)


@pytest.mark.parametrize("entry", ["icons:icons", "NAME", "a b=c", "1X=2"])
def test_what_is_no_entry_is_a_fault(entry: str) -> None:
    """A folder needs the space after its colon."""
    assert faults(f"+ a 1 /a\n{entry}\n")


def test_conditions_decide_which_maya_uses_a_block() -> None:
    block = Block("a", "1", "/a", maya="2026", platform="mac")
    assert block.fits("2026", "mac")
    assert not block.fits("2025", "mac")
    assert not block.fits("2026", "win64")
    assert Block("a", "1", "/a").fits("2027", "linux")


def test_entries_do_to_the_environment_what_they_say(tmp_path: Path) -> None:
    for name in ("plug-ins", "icons", "extra"):
        (tmp_path / name).mkdir()
    block = Block("a", "1", ".", ("A=x y", "B:=data", "C+=z", "D+:=../lib", "icons: extra"))
    found = effects(block, tmp_path)
    root = tmp_path.as_posix()
    assert found[:4] == [
        Effect("A", "x y", False),
        Effect("B", f"{root}/data", False),
        Effect("C", "z", True),
        Effect("D", f"{tmp_path.parent.as_posix()}/lib", True),
    ]
    assert Effect("XBMLANGPATH", f"{root}/extra", True) in found, "an override takes the place of the default folder"
    assert Effect("XBMLANGPATH", f"{root}/icons", True) not in found
    assert Effect("MAYA_PLUG_IN_PATH", f"{root}/plug-ins", True) in found
    assert Effect("PYTHONPATH", f"{root}/scripts", True) in found, "scripts is added even where it is missing"
    assert not any(effect.variable == "MAYA_PRESET_PATH" for effect in found)


def test_a_recursive_folder_takes_its_subfolders_but_no_hidden_ones(tmp_path: Path) -> None:
    for name in ("s/a/b", "s/.git/x"):
        (tmp_path / name).mkdir(parents=True)
    found = effects(Block("a", "1", ".", ("[r] scripts: s",)), tmp_path)
    values = {effect.value for effect in found if effect.variable == "MAYA_SCRIPT_PATH"}
    assert values == {f"{tmp_path.as_posix()}/{name}" for name in ("s", "s/a", "s/a/b")}


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8).filter(
    lambda word: ":" not in word
)


@given(name=WORDS, version=WORDS, path=st.lists(WORDS, min_size=1).map(" ".join), values=st.lists(WORDS, max_size=3))
def test_what_is_written_is_read_back(name: str, version: str, path: str, values: list[str]) -> None:
    blocks = [Block(name, version, path, tuple(f"X+:={value}" for value in values), maya) for maya in ("2025", "2026")]
    assert parse(write(blocks)) == blocks
    assert faults(write(blocks)) == []


@pytest.mark.parametrize(
    "block",
    [
        Block("a", "1", "/a\n/b"),
        Block("a", "1", ""),
        Block("a", "1", "/a", ("# ends the block",)),
        Block("a", "1", "/a", ("",)),
        Block("a", "1", "/a", ("+ b 1 /b",)),
        Block("a b", "1", "/a"),
    ],
)
def test_what_maya_would_read_differently_is_not_written(block: Block) -> None:
    with pytest.raises(ModuleTextError):
        write([block])


def test_our_template_has_no_fault_and_serves_every_supported_maya_alike() -> None:
    assert faults(TEMPLATE) == []
    assert all(line.strip() for line in TEMPLATE.splitlines())
    blocks = parse(TEMPLATE)
    assert [block.maya for block in blocks] == ["2025", "2026", "2027"]
    assert len({block.entries for block in blocks}) == 1


def test_the_folders_it_names_are_there_and_hold_plug_ins_only() -> None:
    block = parse(TEMPLATE)[0]
    folders = dict(entry.split(": ", 1) for entry in block.entries if ": " in entry)
    assert all((CHECKOUT / folder).is_dir() for folder in folders.values())
    plug_ins = [path.read_text("utf-8") for path in (CHECKOUT / folders["plug-ins"]).glob("*.py")]
    assert plug_ins
    assert all("initializePlugin" in text for text in plug_ins)


def test_its_version_is_the_projects() -> None:
    assert f'version = "{read_source(CHECKOUT).version}"' in (CHECKOUT / "pyproject.toml").read_text("utf-8")


def test_generated_blocks_carry_every_line_of_the_template() -> None:
    """Whatever is added to the template; only the path is rewritten, and the mark added."""
    source = read_source(CHECKOUT)
    blocks = source.blocks("/elsewhere", ["2026"])
    assert [block.maya for block in blocks] == ["2026"]
    assert blocks[0].entries[:-1] == parse(TEMPLATE)[1].entries
    assert blocks[0].path == "/elsewhere"
    assert mark_of(blocks[0]) == source.version
    with pytest.raises(InstallError, match="no part for Maya 2024"):
        source.blocks("/x", ["2024"])


def test_letters_beyond_ascii_are_walked_around_where_they_can_be(tmp_path: Path) -> None:
    """Maya may read the file in the code page of the system; below the same home the relative way has no umlaut."""
    home = tmp_path / "Jürgen"
    root, folder = home / "tools" / "a2f", home / "maya" / "modules"
    for path in (root, folder):
        path.mkdir(parents=True)
    assert path_text(root, folder) == "../../tools/a2f"
    assert (folder / path_text(root, folder)).resolve() == root.resolve()
    assert path_text(tmp_path / "wörk", folder).endswith("/wörk"), "no way around: absolute, in UTF-8"
    assert path_text(tmp_path / "plain", folder) == (tmp_path / "plain").resolve().as_posix()
