"""linking: ranks concepts by how well one of their names matches a text: by words, by spelling and by vectors.

A hit is a group of concepts with the same meaning. It has the names of all of its concepts. Exact labels come first
(score 1), then exact synonyms (0.99), then identifiers (1). Each of these is sorted by the number of public records
about the concept. Site names come before this, sorted by their count. If a text looks like an abbreviation (`MS`,
`T2DM`), it also finds diseases, phenotypes and findings by the initials of their labels (`abbreviation`, 0.9). Then
labels, synonyms and abbreviations form one list: diseases, phenotypes and findings first, sorted by `familiarity` in
the terminologies. The familiarity counts three times if the name is exact. It counts one fifth if the concept has
another abbreviation than these initials.

If a Dutch phrase or compound is not a name, it is split (graph/dutch/compounds.py) and found by the English names of
its parts (`compound`). The score is 0.95 for the first of these names that a concept has, and less for further names. A
Dutch text does not find names with a similar spelling or a near vector, because these would often be other diseases. If
a part of a Dutch text is not understood, the text finds names that differ by typing errors.

All other names are in one ranking: live concepts before obsolete ones, then by the score of the best name, 0 to 1. Let
c be the number of letters of the text, divided by the number of letters of the name, at most 1. The score of a name is

- 0.6 + 0.4 c if it begins with the text (`prefix`)
- 0.5 + 0.4 c if it has words that begin with each word of the text (`words`)
- the score for `words` times (1 - edits / letters of the text), if no name has all words exactly, but this name has
  them with typing errors (graph/lexical/edits.py) (`similar spelling`)
- 0.3 + 0.3 c if no name has all words even with typing errors, and this name has the most words, at least half
  (`some words`)
- 0.9 times the cosine of the character n-grams if that is at least 0.5, or 0.3 if no name was found by words
  (`similar spelling`)
- 0.8 times the cosine of the vectors if that is at least 0.6 (`meaning`)

If scores are equal in two digits, the hits are sorted by the number of public records about the concept, then by the
quality of the name. If a text has at most three letters, it finds only exact matches and names that begin with it, in
order of quality. A code without a name is never a hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import FrozenBitMap

from graph.columns import Ints
from graph.lexical import ABBREVIATION, LONGEST_QUERY, MOST_WORDS, Hit, look_up, normalise
from graph.snapshot import Snapshot, name_counts
from linking.encoding import Meaning
from linking.grounding import english

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

EXACT = ("exact label", "exact synonym", "identifier")
HOW = (*EXACT, "abbreviation", "compound", "prefix", "words", "some words", "similar spelling", "meaning")
_EXACT_SCORE = {"exact label": 1.0, "exact synonym": 0.99, "identifier": 1.0}
_INITIALS_SCORE = 0.9
_COMPOUND = 0.95
_SCORE = {"prefix": (0.6, 0.4), "words": (0.5, 0.4), "some words": (0.3, 0.3)}
_SPELT, _MEANT = (0.9, 0.5), (0.8, 0.6)
"""The factor by which a cosine is multiplied, and the lowest cosine that counts."""
_SPELT_ALONE = 0.9, 0.5
_NEAR = 100
"""The number of nearest names that are read by spelling, and by vectors."""
_SHORT = 3


def asks_meaning(text: str) -> bool:
    """True if the text is long enough for semantic search."""
    return len(normalise(text[:LONGEST_QUERY])) > _SHORT


class Ranking(NamedTuple):
    """Hits, best first, as columns.

    concepts  the concept that represents the group; one per group
    hits      the concept that has the name
    how       the index in HOW
    names     the name that matched; -1 if it was an identifier
    scores    0 to 1
    """

    concepts: Ints
    hits: Ints
    how: Ints
    names: Ints
    scores: Floats

    def take(self, rows: npt.NDArray[np.int64]) -> Ranking:
        return Ranking(self.concepts[rows], self.hits[rows], self.how[rows], self.names[rows], self.scores[rows])


class _Found(NamedTuple):
    """Names in order of quality, their concepts and their scores."""

    how: str
    concepts: Ints
    names: Ints
    scores: Floats


def ranked(
    snapshot: Snapshot,
    text: str,
    keep: Mask | None = None,
    meaning: Meaning | None = None,
    hidden: FrozenBitMap = FrozenBitMap(),  # noqa: B008
) -> Ranking:
    """Returns all groups of concepts that a text finds. Deterministic.

    With `keep`, returns only groups that have a concept in `keep`. Identifiers of hidden concepts find nothing.
    """
    norm = normalise(text[:LONGEST_QUERY])
    exact: list[_Found] = []
    rest: list[_Found] = []
    for how, concepts, names in look_up(snapshot.names, partial(snapshot.identified, hidden=hidden), text):
        if how in EXACT:
            exact.append(_Found(how, concepts, names, np.full(len(names), _EXACT_SCORE[how], np.float32)))
        elif len(norm) > _SHORT or how == "prefix":
            rest.append(_Found(how, concepts, names, _by_words(snapshot, len(norm), how, names)))
    tiers = _tiers(snapshot, text, exact)
    if len(norm) <= _SHORT:
        return _each_meaning_once(snapshot, [*tiers, _ranking(rest)], keep)
    if not any(len(some.names) for some in exact):
        tiers.append(_best(snapshot, [_compound(snapshot, norm)]))
    found = any(len(tier.names) for tier in tiers) or any(len(some.names) for some in rest)
    if not english(snapshot).is_dutch(norm):
        rest += [] if found else [_nearly_by_words(snapshot, norm)]
        found = found or any(len(some.names) for some in rest)
        rest += _near(snapshot, norm, _SPELT if found else _SPELT_ALONE, keep, meaning)
    elif not (found or english(snapshot).is_understood(norm)):
        rest.append(_edits(snapshot, norm))
    return _each_meaning_once(snapshot, [*tiers, _best(snapshot, rest)], keep)


def _tiers(snapshot: Snapshot, text: str, exact: list[_Found]) -> list[Ranking]:
    """Exact labels, exact synonyms and identifiers, each sorted by use."""
    if ABBREVIATION.fullmatch(text.strip()) and exact:
        return [_abbreviated(snapshot, normalise(text), exact[:2]), _by_use(snapshot, _ranking(exact[2:]))]
    return [_by_use(snapshot, _ranking([some])) for some in exact]


def _by_use(snapshot: Snapshot, every: Ranking) -> Ranking:
    often, use = name_counts(snapshot.names.table, every.names), snapshot.meanings.use[every.concepts]
    keys = every.names, -use, -often, snapshot.meanings.obsolete[every.concepts]
    return every.take(np.lexsort(keys))


def _abbreviated(snapshot: Snapshot, norm: str, exact: list[_Found]) -> Ranking:
    """Names that equal the abbreviation, and labels of diseases, phenotypes and findings with these initials."""
    meanings, names = snapshot.meanings, snapshot.names.with_initials(norm)
    names = names[snapshot.names.are_labels(names) & meanings.illness[snapshot.names.of_concepts(names)]]
    concepts = snapshot.names.of_concepts(names)
    found = _Found("abbreviation", concepts, names, np.full(len(names), _INITIALS_SCORE, np.float32))
    every = _ranking([*exact, found])
    exactly = every.scores > _INITIALS_SCORE
    otherwise = meanings.abbreviated[every.concepts] & ~exactly
    familiar = snapshot.hierarchy.familiarity[every.concepts] * np.where(exactly, 3, np.where(otherwise, 0.2, 1))
    own = (
        meanings.obsolete[every.concepts],
        ~meanings.illness[every.concepts],
        -name_counts(snapshot.names.table, every.names),
    )
    keys = every.names, -every.scores, -familiar, *own
    return every.take(np.lexsort(keys))


def _ranking(found: list[_Found]) -> Ranking:
    """Returns the hits of all parts in their order."""
    how = [np.full(len(some.names), HOW.index(some.how), np.int32) for some in found]
    empty = np.empty(0, np.int32)
    concepts = np.concatenate([empty, *(some.concepts for some in found)])
    return Ranking(
        concepts,
        concepts,
        np.concatenate([empty, *how]),
        np.concatenate([empty, *(some.names for some in found)]),
        np.concatenate([np.empty(0, np.float32), *(some.scores for some in found)]),
    )


def _by_words(snapshot: Snapshot, asked: int | Floats, how: str, names: Ints) -> Floats:
    """Returns the scores of names that were found by words. `asked` is the number of letters of the text."""
    least, more = _SCORE[how]
    return np.asarray(least + more * np.minimum(1, asked / snapshot.names.lengths[names]), np.float32)


def _compound(snapshot: Snapshot, norm: str) -> _Found:
    """Returns the names found by translating the parts of a Dutch text into English."""
    names, every = snapshot.names, english(snapshot).names(norm)
    empty = np.empty(0, np.int32)
    scores = [np.full(len(found), max(_COMPOUND - 0.01 * place, 0), np.float32) for place, found in enumerate(every)]
    found = np.concatenate([empty, *every])
    return _Found("compound", names.of_concepts(found), found, np.concatenate([np.empty(0, np.float32), *scores]))


def _edits(snapshot: Snapshot, norm: str) -> _Found:
    """Returns the names that have all words of the text, with typing errors."""
    names = snapshot.names
    found, edits = names.in_spite_of_edits(norm.split()[:MOST_WORDS])
    scores = _by_words(snapshot, len(norm) + edits, "words", found) * (1 - edits / len(norm))
    return _Found("similar spelling", names.of_concepts(found), found, scores.astype(np.float32))


def _nearly_by_words(snapshot: Snapshot, norm: str) -> _Found:
    """Returns the names that have all words, with typing errors.

    If there are none, returns the names that have the most words.
    """
    if len((edits := _edits(snapshot, norm)).names):
        return edits
    names, words = snapshot.names, norm.split()[:MOST_WORDS]
    found = names.with_most_words([names.corrected(word) for word in words])
    return _Found("some words", names.of_concepts(found), found, _by_words(snapshot, len(norm), "some words", found))


def _near(
    snapshot: Snapshot, norm: str, spelt: tuple[float, float], keep: Mask | None, meaning: Meaning | None
) -> Iterator[_Found]:
    """Yields the nearest names by spelling and by vectors."""
    forms = snapshot.names.forms
    rows, cosines = snapshot.ngrams.search([norm], _NEAR)
    yield _named(snapshot, "similar spelling", rows[0], cosines[0], *spelt)
    if meaning is not None:
        wanted = None
        if keep is not None:
            able = np.flatnonzero(snapshot.meanings.shown(keep)[: len(forms.of_concept.sizes())] >= 0)
            wanted = np.zeros(len(forms.texts), bool)
            wanted[forms.of_concept.gather(able)] = True
        rows, cosines = meaning.nearest(meaning.encode([norm]), _NEAR, wanted)
        yield _named(snapshot, "meaning", rows[0], cosines[0], *_MEANT)


def _named(snapshot: Snapshot, how: str, forms: Ints, cosines: Floats, weight: float, least: float) -> _Found:
    """Returns the names with these normal forms. Forms are left out if their cosine is below `least`."""
    near = (forms >= 0) & (cosines >= least)
    every = snapshot.names.forms.names
    names = every.gather(forms[near])
    scores = np.repeat(weight * np.minimum(1, cosines[near]), every.sizes()[forms[near]])
    return _Found(how, snapshot.names.of_concepts(names), names, scores.astype(np.float32))


def _best(snapshot: Snapshot, found: list[_Found]) -> Ranking:
    """The hits sorted by score."""
    every = _ranking(found)
    use, score = snapshot.meanings.use[every.concepts], np.round(every.scores, 2)
    return every.take(np.lexsort((every.how, every.names, -use, -score, snapshot.meanings.obsolete[every.concepts])))


def _each_meaning_once(snapshot: Snapshot, parts: list[Ranking], keep: Mask | None) -> Ranking:
    """Returns the hits of all parts in order. Of each group of concepts, only the first hit is returned.

    The group is shown as its preferred concept, or, with `keep`, as its best concept in `keep`.
    """
    every = _all_of(parts)
    shown = snapshot.meanings.shown(keep)[every.concepts]
    able = np.flatnonzero(shown >= 0)
    rows = able[_firsts(shown[able])]
    return every.take(rows)._replace(concepts=shown[rows])


def _all_of(parts: list[Ranking]) -> Ranking:
    return Ranking(
        np.concatenate([part.concepts for part in parts]),
        np.concatenate([part.hits for part in parts]),
        np.concatenate([part.how for part in parts]),
        np.concatenate([part.names for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def _firsts(concepts: Ints) -> Ints:
    """The index of the first occurrence of each concept.

    The indices are written from the end, so the first index is kept without sorting.
    """
    places = np.arange(len(concepts), dtype=np.int32)
    first = np.empty(int(concepts.max(initial=-1)) + 1, np.int32)
    first[concepts[::-1]] = places[::-1]
    return np.asarray(places[first[concepts] == places], np.int32)


def kept(snapshot: Snapshot, ontologies: Sequence[str], keep: Mask | None) -> Mask | None:
    """Returns the concepts in `keep` that belong to these terminologies; None for all."""
    if not ontologies:
        return keep
    own = snapshot.terminologies.concepts(ontologies)
    return own if keep is None else keep & own


def hit(snapshot: Snapshot, concept: int, by: int, how: int, name: int, score: float) -> Hit:
    """One row of a ranking as a hit."""
    if name < 0:
        return Hit(concept, HOW[how], snapshot.ids[by], "", round(score, 3))
    found = snapshot.names[name]
    return Hit(concept, HOW[how], found.text, found.language, round(score, 3))
