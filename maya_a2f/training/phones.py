"""ARPABET and IPA symbols as articulations: what the lips, the jaw and the tongue want during a phone.

Targets are lip gap in centimetres for a vowel of ordinary length and loudness, jaw opening as a weight, lip shape and
tongue as 0…1. Weights say how strongly a phone insists (0: it takes what its neighbours want), after the dominance
model of Cohen & Massaro (1993) and the rules of JALI (Edwards et al. 2016): bilabials and labiodentals insist on the
lips, sibilants on the jaw, tongue-only phones on neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

Contact = Literal["none", "closed", "tuck"]
Alphabet = Literal["arpabet", "ipa"]

PHONE_CLASSES: tuple[str, ...] = (
    "pause", "p", "b", "m", "labiodental", "dental", "alveolar", "n", "velar", "ng", "l", "r", "s", "sh", "w", "j",
    "h", "i", "e", "ae", "a", "o", "u", "y", "er", "schwa",
)  # fmt: skip
"""The classes of the network's auxiliary phone head."""

TONGUE_TRACKS: tuple[str, ...] = ("tipUp", "tipOut", "dorsumUp", "front", "low", "curl")


@dataclass(frozen=True)
class Articulation:
    """What one phone (or one half of a diphthong) asks for."""

    phone_class: str
    """One of :data:`PHONE_CLASSES`."""
    gap_cm: float
    """Vertical gap of the inner lips."""
    jaw: float
    """Weight of ``jawOpen`` that the jaw itself contributes."""
    contact: Contact = "none"
    """``closed``: the lips must touch; ``tuck``: the lower lip must reach the upper teeth."""
    pucker: float = 0.0
    funnel: float = 0.0
    spread: float = 0.0
    lip_weight: float = 1.0
    """Dominance over the gap."""
    jaw_weight: float = 1.0
    shape_weight: float = 1.0
    """Dominance over pucker, funnel and spread."""
    tongue: dict[str, float] = field(default_factory=dict)
    tongue_weight: float = 1.0
    vowel: bool = False


def _vowel(
    name: str, gap: float, jaw: float, pucker: float = 0.0, funnel: float = 0.0, spread: float = 0.0, **tongue: float
) -> Articulation:
    shape = 2.2 if pucker > 0.4 else 1.2
    return Articulation(
        name, gap, jaw, "none", pucker, funnel, spread, 1.0, 1.0, shape, tongue, tongue_weight=0.7, vowel=True
    )


def _consonant(
    name: str, gap: float, jaw: float, lip: float, jaw_weight: float, shape: float, contact: Contact = "none",
    pucker: float = 0.0, funnel: float = 0.0, spread: float = 0.0, tongue_weight: float = 2.0, **tongue: float,
) -> Articulation:  # fmt: skip
    return Articulation(
        name, gap, jaw, contact, pucker, funnel, spread, lip, jaw_weight, shape, tongue, tongue_weight=tongue_weight
    )


PAUSE = Articulation("pause", 0.0, 0.0, lip_weight=1.5, jaw_weight=1.5, shape_weight=0.8, tongue_weight=0.5)

