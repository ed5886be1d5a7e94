"""graph: the English names that a Dutch phrase stands for, of those that are loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, reduce
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from graph.columns import Csr, Ints
from graph.dutch.cognates import skeleton
from graph.dutch.compounds import Compounds
from graph.lexical import LINKS, MOST_WORDS, Names, is_dutch

_LEFT_OUT = LINKS | frozenset("een aan bij met the a an to with on at and or en of due affecting involving".split())
_MOST_WAYS = 24
"""English words and phrases that are tried for one Dutch word."""


class English:
    """Of the names of one snapshot. A name is found where each word of the phrase is said in it and no other is.

    A Dutch word is said by what the lexicon or its parts call it, or by a word that is spelt nearly so in English.
    """

    def __init__(self, names: Names, compounds: Compounds) -> None:
        self._names, self._compounds = names, compounds

    def names(self, norm: str) -> list[Ints]:
        """The numbers of names that say a phrase in normal form, the best first; those of one rank together."""
        found = [names for _, names in self.compounds(norm)]
        # Words of one origin are looked for in Dutch alone: to compare them takes longer than all else.
        if found or not self.is_dutch(norm):
            return found
        return [names for names in [self._by_words(norm)] if len(names)]

    def is_dutch(self, norm: str) -> bool:
        """Whether a phrase is Dutch, by its letters or by its words."""
        return is_dutch(norm) or self.is_understood(norm)

    def compounds(self, norm: str) -> Iterator[tuple[str, Ints]]:
        """The names by which the lexicon and its parts call a phrase, the best first, each with its numbers."""
        for said in self._compounds.english(norm):
            if len(names := self._names.exact(said)):
                yield said, names

    def phrase(self, norm: str) -> str:
        """The phrase in English, word for word as far as words are known; itself where none is.

        Of the words that one may be called by, those that stand together in a name.
        """
        for said, _ in self.compounds(norm):
            return said
        units = self._units(norm)
        spoken = [self._spoken(unit) for unit in units]
        found = self._whole(spoken)
        if not len(found) and units != (words := _told(norm.split())):
            found = self._whole(map(self._spoken, words))
        if len(found):
            return self._text(int(found[0]))
        return " ".join(self._word_for_word(units, spoken)) if units else norm

    def is_understood(self, norm: str) -> bool:
        """Whether each word is known, or is made of parts that are."""
        return all(map(self._compounds.is_understood, _told(norm.split())))

    def _units(self, norm: str) -> list[str]:
        return _told(self._compounds.units(norm.split()[:MOST_WORDS]))

    def _by_words(self, norm: str) -> Ints:
        units, words = self._units(norm), _told(norm.split()[:MOST_WORDS])
        found = self._whole(map(self._spoken, units))
        return found if len(found) or units == words else self._whole(map(self._spoken, words))

    def _spoken(self, unit: str) -> npt.NDArray[np.int32]:
        """Of each name how many of its words say the unit."""
        most = np.zeros(len(self._said_words), np.int32)
        for way in self._ways(unit):
            parts = way.split()
            names = reduce(np.intersect1d, map(self._having, parts))
            most[names] = np.maximum(most[names], len(_told(parts)))
        return most

    def _whole(self, spoken: Iterable[npt.NDArray[np.int32]]) -> Ints:
        """The names in which each unit is said, and nothing else."""
        said = np.zeros(len(self._said_words), np.int32)
        every = np.ones(len(self._said_words), bool)
        some = False
        for most in spoken:
            every &= most > 0
            if not every.any():
                break
            said += most
            some = True
        return np.asarray(np.flatnonzero(every & (said >= self._said_words) & some), np.int32)

    def _word_for_word(self, units: Sequence[str], spoken: Sequence[npt.NDArray[np.int32]]) -> Iterator[str]:
        if not len(self._said_words):
            yield from units
            return
        said = np.sum(spoken, axis=0)
        nearest = self._text(int(np.argmax(said / (self._said_words + len(units))))).split()
        for unit in units:
            ways = self._ways(unit)
            yield next((way for way in ways if {*way.split()} <= {*nearest}), ways[0] if ways else unit)

    def _text(self, name: int) -> str:
        return str(self._names.table["norm"][name].as_py())

    def _ways(self, word: str) -> list[str]:
        """What a Dutch word may be called in English, as far as any name has these words."""
        # Of words of one origin the nearest first: `serine` is serine rather than the more frequent serum.
        cognates = sorted(self._cognates.get(skeleton(word), ()), key=lambda own: -_first_alike(word, own))
        ways = [*self._compounds.forms(word), *self._compounds.english(word), *cognates]
        known = [way for way in dict.fromkeys(ways) if all(map(self._is_known, way.split()))]
        return known[:_MOST_WAYS]

    def _is_known(self, word: str) -> bool:
        return word in self._places

    def _having(self, word: str) -> Ints:
        return np.asarray(self._word_names[self._places[word]], np.int32)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self._names.words()[0].to_pylist())}

    @cached_property
    def _word_names(self) -> Csr:
        return self._names.words()[1]

    @cached_property
    def _said_words(self) -> npt.NDArray[np.int32]:
        """Of each name how many of its words say something."""
        places = [place for word, place in self._places.items() if word not in _LEFT_OUT]
        return np.bincount(self._word_names.gather(places), minlength=self._names.table.num_rows).astype(np.int32)

    @cached_property
    def _cognates(self) -> dict[str, list[str]]:
        """The words of names by their skeletons, the commonest first."""
        sizes = self._word_names.sizes()
        found = defaultdict[str, list[str]](list)
        for word in sorted(self._places, key=lambda one: (-int(sizes[self._places[one]]), one)):
            found[skeleton(word)].append(word)
        return dict(found)


def _told(words: Sequence[str]) -> list[str]:
    """The words that say something."""
    return [word for word in words if word not in _LEFT_OUT]


def _first_alike(one: str, other: str) -> int:
    """How many letters both have in common from the first."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
