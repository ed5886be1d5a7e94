"""graph: finds loaded English names with the same meaning as a Dutch phrase."""

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
"""Maximum number of English words and phrases for a Dutch word."""


class English:
    """In a snapshot, finds the English names with the same meaning as a Dutch phrase.

    A name is found if it consists of exactly one translation of each word of the phrase. Translations come from the
    lexicon, from the parts of a compound, or from cognates.
    """

    def __init__(self, names: Names, compounds: Compounds) -> None:
        self._names, self._compounds = names, compounds

    def names(self, norm: str) -> list[Ints]:
        """Returns the loaded English names of a Dutch phrase in normal form, as row numbers of the table of names.

        Each array has the names of one rank. The best rank is first.
        """
        found = [names for _, names in self.compounds(norm)]
        # Cognates are used only for Dutch phrases, because comparing them takes most of the time.
        if found or not self.is_dutch(norm):
            return found
        return [names for names in [self._by_words(norm)] if len(names)]

    def is_dutch(self, norm: str) -> bool:
        """True if the letters or the words of a phrase are Dutch."""
        return is_dutch(norm) or self.is_understood(norm)

    def compounds(self, norm: str) -> Iterator[tuple[str, Ints]]:
        """Yields the loaded names among the possible English names of a Dutch phrase in normal form, best first.

        Each name has its row numbers in the table of names.
        """
        for english in self._compounds.english(norm):
            if len(names := self._names.exact(english)):
                yield english, names

    def phrase(self, norm: str) -> str:
        """Translates a Dutch phrase to a loaded name. If there is no such name, translates the phrase word by word.

        If a word has several translations, a translation in the loaded name that is most similar to the phrase is used.
        Unknown words stay unchanged.
        """
        for english, _ in self.compounds(norm):
            return english
        units = self._units(norm)
        counts = [self._counts(unit) for unit in units]
        found = self._whole(counts)
        if not len(found) and units != (words := _content(norm.split())):
            found = self._whole(map(self._counts, words))
        if len(found):
            return self._text(int(found[0]))
        return " ".join(self._word_for_word(units, counts)) if units else norm

    def is_understood(self, norm: str) -> bool:
        """True if each content word of a phrase is in the lexicon or parts.tsv, or consists of parts that are."""
        return all(map(self._compounds.is_understood, _content(norm.split())))

    def _units(self, norm: str) -> list[str]:
        return _content(self._compounds.units(norm.split()[:MOST_WORDS]))

    def _by_words(self, norm: str) -> Ints:
        units, words = self._units(norm), _content(norm.split()[:MOST_WORDS])
        found = self._whole(map(self._counts, units))
        return found if len(found) or units == words else self._whole(map(self._counts, words))

    def _counts(self, unit: str) -> npt.NDArray[np.int32]:
        """Returns, for each loaded name, the number of its words that translate `unit`, a Dutch word or phrase."""
        most = np.zeros(len(self._content_words), np.int32)
        for way in self._ways(unit):
            parts = way.split()
            names = reduce(np.intersect1d, map(self._having, parts))
            most[names] = np.maximum(most[names], len(_content(parts)))
        return most

    def _whole(self, counts: Iterable[npt.NDArray[np.int32]]) -> Ints:
        """Returns the names that have a translation of each unit of a phrase and no other words.

        `counts` has the result of `_counts` for each unit.
        """
        total = np.zeros(len(self._content_words), np.int32)
        every = np.ones(len(self._content_words), bool)
        some = False
        for most in counts:
            every &= most > 0
            if not every.any():
                break
            total += most
            some = True
        return np.asarray(np.flatnonzero(every & (total >= self._content_words) & some), np.int32)

    def _word_for_word(self, units: Sequence[str], counts: Sequence[npt.NDArray[np.int32]]) -> Iterator[str]:
        if not len(self._content_words):
            yield from units
            return
        total = np.sum(counts, axis=0)
        nearest = self._text(int(np.argmax(total / (self._content_words + len(units))))).split()
        for unit in units:
            ways = self._ways(unit)
            yield next((way for way in ways if {*way.split()} <= {*nearest}), ways[0] if ways else unit)

    def _text(self, name: int) -> str:
        return str(self._names.table["norm"][name].as_py())

    def _ways(self, word: str) -> list[str]:
        """Returns the translations of a Dutch word that consist of words of loaded names."""
        # The most similar cognates come first: `serine` becomes serine, although serum is more frequent.
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
    def _content_words(self) -> npt.NDArray[np.int32]:
        """The number of content words of each name."""
        places = [place for word, place in self._places.items() if word not in _LEFT_OUT]
        return np.bincount(self._word_names.gather(places), minlength=self._names.table.num_rows).astype(np.int32)

    @cached_property
    def _cognates(self) -> dict[str, list[str]]:
        """For each skeleton, the words of loaded names that have this skeleton, most frequent first."""
        sizes = self._word_names.sizes()
        found = defaultdict[str, list[str]](list)
        for word in sorted(self._places, key=lambda one: (-int(sizes[self._places[one]]), one)):
            found[skeleton(word)].append(word)
        return dict(found)


def _content(words: Sequence[str]) -> list[str]:
    """The words, without articles, prepositions and other link words."""
    return [word for word in words if word not in _LEFT_OUT]


def _first_alike(one: str, other: str) -> int:
    """The length of the common prefix of two words."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
