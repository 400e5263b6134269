"""English text as the words that are spoken: numbers, signs, abbreviations, stage directions."""

from __future__ import annotations

import re
import unicodedata

_SMALL_NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_ONES = tuple(_SMALL_NUMBERS.split())
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
             "twelve": "twelfth"}  # fmt: skip
_LARGEST_NUMBER = 10**12 - 1
_SIGNS = {"&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "°": "degrees"}
_MONEY = {"$": "dollars", "€": "euros", "£": "pounds"}
_ABBREVIATIONS = {
    "mr": "mister", "mrs": "missus", "dr": "doctor", "st": "street", "vs": "versus", "etc": "et cetera", "jr": "junior",
    "prof": "professor",
}  # fmt: skip
_NOT_SPOKEN = re.compile(r"\[[^\]]*\]|<[^>]*>|\*[^*]*\*|\((?=[^)]*\))[^)]*\)")
_NUMBER = re.compile(r"(?P<sign>[$€£])?(?P<digits>\d[\d,]*)(?P<decimals>\.\d+)?(?P<ordinal>st|nd|rd|th)?\b")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*'?")


def english_words(text: str) -> list[str]:
    """Lower-case words of ``a-z`` and apostrophes, in order. What stands in brackets is taken as a stage direction."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _NOT_SPOKEN.sub(" ", plain)
    for sign, word in _SIGNS.items():
        plain = plain.replace(sign, f" {word} ")
    plain = _NUMBER.sub(lambda found: f" {_spoken_number(found)} ", plain)
    plain = re.sub(r"\b([A-Za-z])\.(?=[A-Za-z]\b)", r"\1 ", plain).lower()
    for short, word in _ABBREVIATIONS.items():
        plain = re.sub(rf"\b{short}\.", f"{word} ", plain)
    return [word.rstrip("'") for word in _WORD.findall(plain)]


def _spoken_number(found: re.Match[str]) -> str:
    digits = found["digits"].replace(",", "")
    if len(digits) > 12 or (len(digits) > 1 and digits[0] == "0"):
        words = [_ONES[int(digit)] for digit in digits]
    elif found["ordinal"]:
        words = _ordinal(cardinal(int(digits)))
    elif len(digits) == 4 and "1100" <= digits < "2000" and "," not in found["digits"] and not found["decimals"]:
        words = _year(int(digits))
    else:
        words = cardinal(int(digits))
    if found["decimals"] and found["sign"] and len(found["decimals"]) == 3:
        words = [*words, _MONEY[found["sign"]], "and", *cardinal(int(found["decimals"][1:])), "cents"]
    elif found["decimals"]:
        words = [*words, "point", *(_ONES[int(digit)] for digit in found["decimals"][1:])]
    elif found["sign"]:
        words = [*words, _MONEY[found["sign"]]]
    return " ".join(words)


def _year(number: int) -> list[str]:
    century, rest = divmod(number, 100)
    if rest == 0:
        return [*cardinal(century), "hundred"]
    return [*cardinal(century), *(["oh"] if rest < 10 else []), *cardinal(rest)]


def cardinal(number: int) -> list[str]:
    """Words of 0 … 999 999 999 999."""
    if number < 20:
        return [_ONES[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [_TENS[tens], *([_ONES[ones]] if ones else [])]
    for size, name in _SCALES:
        if number >= size:
            count, rest = divmod(min(number, _LARGEST_NUMBER), size)
            return [*cardinal(count), name, *(cardinal(rest) if rest else [])]
    raise AssertionError(number)


def _ordinal(words: list[str]) -> list[str]:
    last = words[-1]
    ending = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return [*words[:-1], ending.replace("eightth", "eighth")]
