"""linking: pairs whose names differ in a number, a letter or a symbol alone, and pairs of one trouble at two places.

Neither makes a neighbour: whoever reads of the one has no use for the other.
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
"""A letter, a word with a digit in it, a Roman numeral below 40 with or without a letter."""

_SYMBOL = re.compile(r"\b[A-Z][A-Z0-9]+(?:orf\d+)?\b")
"""A gene, a protein or an abbreviation, as it is written."""

_COUNTED = frozenset(
    "alpha beta gamma delta epsilon one two three four five six seven eight nine ten first second third fourth fifth "
    "sixth left right upper lower anterior posterior proximal middle distal medial lateral superior inferior dorsal "
    "ventral".split()
)
"""Words that tell siblings apart as a number does."""

_LOOSE = LINKS | frozenset(
    "x to with by and or due related type subtype group stage grade class form variant complementation locus gene "
    "mutation autosomal dominant recessive linked mitochondrial digenic".split()
)
"""Words that come with such a number, and how it is inherited, which siblings often tell beside it."""

_PLACES = Path(__file__).with_name("places.json")
"""Parts of the body, from the greater to the smaller, and the words for each; a start of words ends in a hyphen."""


def siblings(snapshot: Snapshot, concepts: Concepts, left: Ints, right: Ints) -> Flags:
    """Of pairs of rows, those with names that differ in such words alone, and those whose labels have other numbers.

    One name that both have, or that tells them apart by the same number, says that they are none.
    """
    alike, same = _keys(snapshot, concepts)
    # No number is the first text, 0.
    number = _numbered(
        [" ".join(sorted(filter(_NUMERAL.fullmatch, _words(label)))) for label in ["", *concepts.labels]]
    )
    one, other = number[1:][left], number[1:][right]
    apart = (one > 0) & (other > 0) & (one != other)
    return np.asarray((_meet(alike, left, right) | apart) & ~_meet(same, left, right))


def elsewhere(concepts: Concepts, left: Ints, right: Ints) -> Flags:
    """Of pairs of rows, those whose labels name parts of the body of which none is, or is in, one of the other's."""
    found, number = dict[frozenset[str], int](), np.zeros(len(concepts.labels), np.int64)
    for row, label in enumerate(concepts.labels):
        number[row] = found.setdefault(places(label), len(found))
    apart = np.array([[_apart(one, other) for other in found] for one in found], bool).reshape(len(found), -1)
    return np.asarray(apart[number[left], number[right]])


def key(words: Iterable[str], symbols: frozenset[str] = frozenset()) -> tuple[str, str]:
    """What a name has in common with its siblings, and what tells it from them; each may be empty."""
    own = {(word in symbols or word in _COUNTED or _NUMERAL.fullmatch(word) is not None, stem(word)) for word in words}
    told = [" ".join(sorted(word for counted, word in own if counted == which)) for which in (False, True)]
    return told[0], told[1]


def symbols_of(label: str) -> frozenset[str]:
    """The genes and abbreviations of a label as it was written, in normal form."""
    return frozenset(normalise(word) for word in _SYMBOL.findall(label))


@lru_cache(maxsize=1)
def _listed() -> tuple[dict[str, frozenset[str]], list[str]]:
    """For each word or start of a word the places it may mean, and the starts."""
    found = dict[str, frozenset[str]]()
    for place, words in orjson.loads(_PLACES.read_bytes()).items():
        for word in words.split():
            found[word] = found.get(word, frozenset()) | {place}
    return found, [word for word in found if word.endswith("-")]


def places(norm: str) -> frozenset[str]:
    """The parts of the body that a normal form names, as paths from the greater to the smaller: `arm/hand/finger`."""
    listed, starts = _listed()
    named = frozenset[str]()
    for word in norm.split():
        begun = next((start for start in starts if word.startswith(start[:-1])), "")
        named |= listed.get(word) or listed.get(begun, frozenset())
    # A fractured cervical vertebra is of the neck, not of the spine.
    return frozenset(one for one in named if not any(other.startswith(f"{one}/") for other in named))


def _apart(some: frozenset[str], others: frozenset[str]) -> bool:
    within = any(
        f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/") for one in some for other in others
    )
    return bool(some and others) and not within


def _keys(snapshot: Snapshot, concepts: Concepts) -> tuple[Csr, Csr]:
    """Of each row numbers for what its names have in common with siblings, and for the same with what tells them."""
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
    """Equal ones have equal numbers."""
    found = dict[Hashable, int]()
    return np.array([found.setdefault(value, len(found)) for value in values], np.int64)


def _meet(some: Csr, left: Ints, right: Ints) -> Flags:
    """Of pairs of rows, those with a value in common."""
    size = int(some.values.max(initial=0)) + 1
    own = np.repeat(np.arange(len(some.offsets) - 1), some.sizes()) * size + some.values
    pair = np.repeat(np.arange(len(left)), some.sizes()[left])
    met = np.isin(right[pair].astype(np.int64) * size + some.gather(left), own)
    return np.bincount(pair[met], minlength=len(left)) > 0
