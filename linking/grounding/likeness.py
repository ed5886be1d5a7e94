"""linking: compares the words of a text with the words of a name."""

from __future__ import annotations

import re

from graph.dutch import AMBIGUOUS
from graph.lexical import LEXICON, LINKS, is_adjective, root, stem
from graph.snapshot import LOCAL
from linking.grounding.topics import Name

NEARLY = ("narrow", "related")
"""Kinds of names with nearly the same meaning as the concept."""


_COUNTED = re.compile(r"(?=.*(?:[0-9]|II\b))[A-Z][A-Z0-9]{2,5}")
_OF = frozenset("of the van de het der des s".split())


def bag(words: list[str]) -> str:
    """Returns a key for a list of words: the stem of a single word, or the sorted roots of several words."""
    return stem(words[0]) if len(words) == 1 else " ".join(sorted(map(root, words)))


def likeness(norm: str, name: str) -> float:
    """The similarity of two normal forms with the same key (see `bag`), at most 1.

    The similarity is lower if the order of the words, their number (singular or plural) or their derivation differs.
    """
    if norm == name or norm.replace(" ", "") == name.replace(" ", ""):
        return 1.0
    ours, theirs = said_words(norm), said_words(name)
    ordered = list(map(root, ours)) == list(map(root, theirs))
    stems = sorted(map(stem, ours)) == sorted(map(stem, theirs))
    alike = sorted(ours) == sorted(theirs)
    return (1.0 if ordered else 0.95) * (1.0 if alike else 0.95 if stems else 0.85)


def says_the_same(norm: str, name: str) -> bool:
    """True if two normal forms with the same key (see `bag`) have the same words in the same order.

    The order may differ if `norm` joins the words with `of` or a similar word, and `name` does not.

    Singular and plural are the same word. Derived words differ: `genomic sequences` are not genome sequencing.
    """
    ours, theirs = (list(map(stem, said_words(form))) for form in (norm, name))
    links = LINKS.intersection(norm.split()) - set(name.split())
    return (ours == theirs and not links) or (sorted(ours) == sorted(theirs) and bool(links) and links <= _OF)


def said_words(form: str) -> list[str]:
    return [word for word in form.split() if word not in LINKS]


def worth_of_kind(name: Name) -> float:
    return 1.0 if name.kind == "label" else 0.8 if name.kind in NEARLY else 0.95


def may_stand_alone(name: Name, norm: str, language: str | None) -> bool:
    """True if a name of one word may be found in running text. `language` is None for an unknown language."""
    if is_short_of_ours(name):
        return True
    dutch = name.language == "nl"
    if dutch and (language == "en" or not AMBIGUOUS.isdisjoint((norm, name.norm))):
        return False
    # Dutch endings belong to Dutch words: `stappen` is not stapes and `centrale` is not a bone.
    latin = language == "nl" and not dutch and name.kind != LOCAL
    if latin and (norm in AMBIGUOUS or (norm != name.norm and norm.endswith(("e", "en")))):
        return False
    if norm != name.norm and len(norm) < 5 and not norm.startswith(name.norm):
        return False
    return name.kind == "label" or not is_adjective(norm)


def is_counted(word: str) -> bool:
    """True for an abbreviation with a number, in upper or lower case: `DM2`, `DMII`, `t2dm`."""
    return _COUNTED.fullmatch(word.upper()) is not None


def is_short_of_ours(name: Name) -> bool:
    """True for an abbreviation from the lexicon that has a number. Clinical letters in any language use `DM2`."""
    return name.kind == LEXICON and is_counted(name.text)


def in_capitals(text: str) -> bool:
    """True if a text is written like an abbreviation: COPD, T2DM, mRNA."""
    return sum(letter.isupper() for letter in text) > 1 or (text.isupper() and text.isalnum())
