from __future__ import annotations

from pathlib import Path

import pytest

from maya_a2f.core.textgrid import Span, parse_textgrid, phone_tier, read_textgrid, word_tier
from maya_a2f.errors import UserError
from maya_a2f.quality.phone_groups import classify, unknown_labels
from tests.quality.speaker import textgrid

EVAL = Path(__file__).resolve().parents[3] / "shared" / "eval" / "speech"
SHORT = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1.5\n<exists>\n3\n'
    '"IntervalTier"\n"words"\n0\n1.5\n2\n0\n1\n"say ""hi"" [2]"\n1\n1.5\n""\n'
    '"TextTier"\n"points"\n0\n1.5\n1\n0.75\n"tap"\n'
    '"IntervalTier"\n"phones"\n0\n1.5\n3\n0\n0.5\n"M"\n0.5\n1\n"AA1"\n1\n1.5\n"sil"\n'
)


def test_the_short_format_is_read() -> None:
    words, phones = parse_textgrid(SHORT)
    assert phones.name == "phones"
    assert phones.spans == (Span(0, 0.5, "M"), Span(0.5, 1.0, "AA1"), Span(1.0, 1.5, "sil"))
    assert words.spans[0].label.startswith('say "hi"')


def test_the_long_format_is_read_alike() -> None:
    spans = (Span(0.25, 0.5, "m"), Span(0.5, 1.0, "ə"))
    (tier,) = parse_textgrid(textgrid(spans, 1.5, "phone"))
    assert tier.name == "phone"
    assert tier.spans == (Span(0, 0.25, ""), *spans, Span(1.0, 1.5, ""))


def test_utf16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(SHORT.encode("utf-16"))
    assert phone_tier(read_textgrid(path), "a").spans[0].label == "M"


def test_words_are_found_beside_phones() -> None:
    tier = word_tier(parse_textgrid(SHORT))
    assert tier is not None
    assert tier.name == "words"


def test_a_textgrid_without_phones_names_its_tiers() -> None:
    with pytest.raises(UserError, match=r"'x.TextGrid' has no tier with phones .*'words'") as caught:
        phone_tier(parse_textgrid(textgrid((Span(0, 1, "hello"),), 1.5, "words")), "x.TextGrid")
    assert caught.value.code == "textgrid.no_phones"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        SHORT[:200],
        SHORT.replace('0.5\n"M"', '"M"'),
        SHORT.replace('0.5\n1\n"AA1"', '0.2\n1\n"AA1"'),
    ],
)
def test_damage_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_textgrid(text, "a.TextGrid")
    assert caught.value.code == "textgrid.damaged"
    assert "a.TextGrid" in caught.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_textgrid(tmp_path / "none.TextGrid")
    assert caught.value.code == "textgrid.missing"


@pytest.mark.parametrize(
    ("label", "group"),
    [("M", "bilabial"), ("p", "bilabial"), ("V", "labiodental"), ("AA1", "open"), ("NG", "nasal"), ("sil", "pause"),
     ("SH", "oral"), ("Y", "other")],
)  # fmt: skip
def test_arpabet_is_understood(label: str, group: str) -> None:
    phones = classify([Span(0, 1, label), Span(1, 2, "HH"), Span(2, 3, "IY0")])
    assert phones[0].group == group


@pytest.mark.parametrize(
    ("label", "group"),
    [("pʰ", "bilabial"), ("mː", "bilabial"), ("ˈa", "open"), ("ɑ̃", "open"), ("t͡ʃ", "oral"), ("ŋ", "nasal"),
     ("y", "vowel"), ("", "pause"), ("j", "other")],
)  # fmt: skip
def test_ipa_is_understood(label: str, group: str) -> None:
    phones = classify([Span(0, 1, label), Span(1, 2, "ə")])
    assert phones[0].group == group


def test_rounded_and_spread_sounds_are_told_apart() -> None:
    rounded, spread, diphthong = classify([Span(0, 1, "uː"), Span(1, 2, "iː"), Span(2, 3, "əʊ")])
    assert (rounded.is_round, spread.is_spread, diphthong.is_round) == (True, True, True)


def test_labels_of_no_alphabet_are_named() -> None:
    assert unknown_labels(classify([Span(0, 1, "M"), Span(1, 2, "QX"), Span(2, 3, "AA")])) == ("QX",)


@pytest.mark.eval
@pytest.mark.skipif(not EVAL.is_dir(), reason="the shared recordings are not here")
@pytest.mark.parametrize(("name", "bilabials"), [("acoustic_corpus", 13), ("mary", 2), ("bobby_phones", 2)])
def test_real_files_are_read(name: str, bilabials: int) -> None:
    phones = classify(phone_tier(read_textgrid(EVAL / f"{name}.TextGrid"), name).spans)
    assert sum(phone.group == "bilabial" for phone in phones) == bilabials
