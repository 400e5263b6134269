"""Prompts drawn from the sentences: whole sentences, filled templates, pseudo-words and minimal pairs."""

from __future__ import annotations

import random

from maya_a2f.training.corpus import sentences

_ONSETS_TEXT = """
p b m m f v w t d n n l s k g r h sh ch j y th st pl br bl fl sp sm sn tr kr dr
"""
_ONSETS = tuple(_ONSETS_TEXT.split())
_VOWELS_TEXT = """
a e i o u ah ee oo ay oh aw ie
"""
_VOWELS = tuple(_VOWELS_TEXT.split())
_CODAS = ("", "", "", "m", "n", "ng", "p", "b", "t", "d", "f", "v", "l", "s", "k", "mp", "nd", "nt", "lm")
_FINAL_NASALS_TEXT = """
him ham home them some room time name same team film arm seem game rhyme I'm boom problem them
on then one nine man sun in done fine alone can mean rain again noon done barn seven
sing long song thing bring young among nothing evening king
"""
_PLAIN_ONSETS, _PLAIN_CODAS = "ppbbmmmffvvttddnnnlskgr", ("", "", "", "m", "n", "p", "t", "s", "k", "l")
_CYRILLIC = str.maketrans("pbmfvtdnlskgraeiou", "пбмфвтднлскграеиоу")
_FILLERS = ("um", "mm", "hmm", "mhm", "uh", "oh", "ah", "er")
_HESITATIONS = (
    "um",
    "umm",
    "hmm",
    "mm",
    "mhm",
    "uh",
    "er",
    "oh um",
    "and um",
    "so um",
    "ehm",
    "uh huh",
    "well um",
    "un",
)
_FINAL_NASALS = tuple(_FINAL_NASALS_TEXT.split())
_PAIRS = (("m", "n"), ("b", "d"), ("p", "t"), ("b", "g"), ("p", "k"), ("f", "th"), ("v", "th"), ("b", "v"), ("m", "b"))


def english_prompt(draw: random.Random) -> str:
    """One English prompt of 2 to 6 seconds: 45 % sentence, 25 % template, 20 % pseudo-words, 10 % minimal pairs."""
    kind = draw.random()
    if kind < 0.45:
        return draw.choice(sentences.ENGLISH)
    if kind < 0.70:
        return filled_template(draw)
    if kind < 0.90:
        return pseudo_words(draw)
    return minimal_pairs(draw)


def foreign_prompt(language: str, draw: random.Random) -> str:
    """One or two sentences of ``language`` (a key of ``sentences.OTHER_LANGUAGES``)."""
    pool = sentences.OTHER_LANGUAGES[language]
    return " ".join(draw.sample(pool, draw.choice((1, 1, 2))))


def hesitant_prompt(draw: random.Random) -> str:
    """Slow, hesitating speech: fillers and long final nasals, m against n and ng, for voices that are stretched."""
    parts = []
    for _ in range(draw.randint(2, 4)):
        kind = draw.random()
        if kind < 0.45:
            parts.append(draw.choice(_HESITATIONS))
        elif kind < 0.85:
            parts.append(" ".join(draw.choice(_FINAL_NASALS) for _ in range(draw.randint(1, 3))))
        else:
            parts.append(draw.choice(sentences.ENGLISH).split(",")[0].rstrip(".!?"))
    return "".join(part + draw.choice((", ", ". ", "... ")) for part in parts).strip()


def filled_template(draw: random.Random) -> str:
    """A template sentence over the project's own word lists."""
    text = draw.choice(sentences.TEMPLATES)
    lists = {"n": sentences.NOUNS, "v": sentences.VERBS, "a": sentences.ADJECTIVES, "p": sentences.PLACES}
    for key, words in lists.items():
        while "{" + key + "}" in text:
            text = text.replace("{" + key + "}", draw.choice(words), 1)
    return text[0].upper() + text[1:]


def pseudo_words(draw: random.Random) -> str:
    """Five to nine words of one to three open or closed syllables, now and then a filler or a comma."""
    words = []
    for _ in range(draw.randint(5, 9)):
        if draw.random() < 0.08:
            words.append(draw.choice(_FILLERS) + ",")
            continue
        syllables = [draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(draw.randint(1, 3))]
        words.append("".join(syllables) + draw.choice(_CODAS) + ("," if draw.random() < 0.12 else ""))
    return " ".join(words).rstrip(",") + "."


def plain_syllables(draw: random.Random, cyrillic: bool) -> str:
    """Pseudo-words in letters that mean the same sound in most languages; for voices whose text the project lacks."""
    words = []
    for _ in range(draw.randint(5, 9)):
        syllables = [draw.choice(_PLAIN_ONSETS) + draw.choice("aeiou") for _ in range(draw.randint(1, 4))]
        words.append("".join(syllables) + draw.choice(_PLAIN_CODAS) + ("," if draw.random() < 0.15 else ""))
    text = " ".join(words).rstrip(",") + "."
    return text.translate(_CYRILLIC) if cyrillic else text


def minimal_pairs(draw: random.Random) -> str:
    """Words that differ in one consonant only (bamo, dano, ...): what separates a lip closure from a tongue closure."""
    first, second = draw.choice(_PAIRS)
    words = []
    for _ in range(draw.randint(3, 4)):
        left, right, coda = draw.choice(_VOWELS), draw.choice(_VOWELS), draw.choice(("", "", "s", "l"))
        for consonant in draw.sample((first, second), 2):
            words.append(f"{left}{consonant}{right}{coda}" if draw.random() < 0.5 else f"{consonant}{right}{coda}")
    return " ".join(words) + "."