_A = _vowel("a", 0.84, 0.26, low=0.7)
_AE = _vowel("ae", 0.80, 0.24, spread=0.40, low=0.5, front=0.4)
_AH = _vowel("a", 0.66, 0.20, low=0.4)
_AO = _vowel("o", 0.72, 0.22, pucker=0.35, funnel=0.45, low=0.5, dorsumUp=0.1)
_EH = _vowel("e", 0.66, 0.18, spread=0.45, front=0.5)
_E = _vowel("e", 0.52, 0.14, spread=0.60, front=0.7)
_IH = _vowel("i", 0.46, 0.12, spread=0.50, front=0.6)
_IY = _vowel("i", 0.38, 0.09, spread=0.85, front=1.0)
_O = _vowel("o", 0.52, 0.15, pucker=0.70, funnel=0.45, dorsumUp=0.2)
_UH = _vowel("u", 0.40, 0.11, pucker=0.60, funnel=0.35, dorsumUp=0.3)
_UW = _vowel("u", 0.28, 0.07, pucker=1.00, funnel=0.35, dorsumUp=0.5)
_ER = replace(_vowel("er", 0.42, 0.11, pucker=0.40, funnel=0.30, curl=0.7), shape_weight=1.5)
_SCHWA = replace(_vowel("schwa", 0.44, 0.12), lip_weight=0.7, jaw_weight=0.7, shape_weight=0.5)
_Y = _vowel("y", 0.28, 0.08, pucker=0.95, funnel=0.25, front=0.8)
_OE = _vowel("y", 0.44, 0.13, pucker=0.65, funnel=0.40, front=0.5)
_UNROUNDED_U = _vowel("u", 0.36, 0.09, pucker=0.15, spread=0.1, dorsumUp=0.5)

_P = _consonant("p", -0.02, 0.05, 6.0, 1.2, 0.2, "closed", tongue_weight=0.1)
_B = _consonant("b", -0.02, 0.05, 6.0, 1.2, 0.2, "closed", tongue_weight=0.1)
_M = _consonant("m", -0.02, 0.05, 6.0, 1.2, 0.2, "closed", tongue_weight=0.1)
_F = _consonant("labiodental", 0.06, 0.04, 4.0, 1.6, 0.8, "tuck", spread=0.15, tongue_weight=0.1)
_TH = _consonant("dental", 0.30, 0.06, 0.8, 1.2, 0.5, spread=0.1, tipOut=1.0, front=0.3)
_T = _consonant("alveolar", 0.30, 0.06, 0.6, 1.0, 0.3, tipUp=1.0)
_N = _consonant("n", 0.34, 0.08, 0.5, 0.8, 0.2, tipUp=1.0)
_K = _consonant("velar", 0.38, 0.10, 0.4, 0.7, 0.2, dorsumUp=1.0)
_NG = _consonant("ng", 0.38, 0.10, 0.5, 0.7, 0.2, dorsumUp=1.0)
_L = _consonant("l", 0.40, 0.11, 0.6, 0.8, 0.3, tipUp=0.9)
_R = _consonant("r", 0.32, 0.08, 0.9, 0.9, 1.1, pucker=0.45, funnel=0.35, curl=1.0)
_TAP = _consonant("r", 0.36, 0.10, 0.5, 0.8, 0.2, tipUp=0.9)
_UVULAR = _consonant("r", 0.40, 0.12, 0.4, 0.7, 0.2, dorsumUp=0.8)
_S = _consonant("s", 0.24, 0.03, 1.4, 2.6, 0.7, spread=0.35, tipUp=0.6, front=0.4)
_SH = _consonant("sh", 0.34, 0.03, 1.4, 2.6, 2.0, pucker=0.40, funnel=0.75, tipUp=0.5, front=0.3)
_W = _consonant("w", 0.14, 0.04, 2.2, 1.4, 3.0, pucker=1.0, funnel=0.3, dorsumUp=0.5)
_J = _consonant("j", 0.34, 0.08, 0.8, 0.9, 0.9, spread=0.6, front=1.0)
_YGLIDE = _consonant("w", 0.16, 0.05, 2.0, 1.2, 2.6, pucker=0.95, funnel=0.25, front=0.8)
_H = _consonant("h", 0.45, 0.13, 0.1, 0.2, 0.1, tongue_weight=0.1)

