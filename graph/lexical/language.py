"""graph: which language a text, or a name, is in."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import orjson

# Words that only one of the two has: "in" and "is" stand in both.
_DUTCH = "de het een van en zijn op te dat die voor met aan wordt worden deze door bij naar"
_ENGLISH = "the a of and are to that this for with will be by on or as an which at"
_WORDS = {"nl": frozenset(_DUTCH.split()), "en": frozenset(_ENGLISH.split())}


def language(text: str) -> str | None:
    """`nl` or `en` by the function words that occur, None where neither leads."""
    words = re.findall(r"[a-z]+", text[:4000].lower())
    dutch, english = (sum(word in _WORDS[tag] for word in words) for tag in ("nl", "en"))
    if dutch == english:
        return None
    return "nl" if dutch > english else "en"


_SURELY = 2.0
"""Log odds: 0.015 of the English mentions of two corpora are above, and 0.89 of HPO's Dutch labels."""


def is_dutch(norm: str) -> bool:
    """Whether a name, in normal form, is Dutch by the letters that follow one another: naive Bayes, three at a time."""
    odds = _odds()
    return sum(odds.get(three, 0.0) for three in trigrams(norm)) > _SURELY


def trigrams(norm: str) -> list[str]:
    padded = f" {norm} "
    return [padded[at : at + 3] for at in range(len(padded) - 2)]


@lru_cache(maxsize=1)
def _odds() -> dict[str, float]:
    """The log odds that a name with these three letters is Dutch, fitted by `bench/evidence.py`."""
    return dict(orjson.loads((files("graph.lexical") / "dutch.json").read_bytes()))
