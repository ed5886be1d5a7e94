"""linking: searches one snapshot for concepts and records, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np

from graph.kinds import RECORDS
from graph.lexical import LONGEST_QUERY, Hit, normalise
from graph.snapshot import NONE, Numbers, Snapshot
from linking.encoding import Meaning
from linking.search.ranking import Mask, Ranking, hit, kept, ranked
from linking.search.record_hits import RecordHit, record_hits
from linking.search.record_search import identified_records, of_kinds, ranked_records, titled_records
from linking.search.record_vectors import RecordVectors

_RANKINGS = 32
"""The number of searches for which the ranking is cached."""


class _Rankings:
    """The cached rankings of a snapshot.

    The ranking of a search is computed for the first page. All later pages are read from the same ranking.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.concepts = lru_cache(_RANKINGS)(partial(_ranked, snapshot))
        self.records = lru_cache(_RANKINGS)(partial(ranked_records, snapshot))
        self.visible = lru_cache(8)(partial(_visible, snapshot))


def _ranked(snapshot: Snapshot, text: str, keep: bytes | None, meaning: Meaning | None, hidden: Numbers) -> Ranking:
    return ranked(snapshot, text, None if keep is None else np.frombuffer(keep, bool), meaning, hidden)


def _visible(snapshot: Snapshot, hidden: Numbers) -> Mask | None:
    """True for each concept that is not hidden. None if no name leads to a hidden concept."""
    numbers = hidden.to_array()
    if not snapshot.meanings.labelled[numbers].any():
        return None
    visible = np.ones(len(snapshot.ids), bool)
    visible[numbers] = False
    return visible


def forget_rankings(snapshot: Snapshot) -> None:
    """Drops the cached rankings of concepts, because these rankings keep an older Meaning in memory."""
    snapshot.derived(_Rankings).concepts.cache_clear()


def find_concepts(
    snapshot: Snapshot,
    text: str,
    ontologies: Sequence[str] = (),
    limit: int = 50,
    keep: Mask | None = None,
    meaning: Meaning | None = None,
    hidden: Numbers = NONE,
) -> tuple[list[Hit], int]:
    """Returns the best hits and the number of all hits. linking/search/ranking.py describes the order.

    `ontologies` are prefixes or aliases. `keep` is True for each concept that may be found. The caller must not learn
    of the concepts in `hidden`.
    """
    rankings, keep = snapshot.derived(_Rankings), kept(snapshot, ontologies, keep)
    if (visible := rankings.visible(hidden)) is not None:
        keep = visible if keep is None else keep & visible
    found = rankings.concepts(text, None if keep is None else keep.tobytes(), meaning, hidden)
    rows = zip(*(column[:limit].tolist() for column in found), strict=True)
    return [hit(snapshot, *row) for row in rows], len(found.concepts)


def is_concept(
    snapshot: Snapshot, text: str, ontologies: Sequence[str] = (), keep: Mask | None = None, hidden: Numbers = NONE
) -> bool:
    """True if `text` is exactly a name or identifier of a concept that `find_concepts` may find."""
    names = snapshot.names.exact(normalise(text[:LONGEST_QUERY]))
    same = [*snapshot.names.of_concepts(names).tolist(), *snapshot.identified(text.strip(), hidden)]
    same = [concept for concept in same if concept not in hidden]
    return bool((snapshot.meanings.shown(kept(snapshot, ontologies, keep))[same] >= 0).any())


def find_records(
    snapshot: Snapshot,
    text: str,
    kinds: Sequence[str] = RECORDS,
    start: int = 0,
    end: int = 50,
    vectors: RecordVectors | None = None,
) -> tuple[list[RecordHit], int]:
    """Returns the hits from `start` (inclusive) to `end` (exclusive), best first, and the number of all hits.

    `kinds` must be in the order of RECORDS. At most DEEPEST hits can be read. linking/search/record_search.py describes
    the order of the hits.
    """
    found = snapshot.derived(_Rankings).records(text, tuple(kinds), vectors)
    return record_hits(snapshot, found, start, end), found.total


def is_record(snapshot: Snapshot, text: str, kinds: Sequence[str] = RECORDS) -> bool:
    """True if `text` is exactly the title or an identifier of a record of `kinds`."""
    titled = titled_records(snapshot, normalise(text[:LONGEST_QUERY]), of_kinds(snapshot.records, kinds))
    return bool(titled or identified_records(snapshot, text, kinds))
