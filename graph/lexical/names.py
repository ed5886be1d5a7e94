"""graph: finds concepts by the words of their names, in any language.

Names are numbered from best to worst. Names of live concepts come before names of obsolete concepts, then labels before
synonyms, then short names before long names. So a search only has to sort the numbers of the names that it finds.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, Ints, Texts, load_array, load_table, save_table
from graph.lexical.edits import Edits, Floats
from graph.lexical.unseen import without

KINDS = ("label", "abbreviation", "exact", "local", "lexicon", "narrow", "broad", "related")
LEXICON = "lexicon"
"""The kind of names from the lexicon (graph/dutch/lexicon.py).

Names of this kind are not evidence that concepts have the same meaning.
"""
_WORD = re.compile(r"[^\W_]+")
ABBREVIATION = re.compile(r"[A-Z0-9][A-Za-z0-9-]{0,4}[A-Z0-9]")
"""The pattern of an abbreviation, such as `MS` or `T2DM`."""
# ASCII replacements for Latin letters that Unicode does not decompose.
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_ASCII = bytes(ord(c.lower()) if c.isalnum() else ord(" ") for c in map(chr, range(128))) + bytes(128)
_LAST = "\U0010ffff"
LONGEST_QUERY, MOST_WORDS = 400, 16
_SHORT = 3
"""For prefixes of at most this many letters, the matching names are stored in order of quality.

A tenth of all names may match such a prefix, and sorting these names for each search would take too long.
"""

_RARE, _LIKELIER = 0.4, 0.5
"""If a misspelled word is replaced by the rarest similar word, `_RARE` is added to the number of edits.