_ARPABET: dict[str, tuple[Articulation, ...]] = {
    "aa": (_A,), "ae": (_AE,), "ah": (_AH,), "ao": (_AO,), "aw": (_A, _UH), "ax": (_SCHWA,), "axr": (_ER,),
    "ay": (_A, _IH), "eh": (_EH,), "er": (_ER,), "ey": (_EH, _IY), "ih": (_IH,), "ix": (_IH,), "iy": (_IY,),
    "ow": (_O, _UW), "oy": (_AO, _IH), "uh": (_UH,), "uw": (_UW,), "ux": (_UW,),
    "p": (_P,), "b": (_B,), "m": (_M,), "em": (_M,), "f": (_F,), "v": (_F,), "th": (_TH,), "dh": (_TH,),
    "t": (_T,), "d": (_T,), "dx": (_TAP,), "n": (_N,), "en": (_N,), "nx": (_N,), "k": (_K,), "g": (_K,), "ng": (_NG,),
    "l": (_L,), "el": (_L,), "r": (_R,), "s": (_S,), "z": (_S,), "sh": (_SH,), "zh": (_SH,), "ch": (_SH,),
    "jh": (_SH,), "w": (_W,), "wh": (_W,), "y": (_J,), "hh": (_H,), "hv": (_H,), "h": (_H,), "q": (_H,),
    "a": (_A,), "e": (_EH,), "i": (_IY,), "o": (_O,), "u": (_UW,),
}  # fmt: skip
_SILENT = frozenset({"", "pau", "sil", "sp", "spn", "h#", "#", "ssil", "brth", "_", "_:", "<eps>"})

_IPA: dict[str, Articulation] = {}
for _symbols, _articulation in (
    ("a ä ɑ ɐ ɶ ɑ̃", _A), ("æ", _AE), ("ʌ", _AH), ("ɔ ɒ", _AO), ("ɛ ɜ", _EH), ("e", _E), ("ɪ ɨ ᵻ", _IH), ("i", _IY),
    ("o", _O), ("ʊ", _UH), ("u ʉ", _UW), ("ɚ ɝ", _ER), ("ə ɘ ɤ", _SCHWA), ("y ʏ", _Y), ("ø œ ɵ ɞ", _OE),
    ("ɯ", _UNROUNDED_U), ("p", _P), ("b ɓ ʙ", _B), ("m ɱ", _M), ("f v ⱱ", _F), ("θ ð", _TH),
    ("t d ʈ ɖ ɗ", _T), ("n ɳ", _N), ("ɲ", _N), ("k g ɡ q ɢ x ɣ χ c ɟ ɠ", _K), ("ŋ ɴ", _NG),
    ("l ɫ ɭ ʎ ɬ ɮ", _L), ("ɹ ɻ", _R), ("r ɾ ɽ", _TAP), ("ʁ ʀ", _UVULAR), ("s z", _S), ("ʃ ʒ ɕ ʑ ʂ ʐ ç ʝ", _SH),
    ("w ʍ ʋ", _W), ("β ɸ", replace(_F, gap_cm=0.05, contact="none")), ("j", _J), ("ɥ", _YGLIDE), ("h ɦ ħ ʔ ʕ", _H),
):  # fmt: skip
    for _symbol in _symbols.split():
        _IPA[_symbol] = _articulation
_IPA["ʋ"] = replace(_F, gap_cm=0.10)
_IPA["ç"] = _J


@cache
def articulations(symbol: str, alphabet: Alphabet = "ipa") -> tuple[Articulation, ...]:
    """The one or two articulations of a symbol, in order of time; stress, tone and length marks are ignored.

    An unknown symbol is a neutral vowel, so that one odd symbol never stops a corpus.
    """
    bare = symbol.strip().rstrip("0123456789")
    if bare.lower() in _SILENT:
        return (PAUSE,)
    if alphabet == "arpabet":
        return _ARPABET.get(bare.lower(), (_SCHWA,))
    found = [_IPA[letter] for letter in bare if letter in _IPA]
    if not found:
        return (_SCHWA,)
    if len(found) > 1 and found[0].phone_class == "alveolar" and found[-1].phone_class in ("s", "sh"):
        return (found[-1],)  # an affricate: the lips and the jaw go with its fricative
    if len(found) > 1 and found[-1].phone_class == "h":
        return (found[0],)  # aspiration
    return tuple(found[:2])
