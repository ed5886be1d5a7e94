"""linking: finds pairs of concepts that are never neighbours.

Either the names differ only in a number, a letter or a symbol, or the names describe the same problem in different
parts of the body. A reader of one of the two concepts rarely needs the other concept.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from graph.columns import Csr, Ints
from graph.lexical import LINKS, normalise, stem
from graph.snapshot import Snapshot
from linking.neighbours.concepts import Concepts
from linking.neighbours.logistic import Flags

_NUMERAL = re.compile(r"[^\W\d_]|\w*\d\w*|x{0,3}(?:ix|iv|v?i{0,3})[a-e]?")
"""A letter, a word with a digit, or a Roman numeral below 40 that may end in a letter."""

_SYMBOL = re.compile(r"\b[A-Z][A-Z0-9]+(?:orf\d+)?\b")
"""A gene, a protein or an abbreviation, in a text that is not normalised."""

_COUNTED = frozenset(
    "alpha beta gamma delta epsilon one two three four five six seven eight nine ten first second third fourth fifth "
    "sixth left right upper lower anterior posterior proximal middle distal medial lateral superior inferior dorsal "
    "ventral".split()
)
"""Words that distinguish siblings (see `siblings`) in the same way as numbers."""

_LOOSE = LINKS | frozenset(
    "x to with by and or due related type subtype group stage grade class form variant complementation locus gene "
    "mutation autosomal dominant recessive linked mitochondrial digenic".split()
)
"""Words that are ignored in names: words that often come before a number, and words for modes of inheritance."""

_PLACES = Path(__file__).with_name("places.json")
"""A file of parts of the body, with the words for each part. A part is a path from the larger to the smaller part.

A word that ends in a hyphen is a prefix.
"""


def siblings(snapshot: Snapshot, concepts: Concepts, left: Ints, right: Ints) -> Flags:
    """For each pair of rows of `concepts`, True if the two concepts are probably siblings.

    The pairs are the values of `left` and `right`. Two concepts are siblings if two of their names differ only in
    distinguishing words (see `key`), or if both labels have numbers and the numbers differ. Concepts that share a name,
    or have two names that differ only in ignored words (_LOOSE), are not siblings.
    """
    alike, same = _keys(snapshot, concepts)
    # A label without numbers gets 0, because the empty text is the first label.
    number = _numbered(
        [" ".join(sorted(filter(_NUMERAL.fullmatch, _words(label)))) for label in ["", *concepts.labels]]
    )
    one, other = number[1:][left], number[1:][right]
    apart = (one > 0) & (other > 0) & (one != other)
    return np.asarray((_meet(alike, left, right) | apart) & ~_meet(same, left, right))


def elsewhere(concepts: Concepts, left: Ints, right: Ints) -> Flags:
    """For each pair of rows of `concepts`, True if the labels are about different parts of the body.

    The pairs are the values of `left` and `right`. Both labels must name parts of the body. No part in one label may
    contain or equal a part in the other label.
    """
    found, number = dict[frozenset[str], int](), np.zeros(len(concepts.labels), np.int64)
    for row, label in enumerate(concepts.labels):
        number[row] = found.setdefault(places(label), len(found))
    apart = np.array([[_apart(one, other) for other in found] for one in found], bool).reshape(len(found), -1)
    return np.asarray(apart[number[left], number[right]])


def key(words: Iterable[str], symbols: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Returns two texts: the words that a name shares with its siblings, and the words that distinguish the name.

    Numbers, single letters, and the words in _COUNTED or `symbols` distinguish a name. Each text may be empty.
    """
    own = {(word in symbols or word in _COUNTED or _NUMERAL.fullmatch(word) is not None, stem(word)) for word in words}
    parts = [" ".join(sorted(word for counted, word in own if counted == which)) for which in (False, True)]
    return parts[0], parts[1]


def symbols_of(label: str) -> frozenset[str]:
    """Returns the normal forms of the genes and abbreviations in a label. The label must not be normalised."""
    return frozenset(normalise(word) for word in _SYMBOL.findall(label))


@lru_cache(maxsize=1)
def _listed() -> tuple[dict[str, frozenset[str]], list[str]]:
    """Returns the parts of the body that each word or prefix may mean, and a list of the prefixes."""
    found = dict[str, frozenset[str]]()
    for place, words in orjson.loads(_PLACES.read_bytes()).items():
        for word in words.split():
            found[word] = found.get(word, frozenset()) | {place}
    return found, [word for word in found if word.endswith("-")]


def places(norm: str) -> frozenset[str]:
    """Returns the parts of the body that a normal form names.

    A part is a path from the larger to the smaller part: `arm/hand/finger`.
    """
    listed, starts = _listed()
    named = frozenset[str]()
    for word in norm.split():
        begun = next((start for start in starts if word.startswith(start[:-1])), "")
        named |= listed.get(word) or listed.get(begun, frozenset())
    # Only the most specific part is used: a fractured cervical vertebra is in the neck, not in the whole spine.
    return frozenset(one for one in named if not any(other.startswith(f"{one}/") for other in named))


def _apart(some: frozenset[str], others: frozenset[str]) -> bool:
    within = any(
        f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/") for one in some for other in others
    )
    return bool(some and others) and not within


def _keys(snapshot: Snapshot, concepts: Concepts) -> tuple[Csr, Csr]:
    """Returns two tables with a number for the key (see `key`) of each name.

    A row of a table has the numbers for the names of one concept. In the first table, names have the same number if the
    first texts of their keys are equal. In the second table, names have the same number if their whole keys are equal.
    """
    texts = snapshot.names.forms.texts.take(pa.array(concepts.names.values)).to_pylist()
    labels = snapshot.concepts["label"].take(pa.array(concepts.numbers)).to_pylist()
    symbols = [symbols_of(label or "") for label in labels]
    row = np.repeat(np.arange(len(labels)), concepts.names.sizes())
    keys = [key(_words(text), symbols[of]) for text, of in zip(texts, row.tolist(), strict=True)]
    named = np.array([bool(common) for common, _ in keys], bool)
    numbered = [_numbered(some) for some in ([common for common, _ in keys], keys)]
    alike, same = (Csr.of_pairs(len(labels), row[named], numbers[named]) for numbers in numbered)
    return alike, same


def _words(name: str) -> Iterator[str]:
    return (word for word in name.split() if word not in _LOOSE)


def _numbered(values: Sequence[Hashable]) -> npt.NDArray[np.int64]:
    """A number for each value. Equal values have equal numbers."""
    found = dict[Hashable, int]()
    return np.array([found.setdefault(value, len(found)) for value in values], np.int64)


def _meet(some: Csr, left: Ints, right: Ints) -> Flags:
    """For each pair of rows of `some`, True if the two rows have a value in common."""
    size = int(some.values.max(initial=0)) + 1
    own = np.repeat(np.arange(len(some.offsets) - 1), some.sizes()) * size + some.values
    pair = np.repeat(np.arange(len(left)), some.sizes()[left])
    met = np.isin(right[pair].astype(np.int64) * size + some.gather(left), own)
    return np.bincount(pair[met], minlength=len(left)) > 0
