"""graph: concepts ranked by how well a name of theirs answers a text: by words, by spelling, and by meaning.

Exact labels come first, then exact synonyms, then identifiers. All else is one ranking: live concepts before
deprecated ones, then by a score from 0 to 1 of the concept's best name. With c for the letters asked as a share of the
letters of the name, 1 at most, it is for a name that

- begins with the text: 0.6 + 0.4 c (`prefix`)
- has words that begin with each of its words: 0.5 + 0.4 c (`words`)
- has them all but for slips of the pen (graph/slips.py), where nothing had all: the same, less for each slip its share
  of the letters asked (`similar spelling`)
- has the most of its words, at least half, where nothing had all in spite of slips: 0.3 + 0.3 c (`some words`)
- is spelt like it: 0.9 of the cosine of their character n-grams, where that is 0.5 or more, or 0.3 where nothing was
  found by words (`similar spelling`)
- means the like: 0.8 of the cosine of their vectors, where that is 0.6 or more (`meaning`)

Equals are in the order of the names' quality. To three letters the names that begin with them are the whole answer,
in the order of their quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from graph.csr import Ints
from graph.names import LONGEST_QUERY, MOST_WORDS, normalise, search

if TYPE_CHECKING:
    from graph.meaning.meaning import Meaning
    from graph.snapshot import Snapshot

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

EXACT = ("exact label", "exact synonym", "identifier")
HOW = (*EXACT, "prefix", "words", "some words", "similar spelling", "meaning")
_SCORE = {"prefix": (0.6, 0.4), "words": (0.5, 0.4), "some words": (0.3, 0.3)}
_SPELT, _MEANT = (0.9, 0.5), (0.8, 0.6)
"""What a cosine weighs, and the least that counts."""
_SPELT_ALONE = 0.9, 0.3
_NEAR = 100
"""Names that are looked at by spelling and by meaning."""
_SHORT = 3


def asks_meaning(text: str) -> bool:
    """Whether the text is so long that meaning has a say."""
    return len(normalise(text[:LONGEST_QUERY])) > _SHORT


class Ranking(NamedTuple):
    """Concepts found, best first, each once; places in HOW; the name that hit, -1 where it was an identifier."""

    concepts: Ints
    how: Ints
    names: Ints


class _Found(NamedTuple):
    """Names in order of quality, their concepts, and how well each answers."""

    how: str
    concepts: Ints
    names: Ints
    scores: Floats


def ranked(snapshot: Snapshot, text: str, keep: Mask | None = None, meaning: Meaning | None = None) -> Ranking:
    """All concepts that a text finds, of those in `keep` where it is given; the same for the same arguments."""
    norm = normalise(text[:LONGEST_QUERY])
    exact: list[_Found] = []
    rest: list[_Found] = []
    for how, concepts, names in search(snapshot.names, snapshot.identified, text):
        if how in EXACT:
            exact.append(_Found(how, concepts, names, np.zeros(len(names), np.float32)))
        elif len(norm) > _SHORT:
            rest.append(_Found(how, concepts, names, _by_words(snapshot, len(norm), how, names)))
        elif how == "prefix":
            exact.append(_Found(how, concepts, names, np.zeros(len(names), np.float32)))
    if len(norm) > _SHORT:
        if not any(len(some.names) for some in exact + rest):
            rest.append(_nearly_by_words(snapshot, norm))
        spelt = _SPELT if any(len(some.names) for some in exact + rest) else _SPELT_ALONE
        rest += _near(snapshot, norm, spelt, keep, meaning)
    return _joined([*map(_each_once, exact), _best(snapshot, rest)], keep, len(snapshot.ids))


def _by_words(snapshot: Snapshot, asked: int | Floats, how: str, names: Ints) -> Floats:
    """`asked` are the letters asked."""
    least, more = _SCORE[how]
    return np.asarray(least + more * np.minimum(1, asked / snapshot.names.lengths[names]), np.float32)


def _nearly_by_words(snapshot: Snapshot, norm: str) -> _Found:
    """By all words in spite of slips, or else by some of them."""
    names, words = snapshot.names, norm.split()[:MOST_WORDS]
    found, slips = names.in_spite_of_slips(words)
    if len(found):
        scores = _by_words(snapshot, len(norm) + slips, "words", found) * (1 - slips / len(norm))
        return _Found("similar spelling", names.of_concepts(found), found, scores.astype(np.float32))
    found = names.with_most_words([names.corrected(word) for word in words])
    return _Found("some words", names.of_concepts(found), found, _by_words(snapshot, len(norm), "some words", found))


def _near(
    snapshot: Snapshot, norm: str, spelt: tuple[float, float], keep: Mask | None, meaning: Meaning | None
) -> Iterator[_Found]:
    """By spelling and by meaning."""
    forms = snapshot.names.forms
    rows, cosines = snapshot.ngrams.search([norm], _NEAR)
    yield _named(snapshot, "similar spelling", rows[0], cosines[0], *spelt)
    if meaning is not None:
        wanted = None
        if keep is not None:
            wanted = np.zeros(len(forms.texts), bool)
            wanted[forms.of_concept.gather(np.flatnonzero(keep[: len(forms.of_concept.sizes())]))] = True
        rows, cosines = meaning.nearest(meaning.encode([norm]), _NEAR, wanted)
        yield _named(snapshot, "meaning", rows[0], cosines[0], *_MEANT)


def _named(snapshot: Snapshot, how: str, forms: Ints, cosines: Floats, weight: float, least: float) -> _Found:
    """The names that have one of these normal forms, if it is like enough."""
    near = (forms >= 0) & (cosines >= least)
    every = snapshot.names.forms.names
    names = every.gather(forms[near])
    scores = np.repeat(weight * np.minimum(1, cosines[near]), every.sizes()[forms[near]])
    return _Found(how, snapshot.names.of_concepts(names), names, scores.astype(np.float32))


def _each_once(found: _Found) -> Ranking:
    """In the order given."""
    first = _firsts(found.concepts)
    how = np.full(len(first), HOW.index(found.how), np.int32)
    return Ranking(found.concepts[first], how, found.names[first])


def _firsts(concepts: Ints) -> Ints:
    """Where each concept stands first: written from the end, so that the first is what stays; no sorting."""
    places = np.arange(len(concepts), dtype=np.int32)
    first = np.empty(int(concepts.max(initial=-1)) + 1, np.int32)
    first[concepts[::-1]] = places[::-1]
    return np.asarray(places[first[concepts] == places], np.int32)


def _best(snapshot: Snapshot, found: list[_Found]) -> Ranking:
    """Each concept by its best name, in order of score."""
    concepts = np.concatenate([np.empty(0, np.int32), *(some.concepts for some in found)])
    names = np.concatenate([np.empty(0, np.int32), *(some.names for some in found)])
    scores = np.concatenate([np.empty(0, np.float32), *(some.scores for some in found)])
    how = np.concatenate([np.empty(0, np.int32), *(np.full(len(f.names), HOW.index(f.how), np.int32) for f in found)])
    order = np.lexsort((how, names, -scores, snapshot.deprecated[concepts]))
    order = order[_firsts(concepts[order])]
    return Ranking(concepts[order], how[order], names[order])


def _joined(parts: list[Ranking], keep: Mask | None, size: int) -> Ranking:
    """One after the other, each concept where it comes first."""
    seen = np.zeros(size, bool) if keep is None else ~keep
    kept = []
    for part in parts:
        fresh = ~seen[part.concepts]
        kept.append(Ranking(*(column[fresh] for column in part)))
        seen[part.concepts] = True
    return Ranking(*(np.concatenate([np.empty(0, np.int32), *column]) for column in zip(*kept, strict=True)))
