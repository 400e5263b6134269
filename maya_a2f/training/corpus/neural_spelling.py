"""Text to the phoneme symbols that the neural voices were trained on, through eSpeak NG's library.

Piper reads eSpeak NG's IPA letter by letter. Kokoro and its descendant hibari write English diphthongs and affricates
as one letter each (``A`` for eɪ) and mark no vowel length.
"""

from __future__ import annotations

import re
import unicodedata

from maya_a2f.worker.espeak import espeak

_CLAUSE = re.compile(r"([^,.!?;:]+)([,.!?;:]*)")

ONE_LETTER: dict[str, str] = {
    "A": "eɪ", "I": "aɪ", "O": "oʊ", "Q": "əʊ", "W": "aʊ", "Y": "ɔɪ", "ʤ": "dʒ", "ʧ": "tʃ", "ʦ": "ts", "ʣ": "dz",
    "T": "ɾ", "ᵊ": "ə", "ʨ": "tɕ", "ʥ": "dʑ",
}  # fmt: skip
"""Kokoro's letters that are not IPA, as IPA."""
_JOINED = ("eɪ", "aɪ", "oʊ", "əʊ", "aʊ", "ɔɪ", "dʒ", "tʃ", "ts", "dz")
_ENGLISH = (
    ("ʔn̩", "tᵊn"), ("ʔ", "t"), ("əl", "ᵊl"), ("n̩", "ᵊn"), ("l̩", "ᵊl"), ("m̩", "ᵊm"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"),
    ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("ɾ", "T"), ("ɪə", "iə"), ("e", "A"),
    ("ː", ""), ("o", "ɔ"),
)  # fmt: skip


def ipa_clauses(text: str, language: str) -> str:
    """eSpeak NG's IPA of ``text`` with its punctuation kept. Raises EngineError where the library is missing."""
    parts = []
    for words, marks in _CLAUSE.findall(text):
        spoken = espeak().phonemes(language, words.strip())
        spoken = re.sub(r"\([a-z-]+\)", "", spoken)
        if spoken:
            parts.append(spoken + marks[:1])
    joined = " ".join(parts)
    return joined if joined.endswith((".", "!", "?")) else joined + "."


def kokoro_letters(ipa: str, english: bool) -> str:
    """``ipa`` in Kokoro's spelling."""
    spelled = ipa.replace("g", "ɡ")
    back = {value: key for key, value in ONE_LETTER.items()}
    for pair in _JOINED:
        spelled = spelled.replace(pair, back[pair])
    if english:
        for old, new in _ENGLISH:
            spelled = spelled.replace(old, new)
    return spelled


def piper_letters(ipa: str) -> str:
    """``ipa`` in the decomposed form that Piper's table knows."""
    return unicodedata.normalize("NFD", ipa)


def in_ipa(letter: str) -> str:
    """One model letter as IPA that :mod:`maya_a2f.training.phones` understands."""
    return ONE_LETTER.get(letter, letter)
