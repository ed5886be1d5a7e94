"""linking: how the words of a text and of a name are compared: what they have in common, how alike they are."""

from __future__ import annotations

import re

from graph.dutch import AMBIGUOUS
from graph.lexical import LEXICON, LINKS, is_adjective, root, stem
from graph.snapshot import LOCAL
from linking.grounding.topics import Name

NEARLY = ("narrow", "related")
"""Kinds of names that say only nearly what a concept means."""


_COUNTED = re.compile(r"(?=.*(?:[0-9]|II\b))[A-Z][A-Z0-9]{2,5}")
_OF = frozenset("of the van de het der des s".split())


def bag(words: list[str]) -> str:
    """One word by its stem, several by their roots, in no order."""
    return stem(words[0]) if len(words) == 1 else " ".join(sorted(map(root, words)))


def likeness(norm: str, name: str) -> float:
    """How near two normal forms with one bag are: order, links, number, and kinship of words each cost a little."""
    if norm == name or norm.replace(" ", "") == name.replace(" ", ""):
        return 1.0
    ours, theirs = said_words(norm), said_words(name)
    ordered = list(map(root, ours)) == list(map(root, theirs))
    stems = sorted(map(stem, ours)) == sorted(map(stem, theirs))
    alike = sorted(ours) == sorted(theirs)
    return (1.0 if ordered else 0.95) * (1.0 if alike else 0.95 if stems else 0.85)


def says_the_same(norm: str, name: str) -> bool:
    """Whether two normal forms with one bag have the same words in the same order, or parted by `of`, in any number.

    Of what is done, or is there, relatives of a word are other things: `genomic sequences` are no genome sequencing.
    """
    ours, theirs = (list(map(stem, said_words(form))) for form in (norm, name))
    links = LINKS.intersection(norm.split()) - set(name.split())
    return (ours == theirs and not links) or (sorted(ours) == sorted(theirs) and bool(links) and links <= _OF)


def said_words(form: str) -> list[str]:
    return [word for word in form.split() if word not in LINKS]


def worth_of_kind(name: Name) -> float:
    return 1.0 if name.kind == "label" else 0.8 if name.kind in NEARLY else 0.95


def may_stand_alone(name: Name, norm: str, language: str | None) -> bool:
    """Whether a name of one word may be found in running text of a language, None where that is not known."""
    if is_short_of_ours(name):
        return True
    dutch = name.language == "nl"
    if dutch and (language == "en" or not AMBIGUOUS.isdisjoint((norm, name.norm))):
        return False
    # Dutch endings are of Dutch words: `stappen` are no stapes, and `centrale` is no bone.
    latin = language == "nl" and not dutch and name.kind != LOCAL
    if latin and (norm in AMBIGUOUS or (norm != name.norm and norm.endswith(("e", "en")))):
        return False
    if norm != name.norm and len(norm) < 5 and not norm.startswith(name.norm):
        return False
    return name.kind == "label" or not is_adjective(norm)


def is_counted(said: str) -> bool:
    """Whether it is an abbreviation with a number, in whatever case: `DM2`, `DMII`, `t2dm`."""
    return _COUNTED.fullmatch(said.upper()) is not None


def is_short_of_ours(name: Name) -> bool:
    """Whether the lexicon has it as such an abbreviation: letters in any language are full of `DM2`."""
    return name.kind == LEXICON and is_counted(name.text)


def in_capitals(said: str) -> bool:
    """Whether it is written as an abbreviation is: COPD, T2DM, mRNA."""
    return sum(letter.isupper() for letter in said) > 1 or (said.isupper() and said.isalnum())
