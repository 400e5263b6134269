"""Letter to sound for English words that no dictionary has: names, slang, made-up words.

Plain rules, longest spelling first. Vowels are rough, for the recogniser finds the times anyway; what matters is that
the consonants, above all those of the lips, are right.
"""

from __future__ import annotations

_LETTER_NAMES = {
    "a": "EY", "b": "B IY", "c": "S IY", "d": "D IY", "e": "IY", "f": "EH F", "g": "JH IY", "h": "EY CH", "i": "AY",
    "j": "JH EY", "k": "K EY", "l": "EH L", "m": "EH M", "n": "EH N", "o": "OW", "p": "P IY", "q": "K Y UW",
    "r": "AA R", "s": "EH S", "t": "T IY", "u": "Y UW", "v": "V IY", "w": "D AH B AH L Y UW", "x": "EH K S",
    "y": "W AY", "z": "Z IY",
}  # fmt: skip
_START_RULES = {"kn": "N", "gn": "N", "wr": "R", "ps": "S", "pn": "N", "pt": "T", "wh": "W", "x": "Z", "y": "Y"}
_END_RULES = {"mb": "M", "mn": "M", "gh": "", "que": "K", "le": "AH L", "tion": "SH AH N", "sion": "ZH AH N", "es": "Z",
              "ed": "D", "e": "", "y": "IY"}  # fmt: skip
_RULES = {
    "tch": "CH", "sch": "SH", "igh": "AY", "eau": "OW", "ough": "AO", "augh": "AO", "dge": "JH", "tion": "SH AH N",
    "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "gh": "G", "ck": "K", "ng": "NG", "qu": "K W", "wh": "W", "zh": "ZH",
    "kh": "K", "rh": "R", "ts": "T S", "dj": "JH", "ci": "S IH", "ce": "S EH", "cy": "S IY", "ge": "JH EH",
    "gi": "JH IH", "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW", "oi": "OY", "oy": "OY", "ai": "EY",
    "ay": "EY", "au": "AO", "aw": "AO", "ei": "EY", "ey": "IY", "ie": "IY", "oa": "OW", "oe": "OW", "ue": "UW",
    "ew": "UW", "ui": "UW", "er": "ER", "ir": "ER", "ur": "ER", "ar": "AA R", "or": "AO R", "ah": "AA", "eh": "EH",
    "oh": "OW", "uh": "AH",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K",
    "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V",
    "w": "W", "x": "K S", "y": "IH", "z": "Z",
}  # fmt: skip
_LONGEST = max(map(len, _RULES))
_VOWELS = frozenset("aeiouy")


def spelled_phones(word: str) -> list[str]:
    """ARPABET phones of a lower-case word; letters are named one by one where no vowel can carry them ("bbc")."""
    letters = word.replace("'", "")
    if letters and not _VOWELS & set(letters) and letters not in ("hm", "hmm", "mm", "mmm", "mhm", "sh", "shh", "pst"):
        return [phone for letter in letters for phone in _LETTER_NAMES[letter].split()]
    phones: list[str] = []
    at = 0
    while at < len(letters):
        spelling, sound = _matched(letters, at)
        at += len(spelling)
        phones += sound.split()
    return [phone for index, phone in enumerate(phones) if index == 0 or phone != phones[index - 1]]


def _matched(letters: str, at: int) -> tuple[str, str]:
    rest = letters[at:]
    if at == 0:
        for spelling, sound in _START_RULES.items():
            if rest.startswith(spelling):
                return spelling, sound
    elif rest in _END_RULES:
        return rest, _END_RULES[rest]
    for length in range(min(_LONGEST, len(rest)), 0, -1):
        if rest[:length] in _RULES:
            return rest[:length], _RULES[rest[:length]]
    return rest[:1], ""