A name is left out if it needs at least `_LIKELIER` more edits than the best name.
"""


def normalise(text: str) -> str:
    """Returns the normal form of a text: words in lower case without accents and punctuation, joined by spaces."""
    if text.isascii():
        # Most names are ASCII. For ASCII, this takes a fifth of the time of the method below.
        return b" ".join(text.encode().translate(_ASCII).split()).decode()
    text = "".join(c for c in unicodedata.normalize("NFKD", without(text)) if not unicodedata.combining(c))
    text = text.casefold().translate(_LETTERS)
    return " ".join(_WORD.findall(text.casefold()))


class Name(NamedTuple):
    concept: int
    text: str
    kind: str
    language: str


class Hit(NamedTuple):
    """A group of concepts that a search found. `concept` represents the group.

    `how` is one of HOW in linking/search/ranking.py. `text` is the name or identifier that matched. `score` is 0 to 1.
    """

    concept: int
    how: str
    text: str
    language: str
    score: float


class Forms(NamedTuple):
    """The distinct normal forms of names, sorted, the names with each form, and the forms of each concept."""

    texts: pa.Array
    names: Csr
    of_concept: Csr

    @classmethod
    def of(cls, norms: pa.ChunkedArray, names: Ints, concepts: Ints) -> Forms:
        """Builds forms from sorted normal forms, the numbers of their names, and the concept of every name."""
        encoded = norms.combine_chunks().dictionary_encode()
        form = encoded.indices.to_numpy()
        size = int(concepts.max(initial=-1)) + 1
        texts = encoded.dictionary
        return cls(texts, Csr.of_pairs(len(texts), form, names), Csr.of_pairs(size, concepts[names], form))

    def find(self, norm: str) -> int | None:
        """Returns the index of a normal form, or None."""
        place = pc.index(self.texts, norm).as_py()
        return None if place < 0 else int(place)


class Names:
    """All names of all concepts.

    `table` has the columns concept, text, kind, language, count and norm. The rows are sorted by quality. Methods
    return names as row numbers of `table`.
    """

    def __init__(
        self, table: pa.Table, by_text: Ints, by_prefix: Ints, words: pa.ChunkedArray | pa.Array, word_names: Csr
    ) -> None:
        self.table, self._by_text, self._by_prefix = table, by_text, by_prefix
        self._word_column, self._word_names = words, word_names
        self._norms, self._words = Texts(table["norm"], by_text), Texts(words)
        self._concepts: Ints = table["concept"].to_numpy()

    @cached_property
    def lengths(self) -> Ints:
        """The number of letters of the normal form of each name."""
        return np.asarray(pc.utf8_length(self.table["norm"]), np.int32)

    @cached_property
    def forms(self) -> Forms:
        """The distinct normal forms, sorted.

        Names from the lexicon are left out, because Dutch names are translated into English first.
        """
        own = self._by_text[self._stated[self._by_text]]
        return Forms.of(self.table["norm"].take(pa.array(own)), own, self._concepts)

    def texts(self) -> pa.ChunkedArray:
        """The texts of `forms`, without computing the rest of `forms`."""
        return pc.unique(self.table["norm"].take(pa.array(self._by_text[self._stated[self._by_text]])))

    @cached_property
    def _stated(self) -> npt.NDArray[np.bool_]:
        """True for each name that is not from the lexicon."""
        return np.asarray(pc.not_equal(self.table["kind"], LEXICON))

    @cached_property
    def _edits(self) -> Edits:
        return Edits(self._words)

    @classmethod
    def build(cls, table: pa.Table, deprecated: npt.NDArray[np.bool_], stub: npt.NDArray[np.bool_]) -> Names:
        """Builds names from an unsorted table with the columns of `Names`, and from flags of all concepts."""
        concept = table["concept"].to_numpy()
        kind = pc.index_in(table["kind"], pa.array(KINDS)).to_numpy()
        length = pc.utf8_length(table["norm"]).to_numpy()
        spaces = pc.count_substring(table["norm"], " ").to_numpy()
        ways = -table["count"].to_numpy(), length, spaces, kind > 0, stub[concept], deprecated[concept]
        order = np.lexsort((concept, *ways))
        table = table.take(pa.array(order)).combine_chunks()
        by_text = np.asarray(pc.sort_indices(table["norm"]), dtype=np.int32)
        split = pc.split_pattern(table["norm"].chunk(0), " ") if table.num_rows else pa.array([], pa.list_(pa.string()))
        words = pc.dictionary_encode(pc.list_flatten(split))
        rank = np.asarray(pc.sort_indices(words.dictionary), dtype=np.int64)
        place = np.empty_like(rank)
        place[rank] = np.arange(len(rank))
        pairs = place[np.asarray(words.indices, dtype=np.int64)], np.asarray(pc.list_parent_indices(split))
        by_prefix = _by_prefix(table["norm"].take(pa.array(by_text)), by_text)
        return cls(table, by_text, by_prefix, words.dictionary.take(pa.array(rank)), Csr.of_pairs(len(rank), *pairs))

    def save(self, folder: Path) -> None:
        save_table(self.table, folder, "names")
        np.save(folder / "names.by_text.npy", self._by_text)
        np.save(folder / "names.by_prefix.npy", self._by_prefix)
        save_table(pa.table({"word": self._word_column}), folder, "words")
        self._word_names.save(folder, "word_names")

    @classmethod
    def load(cls, folder: Path) -> Names:
        by_text, by_prefix = (load_array(folder / f"names.{name}.npy") for name in ("by_text", "by_prefix"))
        words = load_table(folder, "words")["word"]
        return cls(load_table(folder, "names"), by_text, by_prefix, words, Csr.load(folder, "word_names"))

    def __getitem__(self, name: int) -> Name:
        return Name(*(self.table[column][name].as_py() for column in ("concept", "text", "kind", "language")))

    def words(self) -> tuple[pa.ChunkedArray | pa.Array, Csr]:
        """All words of names, sorted, and the names with each word."""
        return self._word_column, self._word_names

    def exact(self, norm: str) -> Ints:
        """The names with the normal form `norm`, best first."""
        return np.sort(self._by_text[slice(*self._norms.between(norm, norm + "\0"))])

    def rarity(self, word: str) -> float:
        """The inverse document frequency of a word: ln((names + 1) / (names with the word + 1)).

        Names from the lexicon do not count.
        """
        found = self._words.find(word)
        having = int(self._stated[self._word_names[found.start]].sum()) if len(found) else 0
        return math.log((int(self._stated.sum()) + 1) / (having + 1))

    def starting(self, norm: str) -> Ints:
        """Returns the names whose normal form starts with `norm`, best first."""
        found = slice(*self._norms.between(norm, norm + _LAST))
        if 0 < len(norm) <= _SHORT:
            return np.asarray(self._by_prefix[len(norm) - 1][found], np.int32)
        return np.sort(self._by_text[found])

    def with_initials(self, letters: str) -> Ints:
        """Returns names of two or more words with the initials `letters`, best first.

        For `t2dm`, `type 2 diabetes mellitus` is such a name.
        """
        ordered, names = self._initials
        found = np.sort(names[slice(*ordered.between(letters, letters + "\0"))]) if len(letters) > 1 else names[:0]
        # Abbreviations do not follow the word order of inverted names such as `Anemia, refractory`.
        inverted = pc.match_substring(self.table["text"].take(pa.array(found)), ",")
        return np.asarray(found[~np.asarray(inverted)], np.int32)

    @cached_property
    def _initials(self) -> tuple[Texts, Ints]:
        initials = pc.replace_substring_regex(self.table["norm"], r"(\S)\S*\s*", r"\1")
        names = np.asarray(pc.sort_indices(initials), dtype=np.int32)
        return Texts(initials, names), names

    def with_words(self, words: Sequence[str]) -> Ints:
        """Returns the names in which each of the given words is the start of a word, best first."""
        every = sorted(map(self._starting_words, set(words)), key=len)
        found = self._distinct(every[0]) if every else np.empty(0, np.int32)
        for some in every[1:]:
            found = found[self._flags(some)[found]] if len(found) else found
        return found

    def with_most_words(self, words: Sequence[str]) -> Ints:
        """Returns the names with the most of the given words, best first. A name must have at least half of the words.

        A given word may be a prefix.
        """
        counts = np.zeros(len(self._concepts), np.int32)
        every = [some for some in map(self._starting_words, set(words)) if len(some)]
        for some in every:
            counts += self._flags(some)
        most = counts.max(initial=0)
        enough = every and most * 2 >= len(set(words))
        return np.asarray(np.flatnonzero(counts == most) if enough else [], dtype=np.int32)

    def in_spite_of_edits(self, words: Sequence[str]) -> tuple[Ints, Floats]:
        """Returns the names that have all given words with the fewest edits, best first, and their numbers of edits.

        A word that is not the start of a known word is replaced by similar known words. If no name has all words after
        this step, the other words are replaced too.
        """
        every = set(words)
        wrong = {word for word in every if not len(self._starting_words(word))}
        for doubted in (wrong, every) if wrong else ():
            edits = np.zeros(len(self._concepts), np.float32)
            for word in every:
                edits += self._own_edits(word, word in doubted)
            fewest = edits.min(initial=np.inf)
            if np.isfinite(fewest):
                found = np.flatnonzero(edits < fewest + _LIKELIER).astype(np.int32)
                return found, edits[found]
        return np.empty(0, np.int32), np.empty(0, np.float32)

    def _own_edits(self, word: str, doubted: bool) -> Floats:
        """Returns, for each name, the number of edits between `word` and the nearest word of the name.

        The number is infinite if no word of the name is near. If `doubted` is false, `word` must be the start of a word
        of the name.
        """
        edits = np.full(len(self._concepts), np.inf, np.float32)
        for near, cost in self._meant(word) if doubted else ():
            edits[self._word_names[near]] = cost
        edits[self._starting_words(word)] = 0
        return edits

    def _meant(self, word: str) -> list[tuple[int, float]]:
        """Returns the words that a misspelled word may mean, the most probable last, and the number of edits for each.

        The number is slightly higher for rare words.
        """
        places, edits = self._edits.near(word)
        common = np.log1p(self._word_names.sizes()[places])
        edits = edits + _RARE * (1 - common / common.max(initial=1e-9))
        order = np.lexsort((places, -edits))
        return list(zip(places[order].tolist(), edits[order].tolist(), strict=True))

    def corrected(self, word: str) -> str:
        """Returns the known word that is nearest to a word.

        Returns the word itself if it is the start of a known word, or if no known word is near.
        """
        near = [] if len(self._starting_words(word)) else self._meant(word)
        return self._words.key(near[-1][0]).decode() if near else word

    def of_concepts(self, names: Ints) -> Ints:
        return self._concepts[names]

    def are_labels(self, names: Ints) -> npt.NDArray[np.bool_]:
        return np.asarray(pc.equal(self.table["kind"].take(pa.array(names)), "label"))

    def _starting_words(self, word: str) -> Ints:
        """Returns the names with a word that starts with `word`, in no particular order.

        If a name has several such words, it is returned several times.
        """
        low, high = self._words.between(word, word + _LAST)
        return self._word_names.values[self._word_names.offsets[low] : self._word_names.offsets[high]]

    def _flags(self, names: Ints) -> npt.NDArray[np.bool_]:
        """Returns a mask of all names that is True for `names`.

        Marking a million names in a mask takes 1 ms, and sorting them takes 100 ms.
        """
        flags = np.zeros(len(self._concepts), bool)
        flags[names] = True
        return flags

    def _distinct(self, names: Ints) -> Ints:
        few = len(names) * 50 < len(self._concepts)
        return np.unique(names) if few else np.flatnonzero(self._flags(names)).astype(np.int32)


def with_norms(names: pa.Table) -> pa.Table:
    """Returns the names with their normal form in the column `norm`. Names with an empty normal form are left out."""
    norm = pa.array([normalise(text) for text in names["text"].to_pylist()], pa.string())
    return names.append_column("norm", norm).filter(pc.greater(pc.utf8_length(norm), 0))


def _by_prefix(norms: pa.ChunkedArray, by_text: Ints) -> Ints:
    """Returns three rows with all names, sorted by their first 1, 2 or 3 letters, then by quality."""
    rows = np.empty((_SHORT, len(by_text)), np.int32)
    for letters in range(1, _SHORT + 1):
        starts = pc.utf8_slice_codeunits(norms, 0, letters).combine_chunks().dictionary_encode()
        rows[letters - 1] = by_text[np.lexsort((by_text, starts.indices.to_numpy()))]
    return rows


def look_up(names: Names, identifiers: Callable[[str], Sequence[int]], text: str) -> Iterator[tuple[str, Ints, Ints]]:
    """Finds concepts by a name or identifier. Yields lists of hits, best list first. A concept may be in several lists.

    Each list has the kind of match, the concepts, and the names (-1 for an identifier). `identifiers` returns the
    concepts with an identifier.
    """
    norm = normalise(text[:LONGEST_QUERY])
    if not norm:
        return
    words = norm.split()[:MOST_WORDS]
    same = names.exact(norm)
    label = names.are_labels(same)
    known = np.array(identifiers(text.strip()), dtype=np.int32)
    yield "exact label", names.of_concepts(same[label]), same[label]
    yield "exact synonym", names.of_concepts(same[~label]), same[~label]
    yield "identifier", known, np.full(len(known), -1, np.int32)
    start = names.starting(norm)
    yield "prefix", names.of_concepts(start), start
    every = names.with_words(words)
    yield "words", names.of_concepts(every), every
