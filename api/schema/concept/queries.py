"""api: queries for concepts by id and by name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import strawberry

from api.errors import BadInput
from api.fields import (
    FAILS,
    FIRST,
    After,
    Context,
    First,
    Node,
    Page,
    Paged,
    cursor,
    grouped,
    hidden,
    nodes,
    resolved,
    slow,
    start_of,
)
from api.schema.concept.filters import Domain, Mask, kept, prefixes_of
from api.schema.concept.loaders import CONCEPT
from api.schema.concept.types import Concept, SearchConnection
from graph.hierarchy import KINDS
from graph.lexical import Hit
from linking.encoding import Meaning
from linking.search import asks_meaning, find_concepts, is_concept

_MOST_IDS = 500
_LONGEST_TEXT = 400
_DEEPEST = 2_000

Info = strawberry.Info[Context]
ConceptId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="CURIE or IRI in any common form: `MONDO:0005148`, `SCTID:44054006`, `MONDO_0005148`, "
        "`http://snomed.info/id/44054006`."
    ),
]
ConceptIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(description='CURIEs or IRIs in any common form: `["MONDO:0005148", "icd10:E11"]`.'),
]
Text = Annotated[
    str, strawberry.argument(description=f"The text to search for, at most {_LONGEST_TEXT} characters: `suikerziekte`.")
]
Ontologies = Annotated[
    list[str] | None,
    strawberry.argument(description='Only concepts of these ontologies, by prefix: `["MONDO", "HP"]`.'),
]
Under = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only concepts below this concept: `MONDO:0005015`."),
]
InUse = Annotated[
    list[Domain] | None,
    strawberry.argument(
        description="Only concepts that are in use in each of these domains, directly or through a concept in their "
        "reach at LIKELY: `[CARE, RESEARCH]`."
    ),
]


class Found(NamedTuple):
    """The data of a SearchEdge."""

    cursor: str
    node: Node
    match: Hit
    context: Context

    @property
    def score(self) -> float:
        return self.match.score

    @property
    def members(self) -> list[str]:
        return self.context.snapshot.meaning_ids(self.match.concept, hidden(self.context))

    @property
    def kind(self) -> str | None:
        return KINDS[int(self.context.snapshot.meanings.kinds[self.match.concept])] or None

    @property
    def records(self) -> int:
        return int(self.context.snapshot.meanings.use[self.match.concept])


@dataclass(frozen=True)
class FoundPage(Paged):
    """The data of a SearchConnection."""

    hits: list[Hit]
    context: Context

    @property
    def edges(self) -> list[Found]:
        found = zip(self.page.nodes, self.hits, strict=True)
        return [
            Found(cursor(self.page.epoch, self.page.start + n), node, hit, self.context)
            for n, (node, hit) in enumerate(found)
        ]


def _concept(info: Info, id: ConceptId) -> Node | None:
    return nodes(info.context, CONCEPT, [info.context.concept(id)])[0]


def _concepts(info: Info, ids: ConceptIds) -> Sequence[Node | None]:
    if len(ids) > _MOST_IDS:
        raise BadInput(f"ids has {len(ids)} entries: ask for at most {_MOST_IDS} at a time")
    return nodes(info.context, CONCEPT, [info.context.concept(id_) for id_ in ids])


def _search(
    info: Info,
    text: Text,
    ontologies: Ontologies = None,
    under: Under = None,
    in_use: InUse = None,
    first: First = FIRST,
    after: After = None,
) -> FoundPage:
    context, prefixes = info.context, ontologies or []
    start = start_of(context.snapshot.epoch, first, after)
    if len(text) > _LONGEST_TEXT:
        raise BadInput(f"text has {len(text)} characters: give at most {_LONGEST_TEXT}")
    if len(prefixes) > _MOST_IDS:
        raise BadInput(f"ontologies has {len(prefixes)} entries: give at most {_MOST_IDS}")
    if start + first > _DEEPEST:
        raise BadInput(f"first and after go beyond the best {_DEEPEST:,} results: make the text more specific")
    prefixes = sorted(prefixes_of(context, prefixes, stubs=True))
    keep = kept(context, under, in_use or [])
    meaning = _meaning(context, text, prefixes, keep)
    with slow() if meaning is not None and asks_meaning(text) else nullcontext():
        hits, total = find_concepts(context.snapshot, text, prefixes, start + first, keep, meaning, hidden(context))
    shown = [hit._replace(language=hit.language or None) for hit in hits[start:]]  # type: ignore[arg-type]
    page = grouped(context, CONCEPT, [[hit.concept for hit in shown]])[0]
    return FoundPage(Page(page, start, total, context.snapshot.epoch), shown, context)


def _meaning(context: Context, text: str, ontologies: Sequence[str], keep: Mask | None) -> Meaning | None:
    """Returns the vectors for a search for `text`, None if there are none. A note in the answer says if they are
    missing.

    The vectors are opened only if `text` is not an exact name of a concept.
    """
    snapshot, understanding = context.snapshot, context.understanding
    meaning = understanding.meaning(snapshot)
    if meaning is None and asks_meaning(text):
        if not is_concept(snapshot, text, ontologies, keep, hidden(context)):
            meaning = understanding.sought(snapshot)
        if meaning is None:
            context.notes.update(understanding.state())
    if meaning is not None and asks_meaning(text) and not meaning.whole:
        context.notes.update(understanding.state())
    return meaning


@strawberry.type
class ConceptQuery:
    concept: Concept | None = resolved(_concept, "One concept; null if the id is unknown.")
    concepts: list[Concept | None] | None = resolved(
        _concepts, f"Concepts in the order of `ids`, null for an unknown id; at most {_MOST_IDS}. {FAILS}"
    )
    search: SearchConnection | None = resolved(
        _search,
        "Finds concepts by name, part of a name, identifier or meaning, in any language and with typing errors, best "
        "first. Concepts that mean the same are one result. Exact names come first. If several concepts have the same "
        "exact name, those with the most studies, publications, data sets and courses come first. If vectors are not "
        f"available, the search uses only words and `extensions.meaning` says why. {FAILS}",
    )
