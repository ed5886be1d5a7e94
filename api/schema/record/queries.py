"""api: the query that finds records of all kinds by text."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated, NamedTuple

import strawberry

from api.errors import BadInput
from api.fields import FAILS, FIRST, After, Context, First, Node, Page, PageEnd, cursor, resolved, slow, start_of
from api.schema.record.fields import of_kinds
from api.schema.record.types import RecordKind, RecordSearchConnection
from graph.kinds import RECORDS
from graph.lexical import LONGEST_QUERY
from linking.search import DEEPEST, RecordHit, RecordVectors, asks_meaning, find_records, is_record

Text = Annotated[
    str,
    strawberry.argument(description=f"The text to search for, at most {LONGEST_QUERY} characters: `heart failure`."),
]
Kinds = Annotated[
    list[RecordKind] | None, strawberry.argument(description="Only records of these kinds: `[STUDY, DATASET]`.")
]


class FoundMatch(NamedTuple):
    how: str
    field: str | None
    text: str | None


class Found(NamedTuple):
    """The data of a RecordSearchEdge."""

    cursor: str
    node: Node
    match: FoundMatch
    score: float


class FoundPage(NamedTuple):
    """The data of a RecordSearchConnection."""

    edges: list[Found]
    start: int
    total_count: int
    epoch: int

    @property
    def nodes(self) -> list[Node]:
        return [edge.node for edge in self.edges]

    @property
    def page_info(self) -> PageEnd:
        return Page(self.nodes, self.start, self.total_count, self.epoch).page_info


def _search_records(
    info: strawberry.Info[Context], text: Text, kinds: Kinds = None, first: First = FIRST, after: After = None
) -> FoundPage:
    context = info.context
    start = start_of(context.snapshot.epoch, first, after)
    if len(text) > LONGEST_QUERY:
        raise BadInput(f"text has {len(text)} characters: give at most {LONGEST_QUERY}")
    if start + first > DEEPEST:
        raise BadInput(f"first and after go beyond the best {DEEPEST:,} results: make the text more specific")
    chosen = {str(kind.value) for kind in kinds or RecordKind}
    wanted = [kind for kind in RECORDS if kind in chosen]
    vectors = _vectors(context, text, wanted)
    with nullcontext() if vectors is None else slow():
        hits, total = find_records(context.snapshot, text, wanted, start, start + first, vectors)
    return FoundPage(_edges(context, hits, start), start, total, context.snapshot.epoch)


def _vectors(context: Context, text: str, kinds: Sequence[str]) -> RecordVectors | None:
    """Returns the vectors of records, None if the search for `text` does not use them. If they are missing, a note says
    why.
    """
    if not asks_meaning(text) or is_record(context.snapshot, text, kinds):
        return None
    vectors, lacking = context.understanding.records(context.snapshot)
    context.notes.update(lacking)
    return vectors


def _edges(context: Context, hits: Sequence[RecordHit], start: int) -> list[Found]:
    found, records = [], of_kinds(context, [(hit.kind, hit.number) for hit in hits])
    for place, (hit, node) in enumerate(zip(hits, records, strict=True), start):
        assert node is not None
        match = FoundMatch(hit.how, hit.field or None, hit.text or None)
        found.append(Found(cursor(context.snapshot.epoch, place), node, match, hit.score))
    return found


@strawberry.type
class RecordQuery:
    search_records: RecordSearchConnection | None = resolved(
        _search_records,
        "Studies, courses, publications and data sets that match a text by identifier, title, words, spelling or "
        "meaning, best first. If vectors are not available, meaning is not used and `extensions.meaning` "
        f"of the answer says why. {FAILS}",
    )
